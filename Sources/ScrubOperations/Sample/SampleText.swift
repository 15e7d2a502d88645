/// UTF-8 text being put together, emptied and filled again.
struct SampleText {
  var bytes: [UInt8] = []

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func add(_ byte: UInt8) { bytes.append(byte) }

  mutating func add(_ other: SampleText) { bytes.append(contentsOf: other.bytes) }

  /// The number in decimal digits, with zeros in front up to `width`.
  mutating func add(decimal number: Int, width: Int = 1) {
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = number.magnitude
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    while bytes.count - start < width { bytes.append(UInt8(ascii: "0")) }
    bytes[start...].reverse()
  }

  /// The lowest `digits` hexadecimal digits of the number.
  mutating func add(hex number: UInt64, digits: Int) {
    var shift = digits * 4
    while shift > 0 {
      shift -= 4
      let digit = UInt8((number >> UInt64(shift)) & 15)
      bytes.append(digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
    }
  }

  /// A UUID of version 4 (RFC 9562) with the bits of the two numbers.
  mutating func add(uuid high: UInt64, _ low: UInt64) {
    add(hex: high >> 32, digits: 8)
    add(UInt8(ascii: "-"))
    add(hex: high >> 16, digits: 4)
    add("-4")
    add(hex: high, digits: 3)
    add(UInt8(ascii: "-"))
    add(hex: (low >> 48) & 0x3FFF | 0x8000, digits: 4)
    add(UInt8(ascii: "-"))
    add(hex: low, digits: 12)
  }

  /// A UUID that depends on the number alone.
  mutating func add(uuid number: UInt64) { add(uuid: number, number &* 0x9E37_79B9_7F4A_7C15) }

  /// Makes the ASCII letters from `start` on upper-case, `length` bytes or all.
  mutating func upperCase(from start: Int, length: Int = .max) {
    let end = start + min(length, bytes.count - start)
    for index in start..<end where (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[index]) {
      bytes[index] -= 32
    }
  }
}

extension SampleText {
  /// Base64 with padding (RFC 4648 section 4).
  mutating func add(base64 source: [UInt8]) {
    let alphabet = SampleWords.base64Alphabet
    var index = 0
    while index < source.count {
      let left = source.count - index
      let first = source[index]
      let second = left > 1 ? source[index + 1] : 0
      let third = left > 2 ? source[index + 2] : 0
      add(alphabet[Int(first >> 2)])
      add(alphabet[Int((first & 3) << 4 | second >> 4)])
      add(left > 1 ? alphabet[Int((second & 15) << 2 | third >> 6)] : UInt8(ascii: "="))
      add(left > 2 ? alphabet[Int(third & 63)] : UInt8(ascii: "="))
      index += 3
    }
  }

  /// The bytes as one part of a URL: everything but unreserved characters is `%XX` (RFC 3986).
  mutating func add(percentEncoded source: [UInt8]) {
    for byte in source {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
        add(byte)
      default:
        add(UInt8(ascii: "%"))
        let start = bytes.count
        add(hex: UInt64(byte), digits: 2)
        upperCase(from: start)
      }
    }
  }

  /// A JSON string with its quotes; `wary` also escapes `/` and everything outside ASCII, as PHP does.
  mutating func add(quoted source: [UInt8], wary: Bool = false) {
    add(UInt8(ascii: "\""))
    if source.contains(where: { Self.needsEscape($0, wary: wary) }) {
      addEscaped(source, wary: wary)
    } else {
      bytes.append(contentsOf: source)
    }
    add(UInt8(ascii: "\""))
  }

  mutating func add(quoted text: String) { add(quoted: Array(text.utf8)) }

  private static func needsEscape(_ byte: UInt8, wary: Bool) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
      || wary && (byte >= 0x80 || byte == UInt8(ascii: "/"))
  }

  private mutating func addEscaped(_ source: [UInt8], wary: Bool) {
    for scalar in String(decoding: source, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\"": add(#"\""#)
      case "\\": add(#"\\"#)
      case "\n": add(#"\n"#)
      case "/" where wary: add(#"\/"#)
      case _ where scalar.value < 0x20 || wary && !scalar.isASCII:
        for unit in String(scalar).utf16 {
          add(#"\u"#)
          add(hex: UInt64(unit), digits: 4)
        }
      case _ where scalar.isASCII: add(UInt8(scalar.value))
      default: add(String(scalar))
      }
    }
  }
}
