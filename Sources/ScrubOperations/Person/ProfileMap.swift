internal import ScrubCore

/// Which profile every carrier belongs to, as far as events tell: profiles joined, contacts with those who carry them.
///
/// A profile is the Braze ids joined by `users.UserOrphan` or by one external id within a workspace. A value that no
/// profile carries is, with what stands beside it, a profile of its own.
struct ProfileMap {
  /// Where a carrier belongs.
  enum Owner: Hashable {
    case profile(Int)
    /// Values of several profiles stand in it, or its workspace cannot be told.
    case doubtful
    /// It carries nothing that leads anywhere.
    case nobody
  }

  let graph: IdentityGraph
  /// Identities that lead, beside the kinds that always do: those that a request names.
  private let named: Set<Identity>
  private(set) var owners: [Owner] = []
  /// By carrier; nothing where it cannot be told.
  private(set) var workspaces: [[UInt8]?] = []
  /// The profiles that carry a value: contacts, requests of agents, and what is named.
  private(set) var holders: [Identity: Set<Int>] = [:]
  /// The members of each profile.
  private(set) var members: [Int: [ProfileID]] = [:]
  /// By profile: those that went into several others, or such others; nobody knows whose they are.
  private(set) var contested: [Int: Set<Int>] = [:]
  /// The carriers of each profile.
  private(set) var carriersOf: [Int: [Int]] = [:]
  /// The values that each profile carries, in no order.
  private(set) var contactsOf: [Int: [Identity]] = [:]
  /// The carriers of each identity, in their order.
  private(set) var carriersWith: [Identity: [Int]] = [:]

  /// By Braze id or external id: its profiles, one in each workspace.
  private var profilesOf: [Identity: Set<Int>] = [:]

  private var numbers: [ProfileID: Int] = [:]
  private var ids: [ProfileID] = []
  private var sets = DisjointSets(count: 0)
  /// The sets of contacts that no profile carries.
  private var contactSets: [Identity: Int] = [:]

  /// - Parameters:
  ///   - allowed: the workspaces that count; empty for all.
  ///   - named: identities of kinds that lead nowhere by themselves.
  init(_ graph: IdentityGraph, allowed: Set<[UInt8]>, named: Set<Identity>) {
    self.graph = graph
    self.named = named
    placeCarriers(allowed)
    joinProfiles()
    joinMerges()
    findHolders()
    adoptNameless()
    assign()
  }

  /// The profiles that an identity leads to: those that it stands for, or that carry it.
  func profiles(of identity: Identity) -> Set<Int> {
    (identity.kind.isOfProfile ? profilesOf[identity] : holders[identity]) ?? []
  }

  func leads(_ identity: Identity) -> Bool {
    !identity.kind.isOfProfile && (identity.kind.leads || named.contains(identity))
  }

  // MARK: workspaces

  /// An event that tells no workspace takes that of its Braze id, or of its external id, if there is only one.
  private mutating func placeCarriers(_ allowed: Set<[UInt8]>) {
    var seen: [Identity: Set<[UInt8]>] = [:]
    for carrier in graph.carriers where !carrier.workspace.isEmpty {
      for value in carrier.values where value.identity.kind.isOfProfile {
        seen[value.identity, default: []].insert(carrier.workspace)
      }
    }
    for carrier in graph.carriers {
      var workspace: [UInt8]? = carrier.workspace
      if carrier.workspace.isEmpty {
        for kind in [IdentityKind.brazeID, .externalID] {
          let known = carrier.values.filter { $0.identity.kind == kind && !$0.isMerge }
            .reduce(into: Set<[UInt8]>()) { $0.formUnion(seen[$1.identity] ?? []) }
          if known.count == 1 { workspace = known.first }
          if known.count > 1 { workspace = nil }
          if !known.isEmpty { break }
        }
      }
      if let placed = workspace, !allowed.isEmpty && !allowed.contains(placed) { workspace = Self.elsewhere }
      workspaces.append(workspace)
    }
  }

  /// Stands for the workspaces that do not count; no id holds a zero.
  private static let elsewhere: [UInt8] = [0]

  private func isElsewhere(_ carrier: Int) -> Bool { workspaces[carrier] == Self.elsewhere }

  // MARK: profiles

  private func profileIDs(_ carrier: Int, merges: Bool) -> [ProfileID] {
    guard let workspace = workspaces[carrier], workspace != Self.elsewhere else { return [] }
    return graph.carriers[carrier].values.filter { $0.identity.kind.isOfProfile && $0.isMerge == merges }
      .map { ProfileID(workspace: workspace, identity: $0.identity) }
  }

