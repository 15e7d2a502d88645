internal import COpenSSL

/// The two subkeys of a key under which digests of files are made: derived once, used for many files.
package struct FileDigestKey: Sendable {
  fileprivate let outer: SecretBytes
  fileprivate let tag: SecretBytes

  /// - Throws: `NativeError` when OpenSSL refuses.
  package init(_ key: SecretBytes) throws(NativeError) {
    outer = try Self.subkey(of: key, "currents-scrub/v1/file-digest")
    tag = try Self.subkey(of: key, "currents-scrub/v1/file-tag")
  }

  private static func subkey(of key: SecretBytes, _ use: String) throws(NativeError) -> SecretBytes {
    try deriveSubkey(from: key, salt: Array("state".utf8), info: Array(use.utf8), count: 32)
  }
}

/// A keyed digest of a file's bytes over many pieces, by OpenSSL: HMAC-SHA256 of their GMAC (NIST SP 800-38D) with
/// AES-256 and a nonce of zeros, under two subkeys of one key.
///
/// GMAC is several times as fast as SHA-256. Alone, and with one nonce, it would tell of its key; it is never shown, only
/// put through HMAC. So nobody without the key learns anything from the digests but whether two files are the same. Not
/// thread-safe: each file being read has its own. A class because optionals of it are needed, and a context of C code is
/// to be freed once.
@safe package final class KeyedFileDigest {
  private let tag: OpaquePointer
  private let outer: KeyedDigest

  /// - Throws: `NativeError` when OpenSSL refuses.
  package init(_ key: FileDigestKey) throws(NativeError) {
    outer = try KeyedDigest(key.outer)
    guard let mac = unsafe EVP_MAC_fetch(nil, "GMAC", nil) else { throw NativeError(.prepare) }
    // The context holds a reference of its own.
    defer { unsafe EVP_MAC_free(mac) }
    guard let context = unsafe EVP_MAC_CTX_new(mac) else { throw NativeError(.prepare) }
    unsafe tag = context
    let result = unsafe key.tag.withBytes { bytes in
      unsafe scrub_gmac_start(context, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
    guard result == 1 else { throw NativeError(.prepare, code: Int(result)) }
  }

  package func update(_ bytes: UnsafeRawBufferPointer) throws(NativeError) {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    guard unsafe EVP_MAC_update(tag, start.assumingMemoryBound(to: UInt8.self), bytes.count) == 1 else {
      throw NativeError(.digest)
    }
  }

  /// The digest of everything, after which there is no more.
  package func finish() throws(NativeError) -> Digest256 {
    try unsafe withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { (bytes) throws(NativeError) in
      var count = 0
      let result = unsafe EVP_MAC_final(tag, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), &count, bytes.count)
      guard result == 1, count == 16 else { throw NativeError(.digest) }
      return try unsafe outer.digest(UnsafeRawBufferPointer(bytes))
    }
  }

  deinit { unsafe EVP_MAC_CTX_free(tag) }
}
