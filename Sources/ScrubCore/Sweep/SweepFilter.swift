internal import ScrubNative

/// Tells at more than a gigabyte a second where in some bytes a value may stand, in any of its spellings.
///
/// Every fourth window of five bytes is looked up in a filter: eight bytes of a spelling hold one of them wholly.
/// Where it strikes, the eight bytes around are looked up, and what stands in front of them is compared. Letters, digits
/// and their like that are escaped without need strike too, for under them anything may stand.
struct SweepFilter: Sendable {
  private var windows: WindowFilter
  /// By hash of their words; those that are alike follow each other.
  private var anchors: [SweepAnchors.Anchor]
  private let mask: Int
  private static let empty = SweepAnchors.Anchor(word: 0, front: 0, frontMask: 0)

  /// From one window to the next.
  private static let gap = 4
  /// Bytes that the filter looks at together.
  private static let step = 16
  private static let folding: UInt64 = 0x2020_2020_2020_2020

  init(_ all: Set<SweepAnchors.Anchor>) {
    // Many are spellings of one value in base64, and share their windows.
    windows = WindowFilter(bits: min(max(all.count * 32, 1 << 16), 1 << 26))
    var size = 16
    while size < all.count * 2 { size *= 2 }
    anchors = Array(repeating: Self.empty, count: size)
    mask = size - 1
    for anchor in all {
      for offset in 0..<Self.gap { windows.insert(anchor.word >> UInt64(8 * offset)) }
      var index = Int(truncatingIfNeeded: mixed(anchor.word)) & mask
      while anchors[index].word != 0 { index = (index + 1) & mask }
      anchors[index] = anchor
    }
  }

  /// The first place in `range` where a value may stand, or the end of the range.
  func firstStrike(_ bytes: borrowing RawSpan, in range: Range<Int>) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount)
    let before = bytes.extracting(0..<range.upperBound)
    var index = range.lowerBound
    while true {
      let strike = unsafe before.withUnsafeBytes { unsafe windows.firstStrike(in: $0, from: index) }
      if strike.isEmpty { return lastStrike(bytes, in: range, from: strike.place) }
      if let place = place(of: strike, bytes, in: range) { return place }
      index = strike.place &+ Self.step
    }
  }

  /// The first place of a step where a needless escape begins, or an anchor that covers a window of it.
  private func place(of strike: WindowFilter.Strike, _ bytes: borrowing RawSpan, in range: Range<Int>) -> Int? {
    let anchor = anchor(strike, bytes, in: range)
    var signs = strike.signs
    while signs != 0 {
      let place = strike.place &+ signs.trailingZeroBitCount
      if place >= anchor ?? .max { break }
      if isNeedless(bytes, place, range.upperBound) { return place }
      signs &= signs &- 1
    }
    return anchor
  }

  private func anchor(_ strike: WindowFilter.Strike, _ bytes: borrowing RawSpan, in range: Range<Int>) -> Int? {
    var windows = strike.windows
    while windows != 0 {
      let window = strike.place &+ windows.trailingZeroBitCount &* Self.gap
      for start in max(range.lowerBound, window &- Self.gap &+ 1)...window
      where holdsAnchor(bytes, start, in: range) { return start }
      windows &= windows &- 1
    }
    return nil
  }

  private func lastStrike(_ bytes: borrowing RawSpan, in range: Range<Int>, from index: Int) -> Int {
    for start in max(range.lowerBound, index &- 3)..<max(index, range.upperBound) {
      if isNeedless(bytes, start, range.upperBound) || holdsAnchor(bytes, start, in: range) {
        return start
      }
    }
    return range.upperBound
  }

  private func holdsAnchor(_ bytes: borrowing RawSpan, _ start: Int, in range: Range<Int>) -> Bool {
    guard start &+ SweepAnchors.length <= range.upperBound else { return false }
    let word = bytes.word(at: start) | Self.folding
    var index = Int(truncatingIfNeeded: mixed(word)) & mask
    while anchors[index].word != 0 {
      if anchors[index].word == word && stands(anchors[index], bytes, start, in: range) { return true }
      index = (index &+ 1) & mask
    }
    return false
  }

  /// Whether what must stand in front of an anchor does.
  private func stands(
    _ anchor: SweepAnchors.Anchor, _ bytes: borrowing RawSpan, _ start: Int, in range: Range<Int>
  ) -> Bool {
    if anchor.frontMask == 0 { return true }
    let first = start &- SweepAnchors.length
    if first >= 0 {
      guard start &- anchor.frontMask.nonzeroBitCount / 8 >= range.lowerBound else { return false }
      return (bytes.word(at: first) | Self.folding) & anchor.frontMask == anchor.front
    }
    var front: UInt64 = 0
    for place in range.lowerBound..<start { front = front >> 8 | UInt64(bytes[place] | 0x20) << 56 }
    return front & anchor.frontMask == anchor.front
  }

  /// Whether an escape starts at a place, `%61` or `\u0061`, of a character that none needs: under it a value may hide.
  private func isNeedless(_ bytes: borrowing RawSpan, _ at: Int, _ end: Int) -> Bool {
    switch bytes[at] {
    case UInt8(ascii: "%"):
      guard let byte = escaped(bytes, at &+ 1, end) else { return false }
      // Percent-encoded twice, `%2561`.
      let inner = byte == UInt8(ascii: "%") ? escaped(bytes, at &+ 3, end) : byte
      return inner.map { SweepAnchors.isUnreserved($0) || $0 == UInt8(ascii: "\\") } ?? false
    case UInt8(ascii: "\\"):
      guard at &+ 6 <= end, bytes[at &+ 1] == UInt8(ascii: "u"), bytes[at &+ 2] == 0x30,
        bytes[at &+ 3] == 0x30
      else {
        return false
      }
      // `\u0025` is a percent sign, under which more may hide.
      return escaped(bytes, at &+ 4, end).map { SweepAnchors.isUnreserved($0) || $0 == UInt8(ascii: "%") }
        ?? false
    default: return false
    }
  }

  /// The byte that two hex digits stand for.
  private func escaped(_ bytes: borrowing RawSpan, _ start: Int, _ end: Int) -> UInt8? {
    guard start &+ 2 <= end, isHexDigit(bytes[start]), isHexDigit(bytes[start &+ 1]) else { return nil }
    return hexValue(bytes[start]) << 4 | hexValue(bytes[start &+ 1])
  }
}
