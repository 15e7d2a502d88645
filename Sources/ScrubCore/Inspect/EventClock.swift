/// Reads the time of an event, whatever its unit and spelling, in whole seconds since 1970.
package enum EventClock {
  /// 2000-01-01 to 2099-12-31: anything else is a mistake of a clock.
  private static let plausible = 946_684_800..<4_102_444_800

  /// Whether it is a time of this century, of which dates can be made.
  static func isPlausible(_ seconds: Int) -> Bool { plausible.contains(seconds) }

  /// Seconds, milliseconds or microseconds, told by their size.
  ///
  /// - Returns: nothing for a number that is no time of this century.
  static func seconds(of number: Int) -> Int? {
    let seconds = told(number)
    return isPlausible(seconds) ? seconds : nil
  }

  /// The digits in front of a point, or a date, also with a time (ISO 8601 with its signs, or with a blank for the T).
  ///
  /// - Returns: nothing for a text that is no time of this century.
  static func seconds(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Int? {
    guard let seconds = told(bytes, range), isPlausible(seconds) else { return nil }
    return seconds
  }

  /// The same of a text or number of JSON.
  static func seconds(_ bytes: borrowing RawSpan, _ span: JSONSpan) -> Int? {
    guard let seconds = told(bytes, span), isPlausible(seconds) else { return nil }
    return seconds
  }

  /// The same of whatever century.
  static func told(_ bytes: borrowing RawSpan, _ span: JSONSpan) -> Int? {
    guard span.isEscaped else { return told(bytes, span.shape == .string ? span.content : span.value) }
    // Six signs spell one at the most.
    guard span.content.count <= 6 * longest else { return nil }
    let plain = bytes.plainText(ofString: span.content)
    return unsafe told(plain.span.bytes, 0..<plain.count)
  }

  private static let longest = 40

  /// Whether a text is a time of this century and nothing else.
  package static func isTime(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.allSatisfy({ isDigit($0) || signs.contains($0) }) else { return false }
    return unsafe seconds(bytes.span.bytes, 0..<bytes.count) != nil
  }

  private static let signs = Array("-+:.,TZtz ".utf8)

  /// How a field of Avro writes a time.
  package enum AvroForm: Sendable {
    case text, float, double
    case number(TimeUnit)
  }

  /// The same of a value of Avro, of whatever century.
  static func told(_ block: borrowing RawSpan, _ span: FieldSpan, _ form: AvroForm) -> Int? {
    switch form {
    case .text: return told(block, span.inner)
    case .number(let unit):
      var position = span.inner.lowerBound
      return (try? block.readVarint(&position)).map { unit.seconds(of: $0) }
    case .double: return whole(Double(bitPattern: block.littleEndian(span.inner)))
    case .float: return whole(Double(Float(bitPattern: UInt32(truncatingIfNeeded: block.littleEndian(span.inner)))))
    }
  }

  private static func whole(_ number: Double) -> Int? { Int(exactly: number.rounded(.down)).map { told($0) } }

  /// The same of whatever century: a clock that was never set tells 1970.
  static func told(_ number: Int) -> Int { TimeUnit.guess.seconds(of: number) }

  /// The same of whatever century.
  ///
  /// - Returns: nothing for a text that is no time.
  static func told(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Int? {
    guard !range.isEmpty, range.count <= longest else { return nil }
    if range.count >= 10 && bytes[range.lowerBound &+ 4] == UInt8(ascii: "-") { return calendar(bytes, range) }
    let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
    guard let number = wholeNumber(bytes, (range.lowerBound &+ (isNegative ? 1 : 0))..<range.upperBound) else { return nil }
    return told(isNegative ? 0 &- number : number)
  }

  /// A number of up to 19 digits without what stands behind its point, once its exponent moved that: `1.7672256E9`.
  private static func wholeNumber(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Int? {
    let whole = digitsEnd(bytes, range)
    let hasPoint = whole < range.upperBound && bytes[whole] == UInt8(ascii: ".")
    let fraction = hasPoint ? (whole &+ 1)..<digitsEnd(bytes, (whole &+ 1)..<range.upperBound) : whole..<whole
    let shift = fraction.upperBound == range.upperBound ? 0 : exponent(bytes, fraction.upperBound..<range.upperBound)
    let count = whole &- range.lowerBound
    guard let shift, count > 0, count &+ shift <= 19 else { return nil }
    var number: UInt64 = 0
    for index in range.lowerBound..<whole { number = number &* 10 &+ UInt64(bytes[index] &- 0x30) }
    for index in fraction.lowerBound..<(fraction.lowerBound &+ shift) {
      number = number &* 10 &+ (index < fraction.upperBound ? UInt64(bytes[index] &- 0x30) : 0)
    }
    return Int(exactly: number)
  }

  /// `E9` or `e+09`; one that makes a number smaller is that of no time.
  private static func exponent(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Int? {
    guard bytes[range.lowerBound] | 0x20 == UInt8(ascii: "e") else { return nil }
    var start = range.lowerBound &+ 1
    if start < range.upperBound && bytes[start] == UInt8(ascii: "+") { start &+= 1 }
    let count = range.upperBound &- start
    return (1...2).contains(count) ? digits(bytes, start, count) : nil
  }

  private static func digitsEnd(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Int {
    var index = range.lowerBound
    while index < range.upperBound && bytes[index] &- 0x30 < 10 { index &+= 1 }
    return index
  }

  private static func calendar(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Int? {
    let start = range.lowerBound
    guard let year = digits(bytes, start, 4), let month = digits(bytes, start + 5, 2),
      let day = digits(bytes, start + 8, 2), (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    let midnight = CivilDate(year: year, month: month, day: day).days * 86_400
    if range.count == 10 { return midnight }
    guard range.count >= 16, let hour = digits(bytes, start + 11, 2), let minute = digits(bytes, start + 14, 2), hour < 24, minute < 60
    else { return nil }
    var end = start + 16
    var second = 0
    if end + 3 <= range.upperBound && bytes[end] == UInt8(ascii: ":") {
      guard let told = digits(bytes, end + 1, 2), told < 61 else { return nil }
      (second, end) = (told, end + 3)
    }
    return midnight + hour * 3600 + minute * 60 + second - offset(bytes, end..<range.upperBound)
  }

  /// Seconds east of Greenwich: `+02:00`, `-0500` or `+02` behind the time; none for `Z` and nothing.
  private static func offset(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Int {
    for index in range where bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
      guard index + 3 <= range.upperBound, let hours = digits(bytes, index + 1, 2) else { return 0 }
      let hasColon = index + 3 < range.upperBound && bytes[index + 3] == UInt8(ascii: ":")
      let start = index + (hasColon ? 4 : 3)
      let minutes = start + 2 <= range.upperBound ? digits(bytes, start, 2) ?? 0 : 0
      return (hours * 3600 + minutes * 60) * (bytes[index] == UInt8(ascii: "+") ? 1 : -1)
    }
    return 0
  }

  private static func digits(_ bytes: borrowing RawSpan, _ start: Int, _ count: Int) -> Int? {
    var number = 0
    for index in start..<(start + count) {
      guard bytes[index] &- 0x30 < 10 else { return nil }
      number = number * 10 + Int(bytes[index] &- 0x30)
    }
    return number
  }
}

/// The earliest and the latest time of some events, in seconds since 1970. Values unite.
package struct TimeRange: Hashable, Codable, Sendable {
  /// `Int.max` and `Int.min` before there is any.
  package private(set) var first = Int.max
  package private(set) var last = Int.min
  /// Times outside this century, and texts that are none.
  package private(set) var implausible = 0

  package init() {}

  package var isEmpty: Bool { first > last }

  package mutating func note(_ seconds: Int?) {
    guard let seconds else {
      implausible += 1
      return
    }
    if seconds < first { first = seconds }
    if seconds > last { last = seconds }
  }

  package static func += (left: inout TimeRange, right: TimeRange) {
    left.first = min(left.first, right.first)
    left.last = max(left.last, right.last)
    left.implausible += right.implausible
  }
}
