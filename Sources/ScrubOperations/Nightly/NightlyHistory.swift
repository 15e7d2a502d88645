package import Foundation

/// The nights that are remembered, the newest first, and how their numbers went.
package struct NightlyHistory: Document, Sendable {
  /// The format of this document; a change that breaks readers changes the number.
  package static let schema = "currents-scrub/nightly-history/1"

  package let schema = NightlyHistory.schema
  package let version = programVersion
  package let nights: [Night]
  /// Summaries that this version does not read.
  package let unreadable: Int

  /// - Parameter summaries: the newest first.
  package init(_ summaries: [NightlySummary], unreadable: Int = 0) {
    nights = summaries.map { Night($0) }
    self.unreadable = unreadable
  }

  /// - Parameter documents: summaries as they were written, the newest first; what is none is counted and left out.
  package init(reading documents: [Data]) {
    let decoder = JSONDecoder()
    let summaries = documents.compactMap { document in
      (try? decoder.decode(NightlySummary.self, from: document)).flatMap { $0.schema == NightlySummary.schema ? $0 : nil }
    }
    self.init(summaries, unreadable: documents.count - summaries.count)
  }

  /// A run in a row of numbers.
  package struct Night: Encodable, Sendable {
    package let run: String
    package let started: String
    package let seconds: Double
    package let state: NightlySummary.State
    package let exit: Int
    package let archives: Int
    package let newFiles: Int
    package let changedFiles: Int
    package let redoneFiles: Int
    package let events: Int
    package let shared: Int
    package let withheld: Int
    package let pseudonyms: Int
    package let drift: Int
    package let resurrected: Int
    package let openRequests: Int
    package let overdueRequests: Int
    /// The next day on which something was due.
    package let nextDue: String?
    package let problems: Int
    package let page: String?

    enum CodingKeys: String, CodingKey {
      case run, started, seconds, state, exit, archives, events, shared, withheld, pseudonyms, drift, resurrected, problems, page
      case newFiles = "new_files"
      case changedFiles = "changed_files"
      case redoneFiles = "redone_files"
      case openRequests = "open_requests"
      case overdueRequests = "overdue_requests"
      case nextDue = "next_due"
    }

    init(_ summary: NightlySummary) {
      let totals = summary.totals
      run = summary.run
      started = summary.started
      seconds = summary.seconds
      state = summary.state
      exit = summary.exit
      archives = summary.archives.count
      newFiles = totals.new
      changedFiles = totals.changed
      redoneFiles = totals.redone
      events = totals.read
      shared = totals.shared
      withheld = totals.withheld
      pseudonyms = totals.pseudonyms
      drift = totals.drift
      resurrected = totals.resurrected
      openRequests = summary.deadlines.open
      overdueRequests = summary.deadlines.overdue
      nextDue = summary.deadlines.next
      problems = summary.problems.count
      page = summary.page
    }

    /// Whether the run did all of its work; a request may have been overdue all the same.
    var isSuccess: Bool { exit == 0 || exit == 5 }
  }
}

// MARK: - As text

extension NightlyHistory {
  /// - Parameter limit: older runs than so many are counted.
  package func text(limit: Int = 31) -> String {
    if nights.isEmpty { return "no run is remembered yet.\n" + missing }
    var table = Table(
      ["started", "ended", "new", "changed", "redone", "events", "shared", "pseudonyms", "drift", "open", "overdue", "problems", "took"],
      right: Set(2...12))
    for night in nights.prefix(limit) {
      table.add(
        night.started.visible, night.state.rawValue, PageText.grouped(night.newFiles), PageText.grouped(night.changedFiles),
        PageText.grouped(night.redoneFiles), PageText.grouped(night.events), PageText.grouped(night.shared),
        PageText.grouped(night.pseudonyms), PageText.grouped(night.drift), PageText.grouped(night.openRequests),
        PageText.grouped(night.overdueRequests), PageText.grouped(night.problems), PageText.duration(night.seconds))
    }
    let older = max(0, nights.count - limit)
    let rest = older > 0 ? "and \(PageText.count(older, "earlier run", "earlier runs"))\n" : ""
    return table.text() + rest + headline(day: { $0 }) + ".\n" + missing
  }

  private var missing: String {
    unreadable == 0 ? "" : "\(PageText.count(unreadable, "summary is", "summaries are")) of another version and not shown.\n"
  }

  /// `7 runs since 2026-11-17: 6 complete, 1 incomplete; the last one was complete`.
  ///
  /// - Parameter day: how a day such as `2026-11-17` is told.
  func headline(day: (String) -> String) -> String {
    guard let newest = nights.first, let oldest = nights.last else { return "No run is remembered yet" }
    return
      "\(PageText.count(nights.count, "run", "runs")) since \(day(String(oldest.started.prefix(10)))): \(PageText.list(endings.map { "\(PageText.grouped($0.count)) \($0.state.rawValue)" }))"
      + (nights.count > 1 ? "; the last one was \(newest.state.rawValue)" : "")
  }

  /// How often runs ended in each state.
  var endings: [(state: NightlySummary.State, count: Int)] {
    NightlySummary.State.allCases.map { state in (state, nights.count { $0.state == state }) }.filter { $0.count > 0 }
  }
}
