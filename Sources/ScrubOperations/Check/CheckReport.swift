package import ScrubPolicy

/// What `policy check` found: the findings, and the whole matrix of event types, destinations and fields with what
/// becomes of each and why. Names and rules only; no value of an event.
package struct CheckReport: Document, Sendable {
  /// The format of this document; a change that breaks readers changes the number.
  package static let schema = "currents-scrub/policy-check/1"

  package var schema = CheckReport.schema
  /// The version of the program.
  package var version = ""
  package var policy = Report.Policy()
  /// Whether the policy covers everything: no finding refuses it.
  package var isCovered = true
  /// The exit status of the command.
  package var exit = 0
  package var totals = Totals()
  package var findings: [Finding] = []
  /// The rules in their order, then the defaults, with how much each decides.
  package var rules: [Rule] = []
  package var fields: [Field] = []
  /// What is really there; nothing where no archive was given.
  @OrNull package var archive: Archive?

  package init() {}

  /// Marked or personal fields of which values stay readable, in whole or in part.
  package var inClear: [Field] { fields.filter(\.isInClear) }

  enum CodingKeys: String, CodingKey {
    case schema, version, policy
    case isCovered = "covered"
    case exit, totals, findings, rules, fields, archive
  }

  package struct Totals: Encodable, Sendable {
    package var eventTypes = 0
    package var destinations = 0
    /// Pairs of an event type and a destination that has it.
    package var shapes = 0
    /// Rows of `fields`.
    package var fields = 0
    /// Rows whose field is marked or personal.
    package var sensitive = 0
    /// Sensitive rows that are kept in clear, each with a reason.
    package var sensitiveKept = 0

    enum CodingKeys: String, CodingKey {
      case eventTypes = "event_types"
      case destinations, shapes, fields, sensitive
      case sensitiveKept = "sensitive_kept"
    }
  }

  package struct Finding: Encodable, Hashable, Sendable {
    /// `E101`, `W102`, ...
    package var id = ""
    /// `error` or `warning`.
    package var severity = ""
    package var file = ""
    package var line = 0
    package var column = 0
    package var message = ""
    package var mend = ""
    /// Whether the policy is refused because of it.
    package var refuses = false

    /// As a compiler says it, with the mend on a line of its own.
    package var text: String { "\(file):\(line):\(column): \(severity) \(id): \(message)\n  mend: \(mend)" }
  }

  package struct Rule: Encodable, Sendable {
    /// `gdpr.yml:31`, or `default linking`; as in `Field.rule`.
    package var name = ""
    /// The line of the rule in the policy; 0 for a default.
    package var line = 0
    package var action = ""
    /// The selectors and options in words: `kinds email · format token`.
    package var summary = ""
    @OrNull package var because: String?
    /// Rows of `fields` that it decides.
    package var decides = 0
    /// Event types in which it decides something, or which it drops.
    package var eventTypes = 0

    enum CodingKeys: String, CodingKey {
      case name, line, action, summary, because, decides
      case eventTypes = "event_types"
    }
  }

  /// The archives that were given, shape by shape.
  package struct Archive: Encodable, Sendable {
    package var inputs: [String] = []
    package var files = 0
    package var events = 0
    /// Files, blocks and lines that could not be read or are in no supported format: what they hold is not proved.
    package var unread = 0
    package var shapes: [Shape] = []

    package init() {}
  }

  /// One schema of Avro files, or the members that the lines of one event type have.
  package struct Shape: Encodable, Sendable {
    package var event = ""
    package var destination = ""
    /// `avro` or `ndjson`.
    package var container = ""
    @OrNull package var files: Int?
    package var events = 0
    /// What a scrub does with its events: `scrub`, `drop`, `withhold`, or `refuse` the file.
    package var outcome = ""
    /// Why it is not scrubbed.
    @OrNull package var reason: String?
    package var fields: [Field] = []

    package init() {}
  }

  package struct Field: Encodable, Sendable {
    package var event = ""
    package var destination = ""
    /// The path in the destination.
    package var path = ""
    /// The canonical fields that the path stands for.
    package var names: [String] = []
    package var type = ""
    package var isRequired = false
    package var isDeprecated = false
    package var fieldClass = ""
    package var kind = ""
    package var isPersonal = false
    package var isLinking = false
    /// The sources of the `[PII]` mark: `glossary`, `v10`, `history`, `addition`, `doc`; `table` where the table of
    /// fields calls it personal.
    package var sources: [String] = []
    /// `keep`, `redact`, `drop`, `mask`, `hash`, `tokenise`, or `drop_event` where the whole event goes.
    package var action = ActionName.keep
    /// What the action does in detail: the format and domain of a pseudonym, the sentinel of a redaction.
    @OrNull package var detail: String?
    /// The deciding rule or default.
    package var rule = ""
    @OrNull package var because: String?

    enum CodingKeys: String, CodingKey {
      case event, destination, path, names, type
      case isRequired = "required"
      case isDeprecated = "deprecated"
      case fieldClass = "class"
      case kind
      case isPersonal = "personal"
      case isLinking = "linking"
      case sources, action, detail, rule, because
    }
  }
}
