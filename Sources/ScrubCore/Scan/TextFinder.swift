/// Finds personal data in free text by its shape.
///
/// One walk from front to back; at the start of a word each form is tried over a bounded number of bytes, and addresses
/// over the run of their own characters, so the time is linear in the length whatever the text.
struct TextFinder {
  let finds: Finds

  /// Appends everything that is found, in order and without overlaps.
  func find(_ bytes: borrowing RawSpan, _ range: Range<Int>, into found: inout [Found]) {
    var index = range.lowerBound
    while index < range.upperBound {
      guard let (kind, place) = match(bytes, index, range) else {
        index += 1
        continue
      }
      found.append(Found(range: place, kind: kind, known: -1))
      index = max(place.upperBound, index + 1)
    }
  }

  /// What starts at a place.
  @inline(__always)
  private func match(_ bytes: borrowing RawSpan, _ at: Int, _ range: Range<Int>) -> (FoundKind, Range<Int>)? {
    let byte = bytes[at]
    let before: UInt8 = at > range.lowerBound ? bytes[at - 1] : 0x20
    if finds.contains(.email), EmailShape.isLocal(byte), !EmailShape.isLocal(before),
      let place = EmailShape.match(bytes, at, range)
    {
      return (.email, place)
    }
    // Many scripts write no blanks, so what stands beside a number may be a letter of one of them.
    guard !isDigit(before), !isLetter(before) else { return nil }
    if isHexDigit(byte) || byte == UInt8(ascii: ":") {
      if finds.contains(.uuid), let end = NumberShapes.uuid(bytes, at, range) { return (.uuid, at..<end) }
      if finds.contains(.ip), let end = NumberShapes.address(bytes, at, range) { return (.ip, at..<end) }
    }
    if finds.contains(.iban), isLetter(byte), let end = NumberShapes.iban(bytes, at, range) { return (.iban, at..<end) }
    if finds.contains(.card), isDigit(byte), let end = NumberShapes.card(bytes, at, range) { return (.card, at..<end) }
    guard finds.contains(.phone) else { return nil }
    if byte | 0x20 == UInt8(ascii: "w") {
      return NumberShapes.messageID(bytes, at, range).map { (.phone, at..<$0) }
    }
    return PhoneShape.match(bytes, at, range).map { (.phone, at..<$0) }
  }
}

// MARK: - Characters

@inline(__always) func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
@inline(__always) func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
@inline(__always) func lowered(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

/// The same of eight bytes.
@inline(__always)
func lowered(_ word: UInt64) -> UInt64 {
  let low = word & 0x7f7f_7f7f_7f7f_7f7f
  // The high bit of each byte tells whether it is at least `A`, and whether it is beyond `Z`.
  let reachesA = low &+ 0x3f3f_3f3f_3f3f_3f3f
  let passesZ = low &+ 0x2525_2525_2525_2525
  return word | ((reachesA ^ passesZ) & ~word & 0x8080_8080_8080_8080) >> 2
}
/// A letter, digit or part of a character beyond ASCII.
@inline(__always) func isWordByte(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) || byte >= 0x80 }

/// Whether a number that ends at a place goes on there in no letter, digit or `_` of ASCII.
@inline(__always)
func isFree(_ bytes: borrowing RawSpan, _ end: Int, _ range: Range<Int>) -> Bool {
  end == range.upperBound || !(isDigit(bytes[end]) || isLetter(bytes[end]) || bytes[end] == UInt8(ascii: "_"))
}

// MARK: - Addresses

