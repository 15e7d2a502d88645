internal import COpenSSL

/// AES-256-SIV (RFC 5297) under one key, by OpenSSL: equal values give equal texts, and a text that was tampered with
/// does not open.
///
/// A sealed value is the tag of 16 bytes and then as many bytes as the value has. Not thread-safe: each worker makes
/// its own. A class because a context of C code is to be freed once.
@safe package final class SealedValues {
  package static let tagSize = 16
  /// The first half is for the MAC, the second for the cipher.
  package static let keySize = 64

  /// Started with the key; copied for each value, for OpenSSL 3.0 changes a context of SIV by a value under 16 bytes.
  private let sealing, opening: OpaquePointer
  private let copy: OpaquePointer

  /// - Parameter associatedData: what is authenticated with every value, and stands in none.
  /// - Throws: `NativeError` when OpenSSL refuses, or the key has not 64 bytes.
  package init(_ key: SecretBytes, associatedData: [UInt8] = []) throws(NativeError) {
    guard key.count == Self.keySize else { throw NativeError(.prepare, code: key.count) }
    guard let cipher = unsafe EVP_CIPHER_fetch(nil, "AES-256-SIV", nil) else { throw NativeError(.prepare) }
    // The contexts hold references of their own.
    defer { unsafe EVP_CIPHER_free(cipher) }
    let contexts = unsafe (EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_new())
    guard let sealing = unsafe contexts.0, let opening = unsafe contexts.1, let copy = unsafe contexts.2 else {
      unsafe EVP_CIPHER_CTX_free(contexts.0)
      unsafe EVP_CIPHER_CTX_free(contexts.1)
      unsafe EVP_CIPHER_CTX_free(contexts.2)
      throw NativeError(.prepare)
    }
    unsafe self.sealing = sealing
    unsafe self.opening = opening
    unsafe self.copy = copy
    try unsafe start(sealing, cipher, key, seals: 1, associatedData)
    try unsafe start(opening, cipher, key, seals: 0, associatedData)
  }

  private func start(
    _ context: OpaquePointer, _ cipher: OpaquePointer, _ key: SecretBytes, seals: Int32, _ associatedData: [UInt8]
  ) throws(NativeError) {
    let result = unsafe key.withBytes { bytes in
      unsafe EVP_CipherInit_ex2(
        context, cipher, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, seals, nil)
    }
    guard result == 1 else { throw NativeError(.prepare) }
    guard !associatedData.isEmpty else { return }
    var count: Int32 = 0
    guard unsafe EVP_CipherUpdate(context, nil, &count, associatedData, Int32(associatedData.count)) == 1 else {
      throw NativeError(.prepare)
    }
  }

  /// Writes the sealed value: as many bytes as the value has, and the tag's 16 more.
  ///
  /// - Parameter value: at least one byte, for OpenSSL 3.0 seals an empty value under a wrong tag.
  package func seal(_ value: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws(NativeError) {
    guard let start = value.baseAddress, let result = output.baseAddress, let size = Int32(exactly: value.count),
      size > 0, output.count == value.count + Self.tagSize
    else { throw NativeError(.seal, code: value.count) }
    var count: Int32 = 0
    let bytes = unsafe result.assumingMemoryBound(to: UInt8.self)
    guard
      unsafe EVP_CIPHER_CTX_copy(copy, sealing) == 1,
      unsafe EVP_EncryptUpdate(
        copy, bytes + Self.tagSize, &count, start.assumingMemoryBound(to: UInt8.self), size) == 1, count == size,
      unsafe scrub_cipher_tag(copy, bytes, Self.tagSize) == 1
    else { throw NativeError(.seal) }
  }

  /// The value of a sealed one; nothing where it was not made with this key, or tampered with.
  package func open(_ sealed: [UInt8]) -> [UInt8]? {
    guard sealed.count > Self.tagSize, let size = Int32(exactly: sealed.count - Self.tagSize) else { return nil }
    var value = [UInt8](repeating: 0, count: Int(size))
    var count: Int32 = 0
    let isOpen = unsafe sealed.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return false }
      return unsafe EVP_CIPHER_CTX_copy(copy, opening) == 1
        && scrub_cipher_expect_tag(copy, start, Self.tagSize) == 1
        && EVP_DecryptUpdate(copy, &value, &count, start + Self.tagSize, size) == 1 && count == size
    }
    return isOpen ? value : nil
  }

  deinit {
    unsafe EVP_CIPHER_CTX_free(sealing)
    unsafe EVP_CIPHER_CTX_free(opening)
    unsafe EVP_CIPHER_CTX_free(copy)
  }
}
