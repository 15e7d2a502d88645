import ScrubCore
import ScrubPolicy

/// A block of a schema that the first bytes choose: 64 bytes for the types of the fields, one for the number of
/// records, and the block.
///
/// Laws: an accepted block counts its records; what is rewritten is a block of the same schema with the records that
/// were not dropped; a second pass accepts it again.
final class AvroBlockBench: FuzzBench {
  private static let shapeSize = 64
  private let compiler: PlanCompiler
  private var converter = Converter(FuzzKeys())
  private var plans: [ArraySlice<UInt8>: AvroPlan?] = [:]

  init() throws { compiler = try FuzzTargets.compiler(everyAction) }

  func check(_ input: [UInt8]) throws {
    guard input.count > Self.shapeSize, let plan = plan(input[..<Self.shapeSize]) else { return }
    let count = Int(input[Self.shapeSize])
    let block = Array(input[(Self.shapeSize + 1)...])
    var pass = try AvroPass(plan, converter: &converter)
    var keeping = try AvroPass(plan.keeping, converter: &converter)
    let rewritten: (records: Int, bytes: [UInt8])?
    do throws(RecordError) { rewritten = try run(&pass, block, records: count, &converter) } catch {
      try require(error.code != .digest, "no digest fails")
      try require(pass.events == EventCounts(), "a damaged block counts nothing")
      return
    }
    try require(pass.events.read == count, "every record is counted")
    try require(pass.events.written + pass.events.dropped == count, "a record is written or dropped")
    try require(try run(&keeping, block, records: count, &converter) == nil, "what is kept is untouched")
    guard let rewritten else { return try require(pass.events.dropped == 0, "dropping changes the block") }
    try require(rewritten.records == pass.events.written, "the new block says what it holds")
    let again: (records: Int, bytes: [UInt8])?
    do throws(RecordError) {
      again = try run(&keeping, rewritten.bytes, records: rewritten.records, &converter)
      _ = try run(&pass, rewritten.bytes, records: rewritten.records, &converter)
    } catch {
      throw BrokenLaw(description: "the new block is accepted (\(error.code))")
    }
    try require(again == nil, "the new block is of the schema")
  }

  private func plan(_ shape: ArraySlice<UInt8>) -> AvroPlan? {
    if let known = plans[shape] { return known }
    if plans.count > 500 { plans.removeAll() }
    var types = FuzzedTypes(Array(shape))
    let schema = try? AvroSchema(Array(types.record().utf8))
    let plan = schema.flatMap { schema in
      try? compiler.compile(schema, event: "users.messages.email.Bounce", destination: .storage).plan
    }
    plans[shape] = plan
    return plan
  }

  /// Shapes with blocks of them, made by the same bytes.
  static var seeds: [[UInt8]] {
    (0..<200 as Range<UInt8>).map { number in
      let shape = (0..<shapeSize).map { UInt8(truncatingIfNeeded: Int(number) * 31 + $0 * (Int(number) + 7)) }
      var types = FuzzedTypes(shape)
      let schema = (try? AvroSchema(Array(types.record().utf8)))
      let record = schema.flatMap { schema in
        schema.fields?.reduce(into: [UInt8]()) { $0 += schema.sentinel($1.type, text: "person@example.test +12025550143") ?? [] }
      }
      return shape + [2] + (record ?? []) + (record ?? [])
    }
  }
}

/// A schema chosen by bytes: fields that the catalog knows, of types that they may or may not have.
private struct FuzzedTypes {
  private var bytes: ArraySlice<UInt8>
  private var names = 0

  private static let fields = [
    "user_id", "email_address", "to_phone_number", "external_user_id", "device_id", "channel_identifier", "properties",
    "message_extras", "bounce_reason", "message_body", "deferral_reason", "time", "sending_ip", "url", "user_agent",
    "latitude", "gender", "campaign_id", "country", "unheard_of",
  ]

  init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

  private mutating func next(_ limit: Int) -> Int { Int(bytes.popFirst() ?? 0) % limit }

  mutating func record() -> String {
    let first = next(Self.fields.count)
    let fields = (0...next(12)).map { number in
      let name = Self.fields[(first + number) % Self.fields.count]
      return #"{"name":"\#(name)","type":\#(type(depth: 0))}"#
    }
    return #"{"type":"record","name":"Root","fields":[\#(fields.joined(separator: ","))]}"#
  }

  private mutating func type(depth: Int) -> String {
    names += 1
    let name = "T\(names)"
    switch next(depth < 3 ? 24 : 12) {
    case 0: return #""null""#
    case 1: return #""boolean""#
    case 2: return #""int""#
    case 3: return #""long""#
    case 4: return #""float""#
    case 5: return #""double""#
    case 6: return #""bytes""#
    case 7: return #"{"type":"string","logicalType":"uuid"}"#
    case 8: return #"{"type":"long","logicalType":"timestamp-\#(["millis", "micros"][next(2)])"}"#
    case 9: return #"{"type":"fixed","name":"\#(name)","size":\#(next(20))}"#
    case 10: return #"{"type":"enum","name":"\#(name)","symbols":["A","B","C"]}"#
    case 11...15: return #""string""#
    case 16: return #"{"type":"array","items":\#(type(depth: depth + 1))}"#
    case 17: return #"{"type":"map","values":\#(type(depth: depth + 1))}"#
    case 18:
      let fields = (0..<next(4)).map { #"{"name":"f\#($0)","type":\#(type(depth: depth + 1))}"# }
      return #"{"type":"record","name":"\#(name)","fields":[\#(fields.joined(separator: ","))]}"#
    case 19: return #"["null","Root"]"#
    case 20: return #"["string","null"]"#
    case 21: return #"["null","long","string",{"type":"array","items":\#(type(depth: depth + 1))}]"#
    default: return #"["null","string"]"#
    }
  }
}
