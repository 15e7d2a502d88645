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

      EXIT STATUS
        0   all was read
        1   nothing could be read
        2   something is unreadable, unsupported or damaged
        64  the command line has a mistake
        130 interrupted
      """)

  @OptionGroup var archive: InspectionOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let inspection = try await archive.inspect(messages: Messages(isQuiet: common.quiet))
    let isColoured = Environment.isColoured(1)
    let text =
      common.json ? try inspection.json() : InspectionText(inspection, page: archive.html, isColoured: isColoured).whole
    if !common.quiet || common.json, !writeAll(1, text) { throw ExitCode(1) }
    if inspection.exit != 0 { throw ExitCode(Int32(inspection.exit)) }
  }
}
