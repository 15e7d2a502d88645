/// What identities a file may hold in events that were not noted: told of all that it holds, and of few others (a Bloom filter).
///
/// A later pass reads only files that may hold what it looks for: of what was noted everything is known.
package struct IdentityFilter: Sendable {
  private var words: [UInt64]
  private let mask: UInt64

  /// - Parameter byteCount: of the file; an event of some hundred bytes holds about four identities.
  package init(byteCount: Int) {
    let size = Self.size(byteCount: byteCount)
    words = Array(repeating: 0, count: size / 8)
    mask = UInt64(size * 8 - 1)
  }

  /// What the filter of a file of so many bytes takes in memory, in bytes.
  package static func size(byteCount: Int) -> Int {
    var size = 64
    while size * 8 < byteCount / 12 { size *= 2 }
    return size
  }

  /// As another machine reads it: words of eight bytes, the least byte first.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(words.count * 8)
    for word in words {
      for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    return bytes
  }

  /// - Returns: nothing for bytes that are those of no filter.
  package init?(bytes: [UInt8]) {
    guard bytes.count >= 64, bytes.count & (bytes.count - 1) == 0 else { return nil }
    words = Array(repeating: 0, count: bytes.count / 8)
    mask = UInt64(bytes.count * 8 - 1)
    for (index, byte) in bytes.enumerated() { words[index / 8] |= UInt64(byte) << UInt64(8 * (index % 8)) }
  }

  mutating func insert(_ hashes: [UInt64]) {
    let mask = mask
    var span = words.mutableSpan
    for hash in hashes {
      let (first, second) = (hash & mask, hash >> 32 & mask)
      span[Int(truncatingIfNeeded: first >> 6)] |= 1 << (first & 63)
      span[Int(truncatingIfNeeded: second >> 6)] |= 1 << (second & 63)
    }
  }

  /// - Parameter hash: that of an identity, by `WatchList.hash`.
  package func mayHold(_ hash: UInt64) -> Bool {
    let (first, second) = (hash & mask, hash >> 32 & mask)
    return words[Int(truncatingIfNeeded: first >> 6)] & 1 << (first & 63) != 0
      && words[Int(truncatingIfNeeded: second >> 6)] & 1 << (second & 63) != 0
  }
}
