internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative

/// Looks behind the objects of stores, once they are what they are to be: earlier versions that a bucket keeps of them, and
/// that hold events of the people, are removed for good, each with all that is in it. Nothing else is: what cannot be
/// told, cannot be removed, or belongs to objects that were not rewritten is named.
///
/// Has no state of its own but the journal's: it may be cut off anywhere, and begun again.
struct HistoryPurge: Sendable {
  private let journal: EraseJournal
  private let context: SearchContext
  private let stateKey: SecretBytes
  /// By which the people are known in what looked otherwise once.
  private let leading: Set<Identity>

  private var job: EraseJob { journal.job }

  /// What came of it.
  struct Outcome: Sendable {
    /// What is left, or may be.
    var gaps: [Receipt.Gap] = []
    /// By archive that is in a store.
    var stores: [Receipt.Store] = []
    /// Whether there are stores, and everything that they keep was looked at.
    var isWhole = false
  }

  init(_ journal: EraseJournal, _ context: SearchContext, _ stateKey: SecretBytes) {
    self.journal = journal
    self.context = context
    self.stateKey = stateKey
    leading = Set(
      journal.job.plan.requests.filter { $0.refused == nil }.flatMap { journal.closure.seeds[$0.id] ?? [] })
  }

  /// - Parameter results: by file of the plan.
  func run(_ results: [FileResult]) async -> Outcome {
    var outcome = Outcome()
    let archives = job.plan.archives.indices.filter { ObjectAddress(job.plan.archives[$0]) != nil }
    if archives.isEmpty { return outcome }
    let rewritten = results.indices.filter { number in
      guard archives.contains(job.plan.files[number].archive), case .committed = results[number] else { return false }
      return true
    }
    let purged = await purge(rewritten)
    outcome.gaps = purged.flatMap(\.gaps)
    outcome.isWhole = true
    for archive in archives {
      var store = Receipt.Store(archive: archive)
      store.versionsPurged = purged.filter { job.plan.files[$0.file].archive == archive }.reduce(0) { $0 + $1.removed }
      do throws(Failure) {
        store.versioning = try versioning(of: job.plan.archives[archive])
        let files = rewritten.map { job.plan.files[$0] }.filter { $0.archive == archive }
        outcome.gaps += try gaps(behind: archive, but: Set(files.map(\.path)))
      } catch {
        let path = Receipt.text(ofPath: Array(job.plan.archives[archive].utf8))
        outcome.gaps.append(Receipt.Gap(archive: nil, path: path, code: error.code.rawValue))
        outcome.isWhole = false
      }
      outcome.stores.append(store)
    }
    return outcome
  }

  private func versioning(of archive: String) throws(Failure) -> Receipt.Store.Versioning {
    do throws(Failure) {
      guard let state = try ObjectHistory(of: archive)?.versioning() else { return .unknown }
      return Receipt.Store.Versioning(rawValue: state.rawValue) ?? .unknown
    } catch {
      // Not everybody may ask; the list of versions tells what there is.
      guard error.code == .denied else { throw error }
      return .unknown
    }
  }

  // MARK: what was rewritten

  private struct Purged: Sendable {
    let file: Int
    var removed = 0
    var gaps: [Receipt.Gap] = []
  }

  private func purge(_ files: [Int]) async -> [Purged] {
    let (purging, done) = (await journal.purging, await journal.purged)
    let parts = await shareOut(files, jobs: context.options.jobs, context.interrupt) {
    } _: { (_: Void, number) in
      var purged = Purged(file: number, removed: purging[number]?.count ?? 0)
      if !done.contains(number) { await purge(&purged, known: purging[number] ?? []) }
      return purged
    }
    return parts.sorted { $0.0 < $1.0 }.map(\.1)
  }

