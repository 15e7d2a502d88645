internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger

/// Fills the receipt of one request with what became of its files.
struct ReceiptMaker {
  private let draft: Receipt
  private let plan: ErasePlan
  private let results: [FileResult]
  private let request: Int
  private let places: [(file: Int, place: ErasePlan.Place)]

  /// - Parameters:
  ///   - draft: with everything that was known before the first file changed.
  ///   - results: by file of the plan; none where nothing was carried out.
  ///   - places: of the request, as `ErasePlan.placesByRequest` has them.
  init(
    _ draft: Receipt, _ plan: ErasePlan, _ results: [FileResult], request: Int,
    _ places: [(file: Int, place: ErasePlan.Place)]
  ) {
    self.places = places
    self.draft = draft
    self.plan = plan
    self.results = results
    self.request = request
  }

  /// - Parameters:
  ///   - vaultGap: where the vault still holds what was removed.
  ///   - history: what was found behind the objects of stores.
  func receipt(
    vaultRows: Int, _ vaultGap: Receipt.Gap? = nil, _ history: HistoryPurge.Outcome = HistoryPurge.Outcome()
  ) -> Receipt {
    var receipt = draft
    receipt.executed = EvidenceLog.now()
    if plan.requests[request].refused != nil { return receipt }
    receipt.vaultRowsRemoved = vaultRows
    var reasons: [Int: Int] = [:]
    var start = 0
    while start < places.count {
      let number = places[start].file
      let end = places[start...].firstIndex { $0.file != number } ?? places.count
      add(plan.files[number], places[start..<end].map(\.place), results[number], &receipt, &reasons)
      start = end
    }
    redact(&receipt)
    receipt.retained = retained(reasons)
    receipt.gaps += history.gaps
    if let vaultGap { receipt.gaps.append(vaultGap) }
    receipt.stores = history.stores.isEmpty ? nil : history.stores
    if history.isWhole { receipt.notCovered.removeAll { $0 == .objectVersions } }
    receipt.files.unchanged = receipt.files.scanned - receipt.files.rewritten - receipt.files.changed - receipt.files.failed
    decide(&receipt)
    return receipt
  }

  /// Says that no value was redacted, unless each was that could be.
  private func redact(_ receipt: inout Receipt) {
    guard receipt.residual.sweep == .redact else { return }
    let isDone = zip(plan.files, results).allSatisfy { file, result in
      if case .left = result { !file.places.contains { $0.action == .redact } } else { true }
    }
    if !isDone { Self.redactNothing(&receipt) }
  }

  private static func redactNothing(_ receipt: inout Receipt) {
    for index in receipt.residual.places.indices { receipt.residual.places[index].redacted = 0 }
  }

  /// The same where nothing is done: what was found is left as it is.
  func refused(_ reason: String) -> Receipt {
    var receipt = draft
    receipt.state = .refused
    receipt.reasons = [reason]
    receipt.files.unchanged = receipt.files.scanned
    leave(&receipt)
    return receipt
  }

  /// The draft with the places counted as left, whose files are none of the plan.
  func leaving() -> Receipt {
    var receipt = draft
    leave(&receipt)
    if places.contains(where: { $0.place.action == .redact }) { Self.redactNothing(&receipt) }
    return receipt
  }

  private func leave(_ receipt: inout Receipt) {
    var reasons: [Int: Int] = [:]
    for (_, place) in places where place.action != .redact {
      let one = Receipt.Counts(place.action).asLeft
      receipt.events.total += one
      receipt.events.types[place.type, default: Receipt.Counts()] += one
      if let reason = place.reason, one.held > 0 { reasons[reason, default: 0] += 1 }
    }
    receipt.retained = retained(reasons)
  }

  /// - Parameter reasons: how many events each keeps, beside those of the draft.
  private func retained(_ reasons: [Int: Int]) -> [Receipt.Retained] {
    var retained = draft.retained
    for (number, events) in reasons.sorted(by: { $0.key < $1.key }) {
      let reason = plan.reasons[number]
      if let known = retained.firstIndex(where: { ErasePlan.Reason($0) == reason }) {
        retained[known].events += events
      } else {
        retained.append(
          Receipt.Retained(
            kind: reason.kind, basis: reason.basis, owner: reason.owner, review: reason.review, events: events))
      }
    }
    return retained
  }

  private func add(
    _ file: ErasePlan.File, _ mine: [ErasePlan.Place], _ result: FileResult, _ receipt: inout Receipt,
    _ reasons: inout [Int: Int]
  ) {
    var counts = Receipt.Counts()
    for place in mine where place.action != .redact {
      let isLeft = if case .left = result { true } else { false }
      let one = isLeft ? Receipt.Counts(place.action).asLeft : Receipt.Counts(place.action)
      counts += one
      receipt.events.types[place.type, default: Receipt.Counts()] += one
      if let reason = place.reason, one.kept + one.held > 0 { reasons[reason, default: 0] += 1 }
    }
    receipt.events.total += counts
    let path = pathText(Array(file.path.utf8))
    switch result {
    case .untouched: break
    case .committed(let after):
      receipt.files.rewritten += 1
      receipt.verification.filesReadBack += 1
      var rewritten = Receipt.RewrittenFile(archive: file.archive, path: path)
      rewritten.before.events = file.events
      rewritten.before.size = file.identity.size.value
      rewritten.before.keyedDigest = file.digest
      rewritten.after = after
      rewritten.counts = counts
      rewritten.deletedForOthers = file.counts.deleted - counts.deleted
      receipt.rewritten.append(rewritten)
    case .left(let code):
      if code == .changed { receipt.files.changed += 1 } else { receipt.files.failed += 1 }
      receipt.gaps.append(Receipt.Gap(archive: file.archive, path: path, code: code.rawValue))
    }
  }

  private func decide(_ receipt: inout Receipt) {
    receipt.state = receipt.impliedState
    let isInterrupted = receipt.gaps.contains { $0.code == FailureCode.interrupted.rawValue }
    receipt.reasons = (receipt.impliedReasons + (isInterrupted ? [.interrupted] : [])).map(\.rawValue)
  }
}

extension ErasePlan.Reason {
  fileprivate init(_ retained: Receipt.Retained) {
    self.init(kind: retained.kind, basis: retained.basis, owner: retained.owner, review: retained.review)
  }
}