  private mutating func number(_ id: ProfileID) -> Int {
    if let known = numbers[id] { return known }
    let number = sets.add()
    numbers[id] = number
    ids.append(id)
    return number
  }

  private mutating func joinProfiles() {
    for carrier in graph.carriers.indices {
      let all = profileIDs(carrier, merges: false).map { number($0) }
      for other in all.dropFirst() { sets.join(all[0], other) }
      for id in profileIDs(carrier, merges: true) { _ = number(id) }
    }
  }

  /// Joins profiles that went into another one. One that went into two is nobody's, unless the two are one.
  private mutating func joinMerges() {
    // By profile before any merge: the ids into which it went.
    var before = sets
    var targets: [Int: Set<Int>] = [:]
    for carrier in graph.carriers.indices {
      guard let source = profileIDs(carrier, merges: false).first else { continue }
      for id in profileIDs(carrier, merges: true) { targets[before.root(number(source)), default: []].insert(number(id)) }
    }
    var changed = true
    while changed {
      changed = false
      for source in targets.keys.sorted() {
        let others = Set((targets[source] ?? []).map { sets.root($0) }).subtracting([sets.root(source)])
        if others.count == 1, let other = others.first, sets.join(source, other) { changed = true }
      }
    }
    for (source, ids) in targets {
      let profile = sets.root(source)
      for other in Set(ids.map { sets.root($0) }) where other != profile {
        contested[profile, default: []].insert(other)
        contested[other, default: []].insert(profile)
      }
    }
    for (number, id) in ids.enumerated() {
      members[sets.root(number), default: []].append(id)
      profilesOf[id.identity, default: []].insert(sets.root(number))
    }
  }

  // MARK: contacts

  private func contacts(_ carrier: Int) -> [Identity] {
    graph.carriers[carrier].values.map(\.identity).filter { leads($0) }
  }

  private func hasProfile(_ carrier: Int) -> Bool {
    graph.carriers[carrier].values.contains { $0.identity.kind.isOfProfile && !$0.isMerge }
  }

  private mutating func findHolders() {
    for carrier in graph.carriers.indices where hasProfile(carrier) && !isElsewhere(carrier) {
      // Whose an event is whose workspace cannot be told nobody knows: it counts as somebody else's.
      let holder = profileIDs(carrier, merges: false).first.map { sets.root(number($0)) } ?? -1 - carrier
      for contact in contacts(carrier) { holders[contact, default: []].insert(holder) }
    }
  }

  /// Events of no profile belong to the one whose contact they carry; what else they carry is theirs then.
  private mutating func adoptNameless() {
    let nameless = graph.carriers.indices.filter { !hasProfile($0) && !isElsewhere($0) }
    while true {
      var found: [Identity: Set<Int>] = [:]
      for carrier in nameless {
        let contacts = contacts(carrier)
        let all = contacts.reduce(into: Set<Int>()) { $0.formUnion(holders[$1] ?? []) }
        guard all.count == 1 else { continue }
        for contact in contacts where !(holders[contact] ?? []).isSuperset(of: all) {
          found[contact, default: []].formUnion(all)
        }
      }
      if found.isEmpty { break }
      for (contact, profiles) in found { holders[contact, default: []].formUnion(profiles) }
    }
    joinContacts(nameless)
  }

  /// Contacts that no profile carries, and that stand in one event, are those of one unknown person.
  private mutating func joinContacts(_ nameless: [Int]) {
    for carrier in nameless {
      let free = contacts(carrier).filter { (holders[$0] ?? []).isEmpty }
      for contact in free where contactSets[contact] == nil { contactSets[contact] = sets.add() }
      let all = free.compactMap { contactSets[$0] }
      for other in all.dropFirst() { sets.join(all[0], other) }
    }
    for (contact, number) in contactSets { holders[contact] = [sets.root(number)] }
  }

  private mutating func assign() {
    for carrier in graph.carriers.indices {
      let owner: Owner
      if isElsewhere(carrier) {
        owner = .nobody
      } else if hasProfile(carrier) {
        owner = profileIDs(carrier, merges: false).first.map { .profile(sets.root(number($0))) } ?? .doubtful
      } else {
        let all = contacts(carrier).reduce(into: Set<Int>()) { $0.formUnion(holders[$1] ?? []) }
        owner = all.count > 1 ? .doubtful : all.first.map { .profile($0) } ?? .nobody
      }
      owners.append(owner)
      if case .profile(let profile) = owner { carriersOf[profile, default: []].append(carrier) }
      for value in graph.carriers[carrier].values { carriersWith[value.identity, default: []].append(carrier) }
    }
    for (contact, profiles) in holders {
      for profile in profiles { contactsOf[profile, default: []].append(contact) }
    }
  }
}
