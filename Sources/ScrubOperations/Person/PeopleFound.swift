internal import ScrubArchive
internal import ScrubCore
internal import ScrubPolicy

/// A file of one of the archives.
struct SearchedFile: Sendable {
  let file: ArchiveFile
  /// Which archive it belongs to, by its number among the inputs.
  let archive: Int
}

/// The files of all archives.
struct SearchListing: Sendable {
  var files: [SearchedFile] = []
  /// By archive: the last part of its path.
  var archives: [String] = []
  /// By archive: what stands in front of its files' relative paths; empty where nothing does.
  var prefixes: [String] = []
  var ignored = 0
  /// Of those the files in folders that are nobody's data by their names.
  var passedOver: [String: Int] = [:]
  /// Of those the files without a byte.
  var empty = 0
  var failures: [Failure] = []
  /// Whether nothing is left of an archive but earlier versions, of which the bucket keeps some.
  var holdsEarlier = false
  /// Of trees whose manifest tells it, by relative path: how a file was scrubbed.
  var marks: [String: ScrubMark] = [:]

  /// How a file was scrubbed, as its metadata and the manifest of its tree tell.
  func mark(of file: Int, _ search: FileSearch) -> ScrubMark? {
    let told = marks[files[file].file.relative]
    var mark = search.mark ?? told
    mark?.identities = told?.identities
    return mark
  }

  /// The archive of a file that is told by its relative path, and its path there; no archive for one that could not be listed.
  ///
  /// - Parameter inputs: what the archives are called.
  func place(of relative: String, among inputs: [String]) -> (archive: Int?, path: String) {
    if let archive = prefixes.firstIndex(where: { !$0.isEmpty && isInside(relative, $0) }) {
      return (archive, pathBelow(prefixes[archive], of: relative))
    }
    let bare = prefixes.indices.filter { prefixes[$0].isEmpty && inputs[$0] != relative }
    let archive = bare.count == 1 ? bare.first : bare.first { inputs[$0].hasSuffix("/" + relative) }
    return (archive, relative)
  }
}

/// A person, or that there is none, or why it is not sure.
struct PersonFound {
  let search: PersonSearch
  let verdict: PersonVerdict
  let doubt: PersonDoubt?
  let identifiers: [LinkedIdentifier]
  /// Values of the person, to tell theirs from other people's.
  let own: Set<Identity>
  /// Profiles that share a value with the person, and how many events only that value leads to.
  let heldBack: [HeldBack]
  /// Values of the person that stand in events which are held back, or of others.
  let heldBackValues: Set<Identity>
  /// Of the person's profiles, sorted.
  let fingerprints: [String]
  /// By which the person is known to a later run, a profile each.
  let learned: [Carrier]
  /// By identity: how the request and the archives spell those that have several spellings.
  private let spelled: [Identity: [[UInt8]]]

  init(
    search: PersonSearch, verdict: PersonVerdict, doubt: PersonDoubt?, identifiers: [LinkedIdentifier],
    own: Set<Identity>, heldBack: [HeldBack], heldBackValues: Set<Identity>, fingerprints: [String], learned: [Carrier] = [],
    spelled: [Identity: [[UInt8]]] = [:]
  ) {
    self.search = search
    self.verdict = verdict
    self.doubt = doubt
    self.identifiers = identifiers
    self.own = own
    self.heldBack = heldBack
    self.heldBackValues = heldBackValues
    self.fingerprints = fingerprints
    self.learned = learned
    self.spelled = spelled
  }

  init(
    _ search: PersonSearch, _ verdict: PersonVerdict, _ map: ProfileMap, spellings: [Identity: [UInt8]],
    fingerprint: (ProfileID) -> String
  ) {
    let chain = IdentifierChain(search, verdict, map, spellings)
    let beside = verdict.ofOthers.union(verdict.heldBack.keys).flatMap { map.graph.carriers[$0].values.map(\.identity) }
    self.init(
      search: search, verdict: verdict, doubt: verdict.doubt ?? Self.otherKinds(search, verdict, map),
      identifiers: chain.identifiers, own: chain.own, heldBack: Self.heldBack(verdict, map, fingerprint),
      heldBackValues: Set(beside.filter(chain.own.contains)),
      fingerprints: Set(verdict.profiles.flatMap { map.members[$0] ?? [] }.map(fingerprint)).sorted(),
      learned: verdict.profiles.sorted().map(map.trace).filter { !$0.values.isEmpty },
      spelled: Self.spelled(chain.own, search, spellings))
  }

  /// Identities that lead to the person and to nobody else, as far as is known.
  var leading: [Identity] {
    identifiers.filter { !$0.isShared }.compactMap(\.identity)
  }

