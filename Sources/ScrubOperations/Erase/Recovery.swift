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
  private let holds: LegalHolds
  private let made: [ScrubbedWith]
  private let interrupt: Interrupt
  private let progress: Progress

  /// - Parameters:
  ///   - holds: that keep what they name from plans that were made without them.
  ///   - made: how archives were scrubbed, in which holds know people by their pseudonyms.
  package init(
    _ catalog: Catalog, stateFolder: String, jobs: Int, holds: LegalHolds = LegalHolds(), made: [ScrubbedWith] = [],
    interrupt: Interrupt, progress: Progress
  ) {
    self.holds = holds
    self.made = made
    self.catalog = catalog
    self.stateFolder = stateFolder
    self.jobs = jobs
    self.interrupt = interrupt
    self.progress = progress
  }

  /// How many erasures left something to do.
  package static func count(in stateFolder: String) -> Int { Journal.left(in: stateFolder).count }

  /// What earlier erasures left.
  struct Left: Sendable {
    /// Of those that were cut off, and are finished now: what became of each request.
    var answers: [EraseResult.Answer] = []
    /// By request of the run that asks, also of those that came to their end with something left to do: what they knew of
    /// the person, a profile each.
    var learned: [String: [Carrier]] = [:]
    /// By request: files, and archives, in which something was left to do, be it that they could not be read.
    var unfinished: [String: Set<String>] = [:]
    /// Requests of the run that asks which are among the answers.
    var finished: Set<String> = []

    /// Takes over what is new.
    mutating func learn(_ profiles: [Carrier], of request: String) {
      learned[request, default: []] += profiles.filter { !(learned[request] ?? []).contains($0) }
    }

    /// - Parameter asked: by the requests of the run that asks.
    fileprivate mutating func learn(_ journal: EraseJournal, _ asked: [String: AskedPerson]) {
      for (request, profiles) in journal.closure.learned where journal.isOfOne(request, asked) { learn(profiles, of: request) }
      let plan = journal.job.plan
      for (number, draft) in journal.job.drafts.enumerated() where journal.isOfOne(draft.request.id, asked) {
        let unread = draft.gaps.map { gap in
          gap.archive.map { gap.path.isEmpty ? plan.archives[$0] : plan.archives[$0] + "/" + gap.path } ?? gap.path
        }
        let planned = plan.files.filter { file in file.places.contains { $0.requests.contains(number) } }.map(plan.path)
        unfinished[draft.request.id, default: []].formUnion(unread + planned)
      }
    }
  }

  /// Finishes all that were cut off, oldest first. Those that another process is at are left to it. Those that came to
  /// their end with something left to do are tried again by a run of the same requests only. A plan is given up that a
  /// legal hold speaks against: what it had rewritten by then is told, and whoever asks again plans under the hold.
  ///
  /// - Parameter requests: of the run that asks.
  /// - Throws: `ScrubRefusal` when a journal cannot be read, or another run holds an archive.
  func finish(for requests: [AccessRequest] = []) async throws(ScrubRefusal) -> Left {
    var left = Left()
    Journal.clearUnfinished(in: stateFolder)
    try await forEach { (journal, stateKey) async throws(ScrubRefusal) in
      let asked = try AskedPerson.of(requests, Suppression(stateKey))
      left.learn(journal, asked)
      if await journal.isGivenUp { return }
      let isHeld = try isHeld(journal, stateKey)
      if await journal.attempts > 0 {
        if isHeld { return try await journal.giveUp() }
        if await journal.isDone || !journal.isOf(asked) { return }
      }
      let locks = try ArchiveLocks(journal.job.plan.archives)
      try ScrubRefusal.ofOutput { () throws(Failure) in try journal.job.plan.checkNoParts() }
      let execution = EraseExecution(
        journal, context(of: journal.job), locks.outputs, stateFolder: stateFolder, stateKey, progress, isHeld: isHeld)
      for (receipt, folder) in try await execution.run().receipts {
        var answer = EraseResult.Answer(request: receipt.request.id, state: receipt.state)
        answer.take(receipt, folder: folder)
        left.answers.append(answer)
        if journal.isOfOne(receipt.request.id, asked) { left.finished.insert(receipt.request.id) }
      }
      locks.release()
    }
    return left
  }

  /// Whether a hold may keep what a plan takes out that was made without it.
  private func isHeld(_ journal: EraseJournal, _ stateKey: SecretBytes) throws(ScrubRefusal) -> Bool {
    if holds.holds.isEmpty { return false }
    let job = journal.job
    let new = try holds.without(job.holds ?? [], Suppression(stateKey))
    if new.holds.isEmpty { return false }
    // Whose events go for their age, or around what is redacted, nobody knows.
    let isOfAnybody = job.purpose == .retention || job.plan.files.contains { $0.places.contains { $0.action == .redact } }
    if isOfAnybody { return true }
    let own = journal.closure.identities
    let names = try Suppression.names(of: [own], in: new, stateFolder) + new.names(of: [own], under: KnownPseudonyms(made))
    return !new.on(names.reduce(own) { $0.union($1) }).isEmpty
  }

  /// What earlier erasures left, without finishing any.
  func look(for requests: [AccessRequest]) async throws(ScrubRefusal) -> Left {
    var left = Left()
    try await forEach { (journal, stateKey) async throws(ScrubRefusal) in
      left.learn(journal, try AskedPerson.of(requests, Suppression(stateKey)))
    }
    return left
  }

  /// Forgets what requests left to do: a later run did all of it, or looked for all of it again and has a journal of its own.
  ///
  /// - Parameter newer: of a run that left something to do, too; nothing where it did all.
  func forget(_ requests: [AccessRequest], for newer: EraseJournal? = nil) async throws(ScrubRefusal) {
    try await forEach { (journal, stateKey) async throws(ScrubRefusal) in
      let isOfThese = journal.isOf(try AskedPerson.of(requests, Suppression(stateKey)))
      if await journal.attempts > 0 && isOfThese && newer.map(journal.isWithin) ?? true { try await journal.remove() }
    }
  }

  private func forEach(
    _ body: (EraseJournal, SecretBytes) async throws(ScrubRefusal) -> Void
  ) async throws(ScrubRefusal) {
    let left = Journal.left(in: stateFolder)
    if left.isEmpty { return }
    guard let stateKey = StateKey.existing(in: stateFolder) else { throw .key(KeyRefusal(code: .noState)) }
    for path in left {
      if let journal = try EraseJournal(left: path, stateKey) { try await body(journal, stateKey) }
    }
  }

  /// Finishes all that were cut off.
  ///
  /// - Returns: what became of each request.
  package func run() async throws(ScrubRefusal) -> [EraseResult.Answer] { try await finish().answers }

  private func context(of job: EraseJob) -> SearchContext {
    var options = SearchOptions()
    options.eventType = job.eventType
    options.destination = job.destination.flatMap { Destination(rawValue: $0) }
    options.maxBlock = job.maxBlock
    options.jobs = jobs
    return SearchContext(catalog, options, interrupt)
  }
}

