internal import ScrubCore
internal import ScrubPolicy

/// Turns single records into plain JSON: for the events of one person, never for an archive.
struct AvroDecoder {
  let schema: AvroSchema
  private static let depthLimit = 100

  /// Decodes the record at a place; the block was walked before, so its lengths are right.
  func record(_ block: borrowing RawSpan, from start: Int) throws(RecordError) -> JSONValue {
    guard let fields = schema.fields else { return .object([]) }
    var position = start
    return try record(fields, block, &position, depth: 0)
  }

  private func record(
    _ fields: [AvroSchema.RecordField], _ block: borrowing RawSpan, _ position: inout Int, depth: Int
  ) throws(RecordError) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = []
    for field in fields { members.append((field.name, try value(field.type, block, &position, depth: depth + 1))) }
    return .object(members)
  }

  private func value(
    _ type: Int, _ block: borrowing RawSpan, _ position: inout Int, depth: Int
  ) throws(RecordError) -> JSONValue {
    guard depth < Self.depthLimit else { throw RecordError(.tooDeep, at: position) }
    switch schema.types[type].form {
    case .null: return .null
    case .boolean: return .boolean(try bytes(1, block, &position) != [0])
    case .int, .long: return .number(String(try block.readVarint(&position)))
    case .float:
      return Self.number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try word(4, block, &position)))), isFloat: true)
    case .double: return Self.number(Double(bitPattern: try word(8, block, &position)), isFloat: false)
    case .string: return .string(String(decoding: try bytes(try block.readVarint(&position), block, &position), as: UTF8.self))
    case .bytes: return Self.latin1(try bytes(try block.readVarint(&position), block, &position))
    case .fixed(let size): return Self.latin1(try bytes(size, block, &position))
    case .enumeration:
      let symbols = schema.types[type].symbols
      let index = try block.readVarint(&position)
      return .string(symbols.indices.contains(index) ? symbols[index] : "")
    case .union(let branches):
      let branch = try block.readVarint(&position)
      guard branches.indices.contains(branch) else { throw RecordError(.badBranch, at: position) }
      return try value(branches[branch], block, &position, depth: depth + 1)
    case .record(let fields): return try record(fields, block, &position, depth: depth)
    case .array(let item):
      var items: [JSONValue] = []
      try eachItem(block, &position) { (position) throws(RecordError) in
        items.append(try value(item, block, &position, depth: depth + 1))
      }
      return .array(items)
    case .map(let item):
      var members: [(key: String, value: JSONValue)] = []
      try eachItem(block, &position) { (position) throws(RecordError) in
        let name = try bytes(try block.readVarint(&position), block, &position)
        members.append((String(decoding: name, as: UTF8.self), try value(item, block, &position, depth: depth + 1)))
      }
      return .object(members)
    }
  }

  /// More items than bytes are none that a person would want to read.
  private static let itemLimit = 1_000_000

  private func eachItem(
    _ block: borrowing RawSpan, _ position: inout Int, _ body: (inout Int) throws(RecordError) -> Void
  ) throws(RecordError) {
    while true {
      var count = try block.readVarint(&position)
      if count == 0 { return }
      if count < 0 {
        guard count != .min else { throw RecordError(.badLength, at: position) }
        count = -count
        _ = try block.readVarint(&position)
      }
      guard count <= Self.itemLimit else { throw RecordError(.badLength, at: position) }
      for _ in 0..<count { try body(&position) }
    }
  }

  private func bytes(_ count: Int, _ block: borrowing RawSpan, _ position: inout Int) throws(RecordError) -> [UInt8] {
    guard count >= 0, count <= block.byteCount - position else { throw RecordError(.badLength, at: position) }
    let start = position
    position += count
    return block.array(start..<position)
  }

  private func word(_ count: Int, _ block: borrowing RawSpan, _ position: inout Int) throws(RecordError) -> UInt64 {
    try bytes(count, block, &position).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func number(_ number: Double, isFloat: Bool) -> JSONValue {
    guard number.isFinite else { return .string(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity") }
    return .number(isFloat ? "\(Float(number))" : "\(number)")
  }

  /// As Avro's JSON spells bytes: a character for each.
  private static func latin1(_ bytes: [UInt8]) -> JSONValue {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(Unicode.Scalar(byte)) }
    return .string(String(text))
  }
}
