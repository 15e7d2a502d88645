internal import ScrubCore

/// A Braze id or external id in its workspace: what stands for a profile.
struct ProfileID: Hashable {
  /// Empty where no event tells one.
  let workspace: [UInt8]
  let identity: Identity

  func hash(into hasher: inout Hasher) {
    hasher.combine(text: workspace)
    hasher.combine(identity)
  }
}

/// What events carry, once each, with its identities by numbers: told once, however often a graph is made of it.
struct CarrierBook: Sendable {
  private(set) var carriers: [Carrier] = []
  /// By carrier: its values.
  private(set) var values: [[IdentityGraph.Value]] = []
  private(set) var identities: [Identity] = []
  private var carrierNumbers: [Carrier: Int] = [:]
  private var identityNumbers: [Identity: Int] = [:]

  /// The number of an identity; nothing where no carrier has it.
  func number(of identity: Identity) -> Int? { identityNumbers[identity] }

  /// Takes an identity in.
  mutating func take(_ identity: Identity) -> Int {
    if let known = identityNumbers[identity] { return known }
    identityNumbers[identity] = identities.count
    identities.append(identity)
    return identities.count - 1
  }

  /// Takes a carrier in.
  ///
  /// - Returns: its number, and whether it is new.
  mutating func take(_ carrier: Carrier) -> (number: Int, isNew: Bool) {
    if let known = carrierNumbers[carrier] { return (known, false) }
    carrierNumbers[carrier] = carriers.count
    carriers.append(carrier)
    values.append(carrier.values.map { IdentityGraph.Value(identity: take($0.identity), isMerge: $0.isMerge) })
    return (carriers.count - 1, true)
  }
}

/// All that was seen of the identities that were looked for: what events carry, once each.
struct IdentityGraph: Sendable {
  /// What events carry, with pseudonyms turned into what they stand for where that is known.
  private(set) var carriers: [Carrier] = []
  /// By carrier: events, and when they were.
  private(set) var tallies: [CarrierTally] = []
  /// By carrier: its values by numbers.
  private(set) var values: [[Value]] = []
  /// The identities of all carriers, once each.
  private(set) var identities: [Identity] = []
  private var book: CarrierBook
  /// By identity of the book: that for which it stands, as the book numbers it; -1 for nobody.
  private var plain: [Int] = []
  /// What stands for a workspace, with that.
  private let workspaces: [[UInt8]: [UInt8]]
  /// By identity of the book: its number here; -1 where no carrier has it.
  private var numbers: [Int]
  /// The carriers, where some identities stand for others, so that two of the book may be one; else the book has each once.
  private var carrierNumbers: [Content: Int]?
  private var knownCount = 0

  /// A value of a carrier, by the number of its identity.
  struct Value: Hashable, Sendable {
    let identity: Int
    let isMerge: Bool
  }

  /// What a carrier says, by the book's numbers.
  private struct Content: Hashable {
    let values: [Value]
    let workspace: [UInt8]

    func hash(into hasher: inout Hasher) {
      for value in values { hasher.combine(value.isMerge ? ~value.identity : value.identity) }
      hasher.combine(text: workspace)
    }
  }

  /// - Parameter aliases: what pseudonyms stand for.
  init(_ book: CarrierBook, _ aliases: Aliases) {
    self.book = book
    for identity in book.identities {
      plain.append(aliases.isNobody(identity) ? -1 : self.book.take(aliases.plain(identity)))
    }
    numbers = Array(repeating: -1, count: self.book.identities.count)
    workspaces = aliases.workspaces
    if plain != Array(plain.indices) || !workspaces.isEmpty { carrierNumbers = [:] }
  }

  /// The number of an identity; nothing where no carrier has it.
  func number(of identity: Identity) -> Int? {
    guard let known = book.number(of: identity), numbers[known] >= 0 else { return nil }
    return numbers[known]
  }

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

    /// Whether no event is known to have been at a second or before.
    func isBehind(_ second: Int) -> Bool { first > second }

    var firstDay: String? { first <= last ? Day(seconds: first).description : nil }
    var lastDay: String? { first <= last ? Day(seconds: last).description : nil }
  }

  /// Takes a carrier of the book in, with pseudonyms turned back.
  ///
  /// - Returns: its number.
  mutating func add(_ number: Int) -> Int {
    let (carrier, values) = plainly(number)
    if carrierNumbers != nil {
      let content = Content(values: values, workspace: carrier.workspace)
      if let same = carrierNumbers?[content] { return same }
      carrierNumbers?[content] = carriers.count
    }
    append(carrier, values)
    return carriers.count - 1
  }

  /// Takes a carrier of the book in that stands for what is known of a person from before, behind all that events carry.
  mutating func know(_ number: Int) {
    let (carrier, values) = plainly(number)
    append(carrier, values)
    knownCount += 1
  }

  /// The carriers that stand for what is known of a person from before.
  var known: Range<Int> { carriers.count - knownCount..<carriers.count }

  /// A carrier of the book with pseudonyms turned back, and its values as the book numbers them.
  private func plainly(_ number: Int) -> (carrier: Carrier, values: [Value]) {
    var carrier = book.carriers[number]
    if let plain = workspaces.isEmpty ? nil : workspaces[carrier.workspace] { carrier.workspace = plain }
    if carrierNumbers == nil || book.values[number].allSatisfy({ plain[$0.identity] == $0.identity }) {
      return (carrier, book.values[number])
    }
    var values: [Value] = []
    for value in book.values[number] where plain[value.identity] >= 0 {
      let value = Value(identity: plain[value.identity], isMerge: value.isMerge)
      if !values.contains(value) { values.append(value) }
    }
    carrier.values = values.map { Carrier.Value(identity: book.identities[$0.identity], isMerge: $0.isMerge) }
    return (carrier, values)
  }

  private mutating func append(_ carrier: Carrier, _ plain: [Value]) {
    carriers.append(carrier)
    tallies.append(CarrierTally())
    values.append(plain.map { Value(identity: take($0.identity), isMerge: $0.isMerge) })
  }

  /// - Parameter identity: as the book numbers it.
  private mutating func take(_ identity: Int) -> Int {
    if numbers[identity] < 0 {
      numbers[identity] = identities.count
      identities.append(book.identities[identity])
    }
    return numbers[identity]
  }

  mutating func count(_ carrier: Int, at time: Int) { tallies[carrier].note(time) }
}

/// What pseudonyms and digests stand for, as far as it was worked out.
struct Aliases: Sendable {
  private var plainValues: [Identity: Identity] = [:]
  /// What stands for a value that identifies nobody.
  private var nobodies: Set<Identity> = []
  /// What stands for a workspace, with that.
  fileprivate private(set) var workspaces: [[UInt8]: [UInt8]] = [:]

  mutating func add(_ alias: Identity, of identity: Identity) {
    if alias != identity && plainValues[alias] == nil { plainValues[alias] = identity }
  }

  mutating func add(nobody alias: Identity) { nobodies.insert(alias) }

  /// - Parameter workspace: empty where nobody can tell which it is.
  mutating func add(workspace alias: [UInt8], of workspace: [UInt8]) { workspaces[alias] = workspace }

  func plain(workspace: [UInt8]) -> [UInt8] { workspaces[workspace] ?? workspace }

  func isNobody(_ identity: Identity) -> Bool { nobodies.contains(identity) }

  /// Whether others say the same of workspaces, and of what some identities stand for.
  func says(of identities: [Identity], sameAs other: Aliases) -> Bool {
    workspaces == other.workspaces && nobodies == other.nobodies
      && identities.allSatisfy { plain($0) == other.plain($0) }
  }

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
