/// Tells how old events are taken to be.
///
/// The time of an event comes from a device, whose clock may be anything; when the event was stored nobody doubts. So a
/// time counts from 2011, when Braze began, to the day after the one of the file's partition; anything else counts as
/// that day.
package struct AgeClock: Sendable {
  private static let earliest = 1_293_840_000
  private let latest: Int
  private let partition: Int?

  /// - Parameters:
  ///   - day: of the partition that the file lies in, since 1970-01-01; nothing where its path tells none.
  ///   - now: seconds since 1970-01-01: behind the day that comes no event of such a file can be.
  package init(day: Int?, now: Int) {
    latest = day.map { ($0 + 2) * 86_400 } ?? (now + 86_400)
    partition = day.map { $0 * 86_400 }
  }

  /// A time that an event tells, if it can be true.
  func usable(_ seconds: Int?) -> Int? { seconds.flatMap { $0 >= Self.earliest && $0 < latest ? $0 : nil } }

  /// The time that counts; nothing where nobody can tell.
  package func time(_ usable: Int?) -> Int? { usable ?? partition }
}

/// An event that is older than it may be.
package struct AgedEvent: Sendable {
  /// Where its block, line or item begins in what was handed in; 0 for blocks and items.
  package let start: Int
  /// The record, or the object that the event is or stands in, in what was handed in.
  package let range: Range<Int>
  /// In its block, or among the lines or items; from 0.
  package let record: Int
  /// In a batch, from 0; -1 outside.
  package let part: Int
  /// The events of the batch; 0 outside.
  package let batchCount: Int
  /// The number of its event type.
  package let row: Int
  /// Seconds since 1970-01-01, if the event tells a time that can be true.
  package let time: Int?
  /// `app_group_id`, in what was handed in, with escapes in JSON; empty where the event tells none.
  package let workspace: Range<Int>
}

/// Events by their age. One file's.
package struct AgeTally: Sendable {
  package fileprivate(set) var events = 0
  /// Events that a limit is set for, and of which nobody can tell how old they are.
  package fileprivate(set) var undated = 0
  /// By number of the event type: when the events were that are not too old.
  package fileprivate(set) var times: [TimeRange]
  /// The events that are too old, of what was handed in last.
  package fileprivate(set) var due: [AgedEvent] = []

  package init(rowCount: Int) { times = Array(repeating: TimeRange(), count: rowCount) }

  /// What is handed in now comes behind what is known.
  fileprivate mutating func startPiece() { due.removeAll(keepingCapacity: true) }

  /// Takes an event in.
  ///
  /// - Parameter limit: events before it are too old; `Int.min` where none is, `Int.max` where each is.
  fileprivate mutating func add(_ event: AgedEvent, limit: Int, _ clock: AgeClock) {
    events += 1
    let time = clock.time(event.time)
    if limit == .max || time.map({ $0 < limit }) ?? false {
      due.append(event)
    } else if let time {
      times[event.row].note(time)
    } else if limit > .min {
      undated += 1
    }
  }
}

