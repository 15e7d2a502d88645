internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

/// Which policy, and from where.
struct PolicyOptions: ParsableArguments {
  @Option(
    name: [.customShort("p"), .long], help: "A policy file, or the name of a built-in one (gdpr, gdpr-strict, ccpa, internal-analytics, warehouse-share).",
    transform: localPath)
  var policy: String

  @Flag(help: "Built-in policies only by their full name, builtin:NAME.")
  var noBuiltin = false

  @OptionGroup var additions: CatalogOptions

  /// Reads, checks and keys the policy; every refusal is told and ends the program.
  ///
  /// - Parameter workspaces: only their events are written; empty for all.
  func prepare(inputs: [String], workspaces: [String] = [], messages: Messages) throws -> PreparedPolicy {
    do throws(ScrubRefusal) {
      return try PreparedPolicy(try check(messages, workspaces: workspaces), inputs: inputs)
    } catch {
      throw messages.refusal(error)
    }
  }

  /// Reads and checks the policy.
  func check(_ messages: Messages, workspaces: [String] = []) throws(ScrubRefusal) -> CheckedPolicy {
    let text = try messages.found(policy, allowBuiltIn: !noBuiltin)
    return try CheckedPolicy(text, additions: additions.additions, workspaces: workspaces)
  }
}

/// Which policy, where the command does without one too.
struct OptionalPolicyOptions: ParsableArguments {
  @Option(name: [.customShort("p"), .long], help: "A policy file, or the name of a built-in one.", transform: localPath)
  var policy: String?

  @Flag(help: "Built-in policies only by their full name, builtin:NAME.")
  var noBuiltin = false

  @OptionGroup var additions: CatalogOptions

  /// Reads and checks the policy, where one is named.
  func check(_ messages: Messages) throws(ScrubRefusal) -> CheckedPolicy? {
    guard let policy else { return nil }
    return try CheckedPolicy(messages.found(policy, allowBuiltIn: !noBuiltin), additions: additions.additions)
  }
}

extension Messages {
  /// The policy of that name; a built-in one that was not asked for by its full name is told of.
  func found(_ policy: String, allowBuiltIn: Bool) throws(ScrubRefusal) -> PolicyText {
    let text = try PolicyText.find(policy, allowBuiltIn: allowBuiltIn)
    if text.isBuiltIn && !policy.hasPrefix("builtin:") { note("using the built-in policy \(text.source)") }
    return text
  }
}

/// What every command understands.
struct CommonOptions: ParsableArguments {
  @Flag(name: [.customShort("q"), .long], help: "Say nothing but errors.")
  var quiet = false

  @Flag(help: "One JSON document on standard output.")
  var json = false

  @Option(help: "The state folder (default: $XDG_STATE_HOME/currents-scrub).", transform: localPath)
  var state: String?
}
