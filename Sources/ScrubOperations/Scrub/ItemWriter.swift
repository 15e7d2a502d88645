internal import ScrubArchive
internal import ScrubCore

/// Puts the items of a document together again: every byte between two that stay, and none of what stood between
/// them and those that go.
struct ItemWriter: ~Copyable {
  private let isArray: Bool
  /// What stands in front of the first item, or behind the last one that was kept.
  private var gap = ByteSink(capacity: 64)
  private var isGapOpen = true
  private var hasItems = false
  private var hasKept = false

  init(isArray: Bool) { self.isArray = isArray }

  /// Takes what stands in front of an item.
  mutating func lead(_ bytes: borrowing RawSpan) {
    hasItems = true
    guard isGapOpen else { return }
    gap.append(bytes, 0..<bytes.byteCount)
    isGapOpen = false
  }

  /// Writes an item that stays.
  mutating func keep(_ item: borrowing RawSpan, to output: inout StagedFile) throws(Failure) {
    try output.write(gap.bytes)
    try output.write(item)
    gap.removeAll()
    isGapOpen = true
    hasKept = true
  }

  /// Writes what ends the document.
  mutating func end(_ tail: borrowing RawSpan, to output: inout StagedFile) throws(Failure) {
    // Objects one after the other leave nothing when none of them stays.
    if !isArray && !hasKept { return }
    try closeGap(&output)
    try output.write(tail)
  }

  /// Ends a document whose rest is withheld, so that an array is one.
  mutating func breakOff(_ output: inout StagedFile) throws(Failure) {
    guard isArray && hasItems else { return }
    try closeGap(&output)
    try output.write([UInt8(ascii: "]")])
  }

  /// Writes what stays of a gap behind which nothing was kept: all in front of its comma.
  private mutating func closeGap(_ output: inout StagedFile) throws(Failure) {
    guard isArray && !isGapOpen else { return }
    let bytes = gap.bytes
    let end = bytes.firstIndex(of: UInt8(ascii: ","), from: 0)
    try output.write(bytes.extracting(0..<end))
  }
}
