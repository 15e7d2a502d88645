internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Tell what is in an archive, without a policy or a key, and without showing a value.",
    discussion: """
      Event types with counts and times, partitions, containers, schemas, annotation marks, unknown events and fields, \
      fields that look personal, and what cannot be read.

      EXAMPLE
        currents-scrub inspect archive/
        currents-scrub inspect archive/ --html archive.html
        currents-scrub inspect archive/ -o parts/ --shard plan/4

      EXIT STATUS
        0   all was read
        1   nothing could be read
        2   something is unreadable, unsupported or damaged
        3   a part of an inspection by many machines is refused
        4   another command holds the folder of the parts
        64  the command line has a mistake
        130 interrupted
      """)

  @OptionGroup var archive: InspectionOptions
  @OptionGroup var shard: ShardOption

  @Option(name: [.customShort("o"), .customLong("output")], help: "With --shard: where the parts meet, a folder or a prefix of a store.")
  var output: String?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if (shard.value == nil) != (output == nil) { throw ValidationError("--shard and -o OUT go together") }
    if shard.value != nil && archive.html != nil { throw ValidationError("--html is for merge, once all parts are done") }
  }

  func run() async throws {
    let messages = Messages(isQuiet: common.quiet)
    if let shard = shard.value, let output { return try await runPart(shard, meetingIn: output, messages) }
    let inspection = try await archive.inspect(messages: messages)
    try Self.show(inspection, page: archive.html, common)
    if inspection.exit != 0 { throw ExitCode(Int32(inspection.exit)) }
  }

  /// Does what is this machine's of an inspection by many.
  private func runPart(_ shard: Shard, meetingIn output: String, _ messages: Messages) async throws {
    let (catalog, options) = try archive.asked(messages)
    let (part, seconds) = try await Watched.run(messages, over: options.inputs + [output]) {
      interrupt, progress async throws(ScrubRefusal) in
      try await InspectRun(catalog, options, interrupt: interrupt, progress: progress).run(shard, meetingIn: output)
    }
    messages.problems(part.problems)
    try part.done.tell(seconds: seconds, meetingIn: output, common)
  }

  /// Prints an inspection.
  static func show(_ inspection: Inspection, page: String?, _ common: CommonOptions) throws {
    let text =
      common.json ? try inspection.json() : InspectionText(inspection, page: page, isColoured: Environment.isColoured(1)).whole
    if !common.quiet || common.json, !writeAll(1, text) { throw ExitCode(1) }
  }
}
