internal import COpenSSL
internal import Glibc

/// 32 bytes of SHA-256 or HMAC-SHA256, as a plain value.
package struct Digest256: Hashable, Sendable {
  package var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  package init() {}

  package static func == (left: Digest256, right: Digest256) -> Bool { left.words == right.words }

  package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  package var bytes: [UInt8] { unsafe withUnsafeBytes(of: words) { unsafe Array($0) } }

  /// 64 lower-case hex digits.
  package var hex: String { Self.hex(bytes) }

  /// SHA-256 (FIPS 180-4) of bytes in memory.
  package static func sha256(_ bytes: [UInt8]) -> Digest256 {
    var digest = Digest256()
    unsafe withUnsafeMutableBytes(of: &digest.words) { unsafe NamedDigest.sha256.write(of: bytes, to: $0) }
    return digest
  }

  package static func sha256(_ text: String) -> Digest256 { sha256(Array(text.utf8)) }

  package static func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

/// HMAC-SHA256 (RFC 2104, FIPS 198-1) under one key, by OpenSSL, prepared once and used for many values.
///
/// Not thread-safe: each worker makes its own. A class because a worker holds a list of them, and an array
/// cannot hold noncopyable values.
@safe package final class KeyedDigest {
  private let context: OpaquePointer

  /// - Throws: `NativeError` when OpenSSL refuses; keys under 32 bytes are refused here, because OpenSSL
  ///   takes even an empty one.
  package init(_ key: SecretBytes) throws(NativeError) {
    guard key.count >= 32 else { throw NativeError(.prepare, code: key.count) }
    guard let mac = unsafe EVP_MAC_fetch(nil, "HMAC", nil) else { throw NativeError(.prepare) }
    // The context holds a reference of its own.
    defer { unsafe EVP_MAC_free(mac) }
    guard let context = unsafe EVP_MAC_CTX_new(mac) else { throw NativeError(.prepare) }
    unsafe self.context = context
    let result = unsafe key.withBytes { bytes in
      unsafe scrub_hmac_start(context, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
    guard result == 1 else { throw NativeError(.prepare, code: Int(result)) }
  }

  /// The MAC of the bytes.
  package func digest(_ bytes: UnsafeRawBufferPointer) throws(NativeError) -> Digest256 {
    // A null key starts again with the key of `init` (correct from OpenSSL 3.0.3 on).
    guard unsafe EVP_MAC_init(context, nil, 0, nil) == 1,
      unsafe EVP_MAC_update(context, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count) == 1
    else { throw NativeError(.digest) }
    var digest = Digest256()
    var count = 0
    let result = unsafe withUnsafeMutableBytes(of: &digest.words) { output in
      unsafe EVP_MAC_final(context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), &count, output.count)
    }
    guard result == 1, count == 32 else { throw NativeError(.digest) }
    return digest
  }

  deinit { unsafe EVP_MAC_CTX_free(context) }
}

/// SHA-256 (FIPS 180-4) over many pieces, by OpenSSL. Not thread-safe: each file being written has its own.
@safe package final class FileDigest {
  private let context: OpaquePointer
  private let algorithm: OpaquePointer

  package init() throws(NativeError) {
    guard let algorithm = unsafe EVP_MD_fetch(nil, "SHA256", nil) else { throw NativeError(.prepare) }
    guard let context = unsafe EVP_MD_CTX_new() else {
      unsafe EVP_MD_free(algorithm)
      throw NativeError(.prepare)
    }
    guard unsafe EVP_DigestInit_ex2(context, algorithm, nil) == 1 else {
      unsafe EVP_MD_CTX_free(context)
      unsafe EVP_MD_free(algorithm)
      throw NativeError(.prepare)
    }
    unsafe self.algorithm = algorithm
    unsafe self.context = context
  }

  package func update(_ bytes: UnsafeRawBufferPointer) throws(NativeError) {
    guard bytes.count > 0 else { return }
    guard unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else { throw NativeError(.digest) }
  }

  /// The digest of everything so far; the next piece starts a new one.
  package func finish() throws(NativeError) -> Digest256 {
    var digest = Digest256()
    var count: UInt32 = 0
    let result = unsafe withUnsafeMutableBytes(of: &digest.words) { output in
      unsafe EVP_DigestFinal_ex(context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), &count)
    }
    guard result == 1, count == 32 else { throw NativeError(.digest) }
    guard unsafe EVP_DigestInit_ex2(context, algorithm, nil) == 1 else { throw NativeError(.digest) }
    return digest
  }

  /// The digest of what a descriptor still gives.
  ///
  /// - Throws: `NativeError` when it cannot be read to its end.
  package static func of(descriptor: Int32) throws(NativeError) -> Digest256 {
    let digest = try FileDigest()
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = unsafe read(descriptor, &piece, piece.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw NativeError(.digest, code: Int(errno)) }
      if count == 0 { return try digest.finish() }
      try unsafe piece.span.bytes.extracting(0..<count).withUnsafeBytes { (bytes) throws(NativeError) in
        try unsafe digest.update(bytes)
      }
    }
  }

  deinit {
    unsafe EVP_MD_CTX_free(context)
    unsafe EVP_MD_free(algorithm)
  }
}

/// The version text of the OpenSSL that is running, not of the one compiled against.
package func openSSLVersion() -> String {
  unsafe OpenSSL_version(OPENSSL_VERSION).map { unsafe String(cString: $0) } ?? "unknown"
}
