/// What identities a file may hold in events that were not noted: told of all that it holds, and of few others (a Bloom filter).
///
/// A later pass reads only files that may hold what it looks for: of what was noted everything is known.
package struct IdentityFilter: Sendable {
  private var words: [UInt64]
  private let mask: UInt64

  /// - Parameter byteCount: of the file; an event of some hundred bytes holds about four identities.
  package init(byteCount: Int) {
    var bits = 512
    while bits < byteCount / 12 { bits *= 2 }
    words = Array(repeating: 0, count: bits / 64)
    mask = UInt64(bits - 1)
  }

  /// Memory, in bytes.
  package var size: Int { words.count * 8 }

  @inline(__always)
  mutating func insert(_ hash: UInt64) {
    let (first, second) = (hash & mask, hash >> 32 & mask)
    words[Int(truncatingIfNeeded: first >> 6)] |= 1 << (first & 63)
    words[Int(truncatingIfNeeded: second >> 6)] |= 1 << (second & 63)
  }

  /// - Parameter hash: that of an identity, by `WatchList.hash`.
  package func mayHold(_ hash: UInt64) -> Bool {
    let (first, second) = (hash & mask, hash >> 32 & mask)
    return words[Int(truncatingIfNeeded: first >> 6)] & 1 << (first & 63) != 0
      && words[Int(truncatingIfNeeded: second >> 6)] & 1 << (second & 63) != 0
  }
}
