/// The object by which Avro's JSON tells the branch of a union: `{"string": "x"}` (Avro specification 1.12, "JSON
/// Encoding").
struct JSONWrapper {
  let shape: JSONSpan.Shape
  let isEscaped: Bool
  /// The value inside.
  let value: Range<Int>
  /// Where the wrapper ends.
  let end: Int

  private static let types: [(name: [UInt8], shapes: [JSONSpan.Shape])] = [
    ("string", [.string]), ("int", [.number]), ("long", [.number]), ("float", [.number, .string]),
    ("double", [.number, .string]), ("boolean", [.boolean]), ("bytes", [.string]), ("array", [.array]),
    ("map", [.object]),
  ].map { (Array($0.0.utf8), $0.1) }
  /// Of records, enums and fixed.
  private static let named: [JSONSpan.Shape] = [.object, .string]

  /// Reads the object at `start`; nothing where it is no wrapper.
  init?(_ bytes: borrowing RawSpan, at start: Int, _ grammar: JSONGrammar, depth: Int) {
    do throws(RecordError) {
      var position = start + 1
      try grammar.blanks(bytes, &position)
      guard bytes[position] == UInt8(ascii: "\"") else { return nil }
      let name = position + 1
      guard try !grammar.string(bytes, &position), let shapes = Self.shapes(bytes, name..<(position - 1)) else { return nil }
      try grammar.colon(bytes, &position)
      let inside = position
      var isEscaped = false
      let shape = try grammar.value(bytes, &position, first: bytes[position], isEscaped: &isEscaped, depth: depth + 1)
      guard shapes.contains(shape) else { return nil }
      value = inside..<position
      try grammar.blanks(bytes, &position)
      guard bytes[position] == UInt8(ascii: "}") else { return nil }
      self.shape = shape
      self.isEscaped = isEscaped
      end = position + 1
    } catch {
      // What is wrong with the object is told when it is read as one.
      return nil
    }
  }

  /// The shapes of values of a type; nothing for a name that is none of a type.
  private static func shapes(_ bytes: borrowing RawSpan, _ name: Range<Int>) -> [JSONSpan.Shape]? {
    for type in types where bytes.equals(name, type.name) { return type.shapes }
    var hasDot = false
    for index in name {
      let byte = bytes[index]
      if byte == UInt8(ascii: ".") { hasDot = true }
      let isLetter = (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "_")
      guard isLetter || byte == UInt8(ascii: ".") else { return nil }
    }
    return hasDot ? named : nil
  }
}
