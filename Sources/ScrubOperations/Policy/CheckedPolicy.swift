internal import ScrubCore
package import ScrubPolicy

/// A policy laid against the catalog: no key, no data, only what is decided and what is wrong with it.
package struct CheckedPolicy: Sendable {
  package let text: PolicyText
  /// Without a key: decisions are right, plan digests are not.
  package let compiler: PlanCompiler
  /// Of the form and of the coverage, in the order of the file.
  package let findings: [Diagnostic]

  package var policy: Policy { compiler.policy }
  package var catalog: Catalog { compiler.catalog }
  /// Whether no finding refuses the policy.
  package var isCovered: Bool { !findings.contains(where: \.refuses) }

  /// Reads a policy and checks it.
  ///
  /// - Parameters:
  ///   - additions: catalog additions beside those that the policy names.
  ///   - workspaces: only their events are written; empty for all.
  ///   - file: from whose folder paths of keys are told; nothing for the working folder.
  /// - Throws: `ScrubRefusal` when the policy cannot be read as one, or when an addition is refused.
  package init(
    _ text: PolicyText, additions: [String] = [], workspaces: [String] = [], keysBeside file: String? = nil
  ) throws(ScrubRefusal) {
    let read = Policy.reading(yaml: text.yaml, file: text.source)
    guard var policy = read.policy else { throw .policy(read.findings) }
    policy.workspaces = workspaces
    if let file { policy.key = policy.key?.beside(file) }
    let own = policy.additions.map { text.isBuiltIn ? $0 : GivenFile.beside(text.source, $0) }
    let catalog = try CatalogFiles.catalog(with: own + additions)
    self.text = text
    compiler = PlanCompiler(policy: policy, catalog: catalog, key: nil)
    findings = (read.findings + Coverage.findings(compiler)).sorted {
      ($0.line, $0.column, $0.id.rawValue) < ($1.line, $1.column, $1.id.rawValue)
    }
  }

  /// The keys of the policy for its audience, those of earlier days among them, for those who have its output already:
  /// whether the policy covers what the catalog knows today is not asked.
  ///
  /// - Parameter other: where keys come from in place of what the policy says.
  package func keys(from other: Policy.KeyReference? = nil) throws(ScrubRefusal) -> [MasterKey] {
    guard let reference = policy.key.map({ other ?? $0 }) else { throw .key(KeyRefusal(code: .noKey)) }
    if case .keyring(let path) = reference.source {
      return try Keyring.read(path).matchingKeys(audience: policy.audience)
    }
    return [try PolicyKeys.read(reference, audience: policy.audience, inputs: []).active]
  }

  /// How reports name the policy.
  var reported: Report.Policy {
    var reported = Report.Policy()
    reported.name = policy.name
    reported.title = policy.title
    reported.source = text.source
    reported.sha256 = text.digest
    reported.audience = policy.audience
    return reported
  }
}
