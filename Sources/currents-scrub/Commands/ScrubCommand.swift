internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import ScrubArchive
internal import ScrubNative
internal import ScrubOperations
internal import ScrubPolicy

struct ScrubCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scrub",
    abstract: "Write an archive again with its personal fields redacted or replaced by keyed pseudonyms.",
    discussion: """
      Without INPUT, lines of JSON are read from standard input and written to standard output.

      EXAMPLE
        currents-scrub --policy gdpr.yml archive/ -o clean/
        zcat events.json.gz | currents-scrub --policy gdpr.yml > clean.json
        currents-scrub --policy gdpr.yml archive/ -o clean/ --shard plan/4
        currents-scrub --policy gdpr.yml archive/ -o clean/ --shard 1/4

      EXIT STATUS
        0   done
        1   failed, nothing half-written
        2   something was withheld, unreadable or unsupported
        3   the policy, a key, an output folder or a file is refused
        4   another run holds the output folder
        64  the command line has a mistake
        130 interrupted
      """)

  @OptionGroup var policy: PolicyOptions
  @OptionGroup var common: CommonOptions

  @Argument(help: "Files and folders of an archive.")
  var input: [String] = []

  @Option(name: [.customShort("o"), .customLong("output")], help: "The folder for the output, or a prefix of a store.")
  var output: String?

  @Option(help: "Where reports go, a folder for each run (default: Reports).", transform: localPath)
  var reports: String?

  @Option(help: "A folder that keeps what was withheld, readable by its owner only.", transform: localPath)
  var quarantine: String?

  @Option(help: "Only events of this workspace (app_group_id) are written. Repeatable.", transform: workspaceID)
  var workspace: [String] = []

  @OptionGroup var events: EventOptions
  @OptionGroup var reading: ReadingOptions

  @Flag(name: .customLong("dry-run"), help: "Do everything but the writing.")
  var dryRun = false

  @OptionGroup var shard: ShardOption

  @Flag(help: "Scrub files again that were scrubbed under another plan; this may only tighten.")
  var again = false

  func validate() throws {
    if input.isEmpty && Environment.isTerminal(0) {
      throw ValidationError("name an INPUT, or pipe events to standard input")
    }
  }

  func run() async throws {
    let messages = Messages(isQuiet: common.quiet)
    let prepared = try policy.prepare(inputs: input, workspaces: workspace, messages: messages)
    if !common.quiet { for warning in prepared.warnings { messages.write(warning.text + "\n") } }
    let start = Date.now
    let (name, time) = Environment.runName("scrub", at: start)
    if !dryRun && !input.isEmpty {
      try await Watched.recover(
        prepared.compiler.catalog, stateFolder: Environment.stateFolder(common.state), jobs: reading.workers(over: []), messages)
    }
    if let shard = shard.value { return try await runPart(shard, prepared, run: name, messages) }
    let (result, seconds) = try await Watched.run(messages, over: places, isShown: !input.isEmpty) {
      interrupt, progress async throws(ScrubRefusal) in
      try await ScrubRun(prepared, try options(prepared, run: name), interrupt: interrupt, progress: progress).run()
    }
    if result.madeStateKey { noteStateKey(messages) }
    var report = result.report
    report.run = name
    report.started = time
    report.seconds = seconds
    try await Self.show(report, in: reportFolder, isStream: input.isEmpty, common, messages)
    if report.exit != 0 { throw ExitCode(Int32(report.exit)) }
  }

  private func noteStateKey(_ messages: Messages) {
    messages.note("made a state key in \(visible(Environment.stateFolder(common.state)))")
  }

  /// Does what is this machine's of a run by many.
  private func runPart(_ shard: Shard, _ prepared: PreparedPolicy, run name: String, _ messages: Messages) async throws {
    let (part, seconds) = try await Watched.run(messages, over: places) { interrupt, progress async throws(ScrubRefusal) in
      try await ScrubRun(prepared, try options(prepared, run: name), interrupt: interrupt, progress: progress).run(shard)
    }
    if part.madeStateKey { noteStateKey(messages) }
    if let report = part.report { messages.problems(report) }
    try part.done.tell(seconds: seconds, meetingIn: output ?? "", common)
  }

  private var places: [String] { input + (output.map { [$0] } ?? []) }

  private func options(_ prepared: PreparedPolicy, run: String) throws(ScrubRefusal) -> ScrubOptions {
    var options = ScrubOptions()
    options.run = run
    options.inputs = input
    options.output = output
    options.eventType = try events.type(in: prepared.compiler.catalog)
    options.destination = events.place
    options.quarantine = dryRun ? nil : quarantine
    options.reports = reportFolder
    options.stateFolder = Environment.stateFolder(common.state)
    options.ignore(reading.ignore)
    options.jobs = reading.workers(over: places)
    options.maxBlock = reading.blockLimit
    options.dryRun = dryRun
    options.again = again
    let mask = umask(0)
    umask(mask)
    options.mask = mask
    return options
  }

  /// A stream and a dry run write files only where a place is named.
  private var reportFolder: String? { reports ?? (input.isEmpty || dryRun ? nil : "Reports") }

  /// Writes the report, says what happened, and puts the result where it belongs.
  ///
  /// - Parameter folder: where the report goes; nothing where none is written.
  static func show(
    _ report: Report, in folder: String?, isStream: Bool = false, _ common: CommonOptions, _ messages: Messages
  ) async throws {
    var report = report
    var page: String?
    if let folder {
      do { page = try await ReportFolder.write(&report, in: folder) } catch {
        messages.error("\(visible(folder)): the report cannot be written [report.unwritable]", hint: "give --reports DIR")
        throw ExitCode(1)
      }
    }
    // Whoever takes the first lines only has what they wanted.
    if report.problems.contains(where: { $0.code == FailureCode.readerGone.rawValue }) { return }
    messages.problems(report)
    let resultDescriptor: Int32 = isStream ? 2 : 1
    if common.json {
      if !writeAll(resultDescriptor, try report.json()) { throw ExitCode(1) }
    } else if !common.quiet {
      let summary = Summary(report: report, reportPath: page, isColoured: Environment.isColoured(resultDescriptor))
      if !writeAll(resultDescriptor, summary.text) { throw ExitCode(1) }
    }
  }
}
