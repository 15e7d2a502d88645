package import ScrubNative

/// Something that was not written: a line, an item of a document, or an event of a batch.
package struct Withheld: Hashable, Sendable {
  /// Its place in what was handed in.
  package let range: Range<Int>
  /// The line where it, or the batch that holds it, begins.
  package let line: Int
  package let events: Int
  /// Whether it is an event of a batch in which others may stay.
  package let isPart: Bool
  package let code: RecordError.Code
}

/// The pass over events in JSON: scan, decide, copy the gaps, write the replacements.
///
/// One worker owns it; its buffers are used again for every line or item.
package struct JSONPass: ~Copyable {
  /// Whether items are handed in, which may go over several lines.
  package let isDocument: Bool
  /// Whether what is no event in a batch becomes null and stays, where it would be withheld: for events that are blanked
  /// in their places.
  private let emptiesStrangers: Bool
  private let plan: JSONPlan
  private let slotCount: Int
  private var scanner: JSONScanner
  /// By row and slot: `ways[row * slotCount + slot]`.
  private let ways: [Treatment.Way]
  /// By row and slot: the number of the cell.
  private let cellNumbers: [UInt16]
  /// By cell and shape: what takes the place of a redacted value; behind all of them what takes that of numbers.
  private let redactions: [[UInt8]]
  private var line = JSONLine()
  private var sorter: JSONEventSorter
  /// The values of a line that do not stay as they are.
  private var treated: [Treated] = []

  private struct Treated {
    /// In the line's spans.
    let span: Int
    let row: Int
    /// Where the conversion of a string without escapes is remembered.
    let place: PseudonymCache.Place
  }

  /// By slot: whether its values are times of events; nothing where nobody asks for those.
  private let isTime: [Bool]?
  private var conversions: JSONConversions

  /// Counts by row and slot: `counts[row * slotCount + slot]`; where addresses and numbers are treated in two ways, those
  /// of numbers behind all others, in the same order.
  package private(set) var counts: [SlotCounts]
  /// By row.
  package private(set) var events: [EventCounts]
  /// By row: of the events that are written, where their times are asked for; else empty.
  package private(set) var times: [TimeRange]
  package private(set) var withheld: [Withheld] = []
  /// Of the workspaces that are asked for those that were met.
  package var workspaces: Set<[UInt8]> { sorter.workspaces }
  /// Lines read so far in all chunks.
  package private(set) var lineCount = 0

  /// - Parameter isTime: by slot, whether its values are times of events.
  /// - Throws: `NativeError` when a subkey cannot be made.
  package init(
    _ plan: JSONPlan, isDocument: Bool = false, emptiesStrangers: Bool = false, isTime: [Bool]? = nil,
    converter: inout Converter
  ) throws(NativeError) {
    self.emptiesStrangers = emptiesStrangers
    self.plan = plan
    self.isTime = isTime
    times = isTime == nil ? [] : Array(repeating: TimeRange(), count: plan.rows.count)
    slotCount = plan.table.slotCount
    self.isDocument = isDocument
    scanner = JSONScanner(plan.table, isDocument: isDocument)
    cellNumbers = plan.cellNumbers
    ways = plan.ways
    conversions = try JSONConversions(plan, &converter)
    redactions =
      plan.cells.flatMap { cell in JSONSpan.Shape.allCases.map { Self.redaction($0, cell) } }
      + plan.cells.flatMap { cell in JSONSpan.Shape.allCases.map { cell.ofNumbers ?? Self.redaction($0, cell) } }
    sorter = JSONEventSorter(plan)
    counts = Array(repeating: SlotCounts(), count: ways.count * (plan.cells.contains(where: \.treatment.isOfTwoKinds) ? 2 : 1))
    events = Array(repeating: EventCounts(), count: plan.rows.count)
  }

  /// Passes over whole lines; `sink` is empty and holds the new lines unless nothing changed.
  ///
  /// - Throws: `RecordError` where the policy says that such a line fails the file, or when a digest fails.
  /// - Returns: whether any byte changed.
  package mutating func run(
    _ bytes: borrowing RawSpan, converter: inout Converter, into sink: inout ByteSink
  ) throws(RecordError) -> Bool {
    withheld.removeAll(keepingCapacity: true)
    var edit = JSONEdit()
    var position = 0
    while position < bytes.byteCount {
      let start = position
      lineCount += 1
      do throws(RecordError) {
        position = try pass(bytes, start, &edit, &converter, &sink)
      } catch {
        let end = bytes.firstIndex(of: 0x0a, from: start)
        position = min(end + 1, bytes.byteCount)
        try withhold(start..<end, error)
        edit.remove(bytes, start..<position, &sink)
      }
    }
    guard edit.changed else { return false }
    sink.append(bytes, edit.copied..<bytes.byteCount)
    return true
  }

  /// What became of an item.
  package enum ItemOutcome: Sendable {
    case kept(changed: Bool)
    case dropped
    /// The item stands in `withheld`.
    case withheld(RecordError.Code)
  }

  /// Passes over one item of a document, an event or a batch; `sink` is empty and holds the new item if it changed.
  ///
  /// - Parameter line: where it begins, from 1.
  /// - Throws: as `run`.
  package mutating func runItem(
    _ bytes: borrowing RawSpan, line number: Int, converter: inout Converter, into sink: inout ByteSink
  ) throws(RecordError) -> ItemOutcome {
    withheld.removeAll(keepingCapacity: true)
    lineCount = number
    var edit = JSONEdit()
    do throws(RecordError) {
      line.removeAll()
      let end = try scanner.scan(bytes, from: 0, into: &line)
      guard end == bytes.byteCount else { throw RecordError(.syntax, at: end) }
      guard try treat(bytes, 0, &edit, &converter, &sink) else { return .dropped }
    } catch {
      try withhold(0..<bytes.byteCount, error)
      return .withheld(error.code)
    }
    guard edit.changed else { return .kept(changed: false) }
    sink.append(bytes, edit.copied..<bytes.byteCount)
    return .kept(changed: true)
  }

  /// Notes that the line or item at hand is not written.
  ///
  /// - Throws: `error` where it fails the file.
  private mutating func withhold(_ range: Range<Int>, _ error: RecordError) throws(RecordError) {
    if stops(error.code) { throw error }
    // The events of a batch are known to be so many only when all of it was read.
    let wasRead = [.unknownEvent, .conflictingEvent, .otherDestination, .notAnObject].contains(error.code)
    let count = wasRead ? max(line.groups.count, 1) : 1
    withheld.append(Withheld(range: range, line: lineCount, events: count, isPart: false, code: error.code))
    events[plan.rowOfStrangers] += EventCounts(withheld: count)
  }

  /// The counts of a slot, or of what was treated as a number of what may be an address too.
  package func counts(row: Int, slot: Int, ofNumbers: Bool) -> SlotCounts {
    let counter = row &* slotCount &+ slot &+ (ofNumbers ? ways.count : 0)
    return counter < counts.count ? counts[counter] : SlotCounts()
  }

  /// Counts a line that was too long to be handed in.
  package mutating func passOverLine() {
    lineCount += 1
    withholdItem()
  }

  /// Counts an item that was too long to be handed in.
  package mutating func withholdItem() { events[plan.rowOfStrangers] += EventCounts(withheld: 1) }

  private func stops(_ code: RecordError.Code) -> Bool {
    switch code {
    case .unknownField, .digest: true
    case .unknownEvent: plan.unknownEvent == .fail
    default: false
    }
  }

  // MARK: one line

  /// Passes over the line at `start` and returns where the next one starts.
  private mutating func pass(
    _ bytes: borrowing RawSpan, _ start: Int, _ edit: inout JSONEdit, _ converter: inout Converter,
    _ sink: inout ByteSink
  ) throws(RecordError) -> Int {
    var position = bytes.lineBlanksEnd(from: start)
    if position == bytes.byteCount { return position }
    if bytes[position] == 0x0a { return position + 1 }
    line.removeAll()
    position = bytes.lineBlanksEnd(from: try scanner.scan(bytes, from: position, into: &line))
    guard position == bytes.byteCount || bytes[position] == 0x0a else { throw RecordError(.syntax, at: position) }
    let end = min(position + 1, bytes.byteCount)
    if try !treat(bytes, start, &edit, &converter, &sink) { edit.remove(bytes, start..<end, &sink) }
    return end
  }

  /// Decides about the events of the object that was scanned, and writes what becomes of them.
  ///
  /// - Returns: false when none of them stays, and nothing was written.
  private mutating func treat(
    _ bytes: borrowing RawSpan, _ start: Int, _ edit: inout JSONEdit, _ converter: inout Converter, _ sink: inout ByteSink
  ) throws(RecordError) -> Bool {
    conversions.begin()
    if line.mayBeOfOthers, let marks = plan.marks, marks.speakForOthers(bytes.extracting(start..<bytes.byteCount)) {
      throw RecordError(.otherDestination, at: start)
    }
    try sorter.resolve(bytes, line, at: start)
    for index in sorter.rows.indices where sorter.rows[index] < 0 && !emptiesStrangers { withholdGroup(index) }
    if plan.unknownField == .fail && line.spans.contains(where: { $0.slot == 0 }) {
      throw RecordError(.unknownField, at: start)
    }
    for index in sorter.rows.indices {
      let row = sorter.rows[index]
      // Withheld already.
      if row < 0 { continue }
      events[row].read += 1
      if let dropping = sorter.dropping(bytes, line, event: index) {
        events[row].dropped += 1
        if dropping == .elsewhere { events[row].elsewhere += 1 }
        sorter.remove(index)
      } else {
        events[row].written += 1
        sorter.keep(index)
      }
    }
    if sorter.keptRows.isEmpty { return false }
    if let isTime { noteTimes(bytes, isTime) }
    try rewrite(bytes, &edit, &converter, &sink)
    return true
  }

  /// Withholds one event of a batch.
  private mutating func withholdGroup(_ index: Int) {
    let group = line.groups[index]
    withheld.append(
      Withheld(
        range: group.start..<group.end, line: lineCount, events: 1, isPart: true,
        code: group.isEvent ? .unknownEvent : .notAnObject))
    events[plan.unknownRow] += EventCounts(withheld: 1)
  }

  /// Notes the times of the events that stay: one around the events of a batch is that of each.
  private mutating func noteTimes(_ bytes: borrowing RawSpan, _ isTime: [Bool]) {
    for span in line.spans where isTime[Int(span.slot)] && (span.shape == .number || span.shape == .string) {
      let seconds = EventClock.seconds(bytes, span)
      if span.group == 0 {
        for row in sorter.keptRows { times[row].note(seconds) }
      } else if sorter.rows[Int(span.group) - 1] >= 0 {
        times[sorter.rows[Int(span.group) - 1]].note(seconds)
      }
    }
  }

  // MARK: the values of a line

  private mutating func rewrite(
    _ bytes: borrowing RawSpan, _ edit: inout JSONEdit, _ converter: inout Converter, _ sink: inout ByteSink
  ) throws(RecordError) {
    sortOut(bytes, &converter)
    var nextGroup = 0
    for value in treated {
      let span = line.spans[value.span]
      if nextGroup < line.groups.count {
        removeGroups(bytes, before: Int(span.memberStart), &nextGroup, &edit, &sink)
      }
      try rewrite(bytes, span, value.row, value.place, &edit, &converter, &sink)
    }
    removeGroups(bytes, before: .max, &nextGroup, &edit, &sink)
  }

  /// Counts the values that stay as they are, which are most, and lists the others; asks for the memory of all
  /// conversions of the line at once, where one after the other would each wait for it.
  private mutating func sortOut(_ bytes: borrowing RawSpan, _ converter: inout Converter) {
    treated.removeAll(keepingCapacity: true)
    // Lent out meanwhile: counting through a span looks after no references.
    var lent: [SlotCounts] = []
    swap(&lent, &counts)
    defer { swap(&lent, &counts) }
    var tally = lent.mutableSpan
    for index in line.spans.indices {
      let row = row(ofSpan: index)
      if row < 0 { continue }
      let slot = Int(line.spans[index].slot)
      let shape = line.spans[index].shape
      let counter = row &* slotCount &+ slot
      let way = ways[counter]
      if way == .keep || (way == .keepScalar && shape.isScalar) {
        if shape != .null { tally[counter].values &+= 1 }
        continue
      }
      var place = PseudonymCache.Place.none
      if way == .convert, shape == .string, !line.spans[index].isEscaped,
        let hashing = conversions.hashings[Int(cellNumbers[counter])]
      {
        place = converter.find(bytes, line.spans[index].content, hashing)
      }
      treated.append(Treated(span: index, row: row, place: place))
    }
  }

  /// The row that treats a value, or a negative number where its event is dropped.
  @inline(__always)
  private func row(ofSpan index: Int) -> Int {
    if line.groups.isEmpty { return sorter.rows[0] }
    let group = Int(line.spans[index].group)
    if group > 0 { return sorter.rows[group - 1] }
    return line.groups.count == 1 ? sorter.rows[0] : strictestRow(Int(line.spans[index].slot))
  }

  /// Removes the dropped events of a batch that start before a place.
  private func removeGroups(
    _ bytes: borrowing RawSpan, before place: Int, _ next: inout Int, _ edit: inout JSONEdit, _ sink: inout ByteSink
  ) {
    while next < line.groups.count && line.groups[next].start < place {
      let group = line.groups[next]
      if !group.isEvent && emptiesStrangers {
        unsafe edit.replace(bytes, group.start..<group.end, with: Self.null.span.bytes, &sink)
      } else if sorter.rows[next] < 0 {
        edit.removeItem(bytes, group.start..<group.end, comma: group.comma, next: group.next, &sink)
      }
      next += 1
    }
  }

  /// The kept event of a batch that treats a value of the envelope most strictly.
  private func strictestRow(_ slot: Int) -> Int {
    var best = -1
    for row in sorter.keptRows {
      if best < 0 || strictness(row, slot) > strictness(best, slot) { best = row }
    }
    return best
  }

  private func strictness(_ row: Int, _ slot: Int) -> Int {
    plan.cells[Int(plan.rows[row].cells[slot])].treatment.strictness
  }

  private mutating func rewrite(
    _ bytes: borrowing RawSpan, _ span: JSONSpan, _ row: Int, _ place: PseudonymCache.Place, _ edit: inout JSONEdit,
    _ converter: inout Converter, _ sink: inout ByteSink
  ) throws(RecordError) {
    let slot = Int(span.slot)
    let counter = row &* slotCount &+ slot
    var way = ways[counter]
    if span.hasOddName && way == .redact { way = .drop }
    if way == .drop {
      counts[counter].values += 1
      return drop(bytes, span, counter, &edit, &sink)
    }
    if span.shape == .null { return }
    counts[counter].values += 1
    let cell = Int(cellNumbers[counter])
    switch way {
    case .keep, .drop:
      return
    case .keepScalar:
      if span.shape == .array && plan.cells[cell].holdsArray && !holdsObject(bytes, span.value) { return }
      counts[counter].redactedInstead += 1
      redact(bytes, span, cell, counter, &edit, &sink)
    case .keepName:
      if span.shape == .string && sorter.namesEvent(span, bytes) { return }
      counts[counter].redactedInstead += 1
      redact(bytes, span, cell, counter, &edit, &sink)
    case .redact:
      if span.shape == .string && isLeft(bytes, span) {
        counts[counter].left += 1
        return
      }
      counts[counter].treated += 1
      redact(bytes, span, cell, counter, &edit, &sink)
    case .convert:
      try convert(bytes, span, cell, counter, place, &edit, &converter, &sink)
    }
  }

  private func isLeft(_ bytes: borrowing RawSpan, _ span: JSONSpan) -> Bool {
    isLeftAlone(bytes, span.content)
  }

  private func holdsObject(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    var index = range.lowerBound
    while true {
      let brace = bytes.firstIndex(of: UInt8(ascii: "{"), in: index..<range.upperBound)
      if brace == range.upperBound { return false }
      guard let end = scanner.endOfWrappedScalar(bytes, at: brace) else { return true }
      index = end
    }
  }

  private mutating func convert(
    _ bytes: borrowing RawSpan, _ span: JSONSpan, _ cell: Int, _ counter: Int, _ place: PseudonymCache.Place,
    _ edit: inout JSONEdit, _ converter: inout Converter, _ sink: inout ByteSink
  ) throws(RecordError) {
    let outcome = try conversions.convert(bytes, span, cell, place, line, &converter)
    var counter = counter
    if span.shape == .string, converter.tookNumber, plan.cells[cell].treatment.isOfTwoKinds {
      counts[counter].values -= 1
      counter += ways.count
      counts[counter].values += 1
    }
    switch outcome {
    case .left:
      counts[counter].left += 1
      return
    case .made:
      counts[counter].treated += 1
      return
    case .unfit:
      counts[counter].redactedInstead += 1
      return redact(bytes, span, cell, counter, &edit, &sink)
    case .unconverted(.keep), .unconverted(.keepScalar), .unconverted(.keepName): return
    case .unconverted(.drop): return drop(bytes, span, counter, &edit, &sink)
    case .unconverted:
      counts[counter].treated += 1
      return redact(bytes, span, cell, counter, &edit, &sink)
    case .prehashed: counts[counter].prehashed += 1
    case .written: break
    }
    counts[counter].treated += 1
    if bytes.equals(span.value, conversions.text.bytes) { return }
    counts[counter].changed += 1
    edit.replace(bytes, span.value, with: conversions.text.bytes, &sink)
  }

  private mutating func drop(
    _ bytes: borrowing RawSpan, _ span: JSONSpan, _ counter: Int, _ edit: inout JSONEdit, _ sink: inout ByteSink
  ) {
    counts[counter].treated += 1
    counts[counter].changed += 1
    edit.removeMember(bytes, Int(span.memberStart)..<span.outer(in: bytes).upperBound, &sink)
  }

  private mutating func redact(
    _ bytes: borrowing RawSpan, _ span: JSONSpan, _ cell: Int, _ counter: Int, _ edit: inout JSONEdit,
    _ sink: inout ByteSink
  ) {
    let isNumber = counter >= ways.count
    let replacement = redactions[redactionIndex(cell, span.shape, ofNumbers: isNumber)]
    // Null has no branch of its own to name, so it takes the place of a wrapper too.
    let range = span.isWrapped && replacement == Self.null ? span.outer(in: bytes) : span.value
    if bytes.equals(range, replacement) { return }
    // What stands in the place of a number is no address, and the other way round.
    if plan.cells[cell].ofNumbers != nil
      && bytes.equals(span.value, redactions[redactionIndex(cell, span.shape, ofNumbers: !isNumber)])
    {
      return
    }
    counts[counter].changed += 1
    unsafe edit.replace(bytes, range, with: replacement.span.bytes, &sink)
  }

  private func redactionIndex(_ cell: Int, _ shape: JSONSpan.Shape, ofNumbers: Bool) -> Int {
    (cell &+ (ofNumbers ? plan.cells.count : 0)) &* JSONSpan.Shape.allCases.count &+ Int(shape.rawValue)
  }

  private static func redaction(_ shape: JSONSpan.Shape, _ cell: JSONPlan.Cell) -> [UInt8] {
    if cell.isExplicit { return cell.sentinel }
    if cell.isNullable { return null }
    return switch shape {
    case .string: cell.sentinel
    case .number: zero
    case .boolean: no
    case .array: emptyArray
    case .object: emptyObject
    case .null: null
    }
  }

  private static let null = Array("null".utf8)
  private static let zero = Array("0".utf8)
  private static let no = Array("false".utf8)
  private static let emptyArray = Array("[]".utf8)
  private static let emptyObject = Array("{}".utf8)
}
