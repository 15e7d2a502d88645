import Foundation
import Testing

@testable import ScrubOperations

struct DocumentEncoderTests {
  private func isAsFoundationWrites(_ value: some Encodable) throws -> Bool {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try Array(encoder.encode(value)) == DocumentEncoder.text(of: value)
  }

  @Test(arguments: [
    "", "a/b", "\"quoted\" \\", "\u{0}\u{1}\u{8}\t\n\u{b}\u{c}\r\u{f}\u{10}\u{1f}\u{7f}", "caf\u{e9} cafe\u{301} \u{2028}",
    "\u{1F600}",
  ])
  func texts(text: String) throws {
    #expect(try isAsFoundationWrites([text]))
    #expect(try isAsFoundationWrites([text: text]))
  }

  @Test(arguments: [0, -0.0, 1, 2.5, 1e22, 1.5e-7, 0.1, 9_007_199_254_740_993, -12_345.25, .greatestFiniteMagnitude])
  func numbers(number: Double) throws {
    #expect(try isAsFoundationWrites([number]))
    #expect(try isAsFoundationWrites([Float(number.isNormal ? 1 / number : 0)]))
  }

  @Test func wholeNumbers() throws {
    #expect(try isAsFoundationWrites([Int.min, 0, Int.max]))
    #expect(try isAsFoundationWrites([UInt64.max]))
    #expect(try isAsFoundationWrites([Int8.min]))
  }

  @Test func whatIsNoNumberIsRefused() {
    #expect(throws: EncodingError.self) { try DocumentEncoder.text(of: [Double.nan]) }
    #expect(throws: EncodingError.self) { try DocumentEncoder.text(of: ["x": Double.infinity]) }
  }

  private struct Thing: Encodable {
    var name = "thing"
    var isTrue = true
    var missing: Int?
    var known: Int? = 4
    var things: [Thing] = []
    var counts: [String: [Int]] = ["b": [], "a": [1, 2], "\u{e9}": [], "\u{1F600}": [], "\u{FFFD}": [3]]
    var numbered = [10: "ten", 9: "nine"]
    var holes: [String?] = [nil, "x"]
    var shape = Shape.round

    enum Shape: String, Encodable { case round }
  }

  @Test func nestedValues() throws {
    #expect(try isAsFoundationWrites([Thing]()))
    #expect(try isAsFoundationWrites([String: Thing]()))
    #expect(try isAsFoundationWrites(Thing(things: [Thing(), Thing(known: nil, things: [Thing()])])))
  }
}
