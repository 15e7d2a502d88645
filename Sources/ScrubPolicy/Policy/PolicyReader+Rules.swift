internal import ScrubCore
internal import Yams

// What a rule selects.

extension PolicyReader {
  mutating func rules(_ node: Node) -> [Rule] {
    guard case .sequence(let items) = node else {
      yaml.report(.wrongType, node.mark, "rules is a list", mend: "start each rule with `- `")
      return []
    }
    return items.compactMap { rule($0) }
  }

  private mutating func rule(_ node: Node) -> Rule? {
    let members = yaml.members(node, of: PolicyGrammar.rule)
    guard let actionNode = members["action"] else { return nil }
    guard let action = yaml.word(actionNode, "action", as: ActionName.self) else { return nil }
    for (key, value) in members.sorted(by: { $0.key < $1.key })
    where ActionName.allCases.contains(where: { $0.options.contains(key) }) && !action.options.contains(key) {
      yaml.report(
        .misplacedOption, value.mark, "`\(key)` is no option of the action `\(action.rawValue)`", mend: "remove it")
    }
    var rule = selectors(members)
    rule.place = place(node)
    guard let ruleAction = options(members, action, node) else { return nil }
    rule.action = ruleAction
    if action == .dropEvent { checkDropEvent(&rule, members, node) }
    return rule
  }

  private mutating func selectors(_ members: [String: Node]) -> Rule {
    var rule = Rule()
    if let node = members["events"] { rule.events = yaml.texts(node, "events").map { Glob($0.text) } }
    if let node = members["fields"] { rule.fields = yaml.texts(node, "fields").map { Glob($0.text) } }
    if let node = members["classes"] { rule.classes = yaml.words(node, "classes", as: FieldClass.self) }
    if let node = members["kinds"] { rule.kinds = yaml.words(node, "kinds", as: ValueKind.self) }
    if let node = members["annotated"] { rule.annotated = yaml.boolean(node, "annotated") }
    if let node = members["personal"] { rule.personal = yaml.boolean(node, "personal") }
    if let node = members["destinations"] {
      rule.destinations = yaml.words(node, "destinations", as: Destination.self)
    }
    if let node = members["because"] { rule.because = reason(node) }
    if let node = members["optional"] { rule.isOptional = yaml.boolean(node, "optional") ?? false }
    return rule
  }

  /// A reason that says something.
  mutating func reason(_ node: Node) -> String? {
    guard let text = yaml.text(node, "because") else { return nil }
    if text.contains(where: { !$0.isWhitespace && $0 != "~" }) && text != "null" { return text }
    yaml.report(.badValue, node.mark, "`because` gives no reason", mend: "write the reason in a few words")
    return nil
  }

  private mutating func checkDropEvent(_ rule: inout Rule, _ members: [String: Node], _ node: Node) {
    for key in ["fields", "classes", "kinds", "annotated", "personal"] {
      guard let selector = members[key] else { continue }
      yaml.report(
        .misplacedOption, selector.mark, "drop_event is about whole events, so `\(key)` says nothing",
        mend: "use `events`, `destinations` and `where`")
    }
    if members["events"] == nil && members["where"] == nil {
      yaml.report(
        .missingKey, node.mark, "drop_event names neither `events` nor `where`: it would drop everything",
        mend: "add `events: [...]`")
    }
    guard let condition = members["where"] else { return }
    guard case .mapping(let fields) = condition else {
      return yaml.report(.wrongType, condition.mark, "`where` is a mapping", mend: "write `where: { field: [values] }`")
    }
    if fields.isEmpty {
      yaml.report(.badValue, condition.mark, "`where` is empty: it would drop everything", mend: "name a field with its values")
    }
    for (key, value) in fields {
      guard let field = yaml.text(key, "a field of `where`") else { continue }
      refuseNulls(value)
      let values = yaml.texts(value, "the values of a field in `where`").map { Array($0.text.utf8) }
      rule.conditions.append(Rule.Condition(field: field, values: Set(values)))
    }
  }

  /// An event without a value has none of the values: a plain null would read as if it had.
  private mutating func refuseNulls(_ values: Node) {
    for item in values.sequence ?? [] {
      guard let scalar = item.scalar, scalar.style == .plain, ["", "~", "null", "Null", "NULL"].contains(scalar.string) else { continue }
      yaml.report(
        .badValue, item.mark, "null is no value of a field in `where`: an event without a value has none",
        mend: "leave it out, or write \"null\" in quotes for the text")
    }
  }
}
