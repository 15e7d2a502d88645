internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// An event of one or several people, as it stands in the archive.
struct CollectedEvent: Sendable {
  let source: EventSource
  /// Which archive, by its number.
  let archive: Int
  let eventType: String
  let time: Int?
  let event: JSONValue
  let owners: [(person: Int, kinds: [IdentityKind])]
}

extension CollectedEvent {
  /// An event of which is told only that it is there, and when it was.
  init(counted wanted: PeopleFound.WantedEvent, of file: SearchedFile) {
    self.init(
      source: EventSource(wanted.place, of: file, .storage), archive: file.archive, eventType: "", time: wanted.seconds,
      event: .null, owners: wanted.owners)
  }
}

extension EventSource {
  init(_ place: EventPlace, of file: SearchedFile, _ destination: Destination) {
    self.init(
      file: file.file.relative, block: place.block < 0 ? nil : place.block, record: place.record,
      part: place.part < 0 ? nil : place.part, destination: destination)
  }
}

/// Reads the events of people from the files in which they were found. Never leaves its task.
struct EventCollector: ~Copyable {
  private let context: SearchContext
  private let naming: EventNaming
  /// By destination, as they are needed: the event types by the names that events carry.
  private var names: [Destination: [String: String]] = [:]
  private var file: SearchedFile
  private var wanted: [PeopleFound.WantedEvent] = []
  private var next = 0
  private var decoder: AvroDecoder?
  private var cutter: AvroCutter?
  private var eventType = ""
  /// What the path of the file says of its events.
  private var byPath: (name: String, isKnown: Bool)?
  private var destination = Destination.storage
  private var events: [CollectedEvent] = []
  private let readsValues: Bool
  /// Of the file that was read last.
  private(set) var digest: String?

  /// - Parameters:
  ///   - file: the first that is read.
  ///   - readsValues: whether more is asked for than types, which most files tell without their events.
  init(_ context: SearchContext, _ file: SearchedFile, readsValues: Bool = true) {
    self.context = context
    self.readsValues = readsValues
    self.file = file
    naming = EventNaming(catalog: context.catalog)
  }

  /// The events at some places of a file, in their order.
  ///
  /// - Parameters:
  ///   - state: how the file stood when they were found: in another one somebody else's may stand there.
  ///   - digestKey: for the keyed digest of the whole file, in `digest`; nothing leaves it out.
  /// - Throws: `Failure` when they are not there any more.
  mutating func collect(
    _ wanted: [PeopleFound.WantedEvent], of file: SearchedFile, in state: FileState?, digestKey: FileDigestKey? = nil
  ) throws(Failure) -> [CollectedEvent] {
    self.file = file
    self.wanted = wanted.sorted { $0.place < $1.place }
    next = 0
    events = []
    var outcome = FileOutcome(file.file)
    let reader = context.reader
    do throws(Failure) { _ = try reader.read(file.file, &outcome, digestKey: digestKey, for: &self) } catch {
      // Behind the last of them the file may break off, as it did when they were found.
      if next < wanted.count { throw error }
    }
    guard next == wanted.count, state == outcome.state else { throw Failure(.changed) }
    digest = outcome.sourceDigest
    return events
  }

  private mutating func add(_ event: JSONValue, _ wanted: PeopleFound.WantedEvent, eventType: String) {
    events.append(
      CollectedEvent(
        source: EventSource(wanted.place, of: file, destination), archive: file.archive, eventType: eventType,
        time: wanted.seconds, event: event, owners: wanted.owners))
  }

  /// The events that are wanted of a block, line or item.
  private mutating func take(before end: Int) -> [PeopleFound.WantedEvent] {
    let start = next
    while next < wanted.count && wanted[next].place.offset < end { next += 1 }
    return Array(wanted[start..<next])
  }

  /// Adds the events of one line or item.
  private mutating func add(_ bytes: borrowing RawSpan, _ range: Range<Int>, _ wanted: [PeopleFound.WantedEvent]) {
    if !readsValues, let told = context.options.eventType ?? (byPath.flatMap { $0.isKnown ? $0.name : nil }) {
      for one in wanted { add(.null, one, eventType: told) }
      return
    }
    guard let whole = JSONValue(event: bytes.array(range)) else {
      next -= wanted.count
      return
    }
    guard let first = wanted.first, first.place.part >= 0 else {
      for one in wanted { add(whole, one, eventType: eventType(told: names(in: whole))) }
      return
    }
    let batch = Batch(whole)
    let around = batch.around
    let isRepeated = around.compact.utf8.count <= Self.repeatLimit / wanted.count
    let namesAround = isRepeated ? [] : names(in: around)
    var people: Set<Int> = []
    for one in wanted {
      let isFirst = one.owners.contains { people.insert($0.person).inserted }
      let event = isRepeated || isFirst ? batch.event(one.place.part) : batch.eventAlone(one.place.part)
      add(event, one, eventType: eventType(told: names(in: event) + namesAround))
    }
  }

