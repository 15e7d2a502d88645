internal import ScrubCore
internal import ScrubPolicy

/// What one policy does that another does not, as `policy diff --json` prints it.
package struct PolicyDifference: Document, Sendable {
  /// The format of this document; a change that breaks readers changes the number.
  package static let schema = "currents-scrub/policy-diff/1"

  package var schema = PolicyDifference.schema
  /// The version of the program.
  package var version = programVersion
  package var before = Report.Policy()
  package var after = Report.Policy()
  /// Weaker ones first.
  package var changes: [Change] = []
  package var weaker = 0
  package var stricter = 0
  /// As strict as before, but another pseudonym, another sentinel, or redacted where it was removed.
  package var otherwise = 0
  /// The exit status of the command.
  package var exit = 0

  package enum Direction: String, Encodable, CaseIterable, Sendable { case weaker, otherwise, stricter }

  package enum Subject: String, Encodable, Sendable {
    case field
    /// A default, for what no catalog knows too.
    case defaults = "default"
    /// Whole events.
    case event
    /// What every pseudonym depends on.
    case pseudonyms
    /// People whose events stay out.
    case people
  }

  /// One thing that changes alike in a number of places.
  package struct Change: Encodable, Sendable {
    package var direction = Direction.otherwise
    package var subject = Subject.field
    /// Canonical fields, the name of a default, `audience`, ...
    package var name = ""
    /// `redact`, `hash (domain email · format token-128)`, ...
    package var before = ""
    package var after = ""
    /// Who decides, before and after.
    package var ruleBefore = ""
    package var ruleAfter = ""
    /// Event types that have the field by the catalog; where none has it there, all in which it would be treated so.
    package var events: [String] = []
    package var destinations: [String] = []

    enum CodingKeys: String, CodingKey {
      case direction, subject, name, before, after
      case ruleBefore = "rule_before"
      case ruleAfter = "rule_after"
      case events, destinations
    }
  }

  /// Compares what two policies do to every event type, destination and path that either of them knows.
  package init(from before: CheckedPolicy, to after: CheckedPolicy) {
    self.before = before.reported
    self.after = after.reported
    var comparison = PolicyComparison(before, after)
    comparison.compare()
    let order = Direction.allCases
    changes = comparison.changes.enumerated().sorted { left, right in
      let (first, second) = (order.firstIndex(of: left.element.direction), order.firstIndex(of: right.element.direction))
      return (first ?? 0, left.offset) < (second ?? 0, right.offset)
    }.map(\.element)
    weaker = changes.count { $0.direction == .weaker }
    stricter = changes.count { $0.direction == .stricter }
    otherwise = changes.count { $0.direction == .otherwise }
    exit = weaker > 0 ? 3 : 0
  }
}

private struct PolicyComparison {
  private let before: CheckedPolicy
  private let after: CheckedPolicy
  private let words: (before: DecisionWords, after: DecisionWords)
  private(set) var changes: [PolicyDifference.Change] = []
  private var indices: [Key: Int] = [:]
  /// By change: where no shape of the catalog has it.
  private var elsewhere: [Int: Places] = [:]

  private struct Places {
    var events: [String] = []
    var destinations: [String] = []

    mutating func add(_ event: String, _ destination: String) {
      if events.last != event { events.append(event) }
      if !destinations.contains(destination) { destinations.append(destination) }
    }
  }

  /// Changes of one key are one change in several places.
  private struct Key: Hashable {
    let subject: PolicyDifference.Subject
    let name: String
    let before: String
    let after: String
    let ruleBefore: String
    let ruleAfter: String
  }

  init(_ before: CheckedPolicy, _ after: CheckedPolicy) {
    self.before = before
    self.after = after
    words = (DecisionWords(before.compiler), DecisionWords(after.compiler))
  }

