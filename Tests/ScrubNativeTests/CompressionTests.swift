import ScrubNative
import Testing

/// What became of a block that was expanded, with its bytes.
private enum Expanded: Equatable {
  case done([UInt8])
  case needsRoom, damaged
}

private func expanded(
  room: Int, _ expand: (UnsafeMutableRawBufferPointer) -> BlockExpansion
) -> Expanded {
  var plain = [UInt8](repeating: 0xee, count: room)
  let result = unsafe plain.withUnsafeMutableBytes { plain in unsafe expand(plain) }
  switch result {
  case .done(let count): return .done(Array(plain[..<count]))
  case .needsRoom: return .needsRoom
  case .damaged: return .damaged
  }
}

struct BlockDeflateTests {
  private func shrink(_ plain: [UInt8], level: Int32 = 6) throws -> [UInt8] {
    let codec = try BlockDeflate(level: level)
    var stored = [UInt8](repeating: 0, count: codec.bound(plain.count))
    let count = try unsafe plain.withUnsafeBytes { plain in
      try unsafe stored.withUnsafeMutableBytes { stored in try unsafe codec.shrink(plain, into: stored) }
    }
    return Array(stored[..<count])
  }

  private func expand(_ stored: [UInt8], room: Int) throws -> Expanded {
    let codec = try BlockDeflate()
    return unsafe stored.withUnsafeBytes { stored in
      unsafe expanded(room: room) { plain in unsafe codec.expand(stored, into: plain) }
    }
  }

  @Test(arguments: [0, 1, 2, 63, 4096, 100_000], [Int32(0), 6, 12])
  func whatIsShrunkExpandsToItself(count: Int, level: Int32) throws {
    var dice = Dice(UInt64(count))
    for plain in [dice.bytes(count), dice.text(count), [UInt8](repeating: 0, count: count)] {
      #expect(try expand(shrink(plain, level: level), room: max(count, 1)) == .done(plain))
    }
  }

  @Test func equalBytesShrinkToEqualBytes() throws {
    var dice = Dice(2)
    let plain = dice.text(10_000)
    #expect(try shrink(plain) == shrink(plain))
  }

  @Test(arguments: [1, 100, 9_999])
  func tooLittleRoomIsTold(room: Int) throws {
    var dice = Dice(3)
    #expect(try expand(shrink(dice.text(10_000)), room: room) == .needsRoom)
  }

  @Test func everyTruncationIsDamage() throws {
    var dice = Dice(4)
    let stored = try shrink(dice.text(600))
    for length in stored.indices {
      #expect(try expand(Array(stored[..<length]), room: 600) != .done(Array(stored)), "cut at \(length)")
      if case .done = try expand(Array(stored[..<length]), room: 600) { Issue.record("cut at \(length) expands") }
    }
  }

  /// A part of a zlib trailer may follow (fastavro leaves one); anything longer hides data.
  @Test(arguments: [(0, true), (1, true), (4, true), (5, false), (64, false)])
  func onlyATrailerMayFollow(count: Int, isTaken: Bool) throws {
    var dice = Dice(5)
    let plain = dice.text(500)
    let result = try expand(shrink(plain) + [UInt8](repeating: 0, count: count), room: 600)
    #expect(result == (isTaken ? .done(plain) : .damaged))
  }

  @Test func flippedBytesNeverTrap() throws {
    var dice = Dice(6)
    let stored = try shrink(dice.text(2_000))
    for _ in 0..<500 {
      var damaged = stored
      damaged[Int(dice.next() % UInt64(stored.count))] ^= UInt8(1 + dice.next() % 255)
      _ = try expand(damaged, room: 4_000)
    }
  }

  @Test(arguments: [[], [0xff], [0xff, 0xff, 0xff, 0xff], [0x01, 0x05, 0x00, 0x00, 0x00]] as [[UInt8]])
  func whatIsNoStreamIsDamage(bytes: [UInt8]) throws {
    #expect(try expand(bytes, room: 64) == .damaged)
  }
}

