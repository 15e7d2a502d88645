import ScrubCore
import Testing

struct MaskingTests {
  @Test(arguments: [
    (Masking.Show.nothing, "ada@example.test", "********"), (.nothing, "", ""), (.nothing, "[REDACTED]", "[REDACTED]"),
    (.last(4), "+12025550143", "********0143"), (.last(4), "1234567", "********"), (.last(4), "12345678", "********5678"),
    (.last(2), "ééüü", "********üü"), (.last(8), "0123456789abcdef", "********89abcdef"),
    (.domain, "ada@example.test", "********@example.test"), (.domain, "a@b@example.test", "********@example.test"),
    (.domain, "nobody", "********"), (.domain, "@example.test", "********@example.test"),
  ])
  func aTextIsMasked(show: Masking.Show, text: String, masked: String) throws {
    let plan = plan(["a": cell(.mask(Masking(show)))])
    #expect(try pass(plan, #"{"a":"\#(text)"}"#) == #"{"a":"\#(masked)"}"#)
    #expect(try pass(plan, #"{"a":"\#(masked)"}"#) == #"{"a":"\#(masked)"}"#, "a mask stays")
  }

  @Test(arguments: [
    (#"{"a":"\u0061da@ex\"a\\m\u000bple"}"#, #"{"a":"********@ex\"a\\m\u000bple"}"#),
    (#"{"a":"\ud83d\ude00@x\n"}"#, #"{"a":"********@x\n"}"#),
  ])
  func whatIsShownIsEscapedAgain(line: String, masked: String) throws {
    #expect(try pass(plan(["a": cell(.mask(Masking(.domain)))]), line) == masked)
  }

  @Test(arguments: ["5", "true", "[\"a\"]", "{\"b\":1}", #""\ud800""#])
  func whatIsNoTextIsRedactedAndCounted(value: String) throws {
    let plan = plan(["a": cell(.mask(Masking(.last(4))))])
    let passed = try pass(plan, Array(#"{"a":\#(value)}"#.utf8))
    #expect(passed.text == Array(#"{"a":null}"#.utf8))
    #expect(passed.counts.map(\.redactedInstead).max() == 1)
  }

  @Test func noLengthIsTold() throws {
    let plan = plan(["a": cell(.mask(Masking(.last(4))))])
    for count in 8..<40 {
      let text = String(repeating: "x", count: count)
      #expect(try pass(plan, #"{"a":"\#(text)"}"#) == #"{"a":"********xxxx"}"#)
    }
  }
}
