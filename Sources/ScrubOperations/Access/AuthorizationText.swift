/// Finds what lets somebody in in texts such as answers of servers: the values of authorization headers (RFC 9110 sections
/// 11.6.2 and 11.7.2), of cookies (RFC 6265) and of what is called a key, token, secret or password, and bearer tokens without
/// their header (RFC 6750 section 2.1).
enum AuthorizationText {
  /// The ends of names, in lower case, whose values are no sentences.
  private static let names = ["authorization", "token", "secret", "password", "passwd", "api-key", "api_key", "apikey", "cookie"]
    .map { Array($0.utf8) }
  /// By byte: whether one of them may begin there.
  private static let begins: [Bool] = (0...UInt8.max).map { byte in names.contains { $0[0] == byte | 0x20 } }
  /// Whose values have no form.
  private static let cookie = Array("cookie".utf8)
  private static let scheme = Array("bearer ".utf8)
  /// Words that follow `bearer` in sentences are shorter.
  private static let tokenLeast = 16

  /// The text with `[credential]` in place of each, and how many there were.
  static func masked(_ text: String) -> (text: String, count: Int) {
    let bytes = Array(text.utf8)
    var (masked, copied, count, index) = ([UInt8](), 0, 0, 0)
    while index < bytes.count {
      guard let found = value(in: bytes, at: index) ?? token(in: bytes, at: index) else {
        index += 1
        continue
      }
      masked += bytes[copied..<found.lowerBound] + Array("[credential]".utf8)
      (copied, index) = (found.upperBound, found.upperBound)
      count += 1
    }
    return count == 0 ? (text, 0) : (String(decoding: masked + bytes[copied...], as: UTF8.self), count)
  }

  /// Whether a member of such a name holds what lets somebody in.
  static func isName(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    return names.contains { $0.count <= bytes.count && has($0, in: bytes, at: bytes.count - $0.count) }
  }

  /// The value of the header or member whose name starts at a place, or ends with what does: behind quotes up to the next, else
  /// to the end of the line.
  private static func value(in bytes: [UInt8], at index: Int) -> Range<Int>? {
    guard begins[Int(bytes[index])], let name = names.first(where: { has($0, in: bytes, at: index) }) else { return nil }
    var (start, isValue, isQuoted) = (index + name.count, false, false)
    while start < bytes.count {
      switch bytes[start] {
      case UInt8(ascii: ":"), UInt8(ascii: "="): isValue = true
      case UInt8(ascii: "\""), UInt8(ascii: "'"): isQuoted = isValue
      case 0x20, 0x09, UInt8(ascii: "\\"): break
      default:
        guard isValue else { return nil }
        let value = start..<end(in: bytes, from: start, isQuoted: isQuoted)
        let holdsPairs = name == cookie && bytes[value].contains(UInt8(ascii: "="))
        return letsIn(bytes, at: start) || name != names[0] && isQuoted || holdsPairs ? value : nil
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
    return name.indices.allSatisfy { offset in
      let byte = bytes[index + offset]
      return byte == name[offset] || byte &- 0x41 < 26 && byte | 0x20 == name[offset]
    }
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
