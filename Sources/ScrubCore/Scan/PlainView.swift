/// A text without what hides characters from a search: percent-encoding (RFC 3986 section 2.1) and the escapes of JSON
/// strings, also one inside the other, and signs beyond ASCII that stand for one of it, with the place of every byte in the
/// text itself.
struct PlainView: ~Copyable {
  private(set) var text = ByteSink(capacity: 1024)
  /// By byte of `text`: where it starts in the source; one more for the end.
  private var places: [Int] = []
  static let roundLimit = 3

  /// Whether a text has anything that this would decode.
  static func isNeeded(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    if bytes.contains(UInt8(ascii: "%"), in: range) || bytes.contains(UInt8(ascii: "\\"), in: range) { return true }
    var index = bytes.firstBeyondASCII(in: range)
    while index < range.upperBound {
      if PlainSign(bytes, at: index, before: range.upperBound) != nil { return true }
      index += 1
    }
    return false
  }

  /// Takes up `bytes[range]`, and undoes its escapes.
  mutating func decode(_ bytes: borrowing RawSpan, _ range: Range<Int>) {
    take(bytes, range)
    for _ in 0..<Self.roundLimit where !decodeRound() { return }
  }

  /// Takes up `bytes[range]` as it is.
  mutating func take(_ bytes: borrowing RawSpan, _ range: Range<Int>) {
    text.removeAll()
    text.append(bytes, range)
    places.removeAll(keepingCapacity: true)
    places.append(contentsOf: range.lowerBound...range.upperBound)
  }

  /// Puts blanks where a form has a plus for one: behind the equals sign of a pair, but not where a value starts, for there
  /// it is the sign of a number. Tells whether there was any.
  mutating func blankPluses() -> Bool {
    var (isInValue, isChanged, before) = (false, false, 0 as UInt8)
    for index in 0..<text.count {
      let byte = text.bytes[index]
      switch byte {
      case UInt8(ascii: "="): isInValue = true
      case UInt8(ascii: "&"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), 0...0x20: isInValue = false
      default: break
      }
      if byte == UInt8(ascii: "+") && isInValue && before != UInt8(ascii: "=") {
        text.replace(at: index, with: 0x20)
        isChanged = true
      }
      before = byte
    }
    return isChanged
  }

  /// Whether a text has anything that `decodeDocument` would decode.
  static func mayBeOfDocument(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    bytes.contains(UInt8(ascii: "&"), in: range) || bytes.contains(UInt8(ascii: "="), in: range)
  }

  /// Takes up `bytes[range]`, and undoes what hides characters in parts of mails and pages too: character references (HTML,
  /// section 13.5) and quoted-printable (RFC 2045 section 6.7). Tells whether there was any of that. Queries of addresses and
  /// settings may look like it, so what stands there must be looked for without, too.
  mutating func decodeDocument(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    take(bytes, range)
    var isOfDocument = false
    for _ in 0..<Self.roundLimit {
      let isReferring = rewrite { $0.reference(at: $1) }
      if isReferring { isOfDocument = true }
      if !decodeRound() && !isReferring { break }
    }
    return isOfDocument
  }

  /// The range of the source that a range of the text stands for.
  func source(_ range: Range<Int>) -> Range<Int> { places[range.lowerBound]..<places[range.upperBound] }

  /// Decodes every escape once, in place, and tells whether there was any.
  mutating func decodeRound() -> Bool { rewrite { $0.escape(at: $1) } }

  /// Puts in place of each escape what it stands for.
  ///
  /// - Parameter escape: tells what starts at a place.
  @inline(__always)
  private mutating func rewrite(_ escape: (borrowing Self, Int) -> Escape) -> Bool {
    var (read, write) = (0, 0)
    let count = text.count
    while read < count {
      let escape = escape(self, read)
      // An escape is longer than the bytes it stands for.
      for byte in 0..<escape.count {
        text.replace(at: write, with: UInt8(truncatingIfNeeded: escape.bytes >> UInt32(8 * byte)))
        places[write] = places[read]
        write += 1
      }
      read += escape.length
    }
    places[write] = places[count]
    places.removeLast(count - write)
    text.removeLast(count - write)
    return write < count
  }

  /// Some bytes of the text, and what they stand for.
  private struct Escape {
    let length: Int
    /// The first byte lowest.
    let bytes: UInt32
    let count: Int

    init(_ byte: UInt8, length: Int) { (self.length, bytes, count) = (length, UInt32(byte), 1) }

    init?(scalar number: UInt32, length: Int) {
      guard let scalar = Unicode.Scalar(number), let encoded = UTF8.encode(scalar) else { return nil }
      var (bytes, count): (UInt32, Int) = (0, 0)
      for byte in encoded {
        bytes |= UInt32(byte) << UInt32(8 * count)
        count += 1
      }
      (self.length, self.bytes, self.count) = (length, bytes, count)
    }
  }

