internal import ScrubLedger

extension NightlySummary {
  /// Over all archives.
  struct Totals {
    var files = 0
    var new = 0
    var changed = 0
    var redone = 0
    var vanished = 0
    var read = 0
    var shared = 0
    var withheld = 0
    var pseudonyms = 0
    /// Names that the catalog does not know so.
    var drift = 0
    /// Events of erased people that came back.
    var resurrected = 0
    /// Events that went by their age.
    var aged = 0
  }

  var totals: Totals {
    var totals = Totals()
    for archive in archives {
      totals.files &+= archive.files
      totals.new &+= archive.new
      totals.changed &+= archive.changed
      totals.redone &+= archive.redone
      totals.vanished &+= archive.vanished
      totals.read &+= archive.events
      totals.shared &+= archive.shared
      totals.withheld &+= archive.withheld
      totals.pseudonyms &+= archive.pseudonyms
      totals.drift &+= archive.drift.count
    }
    totals.resurrected = resurrections.reduce(0) { $0 &+ $1.events }
    totals.aged = retention?.gone ?? 0
    return totals
  }

  /// Whether the run did all of its work; a request may be overdue all the same.
  package var isSuccess: Bool { !isCheck && (exit == 0 || exit == 5) }

  /// Seconds since 1970-01-01 at which the run ended; nothing where its start is no time.
  package var ended: Double? {
    Moment.seconds(started).map { Double($0) + seconds }
  }

  /// Requests that are due within the time of warning, and not overdue; the first ones first.
  var soonDue: [Request] {
    let open = requests.filter { $0.isOpen && !$0.isOverdue && $0.daysLeft != nil }
    return Array(open.sorted { ($0.daysLeft ?? 0, $0.request) < ($1.daysLeft ?? 0, $1.request) }.prefix(max(0, deadlines.soon)))
  }
}

extension NightlySummary.State: CaseIterable {
  package static let allCases: [Self] = [.complete, .incomplete, .failed, .refused, .overdue, .interrupted]

  /// Beside the word, for those who do not see the colour.
  var sign: String {
    switch self {
    case .complete: "✓"
    case .incomplete, .interrupted, .overdue: "!"
    case .failed, .refused: "×"
    }
  }
}

extension NightlySummary.Request {
  /// Whether somebody still has to do something; so too where the book of another version knows a state that we do not.
  var isOpen: Bool { BookedRequest.State(rawValue: state)?.isOpen ?? true }
  var isOverdue: Bool { isOpen && (daysLeft ?? 0) < 0 }
}

extension NightlySummary.Archive {
  /// Files that were as they had been, or were not looked into.
  var known: Int { max(0, files &- new &- changed &- redone &- young) }

  /// Whether anything happened in it, or should have.
  var isNews: Bool {
    code != nil || !drift.isEmpty
      || [new, late, changed, young, vanished, redone, unreadable, written, shared, withheld].contains { $0 > 0 }
  }
}

extension NightlySummary.Drift {
  var count: Int { newMarks.count + unknownEvents.count + unknownFields.count + content.count }
}

extension NightlySummary.Retention {
  var due: Int { rules.reduce(0) { $0 &+ $1.due } }
  var gone: Int { rules.reduce(0) { $0 &+ $1.gone } }
}
