internal import ScrubCore

/// A Braze id or external id in its workspace: what stands for a profile.
struct ProfileID: Hashable {
  /// Empty where no event tells one.
  let workspace: [UInt8]
  let identity: Identity

  /// Few workspaces hold the same id.
  func hash(into hasher: inout Hasher) { hasher.combine(identity) }
}

/// All that was seen of the identities that were looked for: what events carry, once each.
struct IdentityGraph {
  /// What events carry, with pseudonyms turned into what they stand for where that is known.
  private(set) var carriers: [Carrier] = []
  /// By carrier: events, and when they were.
  private(set) var tallies: [CarrierTally] = []
  /// By carrier: its values by numbers.
  private(set) var values: [[Value]] = []
  /// The identities of all carriers, once each.
  private(set) var identities: [Identity] = []
  private var numbers: [Carrier: Int] = [:]
  private var identityNumbers: [Identity: Int] = [:]

  /// A value of a carrier, by the number of its identity.
  struct Value: Sendable {
    let identity: Int
    let isMerge: Bool
  }

  /// The number of an identity; nothing where no carrier has it.
  func number(of identity: Identity) -> Int? { identityNumbers[identity] }

  /// Events, and when they were, in seconds since 1970-01-01. Values add up.
  struct CarrierTally: Sendable {
    private(set) var events = 0
    private var first = Int.max
    private var last = Int.min

    /// - Parameter time: `Int.min` where the event tells none.
    mutating func note(_ time: Int) {
      events += 1
      if time == .min { return }
      first = min(first, time)
      last = max(last, time)
    }

    static func += (left: inout CarrierTally, right: CarrierTally) {
      left.events += right.events
      left.first = min(left.first, right.first)
      left.last = max(left.last, right.last)
    }

    var firstDay: String? { first <= last ? Day(seconds: first).description : nil }
    var lastDay: String? { first <= last ? Day(seconds: last).description : nil }
  }

  /// Takes a carrier in, with pseudonyms turned back.
  ///
  /// - Returns: its number.
  mutating func add(_ carrier: Carrier, _ aliases: Aliases) -> Int {
    var known = carrier
    known.values = []
    for value in carrier.values where !aliases.isNobody(value.identity) {
      let plain = Carrier.Value(identity: aliases.plain(value.identity), isMerge: value.isMerge)
      if !known.values.contains(plain) { known.values.append(plain) }
    }
    if let number = numbers[known] { return number }
    numbers[known] = carriers.count
    carriers.append(known)
    tallies.append(CarrierTally())
    values.append(known.values.map { Value(identity: take($0.identity), isMerge: $0.isMerge) })
    return carriers.count - 1
  }

  private mutating func take(_ identity: Identity) -> Int {
    if let known = identityNumbers[identity] { return known }
    identityNumbers[identity] = identities.count
    identities.append(identity)
    return identities.count - 1
  }

  mutating func count(_ carrier: Int, at time: Int) { tallies[carrier].note(time) }
}

/// What pseudonyms and digests stand for, as far as it was worked out.
struct Aliases: Sendable {
  private var plainValues: [Identity: Identity] = [:]
  /// What stands for a value that identifies nobody.
  private var nobodies: Set<Identity> = []

  mutating func add(_ alias: Identity, of identity: Identity) {
    if alias != identity && plainValues[alias] == nil { plainValues[alias] = identity }
  }

  mutating func add(nobody alias: Identity) { nobodies.insert(alias) }

  func isNobody(_ identity: Identity) -> Bool { nobodies.contains(identity) }

  func plain(_ identity: Identity) -> Identity {
    var plain = identity
    // A text that may be a number's, that of an address, the address: what stands for something is made of it, so there
    // are no circles.
    while let next = plainValues[plain] { plain = next }
    return plain
  }
}

/// Sets that are joined, each known by its least member.
struct DisjointSets {
  private var parents: [Int]

  init(count: Int) { parents = Array(0..<count) }

  mutating func add() -> Int {
    parents.append(parents.count)
    return parents.count - 1
  }

  mutating func root(_ member: Int) -> Int {
    var root = member
    while parents[root] != root { root = parents[root] }
    var next = member
    while parents[next] != root { (parents[next], next) = (root, parents[next]) }
    return root
  }

  /// - Returns: whether they were apart.
  @discardableResult
  mutating func join(_ left: Int, _ right: Int) -> Bool {
    let (left, right) = (root(left), root(right))
    if left == right { return false }
    parents[max(left, right)] = min(left, right)
    return true
  }
}
