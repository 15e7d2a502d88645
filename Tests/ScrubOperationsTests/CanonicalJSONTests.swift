import Foundation
import Testing

@testable import ScrubOperations
@testable import ScrubPolicy

/// RFC 8785, with the examples of its text.
struct CanonicalJSONTests {
  private func text(of value: some Encodable) throws -> String {
    String(decoding: try CanonicalJSON.bytes(of: value), as: UTF8.self)
  }

  @Test func membersAreSortedByUTF16Units() throws {
    // Section 3.2.3; the smiling face (a surrogate pair) comes before the Hebrew letter, as it does not in UTF-8.
    let members = [
      "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh", "1": "One",
      "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis",
    ]
    #expect(
      try text(of: members)
        == "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\","
        + "\"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\","
        + "\"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}")
  }

  @Test func escapesAreAsFewAsTheyCanBe() throws {
    // Section 3.2.2.2.
    #expect(try text(of: ["\u{20ac}$\u{f}\nA'B\"\\\\\"/\u{7f}\u{2028}"]) == "[\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u{7f}\u{2028}\"]")
    #expect(try text(of: ["\u{0}\u{8}\t\u{b}\u{c}\r\u{1f}"]) == #"["\u0000\b\t\u000b\f\r\u001f"]"#)
  }

  @Test func wordsAndNestingHaveNoBlanks() throws {
    let value = try JSONValue(parsing: Array(#" { "b" : [ true , false , null , 0 , -1 ] , "a" : { } , "c": [] } "#.utf8))
    #expect(try text(of: value) == #"{"a":{},"b":[true,false,null,0,-1],"c":[]}"#)
  }

  @Test func onlyNumbersThatEverybodyReadsAlikeAreWritten() throws {
    #expect(try text(of: [CanonicalJSON.largestNumber, -CanonicalJSON.largestNumber]) == "[9007199254740991,-9007199254740991]")
    #expect(throws: EncodingError.self) { try CanonicalJSON.bytes(of: [CanonicalJSON.largestNumber + 1]) }
    #expect(throws: EncodingError.self) { try CanonicalJSON.bytes(of: [Int.min]) }
    #expect(throws: EncodingError.self) { try CanonicalJSON.bytes(of: [0.5]) }
    #expect(throws: EncodingError.self) { try CanonicalJSON.bytes(of: [-0.0]) }
  }

  @Test(arguments: [0, -1, CanonicalJSON.largestNumber, CanonicalJSON.largestNumber + 1, Int.max, Int.min])
  func wholeNumbersAreToldExactly(number: Int) throws {
    let told = try text(of: [WholeNumber(number)])
    let isLarge = number.magnitude > CanonicalJSON.largestNumber.magnitude
    #expect(told == (isLarge ? "[\"\(number)\"]" : "[\(number)]"))
    let read = try JSONDecoder().decode([WholeNumber].self, from: Data(told.utf8))
    #expect(read == [WholeNumber(number)])
  }
}
