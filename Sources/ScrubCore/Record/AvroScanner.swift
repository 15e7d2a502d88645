/// Walks Avro records (Avro specification 1.12, "Binary encoding"), trusting nothing that the bytes say.
struct AvroScanner {
  private let program: AvroProgram
  /// By slot: whether its spans are wanted.
  private let captured: [Bool]
  private let steps: [Step]
  private static let depthLimit = 100

  /// A step of the program, as it is walked here.
  private struct Step {
    let step: AvroProgram.Step
    /// Of an optional text: its branch and that of `null`, as the least bytes spell them.
    let textByte, nullByte: UInt8
    /// Of a text: its slot, and whether its spans are wanted.
    let slot: Int32
    let isCaptured: Bool
  }

  /// - Parameter captured: by slot, whether its spans are wanted.
  init(_ program: AvroProgram, captured: [Bool]) {
    self.program = program
    self.captured = captured
    steps = program.steps.map { step in
      let slot = step.form == .optionalText ? step.slot &+ 1 &- Int32(step.nullBranch) : step.slot
      return Step(
        step: step, textByte: (1 &- step.nullBranch) << 1, nullByte: step.nullBranch << 1, slot: slot,
        isCaptured: step.form != .other && captured[Int(slot)])
    }
  }

  /// Walks the record at `start`, noting the span of every captured value.
  ///
  /// - Parameter counts: counts the values that are there and not null, by slot.
  /// - Returns: where the record ends.
  func scan(
    _ block: borrowing RawSpan, from start: Int, counting counts: inout some SlotCounting, into spans: inout [FieldSpan]
  ) throws(RecordError) -> Int {
    var position = start
    for step in steps {
      let outer = position
      switch step.step.form {
      case .text:
        break
      case .optionalText:
        let byte = block.byteOrZero(at: position)
        if byte == step.nullByte && position < block.byteCount {
          position &+= 1
          continue
        }
        if byte == step.textByte && position < block.byteCount {
          position &+= 1
          break
        }
        let branch = try block.readVarint(&position)
        if branch == Int(step.step.nullBranch) { continue }
        guard branch == 1 &- Int(step.step.nullBranch) else { throw RecordError(.badBranch, at: outer) }
      case .other:
        try scanOther(block, step.step, &position, counting: &counts, into: &spans)
        continue
      }
      let length = try block.readLength(&position)
      guard length >= 0, length <= block.byteCount &- position else { throw RecordError(.badLength, at: outer) }
      let text = position
      position = text &+ length
      let slot = Int(step.slot)
      counts.count(slot)
      if step.isCaptured { spans.append(FieldSpan(slot: slot, outer: outer..<position, inner: text..<position)) }
    }
    return position
  }

  /// The same without counting.
  func scan(
    _ block: borrowing RawSpan, from start: Int, into spans: inout [FieldSpan]
  ) throws(RecordError) -> Int {
    var counts = Uncounted()
    return try scan(block, from: start, counting: &counts, into: &spans)
  }

  private func scanOther(
    _ block: borrowing RawSpan, _ step: AvroProgram.Step, _ position: inout Int, counting counts: inout some SlotCounting,
    into spans: inout [FieldSpan]
  ) throws(RecordError) {
    let outer = position
    var slot = Int(step.slot)
    var node = Int(step.node)
    if case .union(let branches) = program.nodes[node] {
      let branch = try block.readVarint(&position)
      guard branches.indices.contains(branch) else { throw RecordError(.badBranch, at: outer) }
      slot &+= branch
      node = branches[branch]
    }
    if case .null = program.nodes[node] { return }
    var inner = position
    if case .text = program.nodes[node] {
      var behind = position
      _ = try block.readVarint(&behind)
      inner = behind
    }
    try skip(block, node, &position, depth: 0)
    counts.count(slot)
    if captured[slot] { spans.append(FieldSpan(slot: slot, outer: outer..<position, inner: inner..<position)) }
  }

