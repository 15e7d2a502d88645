import Foundation
import ScrubLedger
import ScrubNative
import Testing

struct EvidenceLogTests {
  private let key = secret(7)

  private func fill(_ bench: StateBench, _ count: Int) throws {
    for number in 1...count {
      var log = try EvidenceLog.open(in: bench.path, key: key)
      var entry = EvidenceEntry(command: "reveal")
      entry.counts = ["asked": number]
      entry.keys = ["k1:00ff"]
      entry.reason = "DSR-\(number) \"quoted\", \\ and é"
      try log.append(entry)
    }
  }

  private func segments(_ bench: StateBench) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: bench.file("evidence")).filter { $0.hasSuffix(".ndjson") }.sorted()
  }

  private func text(_ bench: StateBench) throws -> [String] {
    try segments(bench).flatMap { name in
      String(decoding: try bench.bytes("evidence/" + name), as: UTF8.self).split(separator: "\n").map(String.init)
    }
  }

  private func write(_ lines: [String], _ bench: StateBench, ending: String = "\n") throws {
    let name = try #require(try segments(bench).last)
    try bench.write(Data((lines.joined(separator: "\n") + ending).utf8), to: "evidence/" + name)
  }

  private func findings(_ bench: StateBench, holding head: String? = nil) throws -> [String] {
    try EvidenceCheck(of: bench.path, key: key, holding: head).findings.map { "\($0.line) \($0.code.rawValue)" }
  }

  @Test func linesFollowOneAnother() throws {
    let bench = try StateBench()
    try fill(bench, 5)
    let check = try EvidenceCheck(of: bench.path, key: key)
    #expect(check.findings.isEmpty && check.lines == 5 && check.segments == 1 && check.head.sequence == 5)
    let lines = try text(bench)
    #expect(lines.count == 5)
    #expect(lines[4].contains("\"counts\":{\"asked\":5}") && lines[4].hasSuffix("\"}"))
    #expect(lines[4].contains("\"hmac\":\"\(check.head.mac)\"}"))
    #expect(try bench.mode("evidence/" + segments(bench)[0]) == 0o600)
    #expect(try bench.mode("evidence") == 0o700)
  }

  @Test func linesThatAreWrittenTogetherFollowOneAnotherToo() throws {
    let bench = try StateBench()
    try fill(bench, 1)
    var log = try EvidenceLog.open(in: bench.path, key: key)
    try log.append(
      (2...4).map { number in
        var entry = EvidenceEntry(command: "erase")
        entry.request = "r\(number)"
        return entry
      })
    let check = try EvidenceCheck(of: bench.path, key: key)
    #expect(check.findings.isEmpty && check.lines == 4 && check.head.text == log.headText)
    #expect(try text(bench)[2].contains("\"request\":\"r3\""))
  }

  @Test func anEmptyLogIsProved() throws {
    let bench = try StateBench()
    let check = try EvidenceCheck(of: bench.path, key: key)
    #expect(check.findings.isEmpty && check.lines == 0)
  }

  @Test func everyEditIsFound() throws {
    let bench = try StateBench()
    try fill(bench, 4)
    let lines = try text(bench)
    let bytes = Array(lines[1].utf8)
    for index in bytes.indices {
      var other = bytes
      other[index] = other[index] == UInt8(ascii: "1") ? UInt8(ascii: "2") : UInt8(ascii: "1")
      try write([lines[0], String(decoding: other, as: UTF8.self), lines[2], lines[3]], bench)
      #expect(try !findings(bench).isEmpty, "byte \(index)")
    }
  }

  @Test func insertionsDeletionsAndSwapsAreFound() throws {
    let bench = try StateBench()
    try fill(bench, 4)
    let lines = try text(bench)
    try write([lines[0], lines[2], lines[3]], bench)
    #expect(try findings(bench) == ["2 evidence.wrong-mac"])
    try write([lines[1], lines[2], lines[3]], bench)
    #expect(try findings(bench) == ["1 evidence.wrong-mac"])
    try write([lines[0], lines[0], lines[1], lines[2], lines[3]], bench)
    #expect(try findings(bench) == ["2 evidence.wrong-mac"])
    try write([lines[0], "{\"a\":1}", lines[1], lines[2], lines[3]], bench)
    #expect(try findings(bench) == ["2 evidence.malformed-line"])
    try write([lines[0], lines[2], lines[1], lines[3]], bench)
    #expect(try findings(bench) == ["2 evidence.wrong-mac", "3 evidence.wrong-mac", "4 evidence.wrong-mac"])
    try write(lines, bench)
    #expect(try findings(bench) == [])
  }

  @Test func returnsBeforeNewlinesAreFound() throws {
    let bench = try StateBench()
    try fill(bench, 3)
    let lines = try text(bench)
    try write(lines.map { $0 + "\r" }, bench)
    #expect(try findings(bench) == ["1 evidence.malformed-line", "2 evidence.malformed-line", "3 evidence.malformed-line"])
    #expect(throws: LedgerProblem.self) { _ = try EvidenceLog.open(in: bench.path, key: key) }
    try write([lines[0], lines[1], lines[2] + "\r"], bench)
    #expect(try findings(bench) == ["3 evidence.malformed-line"])
    try write(lines + ["{\"actor\":\"eve\"}\r"], bench)
    #expect(try findings(bench) == ["4 evidence.malformed-line"])
    try write(["hello world\r"], bench)
    #expect(try findings(bench) == ["1 evidence.malformed-line"])
    // Alike as characters, other bytes.
    try write([lines[0], lines[1].replacing("é", with: "e\u{301}"), lines[2]], bench)
    #expect(try findings(bench) == ["2 evidence.wrong-mac"])
  }

  @Test func aCutTailIsFoundByAHeadThatWasKept() throws {
    let bench = try StateBench()
    try fill(bench, 4)
    let head = try EvidenceCheck(of: bench.path, key: key).head.text
    let lines = try text(bench)
    #expect(try findings(bench, holding: head) == [])
    try write(Array(lines.prefix(3)), bench)
    #expect(try findings(bench) == [])
    #expect(try findings(bench, holding: head) == ["3 evidence.head-missing"])
  }

  @Test func aLineOfAnotherKeyIsFound() throws {
    let bench = try StateBench()
    try fill(bench, 2)
    let other = try EvidenceCheck(of: bench.path, key: secret(8))
    #expect(other.findings.map(\.code) == [.mac, .mac])
  }

  @Test func aLineThatWasNeverWrittenToItsEndGoes() throws {
    let bench = try StateBench()
    try fill(bench, 3)
    let lines = try text(bench)
    try write([lines[0], lines[1], String(lines[2].prefix(40))], bench, ending: "")
    #expect(try findings(bench) == ["3 evidence.torn-line"])
    try fill(bench, 1)
    let check = try EvidenceCheck(of: bench.path, key: key)
    #expect(check.findings.isEmpty && check.lines == 3)
  }

  @Test func aDamagedLastLineStopsTheLog() throws {
    let bench = try StateBench()
    try fill(bench, 2)
    try write(try text(bench) + ["{}"], bench)
    #expect(problem { _ = try EvidenceLog.open(in: bench.path, key: key) } == .evidenceDamaged)
  }

  @Test func theLogGoesOnInTheNextMonth() throws {
    let bench = try StateBench()
    try fill(bench, 2)
    let name = try segments(bench)[0]
    try FileManager.default.moveItem(atPath: bench.file("evidence/" + name), toPath: bench.file("evidence/2020-01.ndjson"))
    try fill(bench, 2)
    var check = try EvidenceCheck(of: bench.path, key: key)
    #expect(check.findings.isEmpty && check.lines == 4 && check.segments == 2)
    // A clock that was set back writes behind what is there.
    try FileManager.default.moveItem(atPath: bench.file("evidence/" + name), toPath: bench.file("evidence/9999-01.ndjson"))
    try fill(bench, 1)
    check = try EvidenceCheck(of: bench.path, key: key)
    #expect(check.findings.isEmpty && check.lines == 5 && check.segments == 2)
    try FileManager.default.removeItem(atPath: bench.file("evidence/2020-01.ndjson"))
    #expect(try findings(bench) == ["1 evidence.wrong-mac"])
  }

  /// A log of three months: the lines of the one there is, as if time had passed between them.
  private func months(_ bench: StateBench) throws {
    try fill(bench, 6)
    let name = try #require(try segments(bench).last)
    let lines = try text(bench)
    try bench.write(Data((lines[0..<2].joined(separator: "\n") + "\n").utf8), to: "evidence/2019-12.ndjson")
    try bench.write(Data((lines[2..<4].joined(separator: "\n") + "\n").utf8), to: "evidence/2020-01.ndjson")
    try bench.write(Data((lines[4...].joined(separator: "\n") + "\n").utf8), to: "evidence/" + name)
    #expect(try findings(bench) == [])
  }

  private func expire(_ bench: StateBench, before month: String) throws -> Int {
    var log = try EvidenceLog.open(in: bench.path, key: key)
    return try log.expire(before: month)
  }

  @Test func whatExpiredIsGoneAndTheRestIsProved() throws {
    let bench = try StateBench()
    try months(bench)
    let kept = try EvidenceCheck(of: bench.path, key: key).head.text
    #expect(try expire(bench, before: "2020-01") == 1)
    #expect(try segments(bench).first == "2020-01.ndjson")
    #expect(try findings(bench) == [])
    #expect(try expire(bench, before: "2020-02") == 1)
    #expect(try expire(bench, before: "2020-02") == 0)
    #expect(try segments(bench).count == 1)
    #expect(try findings(bench, holding: kept) == [])
    try fill(bench, 1)
    #expect(try findings(bench) == [])
    // The line that tells what expired is bound like any other.
    let lines = try text(bench)
    try write(lines.map { $0.replacingOccurrences(of: "\"lines\":2", with: "\"lines\":3") }, bench)
    #expect(try findings(bench) == ["3 evidence.wrong-mac", "4 evidence.wrong-mac"])
  }

  @Test func whatIsGoneWithoutHavingExpiredIsFound() throws {
    let bench = try StateBench()
    try months(bench)
    try FileManager.default.removeItem(atPath: bench.file("evidence/2019-12.ndjson"))
    #expect(try findings(bench) == ["1 evidence.wrong-mac"])
    let other = try StateBench()
    try months(other)
    #expect(try expire(other, before: "2020-01") == 1)
    try FileManager.default.removeItem(atPath: other.file("evidence/2020-01.ndjson"))
    #expect(try findings(other) == ["1 evidence.wrong-mac"])
  }

  @Test func anExpiryThatWasCutOffLeavesALogThatIsProved() throws {
    let bench = try StateBench()
    try months(bench)
    let second = try bench.bytes("evidence/2020-01.ndjson")
    #expect(try expire(bench, before: "2020-02") == 2)
    try bench.write(Data(second), to: "evidence/2020-01.ndjson")
    #expect(try findings(bench) == [])
    #expect(try expire(bench, before: "2020-02") == 1)
    #expect(try findings(bench) == [])
  }

  @Test func manyAtOnceStayInOrder() async throws {
    let bench = try StateBench()
    let (path, key) = (bench.path, key)
    try await withThrowingTaskGroup { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<25 {
            var log = try EvidenceLog.open(in: path, key: key)
            try log.append(EvidenceEntry(command: "reveal"))
          }
        }
      }
      try await group.waitForAll()
    }
    let check = try EvidenceCheck(of: bench.path, key: key)
    #expect(check.findings.isEmpty && check.head.sequence == 100)
  }
}
