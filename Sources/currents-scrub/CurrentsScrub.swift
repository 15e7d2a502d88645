internal import ArgumentParser
internal import ScrubNative
internal import ScrubOperations
internal import ScrubPolicy

@main
struct CurrentsScrub: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "currents-scrub",
    abstract: "Scrub archives of customer-engagement events (Braze Currents) as a policy says.",
    discussion: """
      EXAMPLE
        currents-scrub --policy gdpr.yml archive/ -o clean/

      EXIT STATUS
        0 done · 1 failed · 2 finished but incomplete: something was withheld or unreadable · 3 refused ·
        4 another run holds the lock · 5 a request is overdue · 64 usage · 130 interrupted
      """,
    version: "currents-scrub \(programVersion) (\(openSSLVersion()))",
    subcommands: [
      ScrubCommand.self, InspectCommand.self, ExportCommand.self, EraseCommand.self, NightlyCommand.self, RequestsCommand.self, VerifyCommand.self,
      PseudonymCommand.self, RevealCommand.self, VaultCommand.self, PolicyCommand.self, CatalogCommand.self, KeysCommand.self, SampleCommand.self,
    ],
    defaultSubcommand: ScrubCommand.self)

  static func main() async {
    hardenProcess()
    keepFreedMemory()
    // The catalog is read while the command line is.
    Task.detached { _ = Catalog.builtIn }
    await main(nil)
  }
}
