/// The member names that a destination's events may have, as one flat table that is searched without copying.
package struct JSONKeyTable: Sendable {
  /// What is known of a member.
  struct Entry: Sendable {
    var hash: UInt64 = 0
    /// In `nameWords`.
    var nameStart: Int32 = 0
    /// -1 in an empty place.
    var nameCount: Int32 = -1
    /// The slot of the member's value, or -1 where only its members have slots; -2 where nobody asks for it.
    var slot: Int32 = -1
    /// The node of the members inside, or -1.
    var child: Int32 = -1
    /// The node of the members of the items of a list in which each names the member of `child` that its value is; or -1.
    var items: Int32 = -1
    /// Whether `child` describes the elements of an array.
    var isArray = false
  }

  /// A list that stands where an object may: each of its items names a member of the object, and holds the value.
  package struct NamedList: Sendable {
    package let path: String
    /// The member of an item that names what it is, and its slot.
    package let label: (name: String, slot: Int)
    /// The member of an item that holds the value.
    package let value: String
    /// Further members of items, with their slots.
    let further: [(name: String, slot: Int)]

    package init(path: String, label: (name: String, slot: Int), value: String, further: [(name: String, slot: Int)] = []) {
      (self.path, self.label, self.value, self.further) = (path, label, value, further)
    }
  }

  /// A set of names: a part of `entries` searched by open addressing.
  struct Node: Sendable {
    let start: Int
    let mask: Int
  }

  let nodes: [Node]
  private(set) var entries: [Entry]
  /// The names, each with the quote and the colon that follow it, in words of its own, the last one filled with zeros.
  let nameWords: [UInt64]
  /// The node that maps display names to event numbers.
  let eventNames: Int
  /// The node of the members by which events of other destinations may be told.
  let strangers: Int
  /// The node of what stands at the top of events that group their members, or -1.
  let grouped: Int
  package let slotCount: Int
  /// The slot of a member that no path names.
  package static let unknownSlot = 0
  /// In an entry: the member's value is read and not noted.
  static let passedOver: Int32 = -2
  /// In an entry: the member's value is that of the member which its item names.
  static let namedValue: Int32 = -3
  /// The slots that hold what the items of lists are.
  let labelSlots: Set<Int>
  /// The slots that hold the event's own name.
  let nameSlots: Set<Int>
  /// Whether values may stand in the wrappers of Avro's JSON.
  let readsWrappers: Bool

  /// - Parameters:
  ///   - paths: the path of every slot, the first of them ignored (it is the unknown slot).
  ///   - nameSlots: the slots that hold the event's name.
  ///   - eventNames: display names with the numbers of their events.
  ///   - aliases: further paths of slots.
  ///   - grouped: the paths of events that group their members in objects, where some do.
  ///   - lists: what may stand in place of objects.
  ///   - readsWrappers: whether values may stand in the wrappers of Avro's JSON.
  ///   - marks: by which events of other destinations are told.
  package init(
    paths: [String], nameSlots: Set<Int>, eventNames: [(name: String, event: Int)],
    aliases: [(path: String, slot: Int)] = [], grouped: [(path: String, slot: Int)] = [], lists: [NamedList] = [],
    readsWrappers: Bool = false, marks: ShapeMarks? = nil
  ) {
    self.readsWrappers = readsWrappers
    var tree = Tree()
    for (slot, path) in paths.enumerated().dropFirst() { tree.add(path, slot: slot) }
    for (path, slot) in aliases { tree.add(path, slot: slot) }
    for list in lists { tree.add(list) }
    labelSlots = Set(lists.map(\.label.slot))
    var trees = [Tree]()
    tree.flatten(into: &trees)
    var groups = Tree()
    for (path, slot) in grouped { groups.add(path, slot: slot) }
    self.grouped = grouped.isEmpty ? -1 : trees.count
    if !grouped.isEmpty { groups.flatten(into: &trees) }
    var events = Tree()
    for (name, event) in eventNames { events.members[name] = Tree(slot: event) }
    var strangers = Tree()
    for name in marks?.names ?? [] { strangers.members[name] = Tree() }

    var flat = Flat()
    for tree in trees { flat.add(tree) }
    flat.add(events)
    flat.add(strangers)
    nodes = flat.nodes
    entries = flat.entries
    nameWords = flat.nameWords
    self.eventNames = trees.count
    self.strangers = trees.count + 1
    slotCount = paths.count
    self.nameSlots = nameSlots
  }

  /// The same table for who asks for the values of some slots only.
  func noting(_ isNoted: (_ slot: Int) -> Bool) -> JSONKeyTable {
    var table = self
    for index in 0..<nodes[eventNames].start
    where entries[index].slot >= 0 && !isNoted(Int(entries[index].slot)) && !labelSlots.contains(Int(entries[index].slot)) {
      table.entries[index].slot = Self.passedOver
    }
    return table
  }

  /// The entry of a name in a node, or -1.
  @inline(__always)
  func find(_ bytes: borrowing RawSpan, _ range: Range<Int>, in node: Int) -> Int {
    let place = nodes[node]
    let hash = nameHash(bytes, range)
    var index = Int(truncatingIfNeeded: hash >> 32) & place.mask
    while true {
      let position = place.start &+ index
      let entry = entries[position]
      if entry.nameCount < 0 { return -1 }
      if entry.hash == hash && Int(entry.nameCount) == range.count && isSame(bytes, range, entry) { return position }
      index = (index &+ 1) & place.mask
    }
  }

  /// The entry of a name that is spelled with escapes, or -1.
  func findEscaped(_ bytes: borrowing RawSpan, _ range: Range<Int>, in node: Int) -> Int {
    var decoded = ByteSink(capacity: 64)
    guard decoded.appendUnescaped(bytes, range) else { return -1 }
    return find(decoded.bytes, 0..<decoded.count, in: node)
  }

  /// Where the value of an entry's member may start, if the bytes at `start` are its name, its quote and its colon;
  /// else -1. Bytes behind them are not looked at.
  @inline(__always)
  func valueStart(_ bytes: borrowing RawSpan, nameAt start: Int, of entry: Int) -> Int {
    let count = Int(entries[entry].nameCount) &+ 2
    // A word is read whole, so names at the very end are left to `find`.
    guard start >= 0, start &+ count &+ 8 <= bytes.byteCount else { return -1 }
    var word = Int(entries[entry].nameStart)
    var rest = count
    var index = start
    while rest >= 8 {
      // In bounds: the name and eight more bytes are, as checked above.
      if unsafe nameWords[word] != bytes.uncheckedWord(at: index) { return -1 }
      word &+= 1
      index &+= 8
      rest &-= 8
    }
    // In bounds, as above. What does not belong to the name is shifted out.
    let differs = unsafe rest > 0 && (nameWords[word] ^ bytes.uncheckedWord(at: index)) &<< UInt64(64 &- 8 &* rest) != 0
    return differs ? -1 : start &+ count
  }

  @inline(__always)
  private func isSame(_ bytes: borrowing RawSpan, _ range: Range<Int>, _ entry: Entry) -> Bool {
    for index in 0..<range.count {
      let word = nameWords[Int(entry.nameStart) &+ index / 8]
      if UInt8(truncatingIfNeeded: word >> UInt64(8 &* (index & 7))) != bytes[range.lowerBound &+ index] { return false }
    }
    return true
  }
}

