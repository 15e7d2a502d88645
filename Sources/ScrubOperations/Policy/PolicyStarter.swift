/// A policy to start from: one of those that are built in, under a name of its own.
package struct PolicyStarter: Sendable {
  /// What `policy init --json` prints.
  package struct Summary: Document, Sendable {
    package let schema = "currents-scrub/policy-init/1"
    package let policy: String
    /// The built-in policy that it was started from.
    package let from: String
    @OrNull package var audience: String?
    /// The file that was written; nothing where none was.
    @OrNull package var file: String?
    /// The policy itself, where no file was written.
    @OrNull package var yaml: String?
  }

  /// - Parameter file: where the policy was written.
  package func summary(file: String?) -> Summary {
    Summary(policy: name, from: purpose.policy, audience: audience, file: file, yaml: file == nil ? yaml : nil)
  }

  /// What the output is for.
  package enum Purpose: String, CaseIterable, Sendable {
    /// Somebody outside who must count people and not know them.
    case share
    /// Analysts of one's own.
    case analytics
    /// Somebody who needs no people at all.
    case strict

    /// The built-in policy that it starts from.
    package var policy: String {
      switch self {
      case .share: "gdpr"
      case .analytics: "internal-analytics"
      case .strict: "gdpr-strict"
      }
    }
  }

  package let purpose: Purpose
  /// As `policy:` takes it.
  package let name: String
  /// As `audience:` takes it; that of the built-in policy where nothing is said.
  package let audience: String?

  package init(_ purpose: Purpose, name: String, audience: String?) {
    self.purpose = purpose
    self.name = name
    self.audience = audience
  }

  /// The policy with its comments.
  package var yaml: String {
    let lines = (builtInPolicies[purpose.policy] ?? "").split(separator: "\n", omittingEmptySubsequences: false).map { line in
      if line.hasPrefix("policy: ") { return "policy: \(name)" }
      if let audience, line.hasPrefix("audience: ") || line.hasPrefix("# audience: ") { return "audience: \(audience)" }
      return String(line)
    }
    return "# Started from the built-in policy \(purpose.policy). After every change:\n"
      + "#   currents-scrub policy check FILE     proves that every personal field is treated\n"
      + "#   currents-scrub policy diff \(purpose.policy) FILE   tells what became weaker\n#\n"
      + lines.joined(separator: "\n")
  }
}
