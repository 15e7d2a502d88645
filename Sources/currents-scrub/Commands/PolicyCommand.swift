internal import ArgumentParser
internal import ScrubOperations

struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Prove, explain, compare, test and write policies, before any data is touched.",
    discussion: """
      EXAMPLE
        currents-scrub policy check gdpr.yml
        currents-scrub policy explain gdpr.yml users.messages.email.Open \\
          email_address
      """,
    subcommands: [Check.self, Explain.self, Diff.self, Test.self, Init.self, Schema.self])
}

/// A policy as the first argument of a command about policies.
struct PolicyArgument: ParsableArguments {
  @Argument(help: "A policy file, or the name of a built-in one.", transform: localPath)
  var policy: String

  @Flag(help: "Built-in policies only by their full name, builtin:NAME.")
  var noBuiltin = false

  @OptionGroup var additions: CatalogOptions

  func text(_ messages: Messages) throws(ScrubRefusal) -> PolicyText {
    try messages.found(policy, allowBuiltIn: !noBuiltin)
  }

  /// The policy, checked and covering; everything else is told and ends the program.
  func covering(_ messages: Messages) throws -> CheckedPolicy {
    do throws(ScrubRefusal) {
      let checked = try CheckedPolicy(try text(messages), additions: additions.additions)
      if !checked.isCovered { throw ScrubRefusal.policy(checked.findings) }
      return checked
    } catch {
      throw messages.refusal(error)
    }
  }
}
