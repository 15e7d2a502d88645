/// How events stand in a JSON text.
package enum JSONForm: Sendable {
  /// An object a line.
  case lines
  /// Objects over several lines: one, or one after the other.
  case objects
  /// The items of one array.
  case array

  /// Tells the form by the first value, which is at `start`: an object that ends where its line does is the first of
  /// lines, and so is one that is broken there.
  ///
  /// - Parameter isWhole: whether nothing follows the bytes.
  /// - Returns: nothing for what is neither an object nor an array; `.needsMore` when the bytes do not tell.
  package static func of(_ bytes: borrowing RawSpan, from start: Int, isWhole: Bool) -> Finding {
    switch bytes[start] {
    case UInt8(ascii: "["): return .form(.array)
    case UInt8(ascii: "{"): break
    default: return .none
    }
    let feed = bytes.firstIndex(of: 0x0a, from: start)
    var next = feed
    while next < bytes.byteCount, bytes[next] == 0x20 || bytes[next] == 0x09 || bytes[next] == 0x0a || bytes[next] == 0x0d {
      next += 1
    }
    if next == bytes.byteCount && !isWhole { return .needsMore }
    var position = start
    var isEscaped = false
    do throws(RecordError) {
      _ = try JSONGrammar(lineFeedIsBlank: true).value(
        bytes, &position, first: bytes[position], isEscaped: &isEscaped, depth: 0)
      return .form(position <= feed ? .lines : .objects)
    } catch {
      // The string behind the line feed may go on behind the bytes.
      if error.offset == next && next < bytes.byteCount && bytes[next] == UInt8(ascii: "\"") && !isWhole { return .needsMore }
      return .form(error.offset <= next ? .lines : .objects)
    }
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
