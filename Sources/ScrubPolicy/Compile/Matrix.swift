internal import ScrubCore

/// Every event type, destination and field that a catalog knows, with what a policy does to it: what `policy check`
/// proves, `diff` compares and `explain` answers from.
package struct Matrix: Sendable {
  /// One path of one event type in one destination.
  package struct Row: Sendable {
    package let event: String
    package let destination: Destination
    package let member: Member
    /// The canonical fields that the path stands for, never none.
    package let fields: [FieldFacts]
    /// The strictest of the decisions about them; that of the rule that drops the event where one does.
    package let decision: Decision
    /// Whether every event of the type is dropped.
    package let isDropped: Bool
  }

  package let rows: [Row]

  /// - Parameter destination: the only one that is looked at; all where nothing is said.
  package init(_ compiler: PlanCompiler, destination: Destination? = nil) {
    var rows: [Row] = []
    for shape in compiler.catalog.shapes where destination == nil || shape.destination == destination {
      let rules = compiler.resolver.rules(for: shape.event, in: shape.destination)
      let dropping = compiler.policy.rules.indices.first { index in
        let rule = compiler.policy.rules[index]
        return rule.isDropEvent && rule.conditions.isEmpty
          && compiler.resolver.matches(rule: index, event: shape.event, destination: shape.destination)
      }
      for member in compiler.catalog.members(of: shape) {
        let fields = compiler.facts(of: member)
        rows.append(
          Row(
            event: shape.event, destination: shape.destination, member: member, fields: fields,
            decision: dropping.map { Decision(treatment: .drop, origin: .rule($0)) }
              ?? compiler.resolver.decide(fields, rules: rules),
            isDropped: dropping != nil))
      }
    }
    self.rows = rows
  }
}
