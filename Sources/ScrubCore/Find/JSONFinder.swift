/// In which events a member tells whose the event is. Partners hold events of their customers beside Braze's, and what these
/// call by the same name may be somebody else's, or nobody's.
package enum IdentityScope: Sendable {
  case anyEvent
  case brazeEvents
  /// In Braze's events, and in others where nothing else tells whose they are.
  case brazeEventsOrAlone
}

/// What is looked at in the events of one destination.
package struct JSONFindPlan: Sendable {
  package let table: JSONKeyTable
  /// With workspace, times and the event's own id, for events that are noted.
  package let whole: JSONKeyTable
  /// By slot: what its values tell of identities.
  package let roles: [IdentityRole?]
  /// By slot.
  package let scopes: [IdentityScope]
  /// Whether any member tells whose an event is in some events only.
  let hasScopes: Bool
  /// By slot.
  package let isWorkspace: [Bool]
  /// By slot: 0 where it holds no time of the event, else how good a time it is; the best one of an event counts.
  package let timeRanks: [UInt8]
  package let isID: [Bool]
  /// By slot: whether its member tells whose an event is.
  let tellsWhose: [Bool]
  /// By slot: whether what it tells has to be borne out, by the value's form or by what stands beside it.
  let needsProof: [Bool]
  /// By slot: whether its member stands in events of agents only, whose requests tell whose they are.
  let isOfAgents: [Bool]
  /// By which events of other destinations are told; nothing where all are taken for those of one.
  package let marks: ShapeMarks?

  /// - Parameters:
  ///   - isOfAgents: by slot: whether its member stands in events of agents only; of none where it is empty.
  ///   - isOfKnown: whether only events of people whom their ids tell are sent there: an event with the id of a device and
  ///     nothing else has the others where nobody looks.
  ///   - scopes: by slot; of each role in any event where it is empty.
  package init(
    table: JSONKeyTable, marks: ShapeMarks? = nil, roles: [IdentityRole?], scopes: [IdentityScope] = [], isWorkspace: [Bool],
    timeRanks: [UInt8], isID: [Bool], isOfAgents: [Bool] = [], isOfKnown: Bool = false
  ) {
    precondition(roles.count == table.slotCount && isWorkspace.count == roles.count)
    precondition(timeRanks.count == roles.count && isID.count == roles.count)
    precondition(scopes.isEmpty || scopes.count == roles.count)
    let hasScopes = zip(roles, scopes).contains { $0 != nil && $1 != .anyEvent }
    let names = hasScopes ? table.nameSlots : []
    let isOfAgents = isOfAgents.isEmpty ? roles.map { _ in false } : isOfAgents
    self.isOfAgents = isOfAgents
    self.table = table.noting { roles[$0] != nil || names.contains($0) || isOfAgents[$0] }
    whole = table.noting {
      roles[$0] != nil || names.contains($0) || isWorkspace[$0] || timeRanks[$0] > 0 || isID[$0]
    }
    self.roles = roles
    self.scopes = scopes.isEmpty ? roles.map { _ in .anyEvent } : scopes
    self.hasScopes = hasScopes
    self.isWorkspace = isWorkspace
    self.timeRanks = timeRanks
    self.isID = isID
    tellsWhose = roles.map { role in role.map { !isOfKnown || $0.leads } ?? false }
    needsProof = roles.map { role in role.map { $0 == .of(.agentRequest) || $0.isToldByForm } ?? false }
    self.marks = marks
  }
}

/// The pass over events in JSON that finds people.
struct JSONFinder: ~Copyable {
  private let plan: JSONFindPlan
  private var scanner: JSONScanner
  private var wholeScanner: JSONScanner
  private var line = JSONLine()
  private var decoded = ByteSink(capacity: 512)
  /// By event of a line: whether something that is looked for stands in it, and whether any identity does.
  private var isFound: [Bool] = []
  private var isNamed: [Bool] = []
  /// By event of a batch from 1, and at 0 for the only event, or for what stands around those of a batch: whether a value that
  /// would lead to somebody cannot be read; empty where all can.
  private var isObscured: [Bool] = []
  /// By event of a batch from 1, and at 0 for the only event, or for what stands around those of a batch: whether it is one of
  /// Braze's, as all of a batch are, and whether something stands there that tells whose it is in any event.
  private var isOfBraze: [Bool] = []
  private var isAccompanied: [Bool] = []
  /// Whether the line holds more identities than are read.
  private var isCut = false
  /// What could not be read in the last chunk.
  private(set) var damaged: [Withheld] = []
  private(set) var lineCount = 0

