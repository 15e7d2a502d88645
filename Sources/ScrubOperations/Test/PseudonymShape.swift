/// What pseudonyms look like, whatever their key.
enum PseudonymShape {
  /// Whether a text can be a pseudonym: `token`, `hex`, `uuid`, `email`, `phone`; tokens of any number of bits.
  static func matches(_ text: String, format: String, keyID: String) -> Bool {
    switch format {
    case "token":
      text.hasPrefix(keyID + "-") && isBase32(text.utf8.dropFirst(keyID.utf8.count + 1), counts: 20...52)
    case "hex": text.utf8.count == 64 && text.utf8.allSatisfy(isHex)
    // Version 8 and the variant bits of RFC 9562.
    case "uuid": text.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil
    case "email":
      text.hasSuffix("@\(keyID).scrubbed.invalid") && isBase32(text.utf8.prefix { $0 != 0x40 }, counts: 26...26)
    default: text.utf8.count == 16 && text.hasPrefix("+999") && text.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }
  }

  private static func isBase32(_ text: Substring.UTF8View, counts: ClosedRange<Int>) -> Bool {
    counts.contains(text.count) && text.allSatisfy { (0x61...0x7a).contains($0) || (0x32...0x37).contains($0) }
  }

  private static func isHex(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
}
