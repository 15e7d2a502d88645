internal import ScrubCore
internal import ScrubPolicy

/// Compares what an archive holds with what the catalog knows.
struct DriftBuilder {
  private let context: InspectContext
  private let avro: [InspectionTally.Avro]
  private let lines: [InspectionTally.Lines]

  init(_ context: InspectContext, avro: [InspectionTally.Avro], lines: [InspectionTally.Lines]) {
    self.context = context
    self.avro = avro
    self.lines = lines
  }

  func drift() -> Inspection.Drift {
    var drift = Inspection.Drift()
    drift.marks = marks()
    drift.unknownEvents = unknownEvents()
    drift.unknownFields = unknownFields()
    for lines in lines { add(lines.members, &drift) }
    for one in avro { add(one.members, &drift) }
    drift.content = content()
    drift.addition = AdditionBuilder(context, avro: avro, lines: lines).addition()
    return drift
  }

  private func add(_ members: MemberLedger, _ drift: inout Inspection.Drift) {
    drift.pathsBeyondLimit += members.overflow
    for entry in members.entries where members.path(of: entry) == MemberLedger.withheld {
      drift.namesWithheld += entry.values
    }
  }

  // MARK: marks

  /// What is known of the marks of one field in one event type.
  private func isMarkedInCatalog(_ field: String, event: String, _ destination: Destination) -> Bool {
    if let member = context.catalog.shape(of: event, in: destination).map(context.catalog.members)?.first(where: { $0.path == field }) {
      return !member.marks.isEmpty
    }
    return isMarkedAnywhere(field, destination)
  }

  private func isMarkedAnywhere(_ field: String, _ destination: Destination) -> Bool {
    context.paths(destination).fields(at: field).contains { !context.catalog.fields[$0].marks.isEmpty }
  }

  private struct FieldName: Hashable {
    let destination: Destination
    let name: String
  }

  fileprivate struct MarkSum {
    var events: Set<String> = []
    var files = 0
  }

  private func marks() -> Inspection.Marks {
    var marks = Inspection.Marks()
    var new: [FieldName: MarkSum] = [:]
    var lost: [FieldName: MarkSum] = [:]
    var marked: [FieldName: Set<String>] = [:]
    var unmarked: [FieldName: Set<String>] = [:]
    for one in avro {
      let fields = one.schema.fields ?? []
      guard fields.contains(where: one.schema.isMarked) else {
        marks.unmarkedSchemas += 1
        marks.unmarkedFiles += one.files
        continue
      }
      marks.markedSchemas += 1
      for field in fields {
        let name = FieldName(destination: one.destination, name: field.name)
        if one.schema.isMarked(field) {
          marked[name, default: []].insert(one.event)
          if !isMarkedAnywhere(field.name, one.destination) { new[name, default: MarkSum()].add(one) }
        } else {
          unmarked[name, default: []].insert(one.event)
          if isMarkedInCatalog(field.name, event: one.event, one.destination) {
            lost[name, default: MarkSum()].add(one)
          }
        }
      }
    }
    marks.new = new.map(mark).sorted { ($0.field, $0.destination) < ($1.field, $1.destination) }
    marks.lost = lost.map(mark).sorted { ($0.field, $0.destination) < ($1.field, $1.destination) }
    marks.contradicting = contradictions(marked, unmarked)
    return marks
  }

  private func mark(_ name: FieldName, _ sum: MarkSum) -> Inspection.Mark {
    Inspection.Mark(
      field: name.name, destination: name.destination.rawValue, events: sum.events.sorted(), files: sum.files,
      known: context.isKnown(name.name, name.destination))
  }

  /// Fields that are marked here and not there, unless the catalog has it the same way in each of the event types.
  private func contradictions(
    _ marked: [FieldName: Set<String>], _ unmarked: [FieldName: Set<String>]
  ) -> [Inspection.Contradiction] {
    marked.compactMap { name, events -> Inspection.Contradiction? in
      guard let others = unmarked[name] else { return nil }
      let isAsKnown =
        events.allSatisfy { isMarkedInCatalog(name.name, event: $0, name.destination) }
        && others.allSatisfy { !isMarkedInCatalog(name.name, event: $0, name.destination) }
      return isAsKnown
        ? nil
        : Inspection.Contradiction(
          field: name.name, destination: name.destination.rawValue, markedIn: events.sorted(),
          unmarkedIn: others.sorted())
    }
    .sorted { ($0.field, $0.destination) < ($1.field, $1.destination) }
  }

