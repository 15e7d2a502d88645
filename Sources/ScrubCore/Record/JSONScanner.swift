/// A member's value in a line of JSON.
struct JSONSpan: Sendable {
  enum Shape: UInt8, CaseIterable, Sendable {
    case string, number, boolean, null, array, object

    @inline(__always)
    var isScalar: Bool { self != .array && self != .object }
  }

  var slot: Int32
  /// 0 for the envelope, else the event of a batch, from 1.
  var group: Int32
  var shape: Shape
  /// Whether a string holds escapes.
  var isEscaped = false
  /// Whether the member is unknown and its name does not look like one: the name itself may be personal.
  var hasOddName = false
  /// Whether the value stands in a wrapper of Avro's JSON.
  var isWrapped = false
  /// The value with its quotes.
  var start: Int32
  var end: Int32
  /// The first quote of the name.
  var memberStart: Int32

  var value: Range<Int> { Int(start)..<Int(end) }
  /// A string without its quotes.
  var content: Range<Int> { (Int(start) + 1)..<(Int(end) - 1) }

  /// The value with its wrapper, if it has one.
  func outer(in bytes: borrowing RawSpan) -> Range<Int> {
    guard isWrapped else { return value }
    // The name of a type holds no brace, and behind the value there are only blanks.
    var (first, last) = (Int(start), Int(end))
    repeat { first -= 1 } while bytes[first] != UInt8(ascii: "{")
    while bytes[last] != UInt8(ascii: "}") { last += 1 }
    return first..<(last + 1)
  }
}

/// One event of a batch.
struct JSONGroup: Sendable {
  /// Whether it is an object; what is none holds no members.
  var isEvent: Bool
  var start: Int
  var end: Int
  var comma: Int
  var next = -1
  /// The members of the event, in the line's spans.
  var spans: Range<Int>
}

/// What a line holds.
struct JSONLine {
  /// Members and events of a line: what is noted of each is larger than the least of them.
  static let limit = 1_000_000
  var spans: [JSONSpan] = []
  var groups: [JSONGroup] = []
  /// Whether one of its members that nobody knows is known in events of other destinations.
  fileprivate(set) var mayBeOfOthers = false
  /// Whether events may stand in it where nobody reads any: in an event, in place of a list of them, or in what else stands
  /// around one.
  var hidesEvents: Bool { holdsMisplaced || !groups.isEmpty && holdsAside }
  /// Whether a list stands in it in place of identities whose items do not name what they are.
  fileprivate(set) var hidesIdentities = false
  /// Whether it is a body without events.
  var isEmptyBatch: Bool { groups.isEmpty && holdsEmptyList && !holdsAside }
  fileprivate var holdsEmptyList = false
  fileprivate var holdsMisplaced = false
  fileprivate var holdsAside = false
  /// Whether a batch holds anything that is no object.
  var holdsStrangers: Bool { groups.contains { !$0.isEvent } }
  /// The members that were read, whether they were noted or not.
  fileprivate var memberCount = 0
  /// Whether it is an event that groups its members, once that was asked.
  private(set) var isGrouped: Bool?
  fileprivate var start = 0

  mutating func removeAll() {
    memberCount = 0
    mayBeOfOthers = false
    (holdsMisplaced, holdsAside, holdsEmptyList) = (false, false, false)
    hidesIdentities = false
    isGrouped = nil
    spans.removeAll(keepingCapacity: true)
    if !groups.isEmpty { groups.removeAll(keepingCapacity: true) }
  }

  /// Whether the event groups its members, found out when it is asked for the first time.
  fileprivate mutating func isGrouped(
    _ bytes: borrowing RawSpan, _ table: JSONKeyTable, _ grammar: JSONGrammar
  ) -> Bool {
    if let isGrouped { return isGrouped }
    let answer = table.isGrouped(bytes, from: start, grammar)
    isGrouped = answer
    return answer
  }
}

/// Scans one JSON object (RFC 8259), in one line or in a document, and notes the spans of its members.
///
/// Values are skipped by `JSONGrammar`.
struct JSONScanner {
  private let table: JSONKeyTable
  var grammar: JSONGrammar
  /// Whether values may stand in the wrappers of Avro's JSON.
  var readsWrappers: Bool
  /// Whether members that no path names are noted.
  private let notesUnknown: Bool
  /// By entry: the member that stood behind it last time, for one line is much like the next.
  private var followers: [Int32]
  /// By node: the member that stood first.
  private var leaders: [Int32]

  /// - Parameters:
  ///   - isDocument: whether objects may go over several lines.
  ///   - notesUnknown: whether members that no path names are noted.
  init(_ table: JSONKeyTable, isDocument: Bool = false, notesUnknown: Bool = true) {
    self.table = table
    self.notesUnknown = notesUnknown
    grammar = JSONGrammar(lineFeedIsBlank: isDocument)
    readsWrappers = table.readsWrappers
    followers = Array(repeating: -1, count: table.entries.count)
    leaders = Array(repeating: -1, count: table.nodes.count)
  }

