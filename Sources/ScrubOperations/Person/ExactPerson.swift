internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
internal import ScrubPolicy

/// Which of the events that carry an identity are meant.
struct Reach: Hashable, Codable, Sendable {
  /// The last second that counts, since 1970-01-01; nothing for every time, and for events that tell none.
  var until: Int?
  /// Whether events count too that tell no time; nothing as false.
  var takesUntimed: Bool?
  /// Whether only what partners have counts, and no event as the storage has it.
  var isForPartners = false

  /// Everything.
  static let all = Reach()

  /// - Parameter time: of an event; `Int.min` where it tells none.
  func covers(time: Int, in destination: Destination) -> Bool {
    if isForPartners && destination == .storage { return false }
    guard let until else { return true }
    return time == .min ? takesUntimed ?? false : time <= until
  }
}

/// To which events an identity leads.
struct Lead: Hashable, Sendable {
  let reach: Reach
  /// The entry of the suppression list outside of whose workspaces it leads nowhere, but for what partners have of no
  /// workspace that they tell; nothing where it leads everywhere.
  var within: String?
}

/// Why an event may be that of somebody who is searched for exactly.
struct Claims: Sendable {
  /// The kinds of identities that stand in it, and which events they reach.
  private(set) var all: [(kind: IdentityKind, reach: Reach)] = []
  /// Whether a profile's id stands in it. If none of them is the person's, it is somebody else's, whatever else it carries.
  let hasProfile: Bool

  init(hasProfile: Bool) { self.hasProfile = hasProfile }

  mutating func add(_ kind: IdentityKind, _ reach: Reach) { all.append((kind, reach)) }

  /// Those that count for an event.
  func covering(time: Int, in destination: Destination) -> Claims {
    var claims = self
    claims.all.removeAll { !$0.reach.covers(time: time, in: destination) }
    return claims
  }

  /// The kinds, in a fixed order.
  var kinds: [IdentityKind] { Set(all.map(\.kind)).sorted { $0.rawValue < $1.rawValue } }
  /// Of those that decide.
  var reaches: [Reach] { all.filter { !hasProfile || $0.kind.isOfProfile }.map(\.reach) }
  /// The kind of a value that only somebody else's event carries.
  var heldBack: IdentityKind? { reaches.isEmpty ? kinds.first : nil }
}

/// The workspaces that erasures were limited to, as the suppression list knows them.
struct SuppressedWorkspaces: Sendable {
  private let stateKey: SecretBytes
  /// By entry.
  private let fingerprints: [String: Set<SuppressionList.Fingerprint>]

  init(_ stateKey: SecretBytes, _ list: SuppressionList) throws(ScrubRefusal) {
    self.stateKey = stateKey
    do throws(LedgerProblem) { fingerprints = try list.workspaces() } catch { throw .ledger(error, path: list.path) }
  }

  /// By workspace: the entries that are limited to it, and perhaps to others. One that cannot be looked up is nobody's.
  func entries(of workspaces: Set<[UInt8]>) -> [[UInt8]: Set<String>] {
    guard let suppression = try? Suppression(stateKey) else { return [:] }
    var entries: [[UInt8]: Set<String>] = [:]
    for workspace in workspaces {
      guard let fingerprint = try? suppression.fingerprint(workspace: workspace) else { continue }
      entries[workspace] = Set(fingerprints.filter { $0.value.contains(fingerprint) }.keys)
    }
    return entries
  }
}

/// Somebody whose events are those that carry one of a few identities, and no others: nobody asks who else they may be,
/// nothing leads from one identity to the next, and nothing is in doubt. An event with the id of a profile that is not
/// theirs is held back, whatever else it carries.
struct ExactPerson: Sendable {
  /// The identities stand in `identities`; it names none itself.
  let request: AccessRequest
  var identities: [Identity: Set<Lead>]
  /// Where some of them lead only within workspaces: these.
  var workspaces: SuppressedWorkspaces?
  /// Whether the external ids that stand beside their Braze ids count too, for what partners have, up to this second:
  /// those that no other Braze id carries.
  var partnersUntil: Int?
  /// The workspace outside of which an external id is somebody else's; nothing where it is not known.
  var partnersWithin: [UInt8]?
  /// The entry of the suppression list by which they are known.
  var suppression: String?

  /// Whether an identity leads to events of a workspace.
  ///
  /// - Parameters:
  ///   - workspace: nothing where they do not tell it.
  ///   - entries: those of the suppression list that are limited to it.
  fileprivate func follows(_ lead: Lead, to workspace: [UInt8]?, _ entries: Set<String>) -> Bool {
    // Partners need not tell it. Of all else whose workspace cannot be told it is not known either whose it is.
    guard let workspace else { return lead.within == nil || lead.reach.isForPartners }
    if lead.reach.isForPartners, let own = partnersWithin, own != workspace { return false }
    return lead.within.map(entries.contains) ?? true
  }
}

extension PersonVerdict {
  /// What an exact search comes to.
  init(_ person: ExactPerson, _ map: ProfileMap) {
    let external = Self.externalIDs(of: person, map)
    wanted = Set(person.identities.keys).union(external.keys)
    var identities = person.identities
    if let until = person.partnersUntil {
      for (identity, isAlone) in external where isAlone && identities[identity] == nil {
        identities[identity] = [Lead(reach: Reach(until: until, isForPartners: true))]
      }
    }
    let carriers = identities.keys.reduce(into: Set<Int>()) { $0.formUnion(map.carriersWith[$1] ?? []) }
    let entries = person.workspaces?.entries(of: Set(carriers.compactMap { map.workspaces[$0] })) ?? [:]
    for (identity, leads) in identities {
      for carrier in map.carriersWith[identity] ?? [] {
        let workspace = map.workspaces[carrier]
        let limited = workspace.flatMap { entries[$0] } ?? []
        for lead in leads where person.follows(lead, to: workspace, limited) {
          claims[carrier, default: Claims(hasProfile: map.hasProfile(carrier))].add(identity.kind, lead.reach)
        }
      }
    }
    for (carrier, claims) in claims where claims.heldBack == nil { matched[carrier] = claims.kinds }
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
      let carriers = (map.carriersWith[identity] ?? []).filter { verdict.claims[$0] != nil }
      if carriers.isEmpty { continue }
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
