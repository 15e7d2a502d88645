internal import COpenSSL

/// A statement signed by a private key of RSA: a JWT (RFC 7519) by RS256 (RFC 7518, section 3.3), by OpenSSL.
package enum WebToken {
  /// - Parameters:
  ///   - header: JSON, which says `RS256`.
  ///   - claims: JSON.
  ///   - key: a private key of RSA in PEM, without a passphrase.
  /// - Throws: `NativeError` where it is no such key.
  package static func sign(header: String, claims: String, key: String) throws(NativeError) -> String {
    let text = encoded(Array(header.utf8)) + "." + encoded(Array(claims.utf8))
    return text + "." + encoded(try signature(of: Array(text.utf8), Array(key.utf8)))
  }

  private static func signature(of message: [UInt8], _ pem: [UInt8]) throws(NativeError) -> [UInt8] {
    guard let size = Int32(exactly: pem.count), let key = unsafe scrub_private_key(pem, size) else { throw NativeError(.sign) }
    defer { unsafe EVP_PKEY_free(key) }
    guard unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA, let context = unsafe EVP_MD_CTX_new() else { throw NativeError(.sign) }
    defer { unsafe EVP_MD_CTX_free(context) }
    var count = 0
    // Asked without room, it tells how much is wanted.
    guard unsafe EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
      unsafe EVP_DigestSign(context, nil, &count, message, message.count) == 1
    else { throw NativeError(.sign) }
    var signature = [UInt8](repeating: 0, count: count)
    guard unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1, count <= signature.count else {
      throw NativeError(.sign)
    }
    return Array(signature[..<count])
  }

  /// Base64 for addresses, without padding (RFC 4648, section 5).
  static func encoded(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var text: [UInt8] = []
    var bits = 0
    var held = 0
    for byte in bytes {
      bits = (bits & 0x3f) << 8 | Int(byte)
      held += 8
      while held >= 6 {
        held -= 6
        text.append(digits[bits >> held & 0x3f])
      }
    }
    if held > 0 { text.append(digits[bits << (6 - held) & 0x3f]) }
    return String(decoding: text, as: UTF8.self)
  }
}
