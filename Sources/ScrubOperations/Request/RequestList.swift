package import ScrubLedger

/// A request of the book on a day, as people and programs are told of it.
package struct RequestItem: Encodable, Sendable {
  /// What somebody has to do before it can be answered.
  package enum Block: String, Encodable, Sendable {
    case notVerified = "identity-not-checked"
    /// An erasure that nobody approved.
    case notApproved = "not-approved"
    case refused
    case incomplete
  }

  package let request: String
  package let kind: BookedRequest.Kind
  package let law: String
  package let received: String
  /// The last day for an answer.
  package let due: String
  /// Below zero where it is overdue; nothing where it is over.
  package let daysLeft: Int?
  package let state: BookedRequest.State
  package let blocked: [Block]
  package let verified: Bool
  package let approved: BookedRequest.Approval?
  package let extended: BookedRequest.Extension?
  package let pausedDays: Int
  package let outcome: String?
  package let place: String?
  package let closed: String?
  package let history: [BookedRequest.Change]

  package init(_ booked: BookedRequest, today: Day) {
    request = booked.id
    kind = booked.kind
    law = booked.law
    received = booked.received
    due = booked.lastDay
    daysLeft = booked.state.isOpen ? Day(booked.lastDay).map { $0.number - today.number } : nil
    state = booked.state
    blocked = booked.blocks
    verified = booked.isVerified
    approved = booked.approved
    extended = booked.extended
    pausedDays = booked.pausedDays
    outcome = booked.outcome
    place = booked.place
    closed = booked.closed
    history = booked.history
  }

  package var isOverdue: Bool { daysLeft.map { $0 < 0 } ?? false }

  enum CodingKeys: String, CodingKey {
    case request, kind, law, received, due, state, blocked, verified, approved, extended, outcome, place, closed, history
    case daysLeft = "days_left"
    case pausedDays = "paused_days"
  }
}

extension BookedRequest {
  fileprivate var blocks: [RequestItem.Block] {
    guard state.isOpen else { return [] }
    var blocks: [RequestItem.Block] = []
    if !isVerified { blocks.append(.notVerified) }
    if kind == .erasure && approved == nil { blocks.append(.notApproved) }
    if state == .refused { blocks.append(.refused) }
    if state == .incomplete { blocks.append(.incomplete) }
    return blocks
  }
}

/// The book of requests on a day, as `requests list --json` prints it.
package struct RequestList: Document, Sendable {
  package var schema = "currents-scrub/requests/1"
  package let today: String
  /// Open ones first, by their last day.
  package let requests: [RequestItem]
  package let open: Int
  package let overdue: Int
  package let exit: Int
  /// Whether there is a book; without one nothing was ever noted in the state folder.
  package let hasBook: Bool

  enum CodingKeys: CodingKey { case schema, today, requests, open, overdue, exit }

  /// - Parameters:
  ///   - booked: by their last day.
  ///   - all: with those that are over.
  init(_ booked: [BookedRequest], today: Day, all: Bool, hasBook: Bool = true) {
    self.hasBook = hasBook
    let open = booked.filter(\.state.isOpen).map { RequestItem($0, today: today) }
    let over = all ? booked.filter { !$0.state.isOpen }.map { RequestItem($0, today: today) } : []
    self.today = today.description
    requests = open + over
    self.open = open.count
    overdue = open.count(where: \.isOverdue)
    exit = overdue > 0 ? 5 : 0
  }
}

/// What was done to requests of the book, as `requests add`, `extend` and `close` print it with `--json`.
package struct RequestChanges: Document, Sendable {
  package struct Change: Encodable, Sendable {
    /// `added`, `known`, `changed`, `extended`, `paused`, `closed`.
    package let what: String
    package let request: RequestItem

    package init(_ what: String, _ request: BookedRequest, today: Day) {
      self.what = what
      self.request = RequestItem(request, today: today)
    }
  }

  package var schema = "currents-scrub/request-changes/1"
  package let changes: [Change]
  package let dryRun: Bool

  package init(_ changes: [Change], isDryRun: Bool) {
    self.changes = changes
    dryRun = isDryRun
  }

  enum CodingKeys: String, CodingKey {
    case schema, changes
    case dryRun = "dry_run"
  }
}