  /// Scans the object at `start` and returns where it ends.
  mutating func scan(_ bytes: borrowing RawSpan, from start: Int, into line: inout JSONLine) throws(RecordError) -> Int {
    guard start < bytes.byteCount, bytes[start] == UInt8(ascii: "{") else { throw RecordError(.notAnObject, at: start) }
    var position = start
    line.start = start
    try object(bytes, &position, node: 0, group: 0, depth: 0, &line)
    return position
  }

  private mutating func object(
    _ bytes: borrowing RawSpan, _ position: inout Int, node: Int, group: Int32, depth: Int, _ line: inout JSONLine
  ) throws(RecordError) {
    position &+= 1
    if try grammar.blanks(bytes, &position) == UInt8(ascii: "}") {
      position &+= 1
      return
    }
    var previous = -1
    while true {
      let memberStart = position
      guard bytes.byteOrZero(at: position) == UInt8(ascii: "\"") else { throw RecordError(.syntax, at: position) }
      var entry = Int(previous < 0 ? leaders[node] : followers[previous])
      let guessed = entry < 0 ? -1 : table.valueStart(bytes, nameAt: position &+ 1, of: entry)
      if guessed >= 0 { position = guessed } else { entry = try name(bytes, &position, node: node, behind: previous, &line) }
      if entry >= 0 { previous = entry }
      let first = try grammar.blanks(bytes, &position)
      if first == UInt8(ascii: "\"") {
        // Most values are texts, which hold no members and stand in no wrappers.
        let start = position
        let isEscaped = try grammar.text(bytes, &position)
        try note(
          bytes, start..<position, .string, isEscaped: isEscaped, entry: entry, memberStart: memberStart, group: group,
          &line)
      } else {
        try member(
          bytes, &position, first: first, entry: entry, memberStart: memberStart, group: group, depth: depth, &line)
      }
      let separator = try grammar.blanks(bytes, &position)
      if separator == UInt8(ascii: ",") {
        position &+= 1
        try grammar.blanks(bytes, &position)
        continue
      }
      guard separator == UInt8(ascii: "}") else { throw RecordError(.syntax, at: position) }
      position &+= 1
      return
    }
  }

  /// Skips a name and its colon, remembers it as what stood behind the member before, and returns its entry or -1.
  private mutating func name(
    _ bytes: borrowing RawSpan, _ position: inout Int, node: Int, behind previous: Int, _ line: inout JSONLine
  ) throws(RecordError) -> Int {
    let start = position &+ 1
    let isEscaped = try grammar.string(bytes, &position)
    let name = start..<(position &- 1)
    let entry = isEscaped ? table.findEscaped(bytes, name, in: node) : table.find(bytes, name, in: node)
    if entry >= 0 {
      if previous < 0 { leaders[node] = Int32(entry) } else { followers[previous] = Int32(entry) }
    } else if !isEscaped && table.find(bytes, name, in: table.strangers) >= 0 {
      line.mayBeOfOthers = true
    }
    try grammar.colon(bytes, &position)
    return entry
  }

  /// Skips a value that is no text, and notes it or its members.
  private mutating func member(
    _ bytes: borrowing RawSpan, _ position: inout Int, first: UInt8, entry: Int, memberStart: Int, group: Int32,
    depth: Int, _ line: inout JSONLine
  ) throws(RecordError) {
    if depth == 0 && first == UInt8(ascii: "{") && table.grouped >= 0 {
      var nameEnd = memberStart
      _ = try grammar.string(bytes, &nameEnd)
      let members = table.group(bytes, (memberStart &+ 1)..<(nameEnd &- 1))
      if members >= 0 && line.isGrouped(bytes, table, grammar) {
        return try object(bytes, &position, node: members, group: 0, depth: 1, &line)
      }
      // One event's groups beside a list of events.
      if members >= 0 { line.holdsAside = true }
    }
    if entry >= 0 && table.entries[entry].child >= 0 {
      let isArray = table.entries[entry].isArray
      // There are no batches in batches.
      if isArray ? first == UInt8(ascii: "[") && group == 0 : first == UInt8(ascii: "{") {
        let child = Int(table.entries[entry].child)
        if isArray { return try batch(bytes, &position, node: child, depth: depth &+ 1, &line) }
        return try object(bytes, &position, node: child, group: group, depth: depth &+ 1, &line)
      }
      if isArray && (first == UInt8(ascii: "[") || first == UInt8(ascii: "{")) { line.holdsMisplaced = true }
      if first == UInt8(ascii: "["), table.entries[entry].items >= 0,
        try namedList(bytes, &position, entry: table.entries[entry], group: group, depth: depth &+ 1, &line)
      {
        return
      }
    }
    if readsWrappers && first == UInt8(ascii: "{"),
      let wrapper = JSONWrapper(bytes, at: position, grammar, depth: depth &+ 1)
    {
      position = wrapper.end
      return try note(
        bytes, wrapper.value, wrapper.shape, isEscaped: wrapper.isEscaped, isWrapped: true, entry: entry,
        memberStart: memberStart, group: group, &line)
    }
    let start = position
    let shape = try grammar.otherValue(bytes, &position, first: first, depth: depth &+ 1)
    if entry < 0 && !shape.isScalar {
      if depth == 0 && !line.holdsAside { line.holdsAside = namesBatch(bytes, in: start..<position) }
      if depth == (group > 0 ? 1 : 0) && namesBatch(bytes, at: memberStart) { line.holdsMisplaced = true }
    }
    try note(bytes, start..<position, shape, entry: entry, memberStart: memberStart, group: group, &line)
  }

