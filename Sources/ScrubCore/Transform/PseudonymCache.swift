internal import ScrubNative

/// Remembers recent pseudonyms, so that a person who comes again costs a comparison and no HMAC.
///
/// A table of fixed size with two entries for each hash: a newcomer takes the first, and what was there moves to the
/// second. Holds values in clear, as the blocks being read do, and only while its worker lives.
@safe struct PseudonymCache: ~Copyable {
  /// Longest value that is remembered, in bytes; longer ones are rare and cost little more to hash again.
  private static let valueLimit = 48
  private static let pseudonymLimit = 64
  /// 128 Ki places of two entries of 128 bytes: 32 MiB.
  private static let placeCount = 1 << 17
  private static let entriesOfPlace = 2
  private static let size = placeCount * entriesOfPlace * stride

  /// An entry: eight bytes of hash, the two lengths, padding to 16; then the value, then the pseudonym.
  private static let stride = 128
  private static let valueOffset = 16
  private static let pseudonymOffset = 64

  private var memory: UnsafeMutableRawPointer?

  deinit { if let memory = unsafe memory { unsafe releaseMemory(memory, byteCount: Self.size) } }

  /// Where a value is remembered, or would be.
  struct Place {
    /// -1 for a value that is too long to be remembered.
    let offset: Int
    let hash: UInt64

    /// Of what is not remembered.
    static let none = Place(offset: -1, hash: 0)
  }

  /// The place of a value under one kind of pseudonym.
  @inline(__always)
  func place(_ value: borrowing RawSpan, _ range: Range<Int>, kind: Int) -> Place {
    guard range.count <= Self.valueLimit else { return Place(offset: -1, hash: 0) }
    var hash = UInt64(truncatingIfNeeded: kind &* 64 &+ range.count &+ 1) &* 0x9e37_79b9_7f4a_7c15
    var index = range.lowerBound
    while index &+ 8 <= range.upperBound {
      hash = (hash ^ value.word(at: index)) &* 0xff51_afd7_ed55_8ccd
      hash ^= hash >> 32
      index &+= 8
    }
    var tail: UInt64 = 0
    if index < range.upperBound && index &+ 8 <= value.byteCount {
      tail = value.word(at: index) & ((1 << UInt64(8 &* (range.upperBound &- index))) &- 1)
    } else {
      var shift: UInt64 = 0
      while index < range.upperBound {
        tail |= UInt64(value[index]) << shift
        shift &+= 8
        index &+= 1
      }
    }
    hash = (hash ^ tail) &* 0xff51_afd7_ed55_8ccd
    hash ^= hash >> 32
    // Zero is the mark of an empty place.
    let place = Int(hash >> 8) & (Self.placeCount - 1)
    return Place(offset: place &* Self.entriesOfPlace &* Self.stride, hash: hash | 1)
  }

  /// Asks for the memory of a place without waiting for it: that for several values is on its way at once, where one
  /// after the other would each wait.
  @inline(__always)
  func prefetch(_ place: Place) {
    guard let memory = unsafe memory, place.offset >= 0 else { return }
    // In bounds: a place is one of `placeCount`.
    unsafe ScrubNative.prefetch(
      UnsafeRawBufferPointer(start: memory + place.offset, count: Self.entriesOfPlace * Self.stride))
  }

  /// Appends the pseudonym remembered at a place, when it is that of this very value.
  @inline(__always)
  func append(
    _ place: Place, _ value: borrowing RawSpan, _ range: Range<Int>, kind: Int, to output: inout ByteSink
  ) -> Bool {
    guard let memory = unsafe memory, place.offset >= 0 else { return false }
    for index in 0..<Self.entriesOfPlace {
      // In bounds: a place is one of `placeCount` and has so many entries.
      let entry = unsafe memory + place.offset + index &* Self.stride
      guard unsafe holds(entry, place, value, range, kind: kind) else { continue }
      // In bounds: the length was checked when the entry was filled.
      let count = unsafe Int(entry.load(fromByteOffset: 9, as: UInt8.self))
      // All that an entry has room for, which is copied in fewer steps than a number of bytes that is to be looked at.
      unsafe output.withRoom(Self.pseudonymLimit) { room in
        unsafe room.baseAddress?.copyMemory(from: entry + Self.pseudonymOffset, byteCount: Self.pseudonymLimit)
        return count
      }
      return true
    }
    return false
  }

  /// Whether an entry is that of this very value.
  @inline(__always)
  private func holds(
    _ entry: UnsafeMutableRawPointer, _ place: Place, _ value: borrowing RawSpan, _ range: Range<Int>, kind: Int
  ) -> Bool {
    guard unsafe entry.load(as: UInt64.self) == place.hash,
      unsafe Int(entry.load(fromByteOffset: 8, as: UInt8.self)) == range.count,
      unsafe Int(entry.load(fromByteOffset: 10, as: UInt16.self)) == kind
    else { return false }
    // In bounds: the length was checked when the entry was filled.
    var index = 0
    while index &+ 8 <= range.count {
      let known = unsafe UInt64(littleEndian: entry.load(fromByteOffset: Self.valueOffset &+ index, as: UInt64.self))
      if known != value.word(at: range.lowerBound &+ index) { return false }
      index &+= 8
    }
    while index < range.count {
      let known = unsafe entry.load(fromByteOffset: Self.valueOffset &+ index, as: UInt8.self)
      if known != value[range.lowerBound &+ index] { return false }
      index &+= 1
    }
    return true
  }

  /// Remembers the last `count` bytes of a sink as the pseudonym of a value.
  mutating func remember(
    _ place: Place, _ value: borrowing RawSpan, _ range: Range<Int>, kind: Int, _ output: borrowing ByteSink, count: Int
  ) {
    guard place.offset >= 0, (1...Self.pseudonymLimit).contains(count), kind < 1 << 16,
      let memory = unsafe self.memory ?? allocate()
    else { return }
    // In bounds: a place is one of `placeCount` and has two entries.
    let entry = unsafe memory + place.offset
    unsafe (entry + Self.stride).copyMemory(from: entry, byteCount: Self.stride)
    unsafe entry.storeBytes(of: place.hash, as: UInt64.self)
    unsafe entry.storeBytes(of: UInt8(range.count), toByteOffset: 8, as: UInt8.self)
    unsafe entry.storeBytes(of: UInt8(count), toByteOffset: 9, as: UInt8.self)
    unsafe entry.storeBytes(of: UInt16(kind), toByteOffset: 10, as: UInt16.self)
    // In bounds: `place` has no offset for a longer value.
    unsafe value.extracting(range).withUnsafeBytes { bytes in
      if let start = bytes.baseAddress { unsafe (entry + Self.valueOffset).copyMemory(from: start, byteCount: bytes.count) }
    }
    unsafe output.withUnsafeBytes { bytes in
      let pseudonym = unsafe UnsafeRawBufferPointer(rebasing: bytes.suffix(count))
      unsafe UnsafeMutableRawBufferPointer(start: entry + Self.pseudonymOffset, count: count).copyMemory(from: pseudonym)
    }
  }

  /// Made at the first pseudonym, for many runs need none; nothing where the system has no such memory.
  private mutating func allocate() -> UnsafeMutableRawPointer? {
    unsafe memory = zeroedMemory(byteCount: Self.size)
    return unsafe memory
  }
}
