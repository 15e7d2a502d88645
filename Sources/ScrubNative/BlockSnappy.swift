internal import CDeflate
internal import CSnappy

/// Snappy of whole blocks in memory with the CRC-32 of the plain bytes behind it, four bytes, big-endian, as Avro
/// stores them (Avro specification 1.12, "Required Codecs" and "Optional Codecs").
package enum BlockSnappy {
  private static let checksumSize = 4
  /// A copy of 64 bytes takes three, and nothing says more in less (Snappy format description, section 2.2).
  private static let largestRatio = 22

  /// The number of plain bytes that a block says it holds; nothing where no such block can.
  package static func plainSize(_ stored: UnsafeRawBufferPointer) -> Int? {
    let count = stored.count - checksumSize
    guard count > 0 else { return nil }
    var size = 0
    let result = unsafe snappy_uncompressed_length(characters(stored), count, &size)
    guard result == SNAPPY_OK, size / largestRatio <= count else { return nil }
    return size
  }

  /// Expands a block into an output of `plainSize` bytes and checks its checksum.
  package static func expand(
    _ stored: UnsafeRawBufferPointer, into plain: UnsafeMutableRawBufferPointer
  ) -> BlockExpansion {
    guard var size = unsafe plainSize(stored) else { return .damaged }
    guard size <= plain.count else { return .needsRoom }
    let output = unsafe plain.baseAddress?.assumingMemoryBound(to: CChar.self)
    let result = unsafe snappy_uncompress(characters(stored), stored.count - checksumSize, output, &size)
    guard result == SNAPPY_OK else { return .damaged }
    let checksum = unsafe libdeflate_crc32(0, plain.baseAddress, size)
    let told = unsafe stored.suffix(checksumSize).reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    return checksum == told ? .done(size) : .damaged
  }

  /// The room that `shrink` needs for `count` bytes.
  package static func bound(_ count: Int) -> Int { snappy_max_compressed_length(count) + checksumSize }

  /// Compresses into an output of at least `bound` bytes and returns how many were written.
  package static func shrink(
    _ plain: UnsafeRawBufferPointer, into stored: UnsafeMutableRawBufferPointer
  ) throws(NativeError) -> Int {
    // The format tells the size in 32 bits.
    guard plain.count <= UInt32.max, stored.count >= bound(plain.count) else { throw NativeError(.compress) }
    var count = stored.count - checksumSize
    let output = unsafe stored.baseAddress?.assumingMemoryBound(to: CChar.self)
    let result = unsafe snappy_compress(characters(plain), plain.count, output, &count)
    guard result == SNAPPY_OK else { throw NativeError(.compress, code: Int(result.rawValue)) }
    let checksum = unsafe libdeflate_crc32(0, plain.baseAddress, plain.count)
    for index in 0..<checksumSize {
      // In bounds: `bound` leaves room for the checksum.
      unsafe stored[count + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * index))
    }
    return count + checksumSize
  }

  private static func characters(_ bytes: UnsafeRawBufferPointer) -> UnsafePointer<CChar>? {
    unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
  }
}