  /// What stands for one of the person's identities in archives, as the search looked for it.
  func aliases(of identity: Identity, _ pseudonyms: KnownPseudonyms) throws(ScrubRefusal) -> [Identity] {
    try pseudonyms.aliases(of: identity, spelled: spelled[identity] ?? [])
  }

  /// The pseudonyms of one of the person's identities, of any spelling that was met.
  func pseudonyms(of identity: Identity, _ pseudonyms: KnownPseudonyms) throws(ScrubRefusal) -> Set<Identity> {
    try pseudonyms.pseudonyms(of: identity, spelled: spelled[identity] ?? [])
  }

  private static func spelled(
    _ own: Set<Identity>, _ search: PersonSearch, _ spellings: [Identity: [UInt8]]
  ) -> [Identity: [[UInt8]]] {
    let given = search.spellings
    var spelled: [Identity: [[UInt8]]] = [:]
    for identity in own {
      let all = (given[identity] ?? []).union([spellings[identity]].compactMap { $0 }).subtracting([identity.text])
      if !all.isEmpty { spelled[identity] = all.sorted { $0.lexicographicallyPrecedes($1) } }
    }
    return spelled
  }

  /// The request's values under kinds that they were not given as.
  private static func otherKinds(_ search: PersonSearch, _ verdict: PersonVerdict, _ map: ProfileMap) -> PersonDoubt? {
    if verdict.isSeen || !verdict.matched.isEmpty { return nil }
    var carriers: [IdentityKind: Set<Int>] = [:]
    for probe in search.probes {
      if let found = map.carriersWith[probe] { carriers[probe.kind, default: []].formUnion(found) }
    }
    if carriers.isEmpty { return nil }
    let choices = carriers.sorted { $0.key.rawValue < $1.key.rawValue }.map { kind, numbers in
      let tally = numbers.reduce(into: IdentityGraph.CarrierTally()) { $0 += map.graph.tallies[$1] }
      return PersonDoubt.Choice(
        profile: "", kind: kind.name, workspace: "", events: tally.events, firstDay: tally.firstDay,
        lastDay: tally.lastDay)
    }
    return PersonDoubt(reason: .otherKind, choices: choices)
  }

  private static func heldBack(
    _ verdict: PersonVerdict, _ map: ProfileMap, _ fingerprint: (ProfileID) -> String
  ) -> [HeldBack] {
    var carriers: [Int: [Int]] = [:]
    for carrier in verdict.heldBack.keys.sorted() {
      var owner = ProfileMap.noProfile
      if case .profile(let profile) = map.owners[carrier], map.members[profile] != nil { owner = profile }
      carriers[owner, default: []].append(carrier)
    }
    return carriers.sorted { $0.key < $1.key }.map {
      HeldBack(choice: PersonVerdict.choice($0.key, map, fingerprint, carriers: $0.value))
    }
  }
}

/// What a search came to: people, their events, and what could not be read.
struct PeopleFound {
  private(set) var people: [PersonFound]
  /// What pseudonyms stand for.
  let aliases: Aliases
  let listing: SearchListing
  let passes: Int
  /// Files that were read again in later passes.
  let reread: Int
  var isInterrupted = false
  /// By file that was read.
  var searches: [(file: Int, search: FileSearch)] = []
  /// By file that was read: how it stood then, be it here or on another machine.
  var states: [Int: FileState] = [:]
  /// The events of the people, by file, in the order of the file.
  private(set) var places: [Int: [WantedEvent]] = [:]
  /// By file: events of people who came back behind a request that was carried out before. They are theirs, and stay.
  private(set) var passedOver: [Int: [EventPlace]] = [:]
  /// By file: events of the people of which nothing is left to go.
  private(set) var staying: [Int: [WantedEvent]] = [:]
  /// What events carry, as it stands in the files.
  private let spelled: [Carrier]
  /// What the events of the people carry, by its number there: by person, which of the events that carry it.
  private var reaches: [Int: [Int: Set<Reach>]] = [:]
  /// By person: events held back, by kind of value.
  private(set) var heldBack: [[IdentityKind: Int]]

  /// An event to be collected.
  struct WantedEvent: Sendable {
    let place: EventPlace
    /// Seconds since 1970-01-01; `Int.min` for none.
    let time: Int
    /// As the event tells it; empty where it does not.
    let workspace: [UInt8]
    /// As a `Sighting` tells it.
    let idHash: UInt64
    /// Whose it is, by numbers of people, with the kinds by which it is theirs.
    var owners: [(person: Int, kinds: [IdentityKind])]

    /// The time, if the event tells one.
    var seconds: Int? { time == .min ? nil : time }
  }

