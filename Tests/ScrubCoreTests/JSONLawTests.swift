import ScrubCore
import Testing

private let hashed = Hashing(normaliser: .trimmed, format: .token(byteCount: 16), domain: "d")

struct JSONLawTests {
  /// Random members in random spelling; `x` values are strings that will be replaced.
  private func line(_ random: inout Random, replaced: Bool) -> (given: String, expected: String) {
    let blanks = ["", " ", "\t", "  "]
    var given = "{"
    var expected = "{"
    for number in 0..<(1 + random.below(6)) {
      let comma = number == 0 ? "" : ","
      let blank = blanks[random.below(4)]
      let isX = random.chance(40)
      let values = ["1", "-0.0", "1E-999", "true", "null", "\"a\\u00e9\\\"\"", "[1, {\"x\":2}]", "{}", "\"\\ud800\"", "12345678901234567890"]
      let value = values[random.below(values.count)]
      let piece = "\(comma)\(blank)\"\(isX ? "x" : "k")\"\(blank):\(blank)"
      given += piece + value + blank
      expected += piece + (isX && replaced && value != "null" ? "null" : value) + blank
    }
    return (given + "}", expected + "}")
  }

  @Test(arguments: [false, true])
  func onlyTheReplacedValuesChange(replaced: Bool) throws {
    var random = Random(state: 7)
    let plan = plan(["x": cell(replaced ? .redact : .keep), "k": cell(.keep)])
    for _ in 0..<200 {
      let (given, expected) = line(&random, replaced: replaced)
      let ending = ["\n", "\r\n", ""][random.below(3)]
      #expect(try pass(plan, given + ending) == expected + ending)
    }
  }

