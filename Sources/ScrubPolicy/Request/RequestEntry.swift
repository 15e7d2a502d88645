internal import Yams

/// A request as its file tells it, before identifiers and days are looked at. Nothing that is told of its mistakes
/// holds a value of it.
package struct RequestEntry: Sendable {
  /// An identifier of the person.
  package struct Subject: Sendable {
    package let kind: String
    package let value: String
    /// `raw`, or the digest that the value is.
    package let format: String
    package let place: Policy.Place
  }

  package struct Verification: Sendable {
    package let by: String
    package let on: String
    package let method: String
    package let place: Policy.Place
  }

  package var id: String?
  package var received: (text: String, place: Policy.Place)?
  package var law: String?
  package var subjects: [Subject] = []
  package var verified: Verification?
  package var relation: String?
  package var workspaces: [String] = []

  /// Reads a request, strictly.
  ///
  /// - Parameters:
  ///   - laws: the words for laws.
  ///   - relations: how somebody may stand to the person.
  ///   - formats: the forms of identifiers.
  package static func reading(
    yaml text: String, file: String, laws: [String], relations: [String], formats: [String]
  ) -> (entry: RequestEntry, findings: [Diagnostic]) {
    var reader = RequestFileReader(yaml: YAMLReader(file: file), laws: laws, relations: relations, formats: formats)
    let entry = reader.read(text)
    return (entry, reader.yaml.diagnostics)
  }
}

private struct RequestFileReader {
  var yaml: YAMLReader
  let laws, relations, formats: [String]

  mutating func read(_ text: String) -> RequestEntry {
    var entry = RequestEntry()
    guard let root = yaml.root(of: text, startingWith: "`request: ID` and `subjects: []`") else { return entry }
    let members = yaml.members(
      root, of: "a request",
      known: ["request", "received", "law", "subjects", "verified", "requester", "workspaces"])
    guard case .mapping = root else { return entry }
    for name in ["request", "subjects"] where members[name] == nil {
      yaml.report(.missingKey, root.mark, "a request has no `\(name)`", mend: "add `\(name): ...`")
    }
    entry.id = members["request"].flatMap { yaml.text($0, "request") }
    if let node = members["received"], let text = yaml.text(node, "received") {
      entry.received = (text, place(node))
    }
    entry.law = members["law"].flatMap { word($0, "law", laws) }
    entry.subjects = members["subjects"].map { subjects($0) } ?? []
    entry.verified = members["verified"].flatMap { verification($0) }
    if let requester = members["requester"] {
      let members = yaml.members(requester, of: "requester", known: ["relation"])
      entry.relation = members["relation"].flatMap { word($0, "relation", relations) }
    }
    entry.workspaces = members["workspaces"].map { yaml.texts($0, "workspaces").map(\.text) } ?? []
    return entry
  }

  private mutating func subjects(_ node: Node) -> [RequestEntry.Subject] {
    guard case .sequence(let items) = node, !items.isEmpty else {
      yaml.report(
        .wrongType, node.mark, "subjects is a list of identifiers", mend: "write each as `- email: ...` on a line")
      return []
    }
    return items.flatMap { subject($0) }
  }

  /// `KIND=VALUE`, `KIND: VALUE`, or `kind`, `value` and `format` spelled out.
  private mutating func subject(_ node: Node) -> [RequestEntry.Subject] {
    if let text = node.scalar?.string {
      guard let equals = text.firstIndex(of: "=") else {
        yaml.report(.badValue, node.mark, "a subject is written KIND=VALUE or `KIND: VALUE`", mend: "name its kind")
        return []
      }
      let value = String(text[text.index(after: equals)...])
      return [RequestEntry.Subject(kind: String(text[..<equals]), value: value, format: "raw", place: place(node))]
    }
    guard case .mapping(let mapping) = node else {
      yaml.report(.wrongType, node.mark, "a subject is an identifier", mend: "write `KIND: VALUE`")
      return []
    }
    if mapping.contains(where: { $0.key.scalar?.string == "kind" }) { return spelledOut(node) }
    var subjects: [RequestEntry.Subject] = []
    for (key, value) in mapping {
      guard let kind = key.scalar?.string, let text = yaml.text(value, "an identifier") else { continue }
      subjects.append(RequestEntry.Subject(kind: kind, value: text, format: "raw", place: place(key)))
    }
    return subjects
  }

  private mutating func spelledOut(_ node: Node) -> [RequestEntry.Subject] {
    let members = yaml.members(node, of: "a subject", known: ["kind", "value", "format"])
    guard let kind = members["kind"].flatMap({ yaml.text($0, "kind") }) else { return [] }
    guard let value = members["value"].flatMap({ yaml.text($0, "value") }) else {
      yaml.report(.missingKey, node.mark, "a subject has no `value`", mend: "add `value: ...`")
      return []
    }
    let format = members["format"].map { word($0, "format", formats) } ?? "raw"
    return format.map { [RequestEntry.Subject(kind: kind, value: value, format: $0, place: place(node))] } ?? []
  }

  private mutating func verification(_ node: Node) -> RequestEntry.Verification? {
    let members = yaml.members(node, of: "verified", known: ["by", "on", "method"])
    for name in ["by", "on", "method"] where members[name] == nil {
      yaml.report(.missingKey, node.mark, "verified has no `\(name)`", mend: "add `\(name): ...`")
    }
    guard let by = members["by"].flatMap({ yaml.text($0, "by") }),
      let on = members["on"].flatMap({ yaml.text($0, "on") }),
      let method = members["method"].flatMap({ yaml.text($0, "method") })
    else { return nil }
    return RequestEntry.Verification(by: by, on: on, method: method, place: place(members["on"] ?? node))
  }

  /// One of some words; what stands instead is not told.
  private mutating func word(_ node: Node, _ what: String, _ words: [String]) -> String? {
    guard let text = yaml.text(node, what) else { return nil }
    if words.contains(text) { return text }
    yaml.report(.badValue, node.mark, "this is no value of \(what)", mend: "one of: \(words.joined(separator: ", "))")
    return nil
  }

  private func place(_ node: Node) -> Policy.Place {
    Policy.Place(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }
}
