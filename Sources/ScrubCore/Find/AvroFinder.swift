/// What is looked at in the records of one Avro schema.
package struct AvroFindPlan: Sendable {
  package let program: AvroProgram
  /// By slot: what its values tell of identities.
  package let roles: [IdentityRole?]
  /// By slot.
  package let isWorkspace: [Bool]
  /// By slot: how its values write the time of an event; nothing where they tell none.
  package let times: [EventClock.AvroForm?]
  package let isID: [Bool]
  /// Whether the records are events of agents, whose requests tell whose they are.
  let isOfAgents: Bool
  /// By slot: of arrays of texts and whole numbers, what they hold.
  let lists: [AvroListItems.Form?]

  package init(
    program: AvroProgram, roles: [IdentityRole?], isWorkspace: [Bool], times: [EventClock.AvroForm?], isID: [Bool],
    isOfAgents: Bool = false
  ) {
    precondition(roles.count == program.slotCount && isWorkspace.count == roles.count)
    precondition(times.count == roles.count && isID.count == roles.count)
    self.program = program
    self.roles = roles
    self.isWorkspace = isWorkspace
    self.times = times
    self.isID = isID
    self.isOfAgents = isOfAgents
    lists = program.slotNodes.map { AvroListItems.Form(program.nodes[$0], in: program.nodes) }
  }
}

/// The pass over blocks of Avro records that finds people.
struct AvroFinder: ~Copyable {
  private let plan: AvroFindPlan
  private let scanner: AvroScanner
  /// With workspace, time and the event's own id, for events that are noted.
  private let wholeScanner: AvroScanner
  private let captured: [Bool]
  /// By slot: whether its values are whole numbers, which are compared by their digits.
  private let isNumber: [Bool]
  /// By slot: whether a value there would lead to somebody, and is of a type of which nobody knows how it spells identities.
  private let isObscure: [Bool]
  /// Whether every record has a value that tells whose it is.
  private let tellsWhose: Bool
  private var spans: [FieldSpan] = []
  private var digits = ByteSink(capacity: 64)
  /// Whether the record holds more identities than are read.
  private var isCut = false
  /// Whether a value of the record would lead to somebody, and cannot be read.
  private var isObscured = false

  init(_ plan: AvroFindPlan) {
    self.plan = plan
    let nodes = plan.program.slotNodes.map { plan.program.nodes[$0] }
    let isText = nodes.map { if case .text = $0 { true } else { false } }
    let isNumber = nodes.map { node in
      switch node {
      case .int, .long: true
      default: false
      }
    }
    self.isNumber = isNumber
    captured = plan.roles.indices.map { plan.roles[$0] != nil && (isText[$0] || isNumber[$0] || plan.lists[$0] != nil) }
    let captured = captured
    tellsWhose = plan.roles.indices.contains { slot in
      guard captured[slot], let role = plan.roles[slot] else { return false }
      return role == .of(.agentRequest) ? plan.isOfAgents : !role.isToldByForm
    }
    let isNull = nodes.map { if case .null = $0 { true } else { false } }
    let isObscure = plan.roles.indices.map { !captured[$0] && !isNull[$0] && plan.roles[$0]?.leads ?? false }
    self.isObscure = isObscure
    scanner = AvroScanner(plan.program, captured: plan.roles.indices.map { captured[$0] || isObscure[$0] })
    let whole = plan.roles.indices.map {
      plan.roles[$0] != nil || (plan.isWorkspace[$0] && isText[$0])
        || plan.times[$0] != nil || (plan.isID[$0] && (isText[$0] || isNumber[$0]))
    }
    wholeScanner = AvroScanner(plan.program, captured: whole)
    spans.reserveCapacity(64)
  }

  /// Looks through one block.
  ///
  /// - Throws: `RecordError` when the block is damaged; nothing of it is noted then.
  mutating func run(
    _ block: borrowing RawSpan, recordCount: Int, number: Int, offset: Int, _ finder: inout EventFinder
  ) throws(RecordError) {
    if recordCount == 0 && block.byteCount == 0 { return }
    // Records without bytes cannot use up the block, so their number is bounded here.
    guard plan.program.takesBytes || recordCount <= 1_000_000 else { throw RecordError(.badLength, at: 0) }
    let before = finder.findings.sightings.count
    var nameless = 0
    do throws(RecordError) {
      var position = 0
      for record in 0..<recordCount {
        let start = position
        spans.removeAll(keepingCapacity: true)
        position = try scanner.scan(block, from: start, into: &spans)
        var isFound = false
        (isCut, isObscured) = (false, false)
        for index in spans.indices where look(block, spans[index], &finder) { isFound = true }
        let isTold = tellsWhose || holdsForm(block)
        var isNoted = false
        if isFound {
          let place = EventPlace(offset: offset, block: number, record: record, part: -1)
          isNoted = try note(block, from: start, at: place, &finder)
        }
        if isCut || !isNoted && (!isTold || isObscured && !isLed(block)) { nameless += 1 }
        finder.endEvent(isNoted: isNoted)
      }
      guard position == block.byteCount else { throw RecordError(.leftover, at: position) }
    } catch {
      finder.findings.sightings.removeLast(finder.findings.sightings.count - before)
      throw error
    }
    finder.findings.events += recordCount
    finder.findings.nameless += nameless
  }

