import Foundation
import Glibc
import ScrubArchive
import ScrubCore
import ScrubNative
import Testing

/// A folder of its own for each test, removed with it.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/currents-scrub-archive-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    let file = path + "/" + name
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: file).deletingLastPathComponent().path, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }
}

private func varint(_ number: Int) -> [UInt8] {
  var sink = ByteSink()
  sink.appendVarint(number)
  return unsafe sink.withUnsafeBytes { unsafe Array($0) }
}

private func text(_ text: String) -> [UInt8] { varint(text.utf8.count) + Array(text.utf8) }

private let sync = [UInt8](repeating: 0x5a, count: 16)

private func block(_ count: Int, _ bytes: [UInt8]) -> [UInt8] {
  varint(count) + varint(bytes.count) + bytes + sync
}

/// What reading a file's blocks gives, one word each.
private func walk(_ bytes: [UInt8], limit: Int = 1 << 20) throws -> [String] {
  let folder = try TemporaryFolder()
  var file = try InputFile.open(path: folder.write("f", bytes), digestKey: nil)
  let blocks = AvroBlocks(sync: sync, limit: limit)
  var words: [String] = []
  while true {
    switch try blocks.next(&file) {
    case .end: return words + ["end"]
    case .block(let header):
      words.append("\(header.recordCount) records in \(header.size)")
      file.consume(header.length + header.size + 16)
    case .damaged(let code): return words + [code.rawValue]
    case .tooLarge(let header):
      words.append("too large: \(header.size)")
      if try !blocks.skip(header, in: &file) { return words + ["lost"] }
    }
  }
}

struct BlockTests {
  @Test func blocksComeOneAfterTheOther() throws {
    let bytes = block(1, [1, 2, 3]) + block(0, []) + block(2, [UInt8](repeating: 7, count: 400_000))
    #expect(try walk(bytes) == ["1 records in 3", "0 records in 0", "2 records in 400000", "end"])
    #expect(try walk([]) == ["end"])
  }

  @Test(arguments: [
    (varint(-1) + varint(0) + sync, "avro.bad-block-size"),
    (varint(1) + varint(-1) + sync, "avro.bad-block-size"),
    (varint(.min) + varint(0) + sync, "avro.bad-block-size"),
    (varint(1) + varint(.max) + sync, "avro.bad-block-size"),
    (varint(1) + varint(3) + [1, 2, 3] + sync.map { $0 ^ 1 }, "avro.bad-sync"),
    (varint(1) + varint(2) + [1, 2, 3] + sync, "avro.bad-sync"),
    ([UInt8](repeating: 0xff, count: 40), "avro.bad-block-size"),
    (varint(1) + varint(3) + [1], "avro.truncated-block"),
    (varint(1) + varint(60_000) + [1], "avro.truncated-block"),
    (Array(sync.dropLast()), "avro.truncated-block"),
  ])
  func whatIsNoBlockEndsTheReading(bytes: [UInt8], code: String) throws {
    #expect(try walk(block(1, [9]) + bytes) == ["1 records in 1", code])
  }

  @Test func everyTruncationIsTold() throws {
    let bytes = block(3, [1, 2, 3, 4, 5, 6])
    for length in 1..<bytes.count { #expect(try walk(Array(bytes[..<length])) == ["avro.truncated-block"]) }
  }

  @Test func aBlockOverTheLimitIsPassedOver() throws {
    let large = [UInt8](repeating: 1, count: 700_000)
    #expect(
      try walk(block(1, [1]) + block(5, large) + block(2, [2]), limit: 600_000)
        == ["1 records in 1", "too large: 700000", "2 records in 1", "end"])
    #expect(
      try walk(block(5, large).dropLast(17) + block(2, [2]), limit: 600_000) == ["too large: 700000", "lost"])
    #expect(try walk(Array(block(5, large).dropLast(200)), limit: 600_000) == ["too large: 700000", "lost"])
  }

  @Test(arguments: [0, 1, 2]) func flippedBytesNeverTrap(seed: UInt64) throws {
    var state = seed
    func roll(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    let bytes = block(3, [1, 2, 3, 4, 5, 6]) + block(1, [0]) + block(2, [9, 9])
    for _ in 0..<150 {
      var damaged = bytes
      for _ in 0...roll(3) { damaged[roll(bytes.count)] = UInt8(roll(256)) }
      #expect(try !walk(damaged, limit: 64).isEmpty)
    }
  }
}

