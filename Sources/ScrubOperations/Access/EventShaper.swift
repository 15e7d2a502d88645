package import ScrubCore
internal import ScrubPolicy

/// Which fields a policy does not disclose, and why.
package struct HiddenRule: Sendable {
  package let fields: [Glob]
  package let because: String

  package init(fields: [Glob], because: String) {
    self.fields = fields
    self.because = because
  }

  func hides(_ field: String, at path: String) -> Bool { fields.contains { $0.matches(field) || $0.matches(path) } }
}

/// Makes what one person is shown of their events: whole events as plain JSON, without other people's identifiers and
/// credentials.
struct EventShaper: ~Copyable {
  private let context: SearchContext
  private let hidden: [HiddenRule]
  private let own: Set<Identity>
  private let aliases: Aliases
  private var others: OtherPeople
  /// What the paths of the event mean that is shaped.
  private var paths: PathMeanings?
  /// Those of its values that say what sort of event it is.
  private var names: Set<AccessEvent.Value> = []
  /// Whether the event groups its members.
  private var isGrouped = false
  /// In how many lists the value stands that is shaped.
  private var listDepth = 0
  private(set) var masked = MaskedCounts()
  /// By canonical field: how many values are not disclosed, and why.
  private(set) var hiddenFields: [String: HiddenField] = [:]
  /// What stood in fields that are not disclosed.
  private var hiddenIdentities: Set<Identity> = []
  /// What stood in others.
  private var shownIdentities: Set<Identity> = []

  /// The field that tells an event's own id.
  static let eventID = "id"

  /// - Parameters:
  ///   - aliases: pseudonyms of the person's identities, in scrubbed archives.
  ///   - known: whom words of texts stand for; nothing has words collected that may stand for somebody.
  init(_ context: SearchContext, own: Set<Identity>, aliases: Aliases, known: [[UInt8]: Identity]?, hidden: [HiddenRule]) {
    self.context = context
    self.hidden = hidden
    self.own = own
    self.aliases = aliases
    others = OtherPeople(own: own, known: known)
  }

  /// Takes the network addresses in an event's own fields for the person's, wherever they stand.
  mutating func noteAddresses(of event: JSONValue, _ destination: Destination) {
    for path in context.meanings(of: destination).addressPaths {
      if let address = event.text(at: path) { others.note(ownAddress: address) }
    }
  }

  /// Words of the texts that may stand for somebody else.
  var words: Set<[UInt8]> { others.words ?? [] }

  /// An identifier of theirs without its value, where that stood in fields only that are not disclosed, and the request does not
  /// name it.
  mutating func shape(_ identifier: LinkedIdentifier) -> LinkedIdentifier {
    guard !identifier.isGiven, let identity = identifier.identity else { return identifier }
    if hiddenIdentities.contains(identity) && !shownIdentities.contains(identity) { return identifier.spelled(Self.notDisclosed) }
    return mayBeContact(identifier.value, identity.kind) ? identifier.spelled(maskText(identifier.value, .formed)) : identifier
  }

  private static let notDisclosed = "[not disclosed]"

  /// The name of an event's type; one of no catalog may be anything.
  mutating func shape(eventType name: String) -> String {
    // It is counted where the event itself tells it.
    name.isEmpty || context.catalog.eventType(named: name) == name ? name : others.mask(name).text
  }

  /// A shaped event.
  struct Shaped {
    var json: JSONValue
    var values: [AccessEvent.Value] = []
    /// Those that say what sort of event it is.
    var names: Set<AccessEvent.Value> = []
  }

  mutating func shape(_ event: JSONValue, _ destination: Destination) -> Shaped {
    var values: [AccessEvent.Value] = []
    paths = context.meanings(of: destination)
    names = []
    isGrouped = paths?.isGrouped(event) ?? false
    let json = shape(event, Place(), destination, &values)
    return Shaped(json: json, values: values, names: names)
  }

  // MARK: one member

  /// Where a value stands in its event.
  private struct Place {
    var path = ""
    /// The path as it is shown: a name that nobody knows may itself be somebody's.
    var shown = ""
    /// Whether a search reads what stands here as what the path means, which it does not in objects within lists.
    var isRead = true

    func member(_ name: String, shown: String, isRead: Bool) -> Place {
      let isFirst = path.isEmpty
      return Place(
        path: isFirst ? name : path + "." + name, shown: isFirst ? shown : self.shown + "." + shown, isRead: self.isRead && isRead)
    }

