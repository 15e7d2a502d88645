internal import ScrubCore
internal import ScrubNative

/// Turns a document into JSON text (RFC 8259) with sorted keys, indented, byte for byte as Foundation's encoder writes
/// it, and in a fraction of the time: a report has thousands of members, and a run ends no sooner than it is written.
struct DocumentEncoder: Encoder {
  fileprivate let tree: DocumentTree
  fileprivate let node: Int
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// The text of a value, in UTF-8.
  static func text(of value: some Encodable) throws -> [UInt8] {
    let tree = DocumentTree()
    try value.encode(to: DocumentEncoder(tree: tree, node: tree.root))
    var text = DocumentText(tree)
    text.write(tree.root, indentation: 0)
    return text.finish()
  }

  /// The text of a value in the form of `CanonicalJSON`.
  static func canonicalText(of value: some Encodable) throws -> [UInt8] { try compactText(of: value, isCanonical: true) }

  /// The same for numbers of any size, for our own eyes.
  static func line(of value: some Encodable) throws -> [UInt8] { try compactText(of: value, isCanonical: false) }

  private static func compactText(of value: some Encodable, isCanonical: Bool) throws -> [UInt8] {
    let tree = DocumentTree()
    try value.encode(to: DocumentEncoder(tree: tree, node: tree.root))
    var text = DocumentText(tree)
    try text.writeCompactly(tree.root, isCanonical: isCanonical)
    return text.finish()
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    tree.open(node, as: .members)
    return KeyedEncodingContainer(Members(tree: tree, node: node))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    tree.open(node, as: .items)
    return Items(tree: tree, node: node)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { Single(tree: tree, node: node) }
}

/// The values of a document, in the order in which they were told, each with those that it holds: in one piece, for a
/// document has some ten thousand. A class because encoders and containers of one value add to it in turn.
private final class DocumentTree {
  enum Content {
    case whole(Int)
    /// Another number, a truth or null, as JSON spells it.
    case word(String)
    case string(String)
    case items
    case members
  }

  struct Node {
    let key: String
    var content: Content
    /// The first and the last value that it holds, and the one behind it where it stands; 0, which is the root, for none.
    var first = 0
    var last = 0
    var next = 0
  }

  private(set) var nodes = [Node(key: "", content: .word("null"))]
  let root = 0

  /// Makes a value an object or array; one that is keeps what it holds.
  func open(_ node: Int, as container: Content) {
    switch (nodes[node].content, container) {
    case (.items, .items), (.members, .members): return
    default: set(container, at: node)
    }
  }

  func set(_ content: Content, at node: Int) {
    nodes[node].content = content
    (nodes[node].first, nodes[node].last) = (0, 0)
  }

  /// Adds a value to an object or array.
  ///
  /// - Parameter key: empty in an array.
  /// - Returns: its number.
  @discardableResult
  func add(_ content: Content = .word("null"), named key: String = "", to node: Int) -> Int {
    let number = nodes.count
    nodes.append(Node(key: key, content: content))
    if nodes[node].last == 0 { nodes[node].first = number } else { nodes[nodes[node].last].next = number }
    nodes[node].last = number
    return number
  }

  /// The values that one holds.
  func held(by node: Int) -> [Int] {
    var held: [Int] = []
    var number = nodes[node].first
    while number != 0 {
      held.append(number)
      number = nodes[number].next
    }
    return held
  }

  /// A whole number is written without a fraction.
  func set(_ number: some BinaryFloatingPoint & LosslessStringConvertible, at node: Int) throws {
    let text = number.description
    guard number.isFinite else {
      throw EncodingError.invalidValue(number, EncodingError.Context(codingPath: [], debugDescription: "not finite"))
    }
    set(.word(text.hasSuffix(".0") ? String(text.dropLast(2)) : text), at: node)
  }
}

// MARK: writing

/// The text of a document on its way.
private struct DocumentText: ~Copyable {
  private let tree: DocumentTree
  private var sink = ByteSink(capacity: 1 << 14)

  init(_ tree: DocumentTree) { self.tree = tree }

  consuming func finish() -> [UInt8] { unsafe sink.withUnsafeBytes { unsafe Array($0) } }

