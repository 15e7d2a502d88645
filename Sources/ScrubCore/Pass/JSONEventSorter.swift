/// Says which row of a plan treats each event of a line or item, and which of them the policy drops.
struct JSONEventSorter {
  private let plan: JSONPlan
  /// By slot: whether it holds the event's own name; every value is asked for.
  private let isName: [Bool]
  /// The same slots one by one.
  private let nameSlots: [Int]
  /// By event, of which a line outside a batch is one: the row that treats it, or -1 where it does not stay.
  private(set) var rows: [Int] = []
  /// The rows that treat the events which stay, once each: far fewer than a batch may have events.
  private(set) var keptRows: [Int] = []
  /// Of the workspaces that are asked for those that were met.
  private(set) var workspaces: Set<[UInt8]> = []
  /// By slot of a name: the group of the line in which it stood last; -1 before.
  private var lastNamed: [Int32]
  /// By row: where its conditions start in `envelopeHolds`.
  private let conditionStarts: [Int]
  /// By condition: whether it holds around the events of the batch at hand; -1 before it is known.
  private var envelopeHolds: [Int8]

  init(_ plan: JSONPlan) {
    self.plan = plan
    isName = (0..<plan.table.slotCount).map(plan.table.nameSlots.contains)
    nameSlots = plan.table.nameSlots.sorted()
    lastNamed = isName.map { _ in -1 }
    var starts = [0]
    for row in plan.rows { starts.append((starts.last ?? 0) + row.dropRules.reduce(0) { $0 + $1.count }) }
    conditionStarts = starts
    envelopeHolds = Array(repeating: -1, count: starts.last ?? 0)
  }

  /// An event does not stay.
  mutating func remove(_ event: Int) { rows[event] = -1 }

  /// An event stays.
  mutating func keep(_ event: Int) { if !keptRows.contains(rows[event]) { keptRows.append(rows[event]) } }

  /// Finds the row of each event of the line: of the only one, or of each in a batch.
  ///
  /// - Throws: `RecordError` where the events of the line cannot be told, and none of them may stay for it.
  mutating func resolve(_ bytes: borrowing RawSpan, _ line: JSONLine, at start: Int) throws(RecordError) {
    let isBatch = !line.groups.isEmpty
    keptRows.removeAll(keepingCapacity: true)
    if isBatch { for index in envelopeHolds.indices { envelopeHolds[index] = -1 } }
    let count = max(line.groups.count, 1)
    // One line has as many events as the one before, nearly always.
    if rows.count > count { rows.removeLast(rows.count - count) }
    for index in rows.indices { rows[index] = -1 }
    while rows.count < count { rows.append(-1) }
    defer {
      for index in line.groups.indices where !line.groups[index].isEvent { rows[index] = -1 }
    }
    // What a batch shares stays only with an event.
    if isBatch && !line.groups.contains(where: \.isEvent) { throw RecordError(.notAnObject, at: start) }
    if let fixed = plan.fixedRow {
      for index in rows.indices { rows[index] = fixed }
      return
    }
    var isNameRepeated = false
    for slot in nameSlots { lastNamed[slot] = -1 }
    for span in line.spans where isName[Int(span.slot)] && span.shape == .string {
      if lastNamed[Int(span.slot)] == span.group { isNameRepeated = true }
      lastNamed[Int(span.slot)] = span.group
      guard let row = row(named: span, bytes) else { continue }
      let group = isBatch ? Int(span.group) - 1 : 0
      guard group >= 0 else { continue }
      if rows[group] >= 0 && rows[group] != row { throw RecordError(.conflictingEvent, at: start) }
      rows[group] = row
    }
    if isNameRepeated && holdsSecondName(bytes, line) {
      throw RecordError(.conflictingEvent, at: start)
    }
    guard rows.indices.contains(where: { rows[$0] < 0 && (!isBatch || line.groups[$0].isEvent) }) else { return }
    if let row = plan.defaultRow {
      for index in rows.indices where rows[index] < 0 { rows[index] = row }
      return
    }
    // A body without events, and without anything else.
    if line.isEmptyBatch && line.spans.isEmpty {
      rows[0] = plan.unknownRow
      return
    }
    switch plan.unknownEvent {
    case .drop, .scrub:
      for index in rows.indices where rows[index] < 0 { rows[index] = plan.unknownRow }
    case .fail: throw RecordError(.unknownEvent, at: start)
    case .quarantine:
      // What a batch shares speaks of its events, and stays only with one of them.
      if rows.allSatisfy({ $0 < 0 }) { throw RecordError(.unknownEvent, at: start) }
    }
  }

