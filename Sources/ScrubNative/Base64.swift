internal import COpenSSL

/// Base64 (RFC 4648, section 4) by OpenSSL, straight from one memory to another.
enum Base64 {
  /// Writes four signs for every three bytes, and a zero behind them, for which there must be room.
  static func encode(_ bytes: UnsafeRawBufferPointer, to text: UnsafeMutableRawBufferPointer) {
    guard let count = Int32(exactly: bytes.count), (bytes.count + 2) / 3 * 4 < text.count else { return }
    unsafe _ = EVP_EncodeBlock(
      text.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count)
  }

  /// Writes three bytes for every four signs, padding as zeros, for which there must be room.
  ///
  /// - Returns: how many bytes, or a number below zero for what is no base64.
  static func decode(_ text: UnsafeRawBufferPointer, to bytes: UnsafeMutableRawBufferPointer) -> Int {
    guard let count = Int32(exactly: text.count), text.count / 4 * 3 <= bytes.count else { return -1 }
    return Int(
      unsafe EVP_DecodeBlock(
        bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), text.baseAddress?.assumingMemoryBound(to: UInt8.self), count))
  }
}
