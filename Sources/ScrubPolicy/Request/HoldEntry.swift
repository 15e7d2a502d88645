internal import Yams

/// A legal hold as its file tells it, before identifiers and days are looked at. Nothing that is told of its mistakes
/// holds an identifier.
package struct HoldEntry: Sendable {
  /// Whose events; empty for everybody's.
  package var subjects: [RequestEntry.Subject] = []
  /// Of which workspaces (`app_group_id`); empty for all.
  package var workspaces: [String] = []
  /// From this day on.
  package var from: (text: String, place: Policy.Place)?
  /// Up to and with this day.
  package var until: (text: String, place: Policy.Place)?
  package var basis = ""
  package var owner = ""
  package var review: (text: String, place: Policy.Place)?
  package var place = Policy.Place()

  /// Reads a file of holds, strictly.
  ///
  /// - Parameter formats: the forms of identifiers.
  package static func reading(
    yaml text: String, file: String, formats: [String]
  ) -> (holds: [HoldEntry], findings: [Diagnostic]) {
    var yaml = YAMLReader(file: file, showsNames: false)
    let holds = yaml.holds(text, formats)
    return (holds, yaml.diagnostics)
  }
}

extension YAMLReader {
  fileprivate mutating func holds(_ text: String, _ formats: [String]) -> [HoldEntry] {
    guard let root = root(of: text, startingWith: "`holds:` and a list") else { return [] }
    let members = members(root, of: "a file of holds", known: ["holds"])
    guard case .mapping = root else { return [] }
    guard let list = members["holds"] else {
      report(.missingKey, root.mark, "a file of holds has no `holds`", mend: "add `holds: []`")
      return []
    }
    guard case .sequence(let items) = list else {
      report(.wrongType, list.mark, "holds is a list", mend: "start each hold with `- `")
      return []
    }
    return items.map { hold($0, formats) }
  }

  private mutating func hold(_ node: Node, _ formats: [String]) -> HoldEntry {
    var hold = HoldEntry()
    hold.place = Policy.Place(node)
    let members = members(
      node, of: "a hold", known: ["subjects", "workspaces", "from", "until", "basis", "owner", "review"])
    guard case .mapping = node else { return hold }
    for name in ["basis", "owner", "review"] where members[name] == nil {
      report(.missingKey, node.mark, "a hold has no `\(name)`", mend: "add `\(name): ...`")
    }
    // A hold without anything that it is about would hold everything, which nobody writes by leaving lines out.
    if ["subjects", "workspaces", "from", "until"].allSatisfy({ members[$0] == nil }) {
      report(
        .missingKey, node.mark, "a hold says neither whose events it is about, nor where, nor when",
        mend: "add `subjects`, `workspaces`, `from` or `until`")
    }
    hold.subjects = members["subjects"].map { subjects($0, formats: formats) } ?? []
    hold.workspaces = members["workspaces"].map { workspaces($0) } ?? []
    hold.from = members["from"].flatMap { day($0, "from") }
    hold.until = members["until"].flatMap { day($0, "until") }
    hold.basis = members["basis"].flatMap { self.text($0, "basis") } ?? ""
    hold.owner = members["owner"].flatMap { self.text($0, "owner") } ?? ""
    hold.review = members["review"].flatMap { day($0, "review") }
    return hold
  }

  private mutating func day(_ node: Node, _ name: String) -> (text: String, place: Policy.Place)? {
    text(node, name).map { ($0, Policy.Place(node)) }
  }
}