/// The pass over blocks of Avro records that tells how old events are.
package struct AvroAges: ~Copyable {
  private let plan: AvroFindPlan
  private let scanner: AvroScanner
  private var spans: [FieldSpan] = []

  package init(_ plan: AvroFindPlan) {
    self.plan = plan
    let isText = plan.program.slotNodes.map { if case .text = plan.program.nodes[$0] { true } else { false } }
    let captured = plan.roles.indices.map {
      (plan.isWorkspace[$0] && isText[$0]) || plan.times[$0] != nil
    }
    scanner = AvroScanner(plan.program, captured: captured)
  }

  /// Looks through one block, whose events are all of one type.
  ///
  /// - Throws: `RecordError` when the block is damaged; nothing of it counts then.
  package mutating func run(
    _ block: borrowing RawSpan, recordCount: Int, row: Int, limit: Int, _ clock: AgeClock, _ tally: inout AgeTally
  ) throws(RecordError) {
    tally.startPiece()
    if recordCount == 0 && block.byteCount == 0 { return }
    // Records without bytes cannot use up the block, so their number is bounded here.
    guard plan.program.takesBytes || recordCount <= 1_000_000 else { throw RecordError(.badLength, at: 0) }
    let before = tally
    do throws(RecordError) {
      var position = 0
      for record in 0..<recordCount {
        let start = position
        spans.removeAll(keepingCapacity: true)
        position = try scanner.scan(block, from: start, into: &spans)
        tally.add(event(block, start..<position, record, row, clock), limit: limit, clock)
      }
      guard position == block.byteCount else { throw RecordError(.leftover, at: position) }
    } catch {
      tally = before
      throw error
    }
  }

  @inline(__always)
  private func event(
    _ block: borrowing RawSpan, _ range: Range<Int>, _ record: Int, _ row: Int, _ clock: AgeClock
  ) -> AgedEvent {
    var time: Int?
    var workspace = 0..<0
    for span in spans {
      guard let form = plan.times[span.slot] else {
        workspace = trim(block, span.inner)
        continue
      }
      time = EventClock.told(block, span, form).flatMap { EventClock.isPlausible($0) ? $0 : nil }
    }
    return AgedEvent(
      start: 0, range: range, record: record, part: -1, batchCount: 0, row: row, time: clock.usable(time),
      workspace: workspace)
  }
}

/// What is looked at in the events of one destination.
package struct JSONAgePlan: Sendable {
  fileprivate let table: JSONKeyTable
  fileprivate let isWorkspace: [Bool]
  fileprivate let timeRanks: [UInt8]

  /// - Parameters:
  ///   - table: with the names of events, each with the number of its type.
  ///   - isWorkspace: by slot.
  ///   - timeRanks: by slot: 0 where it holds no time of the event, else how good a time it is; the best one counts.
  package init(table: JSONKeyTable, isWorkspace: [Bool], timeRanks: [UInt8]) {
    precondition(isWorkspace.count == table.slotCount && timeRanks.count == table.slotCount)
    self.table = table.noting { table.nameSlots.contains($0) || isWorkspace[$0] || timeRanks[$0] > 0 }
    self.isWorkspace = isWorkspace
    self.timeRanks = timeRanks
  }
}

