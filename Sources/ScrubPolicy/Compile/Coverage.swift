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
  /// By rule: the paths at which it takes away what names the event.
  private var unnaming: [Int: Set<String>] = [:]
  private var kindsByDomain: [String: Set<ValueKind>] = [:]
  /// By domain: the last rule that uses it.
  private var rulesByDomain: [String: Int] = [:]
  /// By rule: the event types in which it hashes.
  private var hashingEvents: [Int: Set<String>] = [:]
  /// The rules that hash what stands in no shape of an event.
  private var hashingElsewhere: Set<Int> = []
  /// By list of rules and number of member: what was noted already, the rules that hash it; most members are those of
  /// other events too, under the same rules.
  private var noted: [[Int]: [[Int]?]] = [:]
  /// By list of rules: the fields that were noted where no rule names their path, and so alike wherever they stand.
  private var notedByName: [[Int]: Set<Place>] = [:]

  /// A field where it has no shape.
  private struct Place: Hashable {
    let field: Int
    let isHeld: Bool
  }

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
    var lists: [Destination: Set<[Int]>] = [:]
    for shape in compiler.catalog.shapes {
      let rules = resolver.rules(for: shape.event, in: shape.destination)
      if isDropped(shape) {
        noteMatches(shape, rules)
        continue
      }
      lists[shape.destination, default: []].insert(rules)
      var noted = noted.removeValue(forKey: rules) ?? compiler.catalog.members.map { _ in nil }
      for number in shape.memberNumbers {
        let member = compiler.catalog.members[number]
        let hashing = noted[number] ?? compiler.facts(of: member).flatMap { note($0, member.type, rules, isHeld: true) }
        noted[number] = hashing
        for rule in hashing { hashingEvents[rule, default: []].insert(shape.event) }
      }
      self.noted[rules] = noted
    }
    let inShapes = Set(compiler.catalog.members.flatMap(\.fields))
    for destination in Destination.allCases { walkOtherPaths(destination, lists[destination] ?? [], inShapes) }
  }

  /// Whether a rule drops all events of a shape; the rules that drop any are noted.
  private mutating func isDropped(_ shape: EventShape) -> Bool {
    var isDropped = false
    for index in policy.rules.indices
    where policy.rules[index].isDropEvent
      && resolver.matches(rule: index, event: shape.event, destination: shape.destination)
    {
      matched.insert(index)
      if !isDropped { deciding.insert(index) }
      if policy.rules[index].conditions.isEmpty { isDropped = true }
    }
    return isDropped
  }

  /// Rules match the fields of events that are dropped, and decide nothing there.
  private mutating func noteMatches(_ shape: EventShape, _ rules: [Int]) {
    var open = rules.filter { !matched.contains($0) }
    for facts in compiler.catalog.members(of: shape).flatMap(compiler.facts) where !open.isEmpty {
      for kind in kinds(of: facts) { matched.formUnion(open.filter { resolver.matches(rule: $0, facts, kind: kind) }) }
      open.removeAll(where: matched.contains)
    }
  }

  /// Stored shapes and other spellings, of which no type is declared: any event may hold them, and one of no type too
  /// where such events are scrubbed.
  ///
  /// A rule for fields of shapes that stand in none of its events is a mistake, even where they would be known in a bag:
  /// what stands there counts for a match only when it has no other place.
  ///
  /// - Parameters:
  ///   - known: the lists of rules of the destination's shapes.
  ///   - inShapes: the fields that stand in some shape.
  private mutating func walkOtherPaths(_ destination: Destination, _ known: Set<[Int]>, _ inShapes: Set<Int>) {
    var lists = known
    for event in compiler.catalog.eventTypes
    where compiler.catalog.shape(of: event, in: destination) == nil && !resolver.drops(event: event, in: destination).all {
      lists.insert(resolver.rules(for: event, in: destination))
    }
    if policy.defaults.unknownEvent == .scrub { lists.insert(resolver.rules(for: "", in: destination)) }
    let table = compiler.paths(destination)
    let patterns = policy.rules.flatMap(\.fields)
    // Columns of Segment's tables are the members of its calls once more, and no other spelling of anything.
    let spellings = (compiler.catalog.spellings[destination] ?? []).map(\.path)
    let spelled = Set(destination == .segment ? spellings.filter { $0.contains(".") } : spellings)
    for slot in 1..<table.paths.count where !table.fields[slot].isEmpty {
      for (field, facts) in zip(table.fields[slot], compiler.facts(at: slot, of: table)) {
        let isNamed = !facts.hasBorrowedPath && patterns.contains { $0.matches(facts.path) }
        let place = Place(field: field, isHeld: spelled.contains(facts.path) || !inShapes.contains(field))
        for rules in lists where isNamed || notedByName[rules, default: []].insert(place).inserted {
          hashingElsewhere.formUnion(note(facts, nil, rules, isHeld: place.isHeld))
        }
      }
    }
  }

  private func kinds(of facts: FieldFacts) -> [ValueKind] {
    facts.kind == .channel ? [.email, .phone] : [facts.kind]
  }

  /// - Parameters:
  ///   - type: as the catalog declares it; nothing where it does not.
  ///   - isHeld: whether events are known to hold the field here, so that a rule matches something.
  /// - Returns: the rules that hash the field.
  private mutating func note(_ facts: FieldFacts, _ type: String?, _ rules: [Int], isHeld: Bool) -> [Int] {
    kinds(of: facts).compactMap { kind in
      var isDecided = false
      for index in rules where resolver.matches(rule: index, facts, kind: kind) {
        if isHeld { matched.insert(index) }
        if !isDecided { deciding.insert(index) }
        isDecided = true
      }
      return note(facts, kind, type, resolver.decide(facts, kind: kind, rules: rules))
    }
  }

  /// - Parameter kind: what the values are taken for.
  /// - Returns: the rule that hashes the field, if one does.
  private mutating func note(_ facts: FieldFacts, _ kind: ValueKind, _ type: String?, _ decision: Decision) -> Int? {
    if facts.namesEvent, !decision.treatment.keeps, case .rule(let index) = decision.origin {
      unnaming[index, default: []].insert(facts.path)
    }
    switch decision.treatment {
    case .keep, .keepScalar: noteKept(facts, decision)
    case .hash(let hashing):
      noteDomain(hashing.domain, kind, decision)
      noteTextOnly(facts, type, decision)
      if case .rule(let index) = decision.origin { return index }
    case .tokenise(let tokenising):
      noteDomain(tokenising.domain, kind, decision)
      noteTextOnly(facts, type, decision)
    case .mask: noteTextOnly(facts, type, decision)
    case .generalise(let generalising): noteCoarser(facts, type, decision, generalising.target)
    case .scan:
      noteKept(facts, decision)
      noteTextOnly(facts, type, decision)
    case .json(let members):
      if decision.treatment.mayLeaveParts { noteKept(facts, decision) }
      for treatment in members.treatments { noteMember(facts, treatment) }
      noteTextOnly(facts, type, decision)
    case .redact: noteSentinel(facts, type, decision)
    // Of a field of two kinds each is noted for itself.
    case .drop, .contact: break
    }
    return nil
  }

  private mutating func noteKept(_ facts: FieldFacts, _ decision: Decision) {
    let isSpecial = policy.audience != nil && policy.special.contains { $0.fields.matches(facts.name) }
    let isLinking = policy.audience != nil && facts.isLinking
    guard facts.isSensitive || isSpecial || isLinking else { return }
    if case .rule(let index) = decision.origin, policy.rules[index].because != nil { return }
    kept[decision.origin, default: []].insert(facts.name)
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

  private mutating func noteDomain(_ domain: String, _ kind: ValueKind, _ decision: Decision) {
    kindsByDomain[domain, default: []].insert(kind)
    if case .rule(let index) = decision.origin { rulesByDomain[domain] = max(index, rulesByDomain[domain] ?? 0) }
  }

  /// A field that no catalog knows is taken as the rule has it, and one whose type none declares by its kind alone.
  private mutating func noteCoarser(
    _ facts: FieldFacts, _ type: String?, _ decision: Decision, _ target: Generalising.Target
  ) {
    guard case .rule(let index) = decision.origin else { return }
    let fits = target.kinds.contains(facts.kind) && (type.map(target.fits) ?? true)
    if !fits { misfits[index, default: []].insert(facts.name) }
  }

  /// What is done to texts fits no other type.
  private mutating func noteTextOnly(_ facts: FieldFacts, _ type: String?, _ decision: Decision) {
    guard case .rule(let index) = decision.origin, let type, !type.hasPrefix("string") else { return }
    misfits[index, default: []].insert(facts.name)
  }

  private mutating func noteSentinel(_ facts: FieldFacts, _ type: String?, _ decision: Decision) {
    guard case .rule(let index) = decision.origin, let sentinel = decision.sentinel, let type else { return }
    let fits =
      switch sentinel {
      case .text: type.hasPrefix("string")
      case .whole: ["string", "int", "long"].contains { type.hasPrefix($0) }
      case .boolean: type.hasPrefix("boolean")
      }
    if !fits { misfits[index, default: []].insert(facts.name) }
  }

  // MARK: findings

  private mutating func report() {
    reportKept()
    for (index, rule) in policy.rules.enumerated() { reportRule(index, rule) }
    reportSpecial()
    reportMisspelt()
    for (domain, kinds) in kindsByDomain.sorted(by: { $0.key < $1.key }) where kinds.count > 1 {
      add(
        .domainOfTwoKinds, rulesByDomain[domain].map { policy.rules[$0].place } ?? policy.defaults.place,
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
        .matchesNothing, rule.place,
        rule.isDropEvent ? "the rule matches no event type" : "the rule matches no field of any of its events",
        mend: "check the names, or add `optional: true`")
    } else if matched.contains(index) && !deciding.contains(index) {
      add(
        .shadowed, rule.place,
        rule.isDropEvent
          ? "every event type that the rule matches is dropped by an earlier rule"
          : "every field that the rule matches is decided by an earlier rule, or goes with its event",
        mend: "move the rule up, or remove it")
    }
    if let names = misfits[index] {
      add(
        .doesNotFit, rule.place,
        "the action does not fit the type of \(count(names.count, "field")): \(list(Array(names)))",
        mend: "use redact for numbers, flags and lists")
    }
    let events = hashingEvents[index]
    if case .hash(let options) = rule.action, options.format == .phone, events != nil || hashingElsewhere.contains(index) {
      add(
        .phoneFormat, rule.place,
        "the phone format has 12 digits: about 450 collisions among 30 million numbers, and it is never matched again",
        mend: "use `format: token`, or acknowledge W101 with the reason", events: events)
    }
    if let paths = unnaming[index] {
      add(
        .eventNamesGo, rule.place,
        "the rule takes away what names the event, so that nobody can tell the events of the output apart or prove them: \(list(Array(paths)))",
        mend: "keep them in a rule before this one")
    }
    for condition in rule.conditions where !rule.isOptional && !isKnown(condition.field) {
      add(
        .matchesNothing, rule.place, "`where` names `\(condition.field)`, which no event has",
        mend: "check the name, or add `optional: true`")
    }
  }

  private mutating func reportSpecial() {
    let names = compiler.catalog.fields.map(\.name)
    for special in policy.special where !names.contains(where: special.fields.matches) {
      let name = special.fields.pattern
      add(
        .matchesNothing, special.place, "`special` names `\(name)`, which no event has",
        mend: nearest(name.lowercased(), in: names).map { "did you mean `\($0)`?" } ?? "check the name, or add the field to the catalog")
    }
  }

  /// What an erasure is to keep, or a package to hide, and is spelled as nothing is, would be gone or shown. Events and fields of
  /// no catalog may be named; but Braze's own names are known.
  private mutating func reportMisspelt() {
    let (fields, events) = (compiler.catalog.fields.map(\.name), compiler.catalog.eventTypes)
    for keep in policy.erasure.keep {
      for glob in keep.events where glob.pattern.hasPrefix("users.") && !events.contains(where: glob.matches) {
        add(
          .matchesNothing, keep.place, "`keep` names `\(glob.pattern)`, which no event type is",
          mend: nearest(glob.pattern, in: events).map { "did you mean `\($0)`?" } ?? "see `currents-scrub catalog list`")
      }
      reportMisspelt(keep.fields, "keep", keep.place, fields)
    }
    for hidden in policy.hidden { reportMisspelt(hidden.fields, "hide", hidden.place, fields) }
  }

  private mutating func reportMisspelt(_ globs: [Glob], _ what: String, _ place: Policy.Place, _ fields: [String]) {
    for glob in globs where !fields.contains(where: glob.matches) {
      guard let near = nearest(glob.pattern.lowercased(), in: fields) else { continue }
      add(.matchesNothing, place, "`\(what)` names `\(glob.pattern)`, which no field is", mend: "did you mean `\(near)`?")
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

extension Generalising.Target {
  /// Steps of time fit times, networks addresses, and so on.
  fileprivate var kinds: [ValueKind] {
    switch self {
    case .time: [.time, .date, .other]
    case .network: [.ip, .other]
    case .host, .path: [.url, .other]
    case .family: [.userAgent, .other]
    case .bucket: [.location, .time, .other]
    }
  }

  /// Whether values of a declared type can become coarser so.
  fileprivate func fits(_ type: String) -> Bool {
    let isText = type.hasPrefix("string")
    let isWhole = type.hasPrefix("int") || type.hasPrefix("long")
    let isNumber = isWhole || type.hasPrefix("float") || type.hasPrefix("double")
    return switch self {
    case .time: isText || isNumber
    case .network, .host, .path, .family: isText
    case .bucket(let bucket): isNumber && !(isWhole && bucket.decimals > 0)
    }
  }
}
