/// Facts about events that are added to the catalog: what a glossary page says, or what a user knows.
package struct CatalogAddition: Hashable, Sendable {
  /// One event type as one destination gets it.
  package struct Event: Hashable, Sendable {
    package var event: String
    package var destination: Destination
    package var displayName: String
    /// What the event calls itself, where that is not the display name.
    package var ownName: String?
    package var members: [Member]

    package init(event: String, destination: Destination, displayName: String, ownName: String? = nil, members: [Member]) {
      self.event = event
      self.destination = destination
      self.displayName = displayName
      self.ownName = ownName
      self.members = members
    }
  }

  package struct Member: Hashable, Sendable {
    /// Dots between the levels, `[]` behind an array.
    package var path: String
    package var type: String
    package var isRequired: Bool
    /// Whether it bears the `[PII]` mark.
    package var isAnnotated: Bool
    package var isDeprecated: Bool
    /// Whether the value is the display name of the event.
    package var isEventName: Bool
    /// The canonical fields that the path stands for.
    package var fields: [String]

    package init(
      path: String, type: String, isRequired: Bool, isAnnotated: Bool, isDeprecated: Bool, isEventName: Bool,
      fields: [String]
    ) {
      self.path = path
      self.type = type
      self.isRequired = isRequired
      self.isAnnotated = isAnnotated
      self.isDeprecated = isDeprecated
      self.isEventName = isEventName
      self.fields = fields
    }
  }

  package struct Field: Hashable, Sendable {
    package var name: String
    package var fieldClass: FieldClass
    package var kind: ValueKind
    package var isPersonal: Bool
    package var isLinking: Bool

    package init(
      name: String, fieldClass: FieldClass, kind: ValueKind, isPersonal: Bool, isLinking: Bool
    ) {
      self.name = name
      self.fieldClass = fieldClass
      self.kind = kind
      self.isPersonal = isPersonal
      self.isLinking = isLinking
    }

    /// A field of which nothing but the name is known. It counts as personal until somebody says otherwise: to know
    /// a name must not let values out that were withheld while nobody knew it.
    package init(unclassified name: String) {
      self.init(name: name, fieldClass: .freeText, kind: .other, isPersonal: true, isLinking: false)
    }
  }

  package static let schema = "currents-scrub/catalog-addition/1"

  package var events: [Event]
  /// What is known of fields, by name.
  package var fields: [Field]

  package init(events: [Event], fields: [Field]) {
    self.events = events
    self.fields = fields
  }
}

extension CatalogAddition {
  /// The addition as JSON: members in byte order of their names, one line for each member of an event, so that the
  /// same facts are the same bytes, and a change is a line.
  package var json: String {
    var result = "{\"events\":["
    result += events.map(text).joined(separator: ",")
    result += "],\n\"fields\":["
    result += fields.map { "\n\(text($0))" }.joined(separator: ",")
    return result + "],\n\"schema\":\(quoted(Self.schema))}\n"
  }

  private func text(_ event: Event) -> String {
    let ownName = event.ownName.map { ",\"own_name\":\(quoted($0))" } ?? ""
    return "\n{\"destination\":\(quoted(event.destination.rawValue)),\"display_name\":\(quoted(event.displayName)),"
      + "\"event\":\(quoted(event.event)),\"members\":["
      + event.members.map { "\n\(text($0))" }.joined(separator: ",") + "]\(ownName)}"
  }

  private func text(_ member: Member) -> String {
    let names = member.fields.map(quoted).joined(separator: ",")
    return "{\"annotated\":\(member.isAnnotated),\"deprecated\":\(member.isDeprecated),\"fields\":[\(names)],"
      + (member.isEventName ? "\"names_event\":true," : "")
      + "\"path\":\(quoted(member.path)),\"required\":\(member.isRequired),\"type\":\(quoted(member.type))}"
  }

  private func text(_ field: Field) -> String {
    "{\"class\":\(quoted(field.fieldClass.rawValue)),\"kind\":\(quoted(field.kind.rawValue)),"
      + "\"linking\":\(field.isLinking),\"name\":\(quoted(field.name)),\"personal\":\(field.isPersonal)}"
  }
}

extension CatalogAddition: Encodable {
  /// The same document as `json`, as a part of another.
  package func encode(to encoder: any Encoder) throws { try JSONValue(parsing: Array(json.utf8)).encode(to: encoder) }
}
