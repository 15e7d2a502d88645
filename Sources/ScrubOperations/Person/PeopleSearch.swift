internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// A search for the people of several requests: as many passes over the archives as it takes to know who they are.
///
/// The first pass reads everything and notes, beside what it looks for, what identities each file may hold. What is
/// learned in a pass is looked for in the next, which reads only files that may hold it, until nothing new is learned.
struct PeopleSearch {
  private let context: SearchContext
  private let progress: Progress
  private let pseudonyms: KnownPseudonyms
  private let fingerprints: Fingerprints
  /// Nothing where this machine reads the archives.
  private let shared: SharedPasses?

  private var files: [SearchedFile] = []
  private var results: [FileSearch?] = []
  /// What events carry, as they spell it; sightings name them by their numbers here.
  private var book = CarrierBook()
  private var spellings: [Identity: [UInt8]] = [:]
  /// As requests spell identities.
  private var given: [Identity: Set<[UInt8]>] = [:]
  private var aliases = Aliases()
  private var watched: Set<Identity> = []
  /// Pseudonyms of which it was asked already what they stand for.
  private var asked: Set<Identity> = []
  /// Of requests, and of the first so many carriers.
  private var workspaces: Set<[UInt8]> = []
  private var carriersWithKnownWorkspaces = 0
  private var passes = 0
  private var reread = 0

  /// What a person's events tell is known after a few passes. Where so many were not enough, what stands in them is no one
  /// person's, and whoever writes into an archive could have it read for ever.
  private static let passLimit = 64

  /// Memory for what files may hold, in bytes; files beyond are read in every pass.
  private static let filterLimit = 64 << 20

  /// - Parameter shared: takes passes from other machines; nothing has them made here.
  init(
    _ context: SearchContext, progress: Progress, pseudonyms: KnownPseudonyms, _ fingerprints: Fingerprints,
    shared: SharedPasses? = nil
  ) {
    self.context = context
    self.progress = progress
    self.pseudonyms = pseudonyms
    self.fingerprints = fingerprints
    self.shared = shared
  }

  /// Searches until nothing new is learned.
  mutating func run(_ listing: SearchListing, _ requests: [PersonSearch]) async throws(ScrubRefusal) -> PeopleFound {
    files = listing.files
    results = Array(repeating: nil, count: files.count)
    var requests = requests
    var wanted = requests.reduce(into: Set<Identity>()) {
      $0.formUnion($1.seeds)
      $0.formUnion($1.probes)
      $0.formUnion($1.learned.lazy.flatMap(\.values).map(\.identity))
    }
    for request in requests { request.noteDigests(in: &aliases) }
    // Looked for they are not: whom a person may decide to include, others lead to.
    for identity in requests.flatMap(\.includedIDs) { _ = try everything(of: [identity]) }
    for (identity, spelled) in requests.flatMap(\.spellings) { given[identity, default: []].formUnion(spelled) }
    var reading = Array(files.indices)
    var judged = Judged()
    var sought = try everything(of: wanted)
    var tokens: Set<Identity> = []
    while true {
      watched.formUnion(wanted)
      // What was learned may stand in no file that is to be read again.
      if passes == 0 || !reading.isEmpty { passes += 1 }
      if passes > 1 { reread += reading.count }
      try await read(pass(over: reading, for: sought, tokens, requests))
      wanted = []
      try noteWorkspaces(requests)
      for index in requests.indices { wanted.formUnion(requests[index].resolveDigests(aliases)) }
      let isSame = if let told = judged.aliases { wanted.isEmpty && isNothingNew(reading, requests, told) } else { false }
      if !isSame {
        judged = await judge(requests)
        if passes >= Self.passLimit, giveUp(&requests, judged) { judged = await judge(requests) }
      }
      for (index, one) in judged.verdicts.enumerated() where !requests[index].isEndless { wanted.formUnion(one.verdict.wanted) }
      // Of a spelling that was met there may be digests, too.
      let all = try everything(of: watched.union(wanted))
      if context.interrupt.isSet { break }
      let new = all.subtracting(sought)
      reading = mayHold(new)
      tokens = []
      if new.isEmpty {
        tokens = try unexplained(judged)
        // Of what was not scrubbed they may be made.
        reading = files.indices.filter { number in results[number].map { listing.mark(of: number, $0) == nil } ?? false }
        if tokens.isEmpty || reading.isEmpty { break }
      }
      sought = all
    }
    if try joinBeside(judged) { judged = await judge(requests) }
    return await found(requests, judged, listing)
  }

  /// Gives up the requests for which more would be looked for.
  ///
  /// - Returns: whether there are any.
  private func giveUp(_ requests: inout [PersonSearch], _ judged: Judged) -> Bool {
    var isAny = false
    for (index, one) in judged.verdicts.enumerated() where !requests[index].isEndless && !one.verdict.wanted.isSubset(of: watched) {
      requests[index].giveUp()
      if requests[index].isEndless { isAny = true }
    }
    return isAny
  }