    var items: Place { Place(path: path + "[]", shown: shown + "[]", isRead: isRead) }
    var unread: Place { Place(path: path, shown: shown, isRead: false) }
  }

  private mutating func shape(
    _ value: JSONValue, _ place: Place, _ destination: Destination, _ values: inout [AccessEvent.Value]
  ) -> JSONValue {
    let path = place.path
    // Not disclosed is whatever may be such a field.
    let named = path.isEmpty ? nil : paths?.field(at: path, isGrouped: true)
    if !path.isEmpty, let rule = hiddenRule(named, path) {
      if case .null = value { return value }
      let name = named?.name ?? place.shown
      hiddenFields[name, default: HiddenField(field: name, because: rule.because, values: 0)].values += 1
      if let identity = identity(value.text ?? Self.identityText(value), named) { hiddenIdentities.insert(identity) }
      return .string(Self.notDisclosed)
    }
    let field = named == nil || !place.isRead ? nil : isGrouped ? named : paths?.field(at: path, isGrouped: false)
    switch value {
    case .null: return .null
    case .object(let members):
      if destination == .storage, let inner = Self.unwrapped(members) {
        return shape(inner, inner.isObject ? place.unread : place, destination, &values)
      }
      var shaped: [(key: String, value: JSONValue)] = []
      for (key, value) in members {
        let name = maskText(key)
        shaped.append((name, shape(value, place.member(key, shown: name, isRead: listDepth == 0), destination, &values)))
      }
      return .object(shaped)
    case .array(let items):
      if place.isRead && paths?.batchPaths.contains(path + "[]") ?? false { return .array(items.map { shape($0, place.items, destination, &values) }) }
      if place.isRead && listDepth == 0, let list = paths?.list(at: path) {
        return .array(items.map { shape($0, of: list, place, destination, &values) })
      }
      var inner: [AccessEvent.Value] = []
      listDepth += 1
      let shaped = JSONValue.array(items.map { shape($0, place, destination, &inner) })
      listDepth -= 1
      // A list in a list is told with the outer one.
      if !items.isEmpty && listDepth == 0 { values.append(AccessEvent.Value(field: field?.name ?? place.shown, text: shaped.compact)) }
      return shaped
    case .boolean, .number, .string:
      let isName = place.isRead && paths?.namesEvent(path, isGrouped: isGrouped) ?? false
      let shaped = isName ? shape(name: value) : shape(scalar: value, field, path)
      let told = AccessEvent.Value(field: field?.name ?? place.shown, text: shaped.text ?? shaped.compact)
      values.append(told)
      if isName { names.insert(told) }
      return shaped
    }
  }

  /// An item of a list in which each names what its value is.
  private mutating func shape(
    _ item: JSONValue, of list: JSONKeyTable.NamedList, _ place: Place, _ destination: Destination, _ values: inout [AccessEvent.Value]
  ) -> JSONValue {
    guard case .object(let members) = item else { return shape(item, place.unread, destination, &values) }
    let labels = members.filter { $0.key == list.label.name }
    let label = labels.count == 1 ? labels[0].value.text : nil
    var shaped: [(key: String, value: JSONValue)] = []
    for (key, value) in members {
      let shown = maskText(key)
      let named = key == list.value ? label.map { place.member($0, shown: maskText($0), isRead: true) } : nil
      shaped.append((shown, shape(value, named ?? place.member(key, shown: shown, isRead: true), destination, &values)))
    }
    return .object(shaped)
  }

  /// The event's own name.
  private mutating func shape(name value: JSONValue) -> JSONValue {
    guard case .string(let text) = value, paths?.eventNames.contains(text) != true else { return value }
    return .string(maskText(text))
  }

  private mutating func shape(scalar value: JSONValue, _ field: Field?, _ path: String) -> JSONValue {
    guard case .string(let text) = value else {
      if let field, field.fieldClass == .credentialToken { return credential() }
      return isForeign(Self.identityText(value), field) ? other(field) : value
    }
    if text.isEmpty { return value }
    let name = path.utf8.split(separator: UInt8(ascii: ".")).last.flatMap { String($0) } ?? ""
    if AuthorizationText.isName(name) || field?.fieldClass == .credentialToken { return credential() }
    guard let field else { return .string(maskText(withoutAuthorization(text))) }
    if isForeign(text, field) { return other(field) }
    if field.kind == .time || field.kind == .date { return EventClock.isTime(text) ? value : .string(maskText(text)) }
    if field.kind.isIdentifier { return mayBeContact(text, field.kind.identity) ? .string(maskText(text, .formed)) : value }
    if field.name == "endpoint_url" { return .string(maskText(withoutSecrets(text))) }
    if field.name == "url_path" { return text == "/" ? value : credential() }
    return field.fieldClass == .freeText ? .string(maskText(withoutAuthorization(text))) : .string(maskText(text, .formed))
  }

