internal import ScrubCore

/// What a request comes to, as far as archives were read.
struct PersonVerdict {
  var doubt: PersonDoubt?
  /// The profiles of the person, by their numbers in the map.
  private(set) var profiles: Set<Int> = []
  /// Those of them that a person decided to include.
  private var included: Set<Int> = []
  /// Profiles that somebody decided are others'.
  private var excluded: Set<Int> = []
  /// By carrier of the person: the kinds of identifiers by which it is theirs, in a fixed order.
  var matched: [Int: [IdentityKind]] = [:]
  /// By carrier of which only some events count, as all do of an exact search: why they may be the person's.
  var claims: [Int: Claims] = [:]
  /// Of an exact search: every identity that counted.
  var exact: Set<Identity> = []
  /// By carrier that only a shared value leads to, or whose workspace is not told: the kind of the value.
  private(set) var heldBack: [Int: IdentityKind] = [:]
  /// The same of those of others, as somebody decided.
  private(set) var ofOthers: Set<Int> = []
  /// What must be looked for to be sure.
  var wanted: Set<Identity> = []
  /// Whether anything of the request was seen at all.
  var isSeen = false

  /// Beyond so many profiles that carry a value nobody asks who they are: it is shared.
  private static let holderLimit = 1_000
  private static let candidateLimit = 10_000

  /// - Parameter fingerprint: tells a profile without naming it.
  init(_ search: PersonSearch, _ map: ProfileMap, fingerprint: (ProfileID) -> String) {
    wanted = Set(search.seeds)
    isSeen = search.seeds.contains { !map.profiles(of: $0).isEmpty }
    choose(search, map, fingerprint)
    if search.isEndless { doubt = PersonDoubt(reason: .endless, choices: choices(profiles, map, fingerprint)) }
    let contacts = profiles.reduce(into: Set<Identity>()) { $0.formUnion(map.contactsOf[$1] ?? []) }
    let candidates = candidates(search, contacts, map)
    want(contacts, candidates, map)
    if search.takesAll { doubt = nil }
    if doubt != nil { return }
    for carrier in candidates { judge(carrier, contacts, map, search.request) }
    letReturn(search, map)
    profiles.subtract(profiles.filter(map.isUnplaced(profile:)).subtracting(included))
    if !search.takesAll { return }
    matched.merge(heldBack.mapValues { [$0] }) { own, _ in own }
    // Of what nobody can tell whose it is, everything that carries what the hold names.
    for seed in search.seeds {
      for carrier in map.carriersWith[seed] ?? [] where matched[carrier] == nil { matched[carrier] = [seed.kind] }
    }
    heldBack = [:]
  }

  /// The carriers that may have to do with the person.
  private func candidates(_ search: PersonSearch, _ contacts: Set<Identity>, _ map: ProfileMap) -> Set<Int> {
    // Many profiles may have an identity in common, and be contested by the same ones.
    var identities = contacts.union(search.seeds)
    var all = profiles
    for profile in profiles {
      for member in map.members[profile] ?? [] { identities.insert(member.identity) }
      all.formUnion(map.contested[profile] ?? [])
    }
    var candidates: Set<Int> = []
    for identity in identities { candidates.formUnion(map.carriersWith[identity] ?? []) }
    for profile in all { candidates.formUnion(map.carriersOf[profile] ?? []) }
    return candidates
  }

  // MARK: whom

  private mutating func choose(_ search: PersonSearch, _ map: ProfileMap, _ fingerprint: (ProfileID) -> String) {
    var open: Set<Int> = []
    profiles.formUnion(map.graph.known.compactMap { map.profile(of: $0) })
    for seed in search.seeds where seed.kind.isOfProfile {
      let isCommon = map.isCommon(seed)
      for holder in map.profiles(of: seed) {
        if isCommon || isOfSomebodyElse(holder, search, map) { open.insert(holder) } else { profiles.insert(holder) }
      }
    }
    include(search, map, fingerprint)
    for seed in search.seeds where !seed.kind.isOfProfile {
      let holders = map.profiles(of: seed)
      let left = holders.subtracting([ProfileMap.erased])
      if left.isEmpty || !left.isDisjoint(with: profiles) { continue }
      if holders.count == 1 { profiles.formUnion(left) } else { open.formUnion(left) }
    }
    // A value may be shared with somebody who is found by another one.
    if !open.isEmpty && open.isDisjoint(with: profiles) {
      doubt = doubt ?? PersonDoubt(reason: .shared, choices: choices(open, map, fingerprint))
      profiles.formUnion(open.prefix(Self.holderLimit))
    } else if let doubt = spread(search, map, fingerprint) ?? unlinked(search, map, fingerprint) {
      self.doubt = self.doubt ?? doubt
    }
    excluded = Self.profiles(search.request.excludedProfiles, map, fingerprint)
    if doubt == nil && !excluded.isDisjoint(with: profiles) {
      doubt = PersonDoubt(reason: .excluded, choices: choices(excluded.intersection(profiles), map, fingerprint))
    }
  }

