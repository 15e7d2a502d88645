/// A hash of an identity: values of one kind that are equal once normalised have the same. It is no secret and no
/// proof: what it finds is compared.
///
/// - Parameter isNormal: whether the value is in its one spelling already, of which no zeros are taken again.
/// - Returns: 0 for a value that identifies nobody.
@inline(__always)
func identityHash(
  _ bytes: borrowing RawSpan, _ range: Range<Int>, _ kind: IdentityKind, isNormal: Bool = false
) -> UInt64 {
  if range.isEmpty { return 0 }
  var range = range
  if bytes[range.lowerBound] <= 0x20 || bytes[range.upperBound &- 1] <= 0x20 {
    range = trim(bytes, range)
    if range.isEmpty { return 0 }
  }
  if kind == .phone { return phoneHash(bytes, range, isNormal: isNormal) }
  return foldedHash(bytes, range, UInt64(kind.rawValue))
}

/// A hash of an event's own id: ids that are equal have the same.
///
/// - Returns: 0 for an empty one, and for one beyond ASCII, which may be spelled in several ways.
func eventIDHash(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> UInt64 {
  for index in range where bytes[index] >= 0x80 { return 0 }
  return range.isEmpty ? 0 : foldedHash(bytes, range, 0)
}

/// Over eight bytes at a time, letters in either case alike.
///
/// - Parameter kind: a number for what has one hash only with its like.
@inline(__always)
private func foldedHash(_ bytes: borrowing RawSpan, _ range: Range<Int>, _ kind: UInt64) -> UInt64 {
  precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount)
  var hash = mixed(UInt64(truncatingIfNeeded: range.count) ^ kind << 32)
  var index = range.lowerBound
  while index &+ 8 <= range.upperBound {
    // In bounds: the range is, and the loop stops eight bytes before its end.
    hash = unsafe mixed(hash ^ (bytes.uncheckedWord(at: index) | 0x2020_2020_2020_2020))
    index &+= 8
  }
  let rest = range.upperBound &- index
  if rest > 0 {
    var tail: UInt64 = 0
    if index &+ 8 <= bytes.byteCount {
      // In bounds: as the condition says.
      tail = unsafe bytes.uncheckedWord(at: index) & (1 << UInt64(8 &* rest) &- 1)
    } else {
      for offset in 0..<rest { tail |= UInt64(bytes[index &+ offset]) << UInt64(8 &* offset) }
    }
    hash = mixed(hash ^ (tail | 0x2020_2020_2020_2020))
  }
  return max(hash, 1)
}

/// Over the digits alone, or over all of a text that is too long for a number: a pseudonym, or a digest.
private func phoneHash(_ bytes: borrowing RawSpan, _ range: Range<Int>, isNormal: Bool) -> UInt64 {
  if isLongText(bytes, range) { return foldedHash(bytes, range, UInt64(IdentityKind.phone.rawValue)) }
  var number: UInt64 = 0
  var count = 0
  var zeros = 0
  for index in range {
    let digit = bytes[index] &- 0x30
    guard digit < 10 else { continue }
    if digit == 0 && zeros == count { zeros &+= 1 }
    number = number &* 10 &+ UInt64(digit)
    count &+= 1
  }
  if zeros >= 2 && !isNormal { count &-= 2 }
  guard (7...15).contains(count), number > 0 else { return 0 }
  return max(mixed(mixed(number) ^ UInt64(count)), 1)
}

/// Whether a value in the place of a phone number is none, but a pseudonym or digest of one: a long text with letters, or
/// one as long as the shortest token, which holds no signs that stand in numbers but the dash.
func isLongText(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Bool {
  guard range.count >= shortestToken else { return false }
  var hasLetters = false
  for index in range {
    let byte = bytes[index]
    if isLetter(byte) { hasLetters = true } else if range.count < 26 && !isDigit(byte) && byte != 0x2d { return false }
  }
  return hasLetters
}

/// A key id of one character, a dash, and base32 of 12 bytes.
private let shortestToken = 22

@inline(__always)
private func mixed(_ word: UInt64) -> UInt64 {
  let product = word &* 0x9e37_79b9_7f4a_7c15
  return product ^ product >> 32
}
