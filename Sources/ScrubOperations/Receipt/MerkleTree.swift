package import ScrubNative

/// A tree of SHA-256 digests as RFC 6962 (section 2.1) makes it: whoever holds its root can be shown that one item is
/// under it, without the others.
package enum MerkleTree {
  /// The digest of no items is that of no bytes.
  package static func root(of items: [[UInt8]]) -> Digest256 {
    items.isEmpty ? Digest256.sha256([UInt8]()) : root(items[...])
  }

  private static func root(_ items: ArraySlice<[UInt8]>) -> Digest256 {
    if items.count == 1 { return Digest256.sha256([0] + items[items.startIndex]) }
    var split = 1
    while split * 2 < items.count { split *= 2 }
    let middle = items.startIndex + split
    return Digest256.sha256([1] + root(items[..<middle]).bytes + root(items[middle...]).bytes)
  }
}
