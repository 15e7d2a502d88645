/// The identifiers that one event carries in its fields, to be found again in its free texts: as they are in any letter
/// case, percent-encoded, and inside base64 such as that of WhatsApp message ids.
///
/// Each value is searched by the method of Knuth, Morris and Pratt, so the time is linear in the text whatever it holds.
/// Memory is used again for the next event.
package struct KnownValues: ~Copyable {
  private struct Value {
    let kind: FoundKind
    /// The value as it stands in the event, in `bytes`.
    let original: Range<Int>
    /// What is searched, in `bytes`: folded letters, or the last digits of a number.
    let pattern: Range<Int>
    /// Where its table of borders starts, in `borders`.
    let table: Int
  }

  private var bytes = ByteSink(capacity: 512)
  private var borders: [Int32] = []
  private var values: [Value] = []
  /// What is searched at the moment, as a pattern is written.
  private var folded = ByteSink(capacity: 1024)

  private static let lengths = 3...256
  /// More identifiers no event has; those of a hostile one are cut off.
  static let valueLimit = 64
  /// Values of fewer bytes count only where no letter or digit stands beside them.
  private static let freeLength = 16
  /// The least length of a run of base64 that is looked into.
  private static let runLeast = 8

  package var isEmpty: Bool { values.isEmpty }

  package mutating func removeAll() {
    bytes.removeAll()
    borders.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
  }

  /// The value as it stands in the event.
  func original(_ index: Int) -> Range<Int> { values[index].original }
  var originals: RawSpan {
    @_lifetime(borrow self)
    get { bytes.bytes }
  }

  /// Takes up a value. Empty ones, Braze's own sentinel, and very short or long ones are no identifiers.
  mutating func add(_ value: borrowing RawSpan, _ range: Range<Int>, kind: FoundKind) {
    let trimmed = trim(value, range)
    guard Self.lengths.contains(trimmed.count), !isLeftAlone(value, trimmed), values.count < Self.valueLimit else { return }
    let start = bytes.count
    bytes.append(value, trimmed)
    let original = start..<bytes.count
    if kind == .phone {
      guard appendDigits(value, trimmed) else { return bytes.removeLast(bytes.count - start) }
    } else {
      bytes.append(value, trimmed)
      bytes.fold(from: original.upperBound)
    }
    let pattern = original.upperBound..<bytes.count
    for known in values where known.kind == kind && bytes.bytes.equals(known.pattern, bytes.bytes.extracting(pattern)) {
      return bytes.removeLast(bytes.count - start)
    }
    values.append(Value(kind: kind, original: original, pattern: pattern, table: borders.count))
    appendBorders(of: pattern)
  }

  /// The last digits of a number, without those of up to three that may be its country.
  private mutating func appendDigits(_ value: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    var count = 0
    for index in range where isDigit(value[index]) { count += 1 }
    guard (7...15).contains(count) else { return false }
    var skipped = count - max(7, count - 3)
    for index in range where isDigit(value[index]) {
      if skipped > 0 { skipped -= 1 } else { bytes.append(value[index]) }
    }
    return true
  }

  /// By length of a beginning of the pattern: the length of the longest border, that is, a beginning that is its end.
  private mutating func appendBorders(of pattern: Range<Int>) {
    let table = borders.count
    borders.append(0)
    var length = 0
    for index in pattern.dropFirst() {
      let byte = bytes.bytes[index]
      while length > 0 && bytes.bytes[pattern.lowerBound + length] != byte { length = Int(borders[table + length - 1]) }
      if bytes.bytes[pattern.lowerBound + length] == byte { length += 1 }
      borders.append(Int32(truncatingIfNeeded: length))
    }
  }

  // MARK: searching

  /// Appends every place of a known value in a text.
  mutating func find(_ text: borrowing RawSpan, _ range: Range<Int>, into found: inout [Found]) {
    guard !values.isEmpty else { return }
    folded.removeAll()
    folded.append(text, range)
    search { place, kind, index in
      let start = range.lowerBound + place.lowerBound
      found.append(Found(range: start..<(start + place.count), kind: kind, known: index))
    }
    var index = range.lowerBound
    while index < range.upperBound {
      guard isBase64(text[index]) else {
        index += 1
        continue
      }
      let start = index
      while index < range.upperBound && isBase64(text[index]) { index += 1 }
      if index - start >= Self.runLeast { findEncoded(text, start..<index, range, into: &found) }
    }
  }

  /// A run of base64 that holds a known value goes whole, with its padding, and with the `wamid.` in front of it.
  private mutating func findEncoded(
    _ text: borrowing RawSpan, _ run: Range<Int>, _ range: Range<Int>, into found: inout [Found]
  ) {
    // The run may start with characters that belong to something else, so each phase is tried.
    for phase in 0..<4 where run.count - phase >= Self.runLeast {
      folded.removeAll()
      folded.appendDecodedBase64(text, (run.lowerBound + phase)..<run.upperBound)
      var hit: (FoundKind, Int)?
      search { _, kind, index in hit = hit ?? (kind, index) }
      guard let (kind, index) = hit else { continue }
      var end = run.upperBound
      while end < range.upperBound && text[end] == UInt8(ascii: "=") { end += 1 }
      let start = run.lowerBound - (isMessageID(text, run.lowerBound, range) ? 6 : 0)
      return found.append(Found(range: start..<end, kind: kind, known: index))
    }
  }

  private func isMessageID(_ text: borrowing RawSpan, _ at: Int, _ range: Range<Int>) -> Bool {
    at - 6 >= range.lowerBound && text.equals((at - 6)..<at, Self.messageMark)
  }

  private static let messageMark = Array("wamid.".utf8)

  /// Looks for every value in `folded`.
  private mutating func search(_ body: (Range<Int>, FoundKind, Int) -> Void) {
    folded.fold(from: 0)
    let text = folded.bytes
    let range = 0..<folded.count
    for (index, value) in values.enumerated() {
      if value.kind == .phone {
        searchDigits(text, range, value) { body($0, value.kind, index) }
      } else {
        searchText(text, range, value) { body($0, value.kind, index) }
      }
    }
  }

  private func searchText(
    _ text: borrowing RawSpan, _ range: Range<Int>, _ value: Value, _ body: (Range<Int>) -> Void
  ) {
    var length = 0
    let first = bytes.bytes[value.pattern.lowerBound]
    for index in range {
      let byte = text[index]
      if length == 0 && byte != first { continue }
      advance(&length, byte, value)
      guard length == value.pattern.count else { continue }
      length = Int(borders[value.table + length - 1])
      let place = (index + 1 - value.pattern.count)..<(index + 1)
      if value.pattern.count >= Self.freeLength || isFree(text, place, range) { body(place) }
    }
  }

  @inline(__always)
  private func advance(_ length: inout Int, _ byte: UInt8, _ value: Value) {
    while length > 0 && bytes.bytes[value.pattern.lowerBound + length] != byte {
      length = Int(borders[value.table + length - 1])
    }
    if bytes.bytes[value.pattern.lowerBound + length] == byte { length += 1 }
  }

  private func isFree(_ text: borrowing RawSpan, _ place: Range<Int>, _ range: Range<Int>) -> Bool {
    (place.lowerBound == range.lowerBound || !isWordByte(text[place.lowerBound - 1]))
      && (place.upperBound == range.upperBound || !isWordByte(text[place.upperBound]))
  }

  /// Digits with up to three signs between them that people write in numbers.
  private func searchDigits(
    _ text: borrowing RawSpan, _ range: Range<Int>, _ value: Value, _ body: (Range<Int>) -> Void
  ) {
    var length = 0
    var gap = 0
    var places = InlineArray<16, Int>(repeating: 0)
    var count = 0
    for index in range {
      let byte = text[index]
      guard isDigit(byte) else {
        gap += 1
        if gap > 3 || !isPhoneGap(byte) { length = 0 }
        continue
      }
      gap = 0
      places[count & 15] = index
      count += 1
      advance(&length, byte, value)
      guard length == value.pattern.count else { continue }
      length = Int(borders[value.table + length - 1])
      if index + 1 < range.upperBound && isDigit(text[index + 1]) { continue }
      let first = places[(count - value.pattern.count) & 15]
      body(phoneStart(text, first, range)..<(index + 1))
    }
  }

  /// Where a number starts whose last digits start at a place: the digits in front of them, and a country code.
  private func phoneStart(_ text: borrowing RawSpan, _ first: Int, _ range: Range<Int>) -> Int {
    var start = first
    while start > range.lowerBound && isDigit(text[start - 1]) { start -= 1 }
    var index = start
    while index > range.lowerBound && start - index < 8 && (isDigit(text[index - 1]) || isPhoneGap(text[index - 1])) {
      index -= 1
      if text[index] == UInt8(ascii: "+") { return index }
    }
    return start
  }
}
