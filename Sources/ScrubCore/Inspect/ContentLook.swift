/// What a text seems to hold. Told by shape alone: whether an address is in use, nobody knows.
package struct ContentKinds: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let email = ContentKinds(rawValue: 1)
  package static let phone = ContentKinds(rawValue: 2)
  package static let ipv4 = ContentKinds(rawValue: 4)
  package static let ipv6 = ContentKinds(rawValue: 8)
  /// A WhatsApp message id, which holds a phone number.
  package static let wamid = ContentKinds(rawValue: 16)
  /// A JSON object that is the whole of a text.
  package static let json = ContentKinds(rawValue: 32)

  package static let all: ContentKinds = [.email, .phone, .ipv4, .ipv6, .wamid, .json]
  /// By bit: the name in reports.
  package static let names = ["email", "phone", "ipv4", "ipv6", "wamid", "json"]
  package static var count: Int { names.count }
}

/// Finds what looks personal in a text, by the rules of `Documentation/Inspect.md`.
///
/// One walk over the bytes, eight at a time, that stops at the few signs without which none of the forms exists;
/// around each of them a bounded number of bytes is looked at, so the time is linear in the length.
package struct ContentLook {
  private static let localLimit = 64
  private static let domainLimit = 253
  private static let wamidLeast = 16

  /// The kinds of `wanted` that the bytes of `range` hold.
  package static func kinds(_ bytes: borrowing RawSpan, _ range: Range<Int>, wanted: ContentKinds) -> ContentKinds {
    var found: ContentKinds = []
    var index = range.lowerBound
    let end = range.upperBound
    while index &+ 8 <= end {
      var stops = signs(in: bytes.word(at: index))
      while stops != 0 {
        sign(bytes, index &+ stops.trailingZeroBitCount / 8, range, wanted, &found)
        stops &= stops &- 1
      }
      index &+= 8
    }
    while index < end {
      sign(bytes, index, range, wanted, &found)
      index &+= 1
    }
    if wanted.contains(.json) && isBraced(bytes, range) { found.insert(.json) }
    return found.intersection(wanted)
  }

  /// Marks with 0x80 every `@ + . : - %`, and now and then a byte above one of them.
  @inline(__always)
  private static func signs(in word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    return zeroBytes(in: word ^ (ones &* 0x40)) | zeroBytes(in: word ^ (ones &* 0x2b))
      | zeroBytes(in: word ^ (ones &* 0x2e)) | zeroBytes(in: word ^ (ones &* 0x3a))
      | zeroBytes(in: word ^ (ones &* 0x2d)) | zeroBytes(in: word ^ (ones &* 0x25))
  }

  @inline(__always)
  private static func sign(
    _ bytes: borrowing RawSpan, _ index: Int, _ range: Range<Int>, _ wanted: ContentKinds, _ found: inout ContentKinds
  ) {
    switch bytes[index] {
    case UInt8(ascii: "-"):
      if !found.contains(.phone) && isDomesticPhone(bytes, index, range) { found.insert(.phone) }
    case UInt8(ascii: "."):
      if !found.contains(.ipv4) && isIPv4(bytes, index, range) { found.insert(.ipv4) }
      if !found.contains(.wamid) && isWamid(bytes, index, range) { found.insert(.wamid) }
    case UInt8(ascii: ":"):
      if !found.contains(.ipv6) && isIPv6(bytes, index, range) { found.insert(.ipv6) }
    case UInt8(ascii: "@"):
      if !found.contains(.email) && isEmail(bytes, index..<(index &+ 1), range) { found.insert(.email) }
    case UInt8(ascii: "+"):
      if !found.contains(.phone) && isPhone(bytes, index..<(index &+ 1), range) { found.insert(.phone) }
    case UInt8(ascii: "%"): encodedSign(bytes, index, range, &found)
    default: break
    }
  }

  /// An `@` or `+` that is percent-encoded, once or more often: `%40`, `%2540`.
  private static func encodedSign(
    _ bytes: borrowing RawSpan, _ index: Int, _ range: Range<Int>, _ found: inout ContentKinds
  ) {
    var end = index &+ 1
    while end &+ 4 <= range.upperBound && bytes[end] == UInt8(ascii: "2") && bytes[end &+ 1] == UInt8(ascii: "5") { end &+= 2 }
    guard end &+ 2 <= range.upperBound else { return }
    switch (bytes[end], bytes[end &+ 1] | 0x20) {
    case (UInt8(ascii: "4"), UInt8(ascii: "0")):
      if !found.contains(.email) && isEmail(bytes, index..<(end &+ 2), range) { found.insert(.email) }
    case (UInt8(ascii: "2"), UInt8(ascii: "b")):
      if !found.contains(.phone) && isPhone(bytes, index..<(end &+ 2), range, isEncoded: true) { found.insert(.phone) }
    default: return
    }
  }

  // MARK: email

  /// A local part of at least one character, a domain of two labels or more, the last of two letters or more.
  private static func isEmail(_ bytes: borrowing RawSpan, _ sign: Range<Int>, _ range: Range<Int>) -> Bool {
    let at = sign.lowerBound
    var first = at
    let lowest = max(range.lowerBound, at &- localLimit)
    while first > lowest && isLocal(bytes[first &- 1]) { first &-= 1 }
    // What stands before a local part of the full length belongs to it too, so it is none.
    guard first < at, bytes[at &- 1] != UInt8(ascii: "."),
      first == range.lowerBound || first > lowest || !isLocal(bytes[first &- 1])
    else { return false }
    let highest = min(range.upperBound, sign.upperBound &+ domainLimit)
    var index = sign.upperBound
    var label = 0
    var letters = 0
    var dots = 0
    while index < highest {
      let byte = bytes[index]
      if byte == UInt8(ascii: ".") {
        // A full stop behind the domain ends the sentence.
        guard label > 0 else { break }
        guard index &+ 1 < highest, isWord(bytes[index &+ 1]) else { break }
        dots += 1
        label = 0
        letters = 0
      } else if isWord(byte) || byte == UInt8(ascii: "-") {
        label += 1
        if isLetter(byte) { letters += 1 }
      } else {
        break
      }
      index &+= 1
    }
    // `file@2x.png` is a picture for fine screens.
    return dots > 0 && label >= 2 && letters == label && !isPictureScale(bytes, sign.upperBound, range)
  }

  private static func isPictureScale(_ bytes: borrowing RawSpan, _ start: Int, _ range: Range<Int>) -> Bool {
    start &+ 2 < range.upperBound && isDigit(bytes[start]) && bytes[start &+ 1] == UInt8(ascii: "x")
      && bytes[start &+ 2] == UInt8(ascii: ".")
  }

  /// The characters of RFC 5322 that addresses have without quotes, and bytes beyond ASCII (RFC 6531).
  private static func isLocal(_ byte: UInt8) -> Bool {
    if isWord(byte) || byte >= 0x80 { return true }
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "%"),
      UInt8(ascii: "'"), UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "&"),
      UInt8(ascii: "*"), UInt8(ascii: "~"):
      return true
    default: return false
    }
  }

  // MARK: phone

  /// `+` and the digits of an international number (ITU-T E.164), one sign or bracket between groups of them.
  ///
  /// - Parameter isEncoded: whether the plus is, so that one between digits is a blank of a form.
  private static func isPhone(
    _ bytes: borrowing RawSpan, _ sign: Range<Int>, _ range: Range<Int>, isEncoded: Bool = false
  ) -> Bool {
    if sign.lowerBound > range.lowerBound {
      let before = bytes[sign.lowerBound &- 1]
      // Base64 and sums have a plus between their characters.
      if isWord(before) || before == UInt8(ascii: "+") || before == UInt8(ascii: "/") { return false }
    }
    var digits = 0
    var number: UInt64 = 0
    var index = sign.upperBound
    var gap = 0
    while index < range.upperBound && digits < 17 {
      let byte = bytes[index]
      if isDigit(byte) {
        number = number &* 10 &+ UInt64(byte &- 0x30)
        digits += 1
        gap = 0
      } else if isGap(byte) || (isEncoded && byte == UInt8(ascii: "+")), digits > 0, gap < 2 {
        // What follows may be another number.
        if gap == 0 && isInternational(number, digits: digits) { return true }
        gap += 1
      } else {
        break
      }
      index &+= 1
    }
    if index < range.upperBound && isWord(bytes[index]) && gap == 0 { return false }
    return isInternational(number, digits: digits)
  }

  /// Country codes 1 and 7 have numbers of a fixed length; all others nine digits or more with their code.
  private static func isInternational(_ number: UInt64, digits: Int) -> Bool {
    guard (9...15).contains(digits) else { return false }
    var first = number
    while first >= 10 { first /= 10 }
    switch first {
    case 0: return false
    case 1: return digits == 11 && isNorthAmerican(number - 10_000_000_000)
    case 7: return digits == 11
    default:
      // Leading zeros are not counted by `number`, and round numbers are sums.
      return number >= power(digits - 1) && number % 1_000_000 != 0
    }
  }

  /// Ten digits whose area and exchange both start with 2 to 9 (North American Numbering Plan).
  private static func isNorthAmerican(_ number: UInt64) -> Bool {
    number / 10_000_000 >= 200 && number / 10_000 % 1000 >= 200
  }

  private static func power(_ exponent: Int) -> UInt64 {
    var power: UInt64 = 1
    for _ in 0..<exponent { power &*= 10 }
    return power
  }

  private static func isGap(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "(")
      || byte == UInt8(ascii: ")")
  }

  /// `202-555-0123` and `(202) 555-0123`, seen from the last hyphen.
  @inline(__always)
  private static func isDomesticPhone(_ bytes: borrowing RawSpan, _ at: Int, _ range: Range<Int>) -> Bool {
    guard at &- range.lowerBound >= 7, range.upperBound &- at > 4 else { return false }
    // Most hyphens are those of a UUID, with a hex digit here.
    let separator = bytes[at &- 4]
    guard separator == UInt8(ascii: "-") || separator == UInt8(ascii: ")") || separator == 0x20 else { return false }
    guard isDigit(bytes[at &+ 1]), isDigit(bytes[at &- 1]), isDigit(bytes[at &+ 2]), isDigit(bytes[at &- 2]),
      isDigit(bytes[at &+ 3]), isDigit(bytes[at &+ 4]), isTwoToNine(bytes[at &- 3])
    else { return false }
    let behind = at &+ 5
    if behind < range.upperBound && (isWord(bytes[behind]) || bytes[behind] == UInt8(ascii: "-")) { return false }
    var index = at &- 4
    let isBracketed: Bool
    if separator == UInt8(ascii: "-") {
      isBracketed = false
    } else {
      if bytes[index] == 0x20 { index &-= 1 }
      guard bytes[index] == UInt8(ascii: ")") else { return false }
      isBracketed = true
    }
    guard index &- range.lowerBound >= (isBracketed ? 4 : 3), isDigit(bytes[index &- 1]), isDigit(bytes[index &- 2]),
      isTwoToNine(bytes[index &- 3])
    else { return false }
    if isBracketed { return bytes[index &- 4] == UInt8(ascii: "(") }
    guard index &- 3 > range.lowerBound else { return true }
    let before = bytes[index &- 4]
    return !isWord(before) && before != UInt8(ascii: "-") && before != UInt8(ascii: ".")
  }

  private static func isTwoToNine(_ byte: UInt8) -> Bool { byte &- 0x32 < 8 }

  // MARK: network addresses

  /// Four numbers up to 255, eight digits or more in all, seen from the first dot: `192.168.0.1` has as few digits
  /// as a version number, so it is not called an address.
  private static func isIPv4(_ bytes: borrowing RawSpan, _ at: Int, _ range: Range<Int>) -> Bool {
    var first = at
    while first > range.lowerBound && at &- first < 4 && isDigit(bytes[first &- 1]) { first &-= 1 }
    guard (1...3).contains(at &- first), isFreeBefore(bytes, first, range) else { return false }
    var index = first
    var digits = 0
    for octet in 0..<4 {
      var number = 0
      let start = index
      while index < range.upperBound && index &- start < 4 && isDigit(bytes[index]) {
        number = number * 10 + Int(bytes[index] &- 0x30)
        index &+= 1
      }
      let length = index &- start
      guard (1...3).contains(length), number < 256, length == 1 || bytes[start] != 0x30 else { return false }
      if octet == 0 && number == 0 { return false }
      digits += length
      if octet < 3 {
        guard index < range.upperBound, bytes[index] == UInt8(ascii: ".") else { return false }
        index &+= 1
      }
    }
    guard digits >= 8 else { return false }
    guard index < range.upperBound else { return true }
    let behind = bytes[index]
    if isWord(behind) || behind == UInt8(ascii: "-") || behind == UInt8(ascii: "_") { return false }
    // A fifth number makes it something else; a full stop ends a sentence.
    return behind != UInt8(ascii: ".") || index &+ 1 == range.upperBound || !isDigit(bytes[index &+ 1])
  }

  /// Versions stand behind a name: `Chrome/120.104.101.109`, `v12.104.101.109`, `build-12.104...`.
  private static func isFreeBefore(_ bytes: borrowing RawSpan, _ first: Int, _ range: Range<Int>) -> Bool {
    guard first > range.lowerBound else { return true }
    let before = bytes[first &- 1]
    if isWord(before) || before == UInt8(ascii: ".") || before == UInt8(ascii: "-") || before == UInt8(ascii: "_") {
      return false
    }
    // Behind `//` an address is a host, behind a name and `/` it is a version.
    if before == UInt8(ascii: "/") {
      return first &- 1 > range.lowerBound && bytes[first &- 2] == UInt8(ascii: "/")
    }
    return true
  }

  /// Eight groups of hex digits, or fewer around `::`, of the ranges that hosts have, seen from the first colon.
  private static func isIPv6(_ bytes: borrowing RawSpan, _ at: Int, _ range: Range<Int>) -> Bool {
    let first = at &- 4
    // Global (2000::/3), unique local (fc00::/7) and link-local (fe80::/10) addresses start with four digits.
    guard first >= range.lowerBound, isHostRange(bytes[first], bytes[first &+ 1], bytes[first &+ 2]),
      isHex(bytes[first &+ 1]), isHex(bytes[first &+ 2]), isHex(bytes[first &+ 3])
    else { return false }
    if first > range.lowerBound {
      let before = bytes[first &- 1]
      if isWord(before) || before == UInt8(ascii: ":") || before == UInt8(ascii: "-") { return false }
    }
    var groups = 1
    var isShortened = false
    var index = at
    while index < range.upperBound && bytes[index] == UInt8(ascii: ":") && groups <= 8 {
      index &+= 1
      if index < range.upperBound && bytes[index] == UInt8(ascii: ":") {
        if isShortened { return false }
        isShortened = true
        index &+= 1
      }
      let start = index
      while index < range.upperBound && index &- start < 5 && isHex(bytes[index]) { index &+= 1 }
      let length = index &- start
      guard length <= 4 else { return false }
      if length == 0 { break }
      groups += 1
    }
    if index < range.upperBound && (isWord(bytes[index]) || bytes[index] == UInt8(ascii: "-")) { return false }
    return isShortened ? (3...7).contains(groups) : groups == 8
  }

  private static func isHostRange(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
    if first == UInt8(ascii: "2") || first == UInt8(ascii: "3") { return true }
    guard first | 0x20 == UInt8(ascii: "f") else { return false }
    switch second | 0x20 {
    case UInt8(ascii: "c"), UInt8(ascii: "d"): return true
    case UInt8(ascii: "e"):
      let nibble = third | 0x20
      return third == 0x38 || third == 0x39 || nibble == UInt8(ascii: "a") || nibble == UInt8(ascii: "b")
    default: return false
    }
  }

  // MARK: message ids

  /// `wamid.` and at least 16 characters of base64.
  private static func isWamid(_ bytes: borrowing RawSpan, _ at: Int, _ range: Range<Int>) -> Bool {
    let first = at &- 5
    guard first >= range.lowerBound, range.upperBound &- at > wamidLeast else { return false }
    guard bytes[at &- 1] | 0x20 == UInt8(ascii: "d"), bytes[at &- 2] | 0x20 == UInt8(ascii: "i"),
      bytes[at &- 3] | 0x20 == UInt8(ascii: "m"), bytes[at &- 4] | 0x20 == UInt8(ascii: "a"),
      bytes[first] | 0x20 == UInt8(ascii: "w")
    else { return false }
    if first > range.lowerBound && isWord(bytes[first &- 1]) { return false }
    for index in (at &+ 1)...(at &+ wamidLeast) {
      let byte = bytes[index]
      let isBase64 =
        isWord(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "-")
        || byte == UInt8(ascii: "_")
      guard isBase64 else { return false }
    }
    return true
  }

  // MARK: JSON

  /// Whether the text starts with `{` and ends with `}`; whether it is JSON, a scanner must say.
  private static func isBraced(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    var (first, last) = (range.lowerBound, range.upperBound &- 1)
    while first < last && isBlank(bytes[first]) { first &+= 1 }
    while last > first && isBlank(bytes[last]) { last &-= 1 }
    return last > first && bytes[first] == UInt8(ascii: "{") && bytes[last] == UInt8(ascii: "}")
  }

  // MARK: characters

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x09 < 5 }
  @inline(__always) private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
  @inline(__always) private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
  @inline(__always) private static func isWord(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }
  @inline(__always) private static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }
}