/// A multiplicative hash over eight bytes at a time; only for tables of our own names.
@inline(__always)
private func nameHash(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> UInt64 {
  var hash = UInt64(truncatingIfNeeded: range.count) &* 0x9e37_79b9_7f4a_7c15
  var index = range.lowerBound
  while index &+ 8 <= range.upperBound {
    hash = (hash ^ bytes.word(at: index)) &* 0x9e37_79b9_7f4a_7c15
    hash ^= hash >> 29
    index &+= 8
  }
  let rest = range.upperBound &- index
  if rest > 0 {
    var tail: UInt64 = 0
    if index &+ 8 <= bytes.byteCount {
      tail = bytes.word(at: index) & ((1 << UInt64(8 &* rest)) &- 1)
    } else {
      for offset in 0..<rest { tail |= UInt64(bytes[index &+ offset]) << UInt64(8 &* offset) }
    }
    hash = (hash ^ tail) &* 0x9e37_79b9_7f4a_7c15
  }
  return hash ^ (hash >> 31)
}

/// The table while it is being made.
private struct Tree {
  var members: [String: Tree] = [:]
  var slot = -1
  var isArray = false
  var number = -1
  /// The members of items that stand in place of its own; one or none.
  var items: [Tree] = []

  /// Adds a list in place of an object whose members are there already.
  mutating func add(_ list: JSONKeyTable.NamedList) {
    var item = Tree()
    for (name, slot) in [list.label] + list.further { item.members[name] = Tree(slot: slot) }
    item.members[list.value] = Tree(slot: Int(JSONKeyTable.namedValue))
    put(item, at: list.path[...])
  }

  private mutating func put(_ item: Tree, at path: Substring) {
    guard let dot = path.firstIndex(of: ".") else {
      members[String(path), default: Tree()].items = [item]
      return
    }
    members[String(path[..<dot]), default: Tree()].put(item, at: path[path.index(after: dot)...])
  }

  /// Adds a path such as `events[].data.event_name`.
  mutating func add(_ path: some StringProtocol, slot: Int) {
    let dot = path.firstIndex(of: ".") ?? path.endIndex
    var name = String(path[..<dot])
    let isArray = name.hasSuffix("[]")
    if isArray { name.removeLast(2) }
    if dot == path.endIndex {
      members[name, default: Tree()].slot = slot
    } else {
      members[name, default: Tree()].isArray = isArray
      members[name, default: Tree()].add(path[path.index(after: dot)...], slot: slot)
    }
  }

  /// Gives every set of members a number; the root is 0.
  mutating func flatten(into trees: inout [Tree]) {
    number = trees.count
    trees.append(self)
    for name in members.keys.sorted() where members[name]?.members.isEmpty == false {
      members[name]?.flatten(into: &trees)
    }
    for name in members.keys.sorted() where members[name]?.items.isEmpty == false {
      members[name]?.items[0].flatten(into: &trees)
    }
    trees[number] = self
  }
}

private struct Flat {
  var nodes: [JSONKeyTable.Node] = []
  var entries: [JSONKeyTable.Entry] = []
  var nameWords: [UInt64] = []

  mutating func add(_ tree: Tree) {
    var size = 4
    while size < tree.members.count * 2 { size *= 2 }
    let node = JSONKeyTable.Node(start: entries.count, mask: size - 1)
    entries += Array(repeating: JSONKeyTable.Entry(), count: size)
    nodes.append(node)
    for (name, member) in tree.members.sorted(by: { $0.key < $1.key }) { add(name, member, to: node) }
  }

  private mutating func add(_ name: String, _ member: Tree, to node: JSONKeyTable.Node) {
    let bytes = Array(name.utf8)
    var entry = JSONKeyTable.Entry()
    entry.hash = unsafe nameHash(bytes.span.bytes, 0..<bytes.count)
    entry.nameStart = Int32(nameWords.count)
    entry.nameCount = Int32(bytes.count)
    entry.slot = Int32(member.slot)
    entry.child = Int32(member.number)
    entry.items = Int32(member.items.first?.number ?? -1)
    entry.isArray = member.isArray
    let spelled = bytes + "\":".utf8
    for start in stride(from: 0, to: spelled.count, by: 8) {
      nameWords.append(spelled[start..<min(start + 8, spelled.count)].reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
    var index = Int(truncatingIfNeeded: entry.hash >> 32) & node.mask
    while entries[node.start + index].nameCount >= 0 { index = (index + 1) & node.mask }
    entries[node.start + index] = entry
  }
}
