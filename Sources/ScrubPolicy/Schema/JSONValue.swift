/// A JSON document as a tree that keeps the order of members and duplicates: for schemas, never for events.
package enum JSONValue: Sendable {
  case null
  case boolean(Bool)
  /// The number as it is spelled.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([(key: String, value: JSONValue)])

  /// Where a document stops being one.
  package struct Malformed: Error, Hashable, Sendable {
    /// The offset of the byte that does not belong there, or the end of the text.
    package let offset: Int
  }

  /// Each takes some hundred bytes and more, and a hostile file has one for every two of its own.
  private static let valueLimit = 1 << 18

  /// Parses a document (RFC 8259) of at most 64 levels and 262,144 values; nothing for one that is malformed.
  package init?(_ bytes: [UInt8]) {
    guard let value = try? JSONValue(parsing: bytes) else { return nil }
    self = value
  }

  /// Parses a document (RFC 8259) of at most 64 levels and 262,144 values, and tells where it is malformed.
  package init(parsing bytes: [UInt8]) throws(Malformed) {
    var offsets: [Int] = []
    try self.init(parsing: bytes, keyOffsets: &offsets)
  }

  /// Parses an event of an archive, of at most 512 levels: what is no Unicode in it becomes U+FFFD.
  package init?(event bytes: [UInt8]) {
    var parser = Parser(bytes: bytes, depthLimit: 512, isLenient: true)
    let value = parser.value(depth: 0)
    parser.skipBlanks()
    guard let value, parser.position == bytes.count else { return nil }
    self = value
  }

  /// Also gives the offsets of the members' names, in the order of the document.
  package init(parsing bytes: [UInt8], keyOffsets: inout [Int]) throws(Malformed) {
    var parser = Parser(bytes: bytes)
    let value = parser.value(depth: 0)
    parser.skipBlanks()
    guard let value, parser.position == bytes.count else { throw Malformed(offset: parser.position) }
    keyOffsets = parser.keyOffsets
    self = value
  }

  package subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members.first { $0.key == key }?.value } else { nil }
  }

  package var text: String? { if case .string(let text) = self { text } else { nil } }
  package var items: [JSONValue]? { if case .array(let items) = self { items } else { nil } }
  package var isObject: Bool { if case .object = self { true } else { false } }
  package var whole: Int? { if case .number(let text) = self { Int(text) } else { nil } }

  /// Whether a name stands twice in an object, so that readers disagree on what it says.
  package var hasRepeatedName: Bool {
    switch self {
    case .array(let items): items.contains(where: \.hasRepeatedName)
    case .object(let members): Set(members.map(\.key)).count < members.count || members.contains(where: \.value.hasRepeatedName)
    case .null, .boolean, .number, .string: false
    }
  }

  /// The document without blanks, numbers as they were spelled.
  package var compact: String {
    switch self {
    case .null: "null"
    case .boolean(let truth): String(truth)
    case .number(let text): text
    case .string(let text): quoted(text)
    case .array(let items): "[" + items.map(\.compact).joined(separator: ",") + "]"
    case .object(let members): "{" + members.map { "\(quoted($0.key)):\($0.value.compact)" }.joined(separator: ",") + "}"
    }
  }

  private struct Parser {
    let bytes: [UInt8]
    var depthLimit = 64
    var isLenient = false
    var position = 0
    var keyOffsets: [Int] = []
    var count = 0

    mutating func skipBlanks() {
      while position < bytes.count {
        switch bytes[position] {
        case 0x20, 0x09, 0x0a, 0x0d: position += 1
        default: return
        }
      }
    }

    mutating func take(_ sign: Unicode.Scalar) -> Bool {
      skipBlanks()
      guard position < bytes.count, bytes[position] == UInt8(ascii: sign) else { return false }
      position += 1
      return true
    }

    mutating func value(depth: Int) -> JSONValue? {
      count += 1
      guard depth < depthLimit, isLenient || count <= JSONValue.valueLimit else { return nil }
      skipBlanks()
      guard position < bytes.count else { return nil }
      switch bytes[position] {
      case UInt8(ascii: "{"): return object(depth: depth)
      case UInt8(ascii: "["): return array(depth: depth)
      case UInt8(ascii: "\""): return string().map { .string($0) }
      case UInt8(ascii: "t"): return word("true", .boolean(true))
      case UInt8(ascii: "f"): return word("false", .boolean(false))
      case UInt8(ascii: "n"): return word("null", .null)
      default: return number()
      }
    }

    mutating func word(_ word: String, _ value: JSONValue) -> JSONValue? {
      guard bytes[position...].starts(with: word.utf8) else { return nil }
      position += word.utf8.count
      return value
    }

    mutating func number() -> JSONValue? {
      let start = position
      while position < bytes.count, Array("+-.0123456789eE".utf8).contains(bytes[position]) { position += 1 }
      guard position > start else { return nil }
      return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    mutating func object(depth: Int) -> JSONValue? {
      position += 1
      var members: [(key: String, value: JSONValue)] = []
      if take("}") { return .object([]) }
      repeat {
        skipBlanks()
        keyOffsets.append(position)
        guard let key = string(), take(":"), let value = value(depth: depth + 1) else { return nil }
        members.append((key, value))
      } while take(",")
      return take("}") ? .object(members) : nil
    }

    mutating func array(depth: Int) -> JSONValue? {
      position += 1
      var items: [JSONValue] = []
      if take("]") { return .array([]) }
      repeat {
        guard let item = value(depth: depth + 1) else { return nil }
        items.append(item)
      } while take(",")
      return take("]") ? .array(items) : nil
    }

    mutating func string() -> String? {
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return nil }
      position += 1
      var start = position
      // Most texts have nothing escaped.
      while position < bytes.count, isPlain(bytes[position]) { position += 1 }
      if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
        position += 1
        return text(bytes.span.extracting(start..<(position - 1)))
      }
      var text: [UInt8] = []
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "\"") {
          text += bytes[start..<(position - 1)]
          return self.text(text.span)
        }
        guard byte >= 0x20 else { return nil }
        guard byte == UInt8(ascii: "\\") else { continue }
        text += bytes[start..<(position - 1)]
        guard let scalar = escape() else { return nil }
        text += Array(String(scalar).utf8)
        start = position
      }
      return nil
    }

    func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") }

    func text(_ bytes: Span<UInt8>) -> String? {
      if let text = try? UTF8Span(validating: bytes) { return String(copying: text) }
      return isLenient ? unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) } : nil
    }

    mutating func escape() -> Unicode.Scalar? {
      guard position < bytes.count else { return nil }
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "b"): return "\u{8}"
      case UInt8(ascii: "f"): return "\u{c}"
      case UInt8(ascii: "n"): return "\n"
      case UInt8(ascii: "r"): return "\r"
      case UInt8(ascii: "t"): return "\t"
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
      case UInt8(ascii: "u"):
        guard let high = unit() else { return nil }
        guard high & 0xfc00 == 0xd800 else { return Unicode.Scalar(high) ?? (isLenient ? "\u{fffd}" : nil) }
        let afterHigh = position
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
          bytes[position + 1] == UInt8(ascii: "u")
        else { return isLenient ? "\u{fffd}" : nil }
        position += 2
        guard let low = unit(), low & 0xfc00 == 0xdc00 else {
          position = afterHigh
          return isLenient ? "\u{fffd}" : nil
        }
        return Unicode.Scalar(0x10000 + (high & 0x3ff) << 10 + (low & 0x3ff))
      default: return nil
      }
    }

    mutating func unit() -> UInt32? {
      guard position + 4 <= bytes.count else { return nil }
      let digits = String(decoding: bytes[position..<(position + 4)], as: UTF8.self)
      position += 4
      return digits.utf8.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit } ? UInt32(digits, radix: 16) : nil
    }
  }
}

extension JSONValue: Encodable {
  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Numbers that are no 64-bit integers are written as the nearest `Double`.
  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .null:
      var container = encoder.singleValueContainer()
      try container.encodeNil()
    case .boolean(let truth): try truth.encode(to: encoder)
    case .number(let text): try Int(text).map { try $0.encode(to: encoder) } ?? (Double(text) ?? 0).encode(to: encoder)
    case .string(let text): try text.encode(to: encoder)
    case .array(let items): try items.encode(to: encoder)
    case .object(let members):
      var container = encoder.container(keyedBy: Name.self)
      for (key, value) in members { try container.encode(value, forKey: Name(stringValue: key)) }
    }
  }
}
