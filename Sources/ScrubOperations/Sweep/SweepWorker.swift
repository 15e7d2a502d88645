internal import ScrubArchive
internal import ScrubCore
internal import ScrubPolicy

/// Which events of a file a residual sweep counts.
enum SweptEvents {
  /// All but some.
  case but(Set<EventPlace>)
  /// Some, and of a batch what stands around its events where that has its own place among them.
  case only(Set<EventPlace>)

  func leavesOut(_ place: EventPlace) -> Bool {
    switch self {
    case .but(let places): places.contains(place)
    case .only(let places): !places.contains(place)
    }
  }
}

/// One worker of a residual sweep: reads files, and counts what it finds in events that are not skipped. Never leaves
/// its task.
struct SweepWorker: ~Copyable {
  private let context: SearchContext
  private let naming: EventNaming
  private var bench: SweepBench
  private var tally = SweepTally()

  // The file at hand.
  private var number = 0
  private var archive = 0
  private var swept = SweptEvents.but([])
  private var avro: SweepBench.AvroBox?
  private var json: SweepBench.JSONBox?
  private var destination = Destination.storage
  /// The event type that the file tells, and whether it goes before what the events say.
  private var told: (name: String, isSure: Bool) = ("", false)
  /// Records, lines and items.
  private(set) var events = 0

  init(_ context: SearchContext, _ book: SweepBook) {
    self.context = context
    naming = EventNaming(catalog: context.catalog)
    bench = SweepBench(context, book)
  }

  consuming func finish() -> SweepTally { tally }

  /// Looks through a file.
  ///
  /// - Parameters:
  ///   - number: of the file in the listing.
  ///   - swept: the events that are looked at.
  mutating func sweep(_ file: SearchedFile, number: Int, _ swept: SweptEvents) -> FileOutcome {
    self.number = number
    archive = file.archive
    self.swept = swept
    events = 0
    var outcome = FileOutcome(file.file)
    let reader = context.reader
    do throws(Failure) { _ = try reader.read(file.file, &outcome, for: &self) } catch {
      outcome.status = error.code == .unsupported || error.code == .codec ? .unsupported : .unreadable
      outcome.failure = error
    }
    return outcome
  }

  /// Notes what was found in a line or item.
  private mutating func note(_ found: JSONSweepFinds, offset: Int) {
    func place(_ part: Int) -> EventPlace {
      EventPlace(offset: offset, block: -1, record: found.line, part: part)
    }
    for find in found.finds {
      var isLeftOut = swept.leavesOut(place(find.part))
      if case .but = swept, find.part < 0 && found.parts > 0 {
        isLeftOut = (0..<found.parts).allSatisfy { swept.leavesOut(place($0)) }
      }
      if isLeftOut { continue }
      tally.note(find, field(find, eventType(found, find.part)), at: place(find.part), inFile: number)
    }
  }

  private func field(_ find: SweepFind, _ eventType: String) -> SweepTally.Field {
    SweepTally.Field(
      archive: archive, eventType: eventType, destination: destination, path: find.path, stays: find.standing == .withinID)
  }

  private func eventType(_ found: JSONSweepFinds, _ part: Int) -> String {
    let own = max(found.names[part + 1], found.names[0])
    return told.isSure || own < 0 ? told.name : context.catalog.eventTypes[own]
  }
}

extension SweepWorker: EventVisitor {
  mutating func start(_ header: AvroHeader, of file: ArchiveFile) throws(Failure) {
    let box = try bench.avro(header)
    avro = box
    destination = context.options.destination ?? .storage
    told = (naming.event(ofRecord: box.record, in: file, told: context.options.eventType), true)
  }

  mutating func visit(block: borrowing RawSpan, recordCount: Int, number: Int, offset: Int)
    throws(RecordError)
  {
    guard let avro else { return }
    events += recordCount
    let swept = swept
    func place(_ record: Int) -> EventPlace {
      EventPlace(offset: offset, block: number, record: record, part: -1)
    }
    var found: [(record: Int, finds: [SweepFind])] = []
    try avro.sweep.run(block, recordCount: recordCount, skipping: { swept.leavesOut(place($0)) }) {
      found.append(($0, $1))
    }
    for (record, finds) in found {
      for find in finds { tally.note(find, field(find, told.name), at: place(record), inFile: self.number) }
    }
  }

  mutating func start(_ form: JSONForm, _ destination: Destination, of file: ArchiveFile) {
    self.destination = destination
    let box = bench.json(destination)
    box.sweep.startFile(isDocument: form != .lines)
    json = box
    let byPath = naming.event(byPathOf: file)
    if let sure = context.options.eventType ?? (byPath.flatMap { $0.isKnown ? $0.name : nil }) {
      told = (sure, true)
    } else {
      told = (naming.event(byNameOf: file) ?? byPath?.name ?? "", false)
    }
  }

  mutating func visit(lines: borrowing RawSpan, offset: Int) -> [Withheld] {
    guard let json else { return [] }
    let swept = swept
    // The places of a batch are those of its events.
    let isWholeLeftOut = if case .but = swept { true } else { false }
    var found: [JSONSweepFinds] = []
    let damaged = json.sweep.run(
      lines,
      skipping: { isWholeLeftOut && swept.leavesOut(EventPlace(offset: offset + $0, block: -1, record: $1, part: -1)) },
      { found.append($0) })
    for one in found { note(one, offset: offset + one.offset) }
    events = json.sweep.lineCount
    return damaged
  }

  mutating func visit(item: borrowing RawSpan, line: Int, offset: Int) -> RecordError.Code? {
    guard let json else { return nil }
    var found: [JSONSweepFinds] = []
    let code = json.sweep.run(item: item) { found.append($0) }
    for one in found { note(one, offset: offset) }
    events = json.sweep.lineCount
    return code
  }

  mutating func passOverLine() -> Int { json?.sweep.passOver() ?? 0 }

  mutating func passOverItem(at offset: Int) { _ = json?.sweep.passOver() }
}