struct BlockSnappyTests {
  private func shrink(_ plain: [UInt8]) throws -> [UInt8] {
    var stored = [UInt8](repeating: 0, count: BlockSnappy.bound(plain.count))
    let count = try unsafe plain.withUnsafeBytes { plain in
      try unsafe stored.withUnsafeMutableBytes { stored in try unsafe BlockSnappy.shrink(plain, into: stored) }
    }
    return Array(stored[..<count])
  }

  private func expand(_ stored: [UInt8], room: Int) -> Expanded {
    unsafe stored.withUnsafeBytes { stored in
      unsafe expanded(room: room) { plain in unsafe BlockSnappy.expand(stored, into: plain) }
    }
  }

  private func plainSize(_ stored: [UInt8]) -> Int? {
    unsafe stored.withUnsafeBytes { stored in unsafe BlockSnappy.plainSize(stored) }
  }

  @Test(arguments: [0, 1, 63, 4096, 100_000])
  func whatIsShrunkExpandsToItself(count: Int) throws {
    var dice = Dice(UInt64(count))
    for plain in [dice.bytes(count), dice.text(count), [UInt8](repeating: 0, count: count)] {
      let stored = try shrink(plain)
      #expect(expand(stored, room: max(count, 1)) == .done(plain))
      #expect(plainSize(stored) == count)
    }
  }

  /// The size 9, one literal of nine bytes, and the CRC-32 that catalogues of algorithms give for it.
  @Test func theChecksumFollowsTheBlock() throws {
    let stored = [9, 8 << 2] + Array("123456789".utf8) + [0xcb, 0xf4, 0x39, 0x26]
    #expect(try shrink(Array("123456789".utf8)) == stored)
    #expect(expand(stored, room: 9) == .done(Array("123456789".utf8)))
    #expect(expand(stored, room: 8) == .needsRoom)
  }

  @Test func everyFlippedBitIsDamage() throws {
    let stored = try shrink(Array("the quick brown fox".utf8))
    for place in stored.indices {
      for bit in 0..<8 {
        var damaged = stored
        damaged[place] ^= 1 << UInt8(bit)
        #expect(expand(damaged, room: 4_096) != .done(Array("the quick brown fox".utf8)))
      }
    }
  }

  @Test func everyTruncationIsDamage() throws {
    var dice = Dice(11)
    let stored = try shrink(dice.text(600))
    for length in stored.indices { #expect(expand(Array(stored[..<length]), room: 600) == .damaged) }
  }

  /// A few bytes that speak of four GiB are told before any memory is asked for.
  @Test(arguments: [[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0, 0], [0x80, 0x80, 4, 0, 0, 0, 0, 0], [], [0], [1, 2, 3, 4]])
  func aSizeThatCannotBeIsDamage(bytes: [UInt8]) {
    #expect(plainSize(bytes) == nil)
    #expect(expand(bytes, room: 64) == .damaged)
  }
}

struct BlockZstandardTests {
  private func shrink(_ plain: [UInt8]) throws -> [UInt8] {
    let codec = try BlockZstandard()
    var stored = [UInt8](repeating: 0, count: codec.bound(plain.count))
    let count = try unsafe plain.withUnsafeBytes { plain in
      try unsafe stored.withUnsafeMutableBytes { stored in try unsafe codec.shrink(plain, into: stored) }
    }
    return Array(stored[..<count])
  }

  private func expand(_ stored: [UInt8], room: Int) throws -> Expanded {
    let codec = try BlockZstandard()
    return unsafe stored.withUnsafeBytes { stored in
      unsafe expanded(room: room) { plain in unsafe codec.expand(stored, into: plain) }
    }
  }

  @Test(arguments: [0, 1, 63, 4096, 300_000])
  func whatIsShrunkExpandsToItself(count: Int) throws {
    var dice = Dice(UInt64(count))
    for plain in [dice.bytes(count), dice.text(count), [UInt8](repeating: 0, count: count)] {
      let stored = try shrink(plain)
      #expect(try expand(stored, room: max(count, 1)) == .done(plain))
      #expect(try stored == shrink(plain))
    }
  }

  @Test func tooLittleRoomIsTold() throws {
    var dice = Dice(3)
    #expect(try expand(shrink(dice.text(10_000)), room: 9_999) == .needsRoom)
  }

