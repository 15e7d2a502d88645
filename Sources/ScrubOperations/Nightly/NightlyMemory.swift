internal import Foundation
internal import ScrubArchive
internal import ScrubLedger
internal import ScrubPolicy

/// What nights remember of each other.
extension NightlySummary {
  /// Keeps the summary in the state folder, where `nightly history` finds it, and makes the folder of the run.
  ///
  /// - Returns: when the last night before this one ended that did all of its work, in seconds since 1970-01-01.
  package mutating func keep(_ config: NightlyConfig) throws(ScrubRefusal) -> Double? {
    let folder = config.entry.reports + "/" + run
    do { try StateKey.makeFolders(folder, mode: 0o777) } catch { throw .file(Failure(.unwritable, path: folder)) }
    page = folder + "/" + NightlyFolder.page
    let document: String
    do { document = try json() } catch { throw .state(config.stateFolder) }
    let state = StateFolder(config.stateFolder)
    let ledger = try state.ledger()
    return try state.telling(Ledger.name) { () throws(LedgerProblem) in
      let success = try ledger.runs.newest(1_000).first { $0.id != run && ($0.exit == 0 || $0.exit == 5) }
      try ledger.runs.end(run, at: EvidenceLog.now(), exit: exit, summary: document)
      return success?.summary.flatMap { try? JSONDecoder().decode(NightlySummary.self, from: Data($0.utf8)) }?.ended
    }
  }
}

extension NightlyHistory {
  /// The nights of a configuration's state folder, the last one first.
  ///
  /// - Parameter limit: how many at most.
  package init(of config: NightlyConfig, limit: Int) throws(ScrubRefusal) {
    let state = StateFolder(config.stateFolder)
    guard let ledger = try state.existingLedger() else {
      self.init(reading: [])
      return
    }
    let runs = try state.telling(Ledger.name) { () throws(LedgerProblem) in try ledger.runs.newest(limit) }
    self.init(reading: runs.map { Data(($0.summary ?? "").utf8) })
  }
}
