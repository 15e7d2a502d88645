package import ScrubArchive
package import ScrubCore
package import ScrubPolicy
internal import Synchronization

/// What a search for people is asked to do.
package struct SearchOptions: Sendable {
  /// Files and folders; each is an archive.
  package var inputs: [String] = []
  /// By input: the only files that are read, by their paths below it; nothing for all. A file that stands for an input
  /// is read in any case.
  package var only: [[String]?] = []
  /// By input whose files are chosen: what could not be looked at when they were, with paths below the input.
  package var failures: [[Failure]] = []
  /// Tells the event type of every file, whatever its names say.
  package var eventType: String?
  package var destination: Destination?
  /// Names and paths that are left out.
  package private(set) var ignored: [Glob] = []
  /// Workers; never more than files.
  package var jobs = 1
  /// The largest block or line, in bytes.
  package var maxBlock = 64 << 20

  package init() {}

  /// - Parameter patterns: of names and paths that are left out; `*` stands for any characters.
  package mutating func ignore(_ patterns: [String]) { ignored = patterns.map { Glob($0) } }
}

/// What all workers of a search share, unchanged from start to end.
struct SearchContext: Sendable {
  let catalog: Catalog
  let options: SearchOptions
  let interrupt: Interrupt
  let reader: EventReader
  private let known = KnownPlans()

  init(_ catalog: Catalog, _ options: SearchOptions, _ interrupt: Interrupt) {
    self.catalog = catalog
    self.options = options
    self.interrupt = interrupt
    reader = EventReader(limit: options.maxBlock, destination: options.destination, interrupt: interrupt)
  }

  /// What the paths of a destination mean; told once, and only where it has events.
  func meanings(of destination: Destination) -> PathMeanings {
    known.meanings(of: destination) { PathMeanings(catalog, destination) }
  }

  func paths(_ destination: Destination) -> PathTable { meanings(of: destination).table }

  func plan(_ destination: Destination) -> JSONFindPlan {
    known.events(of: destination) {
      let meanings = meanings(of: destination)
      let table = meanings.table
      let workspace = catalog.index(ofField: "app_group_id")
      return JSONFindPlan(
        table: table.keys(eventNames: catalog.namesOfTellingEvents(in: destination).enumerated().map { ($1, $0) }),
        marks: options.destination == nil ? table.marks : nil, roles: catalog.identityRoles(table),
        scopes: options.eventType == nil ? catalog.identityScopes(table, destination) : [],
        isWorkspace: table.fields.map { fields in workspace.map { fields == [$0] } ?? false },
        timeRanks: meanings.timeRanks,
        isID: table.fields.map { $0.first.map { catalog.fields[$0].name == EventShaper.eventID } ?? false },
        isOfAgents: table.fields.map { $0.first.map { catalog.isOfAgents(catalog.fields[$0]) } ?? false },
        isOfKnown: destination == .mparticle)
    }
  }

  /// The records of Avro files with this header; made once for all workers.
  ///
  /// - Throws: `Failure` where the schema cannot be read, or is that of no record.
  func records(of header: AvroHeader) throws(Failure) -> AvroRecords {
    let destination = options.destination ?? .storage
    return try known.records(of: header["avro.schema"] ?? []) { (text) throws(Failure) in
      let schema: AvroSchema
      do throws(AvroSchema.Problem) { schema = try AvroSchema(text) } catch { throw Failure(.schema) }
      guard let fields = schema.fields else { throw Failure(.schema) }
      return AvroRecords(schema: schema, plan: plan(schema, fields, in: destination))
    }
  }

  func plan(_ schema: AvroSchema, _ fields: [AvroSchema.RecordField], in destination: Destination) -> AvroFindPlan {
    let meanings = meanings(of: destination)
    let table = meanings.table
    // Of rows of others nobody knows whose they are: what is one's id there is another's here.
    let isMisread = options.destination == nil && DestinationShape.isOfOthers(columns: fields.map(\.name))
    var roles: [IdentityRole?] = []
    var isWorkspace: [Bool] = []
    var times: [EventClock.AvroForm?] = []
    var isID: [Bool] = []
    var isOfAgents = false
    for field in fields {
      let known = table.slot(of: field.name)
      let facts = known.flatMap { table.fields[$0].first }.map { catalog.fields[$0] }
      if let facts, catalog.isOfAgents(facts) { isOfAgents = true }
      for type in schema.slotTypes(field.type) {
        roles.append(isMisread ? nil : facts.flatMap { catalog.identityRole(of: $0) })
        isWorkspace.append(facts?.name == "app_group_id")
        isID.append(facts?.name == EventShaper.eventID)
        times.append(known.map { meanings.timeRanks[$0] == 2 } ?? false ? schema.timeForm(of: type) : nil)
      }
    }
    return AvroFindPlan(
      program: schema.program(of: fields), roles: roles, isWorkspace: isWorkspace, times: times, isID: isID, isOfAgents: isOfAgents)
  }
}

/// What the paths of a destination mean.
final class PathMeanings: Sendable {
  let table: PathTable
  /// By slot of the table, as `JSONFindPlan` has them.
  let timeRanks: [UInt8]
  /// Where network addresses stand in fields of their own.
  let addressPaths: [JSONPath]
  /// The names that events of the catalog carry.
  let eventNames: Set<String>
  /// Where the events' own names stand.
  let eventNamePaths: [JSONPath]
  /// Where events of a batch stand, with `[]` at the end.
  let batchPaths: Set<String>
  /// Where the events' Braze ids stand.
  let brazeIDPaths: [JSONPath]
  private let catalog: Catalog
  /// Slots by the further paths of the table.
  private let aliases: [String: Int]
  /// Slots by the paths of events that stand alone and group their members.
  private let grouped: [String: Int]
  /// The objects in which their members stand.
  private let groups: Set<String>

