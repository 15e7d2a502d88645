internal import ScrubCore

extension Policy {
  /// The policy by which erased events are blanked: what identifies nobody stays, and what a rule keeps; the event's id
  /// becomes a UUID under whatever key it is compiled with, and everything else goes, what nobody knows among it.
  package static func blanking(keeping rules: [Erasure.Keep]) -> Policy {
    var policy = Policy()
    policy.name = "blank"
    policy.defaults.annotated = .redact
    policy.defaults.unmarkedPersonal = .redact
    policy.defaults.linking = .redact
    policy.defaults.plain = .keep
    policy.defaults.unknownField = .redact
    policy.defaults.unknownEvent = .scrub
    for rule in rules { policy.rules.append(Rule(events: rule.events, fields: rule.fields, action: .keep)) }
    policy.rules.append(
      Rule(fields: [Glob("id")], action: .hash(Rule.HashOptions(domain: "event", format: .uuid))))
    policy.rules.append(
      Rule(classes: Set(FieldClass.allCases).subtracting([.nonPersonal]), action: .redact(with: nil)))
    return policy
  }
}
