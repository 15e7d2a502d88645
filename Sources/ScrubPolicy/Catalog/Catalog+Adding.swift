extension Catalog {
  /// The catalog united with what an addition says. It only ever becomes stricter:
  ///
  /// - marks are added (`MarkSources.addition`), none is taken away;
  /// - an event, a destination's shape, a member or a field that was not known is added;
  /// - a path stands for the fields that it stood for and those of the addition, so that the strictest treatment counts;
  /// - a member is required only where both say so, and keeps its type;
  /// - what an event calls itself belongs to the event that bore the name first;
  /// - a known field can become personal or linking; its class can rise from `non_personal` to `quasi_identifier` and
  ///   from either to any of the others; its kind can take the place of `other`. Anything else that the addition says
  ///   of a known field is passed over.
  ///
  /// A field that neither knows counts as free text and personal.
  package func adding(_ addition: CatalogAddition) -> Catalog {
    var catalog = self
    for field in addition.fields { catalog.add(field) }
    for destination in Destination.allCases {
      let events = addition.events.filter { $0.destination == destination }
      let meanings = catalog.meanings(of: events.flatMap(\.members), in: destination)
      for event in events { catalog.add(event, meanings) }
      catalog.widen(meanings, in: destination)
    }
    catalog.nameEventTypes()
    return catalog
  }

  private mutating func add(_ field: CatalogAddition.Field) {
    if let index = fieldIndices[field.name] {
      fields[index] = fields[index].tightened(by: field)
    } else {
      fieldIndices[field.name] = fields.count
      fields.append(
        Field(
          name: field.name, fieldClass: field.fieldClass, isPersonal: field.isPersonal, kind: field.kind,
          isLinking: field.isLinking))
    }
  }

  /// The fields that each path of the members stands for: those so far, then those of the members.
  private mutating func meanings(
    of members: [CatalogAddition.Member], in destination: Destination
  ) -> [String: [Int]] {
    let table = PathTable(self, destination, extra: [])
    var meanings: [String: [Int]] = [:]
    for member in members {
      var meaning = meanings[member.path] ?? table.fields(at: member.path)
      for name in member.fields {
        if fieldIndices[name] == nil { add(CatalogAddition.Field(unclassified: name)) }
        if let index = fieldIndices[name], !meaning.contains(index) { meaning.append(index) }
      }
      meanings[member.path] = meaning
    }
    return meanings
  }

  private mutating func add(_ event: CatalogAddition.Event, _ meanings: [String: [Int]]) {
    let index = shapeIndex(event)
    var places: [String: Int] = [:]
    for (place, member) in members(of: shapes[index]).enumerated() { places[member.path] = place }
    for member in event.members {
      let added = Member(
        path: member.path, type: member.type, isRequired: member.isRequired, isDeprecated: member.isDeprecated,
        isEventName: member.isEventName, marks: member.isAnnotated ? .addition : [],
        fields: meanings[member.path] ?? [])
      for field in added.fields { fields[field].marks.formUnion(added.marks) }
      if let place = places[member.path] {
        members.append(members[shapes[index].memberNumbers[place]].united(with: added))
        shapes[index].memberNumbers[place] = members.count - 1
      } else {
        places[member.path] = shapes[index].memberNumbers.count
        members.append(added)
        shapes[index].memberNumbers.append(members.count - 1)
      }
    }
  }

  private mutating func shapeIndex(_ event: CatalogAddition.Event) -> Int {
    let key = ShapeKey(event: event.event, destination: event.destination)
    if let known = shapeIndices[key] { return known }
    let name = event.ownName ?? event.displayName
    let isTaken = shapes.contains { $0.destination == event.destination && $0.ownName == name }
    shapeIndices[key] = shapes.count
    shapes.append(
      EventShape(
        event: event.event, destination: event.destination, displayName: event.displayName,
        ownName: isTaken ? "" : name, memberNumbers: []))
    return shapes.count - 1
  }

  /// A path means the same in every event of a destination.
  private mutating func widen(_ meanings: [String: [Int]], in destination: Destination) {
    // Shapes of other destinations may hold the same members, whose meaning stays.
    var widened: [Int: Int] = [:]
    for shape in shapes.indices where shapes[shape].destination == destination {
      for (place, number) in shapes[shape].memberNumbers.enumerated() {
        guard let meaning = meanings[members[number].path], meaning != members[number].fields else { continue }
        if widened[number] == nil {
          widened[number] = members.count
          members.append(members[number])
          members[members.count - 1].fields = meaning
        }
        shapes[shape].memberNumbers[place] = widened[number] ?? number
      }
    }
    for (place, spelling) in (spellings[destination] ?? []).enumerated() {
      if let meaning = meanings[spelling.path] { spellings[destination]?[place].fields = meaning }
    }
  }
}

extension Field {
  fileprivate func tightened(by other: CatalogAddition.Field) -> Field {
    Field(
      name: name, fieldClass: other.fieldClass.rank > fieldClass.rank ? other.fieldClass : fieldClass,
      isPersonal: isPersonal || other.isPersonal, kind: kind == .other ? other.kind : kind,
      isLinking: isLinking || other.isLinking, marks: marks)
  }
}

extension FieldClass {
  /// How much a field of the class says of a person.
  fileprivate var rank: Int {
    switch self {
    case .nonPersonal: 0
    case .quasiIdentifier: 1
    case .directIdentifier, .deviceIdentifier, .credentialToken, .freeText: 2
    }
  }
}

extension Member {
  fileprivate func united(with other: Member) -> Member {
    Member(
      path: path, type: type, isRequired: isRequired && other.isRequired,
      isDeprecated: isDeprecated || other.isDeprecated, isEventName: isEventName || other.isEventName,
      marks: marks.union(other.marks), fields: other.fields)
  }
}
