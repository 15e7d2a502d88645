import Foundation
import ScrubArchive
import ScrubCore
import ScrubNative

/// A compressed file: gzip or zstd by its first byte, and the stream. The same bytes are a block of an Avro codec.
///
/// Laws: any size of reads gives the same bytes; what was expanded shrinks to a stream that expands to it; lines of the
/// file join to it.
final class StreamBench: FuzzBench {
  private let scratch: ScratchFolder
  private var codecs: [BlockCodecBox] = []
  private static let outputLimit = 1 << 20

  private final class BlockCodecBox {
    var codec: BlockCodec
    init(_ codec: AvroCodec) throws { self.codec = try BlockCodec(codec) }
  }

  init() throws {
    scratch = try ScratchFolder()
    codecs = try [AvroCodec.deflate, .snappy, .zstandard].map { try BlockCodecBox($0) }
  }

  func check(_ input: [UInt8]) throws {
    guard let first = input.first else { return }
    let stored = Array(input.dropFirst())
    let compression = StreamCompression.allCases[Int(first) % StreamCompression.allCases.count]
    let whole = try expand(stored, compression, pieces: stored.count)
    let pieces = try expand(stored, compression, pieces: 1 + Int(first) / 2)
    try require(whole.bytes == pieces.bytes && whole.isDamaged == pieces.isDamaged, "any size of reads gives the same bytes")
    if whole.bytes.count < Self.outputLimit {
      try requireSameFile(stored, compression, whole.bytes)
      let again = try expand(shrink(whole.bytes, compression), compression, pieces: 1 << 16)
      try require(again.bytes == whole.bytes && !again.isDamaged, "what is shrunk expands to itself")
    }
    for box in codecs { try check(stored, &box.codec) }
  }

  private func check(_ block: [UInt8], _ codec: inout BlockCodec) throws {
    guard unsafe codec.expand(block.span.bytes, limit: Self.outputLimit) == nil else { return }
    try require(codec.plain.count <= Self.outputLimit, "a block is within the limit")
    let plain = unsafe codec.plain.withUnsafeBytes { unsafe Array($0) }
    try unsafe codec.shrink(plain.span.bytes)
    let stored = unsafe codec.stored.withUnsafeBytes { unsafe Array($0) }
    let problem = unsafe codec.expand(stored.span.bytes, limit: Self.outputLimit)
    let again = unsafe codec.plain.withUnsafeBytes { unsafe Array($0) }
    try require(problem == nil && again == plain, "a block that is shrunk expands to itself")
  }

  /// Expands a stream that is handed over in pieces, up to the limit of output.
  private func expand(
    _ stored: [UInt8], _ compression: StreamCompression, pieces: Int
  ) throws -> (bytes: [UInt8], isDamaged: Bool) {
    let expander = try compression.expander(windowLimit: 1 << 23)
    var plain: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 1 << 16)
    var start = 0
    var end = 0
    while plain.count < Self.outputLimit {
      let step = unsafe stored[start..<end].withUnsafeBytes { piece in
        unsafe room.withUnsafeMutableBytes { room in unsafe expander.expand(piece, into: room) }
      }
      plain += room[..<step.written]
      if step.problem != nil && plain.count < Self.outputLimit { return (plain, true) }
      start += step.read
      if step.memberEnded || (step.read == 0 && step.written == 0 && end == stored.count) { break }
      if step.written < room.count { end = min(end + max(pieces, 1), stored.count) }
    }
    return (Array(plain.prefix(Self.outputLimit)), false)
  }

  private func shrink(_ plain: [UInt8], _ compression: StreamCompression) throws -> [UInt8] {
    let shrinker = try compression.shrinker()
    var stored: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 1 << 16)
    let isDone = unsafe plain.withUnsafeBytes { plain in
      unsafe room.withUnsafeMutableBytes { room in
        unsafe shrinker.shrink(plain, last: true, through: room) { stored += unsafe Array($0) }
      }
    }
    try require(isDone, "everything can be shrunk")
    return stored
  }

  /// A file of the stream starts with what the stream expands to.
  private func requireSameFile(_ stored: [UInt8], _ compression: StreamCompression, _ plain: [UInt8]) throws {
    let path = scratch.path + "/stream"
    try Data(stored).write(to: URL(filePath: path))
    var file = try InputFile.open(path: path, digestKey: nil)
    _ = try file.fill(4)
    try file.startExpanding(compression, windowLimit: 1 << 23)
    let chunks = LineChunks(limit: 1 << 16)
    var position = 0
    reading: while position < plain.count {
      let next: LineChunks.Next
      do throws(Failure) { next = try chunks.next(&file) } catch {
        try require(error.code.endsStream, "only damage ends a stream")
        return
      }
      switch next {
      case .end: break reading
      case .tooLong(let count): position += count
      case .lines(let count):
        let isSame = file.withWindow { bytes in
          (0..<min(count, plain.count - position)).allSatisfy { bytes.byte(at: $0) == plain[position + $0] }
        }
        try require(isSame, "lines of a file join to it")
        file.consume(count)
        position += count
      }
    }
    try require(position >= plain.count, "no line of a file is lost")
  }

  static func seeds() throws -> [[UInt8]] {
    let bench = try StreamBench()
    let texts = [[], Array("{\"a\":1}\n{\"b\":2}\r\nlast".utf8), [UInt8](repeating: 0x7b, count: 40_000)]
    return try StreamCompression.allCases.enumerated().flatMap { number, compression in
      try texts.flatMap { text in
        let one = [UInt8(number)] + (try bench.shrink(text, compression))
        return [one, one + one.dropFirst() + [0, 0, 0], Array(one.dropLast(3))]
      }
    } + bench.blocks(texts)
  }

  private func blocks(_ texts: [[UInt8]]) throws -> [[UInt8]] {
    try codecs.flatMap { box in
      try texts.map { text in
        try unsafe box.codec.shrink(text.span.bytes)
        let stored = unsafe box.codec.stored.withUnsafeBytes { unsafe Array($0) }
        return [0] + stored
      }
    }
  }
}
