internal import ScrubArchive
internal import ScrubCore
internal import ScrubPolicy

/// Looks for the values of people in everything that is not theirs, in one pass over the archives.
struct ResidualSweep {
  private let context: SearchContext
  private let values: SweepValues
  private let listing: SearchListing
  /// By file.
  private let skipped: [Int: Set<EventPlace>]

  /// - Parameters:
  ///   - places: by file: all events of the people, whatever becomes of them.
  init(
    _ context: SearchContext, _ values: SweepValues, _ listing: SearchListing,
    skipping places: [Int: [EventPlace]]
  ) {
    self.context = context
    self.values = values
    self.listing = listing
    skipped = places.mapValues { Set($0) }
  }

  /// Reads everything once.
  func run(_ progress: Progress) async -> Residue {
    if values.isEmpty {
      return Residue(SweepTally(), values, outcomes: [], isInterrupted: context.interrupt.isSet)
    }
    progress.expect(listing.files.map(\.file))
    let files = listing.files
    // The largest first, so that no worker is left with one at the end.
    let board = SearchBoard(files.indices.sorted { (files[$0].file.size, $1) > (files[$1].file.size, $0) })
    let book = SweepBook(values)
    let (context, skipped) = (context, skipped)
    var tally = SweepTally()
    var outcomes: [(file: Int, outcome: FileOutcome)] = []
    await withTaskGroup(of: (SweepTally, [(Int, FileOutcome)]).self) { group in
      for _ in 0..<max(1, min(context.options.jobs, files.count)) {
        group.addTask {
          var worker = SweepWorker(context, book)
          var outcomes: [(Int, FileOutcome)] = []
          while !context.interrupt.isSet, let index = board.take() {
            let outcome = worker.sweep(files[index], number: index, skipping: skipped[index] ?? [])
            outcomes.append((index, outcome))
            progress.finished(outcome, events: worker.events)
          }
          return (worker.finish(), outcomes)
        }
      }
      for await (part, read) in group {
        tally += part
        outcomes += read.map { (file: $0, outcome: $1) }
      }
    }
    return Residue(tally, values, outcomes: outcomes, isInterrupted: context.interrupt.isSet)
  }
}

extension SweepValues {
  /// What nobody else carries of people who were found, with further values of theirs.
  ///
  /// - Parameters:
  ///   - refused: numbers of people of whom nothing is done.
  ///   - further: identifiers of kinds that no search follows, such as push tokens, by person.
  init(_ found: PeopleFound, refused: Set<Int> = [], further: [(identity: Identity, owner: Int)] = []) {
    var own = further
    for (number, person) in found.people.enumerated() where person.doubt == nil && !refused.contains(number) {
      own += person.ownAlone.map { (identity: $0, owner: number) }
    }
    self.init(own)
  }
}

extension PersonFound {
  /// The identities that no other profile carries, as far as the search tells: of devices it does not. In order.
  fileprivate var ownAlone: [Identity] {
    let kinds = Dictionary(uniqueKeysWithValues: IdentityKind.allCases.map { ($0.name, $0) })
    var alone = own
    for shared in identifiers where shared.isShared {
      if let identity = kinds[shared.kind].flatMap({ Identity($0, Array(shared.value.utf8)) }) {
        alone.remove(identity)
      }
    }
    return alone.sorted {
      $0.kind == $1.kind ? $0.text.lexicographicallyPrecedes($1.text) : $0.kind.rawValue < $1.kind.rawValue
    }
  }
}
