/// Telephone numbers in the forms in which people and systems write them (ITU-T E.164, E.123).
enum PhoneShape {
  /// The digits of a number with the places where groups of them end.
  private struct Digits {
    private(set) var number: UInt64 = 0
    private(set) var count = 0
    /// By digit: where it ends in the text.
    private(set) var ends: InlineArray<16, Int> = .init(repeating: 0)
    /// By digit, a bit: a gap or the end follows.
    private(set) var groups: UInt32 = 0

    mutating func add(_ digit: UInt8, end: Int) {
      number = number * 10 + UInt64(digit)
      ends[count] = end
      count += 1
    }

    mutating func endGroup() { if count > 0 { groups |= 1 << UInt32(count - 1) } }

    /// Whether a group ends with the digit number `place`, from 1.
    func ends(at place: Int) -> Bool { groups & 1 << UInt32(place - 1) != 0 }

    /// The digit number `place`, from 1.
    func digit(_ place: Int) -> Int { Int(number / power(count - place) % 10) }

    private func power(_ exponent: Int) -> UInt64 {
      var power: UInt64 = 1
      for _ in 0..<exponent { power *= 10 }
      return power
    }
  }

  private static let digitLimit = 15

  /// Where the number that starts at a place ends.
  static func match(_ bytes: borrowing RawSpan, _ at: Int, _ range: Range<Int>) -> Int? {
    let first = bytes[at]
    let before: UInt8 = at > range.lowerBound ? bytes[at - 1] : 0x20
    let hasPlus = first == UInt8(ascii: "+")
    let isBracketed = first == UInt8(ascii: "(")
    guard isDigit(first) || hasPlus || isBracketed else { return nil }
    // Parts of dates, decimals, paths and longer identifiers are no numbers of their own.
    switch before {
    case UInt8(ascii: "+"), UInt8(ascii: "_"): return nil
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "#"): if !hasPlus { return nil }
    default: break
    }
    guard let digits = read(bytes, at, range, hasPlus: hasPlus) else { return nil }
    // A bracket belongs to the number where it closes behind the first digits of it.
    let behind = digits.ends[firstGroup(digits) - 1]
    if isBracketed && (behind == range.upperBound || bytes[behind] != UInt8(ascii: ")") || firstGroup(digits) > 5) { return nil }
    guard let place = hasPlus ? international(digits) : national(digits, isBracketed: isBracketed), place > 0 else { return nil }
    let end = digits.ends[place - 1]
    return isFree(bytes, end, range) ? end : nil
  }

  /// Reads digits with at most two signs between them; nothing for more digits in one piece than numbers have.
  private static func read(_ bytes: borrowing RawSpan, _ at: Int, _ range: Range<Int>, hasPlus: Bool) -> Digits? {
    var digits = Digits()
    var index = hasPlus ? at + 1 : at
    var gap = 0
    var piece = 0
    while index < range.upperBound && gap < 3 {
      let byte = bytes[index]
      if isDigit(byte) {
        piece += 1
        guard piece <= digitLimit else { return nil }
        guard digits.count < digitLimit else { break }
        digits.add(byte &- 0x30, end: index + 1)
        gap = 0
        if index + 1 == range.upperBound || !isDigit(bytes[index + 1]) { digits.endGroup() }
      } else if isGap(byte) {
        piece = 0
        gap += 1
      } else {
        break
      }
      index += 1
    }
    return digits.count >= 7 ? digits : nil
  }

  private static func isGap(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "(")
      || byte == UInt8(ascii: ")") || byte == UInt8(ascii: "/")
  }

  /// Behind a plus: 8 to 15 digits; those of the North American plan have 11.
  private static func international(_ digits: Digits) -> Int? {
    guard digits.digit(1) != 0 else { return nil }
    if digits.digit(1) == 1, digits.count >= 11, digits.ends(at: 11) { return 11 }
    return lastGroup(digits, 8...digitLimit)
  }

  private static func lastGroup(_ digits: Digits, _ lengths: ClosedRange<Int>) -> Int? {
    var place = min(digits.count, lengths.upperBound)
    while place >= lengths.lowerBound {
      if digits.ends(at: place) { return place }
      place -= 1
    }
    return nil
  }

  /// Without a plus: the North American plan, a national number with its leading zero, one with 00 in front, or the
  /// bare digits of an international one.
  private static func national(_ digits: Digits, isBracketed: Bool) -> Int? {
    if digits.digit(1) == 0 {
      if digits.digit(2) == 0 { return digits.digit(3) == 0 ? nil : lastGroup(digits, 10...digitLimit) }
      return trunk(digits)
    }
    if let place = northAmerican(digits) { return place }
    if let place = grouped(digits, isBracketed: isBracketed) { return place }
    guard digits.digit(1) > 1, digits.ends(at: min(digits.count, 13)), firstGroup(digits) == digits.count else { return nil }
    return (11...13).contains(digits.count) ? digits.count : nil
  }

  /// Eight to eleven digits behind an area code in brackets, or nine to eleven in three groups or more of two to five
  /// digits: neither all pairs, nor the thousands of a sum, nor a date.
  private static func grouped(_ digits: Digits, isBracketed: Bool) -> Int? {
    guard (isBracketed ? 8...11 : 9...11).contains(digits.count), digits.ends(at: digits.count) else { return nil }
    if isBracketed { return digits.count }
    var (start, groups, pairs, threes) = (0, 0, 0, 0)
    for place in 1...digits.count where digits.ends(at: place) {
      let length = place - start
      guard (2...5).contains(length) else { return nil }
      groups += 1
      if length == 2 { pairs += 1 }
      if length == 3 { threes += 1 }
      start = place
    }
    if isDate(digits) { return nil }
    let isYear = firstGroup(digits) == 4 && (digits.digit(1) == 1 || digits.digit(1) == 2)
    return groups >= 3 && pairs < groups && threes < groups - 1 && !isYear ? digits.count : nil
  }

  /// `25.11.2026` and what follows.
  private static func isDate(_ digits: Digits) -> Bool { digits.groups & 0b1011_1111 == 0b1000_1010 }

  private static func firstGroup(_ digits: Digits) -> Int { digits.groups.trailingZeroBitCount + 1 }

  /// A zero, then 8 to 11 digits: in one piece 10 to 12 in all, in groups 9 to 12.
  private static func trunk(_ digits: Digits) -> Int? {
    let first = firstGroup(digits)
    if first > 6 { return (10...12).contains(first) ? first : nil }
    // `0.25` is a decimal.
    return first > 1 && !isDate(digits) ? lastGroup(digits, 9...12) : nil
  }

  /// Ten digits, perhaps behind a 1, whose area and exchange both start with 2 to 9: in one piece or in groups of 3, 3
  /// and 4.
  private static func northAmerican(_ digits: Digits) -> Int? {
    let start = digits.digit(1) == 1 ? 1 : 0
    guard digits.count >= start + 10, digits.ends(at: start + 10), digits.digit(start + 1) > 1, digits.digit(start + 4) > 1
    else { return nil }
    let inside = digits.groups & (1 << UInt32(start + 9) - 1)
    let country: UInt32 = start == 1 ? 1 : 0
    let grouped: UInt32 = 1 << UInt32(start + 2) | 1 << UInt32(start + 5)
    // `202-555-0143`, `1 202 555 0143`, `(202) 5550143`, `2025550143`.
    let forms: [UInt32] = [0, grouped, grouped | country, country, 1 << UInt32(start + 2), 1 << UInt32(start + 2) | country]
    return forms.contains(inside) ? start + 10 : nil
  }
}

/// The same signs at which no line breaks: blanks, wide and narrow, and a hyphen.
let unbreakableGaps: [Unicode.Scalar] = ["\u{a0}", "\u{202f}", "\u{2011}"]
private let unbreakableSpellings = unbreakableGaps.map { Array(String($0).utf8) }

/// Whether a byte beyond ASCII is a piece of one of them.
func isUnbreakableGap(_ text: borrowing RawSpan, at place: Int) -> Bool {
  var start = place
  while start > 0 && place - start < 2 && text[start] & 0xc0 == 0x80 { start -= 1 }
  for spelling in unbreakableSpellings where start + spelling.count <= text.byteCount {
    if text.equals(start..<(start + spelling.count), spelling) { return true }
  }
  return false
}

/// A sign that people write between the digits of a telephone number.
func isPhoneGap(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "(")
    || byte == UInt8(ascii: ")") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "+")
}
