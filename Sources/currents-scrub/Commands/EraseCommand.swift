internal import ArgumentParser
internal import Foundation
internal import ScrubOperations
internal import ScrubPolicy

struct EraseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "erase",
    abstract: "Carry out an erasure: exactly the events of one person, nothing else, with a receipt.",
    discussion: """
      Finds the events of the person as `export` does, and says what would become of them; nothing is written until \
      --yes, or --apply with a plan, is given. Every file is replaced whole or not at all: what is cut off, by \
      whatever, is finished by the next run. Events that several people share are held back.

      EXAMPLE
        # what would happen
        currents-scrub erase --request request.yml archive/
        # the same in a file, to be signed off
        currents-scrub erase --request request.yml archive/ --plan plan.json
        # exactly that
        currents-scrub erase --request request.yml archive/ --apply plan.json
        # both at once
        currents-scrub erase --request request.yml archive/ --yes
        # by four machines
        currents-scrub erase --request request.yml archive/ --yes --parts parts/ --shard plan/4

      EXIT STATUS
        0   done, be it that nothing was found, or that a hold keeps a part
        1   a file could not be written; those that could are whole
        2   something could not be read, searched or decided
        3   refused: nothing was changed for a request
        4   another run holds an archive, or the place of the parts
        64  the command line has a mistake
        75  of a run by many machines: its parts have another round to do
        130 interrupted
      """)

  @Argument(help: "Files and folders of archives, raw or scrubbed; or s3://BUCKET/PREFIX, gs://, az://.")
  var input: [String] = []

  @Option(
    help: ArgumentHelp("In place of archives: everything that a nightly configuration knows of, with its policies.", valueName: "file"), transform: localPath)
  var config: String?

  @OptionGroup var person: RequestOptions
  @OptionGroup var scrubbed: ScrubbedOptions

  @Option(help: ArgumentHelp("Write to a file what would happen.", valueName: "file"), transform: localPath)
  var plan: String?

  @Option(help: ArgumentHelp("Do what the plan in a file says, in files that did not change since.", valueName: "file"), transform: localPath)
  var apply: String?

  @Flag(help: "Do it at once.")
  var yes = false

  @Flag(name: .customLong("dry-run"), help: "Say what would happen, and write nothing (the default).")
  var dryRun = false

  @Option(
    name: .customLong("legal-hold"),
    help: ArgumentHelp("A file of events that may not be erased. Repeatable.", valueName: "file"), transform: localPath)
  var legalHold: [String] = []

  @Option(name: .customLong("max-events"), help: "Refuse a person with more events (default: 100000).")
  var maxEvents: Int?

  @Option(
    name: .customLong("max-share"),
    help: "Refuse a person with more than this share of all events, 0.05 or 5%; asked when more than 1,000 match (default: 5%).")
  var maxShare: String?

  @Option(help: "Leave files that changed in the last so many seconds, or minutes (15m), to the next run.")
  var settle = "0"

  @Option(help: "Values of the person in events of others: count, redact, or none, which looks for none (default: count).")
  var sweep: String?

  @Option(help: "What to do with files that have other names: refuse, or break, which rewrites them under this one.")
  var hardlinks = "refuse"

  @Option(help: ArgumentHelp("A ground for the erasure, as Art. 17(1) GDPR counts them. Repeatable.", valueName: "text"))
  var ground: [String] = []

  @Option(
    name: .customLong("signing-key"),
    help: ArgumentHelp("The key that signs receipts (default: signing.pem in the state folder, if there is one).", valueName: "file"), transform: localPath)
  var signingKey: String?

  @Option(help: "The folder of receipts; each run makes one of its own in it (default: Reports).", transform: localPath)
  var reports = "Reports"

  @OptionGroup var parts: PartsOptions
  @OptionGroup var policy: OptionalPolicyOptions
  @OptionGroup var events: EventOptions
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if parts.part != nil {
      if person.isGiven || !input.isEmpty || plan != nil || apply != nil || yes || dryRun { throw ValidationError(PartsOptions.knowsAll) }
    } else {
      try person.checkGiven()
    }
    if parts.part == nil && input.isEmpty == (config == nil) { throw ValidationError("name archives, or a nightly configuration by --config") }
    if config != nil && (policy.policy != nil || !scrubbed.madeWith.isEmpty || common.state != nil) {
      throw ValidationError("a nightly configuration says its policies and its state folder itself")
    }
    if [plan != nil, apply != nil, yes].filter({ $0 }).count > 1 {
      throw ValidationError("give one of --plan, --apply and --yes")
    }
    if dryRun && (plan != nil || apply != nil || yes) { throw ValidationError("--dry-run goes with none of --plan, --apply, --yes") }
    if let maxEvents, maxEvents < 1 { throw ValidationError("--max-events is a number from 1") }
    if maxShare != nil && share == nil { throw ValidationError("--max-share is a share, such as 0.05 or 5%") }
    if settled == nil { throw ValidationError("--settle is a time, such as 90, 90s, 15m or 2h") }
    if let sweep, Receipt.Residual.Sweep(rawValue: sweep) == nil { throw ValidationError("--sweep is count, redact or none") }
    if !["refuse", "break"].contains(hardlinks) { throw ValidationError("--hardlinks is refuse or break") }
  }

  private var share: Double? { maxShare.flatMap { Amount.share($0) } }

  /// Seconds.
  private var settled: Int? { Amount.seconds(settle) }

  func run() async throws {
    let messages = Messages(isQuiet: common.quiet)
    if let part = parts.part {
      let (catalog, options) = try messages.refusing { () throws(ScrubRefusal) in try searched(messages) }
      return try await parts.run(
        part, of: "erase", catalog, options.made, jobs: reading.workers(over: [part.place]), stateFolder: options.stateFolder,
        common, messages)
    }
    let (requests, catalog, options) = try messages.refusing { () throws(ScrubRefusal) in try read(messages) }
    let inputs = options.search.inputs
    let result: EraseResult
    if let (shard, place) = parts.asked {
      let (ended, seconds) = try await Watched.run(messages, over: inputs + [place]) { interrupt, progress async throws(ScrubRefusal) in
        try await EraseRun(catalog, options, requests, interrupt: interrupt, progress: progress).run(shard, meetingIn: place)
      }
      switch ended {
      case .round(let done): return try done.tell(seconds: seconds, meetingIn: place, common)
      case .result(let whole): result = whole
      }
      if !options.writes { parts.noteStaying(messages) }
    } else {
      result = try await Watched.run(messages, over: inputs) { interrupt, progress async throws(ScrubRefusal) in
        let run = EraseRun(catalog, options, requests, interrupt: interrupt, progress: progress)
        try run.checkTexts()
        return try await run.run()
      }
      .result
    }
    try show(result, messages)
  }

  private func show(_ result: EraseResult, _ messages: Messages) throws {
    messages.problems(result)
    let text = common.json ? try result.json() : common.quiet ? "" : EraseText(result, isColoured: Environment.isColoured(1)).whole
    if !writeAll(1, text) { throw ExitCode(1) }
    if result.exit != 0 { throw ExitCode(Int32(result.exit)) }
  }

  private func read(_ messages: Messages) throws(ScrubRefusal) -> ([AccessRequest], Catalog, EraseOptions) {
    let requests = try person.requests(messages)
    var (catalog, options) = try searched(messages)
    if let plan { options.step = .plan(file: plan) }
    if let apply { options.step = .apply(file: apply) }
    if yes { options.step = .all }
    if let maxEvents { options.maxEvents = maxEvents }
    if let share { options.maxShare = share }
    options.settle = settled ?? 0
    if let sweep { options.sweep = Receipt.Residual.Sweep(rawValue: sweep) ?? .count }
    options.breaksHardLinks = hardlinks == "break"
    options.grounds = ground
    if let signingKey { options.signingKey = signingKey }
    options.reports = reports
    options.run = Environment.runName("erase", at: Date()).name
    return (requests, catalog, options)
  }

  /// What is searched, and how it was made.
  private func searched(_ messages: Messages) throws(ScrubRefusal) -> (Catalog, EraseOptions) {
    if let config { try known(of: config) } else { try given(messages) }
  }

  /// Archives as the command line names them.
  private func given(_ messages: Messages) throws(ScrubRefusal) -> (Catalog, EraseOptions) {
    let checked = try policy.check(messages)
    var options = EraseOptions()
    if let checked {
      options.rules = checked.policy.erasure
      options.policy = Receipt.Policy(name: checked.policy.name, sha256: checked.text.digest)
      options.consentMayGo = checked.policy.acknowledgements.contains { $0.id == Diagnostic.ID.consentGoes.rawValue }
    }
    options.holds = try LegalHolds.read(legalHold)
    options.made = try scrubbed.read(messages)
    options.stateFolder = Environment.stateFolder(common.state)
    let catalog: Catalog
    if let checked { catalog = checked.catalog } else { catalog = try CatalogFiles.catalog(with: policy.additions.additions) }
    options.search = try reading.search(of: input, events, person, in: catalog)
    return (catalog, options)
  }

  /// Everything that a configuration knows of.
  private func known(of config: String) throws(ScrubRefusal) -> (Catalog, EraseOptions) {
    let catalog = try CatalogFiles.catalog(with: policy.additions.additions)
    let config = try NightlyConfig.read(config, stateFolder: Environment.stateFolder(nil))
    let night = NightlyRun(config, NightlyOptions(), interrupt: Interrupt(), progress: Progress())
    var options = try night.erasure(holds: legalHold)
    let search = try reading.search(of: options.search.inputs, events, person, in: catalog)
    options.search = search
    return (catalog, options)
  }
}