  mutating func compare() {
    comparePseudonyms()
    compareDefaults()
    comparePeople()
    for event in Set(before.catalog.eventTypes + after.catalog.eventTypes).sorted() {
      for destination in Destination.allCases { compare(event, destination) }
    }
    for (index, places) in elsewhere where changes[index].events.isEmpty {
      (changes[index].events, changes[index].destinations) = (places.events, places.destinations)
    }
  }

  /// The index of the change, which is new or known.
  @discardableResult
  private mutating func add(
    _ subject: PolicyDifference.Subject, _ name: String, _ direction: PolicyDifference.Direction, from before: String,
    to after: String, rules: (before: String, after: String) = ("", "")
  ) -> Int {
    let key = Key(
      subject: subject, name: name, before: before, after: after, ruleBefore: rules.before, ruleAfter: rules.after)
    if let known = indices[key] { return known }
    indices[key] = changes.count
    var change = PolicyDifference.Change()
    (change.direction, change.subject, change.name) = (direction, subject, name)
    (change.before, change.after) = (before, after)
    (change.ruleBefore, change.ruleAfter) = rules
    changes.append(change)
    return changes.count - 1
  }

  private mutating func note(_ index: Int, _ event: String, _ destination: Destination, isInShape: Bool) {
    guard isInShape else { return elsewhere[index, default: Places()].add(event, destination.rawValue) }
    var places = Places(events: changes[index].events, destinations: changes[index].destinations)
    places.add(event, destination.rawValue)
    (changes[index].events, changes[index].destinations) = (places.events, places.destinations)
  }

  // MARK: the policy as a whole

  private mutating func comparePseudonyms() {
    let audiences = (before.policy.audience ?? "none", after.policy.audience ?? "none")
    if audiences.0 != audiences.1 { add(.pseudonyms, "audience", .otherwise, from: audiences.0, to: audiences.1) }
    let keys = (name(before.policy.key), name(after.policy.key))
    if keys.0 != keys.1 { add(.pseudonyms, "key id", .otherwise, from: keys.0, to: keys.1) }
  }

  /// Keyrings are not opened: two of them may have one active key, or not.
  private func name(_ key: Policy.KeyReference?) -> String {
    if case .keyring(let path) = key?.source { return "of the keyring \(path)" }
    return key?.id ?? "none"
  }

  /// Lists are told by their paths: who stands in them is not looked at.
  private mutating func comparePeople() {
    let lists = (Set(before.policy.exclusions), Set(after.policy.exclusions))
    guard lists.0 != lists.1 else { return }
    func shown(_ lists: Set<String>) -> String { lists.isEmpty ? "nobody" : lists.sorted().joined(separator: ", ") }
    add(.people, "exclude", lists.0.isSubset(of: lists.1) ? .stricter : .weaker, from: shown(lists.0), to: shown(lists.1))
  }

  /// Defaults decide what no catalog knows too, so they are compared for themselves.
  private mutating func compareDefaults() {
    for name in Policy.Defaults.Name.allCases {
      let (old, new) = (before.policy.defaults.word(name), after.policy.defaults.word(name))
      guard old != new else { continue }
      add(.defaults, name.rawValue, direction(from: Self.strictness(old), to: Self.strictness(new)), from: old, to: new)
    }
    let (old, new) = (before.policy.defaults.unknownEvent, after.policy.defaults.unknownEvent)
    if old != new {
      // Only `scrub` writes anything.
      add(
        .defaults, "unknown_event", direction(from: old == .scrub ? 0 : 1, to: new == .scrub ? 0 : 1),
        from: old.rawValue, to: new.rawValue)
    }
  }

  private static func strictness(_ word: String) -> Int {
    switch word {
    case "keep": 0
    case "hash": 1
    case "fail": 3
    default: 2
    }
  }

  private func direction(from old: Int, to new: Int) -> PolicyDifference.Direction {
    new < old ? .weaker : new > old ? .stricter : .otherwise
  }

  // MARK: an event type

