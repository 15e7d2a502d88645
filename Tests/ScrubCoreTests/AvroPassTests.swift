import ScrubCore
import ScrubNative
import Testing

/// One block through a fresh pass.
func scrub(
  _ block: [UInt8], records: Int, _ plan: AvroPlan, key: TestKey = TestKey()
) throws -> (outcome: BlockOutcome, bytes: [UInt8], counts: [SlotCounts], events: EventCounts) {
  var converter = Converter(key)
  var pass = try AvroPass(plan, converter: &converter)
  var sink = ByteSink()
  let outcome = try unsafe pass.run(
    block.span.bytes, recordCount: records, converter: &converter, into: &sink)
  return (outcome, sink.array, pass.counts, pass.events)
}

struct AvroPassLawTests {
  @Test(arguments: 0..<60)
  func aPlanThatKeepsEverythingTouchesNothing(seed: UInt64) throws {
    var dice = Dice(seed)
    let schema = RandomSchema(&dice)
    let records = (0..<dice.roll(20)).map { _ in schema.record(&dice) }
    let plan = schema.plan(Array(repeating: .keep, count: schema.program.slotCount))
    let result = try scrub(records.joined().flatMap(\.bytes), records: records.count, plan)
    guard case .untouched = result.outcome else {
      Issue.record("rewritten")
      return
    }
    #expect(result.bytes.isEmpty)
    #expect(result.events.read == records.count)
    #expect(result.events.written == records.count)
  }

  @Test(arguments: 0..<120)
  func onlyTheTreatedValuesChange(seed: UInt64) throws {
    var dice = Dice(1000 + seed)
    let schema = RandomSchema(&dice)
    let treatments = (0..<schema.program.slotCount).map { _ in dice.pick(SlotTreatment.allCases) }
    let records = (0..<(1 + dice.roll(30))).map { _ in schema.record(&dice) }
    let block = records.joined().flatMap(\.bytes)
    let expected = records.joined().flatMap { schema.expected($0, treatments[$0.slot], TestKey()) }
    let result = try scrub(block, records: records.count, schema.plan(treatments))
    switch result.outcome {
    case .untouched: #expect(expected == block)
    case .rewritten(let count):
      #expect(result.bytes == expected)
      #expect(count == records.count)
    }
  }

  @Test(arguments: 0..<60)
  func everyValueIsCountedOnce(seed: UInt64) throws {
    var dice = Dice(2000 + seed)
    let schema = RandomSchema(&dice)
    let treatments = (0..<schema.program.slotCount).map { _ in dice.pick(SlotTreatment.allCases) }
    let records = (0..<(1 + dice.roll(30))).map { _ in schema.record(&dice) }
    let result = try scrub(records.joined().flatMap(\.bytes), records: records.count, schema.plan(treatments))
    for slot in treatments.indices {
      let counts = result.counts[slot]
      #expect(counts.values == records.joined().count { $0.slot == slot && $0.isPresent })
      let treated = counts.treated + counts.redactedInstead + counts.left
      #expect(treated == (treatments[slot] == .keep ? 0 : counts.values))
    }
  }

  @Test(arguments: 0..<60)
  func eventsThatGoAreMissingAndNoOthers(seed: UInt64) throws {
    var dice = Dice(3000 + seed)
    // The first field decides: one of three texts.
    let names = ["keep", "drop", "drop too"]
    let nodes: [AvroProgram.Node] = [.text, .long, .text]
    let program = AvroProgram(nodes: nodes, fields: [0, 1, 2])
    let slots = (0..<3).map { slot in
      AvroPlan.Slot(
        treatment: slot == 2 ? .redact : .keep, value: slot != 1 ? .string : .other, redaction: [0xee], branch: [])
    }
    let plan = AvroPlan(
      program: program, slots: slots,
      dropRules: [
        [Condition(slots: [0], values: [Array("drop".utf8), Array("drop too".utf8)])],
        [Condition(slots: [1], values: [Array("7".utf8)])],
      ])
    var block: [UInt8] = []
    var expected: [UInt8] = []
    var kept = 0
    let count = 1 + dice.roll(40)
    for _ in 0..<count {
      let (name, number) = (dice.pick(names), dice.roll(10))
      block += avroText(name) + varint(number) + avroText("ada@example.test")
      guard name == "keep" && number != 7 else { continue }
      expected += avroText(name) + varint(number) + [0xee]
      kept += 1
    }
    let result = try scrub(block, records: count, plan)
    guard case .rewritten(let written) = result.outcome else {
      Issue.record("untouched")
      return
    }
    #expect(written == kept)
    #expect(result.bytes == expected)
    #expect(result.events.read == count)
    #expect(result.events.dropped == count - kept)
    #expect(result.events.written == kept)
    #expect(result.counts[2].values == kept, "values of events that go are not counted")
  }

