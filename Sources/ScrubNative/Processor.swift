public import CLinux

// What the processor can do that Swift does not show. Inlined into the loops that call it, for it takes less time than a
// call.

/// Asks for memory, in lines of 64 bytes, without waiting for it.
@inlinable @inline(__always)
package func prefetch(_ memory: UnsafeRawBufferPointer) {
  guard let start = memory.baseAddress else { return }
  var offset = 0
  while offset < memory.count {
    unsafe scrub_prefetch(start + offset)
    offset &+= 64
  }
}

/// The place of the first quote, backslash or control character of some bytes at or behind `start`, or their number:
/// sixteen bytes at a time, where the processor can.
///
/// - Precondition: `0 <= start && start <= bytes.count`.
@inlinable @inline(__always)
package func stringStop(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
  guard let first = bytes.baseAddress else { return 0 }
  // In bounds: no byte at or behind the number that is given is read.
  return unsafe scrub_string_stop(first.assumingMemoryBound(to: UInt8.self), start, bytes.count)
}

/// A hash of a word; all its bits are good.
@inlinable @inline(__always)
package func mixed(_ word: UInt64) -> UInt64 { scrub_mixed(word) }

/// Which windows of five bytes stand in some bytes: told of all that were put in, and of few others (a Bloom filter, of
/// which a look reads one word). Letters of either case are the same.
package struct WindowFilter: Sendable {
  private var blocks: [UInt64]
  private let shift: Int32

  /// - Parameter bits: how many it has, at least.
  package init(bits: Int) {
    var logarithm: Int32 = 1
    while 64 << logarithm < bits { logarithm += 1 }
    blocks = Array(repeating: 0, count: 1 << logarithm)
    shift = 64 - logarithm
  }

  /// - Parameter window: the first byte lowest; only five bytes count.
  package mutating func insert(_ window: UInt64) {
    let window = scrub_window(window)
    blocks[Int(window >> UInt64(shift))] |= scrub_filter_mask(window)
  }

  /// A step of sixteen bytes.
  package struct Strike: Sendable {
    /// Where it begins.
    package let place: Int
    /// By bit: which of the windows at every fourth byte may be in the filter.
    package let windows: UInt32
    /// By bit: which bytes are percent signs, or backslashes in front of a `u`.
    package let signs: UInt32

    package var isEmpty: Bool { windows | signs == 0 }
  }

  /// The first step from `start` on in which a window may be in the filter, or a sign stands. An empty one where none is,
  /// behind which there are fewer than twenty bytes.
  ///
  /// - Precondition: `0 <= start && start <= bytes.count`.
  package func firstStrike(in bytes: UnsafeRawBufferPointer, from start: Int) -> Strike {
    guard let first = bytes.baseAddress else { return Strike(place: start, windows: 0, signs: 0) }
    precondition(start >= 0 && start <= bytes.count)
    // In bounds: no byte at or behind the number that is given is read, and a block is named by as many bits as there are.
    return unsafe blocks.withUnsafeBufferPointer { blocks in
      let strike = unsafe scrub_first_strike(
        first.assumingMemoryBound(to: UInt8.self), start, bytes.count, blocks.baseAddress, shift)
      return Strike(place: Int(strike.place), windows: strike.windows, signs: strike.signs)
    }
  }
}