/// Email addresses (RFC 5322 without quoted parts, RFC 6531 for characters beyond ASCII).
private enum EmailShape {
  static func isLocal(_ byte: UInt8) -> Bool {
    if isWordByte(byte) { return true }
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "%"),
      UInt8(ascii: "'"), UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "&"),
      UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: "="):
      return true
    default: return false
    }
  }

  /// The address whose local part is the run of characters that starts at a place.
  static func match(_ bytes: borrowing RawSpan, _ start: Int, _ range: Range<Int>) -> Range<Int>? {
    var at = start
    while at < range.upperBound && isLocal(bytes[at]) { at += 1 }
    guard at < range.upperBound, bytes[at] == UInt8(ascii: "@"), let end = domainEnd(bytes, at + 1, range) else {
      return nil
    }
    // Quotes and bullets in front of an address are not part of it.
    var first = localStart(bytes, start..<at)
    while first < at && !isWordByte(bytes[first]) && bytes[first] != UInt8(ascii: "_") { first += 1 }
    return first < at ? first..<end : nil
  }

  /// What stands in front of an equals sign is a name, `email=ada@example.test`, unless a domain stands behind it: then
  /// it is the address of a bounce, `bounce+ada=example.test@relay.example`.
  private static func localStart(_ bytes: borrowing RawSpan, _ local: Range<Int>) -> Int {
    let start = bytes.indexAfterLast(UInt8(ascii: "="), in: local)
    return bytes.contains(UInt8(ascii: "."), in: start..<local.upperBound) ? local.lowerBound : start
  }

  /// Two labels or more, the last of them of two characters or more and not all digits; or an address in brackets (RFC 5321 section 4.1.3).
  private static func domainEnd(_ bytes: borrowing RawSpan, _ start: Int, _ range: Range<Int>) -> Int? {
    if start < range.upperBound && bytes[start] == UInt8(ascii: "[") {
      let limit = min(range.upperBound, start + 50)
      var close = start + 1
      while close < limit && bytes[close] != UInt8(ascii: "]") { close += 1 }
      let isLiteral = close < limit && (isDigit(bytes[start + 1]) || bytes[start + 1] | 0x20 == UInt8(ascii: "i") && close > start + 5)
      return isLiteral ? close + 1 : nil
    }
    let limit = min(range.upperBound, start + 255)
    var index = start
    var (dots, label, digits) = (0, 0, 0)
    while index < limit {
      let byte = bytes[index]
      if byte == UInt8(ascii: ".") {
        guard label > 0, index + 1 < limit, isWordByte(bytes[index + 1]) else { break }
        (dots, label, digits) = (dots + 1, 0, 0)
      } else if isWordByte(byte) || byte == UInt8(ascii: "-") {
        label += 1
        if isDigit(byte) { digits += 1 }
      } else {
        break
      }
      index += 1
    }
    guard dots > 0, label >= 2, digits < label, !isPictureScale(bytes, start, range) else { return nil }
    return index
  }

  /// `file@2x.png` is a picture for fine screens.
  private static func isPictureScale(_ bytes: borrowing RawSpan, _ start: Int, _ range: Range<Int>) -> Bool {
    start + 2 < range.upperBound && isDigit(bytes[start]) && bytes[start + 1] == UInt8(ascii: "x")
      && bytes[start + 2] == UInt8(ascii: ".")
  }
}

// MARK: - Numbers

/// Identifiers with a structure of their own.
private enum NumberShapes {
  private static func before(_ bytes: borrowing RawSpan, _ at: Int, _ range: Range<Int>) -> UInt8 {
    at > range.lowerBound ? bytes[at - 1] : 0x20
  }

  /// 8-4-4-4-12 hex digits (RFC 9562 section 4).
  static func uuid(_ bytes: borrowing RawSpan, _ at: Int, _ range: Range<Int>) -> Int? {
    let end = at + 36
    guard end <= range.upperBound, bytes[at + 8] == UInt8(ascii: "-"), before(bytes, at, range) != UInt8(ascii: "-"),
      isAnyUUID(bytes, at..<end), isFree(bytes, end, range), end == range.upperBound || bytes[end] != UInt8(ascii: "-")
    else { return nil }
    return end
  }

  /// An address of IPv4 or IPv6.
  static func address(_ bytes: borrowing RawSpan, _ at: Int, _ range: Range<Int>) -> Int? {
    let limit = min(range.upperBound, at + 46)
    var end = at
    var (colons, hasGap, hexDigits) = (0, false, 0)
    while end < limit {
      let byte = bytes[end]
      if byte == UInt8(ascii: ":") {
        colons += 1
        if end > at && bytes[end - 1] == byte { hasGap = true }
      } else if isHexDigit(byte) {
        hexDigits += 1
      } else if byte != UInt8(ascii: ".") {
        break
      }
      end += 1
    }
    guard end < limit || end == range.upperBound else { return nil }
    // Full stops end sentences, and a colon goes before what follows.
    while end > at && (bytes[end - 1] == UInt8(ascii: ".") || (bytes[end - 1] == UInt8(ascii: ":") && !endsInGap(bytes, end, at))) {
      end -= 1
    }
    guard isFree(bytes, end, range) else { return nil }
    let front = before(bytes, at, range)
    if colons == 0 || isVersion4(bytes, at, end) {
      return isDigit(bytes[at]) && front != UInt8(ascii: ".") && !isOfVersionNumber(bytes, at, range)
        ? version4End(bytes, at, end) : nil
    }
    guard front != UInt8(ascii: ":"), front != UInt8(ascii: "."), hasGap ? hexDigits >= 3 || hexDigits > 0 && bytes[at] == UInt8(ascii: ":") : colons >= 7,
      let address = NetworkAddress(bytes, at..<end), !address.isVersion4
    else { return nil }
    return end
  }

  private static func endsInGap(_ bytes: borrowing RawSpan, _ end: Int, _ at: Int) -> Bool {
    end - 2 >= at && bytes[end - 2] == UInt8(ascii: ":")
  }

  /// Whether what stands up to the first colon is an address, with a port behind it.
  private static func isVersion4(_ bytes: borrowing RawSpan, _ at: Int, _ end: Int) -> Bool {
    version4End(bytes, at, end) != nil
  }

