import ScrubCore
import Testing

private let kindCount = ContentKinds.count

/// Values of a kind in a slot.
private func found(_ pass: borrowing AvroInspection, _ slot: Int, _ kind: ContentKinds) -> Int {
  pass.found[slot * kindCount + kind.rawValue.trailingZeroBitCount]
}

private func run(_ pass: inout AvroInspection, _ block: [UInt8], _ count: Int) throws {
  unsafe try pass.run(block.span.bytes, recordCount: count)
}

struct AvroInspectionTests {
  /// time: long, text: string, note: null or string, tags: array of (null or string), more: map of record of string.
  private static let program = AvroProgram(
    nodes: [
      .long, .text, .union([5, 1]), .array(item: 2), .map(value: 6), .null, .record([1]),
    ], fields: [0, 1, 2, 3, 4])

  private static let looks = AvroLooks(
    program: program, kinds: [[], .all, [], .all, .all, .all], isTime: [true, false, false, false, false, false],
    names: ["time", "text", "note", "note", "tags", "more"].map { Array($0.utf8) })

  private func record(_ time: Int, _ text: String, note: String? = nil, tags: [String?] = [], more: [String] = []) -> [UInt8] {
    var bytes = varint(time) + encoded(text)
    bytes += note.map { varint(1) + encoded($0) } ?? varint(0)
    if !tags.isEmpty {
      bytes += varint(tags.count)
      for tag in tags { bytes += tag.map { varint(1) + encoded($0) } ?? varint(0) }
    }
    bytes += varint(0)
    if !more.isEmpty {
      // A negative count is followed by the size in bytes.
      let items = more.flatMap { encoded("key") + encoded($0) }
      bytes += varint(-more.count) + varint(items.count) + items
    }
    return bytes + varint(0)
  }

  @Test func valuesTimesAndContentAreCounted() throws {
    var pass = AvroInspection(Self.looks)
    let block =
      record(1_777_672_813, "ada@example.test")
      + record(1_777_600_000_000, "none", note: "+12025550123", tags: ["203.0.113.77", nil, "x"])
      + record(0, "{\"a\":{\"b\":\"ada@example.test\"},\"n\":1}", more: ["x", "ada@example.test"])
    try run(&pass, block, 3)
    #expect(pass.events == 3 && pass.bytes == block.count)
    #expect(pass.present == [3, 3, 0, 1, 3, 3])
    #expect(found(pass, 1, .email) == 2 && found(pass, 1, .json) == 1)
    #expect(found(pass, 3, .phone) == 1 && found(pass, 4, .ipv4) == 1 && found(pass, 5, .email) == 1)
    #expect(pass.times.first == 1_777_600_000 && pass.times.last == 1_777_672_813 && pass.times.implausible == 1)
    let paths = pass.members.entries.map { pass.members.path(of: $0) }
    #expect(paths == ["text{}.a.b", "text{}.n"])
  }

  @Test func countsAddUpOverBlocks() throws {
    var pass = AvroInspection(Self.looks)
    let block = record(1_777_672_813, "ada@example.test")
    for _ in 0..<3 { try run(&pass, block, 1) }
    #expect(pass.events == 3 && pass.present[1] == 3 && found(pass, 1, .email) == 3)
  }

  @Test func aDamagedBlockCountsNothing() throws {
    var pass = AvroInspection(Self.looks)
    let good = record(1_777_672_813, "ada@example.test")
    for block in [good + [0], Array(good.dropLast()), good + varint(1)] {
      #expect(throws: RecordError.self) { try run(&pass, block, 1) }
    }
    #expect(pass.events == 0 && pass.bytes == 0 && pass.times.isEmpty)
    #expect(pass.present.allSatisfy { $0 == 0 } && pass.found.allSatisfy { $0 == 0 })
  }

