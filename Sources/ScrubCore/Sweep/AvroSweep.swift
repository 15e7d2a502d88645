/// What a residual sweep knows of the records of one Avro schema.
package struct AvroSweepPlan: Sendable {
  package let program: AvroProgram
  /// By slot: what its values tell of identities.
  let roles: [IdentityRole?]
  /// By slot.
  let isWorkspace: [Bool]
  /// By slot: the name of its field.
  let names: [String]

  package init(program: AvroProgram, roles: [IdentityRole?], isWorkspace: [Bool], names: [String]) {
    precondition(roles.count == program.slotCount && isWorkspace.count == roles.count && names.count == roles.count)
    self.program = program
    self.roles = roles
    self.isWorkspace = isWorkspace
    self.names = names
  }
}

/// Looks for values in every text of Avro records, and redacts them.
package struct AvroSweep: ~Copyable {
  private let plan: AvroSweepPlan
  private let filter: SweepFilter
  private let scanner: AvroScanner
  private var notes: SweepNotes
  private var texts = AvroTexts()
  private var spans: [FieldSpan] = []
  private var rewritten = ByteSink(capacity: 512)

  package init(_ plan: AvroSweepPlan, _ book: SweepBook) {
    self.plan = plan
    filter = book.filter
    scanner = AvroScanner(plan.program, captured: Array(repeating: false, count: plan.program.slotCount))
    notes = SweepNotes(book, isJSON: false)
  }

  /// Looks through one block.
  ///
  /// - Parameters:
  ///   - isSkipped: tells records, by their numbers from 0, that are not looked at.
  ///   - body: is given the number of a record and what was found in it.
  /// - Throws: `RecordError` when the block is damaged before the last place that may be a value.
  package mutating func run(
    _ block: borrowing RawSpan, recordCount: Int, skipping isSkipped: (Int) -> Bool = { _ in false },
    _ body: (Int, [SweepFind]) -> Void
  ) throws(RecordError) {
    let all = 0..<block.byteCount
    var strike = filter.firstStrike(block, in: all)
    var position = 0
    var record = 0
    while strike < all.upperBound {
      guard record < recordCount else { throw RecordError(.leftover, at: position) }
      let start = position
      position = try scanner.scan(block, from: start, into: &spans)
      if position > strike {
        if !isSkipped(record) {
          try walk(block, from: start)
          if !notes.finds.isEmpty { body(record, notes.finds) }
        }
        strike = filter.firstStrike(block, in: position..<all.upperBound)
      }
      record += 1
    }
  }

  /// Appends a record with every value in it redacted, and each other byte as it is.
  ///
  /// - Returns: the number of places redacted.
  package mutating func redact(
    _ block: borrowing RawSpan, _ range: Range<Int>, to output: inout ByteSink
  ) throws(RecordError) -> Int {
    if filter.firstStrike(block, in: range) == range.upperBound {
      output.append(block, range)
      return 0
    }
    try walk(block, from: range.lowerBound)
    write(block, range, to: &output)
    return notes.edits.count
  }

  private mutating func walk(_ block: borrowing RawSpan, from start: Int) throws(RecordError) {
    notes.removeAll()
    texts.removeAll()
    _ = try texts.scan(block, from: start, plan.program)
    for text in texts.texts {
      if plan.isWorkspace[text.slot] { notes.note(workspace: text.inner, part: -1) }
      if notes.look(block, text.inner, plan.roles[text.slot]) { notes.note(path: plan.names[text.slot], part: -1) }
    }
    notes.finish(block)
  }

  /// Texts get their new lengths. A part of an array or map that tells its size in bytes, and in which one of them
  /// stands, tells its count only, which Avro allows and which needs no second look.
  private mutating func write(_ block: borrowing RawSpan, _ range: Range<Int>, to output: inout ByteSink) {
    var copied = range.lowerBound
    var part = 0
    var edit = 0
    for text in texts.texts {
      while edit < notes.edits.count && notes.edits[edit].range.lowerBound < text.inner.lowerBound {
        edit += 1
      }
      let first = edit
      while edit < notes.edits.count && notes.edits[edit].range.upperBound <= text.inner.upperBound {
        edit += 1
      }
      if first == edit { continue }
      while part < texts.parts.count && texts.parts[part].header.lowerBound < text.start {
        if texts.parts[part].end > text.start {
          output.append(block, copied..<texts.parts[part].header.lowerBound)
          output.appendVarint(texts.parts[part].count)
          copied = texts.parts[part].header.upperBound
        }
        part += 1
      }
      output.append(block, copied..<text.start)
      rewritten.removeAll()
      rewritten.append(block, edits: notes.edits[first..<edit], in: text.inner)
      output.appendVarint(rewritten.count)
      output.append(rewritten)
      copied = text.inner.upperBound
    }
    output.append(block, copied..<range.upperBound)
  }
}

