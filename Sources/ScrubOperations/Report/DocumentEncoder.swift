/// Turns a document into JSON text (RFC 8259) with sorted keys, indented, byte for byte as Foundation's encoder writes
/// it, and in a fraction of the time: a report has thousands of members, and a run ends no sooner than it is written.
struct DocumentEncoder: Encoder {
  fileprivate let node: DocumentNode
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// The text of a value, in UTF-8.
  static func text(of value: some Encodable) throws -> [UInt8] {
    let root = DocumentNode()
    try value.encode(to: DocumentEncoder(node: root))
    var text: [UInt8] = []
    root.write(to: &text, indentation: 0)
    return text
  }

  /// The text of a value in the form of `CanonicalJSON`.
  static func canonicalText(of value: some Encodable) throws -> [UInt8] { try compactText(of: value, isCanonical: true) }

  /// The same for numbers of any size, for our own eyes.
  static func line(of value: some Encodable) throws -> [UInt8] { try compactText(of: value, isCanonical: false) }

  private static func compactText(of value: some Encodable, isCanonical: Bool) throws -> [UInt8] {
    let root = DocumentNode()
    try value.encode(to: DocumentEncoder(node: root))
    var text: [UInt8] = []
    try root.writeCompactly(to: &text, isCanonical: isCanonical)
    return text
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .members = node.content {} else { node.content = .members([]) }
    return KeyedEncodingContainer(Members(node: node))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .items = node.content {} else { node.content = .items([]) }
    return Items(node: node)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { Single(node: node) }
}

/// A value of a document, while the rest of it is still being told. A class because encoders and containers of one value
/// add to it in turn.
private final class DocumentNode {
  enum Content {
    case whole(Int)
    /// Another number, a truth or null, as JSON spells it.
    case word(String)
    case string(String)
    case items([DocumentNode])
    case members([(key: String, value: DocumentNode)])
  }

  var content = Content.word("null")

  func item() -> DocumentNode {
    let item = DocumentNode()
    guard case .items(var items) = content else { return item }
    content = .items([])
    items.append(item)
    content = .items(items)
    return item
  }

  func member(_ key: String) -> DocumentNode {
    let member = DocumentNode()
    guard case .members(var members) = content else { return member }
    content = .members([])
    members.append((key, member))
    content = .members(members)
    return member
  }

  /// A whole number is written without a fraction.
  func set(_ number: some BinaryFloatingPoint & LosslessStringConvertible) throws {
    let text = number.description
    guard number.isFinite else {
      throw EncodingError.invalidValue(number, EncodingError.Context(codingPath: [], debugDescription: "not finite"))
    }
    content = .word(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
  }

  // MARK: writing

  func write(to text: inout [UInt8], indentation: Int) {
    switch content {
    case .whole(let number): text += String(number).utf8
    case .word(let word): text += word.utf8
    case .string(let string): Self.write(string, to: &text)
    case .items(let items):
      Self.write(items, between: "[]", to: &text, indentation) { item, text in
        item.write(to: &text, indentation: indentation + 2)
      }
    case .members(let members):
      let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      Self.write(sorted, between: "{}", to: &text, indentation) { member, text in
        Self.write(member.key, to: &text)
        text += " : ".utf8
        member.value.write(to: &text, indentation: indentation + 2)
      }
    }
  }

  /// Writes as RFC 8785 says.
  ///
  /// - Parameter isCanonical: whether numbers that not every reader takes for the same are refused.
  func writeCompactly(to text: inout [UInt8], isCanonical: Bool) throws {
    switch content {
    case .whole(let number):
      if isCanonical && number.magnitude > CanonicalJSON.largestNumber.magnitude { throw Self.notCanonical(number) }
      text += String(number).utf8
    case .word(let word):
      if isCanonical && !Self.isCanonical(word) { throw Self.notCanonical(word) }
      text += word.utf8
    case .string(let string): Self.write(string, to: &text)
    case .items(let items):
      text.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        try item.writeCompactly(to: &text, isCanonical: isCanonical)
      }
      text.append(UInt8(ascii: "]"))
    case .members(let members):
      text.append(UInt8(ascii: "{"))
      let sorted = members.sorted { Self.precedes($0.key, $1.key) }
      for (index, member) in sorted.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        Self.write(member.key, to: &text)
        text.append(UInt8(ascii: ":"))
        try member.value.writeCompactly(to: &text, isCanonical: isCanonical)
      }
      text.append(UInt8(ascii: "}"))
    }
  }

