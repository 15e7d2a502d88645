internal import ScrubPolicy

/// The rows of a check by event type and canonical field, the destinations beside each other.
struct CheckMatrix {
  /// In their fixed order, those that the check is about.
  let destinations: [String]
  /// What stands before the name of a field in most paths of a destination: `event_properties.`, or nothing.
  let prefixes: [String: String]
  /// In the order of the catalog.
  let events: [Event]

  struct Event {
    let name: String
    let rows: [Row]
  }

  /// One canonical field, or those that share a path, with its places in the destinations.
  struct Row {
    let names: [String]
    let fields: [CheckReport.Field]

    /// In the order in which they are first named.
    var sources: [String] {
      fields.flatMap(\.sources).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    var isMarked: Bool { fields.contains(where: \.isMarked) }

    /// Whether the destinations get different actions.
    var differs: Bool { Set(fields.map(\.action)).count > 1 }
  }

  init(_ fields: [CheckReport.Field]) {
    destinations = Destination.allCases.map(\.rawValue).filter { name in fields.contains { $0.destination == name } }
    prefixes = Dictionary(grouping: fields, by: \.destination).mapValues(Self.prefix)
    events = Self.grouped(fields, by: \.event).map { event, fields in
      Event(name: event, rows: Self.grouped(fields, by: \.names).map { Row(names: $0, fields: $1) })
    }
  }

  /// Whether a path is where most fields of its destination have theirs.
  func isUsual(_ field: CheckReport.Field) -> Bool {
    field.names.count == 1 && field.path == prefixes[field.destination, default: ""] + field.names[0]
  }

  private static func prefix(_ fields: [CheckReport.Field]) -> String {
    let counts = fields.filter { $0.names.count == 1 }.reduce(into: [String: Int]()) { counts, field in
      let prefix = field.path.dropLast(field.names[0].count)
      if field.path.hasSuffix(field.names[0]) && (prefix.isEmpty || prefix.hasSuffix(".")) {
        counts[String(prefix), default: 0] += 1
      }
    }
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
  }

  /// Groups in the order of their first members.
  private static func grouped<Key: Hashable>(
    _ fields: [CheckReport.Field], by key: (CheckReport.Field) -> Key
  ) -> [(Key, [CheckReport.Field])] {
    var order: [Key] = []
    var groups: [Key: [CheckReport.Field]] = [:]
    for field in fields {
      if groups[key(field)] == nil { order.append(key(field)) }
      groups[key(field), default: []].append(field)
    }
    return order.map { ($0, groups[$0, default: []]) }
  }
}

extension CheckReport.Field {
  /// Marked by a source, or personal by the table of fields.
  var isMarked: Bool { !sources.isEmpty }

  /// Whether values stay readable, in whole or in part, though a source marks it.
  var isInClear: Bool { isMarked && action.leavesClearText }

  /// Marked, personal, or of a class that may point to a person.
  var isMarkedOrSensitive: Bool { isMarked || fieldClass != FieldClass.nonPersonal.rawValue }

  /// Where the value goes.
  var way: Findings.Way { Findings.Way(action, isSensitive: isMarkedOrSensitive) }
}

extension ActionName {
  /// The action as a page names it: `keep`, `event dropped`.
  var label: String { self == .dropEvent ? "event dropped" : rawValue }
}
