internal import ScrubArchive
internal import ScrubNative
package import ScrubPolicy

/// A policy ready to be run: it covers, and its key is at hand.
package struct PreparedPolicy: Sendable {
  package let policy: Policy
  /// `builtin:gdpr`, or a path.
  package let source: String
  /// SHA-256 of the policy's bytes, hex.
  package let digest: String
  package let compiler: PlanCompiler
  package private(set) var warnings: [Diagnostic]
  package let keys: PolicyKeys?

  /// Everything that may refuse before data is opened.
  ///
  /// - Parameters:
  ///   - inputs: where data lies; a key file must not lie among it.
  ///   - other: where the key comes from in place of what the policy says.
  package init(
    _ checked: CheckedPolicy, inputs: [String], key other: Policy.KeyReference? = nil
  ) throws(ScrubRefusal) {
    if !checked.isCovered { throw .policy(checked.findings) }
    let policy = checked.policy
    let reference = policy.key.map { other ?? $0 }
    let keys: PolicyKeys? =
      if let reference { try PolicyKeys.read(reference, audience: policy.audience, inputs: inputs) } else { nil }
    self.policy = policy
    source = checked.text.source
    digest = checked.text.digest
    self.keys = keys
    compiler = checked.compiler.with(key: keys.map { ($0.mark.id, $0.mark.check) })
    var warnings = checked.findings
    if case .environment = reference?.source, let place = policy.key?.place {
      warnings.append(
        Diagnostic(
          .keyInEnvironment, file: source, line: place.line, column: place.column,
          message: "the key comes from an environment variable, which other programs of the same user can read",
          mend: "prefer `file` or `command`"))
    }
    self.warnings = warnings
    self.warnings += exclusions.filter(Self.namesNobody).map { list in
      Diagnostic(
        .excludesNobody, file: list, message: "a list of `exclude` names nobody, so nobody stays out by it",
        mend: "nothing, if nobody is to stay out; else see what became of the list")
    }
  }

  /// Whether a list was read and is empty. Of what can be read but once nothing is taken away from the run, which tells
  /// also what cannot be read.
  private static func namesNobody(_ list: String) -> Bool {
    FileIdentity(path: realPath(list)) != nil && (try? Identifier.list(list))?.isEmpty == true
  }

  /// Tells whether the same files would be scrubbed to the same bytes: SHA-256, hex, over what becomes of every event in
  /// every destination, the lists of people who stay out, and the version of the program.
  package var stamp: String {
    stamp(with: exclusions.map(GivenFile.stamp))
  }

  /// The same without the lists, which stand elsewhere on other machines.
  var stampOfPolicy: String { stamp(with: []) }

  /// Tells whether a policy says the same of everything that an archive may hold: SHA-256, hex.
  var stampOfRules: String {
    Digest256.sha256(Destination.allCases.map { compiler.digest(of: $0) }.joined(separator: "\n")).hex
  }

  private func stamp(with lists: [String]) -> String {
    let digests = Destination.allCases.map { compiler.digest(of: $0) }
    return Digest256.sha256((digests + lists + [programVersion]).joined(separator: "\n")).hex
  }

  /// Files of people whose events stay out.
  var exclusions: [String] {
    policy.exclusions.map { source.hasPrefix("builtin:") ? $0 : GivenFile.beside(source, $0) }
  }

  package var key: MasterKey? { keys?.active }
  /// `id:check value`, as marks and manifests carry it.
  package var keyMark: String? { keys?.mark.text }
}