  @Test(arguments: 0..<40)
  func everyValueIsCountedOnceWhateverTheSchema(seed: UInt64) throws {
    var dice = Dice(7000 + seed)
    let schema = RandomSchema(&dice)
    let records = (0..<(1 + dice.roll(30))).map { _ in schema.record(&dice) }
    let count = schema.program.slotCount
    var pass = AvroInspection(
      AvroLooks(
        program: schema.program, kinds: Array(repeating: .all, count: count), isTime: Array(repeating: false, count: count),
        names: Array(repeating: [], count: count)))
    try run(&pass, records.joined().flatMap(\.bytes), records.count)
    for slot in 0..<count {
      #expect(pass.present[slot] == records.joined().count { $0.slot == slot && $0.isPresent })
    }
  }
}

struct JSONInspectionTests {
  private static let paths = ["", "name", "time", "text", "context.note", "events[].name", "events[].time", "events[].text"]

  private func run(_ text: String, row: Int? = nil, unknownName: String? = nil) -> JSONInspectionResult {
    let looks = JSONLooks(
      table: JSONKeyTable(paths: Self.paths, nameSlots: [1, 5], eventNames: [("Open", 0), ("Click", 1)]),
      paths: Self.paths, kinds: [[], [], [], .all, .all, [], [], .all], timeRanks: [0, 0, 2, 0, 0, 0, 2, 0], rowCount: 3)
    var pass = JSONInspection(looks)
    pass.startFile(row: row, unknownName: unknownName)
    let bytes = Array(text.utf8)
    unsafe pass.run(bytes.span.bytes)
    return JSONInspectionResult(pass)
  }

  @Test func eventsAreTheirNames() {
    let result = run(
      """
      {"name":"Open","time":1777672813,"text":"ada@example.test"}
      {"name":"Click","time":"2026-05-01T10:00:00+02:00","text":null}
      {"name":"Survey Answered","text":"\\u002b12025550123"}
      {"name":"ada@example.test"}

      {"text":"x"}
      """)
    #expect(result.events == [1, 1, 2, 1])
    #expect(result.unknownNames == ["Survey Answered"])
    #expect(result.count("text", row: 0, .email) == 1 && result.count("text", row: 3, .phone) == 1)
    #expect(result.present("text", row: 1) == 0 && result.types("text", row: 1) == .null)
    #expect(result.times[0].first == 1_777_672_813 && result.times[1].first == 1_777_622_400)
    #expect(result.damaged.isEmpty)
  }

  @Test func aBatchCountsEachOfItsEvents() {
    let result = run(
      #"{"text":"x","events":[{"name":"Open","time":1777672813,"text":"a"},{"name":"Click","more":1},{"name":"Open"}]}"#)
    #expect(result.events == [2, 1, 0])
    #expect(result.present("events[].text", row: 0) == 1)
    #expect(result.members == ["1 events[].more int 1"])
  }

  @Test func unknownMembersAreToldByTheirPaths() {
    let result = run(
      """
      {"name":"Open","new":1,"context":{"note":"x","deep":{"a":"ada@example.test","b":[1]}},"empty":{}}
      {"name":"Open","new":2.5,"context":5,"text":"{\\"k\\":\\"v\\"}"}
      {"name":"Open","new":null,"ada@example.test":1,"12345678":{"x":1},"":2}
      """)
    #expect(
      result.members == [
        "0 (names withheld) int,object 3", "0 context int 1", "0 context.deep.a string 1", "0 context.deep.b array 1",
        "0 empty object 1", "0 new int,float,null 2", "0 text{}.k string 1",
      ])
    #expect(result.memberFinds == ["context.deep.a email"])
  }

  @Test func aLineThatIsNoneCountsNothing() {
    let result = run("{\"name\":\"Open\",\"text\":\"ada@example.test\"\n[1]\n{\"name\":\"Open\"}\n")
    #expect(result.damaged.map(\.line) == [1, 2])
    #expect(result.events == [1, 0, 0] && result.count("text", row: 0, .email) == 0)
  }

