internal import ScrubNative

/// Remembers recent pseudonyms, so that a person who comes again costs a comparison and no HMAC.
///
/// A table with two entries for each hash: a newcomer takes the first, and what was there moves to the second. It starts
/// small, for memory that was never used before is dear, and grows to a fixed size. Holds values in clear, as the blocks
/// being read do, and only while its worker lives.
@safe struct PseudonymCache: ~Copyable {
  /// Longest value that is remembered, in bytes; longer ones are rare and cost little more to hash again.
  private static let valueLimit = 48
  private static let pseudonymLimit = 64
  private static let entriesOfPlace = 2
  private static let placeSize = entriesOfPlace * stride
  /// Places of two entries of 128 bytes: 2 MiB at first, 32 MiB at most.
  private static let leastPlaceCount = 1 << 13
  private static let mostPlaceCount = 1 << 17

  /// An entry: eight bytes of hash, the two lengths, padding to 16; then the value, then the pseudonym.
  private static let stride = 128
  private static let valueOffset = 16
  private static let pseudonymOffset = 64

  private var memory: UnsafeMutableRawPointer?
  private var placeCount = leastPlaceCount
  /// How many values were remembered.
  private var rememberedCount = 0

  deinit { if let memory = unsafe memory { unsafe releaseMemory(memory, byteCount: placeCount * Self.placeSize) } }

  /// Where a value is remembered, or would be.
  struct Place {
    /// Zero for a value that is not remembered.
    let hash: UInt64

    static let none = Place(hash: 0)
  }

  /// The place of a value under one kind of pseudonym.
  @inline(__always)
  func place(_ value: borrowing RawSpan, _ range: Range<Int>, kind: Int) -> Place {
    guard range.count <= Self.valueLimit else { return .none }
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
    return Place(hash: hash | 1)
  }

  @inline(__always)
  private func offset(_ hash: UInt64) -> Int { (Int(truncatingIfNeeded: hash >> 8) & (placeCount &- 1)) &* Self.placeSize }

  /// Asks for the memory of a place without waiting for it: that for several values is on its way at once, where one
  /// after the other would each wait.
  @inline(__always)
  func prefetch(_ place: Place) {
    guard let memory = unsafe memory, place.hash != 0 else { return }
    // In bounds: a place is one of `placeCount`.
    unsafe ScrubNative.prefetch(UnsafeRawBufferPointer(start: memory + offset(place.hash), count: Self.placeSize))
  }

  /// Appends the pseudonym remembered at a place, when it is that of this very value.
  @inline(__always)
  func append(
    _ place: Place, _ value: borrowing RawSpan, _ range: Range<Int>, kind: Int, to output: inout ByteSink
  ) -> Bool {
    guard let memory = unsafe memory, place.hash != 0 else { return false }
    for index in 0..<Self.entriesOfPlace {
      // In bounds: a place is one of `placeCount` and has so many entries.
      let entry = unsafe memory + offset(place.hash) + index &* Self.stride
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
    guard place.hash != 0, (1...Self.pseudonymLimit).contains(count), kind < 1 << 16 else { return }
    // Half of the entries are taken at most, but for those that share a place.
    if rememberedCount > placeCount && placeCount < Self.mostPlaceCount { grow() }
    guard let memory = unsafe self.memory ?? allocate() else { return }
    rememberedCount &+= 1
    // In bounds: a place is one of `placeCount` and has two entries.
    let entry = unsafe memory + offset(place.hash)
    unsafe (entry + Self.stride).copyMemory(from: entry, byteCount: Self.stride)
    unsafe entry.storeBytes(of: place.hash, as: UInt64.self)
    unsafe entry.storeBytes(of: UInt8(range.count), toByteOffset: 8, as: UInt8.self)
    unsafe entry.storeBytes(of: UInt8(count), toByteOffset: 9, as: UInt8.self)
    unsafe entry.storeBytes(of: UInt16(kind), toByteOffset: 10, as: UInt16.self)
    // In bounds: `place` has no hash for a longer value.
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
    unsafe memory = zeroedMemory(byteCount: placeCount * Self.placeSize)
    return unsafe memory
  }

  /// Makes the table four times as large, as long as the system has the memory.
  private mutating func grow() {
    let (old, oldCount) = unsafe (memory, placeCount)
    placeCount *= 4
    guard let old = unsafe old, unsafe allocate() != nil else {
      (unsafe memory, placeCount) = unsafe (old, oldCount)
      rememberedCount = 0
      return
    }
    for place in 0..<oldCount {
      // The older one first, which then is the second in its new place too.
      for index in (0..<Self.entriesOfPlace).reversed() {
        // In bounds: so many places there were.
        let entry = unsafe old + place &* Self.placeSize + index &* Self.stride
        let hash = unsafe entry.load(as: UInt64.self)
        guard hash != 0, let memory = unsafe memory else { continue }
        // In bounds: a place is one of `placeCount` and has two entries.
        let target = unsafe memory + offset(hash)
        unsafe (target + Self.stride).copyMemory(from: target, byteCount: Self.stride)
        unsafe target.copyMemory(from: entry, byteCount: Self.stride)
      }
    }
    unsafe releaseMemory(old, byteCount: oldCount * Self.placeSize)
  }
}
