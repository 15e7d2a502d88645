internal import Glibc
internal import ScrubArchive
package import ScrubCore
internal import ScrubPolicy

/// What a run is asked to do that takes out of an archive what is older than it may be.
package struct RetentionOptions: Sendable {
  package var search = SearchOptions()
  /// The first that matches an event type decides about it.
  package var rules: [RetentionRule] = []
  package var holds = LegalHolds()
  /// How archives were scrubbed in which a hold's people may stand by pseudonyms.
  package var made: [ScrubbedWith] = []
  /// Of all events of the archives at most those that go; beyond it nothing does.
  package var maxShare = 0.02
  /// Events of the archives in files that are not read this time.
  package var eventsElsewhere = 0
  /// Whether nothing is written.
  package var isDryRun = true
  /// Files that changed in so many seconds are left for the next run.
  package var settle = 0
  /// Whether files with other names are rewritten under this one.
  package var breaksHardLinks = false
  package var run = ""
  package var stateFolder = ""
  /// Seconds since 1970-01-01: what is too old is told from here.
  package var now: Int = time(nil)

  package init() {}
}

/// What a file holds by age once a run is done, for who wants to know when to read it again.
package struct FileAges: Sendable {
  /// The number of its archive.
  package let archive: Int
  /// Below its archive.
  package let path: String
  package let events: Int
  /// By event type, when the events were that may become too old one day: neither those that are, nor those of which
  /// nothing is left to blank. A time that cannot be true counts as the day of the file's partition.
  package let times: [String: TimeRange]
  /// Events that had to go and are still there, since nothing was done or the file could not be rewritten.
  package let due: Int
  /// Events that a legal hold keeps.
  package let held: Int
}

/// What such a run came to.
package struct RetentionResult: Sendable {
  /// Why nothing was touched: more would go than `maxShare` allows.
  package static let tooLarge = "retention.too-large-a-share"

  /// One rule.
  package struct Rule: Sendable {
    package let events: [String]
    package let days: Int
    package let mode: String
    /// Events that went, or would go.
    package var deleted = 0
    package var blanked = 0
    package var held = 0
    /// Events that had to go and could not.
    package var left = 0
    /// Files in which something changed, or would change.
    package var files = 0
    /// When the oldest of the events was that are left, of what was read: `2026-11-23T19:15:00Z`.
    package var oldest: String?
  }

  package var rules: [Rule] = []
  package var files = 0
  package var events = 0
  /// Events that a rule matches, and that stay since nobody can tell how old they are.
  package var undated = 0
  /// Files in which something changes, or changed.
  package var rewritten = 0
  /// The code of why nothing was touched.
  package var refused: String?
  /// Files that had to be rewritten and were not.
  package var gaps: [ExportResult.Gap] = []
  package var unreadable: [ExportResult.Gap] = []
  package var unsupported: [ExportResult.Gap] = []
  /// Erasures of earlier runs that were cut off, and finished now.
  package var recovered: [EraseResult.Answer] = []
  package var dryRun = false
  package var interrupted = false
  package var exit = 0
  /// Of every file that could be read.
  package var ages: [FileAges] = []
}