  @Test func thePathTellsWhatLinesDoNot() {
    #expect(run("{\"text\":\"x\"}", row: 1).events == [0, 1, 0])
    let result = run("{\"text\":\"x\"}\n{\"name\":\"Open\"}", unknownName: "users.survey.Response")
    #expect(result.events == [1, 0, 0, 1] && result.unknownNames == ["users.survey.Response"])
  }

  @Test func namesWithoutEndAreCappedAndCounted() {
    let members = (0..<10_050).map { number -> String in
      var name = ""
      var rest = number
      for _ in 0..<4 {
        name.unicodeScalars.append(Unicode.Scalar(UInt8(0x61 + rest % 26)))
        rest /= 26
      }
      return "\"\(name)\":1"
    }
    let result = run("{" + members.joined(separator: ",") + "}")
    #expect(result.members.count == MemberLedger.limit && result.overflow == 50)
  }

  @Test func deepAndWideLinesEnd() {
    let deep = String(repeating: "{\"a\":", count: 300) + "1" + String(repeating: "}", count: 300)
    #expect(run("{\"x\":" + deep + "}").members == ["2 x.a.a.a.a.a.a.a object 1"])
    let arrays = (0..<200).map { _ in "\"events\":[" + (0..<200).map { _ in "{\"q\":1}" }.joined(separator: ",") + "]" }
    #expect(run("{" + arrays.joined(separator: ",") + "}").members == ["2 events[].q int 40000"])
  }

  @Test func hostileNamesOfTextsAreWalked() {
    let result = run(#"{"name":"Open","x":"{\"a\":\"{\\\"b\\\":1}\"}","y":"{not json}","z":"{\n\"c\":1\n}"}"#)
    #expect(
      result.members == [
        "0 x string 1", "0 x{}.a string 1", "0 y string 1", "0 z string 1", "0 z{}.c int 1",
      ])
    #expect(result.memberFinds == ["x json", "x{}.a json", "z json"])
  }
}

/// A pass's counts, copied out.
private struct JSONInspectionResult {
  let events: [Int]
  let times: [TimeRange]
  let unknownNames: [String]
  let damaged: [Withheld]
  /// `row path types values`, sorted.
  let members: [String]
  /// `path kind`, sorted.
  let memberFinds: [String]
  let overflow: Int
  private let presentCounts: [Int]
  private let typeSets: [MemberTypes]
  private let foundCounts: [Int]
  private static let paths = ["", "name", "time", "text", "context.note", "events[].name", "events[].time", "events[].text"]

  init(_ pass: borrowing JSONInspection) {
    events = pass.rows.map(\.events)
    times = pass.rows.map(\.times)
    unknownNames = pass.unknownNames.map { String(decoding: $0, as: UTF8.self) }
    damaged = pass.damaged
    let ledger = pass.members
    members = ledger.entries.map { entry in
      let types = MemberTypes.names.indices.filter { entry.types.rawValue & (1 << UInt8($0)) != 0 }
        .map { MemberTypes.names[$0] }.joined(separator: ",")
      return "\(entry.row) \(ledger.path(of: entry)) \(types) \(entry.values)"
    }
    .sorted()
    memberFinds = ledger.entries.flatMap { entry in
      (0..<ContentKinds.count).filter { entry.found[$0] > 0 }
        .map { "\(ledger.path(of: entry)) \(ContentKinds.names[$0])" }
    }
    .sorted()
    overflow = ledger.overflow
    presentCounts = pass.present
    typeSets = pass.types
    foundCounts = pass.found
  }

  private func counter(_ path: String, _ row: Int) -> Int {
    row * Self.paths.count + (Self.paths.firstIndex(of: path) ?? 0)
  }

  func present(_ path: String, row: Int) -> Int { presentCounts[counter(path, row)] }
  func types(_ path: String, row: Int) -> MemberTypes { typeSets[counter(path, row)] }
  func count(_ path: String, row: Int, _ kind: ContentKinds) -> Int {
    foundCounts[counter(path, row) * ContentKinds.count + kind.rawValue.trailingZeroBitCount]
  }
}
