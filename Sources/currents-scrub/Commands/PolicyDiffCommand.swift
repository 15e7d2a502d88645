internal import ArgumentParser
internal import ScrubOperations

extension PolicyCommand {
  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff", abstract: "List the fields that two policies treat differently, weaker treatments first.",
      discussion: """
        Weaker is what stands further right in: drop_event, drop and redact, mask, generalise, hash, tokenise, scan and \
        json, keep.

        EXAMPLE
          currents-scrub policy diff gdpr gdpr-strict
          git show main:gdpr.yml > before.yml; currents-scrub policy diff \\
            before.yml gdpr.yml

        EXIT STATUS
          0   nothing got weaker
          3   something did, or a policy cannot be read as one
          64  the command line has a mistake
        """)

    @Argument(help: "The policy before: a file, or the name of a built-in one.", transform: localPath)
    var before: String

    @Argument(help: "The policy after.", transform: localPath)
    var after: String

    @Flag(help: "Built-in policies only by their full name, builtin:NAME.")
    var noBuiltin = false

    @OptionGroup var additions: CatalogOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      let difference = PolicyDifference(from: try read(before, messages), to: try read(after, messages))
      let text =
        common.json ? try difference.json() : DifferenceText(difference, isColoured: Environment.isColoured(1)).text
      if !common.quiet || common.json, !writeAll(1, text) { throw ExitCode(1) }
      if difference.exit != 0 { throw ExitCode(Int32(difference.exit)) }
    }

    /// A policy need not cover to be compared; that it does not is told.
    private func read(_ name: String, _ messages: Messages) throws -> CheckedPolicy {
      do throws(ScrubRefusal) {
        let text = try messages.found(name, allowBuiltIn: !noBuiltin)
        let checked = try CheckedPolicy(text, additions: additions.additions)
        if !checked.isCovered { messages.note("\(visible(name)) is refused by policy check") }
        return checked
      } catch {
        throw messages.refusal(error)
      }
    }
  }
}