struct BlockCodecTests {
  private static let codecs = [AvroCodec.deflate, .snappy, .zstandard]

  private func stored(_ plain: [UInt8], _ codec: AvroCodec) throws -> [UInt8] {
    var codec = try BlockCodec(codec)
    try unsafe codec.shrink(plain.span.bytes)
    return unsafe codec.stored.withUnsafeBytes { unsafe Array($0) }
  }

  private func problem(_ stored: [UInt8], _ codec: AvroCodec, limit: Int = 1 << 20) throws -> FailureCode? {
    var codec = try BlockCodec(codec)
    return unsafe codec.expand(stored.span.bytes, limit: limit)
  }

  private func expanded(_ stored: [UInt8], _ codec: AvroCodec, limit: Int) throws -> [UInt8]? {
    var codec = try BlockCodec(codec)
    if unsafe codec.expand(stored.span.bytes, limit: limit) != nil { return nil }
    return unsafe codec.plain.withUnsafeBytes { unsafe Array($0) }
  }

  @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 500_000], codecs)
  func aBlockExpandsToWhatItWas(count: Int, codec: AvroCodec) throws {
    let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
    #expect(try expanded(stored(plain, codec), codec, limit: 1 << 20) == plain)
  }

  /// The limit counts plain bytes, whatever a block weighs as it is stored.
  @Test(arguments: [(300_000, true), (299_999, false), (1 << 20, true), (65_536, false)], codecs)
  func aBombStopsAtTheLimit(limit: (bytes: Int, isTaken: Bool), codec: AvroCodec) throws {
    let bomb = try stored([UInt8](repeating: 0, count: 300_000), codec)
    #expect(bomb.count < 20_000)
    #expect(try problem(bomb, codec, limit: limit.bytes) == (limit.isTaken ? nil : .blockTooLarge))
  }

  /// Frames that do not say how much they hold, as writers of streams make them, one after the other.
  @Test(arguments: [(300_000, true), (150_001, false), (1, false)])
  func framesMayKeepTheirSizeToThemselves(limit: Int, isTaken: Bool) throws {
    let plain = [UInt8](repeating: 7, count: 150_000)
    let shrinker = try StreamCompression.zstd.shrinker()
    var room = [UInt8](repeating: 0, count: 4096)
    var frame: [UInt8] = []
    _ = unsafe plain.withUnsafeBytes { plain in
      unsafe room.withUnsafeMutableBytes { room in
        unsafe shrinker.shrink(plain, last: true, through: room) { unsafe frame.append(contentsOf: $0) }
      }
    }
    #expect(try problem(frame + frame, .zstandard, limit: limit) == (isTaken ? nil : .blockTooLarge))
    if isTaken { #expect(try expanded(frame + frame, .zstandard, limit: limit) == plain + plain) }
  }

  /// A block of few bytes under a small limit is within it.
  @Test func aSmallLimitIsALimitAndNoRefusal() throws {
    for codec in Self.codecs { #expect(try expanded(stored([1, 2, 3], codec), codec, limit: 1_000) == [1, 2, 3]) }
  }

  /// A block that does not compress is as large stored as plain, and both are within the limit.
  @Test func aBlockThatDoesNotCompressIsWithinTheLimit() throws {
    var state: UInt64 = 1
    let plain = (0..<200_000).map { _ -> UInt8 in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(state >> 56)
    }
    for codec in Self.codecs { #expect(try expanded(stored(plain, codec), codec, limit: 600_000) == plain) }
  }

  @Test(arguments: codecs) func everyTruncationIsDamage(codec: AvroCodec) throws {
    let whole = try stored((0..<2_000).map { UInt8(truncatingIfNeeded: $0 * $0) }, codec)
    for length in stride(from: 0, to: whole.count, by: 7) {
      #expect(try problem(Array(whole[..<length]), codec) == .inflate)
    }
  }
}

private func parse(_ bytes: [UInt8]) throws -> (header: AvroHeader, end: Int)? {
  let span = unsafe bytes.span.bytes
  return try AvroHeader.parse(span)
}

/// Beside those of `ContainerTests`.
struct HeaderFormTests {
  @Test func metadataMayComeInSeveralBlocksAndSizes() throws {
    let entry = text("avro.codec") + text("null")
    let bytes =
      AvroHeader.magic + varint(1) + text("avro.schema") + text("\"int\"") + varint(-1) + varint(entry.count)
      + entry
      + [0] + sync + [1, 2, 3]
    let parsed = try #require(try parse(bytes))
    #expect(parsed.end == bytes.count - 3)
    #expect(parsed.header.length == parsed.end)
    #expect(parsed.header.sync == sync)
    // Written again it is one block of a positive count, in the same order.
    let again = parsed.header.adding([("currents-scrub.plan", "x"), ("currents-scrub.policy", "y")])
    #expect(
      again == AvroHeader.magic + varint(4) + text("avro.schema") + text("\"int\"") + entry
        + text("currents-scrub.plan") + text("x") + text("currents-scrub.policy") + text("y") + [0] + sync)
  }

  @Test func anEarlierMarkIsReplacedAndGoesLast() throws {
    let bytes =
      AvroHeader.magic + varint(2) + text("currents-scrub.plan") + text("old") + text("avro.schema")
      + text("\"int\"")
      + [0] + sync
    let again = try #require(try parse(parse(bytes)?.header.adding([("currents-scrub.plan", "new")]) ?? []))
    #expect(
      again.header.metadata.map { String(decoding: $0.key, as: UTF8.self) } == [
        "avro.schema", "currents-scrub.plan",
      ])
    #expect(again.header["currents-scrub.plan"] == Array("new".utf8))
  }

  @Test func keysAndValuesMayBeAnyBytes() throws {
    let key: [UInt8] = [0xff, 0x00]
    let value: [UInt8] = [0xc0, 0x80, 0x0a]
    let bytes = AvroHeader.magic + varint(1) + varint(2) + key + varint(3) + value + [0] + sync
    #expect(try parse(bytes)?.header.adding([]) == bytes)
  }

  @Test(
    arguments: [
      ("no metadata", [0] + sync, true),
      ("1,024 entries", varint(1024) + (0..<1024).flatMap { text("k\($0)") + [0] } + [0] + sync, true),
      ("1,025 entries", varint(1025) + (0..<1025).flatMap { text("k\($0)") + [0] } + [0] + sync, false),
      ("entries in many blocks", (0..<1025).flatMap { varint(1) + text("k\($0)") + [0] } + [0] + sync, false),
      ("a negative key length", varint(1) + varint(-1) + [0] + sync, false),
      ("a huge key length", varint(1) + varint(.max) + [0] + sync, false),
      ("the least count", varint(.min) + varint(0) + [0] + sync, false),
      ("a value over the limit", varint(1) + text("k") + varint((16 << 20) + 1) + [0] + sync, false),
    ] as [(String, [UInt8], Bool)])
  func headersHaveLimits(what: String, bytes: [UInt8], isTaken: Bool) {
    do {
      let parsed = try parse(AvroHeader.magic + bytes)
      #expect((parsed != nil) == isTaken, "\(what)")
    } catch {
      #expect(!isTaken, "\(what)")
    }
  }

  @Test func flippedBytesNeverTrap() throws {
    var state: UInt64 = 3
    func roll(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    let bytes =
      AvroHeader.magic + varint(2) + text("avro.schema") + text("\"int\"") + text("avro.codec") + text("null")
      + [0] + sync
    for _ in 0..<3_000 {
      var damaged = bytes
      for _ in 0...roll(3) { damaged[4 + roll(bytes.count - 4)] = UInt8(roll(256)) }
      _ = try? parse(damaged)
    }
  }
}

struct LineChunkTests {
  private func chunks(_ bytes: [UInt8], limit: Int) throws -> [String] {
    let folder = try TemporaryFolder()
    var file = try InputFile.open(path: folder.write("f", bytes), digestKey: nil)
    let lines = LineChunks(limit: limit)
    var words: [String] = []
    while true {
      switch try lines.next(&file) {
      case .end: return words
      case .lines(let count):
        words.append("\(count)")
        file.consume(count)
      case .tooLong(let count): words.append("too long: \(count)")
      }
    }
  }

  @Test func anEmptyFileHasNoLine() throws { #expect(try chunks([], limit: 100) == []) }

  @Test func chunksEndWithALine() throws {
    let line = [UInt8](repeating: 0x61, count: 99) + [0x0a]
    let bytes = (0..<9_000).flatMap { _ in line }
    let counts = try chunks(bytes, limit: 1 << 20).compactMap { Int($0) }
    #expect(counts.reduce(0, +) == bytes.count)
    #expect(counts.count > 1 && counts.allSatisfy { $0.isMultiple(of: 100) })
  }

  @Test func theLastLineNeedsNoFeed() throws {
    #expect(try chunks(Array("a\nbc".utf8), limit: 1 << 20) == ["2", "2"])
  }

  @Test(arguments: [true, false])
  func aLastLineThatIsTooLongIsPassedOver(hasFeed: Bool) throws {
    let long = [UInt8](repeating: 0x61, count: 2 << 20) + (hasFeed ? [0x0a] : [])
    #expect(try chunks([0x7b, 0x0a] + long, limit: 1 << 20) == ["2", "too long: \(long.count)"])
  }

  /// A limit holds exactly, wherever the reads of a file end.
  @Test(arguments: [(600_000, true), (600_001, false), (700_000, false)])
  func theLimitIsThatOfALine(length: Int, isTaken: Bool) throws {
    let line = [UInt8](repeating: 0x61, count: length) + [0x0a]
    let words = try chunks(line + [0x62, 0x0a], limit: 600_000)
    #expect(words.contains { $0.hasPrefix("too long") } == !isTaken, "\(words)")
  }
}

struct FileWalkTests {
  @Test func filesComeInByteOrderOfTheirPaths() throws {
    let folder = try TemporaryFolder()
    let names = ["b", "a/z", "a.b", "a/b/c", "A", "\u{e9}", "a-b", "zz"]
    for name in names { try folder.write(name, [1]) }
    let listing = ArchiveWalker.list(folder.path, prefix: "") { _ in false }
    #expect(listing.files.map(\.relative) == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    #expect(listing.files.allSatisfy { $0.size == 1 && $0.path == folder.path + "/" + $0.relative })
  }

  @Test func aPrefixStandsBeforeEveryName() throws {
    let folder = try TemporaryFolder()
    try folder.write("a/b", [1])
    #expect(ArchiveWalker.list(folder.path, prefix: "in") { _ in false }.files.map(\.relative) == ["in/a/b"])
    #expect(
      ArchiveWalker.list(folder.path + "/a/b", prefix: "") { _ in false }.files.map(\.relative) == ["b"])
  }

  @Test func foldersThatAreOursOrHiddenAreNotEntered() throws {
    let folder = try TemporaryFolder()
    for name in ["_currents-scrub/manifest.json", ".git/config", "_temporary/0/part", "x/_SUCCESS", "x/y"] {
      try folder.write(name, [1])
    }
    let listing = ArchiveWalker.list(folder.path, prefix: "") { _ in false }
    #expect(listing.files.map(\.relative) == ["x/y"])
    #expect(listing.ignored == 4)
  }

  @Test func whatIsNoFileIsAFailureAndNeverOpened() throws {
    let folder = try TemporaryFolder()
    let fifo = folder.path + "/fifo"
    try #require(unsafe mkfifo(fifo, 0o600) == 0)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/loop", withDestinationPath: folder.path)
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/gone", withDestinationPath: "/nowhere")
    let listing = ArchiveWalker.list(folder.path, prefix: "") { _ in false }
    #expect(listing.files.isEmpty)
    #expect(listing.failures.map(\.code) == [.notRegular, .notRegular, .notRegular])
    #expect(throws: Failure(.notRegular, path: fifo)) {
      _ = try InputFile.open(path: fifo, digestKey: nil).identity
    }
  }

  @Test func depthIsBounded() throws {
    let folder = try TemporaryFolder()
    try folder.write((0..<63).map { _ in "d" }.joined(separator: "/") + "/in", [1])
    try folder.write((0..<70).map { _ in "e" }.joined(separator: "/") + "/out", [1])
    let listing = ArchiveWalker.list(folder.path, prefix: "") { _ in false }
    #expect(listing.files.count == 1)
    #expect(listing.failures.map(\.code) == [.unreadable])
  }

  @Test func aNameThatIsNoTextIsAFailure() throws {
    let folder = try TemporaryFolder()
    try folder.write("a/b", [1])
    var name = Array((folder.path + "/a/").utf8CString.dropLast()) + [CChar(bitPattern: 0xff), 0x78, 0]
    let descriptor = unsafe name.withUnsafeMutableBufferPointer { name in
      unsafe open(name.baseAddress!, O_WRONLY | O_CREAT, 0o600)
    }
    try #require(descriptor >= 0)
    close(descriptor)
    let listing = ArchiveWalker.list(folder.path, prefix: "") { _ in false }
    #expect(listing.files.map(\.relative) == ["a/b"])
    #expect(listing.failures == [Failure(.nameNotText, path: "a/%FFx")])
  }

  @Test func pathsThatAreNoTextArePercentEncoded() {
    #expect(pathText(Array("a/été %.avro".utf8)) == "a/été %.avro")
    #expect(pathText([0x61, 0x2f, 0xff, 0x20, 0x25, 0x0a]) == "a/%FF%20%25%0A")
  }

  @Test func whatCannotBeReadIsAFailure() throws {
    // The superuser reads everything.
    guard geteuid() != 0 else { return }
    let folder = try TemporaryFolder()
    try folder.write("closed/a", [1])
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: folder.path + "/closed")
    defer {
      try? FileManager.default.setAttributes(
        [.posixPermissions: 0o700], ofItemAtPath: folder.path + "/closed")
    }
    #expect(
      ArchiveWalker.list(folder.path, prefix: "") { _ in false }.failures == [
        Failure(.unreadable, path: "closed")
      ])
  }
}