  /// The row of the event that a member names; nothing where no catalog knows one of that name.
  private func row(named span: JSONSpan, _ bytes: borrowing RawSpan) -> Int? {
    let name = span.content
    let entry =
      span.isEscaped
      ? plan.table.findEscaped(bytes, name, in: plan.table.eventNames) : plan.table.find(bytes, name, in: plan.table.eventNames)
    return entry < 0 ? nil : Int(plan.table.entries[entry].slot)
  }

  /// Whether a member tells a name that a catalog knows, or one that is no address and no number of anybody.
  func namesEvent(_ span: JSONSpan, _ bytes: borrowing RawSpan) -> Bool {
    if row(named: span, bytes) != nil { return true }
    var plain = ByteSink(capacity: 64)
    guard plain.appendUnescaped(bytes, span.content) else { return false }
    var digits = 0
    for index in 0..<plain.count {
      let byte = plain.bytes[index]
      if byte == UInt8(ascii: "@") { return false }
      if byte &- UInt8(ascii: "0") < 10 { digits += 1 }
    }
    return digits < 7
  }

  /// Whether a member names no event, and stands beside another of its name that does: whoever reads one of them only may
  /// take either.
  private func holdsSecondName(_ bytes: borrowing RawSpan, _ line: JSONLine) -> Bool {
    func place(_ span: JSONSpan) -> Int64 { Int64(span.group) << 32 | Int64(span.slot) }
    var namedPlaces: Set<Int64> = []
    for span in line.spans where isName[Int(span.slot)] && span.shape == .string && row(named: span, bytes) != nil {
      namedPlaces.insert(place(span))
    }
    return line.spans.contains {
      isName[Int($0.slot)] && $0.shape == .string && namedPlaces.contains(place($0)) && row(named: $0, bytes) == nil
    }
  }

  /// Who drops an event of the line, which has a row; nothing where it stays.
  mutating func dropping(_ bytes: borrowing RawSpan, _ line: JSONLine, event: Int) -> Dropping? {
    let row = rows[event]
    if plan.rows[row].dropsAll { return .policy }
    if plan.rows[row].dropRules.isEmpty { return nil }
    let own = line.groups.isEmpty ? line.spans.indices : line.groups[event].spans
    var number = conditionStarts[row]
    for rule in plan.rows[row].dropRules {
      var holds = true
      for condition in rule {
        if holds {
          let isFound = self.holds(condition, bytes, line, own) || holdsAround(condition, number, bytes, line)
          holds = isFound != condition.isOther
        }
        number += 1
      }
      if holds { return Dropping(rule) }
    }
    return nil
  }

  private mutating func holds(
    _ condition: Condition, _ bytes: borrowing RawSpan, _ line: JSONLine, _ range: Range<Int>
  ) -> Bool {
    for index in range where condition.slots.contains(Int(line.spans[index].slot)) {
      let text = conditionText(bytes, line.spans[index])
      guard condition.values.contains(text) else { continue }
      if condition.isOther { workspaces.insert(text) }
      return true
    }
    return false
  }

  /// Whether a condition holds around the events of a batch, worked out once for all of them.
  private mutating func holdsAround(
    _ condition: Condition, _ number: Int, _ bytes: borrowing RawSpan, _ line: JSONLine
  ) -> Bool {
    if line.groups.isEmpty { return false }
    if envelopeHolds[number] < 0 {
      var found = false
      for index in line.spans.indices where line.spans[index].group == 0 {
        if holds(condition, bytes, line, index..<(index + 1)) {
          found = true
          break
        }
      }
      envelopeHolds[number] = found ? 1 : 0
    }
    return envelopeHolds[number] == 1
  }

  /// The value as a condition spells it.
  private func conditionText(_ bytes: borrowing RawSpan, _ span: JSONSpan) -> [UInt8] {
    switch span.shape {
    case .string:
      var plain = ByteSink(capacity: 64)
      guard plain.appendUnescaped(bytes, span.content) else { return [] }
      return plain.bytes.array(0..<plain.count)
    case .number, .boolean: return bytes.array(span.value)
    case .null, .array, .object: return []
    }
  }
}
