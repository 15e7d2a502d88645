internal import ScrubCore
internal import ScrubNative

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
    var text = DocumentText()
    text.write(root.content, indentation: 0)
    return text.finish()
  }

  /// The text of a value in the form of `CanonicalJSON`.
  static func canonicalText(of value: some Encodable) throws -> [UInt8] { try compactText(of: value, isCanonical: true) }

  /// The same for numbers of any size, for our own eyes.
  static func line(of value: some Encodable) throws -> [UInt8] { try compactText(of: value, isCanonical: false) }

  private static func compactText(of value: some Encodable, isCanonical: Bool) throws -> [UInt8] {
    let root = DocumentNode()
    try value.encode(to: DocumentEncoder(node: root))
    var text = DocumentText()
    try text.writeCompactly(root.content, isCanonical: isCanonical)
    return text.finish()
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

/// An object or array of a document, or a value that an encoder of its own tells, while the rest of it is still being told.
/// A class because encoders and containers of one value add to it in turn.
private final class DocumentNode {
  enum Content {
    case whole(Int)
    /// Another number, a truth or null, as JSON spells it.
    case word(String)
    case string(String)
    case items([Content])
    case members([(key: String, value: Content)])
    case node(DocumentNode)
  }

  var content = Content.word("null")

  func add(_ item: Content) {
    guard case .items(var items) = content else { return }
    content = .items([])
    items.append(item)
    content = .items(items)
  }

  func add(_ member: Content, named key: String) {
    guard case .members(var members) = content else { return }
    content = .members([])
    members.append((key, member))
    content = .members(members)
  }

  func item() -> DocumentNode {
    let item = DocumentNode()
    add(.node(item))
    return item
  }

  func member(_ key: String) -> DocumentNode {
    let member = DocumentNode()
    add(.node(member), named: key)
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
}

// MARK: writing

/// The text of a document on its way.
private struct DocumentText: ~Copyable {
  private var sink = ByteSink(capacity: 1 << 14)

  consuming func finish() -> [UInt8] { unsafe sink.withUnsafeBytes { unsafe Array($0) } }

  mutating func write(_ content: DocumentNode.Content, indentation: Int) {
    switch content {
    case .whole(let number): add(String(number))
    case .word(let word): add(word)
    case .string(let string): write(string)
    case .items(let items):
      sink.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        startLine(index > 0, indentation + 2)
        write(item, indentation: indentation + 2)
      }
      end(items.isEmpty, UInt8(ascii: "]"), indentation)
    case .members(let members):
      sink.append(UInt8(ascii: "{"))
      let sorted = members.sorted { Self.stands($0.key, before: $1.key, orElse: \.utf8) }
      for (index, member) in sorted.enumerated() {
        startLine(index > 0, indentation + 2)
        write(member.key)
        add(" : ")
        write(member.value, indentation: indentation + 2)
      }
      end(members.isEmpty, UInt8(ascii: "}"), indentation)
    case .node(let node): write(node.content, indentation: indentation)
    }
  }

  /// Writes as RFC 8785 says.
  ///
  /// - Parameter isCanonical: whether numbers that not every reader takes for the same are refused.
  mutating func writeCompactly(_ content: DocumentNode.Content, isCanonical: Bool) throws {
    switch content {
    case .whole(let number):
      if isCanonical && number.magnitude > CanonicalJSON.largestNumber.magnitude { throw Self.notCanonical(number) }
      add(String(number))
    case .word(let word):
      if isCanonical && !Self.isCanonical(word) { throw Self.notCanonical(word) }
      add(word)
    case .string(let string): write(string)
    case .items(let items):
      sink.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { sink.append(UInt8(ascii: ",")) }
        try writeCompactly(item, isCanonical: isCanonical)
      }
      sink.append(UInt8(ascii: "]"))
    case .members(let members):
      sink.append(UInt8(ascii: "{"))
      let sorted = members.sorted { Self.stands($0.key, before: $1.key, orElse: \.utf16) }
      for (index, member) in sorted.enumerated() {
        if index > 0 { sink.append(UInt8(ascii: ",")) }
        write(member.key)
        sink.append(UInt8(ascii: ":"))
        try writeCompactly(member.value, isCanonical: isCanonical)
      }
      sink.append(UInt8(ascii: "}"))
    case .node(let node): try writeCompactly(node.content, isCanonical: isCanonical)
    }
  }

  /// Whether a name stands before another by some of their units; those of ASCII, whose order is the same in all, are told
  /// apart in less time.
  private static func stands<Units: Collection>(
    _ left: String, before right: String, orElse units: (String) -> Units
  ) -> Bool where Units.Element: Comparable {
    left.utf16.count == left.utf8.count && right.utf16.count == right.utf8.count
      ? left < right : units(left).lexicographicallyPrecedes(units(right))
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

  /// - Parameter isLater: whether it is not the first line of its object or array.
  private mutating func startLine(_ isLater: Bool, _ indentation: Int) {
    if isLater { sink.append(UInt8(ascii: ",")) }
    breakLine(indentation)
  }

  /// An empty object or array has an empty line in it.
  private mutating func end(_ isEmpty: Bool, _ bracket: UInt8, _ indentation: Int) {
    if isEmpty { sink.append(0x0a) }
    breakLine(indentation)
    sink.append(bracket)
  }

  private mutating func breakLine(_ indentation: Int) {
    sink.append(0x0a)
    for _ in 0..<indentation { sink.append(0x20) }
  }

  private mutating func add(_ text: String) {
    let bytes = unsafe text.utf8Span.span.bytes
    sink.append(bytes, 0..<bytes.byteCount)
  }

  private mutating func write(_ string: String) {
    sink.append(UInt8(ascii: "\""))
    let units = string.utf8Span.span
    var start = 0
    while true {
      let stop = unsafe units.bytes.withUnsafeBytes { unsafe stringStop(in: $0, from: start) }
      unsafe sink.append(units.bytes, start..<stop)
      if stop == units.count { break }
      add(Self.escape(of: units[stop]))
      start = stop + 1
    }
    sink.append(UInt8(ascii: "\""))
  }

  private static func escape(of byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\""): "\\\""
    case UInt8(ascii: "\\"): "\\\\"
    case 0x08: "\\b"
    case 0x09: "\\t"
    case 0x0a: "\\n"
    case 0x0c: "\\f"
    case 0x0d: "\\r"
    case 0..<0x10: "\\u000\(String(byte, radix: 16))"
    default: "\\u00\(String(byte, radix: 16))"
    }
  }
}

// MARK: containers

private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let node: DocumentNode
  var codingPath: [any CodingKey] { [] }

  func encodeNil(forKey key: Key) { node.add(.word("null"), named: key.stringValue) }
  func encode(_ value: Bool, forKey key: Key) { node.add(.word(String(value)), named: key.stringValue) }
  func encode(_ value: String, forKey key: Key) { node.add(.string(value), named: key.stringValue) }
  func encode(_ value: Int, forKey key: Key) { node.add(.whole(value), named: key.stringValue) }
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

  func encodeNil() { node.add(.word("null")) }
  func encode(_ value: String) { node.add(.string(value)) }
  func encode(_ value: Int) { node.add(.whole(value)) }
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
