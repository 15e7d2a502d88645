internal import ScrubCore

/// The shape of the policy language, once: the reader accepts the keys that stand here, and `policy schema` prints
/// them for editors.
package enum PolicyGrammar {
  package struct Key: Sendable {
    package let name: String
    package let shape: Shape
    package var isRequired = false
    /// What the key means, in a line or two.
    package let meaning: String
  }

  package indirect enum Shape: Sendable {
    case text
    /// A text that says something.
    case reason
    /// Lower-case letters and digits, with underscores where allowed, up to a length.
    case name(limit: Int, underscore: Bool)
    /// The name of a policy.
    case title
    case version
    case word([String])
    case words([String])
    case texts
    case boolean
    /// A multiple of 8 in a range.
    case bits(ClosedRange<Int>)
    case whole(ClosedRange<Int>)
    /// `true`, for what is said by being there.
    case yes
    /// What a redacted value becomes: a text, a whole number or a truth value.
    case sentinel
    /// Fields, each with a list of values.
    case conditions
    /// What a value is generalised to.
    case coarser
    /// Paths of members of a JSON text.
    case paths
    /// Paths of members, each with the kind of its values.
    case kindsByPath
    /// A time of days: `400 days`, `18 months`.
    case age
    /// A time of seconds: `90`, `15m`, `2h`.
    case span
    /// `0.02`, `2%`.
    case share
    /// A text, or a list of some.
    case textOrTexts
    case section(Section)
    /// A section, or the value of one of its keys alone.
    case short(String, Section)
    case sections(Section)
    /// Read by a later version; refused by this one.
    case notBuilt
  }

  /// A mapping: its keys, in the order in which documents show them.
  package struct Section: Sendable {
    /// How messages call it: `a rule`.
    package let what: String
    package let keys: [Key]
    /// Names of keys of which exactly one is there.
    package var oneOf: [String] = []
    /// The one of them that stands alone: what else is required does not go with it.
    package var alone: String?

    var names: [String] { keys.map(\.name) }
  }

  package static let policy = Section(
    what: "a policy",
    keys: [
      Key(name: "policy", shape: .title, isRequired: true, meaning: "The name of the policy."),
      Key(name: "version", shape: .version, isRequired: true, meaning: "The version of the policy language: 1."),
      Key(name: "title", shape: .text, meaning: "What the policy is for, in a sentence."),
      Key(
        name: "audience", shape: .name(limit: 32, underscore: true),
        meaning: "Who receives the output. Pseudonyms and linking ids of two audiences cannot be joined."),
      Key(name: "key", shape: .section(key), meaning: "Where the master key comes from; never the key itself."),
      Key(name: "catalog", shape: .texts, meaning: "Catalog additions, as paths from the folder of the policy."),
      Key(name: "defaults", shape: .section(defaults), meaning: "What becomes of fields that no rule names."),
      Key(
        name: "special", shape: .texts,
        meaning: "Fields that could reveal special categories of data (GDPR article 9) here: kept for an audience only with a reason."),
      Key(
        name: "rules", shape: .sections(rule),
        meaning: "drop_event rules first, wherever they stand; then the first rule that matches a field decides."),
      Key(name: "exclude", shape: .sections(exclusion), meaning: "People whose events stay out of the output."),
      Key(name: "access", shape: .section(access), meaning: "What access packages do not disclose."),
      Key(name: "erasure", shape: .section(erasure), meaning: "How people are erased."),
      Key(
        name: "acknowledge", shape: .sections(acknowledgement),
        meaning: "Findings of the check that are accepted, each with a reason."),
    ])

  package static let key = Section(
    what: "key",
    keys: [
      Key(name: "env", shape: .text, meaning: "The environment variable that holds the key."),
      Key(name: "file", shape: .text, meaning: "The file that holds the key, readable by its owner only."),
      Key(name: "command", shape: .texts, meaning: "A program and its arguments that print the key."),
      Key(
        name: "keyring", shape: .text,
        meaning: "The keyring file, readable by its owner only, whose active key is used under its own id."),
      Key(
        name: "id", shape: .name(limit: 16, underscore: false), isRequired: true,
        meaning: "The key's id, which stands in front of every token."),
    ], oneOf: ["env", "file", "command", "keyring"], alone: "keyring")

  package static let defaults = Section(
    what: "defaults",
    keys: [
      Key(
        name: "annotated", shape: .word(Policy.Defaults.Action.self), meaning: "Marked [PII] by any source (default: redact)."),
      Key(
        name: "unmarked_personal", shape: .word(Policy.Defaults.Action.self),
        meaning: "Personal by the table of fields, though unmarked (default: redact)."),
      Key(
        name: "linking", shape: .word(Policy.Defaults.Action.self),
        meaning: "Ids that join one event across recipients (default: hash with an audience, else keep)."),
      Key(name: "plain", shape: .word(Policy.Defaults.Action.self), meaning: "Everything else that is known (default: keep)."),
      Key(
        name: "unknown_field", shape: .word(Policy.Defaults.UnknownField.self), meaning: "Fields of no catalog (default: redact)."),
      Key(
        name: "unknown_event", shape: .word(Policy.Defaults.UnknownEvent.self),
        meaning: "Event types of no catalog (default: quarantine, that is, withheld)."),
    ])

  package static let rule = Section(
    what: "a rule",
    keys: [
      Key(name: "events", shape: .texts, meaning: "Event types; * stands for any characters."),
      Key(name: "fields", shape: .texts, meaning: "Canonical names, or paths in a destination; * stands for any characters."),
      Key(name: "classes", shape: .words(FieldClass.self), meaning: "Classes of fields."),
      Key(name: "kinds", shape: .words(ValueKind.self), meaning: "Kinds of values."),
      Key(name: "annotated", shape: .boolean, meaning: "Only fields that a source marks [PII], or only others."),
      Key(name: "personal", shape: .boolean, meaning: "Only fields that the table calls personal, or only others."),
      Key(name: "destinations", shape: .words(Destination.self), meaning: "Only in these destinations."),
      Key(
        name: "action", shape: .word(ActionName.self), isRequired: true,
        meaning: "What becomes of the values."),
      Key(name: "because", shape: .reason, meaning: "The reason; wanted where a personal or linking field is kept."),
      Key(name: "optional", shape: .boolean, meaning: "true: the rule may match nothing."),
    ] + options)

  /// The options of all actions.
  private static let options = [
    Key(name: "with", shape: .sentinel, meaning: "redact: what stands in place of the value: a text, a whole number or a truth value."),
    Key(
      name: "domain", shape: .name(limit: 32, underscore: true),
      meaning: "hash, tokenise: the pseudonym domain (default: the kind, or the field's name)."),
    Key(name: "normalise", shape: .word(NormaliserName.self), meaning: "hash: how the value is brought into one spelling."),
    Key(name: "format", shape: .word(FormatName.self), meaning: "hash: the form of the pseudonym (default: token)."),
    Key(name: "bits", shape: .bits(96...256), meaning: "hash: the length of a token (default: 128)."),
    Key(
      name: "show", shape: .section(show),
      meaning:
        "mask: what is shown of the text (default: nothing): { last: N }, the last N characters of texts at least twice as long; { domain: true }, what stands behind the last @."
    ),
    Key(
      name: "store", shape: .word(Tokenising.Store.self),
      meaning: "tokenise, json: where the original is: in the vault of the state folder, or sealed in the token."),
    Key(
      name: "to", shape: .coarser,
      meaning:
        "generalise: hour, day, week, month, year (times and dates); /24 (network addresses; IPv6 keeps twice as many bits); host, path (URLs); family (user agents); a number (buckets of that width)."
    ),
    Key(name: "query", shape: .texts, meaning: "generalise: beside path, the query parameters that stay; * stands for any characters."),
    Key(name: "find", shape: .words(Finds.names.map(\.name)), meaning: "scan, json: what is searched for (default: everything)."),
    Key(
      name: "replace", shape: .word(Scanning.Replacement.self),
      meaning: "scan, json: what takes the place of what is found: a label such as [email], or its pseudonym (default: label)."),
    Key(name: "keep", shape: .paths, meaning: "json: members that stay."),
    Key(name: "hash", shape: .kindsByPath, meaning: "json: members that are hashed, each with the kind of its values."),
    Key(name: "tokenise", shape: .kindsByPath, meaning: "json: members that are tokenised, each with the kind of its values."),
    Key(name: "redact", shape: .paths, meaning: "json: members that become null."),
    Key(name: "scan", shape: .paths, meaning: "json: members whose texts are searched."),
    Key(name: "default", shape: .word(MemberDefault.self), meaning: "json: what becomes of all other members (default: redact)."),
    Key(name: "where", shape: .conditions, meaning: "drop_event: only events with one of these values in each field; never empty."),
  ]

  package static let show = Section(
    what: "show",
    keys: [
      Key(name: "last", shape: .whole(Masking.lastRange), meaning: "As many characters at the end."),
      Key(name: "domain", shape: .yes, meaning: "What stands behind the @ of an address."),
    ], oneOf: ["last", "domain"])

  package static let access = Section(
    what: "access",
    keys: [Key(name: "hide", shape: .sections(hiding), meaning: "Fields that are not disclosed to the person.")])

  package static let hiding = Section(
    what: "a hidden field",
    keys: [
      Key(
        name: "fields", shape: .texts, isRequired: true,
        meaning: "Canonical names, or paths in a destination; * stands for any characters."),
      Key(name: "because", shape: .reason, isRequired: true, meaning: "The reason, which the person reads."),
    ])

  package static let exclusion = Section(
    what: "an exclusion",
    keys: [
      Key(
        name: "list", shape: .text, isRequired: true,
        meaning: "A file of people, a line KIND=VALUE each, as a path from the folder of the policy."),
      Key(name: "ledger", shape: .notBuilt, meaning: "People whom the state folder knows."),
    ])

  package static let erasure = Section(
    what: "erasure",
    keys: [
      Key(
        name: "mode", shape: .word(Policy.Erasure.Mode.self),
        meaning: "What becomes of the events of an erased person: they go (delete, the default), or nothing personal stays in them (blank)."),
      Key(name: "keep", shape: .sections(keeping), meaning: "Events of which some fields stay, for a reason."),
    ])

  package static let keeping = Section(
    what: "a rule of what is kept",
    keys: [
      Key(name: "events", shape: .texts, isRequired: true, meaning: "Event types; * stands for any characters."),
      Key(
        name: "fields", shape: .texts,
        meaning: "What stays (default: ids, time, action, subscription status, channel and subscription group); the rest is blanked."),
      Key(name: "basis", shape: .reason, isRequired: true, meaning: "Why it may stay; receipts tell it."),
      Key(name: "review", shape: .text, isRequired: true, meaning: "The day on which somebody asks again: YYYY-MM-DD."),
    ])

  package static let acknowledgement = Section(
    what: "an acknowledgement",
    keys: [
      Key(name: "id", shape: .text, isRequired: true, meaning: "The id of the finding: W101."),
      Key(name: "on", shape: .text, meaning: "The event types it is accepted for (default: all)."),
      Key(name: "because", shape: .reason, isRequired: true, meaning: "The reason."),
    ])
}

