internal import ScrubCore
internal import ScrubPolicy

/// The identifiers of a person, each with the one that it is linked to: those of the request, then what stands in one
/// event with them, and so on.
struct IdentifierChain {
  private(set) var identifiers: [LinkedIdentifier] = []
  private(set) var own: Set<Identity> = []

  private var numbers: [ProfileID: Int] = [:]
  private var queue: [ProfileID] = []
  private let map: ProfileMap
  private let spellings: [Identity: [UInt8]]
  /// By identity: the carriers of the person that carry it, in their order.
  private var carriers: [Identity: [Int]] = [:]
  private let profiles: Set<Int>

  init(_ search: PersonSearch, _ verdict: PersonVerdict, _ map: ProfileMap, _ spellings: [Identity: [UInt8]]) {
    self.map = map
    self.spellings = spellings
    profiles = verdict.profiles
    if verdict.doubt != nil { return }
    for carrier in verdict.matched.keys.sorted() {
      for value in map.graph.carriers[carrier].values { carriers[value.identity, default: []].append(carrier) }
    }
    for seed in search.seeds { addSeed(seed) }
    for profile in profiles.sorted() where !hasMember(profile) {
      for member in map.members[profile] ?? [] { add(member, link: "included", linkedTo: nil) }
    }
    var next = 0
    while next < queue.count {
      follow(queue[next], number: next)
      next += 1
    }
    var given: [Identity: [UInt8]] = [:]
    for subject in search.request.subjects {
      if let identity = subject.identity, given[identity] == nil { given[identity] = subject.identifier.value }
    }
    for index in identifiers.indices where identifiers[index].isGiven {
      if let value = given[queue[index].identity], queue[index].identity.kind != .pushToken {
        identifiers[index] = identifiers[index].spelled(String(decoding: value, as: UTF8.self))
      }
    }
  }

  private func hasMember(_ profile: Int) -> Bool {
    (map.members[profile] ?? []).contains { numbers[$0] != nil || own.contains($0.identity) }
      || map.members[profile] == nil || queue.contains { !$0.identity.kind.isOfProfile && map.profiles(of: $0.identity) == [profile] }
  }

  private mutating func addSeed(_ seed: Identity) {
    let places = (carriers[seed] ?? []).compactMap { map.workspaces[$0] }
    if seed.kind.isOfProfile && !places.isEmpty {
      for workspace in Set(places).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
        add(ProfileID(workspace: workspace, identity: seed), link: "request", linkedTo: nil)
      }
    } else {
      add(ProfileID(workspace: [], identity: seed), link: "request", linkedTo: nil)
    }
  }

  private mutating func add(_ id: ProfileID, link: String, linkedTo: Int?) {
    guard numbers[id] == nil else { return }
    numbers[id] = identifiers.count
    queue.append(id)
    own.insert(id.identity)
    let events = (carriers[id.identity] ?? []).reduce(0) { $0 + map.graph.tallies[$1].events }
    let holders = id.identity.kind.isOfProfile ? [] : map.profiles(of: id.identity)
    identifiers.append(
      LinkedIdentifier(
        kind: id.identity.kind.name,
        value: id.identity.kind == .pushToken
          ? "[credential]" : String(decoding: spellings[id.identity] ?? id.identity.text, as: UTF8.self),
        workspace: id.workspace.isEmpty ? nil : String(decoding: id.workspace, as: UTF8.self),
        isGiven: link == "request", link: link, linkedTo: linkedTo,
        isShared: !holders.isSubset(of: profiles), events: events))
  }

  /// Adds what stands in one event with an identifier.
  private mutating func follow(_ id: ProfileID, number: Int) {
    for carrier in carriers[id.identity] ?? [] {
      guard let workspace = map.workspaces[carrier] else { continue }
      if id.identity.kind.isOfProfile && workspace != id.workspace && !id.workspace.isEmpty { continue }
      let values = map.graph.carriers[carrier].values
      let isMerge = values.contains { $0.isMerge && $0.identity == id.identity }
      // Push tokens are credentials, which no package shows.
      for value in values where value.identity != id.identity && value.identity.kind != .pushToken {
        let isOfProfile = value.identity.kind.isOfProfile
        // What a profile went into is theirs only where that is sure.
        if isOfProfile && map.profiles(of: value.identity).isDisjoint(with: profiles) { continue }
        add(
          ProfileID(workspace: isOfProfile ? workspace : [], identity: value.identity),
          link: value.isMerge || isMerge ? "merge" : "same-event", linkedTo: number)
      }
    }
  }
}

extension LinkedIdentifier {
  /// The same with its value told otherwise, as the request spells it.
  func spelled(_ value: String) -> LinkedIdentifier {
    LinkedIdentifier(
      kind: kind, value: value, workspace: workspace, isGiven: isGiven, link: link, linkedTo: linkedTo,
      isShared: isShared, events: events)
  }
}
