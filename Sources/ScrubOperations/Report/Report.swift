import Foundation
package import ScrubPolicy

/// What one scrub run did, as it stands in `report.json` and on the page.
///
/// Counts, names of fields, places in files and digests; never a value of an event. Times are UTC in the form
/// `2026-11-23T19:15:00Z`, digests are lower-case hex, sizes are bytes.
package struct Report: Document, Decodable, Sendable {
  /// The format of this document; a change that breaks readers changes the number.
  package static let schema = "currents-scrub/scrub-report/1"

  package var schema = Report.schema
  /// The name of the run and of its folder: `2026-11-23T191500Z-scrub`.
  package var run = ""
  package var tool = Tool()
  /// When the run began.
  package var started = ""
  /// How long the run took, in seconds of wall clock.
  package var seconds = 0.0
  /// The exit status of the command.
  package var exit = 0
  package var state = State.complete
  /// Whether everything was done but the writing.
  package var dryRun = false
  package var policy = Policy()
  package var keys: [Key] = []
  /// The inputs as they were given.
  package var inputs: [String] = []
  /// Where the files went; empty for standard output.
  package var output = ""
  package var totals = Totals()
  package var files = Files()
  package var events: [Event] = []
  package var fields: [Field] = []
  package var withheld: [Withheld] = []
  /// How many of all withheld places are listed in `withheld`; a run with very many lists the first ones
  /// only.
  package var withheldListed = 0
  package var problems: [Problem] = []
  package var warnings: [Warning] = []
  /// The workspaces to which the run was limited; nothing where it was not.
  package var workspaces: Workspaces?
  package var sources: [Source] = []

  /// A report of a complete run in which nothing happened yet.
  package init() {}

  /// The files in folders that are nobody's data by their names, which are ignored: told, and no part of the document.
  package var passedOver: [String: Int] = [:]

  enum CodingKeys: String, CodingKey {
    case schema, run, tool, started, seconds, exit, state
    case dryRun = "dry_run"
    case policy, keys, inputs, output, totals, files, events, fields, withheld
    case withheldListed = "withheld_listed"
    case problems, warnings, workspaces, sources
  }
}

// MARK: - Reading and writing

extension Report {
  /// Reads the text of a `report.json`.
  package init(json: String) throws {
    self = try JSONDecoder().decode(Report.self, from: Data(json.utf8))
  }
}

// MARK: - The run

extension Report {
  /// How the run ended; the words are also the ones on the page.
  package enum State: String, Codable, Sendable {
    case complete, incomplete, failed, refused, interrupted
  }

  /// The program that wrote the report.
  package struct Tool: Codable, Sendable {
    package var version = ""
    /// The version text of the OpenSSL library that made the pseudonyms.
    package var openssl = ""
  }

  package struct Policy: Codable, Sendable {
    package var name = ""
    package var title = ""
    /// `builtin:gdpr`, or the path of the file.
    package var source = ""
    /// SHA-256 of the policy's bytes.
    package var sha256 = ""
    /// Who receives the output; none when the policy names no one.
    package var audience: String?
  }

  /// A key by its id and check value; the key itself is in no report.
  package struct Key: Codable, Sendable {
    package var id = ""
    /// 16 hex digits.
    package var check = ""
  }

  /// Sums over all files. `eventsIn` is `eventsOut + dropped + withheld`; the page says so, or that it is
  /// not.
  package struct Totals: Codable, Sendable {
    package var filesIn = 0
    package var bytesIn = 0
    package var eventsIn = 0
    package var filesOut = 0
    package var bytesOut = 0
    package var eventsOut = 0
    /// Events that the policy dropped.
    package var dropped = 0
    /// Events that could not be treated and were not written.
    package var withheld = 0
    /// Files of which the rest was withheld, with events that nobody can count; nothing where there is none.
    package var cutFiles: Int?
    /// Of the dropped those that the policy does not drop, for only other workspaces were asked for; nothing where there is none.
    package var elsewhere: Int?

    enum CodingKeys: String, CodingKey {
      case filesIn = "files_in"
      case bytesIn = "bytes_in"
      case eventsIn = "events_in"
      case filesOut = "files_out"
      case bytesOut = "bytes_out"
      case eventsOut = "events_out"
      case dropped, elsewhere, withheld
      case cutFiles = "cut_files"
    }
  }

  /// Files by what became of them; each file counts once.
  package struct Files: Codable, Sendable {
    package var scrubbed = 0
    /// Written, and nothing in them had to change.
    package var unchanged = 0
    /// Carried the mark of the same plan.
    package var alreadyScrubbed = 0
    package var ignored = 0
    package var unsupported = 0
    package var failed = 0

    enum CodingKeys: String, CodingKey {
      case scrubbed, unchanged
      case alreadyScrubbed = "already_scrubbed"
      case ignored, unsupported, failed
    }
  }
}

// MARK: - Events and fields

