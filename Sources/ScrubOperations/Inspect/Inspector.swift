internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// What one worker of an inspection makes once and uses for every file. Never leaves its task.
struct Inspector: ~Copyable {
  private let context: InspectContext
  private var schemas: [TallyKey: Result<AvroTally, Failure>] = [:]
  private var lines: [Destination: LineTally] = [:]
  private(set) var tally = InspectionTally()
  private let reader: EventReader
  /// What the events of the file at hand count in, and what was counted in it before.
  private var current: Current?

  private enum Current {
    case avro(AvroTally, before: Int)
    case lines(LineTally, before: [Int])
  }

  /// Marks stand in the schema's text, and a path may tell the event type.
  private struct TallyKey: Hashable {
    let schema: SchemaKey
    let event: String
  }

  init(_ context: InspectContext) {
    self.context = context
    reader = EventReader(
      limit: context.options.maxBlock, destination: context.options.destination, interrupt: context.interrupt)
  }

  /// Reads a file; what is in it adds to the counts.
  mutating func inspect(_ file: ArchiveFile) -> FileOutcome {
    var outcome = FileOutcome(file)
    do throws(Failure) {
      try inspect(file, &outcome)
    } catch {
      var failure = error
      failure.path = file.relative
      outcome.failure = failure
      outcome.status = failure.code == .unsupported || failure.code == .codec ? .unsupported : .unreadable
    }
    return outcome
  }

  private mutating func inspect(_ file: ArchiveFile, _ outcome: inout FileOutcome) throws(Failure) {
    current = nil
    let reader = reader
    guard let form = try reader.read(file, &outcome, for: &self) else { return }
    finish(&outcome)
    tally.note(
      file,
      InspectionTally.Container(format: form.format, codec: form.codec, compression: form.compression),
      events: outcome.eventCounts.read)
  }

  /// Counts the events that a file added.
  private func finish(_ outcome: inout FileOutcome) {
    func note(_ event: String, _ destination: Destination, _ count: Int) {
      var events = EventCounts()
      events.read = count
      outcome.events[EventKey(event: event, destination: destination), default: EventCounts()] += events
    }
    switch current {
    case .avro(let tally, let before): note(tally.event, tally.destination, tally.pass.events - before)
    case .lines(let tally, let before):
      for (index, row) in tally.pass.rows.enumerated() {
        let events = row.events - (index < before.count ? before[index] : 0)
        if events > 0 { note(tally.event(ofRow: index), tally.destination, events) }
      }
    case nil: break
    }
  }

  /// What the workers found, ready to leave the task.
  consuming func finish() -> InspectionTally {
    var result = tally
    for schema in schemas.values { if case .success(let schema) = schema { result.avro.append(schema.found) } }
    for line in lines.values { result.lines.append(line.found) }
    return result
  }

  // MARK: Avro

  private mutating func avroTally(_ text: [UInt8], of file: ArchiveFile) throws(Failure) -> AvroTally {
    let destination = context.options.destination ?? .storage
    let byPath = context.naming.event(byPathOf: file)
    let told = context.options.eventType ?? ""
    // A record of one name may stand under another event type, where its own name says nothing.
    let key = TallyKey(schema: SchemaKey(text, destination), event: told + "|" + (byPath?.name ?? ""))
    let result: Result<AvroTally, Failure>
    if let known = schemas[key] {
      result = known
    } else {
      result = makeTally(text, of: file, destination)
      schemas[key] = result
    }
    return try result.get()
  }

  private func makeTally(
    _ text: [UInt8], of file: ArchiveFile, _ destination: Destination
  ) -> Result<AvroTally, Failure> {
    let schema: AvroSchema
    do throws(AvroSchema.Problem) { schema = try AvroSchema(text) } catch { return .failure(Failure(.schema)) }
    guard let fields = schema.fields else { return .failure(Failure(.schema)) }
    let event = context.naming.event(ofRecord: schema.name, in: file, told: context.options.eventType)
    let looks = context.looks(of: schema, fields: fields, in: destination)
    return .success(AvroTally(event: event, destination: destination, schema: schema, text: text, looks: looks))
  }

  // MARK: JSON

