internal import ScrubCore
internal import ScrubPolicy

/// Makes, of what an archive holds and the catalog does not know, an addition to the catalog.
struct AdditionBuilder {
  private let context: InspectContext
  private let avro: [InspectionTally.Avro]
  private let lines: [InspectionTally.Lines]

  init(_ context: InspectContext, avro: [InspectionTally.Avro], lines: [InspectionTally.Lines]) {
    self.context = context
    self.avro = avro
    self.lines = lines
  }

  /// Unknown events whole, and of known events the unknown fields.
  func addition() -> CatalogAddition {
    var shapes: [EventKey: [String: CatalogAddition.Member]] = [:]
    func add(_ key: EventKey, _ member: CatalogAddition.Member) {
      guard !key.event.isEmpty, CatalogName.isPath(member.path) else { return }
      guard let known = shapes[key]?[member.path] else {
        shapes[key, default: [:]][member.path] = member
        return
      }
      var united = known
      united.isRequired = known.isRequired && member.isRequired
      united.isAnnotated = known.isAnnotated || member.isAnnotated
      united.isDeprecated = known.isDeprecated || member.isDeprecated
      if known.type != member.type { united.type = Self.wider(known.type, member.type) }
      shapes[key]?[member.path] = united
    }
    for one in avro {
      let isNew = !context.isKnown(one.event)
      for field in one.schema.fields ?? [] where isNew || !context.isKnown(field.name, one.destination) {
        let type = one.schema.catalogType(field.type)
        add(
          EventKey(event: one.event, destination: one.destination),
          member(
            field.name, one.destination, type: type.name, isRequired: type.isRequired,
            isAnnotated: one.schema.isMarked(field), isDeprecated: field.isDeprecated))
      }
    }
    addLines(add)
    let events = shapes.map { key, members in
      let name = context.displayName(of: key.event, in: key.destination)
      return CatalogAddition.Event(
        event: CatalogName.isEventType(key.event) ? key.event : Self.eventType(named: key.event),
        destination: key.destination, displayName: name,
        members: members.values.sorted { $0.path < $1.path })
    }
    .sorted { ($0.event, $0.destination.rawValue) < ($1.event, $1.destination.rawValue) }
    let names = Set(events.flatMap(\.members).flatMap(\.fields)).filter { context.catalog.index(ofField: $0) == nil }
    return CatalogAddition(events: events, fields: names.sorted().map { CatalogAddition.Field(unclassified: $0) })
  }

  /// A partner's events tell their display name only; the author of the addition knows the event type.
  private static func eventType(named name: String) -> String {
    let words = name.split { !$0.isASCII || !($0.isLetter || $0.isNumber) }
    return "unnamed." + (words.isEmpty ? "Event" : words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined())
  }

  /// What all workers together saw of the members of one event type: one of them may have seen an event without a
  /// member that all events of another one have.
  private struct SeenMembers {
    var events = 0
    var members: [String: (values: Int, types: MemberTypes)] = [:]

    mutating func note(_ path: String, values: Int, types: MemberTypes) {
      members[path, default: (0, [])].values += values
      members[path, default: (0, [])].types.formUnion(types)
    }
  }

  private func addLines(_ add: (EventKey, CatalogAddition.Member) -> Void) {
    var seen: [EventKey: SeenMembers] = [:]
    for lines in lines {
      for (row, event) in lines.events.enumerated() where lines.rows[row].events > 0 {
        let key = EventKey(event: event, destination: lines.destination)
        seen[key, default: SeenMembers()].events += lines.rows[row].events
        guard !context.isKnown(event) else { continue }
        for slot in 1..<lines.paths.count {
          let counter = row * lines.paths.count + slot
          guard !lines.types[counter].isEmpty else { continue }
          seen[key]?.note(lines.paths[slot], values: lines.present[counter], types: lines.types[counter])
        }
      }
      for entry in lines.members.entries {
        let path = lines.members.path(of: entry)
        if path.contains("{}") || path == MemberLedger.withheld { continue }
        let key = EventKey(event: lines.events[entry.row], destination: lines.destination)
        seen[key, default: SeenMembers()].note(path, values: entry.values, types: entry.types)
      }
    }
    for (key, one) in seen {
      for (path, found) in one.members {
        add(
          key,
          member(path, key.destination, type: found.types.catalogName, isRequired: found.values >= one.events))
      }
    }
  }

  private func member(
    _ path: String, _ destination: Destination, type: String, isRequired: Bool, isAnnotated: Bool = false,
    isDeprecated: Bool = false
  ) -> CatalogAddition.Member {
    let known = context.paths(destination).fields(at: path).map { context.catalog.fields[$0].name }
    return CatalogAddition.Member(
      path: path, type: type, isRequired: isRequired, isAnnotated: isAnnotated, isDeprecated: isDeprecated,
      isEventName: context.paths(destination).namesEvent(path),
      fields: known.isEmpty ? [Self.canonicalName(lastPart(of: path))] : known)
  }

  /// `[Custom event property] Shoe size` is `shoe_size`.
  private static func canonicalName(_ name: String) -> String {
    let bare = name.lastIndex(of: "]").map { String(name[name.index(after: $0)...]) } ?? name
    var result = ""
    for byte in (bare.isEmpty ? name : bare).utf8 {
      let isPlain = (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte)
      if isPlain {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else if !result.isEmpty && result.last != "_" {
        result.append("_")
      }
    }
    let trimmed = result.last == "_" ? String(result.dropLast()) : result
    return trimmed.isEmpty ? "unnamed" : trimmed.lowercased()
  }

  private static func wider(_ first: String, _ second: String) -> String {
    let numbers = ["int", "long", "float"]
    if let left = numbers.firstIndex(of: first), let right = numbers.firstIndex(of: second) {
      return numbers[max(left, right)]
    }
    return "string"
  }
}

extension MemberTypes {
  /// The one type that holds them all, as catalogs spell it.
  var catalogName: String {
    let values = subtracting(.null)
    if values.isSubset(of: .int) && !values.isEmpty { return "int" }
    if values.isSubset(of: [.int, .long]) && !values.isEmpty { return "long" }
    if values.isSubset(of: [.int, .long, .float]) && !values.isEmpty { return "float" }
    if values == .boolean { return "boolean" }
    if values == .array { return "array of string" }
    if values == .object { return "object" }
    return "string"
  }
}
