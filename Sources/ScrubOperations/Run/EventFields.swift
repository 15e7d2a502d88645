internal import ScrubCore
internal import ScrubPolicy

extension Catalog {
  /// By slot: 2 where shapes of the catalog have the event's time, 1 where a stored shape has it, 0 elsewhere.
  func timeRanks(_ table: PathTable, _ destination: Destination) -> [UInt8] {
    guard let time = index(ofField: "time") else { return table.paths.map { _ in 0 } }
    var ranks = table.fields.map { UInt8($0 == [time] ? 1 : 0) }
    for shape in shapes where shape.destination == destination {
      for member in members(of: shape) where member.fields == [time] {
        if let slot = table.slot(of: member.path) { ranks[slot] = 2 }
      }
    }
    return ranks
  }

  /// What the values of a field tell of identities; nothing for most fields.
  func identityRole(of field: Field) -> IdentityRole? {
    switch field.name {
    case "orphaned_by_id": .mergedInto
    case "request_id": .of(.agentRequest)
    default: field.kind == .channel ? .contact : field.kind.identity.map { .of($0) }
    }
  }

  /// By slot of a destination.
  func identityRoles(_ table: PathTable) -> [IdentityRole?] {
    table.fields.map { $0.first.flatMap { identityRole(of: fields[$0]) } }
  }

  /// Whether a field stands in events of agents only, of which no other has a request that tells whose it is.
  func isOfAgents(_ field: Field) -> Bool { Self.fieldsOfAgents.contains(field.name) }

  private static let fieldsOfAgents: Set<String> = ["agent_id", "tool_name", "invocation_source"]

  /// By slot of a destination: in which events it tells whose they are.
  ///
  /// What an event says of itself stands in a bag, where a customer's own events name others, such as a friend who was
  /// invited; and a `user_id` of theirs is any number. A visitor's `anonymousId` is the Braze id in Braze's events, and else a
  /// browser's, which several people may use.
  func identityScopes(_ table: PathTable, _ destination: Destination) -> [IdentityScope] {
    if destination == .storage { return table.paths.map { _ in .anyEvent } }
    let bags = bags[destination] ?? []
    return zip(table.paths, identityRoles(table)).map { path, role in
      guard let role, role.isOfProfile else { return .anyEvent }
      if path == "anonymousId" || path == "anonymous_id" { return .brazeEventsOrAlone }
      if role == .of(.brazeID) && path.hasSuffix(".user_id") { return .brazeEvents }
      guard let bag = bags.first(where: path.hasPrefix) else { return .anyEvent }
      // Mixpanel has names of its own in its bag for whose an event is.
      return Self.namesOfIDs.contains(String(path.dropFirst(bag.count))) ? .brazeEvents : .anyEvent
    }
  }

  /// What Braze ids and external ids are called in bags.
  private static let namesOfIDs: Set<String> = [
    "external_user_id", "external_id", "user_id", "braze_id", "braze_user_id", "orphaned_by_id", "alias",
  ]

  /// The names that events of a destination may carry, each with its event type.
  func eventNames(in destination: Destination) -> [(name: String, event: String)] {
    var names: [(name: String, event: String)] = []
    for event in eventTypes {
      if let name = shape(of: event, in: destination)?.ownName, !name.isEmpty {
        // Amplitude shows Braze's events under the old name of the company too.
        names += [(name, event), ("[Appboy] " + name, event)]
        // Segment's warehouse tables are named in small letters, and their rows tell the table.
        if destination == .segment { names.append((Self.tableName(of: name), event)) }
      }
      names.append((event, event))
    }
    return names
  }

  /// The events in which members tell whose they are that say nothing of it in a customer's own: Braze's, and those of partners
  /// that join two ids.
  func namesOfTellingEvents(in destination: Destination) -> [String] {
    eventNames(in: destination).map(\.name) + (destination == .mixpanel ? ["$create_alias"] : [])
  }

  private static func tableName(of name: String) -> String {
    String(
      decoding: name.utf8.map { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
        default: UInt8(ascii: "_")
        }
      }, as: UTF8.self)
  }
}
