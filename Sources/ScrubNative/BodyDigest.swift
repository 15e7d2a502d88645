internal import COpenSSL

/// The MD5 (RFC 1321) of a body that is sent, as `Content-MD5` tells it (RFC 1864): against errors on the way, and for
/// buckets that lock what comes in and take nothing without one. It proves nothing else. Never leaves its task; a class
/// because a context of C code is to be freed once.
@safe package final class BodyDigest {
  private let context: OpaquePointer

  /// Nothing where the system forbids MD5.
  package init?() {
    guard let context = unsafe EVP_MD_CTX_new() else { return nil }
    guard unsafe EVP_DigestInit_ex2(context, EVP_md5(), nil) == 1 else {
      unsafe EVP_MD_CTX_free(context)
      return nil
    }
    unsafe self.context = context
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  package func update(_ bytes: [UInt8]) {
    let result = unsafe bytes.withUnsafeBytes { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    if result != 1 { endWithout("MD5") }
  }

  /// Base64 of the digest of everything so far; nothing may follow.
  package func finish() -> String {
    var digest = [UInt8](repeating: 0, count: 16)
    var count: UInt32 = 0
    guard unsafe EVP_DigestFinal_ex(context, &digest, &count) == 1, count == 16 else { endWithout("MD5") }
    // The encoder ends with a zero.
    var text = [UInt8](repeating: 0, count: 25)
    unsafe text.withUnsafeMutableBytes { text in unsafe digest.withUnsafeBytes { unsafe Base64.encode($0, to: text) } }
    return String(decoding: text.dropLast(), as: UTF8.self)
  }
}