  /// - Parameter spelled: what events carry, by the numbers by which sightings name it.
  init(
    people: [PersonFound], spelled: [Carrier], aliases: Aliases, listing: SearchListing, passes: Int, reread: Int
  ) {
    self.people = people
    self.spelled = spelled
    self.aliases = aliases
    self.listing = listing
    self.passes = passes
    self.reread = reread
    heldBack = people.map { _ in [:] }
    for (person, found) in people.enumerated() where found.doubt == nil {
      for (carrier, kinds) in found.verdict.matched where found.search.exact == nil {
        owners[carrier, default: []].append(Owner(person: person, kinds: kinds, claims: nil))
      }
      for (carrier, claims) in found.verdict.claims {
        owners[carrier, default: []].append(Owner(person: person, kinds: claims.kinds, claims: claims))
      }
      for (carrier, kind) in found.verdict.heldBack { holders[carrier, default: []].append((person, kind)) }
    }
    for carrier in owners.keys { owners[carrier]?.sort { $0.person < $1.person } }
  }

  private var owners: [Int: [Owner]] = [:]
  private var holders: [Int: [(person: Int, kind: IdentityKind)]] = [:]

  /// Notes whose the events are that the searches found.
  ///
  /// - Parameter carriers: by what a sighting names: its number with pseudonyms turned back.
  mutating func noteEvents(carriers: [Int]) {
    // By what a sighting names: whose every such event is, whenever it was.
    var always: [[(person: Int, kinds: [IdentityKind])]?] = Array(repeating: nil, count: spelled.count)
    for (file, search) in searches {
      var wanted: [WantedEvent] = []
      for sighting in search.findings.sightings {
        let carrier = carriers[sighting.carrier]
        for (person, kind) in holders[carrier] ?? [] { heldBack[person][kind, default: 0] += 1 }
        var isPassedOver = false
        let mine = always[sighting.carrier] ?? owners(of: sighting, carrier, search.destination, &isPassedOver)
        if always[sighting.carrier] == nil && !(owners[carrier] ?? []).contains(where: { $0.claims != nil }) {
          always[sighting.carrier] = mine
        }
        if mine.isEmpty {
          if isPassedOver { passOver(sighting.place, carrier, in: file) }
          continue
        }
        let workspace = aliases.plain(workspace: spelled[sighting.carrier].workspace)
        wanted.append(
          WantedEvent(
            place: sighting.place, time: sighting.date, workspace: workspace, idHash: sighting.idHash, owners: mine))
      }
      if !wanted.isEmpty { places[file] = wanted }
    }
  }

  /// Leaves an event to those who came back; where an earlier run could not do all of a file, somebody has to decide.
  private mutating func passOver(_ place: EventPlace, _ carrier: Int, in file: Int) {
    passedOver[file, default: []].append(place)
    for owner in owners[carrier] ?? [] {
      let unfinished = people[owner.person].search.unfinished
      if unfinished.isEmpty { continue }
      let path = realPath(listing.files[file].file.path)
      if unfinished.contains(where: { isInside(path, $0) }) {
        heldBack[owner.person][owner.kinds.first ?? .externalID, default: 0] += 1
      }
    }
  }

  /// Whose an event is.
  ///
  /// - Parameter isPassedOver: set where it is of somebody who came back.
  private mutating func owners(
    of sighting: Sighting, _ carrier: Int, _ destination: Destination, _ isPassedOver: inout Bool
  ) -> [(person: Int, kinds: [IdentityKind])] {
    var mine: [(person: Int, kinds: [IdentityKind])] = []
    var others: [(person: Int, kind: IdentityKind)] = []
    for owner in owners[carrier] ?? [] {
      let claims = owner.claims?.covering(time: sighting.time, in: destination)
      if let claims, claims.all.isEmpty {
        isPassedOver = isPassedOver || people[owner.person].search.exact == nil
        continue
      }
      if let kind = claims?.heldBack {
        others.append((owner.person, kind))
        continue
      }
      reach(sighting.carrier, owner.person, claims?.reaches ?? [.all])
      mine.append((owner.person, claims?.kinds ?? owner.kinds))
    }
    // Whose it is may be looked for too: then nothing is to be decided.
    if mine.isEmpty { for (person, kind) in others { heldBack[person][kind, default: 0] += 1 } }
    return mine
  }

  private mutating func reach(_ carrier: Int, _ person: Int, _ reached: [Reach]) {
    // Nearly always known.
    if let known = reaches[carrier]?[person], known.isSuperset(of: reached) { return }
    reaches[carrier, default: [:]][person, default: []].formUnion(reached)
  }

  /// Whose a carrier is.
  private struct Owner {
    let person: Int
    let kinds: [IdentityKind]
    /// Where not every event counts.
    let claims: Claims?
  }

  /// Those of some identities that events carry which were noted, be they of the people or not.
  func carried(among identities: some Sequence<Identity>) -> Set<Identity> {
    Set(identities).intersection(spelled.lazy.flatMap(\.values).map(\.identity))
  }

