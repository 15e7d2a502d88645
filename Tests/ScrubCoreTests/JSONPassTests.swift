import ScrubCore
import Testing

/// Random lines: members with every spelling of names and values, and blanks wherever they may stand.
private struct RandomLine {
  /// What stands between the members' values, and the values with the slot they belong to.
  enum Piece {
    case text(String)
    case value(slot: Int, text: String, plain: String?)
  }
  var pieces: [Piece] = []

  static let names = ["user_id", "email", "p.a", "p.q.b"]

  init(_ dice: inout Dice) {
    let members = (0..<dice.roll(7)).map { _ in dice.roll(6) }
    pieces = [.text("{" + blank(&dice))]
    for (index, kind) in members.enumerated() {
      if index > 0 { pieces.append(.text("," + blank(&dice))) }
      switch kind {
      case 0, 1: member(Self.names[kind], slot: kind + 1, &dice)
      case 2: object("p", &dice) { line, dice in line.member("a", slot: 3, &dice) }
      case 3:
        object("p", &dice) { line, dice in
          line.object("q", &dice) { line, dice in line.member("b", slot: 4, &dice) }
        }
      default: member(dice.pick(["colour", "e-mail", "Email", "user_id ", "p.a", ""]), slot: 0, &dice)
      }
      pieces.append(.text(blank(&dice)))
    }
    pieces.append(.text("}" + blank(&dice)))
  }

  private mutating func object(
    _ name: String, _ dice: inout Dice, _ body: (inout RandomLine, inout Dice) -> Void
  ) {
    pieces.append(.text(spelled(name, &dice) + blank(&dice) + ":" + blank(&dice) + "{" + blank(&dice)))
    body(&self, &dice)
    pieces.append(.text(blank(&dice) + "}"))
  }

  private mutating func member(_ name: String, slot: Int, _ dice: inout Dice) {
    pieces.append(.text(spelled(name, &dice) + blank(&dice) + ":" + blank(&dice)))
    let (text, plain) = value(&dice)
    pieces.append(.value(slot: slot, text: text, plain: plain))
  }

  private func blank(_ dice: inout Dice) -> String {
    String((0..<max(0, dice.roll(6) - 3)).map { _ in dice.pick([" ", "\t", "\r"]) }.joined())
  }

  /// A name, some of its letters as escapes.
  private func spelled(_ name: String, _ dice: inout Dice) -> String {
    let escapes = dice.roll(4) == 0
    return "\""
      + name.unicodeScalars.map { escapes && dice.roll(3) == 0 ? unit($0.value) : String($0) }.joined() + "\""
  }

  private func unit(_ number: UInt32) -> String {
    let digits = String(number, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }

  /// A value and, of a string, what it means.
  private func value(_ dice: inout Dice) -> (text: String, plain: String?) {
    let other = [
      "0", "-0", "1.0", "1E-999", "12345678901234567890123", "true", "false", "null", "[]", "{}",
      #"[1,{"email":"bob@example.test"}]"#, #"{"a":[null]}"#,
    ]
    if dice.roll(3) == 0 { return (dice.pick(other), nil) }
    var (text, plain) = ("", "")
    for _ in 0..<dice.roll(20) {
      let scalar = dice.pick(Array("abc @.09\u{e9}\u{4e2d}\u{1f600}\"\\/\n\t".unicodeScalars))
      plain.unicodeScalars.append(scalar)
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += dice.pick(["\\n", "\\u000a", "\\u000A"])
      case "\t": text += dice.pick(["\\t", "\\u0009"])
      case "/": text += dice.pick(["/", "\\/"])
      case "\u{1f600}": text += dice.pick(["\u{1f600}", "\\ud83d\\ude00", "\\uD83D\\uDE00"])
      default: text += dice.roll(5) == 0 ? unit(scalar.value) : String(scalar)
      }
    }
    return ("\"\(text)\"", plain)
  }

  var text: String {
    pieces.map { piece in
      switch piece {
      case .text(let text), .value(_, let text, _): text
      }
    }.joined()
  }