  private func purge(_ purged: inout Purged, known: Set<String>) async {
    let file = job.plan.files[purged.file]
    func note(_ code: FailureCode) {
      let gap = Receipt.Gap(archive: file.archive, path: Receipt.text(ofPath: Array(file.path.utf8)), code: code.rawValue)
      if !purged.gaps.contains(where: { $0.code == gap.code }) { purged.gaps.append(gap) }
    }
    do throws(Failure) {
      guard let history = try ObjectHistory(of: job.plan.path(of: file)) else { return }
      var doomed: [ObjectVersion] = []
      for version in try history.versions() where !version.isRemoval {
        do throws(Failure) { if try isDoomed(version, of: file, history) { doomed.append(version) } } catch { note(error.code) }
      }
      if !doomed.isEmpty { try await journal.note(JournalStep(file: purged.file, purging: doomed.map(\.id))) }
      var removed = known
      for version in doomed {
        do throws(Failure) {
          try history.remove(version)
          removed.insert(version.id)
        } catch {
          removed.remove(version.id)
          note(error.code)
        }
      }
      purged.removed = removed.count
      if try history.unfinishedUploads() > 0 { note(.unfinishedUpload) }
      if purged.gaps.isEmpty { try await journal.note(JournalStep(file: purged.file, purged: true)) }
    } catch {
      note(error.code)
    }
  }

  /// Whether a version has to go.
  ///
  /// - Throws: `Failure` where it may have to, and does not.
  private func isDoomed(
    _ version: ObjectVersion, of file: ErasePlan.File, _ history: ObjectHistory
  ) throws(Failure) -> Bool {
    let isRead = try isRead(version, of: file)
    if version.isLatest {
      // Somebody took away what was written over it.
      if isRead { throw Failure(.changed) }
      return false
    }
    if isRead { return true }
    guard try holds(history.path(of: version), file.path, version.size) else { return false }
    // What stays by a legal hold stands in the object too if it did in what was read; in older ones nobody looked.
    if job.plan.reasons.contains(where: { $0.kind == .hold }) { throw Failure(.earlierVersion) }
    return true
  }

  /// Whether a version is the one that was read. Those of a time when the bucket kept none have one id, and differ in marks.
  private func isRead(_ version: ObjectVersion, of file: ErasePlan.File) throws(Failure) -> Bool {
    if let id = file.identity.version { return version.id == id }
    guard version.id == "null" else { return false }
    return try ErasePlan.Identity.keyed(version.tag, stateKey) == file.identity.tag
  }

  /// Whether a version holds events of the people.
  ///
  /// - Throws: `Failure` where not all of it can be read, and nothing was found in the rest.
  private func holds(_ path: String, _ name: String, _ size: Int) throws(Failure) -> Bool {
    if size == 0 { return false }
    let closure = journal.closure
    var finder = PersonFinder(context, closure.watch)
    let search = finder.search(ArchiveFile(path: path, relative: name, size: size), filter: nil)
    let (carriers, destination) = (finder.carriers, finder.destination)
    let isFound = search.findings.sightings.contains { sighting in
      let carrier = carriers[sighting.carrier]
      return closure.covers(carrier, time: sighting.time, in: destination)
        || carrier.values.contains { leading.contains($0.identity) }
    }
    if isFound { return true }
    if let failure = search.outcome.failure { throw failure }
    if search.outcome.withheldCount > 0 { throw Failure(.unreadable) }
    return false
  }

  // MARK: what was not

  /// Earlier versions of other objects of an archive that hold events of the people, or may: be it that the object was
  /// removed, or that it was replaced by somebody else.
  ///
  /// - Parameter rewritten: paths of those that were looked at.
  private func gaps(behind archive: Int, but rewritten: Set<String>) throws(Failure) -> [Receipt.Gap] {
    let given = job.inputs.flatMap { $0.indices.contains(archive) ? $0[archive] : nil } ?? job.plan.archives[archive]
    guard let history = try ObjectHistory(of: given) else { return [] }
    var gaps: [Receipt.Gap] = []
    for (name, version) in try history.earlierVersions() where !rewritten.contains(name) && !context.interrupt.isSet {
      var code: FailureCode?
      do throws(Failure) { if try holds(history.path(of: version), name, version.size) { code = .earlierVersion } } catch {
        code = error.code
      }
      guard let code, !gaps.contains(where: { $0.path == name && $0.code == code.rawValue }) else { continue }
      gaps.append(Receipt.Gap(archive: archive, path: Receipt.text(ofPath: Array(name.utf8)), code: code.rawValue))
    }
    return gaps
  }
}
