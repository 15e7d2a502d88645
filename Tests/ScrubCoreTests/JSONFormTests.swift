import ScrubCore
import Testing

struct JSONFormTests {
  private func form(_ text: String, isWhole: Bool = true) -> String {
    switch unsafe JSONForm.of(Array(text.utf8).span.bytes, from: 0, isWhole: isWhole) {
    case .form(let form): "\(form)"
    case .needsMore: "needs more"
    case .none: "none"
    }
  }

  @Test(arguments: [
    (#"{"a":1}"#, "lines"), ("{\"a\":1}\n", "lines"), ("{\"a\":1}\n{\"a\":2}\n", "lines"), ("{\"a\":1}\r\n", "lines"),
    ("{}\n", "lines"), ("{\n}", "objects"), ("{ \n \"a\":1}", "objects"), ("{\"a\":\n1}", "objects"),
    ("{\"a\":1\n,\"b\":2}", "objects"), ("{\"a\":[\n{\"b\":1}]}", "objects"), ("{\r\n\"a\":1}", "objects"),
    ("{\"a\":1}{\n}", "lines"), ("[", "array"), ("[1]\n[2]", "array"),
    // A first line that is broken is one.
    ("{\"a\":1,\n{\"a\":2}\n", "lines"), ("{\"a\":\"x\n{\"a\":2}\n", "lines"), ("{\n{\"a\":2}\n", "lines"),
    ("{\"a\" 1}\n{\n}", "lines"), ("{\"a\":1\n{\"a\":2}\n", "lines"), ("{\"a\":tru\n{\"a\":2}\n", "lines"),
    // One that breaks off where a value may follow is taken for a document's.
    ("{\"a\":\n{\"a\":2}\n", "objects"),
    // One of the first objects goes over several lines, though the very first does not.
    ("{\"a\":1}\n{\n\"a\":2}\n", "objects"), ("{}\n{}\n \n{\n}\n{}", "objects"), ("{}\n{}{\n}", "lines"), ("{}\n[\n]", "lines"),
    ("{}\n{\"a\" 1}\n{\n}", "lines"), ("{}\n{\"a\":1,\n{}\n", "lines"),
    // What is damaged in front of lines.
    ("x\n{}\n", "lines"), ("le.test\"}\nx\n{\"a\":1}\n", "lines"), ("\0\0\n{}", "lines"), ("x\n{\n}\n", "none"), ("x {}\n", "none"),
    ("[1]\n{}\n", "lines"), ("[]\n{}\n", "lines"), ("[{}]\n{}\n", "array"), ("[1,\n2]\n{}\n", "array"), ("[1]\n{\n}", "array"),
    // Objects that follow each other on the first line, and lines none of whose ends is the first object's.
    ("{}{}", "objects"), ("{\"a\":1} {\"a\":2}\n{}\n", "objects"), ("{}{", "objects"), ("{\"a\":1}{\n}", "lines"), ("{}x{}\n", "lines"),
    // Heads of archives of files and of other formats.
    ("a.json\0\0{}\n{}\n", "none"), ("PK\u{3}\u{4}{}\n{}\n", "none"), ("WARC/1.0\n\n{}\n", "none"), ("--part\n{}\n", "none"),
    ("\0\0x\n{}\n", "lines"),
    ("x\n{\"a\n{", "none"), ("1\n\n {} x\n", "lines"),
    ("x", "none"), ("\"a\"", "none"), ("1", "none"), ("PK", "none"),
  ])
  func isToldByTheFirstValue(text: String, expected: String) { #expect(form(text) == expected) }

  @Test(arguments: [
    ("{", "needs more"), (#"{"a":1}"#, "needs more"), ("{\"a\":1}\n", "needs more"), ("{\n", "needs more"),
    ("{\n  ", "needs more"), ("{\n  \"campaign_na", "needs more"), ("{\n  \"a\"", "objects"), ("{\"a\":1}\n{", "lines"),
    ("[", "array"), ("{\"a\":\n\"a long te", "needs more"), ("{\"a\":\n\"text\"", "objects"), ("{}{", "objects"), ("{}{}", "objects"), ("{} ", "needs more"),
  ])
  func moreIsAskedForUntilItIsKnown(text: String, expected: String) { #expect(form(text, isWhole: false) == expected) }

  @Test(
    arguments: [
      (#"{"a":1},"#, 7), (#"{"a":"}"}x"#, 9), (#"{"a":"\"}"} "#, 11), (#"{"a":"\\"}"#, 10), (#"[[],{}]]"#, 7), (#""a,]b","#, 6),
      ("12,", 2), ("true]", 4), ("null\n", 4), (",", 0), ("]", 0), ("{", nil), (#"{"a":"}"#, nil), ("12", nil), (#""\""#, nil),
    ] as [(String, Int?)])
  func valuesEndWhereBracketsAndQuotesSay(text: String, end: Int?) {
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count {
      var finder = JSONValueEnd()
      // In one piece, and in two.
      let first = unsafe finder.find(Array(bytes[..<cut]).span.bytes, from: 0)
      if let first {
        #expect(first == end)
      } else {
        #expect(unsafe finder.find(bytes.span.bytes, from: cut) == end)
      }
    }
  }
}

struct JSONItemTests {
  private func item(_ text: String, _ plan: TestPlan) throws -> (what: String, text: String, events: EventCounts) {
    var converter = Converter(TestKey())
    var pass = try JSONPass(plan.plan, isDocument: true, converter: &converter)
    var sink = ByteSink()
    let bytes = Array(text.utf8)
    let outcome = try unsafe pass.runItem(bytes.span.bytes, line: 7, converter: &converter, into: &sink)
    #expect(pass.withheld.allSatisfy { $0.line == 7 })
    let events = pass.events.reduce(into: EventCounts()) { $0 += $1 }
    switch outcome {
    case .kept(let isChanged): return ("kept", isChanged ? String(decoding: sink.array, as: UTF8.self) : text, events)
    case .dropped: return ("dropped", "", events)
    case .withheld(let code): return (code.rawValue, "", events)
    }
  }

  private let plan = TestPlan(
    cells: [("events[].name", .keep), ("events[].a", .redact), ("events[].b.c", .drop), ("who", .redact)],
    namePath: "events[].name")

  @Test(arguments: ["\n", "\r\n", " \n\t"])
  func anItemGoesOverLines(blank: String) throws {
    let text = #"{ "who" : "ada" , "events" : [ { "name" : "Kept" , "a" : [ 1 , 2 ] , "b" : { "c" : 1 , "d" : 2 } } ] }"#
    let expected = #"{ "who" : null , "events" : [ { "name" : "Kept" , "a" : null , "b" : { "d" : 2 } } ] }"#
    func spread(_ text: String) -> String { text.split(separator: " ").joined(separator: blank) }
    #expect(try item(spread(text), plan).text == spread(expected))
  }

  @Test(arguments: [
    ("{\"events\":[]}\n", "json.syntax"), ("{} {}", "json.syntax"), ("{", "json.syntax"), ("[]", "json.not-an-object"),
    ("{\"a\":\"\n\"}", "json.syntax"), ("{\"a\":1,}", "json.syntax"), ("", "json.not-an-object"),
  ])
  func whatIsNoItemIsWithheld(text: String, code: String) throws {
    let result = try item(text, plan)
    #expect(result.what == code)
    #expect(result.events.withheld == 1)
  }

  /// What a batch shares stays as long as one of its events does.
  @Test(arguments: [
    (["Kept", "New"], "kept", 1), (["New", "Kept", "New"], "kept", 2), (["New", "New"], "event.unknown", 2),
    (["Gone", "New"], "dropped", 1), (["Gone"], "dropped", 0),
  ])
  func unknownEventsOfABatchAreWithheldAlone(names: [String], what: String, withheld: Int) throws {
    let events = names.map { "{\"name\":\"\($0)\",\"a\":1}" }.joined(separator: ",\n")
    let result = try item("{\"who\":\"ada\",\"events\":[\(events)]}", plan)
    #expect(result.what == what)
    #expect(result.events.withheld == withheld)
    #expect(result.events.read == names.count)
    if what == "kept" { #expect(result.text == "{\"who\":null,\"events\":[{\"name\":\"Kept\",\"a\":null}]}") }
  }

  @Test func batchesInBatchesAreValues() throws {
    let plan = TestPlan(
      cells: [("events[].name", .keep), ("events[].events[].a", .redact)], unknown: .redact, namePath: "events[].name")
    let text = "{\"events\":[{\"name\":\"Kept\",\"events\":[{\"a\":1},{\"a\":2}]}]}"
    #expect(try item(text, plan).text == "{\"events\":[{\"name\":\"Kept\",\"events\":null}]}")
  }
}

struct WrapperTests {
  private func plan(_ cell: Cell) -> TestPlan {
    var plan = TestPlan(cells: [("a", cell), ("b", .keep)])
    plan.readsWrappers = true
    return plan
  }

  private func result(_ value: String, _ cell: Cell) throws -> String {
    let text = try scrub("{\"a\":\(value),\"b\":1}", plan(cell)).text
    return String(text.dropFirst(5).dropLast(7))
  }

  @Test(arguments: [
    (#"{"string":"x"}"#, #"{"string":"[REDACTED]"}"#), (#"{"string" : "x" }"#, #"{"string" : "[REDACTED]" }"#),
    (#"{"string":""}"#, #"{"string":""}"#), (#"{"int":5}"#, #"{"int":0}"#), (#"{ "long":-5}"#, #"{ "long":0}"#),
    (#"{"double":1.5e3}"#, #"{"double":0}"#), (#"{"boolean":true}"#, #"{"boolean":false}"#),
    (#"{"bytes":"\u00ff"}"#, #"{"bytes":"[REDACTED]"}"#), (#"{"array":[{"string":"x"}]}"#, #"{"array":[]}"#),
    (#"{"map":{"a":"b"}}"#, #"{"map":{}}"#), (#"{"a.b.Record":{"x":1}}"#, #"{"a.b.Record":{}}"#),
    (#"{"a.b.Enum":"X"}"#, #"{"a.b.Enum":"[REDACTED]"}"#),
    // Objects that are none.
    (#"{"string":5}"#, "{}"), (#"{"string":"x","int":5}"#, "{}"), (#"{"text":"x"}"#, "{}"), ("{}", "{}"),
    (#"{"str\u0069ng":"x"}"#, "{}"), (#"{"Record":{"x":1}}"#, "{}"), (#"{"a b.c":"x"}"#, "{}"), (#"{"string":null}"#, "{}"),
  ])
  func theValueInsideIsRedactedAsItsType(value: String, expected: String) throws {
    #expect(try result(value, .blank) == expected)
  }

  @Test(arguments: [#"{"string":"x"}"#, #"{ "string" : "x" }"#, #"{"array":[{"string":"}"}]}"#, #"{"int":5}"#, #"{"text":"x"}"#, "5"])
  func nullTakesThePlaceOfTheWrapper(value: String) throws { #expect(try result(value, .redact) == "null") }

  @Test func theValueInsideIsHashed() throws {
    let plain = try scrub(#"{"a":"éx","b":1}"#, plan(.hash())).text
    for spelled in [#"{"string":"éx"}"#, #"{"string":"\u00e9x"}"#] {
      #expect(
        try scrub("{\"a\":\(spelled),\"b\":1}", plan(.hash())).text == plain.replacing(#""a":"#, with: #""a":{"string":"#).replacing(#","b""#, with: #"},"b""#))
    }
    #expect(try result(#"{"int":5}"#, .hash()) == "null")
  }

  @Test func aMemberThatIsDroppedTakesItsWrapperAlong() throws {
    #expect(try scrub(#"{"a":{"string":"x"} ,"b":1}"#, plan(.drop)).text == #"{"b":1}"#)
    #expect(try scrub(#"{"b":1, "a":{"string":"x" } }"#, plan(.drop)).text == #"{"b":1 }"#)
  }

  /// An array of texts may be kept where the field is one; whatever else is inside may not.
  @Test(arguments: [
    (#"{"array":[{"string":"x"},null,{"string":"y"}]}"#, true), (#"{"array":["x"]}"#, true), (#"[{"string":"x"}]"#, true),
    (#"{"array":[{"map":{}}]}"#, false), (#"{"array":[{"a.b.Record":{"x":1}}]}"#, false), (#"{"array":[{"text":"x"}]}"#, false),
    (#"{"array":[[{"string":"x"}]]}"#, true),
  ])
  func arraysOfWrappedTextsAreArraysOfTexts(value: String, isKept: Bool) throws {
    let array = Cell(treatment: .keepScalar, isNullable: true, holdsArray: true)
    #expect(try result(value, array) == (isKept ? value : "null"))
  }

  @Test func withoutWrappersAnObjectIsAnObject() throws {
    #expect(try scrub(#"{"a":{"string":"x"}}"#, TestPlan(cells: [("a", .blank)])).text == #"{"a":{}}"#)
  }

  @Test func hostileWrappersNeverTrap() throws {
    var dice = Dice(21)
    let whole = Array(#"{"a":{ "array":[{"string":"}{"},{"long":5}] },"b":{"string":"\u00e9"}}"#.utf8)
    for length in whole.indices { _ = try scrub(Array(whole[..<length]), plan(.blank)) }
    for _ in 0..<3_000 {
      var text = whole
      for _ in 0...dice.roll(3) { text[dice.roll(text.count)] = UInt8(truncatingIfNeeded: dice.next()) }
      for cell in [Cell.redact, .blank, .drop, .keepScalar] { _ = try scrub(text, plan(cell)) }
    }
  }
}
