internal import COpenSSL

/// The unkeyed digests in which others name people. They hide nothing: they are only compared with.
///
/// OpenSSL fails at them where it gets no memory, and at MD5 where a system forbids it. The program ends then, as it does
/// where Swift gets no memory: whoever went on without a digest would overlook a person, or a file that changed.
package enum NamedDigest: String, CaseIterable, Hashable, Sendable {
  case md5 = "MD5"
  case sha1 = "SHA1"
  case sha256 = "SHA256"

  /// The digest in lower-case hex.
  package func hex(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: size)
    unsafe digest.withUnsafeMutableBytes { unsafe write(of: bytes, to: $0) }
    return Array(Digest256.hex(digest).utf8)
  }

  /// In bytes.
  private var size: Int {
    switch self {
    case .md5: 16
    case .sha1: 20
    case .sha256: 32
    }
  }

  /// - Parameter digest: has the digest's size.
  func write(of bytes: [UInt8], to digest: UnsafeMutableRawBufferPointer) {
    var count = 0
    let result = unsafe bytes.withUnsafeBytes { input in
      unsafe EVP_Q_digest(
        nil, rawValue, nil, input.baseAddress, input.count, digest.baseAddress?.assumingMemoryBound(to: UInt8.self), &count)
    }
    guard result == 1, count == size, count == digest.count else { endWithout(rawValue) }
  }
}
