/// A member's value in a line of JSON.
struct JSONSpan: Sendable {
  enum Shape: UInt8, Sendable {
    case string, number, boolean, null, array, object

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
  /// The value with its quotes.
  var start: Int32
  var end: Int32
  /// The first quote of the name.
  var memberStart: Int32
  /// The comma in front of the member, or -1.
  var comma: Int32
  /// The first quote of the next member's name, or -1 behind the last one.
  var next: Int32 = -1

  var value: Range<Int> { Int(start)..<Int(end) }
}

/// One event of a batch.
struct JSONGroup: Sendable {
  var start: Int
  var end: Int
  var comma: Int
  var next = -1
}

/// What a line holds.
struct JSONLine {
  var spans: [JSONSpan] = []
  var groups: [JSONGroup] = []

  mutating func removeAll() {
    spans.removeAll(keepingCapacity: true)
    groups.removeAll(keepingCapacity: true)
  }
}

/// Scans one JSON object (RFC 8259) in one line and notes the spans of all its members.
///
/// The grammar is checked in full; the text of strings is not, so that broken UTF-8 passes untouched.
struct JSONScanner {
  private let table: JSONKeyTable
  /// By entry: the member that stood behind it last time, for one line is much like the next.
  private var followers: [Int32]
  /// By node: the member that stood first.
  private var leaders: [Int32]
  static let depthLimit = 512

  init(_ table: JSONKeyTable) {
    self.table = table
    followers = Array(repeating: -1, count: table.entries.count)
    leaders = Array(repeating: -1, count: table.nodes.count)
  }

  /// Scans the object at `start` and returns where it ends.
  mutating func scan(_ bytes: borrowing RawSpan, from start: Int, into line: inout JSONLine) throws(RecordError) -> Int {
    guard start < bytes.byteCount, bytes[start] == UInt8(ascii: "{") else { throw RecordError(.notAnObject, at: start) }
    var position = start
    try object(bytes, &position, node: 0, group: 0, depth: 0, &line)
    return position
  }

  private mutating func object(
    _ bytes: borrowing RawSpan, _ position: inout Int, node: Int, group: Int32, depth: Int, _ line: inout JSONLine
  ) throws(RecordError) {
    position &+= 1
    try blanks(bytes, &position)
    if bytes[position] == UInt8(ascii: "}") {
      position &+= 1
      return
    }
    var comma: Int32 = -1
    var previous = -1
    while true {
      let memberStart = position
      guard bytes[position] == UInt8(ascii: "\"") else { throw RecordError(.syntax, at: position) }
      var entry = Int(previous < 0 ? leaders[node] : followers[previous])
      if !isGuessed(bytes, &position, entry) {
        let isEscaped = try string(bytes, &position)
        let name = (memberStart &+ 1)..<(position &- 1)
        entry = isEscaped ? table.findEscaped(bytes, name, in: node) : table.find(bytes, name, in: node)
        if entry >= 0 {
          if previous < 0 { leaders[node] = Int32(entry) } else { followers[previous] = Int32(entry) }
        }
      }
      let name = (memberStart &+ 1)..<(position &- 1)
      if entry >= 0 { previous = entry }
      try colon(bytes, &position)
      let count = line.spans.count
      try member(
        bytes, &position, entry: entry, name: name, memberStart: memberStart, comma: comma, group: group,
        depth: depth, &line)
      try blanks(bytes, &position)
      let separator = bytes[position]
      if separator == UInt8(ascii: ",") {
        comma = Int32(truncatingIfNeeded: position)
        position &+= 1
        try blanks(bytes, &position)
        if line.spans.count > count && line.spans[count].memberStart == Int32(truncatingIfNeeded: memberStart) {
          line.spans[count].next = Int32(truncatingIfNeeded: position)
        }
        continue
      }
      guard separator == UInt8(ascii: "}") else { throw RecordError(.syntax, at: position) }
      position &+= 1
      return
    }
  }

  /// Whether the name at hand is that of an entry; then the position is behind its last quote.
  @inline(__always)
  private func isGuessed(_ bytes: borrowing RawSpan, _ position: inout Int, _ entry: Int) -> Bool {
    guard entry >= 0, table.isName(bytes, at: position &+ 1, of: entry) else { return false }
    let end = position &+ 1 &+ Int(table.entries[entry].nameCount)
    guard bytes[end] == UInt8(ascii: "\"") else { return false }
    position = end &+ 1
    return true
  }

