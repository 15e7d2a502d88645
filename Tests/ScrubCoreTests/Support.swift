import ScrubCore
import ScrubNative
import Testing

/// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, the same everywhere.
struct Random {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

/// Subkeys of a key that nobody needs to keep.
struct TestKeys: SubkeySource {
  let keyID = "t1"

  func subkey(_ use: SubkeyUse) throws(NativeError) -> SecretBytes {
    let master = unsafe SecretBytes(count: 32) { memory in for index in 0..<32 { unsafe memory[index] = UInt8(index + 1) } }
    return try deriveSubkey(from: master, salt: Array("t1".utf8), info: Array("\(use)".utf8), count: use == .seal ? 64 : 32)
  }
}

func varint(_ number: Int) -> [UInt8] {
  var sink = ByteSink()
  sink.appendVarint(number)
  return unsafe sink.withUnsafeBytes { unsafe Array($0) }
}

func encoded(_ text: String) -> [UInt8] { varint(text.utf8.count) + Array(text.utf8) }

/// What a pass made of a block: its bytes, or nothing where the stored ones stay.
struct Passed {
  var bytes: [UInt8]?
  var counts: [SlotCounts]
  var events: EventCounts
}

func pass(_ plan: AvroPlan, _ block: [UInt8], records: Int) throws -> Passed {
  var converter = Converter(TestKeys())
  var pass = try AvroPass(plan, converter: &converter)
  var sink = ByteSink()
  let span = unsafe block.span.bytes
  let outcome = try pass.run(span, recordCount: records, converter: &converter, into: &sink)
  let bytes: [UInt8]? =
    if case .rewritten = outcome { unsafe sink.withUnsafeBytes { unsafe Array($0) } } else { nil }
  return Passed(bytes: bytes, counts: pass.counts, events: pass.events)
}

/// A JSON plan over the given paths with one event type, every cell by path.
func plan(
  _ cells: [String: JSONPlan.Cell], unknown: JSONPlan.Cell? = nil, batches: Bool = false,
  identifies: [String: IdentifierKind] = [:]
) -> JSONPlan {
  let paths = [""] + cells.keys.sorted()
  let redact = JSONPlan.Cell(treatment: .redact, isNullable: true, holdsArray: false)
  let all = [unknown ?? redact] + paths.dropFirst().map { cells[$0] ?? redact }
  let row = JSONPlan.Row(cells: all.indices.map { UInt16($0) }, dropsAll: false, dropRules: [])
  let gone = JSONPlan.Row(cells: row.cells, dropsAll: true, dropRules: [])
  let nameSlot = paths.firstIndex(of: "events[].name")
  return JSONPlan(
    table: JSONKeyTable(
      paths: paths, nameSlots: nameSlot.map { [$0] } ?? [], eventNames: [("kept", 0), ("gone", 1)]),
    identifies: paths.map { identifies[$0] }, cells: all, rows: [row, gone, row], fixedRow: batches ? nil : 0, unknownField: .redact, unknownEvent: .quarantine)
}

func cell(_ treatment: Treatment, nullable: Bool = true) -> JSONPlan.Cell {
  JSONPlan.Cell(treatment: treatment, isNullable: nullable, holdsArray: false)
}

/// The lines that a pass makes of a text, and the codes of what it withheld.
func pass(_ plan: JSONPlan, _ text: [UInt8]) throws -> (text: [UInt8], withheld: [RecordError.Code], counts: [SlotCounts]) {
  var converter = Converter(TestKeys())
  var pass = try JSONPass(plan, converter: &converter)
  var sink = ByteSink()
  let span = unsafe text.span.bytes
  let changed = try pass.run(span, converter: &converter, into: &sink)
  let result = changed ? unsafe sink.withUnsafeBytes { unsafe Array($0) } : text
  return (result, pass.withheld.map(\.code), pass.counts)
}

func pass(_ plan: JSONPlan, _ text: String) throws -> String {
  String(decoding: try pass(plan, Array(text.utf8)).text, as: UTF8.self)
}

/// The pseudonym of one value.
func pseudonym(_ value: String, _ hashing: Hashing) throws -> (text: String, outcome: ConversionOutcome) {
  var pseudonymiser = Pseudonymiser(TestKeys())
  let prepared = try pseudonymiser.prepare(hashing)
  var sink = ByteSink()
  let bytes = Array(value.utf8)
  let span = unsafe bytes.span.bytes
  let outcome = try pseudonymiser.append(span, 0..<bytes.count, prepared, to: &sink)
  return (String(decoding: unsafe sink.withUnsafeBytes { unsafe Array($0) }, as: UTF8.self), outcome)
}

/// What a converter makes of a text.
func converted(
  _ value: String, _ treatment: Treatment, _ converter: consuming Converter = Converter(TestKeys())
) throws -> (text: String, outcome: ConversionOutcome) {
  let prepared = try #require(try converter.prepare(treatment))
  var sink = ByteSink()
  let bytes = Array(value.utf8)
  let span = unsafe bytes.span.bytes
  let outcome = try converter.append(span, 0..<bytes.count, prepared, to: &sink)
  return (String(decoding: unsafe sink.withUnsafeBytes { unsafe Array($0) }, as: UTF8.self), outcome)
}
