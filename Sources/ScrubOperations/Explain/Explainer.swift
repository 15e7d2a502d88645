internal import ScrubCore
package import ScrubPolicy

/// Answers for one event type or one event: which mark, which rule, why not the others, and what it looks like.
package struct Explainer: ~Copyable {
  private let checked: CheckedPolicy
  private let words: DecisionWords
  private var trial: PolicyTrial

  package init(_ checked: CheckedPolicy) {
    self.checked = checked
    words = DecisionWords(checked.compiler)
    trial = PolicyTrial(checked.compiler)
  }

  private var compiler: PlanCompiler { checked.compiler }

  private func explanation(of event: String) -> Explanation {
    var explanation = Explanation()
    explanation.policy = checked.reported
    explanation.event = event
    return explanation
  }

  // MARK: an event type of the catalog

  /// Explains the fields of an event type; a field that none of its shapes has where else it is known.
  ///
  /// - Parameters:
  ///   - event: as the catalog spells it.
  ///   - field: the canonical name, or a path; all fields where nothing is said.
  ///   - destination: the only one; without it fields that are decided alike everywhere stand together.
  package mutating func explain(
    _ event: String, field: String?, destination: Destination?
  ) throws(ScrubRefusal) -> Explanation {
    var explanation = explanation(of: event)
    var dropped: [Destination] = []
    let shapes = checked.catalog.allShapes(of: event, in: destination)
    for shape in shapes {
      let drops = compiler.resolver.drops(event: event, in: shape.destination)
      if drops.all { dropped.append(shape.destination) }
      let example = ExampleEvent(shape, in: checked.catalog).text
      let (result, _) = try trial.run(example, event: event, destination: shape.destination)
      let before = JSONValue(example)
      for member in checked.catalog.members(of: shape) {
        let facts = compiler.facts(of: member)
        guard field.map({ isNamed($0, member.path, facts) }) ?? true else { continue }
        var row = self.field(facts, event: event, shape.destination, path: member.path)
        row.type = member.type
        row.marksHere = member.marks.names
        if case .written(let after) = result.outcome {
          row.before = before?.value(at: JSONPath(member.path))?.compact
          row.after = after.value(at: JSONPath(member.path))?.compact
        }
        add(row, to: &explanation.fields)
      }
    }
    if let field, explanation.fields.isEmpty {
      for destination in Destination.allCases.filter({ destination == nil || $0 == destination }) {
        for row in rows(ofOtherPaths: field, event: event, destination) { add(row, to: &explanation.fields) }
      }
    }
    if !dropped.isEmpty && dropped.count == shapes.count {
      explanation.outcome = "drop"
      explanation.reason = words.dropping(event, in: dropped[0], compiler.resolver)
    }
    return explanation
  }

  // MARK: a field wherever it stands

  /// Explains a field in every event type that has it; those that decide alike stand together.
  package mutating func explain(
    _ field: String, destination: Destination?
  ) throws(ScrubRefusal) -> Explanation {
    var explanation = explanation(of: "")
    let shapes = checked.catalog.shapes.filter { destination == nil || $0.destination == destination }
    for shape in shapes {
      for member in checked.catalog.members(of: shape) {
        let facts = compiler.facts(of: member)
        guard isNamed(field, member.path, facts) else { continue }
        var row = summary(facts, event: shape.event, shape.destination, path: member.path)
        row.type = member.type
        row.marksHere = member.marks.names
        if !add(summary: row, to: &explanation.fields) { try addExample(of: shape, at: member.path, to: &explanation.fields) }
      }
    }
    if !explanation.fields.isEmpty { return explanation }
    for event in checked.catalog.eventTypes {
      for destination in Destination.allCases.filter({ destination == nil || $0 == destination }) {
        for (path, facts) in otherPaths(of: field, destination) {
          _ = add(summary: summary(facts, event: event, destination, path: path), to: &explanation.fields)
        }
      }
    }
    return explanation
  }

  private func summary(
    _ facts: [FieldFacts], event: String, _ destination: Destination, path: String
  ) -> Explanation.Field {
    var row = field(facts, event: event, destination, path: path)
    row.events = [event]
    row.passedOver = []
    if let rule = words.dropping(event, in: destination, compiler.resolver), compiler.resolver.drops(event: event, in: destination).all {
      (row.action, row.detail, row.rule, row.because) = (.dropEvent, nil, rule, nil)
    }
    return row
  }

  /// - Returns: whether the row stands with one that is known.
  private func add(summary row: Explanation.Field, to fields: inout [Explanation.Field]) -> Bool {
    let count = fields.count
    add(row, to: &fields)
    if fields.count > count { return false }
    let alike = fields.firstIndex { isAlike($0, row) } ?? 0
    for event in row.events ?? [] where fields[alike].events?.contains(event) == false { fields[alike].events?.append(event) }
    return true
  }

  private mutating func addExample(of shape: EventShape, at path: String, to fields: inout [Explanation.Field]) throws(ScrubRefusal) {
    let example = ExampleEvent(shape, in: checked.catalog).text
    let (result, _) = try trial.run(example, event: shape.event, destination: shape.destination)
    guard case .written(let after) = result.outcome else { return }
    fields[fields.count - 1].before = JSONValue(example)?.value(at: JSONPath(path))?.compact
    fields[fields.count - 1].after = after.value(at: JSONPath(path))?.compact
  }

  /// The places of a field in stored shapes and other spellings, which any event may hold.
  private func rows(ofOtherPaths field: String, event: String, _ destination: Destination) -> [Explanation.Field] {
    otherPaths(of: field, destination).map { path, facts in self.field(facts, event: event, destination, path: path) }
  }

  private func otherPaths(of field: String, _ destination: Destination) -> [(path: String, facts: [FieldFacts])] {
    let table = compiler.paths(destination)
    return table.paths.indices.filter { !table.fields[$0].isEmpty }.compactMap { slot in
      let facts = compiler.facts(at: table.paths[slot], in: destination)
      return isNamed(field, table.paths[slot], facts) ? (table.paths[slot], facts) : nil
    }
  }

  /// Names are taken in any letter case.
  private func isNamed(_ name: String, _ path: String, _ facts: [FieldFacts]) -> Bool {
    let name = name.lowercased()
    return path.lowercased() == name || facts.contains { $0.name.lowercased() == name }
  }

  /// Fields that differ in nothing but their place stand together.
  private func add(_ row: Explanation.Field, to fields: inout [Explanation.Field]) {
    guard let alike = fields.firstIndex(where: { isAlike($0, row) }) else { return fields.append(row) }
    for place in row.places where !fields[alike].places.contains(place) { fields[alike].places.append(place) }
    fields[alike].marksHere += row.marksHere.filter { !fields[alike].marksHere.contains($0) }
  }

  private func isAlike(_ one: Explanation.Field, _ other: Explanation.Field) -> Bool {
    one.names == other.names && one.action == other.action && one.rule == other.rule && one.detail == other.detail
      && one.passedOver == other.passedOver && one.marks == other.marks
  }

  // MARK: an event that is handed in

  /// Explains every value of one event.
  ///
  /// - Throws: `ScrubRefusal.usage` when the text is no JSON object.
  package mutating func explain(
    _ text: [UInt8], event: String?, destination: Destination?
  ) throws(ScrubRefusal) -> Explanation {
    // A byte order mark is no part of the event.
    let text = text.starts(with: [0xef, 0xbb, 0xbf]) ? Array(text.dropFirst(3)) : text
    guard let before = JSONValue(text), before.isObject else { throw .usage("standard input is not one JSON event") }
    let (result, destination) = try trial.run(text, event: event, destination: destination)
    var explanation = explanation(of: result.event)
    explanation.destination = destination.rawValue
    var after: JSONValue?
    switch result.outcome {
    case .written(let value): after = value
    case .dropped:
      explanation.outcome = "drop"
      explanation.reason = words.dropping(result.event, in: destination, compiler.resolver)
    case .withheld(let code): (explanation.outcome, explanation.reason) = ("withhold", code)
    case .failed(let code): (explanation.outcome, explanation.reason) = ("fail", code)
    }
    for change in JSONChange.all(from: before, to: after) {
      let facts = compiler.facts(at: change.path, in: destination)
      var row = field(facts, event: result.event, destination, path: change.path)
      row.before = change.before
      row.after = change.after
      explanation.fields.append(row)
    }
    return explanation
  }

  // MARK: why

  private func field(
    _ facts: [FieldFacts], event: String, _ destination: Destination, path: String
  ) -> Explanation.Field {
    let rules = compiler.resolver.rules(for: event, in: destination)
    let decision = compiler.resolver.decide(facts, rules: rules)
    var row = Explanation.Field()
    row.places = [Explanation.Place(destination: destination.rawValue, path: path)]
    row.names = facts.map(\.name)
    row.fieldClass = facts[0].isKnown ? facts[0].fieldClass.rawValue : "unknown"
    row.kind = facts[0].kind.rawValue
    row.isKnown = facts[0].isKnown
    row.isPersonal = facts.contains(where: \.isPersonal)
    row.isLinking = facts.contains(where: \.isLinking)
    row.marks = facts.reduce(into: MarkSources()) { $0.formUnion($1.marks) }.names
    row.action = words.action(decision)
    row.detail = words.detail(decision)
    row.rule = words.name(decision)
    row.because = words.because(decision)
    row.passedOver = passedOver(facts, decision, event, destination)
    return row
  }

  private func passedOver(
    _ facts: [FieldFacts], _ decision: Decision, _ event: String, _ destination: Destination
  ) -> [Explanation.PassedOver] {
    let rules = checked.policy.rules
    let deciding = decision.parts.map { if case .rule(let index) = $0.origin { index } else { rules.count } }
    let (words, resolver) = (words, checked.compiler.resolver)
    return rules.indices.prefix(deciding.max() ?? 0).filter { !rules[$0].isDropEvent && !deciding.contains($0) }.map { index in
      let byEvent = words.mismatch(rules[index], resolver.mismatch(rule: index, event: event, destination: destination))
      let byField = facts.compactMap { field in
        // A channel identifier is an address or a number; that a rule is for one of them does not keep it from the field.
        let kinds: [ValueKind] = field.kind == .channel ? [.email, .phone] : [field.kind]
        let mismatches = kinds.map { resolver.mismatch(rule: index, field, kind: $0) }
        return words.mismatch(rules[index], mismatches.first { $0 != .kinds } ?? .kinds, field)
      }.first
      let why = byEvent ?? byField ?? "another field that the path stands for is treated more strictly"
      return Explanation.PassedOver(rule: words.name(.rule(index)), why: why)
    }
  }
}

