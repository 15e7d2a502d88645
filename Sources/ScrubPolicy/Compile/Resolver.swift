package import ScrubCore

/// What a policy decides for one field of one event type in one destination, and why.
package struct Decision: Hashable, Sendable {
  package enum Origin: Hashable, Sendable {
    /// The index of the deciding rule.
    case rule(Int)
    case defaults(Policy.Defaults.Name)
  }

  package var treatment: Treatment
  /// What takes the place of a redacted value, when the rule says so.
  package var sentinel: Rule.Sentinel?
  package var origin: Origin
  /// Where addresses are treated in one way and numbers in another: the decision about each. The origin is that of the
  /// weaker one then.
  package var byKind: [Decision] = []
  /// Whether the value stays against its default, for it names the event.
  package var isEventName = false

  /// What takes the place of a redacted number, where addresses are treated in another way.
  var numberSentinel: Rule.Sentinel? {
    guard let phone = byKind.last, phone.treatment == .redact else { return sentinel }
    return phone.sentinel
  }

  /// The decisions that it is made of.
  package var parts: [Decision] { byKind.isEmpty ? [self] : byKind }
}

/// A field as a decision sees it.
package struct FieldFacts: Hashable, Sendable {
  /// Canonical name, or the field's own name where the catalog does not know it.
  package var name: String
  /// The path in the destination.
  package var path: String
  package var fieldClass: FieldClass
  package var kind: ValueKind
  package var isPersonal: Bool
  package var isLinking: Bool
  package var marks: MarkSources
  package var isKnown: Bool
  /// Whether the path reads like the name of another field, as `user_id` does in Amplitude: then rules mean the
  /// other one by it.
  package var hasBorrowedPath = false
  /// Whether the event's own name stands at the path: without it nobody could tell what the event is.
  package var namesEvent = false

  package var isMarked: Bool { !marks.isEmpty }

  /// Whether keeping the value in clear needs a reason.
  package var isSensitive: Bool { isMarked || isPersonal }
}

extension FieldFacts {
  package init(_ field: Field, path: String, marks: MarkSources = []) {
    name = field.name
    self.path = path
    fieldClass = field.fieldClass
    kind = field.kind
    isPersonal = field.isPersonal
    isLinking = field.isLinking
    self.marks = field.marks.union(marks)
    isKnown = true
  }

  /// A field of no catalog.
  package init(unknown name: String, path: String, marks: MarkSources = []) {
    self.name = name
    self.path = path
    fieldClass = .freeText
    kind = .other
    isPersonal = false
    isLinking = false
    self.marks = marks
    isKnown = false
  }
}

extension ValueKind {
  /// How values of the kind are normalised unless a rule says otherwise.
  package var normaliser: Normaliser {
    switch self {
    case .email: .email
    case .phone: .phone
    case .deviceID, .adID, .brazeID: .lowered
    default: .trimmed
    }
  }
}

/// A selector of a rule, all of which must match.
package enum Selector: String, CaseIterable, Sendable {
  case events, fields, classes, kinds, annotated, personal, destinations
}

