internal import Foundation
package import ScrubPolicy

/// What is in an archive, as `inspect --json` prints it and the page shows it.
///
/// Names, paths, counts and places; never a value of an event. Times are UTC in the form `2026-11-23T19:15:00Z`.
/// Members are spelled with underscores in JSON.
package struct Inspection: Encodable, Sendable {
  /// The format of this document; a change that breaks readers changes the number.
  package static let schema = "currents-scrub/inspection/1"

  package var schema = Inspection.schema
  /// The version of the program.
  package var version = programVersion
  /// The inputs as they were given.
  package var inputs: [String] = []
  package var state = Report.State.complete
  /// The exit status of `inspect`.
  package var exit = 0
  /// How long it took, in seconds of wall clock.
  package var seconds = 0.0
  package var totals = Totals()
  /// By event type, then destination.
  package var events: [Event] = []
  /// Days of `date=` segments, in order; those without files are left out.
  package var days: [Day] = []
  package var partitions: [Partition] = []
  package var containers: [Container] = []
  package var schemas: [Schema] = []
  /// Files that an earlier scrub wrote.
  package var scrubbed: [Scrubbed] = []
  package var drift = Drift()
  package var problems: [Report.Problem] = []
  /// Places that could not be read, the first thousand of them.
  package var damaged: [Damage] = []

  package init() {}

  /// The document: sorted keys, indented, `null` where nothing is known, a newline at the end.
  package func json() throws -> String { try Self.encode(self) }

  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }
}

/// A value that is `null` in JSON where it is not known, so that a reader need not wonder.
@propertyWrapper
package struct OrNull<Value: Encodable & Sendable>: Encodable, Sendable {
  package var wrappedValue: Value?

  package init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}

extension OrNull: Equatable where Value: Equatable {}
extension OrNull: Hashable where Value: Hashable {}

extension Inspection {
  /// Sums over all files.
  package struct Totals: Encodable, Sendable {
    /// Files that were listed and not ignored.
    package var files = 0
    /// Stored.
    package var bytes = 0
    package var events = 0
    package var eventTypes = 0
    /// Names that are ours or nobody's data, and empty files.
    package var ignored = 0
    package var unsupported = 0
    /// Files that could not be read at all, or not to their end for another reason than damaged places.
    package var unreadable = 0
    /// Blocks and lines that could not be read.
    package var damagedPlaces = 0
    /// Events in them, as far as one can tell.
    package var damagedEvents = 0
    @OrNull package var first: String?
    @OrNull package var last: String?
  }

  /// The events of one type in one destination's shape.
  package struct Event: Encodable, Sendable {
    /// `users.messages.email.Open`, or the name that the events bear; empty where they bear none that may be told.
    package var event = ""
    package var destination = ""
    /// Whether the catalog knows the event type.
    package var known = true
    package var events = 0
    package var files = 0
    /// Bytes of the events, expanded.
    package var bytes = 0
    /// Distinct Avro schemas.
    package var schemas = 0
    @OrNull package var first: String?
    @OrNull package var last: String?
    /// Events whose time is none, or not of this century.
    package var implausibleTimes = 0
  }

  package struct Day: Encodable, Sendable {
    /// `2026-05-01`.
    package var day = ""
    package var files = 0
    package var events = 0
  }

  /// Path segments of one kind: `date`, `version`, `environment`, `schema-id`, `zone`, `connector`, `cluster`, ...
  package struct Partition: Encodable, Sendable {
    package var name = ""
    package var distinct = 0
    /// In the order of numbers or of the alphabet.
    package var first = ""
    package var last = ""
    package var files = 0
    /// Where there are at most ten.
    package var values: [String] = []
  }

  package struct Container: Encodable, Sendable {
    /// `avro`, `ndjson`, or `json` for documents.
    package var format = ""
    /// The codec of Avro blocks.
    @OrNull package var codec: String?
    /// `gzip` or `zstd` around the whole file.
    @OrNull package var compression: String?
    package var files = 0
    package var events = 0
    /// Stored.
    package var bytes = 0
  }

