import ScrubCore
import Testing

/// Made-up identifiers of one person.
let sweptIdentities: [(kind: IdentityKind, text: String)] = [
  (.email, "ada.lovelace@example.test"), (.email, "ada@example.test"), (.phone, "12025550143"),
  (.phone, "491512345678"),
  (.externalID, "cust-4711/0001"), (.externalID, "Žofie Nováková 17"), (.brazeID, "5f0000000000000000000a0a"),
  (.deviceID, "7d0fbcbe-0000-4000-8000-00000000000a"), (.pushToken, "fcm:APA91b_zZ-00+11/22=="),
  (.whatsAppID, "US.1234567890"),
]

private func book(_ identities: [(kind: IdentityKind, text: String)] = sweptIdentities) -> SweepBook {
  SweepBook(
    SweepValues(identities.map { (identity: Identity($0.kind, normalised: Array($0.text.utf8)), owner: 0) }))
}

private let plan = JSONSweepPlan(
  table: JSONKeyTable(
    paths: ["", "external_user_id", "event_properties.email", "events[].data.mpid", "name", "line", "app_group_id", "events[].app_group_id"],
    nameSlots: [4], eventNames: [("Email Open", 7)]),
  roles: [nil, .of(.externalID), .of(.email), .of(.brazeID), nil, .of(.lineID), nil, nil],
  isWorkspace: [false, false, false, false, false, false, true, true])

/// What is found in lines.
private func sweep(_ lines: String, _ book: SweepBook = book()) -> (
  found: [JSONSweepFinds], damaged: [Withheld]
) {
  var sweep = JSONSweep(plan, book)
  var found: [JSONSweepFinds] = []
  let bytes = Array(lines.utf8)
  let damaged = unsafe sweep.run(bytes.span.bytes) { found.append($0) }
  return (found, damaged)
}

private func redacted(_ line: String, _ book: SweepBook = book()) throws -> String {
  var sweep = JSONSweep(plan, book)
  var sink = ByteSink()
  let bytes = Array(line.utf8)
  _ = try unsafe sweep.redact(bytes.span.bytes, 0..<bytes.count, to: &sink)
  return unsafe sink.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
}

func base64(_ bytes: [UInt8], isURL: Bool = false, isPadded: Bool = true) -> String {
  let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(isURL ? "-_" : "+/")".utf8)
  var text: [UInt8] = []
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = Array(bytes[start..<min(start + 3, bytes.count)])
    let bits = (group + [0, 0]).prefix(3).reduce(0) { $0 << 8 | Int($1) }
    text += (0...group.count).map { alphabet[bits >> (18 - 6 * $0) & 63] }
    if isPadded { text += [UInt8](repeating: UInt8(ascii: "="), count: 3 - group.count) }
  }
  return String(decoding: text, as: UTF8.self)
}

