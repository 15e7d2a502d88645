import ScrubCore
import Testing

/// A random schema with records of it, and for each record the ranges of its fields.
private struct Generated {
  var nodes: [AvroProgram.Node] = []
  var fields: [Int] = []
  var block: [UInt8] = []
  /// By record and field: where the field's bytes are in the block.
  var places: [[Range<Int>]] = []

  init(seed: UInt64, records: Int) {
    var random = Random(state: seed)
    // A recursive type is always there: a list of texts.
    nodes = [.null, .text, .int, .long, .fixed(3), .enumeration(symbols: 4), .record([1, 7]), .union([0, 6])]
    for _ in 0..<(1 + random.below(8)) { fields.append(type(&random, depth: 0)) }
    for _ in 0..<records {
      var ranges: [Range<Int>] = []
      for field in fields {
        let start = block.count
        write(field, &random, depth: 0)
        ranges.append(start..<block.count)
      }
      places.append(ranges)
    }
  }

  private mutating func add(_ node: AvroProgram.Node) -> Int {
    nodes.append(node)
    return nodes.count - 1
  }

  private mutating func type(_ random: inout Random, depth: Int) -> Int {
    switch random.below(depth > 2 ? 6 : 11) {
    case 0, 1: return 1
    case 2: return 2
    case 3: return 3
    case 4: return 4
    case 5: return 5
    case 6, 7: return random.chance(50) ? add(.union([0, 1])) : add(.union([1, 0]))
    case 8: return add(.array(item: type(&random, depth: depth + 1)))
    case 9: return add(.map(value: type(&random, depth: depth + 1)))
    default:
      if random.chance(30) { return 7 }
      return add(.record([type(&random, depth: depth + 1), type(&random, depth: depth + 1)]))
    }
  }

  private mutating func write(_ node: Int, _ random: inout Random, depth: Int) {
    switch nodes[node] {
    case .null: break
    case .int: block += varint(random.below(1 << 31) - (1 << 30))
    case .long: block += varint(Int(truncatingIfNeeded: random.next()))
    case .fixed(let size): block += (0..<size).map { _ in UInt8(random.below(256)) }
    case .enumeration(let symbols): block += varint(random.below(symbols))
    case .text: block += encoded(String(repeating: "é", count: random.below(30)))
    case .union(let branches):
      let branch = depth > 5 ? 0 : random.below(branches.count)
      block += varint(branch)
      write(branches[branch], &random, depth: depth + 1)
    case .record(let fields): for field in fields { write(field, &random, depth: depth + 1) }
    case .array(let item): writeItems(item, keyed: false, &random, depth)
    case .map(let value): writeItems(value, keyed: true, &random, depth)
    }
  }

  private mutating func writeItems(_ item: Int, keyed: Bool, _ random: inout Random, _ depth: Int) {
    for _ in 0..<random.below(3) {
      let count = 1 + random.below(3)
      let before = block
      block = []
      for _ in 0..<count {
        if keyed { block += encoded("k") }
        write(item, &random, depth: depth + 1)
      }
      // A negative count is followed by the size of the items.
      let items = block
      block = before + (random.chance(50) ? varint(count) : varint(-count) + varint(items.count)) + items
    }
    block += varint(0)
  }

  /// A plan that treats each field as `treatment` says by its number.
  func plan(_ treatment: (Int) -> Treatment) -> AvroPlan {
    let program = AvroProgram(nodes: nodes, fields: fields)
    let slots = fields.enumerated().flatMap { number, field in
      (0..<AvroProgram.slots(of: nodes[field])).map { _ in
        AvroPlan.Slot(treatment: treatment(number), value: .other, redaction: Array("<\(number)>".utf8), branch: [])
      }
    }
    return AvroPlan(program: program, slots: slots)
  }

  /// Whether a value is there and not null.
  func isPresent(_ record: Int, _ field: Int) -> Bool {
    switch nodes[fields[field]] {
    case .union(let branches):
      var position = places[record][field].lowerBound
      let span = unsafe block.span.bytes
      let branch = (try? span.readVarint(&position)) ?? 0
      if case .null = nodes[branches[branch]] { return false }
      return true
    default: return true
    }
  }
}

