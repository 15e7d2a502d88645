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

  /// Who said that an erasure may be carried out.
  package struct Approval: Sendable {
    package let by: String
    package let on: String
    package let place: Policy.Place
  }

  package var id: String?
  /// What is asked for.
  package var kind: String?
  package var received: (text: String, place: Policy.Place)?
  package var law: String?
  package var subjects: [Subject] = []
  package var verified: Verification?
  package var approved: Approval?
  /// Why an erasure is asked for.
  package var grounds: [String] = []
  package var relation: String?
  package var workspaces: [String] = []
  /// What was decided of profiles that share a value with the person.
  package var profiles: (included: [String], excluded: [String]) = ([], [])

  /// Reads a request, strictly.
  ///
  /// - Parameters:
  ///   - kinds: the words for what may be asked for.
  ///   - laws: the words for laws.
  ///   - relations: how somebody may stand to the person.
  ///   - formats: the forms of identifiers.
  package static func reading(
    yaml text: String, file: String, kinds: [String], laws: [String], relations: [String], formats: [String]
  ) -> (entry: RequestEntry, findings: [Diagnostic]) {
    var reader = RequestFileReader(
      yaml: YAMLReader(file: file, showsNames: false), kinds: kinds, laws: laws, relations: relations, formats: formats)
    let entry = reader.read(text)
    return (entry, reader.yaml.diagnostics)
  }
}

private struct RequestFileReader {
  var yaml: YAMLReader
  let kinds, laws, relations, formats: [String]

  mutating func read(_ text: String) -> RequestEntry {
    var entry = RequestEntry()
    guard let root = yaml.root(of: text, startingWith: "`request: ID` and `subjects: []`") else { return entry }
    let members = yaml.members(
      root, of: "a request",
      known: [
        "request", "kind", "received", "law", "subjects", "verified", "approved", "grounds", "requester", "workspaces",
        "profiles",
      ])
    guard case .mapping = root else { return entry }
    for name in ["request", "subjects"] where members[name] == nil {
      yaml.report(.missingKey, root.mark, "a request has no `\(name)`", mend: "add `\(name): ...`")
    }
    entry.id = members["request"].flatMap { yaml.text($0, "request") }
    entry.kind = members["kind"].flatMap { yaml.word($0, "kind", of: kinds) }
    if let node = members["received"], let text = yaml.text(node, "received") {
      entry.received = (text, Policy.Place(node))
    }
    entry.law = members["law"].flatMap { yaml.word($0, "law", of: laws) }
    entry.subjects = members["subjects"].map { yaml.subjects($0, formats: formats) } ?? []
    entry.verified = members["verified"].flatMap { verification($0) }
    entry.approved = members["approved"].flatMap { approval($0) }
    entry.grounds = members["grounds"].map { yaml.texts($0, "grounds").map(\.text) } ?? []
    if let requester = members["requester"] {
      let members = yaml.members(requester, of: "requester", known: ["relation"])
      entry.relation = members["relation"].flatMap { yaml.word($0, "relation", of: relations) }
    }
    entry.workspaces = members["workspaces"].map { yaml.workspaces($0) } ?? []
    if let profiles = members["profiles"] {
      let members = yaml.members(profiles, of: "profiles", known: ["include", "exclude"])
      entry.profiles.included = members["include"].map { yaml.texts($0, "include").map(\.text) } ?? []
      entry.profiles.excluded = members["exclude"].map { yaml.texts($0, "exclude").map(\.text) } ?? []
    }
    return entry
  }

  private mutating func approval(_ node: Node) -> RequestEntry.Approval? {
    let members = yaml.members(node, of: "approved", known: ["by", "on"])
    for name in ["by", "on"] where members[name] == nil {
      yaml.report(.missingKey, node.mark, "approved has no `\(name)`", mend: "add `\(name): ...`")
    }
    guard let by = members["by"].flatMap({ yaml.text($0, "by") }), let on = members["on"].flatMap({ yaml.text($0, "on") })
    else { return nil }
    return RequestEntry.Approval(by: by, on: on, place: Policy.Place(members["on"] ?? node))
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