  @Test func aPlanThatDropsAllLeavesNoRecord() throws {
    let program = AvroProgram(nodes: [.text], fields: [0])
    let slot = AvroPlan.Slot(treatment: .keep, value: .string, redaction: [], branch: [])
    let plan = AvroPlan(program: program, slots: [slot], dropsAll: true)
    let result = try scrub(avroText("a") + avroText("b"), records: 2, plan)
    guard case .rewritten(0) = result.outcome else {
      Issue.record("records are left")
      return
    }
    #expect(result.bytes.isEmpty)
  }

  @Test func blocksAddUp() throws {
    let program = AvroProgram(nodes: [.text], fields: [0])
    let slot = AvroPlan.Slot(treatment: .redact, value: .string, redaction: [0], branch: [])
    let plan = AvroPlan(program: program, slots: [slot])
    var converter = Converter(nil)
    var pass = try AvroPass(plan, converter: &converter)
    var sink = ByteSink()
    for block in [avroText("a"), avroText("b"), avroText("")] {
      sink.removeAll()
      _ = try unsafe pass.run(block.span.bytes, recordCount: 1, converter: &converter, into: &sink)
    }
    #expect(pass.events.read == 3)
    #expect(pass.counts[0].values == 3)
    #expect(pass.counts[0].treated == 2)
    #expect(pass.counts[0].left == 1)
  }
}

struct HostileBlockTests {
  @Test(arguments: 0..<20)
  func everyTruncationIsRefused(seed: UInt64) throws {
    var dice = Dice(4000 + seed)
    let schema = RandomSchema(&dice)
    let records = (0..<4).map { _ in schema.record(&dice) }
    let block = records.joined().flatMap(\.bytes)
    let plan = schema.plan(Array(repeating: .redact, count: schema.program.slotCount))
    for length in block.indices {
      #expect(throws: RecordError.self) { try scrub(Array(block[..<length]), records: records.count, plan) }
    }
  }

  @Test(arguments: 0..<20)
  func flippedBytesPassOrAreRefusedAndNeverTrap(seed: UInt64) throws {
    var dice = Dice(5000 + seed)
    let schema = RandomSchema(&dice)
    let records = (0..<4).map { _ in schema.record(&dice) }
    let block = records.joined().flatMap(\.bytes)
    guard !block.isEmpty else { return }
    let plan = schema.plan(Array(repeating: .hash, count: schema.program.slotCount))
    var converter = Converter(TestKey())
    var pass = try AvroPass(plan, converter: &converter)
    var sink = ByteSink()
    for _ in 0..<2_000 {
      var damaged = block
      for _ in 0...dice.roll(3) { damaged[dice.roll(block.count)] ^= UInt8(1 + dice.roll(255)) }
      sink.removeAll()
      _ = try? unsafe pass.run(
        damaged.span.bytes, recordCount: records.count, converter: &converter, into: &sink)
    }
  }