  /// What is no text as identities spell it.
  private static func identityText(_ value: JSONValue) -> String {
    let text = Array(value.compact.utf8)
    guard case .number = value, let digits = unsafe identityDigits(ofNumber: text.span.bytes, 0..<text.count) else { return value.compact }
    return String(decoding: digits, as: UTF8.self)
  }

  /// What a field's value identifies.
  private func identity(_ text: String, _ field: Field?) -> Identity? {
    let kind: IdentityKind
    switch field.flatMap({ context.catalog.identityRole(of: $0) }) {
    case .of(let own): kind = own
    case .mergedInto: kind = .brazeID
    case .contact: kind = text.utf8.contains(UInt8(ascii: "@")) ? .email : .phone
    case nil: return nil
    }
    return Identity(kind, Array(text.utf8)).map(aliases.plain)
  }

  /// Whether a value is a Braze id or external id of somebody else; what is not is shown.
  private mutating func isForeign(_ text: String, _ field: Field?) -> Bool {
    guard let identity = identity(text, field) else { return false }
    if identity.kind.isOfProfile && !own.contains(identity) { return true }
    shownIdentities.insert(identity)
    return false
  }

  /// Whether the id of a device may be an address or a number: some apps take one for it.
  private func mayBeContact(_ text: String, _ kind: IdentityKind?) -> Bool {
    (kind == .deviceID || kind == .adID) && (text.utf8.contains { $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "+") })
  }

  private mutating func credential() -> JSONValue {
    masked.credentials += 1
    return .string("[credential]")
  }

  private mutating func other(_ field: Field?) -> JSONValue {
    masked.others[field.flatMap { $0.kind.identity?.name } ?? "other", default: 0] += 1
    return .string("[someone else]")
  }

  private mutating func maskText(_ text: String, _ contents: OtherPeople.Contents = .free) -> String {
    let result = others.mask(text, contents)
    for (kind, count) in result.counts { masked.others[kind.rawValue, default: 0] += count }
    return result.text
  }

  /// A text without what was sent to let somebody in.
  private mutating func withoutAuthorization(_ text: String) -> String {
    let (rest, count) = AuthorizationText.masked(text)
    masked.credentials += count
    return rest
  }

  /// An address of a webhook without what may let others in: all but scheme and host, for the path of many is their secret.
  private mutating func withoutSecrets(_ text: String) -> String {
    var rest = text
    guard let scheme = rest.range(ofText: "://") else {
      masked.credentials += 1
      return "[credential]"
    }
    if let end = rest[scheme.upperBound...].firstIndex(where: { "/?#".contains($0) }), rest[end...] != "/" {
      masked.credentials += 1
      rest = rest[..<end] + "/[credential]"
    }
    if let at = rest[scheme.upperBound...].prefix(while: { $0 != "/" }).lastIndex(of: "@") {
      masked.credentials += 1
      rest = rest[..<scheme.upperBound] + "[credential]" + rest[at...]
    }
    return rest
  }

  // MARK: fields

  /// - Parameter field: nothing for one of no catalog, which is named by its path.
  private func hiddenRule(_ field: Field?, _ path: String) -> HiddenRule? {
    hidden.first { $0.hides(field?.name ?? path, at: path) }
  }

  private static let wrappers: Set<String> = [
    "string", "int", "long", "float", "double", "boolean", "bytes", "array", "map",
  ]

  /// The value in a wrapper of Avro's JSON.
  private static func unwrapped(_ members: [(key: String, value: JSONValue)]) -> JSONValue? {
    guard members.count == 1, let only = members.first, wrappers.contains(only.key) else { return nil }
    return only.value
  }
}

extension [HiddenRule] {
  /// Whether they hide an event's own id, in some destination at least.
  func hideIDs(_ context: SearchContext) -> Bool {
    !isEmpty
      && Destination.allCases.contains { destination in
        context.meanings(of: destination).fields.contains { path, field in
          field.name == EventShaper.eventID && contains { $0.hides(field.name, at: path) }
        }
      }
  }
}

extension String {
  /// Where a text stands first.
  fileprivate func range(ofText text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