/// Finds the deciding rule: drop_event rules aside, the first that matches.
package struct Resolver: Sendable {
  package let policy: Policy
  package let catalog: Catalog

  package init(policy: Policy, catalog: Catalog) {
    self.policy = policy
    self.catalog = catalog
  }

  /// The rules that may decide a field of an event: found once per event, asked for every field.
  package func rules(for event: String, in destination: Destination) -> [Int] {
    policy.rules.indices.filter { index in
      !policy.rules[index].isDropEvent && matches(rule: index, event: event, destination: destination)
    }
  }

  // Rules are looked at in their place: a copy of one costs more than the comparison.

  package func matches(rule index: Int, event: String, destination: Destination) -> Bool {
    mismatch(rule: index, event: event, destination: destination) == nil
  }

  /// Whether the field selectors of a rule match.
  package func matches(rule index: Int, _ field: FieldFacts, kind: ValueKind) -> Bool {
    mismatch(rule: index, field, kind: kind) == nil
  }

  /// The selector that keeps a rule from an event type; nothing where all match.
  package func mismatch(rule index: Int, event: String, destination: Destination) -> Selector? {
    if !policy.rules[index].events.isEmpty && !policy.rules[index].events.contains(where: { $0.matches(event) }) {
      return .events
    }
    if !policy.rules[index].destinations.isEmpty && !policy.rules[index].destinations.contains(destination) {
      return .destinations
    }
    return nil
  }

  /// The selector that keeps a rule from a field; nothing where all match. A field that no catalog knows is meant by a rule
  /// that names it, or that asks for marks which its file's schema has, and by no other: nobody knows what is in it.
  package func mismatch(rule index: Int, _ field: FieldFacts, kind: ValueKind) -> Selector? {
    if let annotated = policy.rules[index].annotated, annotated != field.isMarked { return .annotated }
    if let personal = policy.rules[index].personal, personal != field.isPersonal { return .personal }
    if !policy.rules[index].classes.isEmpty {
      guard field.isKnown, policy.rules[index].classes.contains(field.fieldClass) else { return .classes }
    }
    if !policy.rules[index].kinds.isEmpty {
      guard field.isKnown, policy.rules[index].kinds.contains(kind) else { return .kinds }
    }
    if !field.isKnown && policy.rules[index].fields.isEmpty && policy.rules[index].annotated != true { return .fields }
    // What may be anything does not stay by a rule that means everything.
    let isByName = !field.isKnown && policy.rules[index].annotated != true && policy.rules[index].leaves
    let isNamed =
      policy.rules[index].fields.isEmpty
      || policy.rules[index].fields.contains {
        ($0.isNaming || !isByName) && ($0.matches(field.name) || (!field.hasBorrowedPath && $0.matches(field.path)))
      }
    return isNamed ? nil : .fields
  }

  /// What happens to a field, given the rules of its event.
  package func decide(_ field: FieldFacts, rules: [Int]) -> Decision { decide([field], rules: rules) }

  /// The strictest decision over the fields that one path stands for.
  package func decide(_ fields: [FieldFacts], rules: [Int]) -> Decision {
    guard fields.contains(where: { $0.kind == .channel }) else { return strictest(fields, channel: .channel, rules) }
    return united(
      email: strictest(fields, channel: .email, rules), phone: strictest(fields, channel: .phone, rules))
  }

  /// - Parameter channel: what a value is taken for where it may be an address or a number.
  private func strictest(_ fields: [FieldFacts], channel: ValueKind, _ rules: [Int]) -> Decision {
    func decide(_ field: FieldFacts) -> Decision {
      self.decide(field, kind: field.kind == .channel ? channel : field.kind, rules: rules)
    }
    var best = decide(fields[0])
    for field in fields.dropFirst() {
      let decision = decide(field)
      if decision.treatment.strictness > best.treatment.strictness {
        best = decision
      } else if decision.treatment.strictness == best.treatment.strictness, decision.treatment != best.treatment, best.treatment.leavesPart {
        // Each of the two shows what the other does not.
        best = Decision(treatment: .redact, origin: best.origin)
      }
    }
    return best
  }

  /// What happens to a field whose values are taken for one of its kinds.
  func decide(_ field: FieldFacts, kind: ValueKind, rules: [Int]) -> Decision {
    for index in rules where matches(rule: index, field, kind: kind) {
      return decision(policy.rules[index], index, field, kind)
    }
    return byDefault(field, kind)
  }

  private func decision(_ rule: Rule, _ index: Int, _ field: FieldFacts, _ kind: ValueKind) -> Decision {
    switch rule.action {
    case .keep: Decision(treatment: .keep, origin: .rule(index))
    case .redact(let sentinel): Decision(treatment: .redact, sentinel: sentinel, origin: .rule(index))
    case .drop, .dropEvent: Decision(treatment: .drop, origin: .rule(index))
    case .mask(let show): Decision(treatment: .mask(Masking(show)), origin: .rule(index))
    case .tokenise(let options): Decision(treatment: .tokenise(tokenising(options, field, kind)), origin: .rule(index))
    case .hash(let options): Decision(treatment: .hash(hashing(options, field, kind)), origin: .rule(index))
    case .generalise(let generalising): Decision(treatment: .generalise(generalising), origin: .rule(index))
    case .scan(let scanning): Decision(treatment: .scan(scanning), origin: .rule(index))
    case .json(let options): Decision(treatment: .json(members(options, field)), origin: .rule(index))
    }
  }

  private func byDefault(_ field: FieldFacts, _ kind: ValueKind) -> Decision {
    let defaults = policy.defaults
    if field.namesEvent && !field.isSensitive {
      let (name, keeps): (Policy.Defaults.Name, Bool) =
        field.isKnown ? (.plain, defaults.plain == .keep) : (.unknownField, defaults.unknownField == .keep)
      return Decision(treatment: .keepScalar, origin: .defaults(name), isEventName: !keeps)
    }
    if !field.isKnown && !field.isMarked {
      let treatment: Treatment =
        switch defaults.unknownField {
        case .redact, .fail: .redact
        case .drop: .drop
        case .keep: .keep
        }
      return Decision(treatment: treatment, origin: .defaults(.unknownField))
    }
    let (action, name): (Policy.Defaults.Action, Policy.Defaults.Name) =
      field.isMarked
      ? (defaults.annotated, .annotated)
      : field.isPersonal
        ? (defaults.unmarkedPersonal, .unmarkedPersonal)
        : field.isLinking ? (defaults.linking, .linking) : (defaults.plain, .plain)
    let treatment: Treatment =
      switch action {
      case .keep: .keepScalar
      case .redact: .redact
      case .drop: .drop
      case .hash:
        .hash(hashing(Rule.HashOptions(format: name == .linking ? .uuidOrToken : .token(byteCount: 16)), field, kind))
      }
    return Decision(treatment: treatment, origin: .defaults(name))
  }

  private func hashing(_ options: Rule.HashOptions, _ field: FieldFacts, _ kind: ValueKind) -> Hashing {
    let normaliser = options.normaliser ?? kind.normaliser
    return Hashing(
      normaliser: normaliser, format: options.format, domain: options.domain ?? domain(of: field, kind),
      findsDigests: kind.isContact || (!kind.isIdentifier && normaliser.isOfContact))
  }

  private func tokenising(_ options: Rule.TokeniseOptions, _ field: FieldFacts, _ kind: ValueKind) -> Tokenising {
    Tokenising(store: options.store, normaliser: kind.normaliser, domain: options.domain ?? domain(of: field, kind))
  }

  /// What becomes of the members of a JSON text in a field.
  private func members(_ options: Rule.JSONOptions, _ field: FieldFacts) -> MemberTreating {
    let fallback: Treatment =
      switch options.fallback {
      case .keep: .keep
      case .redact: .redact
      case .drop: .drop
      case .scan: .scan(options.scanning)
      }
    var paths: [(path: String, treatment: Treatment)] = options.keep.map { ($0, .keep) }
    paths += options.redact.map { ($0, .redact) }
    paths += options.scan.map { ($0, .scan(options.scanning)) }
    for member in options.hash {
      paths.append((member.path, .hash(hashing(Rule.HashOptions(), field, member.kind))))
    }
    if let store = options.store {
      for member in options.tokenise {
        let tokenise = Rule.TokeniseOptions(store: store, domain: nil)
        paths.append((member.path, .tokenise(tokenising(tokenise, field, member.kind))))
      }
    }
    return MemberTreating(default: fallback, paths: paths)
  }

  private func domain(of field: FieldFacts, _ kind: ValueKind) -> String {
    kind.isIdentifier ? kind.rawValue : field.name
  }

  /// The decision for a value that is an address or a number: each by its own kind.
  private func united(email: Decision, phone: Decision) -> Decision {
    switch (email.treatment, phone.treatment) {
    case (.hash(let address), .hash(let number)):
      var decision = email
      decision.treatment = .hash(
        Hashing(
          normaliser: .channel, format: address.format, domain: address.domain, phoneDomain: number.domain,
          phoneFormat: number.format))
      return decision
    case (.tokenise(let address), .tokenise(let number)) where address.store == number.store:
      var decision = email
      decision.treatment = .tokenise(
        Tokenising(store: address.store, normaliser: .channel, domain: address.domain, phoneDomain: number.domain))
      return decision
    case (let address, let number)
    where (address == number && email.sentinel == phone.sentinel) || (address.keeps && number.keeps):
      // A list or object, which is neither, is kept only where both keep everything.
      return address == .keep && number == .keepScalar ? phone : email
    case (let address, let number):
      let weaker = address.strictness <= number.strictness ? email : phone
      return Decision(
        treatment: .contact(email: address, phone: number), sentinel: address == .redact ? email.sentinel : phone.sentinel,
        origin: weaker.origin, byKind: [email, phone])
    }
  }

  // MARK: whole events

  /// Whether every event of the type is dropped, and the drop rules that look at values.
  package func drops(
    event: String, in destination: Destination
  ) -> (all: Bool, conditional: [[Rule.Condition]]) {
    // Events that nobody knows have no name.
    if event.isEmpty && policy.defaults.unknownEvent == .drop { return (true, []) }
    var conditional: [[Rule.Condition]] = []
    for index in policy.rules.indices
    where policy.rules[index].isDropEvent && matches(rule: index, event: event, destination: destination) {
      if policy.rules[index].conditions.isEmpty { return (true, []) }
      conditional.append(policy.rules[index].conditions)
    }
    if !policy.workspaces.isEmpty {
      let values = Set(policy.workspaces.map { Array($0.utf8) })
      conditional.append([Rule.Condition(field: Policy.workspaceField, values: values, isOther: true)])
    }
    return (false, conditional)
  }
}

extension Treatment {
  /// Whether something of a value stays in what takes its place.
  fileprivate var leavesPart: Bool {
    switch self {
    case .mask, .generalise, .scan, .json: true
    case .keep, .keepScalar, .redact, .drop, .hash, .tokenise, .contact: false
    }
  }
}
