import Foundation
import ScrubCore
import Testing

/// JSONTestSuite (N. Seriot): each document as the value of a member, since a line is always an object.
struct JSONSuiteTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("../shared/vectors/json/test_parsing").standardizedFileURL

  private func documents(_ prefix: String) -> [(name: String, bytes: [UInt8])] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: Self.folder.path)) ?? []
    if names.isEmpty { print("note: ../shared/vectors/json is not here, so its cases are left out") }
    return names.filter { $0.hasPrefix(prefix) }.sorted().compactMap { name in
      guard let data = try? Data(contentsOf: Self.folder.appendingPathComponent(name)) else { return nil }
      // A document over several lines is none of a line.
      return data.contains(0x0a) ? nil : (name, [UInt8](data))
    }
  }

  private func line(_ document: [UInt8]) -> [UInt8] { Array(#"{"x":"#.utf8) + document + Array("}\n".utf8) }

  @Test func everyValidDocumentPassesUntouched() throws {
    for (name, bytes) in documents("y_") {
      let result = try scrub(line(bytes), TestPlan(cells: [("x", .keep)]))
      #expect(result.withheld.isEmpty, "\(name)")
      #expect(!result.isChanged, "\(name)")
    }
  }

  @Test func everyValidDocumentCanBeRedacted() throws {
    for (name, bytes) in documents("y_") {
      let result = try scrub(line(bytes), TestPlan(cells: [("x", .redact)]))
      // Blanks around the document are no part of it.
      let text = result.text.filter { $0 != " " }
      #expect([#"{"x":null}"# + "\n", #"{"x":""}"# + "\n"].contains(text), "\(name)")
    }
  }

  @Test func everyInvalidDocumentIsWithheld() throws {
    for (name, bytes) in documents("n_") {
      let result = try scrub(line(bytes), TestPlan(cells: [("x", .keep)]))
      #expect(result.withheld.count == 1, "\(name)")
      #expect(result.bytes.isEmpty, "\(name)")
      #expect(result.events.withheld == 1, "\(name)")
    }
  }

  /// What RFC 8259 leaves open: huge numbers and surrogates alone pass untouched; so does text that is no UTF-8,
  /// for only what is treated is read. Other encodings, byte order marks and deep nesting are no JSON of a line.
  @Test func whatTheStandardLeavesOpenIsDecidedHere() throws {
    let refused: Set<String> = [
      "i_string_UTF-16LE_with_BOM.json", "i_string_utf16BE_no_BOM.json", "i_string_utf16LE_no_BOM.json",
      "i_structure_UTF-8_BOM_empty_object.json",
    ]
    for (name, bytes) in documents("i_") {
      let result = try scrub(line(bytes), TestPlan(cells: [("x", .keep)]))
      #expect(result.withheld.count == (refused.contains(name) ? 1 : 0), "\(name)")
      if !refused.contains(name) { #expect(!result.isChanged, "\(name)") }
    }
  }

  /// As a whole line a document must be an object.
  @Test func anObjectAloneIsALine() throws {
    for (name, bytes) in documents("y_") + documents("n_") {
      let result = try scrub(bytes + [0x0a], TestPlan(cells: []))
      let isBlank = bytes.allSatisfy { [0x20, 0x09, 0x0d].contains($0) }
      let isTaken = isBlank || (name.hasPrefix("y_") && bytes.first { $0 != 0x20 } == UInt8(ascii: "{"))
      #expect(result.withheld.isEmpty == isTaken, "\(name)")
    }
  }

  @Test func hostileLinesNeverTrap() throws {
    var dice = Dice(11)
    let lines =
      documents("y_").map { line($0.bytes) } + [
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