extension EraseJournal {
  /// Whether another one looked wherever this one did, was not limited more, and finds the people by all that this one
  /// knows. Behind objects of stores it may find less.
  fileprivate nonisolated func isWithin(_ newer: EraseJournal) -> Bool {
    let (new, old) = (newer.job, job)
    return new.run != old.run && old.scope == nil && Set(old.plan.archives).isSubset(of: new.plan.archives)
      && (new.eventType, new.destination) == (old.eventType, old.destination)
      && closure.learned.allSatisfy { newer.closure.identities(of: $0.key).isSuperset(of: closure.identities(of: $0.key)) }
  }

  /// Goes on with its plan no more.
  fileprivate func giveUp() throws(ScrubRefusal) {
    do throws(Failure) { try note(JournalStep(givenUp: true)) } catch { throw .file(error) }
  }

  /// Whether a run asks for all that this one was asked for.
  fileprivate nonisolated func isOf(_ asked: [String: AskedPerson]) -> Bool {
    job.plan.requests.allSatisfy { isOfOne($0.id, asked) }
  }

  /// Whether one of its requests is about the same person as one of a later run with its id.
  fileprivate nonisolated func isOfOne(_ request: String, _ later: [String: AskedPerson]) -> Bool {
    guard let known = job.plan.requests.first(where: { $0.id == request })?.asked, let later = later[request] else { return false }
    return known.isAsked(by: later)
  }
}

/// The archives of a run, held against other runs; those that are outputs of scrubs, and outputs in which archives lie,
/// against scrubs, too, which would write back what was taken out of them. Never leaves its task.
final class ArchiveLocks {
  private let folders: [String]
  /// The outputs.
  private(set) var outputs: Set<String> = []
  private var locks: [LockBox] = []
  private var storeLocks: [StoreLock] = []

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
      do throws(Failure) {
        if let address = ObjectAddress(folder) {
          let lock = try StoreLock.take(ArchiveLock.name, in: try StoreFolder(address), of: address, held: .archiveLocked)
          storeLocks.append(lock)
          try lock.checkConditions()
          lock.keepAlive()
        } else {
          locks.append(LockBox(try ArchiveLock.take(folder)))
        }
        try takeOutput(folder)
        for around in Self.folders(around: folder) where !outputs.contains(around) {
          do throws(Failure) { try takeOutput(around) } catch {
            // Credentials may be for a part of a bucket only.
            if error.code != .denied { throw error }
          }
        }
      } catch {
        release()
        throw .ofOutput(error)
      }
    }
  }

  private func takeOutput(_ folder: String) throws(Failure) {
    // What parts of a scrub left tells digests of files as they are now.
    try PartsFolder.checkNone(in: folder)
    if let address = ObjectAddress(folder) {
      guard try OutputStore.isOutput(address) else { return }
      storeLocks.append(try OutputStore.hold(address))
    } else {
      guard OutputFolder.isOutput(folder) else { return }
      locks.append(LockBox(try OutputFolder.hold(folder)))
    }
    outputs.insert(folder)
  }

  /// The folders in which an archive lies, be they in a store.
  private static func folders(around archive: String) -> [String] {
    let isInStore = ObjectAddress(archive) != nil
    var folders: [String] = []
    var folder = archive
    while let slash = folder.utf8.lastIndex(of: UInt8(ascii: "/")), slash > folder.startIndex {
      folder = String(folder[..<slash])
      if isInStore && ObjectAddress(folder) == nil { break }
      folders.append(folder)
    }
    return folders
  }

  /// Lets them go; so does the end of this value.
  func release() {
    locks = []
    for lock in storeLocks { lock.release() }
    storeLocks = []
    outputs = []
  }

  deinit { release() }
}
