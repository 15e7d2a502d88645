package import ScrubPolicy

/// What `catalog list --json` prints.
package struct CatalogList: Document, Sendable {
  package let schema = "currents-scrub/catalog-list/1"
  package let events: [Event]

  package struct Event: Encodable, Sendable {
    package let event: String
    package let destinations: [String]
    package let fields: Int
    package let marked: Int
    package let personal: Int
  }

  package init(_ catalog: Catalog, destination: Destination?) {
    events = catalog.summaries(in: destination).map {
      Event(
        event: $0.event, destinations: $0.destinations.map(\.rawValue), fields: $0.fields, marked: $0.marked,
        personal: $0.personal)
    }
  }
}

/// What `catalog show EVENT --json` prints.
package struct CatalogEvent: Document, Sendable {
  package let schema = "currents-scrub/catalog-event/1"
  package let event: String
  package let destinations: [Shape]

  package struct Shape: Encodable, Sendable {
    package let destination: String
    package let displayName: String
    package let ownName: String
    package let members: [ShapeMember]

    enum CodingKeys: String, CodingKey {
      case destination
      case displayName = "display_name"
      case ownName = "own_name"
      case members
    }
  }

  package struct ShapeMember: Encodable, Sendable {
    package let path: String
    package let type: String
    package let isRequired: Bool
    package let isDeprecated: Bool
    package let namesEvent: Bool
    /// The sources of the mark in this very shape.
    package let marks: [String]
    package let fields: [Facts]

    enum CodingKeys: String, CodingKey {
      case path, type
      case isRequired = "required"
      case isDeprecated = "deprecated"
      case namesEvent = "names_event"
      case marks, fields
    }
  }

  package struct Facts: Encodable, Sendable {
    package let field: String
    package let fieldClass: String
    package let kind: String
    package let isPersonal: Bool
    package let isLinking: Bool
    /// The sources of the mark in any event.
    package let marks: [String]

    enum CodingKeys: String, CodingKey {
      case field
      case fieldClass = "class"
      case kind
      case isPersonal = "personal"
      case isLinking = "linking"
      case marks
    }
  }

  package init(_ event: String, in catalog: Catalog, destination: Destination?) {
    self.event = event
    destinations = catalog.allShapes(of: event, in: destination).map { shape in
      Shape(
        destination: shape.destination.rawValue, displayName: shape.displayName, ownName: shape.ownName,
        members: catalog.members(of: shape).map { ShapeMember($0, in: catalog) })
    }
  }
}

extension CatalogEvent.ShapeMember {
  init(_ member: Member, in catalog: Catalog) {
    path = member.path
    type = member.type
    isRequired = member.isRequired
    isDeprecated = member.isDeprecated
    namesEvent = member.isEventName
    marks = member.marks.names
    fields = member.fields.map { index in
      let field = catalog.fields[index]
      return CatalogEvent.Facts(
        field: field.name, fieldClass: field.fieldClass.rawValue, kind: field.kind.rawValue, isPersonal: field.isPersonal,
        isLinking: field.isLinking, marks: field.marks.names)
    }
  }
}

/// What `catalog show FIELD --json` prints.
package struct CatalogField: Document, Sendable {
  package let schema = "currents-scrub/catalog-field/1"
  package let field: String
  package let fieldClass: String
  package let kind: String
  package let isPersonal: Bool
  package let isLinking: Bool
  package let marks: [Mark]
  package let paths: [Path]
  package let events: [Event]

  package struct Mark: Encodable, Sendable {
    package let source: String
    package let shapes: Int
  }

  package struct Path: Encodable, Sendable {
    package let destination: String
    package let path: String
    /// Event types whose shape has it; 0 where any event may.
    package let events: Int
  }

  package struct Event: Encodable, Sendable {
    package let event: String
    package let destinations: [String]
  }

  enum CodingKeys: String, CodingKey {
    case schema, field
    case fieldClass = "class"
    case kind
    case isPersonal = "personal"
    case isLinking = "linking"
    case marks, paths, events
  }

  package init(_ index: Int, in catalog: Catalog, destination: Destination?) {
    let facts = catalog.fields[index]
    field = facts.name
    fieldClass = facts.fieldClass.rawValue
    kind = facts.kind.rawValue
    isPersonal = facts.isPersonal
    isLinking = facts.isLinking
    marks = catalog.markCounts(ofField: index).map { Mark(source: $0.source, shapes: $0.count) }
    paths = catalog.paths(ofField: index, in: destination).map {
      Path(destination: $0.destination.rawValue, path: $0.path, events: $0.events)
    }
    events = catalog.events(withField: index, in: destination).map {
      Event(event: $0.event, destinations: $0.destinations.map(\.rawValue))
    }
  }
}

/// What `catalog import -o FILE --json` prints.
package struct CatalogImportSummary: Document, Sendable {
  package let schema = "currents-scrub/catalog-import/1"
  package let eventTypes: Int
  package let shapes: Int
  /// Fields in no catalog, taken as personal.
  package let unclassifiedFields: Int
  /// Places that were not read.
  package let unread: Int

  enum CodingKeys: String, CodingKey {
    case schema
    case eventTypes = "event_types"
    case shapes
    case unclassifiedFields = "unclassified_fields"
    case unread
  }

  package init(_ imported: GlossaryImport) {
    let addition = imported.addition
    eventTypes = Set(addition.events.map(\.event)).count
    shapes = addition.events.count
    unclassifiedFields = addition.fields.count
    unread = imported.unread
  }
}
