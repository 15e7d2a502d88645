extension CatalogAddition {
  /// Reads an addition strictly: a key that is not known, twice there or missing is a mistake, and all mistakes are told.
  package init(parsing bytes: [UInt8]) throws(CatalogAdditionFailure) {
    let document: PlacedJSON
    do throws(PlacedJSON.Malformed) { document = try PlacedJSON(parsing: bytes) } catch {
      throw CatalogAdditionFailure(findings: [
        CatalogFinding(
          .notJSON, line: error.line, "this is no JSON",
          hint: "an addition is made by `currents-scrub catalog import`")
      ])
    }
    var reader = CatalogAdditionReader()
    let addition = reader.addition(document)
    guard reader.findings.isEmpty else { throw CatalogAdditionFailure(findings: reader.findings) }
    self = addition
  }
}

/// Walks an addition and collects what is wrong with it; what it returns counts only when nothing is.
private struct CatalogAdditionReader {
  private(set) var findings: [CatalogFinding] = []

  mutating func addition(_ document: PlacedJSON) -> CatalogAddition {
    let members = members(document, "the addition", required: ["schema", "events"], optional: ["fields"])
    if let schema = members["schema"], schema.value.text != CatalogAddition.schema {
      report(.badValue, schema.line, "`schema` is `\(CatalogAddition.schema)`", hint: "make the addition anew with this program")
    }
    let events = items(members["events"], "events").enumerated().map { event($1, "events[\($0)]") }
    let fields = items(members["fields"], "fields").enumerated().map { field($1, "fields[\($0)]") }
    refuseRepeats(events.map { $0.event.isEmpty ? "" : "\($0.event) \($0.destination)" }, members["events"], "events")
    refuseRepeats(fields.map(\.name), members["fields"], "fields")
    return CatalogAddition(events: events, fields: fields)
  }

  private mutating func event(_ json: PlacedJSON, _ place: String) -> CatalogAddition.Event {
    let members = members(
      json, place, required: ["event", "destination", "members"], optional: ["display_name", "own_name"])
    let name = text(members["event"], "\(place).event", "an event type, such as users.messages.email.Open") {
      CatalogName.isEventType($0)
    }
    let event = CatalogAddition.Event(
      event: name ?? "", destination: word(members["destination"], "\(place).destination") ?? .storage,
      displayName: text(members["display_name"], "\(place).display_name", "a text on one line", CatalogName.isText) ?? "",
      ownName: text(members["own_name"], "\(place).own_name", "a text on one line", CatalogName.isText),
      members: items(members["members"], "\(place).members").enumerated()
        .map { member($1, "\(place).members[\($0)]") })
    refuseRepeats(event.members.map(\.path), members["members"], "\(place).members")
    return event
  }

  private mutating func member(_ json: PlacedJSON, _ place: String) -> CatalogAddition.Member {
    let members = members(
      json, place, required: ["path", "type", "required", "annotated"],
      optional: ["deprecated", "fields", "names_event"])
    let path = text(members["path"], "\(place).path", "names with dots between", CatalogName.isPath) ?? ""
    let type = text(members["type"], "\(place).type", "a text on one line") { CatalogName.isText($0) && !$0.isEmpty }
    let names = members["fields"]
    var fields = items(names, "\(place).fields").enumerated().compactMap { index, name in
      text(name, "\(place).fields[\(index)]", "a canonical name of a field", CatalogName.isMember)
    }
    if names == nil { fields = [lastPart(of: path)] }
    if fields.isEmpty, let names {
      report(.badValue, names.line, "`\(place).fields` names no field", hint: "name the canonical field, or leave `fields` out")
    }
    return CatalogAddition.Member(
      path: path, type: type ?? "string", isRequired: truth(members["required"], "\(place).required"),
      isAnnotated: truth(members["annotated"], "\(place).annotated"),
      isDeprecated: truth(members["deprecated"], "\(place).deprecated"),
      isEventName: truth(members["names_event"], "\(place).names_event"), fields: fields)
  }

