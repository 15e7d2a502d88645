private let hexDigits: StaticString = "0123456789abcdef"
private let base32Digits: StaticString = "abcdefghijklmnopqrstuvwxyz234567"

/// The digit of the lowest five bits.
@inline(__always)
private func base32Digit(_ bits: UInt64) -> UInt8 {
  unsafe base32Digits.utf8Start[Int(truncatingIfNeeded: bits & 31)]
}

/// Text forms of binary values. All write ASCII to a sink.
extension ByteSink {
  /// Appends a text as it stands between the quotes of JSON (RFC 8259 section 7).
  mutating func appendEscaped(_ text: borrowing ByteSink) {
    for index in 0..<text.count {
      let byte = text.bytes[index]
      switch byte {
      case 0x22, 0x5c:
        append(0x5c)
        append(byte)
      case 0x0a: append(Self.newline)
      case ..<0x20:
        append(Self.escape)
        appendHex(byte)
      default: append(byte)
      }
    }
  }

  private static let newline = Array("\\n".utf8)
  private static let escape = Array("\\u00".utf8)

  /// Lower-case hex (RFC 4648 section 8).
  mutating func appendHex(_ bytes: RawSpan, _ range: Range<Int>) {
    unsafe withRoom(2 * range.count) { room in
      var written = 0
      for index in range {
        unsafe room[written] = hexDigits.utf8Start[Int(bytes[index] >> 4)]
        unsafe room[written &+ 1] = hexDigits.utf8Start[Int(bytes[index] & 15)]
        written &+= 2
      }
      return written
    }
  }

  mutating func appendHex(_ byte: UInt8) {
    append(unsafe hexDigits.utf8Start[Int(byte >> 4)])
    append(unsafe hexDigits.utf8Start[Int(byte & 15)])
  }

  /// Base32 (RFC 4648 section 6) in lower case without padding.
  mutating func appendBase32(_ bytes: RawSpan, count: Int) {
    unsafe withRoom((count * 8 + 4) / 5) { room in
      var written = 0
      var start = 0
      // Five bytes are eight digits.
      while start &+ 5 <= count && start &+ 8 <= bytes.byteCount {
        let held = bytes.word(at: start).byteSwapped >> 24
        for digit in 0..<8 { unsafe room[written &+ digit] = base32Digit(held >> UInt64(35 &- 5 &* digit)) }
        written &+= 8
        start &+= 5
      }
      while start < count {
        // What is missing of the last five is zeros, of which no digit is written.
        let end = min(start + 5, count)
        var held: UInt64 = 0
        for index in start..<end { held = held << 8 | UInt64(bytes[index]) }
        held <<= UInt64(8 * (start + 5 - end))
        for digit in 0..<((end - start) * 8 + 4) / 5 {
          unsafe room[written] = base32Digit(held >> UInt64(35 - 5 * digit))
          written += 1
        }
        start = end
      }
      return written
    }
  }

  /// A whole number in decimal digits, with leading zeros up to `width`.
  mutating func appendDecimal(_ number: UInt64, width: Int) {
    var divisor: UInt64 = 1
    for _ in 1..<max(width, 1) { divisor *= 10 }
    while number / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }

  /// The lowest bytes of a number, the lowest first.
  mutating func appendLittleEndian(_ number: UInt64, count: Int) {
    for place in 0..<count { append(UInt8(truncatingIfNeeded: number >> UInt64(8 * place))) }
  }

  /// A zigzag varint, as Avro writes `int` and `long` (Avro specification, "Primitive types").
  package mutating func appendVarint(_ number: Int) {
    var rest = UInt64(bitPattern: Int64(number << 1) ^ Int64(number >> 63))
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }
}