  @Test func everyTruncationIsDamage() throws {
    var dice = Dice(12)
    let stored = try shrink(dice.text(600))
    for length in stored.indices { #expect(try expand(Array(stored[..<length]), room: 600) == .damaged) }
  }

  @Test func flippedBytesAreDamage() throws {
    var dice = Dice(13)
    let plain = dice.text(2_000)
    let stored = try shrink(plain)
    for _ in 0..<500 {
      var damaged = stored
      damaged[Int(dice.next() % UInt64(stored.count))] ^= UInt8(1 + dice.next() % 255)
      if case .done(let bytes) = try expand(damaged, room: 4_000) { #expect(bytes == plain) }
    }
  }
}

/// The laws of streams, for each compression.
struct StreamTests {
  private func stream(
    _ plain: [UInt8], _ compression: StreamCompression = .gzip, pieces: Int = 1
  ) throws -> [UInt8] {
    let shrinker = try compression.shrinker()
    var room = [UInt8](repeating: 0, count: 256)
    var stored: [UInt8] = []
    for piece in 0..<pieces {
      let part = Array(plain[(plain.count * piece / pieces)..<(plain.count * (piece + 1) / pieces)])
      let isDone = unsafe part.withUnsafeBytes { part in
        unsafe room.withUnsafeMutableBytes { room in
          unsafe shrinker.shrink(part, last: piece == pieces - 1, through: room) { unsafe stored.append(contentsOf: $0) }
        }
      }
      #expect(isDone)
    }
    return stored
  }

  /// Expands members one after the other, `window` bytes of input at a time.
  private func expand(
    _ stored: [UInt8], _ compression: StreamCompression = .gzip, window: Int, windowLimit: Int = 1 << 23
  ) throws -> (plain: [UInt8], members: Int, isWhole: Bool) {
    var plain: [UInt8] = []
    return try expand(stored, compression, window: window, windowLimit: windowLimit, into: &plain)
  }

  private func expandUpToDamage(_ stored: [UInt8], _ compression: StreamCompression, window: Int) throws -> [UInt8] {
    var plain: [UInt8] = []
    do throws(NativeError) { _ = try expand(stored, compression, window: window, windowLimit: 1 << 23, into: &plain) } catch {}
    return plain
  }

  private func expand(
    _ stored: [UInt8], _ compression: StreamCompression, window: Int, windowLimit: Int, into plain: inout [UInt8]
  ) throws(NativeError) -> (plain: [UInt8], members: Int, isWhole: Bool) {
    let expander = try compression.expander(windowLimit: windowLimit)
    var room = [UInt8](repeating: 0, count: 100)
    var members = 0
    var offset = 0
    var idle = 0
    var isBetween = true
    while offset < stored.count || idle < 2 {
      let part = Array(stored[offset..<min(offset + window, stored.count)])
      let step = unsafe part.withUnsafeBytes { part in
        unsafe room.withUnsafeMutableBytes { room in unsafe expander.expand(part, into: room) }
      }
      offset += step.read
      plain += room[..<step.written]
      if let problem = step.problem { throw problem }
      idle = step.read == 0 && step.written == 0 && !step.memberEnded ? idle + 1 : 0
      if step.read > 0 { isBetween = false }
      if step.memberEnded { (members, isBetween) = (members + 1, true) }
    }
    return (plain, members, isBetween)
  }

  @Test(arguments: [0, 1, 255, 70_000, 400_000], StreamCompression.allCases)
  func whatIsShrunkExpandsToItself(count: Int, compression: StreamCompression) throws {
    var dice = Dice(UInt64(count))
    for plain in [dice.bytes(count), dice.text(count), [UInt8](repeating: 0, count: count)] {
      for pieces in [1, 2, 7] {
        let result = try expand(stream(plain, compression, pieces: pieces), compression, window: 61)
        #expect(result.plain == plain)
        #expect(result.members == 1)
        #expect(result.isWhole)
      }
    }
  }

  @Test func theGzipHeaderHoldsNoNameAndNoTime() throws {
    #expect(try Array(stream(Array("a".utf8)).prefix(10)) == [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
  }

  @Test func theGzipTrailerHoldsChecksumAndSize() throws {
    // CRC-32 of "123456789", the check value of the algorithm's catalogues.
    #expect(try Array(stream(Array("123456789".utf8)).suffix(8)) == [0x26, 0x39, 0xf4, 0xcb, 9, 0, 0, 0])
  }

  /// Magic, a descriptor that tells no size and says that a checksum follows, and the window.
  @Test func theZstdHeaderTellsNoSizeAndAChecksum() throws {
    #expect(try Array(stream(Array("a".utf8), .zstd).prefix(5)) == [0x28, 0xb5, 0x2f, 0xfd, 0x04])
  }

  @Test(arguments: StreamCompression.allCases)
  func cutsInThePiecesChangeNothing(compression: StreamCompression) throws {
    var dice = Dice(8)
    for plain in [dice.text(5_000), dice.text(1_000_000), dice.bytes(600_000)] {
      let whole = try stream(plain, compression)
      for pieces in [2, 9, 131] { #expect(try stream(plain, compression, pieces: pieces) == whole) }
    }
  }

  @Test(arguments: StreamCompression.allCases)
  func membersFollowEachOther(compression: StreamCompression) throws {
    let parts = try ["one ", "", "two"].map { try stream(Array($0.utf8), compression) }
    let result = try expand(parts.flatMap { $0 }, compression, window: 5)
    #expect(result.plain == Array("one two".utf8))
    #expect(result.members == 3)
  }

  @Test(arguments: StreamCompression.allCases)
  func aTruncatedMemberNeverEnds(compression: StreamCompression) throws {
    let stored = try stream(Array("the quick brown fox".utf8), compression)
    for length in 1..<stored.count {
      let result = try? expand(Array(stored[..<length]), compression, window: 1000)
      #expect(result?.members ?? 0 == 0, "cut at \(length)")
    }
  }

  @Test(arguments: [(-1, .gzip), (-4, .gzip), (-5, .gzip), (-8, .gzip), (-1, .zstd), (-4, .zstd)] as [(Int, StreamCompression)])
  func aWrongChecksumOrSizeIsDamage(place: Int, compression: StreamCompression) throws {
    var stored = try stream(Array("the quick brown fox".utf8), compression)
    stored[stored.count + place] ^= 0x10
    #expect(throws: NativeError.self) { try expand(stored, compression, window: 1000) }
  }

  /// However the input is cut, the same bytes come out in front of the damage.
  @Test(arguments: StreamCompression.allCases)
  func flippedBytesNeverTrap(compression: StreamCompression) throws {
    var dice = Dice(9)
    let stored = try stream(dice.text(2_000), compression)
    for _ in 0..<500 {
      var damaged = stored
      damaged[Int(dice.next() % UInt64(stored.count))] ^= UInt8(1 + dice.next() % 255)
      let plain = try expandUpToDamage(damaged, compression, window: 64)
      for window in [1, 7, 100_000] { #expect(try expandUpToDamage(damaged, compression, window: window) == plain) }
    }
  }

  /// A skippable frame holds nothing, wherever it stands.
  @Test func framesToBeSkippedAreSkipped() throws {
    let frame = try stream(Array("a".utf8), .zstd)
    let skipped: [UInt8] = [0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]
    #expect(try expand(skipped + frame + skipped + frame + skipped, .zstd, window: 4).plain == Array("aa".utf8))
  }

  /// A frame whose header asks for 2^`exponent` bytes of window, and holds one block of one byte.
  @Test(arguments: [(23, 1 << 20, true), (24, 1 << 20, false), (24, 1 << 24, true), (26, 64 << 20, true), (27, 64 << 20, false)])
  func windowsHaveALimit(exponent: UInt8, limit: Int, isTaken: Bool) throws {
    let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0, (exponent - 10) << 3, 9, 0, 0, 0x61]
    if isTaken {
      #expect(try expand(frame, .zstd, window: 100, windowLimit: limit).plain == Array("a".utf8))
    } else {
      #expect { try expand(frame, .zstd, window: 100, windowLimit: limit) } throws: { ($0 as? NativeError)?.operation == .window }
    }
  }
}
