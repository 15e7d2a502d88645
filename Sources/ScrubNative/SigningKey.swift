internal import COpenSSL

/// A private key of Ed25519 (RFC 8032), by OpenSSL. Its 32 bytes stand in memory that is wiped; OpenSSL's own copies live
/// as long as a signature takes, and are wiped by it.
package struct SigningKey: Sendable {
  package static let seedSize = 32

  private let seed: SecretBytes
  package let verifying: VerifyingKey

  /// - Parameter seed: the 32 bytes that RFC 8032 calls the private key.
  /// - Throws: `NativeError` when OpenSSL refuses, or there are not 32 bytes.
  package init(seed: SecretBytes) throws(NativeError) {
    guard seed.count == Self.seedSize else { throw NativeError(.sign, code: seed.count) }
    self.seed = seed
    verifying = try unsafe Self.withKey(seed) { (key) throws(NativeError) in
      var bytes = [UInt8](repeating: 0, count: VerifyingKey.size)
      var count = bytes.count
      guard unsafe EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, let known = VerifyingKey(bytes) else {
        throw NativeError(.sign)
      }
      return known
    }
  }

  package static func random() throws(NativeError) -> SigningKey {
    try SigningKey(seed: SecretBytes.random(count: seedSize))
  }

  /// The signature of a message: 64 bytes, always the same.
  package func sign(_ message: [UInt8]) throws(NativeError) -> [UInt8] {
    try unsafe Self.withKey(seed) { (key) throws(NativeError) in
      guard let context = unsafe EVP_MD_CTX_new() else { throw NativeError(.sign) }
      defer { unsafe EVP_MD_CTX_free(context) }
      var signature = [UInt8](repeating: 0, count: VerifyingKey.signatureSize)
      var count = signature.count
      // Ed25519 digests by itself, so no digest is named and the message is given at once.
      guard unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
        unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1, count == signature.count
      else { throw NativeError(.sign) }
      return signature
    }
  }

  private static func withKey<Result>(
    _ seed: SecretBytes, _ body: (OpaquePointer) throws(NativeError) -> Result
  ) throws(NativeError) -> Result {
    let key = unsafe seed.withBytes { bytes in
      unsafe EVP_PKEY_new_raw_private_key_ex(
        nil, "ED25519", nil, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
    guard let key = unsafe key else { throw NativeError(.sign) }
    defer { unsafe EVP_PKEY_free(key) }
    return try unsafe body(key)
  }

  // MARK: PEM

  private static let begin = Array("-----BEGIN PRIVATE KEY-----\n".utf8)
  private static let end = Array("\n-----END PRIVATE KEY-----\n".utf8)
  /// PKCS #8 (RFC 5958) of an Ed25519 key (RFC 8410, section 7): what stands before the seed.
  private static let header: [UInt8] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]
  /// Base64 of header and seed fits on one line.
  private static let textSize = 64

  /// The key as `openssl genpkey -algorithm ed25519` writes it.
  package var pem: SecretBytes {
    let whole = unsafe SecretBytes(count: Self.header.count + Self.seedSize) { memory in
      unsafe memory.copyBytes(from: Self.header)
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[Self.header.count...])
      unsafe seed.withBytes { bytes in unsafe rest.copyMemory(from: bytes) }
    }
    return unsafe SecretBytes(count: Self.begin.count + Self.textSize + Self.end.count) { memory in
      unsafe memory.copyBytes(from: Self.begin)
      let body = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[Self.begin.count...])
      unsafe whole.withBytes { bytes in unsafe Base64.encode(bytes, to: body) }
      // After the base64, for its encoder ends with a zero.
      unsafe UnsafeMutableRawBufferPointer(rebasing: body[Self.textSize...]).copyBytes(from: Self.end)
    }
  }

  /// Reads a key as `pem` and OpenSSL write it; nothing for any other text.
  package init?(pem: SecretBytes) {
    let size = Self.header.count + Self.seedSize
    let begin = Self.begin.count
    let decoded: SecretBytes? = unsafe pem.withBytes { bytes in
      guard bytes.count == begin + Self.textSize + Self.end.count, unsafe bytes.starts(with: Self.begin),
        unsafe bytes[(begin + Self.textSize)...].elementsEqual(Self.end)
      else { return nil }
      let text = unsafe UnsafeRawBufferPointer(rebasing: bytes[begin..<(begin + Self.textSize)])
      var count = 0
      let decoded = unsafe SecretBytes(count: size) { memory in count = unsafe Base64.decode(text, to: memory) }
      return count == size ? decoded : nil
    }
    guard let decoded else { return nil }
    let seed: SecretBytes? = unsafe decoded.withBytes { bytes in
      guard unsafe bytes.starts(with: Self.header) else { return nil }
      return unsafe SecretBytes(count: Self.seedSize) { memory in
        unsafe memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[Self.header.count...]))
      }
    }
    guard let seed, let key = try? SigningKey(seed: seed) else { return nil }
    self = key
  }
}

/// A public key of Ed25519 (RFC 8032), by OpenSSL.
package struct VerifyingKey: Hashable, Sendable {
  package static let size = 32
  package static let signatureSize = 64

  package let bytes: [UInt8]

  /// Nothing for other than 32 bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.size else { return nil }
    self.bytes = bytes
  }

  /// Whether the holder of the private key signed this message.
  package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard signature.count == Self.signatureSize,
      let key = unsafe EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, bytes, bytes.count)
    else { return false }
    defer { unsafe EVP_PKEY_free(key) }
    guard let context = unsafe EVP_MD_CTX_new() else { return false }
    defer { unsafe EVP_MD_CTX_free(context) }
    return unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  /// What tells this key from others: the first 16 hex digits of its SHA-256.
  package var id: String { String(Digest256.sha256(bytes).hex.prefix(16)) }

  // MARK: PEM

  private static let begin = "-----BEGIN PUBLIC KEY-----\n"
  private static let end = "\n-----END PUBLIC KEY-----\n"
  /// SubjectPublicKeyInfo (RFC 5280) of an Ed25519 key (RFC 8410, section 4): what stands before the key.
  private static let header: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
  private static let textSize = 60

  /// The key as `openssl pkey -pubout` writes it.
  package var pem: String {
    var text = [UInt8](repeating: 0, count: Self.textSize + 1)
    unsafe (Self.header + bytes).withUnsafeBytes { bytes in
      unsafe text.withUnsafeMutableBytes { text in unsafe Base64.encode(bytes, to: text) }
    }
    return Self.begin + String(decoding: text.dropLast(), as: UTF8.self) + Self.end
  }

  /// Reads a key as `pem` and OpenSSL write it; nothing for any other text.
  package init?(pem: String) {
    guard pem.hasPrefix(Self.begin), pem.hasSuffix(Self.end) else { return nil }
    let text = Array(pem.utf8.dropFirst(Self.begin.utf8.count).dropLast(Self.end.utf8.count))
    guard text.count == Self.textSize else { return nil }
    var decoded = [UInt8](repeating: 0, count: Self.textSize / 4 * 3)
    let count = unsafe text.withUnsafeBytes { text in
      unsafe decoded.withUnsafeMutableBytes { decoded in unsafe Base64.decode(text, to: decoded) }
    }
    guard count == decoded.count, decoded.starts(with: Self.header) else { return nil }
    // Base64 of 44 bytes ends with one sign that stands for none.
    self.init(Array(decoded[Self.header.count...].dropLast()))
    if self.pem != pem { return nil }
  }
}