/// Whether bytes are well-formed UTF-8 (Unicode 15, table 3-7: no surrogates, no overlong forms).
func isUTF8(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
  var index = range.lowerBound
  let end = range.upperBound
  while index < end {
    if index &+ 8 <= end && bytes.word(at: index) & 0x8080_8080_8080_8080 == 0 {
      index &+= 8
      continue
    }
    let lead = bytes[index]
    let length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    guard length > 0, index + length <= end else { return false }
    if length > 1 {
      let second = bytes[index + 1]
      let lowest: UInt8 = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80
      let highest: UInt8 = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf
      guard second >= lowest, second <= highest else { return false }
      for offset in 2..<max(length, 2) where bytes[index + offset] & 0xc0 != 0x80 { return false }
    }
    index += length
  }
  return true
}

/// The bytes of a base32 text (RFC 4648 section 6) in lower case without padding; nothing for any other text, or for
/// another spelling of the same bytes.
func decodedBase32(_ text: [UInt8]) -> [UInt8]? {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.count * 5 / 8)
  var held: UInt32 = 0
  var bits = 0
  for digit in text {
    let value: UInt8
    switch digit {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): value = digit - UInt8(ascii: "a")
    case UInt8(ascii: "2")...UInt8(ascii: "7"): value = digit - UInt8(ascii: "2") + 26
    default: return nil
    }
    held = held << 5 | UInt32(value)
    bits += 5
    if bits >= 8 {
      bits -= 8
      bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
    }
  }
  return bits < 5 && held & (1 << UInt32(bits) - 1) == 0 ? bytes : nil
}

extension ByteSink {
  /// Appends what characters of base64 stand for, in either alphabet (RFC 4648 sections 4 and 5); bits that make no
  /// whole byte are left out.
  mutating func appendDecodedBase64(_ text: borrowing RawSpan, _ range: Range<Int>) {
    var held: UInt32 = 0
    var bits = 0
    for index in range {
      held = held << 6 | UInt32(sextet(text[index]))
      bits += 6
      if bits >= 8 {
        bits -= 8
        append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
      }
    }
  }

  private func sextet(_ byte: UInt8) -> UInt8 {
    switch byte {
    case 0x41...0x5a: byte - 0x41
    case 0x61...0x7a: byte - 0x61 + 26
    case 0x30...0x39: byte - 0x30 + 52
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    default: 63
    }
  }
}

extension ByteSink {
  /// Gives what was written from `start` on one form, of as many bytes, for both cases of a letter: of ASCII, and of those
  /// beyond it whose two cases take two bytes each in UTF-8.
  mutating func fold(from start: Int) {
    var index = start
    while index < count {
      let byte = bytes[index]
      if byte >= 0x80, index &+ 1 < count, let letter = FoldedLetters.letter(byte, bytes[index &+ 1]) {
        replace(at: index, with: UInt8(truncatingIfNeeded: 0xc0 | letter >> 6))
        replace(at: index &+ 1, with: UInt8(truncatingIfNeeded: 0x80 | letter & 0x3f))
        index &+= 2
      } else {
        replace(at: index, with: lowered(byte))
        index &+= 1
      }
    }
  }
}

/// The characters of two bytes in UTF-8 (U+0080 to U+07FF, with the letters of Latin, Greek, Cyrillic and Armenian) in
/// one letter case.
private enum FoldedLetters {
  /// - Returns: nothing where the bytes are no character of two.
  @inline(__always)
  static func letter(_ lead: UInt8, _ second: UInt8) -> UInt16? {
    guard lead >= 0xc2 && lead <= 0xdf && second & 0xc0 == 0x80 else { return nil }
    return folded[Int(lead & 0x1f) << 6 | Int(second & 0x3f)]
  }

  /// By code point.
  private static let folded: [UInt16] = (0..<0x800).map { (number: UInt16) in
    guard let letter = Unicode.Scalar(number) else { return number }
    // Through the capital, which the two small forms of sigma share.
    let capital = only(letter.properties.uppercaseMapping) ?? letter
    let small = only(capital.properties.lowercaseMapping) ?? capital
    return (0x80..<0x800).contains(small.value) ? UInt16(small.value) : number
  }

  private static func only(_ text: String) -> Unicode.Scalar? {
    text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
  }
}
