internal import COpenSSL

/// AES-256-GCM (NIST SP 800-38D) under one key, by OpenSSL: each value under a nonce of its own, and bound to a text
/// that is stored beside it.
///
/// What is stored is the nonce of 12 random bytes, as many bytes as the value has, and the tag of 16. Not thread-safe:
/// each worker makes its own. A class because a context of C code is to be freed once.
@safe package final class EncryptedValues {
  package static let nonceSize = 12
  package static let tagSize = 16
  package static let keySize = 32

  /// Started with the key; a nonce starts each value.
  private let encrypting, decrypting: OpaquePointer

  /// - Throws: `NativeError` when OpenSSL refuses, or the key has not 32 bytes.
  package init(_ key: SecretBytes) throws(NativeError) {
    guard key.count == Self.keySize else { throw NativeError(.prepare, code: key.count) }
    guard let cipher = unsafe EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else { throw NativeError(.prepare) }
    // The contexts hold references of their own.
    defer { unsafe EVP_CIPHER_free(cipher) }
    let contexts = unsafe (EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_new())
    guard let encrypting = unsafe contexts.0, let decrypting = unsafe contexts.1 else {
      unsafe EVP_CIPHER_CTX_free(contexts.0)
      unsafe EVP_CIPHER_CTX_free(contexts.1)
      throw NativeError(.prepare)
    }
    unsafe self.encrypting = encrypting
    unsafe self.decrypting = decrypting
    let isStarted = unsafe key.withBytes { bytes in
      let key = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      return unsafe EVP_EncryptInit_ex2(encrypting, cipher, key, nil, nil) == 1
        && EVP_DecryptInit_ex2(decrypting, cipher, key, nil, nil) == 1
    }
    // Every property is set, so `deinit` frees the contexts.
    guard isStarted else { throw NativeError(.prepare) }
  }

  /// Encrypts a value under a fresh nonce: nonce, ciphertext, tag.
  ///
  /// - Parameter associatedData: what is stored beside the value, and must be the same when it is decrypted.
  /// - Throws: `NativeError` when OpenSSL refuses, or has no random bytes.
  package func encrypt(_ value: [UInt8], associatedData: [UInt8]) throws(NativeError) -> [UInt8] {
    var nonce = [UInt8](repeating: 0, count: Self.nonceSize)
    guard unsafe RAND_bytes(&nonce, Int32(Self.nonceSize)) == 1 else { throw NativeError(.random) }
    return try encrypt(value, nonce: nonce, associatedData: associatedData)
  }

  /// Encrypts under a nonce that was used for no other value of this key: of use to tests with known results only.
  package func encrypt(
    _ value: [UInt8], nonce: [UInt8], associatedData: [UInt8]
  ) throws(NativeError) -> [UInt8] {
    guard nonce.count == Self.nonceSize, let size = Int32(exactly: value.count),
      let associatedSize = Int32(exactly: associatedData.count)
    else { throw NativeError(.seal, code: value.count) }
    var stored = nonce + [UInt8](repeating: 0, count: value.count + Self.tagSize)
    let isSealed = unsafe stored.withUnsafeMutableBufferPointer { stored in
      guard let start = stored.baseAddress else { return false }
      let body = unsafe start + Self.nonceSize
      var count: Int32 = 0
      return unsafe EVP_EncryptInit_ex2(encrypting, nil, nil, nonce, nil) == 1
        && (associatedSize == 0 || EVP_EncryptUpdate(encrypting, nil, &count, associatedData, associatedSize) == 1)
        && (size == 0 || (EVP_EncryptUpdate(encrypting, body, &count, value, size) == 1 && count == size))
        && EVP_EncryptFinal_ex(encrypting, body + Int(size), &count) == 1 && count == 0
        && scrub_cipher_tag(encrypting, body + Int(size), Self.tagSize) == 1
    }
    guard isSealed else { throw NativeError(.seal) }
    return stored
  }

  /// The value of what `encrypt` gave; nothing where key or associated data are others, or a byte was changed.
  package func decrypt(_ stored: [UInt8], associatedData: [UInt8]) -> [UInt8]? {
    guard let size = Int32(exactly: stored.count - Self.nonceSize - Self.tagSize), size >= 0,
      let associatedSize = Int32(exactly: associatedData.count)
    else { return nil }
    // One more byte, so that an empty value has an address too.
    var value = [UInt8](repeating: 0, count: Int(size) + 1)
    let isOpen = unsafe stored.withUnsafeBufferPointer { stored in
      guard let start = stored.baseAddress else { return false }
      let body = unsafe start + Self.nonceSize
      var (count, rest): (Int32, Int32) = (0, 0)
      return unsafe EVP_DecryptInit_ex2(decrypting, nil, nil, start, nil) == 1
        && scrub_cipher_expect_tag(decrypting, body + Int(size), Self.tagSize) == 1
        && (associatedSize == 0 || EVP_DecryptUpdate(decrypting, nil, &count, associatedData, associatedSize) == 1)
        && (size == 0 || (EVP_DecryptUpdate(decrypting, &value, &count, body, size) == 1 && count == size))
        && EVP_DecryptFinal_ex(decrypting, &value[Int(size)], &rest) == 1 && rest == 0
    }
    guard isOpen else {
      // What was decrypted before the tag was found wrong is nobody's to see.
      unsafe value.withUnsafeMutableBytes { value in unsafe OPENSSL_cleanse(value.baseAddress, value.count) }
      return nil
    }
    value.removeLast()
    return value
  }

  deinit {
    unsafe EVP_CIPHER_CTX_free(encrypting)
    unsafe EVP_CIPHER_CTX_free(decrypting)
  }
}
