import ScrubNative
import Testing

struct BlockDeflateTests {
  private func shrink(_ plain: [UInt8], level: Int32 = 6) throws -> [UInt8] {
    var codec = try BlockDeflate(level: level)
    var stored = [UInt8](repeating: 0, count: codec.bound(plain.count))
    let count = try unsafe plain.withUnsafeBytes { plain in
      try unsafe stored.withUnsafeMutableBytes { stored in try unsafe codec.shrink(plain, into: stored) }
    }
    return Array(stored[..<count])
  }

  private enum Expanded: Equatable { case done([UInt8]), needsRoom, damaged }

  private func expand(_ stored: [UInt8], room: Int) throws -> Expanded {
    var codec = try BlockDeflate()
    var plain = [UInt8](repeating: 0xee, count: room)
    let result = unsafe stored.withUnsafeBytes { stored in
      unsafe plain.withUnsafeMutableBytes { plain in unsafe codec.expand(stored, into: plain) }
    }
    switch result {
    case .done(let count): return .done(Array(plain[..<count]))
    case .needsRoom: return .needsRoom
    case .damaged: return .damaged
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

struct GzipStreamTests {
  private func gzip(_ plain: [UInt8], pieces: Int = 1) throws -> [UInt8] {
    let shrinker = try GzipShrinker()
    var room = [UInt8](repeating: 0, count: 256)
    var stored = GzipShrinker.header
    for piece in 0..<pieces {
      let part = Array(plain[(plain.count * piece / pieces)..<(plain.count * (piece + 1) / pieces)])
      let isDone = unsafe part.withUnsafeBytes { part in
        unsafe room.withUnsafeMutableBytes { room in
          unsafe shrinker.shrink(part, last: piece == pieces - 1, through: room) { bytes throws(Never) in
            unsafe stored.append(contentsOf: bytes)
          }
        }
      }
      #expect(isDone)
    }
    return stored + shrinker.trailer
  }

  /// Expands members one after the other, `window` bytes of input at a time.
  private func expand(_ stored: [UInt8], window: Int) throws -> (plain: [UInt8], members: Int, isWhole: Bool) {
    let expander = try GzipExpander()
    var room = [UInt8](repeating: 0, count: 100)
    var plain: [UInt8] = []
    var members = 0
    var offset = 0
    var idle = 0
    var isBetween = true
    while offset < stored.count || idle < 2 {
      let part = Array(stored[offset..<min(offset + window, stored.count)])
      let step = try unsafe part.withUnsafeBytes { part in
        try unsafe room.withUnsafeMutableBytes { room in try unsafe expander.expand(part, into: room) }
      }
      offset += step.read
      plain += room[..<step.written]
      idle = step.read == 0 && step.written == 0 && !step.memberEnded ? idle + 1 : 0
      if step.read > 0 { isBetween = false }
      if step.memberEnded { (members, isBetween) = (members + 1, true) }
    }
    return (plain, members, isBetween)
  }

  @Test(arguments: [0, 1, 255, 70_000], [1, 2, 7])
  func whatIsShrunkExpandsToItself(count: Int, pieces: Int) throws {
    var dice = Dice(UInt64(count))
    for plain in [dice.bytes(count), dice.text(count), [UInt8](repeating: 0, count: count)] {
      let result = try expand(gzip(plain, pieces: pieces), window: 61)
      #expect(result.plain == plain)
      #expect(result.members == 1)
      #expect(result.isWhole)
    }
  }

  @Test func theHeaderHoldsNoNameAndNoTime() throws {
    #expect(try Array(gzip(Array("a".utf8)).prefix(10)) == [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
  }

  @Test func theTrailerHoldsChecksumAndSize() throws {
    // CRC-32 of "123456789", the check value of the algorithm's catalogues.
    #expect(try Array(gzip(Array("123456789".utf8)).suffix(8)) == [0x26, 0x39, 0xf4, 0xcb, 9, 0, 0, 0])
  }

  @Test func cutsInThePiecesChangeNothing() throws {
    var dice = Dice(8)
    let plain = dice.text(5_000)
    #expect(try gzip(plain, pieces: 1) == gzip(plain, pieces: 9))
  }

  @Test func membersFollowEachOther() throws {
    let stored = try gzip(Array("one ".utf8)) + gzip([]) + gzip(Array("two".utf8))
    let result = try expand(stored, window: 5)
    #expect(result.plain == Array("one two".utf8))
    #expect(result.members == 3)
  }

  @Test func aTruncatedMemberNeverEnds() throws {
    let stored = try gzip(Array("the quick brown fox".utf8))
    for length in 1..<stored.count {
      let result = try? expand(Array(stored[..<length]), window: 1000)
      #expect(result?.members ?? 0 == 0, "cut at \(length)")
    }
  }

  @Test(arguments: [-1, -4, -5, -8])
  func aWrongChecksumOrSizeIsDamage(place: Int) throws {
    var stored = try gzip(Array("the quick brown fox".utf8))
    stored[stored.count + place] ^= 0x10
    #expect(throws: NativeError.self) { try expand(stored, window: 1000) }
  }

  @Test func flippedBytesNeverTrap() throws {
    var dice = Dice(9)
    let stored = try gzip(dice.text(2_000))
    for _ in 0..<500 {
      var damaged = stored
      damaged[Int(dice.next() % UInt64(stored.count))] ^= UInt8(1 + dice.next() % 255)
      _ = try? expand(damaged, window: 64)
    }
  }
}
