import ScrubCore
import ScrubNative
import Testing

/// The times that passes note beside what they write.
struct EventTimesTests {
  private static let day = 86_400
  /// 2026-01-01.
  private static let start = 1_767_225_600

  private func time(_ day: Int) -> Int { Self.start + day * Self.day }

  private func noted(_ block: [UInt8], records: Int, _ plan: AvroPlan, isTime: [Bool]?) throws -> TimeRange {
    var converter = Converter(TestKey())
    var pass = try AvroPass(plan, isTime: isTime, converter: &converter)
    var sink = ByteSink()
    _ = try? unsafe pass.run(block.span.bytes, recordCount: records, converter: &converter, into: &sink)
    return pass.times
  }

  @Test func ofRecordsThatStay() throws {
    let program = AvroProgram(nodes: [.text, .long], fields: [0, 1])
    let slots = [
      AvroPlan.Slot(treatment: .keep, value: .string, redaction: [], branch: []),
      AvroPlan.Slot(treatment: .keep, value: .long(.guess), redaction: [], branch: []),
    ]
    let plan = AvroPlan(
      program: program, slots: slots, dropRules: [[Condition(slots: [0], values: [Array("gone".utf8)])]])
    func record(_ name: String, _ time: Int) -> [UInt8] { encoded(name) + varint(time) }
    let block = record("gone", time(1)) + record("a", time(5)) + record("b", time(9) * 1000) + record("gone", time(20))
    let times = try noted(block, records: 4, plan, isTime: [false, true])
    #expect((times.first, times.last) == (time(5), time(9)))
    #expect(try noted(block, records: 4, plan, isTime: nil).isEmpty)
    // Nothing of a damaged block is noted.
    #expect(try noted(block + [0xff], records: 4, plan, isTime: [false, true]).isEmpty)
    #expect(try noted(record("a", 7), records: 1, plan, isTime: [false, true]).isEmpty)
  }

  @Test func ofEventsThatStay() throws {
    let plan = TestPlan(
      cells: [("name", .keep), ("time", .keep)], namePath: "name")
    var converter = Converter(TestKey())
    var pass = try JSONPass(plan.plan, isTime: [false, false, true], converter: &converter)
    let lines = """
      {"name":"Gone","time":\(time(1))}
      {"name":"Kept","time":"2026-01-06T00:00:00Z"}
      {"name":"Kept","time":\(time(9) * 1000)}
      {"name":"Other","time":\(time(20))}
      {"name":"Kept","time":"never"}

      """
    var sink = ByteSink()
    let bytes = Array(lines.utf8)
    _ = try unsafe pass.run(bytes.span.bytes, converter: &converter, into: &sink)
    #expect((pass.times[0].first, pass.times[0].last, pass.times[0].implausible) == (time(5), time(9), 1))
    #expect(pass.times[1].isEmpty)
  }

  /// A time around the events of a batch is that of each; their own are theirs.
  @Test func ofBatches() throws {
    let cells = ["at": cell(.keep), "events[].name": cell(.keep), "events[].time": cell(.keep)]
    let plan = plan(cells, batches: true)
    var converter = Converter(TestKey())
    // "", at, events[].name, events[].time
    var pass = try JSONPass(plan, isTime: [false, true, false, true], converter: &converter)
    let line = """
      {"at":\(time(3)),"events":[{"name":"kept","time":\(time(5))},{"name":"gone","time":\(time(30))}]}

      """
    var sink = ByteSink()
    let bytes = Array(line.utf8)
    _ = try unsafe pass.run(bytes.span.bytes, converter: &converter, into: &sink)
    #expect((pass.times[0].first, pass.times[0].last) == (time(3), time(5)))
    #expect(pass.times[1].isEmpty)
  }
}