  init(_ catalog: Catalog, _ destination: Destination) {
    self.catalog = catalog
    table = PathTable(catalog, destination, extra: [])
    timeRanks = catalog.timeRanks(table, destination)
    eventNames = Set(catalog.eventNames(in: destination).map(\.name))
    let further = table.aliases + table.grouped.filter { $0.path.contains(".") }
    aliases = Dictionary(table.aliases.map { ($0.path, $0.slot) }) { first, _ in first }
    grouped = Dictionary(table.grouped.map { ($0.path, $0.slot) }) { first, _ in first }
    groups = Set(grouped.keys.compactMap { path in path.firstIndex(of: ".").map { String(path[..<$0]) } })
    let slots = Array(zip(table.paths, table.paths.indices)) + further.map { ($0.path, $0.slot) }
    let (named, roles) = (table.eventNameSlots, catalog.identityRoles(table))
    batchPaths = slots.reduce(into: []) { batchPaths, slot in
      let parts = slot.0.split(separator: ".")
      for (index, part) in parts.enumerated().dropLast() where part.hasSuffix("[]") {
        batchPaths.insert(parts[...index].joined(separator: "."))
      }
    }
    eventNamePaths = slots.filter { named.contains($0.1) }.map { JSONPath($0.0) }
    brazeIDPaths = slots.filter { roles[$0.1] == .of(.brazeID) }.map { JSONPath($0.0) }
    let table = table
    addressPaths = slots.filter { table.fields[$0.1].first.map { catalog.fields[$0].kind == .ip } ?? false }.map { JSONPath($0.0) }
  }

  /// Whether an event groups its members in objects, as Braze's HTTP connector does; in others the same names say nothing.
  func isGrouped(_ event: JSONValue) -> Bool {
    guard !groups.isEmpty, case .object(let members) = event, groups.isSubset(of: members.map(\.key)) else { return false }
    return members.allSatisfy { key, value in
      if groups.contains(key) { return value.isObject }
      return grouped[key] != nil || table.slot(of: key) == nil && !batchPaths.contains(key + "[]")
    }
  }

  /// The canonical field at a path, be it another path of its slot; nothing where nobody knows it.
  ///
  /// - Parameter isGrouped: whether the event groups its members.
  func field(at path: String, isGrouped: Bool) -> Field? {
    guard let slot = slot(of: path, isGrouped: isGrouped) else { return nil }
    return table.fields[slot].first.map { catalog.fields[$0] }
  }

  /// Whether the event's own name stands at a path.
  func namesEvent(_ path: String, isGrouped: Bool) -> Bool {
    slot(of: path, isGrouped: isGrouped).map { table.eventNameSlots.contains($0) } ?? false
  }

  private func slot(of path: String, isGrouped: Bool) -> Int? {
    table.slot(of: path) ?? aliases[path] ?? (isGrouped ? grouped[path] : nil)
  }

  /// The list that may stand at a path in place of an object.
  func list(at path: String) -> JSONKeyTable.NamedList? { table.lists.first { $0.path == path } }

  /// Every path with the canonical field at it.
  var fields: [(path: String, field: Field)] {
    (table.paths + Set(aliases.keys).union(grouped.keys).sorted()).compactMap { path in
      field(at: path, isGrouped: true).map { (path, $0) }
    }
  }
}

/// The records of one Avro schema, and what is looked at in them.
struct AvroRecords: Sendable {
  let schema: AvroSchema
  let plan: AvroFindPlan
}

/// What was worked out for the schemas and destinations that workers met: many files have the same, and each is read
/// several times.
private final class KnownPlans: Sendable {
  private let records = Mutex<[SchemaText: Result<AvroRecords, Failure>]>([:])
  private let events = Mutex<[Destination: JSONFindPlan]>([:])
  private let paths = Mutex<[Destination: PathMeanings]>([:])

  func records(
    of schema: [UInt8], _ make: ([UInt8]) throws(Failure) -> AvroRecords
  ) throws(Failure) -> AvroRecords {
    let key = SchemaText(schema)
    if let known = records.withLock({ $0[key] }) { return try known.get() }
    let made = Result { () throws(Failure) in try make(schema) }
    records.withLock { $0[key] = made }
    return try made.get()
  }

  func meanings(of destination: Destination, _ make: () -> PathMeanings) -> PathMeanings {
    paths.withLock { known in
      if let meanings = known[destination] { return meanings }
      let made = make()
      known[destination] = made
      return made
    }
  }

  func events(of destination: Destination, _ make: () -> JSONFindPlan) -> JSONFindPlan {
    if let known = events.withLock({ $0[destination] }) { return known }
    let made = make()
    events.withLock { $0[destination] = made }
    return made
  }
}

extension AvroSchema {
  /// How values of a type write times; nothing where they tell none.
  fileprivate func timeForm(of type: Int) -> EventClock.AvroForm? {
    switch types[type].form {
    case .int, .long: .number(timeUnit(of: type))
    case .string: .text
    case .float: .float
    case .double: .double
    default: nil
    }
  }
}
