internal import ScrubArchive
internal import ScrubCore
internal import ScrubPolicy

/// The sweeps of one worker, made as they are needed: one for each schema and each destination.
struct SweepBench: ~Copyable {
  private let context: SearchContext
  private let book: SweepBook
  private var avro: [SchemaKey: Result<AvroBox, Failure>] = [:]
  private var json: [Destination: JSONBox] = [:]

  /// A class, because a sweep cannot be copied and several are kept.
  final class AvroBox {
    var sweep: AvroSweep
    /// The full name of the record.
    let record: String

    init(_ plan: AvroSweepPlan, _ book: SweepBook, record: String) {
      sweep = AvroSweep(plan, book)
      self.record = record
    }
  }

  /// A class, for the same reason.
  final class JSONBox {
    var sweep: JSONSweep
    init(_ plan: JSONSweepPlan, _ book: SweepBook) { sweep = JSONSweep(plan, book) }
  }

  init(_ context: SearchContext, _ book: SweepBook) {
    self.context = context
    self.book = book
  }

  mutating func avro(_ header: AvroHeader) throws(Failure) -> AvroBox {
    let key = SchemaKey(header["avro.schema"] ?? [], context.options.destination ?? .storage)
    let known = avro[key] ?? make(header)
    avro[key] = known
    return try known.get()
  }

  private func make(_ header: AvroHeader) -> Result<AvroBox, Failure> {
    let records: AvroRecords
    do throws(Failure) { records = try context.records(of: header) } catch { return .failure(error) }
    let schema = records.schema
    let names = (schema.fields ?? []).flatMap { field in schema.slotTypes(field.type).map { _ in field.name } }
    let plan = AvroSweepPlan(
      program: records.plan.program, roles: records.plan.roles, isWorkspace: records.plan.isWorkspace, names: names)
    return .success(AvroBox(plan, book, record: schema.name))
  }

  mutating func json(_ destination: Destination) -> JSONBox {
    if let known = json[destination] { return known }
    let table = context.paths(destination)
    let numbers = Dictionary(uniqueKeysWithValues: context.catalog.eventTypes.enumerated().map { ($1, $0) })
    let names = context.catalog.eventNames(in: destination).map {
      (name: $0.name, event: numbers[$0.event] ?? -1)
    }
    let find = context.plan(destination)
    // An id in the bag of an event does not make it its bearer's: it is one more value that stands there.
    let roles = zip(find.roles, find.scopes).map { role, scope in scope == .brazeEvents ? nil : role }
    let plan = JSONSweepPlan(table: table.keys(eventNames: names), roles: roles, isWorkspace: find.isWorkspace)
    let box = JSONBox(plan, book)
    json[destination] = box
    return box
  }
}

/// Redacts what a residual sweep found, event by event, for one worker: each value becomes `[ERASED]`, in addresses of
/// the web `%5BERASED%5D`, a number of JSON `null`, and base64 goes as a whole token. Each other byte stays.
struct SweepRedactor: ~Copyable {
  private var bench: SweepBench

  /// - Parameter values: of a residue.
  init(_ context: SearchContext, _ values: SweepValues) { bench = SweepBench(context, SweepBook(values)) }

  /// For records of a file.
  mutating func records(of header: AvroHeader) throws(Failure) -> SweepBench.AvroBox {
    try bench.avro(header)
  }

  /// For lines or items of a file.
  mutating func events(of destination: Destination, isDocument: Bool) -> SweepBench.JSONBox {
    let box = bench.json(destination)
    box.sweep.startFile(isDocument: isDocument)
    return box
  }
}
