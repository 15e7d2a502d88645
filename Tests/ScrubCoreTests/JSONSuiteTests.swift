import Foundation
import ScrubCore
import Testing

/// JSONTestSuite (N. Seriot): each document as the value of a member, since a line is always an object.
struct JSONSuiteTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The documents whose names start so, of which there are `count`; none where the suite is not at hand.
  private func documents(_ prefix: String, count: Int) -> [(name: String, bytes: [UInt8])] {
    let folder = Self.root.appendingPathComponent("../shared/vectors/json/test_parsing").standardizedFileURL
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      print("note: ../shared/vectors/json is not here, so its cases are left out")
      return []
    }
    let documents = names.filter { $0.hasPrefix(prefix) }.sorted().compactMap { name in
      (try? Data(contentsOf: folder.appendingPathComponent(name))).map { (name, [UInt8]($0)) }
    }
    #expect(documents.count == count)
    return documents
  }

  /// The documents that are JSON; a line feed between values, which a line cannot hold, is another blank here.
  private func valid() -> [(name: String, bytes: [UInt8])] {
    documents("y_", count: 95).map { ($0.name, $0.bytes.map { $0 == 0x0a ? 0x20 : $0 }) }
  }

  private func line(_ document: [UInt8]) -> [UInt8] { Array(#"{"x":"#.utf8) + document + Array("}\n".utf8) }

  @Test func everyValidDocumentPassesUntouched() throws {
    for (name, bytes) in valid() {
      let result = try scrub(line(bytes), TestPlan(cells: [("x", .keep)]))
      #expect(result.withheld.isEmpty, "\(name)")
      #expect(!result.isChanged, "\(name)")
    }
  }

  @Test func everyValidDocumentCanBeRedacted() throws {
    for (name, bytes) in valid() {
      let result = try scrub(line(bytes), TestPlan(cells: [("x", .redact)]))
      // Blanks around the document are no part of it.
      let text = result.text.filter { $0 != " " }
      #expect([#"{"x":null}"# + "\n", #"{"x":""}"# + "\n"].contains(text), "\(name)")
    }
  }

  /// One with line feeds is several lines, none of which is written.
  @Test func everyInvalidDocumentIsWithheld() throws {
    for (name, bytes) in documents("n_", count: 188) {
      let result = try scrub(line(bytes), TestPlan(cells: [("x", .keep)]))
      #expect(result.withheld.count == bytes.count { $0 == 0x0a } + 1, "\(name)")
      #expect(result.bytes.isEmpty, "\(name)")
      #expect(result.events.withheld == result.withheld.count, "\(name)")
    }
  }

  /// What RFC 8259 leaves open is decided by the table in the documentation: what becomes of the value where it is
  /// kept, and where it should be hashed.
  @Test func whatTheStandardLeavesOpenIsWhatTheDocumentationSays() throws {
    let page = try String(contentsOf: Self.root.appendingPathComponent("Documentation/Hardening.md"), encoding: .utf8)
    for (name, bytes) in documents("i_", count: 35) {
      let row = "| `\(name.dropLast(5))` | \(try outcome(of: bytes, .keep)) | \(try outcome(of: bytes, .hash())) |"
      #expect(page.contains(row), "\(row)")
    }
  }

  /// The suite puts its values into arrays.
  private func outcome(of document: [UInt8], _ cell: Cell) throws -> String {
    let isList = document.first == UInt8(ascii: "[") && document.last == UInt8(ascii: "]") && document.count < 500
    let result = try scrub(line(isList ? Array(document[1..<(document.count - 1)]) : document), TestPlan(cells: [("x", cell)]))
    if !result.withheld.isEmpty { return "withheld" }
    if !result.isChanged { return "untouched" }
    return result.text == "{\"x\":null}\n" ? "redacted" : "hashed"
  }

  /// As a whole line a document must be an object.
  @Test func anObjectAloneIsALine() throws {
    for (name, bytes) in valid() + documents("n_", count: 188) {
      let result = try scrub(bytes + [0x0a], TestPlan(cells: []))
      let isBlank = bytes.allSatisfy { [0x20, 0x09, 0x0d].contains($0) }
      let isTaken = isBlank || (name.hasPrefix("y_") && bytes.first { $0 != 0x20 } == UInt8(ascii: "{"))
      #expect(result.withheld.isEmpty == isTaken, "\(name)")
    }
  }

  @Test func hostileLinesNeverTrap() throws {
    var dice = Dice(11)
    let lines =
      valid().map { line($0.bytes) } + [
        Array(
          #"{"events":[{"data":{"a":"\u00e9\n"}},{"data":{}}],"p":{"a":1,"b":[true,null,-1.5e+3]},"x":"y"}"#
            .utf8)
      ]
    let plan = TestPlan(cells: [
      ("x", .hash()), ("events[].data.a", .drop), ("p.a", .drop), ("p.b", .redact),
    ])
    var converter = Converter(TestKey())
    var pass = try JSONPass(plan.plan, converter: &converter)
    var sink = ByteSink()
    for line in lines {
      for length in line.indices {
        let cut = Array(line[..<length])
        sink.removeAll()
        _ = try unsafe pass.run(cut.span.bytes, converter: &converter, into: &sink)
      }
    }
    for _ in 0..<4_000 {
      var line = dice.pick(lines)
      for _ in 0...dice.roll(3) { line[dice.roll(line.count)] = UInt8(truncatingIfNeeded: dice.next()) }
      sink.removeAll()
      _ = try unsafe pass.run(line.span.bytes, converter: &converter, into: &sink)
    }
  }

  @Test(arguments: [(510, true), (511, true), (512, false), (513, false), (100_000, false)])
  func nestingHasALimit(depth: Int, isTaken: Bool) throws {
    let document = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    let result = try scrub("{\"x\":\(document)}\n", TestPlan(cells: [("x", .keep)]))
    #expect(result.withheld.isEmpty == isTaken)
    if !isTaken { #expect(result.withheld.first?.code == .deepJSON) }
  }
}
