internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// Finds events of people of which a rule keeps fields, and of which nothing but those is left: an erasure before did what
/// there is to do. One who looks every night would else rewrite their files every night.
enum KeptEvents {
  /// - Returns: by file, the places of such events.
  static func find(
    _ people: PeopleFound, _ context: SearchContext, _ options: EraseOptions
  ) async throws(ScrubRefusal) -> [Int: Set<EventPlace>] {
    let rules = options.rules.keep
    if rules.isEmpty { return [:] }
    // The ids of events are new every time that they are blanked.
    let keep = rules.map {
      Policy.Erasure.Keep(events: $0.events, fields: $0.fields + [Glob("id")], basis: $0.basis, review: $0.review)
    }
    let blankKey = try ScrubRefusal.ofKey { () throws(KeyRefusal) in try MasterKey.newBytes() }
    let files = people.places.keys.filter { !options.copies.contains(people.listing.files[$0].archive) }
    let parts = await shareOut(files.sorted(), jobs: context.options.jobs, context.interrupt) {
      Blanker(context.catalog, keeping: keep, key: blankKey)
    } _: { blanker, number in
      Result { () throws(Failure) in
        try find(people.places[number] ?? [], in: people.listing.files[number], people.states[number], context, keep, blanker)
      }
    }
    var kept: [Int: Set<EventPlace>] = [:]
    for (number, part) in parts {
      do throws(Failure) { kept[number] = try part.get() } catch {
        var failure = error
        failure.path = people.listing.files[number].file.relative
        throw .file(failure)
      }
    }
    return kept
  }

  private static func find(
    _ wanted: [PeopleFound.WantedEvent], in file: SearchedFile, _ state: FileState?, _ context: SearchContext,
    _ rules: [Policy.Erasure.Keep], _ blanker: Blanker
  ) throws(Failure) -> Set<EventPlace> {
    var collector = EventCollector(context, file)
    let types = try collector.collect(wanted, of: file, in: state).map(\.eventType)
    let places = wanted.map(\.place).sorted()
    let candidates = zip(places, types).filter { _, type in
      rules.contains { $0.events.contains { $0.matches(type) } }
    }
    if candidates.isEmpty { return [] }
    var look = KeptLook(context, candidates.map { (place: $0, type: $1) }, blanker)
    var outcome = FileOutcome(file.file)
    _ = try context.reader.read(file.file, &outcome, for: &look)
    return look.kept
  }
}

/// Looks at single events of one file: whether blanking changes anything in them.
private struct KeptLook: ~Copyable {
  private let context: SearchContext
  private let events: [(place: EventPlace, type: String)]
  private let blanker: Blanker
  private var next = 0
  private var cutter: AvroCutter?
  private var batches: JSONCutter?
  private var sink = ByteSink(capacity: 1 << 12)
  private(set) var kept: Set<EventPlace> = []

  init(_ context: SearchContext, _ events: [(place: EventPlace, type: String)], _ blanker: Blanker) {
    self.context = context
    self.events = events
    self.blanker = blanker
  }

  private mutating func take(before end: Int) -> ArraySlice<(place: EventPlace, type: String)> {
    let start = next
    while next < events.count && events[next].place.offset < end { next += 1 }
    return events[start..<next]
  }

  /// Looks at an event, or at those of a batch.
  private mutating func look(_ bytes: borrowing RawSpan, _ taken: ArraySlice<(place: EventPlace, type: String)>) {
    guard let first = taken.first else { return }
    let isBatch = first.place.part >= 0
    sink.removeAll()
    // What cannot be blanked is nobody's work that was done.
    guard (try? blanker.appendJSON(bytes, event: isBatch ? nil : first.type, to: &sink)) != nil else { return }
    if !isBatch {
      if sink.bytes.array(0..<sink.count) == bytes.array(0..<bytes.byteCount) { kept.insert(first.place) }
      return
    }
    guard let before = try? batches?.parts(bytes), let after = try? batches?.parts(sink.bytes) else { return }
    // What stands around the events is blanked once all of them are.
    if taken.count == before.count && sink.bytes.array(0..<sink.count) != bytes.array(0..<bytes.byteCount) { return }
    for (place, _) in taken where before.indices.contains(place.part) && after.indices.contains(place.part) {
      if bytes.array(before[place.part]) == sink.bytes.array(after[place.part]) { kept.insert(place) }
    }
  }
}

extension KeptLook: EventVisitor {
  mutating func start(_ header: AvroHeader, of file: ArchiveFile) throws(Failure) {
    let text = header["avro.schema"] ?? []
    let schema: AvroSchema
    do throws(AvroSchema.Problem) { schema = try AvroSchema(text) } catch { throw Failure(.schema) }
    guard let fields = schema.fields, let first = events.first else { throw Failure(.schema) }
    cutter = AvroCutter(schema.program(of: fields))
    try blanker.start(schema, text, event: first.type, context.options.destination ?? .storage)
  }

  mutating func visit(block: borrowing RawSpan, recordCount: Int, number: Int, offset: Int) throws(RecordError) {
    let taken = take(before: offset + 1)
    guard !taken.isEmpty, let ranges = try cutter?.ranges(block, of: taken.map(\.place.record)) else { return }
    for (event, range) in zip(taken, ranges) {
      sink.removeAll()
      guard (try? blanker.appendAvro(block, range, to: &sink)) != nil else { continue }
      if sink.bytes.array(0..<sink.count) == block.array(range) { kept.insert(event.place) }
    }
  }

  mutating func start(_ form: JSONForm, _ destination: Destination, of file: ArchiveFile) {
    batches = JSONCutter(context.paths(destination).keys(eventNames: []), isDocument: form != .lines)
    blanker.start(destination)
  }

  mutating func visit(lines: borrowing RawSpan, offset: Int) -> [Withheld] {
    while next < events.count && events[next].place.offset < offset + lines.byteCount {
      let start = events[next].place.offset - offset
      var end = lines.firstIndex(of: 0x0a, from: start)
      let taken = take(before: offset + min(end + 1, lines.byteCount))
      let first = lines.lineBlanksEnd(from: start)
      while end > first, lines.byte(at: end - 1) <= 0x20 { end -= 1 }
      look(lines.extracting(first..<end), taken)
    }
    return []
  }

  mutating func visit(item: borrowing RawSpan, line: Int, offset: Int) -> RecordError.Code? {
    let taken = take(before: offset + 1)
    look(item, taken)
    return nil
  }

  mutating func passOverLine() -> Int { 0 }
  mutating func passOverItem(at offset: Int) {}
}