  /// By person: the ids of keys at hand under which the person is not looked for.
  func unreached(_ pseudonyms: KnownPseudonyms) throws(ScrubRefusal) -> [Set<String>] {
    var standing: Set<Identity> = []
    var unknown = people.map { _ in [PersonSearch.DigestSeed: Set<Identity>]() }
    for (number, person) in people.enumerated() {
      for digest in person.search.digests {
        guard let identity = digest.identity, aliases.plain(identity) == identity else { continue }
        // The digest may be what Braze has in the person's place.
        unknown[number][digest] = Set(try pseudonyms.aliases(of: identity) + [identity])
        standing.formUnion(unknown[number][digest] ?? [])
      }
    }
    if !standing.isEmpty { standing = carried(among: standing) }
    return zip(people, unknown).map { person, digests in
      if person.search.exact != nil { return [] }
      let kinds = Set(person.own.union(person.search.seeds).map(\.kind))
      return pseudonyms.unreached(kinds: kinds, digests: Set(digests.filter { $1.isDisjoint(with: standing) }.keys.map(\.kind)))
    }
  }

  /// By person: what their events carry, as it stands there.
  ///
  /// - Parameter files: by number; nothing for all.
  func carried(in files: Set<Int>? = nil) -> [Int: Set<Identity>] {
    var carriers: Set<Int> = []
    for (file, search) in searches where files?.contains(file) ?? true {
      carriers.formUnion(search.findings.sightings.lazy.map(\.carrier))
    }
    var carried: [Int: Set<Identity>] = [:]
    for (carrier, people) in reaches where carriers.contains(carrier) {
      for person in people.keys { carried[person, default: []].formUnion(spelled[carrier].values.lazy.map(\.identity)) }
    }
    return carried
  }

  /// What their events carry, as it stands there.
  var seen: Set<Identity> { reaches.keys.reduce(into: []) { $0.formUnion(spelled[$1].values.lazy.map(\.identity)) } }

  /// By person: what stands in their events for identities of theirs, be it pseudonyms, tokens or digests, with what it
  /// stands for.
  var substitutes: [Int: [Identity: Identity]] {
    var substitutes: [Int: [Identity: Identity]] = [:]
    for (carrier, people) in reaches {
      for value in spelled[carrier].values {
        let plain = aliases.plain(value.identity)
        if plain == value.identity { continue }
        for person in people.keys { substitutes[person, default: [:]][value.identity] = plain }
      }
    }
    return substitutes
  }

  /// What the events carry of all people but some, with which of those events are theirs.
  ///
  /// - Parameter isLeftOut: of a person, by number.
  func carriers(without isLeftOut: (Int) -> Bool = { _ in false }) -> [Carrier: Set<Reach>] {
    var carriers: [Carrier: Set<Reach>] = [:]
    for (carrier, people) in reaches {
      for (person, reaches) in people where !isLeftOut(person) {
        carriers[spelled[carrier], default: []].formUnion(reaches)
      }
    }
    return carriers
  }

  /// The same without events of which nothing is left to go; they stay, and are found again.
  ///
  /// - Parameter kept: by file.
  func without(_ kept: [Int: Set<EventPlace>]) -> PeopleFound {
    var rest = self
    for (file, places) in kept where !places.isEmpty {
      rest.staying[file] = rest.places[file]?.filter { places.contains($0.place) }
      rest.places[file]?.removeAll { places.contains($0.place) }
      if rest.places[file]?.isEmpty ?? false { rest.places[file] = nil }
    }
    return rest
  }

  /// The same without people of whom no event was found, nor held back.
  var withoutIdle: PeopleFound {
    let found = Set(places.values.joined().flatMap { $0.owners.map(\.person) })
    let kept = people.indices.filter { found.contains($0) || !heldBack[$0].isEmpty }
    let numbers = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    func renumbered<Value>(_ values: [Int: Value]) -> [Int: Value] {
      Dictionary(uniqueKeysWithValues: values.compactMap { person, value in numbers[person].map { ($0, value) } })
    }
    var rest = self
    rest.people = kept.map { people[$0] }
    rest.heldBack = kept.map { heldBack[$0] }
    rest.reaches = reaches.mapValues(renumbered)
    func renumbered(_ events: [WantedEvent]) -> [WantedEvent] {
      events.compactMap { event in
        var event = event
        event.owners = event.owners.compactMap { owner in numbers[owner.person].map { ($0, owner.kinds) } }
        return event.owners.isEmpty ? nil : event
      }
    }
    rest.places = places.mapValues(renumbered)
    rest.staying = staying.mapValues(renumbered)
    return rest
  }
}

extension LinkedIdentifier {
  /// Nothing for credentials, which are not shown.
  var identity: Identity? {
    guard let kind = IdentityKind.allCases.first(where: { $0.name == self.kind }), kind != .pushToken else { return nil }
    return Identity(kind, Array(value.utf8))
  }
}
