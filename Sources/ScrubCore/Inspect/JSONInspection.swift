/// What is looked at in the lines of one destination.
package struct JSONLooks: Sendable {
  package let table: JSONKeyTable
  /// By slot: the path.
  package let paths: [[UInt8]]
  /// By slot: what its texts are searched for.
  package let kinds: [ContentKinds]
  /// By slot: 0 where it holds no time of the event, else how good a time it is; the best one of an event counts.
  package let timeRanks: [UInt8]
  /// Event types that the table's display names lead to; a last row is for events that no name is known for.
  package let rowCount: Int

  package init(
    table: JSONKeyTable, paths: [String], kinds: [ContentKinds], timeRanks: [UInt8], rowCount: Int
  ) {
    precondition(paths.count == table.slotCount && kinds.count == paths.count && timeRanks.count == paths.count)
    self.table = table
    self.paths = paths.map { Array($0.utf8) }
    self.kinds = kinds
    self.timeRanks = timeRanks
    self.rowCount = rowCount
  }
}

/// The pass over events in JSON that only counts: events, types, times, unknown members, and what looks personal.
///
/// One worker owns it; counts add up over chunks and files.
package struct JSONInspection: ~Copyable {
  /// Rows of events with a name that the catalog does not know; those beyond count in the last row of `JSONLooks`.
  package static let unknownNameLimit = 256

  /// Counts of one event type.
  package struct Row: Codable, Sendable {
    package fileprivate(set) var events = 0
    /// Bytes of the lines with their ends; a batch counts in the row of its first event.
    package fileprivate(set) var bytes = 0
    package fileprivate(set) var files = 0
    package fileprivate(set) var times = TimeRange()
    fileprivate var lastFile = 0

    private enum CodingKeys: CodingKey { case events, bytes, files, times }
  }

  private let looks: JSONLooks
  private var scanner: JSONScanner
  private var line = JSONLine()
  private var walk = MemberWalk()
  /// Lent to a look at a text with escapes.
  private var decoded: ByteSink? = ByteSink(capacity: 512)
  private var groupRows: [Int] = []
  private var groupTimes: [Int] = []
  private var groupRanks: [UInt8] = []
  private var file = 0
  private var fixedRow: Int?
  /// The row of events whose own name says nothing.
  private var defaultRow: Int

  package private(set) var rows: [Row]
  /// The names of the rows behind those of `JSONLooks`.
  package private(set) var unknownNames: [[UInt8]] = []
  /// By row and slot: `present[row * slotCount + slot]`.
  package private(set) var present: [Int]
  package private(set) var types: [MemberTypes]
  /// By row, slot and kind.
  package private(set) var found: [Int]
  /// Unknown members, and those of JSON objects in texts.
  package private(set) var members = MemberLedger()
  /// What could not be read in the last chunk.
  package private(set) var damaged: [Withheld] = []
  /// Lines of the file read so far.
  package private(set) var lineCount = 0

  package var slotCount: Int { looks.table.slotCount }

  package init(_ looks: JSONLooks) {
    self.looks = looks
    scanner = JSONScanner(looks.table)
    rows = Array(repeating: Row(), count: looks.rowCount)
    defaultRow = looks.rowCount - 1
    present = Array(repeating: 0, count: looks.rowCount * looks.table.slotCount)
    types = Array(repeating: [], count: present.count)
    found = Array(repeating: 0, count: present.count * ContentKinds.count)
  }

  /// From here on lines are of another file.
  ///
  /// - Parameters:
  ///   - row: the row of every event of the file, where its path or the caller tells it.
  ///   - unknownName: the event type that the path tells and the catalog does not know.
  ///   - isDocument: whether items are handed in, which may go over several lines.
  package mutating func startFile(row: Int?, unknownName: String?, isDocument: Bool = false) {
    scanner.grammar = JSONGrammar(lineFeedIsBlank: isDocument)
    file += 1
    lineCount = 0
    fixedRow = row
    defaultRow = unknownName.map { self.row(ofUnknown: Array($0.utf8)) } ?? looks.rowCount - 1
  }

  /// Passes over whole lines.
  package mutating func run(_ bytes: borrowing RawSpan) {
    damaged.removeAll(keepingCapacity: true)
    var position = 0
    while position < bytes.byteCount {
      let start = position
      lineCount += 1
      do throws(RecordError) {
        position = try pass(bytes, start)
      } catch {
        let end = bytes.firstIndex(of: 0x0a, from: start)
        position = min(end + 1, bytes.byteCount)
        damaged.append(Withheld(range: start..<end, line: lineCount, events: 1, isPart: false, code: error.code))
      }
    }
  }

  /// Passes over one item of a document, an event or a batch.
  ///
  /// - Parameter line: where it begins, from 1.
  /// - Returns: what is wrong with it.
  package mutating func runItem(_ bytes: borrowing RawSpan, line number: Int) -> RecordError.Code? {
    damaged.removeAll(keepingCapacity: true)
    lineCount = number
    do throws(RecordError) {
      line.removeAll()
      let end = try scanner.scan(bytes, from: 0, into: &line)
      guard end == bytes.byteCount else { throw RecordError(.syntax, at: end) }
      try count(bytes, from: 0, byteCount: end)
      return nil
    } catch {
      damaged.append(Withheld(range: 0..<bytes.byteCount, line: number, events: 1, isPart: false, code: error.code))
      return error.code
    }
  }

  /// Counts a line that was too long to be handed in.
  package mutating func passOverLine() { lineCount += 1 }

  // MARK: one line

  private mutating func pass(_ bytes: borrowing RawSpan, _ start: Int) throws(RecordError) -> Int {
    var position = bytes.lineBlanksEnd(from: start)
    if position == bytes.byteCount { return position }
    if bytes[position] == 0x0a { return position + 1 }
    line.removeAll()
    let object = position
    position = bytes.lineBlanksEnd(from: try scanner.scan(bytes, from: position, into: &line))
    guard position == bytes.byteCount || bytes[position] == 0x0a else { throw RecordError(.syntax, at: position) }
    let end = min(position + 1, bytes.byteCount)
    try count(bytes, from: object, byteCount: end - start)
    return end
  }

  /// Counts the events of the object that was scanned.
  private mutating func count(
    _ bytes: borrowing RawSpan, from object: Int, byteCount: Int
  ) throws(RecordError) {
    // What is no event has no members to count, and its batch is not counted without it.
    if line.holdsStrangers { throw RecordError(.notAnObject, at: object) }
    try resolveRows(bytes, object)
    var hasUnknown = false
    for index in line.spans.indices { if look(bytes, line.spans[index]) { hasUnknown = true } }
    for group in groupRows.indices {
      let row = groupRows[group]
      rows[row].events += 1
      if groupRanks[group] > 0 { rows[row].times.note(groupTimes[group] == .min ? nil : groupTimes[group]) }
      if rows[row].lastFile != file {
        rows[row].lastFile = file
        rows[row].files += 1
      }
    }
    rows[groupRows[0]].bytes += byteCount
    if hasUnknown {
      walk.noteUnknown(
        bytes, from: object, looks.table, isGrouped: line.isGrouped ?? false, groups: line.groups, rows: groupRows,
        MemberWalk.Place(row: groupRows[0], file: file), into: &members)
    }
  }

  // MARK: event types

  /// Finds the row of each event of the line: of the only one, or of each in a batch.
  private mutating func resolveRows(_ bytes: borrowing RawSpan, _ start: Int) throws(RecordError) {
    let isBatch = !line.groups.isEmpty
    groupRows.removeAll(keepingCapacity: true)
    groupTimes.removeAll(keepingCapacity: true)
    groupRanks.removeAll(keepingCapacity: true)
    for _ in 0..<max(line.groups.count, 1) {
      groupRows.append(fixedRow ?? -1)
      groupTimes.append(.min)
      groupRanks.append(0)
    }
    if fixedRow != nil { return }
    for index in line.spans.indices {
      let span = line.spans[index]
      guard looks.table.nameSlots.contains(Int(span.slot)), span.shape == .string else { continue }
      let group = isBatch ? Int(span.group) - 1 : 0
      guard group >= 0 else { continue }
      let row = row(of: bytes, span)
      // A name that the catalog knows tells more than another one: some shapes have two.
      if groupRows[group] < 0 || (groupRows[group] >= looks.rowCount && row < looks.rowCount) {
        groupRows[group] = row
      } else if groupRows[group] != row && row < looks.rowCount {
        throw RecordError(.conflictingEvent, at: start)
      }
    }
    for index in groupRows.indices where groupRows[index] < 0 { groupRows[index] = defaultRow }
  }

  private mutating func row(of bytes: borrowing RawSpan, _ span: JSONSpan) -> Int {
    let name = span.content
    let entry =
      span.isEscaped
      ? looks.table.findEscaped(bytes, name, in: looks.table.eventNames)
      : looks.table.find(bytes, name, in: looks.table.eventNames)
    if entry >= 0 { return Int(looks.table.entries[entry].slot) }
    if defaultRow != looks.rowCount - 1 { return defaultRow }
    return Self.isName(bytes, name) ? row(ofUnknown: bytes.array(name)) : looks.rowCount - 1
  }

  /// The row of a name that the catalog does not know; it is made when the name is seen first.
  private mutating func row(ofUnknown name: [UInt8]) -> Int {
    if let known = unknownNames.firstIndex(of: name) { return looks.rowCount + known }
    guard unknownNames.count < Self.unknownNameLimit else { return looks.rowCount - 1 }
    unknownNames.append(name)
    rows.append(Row())
    present += Array(repeating: 0, count: slotCount)
    types += Array(repeating: [], count: slotCount)
    found += Array(repeating: 0, count: slotCount * ContentKinds.count)
    return rows.count - 1
  }

  /// Whether a name may be told: words of letters with a few signs and digits, as event names are.
  package static func isName(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return unsafe isName(bytes.span.bytes, 0..<bytes.count)
  }

  private static func isName(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    guard (1...80).contains(range.count) else { return false }
    var digits = 0
    for index in range {
      let byte = bytes[index]
      if byte &- 0x30 < 10 {
        digits += 1
      } else if (byte | 0x20) &- 0x61 >= 26 && !nameSigns.contains(byte) {
        return false
      }
    }
    return digits < 7
  }

  private static let nameSigns: [UInt8] = Array(" _-.[]()/&,$".utf8)

  // MARK: values

  /// Counts one member and looks at its value.
  ///
  /// - Returns: whether no path names it.
  @inline(__always)
  private mutating func look(_ bytes: borrowing RawSpan, _ span: JSONSpan) -> Bool {
    let slot = Int(span.slot)
    if slot == JSONKeyTable.unknownSlot { return true }
    // What a batch shares counts with its first event.
    let group = span.group > 0 ? Int(span.group) &- 1 : 0
    let row = groupRows[group]
    let counter = row &* slotCount &+ slot
    types[counter].formUnion(MemberTypes(span.shape, bytes, span.value))
    if span.shape == .null { return false }
    present[counter] &+= 1
    let rank = looks.timeRanks[slot]
    if rank > 0 { noteTime(bytes, span, group, rank) }
    let wanted = looks.kinds[slot]
    if !wanted.isEmpty { noteText(bytes, span, wanted, counter, slot) }
    return false
  }

  private mutating func noteTime(_ bytes: borrowing RawSpan, _ span: JSONSpan, _ group: Int, _ rank: UInt8) {
    guard rank > groupRanks[group], span.shape == .number || span.shape == .string else { return }
    groupRanks[group] = rank
    groupTimes[group] = EventClock.seconds(bytes, span) ?? .min
  }

  private mutating func noteText(
    _ bytes: borrowing RawSpan, _ span: JSONSpan, _ wanted: ContentKinds, _ counter: Int, _ slot: Int
  ) {
    switch span.shape {
    case .number, .boolean, .null: return
    case .array, .object:
      note(ContentLook.kinds(bytes, span.value, wanted: wanted.subtracting(.json)), counter)
    case .string:
      if span.isEscaped { return noteUnescaped(bytes, span, wanted, counter, slot) }
      let kinds = ContentLook.kinds(bytes, span.content, wanted: wanted)
      if !kinds.isEmpty { note(kinds, bytes, span.content, counter, slot, counter / slotCount) }
    }
  }

  private mutating func noteUnescaped(
    _ bytes: borrowing RawSpan, _ span: JSONSpan, _ wanted: ContentKinds, _ counter: Int, _ slot: Int
  ) {
    var text = decoded.take() ?? ByteSink()
    text.removeAll()
    if text.appendUnescaped(bytes, span.content) {
      let kinds = ContentLook.kinds(text.bytes, 0..<text.count, wanted: wanted)
      if !kinds.isEmpty { note(kinds, text.bytes, 0..<text.count, counter, slot, counter / slotCount) }
    } else {
      // A text with half a surrogate is looked at as it is spelled.
      note(ContentLook.kinds(bytes, span.content, wanted: wanted.subtracting(.json)), counter)
    }
    decoded = consume text
  }

  private mutating func note(
    _ kinds: ContentKinds, _ bytes: borrowing RawSpan, _ range: Range<Int>, _ counter: Int, _ slot: Int, _ row: Int
  ) {
    var kinds = kinds
    if kinds.contains(.json)
      && !walk.noteEmbedded(
        bytes, range, field: looks.paths[slot], MemberWalk.Place(row: row, file: file), into: &members)
    {
      kinds.remove(.json)
    }
    note(kinds, counter)
  }

  private mutating func note(_ kinds: ContentKinds, _ counter: Int) {
    for kind in 0..<ContentKinds.count where kinds.rawValue & (1 << UInt8(kind)) != 0 {
      found[counter * ContentKinds.count + kind] += 1
    }
  }

}