  private func skip(
    _ block: borrowing RawSpan, _ node: Int, _ position: inout Int, depth: Int
  ) throws(RecordError) {
    // A record of records without bytes would cost time and no input.
    if program.isEmptyNode[node] { return }
    guard depth < Self.depthLimit else { throw RecordError(.tooDeep, at: position) }
    let start = position
    switch program.nodes[node] {
    case .null: break
    case .int:
      let number = try block.readVarint(&position)
      guard Int32(exactly: number) != nil else { throw RecordError(.badNumber, at: start) }
    case .long: _ = try block.readVarint(&position)
    case .enumeration(let symbols):
      let index = try block.readVarint(&position)
      guard (0..<symbols).contains(index) else { throw RecordError(.badBranch, at: start) }
    case .fixed(let size): try block.advance(&position, by: size)
    case .text: try block.advance(&position, by: block.readVarint(&position))
    case .array(let item): try skipItems(block, item, keyed: false, &position, depth: depth)
    case .map(let value): try skipItems(block, value, keyed: true, &position, depth: depth)
    case .union(let branches):
      let branch = try block.readVarint(&position)
      guard branches.indices.contains(branch) else { throw RecordError(.badBranch, at: start) }
      try skip(block, branches[branch], &position, depth: depth + 1)
    case .record(let fields):
      for field in fields { try skip(block, field, &position, depth: depth + 1) }
    }
  }

  /// Skips the blocks of an array or a map; a negative count is followed by the size in bytes.
  private func skipItems(
    _ block: borrowing RawSpan, _ item: Int, keyed: Bool, _ position: inout Int, depth: Int
  ) throws(RecordError) {
    while true {
      let start = position
      let count = try block.readVarint(&position)
      if count == 0 { return }
      guard count != .min else { throw RecordError(.badLength, at: start) }
      var end = -1
      if count < 0 {
        let size = try block.readVarint(&position)
        end = position
        try block.advance(&end, by: size)
      }
      // Items without bytes cannot use up the block, so they are not walked at all.
      if keyed || !program.isEmptyNode[item] {
        for _ in 0..<(count < 0 ? -count : count) {
          if keyed { try block.advance(&position, by: block.readVarint(&position)) }
          try skip(block, item, &position, depth: depth + 1)
        }
      }
      guard end < 0 || end == position else { throw RecordError(.badLength, at: start) }
    }
  }
}

/// Counts values by their slots.
protocol SlotCounting {
  mutating func count(_ slot: Int)
}

extension [Int]: SlotCounting {
  @inline(__always)
  mutating func count(_ slot: Int) { self[slot] &+= 1 }
}

/// Counts nothing.
struct Uncounted: SlotCounting {
  @inline(__always)
  mutating func count(_ slot: Int) {}
}

extension RawSpan {
  /// Reads the length of a text, which is seldom longer than two bytes.
  @inline(__always)
  fileprivate func readLength(_ position: inout Int) throws(RecordError) -> Int {
    let first = byteOrZero(at: position)
    let second = byteOrZero(at: position &+ 1)
    guard first >= 0x80, second < 0x80, position &+ 1 < byteCount else { return try readVarint(&position) }
    position &+= 2
    let bits = UInt(first & 0x7f) | UInt(second) << 7
    return Int(bitPattern: bits >> 1) ^ -Int(bitPattern: bits & 1)
  }

  /// Reads a zigzag varint of at most ten bytes.
  package func readVarint(_ position: inout Int) throws(RecordError) -> Int {
    guard UInt(bitPattern: position) < UInt(bitPattern: byteCount) else { throw RecordError(.endsEarly, at: position) }
    // In bounds: checked above.
    let first = unsafe unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
    if first < 0x80 {
      position &+= 1
      return Int(first >> 1) ^ -Int(first & 1)
    }
    return try readLongVarint(&position)
  }

  private func readLongVarint(_ position: inout Int) throws(RecordError) -> Int {
    let start = position
    var bits: UInt64 = 0
    for index in 0..<10 {
      guard position < byteCount else { throw RecordError(.endsEarly, at: start) }
      let byte = self[position]
      position += 1
      guard index < 9 || byte <= 1 else { throw RecordError(.badNumber, at: start) }
      bits |= UInt64(byte & 0x7f) << UInt64(7 &* index)
      if byte < 0x80 { return Int(truncatingIfNeeded: bits >> 1) ^ -Int(bits & 1) }
    }
    throw RecordError(.badNumber, at: start)
  }

  /// Moves on by `length` bytes, which the data claims to have.
  fileprivate func advance(_ position: inout Int, by length: Int) throws(RecordError) {
    guard length >= 0 else { throw RecordError(.badLength, at: position) }
    guard length <= byteCount &- position else { throw RecordError(.endsEarly, at: position) }
    position &+= length
  }
}