  /// Reads a list whose items each name what their value is, `[{"identity_type":"email","identity":"..."}]`, as the members of
  /// those names.
  ///
  /// - Returns: whether all its items are objects; else none of it was read.
  private mutating func namedList(
    _ bytes: borrowing RawSpan, _ position: inout Int, entry: JSONKeyTable.Entry, group: Int32, depth: Int, _ line: inout JSONLine
  ) throws(RecordError) -> Bool {
    let (start, spanCount, memberCount) = (position, line.spans.count, line.memberCount)
    position &+= 1
    var first = try grammar.blanks(bytes, &position)
    if first != UInt8(ascii: "]") {
      while first == UInt8(ascii: "{") {
        let item = line.spans.count
        try object(bytes, &position, node: Int(entry.items), group: group, depth: depth, &line)
        name(bytes, valuesBehind: item, node: Int(entry.child), &line)
        let separator = try grammar.blanks(bytes, &position)
        position &+= 1
        if separator == UInt8(ascii: "]") { return true }
        guard separator == UInt8(ascii: ",") else { throw RecordError(.syntax, at: position &- 1) }
        first = try grammar.blanks(bytes, &position)
      }
      line.hidesIdentities = true
    }
    position = start
    line.spans.removeLast(line.spans.count - spanCount)
    line.memberCount = memberCount
    return false
  }

  /// Gives the values of an item the slot of the member that it names; without a name, or with several, they are unknown.
  private func name(_ bytes: borrowing RawSpan, valuesBehind first: Int, node: Int, _ line: inout JSONLine) {
    var labels = 0
    var slot: Int32 = -1
    for span in line.spans[first...] where table.labelSlots.contains(Int(span.slot)) && span.shape == .string {
      labels += 1
      let entry = span.isEscaped ? table.findEscaped(bytes, span.content, in: node) : table.find(bytes, span.content, in: node)
      slot = entry < 0 ? -1 : table.entries[entry].slot
    }
    if labels != 1 { (slot, line.hidesIdentities) = (-1, true) }
    if slot < 0 && (slot == JSONKeyTable.passedOver || !notesUnknown) {
      for index in line.spans.indices[first...].reversed() where line.spans[index].slot == JSONKeyTable.namedValue {
        line.spans.remove(at: index)
      }
      return
    }
    for index in line.spans.indices[first...] where line.spans[index].slot == JSONKeyTable.namedValue {
      line.spans[index].slot = max(slot, Int32(JSONKeyTable.unknownSlot))
    }
  }

  /// Whether a member anywhere in an object or list is called as those who send lists of events call them.
  @inline(never)
  private func namesBatch(_ bytes: borrowing RawSpan, in range: Range<Int>) -> Bool {
    var position = bytes.firstIndex(of: UInt8(ascii: "\""), in: range)
    while position < range.upperBound {
      let start = position
      guard (try? grammar.string(bytes, &position)) != nil else { return false }
      if bytes.byteOrZero(at: bytes.blanksEnd(from: position)) == UInt8(ascii: ":") && namesBatch(bytes, at: start) { return true }
      position = bytes.firstIndex(of: UInt8(ascii: "\""), in: position..<range.upperBound)
    }
    return false
  }

  /// The same of the name whose first quote is at `start`.
  @inline(never)
  private func namesBatch(_ bytes: borrowing RawSpan, at start: Int) -> Bool {
    var end = start
    guard let isEscaped = try? grammar.string(bytes, &end) else { return false }
    let name = (start &+ 1)..<(end &- 1)
    if !isEscaped { return Self.batchNames.contains { bytes.equals(name, $0) } }
    let plain = bytes.plainText(ofString: name)
    return Self.batchNames.contains(plain)
  }

