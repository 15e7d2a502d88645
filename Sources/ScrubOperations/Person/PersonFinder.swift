internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// One worker of a pass: reads files, and notes the events that carry what is looked for. Never leaves its task.
struct PersonFinder: ~Copyable {
  private let context: SearchContext
  private var finder: FileFinder
  private var avroPlans: [SchemaKey: Result<Int, Failure>] = [:]
  private var jsonPlans: [Destination: Int] = [:]
  private var plan = 0
  private var mark: ScrubMark?
  /// The shape of the events of the file that is visited.
  private(set) var destination = Destination.storage

  init(_ context: SearchContext, _ watch: WatchList) {
    self.context = context
    finder = FileFinder(watch)
  }

  /// Has sealed tokens found by what they hold, too.
  mutating func openTokens(with keys: [MasterKey]) throws(NativeError) { try finder.openTokens(with: keys) }

  /// Has every identity told to somebody.
  mutating func collect(for collector: IdentityCollector) { finder.collect(for: collector) }

  /// Looks through a file.
  ///
  /// - Parameter filter: to be filled with its identities.
  mutating func search(_ file: ArchiveFile, filter: IdentityFilter?) -> FileSearch {
    var outcome = FileOutcome(file)
    startFile(filter: filter)
    do throws(Failure) {
      let reader = context.reader
      _ = try reader.read(file, &outcome, for: &self)
    } catch {
      outcome.failure = error
      outcome.status = error.code == .unsupported || error.code == .codec ? .unsupported : .unreadable
    }
    return FileSearch(outcome: outcome, findings: finishFile(), mark: mark, destination: destination)
  }

  /// Another file will be visited.
  mutating func startFile(filter: IdentityFilter?) {
    finder.startFile(filter: filter)
    mark = nil
  }

  /// What was found in the file that was visited.
  mutating func finishFile() -> FileFindings { finder.finishFile() }

  /// What all events carry that were noted so far.
  var carriers: [Carrier] { finder.carriers }

  consuming func finish() -> SightingBook { finder.finish() }
}

/// What a search knows of one file.
struct FileSearch: Sendable {
  var outcome: FileOutcome
  var findings: FileFindings
  /// How it was scrubbed, if its metadata tells that it was.
  var mark: ScrubMark?
  /// The shape of its events.
  var destination: Destination
}

/// What a scrub left in the metadata of a file, or in the manifest of its tree.
struct ScrubMark: Hashable, Codable, Sendable {
  /// Empty where it is not told.
  let policy: String
  /// `id:check value` of each key.
  let keys: [String]
  /// What became of identities, where a manifest tells it.
  var identities: [String]?

  /// The id of a key.
  static func id(_ key: String) -> String { String(key.prefix { $0 != ":" }) }
}

extension PersonFinder: EventVisitor {
  mutating func start(_ header: AvroHeader, of file: ArchiveFile) throws(Failure) {
    destination = context.options.destination ?? .storage
    let key = SchemaKey(header["avro.schema"] ?? [], destination)
    let known = avroPlans[key] ?? add(header)
    avroPlans[key] = known
    plan = try known.get()
    guard header["currents-scrub.plan"] != nil else { return }
    func value(_ key: String) -> String { header[key].map { String(decoding: $0, as: UTF8.self) } ?? "" }
    mark = ScrubMark(
      policy: value("currents-scrub.policy"),
      keys: value("currents-scrub.keys").split(separator: ",").map(String.init))
  }

  private mutating func add(_ header: AvroHeader) -> Result<Int, Failure> {
    do throws(Failure) { return .success(finder.add(try context.records(of: header).plan)) } catch { return .failure(error) }
  }

  mutating func visit(block: borrowing RawSpan, recordCount: Int, number: Int, offset: Int) throws(RecordError) {
    try finder.runBlock(block, recordCount: recordCount, number: number, offset: offset, plan: plan)
  }

  mutating func start(_ form: JSONForm, _ destination: Destination, of file: ArchiveFile) {
    self.destination = destination
    plan = jsonPlans[destination] ?? finder.add(context.plan(destination))
    jsonPlans[destination] = plan
    finder.startJSON(plan, isDocument: form != .lines)
  }

  mutating func visit(lines: borrowing RawSpan, offset: Int) -> [Withheld] {
    finder.runLines(lines, offset: offset, plan: plan)
  }

  mutating func visit(item: borrowing RawSpan, line: Int, offset: Int) -> RecordError.Code? {
    finder.runItem(item, offset: offset, plan: plan)
  }

  mutating func passOverLine() -> Int { finder.passOver(plan: plan) }

  mutating func passOverItem(at offset: Int) { _ = finder.passOver(plan: plan) }
}
