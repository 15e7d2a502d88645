internal import COpenSSL

/// The unkeyed digests in which others name people. They hide nothing: they are only compared with.
package enum NamedDigest: String, CaseIterable, Hashable, Sendable {
  case md5 = "MD5"
  case sha1 = "SHA1"
  case sha256 = "SHA256"

  /// The digest in lower-case hex.
  package func hex(_ bytes: [UInt8]) throws(NativeError) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 64)
    var count = 0
    let result = unsafe bytes.withUnsafeBytes { input in
      unsafe digest.withUnsafeMutableBufferPointer { output in
        unsafe EVP_Q_digest(nil, rawValue, nil, input.baseAddress, input.count, output.baseAddress, &count)
      }
    }
    guard result == 1, count <= digest.count else { throw NativeError(.digest) }
    return Array(Digest256.hex(digest.prefix(count)).utf8)
  }
}
