internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// Makes a plan of the events that are too old, by the same means as one of people who are erased: it names no request.
struct RetentionPlanner: Sendable {
  let terms: RetentionTerms
  let listing: SearchListing
  let roots: [String]
  let holds: LegalHolds
  let held: HeldEvents?
  let digestKey: FileDigestKey

  /// What a plan is made of.
  struct Planned: Sendable {
    let file: ErasePlan.File
    /// Events and damaged places before.
    let before: [Int]
    /// By rule: what becomes of how many events.
    let counts: [Receipt.Counts]
  }

  /// Every reason that an event may have to stay.
  var reasons: [ErasePlan.Reason] {
    holds.holds.map(\.reason).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Plans one file.
  ///
  /// - Returns: nothing where no event is due.
  /// - Throws: `Failure` where the file is not what was read any more.
  func plan(_ aged: AgedFile) throws(Failure) -> Planned? {
    if aged.findings.due.isEmpty { return nil }
    let file = listing.files[aged.file]
    var counts = terms.rules.map { _ in Receipt.Counts() }
    var places: [ErasePlan.Place] = []
    let reasons = reasons
    var holdOf: [Int?] = []
    for event in aged.findings.due {
      let hold = held?.hold(on: event, inFile: file.file.path)
      holdOf.append(hold.flatMap { reasons.firstIndex(of: $0.reason) })
    }
    for (index, event) in aged.findings.due.enumerated() {
      // Around an event that stays, the rest of its batch stays too.
      if event.isBlank && isBatchHeld(index, aged.findings.due, holdOf) { continue }
      let isDeleted = terms.rules[event.rule].mode == .delete
      let action: ErasePlan.Action = holdOf[index] != nil ? .hold : isDeleted ? .delete : .blank
      counts[event.rule] += Receipt.Counts(action)
      places.append(
        ErasePlan.Place(
          offset: event.place.offset, record: event.place.record, part: event.place.part < 0 ? nil : event.place.part,
          action: action, type: event.type, requests: [], reason: holdOf[index]))
    }
    let (identity, digest) = try state(of: file.file.path)
    guard identity == aged.identity else { throw Failure(.changed) }
    let path = pathBelow(roots[file.archive], of: realPath(file.file.path))
    let planned = ErasePlan.File(
      archive: file.archive, path: path, identity: try ErasePlan.Identity(identity, key: digestKey), digest: digest,
      events: aged.findings.events, counts: counts.reduce(into: Receipt.Counts()) { $0 += $1 }, matchedBy: [:],
      places: places)
    return Planned(file: planned, before: [aged.findings.events, aged.outcome.withheldCount, 0], counts: counts)
  }

  private func isBatchHeld(_ index: Int, _ due: [DueEvent], _ holdOf: [Int?]) -> Bool {
    let place = due[index].place
    func isBeside(_ other: Int) -> Bool { due[other].place.offset == place.offset && due[other].place.record == place.record }
    var (first, last) = (index, index)
    while first > 0 && isBeside(first - 1) { first -= 1 }
    while last + 1 < due.count && isBeside(last + 1) { last += 1 }
    return holdOf[first...last].contains { $0 != nil }
  }

  /// Reads a file for its keyed digest.
  private func state(of path: String) throws(Failure) -> (FileIdentity, String) {
    var input = try InputFile.open(path: path, digestKey: digestKey)
    let identity = input.identity
    input.drain()
    guard let digest = try input.finishDigest(), FileIdentity(path: path) == identity else { throw Failure(.changed) }
    return (identity, digest)
  }
}
