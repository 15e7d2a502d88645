internal import ScrubCore
internal import ScrubPolicy

/// Which of the events that carry an identity are meant.
struct Reach: Hashable, Codable, Sendable {
  /// The last second that counts, since 1970-01-01; nothing for every time, and for events that tell none.
  var until: Int?
  /// Whether only what partners have counts, and no event as the storage has it.
  var isForPartners = false

  /// Everything.
  static let all = Reach()

  /// - Parameter time: of an event; `Int.min` where it tells none.
  func covers(time: Int, in destination: Destination) -> Bool {
    if isForPartners && destination == .storage { return false }
    guard let until else { return true }
    return time != .min && time <= until
  }
}

/// Somebody whose events are those that carry one of a few identities, and no others: nobody asks who else they may be,
/// nothing leads from one identity to the next, nothing is in doubt and nothing held back.
struct ExactPerson: Sendable {
  /// The identities stand in `identities`; it names none itself.
  let request: AccessRequest
  var identities: [Identity: Set<Reach>]
  /// Whether the external ids that stand beside their Braze ids count too, for what partners have, up to this second:
  /// those that no other Braze id carries.
  var partnersUntil: Int?
  /// The entry of the suppression list by which they are known.
  var suppression: String?
}

extension PersonVerdict {
  /// What an exact search comes to.
  init(_ person: ExactPerson, _ map: ProfileMap) {
    let external = Self.externalIDs(of: person, map)
    wanted = Set(person.identities.keys).union(external.keys)
    var identities = person.identities
    if let until = person.partnersUntil {
      for (identity, isAlone) in external where isAlone && identities[identity] == nil {
        identities[identity] = [Reach(until: until, isForPartners: true)]
      }
    }
    for (identity, reaches) in identities {
      for carrier in map.carriersWith[identity] ?? [] { claims[carrier, default: []] += reaches.map { (identity.kind, $0) } }
    }
    for (carrier, claims) in claims {
      matched[carrier] = Set(claims.map(\.kind)).sorted { $0.rawValue < $1.rawValue }
    }
    exact = Set(identities.keys)
    isSeen = !matched.isEmpty
  }

  /// The external ids that stand beside the person's Braze ids, and whether no other Braze id carries them.
  private static func externalIDs(of person: ExactPerson, _ map: ProfileMap) -> [Identity: Bool] {
    if person.partnersUntil == nil { return [:] }
    let own = Set(person.identities.keys.filter { $0.kind == .brazeID })
    func brazeIDs(_ carrier: Int) -> Set<Identity> {
      Set(map.graph.carriers[carrier].values.filter { $0.identity.kind == .brazeID && !$0.isMerge }.map(\.identity))
    }
    var external: [Identity: Bool] = [:]
    for carrier in own.flatMap({ map.carriersWith[$0] ?? [] }) where !brazeIDs(carrier).isDisjoint(with: own) {
      for value in map.graph.carriers[carrier].values where value.identity.kind == .externalID {
        let identity = value.identity
        if external[identity] != nil { continue }
        external[identity] = (map.carriersWith[identity] ?? []).allSatisfy { brazeIDs($0).isSubset(of: own) }
      }
    }
    return external
  }
}

extension PersonFound {
  /// What was found of somebody who was searched for exactly.
  init(
    _ search: PersonSearch, exact: ExactPerson, _ verdict: PersonVerdict, _ map: ProfileMap,
    spellings: [Identity: [UInt8]], fingerprint: (ProfileID) -> String
  ) {
    var identifiers: [LinkedIdentifier] = []
    var profiles: Set<ProfileID> = []
    let identities = verdict.exact.sorted {
      $0.kind == $1.kind ? $0.text.lexicographicallyPrecedes($1.text) : $0.kind.rawValue < $1.kind.rawValue
    }
    for identity in identities {
      guard let carriers = map.carriersWith[identity] else { continue }
      if identity.kind.isOfProfile {
        for carrier in carriers {
          profiles.insert(ProfileID(workspace: map.workspaces[carrier] ?? [], identity: identity))
        }
      }
      identifiers.append(
        LinkedIdentifier(
          kind: identity.kind.name, value: String(decoding: spellings[identity] ?? identity.text, as: UTF8.self),
          workspace: nil, isGiven: exact.identities[identity] != nil,
          link: exact.identities[identity] != nil ? "request" : "same-event", linkedTo: nil, isShared: false,
          events: carriers.reduce(0) { $0 + map.graph.tallies[$1].events }))
    }
    // A hold may name them by anything that stands beside what they are known by.
    let beside = verdict.matched.keys.flatMap { map.graph.carriers[$0].values.map(\.identity) }
    self.init(
      search: search, verdict: verdict, doubt: nil, identifiers: identifiers,
      own: Set(exact.identities.keys).union(beside), heldBack: [], heldBackValues: [],
      fingerprints: Set(profiles.map(fingerprint)).sorted())
  }
}
