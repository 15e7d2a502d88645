package import ScrubLedger
internal import ScrubNative
internal import ScrubPolicy

/// Keeps the book of requests: what comes in, until when it must be answered, what became of it. What people change in
/// it is a line in the evidence log.
package struct RequestDesk {
  private let state: StateFolder
  private let isDryRun: Bool

  /// - Parameter isDryRun: whether it is only told what would be changed.
  package init(stateFolder: String, isDryRun: Bool = false) {
    state = StateFolder(stateFolder)
    self.isDryRun = isDryRun
  }

  // MARK: what comes in

  /// What became of a request that was handed in.
  package enum Taking: String, Encodable, Sendable {
    case added
    /// The book had it just so.
    case known
    /// The file says something else than before; that holds now.
    case changed
  }

  /// A request that was handed in.
  package struct Handed: Sendable {
    package let request: AccessRequest
    package let taking: Taking
    package let entry: BookedRequest
  }

  /// A request as its file says it.
  struct Offer: Sendable {
    let request: AccessRequest
    fileprivate let entry: BookedRequest
  }

  /// Reads a request file.
  ///
  /// - Parameter name: a file, or `-` for standard input.
  /// - Throws: `.request` for a file with mistakes, or one that does not say what is asked, or when it came in.
  func read(_ name: String) throws(ScrubRefusal) -> Offer {
    let text = try RequestFile.text(of: name)
    let request = try RequestFile.read(name, text: text)
    guard let kind = request.kind, let received = request.received else {
      throw Self.lacking(request.kind == nil ? "kind" : "received", name)
    }
    let key = isDryRun ? StateKey.existing(in: state.path) : try state.key()
    return Offer(request: request, entry: try entry(request, kind, received, text, key))
  }

  /// Which of some requests the book has just so.
  func knows(_ offers: [Offer]) throws(ScrubRefusal) -> [Bool] {
    guard let book = try state.existingLedger()?.requests else { return offers.map { _ in false } }
    var known: [Bool] = []
    for offer in offers {
      let booked = try telling { () throws(LedgerProblem) in try book.request(offer.entry.id) }
      known.append(booked?.digest == offer.entry.digest)
    }
    return known
  }

  /// Takes request files into the book; none of them where one has a mistake.
  ///
  /// - Throws: as `read`; `RequestFault.over` for one that says something else than before, after it was answered, when those
  ///   in front of it are taken.
  package func add(_ names: [String]) throws(ScrubRefusal) -> [Handed] {
    var offers: [Offer] = []
    for name in names { offers.append(try read(name)) }
    var handed: [Handed] = []
    if isDryRun {
      for offer in offers { handed.append(try look(offer)) }
    } else {
      for result in try add(offers) { handed.append(try result.get()) }
    }
    return handed
  }

  /// Takes requests into the book, which is opened once for all of them.
  ///
  /// - Returns: what became of each.
  func add(_ offers: [Offer]) throws(ScrubRefusal) -> [Result<Handed, ScrubRefusal>] {
    if offers.isEmpty { return [] }
    var log = try state.evidence()
    let book = try state.ledger().requests
    var handed: [Result<Handed, ScrubRefusal>] = []
    for offer in offers {
      do throws(ScrubRefusal) { handed.append(.success(try add(offer, to: book, &log))) } catch { handed.append(.failure(error)) }
    }
    return handed
  }

  private func add(_ offer: Offer, to book: RequestBook, _ log: inout EvidenceLog) throws(ScrubRefusal) -> Handed {
    let (request, entry) = (offer.request, offer.entry)
    var taking = Taking.known
    let known = try change(entry.id, in: book, note: "changed") { (old) throws(ScrubRefusal) in
      taking = try Self.take(entry, into: &old)
      return taking != .known
    }
    if known == nil {
      taking = .added
      _ = try telling { () throws(LedgerProblem) in try book.add(entry, at: EvidenceLog.now(), note: "added") }
    }
    if taking != .known {
      var line = EvidenceEntry(command: "requests add")
      line.request = entry.id
      line.result = taking == .changed ? "changed" : "done"
      try log.append(line, in: state.path)
    }
    return Handed(request: request, taking: taking, entry: known ?? entry)
  }

  /// What would become of a request.
  private func look(_ offer: Offer) throws(ScrubRefusal) -> Handed {
    guard var known = try known(offer.entry.id) else { return Handed(request: offer.request, taking: .added, entry: offer.entry) }
    return Handed(request: offer.request, taking: try Self.take(offer.entry, into: &known), entry: known)
  }

  /// - Parameter key: of the state folder; without it, what is told of the person stays empty.
  private func entry(
    _ request: AccessRequest, _ kind: BookedRequest.Kind, _ received: Day, _ text: String, _ key: SecretBytes?
  ) throws(ScrubRefusal) -> BookedRequest {
    let digest = if let key { try Self.digest(text, key) } else { "" }
    var entry = BookedRequest(
      id: request.id, kind: kind, law: request.law.rawValue, received: received.description,
      due: request.law.due(received).description, digest: digest)
    entry.isVerified = request.verified != nil
    entry.approved = request.approved.map { BookedRequest.Approval(by: $0.by, on: $0.on.description) }
    if let key { entry.subjects = try Self.names(in: request, key).sorted() }
    return entry
  }

  /// Fingerprints of what a request names, be it in large letters or in small ones.
  private static func names(in request: AccessRequest, _ key: SecretBytes) throws(ScrubRefusal) -> Set<String> {
    var named = request
    for subject in request.subjects where subject.format == .raw {
      let (kind, value) = (subject.identifier.kind.rawValue, String(decoding: subject.identifier.value, as: UTF8.self))
      if let small = try? Identifier(kind: kind, value: value.lowercased()) { named.subjects.append(Subject(small)) }
    }
    return try Suppression(key).fingerprints(of: named)
  }

  private static func digest(_ text: String, _ key: SecretBytes) throws(ScrubRefusal) -> String {
    do throws(NativeError) {
      let digest = try KeyedFileDigest(FileDigestKey(key))
      let bytes = Array(text.utf8)
      let span = unsafe bytes.span.bytes
      try unsafe span.withUnsafeBytes { (bytes) throws(NativeError) in try unsafe digest.update(bytes) }
      return try digest.finish().hex
    } catch {
      throw .key(KeyRefusal(code: .native))
    }
  }

  private static func take(_ new: BookedRequest, into old: inout BookedRequest) throws(ScrubRefusal) -> Taking {
    if new.digest == old.digest { return .known }
    guard old.state.isOpen else { throw RequestFault.over.refusal(of: old.id) }
    old.kind = new.kind
    old.law = new.law
    old.received = new.received
    old.isVerified = new.isVerified
    old.approved = new.approved
    old.subjects = new.subjects
    old.digest = new.digest
    try old.renewDays()
    return .changed
  }

  private static func lacking(_ member: String, _ name: String) -> ScrubRefusal {
    .request([
      Diagnostic(
        .missingKey, file: name == "-" ? "standard input" : name, message: "a request in the book has `\(member)`",
        mend: member == "kind" ? "add `kind: access`, `portability` or `erasure`" : "add `received: YYYY-MM-DD`")
    ])
  }

  // MARK: what people decide

  /// Notes that the answer takes longer, as the law allows.
  ///
  /// - Parameters:
  ///   - reason: as the person was told it.
  ///   - told: the day on which they were told.
  package func extend(_ id: String, reason: String, told: Day, today: Day) throws(ScrubRefusal) -> BookedRequest {
    try decide("requests extend", id, reason, note: "extended: \(reason)") { (request) throws(ScrubRefusal) in
      guard request.state.isOpen else { throw RequestFault.over.refusal(of: id) }
      guard request.extended == nil else { throw RequestFault.extendedAlready.refusal(of: id) }
      let (law, received) = try request.lawAndDay()
      guard law.canBeExtended else { throw RequestFault.noExtension.refusal(of: id) }
      guard told >= received, told <= today else { throw RequestFault.badDay.refusal(of: id) }
      guard told <= law.due(received, pausedDays: request.pausedDays) else { throw RequestFault.toldTooLate.refusal(of: id) }
      request.extended = BookedRequest.Extension(told: told.description, due: "", reason: reason)
      try request.renewDays()
    }
  }

  /// Notes days on which the clock stood.
  package func pause(_ id: String, days: Int, reason: String) throws(ScrubRefusal) -> BookedRequest {
    try decide("requests extend", id, reason, note: "paused: \(reason)") { (request) throws(ScrubRefusal) in
      guard request.state.isOpen else { throw RequestFault.over.refusal(of: id) }
      guard try request.lawAndDay().law.canBePaused else { throw RequestFault.noPause.refusal(of: id) }
      request.pausedDays = min(request.pausedDays + days, BookedRequest.mostPausedDays)
      try request.renewDays()
    }
  }

  /// Notes that a request is over, whatever became of it.
  package func close(_ id: String, outcome: String, on day: Day, today: Day) throws(ScrubRefusal) -> BookedRequest {
    try decide("requests close", id, outcome, note: "closed: \(outcome)") { (request) throws(ScrubRefusal) in
      guard request.state != .closed else { throw RequestFault.over.refusal(of: id) }
      guard try day >= request.lawAndDay().received, day <= today else { throw RequestFault.badDay.refusal(of: id) }
      request.state = .closed
      request.outcome = outcome
      request.closed = day.description
    }
  }

  private func decide(
    _ command: String, _ id: String, _ reason: String, note: String,
    _ body: (inout BookedRequest) throws(ScrubRefusal) -> Void
  ) throws(ScrubRefusal) -> BookedRequest {
    guard let ledger = try state.existingLedger() else { throw RequestFault.unknown.refusal(of: id) }
    if isDryRun {
      guard var request = try known(id) else { throw RequestFault.unknown.refusal(of: id) }
      try refuse(reason, naming: request)
      try body(&request)
      return request
    }
    var log = try state.evidence()
    let changed = try change(id, in: ledger.requests, note: note) { (request) throws(ScrubRefusal) in
      try refuse(reason, naming: request)
      try body(&request)
      return true
    }
    guard let changed else { throw RequestFault.unknown.refusal(of: id) }
    var line = EvidenceEntry(command: command)
    line.request = id
    line.reason = reason
    try log.append(line, in: state.path)
    return changed
  }

  /// Refuses a text that names whom a request is about, as far as the book knows them.
  private func refuse(_ text: String, naming request: BookedRequest) throws(ScrubRefusal) {
    guard !request.subjects.isEmpty, let key = StateKey.existing(in: state.path) else { return }
    var named = AccessRequest(id: request.id)
    named.subjects = AccessRequest.subjects(in: text)
    if try !Self.names(in: named, key).isDisjoint(with: request.subjects) { throw RequestFault.namesPerson.refusal(of: request.id) }
  }

  // MARK: what runs make of them

  /// What a run made of a request.
  struct Outcome {
    let request: String
    let state: BookedRequest.State
    /// The code of a refusal, or the state of a receipt.
    let code: String
    /// Of the package, the plan, or the receipt.
    let place: String?
  }

  /// Notes what a command made of requests, as far as the book has them and they are not closed. The command has a line
  /// of its own in the evidence log.
  ///
  /// - Parameter kinds: what the command does: a request that asks for something else is another of the same id.
  func note(_ outcomes: [Outcome], by command: String, _ kinds: Set<BookedRequest.Kind>) throws(ScrubRefusal) {
    guard !outcomes.isEmpty, let ledger = try state.existingLedger() else { return }
    for outcome in outcomes {
      _ = try change(outcome.request, in: ledger.requests, note: "\(command): \(outcome.code)") { request in
        guard kinds.contains(request.kind), request.state != .closed else { return false }
        request.state = outcome.state
        request.outcome = outcome.code
        request.place = outcome.place.map(realPath)
        return true
      }
    }
  }

  // MARK: what is open

  /// The requests, those that are open first.
  ///
  /// - Parameter all: with those that are over.
  package func list(today: Day, all: Bool = false) throws(ScrubRefusal) -> RequestList {
    guard let ledger = try state.existingLedger() else { return RequestList([], today: today, all: all, hasBook: false) }
    return RequestList(try telling { () throws(LedgerProblem) in try ledger.requests.all() }, today: today, all: all)
  }

  // MARK: the book

  private func known(_ id: String) throws(ScrubRefusal) -> BookedRequest? {
    guard let ledger = try state.existingLedger() else { return nil }
    return try telling { () throws(LedgerProblem) in try ledger.requests.request(id) }
  }

  /// Changes a request of the book in one transaction, so that what is decided is decided about what is there.
  ///
  /// - Parameter body: tells whether there is a change.
  private func change(
    _ id: String, in book: RequestBook, note: String, _ body: (inout BookedRequest) throws(ScrubRefusal) -> Bool
  ) throws(ScrubRefusal) -> BookedRequest? {
    var refusal: ScrubRefusal?
    let request = try telling { () throws(LedgerProblem) in
      try book.change(id, at: EvidenceLog.now(), note: note) { request in
        do throws(ScrubRefusal) { return try body(&request) } catch {
          refusal = error
          return false
        }
      }
    }
    if let refusal { throw refusal }
    return request
  }

  private func telling<Result>(_ body: () throws(LedgerProblem) -> Result) throws(ScrubRefusal) -> Result {
    try state.telling(Ledger.name, body)
  }
}

extension BookedRequest {
  static let mostPausedDays = 1_000

  func lawAndDay() throws(ScrubRefusal) -> (law: Law, received: Day) {
    guard let law = Law(rawValue: law), let received = Day(received) else {
      throw .ledger(LedgerProblem(.ledgerDamaged), path: Ledger.name)
    }
    return (law, received)
  }

  /// Counts its last days anew.
  fileprivate mutating func renewDays() throws(ScrubRefusal) {
    let (law, received) = try lawAndDay()
    due = law.due(received, pausedDays: pausedDays).description
    extended = extended.map { extended in
      let due = law.due(received, isExtended: true, pausedDays: pausedDays)
      return Extension(told: extended.told, due: due.description, reason: extended.reason)
    }
  }
}