extension PolicyGrammar.Shape {
  static func word<Word: CaseIterable & RawRepresentable>(_ type: Word.Type) -> Self where Word.RawValue == String {
    .word(Word.allCases.map(\.rawValue))
  }

  static func words<Word: CaseIterable & RawRepresentable>(_ type: Word.Type) -> Self where Word.RawValue == String {
    .words(Word.allCases.map(\.rawValue))
  }
}

/// The actions of the language.
package enum ActionName: String, Codable, CaseIterable, Sendable {
  case keep, redact, drop, hash, mask, tokenise, generalise, scan, json
  case dropEvent = "drop_event"

  /// What the action does with a value.
  package var meaning: String {
    switch self {
    case .keep: "The bytes stay as they are."
    case .redact:
      "Null where it may be, else a value of the type that says nothing: [REDACTED], 0, false, an empty list, {} in a JSON text."
    case .drop: "JSON: the member goes. Avro: as redact, for the schema stays."
    case .hash: "A keyed pseudonym."
    case .mask: "Eight stars, whatever the length."
    case .tokenise: "A keyed token that those who hold the key can turn back."
    case .generalise: "A coarser value of the same kind and type; what is none of the kind is redacted and counted."
    case .scan: "Free text is searched, and what is found is replaced; the rest of the text stays."
    case .json: "A JSON text is rewritten member by member; what is no JSON object or array is redacted whole and counted."
    case .dropEvent: "The event is not written."
    }
  }

  /// The options of the action, beside the selectors.
  package var options: [String] {
    switch self {
    case .redact: ["with"]
    case .hash: ["domain", "normalise", "format", "bits"]
    case .dropEvent: ["where"]
    case .mask: ["show"]
    case .tokenise: ["store", "domain"]
    case .generalise: ["to", "query"]
    case .scan: ["find", "replace"]
    case .json: ["keep", "hash", "tokenise", "redact", "scan", "default", "store", "find", "replace"]
    case .keep, .drop: []
    }
  }
}

/// What becomes of the members of a JSON text that a rule does not name.
package enum MemberDefault: String, CaseIterable, Hashable, Sendable { case keep, redact, drop, scan }

enum FormatName: String, CaseIterable { case token, hex, uuid, email, phone }
enum NormaliserName: String, CaseIterable { case email, phone, lower, trim }
