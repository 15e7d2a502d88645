package import ScrubCore

/// An Avro schema (Avro specification 1.12, "Schema Declaration"), its types numbered so that it may be recursive.
package struct AvroSchema: Sendable {
  package indirect enum TypeForm: Sendable {
    case null, boolean, int, long, float, double
    case bytes, string
    case fixed(Int)
    case enumeration(symbols: Int)
    case array(Int)
    case map(Int)
    case union([Int])
    case record(fields: [RecordField])

    /// The types that values of the form are made of.
    fileprivate var parts: [Int] {
      switch self {
      case .array(let item), .map(let item): [item]
      case .union(let branches): branches
      case .record(let fields): fields.map(\.type)
      case .null, .boolean, .int, .long, .float, .double, .bytes, .string, .fixed, .enumeration: []
      }
    }
  }

  package struct RecordField: Sendable {
    package let name: String
    package let doc: String
    package let type: Int
  }

  package struct TypeNode: Sendable {
    package var form: TypeForm
    /// `uuid`, `timestamp-millis`, ...: the annotation of the bytes; empty without one.
    package var logicalType = ""
    /// Of an enumeration, in their order.
    package var symbols: [String] = []
    /// Whether its own `doc` holds the mark.
    fileprivate var isMarked = false
  }

  package private(set) var types: [TypeNode] = []
  package private(set) var root = 0
  /// The full name of the root record, with dots; empty when the root is none.
  package private(set) var name = ""

  package enum Problem: Error, Hashable, Sendable { case notJSON, notASchema, unknownType, tooLarge }

  private var named: [String: Int] = [:]
  private var steps: [Int] = []
  /// By type: whether something in it is marked.
  private var marked: [Bool] = []
  /// Types that were read so far, each time that they are named.
  private var placeCount = 0
  /// Counts are kept for each, in every block.
  private static let placeLimit = 10_000

  /// Parses the schema text of an object container.
  package init(_ text: [UInt8]) throws(Problem) {
    guard let document = JSONValue(text) else { throw .notJSON }
    root = try type(document, namespace: "")
    if case .record = types[root].form {
      name = Self.fullName(document["name"]?.text ?? "", namespace: document["namespace"]?.text ?? "")
    }
    steps = stepsToTheEnd()
    marked = holding { type in
      if case .record(let fields) = type.form { type.isMarked || fields.contains { Self.isMarked($0.doc) } } else { type.isMarked }
    }
  }

  /// The fields of the root record, or nothing where the root is no record.
  package var fields: [RecordField]? {
    if case .record(let fields) = types[root].form { fields } else { nil }
  }

  private mutating func add(_ form: TypeForm, logicalType: String = "") -> Int {
    types.append(TypeNode(form: form, logicalType: logicalType))
    return types.count - 1
  }

  private mutating func type(_ schema: JSONValue, namespace: String) throws(Problem) -> Int {
    placeCount += 1
    guard placeCount <= Self.placeLimit else { throw .tooLarge }
    switch schema {
    case .string(let name): return try primitiveOrNamed(name, namespace: namespace, logicalType: "")
    case .array(let branches):
      var types: [Int] = []
      for branch in branches { types.append(try type(branch, namespace: namespace)) }
      return add(.union(types))
    case .object:
      let index = try complex(schema, namespace: namespace)
      if let doc = schema["doc"]?.text, Self.isMarked(doc) { types[index].isMarked = true }
      return index
    case .null, .boolean, .number: throw .notASchema
    }
  }

  private mutating func primitiveOrNamed(
    _ name: String, namespace: String, logicalType: String
  ) throws(Problem) -> Int {
    let form: TypeForm
    switch name {
    case "null": form = .null
    case "boolean": form = .boolean
    case "int": form = .int
    case "long": form = .long
    case "float": form = .float
    case "double": form = .double
    case "bytes": form = .bytes
    case "string": form = .string
    default:
      guard let known = named[Self.fullName(name, namespace: namespace)] ?? named[name] else { throw .unknownType }
      return known
    }
    return add(form, logicalType: logicalType)
  }

  private mutating func complex(_ schema: JSONValue, namespace: String) throws(Problem) -> Int {
    guard let type = schema["type"] else { throw .notASchema }
    let logical = schema["logicalType"]?.text ?? ""
    guard let kind = type.text else { return try self.type(type, namespace: namespace) }
    switch kind {
    case "array":
      guard let items = schema["items"] else { throw .notASchema }
      return try add(.array(self.type(items, namespace: namespace)))
    case "map":
      guard let values = schema["values"] else { throw .notASchema }
      return try add(.map(self.type(values, namespace: namespace)))
    case "record", "error": return try record(schema, namespace: namespace)
    case "enum":
      guard let symbols = schema["symbols"]?.items, !symbols.isEmpty else { throw .notASchema }
      let index = try declare(schema, namespace, .enumeration(symbols: symbols.count), logical)
      types[index].symbols = symbols.map { $0.text ?? "" }
      return index
    case "fixed":
      guard let size = schema["size"]?.whole, size >= 0 else { throw .notASchema }
      return try declare(schema, namespace, .fixed(size), logical)
    default: return try primitiveOrNamed(kind, namespace: namespace, logicalType: logical)
    }
  }

  private mutating func declare(
    _ schema: JSONValue, _ namespace: String, _ form: TypeForm, _ logical: String
  ) throws(Problem) -> Int {
    guard let name = schema["name"]?.text else { throw .notASchema }
    let full = Self.fullName(name, namespace: schema["namespace"]?.text ?? namespace)
    // Of two types of one name, readers differ in which is meant.
    guard named[full] == nil else { throw .notASchema }
    let index = add(form, logicalType: logical)
    named[full] = index
    return index
  }

  private mutating func record(_ schema: JSONValue, namespace: String) throws(Problem) -> Int {
    guard let name = schema["name"]?.text, let fields = schema["fields"]?.items else { throw .notASchema }
    let full = Self.fullName(name, namespace: schema["namespace"]?.text ?? namespace)
    let inner = full.lastIndex(of: ".").map { String(full[..<$0]) } ?? ""
    // Declared before its fields, which may refer to it.
    let index = try declare(schema, namespace, .record(fields: []), "")
    var parsed: [RecordField] = []
    var names: Set<[UInt8]> = []
    for field in fields {
      guard let name = field["name"]?.text, let type = field["type"], names.insert(Array(name.utf8)).inserted else {
        throw .notASchema
      }
      parsed.append(
        RecordField(name: name, doc: field["doc"]?.text ?? "", type: try self.type(type, namespace: inner)))
    }
    types[index].form = .record(fields: parsed)
    return index
  }

  private static func fullName(_ name: String, namespace: String) -> String {
    name.contains(".") || namespace.isEmpty ? name : "\(namespace).\(name)"
  }

  // MARK: for plans

  /// The program that walks records of this schema.
  package func program(of fields: [RecordField]) -> AvroProgram {
    AvroProgram(nodes: types.map(node), fields: fields.map(\.type))
  }

  private func node(_ type: TypeNode) -> AvroProgram.Node {
    switch type.form {
    case .null: .null
    case .boolean: .fixed(1)
    case .int: .int
    case .long: .long
    case .float: .fixed(4)
    case .double: .fixed(8)
    case .bytes, .string: .text
    case .fixed(let size): .fixed(size)
    case .enumeration(let symbols): .enumeration(symbols: symbols)
    case .array(let item): .array(item: item)
    case .map(let value): .map(value: value)
    case .union(let branches): .union(branches)
    case .record(let fields): .record(fields.map(\.type))
    }
  }

  /// By type: whether a value may hold one of the wanted types, at any depth.
  package func holding(_ isWanted: (TypeNode) -> Bool) -> [Bool] {
    var holds = types.map(isWanted)
    var changed = true
    while changed {
      changed = false
      for (index, type) in types.enumerated() where !holds[index] && type.form.parts.contains(where: { holds[$0] }) {
        (holds[index], changed) = (true, true)
      }
    }
    return holds
  }

  /// Whether a field is marked: by its own `doc`, or by one of what it holds.
  package func isMarked(_ field: RecordField) -> Bool { marked[field.type] || Self.isMarked(field.doc) }

  /// Whether a `doc` holds the mark, looked for byte by byte: every schema has dozens of them.
  private static func isMarked(_ doc: String) -> Bool {
    var rest = Substring(doc).utf8
    while let bracket = rest.firstIndex(of: UInt8(ascii: "[")) {
      rest = rest[bracket...]
      if rest.starts(with: "[PII]".utf8) { return true }
      rest = rest.dropFirst()
    }
    return false
  }

  // MARK: sentinels

  /// The bytes of the value that stands for "removed" where null does not fit; nothing for a recursive record
  /// that has no end, and for one of more than a MiB.
  package func sentinel(_ index: Int, text: String) -> [UInt8]? {
    var known: [Int: [UInt8]] = [:]
    return sentinel(index, text, &known)
  }

  private static let sentinelLimit = 1 << 20
  /// That of `AvroScanner`.
  private static let depthLimit = 100

  /// - Parameter known: those of records, which may stand in many places of the schema.
  private func sentinel(_ index: Int, _ text: String, _ known: inout [Int: [UInt8]]) -> [UInt8]? {
    // Each step leads to a type that is nearer to its end; values that are deeper than data may be are none.
    guard steps[index] <= Self.depthLimit else { return nil }
    let type = types[index]
    switch type.form {
    case .null: return []
    case .boolean, .int, .long, .enumeration, .array, .map: return [0]
    case .float: return [UInt8](repeating: 0, count: 4)
    case .double: return [UInt8](repeating: 0, count: 8)
    case .fixed(let size): return size < Self.sentinelLimit ? [UInt8](repeating: 0, count: size) : nil
    // A decimal is a number, and no bytes are none.
    case .bytes: return type.logicalType == "decimal" ? [2, 0] : [0]
    case .string:
      return Self.encoded(type.logicalType == "uuid" ? "00000000-0000-0000-0000-000000000000" : text)
    case .union(let branches):
      guard let branch = sentinelBranch(branches), let inner = sentinel(branches[branch], text, &known) else {
        return nil
      }
      return Self.varint(branch) + inner
    case .record(let fields):
      if let known = known[index] { return known }
      var bytes: [UInt8] = []
      for field in fields {
        guard let inner = sentinel(field.type, text, &known) else { return nil }
        bytes += inner
        guard bytes.count < Self.sentinelLimit else { return nil }
      }
      known[index] = bytes
      return bytes
    }
  }

  /// The branch of null, or the first of those that come to their end soonest.
  private func sentinelBranch(_ branches: [Int]) -> Int? {
    branches.firstIndex { if case .null = types[$0].form { true } else { false } }
      ?? branches.indices.min { steps[branches[$0]] < steps[branches[$1]] }
  }

  /// By type: how many unions and records there are from its sentinel down to the last of its parts; at least
  /// `placeLimit` where every value would hold another one of the same type.
  private func stepsToTheEnd() -> [Int] {
    var steps = [Int](repeating: Self.placeLimit, count: types.count)
    var changed = true
    while changed {
      changed = false
      for (index, type) in types.enumerated() {
        let now =
          switch type.form {
          case .union(let branches): (branches.map { steps[$0] }.min() ?? Self.placeLimit) + 1
          case .record(let fields): (fields.map { steps[$0.type] }.max() ?? 0) + 1
          default: 0
          }
        if now < steps[index] { (steps[index], changed) = (now, true) }
      }
    }
    return steps
  }

  /// A string with its length in front.
  package static func encoded(_ text: String) -> [UInt8] { varint(text.utf8.count) + Array(text.utf8) }

  package static func varint(_ number: Int) -> [UInt8] {
    var sink = ByteSink(capacity: 64)
    sink.appendVarint(number)
    return unsafe sink.withUnsafeBytes { unsafe Array($0) }
  }
}
