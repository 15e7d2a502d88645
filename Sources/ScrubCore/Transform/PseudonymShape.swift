/// Telling by its look whether a text can be a pseudonym: no key is needed, and nothing is learnt of the value.
extension PseudonymFormat {
  /// Whether the bytes are a text of this form under the key id, as `Pseudonymiser` writes it.
  package func recognises(_ text: borrowing RawSpan, _ range: Range<Int>, keyID: [UInt8]) -> Bool {
    switch self {
    case .token(let byteCount):
      let start = range.lowerBound + keyID.count + 1
      return start < range.upperBound && text.equals(range.lowerBound..<(start - 1), keyID) && text[start - 1] == 0x2d
        && isBase32(text, start..<range.upperBound, bytes: byteCount)
    case .hex:
      return range.count == 64 && isLowerHex(text, range)
    case .uuid:
      return isUUID(text, range)
    case .email:
      let at = range.lowerBound + base32Length(16)
      let end = at + 1 + keyID.count + emailSuffix.count
      return range.upperBound == end && isBase32(text, range.lowerBound..<at, bytes: 16) && text[at] == 0x40
        && text.equals((at + 1)..<(at + 1 + keyID.count), keyID)
        && text.equals((at + 1 + keyID.count)..<end, emailSuffix)
    case .phone:
      let digits = (range.lowerBound + phonePrefix.count)..<max(range.upperBound, range.lowerBound + phonePrefix.count)
      return digits.count == 12 && text.equals(range.lowerBound..<digits.lowerBound, phonePrefix) && isDecimal(text, digits)
    case .uuidOrToken:
      return isUUID(text, range) || PseudonymFormat.token(byteCount: 16).recognises(text, range, keyID: keyID)
    }
  }

  /// The same of a whole text.
  package func recognises(_ text: String, keyID: String) -> Bool {
    let bytes = Array(text.utf8)
    return unsafe recognises(bytes.span.bytes, 0..<bytes.count, keyID: Array(keyID.utf8))
  }
}

/// Characters of base32 (RFC 4648 section 6) without padding.
private func base32Length(_ byteCount: Int) -> Int { (byteCount * 8 + 4) / 5 }

private func isBase32(_ text: borrowing RawSpan, _ range: Range<Int>, bytes: Int) -> Bool {
  range.count == base32Length(bytes) && isBase32(text, range)
}

/// Lower-case letters and the digits 2 to 7 only.
func isBase32(_ text: borrowing RawSpan, _ range: Range<Int>) -> Bool {
  for index in range where !(text[index] &- 0x61 < 26 || text[index] &- 0x32 < 6) { return false }
  return true
}

private func isDecimal(_ text: borrowing RawSpan, _ range: Range<Int>) -> Bool {
  for index in range where text[index] &- 0x30 > 9 { return false }
  return true
}

private func isLowerHex(_ text: borrowing RawSpan, _ range: Range<Int>) -> Bool {
  for index in range where !(text[index] &- 0x30 < 10 || text[index] &- 0x61 < 6) { return false }
  return true
}

/// Version 8 with the variant bits of RFC 9562, lower case.
private func isUUID(_ text: borrowing RawSpan, _ range: Range<Int>) -> Bool {
  guard range.count == 36 else { return false }
  for place in 0..<36 {
    let byte = text[range.lowerBound + place]
    switch place {
    case 8, 13, 18, 23: if byte != 0x2d { return false }
    case 14: if byte != 0x38 { return false }
    case 19: if ![0x38, 0x39, 0x61, 0x62].contains(byte) { return false }
    default: if !(byte &- 0x30 < 10 || byte &- 0x61 < 6) { return false }
    }
  }
  return true
}