  /// Whether the request names identifiers of people whom nothing links. Of those, whom somebody decided to include is
  /// meant.
  private mutating func unlinked(
    _ search: PersonSearch, _ map: ProfileMap, _ fingerprint: (ProfileID) -> String
  ) -> PersonDoubt? {
    if search.takesAll { return nil }
    let known = Set(map.graph.known.compactMap { map.profile(of: $0) })
    var people: [Set<Int>] = []
    for linked in [known] + search.seeds.map(map.profiles) {
      // What is carried by contacts only is nobody else's.
      var person = linked.intersection(profiles).filter { map.members[$0] != nil }
      if person.isEmpty { continue }
      people.removeAll { other in
        let isSame = !other.isDisjoint(with: person)
        if isSame { person.formUnion(other) }
        return isSame
      }
      people.append(person)
    }
    if people.count < 2 { return nil }
    let meant = people.filter { !$0.isDisjoint(with: included) }
    let all = people.reduce(into: Set<Int>()) { $0.formUnion($1) }
    if meant.isEmpty { return PersonDoubt(reason: .several, choices: choices(all, map, fingerprint)) }
    profiles.subtract(all.subtracting(meant.reduce(into: Set<Int>()) { $0.formUnion($1) }))
    return nil
  }

  /// Whether a profile may be of those who shared values with the person when they were erased: it carries one that was
  /// shared, and nobody else does any more.
  private func isOfSomebodyElse(_ profile: Int, _ search: PersonSearch, _ map: ProfileMap) -> Bool {
    guard let erased = search.erasedBefore else { return false }
    let contacts = (map.contactsOf[profile] ?? []).filter { map.profiles(of: $0).isSubset(of: [profile, ProfileMap.erased]) }
    return erased.wasShared((map.members[profile] ?? []).map(\.identity) + contacts)
  }

  /// Takes in the profiles that a person decided to include.
  private mutating func include(
    _ search: PersonSearch, _ map: ProfileMap, _ fingerprint: (ProfileID) -> String
  ) {
    for wanted in search.request.includedProfiles where wanted != AccessRequest.noProfile {
      let found = Self.profiles([wanted], map, fingerprint)
      if found.isEmpty { doubt = PersonDoubt(reason: .notIncluded, choices: []) }
      included.formUnion(found)
    }
    profiles.formUnion(included)
  }

  /// The profiles that some fingerprints, or Braze ids, name.
  private static func profiles(
    _ names: [String], _ map: ProfileMap, _ fingerprint: (ProfileID) -> String
  ) -> Set<Int> {
    if names.isEmpty { return [] }
    let brazeIDs = Set(names.compactMap { Identity(.brazeID, Array($0.utf8)) })
    let found = map.members.filter { _, members in
      members.contains { names.contains(fingerprint($0)) || brazeIDs.contains($0.identity) }
    }
    return Set(found.keys)
  }

  /// Whether the profiles lie in several workspaces without being asked for there.
  private func spread(
    _ search: PersonSearch, _ map: ProfileMap, _ fingerprint: (ProfileID) -> String
  ) -> PersonDoubt? {
    if !search.request.workspaces.isEmpty { return nil }
    let workspaces = Set(profiles.flatMap { map.members[$0] ?? [] }.map(\.workspace))
    guard workspaces.count > 1 else { return nil }
    return PersonDoubt(reason: .workspaces, choices: choices(profiles, map, fingerprint))
  }

  private func choices(
    _ profiles: Set<Int>, _ map: ProfileMap, _ fingerprint: (ProfileID) -> String
  ) -> [PersonDoubt.Choice] {
    profiles.sorted().prefix(Self.holderLimit).map { profile in
      let isNameless = map.members[profile] == nil
      let carriers = isNameless ? ownContacts(of: profile, map).flatMap { map.carriersWith[$0] ?? [] } : map.carriersOf[profile] ?? []
      return Self.choice(profile, map, fingerprint, carriers: Set(carriers).sorted())
    }
  }

  /// The contacts of somebody who is known by contacts only: those that nobody else carries, if there are any.
  private func ownContacts(of profile: Int, _ map: ProfileMap) -> [Identity] {
    let contacts = map.contactsOf[profile] ?? []
    let own = contacts.filter { contact in
      let holders = map.profiles(of: contact)
      return holders.count == 1 || holders.count == 2 && holders.contains(ProfileMap.erased)
    }
    return own.isEmpty ? contacts : own
  }

