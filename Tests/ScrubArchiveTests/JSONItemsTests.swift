import ScrubArchive
import ScrubCore
import Testing

/// What cutting a document gives: its pieces, with what stands between them.
private func items(_ bytes: [UInt8], isArray: Bool = true, limit: Int = 1 << 20) throws -> [String] {
  let folder = try TemporaryFolder()
  var file = try InputFile.open(path: folder.write("f", bytes), digestKey: nil)
  func text(_ range: Range<Int>, _ file: borrowing InputFile) -> String {
    file.withWindow { window in String(decoding: range.map { window.byte(at: $0) }, as: UTF8.self) }
  }
  var items = JSONItems(isArray: isArray, limit: limit)
  var words: [String] = []
  while true {
    switch try items.next(&file) {
    case .item(let lead, let count):
      words += [text(0..<lead, file), text(lead..<(lead + count), file)]
      file.consume(lead + count)
    case .tooLong(let lead):
      words.append(text(0..<lead, file))
      file.consume(lead)
      var count = 0
      try items.passOver(&file) { count += $0.byteCount }
      words.append("too long: \(count)")
    case .end(let tail): return words + [text(0..<tail, file), "end"]
    case .damaged(let code): return words + [code.rawValue]
    }
  }
}

struct JSONItemsTests {
  @Test(arguments: [
    ("[]", ["[]", "end"]), (" [ ] \n", [" [ ] \n", "end"]), ("[{}]", ["[", "{}", "]", "end"]),
    ("[\n  {\"a\":\"]\"},\r\n {}\n]\n", ["[\n  ", "{\"a\":\"]\"}", ",\r\n ", "{}", "\n]\n", "end"]),
    ("[1,[2,[3]],\"x\",null]", ["[", "1", ",", "[2,[3]]", ",", "\"x\"", ",", "null", "]", "end"]),
  ])
  func anArrayIsCutIntoItsItems(text: String, words: [String]) throws { #expect(try items(Array(text.utf8)) == words) }

  @Test(arguments: [
    ("{}", ["", "{}", "", "end"]), ("\n{\n}\n{}{} \n", ["\n", "{\n}", "\n", "{}", "", "{}", " \n", "end"]), (" ", [" ", "end"]),
  ])
  func objectsFollowEachOther(text: String, words: [String]) throws {
    #expect(try items(Array(text.utf8), isArray: false) == words)
  }

  @Test(arguments: [
    "", "[", "[ ", "[,", "[{}", "[{},", "[{},]", "[{}{}]", "[{}]x", "[{}]]", "[{},,{}]", "{}", "x", "[}", "[{}}", "[{", "[\"x", "[1",
  ])
  func whatIsNoArrayIsDamage(text: String) throws {
    #expect(try items(Array(text.utf8)).last == "json.bad-document")
  }

  @Test(arguments: ["{} x", "{},{}", "[]", "{}]", "{", "x"])
  func whatIsNoObjectIsDamage(text: String) throws {
    #expect(try items(Array(text.utf8), isArray: false).last == "json.bad-document")
  }

  /// Items and blanks have a limit, wherever the reads of a file end.
  @Test(arguments: [(600_000, true), (600_001, false), (2_000_000, false)])
  func theLimitIsThatOfAnItem(length: Int, isTaken: Bool) throws {
    let item = "\"" + String(repeating: "x", count: length - 2) + "\""
    let words = try items(Array("[1,\(item),2]".utf8), limit: 600_000)
    #expect(words == ["[", "1", ",", isTaken ? item : "too long: \(length)", ",", "2", "]", "end"])
    let blanks = String(repeating: " ", count: length - 1)
    #expect(try items(Array("[1,\(blanks)2]".utf8), limit: 600_000).last == (isTaken ? "end" : "json.bad-document"))
    #expect(try items(Array("[1]\(blanks)".utf8), limit: 600_000).last == (isTaken ? "end" : "json.bad-document"))
  }

  @Test func anItemThatNeverEndsIsPassedOver() throws {
    let words = try items(Array("[{},{\"a\":\"".utf8) + [UInt8](repeating: 0x5b, count: 3 << 20), limit: 1 << 20)
    #expect(words == ["[", "{}", ",", "too long: \((3 << 20) + 6)", "json.bad-document"])
  }

  @Test func nothingIsLostBetweenReads() throws {
    let item = Array("{\"a\":\"\(String(repeating: "\\\"", count: 40_000))\"}".utf8)
    let text = Array("[ ".utf8) + (0..<20).flatMap { _ in item + Array(" ,\n ".utf8) } + Array("{} ]".utf8)
    #expect(try items(text).dropLast().joined() == String(decoding: text, as: UTF8.self))
  }

  @Test(arguments: [0, 1, 2]) func flippedBytesNeverTrap(seed: UInt64) throws {
    var state = seed
    func roll(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    let text = Array("[ {\"a\":\"b\"}, [1, 2] ,\"x\\\"\", null ,{} ]\n".utf8)
    for _ in 0..<200 {
      var damaged = text
      for _ in 0...roll(3) { damaged[roll(text.count)] = UInt8(roll(256)) }
      for isArray in [true, false] { #expect(try !items(damaged, isArray: isArray, limit: 64).isEmpty) }
    }
  }
}
