internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// What one worker of an inspection makes once and uses for every file. Never leaves its task.
struct Inspector: ~Copyable {
  private let context: InspectContext
  private var schemas: [SchemaKey: Result<AvroTally, Failure>] = [:]
  private var lines: [Destination: LineTally] = [:]
  private(set) var tally = InspectionTally()

  /// Marks stand in the schema's text, and a path may tell the event type.
  private struct SchemaKey: Hashable {
    let text: [UInt8]
    let event: String
    let destination: Destination
  }

  init(_ context: InspectContext) { self.context = context }

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
    var input = try InputFile.open(path: file.path, digestKey: nil)
    outcome.bytesIn = input.identity.size
    outcome.status = .written(changed: false)
    let container: InspectionTally.Container
    switch try FileFormat.sniff(&input, limit: context.options.maxBlock) {
    case .avro: container = try inspectAvro(&input, &outcome)
    case .json(let form, let prefix): container = try inspectJSON(&input, form, prefix: prefix, &outcome)
    case .empty:
      outcome.status = .empty
      return
    case .unsupported: throw Failure(.unsupported)
    }
    tally.note(file, container, events: outcome.eventCounts.read)
  }

  /// What the workers found, ready to leave the task.
  consuming func finish() -> InspectionTally {
    var result = tally
    for schema in schemas.values { if case .success(let schema) = schema { result.avro.append(schema.found) } }
    for line in lines.values { result.lines.append(line.found) }
    return result
  }

  // MARK: Avro

  private mutating func inspectAvro(
    _ input: inout InputFile, _ outcome: inout FileOutcome
  ) throws(Failure) -> InspectionTally.Container {
    let header = try AvroHeader.read(&input)
    let codecName = header["avro.codec"].map { String(decoding: $0, as: UTF8.self) } ?? "null"
    guard let codec = AvroCodec(rawValue: codecName) else { throw Failure(.codec) }
    let tally = try avroTally(header["avro.schema"] ?? [], path: outcome.file.relative)
    let before = (events: tally.pass.events, bytes: tally.pass.bytes)
    tally.pass.startFile()
    tally.files += 1
    self.tally.note(header)
    try read(&input, header, codec, tally, &outcome)
    var events = EventCounts()
    events.read = tally.pass.events - before.events
    outcome.events[EventKey(event: tally.event, destination: tally.destination), default: EventCounts()] += events
    return InspectionTally.Container(format: "avro", codec: codecName, compression: input.compression)
  }

  private mutating func avroTally(_ text: [UInt8], path: String) throws(Failure) -> AvroTally {
    let destination = context.options.destination ?? .storage
    let byPath = context.naming.event(ofPath: path)
    let told = context.options.eventType ?? ""
    // A record of one name may stand under another event type, where its own name says nothing.
    let key = SchemaKey(text: text, event: told + "|" + (byPath?.name ?? ""), destination: destination)
    let result: Result<AvroTally, Failure>
    if let known = schemas[key] {
      result = known
    } else {
      result = makeTally(text, path: path, byPath, destination)
      schemas[key] = result
    }
    return try result.get()
  }

  private func makeTally(
    _ text: [UInt8], path: String, _ byPath: (name: String, isKnown: Bool)?, _ destination: Destination
  ) -> Result<AvroTally, Failure> {
    let schema: AvroSchema
    do throws(AvroSchema.Problem) { schema = try AvroSchema(text) } catch { return .failure(Failure(.schema)) }
    guard let fields = schema.fields else { return .failure(Failure(.schema)) }
    let known =
      context.options.eventType ?? context.naming.event(ofRecord: schema.name)
      ?? byPath.flatMap { $0.isKnown ? $0.name : nil } ?? context.naming.event(ofFile: path)
    let event = known ?? byPath?.name ?? Self.eventName(ofRecord: schema.name)
    let looks = context.looks(of: schema, fields: fields, in: destination)
    return .success(AvroTally(event: event, destination: destination, schema: schema, text: text, looks: looks))
  }

  /// What stands behind `inner.` in a record's name: `dataexport.S3.inner.users.messages.email.Click`.
  private static func eventName(ofRecord name: String) -> String {
    let parts = name.split(separator: ".")
    guard let inner = parts.firstIndex(of: "inner") else { return name }
    return parts[(inner + 1)...].joined(separator: ".")
  }

  private func read(
    _ input: inout InputFile, _ header: AvroHeader, _ codec: AvroCodec, _ tally: AvroTally,
    _ outcome: inout FileOutcome
  ) throws(Failure) {
    var blockCodec: BlockCodec
    do throws(NativeError) { blockCodec = try BlockCodec(codec) } catch { throw Failure(.native) }
    let blocks = AvroBlocks(sync: header.sync, limit: context.options.maxBlock)
    var offset = header.length
    var index = 0
    while true {
      if context.interrupt.isSet { throw Failure(.unreadable, place: "interrupted") }
      switch try next(blocks, &input) {
      case .end: return
      case .block(let block):
        let length = block.length + block.size + 16
        if let code = pass(block, &input, &blockCodec, tally) {
          outcome.withhold(
            WithheldPlace(block: index, offset: offset, bytes: length, events: block.recordCount, code: code))
        }
        input.consume(length)
        offset += length
      case .tooLarge(let block):
        let length = block.length + block.size + 16
        outcome.withhold(
          WithheldPlace(
            block: index, offset: offset, bytes: length, events: block.recordCount,
            code: FailureCode.blockTooLarge.rawValue))
        guard try blocks.skip(block, in: &input) else { return }
        offset += length
      case .damaged(let code):
        outcome.withhold(WithheldPlace(block: index, offset: offset, bytes: rest(&input), code: code.rawValue))
        return
      }
      index += 1
    }
  }

  /// A compressed stream that breaks off ends the blocks.
  private func next(_ blocks: AvroBlocks, _ input: inout InputFile) throws(Failure) -> AvroBlocks.Next {
    do throws(Failure) { return try blocks.next(&input) } catch {
      guard error.code.endsStream else { throw error }
      return .damaged(error.code)
    }
  }

  /// Passes over the block at the front of the window, and returns what is wrong with it.
  private func pass(
    _ block: BlockHeader, _ input: inout InputFile, _ codec: inout BlockCodec, _ tally: AvroTally
  ) -> String? {
    let stored = block.length..<(block.length + block.size)
    let limit = context.options.maxBlock
    return input.withWindow { bytes -> String? in
      let bytes = bytes.extracting(stored)
      do throws(RecordError) {
        if codec.isNull {
          try tally.pass.run(bytes, recordCount: block.recordCount)
        } else {
          if let code = codec.expand(bytes, limit: limit) { return code.rawValue }
          try tally.pass.run(codec.plain.bytes, recordCount: block.recordCount)
        }
        return nil
      } catch {
        return error.code.rawValue
      }
    }
  }

  /// The bytes that are left, passed over.
  private func rest(_ input: inout InputFile) -> Int {
    var count = 0
    while (try? input.fill(1)) == true {
      count += input.available
      input.consume(input.available)
    }
    return count
  }

  // MARK: JSON

  private mutating func inspectJSON(
    _ input: inout InputFile, _ form: JSONForm, prefix: Int, _ outcome: inout FileOutcome
  ) throws(Failure) -> InspectionTally.Container {
    input.consume(prefix)
    let destination: Destination
    if let told = context.options.destination {
      destination = told
    } else {
      destination = try DestinationShape.sniff(&input, form, limit: context.options.maxBlock)
    }
    let tally = lineTally(destination)
    let before = tally.pass.rows.map(\.events)
    let (row, unknownName) = row(ofFile: outcome.file.relative)
    tally.pass.startFile(row: row, unknownName: unknownName, isDocument: form != .lines)
    if form == .lines { try readLines(&input, from: prefix, tally, &outcome) } else {
      try readItems(isArray: form == .array, &input, from: prefix, tally, &outcome)
    }
    for (index, row) in tally.pass.rows.enumerated() {
      let events = row.events - (index < before.count ? before[index] : 0)
      guard events > 0 else { continue }
      var counts = EventCounts()
      counts.read = events
      outcome.events[EventKey(event: tally.event(ofRow: index), destination: destination), default: EventCounts()] +=
        counts
    }
    return InspectionTally.Container(
      format: form == .lines ? "ndjson" : "json", codec: "", compression: input.compression)
  }

  private mutating func lineTally(_ destination: Destination) -> LineTally {
    if let known = lines[destination] { return known }
    let tally = LineTally(context, destination)
    lines[destination] = tally
    return tally
  }

  /// The row of every event of a file, where the caller, the path or the file's name tells it; or the name of an
  /// event type that only the path knows.
  private func row(ofFile path: String) -> (row: Int?, unknownName: String?) {
    func row(_ event: String) -> Int? { context.catalog.eventTypes.firstIndex(of: event) }
    if let told = context.options.eventType { return (row(told), nil) }
    if let byPath = context.naming.event(ofPath: path) {
      return byPath.isKnown ? (row(byPath.name), nil) : (nil, byPath.name)
    }
    return (context.naming.event(ofFile: path).flatMap(row), nil)
  }

  private func readItems(
    isArray: Bool, _ input: inout InputFile, from start: Int, _ tally: LineTally, _ outcome: inout FileOutcome
  ) throws(Failure) {
    var items = JSONItems(isArray: isArray, limit: context.options.maxBlock)
    var place = DocumentPlace(offset: start)
    while true {
      if context.interrupt.isSet { throw Failure(.unreadable, place: "interrupted") }
      switch try items.nextWhole(&input) {
      case .end: return
      case .item(let lead, let count):
        place.pass(over: lead, &input)
        let code = input.withWindow { tally.pass.runItem($0.extracting(0..<count), line: place.line) }
        if code == .syntax { return withholdRest(RecordError.Code.syntax.rawValue, events: 1, place, &input, &outcome) }
        if let code {
          outcome.withhold(
            WithheldPlace(line: place.line, offset: place.offset, bytes: count, events: 1, code: code.rawValue))
        }
        place.pass(over: count, &input)
      case .tooLong(let lead):
        place.pass(over: lead, &input)
        let item = place
        try items.passOver(&input) { place.note($0) }
        outcome.withhold(
          WithheldPlace(
            line: item.line, offset: item.offset, bytes: place.offset - item.offset, events: 1,
            code: FailureCode.lineTooLong.rawValue))
      case .damaged(let code): return withholdRest(code.rawValue, events: 0, place, &input, &outcome)
      }
    }
  }

  private func withholdRest(
    _ code: String, events: Int, _ place: DocumentPlace, _ input: inout InputFile, _ outcome: inout FileOutcome
  ) {
    outcome.withhold(
      WithheldPlace(line: place.line, offset: place.offset, bytes: rest(&input), events: events, code: code))
  }

  private func readLines(
    _ input: inout InputFile, from start: Int, _ tally: LineTally, _ outcome: inout FileOutcome
  ) throws(Failure) {
    let chunks = LineChunks(limit: context.options.maxBlock)
    var offset = start
    while true {
      if context.interrupt.isSet { throw Failure(.unreadable, place: "interrupted") }
      switch try next(chunks, &input, offset, &outcome) {
      case .end: return
      case .lines(let count):
        input.withWindow { tally.pass.run($0.extracting(0..<count)) }
        for place in tally.pass.damaged {
          outcome.withhold(
            WithheldPlace(
              line: place.line, offset: offset + place.range.lowerBound, bytes: place.range.count, events: 1,
              code: place.code.rawValue))
        }
        input.consume(count)
        offset += count
      case .tooLong(let count):
        tally.pass.passOverLine()
        outcome.withhold(
          WithheldPlace(
            line: tally.pass.lineCount, offset: offset, bytes: count, events: 1,
            code: FailureCode.lineTooLong.rawValue))
        offset += count
      }
    }
  }

  /// A compressed stream that breaks off ends the lines.
  private func next(
    _ chunks: LineChunks, _ input: inout InputFile, _ offset: Int, _ outcome: inout FileOutcome
  ) throws(Failure) -> LineChunks.Next {
    do throws(Failure) { return try chunks.next(&input) } catch {
      guard error.code.endsStream else { throw error }
      outcome.withhold(WithheldPlace(offset: offset, bytes: input.available, code: error.code.rawValue))
      input.consume(input.available)
      return .end
    }
  }
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
