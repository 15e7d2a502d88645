internal import ScrubCore

/// Which profile every carrier belongs to, as far as events tell: profiles joined, contacts with those who carry them.
///
/// A profile is the Braze ids joined by `users.UserOrphan` or by one external id within a workspace, as long as that is not
/// one of many, as a placeholder is. A value that no profile carries is, with what stands beside it, a profile of its own.
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
  /// Carriers of somebody who came back behind a request that was carried out before: they lead to nobody.
  let returned: Set<Int>
  /// Identities that lead, beside the kinds that always do: those that a request names.
  private let named: Set<Identity>
  /// Stands for all who were erased, among those who carry a contact.
  static let erased = Int.min
  /// Stands for none, where events tell no profile, or several.
  static let noProfile = -1
  /// Stands for more than one.
  private static let several = Int.max
  private(set) var owners: [Owner] = []
  /// By carrier; nothing where it cannot be told.
  private(set) var workspaces: [[UInt8]?] = []
  /// The members of each profile.
  private(set) var members: [Int: [ProfileID]] = [:]
  /// By profile: those that went into several others, or such others; nobody knows whose they are.
  private(set) var contested: [Int: Set<Int>] = [:]
  /// The carriers of each profile.
  private(set) var carriersOf: [Int: [Int]] = [:]
  /// The values that each profile carries, in no order.
  private(set) var contactsOf: [Int: [Identity]] = [:]
  /// The carriers of each identity, in their order.
  var carriersWith: CarriersWith { CarriersWith(graph: graph, lists: carrierLists) }

  // Identities, workspaces and ids of profiles are numbers here: a thousand people have some ten thousand of them.

  /// By identity: its carriers.
  private var carrierLists: [[Int]]
  /// By identity: its profiles, one in each workspace, where it is a Braze id or external id.
  private var profilesOf: [Set<Int>]
  /// By identity: the profiles that carry it, where it is a contact, the request of an agent, or named.
  private var holders: [Set<Int>]
  /// By identity.
  private let isOfProfile: [Bool]
  private let leading: [Bool]

  /// By carrier: `unknown`, `elsewhere`, or the number of the workspace.
  private var places: [Int] = []
  private var workspaceTexts: [[UInt8]] = []
  private var isLimited = false
  private var workspaceNumbers: [[UInt8]: Int] = [:]
  /// By carrier: ids of the profile whose event it is, and of those into which it went.
  private var own: [[Int]] = []
  private var merged: [[Int]] = []

  /// By place and identity.
  private var idNumbers: [ID: Int] = [:]
  private var ids: [ID] = []
  private var sets = DisjointSets(count: 0)
  /// By identity: the sets of contacts that no profile carries.
  private var contactSets: [Int: Int] = [:]

  /// Beyond so many Braze ids in one workspace an external id joins nobody, and the other way round: what stands there is no
  /// id of a person.
  private static let idLimit = 16
  /// Such ids, by their numbers.
  private var common: Set<Int> = []

  private struct ID: Hashable {
    let place: Int
    let identity: Int
  }

  /// The carriers of identities.
  struct CarriersWith {
    fileprivate let graph: IdentityGraph
    fileprivate let lists: [[Int]]

    subscript(identity: Identity) -> [Int]? { graph.number(of: identity).map { lists[$0] } }
  }

  /// - Parameters:
  ///   - allowed: the workspaces that count; empty for all.
  ///   - named: identities of kinds that lead nowhere by themselves.
  ///   - shared: identities that somebody carried too who was erased.
  ///   - returned: carriers of somebody who came back behind a request that was carried out before.
  init(
    _ graph: IdentityGraph, allowed: Set<[UInt8]>, named: Set<Identity>, shared: Set<Identity> = [], returned: Set<Int> = []
  ) {
    self.graph = graph
    self.returned = returned
    self.named = named
    isOfProfile = graph.identities.map(\.kind.isOfProfile)
    leading = graph.identities.map { !$0.kind.isOfProfile && ($0.kind.leads || named.contains($0)) }
    carrierLists = Array(repeating: [], count: graph.identities.count)
    profilesOf = Array(repeating: [], count: graph.identities.count)
    holders = Array(repeating: [], count: graph.identities.count)
    placeCarriers(allowed)
    joinProfiles()
    joinMerges()
    findHolders()
    for identity in shared {
      if let number = graph.number(of: identity), leading[number] { holders[number].insert(Self.erased) }
    }
    adoptNameless()
    assign()
  }

  /// The profiles that an identity leads to: those that it stands for, or that carry it.
  func profiles(of identity: Identity) -> Set<Int> {
    guard let number = graph.number(of: identity) else { return [] }
    return isOfProfile[number] ? profilesOf[number] : holders[number]
  }

  /// All by which a profile is found again, whatever becomes of the events that tell it.
  func trace(of profile: Int) -> Carrier {
    let (members, carriers) = (members[profile] ?? [], carriersOf[profile] ?? [])
    var trace = Carrier()
    trace.workspace = members.first?.workspace ?? carriers.lazy.compactMap { workspaces[$0] }.first ?? []
    let merges = carriers.flatMap { graph.carriers[$0].values }.filter(\.isMerge)
    let own = (members.map(\.identity) + (contactsOf[profile] ?? [])).map { Carrier.Value(identity: $0, isMerge: false) }
    trace.values = Set(own + merges).sorted {
      ($0.identity.kind.rawValue, $0.isMerge ? 1 : 0) == ($1.identity.kind.rawValue, $1.isMerge ? 1 : 0)
        ? $0.identity.text.lexicographicallyPrecedes($1.identity.text)
        : ($0.identity.kind.rawValue, $0.isMerge ? 1 : 0) < ($1.identity.kind.rawValue, $1.isMerge ? 1 : 0)
    }
    return trace
  }

  /// Whether an external id stands beside too many Braze ids to be somebody's, or a Braze id beside too many external ids.
  func isCommon(_ identity: Identity) -> Bool {
    !common.isEmpty && graph.number(of: identity).map { number in common.contains { ids[$0].identity == number } } ?? false
  }

  func leads(_ identity: Identity) -> Bool {
    !identity.kind.isOfProfile && (identity.kind.leads || named.contains(identity))
  }

  // MARK: workspaces

  private static let unknown = -1
  /// Stands for the workspaces that do not count.
  private static let elsewhere = -2
  /// Its text; no id holds a zero.
  private static let elsewhereText: [UInt8] = [0]

  /// An event that tells no workspace takes that of its Braze id, or of its external id, if there is only one.
  private mutating func placeCarriers(_ allowed: Set<[UInt8]>) {
    var told: [Int] = []
    for carrier in graph.carriers { told.append(workspace(of: carrier.workspace)) }
    // By identity: the first workspace in which it was seen, and those in which it was seen beside.
    var first = [Int](repeating: Self.unknown, count: graph.identities.count)
    var others: [Int: Set<Int>] = [:]
    for (carrier, values) in graph.values.enumerated() where !graph.carriers[carrier].workspace.isEmpty {
      for value in values where isOfProfile[value.identity] {
        let known = first[value.identity]
        if known == Self.unknown {
          first[value.identity] = told[carrier]
        } else if known != told[carrier] {
          others[value.identity, default: []].insert(told[carrier])
        }
      }
    }
    isLimited = !allowed.isEmpty
    // What is told nowhere may be one that counts.
    let isAllowed = workspaceTexts.map { allowed.isEmpty || $0.isEmpty || allowed.contains($0) }
    for (carrier, values) in graph.values.enumerated() {
      var place = told[carrier]
      if graph.carriers[carrier].workspace.isEmpty {
        var isOther = false
        for kind in [IdentityKind.brazeID, .externalID] {
          var known: Set<Int> = []
          for value in values where !value.isMerge && graph.identities[value.identity].kind == kind {
            if first[value.identity] != Self.unknown { known.insert(first[value.identity]) }
            known.formUnion(others[value.identity] ?? [])
            // Workspaces number their customers alike: who has a Braze id of their own may be another one's.
            if kind == .brazeID && known.isEmpty { isOther = true }
          }
          if let only = known.first {
            place = !isOther && known.count == 1 || !known.contains { isAllowed[$0] } ? only : Self.unknown
            break
          }
        }
      }
      if returned.contains(carrier) || place != Self.unknown && !isAllowed[place] { place = Self.elsewhere }
      places.append(place)
      workspaces.append(
        place == Self.unknown ? nil : place == Self.elsewhere ? Self.elsewhereText : workspaceTexts[place])
    }
  }

  private mutating func workspace(of text: [UInt8]) -> Int {
    if let known = workspaceNumbers[text] { return known }
    workspaceNumbers[text] = workspaceTexts.count
    workspaceTexts.append(text)
    return workspaceTexts.count - 1
  }

  /// Whether only some workspaces count, and no event tells in which a carrier is.
  func isUnplaced(_ carrier: Int) -> Bool { isLimited && workspaces[carrier]?.isEmpty ?? false }

  /// Whether only some workspaces count, and no event tells in which a profile is.
  func isUnplaced(profile: Int) -> Bool { isLimited && members[profile]?.first?.workspace.isEmpty ?? false }

  private func isElsewhere(_ carrier: Int) -> Bool { places[carrier] == Self.elsewhere }

  // MARK: profiles

  private mutating func numbers(ofIDsIn carrier: Int, merges: Bool) -> [Int] {
    let place = places[carrier]
    if place < 0 { return [] }
    var numbers: [Int] = []
    for value in graph.values[carrier] where value.isMerge == merges && isOfProfile[value.identity] {
      numbers.append(number(ID(place: place, identity: value.identity)))
    }
    return numbers
  }

  private mutating func number(_ id: ID) -> Int {
    if let known = idNumbers[id] { return known }
    let number = sets.add()
    idNumbers[id] = number
    ids.append(id)
    return number
  }

  private mutating func joinProfiles() {
    for carrier in graph.carriers.indices {
      own.append(numbers(ofIDsIn: carrier, merges: false))
      merged.append(numbers(ofIDsIn: carrier, merges: true))
      // An event is of one profile: where a list, a name that stands twice or two names of one member say otherwise, it is
      // not known of which, and joins nobody.
      if own[carrier].count > 1, !graph.known.contains(carrier), holdsSeveralOfAKind(own[carrier]) { own[carrier] = [] }
    }
    findCommon()
    for carrier in graph.carriers.indices {
      if !common.isEmpty {
        let others = own[carrier].filter { !common.contains($0) }
        if !others.isEmpty { own[carrier] = others }
      }
      for other in own[carrier].dropFirst() { sets.join(own[carrier][0], other) }
    }
    // Somebody who is known by contacts only is one person.
    let nameless = graph.known.filter { own[$0].isEmpty && places[$0] >= 0 }
    if nameless.isEmpty { return }
    let person = sets.add()
    for carrier in nameless { own[carrier] = [person] }
  }

  private mutating func findCommon() {
    var others: [Int: Set<Int>] = [:]
    for numbers in own where numbers.count > 1 {
      for number in numbers { others[number, default: []].formUnion(numbers.filter { kind(of: $0) != kind(of: number) }) }
    }
    common = Set(others.filter { $0.value.count > Self.idLimit }.keys)
  }

  /// Whether some ids of profiles, which are of two kinds, hold two of one.
  private func holdsSeveralOfAKind(_ numbers: [Int]) -> Bool {
    numbers.count > 2 || numbers.dropFirst().contains { kind(of: $0) == kind(of: numbers[0]) }
  }

  private func kind(of number: Int) -> IdentityKind { graph.identities[ids[number].identity].kind }

  /// Joins profiles that went into another one. One that went into two is nobody's, unless the two are one.
  private mutating func joinMerges() {
    // By profile before any merge: the ids into which it went.
    var before = sets
    var targets: [Int: Set<Int>] = [:]
    for carrier in graph.carriers.indices where !merged[carrier].isEmpty {
      guard let source = own[carrier].first else { continue }
      targets[before.root(source), default: []].formUnion(merged[carrier])
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
      let profile = sets.root(number)
      members[profile, default: []].append(
        ProfileID(workspace: workspaceTexts[id.place], identity: graph.identities[id.identity]))
      profilesOf[id.identity].insert(profile)
    }
    findCarriersOfCommon()
  }

  /// Who carries a common id is found by it, and nobody can tell who of them is meant.
  private mutating func findCarriersOfCommon() {
    if common.isEmpty { return }
    for number in common { profilesOf[ids[number].identity].remove(sets.root(number)) }
    for carrier in graph.values.indices {
      guard let first = own[carrier].first else { continue }
      for value in graph.values[carrier] where !value.isMerge {
        let number = idNumbers[ID(place: places[carrier], identity: value.identity)]
        if let number, common.contains(number) { profilesOf[value.identity].insert(sets.root(first)) }
      }
    }
  }

  // MARK: contacts

  private func contacts(_ carrier: Int) -> [Int] {
    graph.values[carrier].map(\.identity).filter { leading[$0] }
  }

  /// Whether a profile's id stands in a carrier, or it is known whose it is.
  func hasProfile(_ carrier: Int) -> Bool {
    graph.known.contains(carrier) || graph.values[carrier].contains { isOfProfile[$0.identity] && !$0.isMerge }
  }

  /// The profile that a carrier belongs to, if it is one.
  func profile(of carrier: Int) -> Int? {
    if case .profile(let profile) = owners[carrier] { profile } else { nil }
  }

  /// Whether a carrier belongs to one of some profiles, or to several of them and nobody else.
  func isOf(_ profiles: Set<Int>, _ carrier: Int) -> Bool {
    switch owners[carrier] {
    case .profile(let profile): profiles.contains(profile)
    case .doubtful: !hasProfile(carrier) && contacts(carrier).allSatisfy { holders[$0].isSubset(of: profiles) }
    case .nobody: false
    }
  }

  private mutating func findHolders() {
    for carrier in graph.carriers.indices where hasProfile(carrier) && !isElsewhere(carrier) {
      // Whose an event is whose workspace cannot be told nobody knows: it counts as somebody else's.
      let holder = own[carrier].first.map { sets.root($0) } ?? -1 - carrier
      for value in graph.values[carrier] where leading[value.identity] { holders[value.identity].insert(holder) }
    }
  }

  /// Events of no profile belong to the one whose contact they carry; what else they carry is theirs then.
  private mutating func adoptNameless() {
    let nameless = graph.carriers.indices.filter { !hasProfile($0) && !isElsewhere($0) }
    while true {
      var found: [Int: Set<Int>] = [:]
      for carrier in nameless {
        let contacts = contacts(carrier)
        guard let only = holder(of: contacts), only != Self.erased, only != Self.several else { continue }
        for contact in contacts where !holders[contact].contains(only) { found[contact, default: []].insert(only) }
      }
      if found.isEmpty { break }
      for (contact, profiles) in found { holders[contact].formUnion(profiles) }
    }
    joinContacts(nameless)
  }

  /// The one profile that carries some contacts, `several`, or nothing where none does.
  private func holder(of contacts: [Int]) -> Int? {
    var only: Int?
    for contact in contacts {
      guard let first = holders[contact].first else { continue }
      if holders[contact].count > 1 || first != only ?? first { return Self.several }
      only = first
    }
    return only
  }

  /// Contacts that no profile carries, and that stand in one event, are those of one unknown person.
  private mutating func joinContacts(_ nameless: [Int]) {
    for carrier in nameless {
      let free = contacts(carrier).filter { holders[$0].isSubset(of: [Self.erased]) }
      for contact in free where contactSets[contact] == nil { contactSets[contact] = sets.add() }
      let all = free.compactMap { contactSets[$0] }
      for other in all.dropFirst() { sets.join(all[0], other) }
    }
    for (contact, number) in contactSets { holders[contact].insert(sets.root(number)) }
  }

  private mutating func assign() {
    for carrier in graph.carriers.indices {
      let owner: Owner
      if isElsewhere(carrier) {
        owner = .nobody
      } else if hasProfile(carrier) {
        owner = own[carrier].first.map { .profile(sets.root($0)) } ?? .doubtful
      } else {
        let holder = holder(of: contacts(carrier))
        owner = holder == Self.several ? .doubtful : holder.map { .profile($0) } ?? .nobody
      }
      owners.append(owner)
      if case .profile(let profile) = owner { carriersOf[profile, default: []].append(carrier) }
      for value in graph.values[carrier] { carrierLists[value.identity].append(carrier) }
    }
    for (contact, profiles) in holders.enumerated() {
      for profile in profiles { contactsOf[profile, default: []].append(graph.identities[contact]) }
    }
  }
}