  private mutating func compare(_ event: String, _ destination: Destination) {
    let known = [before, after].compactMap { side in
      side.catalog.shape(of: event, in: destination).map(side.catalog.members)
    }
    let (old, new) = (
      before.compiler.resolver.drops(event: event, in: destination),
      after.compiler.resolver.drops(event: event, in: destination)
    )
    if old.all != new.all {
      let index = add(
        .event, event, old.all ? .weaker : .stricter, from: old.all ? "drop_event" : "written",
        to: new.all ? "drop_event" : "written",
        rules: (
          words.before.dropping(event, in: destination, before.compiler.resolver) ?? "",
          words.after.dropping(event, in: destination, after.compiler.resolver) ?? ""
        ))
      return note(index, event, destination, isInShape: !known.isEmpty)
    }
    if old.all { return }
    compareConditions(old.conditional, new.conditional, event, destination, isInShape: !known.isEmpty)
    compareFields(event, destination, shape: Set(known.joined().map(\.path)))
  }

  private mutating func compareConditions(
    _ old: [[Rule.Condition]], _ new: [[Rule.Condition]], _ event: String, _ destination: Destination, isInShape: Bool
  ) {
    func texts(_ rules: [[Rule.Condition]], _ text: (Rule.Condition) -> String) -> Set<String> {
      Set(rules.map { $0.map(text).sorted().joined(separator: " and ") })
    }
    if texts(old, { $0.text(between: "|") }) == texts(new, { $0.text(between: "|") }) { return }
    func shown(_ rules: [[Rule.Condition]], _ words: DecisionWords) -> String {
      let shown = texts(rules) { words.text($0, between: "|") }
      return shown.isEmpty ? "written" : "drop_event where " + shown.sorted().joined(separator: ", or ")
    }
    let index = add(
      .event, event, new.drops(allOf: old) ? .stricter : .weaker, from: shown(old, words.before), to: shown(new, words.after))
    note(index, event, destination, isInShape: isInShape)
  }

  private mutating func compareFields(_ event: String, _ destination: Destination, shape: Set<String>) {
    let (old, new) = (before.compiler, after.compiler)
    let rules = (old.resolver.rules(for: event, in: destination), new.resolver.rules(for: event, in: destination))
    for path in paths(destination) {
      let facts = (old.facts(at: path, in: destination), new.facts(at: path, in: destination))
      let decisions = (old.resolver.decide(facts.0, rules: rules.0), new.resolver.decide(facts.1, rules: rules.1))
      var texts = (words.before.whole(decisions.0), words.after.whole(decisions.1))
      let forms = (decisions.0.treatment.normaliser, decisions.1.treatment.normaliser)
      if let old = forms.0, let new = forms.1, old != new {
        texts = ("\(texts.0) · normalise \(old.word)", "\(texts.1) · normalise \(new.word)")
      }
      guard texts.0 != texts.1 else { continue }
      let index = add(
        .field, facts.1.map(\.name).joined(separator: ", "),
        direction(from: decisions.0.treatment, to: decisions.1.treatment), from: texts.0, to: texts.1,
        rules: (words.before.name(decisions.0), words.after.name(decisions.1)))
      note(index, event, destination, isInShape: shape.contains(path))
    }
  }

  private func direction(from old: Treatment, to new: Treatment) -> PolicyDifference.Direction {
    new.showsMore(than: old) ? .weaker : old.showsMore(than: new) ? .stricter : .otherwise
  }

  private var known: [Destination: [String]] = [:]

  /// Every path that either policy knows of.
  private mutating func paths(_ destination: Destination) -> [String] {
    if let paths = known[destination] { return paths }
    let all = before.compiler.paths(destination).paths.dropFirst() + after.compiler.paths(destination).paths.dropFirst()
    var seen: Set<String> = []
    let paths = all.filter { seen.insert($0).inserted }
    known[destination] = paths
    return paths
  }
}

extension Treatment {
  /// What makes equal of spellings before pseudonyms are made; nothing where none are.
  fileprivate var normaliser: Normaliser? {
    switch self {
    case .hash(let hashing): hashing.normaliser
    case .tokenise(let tokenising): tokenising.normaliser
    default: nil
    }
  }
}
