/// What is looked at in the records of one Avro schema.
package struct AvroLooks: Sendable {
  package let program: AvroProgram
  /// By slot: what its texts are searched for.
  package let kinds: [ContentKinds]
  /// By slot: whether its values are the time of the event.
  package let isTime: [Bool]
  /// By slot: the name of the field, for the paths of members in JSON texts.
  package let names: [[UInt8]]

  package init(program: AvroProgram, kinds: [ContentKinds], isTime: [Bool], names: [[UInt8]]) {
    precondition(kinds.count == program.slotCount && isTime.count == program.slotCount)
    precondition(names.count == program.slotCount)
    self.program = program
    self.kinds = kinds
    self.isTime = isTime
    self.names = names
  }
}

/// The pass over blocks of Avro records that only counts: values, times, and what looks personal.
///
/// One worker owns it; counts add up over blocks and files. A damaged block counts nothing.
package struct AvroInspection: ~Copyable {
  private let looks: AvroLooks
  private let scanner: AvroScanner
  /// By slot: the type of its values, and whether that is a text.
  private let nodes: [Int]
  private let isText: [Bool]
  private var spans: [FieldSpan] = []
  private var walk = MemberWalk()
  private var file = 0

  private var blockPresent: [Int]
  private var blockFound: [Int]
  private var blockTimes = TimeRange()

  /// Records in blocks that were read to their end.
  package private(set) var events = 0
  /// Bytes of these blocks, expanded.
  package private(set) var bytes = 0
  package private(set) var times = TimeRange()
  /// By slot: values that are there and not null.
  package private(set) var present: [Int]
  /// By slot and kind: values that hold it: `found[slot * ContentKinds.count + kind]`.
  package private(set) var found: [Int]
  /// Members of JSON objects in texts, all in row 0.
  package private(set) var members = MemberLedger()

  package init(_ looks: AvroLooks) {
    self.looks = looks
    scanner = AvroScanner(looks.program, captured: looks.kinds.indices.map { !looks.kinds[$0].isEmpty || looks.isTime[$0] })
    let nodes = looks.program.slotNodes
    self.nodes = nodes
    isText = nodes.map { if case .text = looks.program.nodes[$0] { true } else { false } }
    present = Array(repeating: 0, count: looks.kinds.count)
    found = Array(repeating: 0, count: looks.kinds.count * ContentKinds.count)
    blockPresent = present
    blockFound = found
    spans.reserveCapacity(64)
  }

  /// From here on blocks are of another file.
  package mutating func startFile() { file += 1 }

  /// Passes over one block of `recordCount` records.
  ///
  /// - Throws: `RecordError` when the block is damaged.
  package mutating func run(_ block: borrowing RawSpan, recordCount: Int) throws(RecordError) {
    // A schema may have more fields than a file has bytes.
    if recordCount == 0 && block.byteCount == 0 { return }
    for slot in blockPresent.indices { blockPresent[slot] = 0 }
    for index in blockFound.indices { blockFound[index] = 0 }
    blockTimes = TimeRange()
    // Records without bytes cannot use up the block, so their number is bounded here.
    guard looks.program.takesBytes || recordCount <= 1_000_000 else { throw RecordError(.badLength, at: 0) }
    var position = 0
    for _ in 0..<recordCount {
      spans.removeAll(keepingCapacity: true)
      position = try scanner.scan(block, from: position, counting: &blockPresent, into: &spans)
      for index in spans.indices { look(block, spans[index]) }
    }
    guard position == block.byteCount else { throw RecordError(.leftover, at: position) }
    for slot in looks.program.emptySlots { blockPresent[slot] = recordCount }
    for slot in present.indices { present[slot] += blockPresent[slot] }
    for index in found.indices { found[index] += blockFound[index] }
    times += blockTimes
    events += recordCount
    bytes += block.byteCount
  }

  @inline(__always)
  private mutating func look(_ block: borrowing RawSpan, _ span: FieldSpan) {
    let slot = span.slot
    if looks.isTime[slot] { return noteTime(block, span) }
    if isText[slot] { return noteText(block, span.inner, slot) }
    var position = span.inner.lowerBound
    noteTexts(block, nodes[slot], &position, slot)
  }

  private mutating func noteTime(_ block: borrowing RawSpan, _ span: FieldSpan) {
    switch looks.program.nodes[nodes[span.slot]] {
    case .int, .long:
      var position = span.inner.lowerBound
      let number = (try? block.readVarint(&position)) ?? 0
      blockTimes.note(EventClock.seconds(of: number))
    case .text: blockTimes.note(EventClock.seconds(block, span.inner))
    default: blockTimes.note(nil)
    }
  }

  @inline(__always)
  private mutating func noteText(_ block: borrowing RawSpan, _ range: Range<Int>, _ slot: Int) {
    let kinds = ContentLook.kinds(block, range, wanted: looks.kinds[slot])
    if !kinds.isEmpty { note(kinds, block, range, slot) }
  }

  private mutating func note(_ kinds: ContentKinds, _ block: borrowing RawSpan, _ range: Range<Int>, _ slot: Int) {
    var kinds = kinds
    if kinds.contains(.json)
      && !walk.noteEmbedded(
        block, range, field: looks.names[slot], MemberWalk.Place(row: 0, file: file), into: &members)
    {
      kinds.remove(.json)
    }
    for kind in 0..<ContentKinds.count where kinds.rawValue & (1 << UInt8(kind)) != 0 {
      blockFound[slot * ContentKinds.count + kind] += 1
    }
  }

  /// Looks at every text inside a value that the scanner walked before, so its lengths are right.
  private mutating func noteTexts(_ block: borrowing RawSpan, _ node: Int, _ position: inout Int, _ slot: Int) {
    if looks.program.isEmptyNode[node] { return }
    switch looks.program.nodes[node] {
    case .null: break
    case .int, .long, .enumeration: _ = number(block, &position)
    case .fixed(let size): position += size
    case .text:
      let length = number(block, &position)
      noteText(block, position..<(position + length), slot)
      position += length
    case .array(let item): noteItems(block, item, keyed: false, &position, slot)
    case .map(let value): noteItems(block, value, keyed: true, &position, slot)
    case .union(let branches):
      let branch = number(block, &position)
      noteTexts(block, branches[branch], &position, slot)
    case .record(let fields):
      for field in fields { noteTexts(block, field, &position, slot) }
    }
  }

  private mutating func noteItems(
    _ block: borrowing RawSpan, _ item: Int, keyed: Bool, _ position: inout Int, _ slot: Int
  ) {
    while true {
      var count = number(block, &position)
      if count == 0 { return }
      if count < 0 {
        count = -count
        _ = number(block, &position)
      }
      guard keyed || !looks.program.isEmptyNode[item] else { continue }
      for _ in 0..<count {
        if keyed { position += number(block, &position) }
        noteTexts(block, item, &position, slot)
      }
    }
  }

  private func number(_ block: borrowing RawSpan, _ position: inout Int) -> Int {
    (try? block.readVarint(&position)) ?? 0
  }
}