  /// Whether a value of the record that was scanned has the form of an identity, where others say nothing.
  private func holdsForm(_ block: borrowing RawSpan) -> Bool {
    spans.contains { span in
      guard let role = plan.roles[span.slot], role.isToldByForm, captured[span.slot], !isNumber[span.slot] else { return false }
      guard let list = plan.lists[span.slot] else { return role.hasForm(block, span.inner) }
      var items = AvroListItems(list, from: span.inner.lowerBound)
      while let item = items.next(block) {
        if !item.isNumber && role.hasForm(block, item.range) { return true }
      }
      return false
    }
  }

  /// Whether a value of the record that was scanned leads to somebody.
  private func isLed(_ block: borrowing RawSpan) -> Bool {
    spans.contains { span in
      guard let role = plan.roles[span.slot], role.leads, captured[span.slot] else { return false }
      guard let list = plan.lists[span.slot] else { return !span.inner.isEmpty }
      var items = AvroListItems(list, from: span.inner.lowerBound)
      return items.next(block) != nil
    }
  }

  @inline(__always)
  private mutating func look(_ block: borrowing RawSpan, _ span: FieldSpan, _ finder: inout EventFinder) -> Bool {
    guard let role = plan.roles[span.slot] else { return false }
    if isObscure[span.slot] {
      isObscured = true
      return false
    }
    if isNumber[span.slot] {
      writeDigits(block, span.inner)
      return finder.look(digits.bytes, 0..<digits.count, role)
    }
    if let list = plan.lists[span.slot] {
      var isFound = false
      var items = AvroListItems(list, from: span.inner.lowerBound)
      while let item = items.next(block) {
        if !item.isNumber {
          if finder.look(block, item.range, role) { isFound = true }
        } else {
          writeDigits(block, item.range)
          if finder.look(digits.bytes, 0..<digits.count, role) { isFound = true }
        }
      }
      if items.isCut { isCut = true }
      return isFound
    }
    return finder.look(block, span.inner, role)
  }

  private mutating func writeDigits(_ block: borrowing RawSpan, _ number: Range<Int>) {
    var position = number.lowerBound
    digits.removeAll()
    digits.append(Array(String((try? block.readVarint(&position)) ?? 0).utf8))
  }

  private mutating func note(
    _ block: borrowing RawSpan, from start: Int, at place: EventPlace, _ finder: inout EventFinder
  ) throws(RecordError) -> Bool {
    spans.removeAll(keepingCapacity: true)
    _ = try wholeScanner.scan(block, from: start, into: &spans)
    var carrier = Carrier()
    var time = Int.min
    var idHash: UInt64?
    for span in spans {
      if let role = plan.roles[span.slot] {
        if carrier.values.count >= Carrier.limit {
          isCut = true
          continue
        }
        if isNumber[span.slot] {
          writeDigits(block, span.inner)
          finder.add(digits.bytes, 0..<digits.count, role, to: &carrier)
        } else if let list = plan.lists[span.slot] {
          var items = AvroListItems(list, from: span.inner.lowerBound)
          while let item = items.next(block) {
            if !item.isNumber {
              finder.add(block, item.range, role, to: &carrier)
            } else {
              writeDigits(block, item.range)
              finder.add(digits.bytes, 0..<digits.count, role, to: &carrier)
            }
          }
        } else if captured[span.slot] {
          finder.add(block, span.inner, role, to: &carrier)
        }
      } else if let form = plan.times[span.slot] {
        time = EventClock.told(block, span, form) ?? time
      } else if plan.isID[span.slot] {
        // The first that an event tells is its own.
        if idHash == nil { idHash = isNumber[span.slot] ? 0 : eventIDHash(block, span.inner) }
      } else {
        carrier.workspace = block.array(trim(block, span.inner))
      }
    }
    return finder.note(carrier, at: place, time: time, idHash: idHash ?? 0)
  }
}