  // MARK: unknown events and fields

  private func unknownEvents() -> [Inspection.UnknownEvent] {
    var sums: [EventKey: (files: Int, events: Int)] = [:]
    func add(_ key: EventKey, _ files: Int, _ events: Int) {
      guard events > 0, !context.isKnown(key.event) else { return }
      sums[key] = ((sums[key]?.files ?? 0) + files, (sums[key]?.events ?? 0) + events)
    }
    for one in avro { add(EventKey(event: one.event, destination: one.destination), one.files, one.events) }
    for lines in lines {
      for (event, row) in zip(lines.events, lines.rows) {
        add(EventKey(event: event, destination: lines.destination), row.files, row.events)
      }
    }
    return sums.map { key, sum in
      Inspection.UnknownEvent(
        event: key.event, destination: key.destination.rawValue, files: sum.files, events: sum.events)
    }
    .sorted { ($0.event, $0.destination) < ($1.event, $1.destination) }
  }

  private struct FieldKey: Hashable {
    let event: String
    let destination: Destination
    let path: String
  }

  private struct FieldSum {
    var types: Set<String> = []
    var files = 0
    var values = 0
    var isAnnotated = false
  }

  private func unknownFields() -> [Inspection.UnknownField] {
    var sums: [FieldKey: FieldSum] = [:]
    for one in avro {
      for (field, slots) in one.fieldSlots where !context.isKnown(field.name, one.destination) {
        let key = FieldKey(event: one.event, destination: one.destination, path: field.name)
        sums[key, default: FieldSum()].types.insert(one.schema.catalogType(field.type).name)
        sums[key]?.files += one.files
        sums[key]?.values += slots.reduce(0) { $0 + one.present[$1] }
        if one.schema.isMarked(field) { sums[key]?.isAnnotated = true }
      }
    }
    for lines in lines {
      for entry in lines.members.entries {
        let path = lines.members.path(of: entry)
        if path.contains("{}") || path == MemberLedger.withheld { continue }
        let key = FieldKey(event: lines.events[entry.row], destination: lines.destination, path: path)
        sums[key, default: FieldSum()].types.formUnion(entry.types.texts)
        sums[key]?.files += entry.files
        sums[key]?.values += entry.values
      }
    }
    return sums.map { key, sum in
      Inspection.UnknownField(
        event: key.event, destination: key.destination.rawValue, path: key.path, types: sum.types.sorted(),
        files: sum.files, values: sum.values, annotated: sum.isAnnotated)
    }
    .sorted { ($0.event, $0.destination, $0.path) < ($1.event, $1.destination, $1.path) }
  }

  // MARK: content

  private struct ContentKey: Hashable {
    let destination: Destination
    let path: String
    let kind: Int
  }

  private struct ContentSum {
    var values = 0
    var all = 0
    var events: Set<String> = []
  }