  @Test(arguments: [0, 1, 3, 5, 1_000_000, 1 << 40, Int.max])
  func aCountThatIsNotTheBlocksIsRefused(count: Int) {
    let program = AvroProgram(nodes: [.text], fields: [0])
    let slot = AvroPlan.Slot(treatment: .keep, value: .string, redaction: [], branch: [])
    let block = avroText("a") + avroText("b") + avroText("c") + avroText("d")
    #expect(throws: RecordError.self) {
      try scrub(block, records: count, AvroPlan(program: program, slots: [slot]))
    }
  }

  /// Two nodes deep: `node` is the type of the only field, and may refer to the others.
  @Test(
    arguments: [
      ("a negative length", [.text], [0x01], .badLength),
      ("a length beyond the end", [.text], [0x7e, 0x61], .badLength),
      ("the longest length", [.text], varint(.max), .badLength),
      ("a length of a text inside", [.array(item: 1), .text], varint(1) + varint(.max), .endsEarly),
      ("a negative length inside", [.array(item: 1), .text], varint(1) + varint(-1), .badLength),
      ("a negative union branch", [.union([1, 2]), .null, .long], varint(-1), .badBranch),
      ("a union branch too high", [.union([1, 2]), .null, .long], varint(2), .badBranch),
      ("a branch of an optional text", [.union([1, 2]), .null, .text], varint(2), .badBranch),
      ("an enum symbol too high", [.enumeration(symbols: 3)], varint(3), .badBranch),
      ("a negative enum symbol", [.enumeration(symbols: 3)], varint(-1), .badBranch),
      ("an int over 32 bits", [.int], varint(1 << 31), .badNumber),
      ("an array's least count", [.array(item: 1), .long], varint(.min) + [0], .badLength),
      (
        "an array's size that lies", [.array(item: 1), .long], varint(-1) + varint(5) + [2, 0, 0, 0, 0, 0],
        .badLength
      ),
      ("an array's negative size", [.array(item: 1), .long], varint(-1) + varint(-1) + [2, 0], .badLength),
      ("an array's huge count", [.array(item: 1), .long], varint(1 << 60) + [2, 0], .endsEarly),
      ("a map's least count", [.map(value: 1), .long], varint(.min) + [0], .badLength),
      ("a map's huge count", [.map(value: 1), .null], varint(1 << 60) + [2, 0x61], .endsEarly),
      ("an array without an end", [.array(item: 1), .long], varint(1) + [2], .endsEarly),
      ("a fixed beyond the end", [.fixed(8)], [1, 2, 3], .endsEarly),
      ("a record of itself", [.record([0, 1]), .long], [2, 2, 2, 2], .tooDeep),
      ("left-over bytes", [.long], [2, 2], .leftover),
    ] as [(String, [AvroProgram.Node], [UInt8], RecordError.Code)])
  func hostileValuesAreRefusedByTheirCode(
    what: String, nodes: [AvroProgram.Node], block: [UInt8], code: RecordError.Code
  ) {
    let program = AvroProgram(nodes: nodes, fields: [0])
    let slots = (0..<program.slotCount).map { _ in
      AvroPlan.Slot(treatment: .redact, value: .other, redaction: [0], branch: [])
    }
    do {
      _ = try scrub(block, records: 1, AvroPlan(program: program, slots: slots))
      Issue.record("\(what) passes")
    } catch { #expect((error as? RecordError)?.code == code, "\(what)") }
  }

  /// An array of nulls takes no bytes for its items, so its count costs nothing and must cost no time.
  @Test(
    arguments: [
      [.array(item: 1), .null], [.array(item: 1), .fixed(0)], [.array(item: 1), .record([2, 2]), .null],
    ] as [[AvroProgram.Node]])
  func itemsWithoutBytesCostNoTime(nodes: [AvroProgram.Node]) throws {
    let program = AvroProgram(nodes: nodes, fields: [0])
    let slot = AvroPlan.Slot(treatment: .keep, value: .other, redaction: [0], branch: [])
    _ = try scrub(varint(1 << 60) + [0], records: 1, AvroPlan(program: program, slots: [slot]))
  }

  @Test func recordsWithoutBytesAreBounded() throws {
    let program = AvroProgram(nodes: [.null], fields: [0])
    let slot = AvroPlan.Slot(treatment: .keep, value: .other, redaction: [], branch: [])
    let plan = AvroPlan(program: program, slots: [slot])
    _ = try scrub([], records: 1_000, plan)
    #expect(throws: RecordError.self) { try scrub([], records: 1 << 60, plan) }
  }

  @Test func aDamagedBlockCountsNothing() throws {
    let program = AvroProgram(nodes: [.text], fields: [0])
    let slot = AvroPlan.Slot(treatment: .redact, value: .string, redaction: [0], branch: [])
    var converter = Converter(nil)
    var pass = try AvroPass(AvroPlan(program: program, slots: [slot]), converter: &converter)
    var sink = ByteSink()
    let block = avroText("a") + [0x7e]
    #expect(throws: RecordError.self) {
      try unsafe pass.run(block.span.bytes, recordCount: 2, converter: &converter, into: &sink)
    }
    #expect(pass.counts[0].isZero)
    #expect(pass.events.read == 0)
  }
}
