package import ScrubPolicy

/// What an erasure is asked to do.
package struct EraseOptions: Sendable {
  package enum Step: Sendable {
    /// Find and count; nothing is written.
    case look
    /// Write what would happen to a file.
    case plan(file: String)
    /// Do what a file says, and nothing else.
    case apply(file: String)
    /// Do it at once.
    case all
  }

  package var search = SearchOptions()
  package var step = Step.look
  package var rules = Policy.Erasure()
  /// The policy that says so, for receipts.
  package var policy: Receipt.Policy?
  /// Whether somebody said that evidence of consent may go without a rule that keeps it.
  package var consentMayGo = false
  package var holds = LegalHolds()
  /// What becomes of values of the person that stand in events which are not theirs.
  package var sweep = Receipt.Residual.Sweep.count
  /// Numbers of inputs that were made of others: what a hold or a rule keeps is kept where they were made of.
  package var copies: Set<Int> = []
  /// How archives were scrubbed that are searched too.
  package var made: [ScrubbedWith] = []
  /// Events of one person, at most.
  package var maxEvents = 100_000
  /// Of all events those of one person, at most; asked when more than a thousand match.
  package var maxShare = 0.05
  /// Files that changed in so many seconds are left for the next run.
  package var settle = 0
  /// Whether files with other names are rewritten under this one.
  package var breaksHardLinks = false
  /// Art. 17(1) grounds, as the request claims them.
  package var grounds: [String] = []
  package var signingKey: String?
  /// Named after the run: the folder of reports, and the name of the run's own.
  package var reports = "Reports"
  package var run = ""
  package var stateFolder = ""

  package init() {}

  /// Whether files change.
  package var writes: Bool {
    switch step {
    case .look, .plan: false
    case .apply, .all: true
    }
  }
}

/// What an erasure came to, without a value of anybody.
package struct EraseResult: Document, Sendable {
  package static let schema = "currents-scrub/erase/1"

  /// One request.
  package struct Answer: Codable, Sendable {
    package let request: String
    /// As its receipt says; of a run that only looks, what it would say.
    package var state: Receipt.State
    package var reasons: [String] = []
    /// Whom it may mean, where that is not sure.
    package var choices: [ExportResult.Choice] = []
    package var counts = Receipt.Counts()
    /// Of the person, by kind.
    package var identifiers: [String: Int] = [:]
    /// Events held back, by the kind of the shared value.
    package var heldBack: [String: Int] = [:]
    package var heldBackFrom: [ExportResult.Choice] = []
    /// Values of the person in events that are not theirs.
    package var residual = Receipt.Residual()
    package var due: String?
    package var verified = false
    /// Where the receipt is.
    package var receipt: String?

    package init(request: String, state: Receipt.State) {
      self.request = request
      self.state = state
    }

    enum CodingKeys: String, CodingKey {
      case request, state, reasons, choices, counts, identifiers, residual, due, verified, receipt
      case heldBack = "held_back"
      case heldBackFrom = "held_back_from"
    }
  }

  package var schema = EraseResult.schema
  package var requests: [Answer] = []
  /// Erasures of earlier runs that were cut off, and finished now.
  package var recovered: [Answer] = []
  /// Those that are still to be finished: a run that only looks finishes none.
  package var unfinished = 0
  package var files = 0
  package var events = 0
  package var passes = 0
  /// Files in which something changes, or changed.
  package var rewritten = 0
  /// Of those that were rewritten: files whose other names (hard links) hold the events still.
  package var withOtherNames = 0
  /// Files that had to be rewritten and were not.
  package var gaps: [ExportResult.Gap] = []
  /// Objects of stores behind which events are left, or may be: in earlier versions, or in uploads that were not ended.
  package var blocked: [ExportResult.Gap] = []
  /// Of objects in stores: earlier versions that were removed for good, or, of a run that only looks, that would be beside
  /// those that are replaced.
  package var earlierVersions = 0
  package var unreadable: [ExportResult.Gap] = []
  package var unsupported: [ExportResult.Gap] = []
  package var notSearchable: [String: Int] = [:]
  package var nameless = 0
  package var ignored = 0
  /// The files in folders that are nobody's data by their names, which are ignored: told, and no part of the document.
  package var passedOver: [String: Int] = [:]
  /// Archives that the state knows and that were not given, as it calls them.
  package var leftOut: [String] = []
  /// Events that tell of consent and go with nothing to keep them.
  package var consentEvents = 0
  /// Where the plan was written.
  package var plan: String?
  package var dryRun = false
  package var interrupted = false
  package var exit = 0

  enum CodingKeys: String, CodingKey {
    case schema, requests, recovered, unfinished, files, events, passes, rewritten, gaps, blocked, unreadable, unsupported, nameless
    case ignored, plan, interrupted, exit
    case notSearchable = "not_searchable"
    case consentEvents = "consent_events"
    case leftOut = "left_out"
    case withOtherNames = "with_other_names"
    case earlierVersions = "earlier_versions"
    case dryRun = "dry_run"
  }
}
