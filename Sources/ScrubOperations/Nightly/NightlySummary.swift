/// What a night came to: the summary of a run of `nightly`, without a value of anybody.
///
/// Counts, names of archives and files, ids of requests and codes. Times are UTC in the form `2026-11-23T19:15:00Z`, days
/// `2026-11-23`.
package struct NightlySummary: Document, Codable, Sendable {
  /// The format of this document; a change that breaks readers changes the number.
  package static let schema = "currents-scrub/nightly/1"

  /// How it ended.
  package enum State: String, Codable, Sendable {
    case complete, incomplete, failed, refused, overdue, interrupted
  }

  package var schema = NightlySummary.schema
  /// Of the program.
  package var version = programVersion
  /// The name of the run and of its folder: `2026-11-23T020000Z-nightly`.
  package var run = ""
  package var started = ""
  /// Wall clock, in seconds.
  package var seconds = 0.0
  /// The configuration as it was given.
  package var config = ""
  /// Whether nothing was written: `nightly check`.
  package var isCheck = false
  package var state = State.complete
  package var exit = 0
  /// Erasures of earlier runs that were cut off, and finished now.
  package var recovered: [Recovered] = []
  /// In the order of the configuration.
  package var archives: [Archive] = []
  /// Everything of the book that is open, or was closed by this run; by the day on which it is due.
  package var requests: [Request] = []
  package var harvest = Harvest()
  /// Events of people that were erased before, found again in new, late or restored files, and gone.
  package var resurrections: [Resurrection] = []
  package var retention: Retention?
  /// Outputs for an audience that this run wrote to.
  package var disclosures: [Disclosure] = []
  package var deadlines = Deadlines()
  /// Segments of the evidence log that were older than they are kept, and went.
  package var expiredSegments = 0
  /// Events that told of consent and were erased with nothing to keep them; nothing where there were none, or somebody said
  /// that they may go.
  package var consentEvents: Int?
  /// All that somebody has to look at.
  package var problems: [Problem] = []
  /// The page of the run; nothing where none was written.
  package var page: String?

  package init() {}

  enum CodingKeys: String, CodingKey {
    case schema, version, run, started, seconds, config, state, exit, recovered, archives, requests, harvest, resurrections
    case retention, disclosures, deadlines, problems, page
    case isCheck = "check"
    case expiredSegments = "expired_segments"
    case consentEvents = "consent_events"
  }

  package struct Recovered: Codable, Sendable {
    package var request = ""
    package var state = ""
  }

  /// One archive of the configuration.
  package struct Archive: Codable, Sendable {
    package var name = ""
    package var exit = 0
    /// Why nothing could be done with it; nothing where all went well.
    package var code: String?
    /// In words.
    package var message: String?
    /// Listed in the archive.
    package var files = 0
    /// Never seen before.
    package var new = 0
    /// Of those: in partitions older than those seen before.
    package var late = 0
    /// Seen before with other bytes.
    package var changed = 0
    /// Changed so recently that they are left to the next night.
    package var young = 0
    /// Seen before, and gone from the archive; their outputs stay.
    package var vanished = 0
    /// Scrubbed before under another policy, key or version, or into an output that is gone, and again now.
    package var redone = 0
    /// Files that could not be read to their end, or not at all.
    package var unreadable = 0
    /// Of files that were read.
    package var bytes = 0
    /// Read, in new and changed files.
    package var events = 0
    /// Files written to the output.
    package var written = 0
    /// Events in them.
    package var shared = 0
    package var withheld = 0
    /// Values that became pseudonyms.
    package var pseudonyms = 0
    /// Values that were redacted, removed or made coarser.
    package var redacted = 0
    package var drift = Drift()
    /// The report of the scrub.
    package var report: String?

    package init() {}
  }

  /// What new files hold that the catalog does not know: names, never values.
  package struct Drift: Codable, Sendable {
    /// Fields that files mark [PII] and the catalog does not.
    package var newMarks: [String] = []
    package var unknownEvents: [String] = []
    /// `event type: path`.
    package var unknownFields: [String] = []
    /// Fields without a mark whose values look personal.
    package var content: [String] = []

    package var isEmpty: Bool { newMarks.isEmpty && unknownEvents.isEmpty && unknownFields.isEmpty && content.isEmpty }

    enum CodingKeys: String, CodingKey {
      case newMarks = "new_marks"
      case unknownEvents = "unknown_events"
      case unknownFields = "unknown_fields"
      case content
    }
  }

  package struct Request: Codable, Sendable {
    package var request = ""
    /// `access`, `portability` or `erasure`.
    package var kind = ""
    package var received: String?
    package var due: String?
    /// Until it is due; negative when it is overdue.
    package var daysLeft: Int?
    /// As the book has it.
    package var state = ""
    /// Why nothing was done: not verified, not approved, refused.
    package var blocked: String?
    /// Whether this run did something about it.
    package var isNews = false
    /// Deleted or blanked; of a plan or a package, found.
    package var events = 0
    /// Found, and kept by a hold or a rule.
    package var kept = 0
    /// Its receipt, package or plan.
    package var path: String?

    enum CodingKeys: String, CodingKey {
      case request, kind, received, due, state, blocked, events, kept, path
      case daysLeft = "days_left"
      case isNews = "news"
    }
  }

  /// What users.UserDeleteRequest events in new files lead to.
  package struct Harvest: Codable, Sendable {
    /// `report` or `erase`.
    package var mode = "report"
    /// Who was asked to be deleted and is not erased yet.
    package var people = 0
    package var erased = 0
    package var events = 0
    /// Whether there were more than a night may erase, and nobody was.
    package var isStopped = false

    enum CodingKeys: String, CodingKey {
      case mode, people, erased, events
      case isStopped = "stopped"
    }
  }

  package struct Resurrection: Codable, Sendable {
    package var request = ""
    package var events = 0
    package var files = 0
  }

  package struct Retention: Codable, Sendable {
    package struct Rule: Codable, Sendable {
      package var events: [String] = []
      package var age = ""
      package var mode = "delete"
      /// That are older.
      package var due = 0
      package var gone = 0
    }

    /// Whether events go, or are told only.
    package var isEnabled = false
    package var rules: [Rule] = []
    package var files = 0
    /// Whether more than a night may take were due, and none went.
    package var isStopped = false

    enum CodingKeys: String, CodingKey {
      case rules, files
      case isEnabled = "enabled"
      case isStopped = "stopped"
    }
  }

  package struct Disclosure: Codable, Sendable {
    package var audience = ""
    package var archive = ""
    package var policy = ""
    package var files = 0
    package var events = 0
    package var first: String?
    package var last: String?
  }

  /// Over the whole book.
  package struct Deadlines: Codable, Sendable {
    package var open = 0
    package var overdue = 0
    /// Due within the time of warning.
    package var soon = 0
    /// The next day on which something is due.
    package var next: String?
  }

  package struct Problem: Codable, Sendable {
    /// Nothing where it is none of one archive.
    package var archive: String?
    package var path = ""
    package var code = ""
    package var message = ""
  }
}
