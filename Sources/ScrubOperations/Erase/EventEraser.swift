internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// What a file is expected to be once it is rewritten, to be compared with what is read back.
struct ErasedExpectation {
  /// A piece of ours in the new file: behind `offset` the block, line or item begins, in which `range` is ours.
  struct Piece {
    let offset: Int
    let range: Range<Int>
  }

  var pieces: [Piece] = []
  /// Of all events that stay as they are, one behind the other.
  var untouched = ""
  /// Of what was put in place of others.
  var replaced = ""
  /// Of the whole new file, expanded: bytes.
  var size = 0
  /// Events that are gone.
  var deleted = 0

  /// One for what is untouched, one for what is replaced.
  static func digests(_ key: FileDigestKey) throws(Failure) -> (KeyedFileDigest, KeyedFileDigest) {
    do throws(NativeError) { return (try KeyedFileDigest(key), try KeyedFileDigest(key)) } catch { throw Failure(.native) }
  }
}

/// Takes events out of one file, or blanks them, while all other bytes are copied as they are: what is read here decides
/// which pieces the splicer leaves out or replaces, and nothing else.
struct EventEraser: ~Copyable {
  private let context: SearchContext
  private let places: [ErasePlan.Place]
  private let blanker: Blanker?
  private var redactor: SweepRedactor?
  private var recordRedactor: SweepBench.AvroBox?
  private var eventRedactor: SweepBench.JSONBox?
  private let splicer: Splicer
  private var next = 0
  private var expectation = ErasedExpectation()
  private let untouched, replaced: KeyedFileDigest
  /// What failed in a place where only damage can be told.
  private var failure: Failure?
  private var sink = ByteSink(capacity: 1 << 16)
  private var head = ByteSink(capacity: 64)

  // Of an Avro file.
  private var codec: BlockCodec?
  private var cutter: AvroCutter?
  private var sync: [UInt8] = []

  // Of JSON.
  private var batches: JSONCutter?
  /// How its events stand, and whose shape they have.
  private(set) var told: (form: JSONForm, destination: Destination)?
  /// Of a document: where items go that follow each other, and where the last of them ends.
  private var removal: Range<Int>?
  /// Behind the last item that stayed.
  private var keptEnd = -1

  /// - Parameters:
  ///   - file: to be rewritten.
  ///   - places: its events, in the order of the file.
  ///   - splicer: over the same file.
  ///   - blanker: there where anything is blanked.
  ///   - residue: there where anything is redacted.
  init(
    _ context: SearchContext, _ places: [ErasePlan.Place], _ splicer: Splicer, _ blanker: Blanker?,
    redacting residue: SweepValues?, digestKey: FileDigestKey
  ) throws(Failure) {
    (untouched, replaced) = try ErasedExpectation.digests(digestKey)
    self.context = context
    self.places = places.filter(\.action.changes)
    self.blanker = blanker
    redactor = if let residue { SweepRedactor(context, residue) } else { nil }
    self.splicer = splicer
  }

  /// Copies what is left.
  ///
  /// - Returns: what the new file has to be.
  mutating func finish() throws(Failure) -> ErasedExpectation {
    if let failure { throw failure }
    guard next == places.count else { throw Failure(.changed) }
    try closeRemoval()
    try splicer.copyRest()
    expectation.size = splicer.written
    do throws(NativeError) {
      expectation.untouched = try untouched.finish().hex
      expectation.replaced = try replaced.finish().hex
    } catch {
      throw Failure(.native)
    }
    return expectation
  }

  // MARK: shared by all forms

  private mutating func take(before end: Int) -> ArraySlice<ErasePlan.Place> {
    let start = next
    while next < places.count && places[next].offset < end { next += 1 }
    return places[start..<next]
  }

  private func note(_ bytes: borrowing RawSpan, _ range: Range<Int>, in digest: KeyedFileDigest) throws(Failure) {
    if range.isEmpty { return }
    let failed = unsafe bytes.extracting(range).withUnsafeBytes { (bytes) -> Bool in
      (try? unsafe digest.update(bytes)) == nil
    }
    if failed { throw Failure(.native) }
  }

  /// The one that blanks, which a plan that asks for it has.
  private func blanks() throws(Failure) -> Blanker {
    guard let blanker else { throw Failure(.native) }
    return blanker
  }
}

