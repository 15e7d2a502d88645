internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy
internal import Synchronization

/// One pass of a search for people over archives: what is looked for, and where.
struct SearchPass: Sendable {
  /// The numbers of the files that are read, in their order.
  let files: [Int]
  let identities: Set<Identity>
  /// Of identities that nobody knows otherwise.
  let digests: Set<PersonSearch.DigestSeed>
  /// Pseudonyms of which nobody knows what they stand for.
  var tokens: Set<Identity> = []
  /// Of files with lower numbers it is noted what identities they may hold.
  let filtersBefore: Int

  /// What one worker found: files by their numbers, with numbers of its own for what events carry.
  struct Found: Sendable {
    var searches: [(file: Int, search: FileSearch)] = []
    var book = SightingBook()
  }

  /// Reads files, whose numbers are among those of the pass.
  ///
  /// - Parameter made: how pseudonyms were made, and under which keys the sealed tokens that are opened.
  /// - Returns: what each worker found.
  func read(
    _ files: [(number: Int, file: ArchiveFile)], _ context: SearchContext, made: [ScrubbedWith], _ progress: Progress
  ) async throws(ScrubRefusal) -> [Found] {
    progress.expect(files.map(\.file))
    let watch = WatchList(
      identities, digests: digests.compactMap(\.watched))
    // The largest first, so that no worker is left with one at the end.
    let order = files.sorted { ($0.file.size, $1.number) > ($1.file.size, $0.number) }
    let board = SearchBoard(Array(order.indices))
    let workers = await withTaskGroup(of: Result<Found, ScrubRefusal>.self) { group in
      for _ in 0..<max(1, min(context.options.jobs, order.count)) {
        group.addTask {
          do throws(ScrubRefusal) {
            var finder = PersonFinder(context, watch)
            do throws(NativeError) { try finder.openTokens(with: made.flatMap(\.keys)) } catch { throw .key(KeyRefusal(code: .native)) }
            let origins = tokens.isEmpty ? nil : try Origins(made, of: tokens)
            let collector = origins?.collector
            if let collector { finder.collect(for: collector) }
            var found = Found()
            while !context.interrupt.isSet, let place = board.take() {
              let (number, file) = order[place]
              let filter = number < filtersBefore ? IdentityFilter(byteCount: file.size) : nil
              let search = finder.search(file, filter: filter)
              found.searches.append((number, search))
              progress.finished(search.outcome, events: search.findings.events)
            }
            _ = collector?.finishFile()
            if let refusal = origins?.refusal { throw refusal }
            found.book = finder.finish()
            for (token, identity) in origins?.found ?? [:] { found.book.note(token: token, of: identity) }
            return .success(found)
          } catch {
            return .failure(error)
          }
        }
      }
      var workers: [Result<Found, ScrubRefusal>] = []
      for await worker in group { workers.append(worker) }
      return workers
    }
    var found: [Found] = []
    for worker in workers { found.append(try worker.get()) }
    return found
  }
}

/// Which files a pass still has to read: the only thing that its workers share and change.
final class SearchBoard: Sendable {
  private let order: [Int]
  private let next = Atomic<Int>(0)

  init(_ order: [Int]) { self.order = order }

  func take() -> Int? {
    let place = next.add(1, ordering: .relaxed).oldValue
    return place < order.count ? order[place] : nil
  }
}