/// The pass over events in JSON that tells how old they are.
package struct JSONAges: ~Copyable {
  private let plan: JSONAgePlan
  private var scanner: JSONScanner
  private var line = JSONLine()
  /// The number of the type of every event of the file, where something around them tells it; else of those that tell
  /// none themselves.
  private var fixedRow: Int?
  private var defaultRow = 0
  private var facts: [Facts] = []
  /// What could not be read in the last chunk.
  package private(set) var damaged: [Withheld] = []
  package private(set) var lineCount = 0

  /// Of one event of a line.
  private struct Facts {
    var row: Int?
    var time: Int?
    var rank: UInt8 = 0
    var workspace = 0..<0
  }

  package init(_ plan: JSONAgePlan) {
    self.plan = plan
    scanner = JSONScanner(plan.table, notesUnknown: false)
  }

  /// - Parameters:
  ///   - row: the number of the type of every event, where something around them tells it.
  ///   - defaultRow: that of events of which nothing tells it.
  package mutating func startFile(row: Int?, defaultRow: Int, isDocument: Bool) {
    scanner.grammar = JSONGrammar(lineFeedIsBlank: isDocument)
    fixedRow = row
    self.defaultRow = defaultRow
    lineCount = 0
  }

  /// Counts a line or item that was too long to be handed in.
  package mutating func passOver() { lineCount += 1 }

  /// Looks through whole lines.
  ///
  /// - Parameter limits: by number of the event type.
  package mutating func run(_ bytes: borrowing RawSpan, limits: [Int], _ clock: AgeClock, _ tally: inout AgeTally) {
    tally.startPiece()
    damaged.removeAll(keepingCapacity: true)
    var position = 0
    while position < bytes.byteCount {
      let start = position
      lineCount += 1
      do throws(RecordError) {
        position = try pass(bytes, start, limits, clock, &tally)
      } catch {
        let end = bytes.firstIndex(of: 0x0a, from: start)
        position = min(end + 1, bytes.byteCount)
        damaged.append(Withheld(range: start..<end, line: lineCount, events: 1, isPart: false, code: error.code))
      }
    }
  }

  /// Looks through one item of a document.
  ///
  /// - Returns: what is wrong with it.
  package mutating func runItem(
    _ bytes: borrowing RawSpan, limits: [Int], _ clock: AgeClock, _ tally: inout AgeTally
  ) -> RecordError.Code? {
    tally.startPiece()
    lineCount += 1
    do throws(RecordError) {
      line.removeAll()
      let end = try scanner.scan(bytes, from: 0, into: &line)
      guard end == bytes.byteCount else { throw RecordError(.syntax, at: end) }
      if line.holdsStrangers { throw RecordError(.notAnObject, at: 0) }
      look(bytes, 0, 0..<end, limits, clock, &tally)
      return nil
    } catch {
      return error.code
    }
  }

  private mutating func pass(
    _ bytes: borrowing RawSpan, _ start: Int, _ limits: [Int], _ clock: AgeClock, _ tally: inout AgeTally
  ) throws(RecordError) -> Int {
    let object = bytes.lineBlanksEnd(from: start)
    if object == bytes.byteCount { return object }
    if bytes[object] == 0x0a { return object + 1 }
    line.removeAll()
    let end = try scanner.scan(bytes, from: object, into: &line)
    let position = bytes.lineBlanksEnd(from: end)
    guard position == bytes.byteCount || bytes[position] == 0x0a else { throw RecordError(.syntax, at: position) }
    if line.holdsStrangers { throw RecordError(.notAnObject, at: object) }
    look(bytes, start, object..<end, limits, clock, &tally)
    return min(position + 1, bytes.byteCount)
  }

  /// Looks at the event or batch that was scanned: what stands around the events of a batch is that of each.
  private mutating func look(
    _ bytes: borrowing RawSpan, _ start: Int, _ object: Range<Int>, _ limits: [Int], _ clock: AgeClock,
    _ tally: inout AgeTally
  ) {
    let count = line.groups.count
    facts.removeAll(keepingCapacity: true)
    for _ in 0...count { facts.append(Facts()) }
    for index in line.spans.indices { note(bytes, line.spans[index]) }
    for group in (count == 0 ? 0 : 1)...count {
      let (own, around) = (facts[group], facts[0])
      let row = fixedRow ?? own.row ?? around.row ?? defaultRow
      tally.add(
        AgedEvent(
          start: start, range: object, record: lineCount - 1, part: group - 1, batchCount: count,
          row: row, time: clock.usable(own.rank >= around.rank ? own.time : around.time),
          workspace: own.workspace.isEmpty ? around.workspace : own.workspace), limit: limits[row], clock)
    }
  }

  @inline(__always)
  private mutating func note(_ bytes: borrowing RawSpan, _ span: JSONSpan) {
    let (slot, group) = (Int(span.slot), Int(span.group))
    guard span.shape == .string || span.shape == .number else { return }
    let range = span.shape == .string ? span.content : span.value
    let rank = plan.timeRanks[slot]
    if rank > facts[group].rank, let seconds = EventClock.seconds(bytes, span) {
      facts[group].rank = rank
      facts[group].time = seconds
    } else if plan.isWorkspace[slot] {
      facts[group].workspace = trim(bytes, range)
    } else if facts[group].row == nil && fixedRow == nil && span.shape == .string && plan.table.nameSlots.contains(slot) {
      let entry =
        span.isEscaped
        ? plan.table.findEscaped(bytes, range, in: plan.table.eventNames)
        : plan.table.find(bytes, range, in: plan.table.eventNames)
      if entry >= 0 { facts[group].row = Int(plan.table.entries[entry].slot) }
    }
  }
}