  /// One distinct Avro schema text of one event type.
  package struct Schema: Encodable, Sendable {
    package var event = ""
    package var destination = ""
    /// The first 16 hex digits of the SHA-256 of its text.
    package var id = ""
    package var files = 0
    package var events = 0
    package var fields = 0
    /// Fields with a `[PII]` mark.
    package var marked = 0
  }

  package struct Scrubbed: Encodable, Sendable {
    package var policy = ""
    package var plan = ""
    /// `id:check value`, comma-separated; empty where the policy hashed nothing.
    package var keys = ""
    package var files = 0
  }

  /// A block or line that could not be read.
  package struct Damage: Encodable, Sendable {
    package var file = ""
    /// From 1; only in files of lines.
    @OrNull package var line: Int?
    /// From 0; only in files of blocks.
    @OrNull package var block: Int?
    /// Where it begins, in expanded bytes.
    package var offset = 0
    package var bytes = 0
    package var events = 0
    /// The reason: `json.syntax`.
    package var code = ""
    /// True where it goes to the end of the file, so that `events` are those only that are known of.
    package var rest: Bool?
  }

  // MARK: drift

  /// Where the archive and the catalog differ.
  package struct Drift: Encodable, Sendable {
    package var marks = Marks()
    package var unknownEvents: [UnknownEvent] = []
    package var unknownFields: [UnknownField] = []
    /// Values of members whose names are withheld, because they may be personal themselves.
    package var namesWithheld = 0
    /// Values of members beyond the number of distinct paths that are kept.
    package var pathsBeyondLimit = 0
    package var content: [Content] = []
    /// What a catalog would have to know; to be pasted.
    package var addition = CatalogAddition(events: [], fields: [])

    /// Whether there is anything to look at.
    package var isEmpty: Bool {
      marks.new.isEmpty && marks.lost.isEmpty && marks.contradicting.isEmpty && unknownEvents.isEmpty
        && unknownFields.isEmpty && namesWithheld == 0 && pathsBeyondLimit == 0 && content.isEmpty
    }
  }

  /// `[PII]` marks in the `doc` texts of Avro schemas, against the catalog.
  package struct Marks: Encodable, Sendable {
    /// Schemas, and files with them, that carry no mark at all.
    package var unmarkedSchemas = 0
    package var unmarkedFiles = 0
    package var markedSchemas = 0
    /// Marked in files, not in the catalog.
    package var new: [Mark] = []
    /// Marked in the catalog, not in files that carry marks.
    package var lost: [Mark] = []
    package var contradicting: [Contradiction] = []
  }

  package struct Mark: Encodable, Sendable {
    package var field = ""
    package var destination = ""
    package var events: [String] = []
    package var files = 0
    /// Whether the catalog knows the field.
    package var known = true
  }

  /// A field that some schemas mark and others do not, otherwise than the catalog has it.
  package struct Contradiction: Encodable, Sendable {
    package var field = ""
    package var destination = ""
    package var markedIn: [String] = []
    package var unmarkedIn: [String] = []
  }

  package struct UnknownEvent: Encodable, Sendable {
    package var event = ""
    package var destination = ""
    package var files = 0
    package var events = 0
  }

  package struct UnknownField: Encodable, Sendable {
    package var event = ""
    package var destination = ""
    package var path = ""
    /// `string`, `int`, ...; for Avro the type of the schema.
    package var types: [String] = []
    package var files = 0
    /// Values that are not null.
    package var values = 0
    /// Whether the file's own schema marks it.
    package var annotated = false
  }

  /// Values of a field that look personal, though nothing marks it and the catalog calls it not personal.
  package struct Content: Encodable, Sendable {
    package var destination = ""
    package var path = ""
    /// `email`, `phone`, `ipv4`, `ipv6`, `wamid`, `json`.
    package var kind = ""
    package var values = 0
    /// All values of the field that are not null.
    package var of = 0
    package var events: [String] = []
    /// For `json`: the paths of members, the first hundred.
    package var members: [String] = []
    /// Whether the catalog knows the field.
    package var known = true
  }
}