// MARK: - Avro

extension EventEraser: EventVisitor {
  mutating func start(_ header: AvroHeader, of file: ArchiveFile) throws(Failure) {
    let records = try context.records(of: header)
    guard let codec = AvroCodec(rawValue: header["avro.codec"].map { String(decoding: $0, as: UTF8.self) } ?? "null")
    else { throw Failure(.codec) }
    do throws(NativeError) { self.codec = try BlockCodec(codec) } catch { throw Failure(.native) }
    cutter = AvroCutter(records.plan.program)
    sync = header.sync
    recordRedactor = try redactor?.records(of: header)
    guard let first = places.first(where: { $0.action != .redact }), let blanker else { return }
    try blanker.start(
      records.schema, header["avro.schema"] ?? [], event: first.type, context.options.destination ?? .storage)
  }

  mutating func visit(block: borrowing RawSpan, recordCount: Int, number: Int, offset: Int) throws(RecordError) {
    if failure != nil { return }
    do throws(Failure) { try rewrite(block, recordCount, offset) } catch { failure = error }
  }

  private mutating func rewrite(_ block: borrowing RawSpan, _ recordCount: Int, _ offset: Int) throws(Failure) {
    let taken = take(before: offset + 1)
    if taken.isEmpty { return try note(block, 0..<block.byteCount, in: untouched) }
    let ranges: [Range<Int>]
    do throws(RecordError) { ranges = try cutter?.ranges(block, of: taken.map(\.record)) ?? [] } catch {
      throw Failure(.changed)
    }
    guard ranges.count == taken.count else { throw Failure(.changed) }
    try splicer.copy(to: offset)
    let newOffset = splicer.written
    var copied = 0
    var rest = recordCount
    sink.removeAll()
    for (place, range) in zip(taken, ranges) {
      try note(block, copied..<range.lowerBound, in: untouched)
      sink.append(block, copied..<range.lowerBound)
      copied = range.upperBound
      if place.action == .delete {
        rest -= 1
        continue
      }
      let start = sink.count
      switch place.action {
      case .redact: try redact(block, range)
      case .blank: try blank(block, range)
      default: try blanks().appendAvro(block, range, to: &sink)
      }
      try note(sink.bytes, start..<sink.count, in: replaced)
      expectation.pieces.append(ErasedExpectation.Piece(offset: newOffset, range: start..<sink.count))
    }
    try note(block, copied..<block.byteCount, in: untouched)
    sink.append(block, copied..<block.byteCount)
    expectation.deleted += recordCount - rest
    let header = try splicer.blockHeader()
    guard header.recordCount == recordCount else { throw Failure(.changed) }
    // A block without records has nothing to hold.
    if rest > 0 { try writeBlock(rest) }
    try splicer.skip(to: offset + header.length + header.size + 16)
  }

  /// Blanks a record, and what else it tells of the people.
  private mutating func blank(_ block: borrowing RawSpan, _ range: Range<Int>) throws(Failure) {
    var blanked = ByteSink(capacity: range.count + 64)
    try blanks().appendAvro(block, range, to: &blanked)
    if recordRedactor == nil { return sink.append(blanked.bytes, 0..<blanked.count) }
    try redact(blanked.bytes, 0..<blanked.count)
  }

  private mutating func redact(_ block: borrowing RawSpan, _ range: Range<Int>) throws(Failure) {
    do throws(RecordError) { _ = try recordRedactor?.sweep.redact(block, range, to: &sink) } catch { throw Failure(.changed) }
  }

  private mutating func writeBlock(_ recordCount: Int) throws(Failure) {
    guard var codec = codec.take() else { throw Failure(.native) }
    if !codec.isNull {
      do throws(NativeError) { try codec.shrink(sink.bytes) } catch { throw Failure(.native) }
    }
    head.removeAll()
    head.appendVarint(recordCount)
    head.appendVarint(codec.isNull ? sink.count : codec.stored.count)
    try splicer.write(head.bytes)
    if codec.isNull { try splicer.write(sink.bytes) } else { try splicer.write(codec.stored.bytes) }
    head.removeAll()
    head.append(sync)
    try splicer.write(head.bytes)
    self.codec = consume codec
  }
}

// MARK: - JSON

