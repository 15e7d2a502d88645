internal import ScrubOperations
internal import ScrubPolicy

/// The catalog as people and programs read it.
struct CatalogText {
  let catalog: Catalog
  let destination: Destination?

  // MARK: the list

  var list: String {
    var table = Table(["event type", "fields", "marked", "personal", "destinations"], right: [1, 2, 3])
    for event in catalog.summaries(in: destination) {
      table.add(
        event.event, grouped(event.fields), grouped(event.marked), grouped(event.personal), named(event.destinations))
    }
    return table.text()
  }

  /// Most event types go to all destinations, or to all but one.
  private func named(_ destinations: [Destination]) -> String {
    let missing = Destination.allCases.filter { !destinations.contains($0) }
    if missing.isEmpty { return "all" }
    return missing.count == 1 ? "all but \(missing[0].rawValue)" : destinations.map(\.rawValue).joined(separator: ", ")
  }

  // MARK: an event type

  func event(_ event: String) -> String {
    let shapes = catalog.allShapes(of: event, in: destination)
    var seen: Set<Int> = []
    let fields = shapes.flatMap(catalog.members).flatMap(\.fields).filter { seen.insert($0).inserted }
    var table = Table(["field", "class", "kind", "personal", "linking", "marked by"])
    for field in fields.map({ catalog.fields[$0] }).sorted(by: { $0.name < $1.name }) {
      table.add(
        field.name, field.fieldClass.rawValue, field.kind.rawValue, yes(field.isPersonal), yes(field.isLinking),
        sources(field.marks))
    }
    return "\(event)\n\n\(table.text())" + shapes.map { "\n\(heading($0))\n\(members(of: $0))" }.joined()
  }

  private func heading(_ shape: EventShape) -> String {
    let places = catalog.members(of: shape).filter(\.isEventName).map(\.path)
    guard !shape.ownName.isEmpty else { return shape.destination.rawValue }
    return "\(shape.destination.rawValue): \(quoted(shape.ownName))"
      + (places.isEmpty ? "" : " in \(places.joined(separator: ", "))")
  }

  private func members(of shape: EventShape) -> String {
    var table = Table(["path", "field", "type", "need", "marked by"])
    for member in catalog.members(of: shape) {
      table.add(
        member.path, names(of: member).joined(separator: ", "), member.type,
        (member.isRequired ? "required" : "optional") + (member.isDeprecated ? ", deprecated" : ""),
        sources(member.marks))
    }
    return table.text(indent: 2)
  }

  private func names(of member: Member) -> [String] { member.fields.map { catalog.fields[$0].name } }

  // MARK: a field

  func field(_ index: Int) -> String {
    let field = catalog.fields[index]
    let marks = catalog.markCounts(ofField: index).map { "\($0.source) (\(counted($0.count, "shape")))" }
    var text = "\(field.name)\n\n"
    for (name, value) in [
      ("class", field.fieldClass.rawValue), ("kind", field.kind.rawValue), ("personal", field.isPersonal ? "yes" : "no"),
      ("linking", field.isLinking ? "yes" : "no"),
      ("marked by", marks.isEmpty ? "no source" : marks.joined(separator: ", ")),
    ] {
      text += "  " + name + String(repeating: " ", count: 11 - name.count) + value + "\n"
    }
    var paths = Table(["destination", "path", "events"], right: [2])
    for path in catalog.paths(ofField: index, in: destination) {
      paths.add(path.destination.rawValue, path.path, path.events == 0 ? "any" : grouped(path.events))
    }
    var events = Table(["event type", "destinations"])
    for (event, destinations) in catalog.events(withField: index, in: destination) { events.add(event, named(destinations)) }
    if !paths.rows.isEmpty { text += "\n" + paths.text() }
    if !events.rows.isEmpty { text += "\n" + events.text() }
    return text
  }

  // MARK: parts

  private func yes(_ truth: Bool) -> String { truth ? "yes" : "-" }

  private func sources(_ marks: MarkSources) -> String { marks.isEmpty ? "-" : marks.names.joined(separator: ", ") }
}
