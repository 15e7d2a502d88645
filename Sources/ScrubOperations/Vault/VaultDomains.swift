internal import ScrubCore
internal import ScrubPolicy

/// Which kinds of values lie in the domains of a vault, as policy and catalog say.
struct VaultDomains {
  private var kinds: [String: Set<ValueKind>] = [:]

  init(_ compiler: PlanCompiler) {
    for kind in ValueKind.allCases where kind.isIdentifier { kinds[kind.rawValue] = [kind] }
    // A field that is no identifier has a domain of its own name, unless a rule says otherwise.
    for field in compiler.catalog.fields where !field.kind.isIdentifier { kinds[field.name, default: []].insert(field.kind) }
    for rule in compiler.policy.rules { addUnknown(rule, compiler.catalog) }
    for shape in compiler.catalog.shapes {
      let rules = compiler.resolver.rules(for: shape.event, in: shape.destination)
      for member in compiler.catalog.members(of: shape) {
        for field in member.fields { add(compiler, compiler.catalog.fields[field], path: member.path, rules: rules) }
      }
    }
  }

  /// A field of no catalog is what the rule that names it makes of it.
  private mutating func addUnknown(_ rule: Rule, _ catalog: Catalog) {
    guard case .tokenise(let options) = rule.action, options.store == .vault else { return }
    for field in rule.fields where field.isLiteral && catalog.index(ofField: field.pattern) == nil {
      kinds[options.domain ?? field.pattern, default: []].insert(.other)
    }
  }

  private mutating func add(_ compiler: PlanCompiler, _ field: Field, path: String, rules: [Int]) {
    let decision = compiler.resolver.decide(FieldFacts(field, path: path), rules: rules)
    for (kind, part) in zip(field.kind == .channel ? [.email, .phone] : [field.kind], decision.parts) {
      guard case .tokenise(let tokenising) = part.treatment, tokenising.store == .vault else { continue }
      kinds[tokenising.domain, default: []].insert(kind)
      if let phone = tokenising.phoneDomain { kinds[phone, default: []].insert(.phone) }
    }
  }

  /// The kinds of a domain; nothing for one that neither knows.
  subscript(domain: String) -> Set<ValueKind>? { kinds[domain] }
}