  private static let batchNames = [Array("events".utf8), Array("batch".utf8)]

  /// Notes a value, if anybody asks for it.
  @inline(__always)
  private func note(
    _ bytes: borrowing RawSpan, _ value: Range<Int>, _ shape: JSONSpan.Shape, isEscaped: Bool = false,
    isWrapped: Bool = false, entry: Int, memberStart: Int, group: Int32, _ line: inout JSONLine
  ) throws(RecordError) {
    guard line.memberCount < JSONLine.limit else { throw RecordError(.tooManyMembers, at: value.lowerBound) }
    line.memberCount &+= 1
    let known = entry >= 0 ? table.entries[entry].slot : -1
    if known < 0 && known != JSONKeyTable.namedValue && (known == JSONKeyTable.passedOver || !notesUnknown) { return }
    line.spans.append(
      JSONSpan(
        slot: known >= 0 || known == JSONKeyTable.namedValue ? known : Int32(JSONKeyTable.unknownSlot), group: group, shape: shape, isEscaped: isEscaped,
        hasOddName: known < 0 && isOdd(bytes, nameAt: memberStart), isWrapped: isWrapped,
        start: Int32(truncatingIfNeeded: value.lowerBound), end: Int32(truncatingIfNeeded: value.upperBound),
        memberStart: Int32(truncatingIfNeeded: memberStart)))
  }

  /// Where the wrapper of a scalar ends that starts at a place; nothing where none does.
  func endOfWrappedScalar(_ bytes: borrowing RawSpan, at start: Int) -> Int? {
    guard readsWrappers, let wrapper = JSONWrapper(bytes, at: start, grammar, depth: 0), wrapper.shape.isScalar else {
      return nil
    }
    return wrapper.end
  }

  /// The events of a batch: an array of objects, and what else stands among them.
  private mutating func batch(
    _ bytes: borrowing RawSpan, _ position: inout Int, node: Int, depth: Int, _ line: inout JSONLine
  ) throws(RecordError) {
    position &+= 1
    try grammar.blanks(bytes, &position)
    if bytes[position] == UInt8(ascii: "]") {
      position &+= 1
      line.holdsEmptyList = true
      return
    }
    var comma = -1
    while true {
      let start = position
      let isEvent = bytes[position] == UInt8(ascii: "{")
      guard line.groups.count < JSONLine.limit else { throw RecordError(.tooManyMembers, at: start) }
      let first = line.spans.count
      line.groups.append(JSONGroup(isEvent: isEvent, start: start, end: start, comma: comma, spans: first..<first))
      let number = line.groups.count
      if isEvent {
        try object(bytes, &position, node: node, group: Int32(truncatingIfNeeded: number), depth: depth, &line)
      } else {
        var isEscaped = false
        _ = try grammar.value(bytes, &position, first: bytes[position], isEscaped: &isEscaped, depth: depth &+ 1)
      }
      line.groups[number - 1].end = position
      line.groups[number - 1].spans = first..<line.spans.count
      try grammar.blanks(bytes, &position)
      let separator = bytes[position]
      if separator == UInt8(ascii: ",") {
        comma = position
        position &+= 1
        try grammar.blanks(bytes, &position)
        line.groups[number - 1].next = position
        continue
      }
      guard separator == UInt8(ascii: "]") else { throw RecordError(.syntax, at: position) }
      position &+= 1
      return
    }
  }

  /// The same of the name whose first quote is at `start`.
  private func isOdd(_ bytes: borrowing RawSpan, nameAt start: Int) -> Bool {
    var end = start
    guard (try? grammar.string(bytes, &end)) != nil else { return true }
    return Self.isOdd(bytes, (start + 1)..<(end - 1))
  }

  /// Whether an unknown name is none that a schema would have: long, or with blanks, signs or digits of names and
  /// contact data. Words in brackets are Amplitude's own.
  static func isOdd(_ bytes: borrowing RawSpan, _ name: Range<Int>) -> Bool {
    guard (1...64).contains(name.count) else { return true }
    var digits = 0
    var isBracketed = bytes[name.lowerBound] == UInt8(ascii: "[")
    for index in name {
      let byte = bytes[index]
      if byte &- 0x30 < 10 {
        digits += 1
      } else if byte == 0x20 {
        // Amplitude writes "[Custom event property] name"; elsewhere a blank stands between the words of a text.
        if !isBracketed && (index == name.lowerBound || bytes[index - 1] != UInt8(ascii: "]")) { return true }
      } else if (byte | 0x20) &- 0x61 >= 26 && !nameSigns.contains(byte) {
        return true
      }
      if byte == UInt8(ascii: "]") { isBracketed = false }
    }
    return digits >= 7
  }

  private static let nameSigns: [UInt8] = Array("_$-.[]".utf8)
}
