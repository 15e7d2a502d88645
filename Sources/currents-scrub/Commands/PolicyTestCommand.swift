internal import ArgumentParser
internal import ScrubOperations

extension PolicyCommand {
  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "test", abstract: "Run tests of a policy: events that are given, and what is expected of them.",
      discussion: """
        Without FILE, the tests that stand beside the policy: tests/NAME.yml. No key is needed: pseudonyms are made \
        with a demonstration key.

        EXAMPLE
          currents-scrub policy test gdpr.yml
          currents-scrub policy test gdpr.yml my-tests/*.yml

        EXIT STATUS
          0   all passed
          1   there are no such tests
          3   some failed, or cannot be read as tests
          64  the command line has a mistake
        """)

    @OptionGroup var given: PolicyArgument

    @Argument(help: "Files of tests.", transform: localPath)
    var file: [String] = []

    @OptionGroup var common: CommonOptions

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      let report: PolicyTestReport
      do throws(ScrubRefusal) {
        let checked = try CheckedPolicy(try given.text(messages), additions: given.additions.additions)
        if !checked.isCovered { messages.note("\(visible(given.policy)) is refused by policy check") }
        report = try PolicyTestRun.run(checked, files: file)
      } catch {
        throw messages.refusal(error)
      }
      let text =
        common.json ? try report.json() : PolicyTestText(report, isColoured: Environment.isColoured(1)).text
      if !common.quiet || common.json, !writeAll(1, text) { throw ExitCode(1) }
      if report.exit != 0 { throw ExitCode(Int32(report.exit)) }
    }
  }
}
