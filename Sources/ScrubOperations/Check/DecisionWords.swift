internal import ScrubCore
package import ScrubPolicy

/// Decisions and rules of one policy in words, the same in reports, checks, explanations and diffs.
package struct DecisionWords: Sendable {
  private let policy: Policy
  private let catalog: Catalog
  private let file: String

  package init(_ compiler: PlanCompiler) {
    policy = compiler.policy
    catalog = compiler.catalog
    file = policy.file.split(separator: "/").last.map(String.init) ?? ""
  }

  /// The action that a decision comes to; of two kinds of contact the weaker.
  package func action(_ decision: Decision) -> ActionName { action(decision.treatment) }

  private func action(_ treatment: Treatment) -> ActionName {
    switch treatment {
    case .keep, .keepScalar: .keep
    case .redact: .redact
    case .drop: .drop
    case .hash: .hash
    case .tokenise: .tokenise
    case .mask: .mask
    case .generalise: .generalise
    case .scan: .scan
    case .json: .json
    case .contact(let email, let phone): action(email.strictness <= phone.strictness ? email : phone)
    }
  }

  /// What the action does in detail, where there is something to say.
  package func detail(_ decision: Decision) -> String? {
    switch decision.treatment {
    case .keep, .keepScalar, .drop: nil
    case .redact: decision.sentinel.map { "with \(self.text($0))" }
    case .mask(let masking): show(masking.show)
    case .generalise(let generalising): coarser(generalising)
    case .scan(let scanning): search(scanning)
    case .json(let members): self.members(members)
    case .contact: byKind(decision)
    case .tokenise(let tokenising):
      "store \(tokenising.store.rawValue) · "
        + (tokenising.phoneDomain.map { "domains \(tokenising.domain), \($0)" } ?? "domain \(tokenising.domain)")
    case .hash(let hashing):
      if let phone = hashing.phoneDomain {
        "domains \(hashing.domain), \(phone) · format \(hashing.format.name)"
          + (hashing.phoneFormat == hashing.format ? "" : ", \(hashing.phoneFormat.name)")
      } else {
        "domain \(hashing.domain) · format \(hashing.format.name)"
      }
    }
  }

  /// The action with its details.
  func whole(_ decision: Decision) -> String {
    byKind(decision) ?? action(decision).rawValue + (detail(decision).map { " (\($0))" } ?? "")
  }

  /// What becomes of addresses, and what of numbers, where that differs.
  private func byKind(_ decision: Decision) -> String? {
    if decision.byKind.isEmpty { return nil }
    return zip(["email", "phone"], decision.byKind).map { "\($0): \(whole($1))" }.joined(separator: " · ")
  }

  /// Who decides; both where addresses and numbers are decided by two.
  package func name(_ decision: Decision) -> String { joined(decision.parts.map { name($0.origin) }, ", ") }

  package func because(_ decision: Decision) -> String? {
    if decision.isEventName { return "it names the event" }
    let reasons = decision.parts.compactMap { because($0.origin) }
    return reasons.isEmpty ? nil : joined(reasons, "; ")
  }

  private func joined(_ texts: [String], _ separator: String) -> String {
    texts.enumerated().filter { !texts[..<$0.offset].contains($0.element) }.map(\.element).joined(separator: separator)
  }

  /// `gdpr.yml:31`, or `default linking`.
  package func name(_ origin: Decision.Origin) -> String {
    switch origin {
    case .rule(let index): "\(file):\(policy.rules[index].place.line)"
    case .defaults(let name): "default \(name.rawValue)"
    }
  }

  func because(_ origin: Decision.Origin) -> String? {
    if case .rule(let index) = origin { policy.rules[index].because } else { nil }
  }

  /// A rule or default without its counts.
  func rule(_ origin: Decision.Origin) -> CheckReport.Rule {
    var rule = CheckReport.Rule()
    rule.name = name(origin)
    rule.because = because(origin)
    switch origin {
    case .rule(let index):
      rule.line = policy.rules[index].place.line
      rule.action = policy.rules[index].action.name.rawValue
      rule.summary = summary(policy.rules[index])
    case .defaults(let name):
      rule.action = policy.defaults.word(name)
      rule.summary = name.meaning
    }
    return rule
  }

  /// A condition; values of a field that may be personal are counted, for they may be somebody's.
  func text(_ condition: Rule.Condition, between separator: String = ", ") -> String {
    let field = catalog.index(ofField: condition.field).map { FieldFacts(catalog.fields[$0], path: condition.field) }
    if field?.isSensitive ?? true {
      let count = condition.values.count
      return "\(condition.field) is \(count == 1 ? "a value" : "one of \(count) values") of the policy"
    }
    return condition.text(between: separator)
  }

  /// The selectors and options of a rule in one line.
  package func summary(_ rule: Rule) -> String {
    var parts: [String] = []
    func add(_ name: String, _ values: [String]) {
      if !values.isEmpty { parts.append("\(name) \(values.joined(separator: ", "))") }
    }
    add("events", rule.events.map(\.pattern))
    add("fields", rule.fields.map(\.pattern))
    add("classes", rule.classes.map(\.rawValue).sorted())
    add("kinds", rule.kinds.map(\.rawValue).sorted())
    if let annotated = rule.annotated { parts.append("annotated \(annotated)") }
    if let personal = rule.personal { parts.append("personal \(personal)") }
    add("destinations", rule.destinations.map(\.rawValue).sorted())
    for condition in rule.conditions { parts.append("where \(text(condition))") }
    func add(_ options: Rule.JSONOptions) {
      add("keep", options.keep)
      add("hash", options.hash.map { "\($0.path) as \($0.kind.rawValue)" })
      add("tokenise", options.tokenise.map { "\($0.path) as \($0.kind.rawValue)" })
      add("redact", options.redact)
      add("scan", options.scan)
      parts.append("default \(options.fallback.rawValue)")
      if let store = options.store { parts.append("store \(store.rawValue)") }
      if options.scans { parts.append(search(options.scanning)) }
    }
    switch rule.action {
    case .redact(let sentinel?): parts.append("with \(text(sentinel))")
    case .hash(let options):
      if let domain = options.domain { parts.append("domain \(domain)") }
      if let normaliser = options.normaliser { parts.append("normalise \(normaliser.word)") }
      if options.format != .token(byteCount: 16) { parts.append("format \(options.format.name)") }
    case .tokenise(let options):
      parts.append("store \(options.store.rawValue)")
      if let domain = options.domain { parts.append("domain \(domain)") }
    case .mask(let show): if let text = self.show(show) { parts.append(text) }
    case .generalise(let generalising): parts.append(coarser(generalising))
    case .scan(let scanning): parts.append(search(scanning))
    case .json(let options): add(options)
    case .keep, .redact, .drop, .dropEvent: break
    }
    return parts.joined(separator: " · ")
  }

  /// Why a selector keeps the rule from an event type, or from a field of it; nothing where it does not.
  func mismatch(_ rule: Rule, _ selector: Selector?, _ field: FieldFacts? = nil) -> String? {
    guard let selector else { return nil }
    func only(_ values: [String]) -> String {
      values.prefix(4).joined(separator: ", ") + (values.count > 4 ? ", ..." : "")
    }
    let known = field?.isKnown ?? true
    return switch selector {
    case .events: "events: only \(only(rule.events.map(\.pattern)))"
    case .destinations: "destinations: only \(only(rule.destinations.map(\.rawValue).sorted()))"
    case .fields where rule.fields.isEmpty: "fields: no catalog knows the field, and the rule does not name it"
    case .fields: "fields: only \(only(rule.fields.map(\.pattern)))"
    case .classes:
      "classes: only \(only(rule.classes.map(\.rawValue).sorted()))"
        + (known ? ", and the field is \(field?.fieldClass.rawValue ?? "")" : ", and no catalog classifies the field")
    case .kinds:
      "kinds: only \(only(rule.kinds.map(\.rawValue).sorted()))"
        + (known ? ", and the field is \(field?.kind.rawValue ?? "")" : ", and no catalog classifies the field")
    case .annotated:
      rule.annotated == true ? "annotated: no source marks the field" : "annotated: a source marks the field"
    case .personal:
      rule.personal == true ? "personal: the table does not call the field so" : "personal: the table calls the field so"
    }
  }

  /// Who drops all events of a type.
  func dropping(_ event: String, in destination: Destination, _ resolver: Resolver) -> String? {
    policy.rules.indices.first { index in
      policy.rules[index].isDropEvent && resolver.matches(rule: index, event: event, destination: destination)
    }.map { name(.rule($0)) }
  }

  private func coarser(_ generalising: Generalising) -> String {
    var text = "to \(generalising.target.name)"
    if case .path(let query) = generalising.target, !query.isEmpty {
      text += " · query \(query.map(\.pattern).joined(separator: ", "))"
    }
    return text
  }

  private func search(_ scanning: Scanning) -> String {
    "finds \(scanning.finds.names.joined(separator: ", ")) · replaced by \(scanning.replacement == .hash ? "pseudonyms" : "labels")"
  }

  private func members(_ members: MemberTreating) -> String {
    let paths = members.paths.map { "\($0.path) \(member($0.treatment))" }
    let scanning = members.treatments.lazy.compactMap { if case .scan(let scanning) = $0 { scanning } else { nil } }.first
    return (paths + ["else \(member(members.treatments[0]))"]).joined(separator: ", ")
      + (scanning.map { " · \(search($0))" } ?? "")
  }

  private func member(_ treatment: Treatment) -> String {
    switch treatment {
    case .hash(let hashing): "hash as \(hashing.domain)"
    case .tokenise(let tokenising): "tokenise as \(tokenising.domain), store \(tokenising.store.rawValue)"
    default: action(treatment).rawValue
    }
  }

  private func show(_ show: Masking.Show) -> String? {
    switch show {
    case .nothing: nil
    case .last(let count): "shows the last \(count)"
    case .domain: "shows the domain"
    }
  }

  private func text(_ sentinel: Rule.Sentinel) -> String {
    switch sentinel {
    case .text(let text): quoted(text)
    case .whole(let number): String(number)
    case .boolean(let truth): String(truth)
    }
  }
}

extension Rule.Condition {
  /// With its values.
  func text(between separator: String) -> String {
    "\(field) is \(values.map { String(decoding: $0, as: UTF8.self) }.sorted().joined(separator: separator))"
  }
}
