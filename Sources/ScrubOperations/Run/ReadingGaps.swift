internal import ScrubArchive

/// What could not be read of archives, or only in part.
struct ReadingGaps {
  private(set) var unreadable: [AccessScope.Gap] = []
  private(set) var unsupported: [AccessScope.Gap] = []
  /// Files of which nothing could be read.
  private(set) var unread = 0

  init(_ listing: SearchListing, _ outcomes: [FileOutcome]) {
    for failure in listing.failures {
      unreadable.append(AccessScope.Gap(file: failure.path, code: failure.code.rawValue, places: nil))
    }
    for outcome in outcomes { note(outcome) }
  }

  private mutating func note(_ outcome: FileOutcome) {
    let path = outcome.file.relative
    if let failure = outcome.failure {
      unread += 1
      let gap = AccessScope.Gap(file: path, code: failure.code.rawValue, places: nil)
      if outcome.status == .unsupported { unsupported.append(gap) } else { unreadable.append(gap) }
    }
    var codes: [String: Int] = [:]
    for place in outcome.withheld { codes[place.code, default: 0] += 1 }
    for (code, count) in codes.sorted(by: { $0.key < $1.key }) {
      unreadable.append(AccessScope.Gap(file: path, code: code, places: count))
    }
  }

  var isEmpty: Bool { unreadable.isEmpty && unsupported.isEmpty }
}

extension ExportResult.Gap {
  init(_ gap: AccessScope.Gap) { self.init(file: gap.file, code: gap.code, places: gap.places) }
}