extension Report {
  /// The events of one type in one destination's shape.
  package struct Event: Codable, Sendable {
    /// `users.messages.email.Open`.
    package var event = ""
    package var destination = ""
    package var `in` = 0
    package var out = 0
    package var dropped = 0
    package var withheld = 0
    /// The plan digest: SHA-256 over what happens to every field. Where files of the type had plans of their own, all of
    /// them, with blanks between.
    package var plan = ""
  }

  package typealias Action = ActionName

  /// What happened to the values of one field in one event type and destination.
  ///
  /// `values` is `treated + redactedInstead + left` for every action but `keep`, whose values are all kept;
  /// the page calls out what does not add up. Values of events that were not written are not counted, except
  /// those that `drop_event` took away.
  package struct Field: Codable, Sendable {
    package var event = ""
    package var destination = ""
    /// The canonical name.
    package var field = ""
    /// Where the destination has it.
    package var path = ""
    /// `direct_identifier`, ..., `non_personal`.
    package var fieldClass = ""
    /// A field whose addresses are treated in one way and whose numbers in another is told for each.
    package var action = Action.keep
    /// The rule that decided, as `gdpr.yml:12`, or the default, as `default annotated`.
    package var rule = ""
    /// Who marks the field as personal: `glossary`, `v10`, `history`, `doc`, `table`.
    package var sources: [String] = []
    /// Values present and not null.
    package var values = 0
    /// Values to which the action was applied, those of `prehashed` among them.
    package var treated = 0
    /// Values that the action could not take; they were redacted.
    package var redactedInstead = 0
    /// Values that were already Braze's own hash when they came.
    package var prehashed = 0
    /// Values left as they were because they held nothing: empty text, `[REDACTED]`.
    package var left = 0

    enum CodingKeys: String, CodingKey {
      case event, destination, field, path
      case fieldClass = "class"
      case action, rule, sources, values, treated
      case redactedInstead = "redacted_instead"
      case prehashed, left
    }
  }
}

// MARK: - What needs a look

extension Report {
  /// A line or block that could not be treated and was not written.
  package struct Withheld: Codable, Sendable {
    package var file = ""
    /// From 1; only in files of lines.
    package var line: Int?
    /// From 0; only in files of blocks.
    package var block: Int?
    /// Where it begins in the file, in bytes.
    package var offset = 0
    /// How long it is, in bytes.
    package var bytes = 0
    /// How many events are in it, as far as one can tell.
    package var events = 0
    /// The reason: `json.syntax`.
    package var code = ""
    /// Keyed, so that it tells nothing about the content to those without the key.
    package var digest: String?
    /// True where it goes to the end of the file, so that `events` are those only that are known of.
    package var rest: Bool?
  }

  /// A file, or a place in one, with which something is wrong.
  package struct Problem: Codable, Sendable {
    package var file = ""
    /// `block 3, byte 1204`.
    package var place: String?
    package var code = ""
    /// What is true, without a value.
    package var message = ""
    /// What to do.
    package var hint: String?
  }

  /// A warning of the policy check that this run went on with.
  package struct Warning: Codable, Sendable {
    package var id = ""
    package var message = ""
  }

  /// To which workspaces a run was limited.
  package struct Workspaces: Codable, Sendable {
    package var ids: [String] = []
    /// Of them those that no event has, be it that the id is mistyped.
    package var without: [String] = []

    enum CodingKeys: String, CodingKey {
      case ids
      case without = "without_events"
    }
  }

  /// A file that was read.
  package struct Source: Codable, Sendable {
    package var path = ""
    package var bytes = 0
    /// Keyed; none when there was no key.
    package var digest: String?
  }
}

// MARK: - Null where nothing is known

// The synthesised encoding leaves such members out; a reader of the JSON should not have to wonder.

extension Report.Policy {
  package func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(name, forKey: .name)
    try members.encode(title, forKey: .title)
    try members.encode(source, forKey: .source)
    try members.encode(sha256, forKey: .sha256)
    try members.encode(audience, forKey: .audience)
  }
}

extension Report.Withheld {
  package func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(file, forKey: .file)
    try members.encode(line, forKey: .line)
    try members.encode(block, forKey: .block)
    try members.encode(offset, forKey: .offset)
    try members.encode(bytes, forKey: .bytes)
    try members.encode(events, forKey: .events)
    try members.encode(code, forKey: .code)
    try members.encode(digest, forKey: .digest)
    try members.encodeIfPresent(rest, forKey: .rest)
  }
}

extension Report.Problem {
  package func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(file, forKey: .file)
    try members.encode(place, forKey: .place)
    try members.encode(code, forKey: .code)
    try members.encode(message, forKey: .message)
    try members.encode(hint, forKey: .hint)
  }
}

extension Report.Source {
  package func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(path, forKey: .path)
    try members.encode(bytes, forKey: .bytes)
    try members.encode(digest, forKey: .digest)
  }
}
