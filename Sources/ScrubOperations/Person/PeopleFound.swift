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
  var ignored = 0
  var failures: [Failure] = []
  /// Of trees whose manifest tells it, by relative path: how a file was scrubbed.
  var marks: [String: ScrubMark] = [:]
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
  /// Values of the person that stand in events which are held back.
  let heldBackValues: Set<Identity>
  /// Of the person's profiles, sorted.
  let fingerprints: [String]

  init(
    _ search: PersonSearch, _ verdict: PersonVerdict, _ map: ProfileMap, spellings: [Identity: [UInt8]],
    fingerprint: (ProfileID) -> String
  ) {
    self.search = search
    self.verdict = verdict
    let chain = IdentifierChain(search, verdict, map, spellings)
    identifiers = chain.identifiers
    own = chain.own
    doubt = verdict.doubt ?? Self.otherKinds(search, verdict, map)
    heldBack = Self.heldBack(verdict, map, fingerprint)
    let own = chain.own
    heldBackValues = Set(verdict.heldBack.keys.flatMap { map.graph.carriers[$0].values.map(\.identity) }.filter(own.contains))
    fingerprints = Set(verdict.profiles.flatMap { map.members[$0] ?? [] }.map(fingerprint)).sorted()
  }

  /// Identities that lead to the person and to nobody else, as far as is known.
  var leading: [Identity] {
    identifiers.filter { !$0.isShared }.compactMap(\.identity)
  }

  /// The request's values under kinds that they were not given as.
  private static func otherKinds(_ search: PersonSearch, _ verdict: PersonVerdict, _ map: ProfileMap) -> PersonDoubt? {
    if verdict.isSeen || !verdict.matched.isEmpty { return nil }
    let probes = search.probes
    var tallies: [IdentityKind: IdentityGraph.CarrierTally] = [:]
    for (number, carrier) in map.graph.carriers.enumerated() {
      for kind in Set(carrier.values.map(\.identity).filter(probes.contains).map(\.kind)) {
        tallies[kind, default: IdentityGraph.CarrierTally()] += map.graph.tallies[number]
      }
    }
    if tallies.isEmpty { return nil }
    let choices = tallies.sorted { $0.key.rawValue < $1.key.rawValue }.map { kind, tally in
      PersonDoubt.Choice(
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
      let owner = if case .profile(let profile) = map.owners[carrier] { profile } else { -1 }
      carriers[owner, default: []].append(carrier)
    }
    return carriers.sorted { $0.key < $1.key }.map {
      HeldBack(choice: PersonVerdict.choice($0.key, map, fingerprint, carriers: $0.value))
    }
  }
}

/// What a search came to: people, their events, and what could not be read.
struct PeopleFound {
  let people: [PersonFound]
  /// What pseudonyms stand for.
  let aliases: Aliases
  let listing: SearchListing
  let passes: Int
  /// Files that were read again in later passes.
  let reread: Int
  var isInterrupted = false
  /// By file that was read.
  var searches: [(file: Int, search: FileSearch)] = []
  /// The events of the people, by file, in the order of the file.
  private(set) var places: [Int: [WantedEvent]] = [:]
  /// What the events of the people carry, as it stands in the files.
  private(set) var carriers: Set<Carrier> = []
  /// By person: events held back, by kind of value.
  private(set) var heldBack: [[IdentityKind: Int]]

  /// An event to be collected.
  struct WantedEvent: Sendable {
    let place: EventPlace
    /// Seconds since 1970-01-01; `Int.min` for none.
    let time: Int
    /// As the event tells it; empty where it does not.
    let workspace: [UInt8]
    /// Whose it is, by numbers of people, with the kinds by which it is theirs.
    var owners: [(person: Int, kinds: [IdentityKind])]
  }

  init(people: [PersonFound], aliases: Aliases, listing: SearchListing, passes: Int, reread: Int) {
    self.people = people
    self.aliases = aliases
    self.listing = listing
    self.passes = passes
    self.reread = reread
    heldBack = people.map { _ in [:] }
    for (person, found) in people.enumerated() where found.doubt == nil {
      for (carrier, kinds) in found.verdict.matched { owners[carrier, default: []].append((person, kinds)) }
      for (carrier, kind) in found.verdict.heldBack { holders[carrier, default: []].append((person, kind)) }
    }
    for carrier in owners.keys { owners[carrier]?.sort { $0.person < $1.person } }
  }

  private var owners: [Int: [(person: Int, kinds: [IdentityKind])]] = [:]
  private var holders: [Int: [(person: Int, kind: IdentityKind)]] = [:]

  /// - Parameters:
  ///   - carrier: the number of what the event carries, with pseudonyms turned back.
  ///   - spelled: the same as it stands in the file.
  mutating func note(_ sighting: Sighting, inFile file: Int, carrier: Int, spelled: Carrier) {
    for (person, kind) in holders[carrier] ?? [] { heldBack[person][kind, default: 0] += 1 }
    guard let owners = owners[carrier] else { return }
    carriers.insert(spelled)
    places[file, default: []].append(
      WantedEvent(place: sighting.place, time: sighting.time, workspace: spelled.workspace, owners: owners))
  }
}

extension LinkedIdentifier {
  /// Nothing for credentials, which are not shown.
  var identity: Identity? {
    guard let kind = IdentityKind.allCases.first(where: { $0.name == self.kind }), kind != .pushToken else { return nil }
    return Identity(kind, Array(value.utf8))
  }
}