extension EventEraser {
  mutating func start(_ form: JSONForm, _ destination: Destination, of file: ArchiveFile) {
    told = (form, destination)
    batches = JSONCutter(context.plan(destination).table, isDocument: form != .lines)
    blanker?.start(destination)
    eventRedactor = redactor?.events(of: destination, isDocument: form != .lines)
  }

  mutating func visit(lines: borrowing RawSpan, offset: Int) -> [Withheld] {
    if failure != nil { return [] }
    do throws(Failure) { try rewrite(lines: lines, offset) } catch { failure = error }
    return []
  }

  private mutating func rewrite(lines: borrowing RawSpan, _ offset: Int) throws(Failure) {
    var copied = 0
    while next < places.count && places[next].offset < offset + lines.byteCount {
      let start = places[next].offset - offset
      let feed = lines.firstIndex(of: 0x0a, from: start)
      let taken = take(before: offset + min(feed + 1, lines.byteCount))
      try note(lines, copied..<start, in: untouched)
      try splicer.copy(to: offset + start)
      // Blanks around the event are part of the line, and stay with it.
      let first = lines.lineBlanksEnd(from: start)
      var last = feed
      while last > first, lines.byte(at: last - 1) <= 0x20 { last -= 1 }
      let newOffset = splicer.written
      if try change(lines.extracting(first..<last), taken) {
        head.removeAll()
        head.append(lines, start..<first)
        let length = head.count + sink.count
        try note(head.bytes, 0..<head.count, in: replaced)
        try note(sink.bytes, 0..<sink.count, in: replaced)
        try splicer.write(head.bytes)
        try splicer.write(sink.bytes)
        expectation.pieces.append(ErasedExpectation.Piece(offset: newOffset, range: 0..<length))
        copied = last
      } else {
        copied = min(feed + 1, lines.byteCount)
      }
      try splicer.skip(to: offset + copied)
    }
    try note(lines, copied..<lines.byteCount, in: untouched)
  }

  mutating func visit(item: borrowing RawSpan, line: Int, offset: Int) -> RecordError.Code? {
    if failure != nil { return nil }
    do throws(Failure) { try rewrite(item: item, offset) } catch { failure = error }
    return nil
  }

  private mutating func rewrite(item: borrowing RawSpan, _ offset: Int) throws(Failure) {
    let taken = take(before: offset + 1)
    let end = offset + item.byteCount
    if taken.isEmpty {
      try endRemoval(before: offset)
      keptEnd = end
      return try note(item, 0..<item.byteCount, in: untouched)
    }
    guard try change(item, taken) else {
      removal = (removal?.lowerBound ?? offset)..<end
      return
    }
    try endRemoval(before: offset)
    keptEnd = end
    try splicer.copy(to: offset)
    expectation.pieces.append(ErasedExpectation.Piece(offset: splicer.written, range: 0..<sink.count))
    try note(sink.bytes, 0..<sink.count, in: replaced)
    try splicer.write(sink.bytes)
    try splicer.skip(to: end)
  }

  /// An item follows those that go: it takes the place of the first of them.
  private mutating func endRemoval(before offset: Int) throws(Failure) {
    guard let removal else { return }
    self.removal = nil
    try splicer.copy(to: removal.lowerBound)
    try splicer.skip(to: offset)
  }

  /// No item follows those that go: the comma in front of them goes too.
  private mutating func closeRemoval() throws(Failure) {
    guard let removal else { return }
    self.removal = nil
    if keptEnd >= 0 {
      try splicer.copy(to: keptEnd)
      if let comma = try splicer.distance(to: UInt8(ascii: ","), before: removal.lowerBound) {
        try splicer.copy(to: keptEnd + comma)
      }
    } else if told?.form == .array {
      try splicer.copy(to: removal.lowerBound)
    }
    try splicer.skip(to: removal.upperBound)
  }

  mutating func passOverLine() -> Int { 0 }

  mutating func passOverItem(at offset: Int) {
    if failure != nil { return }
    do throws(Failure) { try endRemoval(before: offset) } catch { failure = error }
    keptEnd = offset
  }