  private static func version4End(_ bytes: borrowing RawSpan, _ at: Int, _ end: Int) -> Int? {
    var stop = at
    while stop < end && bytes[stop] != UInt8(ascii: ":") { stop += 1 }
    return NetworkAddress.version4(bytes, at..<stop) == nil ? nil : stop
  }

  /// Behind a name and a slash four numbers are a version: `Chrome/120.0.0.1`.
  private static func isOfVersionNumber(_ bytes: borrowing RawSpan, _ at: Int, _ range: Range<Int>) -> Bool {
    at - 2 >= range.lowerBound && bytes[at - 1] == UInt8(ascii: "/") && isWordByte(bytes[at - 2])
  }

  /// 13 to 19 digits in one piece or in groups, whose last one checks (ISO/IEC 7812-1, annex B), of the industries
  /// that issue payment cards.
  static func card(_ bytes: borrowing RawSpan, _ at: Int, _ range: Range<Int>) -> Int? {
    guard (0x32...0x36).contains(bytes[at]), ![0x2b, 0x2d, 0x2e].contains(before(bytes, at, range)) else { return nil }
    var digits: (UInt64, UInt64) = (0, 0)
    var (count, index, end) = (0, at, -1)
    while index < range.upperBound, isDigit(bytes[index]) {
      guard count < 19 else {
        // More digits in one piece are no card, and those in front of them were none.
        return end >= 0 && bytes[index - 1] &- 0x30 >= 10 ? end : nil
      }
      digits.0 = digits.0 << 4 | digits.1 >> 60
      digits.1 = digits.1 << 4 | UInt64(bytes[index] &- 0x30)
      count += 1
      index += 1
      let isGap = index < range.upperBound && (bytes[index] == 0x20 || bytes[index] == UInt8(ascii: "-"))
      let goesOn = isGap && index + 1 < range.upperBound && isDigit(bytes[index + 1])
      let isEnd = index == range.upperBound || !isDigit(bytes[index])
      if isEnd && count >= 13 && isFree(bytes, index, range) && checks(digits, count: count) { end = index }
      if goesOn { index += 1 }
    }
    return end >= 0 ? end : nil
  }

  private static func checks(_ digits: (UInt64, UInt64), count: Int) -> Bool {
    var sum = 0
    for place in 0..<count {
      let digit = Int((place < 16 ? digits.1 >> UInt64(4 * place) : digits.0 >> UInt64(4 * (place - 16))) & 15)
      let doubled = digit * 2
      sum += place % 2 == 0 ? digit : doubled > 9 ? doubled - 9 : doubled
    }
    return sum % 10 == 0
  }

  /// An account number in one piece or in groups of four, whose check digits fit (ISO 13616-1).
  static func iban(_ bytes: borrowing RawSpan, _ at: Int, _ range: Range<Int>) -> Int? {
    guard at + 15 <= range.upperBound, isLetter(bytes[at + 1]), isDigit(bytes[at + 2]), isDigit(bytes[at + 3]) else {
      return nil
    }
    var (index, count, group, end) = (at, 0, 0, -1)
    var rest = 0
    while index < range.upperBound && count < 34 {
      let byte = bytes[index]
      guard isDigit(byte) || isLetter(byte) else {
        // Groups have four characters but for the last one.
        guard byte == 0x20, group == 4 else { break }
        group = 0
        index += 1
        continue
      }
      if count >= 4 { rest = append(byte, to: rest) }
      count += 1
      group += 1
      index += 1
      if count >= 15 && isFree(bytes, index, range) && isWhole(rest, bytes, at) { end = index }
    }
    return end >= 0 ? end : nil
  }

  /// Whether the country and the check digits behind the account leave 1 modulo 97.
  private static func isWhole(_ rest: Int, _ bytes: borrowing RawSpan, _ at: Int) -> Bool {
    (0..<4).reduce(rest) { append(bytes[at + $1], to: $0) } == 1
  }

  private static func append(_ byte: UInt8, to rest: Int) -> Int {
    isDigit(byte) ? (rest * 10 + Int(byte &- 0x30)) % 97 : (rest * 100 + Int((byte | 0x20) &- 0x61) + 10) % 97
  }

  /// A WhatsApp message id, `wamid.` and base64, which holds a phone number.
  static func messageID(_ bytes: borrowing RawSpan, _ at: Int, _ range: Range<Int>) -> Int? {
    guard at + 22 <= range.upperBound else { return nil }
    for (offset, byte) in Array("wamid".utf8).enumerated() where bytes[at + offset] | 0x20 != byte { return nil }
    guard bytes[at + 5] == UInt8(ascii: ".") else { return nil }
    var end = at + 6
    while end < range.upperBound && isBase64(bytes[end]) { end += 1 }
    guard end - at >= 22 else { return nil }
    while end < range.upperBound && bytes[end] == UInt8(ascii: "=") { end += 1 }
    return end
  }
}

/// A character of base64 in either alphabet (RFC 4648 sections 4 and 5).
func isBase64(_ byte: UInt8) -> Bool {
  isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
}