struct SweepTests {
  @Test(arguments: [
    // As it is, and in any case where that says nothing.
    (#"{"note":"ask ada@example.test, please"}"#, #"{"note":"ask [ERASED], please"}"#),
    (#"{"note":"Ask ADA@Example.Test."}"#, #"{"note":"Ask [ERASED]."}"#),
    (#"{"note":"<ada.lovelace@example.test>"}"#, #"{"note":"<[ERASED]>"}"#),
    (#"{"note":"“ada@example.test”"}"#, #"{"note":"“[ERASED]”"}"#),
    (#"{"note":"\ud83d\udce7ada@example.test"}"#, #"{"note":"\ud83d\udce7[ERASED]"}"#),
    // In front of the eight bytes that are looked for, too.
    (#"{"note":"ADA.Lovelace@example.test"}"#, #"{"note":"[ERASED]"}"#),
    (#"{"note":"\u0061da.lovelace@example.test"}"#, #"{"note":"[ERASED]"}"#),
    (#"{"note":"a%64a.lovelace@example.test"}"#, #"{"note":"%5BERASED%5D"}"#),
    (#"{"id":"cust-4711/0001"}"#, #"{"id":"[ERASED]"}"#),
    (#"{"id":"Cust-4711/0001"}"#, #"{"id":"[ERASED]"}"#),
    (#"{"id":"5F0000000000000000000A0A"}"#, #"{"id":"[ERASED]"}"#),
    // With escapes of JSON.
    (#"{"note":"ada\u0040example.test"}"#, #"{"note":"[ERASED]"}"#),
    (#"{"note":"\u0061\u0064\u0061@example.test"}"#, #"{"note":"[ERASED]"}"#),
    (#"{"note":"hello\nada@example.test\tbye"}"#, #"{"note":"hello\n[ERASED]\tbye"}"#),
    (#"{"id":"cust-4711\/0001"}"#, #"{"id":"[ERASED]"}"#),
    (#"{"id":"\u017dofie Nov\u00e1kov\u00e1 17"}"#, #"{"id":"[ERASED]"}"#),
    (#"{"id":"%C5%BDofie%20Nov%C3%A1kov%C3%A1%2017"}"#, #"{"id":"%5BERASED%5D"}"#),
    // JSON in texts, once and twice.
    (#"{"p":"{\"email\":\"ada@example.test\"}"}"#, #"{"p":"{\"email\":\"[ERASED]\"}"}"#),
    (
      #"{"p":"{\"q\":\"{\\\"e\\\":\\\"ada\\u0040example.test\\\"}\"}"}"#,
      #"{"p":"{\"q\":\"{\\\"e\\\":\\\"[ERASED]\\\"}\"}"}"#
    ),
    (#"{"p":"{\"phone\":12025550143,\"n\":1}"}"#, #"{"p":"{\"phone\":null,\"n\":1}"}"#),
    // In addresses of the web.
    (
      #"{"url":"https://example.test/a?e=ada%40example.test&z=1"}"#,
      #"{"url":"https://example.test/a?e=%5BERASED%5D&z=1"}"#
    ),
    (
      #"{"url":"https:\/\/example.test\/u\/ada@example.test"}"#,
      #"{"url":"https:\/\/example.test\/u\/%5BERASED%5D"}"#
    ),
    (#"{"url":"?e=%61%64%61%2540example%2Etest"}"#, #"{"url":"?e=%5BERASED%5D"}"#),
    // In base64.
    (#"{"t":"u=YWRhQGV4YW1wbGUudGVzdA=="}"#, #"{"t":"u=[ERASED]"}"#),
    (#"{"t":"u=eyJlIjoiQURBQEV4YW1wbGUuVGVzdCJ9"}"#, #"{"t":"u=[ERASED]"}"#),
    (
      #"{"t":"https://example.test/u/YWRhQGV4YW1wbGUudGVzdA/x"}"#,
      #"{"t":"https://example.test/u/%5BERASED%5D/x"}"#
    ),
    (#"{"m":"wamid.HBgLMTIwMjU1NTAxNDMVAgASGBQzQTAwMDAwMDAwMDAwMDAwMDAwMAA="}"#, #"{"m":"[ERASED]"}"#),
    // Numbers, however they are written.
    (#"{"note":"call +1 (202) 555-0143 now"}"#, #"{"note":"call [ERASED] now"}"#),
    (#"{"note":"(202) 555-0143"}"#, #"{"note":"[ERASED]"}"#),
    (#"{"note":"0012025550143"}"#, #"{"note":"[ERASED]"}"#),
    (#"{"note":"202.555.0143"}"#, #"{"note":"[ERASED]"}"#),
    (#"{"note":"+1%20202%20555%200143"}"#, #"{"note":"%5BERASED%5D"}"#),
    (#"{"note":"+49 (0) 1512 345678"}"#, #"{"note":"[ERASED]"}"#),
    (#"{"note":"01512/345678"}"#, #"{"note":"[ERASED]"}"#),
    (#"{"n":12025550143}"#, #"{"n":null}"#),
    ("{\"note\":\"+1\u{a0}202\u{a0}555\u{a0}0143\"}", #"{"note":"[ERASED]"}"#),
    ("{\"note\":\"+1 202\u{2011}555\u{2011}0143\"}", #"{"note":"[ERASED]"}"#),
    (#"{"note":"+1\u202f202\u202f55\u202f50\u202f143"}"#, #"{"note":"[ERASED]"}"#),
    (#"{"note":"+1%C2%A020%C2%A025%C2%A055%C2%A001%C2%A043"}"#, #"{"note":"%5BERASED%5D"}"#),
    // Right beside letters of other alphabets.
    (#"{"note":"联系ada@example.test谢谢"}"#, #"{"note":"联系[ERASED]谢谢"}"#),
    (#"{"note":"почтаada.lovelace@example.test"}"#, #"{"note":"почта[ERASED]"}"#),
    (#"{"note":"\u8054\u7cfbada@example.test\u8c22\u8c22"}"#, #"{"note":"\u8054\u7cfb[ERASED]\u8c22\u8c22"}"#),
    (#"{"note":"电话+12025550143谢谢"}"#, #"{"note":"电话[ERASED]谢谢"}"#),
    // Names of members.
    (#"{"ada@example.test":1}"#, #"{"[ERASED]":1}"#),
    (#"{"a":{"b":[["x","ada@example.test"]]}}"#, #"{"a":{"b":[["x","[ERASED]"]]}}"#),
  ])
  func aValueIsFoundAndRedacted(line: String, without: String) throws {
    #expect(try redacted(line) == without)
    #expect(sweep(line).found.isEmpty == (line == without))
    #expect(sweep(without).found.isEmpty)
  }

  @Test(arguments: [
    #"{"note":"ada@example.tests"}"#, #"{"note":"xada@example.test"}"#, #"{"note":"éada@example.test"}"#,
    #"{"note":"ida.lovelace@example.test"}"#, #"{"note":"x.ada@example.test"}"#, #"{"note":"ada@example.test.example"}"#,
    #"{"note":"ada@example.testé"}"#, #"{"note":"é+12025550143"}"#, #"{"id":"客cust-4711/0001"}"#, #"{"note":"+1†202†555†0143"}"#,
    #"{"note":"1cust-4711/0001"}"#,
    #"{"note":"cust-4711/00012"}"#, #"{"note":"+120255501434"}"#, #"{"note":"+1 302 555 0143"}"#,
    #"{"note":"+44 2025550143"}"#, #"{"note":"9912025550143"}"#, #"{"n":1.2025550143}"#,
    #"{"n":-12025550143}"#,
    #"{"id":"5f0000000000000000000a0a0"}"#, #"{"t":"eGFkYUBleGFtcGxlLnRlc3R4"}"#,
  ])
  func aPartOfSomethingLongerIsNot(line: String) throws {
    #expect(sweep(line).found.isEmpty)
    #expect(try redacted(line) == line)
  }

  @Test func shortValuesAndAgentsAreNotLookedFor() {
    let book = book([(.externalID, "cust-47"), (.phone, "2025550"), (.agentRequest, "request-0001")])
    #expect(book.values.isEmpty)
    #expect(sweep(#"{"a":"cust-47 2025550 request-0001"}"#, book).found.isEmpty)
  }

  @Test(arguments: [
    (#"{"external_user_id":"cust-4711/0001"}"#, SweepFind.Standing.identity),
    (#"{"external_user_id":"cust-4711/0001-7"}"#, .withinID), (#"{"external_user_id":"shop:ada@example.test"}"#, .withinID),
    (#"{"events":[{"data":{"mpid":"b:5f0000000000000000000a0a"}}]}"#, .withinID),
    (#"{"event_properties":{"email":"Ada <ada@example.test>"}}"#, .text), (#"{"line":"shop:cust-4711/0001"}"#, .text),
    (#"{"external_user_id":["cust-4711/0001"]}"#, .identity), (#"{"external_user_id":{"v":"cust-4711/0001"}}"#, .text),
    (#"{"line":"CUST-4711/0001"}"#, .identity), (#"{"external_user_id":"CUST-4711/0001"}"#, .identity),
  ])
  func anIdOfSomebodyElsesProfileStays(line: String, standing: SweepFind.Standing) throws {
    #expect(sweep(line).found.first?.finds.map(\.standing) == [standing])
    #expect(try (redacted(line) == line) == (standing != .text))
  }

  @Test func anIdInAnotherCaseIsAValueOfItsOwn() throws {
    let found = sweep(#"{"a":"cust-4711/0001","b":"CUST-4711/0001 and Cust-4711/0001","c":"cust-4711/0001 CUST-4711/0001"}"#).found
    let finds = found.first?.finds ?? []
    #expect(finds.map(\.path) == ["a", "b", "c", "c"])
    let others = Set(finds.dropFirst().prefix(1).map(\.value))
    #expect(finds.map { others.contains($0.value) } == [false, true, false, true])
    let book = SweepBook(book().values.without(Dictionary(uniqueKeysWithValues: others.map { ($0, [0]) })))
    #expect(try redacted(#"{"a":"cust-4711/0001 CUST-4711/0001"}"#, book) == #"{"a":"[ERASED] CUST-4711/0001"}"#)
  }

  @Test func linesEventsAndPathsAreTold() {
    let lines = """
      {"a":1}

      {"events":[{"name":"x"},{"data":{"note":"ada@example.test"}}],"around":"ada@example.test"}\r
      {"name":"Email Open","p":{"ada.lovelace@example.test":["12025550143"],"Jane Doe":"ada@example.test"}}
      {broken ada@example.test
      {"z":"ada@example.test"}
      """
    let (found, damaged) = sweep(lines)
    #expect(found.map(\.line) == [2, 3, 5])
    #expect(found[0].finds.map(\.path) == ["events[].data.note", "around"])
    #expect(found[0].finds.map(\.part) == [1, -1] && found[0].parts == 2)
    #expect(
      found[1].finds.map(\.path) == ["p.(names withheld)", "p.(names withheld)[]", "p.(names withheld)"])
    #expect(found[1].names == [7])
    #expect(damaged.map(\.line) == [5] && damaged.map(\.code) == [.syntax])
  }

  @Test func ownersShareAValueAndValuesAreLeftOut() {
    let ada = Identity(.email, normalised: Array("ada@example.test".utf8))
    let name = Identity(.externalID, normalised: Array("ADA@example.test".utf8))
    let values = SweepValues([(ada, 0), (ada, 1), (name, 1)])
    #expect(values.count == 1 && values.owners(of: 0) == [0, 1])
    #expect(values.without([0: [1]]).owners(of: 0) == [0])
    #expect(values.without([0: [0, 1]]).isEmpty)
  }

  @Test func aValueIsSomebodysInTheWorkspacesThatCountOfThem() {
    let ada = Identity(.email, normalised: Array("ada@example.test".utf8))
    var values = SweepValues([(ada, 0), (ada, 1), (ada, 2)])
    values.limit(to: [[], ["ws-a"], ["ws-b", "k1-b"]].map { Set($0.map { Array($0.utf8) }) })
    func owners(_ workspace: String) -> [Int] { values.owners(of: 0, in: Array(workspace.utf8)) }
    #expect(owners("") == [0, 1, 2] && owners("ws-a") == [0, 1] && owners("k1-b") == [0, 2] && owners("ws-c") == [0])
    values.note(Array("[REDACTED]".utf8), standingFor: [])
    values.note(Array("sealed".utf8), standingFor: Array("ws-a".utf8))
    #expect(owners("[REDACTED]") == [0, 1, 2] && owners("sealed") == [0, 1])
    #expect(values.without([0: [0]]).owners(of: 0, in: Array("ws-a".utf8)) == [1])
  }

  @Test(arguments: [
    (#"{"note":"ada@example.test","app_group_id":"ws-b"}"#, "ws-b"), (#"{"note":"ada@example.test","app_group_id":" ws-a "}"#, "ws-a"),
    (#"{"app_group_id":7,"ada@example.test":1}"#, "7"), (#"{"note":"ada@example.test"}"#, ""),
    (#"{"app_group_id":"ws-b","note":"ada@example.test","app_group_id":"ws-a"}"#, "ws-a"),
    // Of a batch the event tells it, else what stands around.
    (#"{"events":[{"app_group_id":"ws-a"},{"app_group_id":"ws-b","note":"ada@example.test"}]}"#, "ws-b"),
    (#"{"events":[{"note":"ada@example.test"}],"app_group_id":"ws-b"}"#, "ws-b"),
    (#"{"events":[{"note":"ada@example.test"},{"app_group_id":"ws-b"}]}"#, ""),
    (#"{"note":"ada@example.test","events":[{"a":1},{"app_group_id":"ws-b"}]}"#, "ws-b"),
  ])
  func theWorkspaceOfAnEventTellsWhetherItIsRedacted(line: String, workspace: String) throws {
    var values = book().values
    values.limit(to: [[Array("ws-a".utf8)]])
    let book = SweepBook(values)
    #expect(sweep(line, book).found.first?.finds.map(\.workspace) == [Array(workspace.utf8)])
    #expect(sweep(line).found.first?.finds.map(\.workspace) == [[]], "it is told where it matters")
    #expect(try (redacted(line, book) == line) == (workspace == "ws-b" || workspace == "7"))
  }

  @Test func ofTwoPeopleEachIsRedactedInTheirWorkspace() throws {
    var values = SweepValues([
      (Identity(.email, normalised: Array("ada@example.test".utf8)), 0), (Identity(.externalID, normalised: Array("ada@example.test".utf8)), 1),
      (Identity(.email, normalised: Array("bob@example.test".utf8)), 1),
    ])
    values.limit(to: [[Array("ws-a".utf8)], [Array("ws-b".utf8)]])
    let book = SweepBook(values)
    let line = #"{"note":"ada@example.test, bob@example.test","app_group_id":"ws-a"}"#
    #expect(try redacted(line, book) == line.replacing("ada@example.test", with: "[ERASED]"))
    let other = line.replacing("ws-a", with: "ws-b")
    #expect(try redacted(other, book) == #"{"note":"[ERASED], [ERASED]","app_group_id":"ws-b"}"#)
  }
}

// MARK: - Any value in any spelling in any place

/// Makes spellings of values, and texts around them.
private struct SweepSource {
  var random: Random

  mutating func pick<Item>(_ items: [Item]) -> Item { items[random.below(items.count)] }

  private mutating func anyCase(_ text: String) -> String {
    String(text.map { random.chance(50) ? Character($0.uppercased()) : Character($0.lowercased()) })
  }

  private func percent(_ byte: UInt8, twice: Bool = false) -> String {
    (twice ? "%25" : "%") + String(UInt16(byte) + 0x100, radix: 16).dropFirst()
  }

  private func isPlain(_ byte: UInt8) -> Bool {
    byte < 0x80
      && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
        || "-._~".utf8.contains(byte))
  }

  private func unicode(_ text: String, all: Bool) -> String {
    text.utf16.map { unit in
      if !all, let byte = UInt8(exactly: unit), isPlain(byte) {
        return String(Character(Unicode.Scalar(byte)))
      }
      return "\\u" + String(UInt32(unit) + 0x10000, radix: 16).dropFirst()
    }.joined()
  }

  /// A spelling between the quotes of JSON.
  mutating func spelling(_ kind: IdentityKind, _ text: String) -> String {
    if kind == .phone && random.chance(50) { return number(text) }
    let ignoresCase = kind != .pushToken && text.utf8.allSatisfy { $0 < 0x80 }
    let plain = ignoresCase && random.chance(50) ? anyCase(text) : text
    let bytes = Array(plain.utf8)
    switch random.below(8) {
    case 0: return bytes.map { isPlain($0) ? String(Character(Unicode.Scalar($0))) : percent($0) }.joined()
    case 1: return bytes.map { percent($0) }.joined()
    case 2:
      return bytes.map { isPlain($0) ? String(Character(Unicode.Scalar($0))) : percent($0, twice: true) }
        .joined()
    case 3: return unicode(plain, all: false)
    case 4: return unicode(plain, all: true)
    case 5:
      let before = Array(pick(["", "=", "u=", "id:", "{\"a\":\""]).utf8)
      let behind = Array(pick(["", "&", "\"}", " and more"]).utf8)
      return base64(before + bytes + behind, isURL: random.chance(50), isPadded: random.chance(50))
    case 6 where kind == .phone:
      let digits = Array(text.utf8)
      let front: [UInt8] = [0x1c, 0x18, UInt8(digits.count)]
      return "wamid." + base64(front + digits + [0x15, 2, 0, 0x12, 0x18, 0x14, 0x33, 0x41])
    default: return plain
    }
  }

  private mutating func number(_ text: String) -> String {
    let national = text.dropFirst(text.hasPrefix("1") ? 1 : 2)
    let code = text.dropLast(national.count)
    let gap = pick([" ", "-", ".", "/"])
    let front = national.dropLast(7)
    let grouped = front + gap + national.suffix(7).prefix(3) + gap + national.suffix(4)
    switch random.below(5) {
    case 0: return "+\(code)\(gap)\(grouped)"
    case 1: return "00\(text)"
    case 2: return "+\(code) (\(front)) \(national.suffix(7).prefix(3))-\(national.suffix(4))"
    case 3: return String(national)
    default: return "0\(grouped)"
    }
  }

  /// What stands around a value in its text, between the quotes of JSON.
  mutating func around() -> (before: String, behind: String) {
    pick([
      ("", ""), ("ask ", " please"), ("mail: ", ", thanks"), ("https://example.test/x?u=", "&v=1"),
      ("(", ")"), ("a=b;c=", ";d"),
      (#"{\"k\":\""#, #"\",\"n\":[1,2]}"#), (#"{\"k\":\"{\\\"q\\\":\\\""#, #"\\\"}\"}"#), ("", "?"),
      (String(repeating: "lorem ipsum ", count: 40), " dolor"),
    ])
  }

  /// A line with a text somewhere in it.
  mutating func line(_ depth: Int = 0) -> (before: String, behind: String) {
    let (before, behind) =
      depth > 3 || random.chance(30)
      ? ("\"", "\"")
      : random.chance(50)
        ? line(depth + 1) : { (pair) in ("[1,\"é\", " + pair.0, pair.1 + " ,null]") }(line(depth + 1))
    if depth > 0 && random.chance(30) { return (before, behind) }
    return (
      #"{"a":"\#(filler())","\#(pick(["note", "url", "p", "event_properties"]))":"# + before,
      behind + #","z":[true,-1.5e3,"\#(filler())"]}"#
    )
  }

  mutating func filler() -> String {
    pick([
      "grace@example.test", "cust-4711", "5f0000000000000000000b0b", "+12025550199", "%20%3D",
      #"\"\\\/\u00e9"#,
      "YWRhIGxvdmVsYWNl", "https://example.test/a?b=c",
    ])
  }
}

struct SweepLawTests {
  private static let sentinels = ["[ERASED]", "%5BERASED%5D"]

  @Test(arguments: 0..<20)
  func whatIsPlantedIsFoundAndNothingElseChanges(seed: Int) throws {
    let book = book()
    var source = SweepSource(random: Random(state: UInt64(seed)))
    for _ in 0..<150 {
      let (kind, text) = source.pick(sweptIdentities)
      let spelling = source.spelling(kind, text)
      let around = source.around()
      let line = source.line()
      let (before, behind) = (line.before + around.before, around.behind + line.behind)
      let whole = before + spelling + behind
      #expect(sweep(whole, book).found.count == 1, "\(whole)")
      let after = try redacted(whole, book)
      #expect(Self.sentinels.contains { after == before + $0 + behind }, "\(whole)\n\(after)")
      #expect(sweep(after, book).found.isEmpty)
    }
  }

  @Test(arguments: 0..<10)
  func aPartOfALongerWordIsNotFound(seed: Int) throws {
    let book = book()
    var source = SweepSource(random: Random(state: UInt64(1000 + seed)))
    for _ in 0..<100 {
      let (kind, text) = source.pick(sweptIdentities)
      // Lengthened before it is spelled.
      let letter = source.pick(["x", "7", "é"])
      let longer =
        kind == .phone
        ? text + "7" : text.hasSuffix("=") || source.random.chance(50) ? letter + text : text + letter
      let line = source.line()
      let whole = line.before + source.spelling(kind == .phone ? .externalID : kind, longer) + line.behind
      #expect(sweep(whole, book).found.isEmpty, "\(whole)")
      #expect(try redacted(whole, book) == whole)
    }
  }
}

// MARK: - Avro

/// Records of texts at every depth, in arrays and maps that tell their sizes or do not.
private struct SweptRecord {
  static let nodes: [AvroProgram.Node] = [
    .text, .null, .union([1, 0]), .array(item: 2), .map(value: 0), .record([0, 4]), .array(item: 5), .long,
    .fixed(3),
  ]
  static let fields = [0, 2, 3, 4, 6, 7, 8, 0]
  static let plan = AvroSweepPlan(
    program: AvroProgram(nodes: nodes, fields: fields),
    roles: [.of(.brazeID)] + Array(repeating: nil, count: 8), isWorkspace: Array(repeating: false, count: 8) + [true],
    names: ["user_id", "note", "note", "list", "map", "records", "time", "flags", "last"])

  var random: Random
  let planted: String
  /// The number of the text that is planted, and whether sizes around it are told.
  let place: Int
  let tellsSizes: Bool
  private(set) var texts = 0

  init(seed: UInt64, planted: String, at place: Int, tellsSizes: Bool = true) {
    random = Random(state: seed)
    (self.planted, self.place, self.tellsSizes) = (planted, place, tellsSizes)
  }

  mutating func record() -> [UInt8] { Self.fields.flatMap { value($0) } }

  private mutating func text() -> [UInt8] {
    let filler = String(repeating: "filler ", count: random.below(20))
    texts += 1
    return encoded(texts - 1 == place ? "\(filler)<\(planted)>" : filler)
  }

  private mutating func value(_ node: Int) -> [UInt8] {
    switch Self.nodes[node] {
    case .text: return text()
    case .null: return []
    case .union: return random.chance(30) ? varint(0) : varint(1) + text()
    case .array(let item): return items { $0.value(item) }
    case .map(let value): return items { $0.text() + $0.value(value) }
    case .record(let fields): return fields.flatMap { value($0) }
    case .long: return varint(random.below(1_000_000))
    default: return [1, 2, 3]
    }
  }

  private mutating func items(_ item: (inout SweptRecord) -> [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<random.below(3) {
      let count = 1 + random.below(3)
      let hasSize = random.chance(50)
      let before = texts
      let inside = (0..<count).flatMap { _ in item(&self) }
      let isPlanted = (before..<texts).contains(place)
      bytes += hasSize && (tellsSizes || !isPlanted) ? varint(-count) + varint(inside.count) : varint(count)
      bytes += inside
    }
    return bytes + [0]
  }
}

struct AvroSweepTests {
  @Test(arguments: 0..<200)
  func aTextAnywhereIsFoundAndRedacted(seed: UInt64) throws {
    var plain = SweptRecord(seed: seed, planted: "", at: -1)
    let other = plain.record()
    let place = 1 + Int(seed) % (plain.texts - 1)
    var planted = SweptRecord(seed: seed, planted: "ADA@example.test", at: place)
    let record = planted.record()
    var wanted = SweptRecord(seed: seed, planted: "[ERASED]", at: place, tellsSizes: false)
    let block = other + record + other

    var sweep = AvroSweep(SweptRecord.plan, book())
    var found: [(Int, [SweepFind])] = []
    let bytes = unsafe block.span.bytes
    try sweep.run(bytes, recordCount: 3) { found.append(($0, $1)) }
    #expect(found.map(\.0) == [1] && found.first?.1.count == 1)

    var sink = ByteSink()
    #expect(try sweep.redact(bytes, other.count..<(other.count + record.count), to: &sink) == 1)
    let after = unsafe sink.withUnsafeBytes { unsafe Array($0) }
    #expect(after == wanted.record())
    found = []
    try unsafe sweep.run(after.span.bytes, recordCount: 1) { found.append(($0, $1)) }
    #expect(found.isEmpty)
  }

  @Test(arguments: ["ws-a", "ws-b", ""])
  func theWorkspaceOfARecordTellsWhetherItIsRedacted(workspace: String) throws {
    var values = book().values
    values.limit(to: [[Array("ws-a".utf8)]])
    let record = encoded("") + varint(1) + encoded("ada@example.test") + [0, 0, 0, 2, 1, 2, 3] + encoded(workspace)
    var sweep = AvroSweep(SweptRecord.plan, SweepBook(values))
    var finds: [SweepFind] = []
    let bytes = unsafe record.span.bytes
    try sweep.run(bytes, recordCount: 1) { finds += $1 }
    #expect(finds.map(\.workspace) == [Array(workspace.utf8)])
    var sink = ByteSink()
    #expect(try sweep.redact(bytes, 0..<record.count, to: &sink) == (workspace == "ws-b" ? 0 : 1))
  }

  @Test func anIdIsComparedAndADamagedRecordThrows() throws {
    let book = book()
    var sweep = AvroSweep(SweptRecord.plan, book)
    let rest = [0, 0, 0, 0, 2, 1, 2, 3] + encoded("")
    let own = encoded("5f0000000000000000000a0a") + rest
    var finds: [SweepFind] = []
    try unsafe sweep.run(own.span.bytes, recordCount: 1) { finds += $1 }
    #expect(finds.map(\.standing) == [.identity] && finds.map(\.path) == ["user_id"])
    let damaged = encoded("5f0000000000000000000a0a") + [0]
    #expect(throws: RecordError.self) { try unsafe sweep.run(damaged.span.bytes, recordCount: 1) { _, _ in } }
  }
}
