/// Tells at more than a gigabyte a second where in some bytes a value may stand, in any of its spellings.
///
/// Every fourth window of five bytes is looked up in a table of bits: eight bytes of a spelling hold one of them wholly.
/// Where it strikes, the eight bytes around are looked up. Letters, digits and their like that are escaped without need
/// strike too, for under them anything may stand.
struct SweepFilter: Sendable {
  /// By hash of a window.
  private var bits: [UInt64]
  private let shift: UInt64
  /// By hash: anchors, and 0 in empty places.
  private var anchors: [UInt64]
  private let mask: Int

  private static let stride = 4
  private static let window: UInt64 = 0xff_ffff_ffff
  private static let folding: UInt64 = 0x2020_2020_2020_2020

  init(_ words: Set<UInt64>) {
    var logarithm: UInt64 = 15
    while 1 << logarithm < words.count * 4 * 32 && logarithm < 26 { logarithm += 1 }
    shift = 64 - logarithm
    bits = Array(repeating: 0, count: 1 << (logarithm - 6))
    var size = 16
    while size < words.count * 4 { size *= 2 }
    anchors = Array(repeating: 0, count: size)
    mask = size - 1
    for word in words {
      for offset in 0..<Self.stride {
        let place = Self.hash(word >> UInt64(8 * offset) & Self.window) >> shift
        bits[Int(place >> 6)] |= 1 << (place & 63)
      }
      var index = Int(truncatingIfNeeded: Self.hash(word) >> 32) & mask
      while anchors[index] != 0 { index = (index + 1) & mask }
      anchors[index] = word
    }
  }

  @inline(__always)
  private static func hash(_ word: UInt64) -> UInt64 {
    let product = word &* 0x9e37_79b9_7f4a_7c15
    return (product ^ product >> 32) &* 0xd6e8_feb8_6659_fd93
  }

  /// The first place in `range` where a value may stand, or the end of the range.
  func firstStrike(_ bytes: borrowing RawSpan, in range: Range<Int>) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount)
    let bits = self.bits.span
    var index = range.lowerBound
    // A word is read whole, so the end is left to the loop below.
    while index &+ 12 <= range.upperBound {
      // In bounds, as the condition says.
      let (first, second) = unsafe (bytes.uncheckedWord(at: index), bytes.uncheckedWord(at: index &+ 4))
      let (isFirst, isSecond) = (isSet(bits, first), isSet(bits, second))
      let signs = zeroBytes(in: first ^ 0x2525_2525_2525_2525) | zeroBytes(in: first ^ 0x5c5c_5c5c_5c5c_5c5c)
      if isFirst || isSecond || signs != 0 {
        if let needless = needless(bytes, in: range, from: index, signs) { return needless }
        let starts =
          max(range.lowerBound, isFirst ? index &- 3 : index &+ 1)..<(isSecond ? index &+ 5 : index &+ 1)
        if let anchor = anchor(bytes, in: starts, range.upperBound) { return anchor }
      }
      index &+= 8
    }
    return lastStrike(bytes, in: range, from: index)
  }

  @inline(__always)
  private func isSet(_ bits: Span<UInt64>, _ word: UInt64) -> Bool {
    let place = Self.hash((word | Self.folding) & Self.window) >> shift
    // In bounds: the table has a word for every 64 values of the shifted hash.
    return unsafe bits[unchecked: Int(truncatingIfNeeded: place >> 6)] & 1 << (place & 63) != 0
  }

  /// The first place of an anchor that covers one of the windows at hand.
  @inline(never)
  private func anchor(_ bytes: borrowing RawSpan, in starts: Range<Int>, _ end: Int) -> Int? {
    for start in starts where holdsAnchor(bytes, start, end) { return start }
    return nil
  }

  /// The first needless escape at one of the signs that are marked in the word at `index`.
  @inline(__always)
  private func needless(
    _ bytes: borrowing RawSpan, in range: Range<Int>, from index: Int, _ marks: UInt64
  ) -> Int? {
    var marks = marks
    while marks != 0 {
      let place = index &+ marks.trailingZeroBitCount / 8
      if isNeedless(bytes, place, range.upperBound) { return place }
      marks &= marks &- 1
    }
    return nil
  }

  private func lastStrike(_ bytes: borrowing RawSpan, in range: Range<Int>, from index: Int) -> Int {
    for start in max(range.lowerBound, index &- 3)..<max(index, range.upperBound) {
      if isNeedless(bytes, start, range.upperBound) || holdsAnchor(bytes, start, range.upperBound) {
        return start
      }
    }
    return range.upperBound
  }

  private func holdsAnchor(_ bytes: borrowing RawSpan, _ start: Int, _ end: Int) -> Bool {
    guard start &+ SweepAnchors.length <= end else { return false }
    let word = bytes.word(at: start) | Self.folding
    var index = Int(truncatingIfNeeded: Self.hash(word) >> 32) & mask
    while anchors[index] != 0 {
      if anchors[index] == word { return true }
      index = (index &+ 1) & mask
    }
    return false
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

  private func hexValue(_ digit: UInt8) -> UInt8 { isDigit(digit) ? digit & 15 : (digit & 15) &+ 9 }
}
