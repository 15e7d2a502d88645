internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// An event that is to go, or to be blanked, for its age.
struct DueEvent: Sendable {
  let place: EventPlace
  let type: String
  /// The number of the rule.
  let rule: Int
  /// Seconds since 1970-01-01; `Int.min` where the event tells none that can be true.
  let time: Int
  /// As the event tells it; empty where it does not.
  let workspace: [UInt8]
  /// Whether nothing is left of the event itself: it is one of a batch that is blanked with what stands around its
  /// events, since all of them are due.
  let isBlank: Bool
}

/// What is known of the ages of one file.
struct AgeFindings: Sendable {
  var events = 0
  /// Events that a rule matches and whose age nobody can tell.
  var undated = 0
  /// By event type: the events that are not due.
  var times: [String: TimeRange] = [:]
  var due: [DueEvent] = []
}

/// One worker of a pass that looks for events that are too old. Never leaves its task.
struct AgeFinder: ~Copyable {
  private let context: SearchContext
  private let types: RetentionTypes
  private let naming: EventNaming
  /// Blanks everything but the ids of events, to see whether there is anything to blank.
  private let blanker: Blanker?
  private var avro: [SchemaKey: Result<AvroBox, Failure>] = [:]
  private var json: [Destination: JSONBox] = [:]

  // Of the file that is visited.
  private var clock = AgeClock(day: nil, now: 0)
  private var tally: AgeTally
  private var findings = AgeFindings()
  private var destination = Destination.storage
  private var box: Box?
  /// By number of the event type; the last is that of events which tell none of the catalog's.
  private var names: [String]
  private var rules: [Int?]
  private var limits: [Int]
  private var sink = ByteSink(capacity: 1 << 12)

  private enum Box {
    case avro(AvroBox, row: Int)
    case json(JSONBox)
  }

  private final class AvroBox {
    let schema: AvroSchema
    var pass: AvroAges
    init(_ schema: AvroSchema, _ plan: AvroFindPlan) {
      self.schema = schema
      pass = AvroAges(plan)
    }
  }

  private final class JSONBox {
    var pass: JSONAges
    private let cutter: JSONCutter
    init(_ plan: JSONAgePlan, _ cutter: JSONCutter) {
      pass = JSONAges(plan)
      self.cutter = cutter
    }

    /// The events of a batch; none where it is no batch.
    func parts(_ bytes: borrowing RawSpan) -> [Range<Int>] { (try? cutter.parts(bytes)) ?? [] }
  }

  /// - Parameter blankKey: any key, where a rule blanks.
  init(_ context: SearchContext, _ types: RetentionTypes, blankKey: SecretBytes) {
    self.context = context
    self.types = types
    naming = EventNaming(catalog: context.catalog)
    let ids = Policy.Erasure.Keep(events: [Glob("*")], fields: [Glob("id")], basis: "", review: "")
    blanker = types.terms.blanks ? Blanker(context.catalog, keeping: [ids], key: blankKey) : nil
    names = types.names + [""]
    rules = types.rules + [nil]
    limits = types.limits + [.min]
    tally = AgeTally(rowCount: types.names.count + 1)
  }

  /// Looks through a file.
  mutating func search(_ file: ArchiveFile) -> (outcome: FileOutcome, findings: AgeFindings) {
    var outcome = FileOutcome(file)
    let reader = context.reader
    do throws(Failure) { _ = try reader.read(file, &outcome, for: &self) } catch {
      outcome.failure = error
      outcome.status = error.code == .unsupported || error.code == .codec ? .unsupported : .unreadable
    }
    return (outcome, finishFile())
  }

  private mutating func startFile(_ file: ArchiveFile, unknownName: String) {
    clock = AgeClock(day: ArchivePath.day(of: file.relative), now: types.terms.now)
    let last = names.count - 1
    names[last] = unknownName
    rules[last] = types.rule(of: unknownName)
    limits[last] = types.limit(of: rules[last])
  }

