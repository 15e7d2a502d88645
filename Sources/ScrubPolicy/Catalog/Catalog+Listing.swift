/// What people ask the catalog.
extension Catalog {
  /// How much an event type says of a person.
  package struct EventSummary: Hashable, Sendable {
    package let event: String
    package let destinations: [Destination]
    /// Numbers of canonical fields.
    package let fields: Int
    package let marked: Int
    package let personal: Int
  }

  /// Every event type, or those that a destination gets, in byte order.
  package func summaries(in destination: Destination?) -> [EventSummary] {
    eventTypes.compactMap { event in
      let shapes = allShapes(of: event, in: destination)
      guard !shapes.isEmpty else { return nil }
      let held = Set(shapes.flatMap(members).flatMap(\.fields)).map { fields[$0] }
      return EventSummary(
        event: event, destinations: shapes.map(\.destination), fields: held.count,
        marked: held.count { !$0.marks.isEmpty }, personal: held.count(where: \.isPersonal))
    }
  }

  /// The shapes of an event type, in the order of destinations.
  package func allShapes(of event: String, in destination: Destination?) -> [EventShape] {
    Destination.allCases.filter { destination == nil || $0 == destination }
      .compactMap { shape(of: event, in: $0) }
  }

  /// A path that stands for a field.
  package struct FieldPath: Hashable, Sendable {
    package let destination: Destination
    package let path: String
    /// In so many event types; 0 for another spelling, which may stand in any.
    package let events: Int
  }

  /// The paths of a field, those in most events first.
  package func paths(ofField field: Int, in destination: Destination?) -> [FieldPath] {
    Destination.allCases.filter { destination == nil || $0 == destination }.flatMap { destination in
      var counts: [String: Int] = [:]
      for shape in shapes where shape.destination == destination {
        for member in members(of: shape) where member.fields.contains(field) { counts[member.path, default: 0] += 1 }
      }
      for spelling in spellings[destination] ?? [] where spelling.fields.contains(field) {
        counts[spelling.path, default: 0] += 0
      }
      return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { FieldPath(destination: destination, path: $0.key, events: $0.value) }
    }
  }

  /// The event types that hold a field, with the destinations in which they do.
  package func events(withField field: Int, in destination: Destination?) -> [(event: String, destinations: [Destination])] {
    eventTypes.compactMap { event in
      let holders = allShapes(of: event, in: destination)
        .filter { shape in members(of: shape).contains { $0.fields.contains(field) } }.map(\.destination)
      return holders.isEmpty ? nil : (event, holders)
    }
  }

  /// In how many events of all destinations each source marks a field.
  package func markCounts(ofField field: Int) -> [(source: String, count: Int)] {
    let marks = shapes.flatMap(members).filter { $0.fields.contains(field) }.flatMap(\.marks.names)
    return fields[field].marks.names.map { source in (source, marks.count { $0 == source }) }
  }

  /// The field of that name in any letter case.
  package func index(ofFieldInAnyCase name: String) -> Int? {
    let lowered = name.lowercased()
    return index(ofField: name) ?? fields.firstIndex { $0.name.lowercased() == lowered }
  }

  /// A name that somebody who wrote another one may have meant: a similar one, or one that ends with it.
  package func suggestion(for name: String) -> String? {
    let names = eventTypes + fields.map(\.name)
    let lowered = name.lowercased()
    return nearest(lowered, in: names.map { $0.lowercased() }).flatMap { near in names.first { $0.lowercased() == near } }
      ?? names.first { $0.lowercased().hasSuffix("." + lowered) }
      ?? (lowered.utf8.count < 4 ? nil : names.first { $0.lowercased().contains(lowered) })
  }
}