/// The texts of one record, at any depth.
private struct AvroTexts {
  struct Text {
    let slot: Int
    /// Where its length stands.
    let start: Int
    let inner: Range<Int>
  }

  /// A part of an array or map that tells its size in bytes.
  struct Part {
    /// Its count and its size.
    let header: Range<Int>
    let count: Int
    let end: Int
  }

  private(set) var texts: [Text] = []
  private(set) var parts: [Part] = []
  private static let depthLimit = 100

  mutating func removeAll() {
    texts.removeAll(keepingCapacity: true)
    parts.removeAll(keepingCapacity: true)
  }

  /// Walks a record and returns where it ends.
  mutating func scan(
    _ block: borrowing RawSpan, from start: Int, _ program: AvroProgram
  ) throws(RecordError) -> Int {
    var position = start
    for step in program.steps {
      var (slot, node) = (Int(step.slot), Int(step.node))
      if case .union(let branches) = program.nodes[node] {
        let branch = try self.branch(block, &position, of: branches)
        slot &+= branch
        node = branches[branch]
      }
      try walk(block, &position, program, node, slot: slot, depth: 0)
    }
    return position
  }

  private func branch(_ block: borrowing RawSpan, _ position: inout Int, of branches: [Int])
    throws(RecordError) -> Int
  {
    let start = position
    let branch = try block.readVarint(&position)
    guard branches.indices.contains(branch) else { throw RecordError(.badBranch, at: start) }
    return branch
  }

  private mutating func walk(
    _ block: borrowing RawSpan, _ position: inout Int, _ program: AvroProgram, _ node: Int, slot: Int,
    depth: Int
  ) throws(RecordError) {
    // A record of records without bytes would cost time and no input.
    if program.isEmptyNode[node] { return }
    guard depth < Self.depthLimit else { throw RecordError(.tooDeep, at: position) }
    switch program.nodes[node] {
    case .null: break
    case .int, .long, .enumeration: _ = try block.readVarint(&position)
    case .fixed(let size): try advance(block, &position, by: size)
    case .text: try text(block, &position, slot: slot)
    case .array(let item):
      try items(block, &position, program, item, keyed: false, slot: slot, depth: depth)
    case .map(let value):
      try items(block, &position, program, value, keyed: true, slot: slot, depth: depth)
    case .union(let branches):
      let branch = try self.branch(block, &position, of: branches)
      try walk(block, &position, program, branches[branch], slot: slot, depth: depth + 1)
    case .record(let fields):
      for field in fields { try walk(block, &position, program, field, slot: slot, depth: depth + 1) }
    }
  }

  private mutating func text(_ block: borrowing RawSpan, _ position: inout Int, slot: Int) throws(RecordError) {
    let start = position
    let length = try block.readVarint(&position)
    let inner = position
    try advance(block, &position, by: length)
    texts.append(Text(slot: slot, start: start, inner: inner..<position))
  }

  private mutating func items(
    _ block: borrowing RawSpan, _ position: inout Int, _ program: AvroProgram, _ item: Int, keyed: Bool,
    slot: Int,
    depth: Int
  ) throws(RecordError) {
    while true {
      let start = position
      let count = try block.readVarint(&position)
      if count == 0 { return }
      guard count != .min else { throw RecordError(.badLength, at: start) }
      if count < 0 {
        let size = try block.readVarint(&position)
        var end = position
        try advance(block, &end, by: size)
        parts.append(Part(header: start..<position, count: -count, end: end))
      }
      // Items without bytes cannot use up the block, so they are not walked at all.
      if !keyed && program.isEmptyNode[item] { continue }
      for _ in 0..<(count < 0 ? -count : count) {
        if keyed { try text(block, &position, slot: slot) }
        try walk(block, &position, program, item, slot: slot, depth: depth + 1)
      }
    }
  }

  private func advance(_ block: borrowing RawSpan, _ position: inout Int, by length: Int) throws(RecordError) {
    guard length >= 0, length <= block.byteCount &- position else {
      throw RecordError(.badLength, at: position)
    }
    position &+= length
  }
}
