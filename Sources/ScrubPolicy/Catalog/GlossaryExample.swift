/// What stands in front of an example: a comment with the event type, for partners behind its display name.
struct GlossaryHeader {
  let event: String
  let displayName: String
  let line: Int
  /// The block without comments and Liquid tags, line for line.
  let json: [UInt8]

  init?(_ block: GlossaryPage.Block) {
    var named: (event: String, displayName: String, line: Int)?
    var json: [UInt8] = []
    for (index, line) in block.lines.enumerated() {
      let words = line.trimmed
      if words.starts(with: "//".utf8) {
        if named == nil, let name = Self.name(in: words.dropFirst(2)) {
          named = (name.event, name.displayName, block.line + index)
        }
      } else if !words.starts(with: "{%".utf8) {
        json += line
      }
      json.append(0x0a)
    }
    guard let named else { return nil }
    (event, displayName, self.line) = named
    self.json = json
  }

  /// `Email Click (users.messages.email.Click)`, `Email Click: users.messages.email.Click`, or the event type alone.
  private static func name(in comment: ArraySlice<UInt8>) -> (event: String, displayName: String)? {
    guard let text = String(validating: comment.trimmed, as: UTF8.self), CatalogName.isText(text) else { return nil }
    if CatalogName.isEventType(text) { return (text, "") }
    let isBracketed = text.hasSuffix(")")
    guard let sign = text.lastIndex(of: isBracketed ? "(" : ":") else { return nil }
    let behind = text[text.index(after: sign)...]
    let event = isBracketed ? behind.dropLast() : behind.drop { $0 == " " }
    guard CatalogName.isEventType(event) else { return nil }
    let name = Array(text[..<sign].utf8)[...].trimmed
    return (String(event), String(decoding: name, as: UTF8.self))
  }

  /// Whether a block without a name has members such as a glossary's.
  static func looksLikeEvent(_ block: GlossaryPage.Block) -> Bool {
    block.lines.contains { line in
      guard let open = line.firstIndex(of: UInt8(ascii: "(")) else { return false }
      let need = line[open...].dropFirst()
      return need.starts(with: "required,".utf8) || need.starts(with: "optional,".utf8)
    }
  }
}

/// The members of one example.
struct GlossaryMembers {
  let event: String
  var members: [CatalogAddition.Member] = []
  var findings: [CatalogFinding] = []
  /// Types beyond the known ones.
  var types: [(type: String, finding: CatalogFinding)] = []
  private var indices: [String: Int] = [:]

  private static let knownTypes: Set<String> = [
    "string", "int", "long", "float", "boolean", "array of string", "array of string?",
  ]

  init(event: String) { self.event = event }

  mutating func take(_ json: PlacedJSON, path: String) {
    switch json.value {
    case .object:
      for member in json.members {
        let (key, value) = (member.name, member.value)
        let inner = path.isEmpty ? key : "\(path).\(key)"
        guard CatalogName.isMember(key), inner.utf8.count <= 500 else {
          findings.append(
            CatalogFinding(
              .badName, line: value.line, "\(event): the name of this member cannot stand in a path; it was left out",
              hint: "names are of 1 to 200 bytes, without dots, brackets at the end and control characters"))
          continue
        }
        take(value, path: inner)
      }
    case .array:
      for item in json.items where item.value.isObject { take(item, path: path + "[]") }
      // A list of plain values is one member, as its items say.
      if let item = json.items.first(where: { !$0.value.isObject }) {
        var list = member(item, path: path)
        if !list.type.hasPrefix("array") { list.type = "array of \(list.type)" }
        add(list, json.line)
      }
    default: add(member(json, path: path), json.line)
    }
  }

  private mutating func add(_ member: CatalogAddition.Member, _ line: Int) {
    if !Self.knownTypes.contains(member.type) {
      types.append(
        (
          member.type,
          CatalogFinding(
            .unknownType, line: line, "\(event): \(member.path) is of the type `\(member.type)`, kept as it is spelled",
            hint: "nothing to do where the events hold a plain value there")
        ))
    }
    if let known = indices[member.path] {
      members[known].unite(with: member)
    } else {
      indices[member.path] = members.count
      members.append(member)
    }
  }

  private mutating func member(_ json: PlacedJSON, path: String) -> CatalogAddition.Member {
    var member = CatalogAddition.Member(
      path: path, type: "string", isRequired: true, isAnnotated: false, isDeprecated: false, isEventName: false,
      fields: [])
    switch json.value {
    case .string(let text):
      let lowered = text.lowercased()
      member.isAnnotated = lowered.contains("[pii]")
      member.isDeprecated = lowered.contains("[deprecated]")
      if let form = GlossaryForm(text) { fill(&member, form, json.line) }
    case .number(let text): member.type = text.utf8.allSatisfy { $0 == 0x2d || (0x30...0x39).contains($0) } ? "int" : "float"
    case .boolean: member.type = "boolean"
    default: member.isRequired = false
    }
    return member
  }

  private mutating func fill(_ member: inout CatalogAddition.Member, _ form: GlossaryForm, _ line: Int) {
    member.isRequired = form.need == "required"
    if form.need != "required" && form.need != "optional" {
      findings.append(
        CatalogFinding(
          .unknownNeed, line: line, "\(event): \(member.path) is said to be neither required nor optional; taken as optional",
          hint: "write required or optional in front of the type"))
    }
    guard CatalogName.isText(form.type) else {
      return findings.append(
        CatalogFinding(
          .badName, line: line, "\(event): the type of \(member.path) is no text of a line; taken as string",
          hint: "types are of 1 to 200 bytes, without control characters"))
    }
    member.type = form.type
  }
}

/// `(optional, string)` in front of a member's description.
private struct GlossaryForm {
  let need: String
  let type: String

  /// Nothing for a literal, such as `"library": "Braze"`.
  init?(_ text: String) {
    guard text.hasPrefix("("), let close = text.firstIndex(of: ")") else { return nil }
    let inner = text[..<close].dropFirst()
    guard let comma = inner.firstIndex(of: ",") else { return nil }
    let type = Array(inner[inner.index(after: comma)...].utf8)[...].trimmed
    guard !type.isEmpty else { return nil }
    need = inner[..<comma].lowercased()
    self.type = String(decoding: type, as: UTF8.self)
  }
}
