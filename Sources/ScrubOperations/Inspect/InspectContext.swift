package import ScrubCore
package import ScrubPolicy

/// What an inspection is asked to do.
package struct InspectOptions: Sendable {
  /// Files and folders.
  package var inputs: [String] = []
  /// By input: the only files that are read, by their paths below it; nothing for all. A file that stands for an input
  /// is read in any case.
  package var only: [[String]?] = []
  /// Tells the event type of every file, whatever its names say.
  package var eventType: String?
  package var destination: Destination?
  /// Names and paths that are left out.
  package private(set) var ignored: [Glob] = []
  /// Workers; never more than files.
  package var jobs = 1
  /// The largest block or line, in bytes.
  package var maxBlock = 64 << 20
  /// Whether texts of fields that are personal or marked are searched too.
  package var searchesPersonal = false

  package init() {}

  /// - Parameter patterns: of names and paths that are left out; `*` stands for any characters.
  package mutating func ignore(_ patterns: [String]) { ignored = patterns.map { Glob($0) } }
}

/// What all workers of an inspection share, unchanged from start to end.
struct InspectContext: Sendable {
  let catalog: Catalog
  let options: InspectOptions
  let interrupt: Interrupt
  let naming: EventNaming
  private let tables: [Destination: PathTable]

  init(_ catalog: Catalog, _ options: InspectOptions, _ interrupt: Interrupt) {
    self.catalog = catalog
    self.options = options
    self.interrupt = interrupt
    naming = EventNaming(catalog: catalog)
    tables = Dictionary(uniqueKeysWithValues: Destination.allCases.map { ($0, PathTable(catalog, $0, extra: [])) })
  }

  func paths(_ destination: Destination) -> PathTable {
    tables[destination] ?? PathTable(catalog, destination, extra: [])
  }

  /// What the texts at a path are searched for: nothing where the field is personal or marked anyway, and not what
  /// the catalog says that the field holds.
  func kinds(at path: String, in destination: Destination) -> ContentKinds {
    let fields = paths(destination).fields(at: path).map { catalog.fields[$0] }
    var kinds = Self.kinds(byName: lastPart(of: path))
    for field in fields {
      if !options.searchesPersonal && (field.isPersonal || !field.marks.isEmpty) { return [] }
      kinds.subtract(Self.expected(field))
      // Its members may be kept one by one.
      if options.searchesPersonal && field.kind == .json { kinds.insert(.json) }
    }
    return kinds
  }

  /// Numbers with dots under a name that says version are one.
  static func kinds(byName name: String) -> ContentKinds {
    name.lowercased().contains("version") ? .all.subtracting(.ipv4) : .all
  }

  /// What the catalog knows a field that is not personal to hold: numbers and addresses of the customer's own.
  private static func expected(_ field: Field) -> ContentKinds {
    var kinds: ContentKinds =
      switch field.kind {
      case .ip: [.ipv4, .ipv6]
      case .email: .email
      case .phone: .phone
      case .json: .json
      default: []
      }
    let words = field.name.split(separator: "_")
    if words.contains("phone") || words.contains("sender") { kinds.insert(.phone) }
    if words.contains("ip") { kinds.formUnion([.ipv4, .ipv6]) }
    if words.contains("email") || words.contains("sender") { kinds.insert(.email) }
    return kinds
  }

  // MARK: looks

  func looks(of schema: AvroSchema, fields: [AvroSchema.RecordField], in destination: Destination) -> AvroLooks {
    let program = schema.program(of: fields)
    let table = paths(destination)
    let times = catalog.timeRanks(table, destination)
    var kinds: [ContentKinds] = []
    var isTime: [Bool] = []
    var names: [[UInt8]] = []
    let holdsText = schema.holding { type in
      switch type.form {
      case .string, .bytes: true
      default: false
      }
    }
    for field in fields {
      let isSkipped = !options.searchesPersonal && schema.isMarked(field)
      let rank = table.slot(of: field.name).map { times[$0] } ?? 0
      for type in schema.slotTypes(field.type) {
        kinds.append(isSkipped || !holdsText[type] ? [] : self.kinds(at: field.name, in: destination))
        isTime.append(rank == 2 && schema.isTimeType(type))
        names.append(Array(field.name.utf8))
      }
    }
    return AvroLooks(program: program, kinds: kinds, isTime: isTime, names: names)
  }

  func looks(_ destination: Destination) -> JSONLooks {
    let table = paths(destination)
    var names: [(name: String, event: Int)] = []
    for (row, event) in catalog.eventTypes.enumerated() {
      if let name = catalog.shape(of: event, in: destination)?.ownName, !name.isEmpty {
        // Amplitude shows Braze's events under the old name of the company too.
        names += [(name, row), ("[Appboy] " + name, row)]
      }
      names.append((event, row))
    }
    return JSONLooks(
      table: table.keys(eventNames: names),
      paths: table.paths, kinds: table.paths.map { kinds(at: $0, in: destination) },
      timeRanks: catalog.timeRanks(table, destination), rowCount: catalog.eventTypes.count + 1)
  }
}

extension AvroSchema.RecordField {
  var isDeprecated: Bool { doc.contains("[DEPRECATED]") }
}

extension AvroSchema {
  /// The types that the slots of a field hold: the branches of a union, or the type itself.
  func slotTypes(_ type: Int) -> [Int] {
    if case .union(let branches) = types[type].form { branches } else { [type] }
  }

  func isTimeType(_ type: Int) -> Bool {
    switch types[type].form {
    case .int, .long, .string: true
    default: false
    }
  }

  /// A type as catalogs spell it, and whether a value must be there.
  func catalogType(_ type: Int) -> (name: String, isRequired: Bool) {
    let branches = slotTypes(type)
    let values = branches.filter { if case .null = types[$0].form { false } else { true } }
    let isRequired = values.count == branches.count
    guard let value = values.first, values.count == 1 else { return ("string", isRequired) }
    return (catalogName(value), isRequired)
  }

  private func catalogName(_ type: Int) -> String {
    switch types[type].form {
    case .int: return "int"
    case .long: return "long"
    case .float, .double: return "float"
    case .boolean: return "boolean"
    case .array(let item):
      // Once: an array may hold arrays, as deep as a schema goes.
      let (name, isRequired) = catalogType(item)
      return "array of " + name + (isRequired ? "" : "?")
    case .map, .record: return "object"
    case .null, .bytes, .string, .fixed, .enumeration, .union: return "string"
    }
  }
}
