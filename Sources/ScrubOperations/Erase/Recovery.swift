internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
package import ScrubPolicy

/// Finishes erasures that were cut off: at the start of every command that writes.
package struct Recovery: Sendable {
  private let stateFolder: String
  private let catalog: Catalog
  private let jobs: Int
  private let interrupt: Interrupt
  private let progress: Progress

  package init(_ catalog: Catalog, stateFolder: String, jobs: Int, interrupt: Interrupt, progress: Progress) {
    self.catalog = catalog
    self.stateFolder = stateFolder
    self.jobs = jobs
    self.interrupt = interrupt
    self.progress = progress
  }

  /// How many erasures are to be finished.
  package static func count(in stateFolder: String) -> Int { Journal.left(in: stateFolder).count }

  /// What became of one that was cut off.
  struct Finished: Sendable {
    let outcome: EraseExecution.Outcome
    /// By request: the identities that lead to the person.
    let seeds: [String: [Identity]]
  }

  /// Finishes all of them, oldest first. Those that another process is at are left to it.
  ///
  /// - Throws: `ScrubRefusal` when a journal cannot be read, or another run holds an archive.
  func finish() async throws(ScrubRefusal) -> [Finished] {
    let left = Journal.left(in: stateFolder)
    if left.isEmpty { return [] }
    guard let stateKey = StateKey.existing(in: stateFolder) else { throw .key(KeyRefusal(code: .noState)) }
    var finished: [Finished] = []
    for path in left {
      guard let journal = try EraseJournal(left: path, stateKey) else { continue }
      let locks = try ArchiveLocks(journal.job.plan.archives)
      let execution = EraseExecution(journal, context(of: journal.job), stateFolder: stateFolder, stateKey, progress)
      finished.append(Finished(outcome: try await execution.run(), seeds: journal.closure.seeds))
      locks.release()
    }
    return finished
  }

  private func context(of job: EraseJob) -> SearchContext {
    var options = SearchOptions()
    options.eventType = job.eventType
    options.destination = job.destination.flatMap { Destination(rawValue: $0) }
    options.maxBlock = job.maxBlock
    options.jobs = jobs
    return SearchContext(catalog, options, interrupt)
  }
}

/// The archives of a run, held against other runs. Never leaves its task.
final class ArchiveLocks {
  private let folders: [String]
  private var locks: [LockBox] = []

  /// A class, for an array cannot hold noncopyable values.
  private final class LockBox {
    let lock: ArchiveLock
    init(_ lock: consuming ArchiveLock) { self.lock = lock }
  }

  /// Takes all of them, or none.
  ///
  /// - Parameter folders: of the archives, resolved.
  init(_ folders: [String]) throws(ScrubRefusal) {
    self.folders = Set(folders).sorted()
    try takeAgain()
  }

  func takeAgain() throws(ScrubRefusal) {
    for folder in folders {
      do throws(Failure) { locks.append(LockBox(try ArchiveLock.take(folder))) } catch {
        throw .output(
          code: error.code.rawValue, path: error.path, message: error.code.message, hint: error.code.hint,
          exit: error.code == .archiveLocked ? 4 : 1)
      }
    }
  }

  /// Lets them go; so does the end of this value.
  func release() { locks = [] }
}