  /// Whether a name stands before another by their UTF-16 units; those of ASCII are told apart in less time.
  private static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf16.count == left.utf8.count && right.utf16.count == right.utf8.count
      ? left < right : left.utf16.lexicographicallyPrecedes(right.utf16)
  }

  /// Whether a word is the one spelling of what it says.
  private static func isCanonical(_ word: String) -> Bool {
    if ["true", "false", "null"].contains(word) { return true }
    guard let number = Int(word) else { return false }
    return String(number) == word && number.magnitude <= CanonicalJSON.largestNumber.magnitude
  }

  private static func notCanonical(_ value: Any) -> EncodingError {
    let context = EncodingError.Context(codingPath: [], debugDescription: "not whole, or beyond 2^53")
    return .invalidValue(value, context)
  }

  private static func write<Part>(
    _ parts: [Part], between brackets: String, to text: inout [UInt8], _ indentation: Int,
    _ write: (Part, inout [UInt8]) -> Void
  ) {
    text += brackets.utf8.prefix(1)
    text.append(0x0a)
    for (index, part) in parts.enumerated() {
      if index > 0 { text += ",\n".utf8 }
      indent(&text, indentation + 2)
      write(part, &text)
    }
    text.append(0x0a)
    indent(&text, indentation)
    text += brackets.utf8.suffix(1)
  }

  private static let blanks = [UInt8](repeating: 0x20, count: 16)

  private static func indent(_ text: inout [UInt8], _ count: Int) {
    var rest = count
    while rest > 0 {
      text += blanks[..<min(rest, blanks.count)]
      rest -= blanks.count
    }
  }

  private static func write(_ string: String, to text: inout [UInt8]) {
    text.append(UInt8(ascii: "\""))
    let start = text.count
    text += string.utf8
    if text[start...].contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
      text.removeSubrange(start...)
      for byte in string.utf8 { text.append(escapingInJSON: byte) }
    }
    text.append(UInt8(ascii: "\""))
  }
}

extension [UInt8] {
  fileprivate mutating func append(escapingInJSON byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): self += "\\\"".utf8
    case UInt8(ascii: "\\"): self += "\\\\".utf8
    case 0x08: self += "\\b".utf8
    case 0x09: self += "\\t".utf8
    case 0x0a: self += "\\n".utf8
    case 0x0c: self += "\\f".utf8
    case 0x0d: self += "\\r".utf8
    case 0..<0x10: self += "\\u000\(String(byte, radix: 16))".utf8
    case 0x10..<0x20: self += "\\u00\(String(byte, radix: 16))".utf8
    default: append(byte)
    }
  }
}

// MARK: containers

private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let node: DocumentNode
  var codingPath: [any CodingKey] { [] }

  func encodeNil(forKey key: Key) { _ = node.member(key.stringValue) }
  func encode(_ value: String, forKey key: Key) { node.member(key.stringValue).content = .string(value) }
  func encode(_ value: Int, forKey key: Key) { node.member(key.stringValue).content = .whole(value) }
  func encode(_ value: some Encodable, forKey key: Key) throws { try value.encode(to: superEncoder(forKey: key)) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    DocumentEncoder(node: node.member(key.stringValue)).container(keyedBy: type)
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    DocumentEncoder(node: node.member(key.stringValue)).unkeyedContainer()
  }
  func superEncoder() -> any Encoder { DocumentEncoder(node: node.member("super")) }
  func superEncoder(forKey key: Key) -> any Encoder { DocumentEncoder(node: node.member(key.stringValue)) }
}

private struct Items: UnkeyedEncodingContainer {
  let node: DocumentNode
  var codingPath: [any CodingKey] { [] }
  var count: Int { if case .items(let items) = node.content { items.count } else { 0 } }

  func encodeNil() { _ = node.item() }
  func encode(_ value: some Encodable) throws { try value.encode(to: superEncoder()) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    DocumentEncoder(node: node.item()).container(keyedBy: type)
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    DocumentEncoder(node: node.item()).unkeyedContainer()
  }
  func superEncoder() -> any Encoder { DocumentEncoder(node: node.item()) }
}

private struct Single: SingleValueEncodingContainer {
  let node: DocumentNode
  var codingPath: [any CodingKey] { [] }

  func encodeNil() { node.content = .word("null") }
  func encode(_ value: Bool) { node.content = .word(String(value)) }
  func encode(_ value: String) { node.content = .string(value) }
  func encode(_ value: Double) throws { try node.set(value) }
  func encode(_ value: Float) throws { try node.set(value) }
  func encode(_ value: some BinaryInteger & Encodable) {
    node.content = Int(exactly: value).map { .whole($0) } ?? .word(String(value))
  }
  func encode(_ value: some Encodable) throws { try value.encode(to: DocumentEncoder(node: node)) }
}
