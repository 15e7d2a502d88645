package import ScrubCore

/// The header of an object container file (Avro specification 1.12, "Object Container Files").
package struct AvroHeader: Sendable {
  package static let magic: [UInt8] = [0x4f, 0x62, 0x6a, 1]
  package static let sizeLimit = 16 << 20
  private static let entryLimit = 1024

  /// Metadata in the file's order.
  package private(set) var metadata: [(key: [UInt8], value: [UInt8])] = []
  package let sync: [UInt8]
  /// Bytes of the header as it was read: where the blocks begin.
  package let length: Int

  /// The value of a key, or nothing.
  package subscript(key: String) -> [UInt8]? { metadata.first { $0.key == Array(key.utf8) }?.value }

  /// Parses a header at the start of `bytes`.
  ///
  /// - Returns: the header and where it ends; nothing when it needs more bytes than there are.
  /// - Throws: `RecordError` when no further bytes could make it one.
  package static func parse(_ bytes: borrowing RawSpan) throws(RecordError) -> (header: AvroHeader, end: Int)? {
    do throws(RecordError) {
      var position = magic.count
      var metadata: [(key: [UInt8], value: [UInt8])] = []
      while true {
        var count = try bytes.readVarint(&position)
        if count == 0 { break }
        if count < 0 {
          guard count > -entryLimit else { throw RecordError(.badLength, at: position) }
          count = -count
          _ = try bytes.readVarint(&position)
        }
        guard count <= entryLimit &- metadata.count else { throw RecordError(.badLength, at: position) }
        for _ in 0..<count {
          let key = try text(bytes, &position)
          let value = try text(bytes, &position)
          guard !metadata.contains(where: { $0.key == key }) else { throw RecordError(.badBranch, at: position) }
          metadata.append((key, value))
        }
      }
      guard bytes.byteCount &- position >= 16 else { throw RecordError(.endsEarly, at: position) }
      let sync = (0..<16).map { bytes.byte(at: position + $0) }
      return (AvroHeader(metadata: metadata, sync: sync, length: position + 16), position + 16)
    } catch {
      if error.code == .endsEarly && bytes.byteCount < sizeLimit { return nil }
      throw error
    }
  }

  private static func text(_ bytes: borrowing RawSpan, _ position: inout Int) throws(RecordError) -> [UInt8] {
    let length = try bytes.readVarint(&position)
    guard length >= 0, length <= sizeLimit else { throw RecordError(.badLength, at: position) }
    guard length <= bytes.byteCount &- position else { throw RecordError(.endsEarly, at: position) }
    let start = position
    position &+= length
    return unsafe bytes.extracting(start..<position).withUnsafeBytes { unsafe Array($0) }
  }

  private init(metadata: [(key: [UInt8], value: [UInt8])], sync: [UInt8], length: Int) {
    self.metadata = metadata
    self.sync = sync
    self.length = length
  }

  /// The header with keys of ours behind the file's own, replacing those of an earlier run.
  package func adding(_ own: [(key: String, value: String)]) -> [UInt8] {
    let names = Set(own.map { Array($0.key.utf8) })
    var all = metadata.filter { !names.contains($0.key) }
    all.append(contentsOf: own.map { (Array($0.key.utf8), Array($0.value.utf8)) })
    var sink = ByteSink()
    sink.append(Self.magic)
    sink.appendVarint(all.count)
    for (key, value) in all {
      sink.appendVarint(key.count)
      sink.append(key)
      sink.appendVarint(value.count)
      sink.append(value)
    }
    sink.appendVarint(0)
    sink.append(sync)
    return unsafe sink.withUnsafeBytes { unsafe Array($0) }
  }
}