  @inline(__always)
  private mutating func member(
    _ bytes: borrowing RawSpan, _ position: inout Int, entry: Int, name: Range<Int>, memberStart: Int, comma: Int32,
    group: Int32, depth: Int, _ line: inout JSONLine
  ) throws(RecordError) {
    let first = bytes[position]
    if entry >= 0 && table.entries[entry].child >= 0 {
      let known = table.entries[entry]
      if known.isArray ? first == UInt8(ascii: "[") : first == UInt8(ascii: "{") {
        let child = Int(known.child)
        if known.isArray { return try batch(bytes, &position, node: child, depth: depth &+ 1, &line) }
        return try object(bytes, &position, node: child, group: group, depth: depth &+ 1, &line)
      }
    }
    let start = position
    var isEscaped = false
    let shape = try value(bytes, &position, first: first, isEscaped: &isEscaped, depth: depth &+ 1)
    let known = entry >= 0 ? table.entries[entry].slot : -1
    line.spans.append(
      JSONSpan(
        slot: known >= 0 ? known : Int32(JSONKeyTable.unknownSlot), group: group, shape: shape, isEscaped: isEscaped,
        hasOddName: known < 0 && Self.isOdd(bytes, name), start: Int32(truncatingIfNeeded: start),
        end: Int32(truncatingIfNeeded: position), memberStart: Int32(truncatingIfNeeded: memberStart), comma: comma))
  }

  /// The events of a batch: an array of objects.
  private mutating func batch(
    _ bytes: borrowing RawSpan, _ position: inout Int, node: Int, depth: Int, _ line: inout JSONLine
  ) throws(RecordError) {
    position &+= 1
    try blanks(bytes, &position)
    if bytes[position] == UInt8(ascii: "]") {
      position &+= 1
      return
    }
    var comma = -1
    while true {
      let start = position
      guard bytes[position] == UInt8(ascii: "{") else { throw RecordError(.syntax, at: position) }
      line.groups.append(JSONGroup(start: start, end: start, comma: comma))
      let number = line.groups.count
      try object(bytes, &position, node: node, group: Int32(truncatingIfNeeded: number), depth: depth, &line)
      line.groups[number - 1].end = position
      try blanks(bytes, &position)
      let separator = bytes[position]
      if separator == UInt8(ascii: ",") {
        comma = position
        position &+= 1
        try blanks(bytes, &position)
        line.groups[number - 1].next = position
        continue
      }
      guard separator == UInt8(ascii: "]") else { throw RecordError(.syntax, at: position) }
      position &+= 1
      return
    }
  }

  // MARK: values

  @inline(__always)
  private func value(
    _ bytes: borrowing RawSpan, _ position: inout Int, first: UInt8, isEscaped: inout Bool, depth: Int
  ) throws(RecordError) -> JSONSpan.Shape {
    switch first {
    case UInt8(ascii: "\""):
      isEscaped = try string(bytes, &position)
      return .string
    case UInt8(ascii: "n"):
      try literal(bytes, &position, "null")
      return .null
    case UInt8(ascii: "t"):
      try literal(bytes, &position, "true")
      return .boolean
    case UInt8(ascii: "f"):
      try literal(bytes, &position, "false")
      return .boolean
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      try container(bytes, &position, depth: depth)
      return first == UInt8(ascii: "{") ? .object : .array
    default:
      try number(bytes, &position)
      return .number
    }
  }

  /// Skips an array or object that no path leads into.
  private func container(_ bytes: borrowing RawSpan, _ position: inout Int, depth: Int) throws(RecordError) {
    guard depth < Self.depthLimit else { throw RecordError(.deepJSON, at: position) }
    let isObject = bytes[position] == UInt8(ascii: "{")
    let close = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
    position &+= 1
    try blanks(bytes, &position)
    if bytes[position] == close {
      position &+= 1
      return
    }
    var ignored = false
    while true {
      if isObject {
        guard bytes[position] == UInt8(ascii: "\"") else { throw RecordError(.syntax, at: position) }
        _ = try string(bytes, &position)
        try colon(bytes, &position)
      }
      _ = try value(bytes, &position, first: bytes[position], isEscaped: &ignored, depth: depth + 1)
      try blanks(bytes, &position)
      let separator = bytes[position]
      guard separator == UInt8(ascii: ",") || separator == close else { throw RecordError(.syntax, at: position) }
      position &+= 1
      if separator == close { return }
      try blanks(bytes, &position)
    }
  }

  /// Skips a string, from its first quote to behind its last, and tells whether it holds escapes.
  @inline(__always)
  private func string(_ bytes: borrowing RawSpan, _ position: inout Int) throws(RecordError) -> Bool {
    let start = position
    var index = start &+ 1
    while index &+ 8 <= bytes.byteCount {
      let word = bytes.word(at: index)
      // A quote, a backslash or a control character: the first mark is true (see `zeroBytes`).
      let stops =
        zeroBytes(in: word ^ 0x2222_2222_2222_2222) | zeroBytes(in: word ^ 0x5c5c_5c5c_5c5c_5c5c)
        | ((word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080)
      if stops == 0 {
        index &+= 8
        continue
      }
      index &+= stops.trailingZeroBitCount / 8
      if bytes[index] == UInt8(ascii: "\"") {
        position = index &+ 1
        return false
      }
      break
    }
    return try slowString(bytes, &position, from: index)
  }

  private func slowString(
    _ bytes: borrowing RawSpan, _ position: inout Int, from first: Int
  ) throws(RecordError) -> Bool {
    var index = first
    var isEscaped = false
    while index < bytes.byteCount {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\"") {
        position = index
        return isEscaped
      }
      guard byte >= 0x20 else { throw RecordError(.syntax, at: index - 1) }
      guard byte == UInt8(ascii: "\\") else { continue }
      isEscaped = true
      guard index < bytes.byteCount else { break }
      switch bytes[index] {
      case UInt8(ascii: "u"):
        guard index + 4 < bytes.byteCount, hexNumber(bytes, index + 1) != nil else {
          throw RecordError(.syntax, at: index)
        }
        index += 5
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
        UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
        index += 1
      default: throw RecordError(.syntax, at: index)
      }
    }
    throw RecordError(.syntax, at: position)
  }