  /// A profile with what was found of it, without a name.
  static func choice(
    _ profile: Int, _ map: ProfileMap, _ fingerprint: (ProfileID) -> String, carriers: [Int]
  ) -> PersonDoubt.Choice {
    var tally = IdentityGraph.CarrierTally()
    for carrier in carriers { tally += map.graph.tallies[carrier] }
    let member = map.members[profile]?.min { ($0.workspace + $0.identity.text).lexicographicallyPrecedes($1.workspace + $1.identity.text) }
    return PersonDoubt.Choice(
      profile: member.map(fingerprint) ?? (profile == ProfileMap.noProfile ? AccessRequest.noProfile : ""), kind: "profile",
      workspace: member.map { String(decoding: $0.workspace, as: UTF8.self) } ?? "", events: tally.events,
      firstDay: tally.firstDay, lastDay: tally.lastDay)
  }

  // MARK: which events

  /// Everything that tells whose an event is: ids and contacts of the person, and the ids of those who share them.
  private mutating func want(_ contacts: Set<Identity>, _ candidates: Set<Int>, _ map: ProfileMap) {
    // In which workspace an event is may be told by another one of its ids.
    if candidates.count <= Self.candidateLimit {
      for carrier in candidates {
        for value in map.graph.carriers[carrier].values where value.identity.kind.isOfProfile {
          wanted.insert(value.identity)
        }
      }
    }
    var asked = profiles
    for contact in contacts {
      wanted.insert(contact)
      let holders = map.profiles(of: contact)
      if holders.count <= Self.holderLimit { asked.formUnion(holders) }
    }
    let doubtful = profiles.reduce(into: Set<Int>()) { $0.formUnion(map.contested[$1] ?? []) }
    for profile in asked { asked.formUnion(map.contested[profile] ?? []) }
    for profile in asked {
      for member in map.members[profile] ?? [] { wanted.insert(member.identity) }
    }
    for profile in profiles.union(doubtful) {
      for carrier in map.carriersOf[profile] ?? [] {
        for value in map.graph.carriers[carrier].values where map.leads(value.identity) { wanted.insert(value.identity) }
      }
    }
  }

  /// Of a request that was carried out before, what has no Braze id counts up to the day on which it came in only.
  private mutating func letReturn(_ search: PersonSearch, _ map: ProfileMap) {
    guard let until = search.until else { return }
    for (carrier, kinds) in matched where !map.graph.carriers[carrier].values.contains(where: { $0.identity.kind == .brazeID }) {
      matched[carrier] = nil
      limit(carrier, kinds, until)
    }
    for carrier in map.returned { limit(carrier, [.brazeID], until) }
  }

  private mutating func limit(_ carrier: Int, _ kinds: [IdentityKind], _ until: Int) {
    var claims = Claims(hasProfile: false)
    for kind in kinds { claims.add(kind, Reach(until: until)) }
    self.claims[carrier] = claims
  }

  private mutating func judge(_ number: Int, _ contacts: Set<Identity>, _ map: ProfileMap, _ request: AccessRequest) {
    let owner = map.owners[number]
    let carrier = map.graph.carriers[number]
    func isTheirs(_ identity: Identity) -> Bool {
      identity.kind.isOfProfile
        ? !map.profiles(of: identity).isDisjoint(with: profiles) : map.leads(identity) && contacts.contains(identity)
    }
    if map.isOf(profiles, number) {
      let kinds = Set(carrier.values.map(\.identity).filter(isTheirs).map(\.kind)).sorted { $0.rawValue < $1.rawValue }
      // Whether what tells no workspace counts, a person has to decide.
      if map.isUnplaced(number) && !map.isOf(included, number) { heldBack[number] = kinds.first } else { matched[number] = kinds }
      return
    }
    if owner == .nobody { return }
    let shared = carrier.values.map(\.identity).filter { identity in
      isTheirs(identity) && (owner == .doubtful || !identity.kind.isOfProfile)
    }
    var kind = shared.map(\.kind).min { $0.rawValue < $1.rawValue }
    var isOthers = false
    if case .profile(let profile) = owner, map.members[profile] != nil {
      if kind == nil && !(map.contested[profile] ?? []).isDisjoint(with: profiles) { kind = .brazeID }
      isOthers = excluded.contains(profile)
    } else if request.excludedProfiles.contains(AccessRequest.noProfile) {
      isOthers = true
    } else if let kind, request.includedProfiles.contains(AccessRequest.noProfile), !carrier.values.contains(where: \.identity.kind.isOfProfile) {
      matched[number] = [kind]
      return
    }
    guard let kind else { return }
    if isOthers { ofOthers.insert(number) } else { heldBack[number] = kind }
  }
}
