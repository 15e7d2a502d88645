internal import ScrubCore

/// Cuts a JSON document into its items: those of one array, or objects one after the other.
///
/// Signs and blanks between items are checked here; what an item is, is told when it is read.
package struct JSONItems {
  /// The longest item, and the most blanks between two, in bytes.
  package let limit: Int
  package let isArray: Bool
  private var isFirst = true

  package init(isArray: Bool, limit: Int) {
    self.isArray = isArray
    self.limit = limit
  }

  package enum Next: Sendable {
    /// Behind `lead` bytes of signs and blanks stands an item of `count` bytes; all of them are at hand.
    case item(lead: Int, count: Int)
    /// Behind `lead` bytes stands an item longer than the limit, to be passed over.
    case tooLong(lead: Int)
    /// The document ends with `tail` bytes of signs and blanks.
    case end(tail: Int)
    /// The rest of the file is no part of a document, or ends before it does.
    case damaged(FailureCode)
  }

  /// Brings the next item to the front of the file's window; what was brought before must be consumed.
  package mutating func next(_ file: inout InputFile) throws(Failure) -> Next {
    var lead = try blanks(from: 0, &file)
    guard let sign = try byte(at: lead, &file) else { return isArray ? .damaged(.document) : .end(tail: lead) }
    if isArray {
      switch (isFirst, sign) {
      case (true, UInt8(ascii: "[")):
        lead = try blanks(from: lead + 1, &file)
        if try byte(at: lead, &file) == UInt8(ascii: "]") { return try end(behind: lead + 1, &file) }
      case (false, UInt8(ascii: ",")): lead = try blanks(from: lead + 1, &file)
      case (false, UInt8(ascii: "]")): return try end(behind: lead + 1, &file)
      default: return .damaged(.document)
      }
    } else if sign != UInt8(ascii: "{") {
      return .damaged(.document)
    }
    guard lead <= limit else { return .damaged(.document) }
    return try item(behind: lead, &file)
  }

  private mutating func item(behind lead: Int, _ file: inout InputFile) throws(Failure) -> Next {
    var end = JSONValueEnd()
    var searched = lead
    while true {
      let found = file.withWindow { bytes in end.find(bytes, from: searched) }
      let count = (found ?? file.available) - lead
      if count > limit {
        isFirst = false
        return .tooLong(lead: lead)
      }
      if found != nil {
        isFirst = false
        return count > 0 ? .item(lead: lead, count: count) : .damaged(.document)
      }
      searched = file.available
      guard try file.fill(searched + 1) else { return .damaged(.document) }
    }
  }

  /// Passes over the item that is at the front of the window, up to the end of what can be read.
  package func passOver(
    _ file: inout InputFile, visit: (borrowing RawSpan) -> Void
  ) throws(Failure) {
    var end = JSONValueEnd()
    while try file.fill(1) {
      let found = file.withWindow { bytes in end.find(bytes, from: 0) }
      let length = found ?? file.available
      file.withWindow { bytes in visit(bytes.extracting(0..<length)) }
      file.consume(length)
      if found != nil { return }
    }
  }

  /// Only blanks may follow.
  private func end(behind start: Int, _ file: inout InputFile) throws(Failure) -> Next {
    let tail = try blanks(from: start, &file)
    guard tail <= limit, try byte(at: tail, &file) == nil else { return .damaged(.document) }
    return .end(tail: tail)
  }

  /// Where the blanks end that start at a place; they are looked at up to the limit.
  private func blanks(from start: Int, _ file: inout InputFile) throws(Failure) -> Int {
    var index = start
    while index <= limit, try file.fill(index + 1) {
      let (found, isOver) = file.withWindow { bytes in
        let end = bytes.blanksEnd(from: index)
        return (end, end < bytes.byteCount)
      }
      index = found
      if isOver { return index }
    }
    return index
  }

  private func byte(at index: Int, _ file: inout InputFile) throws(Failure) -> UInt8? {
    guard try file.fill(index + 1) else { return nil }
    return file.withWindow { $0.byte(at: index) }
  }
}