  /// Makes in `sink` what becomes of an event or a batch: what goes goes first, then values in what stays.
  ///
  /// - Returns: false where nothing of it stays.
  private mutating func change(
    _ bytes: borrowing RawSpan, _ taken: ArraySlice<ErasePlan.Place>
  ) throws(Failure) -> Bool {
    let going = taken.filter { $0.action != .redact }
    if going.count == taken.count { return try remove(going[...], bytes) }
    sink.removeAll()
    if going.isEmpty { sink.append(bytes, 0..<bytes.byteCount) } else if try !remove(going[...], bytes) { return false }
    try redactSink()
    return true
  }

  /// Redacts what the event or batch in `sink` tells of the people.
  private mutating func redactSink() throws(Failure) {
    guard let eventRedactor else { return }
    var before = ByteSink(capacity: 64)
    swap(&before, &sink)
    do throws(RecordError) {
      _ = try eventRedactor.sweep.redact(before.bytes, 0..<before.count, to: &sink)
    } catch {
      throw Failure(.changed)
    }
  }

  /// The same for events that go or are blanked.
  private mutating func remove(
    _ taken: ArraySlice<ErasePlan.Place>, _ bytes: borrowing RawSpan
  ) throws(Failure) -> Bool {
    sink.removeAll()
    guard let first = taken.first else { return true }
    guard first.part != nil else {
      guard taken.count == 1 else { throw Failure(.changed) }
      if first.action == .delete {
        expectation.deleted += 1
        return false
      }
      try blanks().appendJSON(bytes, event: first.type, to: &sink)
      if first.action == .blank { try redactSink() }
      return true
    }
    let parts = try parts(of: bytes)
    var actions = [ErasePlan.Place?](repeating: nil, count: parts.count)
    for place in taken {
      guard let part = place.part, parts.indices.contains(part) else { throw Failure(.changed) }
      actions[part] = place
    }
    let left = parts.indices.filter { actions[$0]?.action != .delete }
    expectation.deleted += parts.count - left.count
    if left.isEmpty { return false }
    sink.appendBatch(bytes, parts) { number, sink in
      if actions[number]?.action == .delete { return false }
      sink.append(bytes, parts[number])
      return true
    }
    if left.contains(where: { actions[$0] != nil }) {
      try blank(left.map { actions[$0] != nil }, redacts: left.allSatisfy { actions[$0]?.action != .keep })
    }
    return try isWhole(bytes, parts, actions)
  }

  /// Blanks the batch in `sink`, or some of its events.
  ///
  /// - Parameters:
  ///   - wanted: by event; what stands around them goes with the last of them.
  ///   - redacts: whether what else they tell of the people goes, which it does where no rule keeps any of it.
  private mutating func blank(_ wanted: [Bool], redacts: Bool) throws(Failure) {
    var batch = ByteSink(capacity: 64)
    swap(&batch, &sink)
    try blanks().appendJSON(batch.bytes, event: nil, to: &sink)
    if redacts { try redactSink() }
    var blanked = ByteSink(capacity: 64)
    swap(&blanked, &sink)
    if wanted.allSatisfy({ $0 }) { return swap(&blanked, &sink) }
    let (before, after) = (try parts(of: batch.bytes), try parts(of: blanked.bytes))
    guard before.count == wanted.count && after.count == wanted.count else { throw Failure(.native) }
    sink.appendBatch(batch.bytes, before) { number, sink in
      if wanted[number] { sink.append(blanked.bytes, after[number]) } else { sink.append(batch.bytes, before[number]) }
      return true
    }
  }

  /// Reads the new batch back: the events that stay are the same, byte for byte.
  private func isWhole(
    _ batch: borrowing RawSpan, _ parts: [Range<Int>], _ actions: [ErasePlan.Place?]
  ) throws(Failure) -> Bool {
    let left = parts.indices.filter { actions[$0]?.action != .delete }
    let now = try self.parts(of: sink.bytes)
    guard now.count == left.count else { throw Failure(.verification) }
    for (number, range) in zip(left, now) where actions[number] == nil {
      guard batch.array(parts[number]) == sink.bytes.array(range) else { throw Failure(.verification) }
    }
    return true
  }

  private func parts(of bytes: borrowing RawSpan) throws(Failure) -> [Range<Int>] {
    guard let parts = try? batches?.parts(bytes), !parts.isEmpty else { throw Failure(.changed) }
    return parts
  }
}
