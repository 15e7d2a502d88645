/// The grammar of JSON values (RFC 8259): what a value is and where it ends.
///
/// The grammar is checked in full; the text of strings is not, so that broken UTF-8 passes untouched.
struct JSONGrammar: Sendable {
  /// Whether a line feed is a blank between values. In lines of JSON it is not: it ends the line.
  let lineFeedIsBlank: Bool

  static let depthLimit = 512

  /// Skips the value at `position`, whose first byte is `first`, and tells its shape.
  @inline(__always)
  func value(
    _ bytes: borrowing RawSpan, _ position: inout Int, first: UInt8, isEscaped: inout Bool, depth: Int
  ) throws(RecordError) -> JSONSpan.Shape {
    guard first == UInt8(ascii: "\"") else { return try otherValue(bytes, &position, first: first, depth: depth) }
    isEscaped = try text(bytes, &position)
    return .string
  }

  /// Skips a value that is no string.
  func otherValue(
    _ bytes: borrowing RawSpan, _ position: inout Int, first: UInt8, depth: Int
  ) throws(RecordError) -> JSONSpan.Shape {
    switch first {
    case UInt8(ascii: "n"):
      try literal(bytes, &position, 0x6c6c_756e, count: 4)
      return .null
    case UInt8(ascii: "t"):
      try literal(bytes, &position, 0x6575_7274, count: 4)
      return .boolean
    case UInt8(ascii: "f"):
      try literal(bytes, &position, 0x65_736c_6166, count: 5)
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
  @inline(never)
  func string(_ bytes: borrowing RawSpan, _ position: inout Int) throws(RecordError) -> Bool {
    try text(bytes, &position)
  }

  /// The same for the loops that meet most strings.
  @inline(__always)
  func text(_ bytes: borrowing RawSpan, _ position: inout Int) throws(RecordError) -> Bool {
    let index = bytes.stringStop(from: position &+ 1)
    if bytes.byteOrZero(at: index) == UInt8(ascii: "\"") {
      position = index &+ 1
      return false
    }
    try escapedString(bytes, &position, from: index)
    return true
  }

  /// Skips a string from its first escape on; `position` is at its quote.
  private func escapedString(
    _ bytes: borrowing RawSpan, _ position: inout Int, from first: Int
  ) throws(RecordError) {
    var index = first
    while index < bytes.byteCount {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        position = index + 1
        return
      case UInt8(ascii: "\\"): index = try escape(bytes, index + 1)
      default: throw RecordError(.syntax, at: index)
      }
      index = bytes.stringStop(from: index)
    }
    throw RecordError(.syntax, at: position)
  }

  /// Returns where an escape ends; `index` is behind its backslash.
  @inline(__always)
  private func escape(_ bytes: borrowing RawSpan, _ index: Int) throws(RecordError) -> Int {
    switch bytes.byteOrZero(at: index) {
    case UInt8(ascii: "u"):
      guard index + 4 < bytes.byteCount, hexNumber(bytes, index + 1) != nil else {
        throw RecordError(.syntax, at: index)
      }
      return index + 5
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return index + 1
    default: throw RecordError(.syntax, at: index)
    }
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

  /// - Parameter word: the bytes of the literal, the first one lowest.
  @inline(__always)
  private func literal(
    _ bytes: borrowing RawSpan, _ position: inout Int, _ word: UInt64, count: Int
  ) throws(RecordError) {
    if position &+ 8 <= bytes.byteCount {
      guard (bytes.word(at: position) ^ word) &<< UInt64(64 &- 8 &* count) == 0 else {
        throw RecordError(.syntax, at: position)
      }
    } else {
      for index in 0..<count
      where bytes.byteOrZero(at: position &+ index) != UInt8(truncatingIfNeeded: word >> UInt64(8 &* index)) {
        throw RecordError(.syntax, at: position)
      }
    }
    position &+= count
  }

  // MARK: between values

  /// Skips blanks up to the byte that must follow, and gives it.
  @inline(__always) @discardableResult
  func blanks(_ bytes: borrowing RawSpan, _ position: inout Int) throws(RecordError) -> UInt8 {
    let byte = bytes.byteOrZero(at: position)
    return byte > 0x20 ? byte : try slowBlanks(bytes, &position)
  }

  private func slowBlanks(_ bytes: borrowing RawSpan, _ position: inout Int) throws(RecordError) -> UInt8 {
    while position < bytes.byteCount {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x09 || byte == 0x0d || (byte == 0x0a && lineFeedIsBlank) else { return byte }
      position &+= 1
    }
    throw RecordError(.syntax, at: position)
  }

  /// Skips the colon and the blanks around it, and gives the byte that follows.
  @inline(__always) @discardableResult
  func colon(_ bytes: borrowing RawSpan, _ position: inout Int) throws(RecordError) -> UInt8 {
    guard try blanks(bytes, &position) == UInt8(ascii: ":") else { throw RecordError(.syntax, at: position) }
    position &+= 1
    return try blanks(bytes, &position)
  }
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

extension RawSpan {
  /// What stands between the quotes of a string of JSON, without blanks around it, its escapes turned into what they spell.
  package func plainText(ofString range: Range<Int>) -> [UInt8] {
    if contains(UInt8(ascii: "\\"), in: range) {
      var plain = ByteSink(capacity: range.count)
      if plain.appendUnescaped(self, range) { return plain.bytes.array(trim(plain.bytes, 0..<plain.count)) }
    }
    return array(trim(self, range))
  }
}
