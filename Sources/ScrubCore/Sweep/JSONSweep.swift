/// What a residual sweep knows of the events of one destination.
package struct JSONSweepPlan: Sendable {
  /// With the names of events.
  let table: JSONKeyTable
  /// By slot: what its values tell of identities.
  let roles: [IdentityRole?]
  /// By slot.
  let isWorkspace: [Bool]

  package init(table: JSONKeyTable, roles: [IdentityRole?], isWorkspace: [Bool]) {
    precondition(roles.count == table.slotCount && isWorkspace.count == roles.count)
    self.table = table
    self.roles = roles
    self.isWorkspace = isWorkspace
  }
}

/// What a line or item holds of the values that are looked for.
package struct JSONSweepFinds: Sendable {
  /// Of the line or item, in what was handed in.
  package let offset: Int
  /// Its number, from 0.
  package let line: Int
  package let finds: [SweepFind]
  /// How many events the batch has; 0 for one event.
  package let parts: Int
  /// By event, behind what stands around them all: the number of its name, or -1.
  package let names: [Int]
}

/// Looks for values in every text, number and member name of events in JSON, and redacts them.
package struct JSONSweep: ~Copyable {
  private let plan: JSONSweepPlan
  private let filter: SweepFilter
  private var grammar = JSONGrammar(lineFeedIsBlank: false)
  private var notes: SweepNotes
  private var path = ByteSink(capacity: 256)
  /// Whether the event at hand groups its members, once that was asked.
  private var isGrouped: Bool?
  /// The event of the batch at hand, or -1.
  private var part = -1
  private var partCount = 0
  private var names: [Int] = []
  /// Lines or items so far.
  package private(set) var lineCount = 0

  package init(_ plan: JSONSweepPlan, _ book: SweepBook) {
    self.plan = plan
    filter = book.filter
    notes = SweepNotes(book, isJSON: true)
  }

  package mutating func startFile(isDocument: Bool) {
    grammar = JSONGrammar(lineFeedIsBlank: isDocument)
    lineCount = 0
  }

  /// Counts a line or item that was too long to be handed in, and returns its number, from 1.
  package mutating func passOver() -> Int {
    lineCount += 1
    return lineCount
  }

  // MARK: finding

  /// Looks through whole lines.
  ///
  /// - Parameters:
  ///   - isSkipped: tells lines, by where they start and their numbers from 0, that are not looked at.
  /// - Returns: lines that may hold a value and cannot be read.
  package mutating func run(
    _ bytes: borrowing RawSpan, skipping isSkipped: (Int, Int) -> Bool = { _, _ in false },
    _ body: (JSONSweepFinds) -> Void
  ) -> [Withheld] {
    var damaged: [Withheld] = []
    var start = 0
    while start < bytes.byteCount {
      let strike = filter.firstStrike(bytes, in: start..<bytes.byteCount)
      // Lines before the strike are counted, no more.
      var end = bytes.firstIndex(of: 0x0a, from: start)
      while end < strike {
        lineCount += 1
        start = end + 1
        if start == bytes.byteCount { return damaged }
        end = bytes.firstIndex(of: 0x0a, from: start)
      }
      lineCount += 1
      if strike < bytes.byteCount, !isSkipped(start, lineCount - 1),
        let code = runItem(bytes, start..<end, body)
      {
        damaged.append(Withheld(range: start..<end, line: lineCount, events: 1, isPart: false, code: code))
      }
      start = end + 1
    }
    return damaged
  }

  /// Looks through one item of a document.
  ///
  /// - Returns: what is wrong with it, if it may hold a value.
  package mutating func run(item: borrowing RawSpan, _ body: (JSONSweepFinds) -> Void) -> RecordError.Code? {
    lineCount += 1
    let all = 0..<item.byteCount
    return filter.firstStrike(item, in: all) < all.upperBound ? runItem(item, all, body) : nil
  }

  private mutating func runItem(
    _ bytes: borrowing RawSpan, _ range: Range<Int>, _ body: (JSONSweepFinds) -> Void
  ) -> RecordError.Code? {
    do throws(RecordError) { try walk(bytes.extracting(range)) } catch { return error.code }
    if !notes.finds.isEmpty {
      body(
        JSONSweepFinds(
          offset: range.lowerBound, line: lineCount - 1, finds: notes.finds, parts: partCount, names: names))
    }
    return nil
  }

  // MARK: redacting

  /// Appends a line or item with every value in it redacted, and each other byte as it is.
  ///
  /// - Returns: the number of places redacted.
  package mutating func redact(
    _ bytes: borrowing RawSpan, _ range: Range<Int>, to output: inout ByteSink
  ) throws(RecordError) -> Int {
    if filter.firstStrike(bytes, in: range) == range.upperBound {
      output.append(bytes, range)
      return 0
    }
    let text = bytes.extracting(range)
    try walk(text)
    output.append(text, edits: notes.edits[...], in: 0..<text.byteCount)
    return notes.edits.count
  }

  // MARK: walking

  private mutating func walk(_ text: borrowing RawSpan) throws(RecordError) {
    notes.removeAll()
    path.removeAll()
    names.removeAll(keepingCapacity: true)
    names.append(-1)
    (part, partCount) = (-1, 0)
    isGrouped = nil
    var position = 0
    while position < text.byteCount, text[position] <= 0x20 { position += 1 }
    if position == text.byteCount { return }
    guard text[position] == UInt8(ascii: "{") else { throw RecordError(.notAnObject, at: position) }
    try object(text, &position, node: 0, depth: 0)
    while position < text.byteCount, text[position] <= 0x20 { position += 1 }
    guard position == text.byteCount else { throw RecordError(.syntax, at: position) }
    notes.finish(text)
  }

  /// - Parameter node: the names of the table that its members may have, or -1.
  private mutating func object(
    _ text: borrowing RawSpan, _ position: inout Int, node: Int, depth: Int
  ) throws(RecordError) {
    guard depth < JSONGrammar.depthLimit else { throw RecordError(.deepJSON, at: position) }
    let opening = position
    position += 1
    if try grammar.blanks(text, &position) == UInt8(ascii: "}") {
      position += 1
      return
    }
    while true {
      guard text.byteOrZero(at: position) == UInt8(ascii: "\"") else {
        throw RecordError(.syntax, at: position)
      }
      let start = position + 1
      let isEscaped = try grammar.string(text, &position)
      let length = path.count
      let name = start..<(position - 1)
      let entry = member(text, name, isEscaped: isEscaped, node: node)
      let first = try grammar.colon(text, &position)
      let members = depth == 0 && first == UInt8(ascii: "{") ? group(text, name, ofEventAt: opening) : -1
      if members >= 0 {
        try object(text, &position, node: members, depth: 1)
      } else {
        try value(text, &position, entry: entry, depth: depth + 1)
      }
      path.removeLast(path.count - length)
      let separator = try grammar.blanks(text, &position)
      position += 1
      if separator == UInt8(ascii: "}") { return }
      guard separator == UInt8(ascii: ",") else { throw RecordError(.syntax, at: position - 1) }
      try grammar.blanks(text, &position)
    }
  }

  /// The node of the members of an object at the top of an event that groups its members; else -1.
  private mutating func group(_ text: borrowing RawSpan, _ name: Range<Int>, ofEventAt start: Int) -> Int {
    let members = plan.table.group(text, name)
    if members < 0 { return -1 }
    let answer = isGrouped ?? plan.table.isGrouped(text, from: start, grammar)
    isGrouped = answer
    return answer ? members : -1
  }

  /// Looks at a name, which may be a value too, and goes down its path.
  ///
  /// - Returns: its entry in the table, or -1.
  private mutating func member(_ text: borrowing RawSpan, _ name: Range<Int>, isEscaped: Bool, node: Int)
    -> Int
  {
    let entry =
      node < 0
      ? -1 : isEscaped ? plan.table.findEscaped(text, name, in: node) : plan.table.find(text, name, in: node)
    let isFound = entry < 0 && notes.look(text, name, nil)
    if path.count > 0 { path.append(UInt8(ascii: ".")) }
    if isFound || entry < 0 && (isEscaped || JSONScanner.isOdd(text, name)) {
      path.append(Self.withheld)
    } else {
      path.append(text, name)
    }
    if isFound { notes.note(path: pathText, part: part) }
    return entry
  }

  private static let withheld = Array(MemberLedger.withheld.utf8)

  private var pathText: String { String(decoding: path.bytes.array(0..<path.count), as: UTF8.self) }

  private mutating func value(
    _ text: borrowing RawSpan, _ position: inout Int, entry: Int, depth: Int
  ) throws(RecordError) {
    let slot = entry < 0 ? -1 : Int(plan.table.entries[entry].slot)
    let start = position
    let first = text.byteOrZero(at: position)
    var isEscaped = false
    switch first {
    case UInt8(ascii: "\""):
      _ = try grammar.string(text, &position)
      look(text, (start + 1)..<(position - 1), slot)
    case UInt8(ascii: "{"):
      if entry >= 0, depth < Self.wrapperLimit, plan.table.readsWrappers,
        let wrapper = JSONWrapper(text, at: position, grammar, depth: depth + 1)
      {
        var inner = wrapper.value.lowerBound
        try value(text, &inner, entry: entry, depth: depth + 1)
        position = wrapper.end
      } else {
        let node = entry < 0 || plan.table.entries[entry].isArray ? -1 : Int(plan.table.entries[entry].child)
        try object(text, &position, node: node, depth: depth)
      }
    case UInt8(ascii: "["): try array(text, &position, entry: entry, depth: depth)
    case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "f"):
      _ = try grammar.value(text, &position, first: first, isEscaped: &isEscaped, depth: depth)
    default:
      _ = try grammar.value(text, &position, first: first, isEscaped: &isEscaped, depth: depth)
      if slot >= 0 && plan.isWorkspace[slot] { notes.note(workspace: start..<position, part: part) }
      guard isWhole(text, start..<position) else { return }
      if notes.look(text, start..<position, role(slot)) {
        notes.note(path: pathText, part: part, number: start..<position)
      }
    }
  }

  /// A wrapper is scanned before it is walked, so the time stays linear in the length.
  private static let wrapperLimit = 8

  /// Whether a number has digits only.
  private func isWhole(_ text: borrowing RawSpan, _ number: Range<Int>) -> Bool {
    for index in number where !isDigit(text[index]) { return false }
    return true
  }

  private func role(_ slot: Int) -> IdentityRole? { slot < 0 ? nil : plan.roles[slot] }

  private mutating func look(_ text: borrowing RawSpan, _ content: Range<Int>, _ slot: Int) {
    if slot >= 0 && plan.table.nameSlots.contains(slot) {
      let name = plan.table.find(text, content, in: plan.table.eventNames)
      if name >= 0 { names[part + 1] = Int(plan.table.entries[name].slot) }
    }
    if slot >= 0 && plan.isWorkspace[slot] { notes.note(workspace: content, part: part) }
    if notes.look(text, content, role(slot)) { notes.note(path: pathText, part: part) }
  }

  private mutating func array(
    _ text: borrowing RawSpan, _ position: inout Int, entry: Int, depth: Int
  ) throws(RecordError) {
    guard depth < JSONGrammar.depthLimit else { throw RecordError(.deepJSON, at: position) }
    // There are no batches in batches.
    let isBatch =
      entry >= 0 && plan.table.entries[entry].isArray && plan.table.entries[entry].child >= 0 && part < 0
    position += 1
    if try grammar.blanks(text, &position) == UInt8(ascii: "]") {
      position += 1
      return
    }
    let length = path.count
    path.append(UInt8(ascii: "["))
    path.append(UInt8(ascii: "]"))
    while true {
      if isBatch {
        let number = partCount
        partCount += 1
        names.append(-1)
        if text[position] == UInt8(ascii: "{") {
          part = number
          try object(text, &position, node: Int(plan.table.entries[entry].child), depth: depth + 1)
          part = -1
        } else {
          // What is no event has a number, too.
          try value(text, &position, entry: -1, depth: depth + 1)
        }
      } else {
        // An item of a field is the field's.
        try value(text, &position, entry: entry, depth: depth + 1)
      }
      let separator = try grammar.blanks(text, &position)
      position += 1
      if separator == UInt8(ascii: "]") { break }
      guard separator == UInt8(ascii: ",") else { throw RecordError(.syntax, at: position - 1) }
      try grammar.blanks(text, &position)
    }
    path.removeLast(path.count - length)
  }
}

extension ByteSink {
  /// Appends some bytes with what takes their places.
  mutating func append(_ bytes: borrowing RawSpan, edits: ArraySlice<SweepEdit>, in range: Range<Int>) {
    var copied = range.lowerBound
    for edit in edits {
      append(bytes, copied..<edit.range.lowerBound)
      edit.replacement.append(to: &self)
      copied = edit.range.upperBound
    }
    append(bytes, copied..<range.upperBound)
  }
}
