internal import ArgumentParser
internal import Glibc
internal import ScrubLedger
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
        0   all that was asked is done
        1   failed, nothing half-written
        2   finished but incomplete: something was withheld or unreadable
        3   refused, or the answer is no
        4   another run holds the lock
        5   a request is overdue
        64  the command line has a mistake
        75  the parts of many machines have another round to do
        130 interrupted
      """,
    version: "currents-scrub \(programVersion) (\((libraryVersions() + [sqliteVersion()]).joined(separator: ", ")))",
    subcommands: [
      ScrubCommand.self, InspectCommand.self, MergeCommand.self, ExportCommand.self, EraseCommand.self, NightlyCommand.self,
      RequestsCommand.self, VerifyCommand.self, PseudonymCommand.self, RevealCommand.self, VaultCommand.self, PolicyCommand.self,
      CatalogCommand.self, KeysCommand.self, SampleCommand.self,
    ],
    defaultSubcommand: ScrubCommand.self)

  static func main() async {
    hardenProcess()
    keepFreedMemory()
    // The catalog is read while the command line is.
    Task.detached { _ = Catalog.builtIn }
    // Swift reads the command line from there.
    if unsafe access("/proc/self/cmdline", R_OK) != 0 {
      Messages(isQuiet: false).error("/proc is not mounted, so there is no command line [system.no-proc]", hint: "mount -t proc proc /proc")
      endProcess(ExitCode.failure.rawValue)
    }
    let arguments = Array(CommandLine.arguments.dropFirst())
    if let mistake = UsageMistake(inCommandOf: arguments) ?? UsageMistake(givenTwiceIn: arguments) {
      mistake.tell()
      endProcess(ExitCode.validationFailure.rawValue)
    }
    do {
      var command = try await asyncParseAsRoot(RequestFiles.gathered(in: arguments))
      if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
      endProcess(ExitCode.success.rawValue)
    } catch let code as ExitCode {
      endProcess(code.rawValue)
    } catch {
      if exitCode(for: error) == .validationFailure {
        (UsageMistake(inOptionsOf: arguments) ?? UsageMistake(error)).tell()
        endProcess(ExitCode.validationFailure.rawValue)
      }
      exit(withError: error)
    }
  }
}
