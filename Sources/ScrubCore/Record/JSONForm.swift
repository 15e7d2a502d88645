/// How events stand in a JSON text.
package enum JSONForm: Sendable {
  /// An object a line.
  case lines
  /// Objects over several lines: one, or one after the other.
  case objects
  /// The items of one array.
  case array

  /// Tells the form by the first values, of which one is at `start`: an object that ends where its line does is the first of
  /// lines, and so is one that is broken there, unless one of those behind it goes over several. Where objects follow each other
  /// on the first line they are no lines. What holds no event in front of a line is a damaged one, unless it is the head of an
  /// archive of files or the like.
  ///
  /// - Parameter isWhole: whether nothing follows the bytes.
  /// - Returns: nothing where there is neither an object nor an array; `.needsMore` when the bytes do not tell.
  package static func of(_ bytes: borrowing RawSpan, from start: Int, isWhole: Bool) -> Finding {
    switch bytes[start] {
    case UInt8(ascii: "["):
      let item = bytes.blanksEnd(from: start &+ 1)
      let holdsEvents = item == bytes.byteCount || bytes[item] == UInt8(ascii: "{")
      return .form(!holdsEvents && isWholeLine(bytes, start) && line(of: bytes, behind: start) != nil ? .lines : .array)
    case UInt8(ascii: "{"): break
    default: return line(of: bytes, behind: start).map { isHead(bytes, start..<$0) ? .none : .form(.lines) } ?? .none
    }
    let feed = bytes.firstIndex(of: 0x0a, from: start)
    if holdsObjects(bytes, start..<feed) { return .form(.objects) }
    let next = bytes.blanksEnd(from: feed)
    if next == bytes.byteCount && !isWhole { return .needsMore }
    var position = start
    do throws(RecordError) {
      try pass(bytes, &position)
      return .form(position <= feed && !isFollowedByText(bytes, position) ? .lines : .objects)
    } catch {
      // The string behind the line feed may go on behind the bytes.
      if error.offset == next && next < bytes.byteCount && bytes[next] == UInt8(ascii: "\"") && !isWhole { return .needsMore }
      return .form(error.offset <= next ? .lines : .objects)
    }
  }

  /// Whether one of the objects that follow on lines of their own goes over several.
  private static func isFollowedByText(_ bytes: borrowing RawSpan, _ end: Int) -> Bool {
    var end = end
    while true {
      var position = bytes.blanksEnd(from: end)
      guard position < bytes.byteCount, bytes[position] == UInt8(ascii: "{"), position > bytes.firstIndex(of: 0x0a, from: end)
      else { return false }
      let feed = bytes.firstIndex(of: 0x0a, from: position)
      guard (try? pass(bytes, &position)) != nil else { return false }
      if position > feed { return true }
      end = position
    }
  }

  /// Whether a line is objects one behind the other, of which the last may go on where the bytes end.
  private static func holdsObjects(_ bytes: borrowing RawSpan, _ line: Range<Int>) -> Bool {
    var position = line.lowerBound
    var count = 0
    while position < line.upperBound, bytes[position] == UInt8(ascii: "{") {
      count += 1
      if (try? pass(bytes, &position)) == nil { return count > 1 && line.upperBound == bytes.byteCount }
      if position > line.upperBound { return false }
      position = bytes.lineBlanksEnd(from: position)
    }
    return count > 1 && position == line.upperBound
  }

  /// Whether what stands in front of a line is the head of an archive of files, or of another format that holds texts: it has
  /// zeros among its bytes, or begins as such do. A line of which only the end was written has zeros in front of its bytes.
  private static func isHead(_ bytes: borrowing RawSpan, _ front: Range<Int>) -> Bool {
    var start = front.lowerBound
    while start < front.upperBound, bytes[start] == 0 { start &+= 1 }
    if bytes.contains(0, in: start..<front.upperBound) { return true }
    return heads.contains { $0.count <= front.count && bytes.equals(front.prefix($0.count), $0) }
  }

  /// Of zip, WARC, and the parts of a MIME text.
  private static let heads = ["PK\u{3}\u{4}", "WARC/", "MIME-Version:", "Content-", "--"].map { Array($0.utf8) }

  /// Where the first line behind the first begins that is an object.
  private static func line(of bytes: borrowing RawSpan, behind start: Int) -> Int? {
    var feed = bytes.firstIndex(of: 0x0a, from: start)
    while feed < bytes.byteCount {
      let position = bytes.blanksEnd(from: feed)
      feed = bytes.firstIndex(of: 0x0a, from: position)
      if position < bytes.byteCount, bytes[position] == UInt8(ascii: "{"), isWholeLine(bytes, position) { return position }
    }
    return nil
  }

  private static func isWholeLine(_ bytes: borrowing RawSpan, _ start: Int) -> Bool {
    var position = start
    return (try? pass(bytes, &position)) != nil && position <= bytes.firstIndex(of: 0x0a, from: start)
  }

  private static func pass(_ bytes: borrowing RawSpan, _ position: inout Int) throws(RecordError) {
    var isEscaped = false
    _ = try JSONGrammar(lineFeedIsBlank: true).value(bytes, &position, first: bytes[position], isEscaped: &isEscaped, depth: 0)
  }

  package enum Finding: Sendable { case form(JSONForm), needsMore, none }
}

/// Finds where a JSON value ends, piece after piece, by its quotes and brackets alone: whether it is one is told when
/// it is read.
package struct JSONValueEnd: Sendable {
  private var depth = 0
  private var isInString = false
  private var isEscaped = false

  package init() {}

  /// Looks on from `start`, where the last piece ended.
  ///
  /// - Returns: where the value ends; a value without bytes ends where it starts. Nothing while it goes on.
  package mutating func find(_ bytes: borrowing RawSpan, from start: Int) -> Int? {
    var index = start
    while index < bytes.byteCount {
      let byte = bytes[index]
      index &+= 1
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
          if depth == 0 { return index }
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return index - 1 }
        depth -= 1
        if depth == 0 { return index }
      case UInt8(ascii: ","), 0x20, 0x09, 0x0a, 0x0d:
        if depth == 0 { return index - 1 }
      default: break
      }
    }
    return nil
  }
}
