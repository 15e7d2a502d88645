internal import ArgumentParser
internal import Foundation
internal import ScrubArchive
internal import ScrubOperations
internal import ScrubPolicy

extension PolicyCommand {
  struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "init", abstract: "Write a commented policy to start from.",
      discussion: """
        share: for somebody outside, who may count people. analytics: for one's own analysts. strict: for somebody who \
        needs no people at all. Each passes policy check as it is written.

        EXAMPLE
          currents-scrub policy init --purpose share --audience agency_x -o \\
            agency.yml

        EXIT STATUS
          0   done
          1   the file exists, or cannot be written
          64  the command line has a mistake
        """)

    @Option(help: "share, analytics or strict.")
    var purpose: String

    @Option(name: [.customShort("o"), .customLong("output")], help: "The file for the policy (default: standard output).", transform: localPath)
    var output: String?

    @Option(help: "The policy's name (default: that of the file, or the purpose).")
    var name: String?

    @Option(help: "Who receives the output: 1 to 32 lower-case letters, digits and underscores.")
    var audience: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
      if PolicyStarter.Purpose(rawValue: purpose) == nil {
        throw ValidationError("--purpose is one of \(PolicyStarter.Purpose.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      if let audience, audience.wholeMatch(of: /[a-z0-9_]{1,32}/) == nil {
        throw ValidationError("--audience is 1 to 32 lower-case letters, digits and underscores")
      }
      if policyName.wholeMatch(of: Self.names) == nil {
        throw ValidationError("a policy's name is 1 to 64 letters, digits, dashes, dots or underscores: give --name")
      }
      if purpose == PolicyStarter.Purpose.strict.rawValue && audience != nil {
        throw ValidationError("strict makes no pseudonyms, so it has no --audience")
      }
    }

    private static var names: Regex<Substring> { /[A-Za-z0-9._-]{1,64}/ }

    private var policyName: String {
      if let name { return name }
      var name = output?.split(separator: "/").last.map(String.init) ?? purpose
      for ending in [".yml", ".yaml"] where name.hasSuffix(ending) { name.removeLast(ending.count) }
      return name
    }

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      guard let purpose = PolicyStarter.Purpose(rawValue: purpose) else { throw ExitCode(64) }
      let starter = PolicyStarter(purpose, name: policyName, audience: audience)
      guard let output else {
        if !writeAll(1, try common.json ? starter.summary(file: nil).json() : starter.yaml) { throw ExitCode(1) }
        return
      }
      do throws(Failure) {
        // What somebody wrote by hand is not overwritten.
        if FileManager.default.fileExists(atPath: output) { throw Failure(.exists, path: output) }
        try GivenFile.write(starter.yaml, to: output)
      } catch {
        throw messages.failure(error)
      }
      if common.json, !writeAll(1, try starter.summary(file: output).json()) { throw ExitCode(1) }
      messages.note("wrote \(visible(output)); prove it with currents-scrub policy check \(visible(output))")
    }
  }
}
