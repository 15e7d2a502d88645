/// A JSON document in which every value knows its line, for messages.
struct PlacedJSON {
  let value: JSONValue
  /// The line of the member's name; that of the first member where the value stands in an array.
  let line: Int
  let members: [Member]
  let items: [PlacedJSON]

  /// A member of an object.
  struct Member {
    let name: String
    let value: PlacedJSON
  }

  /// A document that is malformed, with the line where it stops being one.
  struct Malformed: Error {
    let line: Int
  }

  /// - Parameter firstLine: the number of the document's first line.
  init(parsing bytes: [UInt8], firstLine: Int = 1) throws(Malformed) {
    var offsets: [Int] = []
    do throws(JSONValue.Malformed) {
      let value = try JSONValue(parsing: bytes, keyOffsets: &offsets)
      var lines = LineCounter(bytes: bytes, line: firstLine)
      var names = offsets.map { lines.line(at: $0) }[...]
      self.init(value, line: names.first ?? firstLine, &names)
    } catch {
      var lines = LineCounter(bytes: bytes, line: firstLine)
      throw Malformed(line: lines.line(at: error.offset))
    }
  }

  /// Takes the lines of the names within `value` from the front of `names`.
  private init(_ value: JSONValue, line: Int, _ names: inout ArraySlice<Int>) {
    self.value = value
    self.line = line
    var members: [Member] = []
    var items: [PlacedJSON] = []
    if case .object(let inner) = value {
      for (key, value) in inner {
        let line = names.popFirst() ?? line
        members.append(Member(name: key, value: PlacedJSON(value, line: line, &names)))
      }
    }
    for item in value.items ?? [] {
      items.append(PlacedJSON(item, line: item.isObject ? names.first ?? line : line, &names))
    }
    self.members = members
    self.items = items
  }
}

/// Tells lines from offsets that only go up.
private struct LineCounter {
  let bytes: [UInt8]
  var line: Int
  var position = 0

  mutating func line(at offset: Int) -> Int {
    while position < min(offset, bytes.count) {
      if bytes[position] == 0x0a { line += 1 }
      position += 1
    }
    return line
  }
}
