internal import ArgumentParser
internal import ScrubOperations

extension CatalogCommand {
  struct Drift: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "drift", abstract: "Compare an archive with the catalog: marks, unknown events and fields, what looks personal.",
      discussion: """
        Ends with a catalog addition for what is unknown, ready to paste.

        EXAMPLE
          currents-scrub catalog drift archive/
          currents-scrub catalog drift archive/ --check --quiet || echo "look at \\
            the archive"

        EXIT STATUS
          0   done
          1   nothing could be read
          2   something is unreadable, unsupported or damaged
          3   with --check: there is drift
          64  the command line has a mistake
          130 interrupted
        """)

    @OptionGroup var archive: InspectionOptions
    @OptionGroup var common: CommonOptions

    @Flag(help: "Exit with 3 when there is drift.")
    var check = false

    func run() async throws {
      let inspection = try await archive.inspect(messages: Messages(isQuiet: common.quiet))
      let text =
        common.json
        ? try inspection.json()
        : try InspectionText(inspection, page: archive.html, isColoured: Environment.isColoured(1)).drift
      if !common.quiet || common.json, !writeAll(1, text) { throw ExitCode(1) }
      if inspection.exit == 130 { throw ExitCode(130) }
      if check && !inspection.drift.isEmpty { throw ExitCode(3) }
      if inspection.exit != 0 { throw ExitCode(Int32(inspection.exit)) }
    }
  }
}