  private func number(_ bytes: borrowing RawSpan, _ position: inout Int) throws(RecordError) {
    let start = position
    var index = position
    func digits() -> Int {
      let first = index
      while index < bytes.byteCount && bytes[index] &- 0x30 < 10 { index &+= 1 }
      return index &- first
    }
    if index < bytes.byteCount && bytes[index] == UInt8(ascii: "-") { index &+= 1 }
    let whole = index
    let count = digits()
    guard count > 0, count == 1 || bytes[whole] != UInt8(ascii: "0") else { throw RecordError(.syntax, at: start) }
    if index < bytes.byteCount && bytes[index] == UInt8(ascii: ".") {
      index &+= 1
      guard digits() > 0 else { throw RecordError(.syntax, at: start) }
    }
    if index < bytes.byteCount && bytes[index] | 0x20 == UInt8(ascii: "e") {
      index &+= 1
      if index < bytes.byteCount && (bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-")) {
        index &+= 1
      }
      guard digits() > 0 else { throw RecordError(.syntax, at: start) }
    }
    position = index
  }

  private func literal(
    _ bytes: borrowing RawSpan, _ position: inout Int, _ word: StaticString
  ) throws(RecordError) {
    let count = word.utf8CodeUnitCount
    guard count <= bytes.byteCount &- position else { throw RecordError(.syntax, at: position) }
    for index in 0..<count where unsafe bytes[position &+ index] != word.utf8Start[index] {
      throw RecordError(.syntax, at: position)
    }
    position &+= count
  }

  // MARK: between values

  /// Skips blanks; a line feed ends the line, so it is not one. Behind it there is always another byte.
  @inline(__always)
  private func blanks(_ bytes: borrowing RawSpan, _ position: inout Int) throws(RecordError) {
    while position < bytes.byteCount {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x09 || byte == 0x0d else { return }
      position &+= 1
    }
    throw RecordError(.syntax, at: position)
  }

  @inline(__always)
  private func colon(_ bytes: borrowing RawSpan, _ position: inout Int) throws(RecordError) {
    try blanks(bytes, &position)
    guard bytes[position] == UInt8(ascii: ":") else { throw RecordError(.syntax, at: position) }
    position &+= 1
    try blanks(bytes, &position)
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

func hexNumber(_ bytes: borrowing RawSpan, _ start: Int) -> UInt32? {
  var number: UInt32 = 0
  for index in start..<(start + 4) {
    let byte = bytes[index]
    let digit: UInt8
    if byte &- 0x30 < 10 {
      digit = byte - 0x30
    } else if (byte | 0x20) &- 0x61 < 6 {
      digit = (byte | 0x20) - 0x61 + 10
    } else {
      return nil
    }
    number = number << 4 | UInt32(digit)
  }
  return number
}

extension ByteSink {
  /// Appends the text of a JSON string without its escapes.
  ///
  /// - Returns: false for a surrogate without its partner, which no UTF-8 can hold.
  mutating func appendUnescaped(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = bytes[index]
      guard byte == UInt8(ascii: "\\") else {
        append(byte)
        index += 1
        continue
      }
      let escape = bytes[index + 1]
      index += 2
      switch escape {
      case UInt8(ascii: "b"): append(0x08)
      case UInt8(ascii: "f"): append(0x0c)
      case UInt8(ascii: "n"): append(0x0a)
      case UInt8(ascii: "r"): append(0x0d)
      case UInt8(ascii: "t"): append(0x09)
      case UInt8(ascii: "u"):
        guard var scalar = hexNumber(bytes, index) else { return false }
        index += 4
        if scalar & 0xfc00 == 0xd800 {
          guard index + 6 <= range.upperBound, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u"), let low = hexNumber(bytes, index + 2), low & 0xfc00 == 0xdc00
          else { return false }
          scalar = 0x10000 + (scalar & 0x3ff) << 10 + (low & 0x3ff)
          index += 6
        }
        guard let unicode = Unicode.Scalar(scalar) else { return false }
        for unit in UTF8.encode(unicode).orEmpty { append(unit) }
      default: append(escape)
      }
    }
    return true
  }
}

extension Optional where Wrapped == UTF8.EncodedScalar {
  /// Every Unicode scalar has a UTF-8 form, so the empty one never comes.
  fileprivate var orEmpty: UTF8.EncodedScalar { self ?? UTF8.EncodedScalar() }
}