  private mutating func field(_ json: PlacedJSON, _ place: String) -> CatalogAddition.Field {
    let members = members(json, place, required: ["name", "class", "kind", "personal", "linking"], optional: [])
    return CatalogAddition.Field(
      name: text(members["name"], "\(place).name", "a canonical name of a field", CatalogName.isMember) ?? "",
      fieldClass: word(members["class"], "\(place).class") ?? .freeText,
      kind: word(members["kind"], "\(place).kind") ?? .other,
      isPersonal: truth(members["personal"], "\(place).personal"),
      isLinking: truth(members["linking"], "\(place).linking"))
  }

  // MARK: typed access

  private mutating func members(
    _ json: PlacedJSON, _ place: String, required: [String], optional: [String]
  ) -> [String: PlacedJSON] {
    guard json.value.isObject else {
      report(.wrongType, json.line, "\(place) is an object", hint: "write {...}")
      return [:]
    }
    let known = required + optional
    var members: [String: PlacedJSON] = [:]
    for member in json.members {
      let (key, value) = (member.name, member.value)
      if !known.contains(key) {
        report(
          .unknownKey, value.line, "\(place) has a key that is none of \(known.joined(separator: ", "))",
          hint: nearest(key, in: known).map { "did you mean `\($0)`?" } ?? "remove it")
      } else if members.updateValue(value, forKey: key) != nil {
        report(.duplicateKey, value.line, "the key `\(key)` of \(place) stands here a second time", hint: "remove one of the two")
      }
    }
    for key in required where members[key] == nil {
      report(.missingKey, json.line, "\(place) has no `\(key)`", hint: "add it")
    }
    return members
  }

  private mutating func items(_ json: PlacedJSON?, _ place: String) -> [PlacedJSON] {
    guard let json else { return [] }
    if json.value.items == nil { report(.wrongType, json.line, "`\(place)` is a list", hint: "write [...]") }
    return json.items
  }

  private mutating func text(
    _ json: PlacedJSON?, _ place: String, _ what: String, _ isAllowed: (String) -> Bool
  ) -> String? {
    guard let json else { return nil }
    guard let text = json.value.text else {
      report(.wrongType, json.line, "`\(place)` is a text", hint: "write it in quotes")
      return nil
    }
    if isAllowed(text) { return text }
    report(.badValue, json.line, "`\(place)` is \(what)", hint: "write it so")
    return nil
  }

  private mutating func truth(_ json: PlacedJSON?, _ place: String) -> Bool {
    guard let json else { return false }
    if case .boolean(let truth) = json.value { return truth }
    report(.wrongType, json.line, "`\(place)` is true or false", hint: "write true or false, without quotes")
    return false
  }

  private mutating func word<Word: RawRepresentable & CaseIterable>(
    _ json: PlacedJSON?, _ place: String
  ) -> Word? where Word.RawValue == String {
    guard let text = text(json, place, "a word", { _ in true }) else { return nil }
    let all = Word.allCases.map(\.rawValue)
    if all.contains(text), let word = Word(rawValue: text) { return word }
    report(
      .badValue, json?.line ?? 1, "`\(place)` is none of \(all.joined(separator: ", "))",
      hint: nearest(text, in: all).map { "did you mean `\($0)`?" } ?? "choose one of them")
    return nil
  }

  /// - Parameter names: those of the list's items; empty where one is wrong already.
  private mutating func refuseRepeats(_ names: [String], _ list: PlacedJSON?, _ place: String) {
    var seen: Set<String> = [""]
    for (index, (name, item)) in zip(names, list?.items ?? []).enumerated() where !seen.insert(name).inserted {
      if name.isEmpty { continue }
      report(.badValue, item.line, "`\(place)[\(index)]` says again what an earlier one says", hint: "put the two together")
    }
  }

  private mutating func report(_ code: CatalogFinding.Code, _ line: Int, _ message: String, hint: String) {
    findings.append(CatalogFinding(code, line: line, message, hint: hint))
  }
}
