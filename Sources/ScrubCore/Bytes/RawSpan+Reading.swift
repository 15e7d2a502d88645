internal import ScrubNative

extension RawSpan {
  /// The byte at `index`, which must be in bounds.
  subscript(index: Int) -> UInt8 {
    // Checked by the load itself.
    unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self)
  }

  /// The eight bytes from `index` on, the first one lowest; all must be in bounds.
  func word(at index: Int) -> UInt64 {
    // Checked by the load itself.
    unsafe UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
  }

  /// The eight bytes from `index` on, the first one lowest, without a check.
  ///
  /// - Precondition: `0 <= index && index + 8 <= byteCount`, as the condition of the loop around it says.
  @unsafe @inline(__always)
  func uncheckedWord(at index: Int) -> UInt64 {
    unsafe UInt64(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self))
  }

  /// The byte at `index`, or zero where there is none.
  @inline(__always)
  func byteOrZero(at index: Int) -> UInt8 {
    guard UInt(bitPattern: index) < UInt(bitPattern: byteCount) else { return 0 }
    // In bounds: checked above.
    return unsafe unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
  }

  /// The place of the first quote, backslash or control character at or after `start`, or `byteCount`.
  @inline(__always)
  func stringStop(from start: Int) -> Int {
    precondition(start >= 0)
    if start >= byteCount { return byteCount }
    return unsafe withUnsafeBytes { unsafe ScrubNative.stringStop(in: $0, from: start) }
  }

  /// The index of the first `byte` at or after `start`, or `byteCount` if there is none.
  package func firstIndex(of byte: UInt8, from start: Int) -> Int {
    precondition((0...byteCount).contains(start))
    return firstIndex(of: byte, in: start..<byteCount)
  }

  /// The index of the first `byte` in a range, or the range's end if there is none.
  func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
    let pattern = UInt64(byte) &* 0x0101_0101_0101_0101
    var index = range.lowerBound
    while index &+ 8 <= range.upperBound {
      // In bounds: the range is, and the loop stops eight bytes before its end.
      let hits = unsafe zeroBytes(in: uncheckedWord(at: index) ^ pattern)
      if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
      index &+= 8
    }
    while index < range.upperBound && self[index] != byte { index &+= 1 }
    return index
  }

  /// Whether a range holds `byte`.
  func contains(_ byte: UInt8, in range: Range<Int>) -> Bool { firstIndex(of: byte, in: range) < range.upperBound }

  /// The place of the first byte of a range that is part of no ASCII character, or the range's end.
  func firstBeyondASCII(in range: Range<Int>) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
    var index = range.lowerBound
    while index &+ 8 <= range.upperBound {
      // In bounds: the range is, and the loop stops eight bytes before its end.
      let high = unsafe uncheckedWord(at: index) & 0x8080_8080_8080_8080
      if high != 0 { return index &+ high.trailingZeroBitCount / 8 }
      index &+= 8
    }
    while index < range.upperBound && self[index] < 0x80 { index &+= 1 }
    return index
  }

  /// The index behind the last `byte` of a range, or the range's start if there is none.
  package func indexAfterLast(_ byte: UInt8, in range: Range<Int>) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
    var index = range.upperBound
    while index > range.lowerBound && self[index - 1] != byte { index -= 1 }
    return index
  }

  /// Whether `self[range]` is exactly `other`.
  func equals(_ range: Range<Int>, _ other: [UInt8]) -> Bool {
    guard range.count == other.count else { return false }
    var index = 0
    while index < other.count {
      if self[range.lowerBound &+ index] != other[index] { return false }
      index &+= 1
    }
    return true
  }

  func equals(_ range: Range<Int>, _ other: borrowing RawSpan) -> Bool {
    guard range.count == other.byteCount else { return false }
    var index = 0
    while index < other.byteCount {
      if self[range.lowerBound &+ index] != other[index] { return false }
      index &+= 1
    }
    return true
  }

  /// The bytes of a range of at most eight as a number, the first one lowest.
  func littleEndian(_ range: Range<Int>) -> UInt64 {
    range.reversed().reduce(0) { $0 << 8 | UInt64(self[$1]) }
  }

  /// Where the blanks end that start at a place; a line feed is none of them.
  package func lineBlanksEnd(from start: Int) -> Int {
    var index = start
    while index < byteCount, self[index] == 0x20 || self[index] == 0x09 || self[index] == 0x0d { index += 1 }
    return index
  }

  /// Where the blanks end that start at a place, line feeds among them.
  package func blanksEnd(from start: Int) -> Int {
    var index = start
    while index < byteCount, self[index] == 0x20 || self[index] == 0x09 || self[index] == 0x0a || self[index] == 0x0d {
      index &+= 1
    }
    return index
  }

  /// A copy of `self[range]`.
  package func array(_ range: Range<Int>) -> [UInt8] {
    unsafe extracting(range).withUnsafeBytes { unsafe Array($0) }
  }
}

/// Marks with 0x80 the first zero byte of a word (marks above the first one may be false).
///
/// Source: Mycroft's test, as in "Bit Twiddling Hacks" (S. E. Anderson, Stanford).
@inline(__always)
func zeroBytes(in word: UInt64) -> UInt64 {
  (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
}

extension RawSpan {
  /// The byte at `index`, for other modules; traps out of bounds.
  package func byte(at index: Int) -> UInt8 { self[index] }
}
