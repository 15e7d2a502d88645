internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

extension CatalogCommand {
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import", abstract: "Take the facts of a glossary page (Markdown), in any language, as a catalog addition.",
      discussion: """
        Names, paths, types and marks are taken, no sentences. What cannot be read is named with its line (exit 2). \
        Look at `fields` in the addition: fields that no catalog knew stand there, and count as personal until you say \
        otherwise.

        EXAMPLE
          currents-scrub catalog import message_engagement_events.md -o \\
            addition.json
          currents-scrub catalog list --catalog addition.json

        EXIT STATUS
          0   done
          1   failed, nothing half-written
          2   some of the page was not read
          3   no event could be read from it
          64  the command line has a mistake
        """)

    @Argument(help: "The page; - for standard input.", transform: localPath)
    var page: String

    @Option(name: [.customShort("o"), .customLong("output")], help: "The file for the addition (default: standard output).", transform: localPath)
    var output: String?

    @OptionGroup var common: CommonOptions

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      let imported = GlossaryImport(page: try read(messages), catalog: .builtIn)
      messages.findings(imported.findings, in: page)
      let addition = imported.addition
      guard !addition.events.isEmpty else {
        messages.error(
          "\(shown(page)): no event could be read from the page [glossary.no-events]",
          hint: "give the Markdown source of an event glossary whose members read \"id\" : \"(required, string) ...\"; older pages have other blocks")
        throw ExitCode(3)
      }
      if let output {
        do { try GivenFile.write(addition.json, to: output) } catch { throw messages.failure(error) }
        if common.json, !writeAll(1, try CatalogImportSummary(imported).json()) { throw ExitCode(1) }
      } else if !writeAll(1, addition.json) {
        throw ExitCode(1)
      }
      tell(imported, messages)
      if imported.isIncomplete { throw ExitCode(2) }
    }

    private func read(_ messages: Messages) throws -> [UInt8] {
      do { return try GivenFile.read(page) } catch { throw messages.failure(error) }
    }

    private func tell(_ imported: GlossaryImport, _ messages: Messages) {
      let addition = imported.addition
      messages.note(
        "\(counted(Set(addition.events.map(\.event)).count, "event type")), \(counted(addition.events.count, "shape")), "
          + counted(addition.events.reduce(0) { $0 + $1.members.count }, "member"))
      if !addition.fields.isEmpty {
        let names = addition.fields.map(\.name)
        messages.note(
          "\(counted(names.count, "field")) in no catalog, taken as personal: \(names.prefix(5).joined(separator: ", "))"
            + (names.count > 5 ? ", ..." : "") + "; say what they are under `fields`")
      }
      if imported.isIncomplete { messages.note("incomplete: \(counted(imported.unread, "place")) not read") }
      if let output { messages.note("wrote \(visible(output)); use it with --catalog \(visible(output))") }
    }
  }
}

extension Messages {
  /// Findings with their lines. Notes of one kind are one line; of a long row of others the first are shown.
  func findings(_ findings: [CatalogFinding], in file: String) {
    let file = shown(file)
    var counts: [CatalogFinding.Code: Int] = [:]
    for finding in findings { counts[finding.code, default: 0] += 1 }
    var told: [CatalogFinding.Code: Int] = [:]
    for finding in findings {
      let (before, all) = (told[finding.code, default: 0], counts[finding.code, default: 0])
      let limit = finding.code.isNote ? 1 : 100
      told[finding.code] = before + 1
      if before >= limit || (isQuiet && finding.code.isNote) { continue }
      let more = before + 1 == limit && all > limit ? " (and \(grouped(all - limit)) more)" : ""
      let hint = before == 0 ? "hint: \(finding.hint)\n" : ""
      write("\(file):\(finding.line): \(finding.message) [\(finding.code.rawValue)]\(more)\n\(hint)")
    }
  }
}
