package import ScrubCore
package import ScrubNative

/// The codecs of Avro blocks that can be read and written.
package enum AvroCodec: String, Sendable { case null, deflate }

/// What a block's header says, checked against what can be.
package struct BlockHeader: Sendable {
  package let recordCount: Int
  /// Stored bytes.
  package let size: Int
  /// Bytes of the header itself.
  package let length: Int
}

/// Reads the blocks of a container behind its header.
package struct AvroBlocks {
  package let sync: [UInt8]
  /// The largest block, stored or plain, in bytes.
  package let limit: Int

  package init(sync: [UInt8], limit: Int) {
    self.sync = sync
    self.limit = limit
  }

  package enum Next: Sendable {
    case end
    /// A whole block with its sync marker is at hand.
    case block(BlockHeader)
    /// The rest of the file cannot be read as blocks.
    case damaged(FailureCode)
    /// A block that is too large, to be passed over.
    case tooLarge(BlockHeader)
  }

  /// Brings the next block to the front of the file's window.
  package func next(_ file: inout InputFile) throws(Failure) -> Next {
    if try file.isAtEnd() { return .end }
    _ = try file.fill(20)
    guard let header = file.withWindow({ (bytes) -> BlockHeader? in
      var position = 0
      guard let count = try? bytes.readVarint(&position), let size = try? bytes.readVarint(&position) else { return nil }
      return BlockHeader(recordCount: count, size: size, length: position)
    }) else { return .damaged(file.available < 20 ? .truncated : .blockSize) }
    guard header.recordCount >= 0, header.size >= 0, header.size < 1 << 48 else { return .damaged(.blockSize) }
    guard header.size <= limit else { return .tooLarge(header) }
    guard try file.fill(header.length + header.size + 16) else { return .damaged(.truncated) }
    let sync = sync
    let matches = file.withWindow { bytes in
      (0..<16).allSatisfy { bytes.byte(at: header.length + header.size + $0) == sync[$0] }
    }
    return matches ? .block(header) : .damaged(.sync)
  }

  /// Passes over a block that is too large.
  ///
  /// - Returns: whether it ends with the sync marker.
  package func skip(_ header: BlockHeader, in file: inout InputFile) throws(Failure) -> Bool {
    var rest = header.length + header.size
    while rest > 0 {
      guard try file.fill(1) else { return false }
      let count = min(rest, file.available)
      file.consume(count)
      rest -= count
    }
    guard try file.fill(16) else { return false }
    let sync = sync
    defer { file.consume(16) }
    return file.withWindow { bytes in (0..<16).allSatisfy { bytes.byte(at: $0) == sync[$0] } }
  }
}

/// Expands and shrinks blocks with buffers of its own.
package struct BlockCodec: ~Copyable {
  private let codec: AvroCodec
  private var deflate: BlockDeflate?
  /// The plain bytes of the block that was expanded last.
  package var plain = ByteSink(capacity: 64)
  /// The stored bytes of the block that was shrunk last.
  package var stored = ByteSink(capacity: 64)

  package init(_ codec: AvroCodec) throws(NativeError) {
    self.codec = codec
    deflate = codec == .deflate ? try BlockDeflate() : nil
  }

  package var isNull: Bool { codec == .null }

  /// Expands a block into `plain`.
  ///
  /// - Returns: what is wrong with it: damage, or more plain bytes than `limit`.
  package mutating func expand(_ block: borrowing RawSpan, limit: Int) -> FailureCode? {
    plain.removeAll()
    var room = min(max(block.byteCount * 4, 1 << 16), limit)
    while true {
      var result = BlockDeflate.Expansion.damaged
      unsafe block.withUnsafeBytes { bytes in
        unsafe plain.withRoom(room) { output in
          result = unsafe deflate?.expand(bytes, into: UnsafeMutableRawBufferPointer(rebasing: output[..<room])) ?? .damaged
          if case .done(let count) = result { return count }
          return 0
        }
      }
      switch result {
      case .done: return nil
      case .damaged: return .inflate
      case .needsRoom:
        if room == limit { return .blockTooLarge }
        room = min(room * 2, limit)
      }
    }
  }

  /// Shrinks plain bytes into `stored`.
  package mutating func shrink(_ bytes: borrowing RawSpan) throws(NativeError) {
    stored.removeAll()
    let room = deflate?.bound(bytes.byteCount) ?? 0
    var failure: NativeError?
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe stored.withRoom(room) { output in
        do throws(NativeError) { return try unsafe deflate?.shrink(bytes, into: output) ?? 0 } catch { failure = error }
        return 0
      }
    }
    if let failure { throw failure }
  }
}
