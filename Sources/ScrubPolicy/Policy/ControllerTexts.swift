internal import Yams

/// What the controller has to say to a person who asks for their data: the texts that no program can know.
package struct ControllerTexts: Sendable {
  package enum Topic: String, CaseIterable, Sendable {
    case name, purposes, categories, recipients, retention, source, transfers, rights
    case automatedDecisions = "automated_decisions"
    case complaintAuthority = "complaint_authority"
  }

  package enum Contact: String, CaseIterable, Sendable { case postal, email, dpo }

  /// A text in the languages in which there is one.
  package struct Text: Hashable, Sendable {
    package var en: String?
    package var fr: String?

    package init(en: String?, fr: String?) {
      self.en = en
      self.fr = fr
    }
  }

  /// The workspace (`app_group_id`) that they are for; nothing for all.
  package fileprivate(set) var workspace: String?
  /// Where the workspace stands in the file, or the file itself.
  package fileprivate(set) var place = Policy.Place()
  package fileprivate(set) var texts: [Topic: Text] = [:]
  package fileprivate(set) var contact: [Contact: Text] = [:]

  /// Texts of which there is none.
  package init() {}

  /// Reads a file of texts, strictly.
  ///
  /// - Returns: what can be used, and everything that is wrong.
  package static func reading(yaml text: String, file: String) -> (texts: ControllerTexts, findings: [Diagnostic]) {
    var reader = ControllerReader(yaml: YAMLReader(file: file))
    let texts = reader.read(text)
    return (texts, reader.yaml.diagnostics)
  }
}

private struct ControllerReader {
  var yaml: YAMLReader

  mutating func read(_ text: String) -> ControllerTexts {
    var texts = ControllerTexts()
    guard let root = yaml.root(of: text, startingWith: "`name: ...`") else { return texts }
    let topics = ControllerTexts.Topic.allCases.map(\.rawValue)
    let members = yaml.members(root, of: "a controller's texts", known: ["workspace", "contact"] + topics)
    if let node = members["workspace"] {
      texts.workspace = line(node, "workspace")
      texts.place = Policy.Place(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }
    for topic in ControllerTexts.Topic.allCases {
      texts.texts[topic] = members[topic.rawValue].flatMap { inLanguages($0, topic.rawValue) }
    }
    guard let contact = members["contact"] else { return texts }
    let ways = yaml.members(contact, of: "contact", known: ControllerTexts.Contact.allCases.map(\.rawValue))
    for way in ControllerTexts.Contact.allCases {
      texts.contact[way] = ways[way.rawValue].flatMap { inLanguages($0, way.rawValue) }
    }
    return texts
  }

  /// One text for all languages, or a mapping with one for each.
  private mutating func inLanguages(_ node: Node, _ what: String) -> ControllerTexts.Text? {
    guard case .mapping = node else {
      return filled(node, what).map { ControllerTexts.Text(en: $0, fr: $0) }
    }
    let members = yaml.members(node, of: what, known: ["en", "fr"])
    return ControllerTexts.Text(
      en: members["en"].flatMap { filled($0, "\(what) in English") },
      fr: members["fr"].flatMap { filled($0, "\(what) in French") })
  }

  private mutating func filled(_ node: Node, _ what: String) -> String? {
    guard let text = yaml.text(node, what) else { return nil }
    if text.contains(where: { !$0.isWhitespace }) && !node.isNull { return text }
    yaml.report(.badValue, node.mark, "\(what) is empty", mend: "write the text, or leave the key out")
    return nil
  }

  private mutating func line(_ node: Node, _ what: String) -> String? {
    guard let text = filled(node, what) else { return nil }
    if CatalogName.isText(text) { return text }
    yaml.report(.badValue, node.mark, "\(what) is one line of at most 200 bytes", mend: "write the workspace's id")
    return nil
  }
}

extension Node {
  /// Whether it is written as `~`, `null` or nothing at all.
  fileprivate var isNull: Bool {
    scalar.map { $0.style == .plain && ["", "~", "null", "Null", "NULL"].contains($0.string) } ?? false
  }
}
