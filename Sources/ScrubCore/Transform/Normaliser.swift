/// How a value is brought into one spelling before it is hashed; the rules are version `n1`.
package enum Normaliser: String, Sendable {
  /// Trim, lower-case ASCII.
  case email
  /// Digits only, one leading `00` removed; 7 to 15 digits.
  case phone
  /// `email` where the value holds `@`, `phone` where it normalises as one, else nothing.
  case channel
  /// Trim, lower-case ASCII: device, advertising and Braze ids.
  case lowered
  /// Trim.
  case trimmed

  package static let version = "n1"

  /// Whether it is that of a kind, alone or among others.
  func fits(_ kind: IdentityKind) -> Bool {
    self == kind.normaliser || (self == .channel && (kind == .email || kind == .phone))
  }

  /// As policies write it.
  package var word: String {
    switch self {
    case .lowered: "lower"
    case .trimmed: "trim"
    case .email, .phone, .channel: rawValue
    }
  }
}

/// A value in its one spelling, in memory that is used again for the next.
struct NormalValue: ~Copyable {
  /// Which of the domains of a field the value belongs to.
  enum Kind {
    case plain
    /// A phone number where a field holds numbers and addresses.
    case phone
    /// 64 hex digits: hashed already, by Braze. It carries no sign of what it was.
    case digest
  }

  private(set) var text = ByteSink(capacity: 256)

  var bytes: RawSpan {
    @_lifetime(borrow self)
    get { text.bytes }
  }

  /// Brings a value into its one spelling.
  ///
  /// - Parameter findsDigests: whether the value may be hashed already.
  /// - Returns: nothing where the value is not UTF-8, no phone number, or has no content left.
  mutating func take(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ normaliser: Normaliser, findsDigests: Bool
  ) -> Kind? {
    guard isUTF8(value, range) else { return nil }
    let trimmed = trim(value, range)
    var kind = Kind.plain
    if findsDigests && isSHA256(value, trimmed) {
      copyLowered(value, trimmed)
      kind = .digest
    } else {
      switch normaliser {
      case .trimmed: copy(value, trimmed)
      case .lowered, .email: copyLowered(value, trimmed)
      case .phone: copyPhone(value, trimmed)
      case .channel:
        if contains(value, trimmed, UInt8(ascii: "@")) {
          copyLowered(value, trimmed)
        } else {
          copyPhone(value, trimmed)
          kind = .phone
        }
      }
    }
    return hasContent(text.bytes) ? kind : nil
  }

  private mutating func copy(_ value: borrowing RawSpan, _ range: Range<Int>) {
    text.removeAll()
    text.append(value, range)
  }

  private mutating func copyLowered(_ value: borrowing RawSpan, _ range: Range<Int>) {
    text.removeAll()
    unsafe text.withRoom(range.count) { room in
      var place = 0
      while place &+ 8 <= range.count {
        let word = lowered(value.word(at: range.lowerBound &+ place))
        unsafe room.storeBytes(of: word.littleEndian, toByteOffset: place, as: UInt64.self)
        place &+= 8
      }
      while place < range.count {
        unsafe room[place] = lowered(value[range.lowerBound &+ place])
        place &+= 1
      }
      return range.count
    }
  }

  /// Leaves nothing where the value is no phone number.
  private mutating func copyPhone(_ value: borrowing RawSpan, _ range: Range<Int>) {
    text.removeAll()
    for index in range where value[index] &- 0x30 < 10 { text.append(value[index]) }
    if text.count >= 2 && text.bytes[0] == 0x30 && text.bytes[1] == 0x30 { text.removeFirst(2) }
    if !(7...15).contains(text.count) { text.removeAll() }
  }
}

extension Normaliser {
  /// Of addresses and numbers, which Braze may have hashed.
  package var isOfContact: Bool { self == .email || self == .phone || self == .channel }
}

/// Braze's own sentinel for a removed value.
private let brazeRedacted: [UInt8] = Array("[REDACTED]".utf8)

/// Empty, or redacted by Braze already.
package func isLeftAlone(_ value: borrowing RawSpan, _ range: Range<Int>) -> Bool {
  range.isEmpty || (range.count == brazeRedacted.count && value.equals(range, brazeRedacted))
}

func trim(_ value: borrowing RawSpan, _ range: Range<Int>) -> Range<Int> {
  var (start, end) = (range.lowerBound, range.upperBound)
  func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x09 < 5 }
  while start < end && isBlank(value[start]) { start += 1 }
  while start < end && isBlank(value[end - 1]) { end -= 1 }
  return start..<end
}

private func contains(_ value: borrowing RawSpan, _ range: Range<Int>, _ byte: UInt8) -> Bool {
  for index in range where value[index] == byte { return true }
  return false
}

/// Anything but zeros and dashes.
private func hasContent(_ bytes: RawSpan) -> Bool {
  for index in 0..<bytes.byteCount where bytes[index] != 0x30 && bytes[index] != 0x2d { return true }
  return false
}

func isHexDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6 }
func hexValue(_ digit: UInt8) -> UInt8 { isDigit(digit) ? digit & 15 : (digit & 15) &+ 9 }

private func isSHA256(_ value: borrowing RawSpan, _ range: Range<Int>) -> Bool {
  guard range.count == 64 else { return false }
  for index in range where !isHexDigit(value[index]) { return false }
  return true
}

/// 8-4-4-4-12 hex digits.
func isAnyUUID(_ value: borrowing RawSpan, _ range: Range<Int>) -> Bool {
  guard range.count == 36 else { return false }
  let start = range.lowerBound
  // Eight bytes at a time, with ones where dashes stand.
  let parts: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
    value.word(at: start), value.word(at: start + 8), value.word(at: start + 16), value.word(at: start + 24),
    value.word(at: start + 28)
  )
  let (second, third): (UInt64, UInt64) = (0x0000_ff00_0000_00ff, 0xff00_0000_00ff_0000)
  return areHexDigits(parts.0) && areHexDigits(parts.3) && areHexDigits(parts.4)
    && parts.1 & second == dashes & second && areHexDigits(parts.1 & ~second | zeros & second)
    && parts.2 & third == dashes & third && areHexDigits(parts.2 & ~third | zeros & third)
}

private let dashes: UInt64 = 0x2d2d_2d2d_2d2d_2d2d
private let zeros: UInt64 = 0x3030_3030_3030_3030

/// Whether eight bytes are hex digits, all of them.
private func areHexDigits(_ word: UInt64) -> Bool {
  let (ones, tops): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
  let bits = word & ~tops
  // The upper bit of each byte says whether it is at least so large: nothing is carried.
  func least(_ byte: UInt64, _ bytes: UInt64) -> UInt64 { bytes &+ ones &* (0x80 - byte) }
  let letters = bits | ones &* 0x20
  let hex = least(0x30, bits) & ~least(0x3a, bits) | least(0x61, letters) & ~least(0x67, letters)
  return hex & ~word & tops == tops
}
