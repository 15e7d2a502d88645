/// Takes the facts of a glossary page: names, paths, types, marks; never its sentences.
package struct GlossaryImport: Sendable {
  /// What the page says, in byte order of event types and in the catalog's order of destinations.
  package private(set) var addition = CatalogAddition(events: [], fields: [])
  /// In the order of the page.
  package private(set) var findings: [CatalogFinding] = []

  private var places: [Place: Int] = [:]
  private var toldTypes: Set<String> = []
  private let canonical: CanonicalFields

  private struct Place: Hashable {
    let event: String
    let destination: Destination
  }

  /// - Parameter catalog: only tells which canonical fields paths stand for; every other fact is the page's own.
  package init(page: [UInt8], catalog: Catalog) {
    canonical = CanonicalFields(catalog)
    for block in GlossaryPage(page).blocks { read(block) }
    let isMarked = addition.events.contains { $0.members.contains(where: \.isAnnotated) }
    if findings.isEmpty && !addition.events.isEmpty && !isMarked {
      report(
        .noMarks, 1, "no field of the page is marked as personal",
        hint: "look how the page spells marks: [PII] is read; the catalog's own marks hold all the same")
    }
    addition.events.sort { left, right in
      left.event == right.event
        ? left.destination.order < right.destination.order
        : left.event.utf8.lexicographicallyPrecedes(right.event.utf8)
    }
    let named = Set(addition.events.flatMap(\.members).flatMap(\.fields))
    addition.fields = named.filter { catalog.index(ofField: $0) == nil }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { CatalogAddition.Field(unclassified: $0) }
  }

  /// How many places of the page could not be read.
  package var unread: Int { findings.count { !$0.code.isNote } }

  package var isIncomplete: Bool { unread > 0 }

  private mutating func read(_ block: GlossaryPage.Block) {
    guard let header = GlossaryHeader(block) else {
      if GlossaryHeader.looksLikeEvent(block) {
        report(
          .noEventName, block.line, "the block names no event type in front of its members",
          hint: "write it as a comment: // users.messages.email.Open")
      }
      return
    }
    let document: PlacedJSON
    do throws(PlacedJSON.Malformed) {
      document = try PlacedJSON(parsing: header.json, firstLine: block.line)
    } catch {
      return report(
        .damagedJSON, error.line, "the example of \(header.event) is no JSON here; the whole block was left out",
        hint: "compare the line with the blocks that were read")
    }
    switch GlossaryShape(document.value) {
    case .destination(let destination): take(document, of: header, in: destination)
    case .other(let name):
      report(
        .otherDestination, header.line, "\(header.event): an example for \(name), which the catalog has no shapes of; left out",
        hint: "nothing to do: the examples for the five destinations are read")
    case .unknown:
      report(
        .unknownShape, header.line, "\(header.event): the example has the shape of no destination",
        hint: "compare its members with those of `currents-scrub catalog show`")
    }
  }

  private mutating func take(_ document: PlacedJSON, of header: GlossaryHeader, in destination: Destination) {
    var members = GlossaryMembers(event: header.event)
    members.take(document, path: "")
    findings += members.findings
    for finding in members.types where toldTypes.insert(finding.type).inserted { findings.append(finding.finding) }
    var found = members.members.map { member in
      var member = member
      member.fields = canonical.fields(at: member.path, in: destination)
      return member
    }
    let namePath = destination.namePaths.first { path in found.contains { $0.path == path } }
    for index in found.indices where found[index].path == namePath { found[index].isEventName = true }
    let event = CatalogAddition.Event(
      event: header.event, destination: destination, displayName: header.displayName, members: found)
    let place = Place(event: header.event, destination: destination)
    if let known = places[place] {
      addition.events[known].unite(with: event)
    } else {
      places[place] = addition.events.count
      addition.events.append(event)
    }
  }

  private mutating func report(_ code: CatalogFinding.Code, _ line: Int, _ message: String, hint: String) {
    findings.append(CatalogFinding(code, line: line, message, hint: hint))
  }
}

extension CatalogAddition.Event {
  /// Takes what another example of the same event says: marks are united, and a member is required where all say so.
  fileprivate mutating func unite(with other: CatalogAddition.Event) {
    if displayName.isEmpty { displayName = other.displayName }
    var known: [String: Int] = [:]
    for (index, member) in members.enumerated() { known[member.path] = index }
    for member in other.members {
      if let index = known[member.path] {
        members[index].unite(with: member)
      } else {
        members.append(member)
      }
    }
  }
}

extension CatalogAddition.Member {
  mutating func unite(with other: CatalogAddition.Member) {
    isRequired = isRequired && other.isRequired
    isAnnotated = isAnnotated || other.isAnnotated
    isDeprecated = isDeprecated || other.isDeprecated
  }
}

extension Destination {
  fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// Where an event says what it is; the second path counts where the shape has no first.
  fileprivate var namePaths: [String] {
    switch self {
    case .storage: []
    case .amplitude: ["event_type"]
    case .mixpanel, .segment: ["event"]
    case .mparticle: ["events[].data.event_name", "events[].event_type"]
    }
  }
}

/// Which canonical fields a path stands for: as the catalog has it for the destination in any event, else the last
/// part of the path.
private struct CanonicalFields: Sendable {
  private let catalog: Catalog
  private let tables: [Destination: PathTable]

  init(_ catalog: Catalog) {
    self.catalog = catalog
    tables = Dictionary(
      uniqueKeysWithValues: Destination.allCases.map { ($0, PathTable(catalog, $0, extra: [])) })
  }

  func fields(at path: String, in destination: Destination) -> [String] {
    let known = tables[destination]?.fields(at: path) ?? []
    return known.isEmpty ? [lastPart(of: path)] : known.map { catalog.fields[$0].name }
  }
}
