/// Finds what lets somebody in in texts such as answers of servers: the values of authorization headers (RFC 9110 sections
/// 11.6.2 and 11.7.2), and bearer tokens without their header (RFC 6750 section 2.1).
enum AuthorizationText {
  private static let header = Array("authorization".utf8)
  private static let scheme = Array("bearer ".utf8)
  /// Words that follow `bearer` in sentences are shorter.
  private static let tokenLeast = 16

  /// The text with `[credential]` in place of each, and how many there were.
  static func masked(_ text: String) -> (text: String, count: Int) {
    let bytes = Array(text.utf8)
    var (masked, copied, count, index) = ([UInt8](), 0, 0, 0)
    while index < bytes.count {
      let found = bytes[index] | 0x20 == UInt8(ascii: "a") ? value(in: bytes, at: index) : token(in: bytes, at: index)
      guard let found else {
        index += 1
        continue
      }
      masked += bytes[copied..<found.lowerBound] + Array("[credential]".utf8)
      (copied, index) = (found.upperBound, found.upperBound)
      count += 1
    }
    return count == 0 ? (text, 0) : (String(decoding: masked + bytes[copied...], as: UTF8.self), count)
  }

  /// The value of the header whose name starts at a place: behind quotes up to the next, else to the end of the line.
  private static func value(in bytes: [UInt8], at index: Int) -> Range<Int>? {
    guard has(header, in: bytes, at: index) else { return nil }
    var (start, isValue, isQuoted) = (index + header.count, false, false)
    while start < bytes.count {
      switch bytes[start] {
      case UInt8(ascii: ":"), UInt8(ascii: "="): isValue = true
      case UInt8(ascii: "\""), UInt8(ascii: "'"): isQuoted = isValue
      case 0x20, 0x09, UInt8(ascii: "\\"): break
      default: return isValue && letsIn(bytes, at: start) ? start..<end(in: bytes, from: start, isQuoted: isQuoted) : nil
      }
      start += 1
    }
    return nil
  }

  private static func end(in bytes: [UInt8], from start: Int, isQuoted: Bool) -> Int {
    bytes[start...].firstIndex { byte in
      switch byte {
      case 0x0a, 0x0d, UInt8(ascii: "\\"): true
      case UInt8(ascii: "\""), UInt8(ascii: "'"): isQuoted
      default: false
      }
    } ?? bytes.count
  }

  private static func token(in bytes: [UInt8], at index: Int) -> Range<Int>? {
    guard bytes[index] | 0x20 == scheme[0], has(scheme, in: bytes, at: index) else { return nil }
    let start = index + scheme.count
    let end = bytes[start...].firstIndex { !isOfToken($0) } ?? bytes.count
    return end - start >= tokenLeast ? start..<end : nil
  }

  private static func has(_ name: [UInt8], in bytes: [UInt8], at index: Int) -> Bool {
    guard index + name.count <= bytes.count else { return false }
    return name.indices.allSatisfy { bytes[index + $0] | 0x20 == name[$0] }
  }

  private static func isOfToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    default: "-._~+/=".utf8.contains(byte)
    }
  }

  /// Whether no sentence starts at a place, but a scheme or a long token.
  private static func letsIn(_ bytes: [UInt8], at start: Int) -> Bool {
    let word = bytes[start...].prefix(while: isOfToken)
    return word.count >= tokenLeast || schemes.contains(String(decoding: word, as: UTF8.self).lowercased())
  }

  /// Of IANA's registry of HTTP authentication schemes, and others that are usual.
  private static let schemes: Set<String> = [
    "apikey", "basic", "bearer", "digest", "dpop", "gnap", "hawk", "hoba", "hmac", "mac", "mutual", "negotiate", "ntlm", "oauth",
    "scram-sha-1", "scram-sha-256", "signature", "token", "vapid",
  ]
}
