/// The facts of the field: every event type, its shapes, its fields and their marks.
package struct Catalog: Sendable {
  package internal(set) var fields: [Field] = []
  package internal(set) var shapes: [EventShape] = []
  /// The members of all shapes: one that stands in many is here once.
  package internal(set) var members: [Member] = []
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

  package func members(of shape: EventShape) -> [Member] { shape.memberNumbers.map { members[$0] } }

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
    // The text is part of the program, and stays where it is.
    let bytes = unsafe UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    let lines = unsafe bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { unsafe CatalogLine(bytes: UnsafeRawBufferPointer(rebasing: $0)) }
    // Most members stand in many shapes, in the same words.
    var numbers: [CatalogLine: Int] = [:]
    for line in lines {
      if !line.isOfMember {
        read(line.cells)
      } else if let known = numbers[line] {
        shapes[shapes.count - 1].memberNumbers.append(known)
      } else {
        numbers[line] = members.count
        shapes[shapes.count - 1].memberNumbers.append(members.count)
        members.append(member(line.cells))
      }
    }
    for member in members {
      for field in member.fields { fields[field].marks.formUnion(member.marks) }
    }
    nameEventTypes()
  }

  private mutating func read(_ cells: [String]) {
    switch cells[0] {
    case "F": readField(cells)
    case "S": readShape(cells)
    case "B": destination(cells[1]).map { bags[$0, default: []].append(cells[2]) }
    case "X": destination(cells[1]).map { spellings[$0, default: []].append((cells[2], indices(cells[3]))) }
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
        ownName: cells.count > 4 ? cells[4] : cells[3], memberNumbers: []))
  }

  private func member(_ cells: [String]) -> Member {
    let flags = cells[3].utf8
    var marks: MarkSources = []
    if flags.contains(UInt8(ascii: "G")) { marks.insert(.glossary) }
    if flags.contains(UInt8(ascii: "V")) { marks.insert(.v10) }
    if flags.contains(UInt8(ascii: "H")) { marks.insert(.history) }
    return Member(
      path: cells[1], type: cells[2], isRequired: flags.contains(UInt8(ascii: "r")),
      isDeprecated: flags.contains(UInt8(ascii: "D")), isEventName: flags.contains(UInt8(ascii: "E")), marks: marks,
      fields: indices(cells.count > 4 ? cells[4] : cells[1]))
  }

  private func destination(_ name: String) -> Destination? { Destination(rawValue: name) }

  /// The fields of a list of names, or of a path that ends with the name.
  private func indices(_ names: String) -> [Int] {
    lastPart(of: names).utf8.split(separator: UInt8(ascii: ",")).compactMap { fieldIndices[String(Substring($0))] }
  }

  /// The text is generated and tested, so an unknown word is a mistake of ours.
  private func preconditionUnknown(_ word: String) { assertionFailure("catalog: unknown word \(word)") }
}

/// A line of the generated text, where it stands in the program.
@safe private struct CatalogLine: Hashable {
  let bytes: UnsafeRawBufferPointer

  var isOfMember: Bool { unsafe bytes.first == UInt8(ascii: "M") }

  var cells: [String] {
    unsafe bytes.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      .map { unsafe String(decoding: $0, as: UTF8.self) }
  }

  static func == (left: CatalogLine, right: CatalogLine) -> Bool { unsafe left.bytes.elementsEqual(right.bytes) }

  func hash(into hasher: inout Hasher) { unsafe hasher.combine(bytes: bytes) }
}

/// The name behind the last dot of a path.
package func lastPart(of path: String) -> String {
  path.utf8.lastIndex(of: UInt8(ascii: ".")).map { String(path[path.utf8.index(after: $0)...]) } ?? path
}