  private mutating func finishFile() -> AgeFindings {
    findings.events = tally.events
    findings.undated = tally.undated
    for (name, times) in zip(names, tally.times) where !times.isEmpty {
      findings.times[name, default: TimeRange()] += times
    }
    defer {
      findings = AgeFindings()
      tally = AgeTally(rowCount: names.count)
      box = nil
    }
    return findings
  }

  // MARK: what is due

  /// Takes in what is due of one piece of the file.
  ///
  /// - Parameters:
  ///   - offset: of the piece.
  ///   - block: its number; -1 outside of Avro.
  private mutating func takeDue(_ bytes: borrowing RawSpan, offset: Int, block: Int) {
    let due = tally.due
    var index = 0
    while index < due.count {
      let first = due[index]
      var end = index + 1
      if first.batchCount > 0 { while end < due.count && due[end].start == first.start && due[end].record == first.record { end += 1 } }
      let isBlank = blankness(bytes, due[index..<end], isAvro: block >= 0)
      for (event, isBlank) in zip(due[index..<end], isBlank) {
        guard let isBlank, let rule = rules[event.row] else { continue }
        findings.due.append(
          DueEvent(
            place: EventPlace(offset: offset + event.start, block: block, record: event.record, part: event.part),
            type: names[event.row], rule: rule, time: event.time ?? .min,
            workspace: block < 0 ? bytes.plainText(ofString: event.workspace) : bytes.array(event.workspace), isBlank: isBlank))
      }
      index = end
    }
  }

  /// Of each event of one record, line or item: whether nothing is left of it that could be blanked; nothing for those
  /// that are not due after all, since they were blanked before.
  private mutating func blankness(
    _ bytes: borrowing RawSpan, _ events: ArraySlice<AgedEvent>, isAvro: Bool
  ) -> [Bool?] {
    let blanks = events.map { event in rules[event.row].map { types.terms.rules[$0].mode == .blank } ?? false }
    let allDue = [Bool?](repeating: false, count: events.count)
    guard let blanker, let first = events.first, blanks.contains(true) else { return allDue }
    let range = first.range
    sink.removeAll()
    do throws(Failure) {
      if isAvro {
        try blanker.appendAvro(bytes, range, to: &sink)
      } else {
        try blanker.appendJSON(
          bytes.extracting(range), event: first.batchCount > 0 ? nil : names[first.row], to: &sink)
      }
    } catch {
      // What cannot be blanked is due all the same: who blanks it tells why not.
      return allDue
    }
    let isWholeBlank = sink.bytes.array(0..<sink.count) == bytes.array(range)
    if first.batchCount == 0 { return [isWholeBlank ? nil : false] }
    guard case .json(let box) = box else { return allDue }
    let isWholeDue = events.count == first.batchCount
    let before = box.parts(bytes.extracting(range))
    let after = box.parts(sink.bytes)
    var found: [Bool?] = []
    for (event, isBlanked) in zip(events, blanks) {
      guard isBlanked, before.indices.contains(event.part), after.indices.contains(event.part) else {
        found.append(false)
        continue
      }
      let own = bytes.extracting(range).array(before[event.part])
      let isBlank = own == sink.bytes.array(after[event.part])
      found.append(isWholeDue ? (isWholeBlank ? nil : isBlank) : (isBlank ? nil : false))
    }
    return found
  }
}

extension AgeFinder: EventVisitor {
  mutating func start(_ header: AvroHeader, of file: ArchiveFile) throws(Failure) {
    let text = header["avro.schema"] ?? []
    destination = context.options.destination ?? .storage
    let key = SchemaKey(text, destination)
    let known = avro[key] ?? make(key)
    avro[key] = known
    let box = try known.get()
    let name = naming.event(ofRecord: box.schema.name, in: file, told: context.options.eventType)
    startFile(file, unknownName: name)
    let row = types.names.firstIndex(of: name) ?? names.count - 1
    self.box = .avro(box, row: row)
    let blanks = rules[row].map { types.terms.rules[$0].mode == .blank } ?? false
    if blanks { try blanker?.start(box.schema, text, event: name, destination) }
  }

