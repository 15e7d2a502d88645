internal import ArgumentParser
internal import ScrubOperations

/// The keys that may have made tokens: those of a policy, or those of a keyring.
struct TokenKeyOptions: ParsableArguments {
  @Option(name: [.customShort("p"), .long], help: "The policy that made the tokens, for its key and audience.", transform: localPath)
  var policy: String?

  @Flag(help: "Built-in policies only by their full name, builtin:NAME.")
  var noBuiltin = false

  @Option(help: "The keyring whose keys made the tokens.", transform: localPath)
  var keyring: String?

  @Option(help: "With --keyring: an audience that the tokens were made for (default: none). Repeatable.")
  var audience: [String] = []

  func validate() throws {
    if (policy == nil) == (keyring == nil) { throw ValidationError("give --policy or --keyring: which keys made the tokens?") }
    if policy != nil && !audience.isEmpty { throw ValidationError("--audience goes with --keyring; a policy has its own") }
    if !audience.allSatisfy(PseudonymLines.isDomain) {
      throw ValidationError("--audience is 1 to 32 lower-case letters, digits and underscores")
    }
  }

  /// The keys, each with its audience.
  func read(_ messages: Messages) throws(ScrubRefusal) -> [MasterKey] {
    if let policy {
      return try CheckedPolicy(try messages.found(policy, allowBuiltIn: !noBuiltin)).keys()
    }
    let ring = try Keyring.read(keyring ?? "")
    return audience.isEmpty ? ring.matchingKeys(audience: nil) : audience.flatMap { ring.matchingKeys(audience: $0) }
  }
}
