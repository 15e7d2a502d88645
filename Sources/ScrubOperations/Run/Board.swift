internal import Glibc
internal import ScrubArchive
internal import ScrubCore
internal import Synchronization

/// Set by a signal; looked at between blocks.
package final class Interrupt: Sendable {
  private let flag = Atomic<Bool>(false)

  package init() {}

  package var isSet: Bool { flag.load(ordering: .relaxed) }
  package func set() { flag.store(true, ordering: .relaxed) }
}

/// How far a run is, for the progress line: pass by pass, for what comes after this one nobody knows.
package final class Progress: Sendable {
  private let passCount = Atomic<Int>(0)
  private let fileCount = Atomic<Int>(0)
  private let eventCount = Atomic<Int>(0)
  private let byteCount = Atomic<Int>(0)

  private let fileTotal = Atomic<Int>(0)
  private let byteTotal = Atomic<Int>(0)

  package init() {}

  /// How many passes were begun.
  package var passes: Int { passCount.load(ordering: .relaxed) }
  /// Of the pass; known once the archive is listed, 0 before.
  package var allFiles: Int { fileTotal.load(ordering: .relaxed) }
  package var allBytes: Int { byteTotal.load(ordering: .relaxed) }

  /// A pass begins.
  func expect(_ files: [ArchiveFile]) { expect(files: files.count, bytes: files.reduce(0) { $0 + $1.size }) }

  func expect(files: Int, bytes: Int) {
    fileCount.store(0, ordering: .relaxed)
    eventCount.store(0, ordering: .relaxed)
    byteCount.store(0, ordering: .relaxed)
    fileTotal.store(files, ordering: .relaxed)
    byteTotal.store(bytes, ordering: .relaxed)
    passCount.add(1, ordering: .relaxed)
  }

  package var files: Int { fileCount.load(ordering: .relaxed) }
  package var events: Int { eventCount.load(ordering: .relaxed) }
  package var bytes: Int { byteCount.load(ordering: .relaxed) }

  func finished(_ outcome: FileOutcome) { finished(outcome, events: outcome.eventCounts.read) }

  func finished(_ outcome: FileOutcome, events: Int) { finished(events: events, bytes: outcome.bytesIn) }

  func finished(events: Int, bytes: Int) {
    fileCount.add(1, ordering: .relaxed)
    eventCount.add(events, ordering: .relaxed)
    byteCount.add(bytes, ordering: .relaxed)
  }
}

/// The files of a run and their outcomes: the only thing that workers share and change.
final class Board: Sendable {
  let files: [ArchiveFile]
  /// The files from the largest down, so that no worker is left alone with a large one at the end.
  private let order: [Int]
  private let next = Atomic<Int>(0)
  private let outcomes: Mutex<[FileOutcome?]>
  private let progress: Progress

  init(_ files: [ArchiveFile], progress: Progress) {
    self.files = files
    self.progress = progress
    order = files.indices.sorted { (files[$1].size, $0) < (files[$0].size, $1) }
    outcomes = Mutex(Array(repeating: nil, count: files.count))
  }

  /// The next file that nobody has taken.
  func take() -> Int? {
    let place = next.add(1, ordering: .relaxed).oldValue
    return place < order.count ? order[place] : nil
  }

  func finish(_ index: Int, _ outcome: FileOutcome) {
    outcomes.withLock { $0[index] = outcome }
    progress.finished(outcome)
  }

  /// Outcomes in the order of the files, whatever order they were finished in.
  var finished: [FileOutcome] { outcomes.withLock { $0.compactMap { $0 } } }
}