  @Test(arguments: [
    (#"{"x":1,"k":2,"l":3}"#, #"{"k":2,"l":3}"#), (#"{"k":2, "x":1, "l":3}"#, #"{"k":2, "l":3}"#),
    (#"{"k":2 , "x":1}"#, #"{"k":2 }"#), (#"{"x":1}"#, #"{}"#), (#"{ "x":1, "x":2 }"#, #"{  }"#),
    (#"{"k":1, "x":2, "x":3}"#, #"{"k":1}"#), (#"{"x":1, "k":2, "x":3}"#, #"{"k":2}"#),
    (#"{"x":null,"k":{"x":1}}"#, #"{"k":{"x":1}}"#), (#"{"k":1,"x":[{"x":2}],"l":{}}"#, #"{"k":1,"l":{}}"#),
    (#"{"b":{"x":1,"k":2},"x":3}"#, #"{"b":{"k":2}}"#), (#"{"b":{"k":1,"x":2}}"#, #"{"b":{"k":1}}"#),
  ])
  func aDroppedMemberTakesOneCommaWithIt(given: String, expected: String) throws {
    let plan = plan([
      "x": cell(.drop), "k": cell(.keep), "l": cell(.keep), "b.x": cell(.drop), "b.k": cell(.keep),
    ])
    #expect(try pass(plan, given) == expected)
  }

  @Test func everyCopyOfADuplicateIsTreated() throws {
    #expect(try pass(plan(["x": cell(.redact)]), #"{"x":"a","x":"b","\u0078":"c"}"#) == #"{"x":null,"x":null,"\u0078":null}"#)
  }

  @Test func aRequiredValueGetsASentinelOfItsShape() throws {
    let plan = plan(["x": cell(.redact, nullable: false)])
    for (value, sentinel) in [("\"a\"", "\"[REDACTED]\""), ("7", "0"), ("true", "false"), ("[1]", "[]"), ("{\"a\":1}", "{}"), ("\"\"", "\"\"")] {
      #expect(try pass(plan, "{\"x\":\(value)}") == "{\"x\":\(sentinel)}")
    }
  }

  @Test func whatCannotBeHashedIsRedactedAndCounted() throws {
    for value in [#""\ud800""#, "7", "true", "[\"a\"]", "{}", #""   ""#, #""000-0""#] {
      let result = try pass(plan(["x": cell(.hash(hashed))]), Array("{\"x\":\(value)}".utf8))
      #expect(String(decoding: result.text, as: UTF8.self) == "{\"x\":null}")
      #expect(result.counts[1].redactedInstead == 1 && result.counts[1].treated == 0)
    }
  }

  @Test func anEscapedValueHasThePseudonymOfWhatItSays() throws {
    let token = try pseudonym("Ada é", hashed).text
    #expect(try pass(plan(["x": cell(.hash(hashed))]), #"{"x":"\u0041da \u00e9"}"#) == "{\"x\":\"\(token)\"}")
  }

  @Test func aKeptScalarThatHoldsAnObjectIsRedacted() throws {
    #expect(try pass(plan(["x": cell(.keepScalar)]), #"{"x":{"a":1}}"#) == #"{"x":null}"#)
    #expect(try pass(plan(["x": cell(.keepScalar)]), #"{"x":"a"}"#) == #"{"x":"a"}"#)
  }

  @Test func anUnknownMemberWithAnOddNameGoesWithItsName() throws {
    let plan = plan(["k": cell(.keep)])
    #expect(try pass(plan, #"{"k":1,"new_one":2,"ada@example.test":3,"12025550123":4}"#) == #"{"k":1,"new_one":null}"#)
  }

  @Test(arguments: [
    (["gone", "kept"], #"[{"name":"kept"}]"#), (["kept", "gone"], #"[{"name":"kept"}]"#),
    (["kept", "gone", "gone"], #"[{"name":"kept"}]"#), (["gone", "kept", "gone"], #"[{"name":"kept"}]"#),
    (["gone", "gone"], nil),
  ])
  func aBatchLosesItsDroppedEvents(names: [String], left: String?) throws {
    let plan = plan(["events[].name": cell(.keep), "who": cell(.redact)], batches: true)
    let events = names.map { #"{"name":"\#($0)"}"# }.joined(separator: ", ")
    let expected = left.map { #"{"who":null,"events":"# + $0 + "}\n" } ?? ""
    #expect(try pass(plan, #"{"who":"a","events":["# + events + "]}\n") == expected)
  }

  @Test(arguments: [
    "", " ", "{", "}", "{\"x\":}", "{\"x\":1,}", "{x:1}", "[1]", "1", "{\"x\":01}", "{\"x\":1.}", "{\"x\":+1}", "{\"x\":NaN}",
    "{\"x\":\"a}", "{\"x\":\"\\q\"}", "{\"x\":\"\\u12g4\"}", "{\"x\":\"\u{1}\"}", "{\"x\":tru}", "{\"x\":1}}", "{\"x\":1} 2",
    "{\"x\":[1,]}", "{\"x\":[1 2]}", "{\"x\" 1}",
  ])
  func brokenLinesAreWithheldAndOthersStay(line: String) throws {
    let result = try pass(plan(["x": cell(.keep)]), Array("{\"x\":1}\n\(line)\n{\"x\":2}\n".utf8))
    let isBlank = line.allSatisfy { $0 == " " }
    #expect(result.withheld.count == (isBlank ? 0 : 1))
    #expect(String(decoding: result.text, as: UTF8.self) == "{\"x\":1}\n\(isBlank ? line + "\n" : ""){\"x\":2}\n")
  }

  @Test func deepNestingIsRefused() throws {
    let deep = String(repeating: "[", count: 600) + String(repeating: "]", count: 600)
    #expect(try pass(plan(["x": cell(.keep)]), Array("{\"x\":\(deep)}".utf8)).withheld == [.deepJSON])
  }

  @Test func randomBytesNeverTrap() {
    var random = Random(state: 3)
    let plan = plan(["x": cell(.hash(hashed)), "b.x": cell(.drop), "events[].name": cell(.keep)], batches: true)
    let seed = Array(#"{"x":"a\u00e9","b":{"x":[1,2.5e3],"k":null},"events":[{"name":"kept"},{"name":"gone"}]}"#.utf8)
    for _ in 0..<1500 {
      var line = seed
      for _ in 0..<(1 + random.below(5)) {
        let place = random.below(line.count)
        switch random.below(3) {
        case 0: line[place] = UInt8(random.below(256))
        case 1: line.remove(at: place)
        default: line.insert(Array("{}[],:\"\\u".utf8)[random.below(9)], at: place)
        }
      }
      _ = try? pass(plan, line)
    }
  }
}
