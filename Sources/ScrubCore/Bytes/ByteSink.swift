/// A growing buffer that is emptied and filled again, so that the steady state allocates nothing.
@safe package struct ByteSink: ~Copyable {
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  package private(set) var count = 0

  private static let leastCapacity = 64

  package init(capacity: Int = 4096) {
    self.capacity = max(capacity, Self.leastCapacity)
    unsafe base = .allocate(byteCount: self.capacity, alignment: 16)
  }

  deinit { unsafe base.deallocate() }

  /// What was written so far; valid until the next change.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let buffer = unsafe UnsafeRawBufferPointer(start: base, count: count)
      return unsafe _overrideLifetime(buffer.bytes, borrowing: self)
    }
  }

  package func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(UnsafeRawBufferPointer(start: base, count: count))
  }

  package mutating func removeAll() { count = 0 }

  package mutating func removeLast(_ length: Int) {
    precondition((0...count).contains(length))
    count -= length
  }

  package mutating func append(_ byte: UInt8) {
    reserve(1)
    // In bounds: `reserve` made room.
    unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count += 1
  }

  /// Puts another byte in the place of one that was written.
  mutating func replace(at index: Int, with byte: UInt8) {
    precondition((0..<count).contains(index))
    // In bounds: checked above.
    unsafe base.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
  }

  /// Appends `source[range]`.
  package mutating func append(_ source: borrowing RawSpan, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= source.byteCount)
    guard !range.isEmpty else { return }
    if range.count <= Self.shortSize && source.byteCount &- range.lowerBound >= Self.shortSize {
      return appendShort(source, range)
    }
    reserve(range.count)
    unsafe source.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      // In bounds: checked above; the sink never holds its own source.
      unsafe (base + count).copyMemory(from: start + range.lowerBound, byteCount: range.count)
    }
    count += range.count
  }

  /// Appends everything that another sink holds.
  package mutating func append(_ other: borrowing ByteSink) {
    guard other.count <= Self.leastCapacity else { return append(other.bytes, 0..<other.count) }
    reserve(Self.leastCapacity)
    // In bounds: no sink has less memory, and `reserve` made room; what is too much is written over later.
    unsafe (base + count).copyMemory(from: other.base, byteCount: Self.leastCapacity)
    count += other.count
  }

  /// Of most of what is appended: a number of bytes that is known beforehand is copied in fewer steps.
  static let shortSize = 32

  /// The same for a short range with so many bytes from its start on: what is too much is written over later.
  @inline(__always)
  private mutating func appendShort(_ source: borrowing RawSpan, _ range: Range<Int>) {
    reserve(Self.shortSize)
    unsafe source.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      // In bounds: the caller looked at the source, and `reserve` made room.
      unsafe (base + count).copyMemory(from: start + range.lowerBound, byteCount: Self.shortSize)
    }
    count += range.count
  }

  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    reserve(bytes.count)
    unsafe (base + count).copyMemory(from: start, byteCount: bytes.count)
    count += bytes.count
  }

  package mutating func append(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe append($0) }
  }

  /// Lets `body` write into at least `room` free bytes and takes over the number that it returns.
  package mutating func withRoom<Failure: Error>(
    _ room: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
  ) throws(Failure) {
    reserve(room)
    let written = try unsafe body(UnsafeMutableRawBufferPointer(start: base + count, count: capacity - count))
    precondition((0...(capacity - count)).contains(written))
    count += written
  }

  /// Drops the first `length` bytes and moves the rest to the front.
  package mutating func removeFirst(_ length: Int) {
    precondition((0...count).contains(length))
    unsafe base.copyMemory(from: base + length, byteCount: count - length)
    count -= length
  }

  @inline(__always)
  private mutating func reserve(_ room: Int) {
    if capacity - count < room { grow(room) }
  }

  @inline(never)
  private mutating func grow(_ room: Int) {
    let larger = max(capacity * 2, count + room)
    let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
    unsafe moved.copyMemory(from: base, byteCount: count)
    unsafe base.deallocate()
    unsafe base = moved
    capacity = larger
  }
}
