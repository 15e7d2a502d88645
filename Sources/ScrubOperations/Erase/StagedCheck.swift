internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// Looks again, in a file that was staged, for the events that had to go.
protocol StagedFinder: EventVisitor, ~Copyable {
  /// All events of the file that was visited, and those of them that had to go or to change.
  mutating func finishStaged(_ closure: EraseClosure) -> (events: Int, matches: Int)
}

extension PersonFinder: StagedFinder {
  mutating func finishStaged(_ closure: EraseClosure) -> (events: Int, matches: Int) {
    let findings = finishFile()
    let (carriers, destination) = (carriers, destination)
    let matches = findings.sightings.count {
      closure.covers(carriers[$0.carrier], time: $0.time, in: destination)
    }
    return (findings.events, matches)
  }
}

/// Reads a staged file back, from the disk and with a decoder of its own, and compares it with what it has to be: the
/// three equalities without which no file is put in place.
struct StagedCheck<Finder: StagedFinder & ~Copyable>: ~Copyable {
  private var finder: Finder
  private let pieces: [ErasedExpectation.Piece]
  private var next = 0
  private let untouched, replaced: KeyedFileDigest
  private var isDigested = true

  private init(
    _ finder: consuming Finder, _ pieces: [ErasedExpectation.Piece], digestKey: FileDigestKey
  ) throws(Failure) {
    (untouched, replaced) = try ErasedExpectation.digests(digestKey)
    self.finder = finder
    self.pieces = pieces
  }

  /// - Parameters:
  ///   - finder: at its start.
  ///   - staged: the new file.
  ///   - told: how the events of the old file stood, where they were JSON, and whose shape they had.
  ///   - stored: the keyed digest of its bytes as they were written.
  ///   - before: the events before, and damaged places.
  ///   - staying: events that had to go and stay as they are, and those of which fields stay.
  /// - Returns: the events that are left.
  /// - Throws: `Failure`, `erase.not-verified`, where it is not what it has to be.
  static func run(
    _ finder: consuming Finder, _ staged: ArchiveFile, _ expectation: ErasedExpectation, _ closure: EraseClosure, _ context: SearchContext,
    told: (form: JSONForm, destination: Destination)?, digestKey: FileDigestKey, check stored: String?, before: (events: Int, damaged: Int),
    staying: (held: Int, kept: Int)
  ) throws(Failure) -> Int {
    var check = try StagedCheck(finder, expectation.pieces, digestKey: digestKey)
    var outcome = FileOutcome(staged)
    // The first events, which tell how all of them stand and whose shape they have, may be among those that went.
    let reader = EventReader(
      limit: context.options.maxBlock, destination: told?.destination ?? context.options.destination, form: told?.form,
      interrupt: context.interrupt)
    let form = try reader.read(staged, &outcome, digestKey: digestKey, for: &check)
    let (events, matches) = check.finder.finishStaged(closure)
    func require(_ holds: Bool, _ what: String) throws(Failure) {
      if !holds { throw Failure(.verification, place: what) }
    }
    try require(stored != nil && outcome.sourceDigest == stored, "bytes on the disk")
    try require(events == before.events - expectation.deleted, "events after")
    try require(outcome.withheldCount == before.damaged, "damaged places")
    try require((staying.held...(staying.held + staying.kept)).contains(matches), "matches after")
    try require(form?.compression != nil || outcome.bytesIn == expectation.size, "size")
    try require(check.isDigested && check.next == check.pieces.count, "places of what was replaced")
    let untouched: String
    let replaced: String
    do throws(NativeError) {
      untouched = try check.untouched.finish().hex
      replaced = try check.replaced.finish().hex
    } catch {
      throw Failure(.native)
    }
    try require(untouched == expectation.untouched, "events that stay")
    try require(replaced == expectation.replaced, "what was replaced")
    return events
  }

  /// Digests a block, chunk of lines, or item: what is ours apart from the rest.
  private mutating func digest(_ bytes: borrowing RawSpan, offsets: Range<Int>) {
    var copied = 0
    while next < pieces.count && offsets.contains(pieces[next].offset) {
      // Of lines, many lie in one chunk; of blocks and items the offset is their own.
      let start = pieces[next].offset - offsets.lowerBound + pieces[next].range.lowerBound
      let end = start + pieces[next].range.count
      next += 1
      guard start >= copied, end <= bytes.byteCount else {
        isDigested = false
        return
      }
      note(bytes, copied..<start, in: untouched)
      note(bytes, start..<end, in: replaced)
      copied = end
    }
    note(bytes, copied..<bytes.byteCount, in: untouched)
  }

  private mutating func note(_ bytes: borrowing RawSpan, _ range: Range<Int>, in digest: KeyedFileDigest) {
    if range.isEmpty { return }
    unsafe bytes.extracting(range).withUnsafeBytes { bytes in
      do throws(NativeError) { try unsafe digest.update(bytes) } catch { isDigested = false }
    }
  }
}

extension StagedCheck: EventVisitor where Finder: ~Copyable {
  mutating func start(_ header: AvroHeader, of file: ArchiveFile) throws(Failure) { try finder.start(header, of: file) }

  mutating func visit(block: borrowing RawSpan, recordCount: Int, number: Int, offset: Int) throws(RecordError) {
    digest(block, offsets: offset..<(offset + 1))
    try finder.visit(block: block, recordCount: recordCount, number: number, offset: offset)
  }

  mutating func start(_ form: JSONForm, _ destination: Destination, of file: ArchiveFile) {
    finder.start(form, destination, of: file)
  }

  mutating func visit(lines: borrowing RawSpan, offset: Int) -> [Withheld] {
    digest(lines, offsets: offset..<(offset + lines.byteCount))
    return finder.visit(lines: lines, offset: offset)
  }

  mutating func visit(item: borrowing RawSpan, line: Int, offset: Int) -> RecordError.Code? {
    digest(item, offsets: offset..<(offset + 1))
    return finder.visit(item: item, line: line, offset: offset)
  }

  mutating func passOverLine() -> Int { finder.passOverLine() }
  mutating func passOverItem(at offset: Int) { finder.passOverItem(at: offset) }
}