  /// Notes which texts stand for workspaces that are known, be it by a request or in events, and which tell none.
  private mutating func noteWorkspaces(_ requests: [PersonSearch]) throws(ScrubRefusal) {
    var told = Set(book.carriers[carriersWithKnownWorkspaces...].lazy.map(\.workspace))
    carriersWithKnownWorkspaces = book.carriers.count
    if passes == 1 { for request in requests { told.formUnion(request.allowed) } }
    for workspace in told.subtracting(workspaces) {
      workspaces.insert(workspace)
      if let opened = try pseudonyms.workspace(standingAs: workspace) { aliases.add(workspace: workspace, of: opened) }
      for alias in try pseudonyms.aliases(ofWorkspace: workspace) { aliases.add(workspace: alias, of: workspace) }
    }
  }

  // MARK: one pass

  private func pass(
    over files: [Int], for identities: Set<Identity>, _ tokens: Set<Identity>, _ requests: [PersonSearch]
  ) -> SearchPass {
    SearchPass(
      files: files, identities: identities, digests: Set(requests.flatMap(\.digests)), tokens: tokens,
      filtersBefore: passes == 1 ? filtersBefore : 0)
  }

  /// Identities, with what stands for them in archives.
  private mutating func everything(of identities: Set<Identity>) throws(ScrubRefusal) -> Set<Identity> {
    var all = identities
    for identity in identities {
      for alias in try spellings(of: identity) {
        all.insert(alias)
        // Which of two kinds of contact a number is that is none, an address tells that has the same text.
        if alias != identity.otherContact || identity.kind == .email { aliases.add(alias, of: identity) }
      }
    }
    return all
  }

  /// Notes which pseudonyms stand for identities of the people that lead nowhere, such as device ids: they are not looked for,
  /// but each identity is told once.
  ///
  /// - Returns: whether any do.
  private mutating func joinBeside(_ judged: Judged) throws(ScrubRefusal) -> Bool {
    if pseudonyms.keys.isEmpty { return false }
    var beside: Set<Identity> = []
    for (verdict, map) in judged.verdicts {
      for value in verdict.matched.keys.lazy.flatMap({ map.graph.carriers[$0].values }) where !value.identity.kind.leads {
        beside.insert(value.identity)
      }
    }
    var isAny = false
    for identity in beside {
      for alias in try spellings(of: identity) where book.number(of: alias) != nil {
        aliases.add(alias, of: identity)
        isAny = true
      }
    }
    return isAny
  }

  /// What stands for an identity in archives, beside its own text.
  private func spellings(of identity: Identity) throws(ScrubRefusal) -> [Identity] {
    let spelled = (given[identity] ?? []).union([spellings[identity]].compactMap { $0 })
    let made = try pseudonyms.aliases(of: identity, spelled: spelled.sorted { $0.lexicographicallyPrecedes($1) })
    return made + (made + [identity]).compactMap(\.otherContact)
  }

  /// Pseudonyms in the people's events that nothing explains, and that were not asked about before.
  private mutating func unexplained(_ judged: Judged) throws(ScrubRefusal) -> Set<Identity> {
    if pseudonyms.keys.isEmpty { return [] }
    var tokens: Set<Identity> = []
    for (verdict, map) in judged.verdicts {
      for value in verdict.matched.keys.lazy.flatMap({ map.graph.carriers[$0].values }) where value.identity.kind.leads {
        if !asked.contains(value.identity), try pseudonyms.recognises(value.identity) { tokens.insert(value.identity) }
      }
    }
    asked.formUnion(tokens)
    return tokens
  }

  /// The files that may hold one of the identities.
  private func mayHold(_ identities: Set<Identity>) -> [Int] {
    let hashes = identities.map { WatchList.hash($0) }
    return files.indices.filter { results[$0]?.findings.mayHold(hashes) ?? true }
  }

  private mutating func read(_ pass: SearchPass) async throws(ScrubRefusal) {
    let found: [SearchPass.Found]
    if let shared {
      found = try shared.found(pass)
    } else {
      found = try await pass.read(pass.files.map { ($0, files[$0].file) }, context, made: pseudonyms.made, progress)
    }
    for one in found { take(one.searches, one.book) }
  }

  /// The number of the first file for whose filter there is no memory.
  private var filtersBefore: Int {
    var size = 0
    return files.firstIndex { searched in
      size += IdentityFilter.size(byteCount: searched.file.size)
      return size > Self.filterLimit
    } ?? files.count
  }

  /// Takes over what a worker found, by numbers of our own.
  private mutating func take(_ searches: [(file: Int, search: FileSearch)], _ book: SightingBook) {
    let numbers = book.carriers.map { number(of: $0) }
    for (identity, spelling) in book.spellings {
      if let known = spellings[identity], !spelling.lexicographicallyPrecedes(known) { continue }
      spellings[identity] = spelling
    }
    for (token, identity) in book.tokens {
      if let identity { aliases.add(token, of: identity) } else { aliases.add(nobody: token) }
    }
    for (index, search) in searches {
      var search = search
      search.findings.renumber(numbers)
      if search.findings.filter == nil { search.findings.keepFilter(of: results[index]?.findings) }
      results[index] = search
    }
  }

