package import ScrubCore
package import ScrubNative

/// Expands and shrinks blocks with buffers of its own.
package struct BlockCodec: ~Copyable {
  private let engine: BlockEngine
  package let isNull: Bool
  /// The plain bytes of the block that was expanded last.
  package var plain = ByteSink(capacity: 64)
  /// The stored bytes of the block that was shrunk last.
  package var stored = ByteSink(capacity: 64)

  /// The room that is tried first for a block that does not say how much it needs.
  private static let leastRoom = 1 << 16

  package init(_ codec: AvroCodec) throws(NativeError) {
    isNull = codec == .null
    engine =
      switch codec {
      case .null: .null
      case .snappy: .snappy
      case .deflate: .deflate(try BlockDeflate())
      case .zstandard: .zstandard(try BlockZstandard())
      }
  }

  /// Expands a block into `plain`.
  ///
  /// - Returns: what is wrong with it: damage, or more plain bytes than `limit`.
  package mutating func expand(_ block: borrowing RawSpan, limit: Int) -> FailureCode? {
    plain.removeAll()
    let told = unsafe block.withUnsafeBytes { unsafe engine.plainSize($0) }
    if let told, told > limit { return .blockTooLarge }
    var room = told ?? min(max(block.byteCount * 4, Self.leastRoom), limit)
    while true {
      var result = BlockExpansion.damaged
      unsafe block.withUnsafeBytes { bytes in
        unsafe plain.withRoom(room) { output in
          result = unsafe engine.expand(bytes, into: UnsafeMutableRawBufferPointer(rebasing: output[..<room]))
          if case .done(let count) = result { return count }
          return 0
        }
      }
      switch result {
      case .done: return nil
      case .damaged: return .inflate
      case .needsRoom:
        if room == limit { return .blockTooLarge }
        room = min(max(room * 2, Self.leastRoom), limit)
      }
    }
  }

  /// Shrinks plain bytes into `stored`.
  package mutating func shrink(_ bytes: borrowing RawSpan) throws(NativeError) {
    stored.removeAll()
    let room = engine.bound(bytes.byteCount)
    var failure: NativeError?
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe stored.withRoom(room) { output in
        do throws(NativeError) { return try unsafe engine.shrink(bytes, into: output) } catch { failure = error }
        return 0
      }
    }
    if let failure { throw failure }
  }
}

/// What does the work of a codec.
private enum BlockEngine: ~Copyable {
  case null, snappy
  case deflate(BlockDeflate)
  case zstandard(BlockZstandard)

  /// The number of plain bytes that a block says it holds.
  func plainSize(_ stored: UnsafeRawBufferPointer) -> Int? {
    switch self {
    case .null: nil
    case .deflate: nil
    case .snappy: unsafe BlockSnappy.plainSize(stored)
    case .zstandard(let zstandard): unsafe zstandard.plainSize(stored)
    }
  }

  func expand(_ stored: UnsafeRawBufferPointer, into plain: UnsafeMutableRawBufferPointer) -> BlockExpansion {
    switch self {
    case .null: .damaged
    case .snappy: unsafe BlockSnappy.expand(stored, into: plain)
    case .deflate(let deflate): unsafe deflate.expand(stored, into: plain)
    case .zstandard(let zstandard): unsafe zstandard.expand(stored, into: plain)
    }
  }

  func bound(_ count: Int) -> Int {
    switch self {
    case .null: 0
    case .snappy: BlockSnappy.bound(count)
    case .deflate(let deflate): deflate.bound(count)
    case .zstandard(let zstandard): zstandard.bound(count)
    }
  }

  func shrink(
    _ plain: UnsafeRawBufferPointer, into stored: UnsafeMutableRawBufferPointer
  ) throws(NativeError) -> Int {
    switch self {
    case .null: 0
    case .snappy: try unsafe BlockSnappy.shrink(plain, into: stored)
    case .deflate(let deflate): try unsafe deflate.shrink(plain, into: stored)
    case .zstandard(let zstandard): try unsafe zstandard.shrink(plain, into: stored)
    }
  }
}