  /// What stands around the events of one batch is given with each of them while it takes no more bytes than this, else with
  /// the first of each person: for so many it would take the product of both.
  private static let repeatLimit = 16 << 20

  /// What an event, or what stands around it, tells as the name of its type.
  private func names(in event: JSONValue) -> [String] {
    context.meanings(of: destination).eventNamePaths.compactMap { event.text(at: $0) }
  }

  /// The event type that the event tells itself, or that is told around it.
  private mutating func eventType(told own: [String]) -> String {
    if let told = context.options.eventType { return told }
    if let byPath, byPath.isKnown { return byPath.name }
    if names[destination] == nil {
      let all = context.catalog.eventNames(in: destination)
      names[destination] = Dictionary(all.map { ($0.name, $0.event) }) { first, _ in first }
    }
    if let known = own.compactMap({ names[destination]?[$0] }).first { return known }
    return naming.event(byNameOf: file.file) ?? byPath?.name ?? own.first ?? ""
  }
}

extension EventCollector: EventVisitor {
  mutating func start(_ header: AvroHeader, of file: ArchiveFile) throws(Failure) {
    let records = try context.records(of: header)
    destination = context.options.destination ?? .storage
    decoder = AvroDecoder(schema: records.schema)
    cutter = AvroCutter(records.plan.program)
    eventType = naming.event(ofRecord: records.schema.name, in: file, told: context.options.eventType)
  }

  mutating func visit(block: borrowing RawSpan, recordCount: Int, number: Int, offset: Int) throws(RecordError) {
    guard let decoder, let cutter else { return }
    let taken = take(before: offset + 1)
    let ranges = try cutter.ranges(block, of: taken.map(\.place.record))
    for (one, range) in zip(taken, ranges) {
      let event = readsValues ? try decoder.record(block, from: range.lowerBound) : .null
      add(event, one, eventType: eventType)
    }
  }

  mutating func start(_ form: JSONForm, _ destination: Destination, of file: ArchiveFile) {
    self.destination = destination
    byPath = naming.event(byPathOf: file)
  }

  mutating func visit(lines: borrowing RawSpan, offset: Int) -> [Withheld] {
    while next < wanted.count && wanted[next].place.offset < offset + lines.byteCount {
      let start = wanted[next].place.offset - offset
      let end = lines.firstIndex(of: 0x0a, from: start)
      add(lines, start..<end, take(before: offset + end))
    }
    return []
  }

  mutating func visit(item: borrowing RawSpan, line: Int, offset: Int) -> RecordError.Code? {
    let taken = take(before: offset + 1)
    if !taken.isEmpty { add(item, 0..<item.byteCount, taken) }
    return nil
  }

  mutating func passOverLine() -> Int { 0 }
  mutating func passOverItem(at offset: Int) {}
}

/// A batch, of which single events are taken.
private struct Batch {
  private let members: [(key: String, value: JSONValue)]
  /// Of all lists of events: the name may stand twice, and beside a list for what is none, of which nobody knows whose it is.
  private let events: [JSONValue]

  init(_ whole: JSONValue) {
    members = if case .object(let members) = whole { members } else { [] }
    events = members.filter { $0.key == Self.key }.flatMap { $0.value.items ?? [] }
  }

  private static let key = "events"

  /// What stands around the events.
  var around: JSONValue { .object(members.filter { $0.key != Self.key }) }

  /// The batch with one of its events only.
  func event(_ part: Int) -> JSONValue {
    var kept: [(key: String, value: JSONValue)] = []
    var isThere = false
    for member in members {
      if member.key != Self.key {
        kept.append(member)
      } else if !isThere {
        kept.append((Self.key, item(part)))
        isThere = true
      }
    }
    return .object(kept)
  }

  /// One event without what stands around it.
  func eventAlone(_ part: Int) -> JSONValue { .object([(Self.key, item(part))]) }

  private func item(_ part: Int) -> JSONValue { .array(events.indices.contains(part) ? [events[part]] : []) }
}
