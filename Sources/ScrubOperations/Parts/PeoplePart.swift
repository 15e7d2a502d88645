internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
package import ScrubPolicy

/// One part of a run that looks for people, in the round that is due. Who they are, it learns from the round.
package struct PeoplePart: Sendable {
  private let command: String
  private let catalog: Catalog
  private let made: [ScrubbedWith]
  private let jobs: Int
  private let stateFolder: String
  private let interrupt: Interrupt
  private let progress: Progress

  /// - Parameters:
  ///   - command: `export` or `erase`.
  ///   - made: how archives were scrubbed that are searched too, as the plan was told.
  ///   - jobs: workers.
  ///   - stateFolder: with a copy of the key of the state folder that planned.
  package init(
    _ command: String, _ catalog: Catalog, _ made: [ScrubbedWith], jobs: Int, stateFolder: String, interrupt: Interrupt,
    progress: Progress
  ) {
    self.command = command
    self.catalog = catalog
    self.made = made
    self.jobs = jobs
    self.stateFolder = stateFolder
    self.interrupt = interrupt
    self.progress = progress
  }

  /// - Parameter number: from 1.
  package func run(_ number: Int, of parts: Int, meetingIn place: String) async throws(ScrubRefusal) -> PartDone {
    try StoreAddresses.checkInputs([place])
    do throws(Failure) {
      let folder = try PartsFolder(place)
      let hold = try PartsHold.take(place, alone: false)
      let (plan, id) = try folder.planInForce()
      guard let people = plan.people, people.command == command, plan.parts == parts,
        try people.catalog == catalog.digest(), try people.keys == made.keyNames()
      else { throw Failure(.otherParts, path: place) }
      guard let stateKey = StateKey.existing(in: stateFolder), try PartsPlan.check(of: stateKey) == people.stateKey else {
        throw Failure(.partStateKey, path: stateFolder)
      }
      let sealed = try SealedParts(folder, stateKey)
      let (round, ordinal) = try Self.current(sealed, plan)
      var done = PartDone(command, .part(number, of: parts), round: ordinal)
      guard round.files.indices.contains(number - 1), round.lists.indices.contains(number - 1) else {
        throw Failure(.partDamaged, path: place, place: Round.name(of: ordinal))
      }
      // Later rounds read few files.
      if round.files[number - 1] == 0 { return done }
      let name = Round.found(by: number, in: ordinal)
      if let earlier: RoundFound = try sealed.read(name, boundTo: round.id) {
        done.take(earlier)
        done.already = true
        return done
      }
      let items = try folder.items(in: Round.list(of: number, in: ordinal), digest: round.lists[number - 1])
      let found = try await find(round.query, items, people)
      if interrupt.isSet {
        done.exit = 130
      } else {
        // Nobody waits for what was given up or ended meanwhile.
        try sealed.write(found, as: name, boundTo: round.id, under: id)
        done.take(found)
      }
      _ = consume hold
      return done
    } catch {
      throw .ofOutput(error)
    }
  }

  /// The round that was announced last, with its number.
  private static func current(_ sealed: SealedParts, _ plan: PartsPlan) throws(Failure) -> (round: Round, number: Int) {
    var last: (round: Round, number: Int)?
    while true {
      let number = (last?.number ?? 0) + 1
      guard let next: Round = try sealed.read(Round.name(of: number), boundTo: last?.round.id ?? plan.nonce) else { break }
      last = (next, number)
    }
    guard let last else { throw Failure(.noParts, path: sealed.folder.place) }
    return last
  }

  private func find(
    _ query: RoundQuery, _ items: [PartsPlan.Item], _ people: PartsPlan.People
  ) async throws(Failure) -> RoundFound {
    var options = SearchOptions()
    options.eventType = people.eventType
    options.destination = people.destination
    options.maxBlock = people.maxBlock
    options.jobs = jobs
    let context = SearchContext(catalog, options, interrupt)
    var found = RoundFound()
    var outcomes: [FileOutcome] = []
    if let search = query.search {
      let pass = search.pass(over: items.map(\.number))
      let workers: [SearchPass.Found]
      do throws(ScrubRefusal) {
        workers = try await pass.read(items.map { ($0.number, $0.file) }, context, made: made, progress)
      } catch {
        throw Failure(.native)
      }
      found.searches = workers.map { RoundFound.Searched($0) }
      outcomes = workers.flatMap { $0.searches.map(\.search.outcome) }
      found.events = workers.flatMap(\.searches).reduce(0) { $0 + $1.search.findings.events }
    } else if let sweep = query.sweep {
      let places = Dictionary(sweep.skipped.map { ($0.file, $0.places.map(\.place)) }) { first, _ in first }
      let swept = await ResidualSweep(context, sweep.values, SearchListing(), skipping: places)
        .read(items.map { ($0.number, SearchedFile(file: $0.file, archive: $0.archive ?? 0)) }, progress)
      found.sweeps = [RoundFound.Swept(swept)]
      outcomes = swept.outcomes.map(\.outcome)
      found.events = progress.events
    }
    found.files = items.count
    found.bytes = outcomes.reduce(0) { $0 + $1.bytesIn }
    found.exit = outcomes.contains { $0.failure != nil || $0.withheldCount > 0 } ? 2 : 0
    return found
  }
}

extension PartDone {
  /// What a part found.
  fileprivate mutating func take(_ found: RoundFound) {
    files = found.files
    events = found.events
    bytes = found.bytes
    exit = found.exit
  }
}