  private func content() -> [Inspection.Content] {
    var sums: [ContentKey: ContentSum] = [:]
    /// All values of a path, also of events where none looks personal.
    var all: [FieldName: Int] = [:]
    func add(_ path: String, _ destination: Destination, _ event: String, kind: Int, _ values: Int) {
      guard values > 0 else { return }
      let key = ContentKey(destination: destination, path: path, kind: kind)
      sums[key, default: ContentSum()].values += values
      sums[key]?.events.insert(event)
    }
    for one in avro {
      for (field, slots) in one.fieldSlots {
        all[FieldName(destination: one.destination, name: field.name), default: 0] +=
          slots.reduce(0) { $0 + one.present[$1] }
        for kind in 0..<ContentKinds.count {
          let values = slots.reduce(0) { $0 + one.found[$1 * ContentKinds.count + kind] }
          add(field.name, one.destination, one.event, kind: kind, values)
        }
      }
      addMembers(one.members, one.destination, events: [one.event], &all, add)
    }
    for lines in lines {
      for (row, event) in lines.events.enumerated() where lines.rows[row].events > 0 {
        for slot in 1..<lines.paths.count {
          let counter = row * lines.paths.count + slot
          guard lines.present[counter] > 0 else { continue }
          all[FieldName(destination: lines.destination, name: lines.paths[slot]), default: 0] += lines.present[counter]
          for kind in 0..<ContentKinds.count {
            add(lines.paths[slot], lines.destination, event, kind: kind, lines.found[counter * ContentKinds.count + kind])
          }
        }
      }
      addMembers(lines.members, lines.destination, events: lines.events, &all, add)
    }
    let members = embeddedMembers()
    return sums.map { key, sum in
      let name = FieldName(destination: key.destination, name: key.path)
      let isJSON = ContentKinds(rawValue: 1 << UInt8(key.kind)) == .json
      return Inspection.Content(
        destination: key.destination.rawValue, path: key.path, kind: ContentKinds.names[key.kind], values: sum.values,
        of: all[name] ?? 0, events: sum.events.sorted(),
        members: isJSON ? Array((members[name] ?? []).sorted().prefix(100)) : [],
        known: context.isKnown(key.path, key.destination))
    }
    .sorted { ($0.path, $0.destination, $0.kind) < ($1.path, $1.destination, $1.kind) }
  }

  private func addMembers(
    _ members: MemberLedger, _ destination: Destination, events: [String], _ all: inout [FieldName: Int],
    _ add: (String, Destination, String, Int, Int) -> Void
  ) {
    for entry in members.entries {
      let path = members.path(of: entry)
      all[FieldName(destination: destination, name: path), default: 0] += entry.values
      let wanted = InspectContext.kinds(byName: lastPart(of: path))
      for kind in 0..<ContentKinds.count where wanted.contains(ContentKinds(rawValue: 1 << UInt8(kind))) {
        add(path, destination, events[entry.row], kind, entry.found[kind])
      }
    }
  }

  /// By field: the paths of members in its JSON texts.
  private func embeddedMembers() -> [FieldName: Set<String>] {
    var result: [FieldName: Set<String>] = [:]
    func add(_ members: MemberLedger, _ destination: Destination) {
      for entry in members.entries {
        let path = members.path(of: entry)
        guard let mark = path.firstRange(of: "{}.") else { continue }
        result[FieldName(destination: destination, name: String(path[..<mark.lowerBound])), default: []]
          .insert(String(path[mark.upperBound...]))
      }
    }
    for one in avro { add(one.members, one.destination) }
    for lines in lines { add(lines.members, lines.destination) }
    return result
  }
}

extension DriftBuilder.MarkSum {
  fileprivate mutating func add(_ one: InspectionTally.Avro) {
    events.insert(one.event)
    files += one.files
  }
}

extension InspectContext {
  /// Whether the catalog knows a field of a destination.
  func isKnown(_ field: String, _ destination: Destination) -> Bool { paths(destination).slot(of: field) != nil }

  /// The name that the events of a type bear; for a type that the catalog does not know, what they were seen to
  /// bear, and nothing in storage files, which bear none.
  func displayName(of event: String, in destination: Destination) -> String {
    if isKnown(event) { return catalog.shape(of: event, in: destination)?.displayName ?? "" }
    return destination == .storage ? "" : event
  }
}

extension InspectionTally.Avro {
  /// The fields with the slots of their values.
  var fieldSlots: [(field: AvroSchema.RecordField, slots: Range<Int>)] {
    var first = 0
    return (schema.fields ?? []).map { field in
      let count = schema.slotTypes(field.type).count
      defer { first += count }
      return (field, first..<(first + count))
    }
  }
}

extension MemberTypes {
  /// The names of the types but null.
  var texts: [String] {
    Self.names.indices.filter { rawValue & (1 << UInt8($0)) != 0 && Self.names[$0] != "null" }.map { Self.names[$0] }
  }
}
