package import ScrubPolicy

/// Why a policy treats fields as it does, as `policy explain --json` prints it.
package struct Explanation: Document, Sendable {
  /// The format of this document; a change that breaks readers changes the number.
  package static let schema = "currents-scrub/policy-explanation/1"

  package var schema = Explanation.schema
  /// The version of the program.
  package var version = programVersion
  package var policy = Report.Policy()
  package var event = ""
  /// The destination that an event which was handed in is read as.
  @OrNull package var destination: String?
  /// `scrub`, `drop`, `withhold`, or `fail` for an event that fails its file.
  package var outcome = "scrub"
  /// Who says so, where the event is not scrubbed.
  @OrNull package var reason: String?
  package var fields: [Field] = []

  package init() {}

  /// One canonical field in the destinations that decide alike, or one value of an event that was handed in.
  package struct Field: Encodable, Sendable {
    /// The event types that decide alike, where a field is told without one.
    package var events: [String]?
    package var places: [Place] = []
    /// The canonical fields; several where a path stands for several.
    package var names: [String] = []
    package var type = ""
    package var fieldClass = ""
    package var kind = ""
    package var isKnown = true
    package var isPersonal = false
    package var isLinking = false
    /// The sources of the `[PII]` mark in this very event.
    package var marksHere: [String] = []
    /// All sources of the mark: one event's mark counts in all.
    package var marks: [String] = []
    /// The rules in front of the deciding one.
    package var passedOver: [PassedOver] = []
    package var action = ActionName.keep
    @OrNull package var detail: String?
    /// The deciding rule or default.
    package var rule = ""
    @OrNull package var because: String?
    /// JSON, as it stands in the event.
    @OrNull package var before: String?
    /// JSON, as it is written; nothing where the member is removed.
    @OrNull package var after: String?

    enum CodingKeys: String, CodingKey {
      case events, places, names, type
      case fieldClass = "class"
      case kind
      case isKnown = "known"
      case isPersonal = "personal"
      case isLinking = "linking"
      case marksHere = "marks_here"
      case marks
      case passedOver = "passed_over"
      case action, detail, rule, because, before, after
    }
  }

  package struct Place: Encodable, Hashable, Sendable {
    package let destination: String
    package let path: String
  }

  package struct PassedOver: Encodable, Hashable, Sendable {
    package let rule: String
    /// Why the rule does not decide: `kinds: email, but the field is phone`.
    package let why: String
  }
}