  /// The line that a plan makes of it: the definition that the pass is held against.
  func expected(_ cells: [Cell], _ key: TestKey) -> String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .value(let slot, let text, let plain): expected(cells[slot], text, plain, key)
      }
    }.joined()
  }

  private func expected(_ cell: Cell, _ text: String, _ plain: String?, _ key: TestKey) -> String {
    if text == "null" || text == "\"\"" { return text }
    switch cell.treatment {
    case .keep: return text
    case .keepScalar: return text.hasPrefix("[") || text.hasPrefix("{") ? "null" : text
    case .hash:
      let blanks: Set<Unicode.Scalar> = [" ", "\t", "\n"]
      guard let plain else { return "null" }
      var scalars = Array(plain.unicodeScalars)
      while let last = scalars.last, blanks.contains(last) { scalars.removeLast() }
      scalars = Array(scalars.drop { blanks.contains($0) })
      if scalars.allSatisfy({ $0 == "0" }) { return "null" }
      var trimmed = ""
      trimmed.unicodeScalars.append(contentsOf: scalars)
      return "\"\(key.token(trimmed, domain: "tests"))\""
    default: return "null"
    }
  }
}

struct JSONPassLawTests {
  private func plan(_ cells: [Cell]) -> TestPlan {
    TestPlan(cells: Array(zip(RandomLine.names, cells.dropFirst())), unknown: cells[0])
  }

  @Test(arguments: 0..<200)
  func aPlanThatKeepsEverythingTouchesNothing(seed: UInt64) throws {
    var dice = Dice(seed)
    let lines = (0..<5).map { _ in RandomLine(&dice).text + dice.pick(["\n", "\r\n"]) }.joined()
    let result = try scrub(lines + RandomLine(&dice).text, plan(Array(repeating: .keep, count: 5)))
    #expect(!result.isChanged)
    #expect(result.withheld.isEmpty)
    #expect(result.events.written == 6)
  }

  @Test(arguments: 0..<400)
  func onlyTheTreatedValuesChange(seed: UInt64) throws {
    var dice = Dice(10_000 + seed)
    // Members that no path names may have names that are personal themselves, so they stay in this test.
    let cells = [Cell.keep] + (0..<4).map { _ in dice.pick([Cell.keep, .keepScalar, .redact, .hash()]) }
    let lines = (0..<4).map { _ in RandomLine(&dice) }
    let result = try scrub(lines.map { $0.text + "\n" }.joined(), plan(cells))
    #expect(result.text == lines.map { $0.expected(cells, TestKey()) + "\n" }.joined())
    #expect(result.withheld.isEmpty)
  }

  @Test(arguments: 0..<100)
  func whatIsCountedAddsUp(seed: UInt64) throws {
    var dice = Dice(20_000 + seed)
    let cells = [Cell.keep] + (0..<4).map { _ in dice.pick([Cell.keep, .redact, .hash()]) }
    let lines = (0..<6).map { _ in RandomLine(&dice) }
    let result = try scrub(lines.map { $0.text + "\n" }.joined(), plan(cells))
    for slot in cells.indices {
      let there = lines.flatMap(\.pieces).count { piece in
        if case .value(slot, let text, _) = piece { text != "null" } else { false }
      }
      let counts = result.counts[slot]
      #expect(counts.values == there)
      #expect(counts.treated + counts.redactedInstead + counts.left == (cells[slot] == .keep ? 0 : there))
    }
    #expect(result.events.read == 6)
  }
}