  /// What starts at a place: a byte that stands for itself is an escape of length 1.
  private func escape(at index: Int) -> Escape {
    let byte = text.bytes[index]
    let rest = text.count - index
    if byte >= 0x80 {
      return PlainSign(text.bytes, at: index, before: text.count).map { Escape($0.byte, length: $0.length) } ?? Escape(byte, length: 1)
    }
    if byte == UInt8(ascii: "%") && rest >= 3, let high = digit(index + 1), let low = digit(index + 2) {
      return Escape(high << 4 | low, length: 3)
    }
    guard byte == UInt8(ascii: "\\"), rest >= 2 else { return Escape(byte, length: 1) }
    switch text.bytes[index + 1] {
    case UInt8(ascii: "/"), UInt8(ascii: "\""), UInt8(ascii: "\\"): return Escape(text.bytes[index + 1], length: 2)
    case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"): return Escape(0x20, length: 2)
    case UInt8(ascii: "u") where rest >= 6:
      if let number = hexNumber(text.bytes, index + 2) {
        if number & 0xfc00 == 0xd800, let pair = pair(number, lowAt: index + 6) { return pair }
        if let escape = Escape(scalar: number, length: 6) { return escape }
      }
    default: break
    }
    return Escape(byte, length: 1)
  }

  /// Two surrogates, which are one character.
  private func pair(_ high: UInt32, lowAt index: Int) -> Escape? {
    guard index + 6 <= text.count, text.bytes[index] == UInt8(ascii: "\\"), text.bytes[index + 1] == UInt8(ascii: "u"),
      let low = hexNumber(text.bytes, index + 2), low & 0xfc00 == 0xdc00
    else { return nil }
    return Escape(scalar: 0x10000 + (high & 0x3ff) << 10 + (low & 0x3ff), length: 12)
  }

  /// What starts at a place of a part of a mail or page.
  private func reference(at index: Int) -> Escape {
    let byte = text.bytes[index]
    switch byte {
    case UInt8(ascii: "&"): return numbered(at: index) ?? named(at: index) ?? Escape(byte, length: 1)
    case UInt8(ascii: "=") where text.count - index >= 3:
      guard let high = digit(index + 1), let low = digit(index + 2) else { break }
      let sign = high << 4 | low
      // An at sign stands in front of a name: behind other equals signs there may be a number.
      let isNumber = sign == UInt8(ascii: "@") && index + 3 < text.count && isDigit(text.bytes[index + 3])
      if Self.quoted.contains(sign) && !isNumber { return Escape(sign, length: 3) }
    default: break
    }
    return Escape(byte, length: 1)
  }

  /// The signs of addresses and numbers that mails quote.
  private static let quoted = Array("@.-_+=".utf8)

  private static let names: [(name: [UInt8], byte: UInt8)] = [
    ("amp", "&"), ("commat", "@"), ("period", "."), ("plus", "+"), ("lowbar", "_"), ("hyphen", "-"), ("dash", "-"), ("nbsp", " "),
    ("equals", "="), ("percnt", "%"), ("bsol", "\\"),
  ].map { (name: String, sign: Unicode.Scalar) in (Array("&\(name);".utf8), UInt8(ascii: sign)) }

  private func named(at index: Int) -> Escape? {
    for (name, byte) in Self.names where index + name.count <= text.count {
      if text.bytes.equals(index..<(index + name.count), name) { return Escape(byte, length: name.count) }
    }
    return nil
  }

  /// `&#64;`, `&#x40;`, whose end may be missing.
  private func numbered(at index: Int) -> Escape? {
    guard index + 2 < text.count, text.bytes[index + 1] == UInt8(ascii: "#") else { return nil }
    let isHex = text.bytes[index + 2] | 0x20 == UInt8(ascii: "x")
    let start = index + (isHex ? 3 : 2)
    var (number, end): (UInt32, Int) = (0, start)
    while end < text.count, number < 0x11_0000, let digit = digit(end), isHex || digit < 10 {
      number = number * (isHex ? 16 : 10) + UInt32(digit)
      end += 1
    }
    if end == start { return nil }
    if end < text.count && text.bytes[end] == UInt8(ascii: ";") { end += 1 }
    return Escape(scalar: number, length: end - index)
  }

  private func digit(_ index: Int) -> UInt8? {
    let byte = text.bytes[index]
    if byte &- 0x30 < 10 { return byte - 0x30 }
    return (byte | 0x20) &- 0x61 < 6 ? (byte | 0x20) - 0x61 + 10 : nil
  }
}

/// A character beyond ASCII that people and programs write in place of one of it: blanks that break no line or show
/// nothing, dashes, and the full-width forms of letters, digits and signs.
private struct PlainSign {
  let byte: UInt8
  /// In UTF-8.
  let length: Int

  @inline(__always)
  init?(_ text: borrowing RawSpan, at index: Int, before end: Int) {
    let lead = text[index]
    guard lead == 0xc2 || lead == 0xe2 || lead == 0xe3 || lead == 0xef, index + 1 < end else { return nil }
    let second = text[index + 1]
    if lead == 0xc2 {
      guard second == 0xa0 else { return nil }
      (byte, length) = (0x20, 2)
      return
    }
    guard index + 2 < end, let byte = Self.byte(lead, second, text[index + 2]) else { return nil }
    (self.byte, length) = (byte, 3)
  }

  private static func byte(_ lead: UInt8, _ second: UInt8, _ third: UInt8) -> UInt8? {
    switch (lead, second, third) {
    case (0xe2, 0x80, 0x80...0x8f), (0xe2, 0x80, 0xa8...0xaf), (0xe3, 0x80, 0x80): 0x20
    case (0xe2, 0x80, 0x90...0x95), (0xe2, 0x88, 0x92): UInt8(ascii: "-")
    case (0xef, 0xbc, 0x81...0xbf): third &- 0x60
    case (0xef, 0xbd, 0x80...0x9e): third &- 0x20
    default: nil
    }
  }
}
