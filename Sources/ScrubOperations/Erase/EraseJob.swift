internal import Foundation
internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
internal import ScrubPolicy

/// Why events go.
enum ErasePurpose: String, Codable, Sendable {
  /// A person demands it.
  case request
  /// The person was erased before, and a file brought them back.
  case suppression
  /// The vendor was told to delete the person.
  case harvest
  /// They are older than a rule lets events be, whoever they are of.
  case retention

  /// As the evidence log names it.
  var command: String {
    switch self {
    case .request: "erase"
    case .suppression: "suppress"
    case .harvest: "harvest"
    case .retention: "retain"
    }
  }
}

/// Everything that carrying out a plan needs beside the files and the closure: what a run writes down before it begins,
/// and what goes on with it reads.
struct EraseJob: Codable, Sendable {
  /// `keep` of a policy, as its author wrote it.
  struct Keep: Codable, Sendable {
    let events: [String]
    let fields: [String]
  }

  let run: String
  let purpose: ErasePurpose
  let plan: ErasePlan
  /// By request: what the receipt says of how it was searched.
  let drafts: [Receipt]
  /// By request: the folder of its receipt.
  let folders: [String]
  let keep: [Keep]
  let eventType: String?
  let destination: String?
  let maxBlock: Int
  /// By file of the plan: events, damaged places, and events of the people of which nothing is left to go, before.
  let before: [[Int]]
  /// Whether files with other names are rewritten under this one.
  let breaksHardLinks: Bool
  let signingKey: String?
  /// By request: the entry by which the person is known again; nothing where nothing goes.
  let suppressed: [SuppressionList.Entry?]
  /// Where events go for their age: what is too old.
  var retention: Retention?
  /// Where archives are in stores: how they were looked through.
  var scope: HistoryScope?
  /// Marks of the legal holds under which the plan was made.
  var holds: [String]?

  struct Retention: Codable, Sendable {
    let terms: RetentionTerms
    /// By file of the plan and rule, what becomes of how many events.
    let counts: [[Receipt.Counts]]
  }
}

/// What became of a file of the plan.
enum FileResult: Sendable {
  case committed(Receipt.RewrittenFile.After)
  /// Nothing in it changes: holds keep all of it.
  case untouched
  case left(FailureCode)
}

/// A line of the journal behind the first two.
struct JournalStep: Codable {
  /// The number of the file in the plan.
  var file: Int?
  /// It is staged, checked and synced.
  var after: Receipt.RewrittenFile.After?
  /// It has its name; of an object: it stands in the store, and was read back.
  var committed: Bool?
  /// Of an object: the ids of earlier versions that are about to be removed for good.
  var purging: [String]?
  /// No earlier version of it holds what had to go.
  var purged: Bool?
  /// Everything was tried, and receipts were written, though something is left to do.
  var ended: Bool?
  /// Its plan is not gone on with: a legal hold keeps what is left. It still tells by what the people are found.
  var givenUp: Bool?
  /// The evidence log tells of all of it.
  var told: Bool?
  /// By request: rows of the vault that are about to go.
  var vaultRows: [Int]?
  /// They are gone, from the vault's log too.
  var vaultEmptied: Bool?
}

/// The first lines of a journal.
private struct JournalHead: Codable {
  var schema = "currents-scrub/journal/1"
  let job: EraseJob
  let closure: String
}

/// A journal of an erasure, shared by the workers that write it.
actor EraseJournal {
  private var journal: Journal?
  let job: EraseJob
  let closure: EraseClosure
  /// By file: what an earlier attempt had staged.
  private(set) var staged: [Int: Receipt.RewrittenFile.After] = [:]
  private(set) var committed: Set<Int> = []
  /// By file: the ids of earlier versions that were removed, or about to be.
  private(set) var purging: [Int: Set<String>] = [:]
  private(set) var purged: Set<Int> = []
  /// Whether the evidence log tells of all of it.
  private(set) var isTold = false
  /// How often everything was tried.
  private(set) var attempts = 0
  /// Whether its plan is not gone on with.
  private(set) var isGivenUp = false
  /// By request: rows of the vault that an earlier attempt found, and was about to remove.
  private(set) var vaultRows: [Int]?
  /// Whether they are gone, from the vault's log too.
  private var isVaultEmptied = false

  /// Starts the journal of a run; it is on the disk when this returns.
  init(_ job: EraseJob, _ closure: EraseClosure, in stateFolder: String, _ stateKey: SecretBytes) throws(ScrubRefusal) {
    self.job = job
    self.closure = closure
    let head: [UInt8]
    do {
      head = try DocumentEncoder.line(of: JournalHead(job: job, closure: try closure.sealed(stateKey, run: job.run)))
    } catch {
      throw .ledger(LedgerProblem(.journalUnwritable), path: stateFolder)
    }
    do throws(LedgerProblem) { journal = try Journal.create(in: stateFolder, run: job.run, [head]) } catch {
      throw .ledger(error, path: stateFolder + "/" + Journal.folder)
    }
  }

  /// Takes up the journal that a run left behind.
  ///
  /// - Returns: nothing where its run is still on its way.
  init?(left path: String, _ stateKey: SecretBytes) throws(ScrubRefusal) {
    do throws(LedgerProblem) {
      guard let opened = try Journal.reopen(path) else { return nil }
      let lines = opened.lines
      guard let first = lines.first, let head = try? JSONDecoder().decode(JournalHead.self, from: Data(first)),
        let closure = EraseClosure(opening: head.closure, stateKey, run: head.job.run)
      else { throw LedgerProblem(.journalForeign) }
      job = head.job
      self.closure = closure
      for line in lines.dropFirst() {
        guard let step = try? JSONDecoder().decode(JournalStep.self, from: Data(line)) else {
          throw LedgerProblem(.journalForeign)
        }
        if let file = step.file, let after = step.after { staged[file] = after }
        if let file = step.file, step.committed == true { committed.insert(file) }
        if let file = step.file, let ids = step.purging { purging[file, default: []].formUnion(ids) }
        if let file = step.file, step.purged == true { purged.insert(file) }
        if step.ended == true { attempts += 1 }
        if step.givenUp == true { isGivenUp = true }
        if step.told == true { isTold = true }
        if let rows = step.vaultRows { vaultRows = rows }
        if step.vaultEmptied == true { isVaultEmptied = true }
      }
      journal = opened.takeJournal()
    } catch {
      throw .ledger(error, path: path)
    }
  }

  /// Whether every file and the vault are what they are to be, though the run left something to do.
  var isDone: Bool {
    if !(vaultRows ?? []).allSatisfy({ $0 == 0 }) && !isVaultEmptied { return false }
    return job.plan.files.indices.allSatisfy { number in
      let file = job.plan.files[number]
      let hasHistory = ObjectAddress(job.plan.archives[file.archive]) != nil
      return !file.isRewritten || committed.contains(number) && (!hasHistory || purged.contains(number))
    }
  }

  func note(_ step: JournalStep) throws(Failure) {
    do {
      try journal?.append(try DocumentEncoder.line(of: step))
    } catch {
      throw Failure(.journal)
    }
  }

  /// All is done.
  func remove() throws(ScrubRefusal) {
    guard let journal = journal.take() else { return }
    let path = journal.path
    do throws(LedgerProblem) { try journal.remove() } catch { throw .ledger(error, path: path) }
  }
}
