internal import ScrubPolicy

/// An event type of the sample: what its events need, and the steps that write one.
struct SampleEventType {
  enum JourneyNeed { case either, campaign, canvas }

  /// What a draft must know of its type.
  struct Facts {
    var name = ""
    /// The second-last part of the name: `email`, `sms`, `app`.
    var channel = ""
    var index = 0
    /// Keeps the events of two types, and of one type in two destinations, apart.
    var salt: UInt64 = 0
    var journey = JourneyNeed.either
    var needsPhone = false
    var needsAccount = false
    var mayBeNameless = false
    /// Whether its events have a place for a user at all.
    var namesUser = true
  }

  let facts: Facts
  let shape: EventShape
  let fields: [SampleField]
  /// How many events of it there are, copies included, and how many different ones.
  let count: Int
  let distinct: Int

  init(_ shape: EventShape, index: Int, count: Int, distinct: Int, catalog: Catalog) {
    self.shape = shape
    self.count = count
    self.distinct = distinct
    fields = catalog.members(of: shape).map { SampleField($0, in: shape, catalog: catalog) }
    facts = Self.facts(of: shape, index: index, catalog: catalog)
  }

  private static func facts(of shape: EventShape, index: Int, catalog: Catalog) -> Facts {
    let members = catalog.members(of: shape)
    func required(_ names: String...) -> Bool {
      members.contains { member in
        member.isRequired && member.fields.contains { names.contains(catalog.fields[$0].name) }
      }
    }
    let stored = catalog.shape(of: shape.event, in: .storage).map(catalog.members)?.first { $0.path == "user_id" }
    var facts = Facts()
    facts.name = shape.event
    facts.channel = shape.event.split(separator: ".").dropLast().last.map(String.init) ?? ""
    facts.index = index
    facts.salt = SampleRandom.purpose(shape.destination.rawValue + "/" + shape.event)
    facts.journey = required("campaign_id") ? .campaign : required("canvas_id") ? .canvas : .either
    if shape.event.hasPrefix("users.canvas") { facts.journey = .canvas }
    facts.needsPhone = ["sms", "whatsapp", "rcs"].contains(facts.channel)
    facts.needsAccount = required("external_user_id")
    facts.mayBeNameless = stored?.isRequired == false && !required("user_id", "external_user_id")
    facts.namesUser = members.contains { member in
      member.fields.contains { ["user_id", "external_user_id"].contains(catalog.fields[$0].name) }
    }
    return facts
  }
}

/// One member of a type's events.
struct SampleField {
  enum Kind {
    case string, int, long, float, boolean
    case list(ofNullable: Bool)
  }

  let recipe: SampleRecipe
  let kind: Kind
  let isRequired: Bool
  let path: String
  let doc: String

  init(_ member: Member, in shape: EventShape, catalog: Catalog) {
    recipe = SampleRecipe.of(member, in: shape, catalog: catalog)
    kind = Self.kind(member.type)
    isRequired = member.isRequired
    path = member.path
    let name = lastPart(of: member.path)
    let mark = member.marks.contains(.v10) ? "[PII] " : member.isDeprecated ? "[DEPRECATED] " : ""
    doc = mark + (Self.words[name] ?? String(name.map { $0 == "_" ? " " : $0 }))
  }

  private static func kind(_ type: String) -> Kind {
    switch type {
    case "int": .int
    case "long": .long
    case "float": .float
    case "boolean": .boolean
    case "array of string?": .list(ofNullable: true)
    case "array of string": .list(ofNullable: false)
    default: .string
    }
  }

  /// Where the name alone does not say it.
  private static let words = [
    "id": "id of this event", "user_id": "id of the user",
    "external_user_id": "id of the user at the customer",
    "time": "when it happened, in seconds since 1970",
    "time_ms": "when it happened, in milliseconds since 1970",
    "app_group_id": "id of the workspace", "ad_id": "advertising id",
    "bsuid": "id of a WhatsApp user for one business",
    "ll_accuracy": "accuracy of latitude and longitude", "dob": "date of birth",
    "orphaned_by_id": "id of the user that took its place", "esp": "sender of the emails",
  ]
}