  private mutating func number(of carrier: Carrier) -> Int {
    let (number, isNew) = book.take(carrier)
    if !isNew { return number }
    for value in carrier.values where value.identity.kind == .email {
      if let other = value.identity.otherContact { aliases.add(other, of: value.identity) }
    }
    return number
  }

  // MARK: what it means

  /// The graph, with the number in it of each of our carriers. Files come in their order, so that its order is always
  /// the same, whatever else is known.
  ///
  /// - Parameter known: of a person from before.
  private func graph(knowing known: [Carrier] = []) -> (graph: IdentityGraph, numbers: [Int]) {
    var book = book
    let learned = known.map { book.take($0).number }
    var graph = IdentityGraph(book, aliases)
    var numbers = [Int](repeating: -1, count: book.carriers.count)
    for result in results {
      for sighting in result?.findings.sightings ?? [] {
        if numbers[sighting.carrier] < 0 { numbers[sighting.carrier] = graph.add(sighting.carrier) }
        graph.count(numbers[sighting.carrier], at: sighting.date)
      }
    }
    for number in learned { graph.know(number) }
    return (graph, numbers)
  }

  /// What a pass came to, by request.
  private struct Judged {
    var verdicts: [(verdict: PersonVerdict, map: ProfileMap)] = []
    /// By carrier of ours: its number in the graph.
    var numbers: [Int] = []
    /// What stood for what; nothing before the first pass.
    var aliases: Aliases?
  }

  /// Whether a pass can have come to nothing else than the one before: nothing was read, and nothing of what was found stands
  /// for anything else.
  private func isNothingNew(_ reading: [Int], _ requests: [PersonSearch], _ told: Aliases) -> Bool {
    reading.isEmpty && requests.allSatisfy(\.known.isEmpty) && aliases.says(of: book.identities, sameAs: told)
  }

  private func judge(_ requests: [PersonSearch]) async -> Judged {
    let (graph, numbers) = graph()
    var places: [MapKey: Int] = [:]
    var maps: [ProfileMap] = []
    var mapOf: [Int] = []
    // The same for all of whom nothing is known from before.
    var sharedBefore: Set<Identity>?
    for request in requests {
      let key = MapKey(allowed: request.allowed, named: request.named, known: request.known, returned: request.returned(in: graph))
      if places[key] == nil {
        places[key] = maps.count
        let isNew = key.known.isEmpty
        let all = isNew ? graph : self.graph(knowing: key.known).graph
        let shared = (isNew ? sharedBefore : nil) ?? request.sharedBefore(in: all)
        if isNew { sharedBefore = shared }
        maps.append(ProfileMap(all, allowed: key.allowed, named: key.named, shared: shared, returned: key.returned))
      }
      mapOf.append(places[key] ?? 0)
    }
    let verdicts = await each(of: requests) { [maps, mapOf] number, request, fingerprints in
      let map = maps[mapOf[number]]
      let verdict = request.exact.map { PersonVerdict($0, map) } ?? PersonVerdict(request, map, fingerprint: fingerprints.of)
      return (verdict: verdict, map: map)
    }
    return Judged(verdicts: verdicts, numbers: numbers, aliases: aliases)
  }

  /// What is made of each request, by as many workers as there are.
  private func each<Made: Sendable>(
    of requests: [PersonSearch], _ make: @escaping @Sendable (Int, PersonSearch, Fingerprints.Maker) -> Made
  ) async -> [Made] {
    let fingerprints = fingerprints
    // All of them, for what is made of some would be taken for everything.
    let parts = await shareOut(Array(requests.indices), jobs: context.options.jobs, Interrupt()) {
      fingerprints.maker()
    } _: { maker, number in
      make(number, requests[number], maker)
    }
    return parts.sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// Requests that ask alike share a map.
  private struct MapKey: Hashable {
    let allowed: Set<[UInt8]>
    let named: Set<Identity>
    let known: [Carrier]
    let returned: Set<Int>
  }

  private func found(
    _ requests: [PersonSearch], _ judged: Judged, _ listing: SearchListing
  ) async -> PeopleFound {
    let people = await each(of: requests) { [spellings] number, request, fingerprints in
      let (verdict, map) = judged.verdicts[number]
      let exact = request.exact.map {
        PersonFound(request, exact: $0, verdict, map, spellings: spellings, fingerprint: fingerprints.of)
      }
      return exact ?? PersonFound(request, verdict, map, spellings: spellings, fingerprint: fingerprints.of)
    }
    var found = PeopleFound(
      people: people, spelled: book.carriers, aliases: aliases, listing: listing, passes: passes, reread: reread)
    found.isInterrupted = context.interrupt.isSet
    for (index, result) in results.enumerated() {
      guard let result else { continue }
      found.searches.append((index, result))
      found.states[index] = result.outcome.state
    }
    found.noteEvents(carriers: judged.numbers)
    return found
  }
}
