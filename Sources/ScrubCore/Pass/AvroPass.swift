package import ScrubNative

/// What became of a block.
package enum BlockOutcome: Sendable {
  /// Nothing changed: the stored bytes may be copied.
  case untouched
  /// The sink holds the new block with this many records.
  case rewritten(records: Int)
}

/// The pass over blocks of Avro records: scan, decide, copy the gaps, write the replacements.
///
/// One worker owns it; its buffers are used again for every block.
package struct AvroPass: ~Copyable {
  private let plan: AvroPlan
  private let scanner: AvroScanner
  private let ways: [Treatment.Way]
  private let prepared: [Converter.Prepared?]
  private let hashings: [Pseudonymiser.Prepared?]
  /// By slot, as in the plan; behind the redactions those of numbers.
  private let branches, redactions: FixedTexts

  private static let batchSize = 8
  private var spans: [FieldSpan] = []
  /// By span: where its conversion is remembered.
  private var places: [PseudonymCache.Place] = []
  private let canDrop: Bool
  /// By slot: whether its values are the times of the events; nothing where nobody asks for those.
  private let isTime: [Bool]?
  /// Whether texts are searched for the identifiers of their own record.
  private let findsKnown: Bool
  private var present: [Int]
  private var presentBefore: [Int] = []
  private var text = ByteSink(capacity: 512)
  /// Of numbers, where addresses are treated in another way, behind all others.
  private var blockCounts: [SlotCounts]

  /// Counts by slot over the blocks that were read to their end.
  package private(set) var counts: [SlotCounts]
  /// Of these, where addresses and numbers are treated in two ways, the numbers.
  package private(set) var numbers: [SlotCounts]
  package private(set) var events = EventCounts()
  /// Of the workspaces that are asked for those that were met.
  package private(set) var workspaces: Set<[UInt8]> = []
  /// Of the events that are written, where their times are asked for.
  package private(set) var times = TimeRange()
  private var blockTimes = TimeRange()

  /// - Parameter isTime: by slot, whether its values are the times of the events.
  /// - Throws: `NativeError` when a subkey cannot be made.
  package init(_ plan: AvroPlan, isTime: [Bool]? = nil, converter: inout Converter) throws(NativeError) {
    self.plan = plan
    self.isTime = isTime
    var captured = plan.slots.map { $0.treatment != .keep && $0.treatment != .keepScalar }
    for condition in plan.dropRules.joined() {
      for slot in condition.slots { captured[slot] = true }
    }
    if plan.slots.contains(where: \.treatment.needsKnown) {
      for (slot, planned) in plan.slots.enumerated() where planned.identifies != nil { captured[slot] = true }
    }
    if let isTime {
      for slot in captured.indices where isTime[slot] { captured[slot] = true }
    }
    scanner = AvroScanner(plan.program, captured: captured)
    ways = plan.slots.map(\.treatment.way)
    var prepared: [Converter.Prepared?] = []
    for slot in plan.slots {
      let fits = slot.value == .string || (slot.value != .other && slot.treatment.fitsNumbers)
      prepared.append(fits ? try converter.prepare(slot.treatment) : nil)
    }
    self.prepared = prepared
    hashings = prepared.map { $0?.hashing }
    branches = FixedTexts(plan.slots.map(\.branch))
    redactions = FixedTexts(plan.slots.map(\.redaction) + plan.slots.map { $0.ofNumbers ?? $0.redaction })
    findsKnown = prepared.contains { $0?.needsKnown ?? false }
    canDrop = plan.dropsAll || !plan.dropRules.isEmpty
    present = Array(repeating: 0, count: plan.slots.count)
    counts = Array(repeating: SlotCounts(), count: plan.slots.count)
    numbers = counts
    blockCounts = counts + numbers
    spans.reserveCapacity(64)
  }

  /// Passes over one block of `recordCount` records; `sink` is empty and holds the new block if there is one.
  ///
  /// - Throws: `RecordError` when the block is damaged; nothing of it is counted then.
  package mutating func run(
    _ block: borrowing RawSpan, recordCount: Int, converter: inout Converter, into sink: inout ByteSink
  ) throws(RecordError) -> BlockOutcome {
    // A schema may have more fields than a file has bytes.
    if recordCount == 0 && block.byteCount == 0 { return .untouched }
    for slot in present.indices { present[slot] = 0 }
    // Records without bytes cannot use up the block, so their number is bounded here.
    guard plan.program.takesBytes || recordCount <= 1_000_000 else { throw RecordError(.badLength, at: 0) }
    blockTimes = TimeRange()
    // Lent out while the block is read: counting through a span looks after no references.
    var lent: [SlotCounts] = []
    swap(&lent, &blockCounts)
    defer { swap(&lent, &blockCounts) }
    var tally = lent.mutableSpan
    for slot in tally.indices { tally[slot] = SlotCounts() }
    var position = 0
    var copied = 0
    var dropped = 0
    var elsewhere = 0
    var changed = false
    var rest = recordCount
    while rest > 0 {
      spans.removeAll(keepingCapacity: true)
      let start = position
      if canDrop { presentBefore = present }
      // Several records at once where none can go, so that the memory of their pseudonyms is waited for once.
      let batch = canDrop || findsKnown ? 1 : min(rest, Self.batchSize)
      for _ in 0..<batch {
        position = try scanner.scan(block, from: position, counting: &present, into: &spans)
      }
      rest -= batch
      if canDrop, let dropping = plan.dropsAll ? .policy : dropping(block) {
        // The values of an event that is not written are not counted.
        present = presentBefore
        sink.append(block, copied..<start)
        copied = position
        dropped += 1
        if dropping == .elsewhere { elsewhere += 1 }
        changed = true
        continue
      }
      if let isTime { noteTimes(block, isTime) }
      findPlaces(block, &converter)
      if findsKnown { noteKnown(block, &converter) }
      for index in spans.indices {
        if try rewrite(block, spans[index], places[index], &copied, &converter, &sink, &tally) { changed = true }
      }
    }
    guard position == block.byteCount else { throw RecordError(.leftover, at: position) }
    countEmpty(recordCount - dropped, &tally)
    for slot in present.indices {
      let number = slot &+ present.count
      tally[slot].values = present[slot] &- tally[number].values
      counts[slot] += tally[slot]
      if plan.slots[slot].treatment.isOfTwoKinds { numbers[slot] += tally[number] }
    }
    events += EventCounts(read: recordCount, dropped: dropped, elsewhere: elsewhere)
    times += blockTimes
    guard changed else { return .untouched }
    sink.append(block, copied..<block.byteCount)
    return .rewritten(records: recordCount - dropped)
  }

  /// Counts the values without bytes, which stay what they are under any treatment.
  private mutating func countEmpty(_ records: Int, _ tally: inout MutableSpan<SlotCounts>) {
    for slot in plan.program.emptySlots {
      present[slot] = records
      switch ways[slot] {
      case .keep, .keepScalar, .keepName: break
      case .redact, .drop: tally[slot].treated = records
      case .convert: tally[slot].redactedInstead = records
      }
    }
  }

  private mutating func noteTimes(_ block: borrowing RawSpan, _ isTime: [Bool]) {
    for span in spans where isTime[span.slot] {
      switch plan.slots[span.slot].value {
      case .string: blockTimes.note(EventClock.seconds(block, span.inner))
      case .int, .long:
        var position = span.inner.lowerBound
        blockTimes.note((try? block.readVarint(&position)).flatMap { EventClock.seconds(of: $0) })
      case .float, .double, .other: blockTimes.note(nil)
      }
    }
  }

  private mutating func findPlaces(_ block: borrowing RawSpan, _ converter: inout Converter) {
    places.removeAll(keepingCapacity: true)
    for span in spans {
      if let hashing = hashings[span.slot] {
        places.append(converter.find(block, span.inner, hashing))
      } else {
        places.append(.none)
      }
    }
  }

  private func noteKnown(_ block: borrowing RawSpan, _ converter: inout Converter) {
    converter.known.removeAll()
    for span in spans {
      guard let kind = plan.slots[span.slot].identifies, plan.slots[span.slot].value == .string else { continue }
      converter.known.add(block, span.inner, kind: kind.kind(of: block, span.inner))
    }
  }

  /// Replaces one value where its treatment says so, and returns whether any byte changed.
  private mutating func rewrite(
    _ block: borrowing RawSpan, _ span: FieldSpan, _ place: PseudonymCache.Place, _ copied: inout Int,
    _ converter: inout Converter, _ sink: inout ByteSink, _ tally: inout MutableSpan<SlotCounts>
  ) throws(RecordError) -> Bool {
    let slot = span.slot
    switch ways[slot] {
    case .keep, .keepScalar, .keepName:
      return false
    case .redact, .drop:
      if plan.slots[slot].value == .string && isLeftAlone(block, span.inner) {
        tally[slot].left += 1
        return false
      }
      tally[slot].treated += 1
      return redact(block, span, slot, &copied, &sink, &tally)
    case .convert:
      text.removeAll()
      let outcome: ConversionOutcome
      do throws(NativeError) {
        if let hashing = hashings[slot] {
          outcome = try converter.append(block, span.inner, hashing, at: place, to: &text)
        } else if let conversion = prepared[slot] {
          if plan.slots[slot].value != .string { return makeCoarser(block, span, conversion, &copied, &sink, &tally) }
          outcome = try converter.append(block, span.inner, conversion, to: &text)
        } else {
          outcome = .unfit
        }
      } catch {
        throw RecordError(.digest, at: span.outer.lowerBound)
      }
      var counter = slot
      if converter.tookNumber && plan.slots[slot].treatment.isOfTwoKinds {
        counter += present.count
        tally[counter].values += 1
      }
      switch outcome {
      case .left:
        tally[counter].left += 1
        return false
      case .made:
        tally[counter].treated += 1
        return false
      case .unfit:
        tally[counter].redactedInstead += 1
        return redact(block, span, counter, &copied, &sink, &tally)
      case .unconverted(let way):
        if way == .keep || way == .keepScalar { return false }
        tally[counter].treated += 1
        return redact(block, span, counter, &copied, &sink, &tally)
      case .prehashed:
        tally[counter].prehashed += 1
      case .written:
        break
      }
      tally[counter].treated += 1
      if block.equals(span.inner, text.bytes) { return false }
      tally[counter].changed += 1
      sink.append(block, copied..<span.outer.lowerBound)
      branches.append(slot, to: &sink)
      sink.appendVarint(text.count)
      sink.append(text)
      copied = span.outer.upperBound
      return true
    }
  }

  /// Replaces a number by a coarser one of its type.
  private mutating func makeCoarser(
    _ block: borrowing RawSpan, _ span: FieldSpan, _ conversion: Converter.Prepared, _ copied: inout Int,
    _ sink: inout ByteSink, _ tally: inout MutableSpan<SlotCounts>
  ) -> Bool {
    let slot = span.slot
    text.removeAll()
    guard let generalising = conversion.generalising,
      plan.slots[slot].value.appendCoarser(block, span.inner, generalising, to: &text)
    else {
      tally[slot].redactedInstead += 1
      return redact(block, span, slot, &copied, &sink, &tally)
    }
    tally[slot].treated += 1
    if block.equals(span.inner, text.bytes) { return false }
    tally[slot].changed += 1
    sink.append(block, copied..<span.outer.lowerBound)
    branches.append(slot, to: &sink)
    sink.append(text)
    copied = span.outer.upperBound
    return true
  }

  /// A value that is its own redaction already stays as it is.
  ///
  /// - Parameter counter: where it is counted.
  private mutating func redact(
    _ block: borrowing RawSpan, _ span: FieldSpan, _ counter: Int, _ copied: inout Int, _ sink: inout ByteSink,
    _ tally: inout MutableSpan<SlotCounts>
  ) -> Bool {
    if redactions.isSame(counter, as: block, span.outer) { return false }
    // What stands in the place of a number is no address, and the other way round.
    let other = counter < present.count ? counter &+ present.count : span.slot
    if plan.slots[span.slot].ofNumbers != nil && redactions.isSame(other, as: block, span.outer) { return false }
    tally[counter].changed += 1
    sink.append(block, copied..<span.outer.lowerBound)
    redactions.append(counter, to: &sink)
    copied = span.outer.upperBound
    return true
  }

  private mutating func dropping(_ block: borrowing RawSpan) -> Dropping? {
    for rule in plan.dropRules {
      var holds = true
      for condition in rule {
        var found = false
        for span in spans where condition.slots.contains(span.slot) {
          let text = conditionText(block, span)
          guard condition.values.contains(text) else { continue }
          found = true
          if condition.isOther { workspaces.insert(text) }
        }
        if found == condition.isOther { holds = false }
      }
      if holds { return Dropping(rule) }
    }
    return nil
  }

  /// The value as a condition spells it.
  private func conditionText(_ block: borrowing RawSpan, _ span: FieldSpan) -> [UInt8] {
    if plan.slots[span.slot].value == .string { return block.array(span.inner) }
    let node = plan.program.valueNode(ofSlot: span.slot)
    switch node {
    case .int, .long:
      var position = span.inner.lowerBound
      let number = try? block.readVarint(&position)
      return Array(String(number ?? 0).utf8)
    case .fixed(1):
      return Array((block[span.inner.lowerBound] == 0 ? "false" : "true").utf8)
    default:
      return []
    }
  }
}

extension EventCounts {
  init(read: Int, dropped: Int, elsewhere: Int) {
    self.init()
    self.read = read
    self.written = read - dropped
    self.dropped = dropped
    self.elsewhere = elsewhere
  }
}