  private func make(_ key: SchemaKey) -> Result<AvroBox, Failure> {
    let schema: AvroSchema
    do throws(AvroSchema.Problem) { schema = try AvroSchema(key.text.bytes) } catch { return .failure(Failure(.schema)) }
    guard let fields = schema.fields else { return .failure(Failure(.schema)) }
    return .success(AvroBox(schema, context.plan(schema, fields, in: key.destination)))
  }

  mutating func visit(block: borrowing RawSpan, recordCount: Int, number: Int, offset: Int) throws(RecordError) {
    guard case .avro(let box, let row) = box else { return }
    try box.pass.run(block, recordCount: recordCount, row: row, limit: limits[row], clock, &tally)
    if !tally.due.isEmpty { takeDue(block, offset: offset, block: number) }
  }

  mutating func start(_ form: JSONForm, _ destination: Destination, of file: ArchiveFile) {
    self.destination = destination
    let box = json[destination] ?? makeJSON(destination)
    json[destination] = box
    let byPath = naming.event(byPathOf: file)
    let told = context.options.eventType ?? byPath.flatMap { $0.isKnown ? $0.name : nil }
    let name = told ?? naming.event(byNameOf: file) ?? byPath?.name ?? ""
    startFile(file, unknownName: name)
    let row = types.names.firstIndex(of: name) ?? names.count - 1
    box.pass.startFile(row: told == nil ? nil : row, defaultRow: row, isDocument: form != .lines)
    self.box = .json(box)
    blanker?.start(destination)
  }

  private func makeJSON(_ destination: Destination) -> JSONBox {
    let table = context.paths(destination)
    let numbers = Dictionary(uniqueKeysWithValues: types.names.enumerated().map { ($1, $0) })
    let names = context.catalog.eventNames(in: destination).compactMap { name, event in
      numbers[event].map { (name: name, event: $0) }
    }
    let found = context.plan(destination)
    let plan = JSONAgePlan(
      table: table.keys(eventNames: names), isWorkspace: found.isWorkspace, timeRanks: found.timeRanks)
    let cutter = JSONCutter(table.keys(eventNames: []), isDocument: true)
    return JSONBox(plan, cutter)
  }

  mutating func visit(lines: borrowing RawSpan, offset: Int) -> [Withheld] {
    guard case .json(let box) = box else { return [] }
    box.pass.run(lines, limits: limits, clock, &tally)
    if !tally.due.isEmpty { takeDue(lines, offset: offset, block: -1) }
    return box.pass.damaged
  }

  mutating func visit(item: borrowing RawSpan, line: Int, offset: Int) -> RecordError.Code? {
    guard case .json(let box) = box else { return nil }
    let code = box.pass.runItem(item, limits: limits, clock, &tally)
    if !tally.due.isEmpty { takeDue(item, offset: offset, block: -1) }
    return code
  }

  mutating func passOverLine() -> Int {
    guard case .json(let box) = box else { return 0 }
    box.pass.passOver()
    return box.pass.lineCount
  }

  mutating func passOverItem(at offset: Int) { _ = passOverLine() }
}

extension AgeFinder: StagedFinder {
  mutating func finishStaged(_ closure: EraseClosure) -> (events: Int, matches: Int) {
    let findings = finishFile()
    return (findings.events, findings.due.count { !$0.isBlank })
  }
}

extension ArchivePath {
  /// The day of the partition that a file lies in, since 1970-01-01; nothing where no segment tells one.
  static func day(of path: String) -> Int? {
    segments(of: path).last { $0.name == "date" }.flatMap { CivilDate($0.value.prefix(10)) }.map(\.days)
  }
}
