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
      entry.received = (text, Policy.Place(node))
    }
    entry.law = members["law"].flatMap { yaml.word($0, "law", of: laws) }
    entry.subjects = members["subjects"].map { yaml.subjects($0, formats: formats) } ?? []
    entry.verified = members["verified"].flatMap { verification($0) }
    if let requester = members["requester"] {
      let members = yaml.members(requester, of: "requester", known: ["relation"])
      entry.relation = members["relation"].flatMap { yaml.word($0, "relation", of: relations) }
    }
    entry.workspaces = members["workspaces"].map { yaml.texts($0, "workspaces").map(\.text) } ?? []
    return entry
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
    return RequestEntry.Verification(by: by, on: on, method: method, place: Policy.Place(members["on"] ?? node))
  }
}