  init(_ plan: JSONFindPlan) {
    self.plan = plan
    scanner = JSONScanner(plan.table, notesUnknown: false)
    wholeScanner = JSONScanner(plan.whole, notesUnknown: false)
  }

  mutating func startFile(isDocument: Bool) {
    scanner.grammar = JSONGrammar(lineFeedIsBlank: isDocument)
    wholeScanner.grammar = scanner.grammar
    lineCount = 0
  }

  /// Counts a line or item that was too long to be handed in.
  mutating func passOver() { lineCount += 1 }

  /// Looks through whole lines.
  mutating func run(_ bytes: borrowing RawSpan, offset: Int, _ finder: inout EventFinder) {
    damaged.removeAll(keepingCapacity: true)
    var position = 0
    while position < bytes.byteCount {
      let start = position
      lineCount += 1
      do throws(RecordError) {
        position = try pass(bytes, start, offset: offset, &finder)
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
  mutating func runItem(_ bytes: borrowing RawSpan, offset: Int, _ finder: inout EventFinder) -> RecordError.Code? {
    damaged.removeAll(keepingCapacity: true)
    lineCount += 1
    do throws(RecordError) {
      line.removeAll()
      let end = try scanner.scan(bytes, from: 0, into: &line)
      guard end == bytes.byteCount else { throw RecordError(.syntax, at: end) }
      try refuseMisread(bytes, 0)
      look(bytes, from: 0, offset: offset, &finder)
      return nil
    } catch {
      return error.code
    }
  }

  private mutating func pass(
    _ bytes: borrowing RawSpan, _ start: Int, offset: Int, _ finder: inout EventFinder
  ) throws(RecordError) -> Int {
    var position = bytes.lineBlanksEnd(from: start)
    if position == bytes.byteCount { return position }
    if bytes[position] == 0x0a { return position + 1 }
    line.removeAll()
    let first = position
    position = bytes.lineBlanksEnd(from: try scanner.scan(bytes, from: first, into: &line))
    guard position == bytes.byteCount || bytes[position] == 0x0a else { throw RecordError(.syntax, at: position) }
    try refuseMisread(bytes, first)
    look(bytes, from: first, offset: offset + start, &finder)
    return min(position + 1, bytes.byteCount)
  }

  /// An event of another destination would be read wrongly: what is one's id there is another's here. Of events that stand
  /// where nobody reads any, nobody knows whose they are, and they would be shown and go with others.
  @inline(__always)
  private func refuseMisread(_ bytes: borrowing RawSpan, _ start: Int) throws(RecordError) {
    if line.mayBeOfOthers, let marks = plan.marks, marks.speakForOthers(bytes.extracting(start..<bytes.byteCount)) {
      throw RecordError(.otherDestination, at: start)
    }
    if line.hidesEvents { throw RecordError(.misplacedEvents, at: start) }
  }

  // MARK: the values of a line

  /// Looks at the event or batch that was scanned.
  ///
  /// - Parameter start: where it begins.
  private mutating func look(_ bytes: borrowing RawSpan, from start: Int, offset: Int, _ finder: inout EventFinder) {
    let count = max(line.groups.count, 1)
    finder.findings.events += count
    isFound.removeAll(keepingCapacity: true)
    isNamed.removeAll(keepingCapacity: true)
    isObscured.removeAll(keepingCapacity: true)
    isCut = line.hidesIdentities
    for _ in 0..<count {
      isFound.append(false)
      isNamed.append(false)
    }
    var isFoundAround = false
    var isNamedAround = false
    if plan.hasScopes { tellEvents(bytes) }
    for index in line.spans.indices {
      guard let role = plan.roles[Int(line.spans[index].slot)], tells(line.spans[index]) else { continue }
      let group = Int(line.spans[index].group)
      if plan.tellsWhose[Int(line.spans[index].slot)] {
        if !isTold(bytes, line.spans[index]) {
          if role.leads { obscure(group) }
        } else if !plan.needsProof[Int(line.spans[index].slot)] || isProven(bytes, line.spans[index], role) {
          if group > 0 { isNamed[group - 1] = true } else { isNamedAround = true }
        }
      }
      guard look(bytes, line.spans[index], role, &finder) else { continue }
      if group > 0 { isFound[group - 1] = true } else { isFoundAround = true }
    }
    if !isObscured.isEmpty { isNamedAround = tellObscured(bytes, isNamedAround) }
    if isFoundAround || isFound.contains(true) {
      line.removeAll()
      // It was scanned just now, so that nothing can be wrong with it.
      _ = try? wholeScanner.scan(bytes, from: start, into: &line)
    }
    var areNoted = true
    var nameless = 0
    // A body without events, and without a value that may lead to anybody.
    let isNobodys = line.isEmptyBatch && isObscured.isEmpty
    let around = isFoundAround || isFound.contains(true) ? factsAround(bytes, &finder) : Facts()
    for group in 0..<count {
      let isNoted = (isFoundAround || isFound[group]) && note(bytes, group: group, around, offset: offset, &finder)
      if !isNamedAround && !isNamed[group] && !isNoted && !isNobodys { nameless += 1 }
      areNoted = areNoted && isNoted
    }
    finder.findings.nameless += isCut ? max(nameless, 1) : nameless
    finder.endEvent(isNoted: areNoted)
  }

  private mutating func obscure(_ group: Int) {
    if isObscured.isEmpty { isObscured = Array(repeating: false, count: line.groups.count + 1) }
    isObscured[group] = true
  }

  /// Has no event count as named in which a value that would lead to somebody cannot be read, and none that does can.
  ///
  /// - Returns: whether what stands around the events of a batch names them all.
  private mutating func tellObscured(_ bytes: borrowing RawSpan, _ isNamedAround: Bool) -> Bool {
    func leads(_ span: JSONSpan) -> Bool {
      plan.roles[Int(span.slot)]?.leads ?? false && tells(span) && holdsValue(bytes, span) && isTold(bytes, span)
    }
    if line.groups.isEmpty {
      let isLed = line.spans.contains(where: leads)
      isNamed[0] = isLed
      return isLed
    }
    if line.spans.contains(where: { $0.group == 0 && leads($0) }) { return isNamedAround }
    for (number, group) in line.groups.enumerated() {
      let isLed = isObscured[0] || isObscured[number + 1] ? line.spans[group.spans].contains(where: leads) : nil
      isNamed[number] = isLed ?? (isNamed[number] || isNamedAround)
    }
    return false
  }

  /// Finds out which events are Braze's, by their names, and which have something that tells whose they are in any event.
  private mutating func tellEvents(_ bytes: borrowing RawSpan) {
    isOfBraze.removeAll(keepingCapacity: true)
    isAccompanied.removeAll(keepingCapacity: true)
    for _ in 0...line.groups.count {
      isOfBraze.append(false)
      isAccompanied.append(false)
    }
    for span in line.spans where holdsValue(bytes, span) {
      let (slot, group) = (Int(span.slot), Int(span.group))
      if plan.table.nameSlots.contains(slot) && span.shape == .string && namesEvent(bytes, span) { isOfBraze[group] = true }
      if let role = plan.roles[slot], role.leads, plan.scopes[slot] == .anyEvent { isAccompanied[group] = true }
    }
    if !line.groups.isEmpty && !isOfBraze[0] { isOfBraze[0] = isOfBraze.dropFirst().allSatisfy { $0 } }
  }

  @inline(__always)
  private func namesEvent(_ bytes: borrowing RawSpan, _ span: JSONSpan) -> Bool {
    let (table, names) = (plan.table, plan.table.eventNames)
    return (span.isEscaped ? table.findEscaped(bytes, span.content, in: names) : table.find(bytes, span.content, in: names)) >= 0
  }

  /// Whether a member has a text or a number, be it in a list.
  @inline(__always)
  private func holdsValue(_ bytes: borrowing RawSpan, _ span: JSONSpan) -> Bool {
    span.shape == .string || span.shape == .number || (span.shape == .array && listHoldsValue(bytes, span))
  }

  @inline(never)
  private func listHoldsValue(_ bytes: borrowing RawSpan, _ list: JSONSpan) -> Bool {
    var items = items(of: list)
    while let item = items.next(bytes) {
      if item.shape == .string || item.shape == .number { return true }
    }
    return false
  }

  /// Whether a member tells whose its event is.
  @inline(__always)
  private func tells(_ span: JSONSpan) -> Bool {
    if !plan.hasScopes { return true }
    let (scope, group) = (plan.scopes[Int(span.slot)], Int(span.group))
    if scope == .anyEvent || isOfBraze[group] || isOfBraze[0] { return true }
    return scope == .brazeEventsOrAlone && !isAccompanied[group] && !isAccompanied[0]
  }

  @inline(__always)
  private mutating func look(
    _ bytes: borrowing RawSpan, _ span: JSONSpan, _ role: IdentityRole, _ finder: inout EventFinder
  ) -> Bool {
    switch span.shape {
    case .string:
      if !span.isEscaped { return finder.look(bytes, inside(span), role) }
      decoded.removeAll()
      guard decoded.appendUnescaped(bytes, inside(span)) else { return false }
      return finder.look(decoded.bytes, 0..<decoded.count, role)
    case .number:
      guard let digits = identityDigits(ofNumber: bytes, span.value) else { return finder.look(bytes, span.value, role) }
      return unsafe finder.look(digits.span.bytes, 0..<digits.count, role)
    case .array: return lookInList(bytes, span, role, &finder)
    case .boolean, .null, .object: return false
    }
  }

  @inline(never)
  private mutating func lookInList(
    _ bytes: borrowing RawSpan, _ list: JSONSpan, _ role: IdentityRole, _ finder: inout EventFinder
  ) -> Bool {
    var isFound = false
    var items = items(of: list)
    while let item = items.next(bytes) {
      if look(bytes, item, role, &finder) { isFound = true }
    }
    if items.isCut { isCut = true }
    return isFound
  }

  /// Whether the value of a member that tells whose an event is was read: nobody knows what an object there says.
  @inline(__always)
  private func isTold(_ bytes: borrowing RawSpan, _ span: JSONSpan) -> Bool {
    if span.shape.isScalar { return true }
    return span.shape == .array && !holdsObject(bytes, span)
  }

  /// Whether a value says whose its event is: a request in an event of an agent, another by its form.
  @inline(never)
  private func isProven(_ bytes: borrowing RawSpan, _ span: JSONSpan, _ role: IdentityRole) -> Bool {
    if role == .of(.agentRequest) { return line.spans.contains { $0.group == span.group && plan.isOfAgents[Int($0.slot)] } }
    return hasForm(bytes, span, role)
  }

  private func hasForm(_ bytes: borrowing RawSpan, _ span: JSONSpan, _ role: IdentityRole) -> Bool {
    switch span.shape {
    case .string: return role.hasForm(bytes, span.content)
    case .number: return role.hasForm(bytes, span.value)
    case .array:
      var items = items(of: span)
      while let item = items.next(bytes) {
        if hasForm(bytes, item, role) { return true }
      }
      return false
    // What a policy took out was a contact, as far as anybody can tell.
    case .null: return role == .contact
    case .boolean, .object: return false
    }
  }

  @inline(never)
  private func holdsObject(_ bytes: borrowing RawSpan, _ list: JSONSpan) -> Bool {
    var items = items(of: list)
    while items.next(bytes) != nil {}
    return items.holdsObject
  }

  private func items(of list: JSONSpan) -> JSONListItems {
    JSONListItems(of: list, scanner.grammar, readsWrappers: scanner.readsWrappers)
  }

  /// What an event tells, or what stands around those of a batch.
  private struct Facts {
    var carrier = Carrier()
    var time = Int.min
    var rank: UInt8 = 0
    var idHash: UInt64?
  }

  /// What stands around the events of a batch, which is that of each: gathered once, for a batch may be of very many.
  private mutating func factsAround(_ bytes: borrowing RawSpan, _ finder: inout EventFinder) -> Facts {
    var facts = Facts()
    if line.groups.isEmpty { return facts }
    let limit = min(Carrier.limit, JSONLine.limit / line.groups.count)
    for index in line.spans.indices where line.spans[index].group == 0 {
      gather(bytes, line.spans[index], into: &facts, limit: limit, &finder)
    }
    return facts
  }

  /// - Parameter around: what stands around the events of a batch.
  /// - Returns: whether it carries what is looked for.
  private mutating func note(
    _ bytes: borrowing RawSpan, group: Int, _ around: Facts, offset: Int, _ finder: inout EventFinder
  ) -> Bool {
    let isBatch = !line.groups.isEmpty
    var facts = Facts()
    facts.carrier = around.carrier
    for index in isBatch ? line.groups[group].spans : line.spans.indices {
      gather(bytes, line.spans[index], into: &facts, limit: Carrier.limit, &finder)
    }
    let place = EventPlace(offset: offset, block: -1, record: lineCount - 1, part: isBatch ? group : -1)
    return finder.note(
      facts.carrier, at: place, time: facts.rank >= around.rank ? facts.time : around.time,
      idHash: facts.idHash ?? around.idHash ?? 0)
  }

  /// - Parameter limit: more identities are not taken.
  private mutating func gather(
    _ bytes: borrowing RawSpan, _ span: JSONSpan, into facts: inout Facts, limit: Int, _ finder: inout EventFinder
  ) {
    let slot = Int(span.slot)
    let isText = span.shape == .string || span.shape == .number
    let range = span.shape == .string ? inside(span) : span.value
    // The first that an event tells is its own.
    if plan.isID[slot] && span.shape != .null && facts.idHash == nil {
      facts.idHash = isText && !span.isEscaped ? eventIDHash(bytes, range) : 0
    }
    if let role = plan.roles[slot] {
      if tells(span) { add(bytes, span, role, to: &facts.carrier, limit: limit, &finder) }
    } else if !isText {
      return
    } else if plan.isWorkspace[slot] {
      facts.carrier.workspace = bytes.plainText(ofString: range)
    } else if plan.timeRanks[slot] > 0, let seconds = EventClock.told(bytes, span) {
      // A clock that was never set counts where no better one tells anything.
      let rank = plan.timeRanks[slot] &+ (EventClock.isPlausible(seconds) ? 0x80 : 0)
      if rank > facts.rank { (facts.time, facts.rank) = (seconds, rank) }
    }
  }

  private mutating func add(
    _ bytes: borrowing RawSpan, _ span: JSONSpan, _ role: IdentityRole, to carrier: inout Carrier, limit: Int,
    _ finder: inout EventFinder
  ) {
    if carrier.values.count >= limit {
      isCut = true
      return
    }
    switch span.shape {
    case .string where span.isEscaped:
      decoded.removeAll()
      if decoded.appendUnescaped(bytes, inside(span)) { finder.add(decoded.bytes, 0..<decoded.count, role, to: &carrier) }
    case .string: finder.add(bytes, inside(span), role, to: &carrier)
    case .number:
      if let digits = identityDigits(ofNumber: bytes, span.value) {
        unsafe finder.add(digits.span.bytes, 0..<digits.count, role, to: &carrier)
      } else {
        finder.add(bytes, span.value, role, to: &carrier)
      }
    case .array:
      var items = items(of: span)
      while let item = items.next(bytes) { add(bytes, item, role, to: &carrier, limit: limit, &finder) }
    case .boolean, .null, .object: break
    }
  }

  private func inside(_ span: JSONSpan) -> Range<Int> { (Int(span.start) + 1)..<(Int(span.end) - 1) }
}