struct JSONValueTests {
  @Test(arguments: [
    (#"{"x":"a"}"#, #"{"x":"[REDACTED]"}"#), (#"{"x":12.5e3}"#, #"{"x":0}"#),
    (#"{"x":true}"#, #"{"x":false}"#),
    (#"{"x":[1,2]}"#, #"{"x":[]}"#), (#"{"x":{"a":1}}"#, #"{"x":{}}"#), (#"{"x":null}"#, #"{"x":null}"#),
    (#"{"x":""}"#, #"{"x":""}"#), (#"{"x":"[REDACTED]"}"#, #"{"x":"[REDACTED]"}"#),
    (#"{"x":0}"#, #"{"x":0}"#),
  ])
  func aRequiredMemberKeepsItsType(line: String, expected: String) throws {
    #expect(try scrub(line, TestPlan(cells: [("x", .blank)])).text == expected)
  }

  @Test(arguments: ["\"a\"", "1", "true", "[1]", "{\"a\":1}"])
  func anOptionalMemberBecomesNull(value: String) throws {
    #expect(try scrub("{\"x\": \(value) }", TestPlan(cells: [("x", .redact)])).text == "{\"x\": null }")
  }

  @Test(arguments: ["1", "true", "[\"a\"]", "{\"a\":\"b\"}", "1e400"])
  func whatIsNoTextIsRedactedWhereItShouldBeHashed(value: String) throws {
    let result = try scrub("{\"x\":\(value)}", TestPlan(cells: [("x", .hash())]))
    #expect(result.text == #"{"x":null}"#)
    #expect(result.counts[1].redactedInstead == 1)
    #expect(result.counts[1].treated == 0)
  }

  @Test(arguments: [#"\ud800"#, #"a\udc00b"#, #"\ud83d"#, #"\ud83d\u0041"#, #"\ude00\ud83d"#, #"\ud83dx"#])
  func aSurrogateAloneIsRedactedWhereItShouldBeHashedAndStaysWhereItIsKept(text: String) throws {
    let line = "{\"x\":\"\(text)\"}"
    let hashed = try scrub(line, TestPlan(cells: [("x", .hash())]))
    #expect(hashed.text == #"{"x":null}"#)
    #expect(hashed.counts[1].redactedInstead == 1)
    #expect(try !scrub(line, TestPlan(cells: [("x", .keep)])).isChanged)
    #expect(try !scrub(line, TestPlan(cells: [("x", .keepScalar)])).isChanged)
  }

  @Test func bytesThatAreNoUTF8AreRedactedWhereTheyShouldBeHashed() throws {
    let line = Array(#"{"x":"caf"#.utf8) + [0xe9] + Array(#""}"#.utf8)
    #expect(try scrub(line, TestPlan(cells: [("x", .hash())])).text == #"{"x":null}"#)
    #expect(try !scrub(line, TestPlan(cells: [("x", .keep)])).isChanged)
  }

  @Test(arguments: [#"ada@example.test"#, #"\u0061da@example.test"#, #"ada\u0040example\u002Etest"#])
  func escapesHideNothing(text: String) throws {
    let token = TestKey().token("ada@example.test", domain: "tests")
    #expect(
      try scrub("{\"x\":\"\(text)\"}", TestPlan(cells: [("x", .hash(.email))])).text == "{\"x\":\"\(token)\"}"
    )
  }

  @Test(arguments: [
    #"{"x":"ada","x":"ada"}"#, #"{"x":"ada","\u0078":"ada"}"#, #"{"\u0078":"ada","y":1,"x":"ada"}"#,
    #"{"x":"ada","x":{"a":"ada"},"x":["ada"]}"#,
  ])
  func everyOneOfSeveralEqualNamesIsTreated(line: String) throws {
    for cell in [Cell.redact, .drop, .hash()] {
      let result = try scrub(line, TestPlan(cells: [("x", cell)]))
      #expect(!result.text.contains("ada"))
      #expect(isJSON(result.text))
    }
  }

  @Test func namesAreComparedByBytes() throws {
    let plan = TestPlan(cells: [("caf\u{e9}", .redact)])
    #expect(try scrub("{\"caf\u{e9}\":1}", plan).isChanged)
    #expect(try !scrub("{\"cafe\u{301}\":1}", plan).isChanged)
  }

  @Test(arguments: [
    "ada@example.test", "+1 555 010 0199", "15550100199", "name,first", "first name", "x\\u0040y", "Zo\u{eb}",
    "",
    String(repeating: "n", count: 65),
  ])
  func aNameThatMayBePersonalGoesWithItsValue(name: String) throws {
    let result = try scrub(
      "{\"a\":1,\"\(name)\":2,\"b\":3}", TestPlan(cells: [("a", .keep), ("b", .keep)], unknown: .redact))
    #expect(result.text == #"{"a":1,"b":3}"#)
  }

  @Test(arguments: [
    "favourite_colour", "$insert_id", "[Custom event property] size", "a.b", "items[]", "v123456",
  ])
  func aNameLikeThoseOfFieldsStays(name: String) throws {
    let result = try scrub("{\"a\":1,\"\(name)\":2}", TestPlan(cells: [("a", .keep)], unknown: .redact))
    #expect(result.text == "{\"a\":1,\"\(name)\":null}")
  }

  @Test func aListOfWordsStaysWhereTheFieldHoldsOne() throws {
    let cell = Cell(treatment: .keepScalar, isNullable: true, holdsArray: true)
    let plan = TestPlan(cells: [("x", cell)])
    #expect(try !scrub(#"{"x":["a","b"]}"#, plan).isChanged)
    #expect(try scrub(#"{"x":[{"email":"ada@example.test"}]}"#, plan).text == #"{"x":null}"#)
    #expect(try scrub(#"{"x":{"email":"ada@example.test"}}"#, plan).text == #"{"x":null}"#)
  }

  @Test func aSentinelThatWasAskedForIsWrittenWhateverTheType() throws {
    let cell = Cell(
      treatment: .redact, isNullable: true, holdsArray: false, sentinel: Array("\"gone\"".utf8),
      isExplicit: true)
    #expect(
      try scrub(#"{"x":"a","x":1,"x":null}"#, TestPlan(cells: [("x", cell)])).text
        == #"{"x":"gone","x":"gone","x":null}"#)
  }
}

struct DroppedMemberTests {
  private static let values = ["1", "\"a b\"", "[1,2]", "null", "{\"k\":\"v\"}", "-0.0"]

  /// Every choice of members that go, out of six.
  @Test func whicheverMembersGoTheOthersStayAsTheyAre() throws {
    let names = ["a", "b", "c", "d", "e", "f"]
    for choice in 0..<64 {
      let plan = TestPlan(cells: names.enumerated().map { ($1, choice >> $0 & 1 == 1 ? .drop : .keep) })
      let members = names.enumerated().map { "\"\($1)\":\(Self.values[$0])" }
      let left = members.indices.filter { choice >> $0 & 1 == 0 }.map { members[$0] }
      let result = try scrub("{" + members.joined(separator: ",") + "}\n", plan)
      #expect(result.text == "{" + left.joined(separator: ",") + "}\n")
    }
  }

  /// The same with blanks and in an object inside, between neighbours that stay, go or are replaced.
  @Test func theResultIsJSONWhateverBlanksThereAre() throws {
    var dice = Dice(12)
    let names = ["a", "p.b", "p.c", "p.d", "e", "p.q.g", "p.q.h"]
    for _ in 0..<600 {
      func gap() -> String { dice.pick(["", " ", "\t ", "\r"]) }
      let cells = names.map { _ in dice.pick([Cell.drop, .drop, .keep, .redact]) }
      var values: [String: String] = [:]
      func member(_ path: String) -> String {
        let value = "\"\(path) is here\""
        values[path] = value
        return "\"\(path.split(separator: ".").last ?? "")\"\(gap()):\(gap())\(value)"
      }
      func object(_ members: [String]) -> String {
        "{" + gap() + members.joined(separator: gap() + "," + gap()) + gap() + "}"
      }
      let inner = object(["p.q.g", "p.q.h"].map(member))
      let middle = object(
        (["p.b", "p.c", "p.d"].map(member) + ["\"q\":" + inner]).shuffled(using: &dice))
      let line = object((["a", "e"].map(member) + ["\"p\"" + gap() + ":" + middle]).shuffled(using: &dice))
      let result = try scrub(line + "\n", TestPlan(cells: Array(zip(names, cells))))
      #expect(isJSON(result.text), "\(line.debugDescription) became \(result.text.debugDescription)")
      for (name, cell) in zip(names, cells) {
        #expect(result.text.contains(values[name] ?? "") == (cell == .keep), "\(name) in \(result.text)")
      }
      let kept = result.text.filter { $0 == "\"" }.count / 2
      let members = zip(names, cells).reduce(0) { $0 + ($1.1 == .drop ? 0 : $1.1 == .keep ? 2 : 1) }
      #expect(kept == members + 2, "names and texts in \(result.text.debugDescription)")
    }
  }

  @Test func whatIsDroppedIsCountedEvenWhenItIsNull() throws {
    let result = try scrub(#"{"a":null,"b":1}"#, TestPlan(cells: [("a", .drop)]))
    #expect(result.text == #"{"b":1}"#)
    #expect(result.counts[1].treated == 1)
  }
}

struct BatchTests {
  private static let plan = TestPlan(
    cells: [
      ("events[].name", .keep), ("events[].email", .redact), ("email", .redact), ("ip", .drop),
      ("batch", .keep),
    ], namePath: "events[].name")

  private func event(_ name: String, _ number: Int) -> String {
    "{\"name\":\"\(name)\",\"n\":\(number),\"email\":\"ada\(number)@example.test\"}"
  }

  /// Every choice of events that go, out of five.
  @Test func whicheverEventsGoTheOthersStay() throws {
    for choice in 0..<32 {
      let names = (0..<5).map { choice >> $0 & 1 == 1 ? "Gone" : "Kept" }
      let events = names.enumerated().map { event($1, $0) }
      let result = try scrub(
        "{\"batch\":1,\"events\":[" + events.joined(separator: ",") + "],\"ip\":\"192.0.2.1\"}\n", Self.plan)
      let left = names.indices.filter { names[$0] == "Kept" }.map {
        "{\"name\":\"Kept\",\"n\":\($0),\"email\":null}"
      }
      let expected = left.isEmpty ? "" : "{\"batch\":1,\"events\":[" + left.joined(separator: ",") + "]}\n"
      #expect(result.text == expected)
      #expect(result.events.read == 5)
      #expect(result.events.written == left.count)
      #expect(result.events.dropped == 5 - left.count)
    }
  }

  @Test func blanksBetweenEventsMakeNoDifference() throws {
    var dice = Dice(13)
    for _ in 0..<200 {
      func gap() -> String { dice.pick(["", " ", "\t", "\r "]) }
      let names = (0..<(1 + dice.roll(5))).map { _ in dice.pick(["Gone", "Kept", "Kept"]) }
      let events = names.enumerated().map { event($1, $0) }
      let line = "{ \"events\" : [" + gap() + events.joined(separator: gap() + "," + gap()) + gap() + "] }"
      let result = try scrub(line, Self.plan)
      #expect(names.contains("Kept") ? isJSON(result.text) : result.text.isEmpty, "\(line.debugDescription)")
      for (index, name) in names.enumerated() {
        #expect(result.text.contains("\"n\":\(index)") == (name == "Kept"))
      }
    }
  }

  @Test func anUnknownEventOfABatchIsWithheldAlone() throws {
    let line = "{\"events\":[" + event("Odd", 1) + "," + event("Kept", 2) + "," + event("Odd", 3) + "]}\n"
    let result = try scrub(line, Self.plan)
    #expect(result.text == "{\"events\":[{\"name\":\"Kept\",\"n\":2,\"email\":null}]}\n")
    #expect(result.withheld.map(\.code) == [.unknownEvent, .unknownEvent])
    #expect(result.withheld.allSatisfy { $0.isPart && $0.events == 1 && $0.line == 1 })
    let bytes = Array(line.utf8)
    #expect(result.withheld.map { String(decoding: bytes[$0.range], as: UTF8.self) } == [event("Odd", 1), event("Odd", 3)])
    #expect((result.events.read, result.events.written, result.events.withheld) == (3, 1, 2))
  }

  @Test func aBatchWithoutAKnownEventIsWithheldWhole() throws {
    let line = "{\"email\":\"ada@example.test\",\"events\":[" + event("Odd", 1) + "," + event("Odd", 2) + "]}\n"
    let result = try scrub(line, Self.plan)
    #expect(result.bytes.isEmpty)
    #expect(result.withheld.map(\.code) == [.unknownEvent])
    #expect(result.withheld.map(\.events) == [2] && result.events.withheld == 2)
  }

  @Test func whatIsAroundTheEventsIsTreatedToo() throws {
    let result = try scrub(
      "{\"email\":\"ada@example.test\",\"events\":[" + event("Kept", 1) + "]}", Self.plan)
    #expect(result.text == "{\"email\":null,\"events\":[{\"name\":\"Kept\",\"n\":1,\"email\":null}]}")
  }
}

struct LineTests {
  private static let plan = TestPlan(cells: [("x", .redact), ("name", .keep)])

  @Test(arguments: [
    ("", ""), ("\n", "\n"), ("\r\n\n", "\r\n\n"), ("{}\n", "{}\n"), ("{}", "{}"),
    (" {\"x\":1} \r\n", " {\"x\":null} \r\n"),
    ("{\"x\":1}\n{\"x\":2}", "{\"x\":null}\n{\"x\":null}"),
    ("{\"x\":1}\nnot JSON\n{\"x\":2}\n", "{\"x\":null}\n{\"x\":null}\n"),
    ("not JSON", ""), ("[1]\n{}\n", "{}\n"), ("{\"x\":1}{\"x\":2}\n{}", "{}"), ("{\"x\":\n1}\n{}", "{}"),
    ("\u{feff}{}\n{}\n", "{}\n"), ("{}\n1\n2\n{}\n", "{}\n{}\n"),
  ])
  func aBadLineGoesAndTheOthersStay(lines: String, expected: String) throws {
    #expect(try scrub(lines, Self.plan).text == expected)
  }

  @Test func aWithheldLineIsToldByItsPlace() throws {
    let result = try scrub("{}\n\nnot JSON\n{}\nneither", Self.plan)
    #expect(result.withheld.map(\.line) == [3, 5])
    #expect(result.withheld.map(\.range) == [4..<12, 16..<23])
    #expect(result.withheld.map(\.code) == [.notAnObject, .notAnObject])
    #expect(result.events.read == 4)
    #expect(result.events.written == 2)
    #expect(result.events.withheld == 2)
  }

  @Test func linesAreCountedOverAllChunks() throws {
    var converter = Converter(nil)
    var pass = try JSONPass(Self.plan.plan, converter: &converter)
    var sink = ByteSink()
    for chunk in ["{}\n{}\n", "no\n"] {
      let bytes = Array(chunk.utf8)
      sink.removeAll()
      _ = try unsafe pass.run(bytes.span.bytes, converter: &converter, into: &sink)
    }
    #expect(pass.withheld.map(\.line) == [3])
    #expect(pass.lineCount == 3)
  }

  @Test func aLineThatIsDroppedLeavesNoBlankOne() throws {
    let plan = TestPlan(
      cells: [("kind", .keep), ("n", .keep)], dropRules: [[("kind", ["a", "true"]), ("n", ["1", "2"])]])
    let lines = [
      #"{"kind":"a","n":1}"#, #"{"kind":"a","n":3}"#, #"{"kind":true,"n":2}"#, #"{"kind":"b","n":1}"#,
      #"{"kind":"\u0061","n":1}"#, #"{"n":1}"#,
    ]
    let result = try scrub(lines.map { $0 + "\n" }.joined(), plan)
    #expect(result.text == [lines[1], lines[3], lines[5]].map { $0 + "\n" }.joined())
    #expect(result.events.dropped == 3)
  }

  @Test(arguments: [
    (JSONPlan.UnknownEvent.quarantine, "", 1, 0), (.drop, "{\"name\":\"Odd\"}\n", 0, 0),
    (.scrub, "{\"name\":\"Odd\"}\n", 0, 1),
  ])
  func anEventThatNobodyKnowsGoesThePolicysWay(
    unknown: JSONPlan.UnknownEvent, expected: String, withheld: Int, written: Int
  ) throws {
    var plan = Self.plan
    (plan.namePath, plan.unknownEvent) = ("name", unknown)
    let result = try scrub("{\"name\":\"Odd\"}\n", plan)
    #expect(result.events.withheld == withheld)
    // The compiler gives the row of unknown events `dropsAll`; this plan has none, so a drop shows as a scrub.
    if unknown != .drop { #expect(result.events.written == written) }
    #expect(result.text == expected)
  }

  @Test func anUnknownEventFailsTheFileWhereThePolicySaysSo() {
    var plan = Self.plan
    (plan.namePath, plan.unknownEvent) = ("name", .fail)
    #expect(throws: RecordError.self) { try scrub("{\"name\":\"Odd\"}\n", plan) }
  }

  @Test func anUnknownFieldFailsTheFileWhereThePolicySaysSo() throws {
    var plan = Self.plan
    plan.unknownField = .fail
    #expect(throws: RecordError.self) { try scrub("{\"x\":1,\"y\":2}\n", plan) }
    #expect(try scrub("{\"x\":1}\n", plan).text == "{\"x\":null}\n")
  }

  /// A name may be spelled with escapes, and means the same: else it would pass by the rules of its event.
  @Test func anEventsNameMayBeSpelledWithEscapes() throws {
    var plan = Self.plan
    (plan.namePath, plan.unknownEvent) = ("name", .scrub)
    #expect(try scrub(#"{"name":"\u0047one","x":1}"#, plan).bytes.isEmpty)
    #expect(try scrub(#"{"\u006eame":"Gone","x":1}"#, plan).bytes.isEmpty)
  }

  @Test func twoNamesThatContradictAreWithheld() throws {
    var plan = Self.plan
    plan.namePath = "name"
    let result = try scrub(#"{"name":"Kept","name":"Gone"}"#, plan)
    #expect(result.withheld.map(\.code) == [.conflictingEvent])
  }
}

struct FormatAgreementTests {
  /// One event as an Avro record and as a line: the same values become the same tokens.
  @Test(arguments: 0..<40)
  func aValueBecomesTheSameTokenInBothFormats(seed: UInt64) throws {
    var dice = Dice(30_000 + seed)
    let values = (0..<6).map { _ in
      String(dice.pick(["ADA", " grace", "alan", "+1555010", "0", ""]))
        + String(dice.pick(["@example.test", "0199", " "]))
    }
    let kinds: [Normaliser] = [.email, .phone, .lowered, .trimmed, .channel, .email]
    let hashings = kinds.enumerated().map { index, normaliser in
      Hashing(
        normaliser: normaliser, format: .token(byteCount: 16), domain: "d\(index)",
        phoneDomain: normaliser == .channel ? "phone" : nil)
    }
    let program = AvroProgram(nodes: [.text], fields: Array(repeating: 0, count: 6))
    let slots = hashings.map {
      AvroPlan.Slot(treatment: .hash($0), value: .string, redaction: avroText("[REDACTED]"), branch: [])
    }
    let record = try scrub(
      values.flatMap { avroText($0) }, records: 1, AvroPlan(program: program, slots: slots))
    let cells = hashings.enumerated().map { index, hashing in
      ("f\(index)", Cell(treatment: .hash(hashing), isNullable: false, holdsArray: false))
    }
    let members = values.enumerated().map { "\"f\($0)\":\"\($1)\"" }
    let line = try scrub("{" + members.joined(separator: ",") + "}", TestPlan(cells: cells))
    var position = 0
    var texts: [String] = []
    for _ in 0..<6 {
      let length = try unsafe record.bytes.span.bytes.readVarint(&position)
      texts.append(String(decoding: record.bytes[position..<(position + length)], as: UTF8.self))
      position += length
    }
    #expect(line.text == "{" + texts.enumerated().map { "\"f\($0)\":\"\($1)\"" }.joined(separator: ",") + "}")
  }
}

struct BytesTests {
  @Test(arguments: 0..<20)
  func aByteIsFoundWhereverItStands(count: Int) {
    for place in 0...count {
      var bytes = [UInt8](repeating: 0x0b, count: count)
      if place < count { bytes[place] = 0x0a }
      for start in 0...count {
        let found = unsafe bytes.span.bytes.firstIndex(of: 0x0a, from: start)
        #expect(found == (place >= start ? place : count))
      }
      #expect(unsafe bytes.span.bytes.indexAfterLast(0x0a, in: 0..<count) == (place < count ? place + 1 : 0))
    }
  }

  @Test func aSinkGrowsAndShrinksWithoutLosingAByte() {
    var dice = Dice(14)
    var sink = ByteSink(capacity: 64)
    var model: [UInt8] = []
    for _ in 0..<2_000 {
      switch dice.roll(5) {
      case 0:
        let bytes = dice.bytes(dice.roll(200))
        sink.append(bytes)
        model += bytes
      case 1:
        sink.append(7)
        model.append(7)
      case 2:
        let count = dice.roll(model.count + 1)
        sink.removeFirst(count)
        model.removeFirst(count)
      case 3:
        let count = dice.roll(min(model.count, 20) + 1)
        sink.removeLast(count)
        model.removeLast(count)
      default:
        let bytes = dice.bytes(30)
        unsafe sink.append(bytes.span.bytes, 5..<25)
        model += bytes[5..<25]
      }
      #expect(sink.count == model.count)
    }
    #expect(sink.array == model)
  }
}