struct StoredFileTests {
  @Test(arguments: [0, 1, 1 << 18, (1 << 18) + 1, 1_000_000])
  func sizeAndDigestAreThoseOfTheStoredBytes(count: Int) throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    for compression in [nil] + StreamCompression.allCases {
      var file = try StagedFile.create(temporary: folder.path + "/t", compression: compression)
      for start in stride(from: 0, to: count, by: 70_001) {
        try file.write(Array(bytes[start..<min(start + 70_001, count)]))
      }
      let digest = try file.finish()
      try file.put(at: folder.path + "/f", mode: 0o600)
      let stored = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/f")))
      #expect(Digest256.sha256(stored) == digest)
      #expect(file.size == stored.count)
      if compression == nil { #expect(stored == bytes) }
      var read = try InputFile.open(path: folder.path + "/f", digestKey: nil)
      if let compression { try read.startExpanding(compression, windowLimit: 1 << 20) }
      _ = try read.fill(count + 1)
      #expect(read.available == count)
      #expect(read.withWindow { window in (0..<count).allSatisfy { window.byte(at: $0) == bytes[$0] } })
    }
  }

  @Test func anExistingTemporaryNameIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("t", [1])
    #expect(throws: Failure(.unwritable, path: path)) {
      _ = try StagedFile.create(temporary: path).size
    }
  }

  @Test func theKeyedDigestIsThatOfTheWholeFile() throws {
    let folder = try TemporaryFolder()
    let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
    let path = try folder.write("f", bytes)
    let key = unsafe SecretBytes(count: 32) { memory in
      unsafe memory.copyBytes(from: (0..<32).map { UInt8($0) })
    }
    let whole = try KeyedFileDigest(FileDigestKey(key))
    try unsafe bytes.withUnsafeBytes { bytes in try unsafe whole.update(bytes) }
    let expected = try whole.finish().hex
    var file = try InputFile.open(path: path, digestKey: try FileDigestKey(key))
    _ = try file.fill(1)
    file.drain()
    #expect(try file.finishDigest() == expected)
    #expect(file.bytesRead == bytes.count)
  }

  @Test func anotherStateOfAFileIsToldFromThisOne() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("f", [1])
    let before = try InputFile.open(path: path, digestKey: nil).identity
    #expect(FileIdentity(path: path) == before)
    try folder.write("f", [1, 2])
    #expect(FileIdentity(path: path) != before)
    #expect(FileIdentity(path: folder.path) == nil)
  }
}
