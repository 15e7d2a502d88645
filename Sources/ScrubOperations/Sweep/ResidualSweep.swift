internal import ScrubArchive
internal import ScrubCore
internal import ScrubPolicy

/// Looks for the values of people in everything that is not theirs, in one pass over the archives.
struct ResidualSweep {
  private let context: SearchContext
  private let book: SweepBook
  private let listing: SearchListing
  /// By file.
  let skipped: [Int: Set<EventPlace>]

  var values: SweepValues { book.values }

  /// What was found in some of the files.
  struct Found: Sendable {
    var tally = SweepTally()
    var outcomes: [(file: Int, outcome: FileOutcome)] = []
  }

  /// - Parameters:
  ///   - places: by file: all events of the people, whatever becomes of them.
  init(
    _ context: SearchContext, _ values: SweepValues, _ listing: SearchListing,
    skipping places: [Int: [EventPlace]]
  ) {
    self.context = context
    book = SweepBook(values)
    self.listing = listing
    skipped = places.mapValues { Set($0) }
  }

  /// Reads everything once.
  ///
  /// - Parameter shared: takes it from other machines; nothing has it read here.
  func run(
    _ progress: Progress, _ pseudonyms: KnownPseudonyms, shared: SharedPasses? = nil
  ) async throws(ScrubRefusal) -> Residue {
    var found: [Found] = []
    if !values.isEmpty {
      let files = listing.files.enumerated().map { (number: $0, file: $1) }
      found = if let shared { try shared.found(self) } else { [await read(files, progress)] }
    }
    var whole = Found()
    whole.tally = inPaths
    for one in found {
      whole.tally += one.tally
      whole.outcomes += one.outcomes
    }
    var values = values
    for workspace in Set(whole.tally.counts.keys.lazy.map(\.workspace)) {
      if let opened = try pseudonyms.workspace(standingAs: workspace) { values.note(workspace, standingFor: opened) }
    }
    var residue = Residue(whole.tally, values, outcomes: whole.outcomes, isInterrupted: context.interrupt.isSet)
    for (file, outcome) in whole.outcomes { residue.states[file] = outcome.state }
    return residue
  }

  /// What the paths of the files hold, which are listed already.
  private var inPaths: SweepTally {
    var tally = SweepTally()
    var sweep = NameSweep(book)
    for file in listing.files {
      for value in sweep.values(in: listing.archives[file.archive] + "/" + file.file.relative) {
        tally.note(value, inPathOf: file)
      }
    }
    return tally
  }

  /// Reads files of the archives, each with its number.
  func read(_ files: [(number: Int, file: SearchedFile)], _ progress: Progress) async -> Found {
    let skipped = skipped
    return await read(files, progress) { .but(skipped[$0] ?? []) }
  }

  /// Counts once more, in nothing but some events.
  ///
  /// - Parameter places: by file.
  func count(in places: [Int: [EventPlace]], _ progress: Progress) async -> Found {
    let chosen = places.mapValues { Set($0) }
    return await read(chosen.keys.sorted().map { ($0, listing.files[$0]) }, progress) { .only(chosen[$0] ?? []) }
  }

  private func read(
    _ files: [(number: Int, file: SearchedFile)], _ progress: Progress, _ events: @escaping @Sendable (Int) -> SweptEvents
  ) async -> Found {
    progress.expect(files.map(\.file.file))
    // The largest first, so that no worker is left with one at the end.
    let order = files.sorted { ($0.file.file.size, $1.number) > ($1.file.file.size, $0.number) }
    let board = SearchBoard(Array(order.indices))
    let book = book
    let context = context
    return await withTaskGroup(of: Found.self) { group in
      for _ in 0..<max(1, min(context.options.jobs, order.count)) {
        group.addTask {
          var worker = SweepWorker(context, book)
          var found = Found()
          while !context.interrupt.isSet, let place = board.take() {
            let (number, file) = order[place]
            let outcome = worker.sweep(file, number: number, events(number))
            found.outcomes.append((number, outcome))
            progress.finished(outcome, events: worker.events)
          }
          found.tally = worker.finish()
          return found
        }
      }
      var whole = Found()
      for await found in group {
        whole.tally += found.tally
        whole.outcomes += found.outcomes
      }
      return whole
    }
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
    let substitutes = found.substitutes
    for (number, person) in found.people.enumerated() where person.doubt == nil && !refused.contains(number) {
      let alone = person.ownAlone
      let standing = (substitutes[number] ?? [:]).filter { alone.contains($0.value) }.keys
      own += (Self.sorted(alone) + Self.sorted(standing)).map { (identity: $0, owner: number) }
    }
    self.init(own)
  }

  /// Limits what counts of people to the workspaces of their requests.
  mutating func limit(_ people: [PersonFound], _ pseudonyms: KnownPseudonyms) throws(ScrubRefusal) {
    var spellings: [Set<[UInt8]>] = []
    for person in people {
      var own = person.search.allowed
      for workspace in person.search.allowed { own.formUnion(try pseudonyms.aliases(ofWorkspace: workspace)) }
      spellings.append(own)
    }
    limit(to: spellings)
  }

  private static func sorted(_ identities: some Sequence<Identity>) -> [Identity] {
    identities.sorted {
      $0.kind == $1.kind ? $0.text.lexicographicallyPrecedes($1.text) : $0.kind.rawValue < $1.kind.rawValue
    }
  }
}

extension PersonFound {
  /// The identities that no other profile carries, as far as the search tells: of devices it does not.
  fileprivate var ownAlone: Set<Identity> {
    let kinds = Dictionary(uniqueKeysWithValues: IdentityKind.allCases.map { ($0.name, $0) })
    var alone = own
    for shared in identifiers where shared.isShared {
      if let identity = kinds[shared.kind].flatMap({ Identity($0, Array(shared.value.utf8)) }) {
        alone.remove(identity)
      }
    }
    return alone
  }
}
