internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Answer an access request: everything about one person, and nothing about anyone else.",
    discussion: """
      Finds all events of the person in the archives, follows ids that are surely theirs, and writes a package that \
      people and machines can read. Events that only a value leads to which several people carry are held back.

      EXAMPLE
        currents-scrub export --request request.yml archive/ -o answer/
        currents-scrub export --subject-file person.txt archive/ --dry-run
        currents-scrub export --request request.yml archive/ -o answer/ --parts parts/ --shard plan/4

      EXIT STATUS
        0   done, be it that nothing was found
        1   failed, nothing half-written
        2   something could not be read or searched
        3   it is not sure whom the request means; nothing was written for it
        4   of a run by many machines: another command holds the place of its parts
        64  the command line has a mistake
        75  of a run by many machines: its parts have another round to do
        130 interrupted
      """)

  @Argument(help: "Files and folders of archives, raw or scrubbed.")
  var input: [String] = []

  @OptionGroup var person: RequestOptions
  @OptionGroup var scrubbed: ScrubbedOptions

  @Option(name: [.customShort("o"), .customLong("output")], help: "The folder for the package.", transform: localPath)
  var output: String?

  @Option(help: "The language of the page: en or fr.", completion: .list(["en", "fr"]))
  var language = "en"

  @Option(help: "The controller's texts, one file a workspace: who, why, how long, whom to ask. Repeatable.", transform: localPath)
  var controller: [String] = []

  @Flag(help: "Make one zip archive of the package.")
  var zip = false

  @Option(
    name: .customLong("passphrase-file"),
    help: "With --zip: a file that only you can read, with the passphrase that encrypts the archive (AES-256).", transform: localPath)
  var passphraseFile: String?

  @Flag(name: .customLong("dry-run"), help: "Find the person and count their events; write nothing.")
  var dryRun = false

  @OptionGroup var parts: PartsOptions
  @OptionGroup var policy: OptionalPolicyOptions
  @OptionGroup var events: EventOptions
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if PackageLanguage(rawValue: language) == nil { throw ValidationError("--language is en or fr") }
    if passphraseFile != nil && !zip { throw ValidationError("--passphrase-file goes with --zip") }
    if parts.part != nil {
      if person.isGiven || !input.isEmpty || output != nil || dryRun { throw ValidationError(PartsOptions.knowsAll) }
      return
    }
    try person.checkGiven()
    if input.isEmpty { throw ValidationError("no archive is given: where should the person be searched for?") }
    if output == nil && !dryRun { throw ValidationError("-o DIR is missing: where should the package go?") }
  }

  func run() async throws {
    let messages = Messages(isQuiet: common.quiet)
    if let part = parts.part {
      let (catalog, made) = try messages.refusing { () throws(ScrubRefusal) in (try catalogOf(policy.check(messages)), try scrubbed.read(messages)) }
      return try await parts.run(
        part, of: "export", catalog, made, jobs: reading.workers(over: [part.place]),
        stateFolder: Environment.stateFolder(common.state), common, messages)
    }
    let (requests, catalog, options) = try messages.refusing { () throws(ScrubRefusal) in try read(messages) }
    if !dryRun { try await Watched.recover(catalog, stateFolder: options.stateFolder, jobs: options.search.jobs, messages) }
    let result: ExportResult
    if let (shard, place) = parts.asked {
      let (ended, seconds) = try await Watched.run(messages, over: input + [place]) { interrupt, progress async throws(ScrubRefusal) in
        try await ExportRun(catalog, options, requests, interrupt: interrupt, progress: progress).run(shard, meetingIn: place)
      }
      switch ended {
      case .round(let done): return try done.tell(seconds: seconds, meetingIn: place, common)
      case .result(let whole): result = whole
      }
      if dryRun { parts.noteStaying(messages) }
    } else {
      result = try await Watched.run(messages, over: input) { interrupt, progress async throws(ScrubRefusal) in
        try await ExportRun(catalog, options, requests, interrupt: interrupt, progress: progress).run()
      }
      .result
    }
    try show(result, messages)
  }

  private func show(_ result: ExportResult, _ messages: Messages) throws {
    messages.problems(result)
    let text = common.json ? try result.json() : common.quiet ? "" : ExportText(result, isColoured: Environment.isColoured(1)).whole
    if !writeAll(1, text) { throw ExitCode(1) }
    if result.exit != 0 { throw ExitCode(Int32(result.exit)) }
  }

  private func read(_ messages: Messages) throws(ScrubRefusal) -> ([AccessRequest], Catalog, ExportOptions) {
    let requests = try person.requests(messages)
    let checked = try policy.check(messages)
    var options = ExportOptions()
    options.made = try scrubbed.read(messages)
    options.output = output
    options.language = PackageLanguage(rawValue: language) ?? .en
    options.controller = try ControllerFiles.read(controller)
    options.makesZips = zip
    if let passphraseFile { options.passphrase = try PackageZip.passphrase(file: passphraseFile, inputs: input) }
    options.hidden = checked.map { $0.policy.hidden.map { HiddenRule(fields: $0.fields, because: $0.because) } } ?? []
    options.stateFolder = Environment.stateFolder(common.state)
    options.isDryRun = dryRun
    let catalog = try catalogOf(checked)
    options.search = try reading.search(of: input, events, person, in: catalog)
    return (requests, catalog, options)
  }

  private func catalogOf(_ checked: CheckedPolicy?) throws(ScrubRefusal) -> Catalog {
    if let checked { return checked.catalog }
    return try CatalogFiles.catalog(with: policy.additions.additions)
  }
}