  mutating func write(_ node: Int, indentation: Int) {
    switch tree.nodes[node].content {
    case .whole(let number): add(String(number))
    case .word(let word): add(word)
    case .string(let string): write(string)
    case .items:
      let items = tree.held(by: node)
      sink.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        startLine(index > 0, indentation + 2)
        write(item, indentation: indentation + 2)
      }
      end(items.isEmpty, UInt8(ascii: "]"), indentation)
    case .members:
      let members = members(of: node, orElse: \.utf8)
      sink.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        startLine(index > 0, indentation + 2)
        write(tree.nodes[member].key)
        add(" : ")
        write(member, indentation: indentation + 2)
      }
      end(members.isEmpty, UInt8(ascii: "}"), indentation)
    }
  }

  /// Writes as RFC 8785 says.
  ///
  /// - Parameter isCanonical: whether numbers that not every reader takes for the same are refused.
  mutating func writeCompactly(_ node: Int, isCanonical: Bool) throws {
    switch tree.nodes[node].content {
    case .whole(let number):
      if isCanonical && number.magnitude > CanonicalJSON.largestNumber.magnitude { throw Self.notCanonical(number) }
      add(String(number))
    case .word(let word):
      if isCanonical && !Self.isCanonical(word) { throw Self.notCanonical(word) }
      add(word)
    case .string(let string): write(string)
    case .items:
      sink.append(UInt8(ascii: "["))
      for (index, item) in tree.held(by: node).enumerated() {
        if index > 0 { sink.append(UInt8(ascii: ",")) }
        try writeCompactly(item, isCanonical: isCanonical)
      }
      sink.append(UInt8(ascii: "]"))
    case .members:
      sink.append(UInt8(ascii: "{"))
      for (index, member) in members(of: node, orElse: \.utf16).enumerated() {
        if index > 0 { sink.append(UInt8(ascii: ",")) }
        write(tree.nodes[member].key)
        sink.append(UInt8(ascii: ":"))
        try writeCompactly(member, isCanonical: isCanonical)
      }
      sink.append(UInt8(ascii: "}"))
    }
  }

  /// The members of an object in the order of their names.
  private func members<Units: Collection>(of node: Int, orElse units: (String) -> Units) -> [Int] where Units.Element: Comparable {
    var members = tree.held(by: node)
    members.sort { Self.stands(tree.nodes[$0].key, before: tree.nodes[$1].key, orElse: units) }
    return members
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
  let tree: DocumentTree
  let node: Int
  var codingPath: [any CodingKey] { [] }

  func encodeNil(forKey key: Key) { tree.add(.word("null"), named: key.stringValue, to: node) }
  func encode(_ value: Bool, forKey key: Key) { tree.add(.word(String(value)), named: key.stringValue, to: node) }
  func encode(_ value: String, forKey key: Key) { tree.add(.string(value), named: key.stringValue, to: node) }
  func encode(_ value: Int, forKey key: Key) { tree.add(.whole(value), named: key.stringValue, to: node) }
  func encode(_ value: some Encodable, forKey key: Key) throws { try value.encode(to: superEncoder(forKey: key)) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    DocumentEncoder(tree: tree, node: tree.add(named: key.stringValue, to: node)).container(keyedBy: type)
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    DocumentEncoder(tree: tree, node: tree.add(named: key.stringValue, to: node)).unkeyedContainer()
  }
  func superEncoder() -> any Encoder { DocumentEncoder(tree: tree, node: tree.add(named: "super", to: node)) }
  func superEncoder(forKey key: Key) -> any Encoder { DocumentEncoder(tree: tree, node: tree.add(named: key.stringValue, to: node)) }
}

private struct Items: UnkeyedEncodingContainer {
  let tree: DocumentTree
  let node: Int
  var codingPath: [any CodingKey] { [] }
  var count: Int { tree.held(by: node).count }

  func encodeNil() { tree.add(.word("null"), to: node) }
  func encode(_ value: String) { tree.add(.string(value), to: node) }
  func encode(_ value: Int) { tree.add(.whole(value), to: node) }
  func encode(_ value: some Encodable) throws { try value.encode(to: superEncoder()) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    DocumentEncoder(tree: tree, node: tree.add(to: node)).container(keyedBy: type)
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    DocumentEncoder(tree: tree, node: tree.add(to: node)).unkeyedContainer()
  }
  func superEncoder() -> any Encoder { DocumentEncoder(tree: tree, node: tree.add(to: node)) }
}

private struct Single: SingleValueEncodingContainer {
  let tree: DocumentTree
  let node: Int
  var codingPath: [any CodingKey] { [] }

  func encodeNil() { tree.set(.word("null"), at: node) }
  func encode(_ value: Bool) { tree.set(.word(String(value)), at: node) }
  func encode(_ value: String) { tree.set(.string(value), at: node) }
  func encode(_ value: Double) throws { try tree.set(value, at: node) }
  func encode(_ value: Float) throws { try tree.set(value, at: node) }
  func encode(_ value: some BinaryInteger & Encodable) {
    tree.set(Int(exactly: value).map { .whole($0) } ?? .word(String(value)), at: node)
  }
  func encode(_ value: some Encodable) throws { try value.encode(to: DocumentEncoder(tree: tree, node: node)) }
}
