package import ScrubCore

/// The paths of a destination and the canonical fields they stand for, over all its event types.
package struct PathTable: Sendable {
  /// By slot; slot 0 is the unknown one.
  package private(set) var paths: [String] = [""]
  package private(set) var fields: [[Int]] = [[]]
  package private(set) var eventNameSlots: Set<Int> = []
  /// Further paths of slots: in a body that holds several events, each member of an event under its own name, and as
  /// Braze's HTTP connector groups them.
  package private(set) var aliases: [(path: String, slot: Int)] = []
  /// The paths of events that stand alone and are grouped as the connector does.
  package private(set) var grouped: [(path: String, slot: Int)] = []
  /// What may stand in place of objects: identities in lists, as partners store them.
  package private(set) var lists: [JSONKeyTable.NamedList] = []
  /// Whether values may stand in the wrappers of Avro's JSON.
  package let readsWrappers: Bool
  /// By which events of other destinations are told.
  package let marks: ShapeMarks?
  private var slots: [String: Int] = [:]

  package init(_ catalog: Catalog, _ destination: Destination, extra: [String]) {
    readsWrappers = destination == .storage
    marks = DestinationShape.marksOfOthers[destination]
    var isAdded = catalog.members.map { _ in false }
    for shape in catalog.shapes where shape.destination == destination {
      for number in shape.memberNumbers where !isAdded[number] {
        isAdded[number] = true
        let member = catalog.members[number]
        let slot = add(member.path, member.fields)
        if member.isEventName { eventNameSlots.insert(slot) }
      }
    }
    let eventName = catalog.index(ofField: "event_name")
    for spelling in catalog.spellings[destination] ?? [] {
      let slot = add(spelling.path, spelling.fields)
      if eventName.map({ [$0] }) == spelling.fields { eventNameSlots.insert(slot) }
    }
    let bags = (catalog.bags[destination] ?? []).map { $0 == "." ? "" : $0 }
    for bag in bags {
      for (index, field) in catalog.fields.enumerated() { _ = add(bag + field.name, [index]) }
      // Fields that only the policy names: a rule about them must find them.
      for name in extra where !name.contains(".") { _ = add(bag + name, []) }
    }
    for path in extra where path.contains(".") { _ = add(path, []) }
    if destination == .storage { addBody(catalog) }
    lists = Self.lists.filter { $0.destination == destination }.compactMap { list in
      slots[list.path + "." + list.label].map { label in
        let further = ["identity_encoding", "encoding", "timestamp_unixtime_ms"]
        return JSONKeyTable.NamedList(
          path: list.path, label: (list.label, label), value: list.value,
          further: further.compactMap { name in slots[list.path + "." + name].map { (name, $0) } })
      }
    }
  }

  /// mParticle takes identities as the members of an object and stores them as a list; Segment knows only lists.
  private static let lists: [(destination: Destination, path: String, label: String, value: String)] = [
    (.mparticle, "user_identities", "identity_type", "identity"), (.segment, "context.externalIds", "type", "id"),
  ]

  /// What the connector for HTTP sends: events of the storage's fields, and their types.
  private mutating func addBody(_ catalog: Catalog) {
    if let name = slots["event_type"] { eventNameSlots.insert(name) }
    var names = paths.enumerated().dropFirst().filter { !$0.element.contains(".") }
      .map { (name: $0.element, slot: $0.offset) }
    aliases = names.map { ("events[]." + $0.name, $0.slot) }
    if let own = slots["properties"] { names += [("custom_properties", own), ("purchase_properties", own)] }
    grouped = paths.enumerated().filter { ["user.", "properties."].contains(where: $0.element.hasPrefix) }
      .map { ($0.element, $0.offset) }
    grouped += names.map { ("properties." + $0.name, $0.slot) }
    // About the person stand ids and the time zone there; what else has a name of the events' own fields is none of these.
    let personal = names.filter { name in
      name.name == "timezone" || fields[name.slot].contains { catalog.fields[$0].isPersonal || catalog.fields[$0].marks != [] }
    }
    grouped += personal.map { ("user." + $0.name, $0.slot) }
    aliases += grouped.map { ("events[]." + $0.path, $0.slot) }
    grouped += ["id", "event_type", "time"].compactMap { name in slots[name].map { (name, $0) } }
  }

  /// The table by which members are found.
  package func keys(eventNames: [(name: String, event: Int)]) -> JSONKeyTable {
    JSONKeyTable(
      paths: paths, nameSlots: eventNameSlots, eventNames: eventNames, aliases: aliases, grouped: grouped,
      lists: lists, readsWrappers: readsWrappers, marks: marks)
  }

  private mutating func add(_ path: String, _ fields: [Int]) -> Int {
    if let known = slots[path] { return known }
    slots[path] = paths.count
    paths.append(path)
    self.fields.append(fields)
    return paths.count - 1
  }

  /// The canonical fields at a path; none where no catalog knows it.
  package func fields(at path: String) -> [Int] { slots[path].map { fields[$0] } ?? [] }

  package func slot(of path: String) -> Int? { slots[path] }

  /// Whether the event's own name stands at a path.
  package func namesEvent(_ path: String) -> Bool { slots[path].map { eventNameSlots.contains($0) } ?? false }
}
