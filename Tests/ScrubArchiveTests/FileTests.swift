import Foundation
import ScrubArchive
import ScrubCore
import ScrubNative
import Testing

/// A folder of its own for each test, removed with it.
private final class Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/scrub-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ bytes: [UInt8]) -> String {
    let file = path + "/" + name
    _ = FileManager.default.createFile(atPath: file, contents: Data(bytes))
    return file
  }
}

private func chunks(_ file: String, limit: Int = 1 << 20, _ compression: StreamCompression? = nil) throws -> [String] {
  var input = try InputFile.open(path: file, digestKey: nil)
  if let compression {
    _ = try input.fill(4)
    try input.startExpanding(compression, windowLimit: limit)
  }
  let lines = LineChunks(limit: limit)
  var result: [String] = []
  while true {
    switch try lines.next(&input) {
    case .end: return result
    case .tooLong(let count): result.append("too long: \(count)")
    case .lines(let count):
      result.append(
        input.withWindow { bytes in String(decoding: (0..<count).map { bytes.byte(at: $0) }, as: UTF8.self) })
      input.consume(count)
    }
  }
}

struct LineTests {
  @Test(arguments: ["a\nb\n", "a\r\nb", "\n\n", "x"])
  func chunksJoinToTheFile(text: String) throws {
    let folder = try Folder()
    #expect(try chunks(folder.write("f", Array(text.utf8))).joined() == text)
  }

  /// What is noted of each line of a chunk is bounded so.
  @Test func chunksAreShortWhateverWasReadAhead() throws {
    let folder = try Folder()
    let text = String(repeating: "\n", count: 5 << 20) + String(repeating: "x", count: 3 << 20) + "\nb"
    var input = try InputFile.open(path: folder.write("f", Array(text.utf8)), digestKey: nil)
    #expect(try !input.lookAhead(16 << 20))
    let lines = LineChunks(limit: 4 << 20)
    var counts: [Int] = []
    while case .lines(let count) = try lines.next(&input) {
      counts.append(count)
      input.consume(count)
    }
    #expect(counts.reduce(0, +) == text.utf8.count)
    #expect(counts.filter { $0 > 1 << 20 } == [3 << 20 + 1])
  }

  @Test func aLineOverTheLimitIsPassedOver() throws {
    let folder = try Folder()
    let long = String(repeating: "x", count: 3 << 20)
    let found = try chunks(folder.write("f", Array("a\n\(long)\nb\n".utf8)), limit: 1 << 20)
    #expect(found == ["a\n", "too long: \(long.utf8.count + 1)", "b\n"])
  }
}

struct CompressedFileTests {
  private func member(_ text: String, _ compression: StreamCompression) throws -> [UInt8] {
    let folder = try Folder()
    var file = try StagedFile.create(temporary: folder.path + "/t", compression: compression)
    try file.write(Array(text.utf8))
    _ = try file.finish()
    try file.put(at: folder.path + "/f", mode: 0o600)
    return Array(try #require(FileManager.default.contents(atPath: folder.path + "/f")))
  }

  @Test func aMemberHasAFixedHeader() throws {
    #expect(try member("a\n", .gzip).prefix(10) == [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
  }

  @Test func membersAndPaddingReadAsOne() throws {
    let folder = try Folder()
    let file = folder.write("f", try member("a\nb", .gzip) + member("c\n", .gzip) + [0, 0, 0])
    #expect(try chunks(file, .gzip).joined() == "a\nbc\n")
  }

  @Test func framesReadAsOneAndNothingElseMayFollow() throws {
    let folder = try Folder()
    let frames = try member("a\nb", .zstd) + member("c\n", .zstd)
    #expect(try chunks(folder.write("f", frames), .zstd).joined() == "a\nbc\n")
    #expect(throws: Failure.self) { try chunks(folder.write("g", frames + [0, 0, 0]), .zstd) }
  }

  @Test(arguments: StreamCompression.allCases)
  func everyTruncationIsAFailureAndNoTrap(compression: StreamCompression) throws {
    let folder = try Folder()
    let whole = try member("some text\n", compression)
    for length in 4..<whole.count {
      #expect(throws: Failure.self) { try chunks(folder.write("f\(length)", Array(whole[..<length])), compression) }
    }
  }

  /// A block of a frame is larger than what its end leaves free in the window, and comes out all the same: the
  /// expander holds bytes though everything is read.
  @Test(arguments: [262_143, 262_144, 262_145, 400_000, 1_000_000])
  func whatTheExpanderHoldsComesOut(count: Int) throws {
    let folder = try Folder()
    let line = String(repeating: "x", count: count)
    for compression in StreamCompression.allCases {
      // The checksum behind a frame is left out, so that nothing is read behind its last block.
      var stored = try member(line, compression)
      if compression == .zstd {
        stored[4] &= ~0x04
        stored.removeLast(4)
      }
      #expect(try chunks(folder.write("f", stored), compression).joined() == line)
    }
  }
}

struct WalkerTests {
  @Test func linksAreRefusedAndOurOwnNamesIgnored() throws {
    let folder = try Folder()
    for name in ["b.avro", "a.avro", "_mark", ".hidden", "x.crc", "skip.me"] { _ = folder.write(name, [1]) }
    _ = folder.write("empty.avro", [])
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: folder.path + "/a.avro")
    let listing = ArchiveWalker.list(folder.path, prefix: "") { $0 == "skip.me" }
    #expect(listing.files.map(\.relative) == ["a.avro", "b.avro"])
    #expect(listing.ignored == 5)
    #expect(listing.failures.map(\.code) == [.notRegular])
  }

  @Test func aMissingRootIsAFailure() {
    #expect(ArchiveWalker.list("/nowhere/at/all", prefix: "") { _ in false }.failures.map(\.code) == [.unreadable])
  }
}

struct StagedFileTests {
  @Test func whatIsNotPutInPlaceIsGone() throws {
    let folder = try Folder()
    func makeAndForget() throws {
      var file = try StagedFile.create(temporary: folder.path + "/t")
      try file.write([1, 2, 3])
      _ = try file.finish()
    }
    try makeAndForget()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func everyCodeSaysWhatIsTrueAndWhatToDo() {
    for code in FailureCode.allCases { #expect(!code.message.isEmpty && !code.hint.isEmpty) }
  }
}
