/// The facts of the field: every event type, its shapes, its fields and their marks.
package struct Catalog: Sendable {
  package internal(set) var fields: [Field] = []
  package internal(set) var shapes: [EventShape] = []
  /// Event types in byte order.
  package private(set) var eventTypes: [String] = []
  /// The event types by their names in lower case.
  package private(set) var eventNames: [String: [String]] = [:]
  /// Members of a destination's shape in which every canonical field is known by its name (`.` is the event).
  package fileprivate(set) var bags: [Destination: [String]] = [:]
  /// Paths of stored shapes, and other spellings, known in every event of a destination.
  package internal(set) var spellings: [Destination: [(path: String, fields: [Int])]] = [:]

  var fieldIndices: [String: Int] = [:]
  var shapeIndices: [ShapeKey: Int] = [:]

  struct ShapeKey: Hashable {
    let event: String
    let destination: Destination
  }

  /// The catalog that is part of the program.
  package static let builtIn = Catalog(reading: builtInCatalogText)

  package func index(ofField name: String) -> Int? { fieldIndices[name] }

  package func shape(of event: String, in destination: Destination) -> EventShape? {
    shapeIndices[ShapeKey(event: event, destination: destination)].map { shapes[$0] }
  }

  /// The event type of that name in any letter case, as archives' paths spell it.
  package func eventType(named name: String) -> String? {
    guard let known = eventNames[name.lowercased()] else { return nil }
    return known.contains(name) ? name : known.first
  }

  /// Notes the event types of the shapes.
  mutating func nameEventTypes() {
    eventTypes = Set(shapes.map(\.event)).sorted()
    eventNames = Dictionary(grouping: eventTypes) { $0.lowercased() }
  }
}

extension Catalog {
  /// Reads the generated text; its grammar stands in `Scripts/make-catalog.py`.
  fileprivate init(reading text: StaticString) {
    let bytes = unsafe UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    var lists: [String: [Int]] = [:]
    var cells: [String] = []
    var start = 0
    for index in 0...bytes.count {
      let byte = unsafe index < bytes.count ? bytes[index] : UInt8(ascii: "\n")
      guard byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n") else { continue }
      cells.append(unsafe String(decoding: bytes[start..<index], as: UTF8.self))
      start = index + 1
      guard byte == UInt8(ascii: "\n") else { continue }
      read(cells, &lists)
      cells.removeAll(keepingCapacity: true)
    }
    for shape in shapes {
      for member in shape.members {
        for field in member.fields { fields[field].marks.formUnion(member.marks) }
      }
    }
    nameEventTypes()
  }

  /// - Parameter lists: the fields of names and paths that were met before, for most are met in many events.
  private mutating func read(_ cells: [String], _ lists: inout [String: [Int]]) {
    switch cells[0] {
    case "F": readField(cells)
    case "S": readShape(cells)
    case "M": shapes[shapes.count - 1].members.append(member(cells, &lists))
    case "B": destination(cells[1]).map { bags[$0, default: []].append(cells[2]) }
    case "X": destination(cells[1]).map { spellings[$0, default: []].append((cells[2], indices(cells[3], &lists))) }
    default: preconditionUnknown(cells[0])
    }
  }

  private mutating func readField(_ cells: [String]) {
    guard let fieldClass = FieldClass(rawValue: cells[2]), let kind = ValueKind(rawValue: cells[4]) else {
      return preconditionUnknown(cells[1])
    }
    fieldIndices[cells[1]] = fields.count
    fields.append(
      Field(
        name: cells[1], fieldClass: fieldClass, isPersonal: cells[3] == "p", kind: kind, isLinking: cells[5] == "l"))
  }

  private mutating func readShape(_ cells: [String]) {
    guard let destination = destination(cells[2]) else { return preconditionUnknown(cells[2]) }
    shapeIndices[ShapeKey(event: cells[1], destination: destination)] = shapes.count
    shapes.append(
      EventShape(
        event: cells[1], destination: destination, displayName: cells[3],
        ownName: cells.count > 4 ? cells[4] : cells[3], members: []))
  }

  private func member(_ cells: [String], _ lists: inout [String: [Int]]) -> Member {
    let flags = cells[3].utf8
    var marks: MarkSources = []
    if flags.contains(UInt8(ascii: "G")) { marks.insert(.glossary) }
    if flags.contains(UInt8(ascii: "V")) { marks.insert(.v10) }
    if flags.contains(UInt8(ascii: "H")) { marks.insert(.history) }
    return Member(
      path: cells[1], type: cells[2], isRequired: flags.contains(UInt8(ascii: "r")),
      isDeprecated: flags.contains(UInt8(ascii: "D")), isEventName: flags.contains(UInt8(ascii: "E")), marks: marks,
      fields: indices(cells.count > 4 ? cells[4] : cells[1], &lists))
  }

  private func destination(_ name: String) -> Destination? { Destination(rawValue: name) }

  /// The fields of a list of names, or of a path that ends with the name.
  private func indices(_ names: String, _ lists: inout [String: [Int]]) -> [Int] {
    if let known = lists[names] { return known }
    let list = lastPart(of: names).split(separator: ",").compactMap { fieldIndices[String($0)] }
    lists[names] = list
    return list
  }

  /// The text is generated and tested, so an unknown word is a mistake of ours.
  private func preconditionUnknown(_ word: String) { assertionFailure("catalog: unknown word \(word)") }
}

/// The name behind the last dot of a path.
package func lastPart(of path: String) -> String {
  path.lastIndex(of: ".").map { String(path[path.index(after: $0)...]) } ?? path
}
