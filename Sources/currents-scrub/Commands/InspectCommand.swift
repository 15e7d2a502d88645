internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Tell what is in an archive, without a policy or a key, and without showing a value.",
    discussion: """
      Event types with counts and times, partitions, containers, schemas, annotation marks, unknown events and
      fields, fields that look personal, and what cannot be read.

      EXAMPLE
        currents-scrub inspect archive/
        currents-scrub inspect archive/ --html archive.html

      EXIT STATUS
        0 all was read · 2 something is unreadable, unsupported or damaged
      """)

  @OptionGroup var archive: InspectionOptions
  @OptionGroup var common: CommonOptions

  @Option(help: "Write one page with pictures and tables to this file.")
  var html: String?

  func run() async throws {
    let messages = Messages(isQuiet: common.quiet)
    let inspection = try await archive.inspect(.builtIn, messages: messages).inspection
    if let html { try write(inspection, to: html, messages) }
    let isColoured = Environment.isColoured(1)
    let text =
      common.json ? try inspection.json() : InspectionText(inspection, page: html, isColoured: isColoured).whole
    if !common.quiet || common.json, !writeAll(1, text) { throw ExitCode(1) }
    if inspection.exit != 0 { throw ExitCode(Int32(inspection.exit)) }
  }

  private func write(_ inspection: Inspection, to path: String, _ messages: Messages) throws {
    do { try InspectionPage.write(inspection, to: path) } catch {
      messages.error("\(visible(path)): the page cannot be written [report.unwritable]", hint: "give --html another file")
      throw ExitCode(1)
    }
  }
}