struct AvroLawTests {
  @Test(arguments: 0..<200 as Range<UInt64>)
  func keepingEverythingLeavesTheBlockUntouched(seed: UInt64) throws {
    let generated = Generated(seed: seed, records: 1 + Int(seed % 40))
    let passed = try pass(generated.plan { _ in .keep }, generated.block, records: generated.places.count)
    #expect(passed.bytes == nil)
    #expect(passed.events.written == generated.places.count)
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func onlyTheBytesOfRedactedFieldsChange(seed: UInt64) throws {
    let generated = Generated(seed: seed, records: 1 + Int(seed % 40))
    let passed = try pass(
      generated.plan { $0 % 2 == 0 ? .redact : .keep }, generated.block, records: generated.places.count)
    var expected: [UInt8] = []
    for (record, ranges) in generated.places.enumerated() {
      for (field, range) in ranges.enumerated() {
        let isRedacted = field % 2 == 0 && generated.isPresent(record, field)
        expected += isRedacted ? Array("<\(field)>".utf8) : Array(generated.block[range])
      }
    }
    #expect((passed.bytes ?? generated.block) == expected)
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func damagedBlocksAreRefusedAndNeverTrap(seed: UInt64) {
    let generated = Generated(seed: seed, records: 8)
    var random = Random(state: seed &+ 99)
    let plan = generated.plan { $0 % 2 == 0 ? .redact : .keep }
    for length in 0..<min(generated.block.count, 200) {
      // A truncated block has too few bytes for its records; whatever happens, it is no trap.
      _ = try? pass(plan, Array(generated.block[..<length]), records: 8)
    }
    guard !generated.block.isEmpty else { return }
    for _ in 0..<40 {
      var block = generated.block
      for _ in 0..<(1 + random.below(4)) { block[random.below(block.count)] = UInt8(random.below(256)) }
      _ = try? pass(plan, block, records: 8)
    }
  }

  @Test func droppedEventsGoWholeAndAreNotCounted() throws {
    let program = AvroProgram(nodes: [.text], fields: [0, 0])
    let keep = AvroPlan.Slot(treatment: .keep, value: .string, redaction: [], branch: [])
    let plan = AvroPlan(
      program: program, slots: [keep, keep], dropRules: [[Condition(slots: [0], values: [Array("b".utf8)])]])
    let block = ["a", "1", "b", "2", "c", "3", "b", "4"].flatMap(encoded)
    let passed = try pass(plan, block, records: 4)
    #expect(passed.bytes == ["a", "1", "c", "3"].flatMap(encoded))
    #expect(passed.events.dropped == 2 && passed.events.written == 2 && passed.events.read == 4)
    #expect(passed.counts.map(\.values) == [2, 2])
  }

  @Test(arguments: [
    ([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], RecordError.Code.badNumber),
    ([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02], .badNumber), ([0x80], .endsEarly),
    ([0x01], .badLength), ([0x04, 0x61], .badLength), ([0x02, 0x61, 0x62], .leftover),
  ])
  func hostileTextsHaveTheirCodes(block: [UInt8], code: RecordError.Code) throws {
    let slot = AvroPlan.Slot(treatment: .keep, value: .string, redaction: [], branch: [])
    let plan = AvroPlan(program: AvroProgram(nodes: [.text], fields: [0]), slots: [slot])
    #expect { try pass(plan, block, records: 1) } throws: { ($0 as? RecordError)?.code == code }
  }

  @Test func itemsWithoutBytesCostNoTime() throws {
    let slot = AvroPlan.Slot(treatment: .keep, value: .other, redaction: [], branch: [])
    let program = AvroProgram(nodes: [.null, .array(item: 0)], fields: [1])
    let block = varint(1 << 60) + varint(0)
    #expect(try pass(AvroPlan(program: program, slots: [slot]), block, records: 1).bytes == nil)
  }

  @Test func aRecordThatHoldsItselfIsTooDeep() {
    let slot = AvroPlan.Slot(treatment: .keep, value: .other, redaction: [], branch: [])
    let program = AvroProgram(nodes: [.record([0])], fields: [0])
    #expect(throws: RecordError.self) { try pass(AvroPlan(program: program, slots: [slot]), [], records: 1) }
  }
}
