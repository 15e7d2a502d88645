internal import ScrubArchive
internal import ScrubNative

/// Removes, once the objects of stores are what they are to be, the earlier versions of them that hold events of the people
/// for good, each with all that is in it. Nothing else is: what cannot be told, cannot be removed, or belongs to objects
/// that were not rewritten is named.
///
/// Has no state of its own but the journal's: it may be cut off anywhere, and begun again.
struct HistoryPurge: Sendable {
  private let journal: EraseJournal
  private let context: SearchContext
  private let digestKey: FileDigestKey

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

  init(_ journal: EraseJournal, _ context: SearchContext, digestKey: FileDigestKey) {
    self.journal = journal
    self.context = context
    self.digestKey = digestKey
  }

  /// - Parameter results: by file of the plan.
  func run(_ results: [FileResult]) async -> Outcome {
    var outcome = Outcome()
    guard let scope = job.scope else { return outcome }
    let search = HistorySearch(job.plan, scope, job.purpose, journal.closure, context, digestKey: digestKey)
    let archives = search.archives
    let rewritten = results.indices.filter { number in
      guard archives.contains(job.plan.files[number].archive), case .committed = results[number] else { return false }
      return true
    }
    let purged = await purge(rewritten, search)
    outcome.gaps = purged.flatMap(\.gaps)
    outcome.isWhole = true
    for archive in archives {
      var store = Receipt.Store(archive: archive)
      store.versionsPurged = purged.filter { job.plan.files[$0.file].archive == archive }.reduce(0) { $0 + $1.removed }
      do throws(Failure) {
        store.versioning = try versioning(of: job.plan.archives[archive])
        let looked = rewritten.map { job.plan.files[$0] }.filter { $0.archive == archive }.map(\.path)
        outcome.gaps += try await search.gaps(behind: archive, but: looked)
        if try ObjectHistory(of: job.plan.archives[archive])?.listsEverything == false { outcome.isWhole = false }
      } catch {
        outcome.gaps.append(Receipt.Gap(ofArchive: job.plan.archives[archive], error.code))
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

  private struct Purged: Sendable {
    let file: Int
    var removed = 0
    var gaps: [Receipt.Gap] = []
  }

  private func purge(_ files: [Int], _ search: HistorySearch) async -> [Purged] {
    let (purging, done) = (await journal.purging, await journal.purged)
    let parts = await shareOut(files, jobs: context.options.jobs, context.interrupt) {
    } _: { (_: Void, number) in
      var purged = Purged(file: number, removed: purging[number]?.count ?? 0)
      if !done.contains(number) { await purge(&purged, known: purging[number] ?? [], search) }
      return purged
    }
    return parts.sorted { $0.0 < $1.0 }.map(\.1)
  }

  private func purge(_ purged: inout Purged, known: Set<String>, _ search: HistorySearch) async {
    let file = job.plan.files[purged.file]
    var found = HistorySearch.Found()
    do throws(Failure) {
      found = try search.look(behind: file, isRewritten: true)
      if !found.doomed.isEmpty { try await journal.note(JournalStep(file: purged.file, purging: found.doomed.map(\.id))) }
      guard let history = try ObjectHistory(of: job.plan.path(of: file)) else { return }
      var removed = known
      for version in found.doomed {
        do throws(Failure) {
          try history.remove(version)
          removed.insert(version.id)
        } catch {
          removed.remove(version.id)
          found.note(error.code)
        }
      }
      purged.removed = removed.count
      if found.codes.isEmpty { try await journal.note(JournalStep(file: purged.file, purged: true)) }
    } catch {
      found.note(error.code)
    }
    purged.gaps = found.codes.map { Receipt.Gap(file, $0) }
  }
}
