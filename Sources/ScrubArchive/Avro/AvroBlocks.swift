internal import ScrubCore

/// The codecs of Avro blocks that can be read and written.
package enum AvroCodec: String, Sendable { case null, deflate, snappy, zstandard }

/// What a block's header says, checked against what can be.
package struct BlockHeader: Sendable {
  package let recordCount: Int
  /// Stored bytes.
  package let size: Int
  /// Bytes of the header itself.
  package let length: Int

  private init(recordCount: Int, size: Int, length: Int) {
    self.recordCount = recordCount
    self.size = size
    self.length = length
  }

  /// Reads the header at the front of some bytes; nothing where it does not fit into them.
  package init?(at bytes: borrowing RawSpan) {
    var position = 0
    guard let count = try? bytes.readVarint(&position), let size = try? bytes.readVarint(&position) else { return nil }
    self.init(recordCount: count, size: size, length: position)
  }
}

/// Reads the blocks of a container behind its header.
package struct AvroBlocks {
  package let sync: [UInt8]
  /// The largest block, stored or plain, in bytes.
  package let limit: Int

  /// More records no block has. Counts of blocks that are withheld add up.
  private static let recordLimit = 1 << 32

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
    guard let header = file.withWindow({ BlockHeader(at: $0) }) else {
      return .damaged(file.available < 20 ? .truncated : .blockSize)
    }
    guard (0...Self.recordLimit).contains(header.recordCount), (0..<(1 << 48)).contains(header.size) else {
      return .damaged(.blockSize)
    }
    guard header.size <= limit else { return .tooLarge(header) }
    let end = header.length &+ header.size
    guard try file.fill(end + 16) else { return .damaged(.truncated) }
    let sync = sync
    let matches = file.withWindow { bytes in (0..<16).allSatisfy { bytes.byte(at: end &+ $0) == sync[$0] } }
    return matches ? .block(header) : .damaged(.sync)
  }

  /// Passes over a block that is too large.
  ///
  /// - Returns: whether it ends with the sync marker.
  package func skip(_ header: BlockHeader, in file: inout InputFile) throws(Failure) -> Bool {
    var rest = header.length &+ header.size
    while rest > 0 {
      guard try file.fill(1) else { return false }
      let count = min(rest, file.available)
      file.consume(count)
      rest &-= count
    }
    guard try file.fill(16) else { return false }
    let sync = sync
    defer { file.consume(16) }
    return file.withWindow { bytes in (0..<16).allSatisfy { bytes.byte(at: $0) == sync[$0] } }
  }
}
