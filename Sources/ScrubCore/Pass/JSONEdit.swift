/// The changes to a chunk of lines or to an item of a document, written as they come, from front to back.
struct JSONEdit {
  /// Bytes before this are written or removed.
  var copied = 0
  var changed = false
  /// What a removed last member must take back: the comma and the blanks in front of the first of a run of
  /// removed members, which were copied before it was known that no member follows.
  private var pendingComma = 0

  mutating func replace(
    _ bytes: borrowing RawSpan, _ range: Range<Int>, with new: borrowing RawSpan, _ sink: inout ByteSink
  ) {
    sink.append(bytes, copied..<range.lowerBound)
    sink.append(new, 0..<new.byteCount)
    copied = range.upperBound
    changed = true
  }

  mutating func remove(_ bytes: borrowing RawSpan, _ range: Range<Int>, _ sink: inout ByteSink) {
    sink.append(bytes, copied..<range.lowerBound)
    copied = range.upperBound
    changed = true
  }

  /// Removes a member with one of its commas, which are looked for only here, for few members go.
  ///
  /// The grammar of the object was checked: around a member there are blanks, commas and braces.
  mutating func removeMember(_ bytes: borrowing RawSpan, _ range: Range<Int>, _ sink: inout ByteSink) {
    func next(_ start: Int) -> Int {
      var index = start
      while bytes[index] <= 0x20 { index += 1 }
      return index
    }
    var before = range.lowerBound - 1
    while bytes[before] <= 0x20 { before -= 1 }
    let behind = next(range.upperBound)
    removeItem(
      bytes, range, comma: bytes[before] == UInt8(ascii: ",") ? before : -1,
      next: bytes[behind] == UInt8(ascii: ",") ? next(behind + 1) : -1, &sink)
  }

  /// Removes an item of a list with one of its commas.
  ///
  /// - Parameters:
  ///   - comma: the place of the comma in front of the item, or -1.
  ///   - next: where the next item starts, or -1.
  mutating func removeItem(
    _ bytes: borrowing RawSpan, _ range: Range<Int>, comma: Int, next: Int, _ sink: inout ByteSink
  ) {
    let continues = changed && copied == range.lowerBound && pendingComma >= 0
    if !continues { pendingComma = comma < 0 ? 0 : range.lowerBound - comma }
    if next >= 0 {
      remove(bytes, range.lowerBound..<next, &sink)
    } else if continues {
      sink.removeLast(pendingComma)
      copied = range.upperBound
    } else {
      remove(bytes, (comma < 0 ? range.lowerBound : comma)..<range.upperBound, &sink)
    }
  }
}