/// One value of an event before and after.
struct JSONChange {
  let path: String
  let before: String
  /// Nothing where the member is gone.
  let after: String?

  /// Every scalar, empty list and empty object of `before`, in order; where a whole list or object was replaced, that.
  static func all(from before: JSONValue, to after: JSONValue?) -> [JSONChange] {
    var changes: [JSONChange] = []
    collect(before, after, "", &changes)
    return changes
  }

  private static func collect(_ before: JSONValue, _ after: JSONValue?, _ path: String, _ changes: inout [JSONChange]) {
    switch (before, after) {
    case (.object(let members), _) where !members.isEmpty && (after == nil || after?.isObject == true):
      for (index, (key, value)) in members.enumerated() {
        let place = path.isEmpty ? key : "\(path).\(key)"
        // Of members with one name each has its own outcome.
        let nth = members[..<index].count { $0.key == key }
        collect(value, after?.member(key, nth: nth), place, &changes)
      }
    case (.array(let items), .array(let others)) where !items.isEmpty && items.count == others.count:
      for (item, other) in zip(items, others) { collect(item, other, path + "[]", &changes) }
    case (.array(let items), nil) where !items.isEmpty:
      for item in items { collect(item, nil, path + "[]", &changes) }
    default:
      changes.append(JSONChange(path: path, before: before.compact, after: after?.compact))
    }
  }
}

extension JSONValue {
  fileprivate func member(_ key: String, nth: Int) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.filter { $0.key == key }.dropFirst(nth).first?.value
  }
}
