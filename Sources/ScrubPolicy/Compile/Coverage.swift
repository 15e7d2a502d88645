internal import ScrubCore

/// The check that a policy covers what the catalog knows: every event type, destination and field.
package struct Coverage {
  private let compiler: PlanCompiler
  private let resolver: Resolver
  private let policy: Policy
  private var diagnostics: [Diagnostic] = []
  private var matched: Set<Int> = []
  private var deciding: Set<Int> = []
  /// By rule or default: the sensitive fields it keeps in clear.
  private var kept: [Decision.Origin: Set<String>] = [:]
  private var misfits: [Int: Set<String>] = [:]
  private var kindsByDomain: [String: Set<ValueKind>] = [:]
  /// By rule: the event types in which it hashes.
  private var hashingEvents: [Int: Set<String>] = [:]
  /// By list of rules and number of member: what was noted already, the rules that hash it; most members are those of
  /// other events too, under the same rules.
  private var noted: [[Int]: [[Int]?]] = [:]

  /// By finding: the event types it is about; all where nothing is said.
  private var eventsOfFinding: [Diagnostic: Set<String>] = [:]

  /// Every finding of the check; errors refuse the policy.
  package static func findings(_ compiler: PlanCompiler) -> [Diagnostic] {
    var coverage = Coverage(compiler: compiler)
    coverage.walk()
    coverage.report()
    return coverage.diagnostics
  }

  private init(compiler: PlanCompiler) {
    self.compiler = compiler
    resolver = compiler.resolver
    policy = compiler.policy
  }

  // MARK: walking the catalog

  private mutating func walk() {
    for shape in compiler.catalog.shapes {
      let rules = resolver.rules(for: shape.event, in: shape.destination)
      for index in policy.rules.indices
      where policy.rules[index].isDropEvent
        && resolver.matches(rule: index, event: shape.event, destination: shape.destination)
      {
        matched.insert(index)
        deciding.insert(index)
      }
      var noted = noted.removeValue(forKey: rules) ?? compiler.catalog.members.map { _ in nil }
      for number in shape.memberNumbers {
        let member = compiler.catalog.members[number]
        let hashing = noted[number] ?? compiler.facts(of: member).compactMap { note($0, member, rules) }
        noted[number] = hashing
        for rule in hashing { hashingEvents[rule, default: []].insert(shape.event) }
      }
      self.noted[rules] = noted
    }
    for destination in Destination.allCases { walkOtherPaths(destination) }
  }

  /// Stored shapes and other spellings: any event may hold them, so only what rules match is noted.
  private mutating func walkOtherPaths(_ destination: Destination) {
    let table = compiler.paths(destination)
    let candidates = policy.rules.indices.filter { index in
      let rule = policy.rules[index]
      return !rule.isDropEvent && (rule.destinations.isEmpty || rule.destinations.contains(destination))
    }
    for slot in 1..<table.paths.count where !table.fields[slot].isEmpty {
      for facts in compiler.facts(at: table.paths[slot], in: destination) {
        var rest = candidates[...]
        for kind in kinds(of: facts) {
          for index in rest where resolver.matches(rule: index, facts, kind: kind) {
            matched.insert(index)
            if policy.rules[index].events.isEmpty || !deciding.contains(index) { deciding.insert(index) }
            rest = candidates[...]
            break
          }
        }
      }
    }
  }

  private func kinds(of facts: FieldFacts) -> [ValueKind] {
    facts.kind == .channel ? [.email, .phone] : [facts.kind]
  }

  /// - Returns: the rule that hashes the member, if one does.
  private mutating func note(_ facts: FieldFacts, _ member: Member, _ rules: [Int]) -> Int? {
    for kind in kinds(of: facts) {
      var isDecided = false
      for index in rules where resolver.matches(rule: index, facts, kind: kind) {
        matched.insert(index)
        if !isDecided { deciding.insert(index) }
        isDecided = true
      }
    }
    let decision = resolver.decide(facts, rules: rules)
    switch decision.treatment {
    case .keep, .keepScalar: noteKept(facts, decision)
    case .hash(let hashing):
      noteDomains(facts, hashing.domain, hashing.phoneDomain)
      noteTextOnly(facts, member, decision)
      if case .rule(let index) = decision.origin { return index }
    case .tokenise(let tokenising):
      noteDomains(facts, tokenising.domain, tokenising.phoneDomain)
      noteTextOnly(facts, member, decision)
    case .mask: noteTextOnly(facts, member, decision)
    case .generalise(let generalising): noteCoarser(facts, member, decision, generalising)
    case .scan:
      noteKept(facts, decision)
      noteTextOnly(facts, member, decision)
    case .json(let members):
      if decision.treatment.mayLeaveParts { noteKept(facts, decision) }
      for treatment in members.treatments { noteMember(facts, treatment) }
      noteTextOnly(facts, member, decision)
    case .redact: noteSentinel(facts, member, decision)
    case .drop: break
    }
    return nil
  }

  private mutating func noteKept(_ facts: FieldFacts, _ decision: Decision) {
    let isSpecial = policy.audience != nil && policy.special.contains { $0.matches(facts.name) }
    let isLinking = policy.audience != nil && facts.isLinking
    guard facts.isSensitive || isSpecial || isLinking else { return }
    if case .rule(let index) = decision.origin, policy.rules[index].because != nil { return }
    kept[decision.origin, default: []].insert(facts.name)
  }

  private mutating func noteDomains(_ facts: FieldFacts, _ domain: String, _ phoneDomain: String?) {
    if facts.kind == .channel {
      kindsByDomain[domain, default: []].insert(.email)
      kindsByDomain[phoneDomain ?? domain, default: []].insert(.phone)
    } else {
      kindsByDomain[domain, default: []].insert(facts.kind)
    }
  }

  /// A member of a JSON text is of the kind that the rule says, which is that of its domain unless the domain is the
  /// field's own.
  private mutating func noteMember(_ facts: FieldFacts, _ treatment: Treatment) {
    let domain: String
    switch treatment {
    case .hash(let hashing): domain = hashing.domain
    case .tokenise(let tokenising): domain = tokenising.domain
    default: return
    }
    if let kind = ValueKind(rawValue: domain), kind.isIdentifier { kindsByDomain[domain, default: []].insert(kind) }
  }

  /// Steps of time fit times, networks addresses, and so on; a field that no catalog knows is taken as the rule has it.
  private mutating func noteCoarser(
    _ facts: FieldFacts, _ member: Member, _ decision: Decision, _ generalising: Generalising
  ) {
    guard case .rule(let index) = decision.origin else { return }
    let isText = member.type.hasPrefix("string")
    let isNumber = ["int", "long", "float", "double"].contains { member.type.hasPrefix($0) }
    let isWhole = isNumber && !member.type.hasPrefix("float") && !member.type.hasPrefix("double")
    let fits =
      switch generalising.target {
      case .time: (isText || isNumber) && [.time, .date, .other].contains(facts.kind)
      case .network: isText && [.ip, .other].contains(facts.kind)
      case .host, .path: isText && [.url, .other].contains(facts.kind)
      case .family: isText && [.userAgent, .other].contains(facts.kind)
      case .bucket(let bucket): isNumber && !(isWhole && bucket.decimals > 0)
      }
    if !fits { misfits[index, default: []].insert(facts.name) }
  }

  /// What is done to texts fits no other type.
  private mutating func noteTextOnly(_ facts: FieldFacts, _ member: Member, _ decision: Decision) {
    guard case .rule(let index) = decision.origin, !member.type.hasPrefix("string") else { return }
    misfits[index, default: []].insert(facts.name)
  }

  private mutating func noteSentinel(_ facts: FieldFacts, _ member: Member, _ decision: Decision) {
    guard case .rule(let index) = decision.origin, let sentinel = decision.sentinel else { return }
    let fits =
      switch sentinel {
      case .text: member.type.hasPrefix("string")
      case .whole: ["string", "int", "long"].contains { member.type.hasPrefix($0) }
      case .boolean: member.type.hasPrefix("boolean")
      }
    if !fits { misfits[index, default: []].insert(facts.name) }
  }

  // MARK: findings

  private mutating func report() {
    reportKept()
    for (index, rule) in policy.rules.enumerated() { reportRule(index, rule) }
    for (domain, kinds) in kindsByDomain.sorted(by: { $0.key < $1.key }) where kinds.count > 1 {
      add(
        .domainOfTwoKinds, policy.defaults.place,
        "the pseudonym domain `\(domain)` is used for values of the kinds \(list(kinds.map(\.rawValue)))",
        mend: "give each kind a domain of its own, else equal texts of different meaning join")
    }
    if policy.defaults.unknownField == .keep {
      add(
        .unknownFieldsKept, policy.defaults.place, "fields that no catalog knows are kept in clear",
        mend: "write `unknown_field: redact`, or acknowledge W102")
    }
    refuseUnacknowledged()
    diagnostics.sort { ($0.line, $0.column, $0.id.rawValue) < ($1.line, $1.column, $1.id.rawValue) }
  }

  private mutating func reportKept() {
    for (origin, names) in kept {
      switch origin {
      case .rule(let index):
        add(
          .keptWithoutReason, policy.rules[index].place,
          "the rule \(leaving(index)) \(count(names.count, "personal or linking field")) in clear without `because`: \(list(Array(names)))",
          mend: "add `because: ...`, or choose redact or hash")
      case .defaults(let name):
        add(
          .keptWithoutReason, policy.defaults.place,
          "the default `\(name.rawValue)` keeps \(count(names.count, "personal or linking field")) in clear: \(list(Array(names)))",
          mend: "name them in a rule with `because`, or change the default")
      }
    }
  }

  private func leaving(_ index: Int) -> String {
    switch policy.rules[index].action.name {
    case .scan: "searches, and so leaves the rest of,"
    case .json: "leaves unnamed or searched parts of"
    default: "keeps"
    }
  }

  private mutating func reportRule(_ index: Int, _ rule: Rule) {
    if !matched.contains(index) && !rule.isOptional {
      add(
        .matchesNothing, rule.place, "the rule matches no field of any event",
        mend: "check the names, or add `optional: true`")
    } else if matched.contains(index) && !deciding.contains(index) {
      add(
        .shadowed, rule.place, "every field that the rule matches is decided by an earlier rule",
        mend: "move the rule up, or remove it")
    }
    if let names = misfits[index] {
      add(
        .doesNotFit, rule.place,
        "the action does not fit the type of \(count(names.count, "field")): \(list(Array(names)))",
        mend: "use redact for numbers, flags and lists")
    }
    if case .hash(let options) = rule.action, options.format == .phone, let events = hashingEvents[index] {
      add(
        .phoneFormat, rule.place,
        "the phone format has 12 digits: about 450 collisions among 30 million numbers, and it is never matched again",
        mend: "use `format: token`, or acknowledge W101 with the reason", events: events)
    }
    for condition in rule.conditions where !rule.isOptional && !isKnown(condition.field) {
      add(
        .matchesNothing, rule.place, "`where` names `\(condition.field)`, which no event has",
        mend: "check the name, or add `optional: true`")
    }
  }

  private func isKnown(_ field: String) -> Bool {
    compiler.catalog.index(ofField: field) != nil
      || Destination.allCases.contains { !compiler.paths($0).fields(at: field).isEmpty }
  }

  /// An acknowledged warning is no finding any more; an acknowledgement of nothing is one.
  private mutating func refuseUnacknowledged() {
    let all = Set(compiler.catalog.eventTypes)
    var answering: Set<Int> = []
    diagnostics.removeAll { diagnostic in
      guard diagnostic.severity == .warning else { return false }
      let events = eventsOfFinding[diagnostic] ?? all
      let answers = policy.acknowledgements.indices.filter { index in
        let acknowledgement = policy.acknowledgements[index]
        return acknowledgement.id == diagnostic.id.rawValue && events.contains { acknowledgement.on.matches($0) }
      }
      answering.formUnion(answers)
      // Every event type of the finding is answered for.
      return events.allSatisfy { event in answers.contains { policy.acknowledgements[$0].on.matches(event) } }
    }
    for (index, acknowledgement) in policy.acknowledgements.enumerated() where !answering.contains(index) {
      // An erasure asks for this one, not the check.
      if acknowledgement.id == Diagnostic.ID.consentGoes.rawValue { continue }
      let isError = acknowledgement.id.hasPrefix("E")
      add(
        .acknowledgesNothing, acknowledgement.place,
        isError
          ? "the policy acknowledges \(acknowledgement.id), but errors are not acknowledged"
          : "the policy acknowledges \(acknowledgement.id), but there is no such finding",
        mend: isError ? "mend what the error says, and remove the acknowledgement" : "remove the acknowledgement")
    }
  }

  private mutating func add(
    _ id: Diagnostic.ID, _ place: Policy.Place, _ message: String, mend: String, events: Set<String>? = nil
  ) {
    let diagnostic = Diagnostic(
      id, file: policy.file, line: place.line, column: place.column, message: message, mend: mend)
    diagnostics.append(diagnostic)
    eventsOfFinding[diagnostic] = events
  }

  private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  private func list(_ names: [String]) -> String {
    let sorted = names.sorted()
    return sorted.prefix(6).joined(separator: ", ") + (sorted.count > 6 ? ", ..." : "")
  }
}