  private mutating func lineTally(_ destination: Destination) -> LineTally {
    if let known = lines[destination] { return known }
    let tally = LineTally(context, destination)
    lines[destination] = tally
    return tally
  }

  /// The row of every event of a file, where the caller, the path or the file's name tells it; or the name of an
  /// event type that only the path knows.
  private func row(of file: ArchiveFile) -> (row: Int?, unknownName: String?) {
    func row(_ event: String) -> Int? { context.catalog.eventTypes.firstIndex(of: event) }
    if let told = context.options.eventType { return (row(told), nil) }
    if let byPath = context.naming.event(byPathOf: file) {
      return byPath.isKnown ? (row(byPath.name), nil) : (nil, byPath.name)
    }
    return (context.naming.event(byNameOf: file).flatMap(row), nil)
  }
}

extension Inspector: EventVisitor {
  mutating func start(_ header: AvroHeader, of file: ArchiveFile) throws(Failure) {
    let tally = try avroTally(header["avro.schema"] ?? [], of: file)
    current = .avro(tally, before: tally.pass.events)
    tally.pass.startFile()
    tally.files += 1
    self.tally.note(header)
  }

  mutating func visit(block: borrowing RawSpan, recordCount: Int, number: Int, offset: Int) throws(RecordError) {
    guard case .avro(let tally, _) = current else { return }
    try tally.pass.run(block, recordCount: recordCount)
  }

  mutating func start(_ form: JSONForm, _ destination: Destination, of file: ArchiveFile) {
    let tally = lineTally(destination)
    current = .lines(tally, before: tally.pass.rows.map(\.events))
    let (row, unknownName) = row(of: file)
    tally.pass.startFile(row: row, unknownName: unknownName, isDocument: form != .lines)
  }

  mutating func visit(lines: borrowing RawSpan, offset: Int) -> [Withheld] {
    guard case .lines(let tally, _) = current else { return [] }
    tally.pass.run(lines)
    return tally.pass.damaged
  }

  mutating func visit(item: borrowing RawSpan, line: Int, offset: Int) -> RecordError.Code? {
    guard case .lines(let tally, _) = current else { return nil }
    return tally.pass.runItem(item, line: line)
  }

  mutating func passOverLine() -> Int {
    guard case .lines(let tally, _) = current else { return 0 }
    tally.pass.passOverLine()
    return tally.pass.lineCount
  }

  mutating func passOverItem(at offset: Int) {}
}

/// The counts of one Avro schema; a class, because a pass cannot be copied and tables of it are needed.
private final class AvroTally {
  let event: String
  let destination: Destination
  let schema: AvroSchema
  let text: [UInt8]
  var pass: AvroInspection
  var files = 0

  init(event: String, destination: Destination, schema: AvroSchema, text: [UInt8], looks: AvroLooks) {
    self.event = event
    self.destination = destination
    self.schema = schema
    self.text = text
    pass = AvroInspection(looks)
  }

  var found: InspectionTally.Avro {
    InspectionTally.Avro(
      event: event, destination: destination, schema: schema, text: text, files: files, events: pass.events,
      bytes: pass.bytes, times: pass.times, present: pass.present, found: pass.found, members: pass.members)
  }
}

/// The counts of one destination's lines.
private final class LineTally {
  let destination: Destination
  let paths: [String]
  private let events: [String]
  var pass: JSONInspection

  init(_ context: InspectContext, _ destination: Destination) {
    self.destination = destination
    paths = context.paths(destination).paths
    events = context.catalog.eventTypes
    pass = JSONInspection(context.looks(destination))
  }

  /// The event type of a row; empty for events without a name that may be told.
  func event(ofRow row: Int) -> String {
    if row < events.count { return events[row] }
    let unknown = row - events.count - 1
    return unknown < 0 ? "" : String(decoding: pass.unknownNames[unknown], as: UTF8.self)
  }

  var found: InspectionTally.Lines {
    InspectionTally.Lines(
      destination: destination, paths: paths, events: pass.rows.indices.map(event), rows: pass.rows,
      present: pass.present, types: pass.types, found: pass.found, members: pass.members)
  }
}
