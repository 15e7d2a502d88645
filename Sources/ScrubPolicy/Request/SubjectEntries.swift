internal import Yams

/// Identifiers of people, and words, as requests and files of holds spell them. Nothing that is told of their mistakes
/// holds a value of them.
extension YAMLReader {
  /// A list of identifiers.
  ///
  /// - Parameter formats: the forms of identifiers: raw, or digests.
  mutating func subjects(_ node: Node, formats: [String]) -> [RequestEntry.Subject] {
    guard case .sequence(let items) = node, !items.isEmpty else {
      report(
        .wrongType, node.mark, "subjects is a list of identifiers", mend: "write each as `- email: ...` on a line")
      return []
    }
    return items.flatMap { subject($0, formats) }
  }

  /// `KIND=VALUE`, `KIND: VALUE`, or `kind`, `value` and `format` spelled out.
  private mutating func subject(_ node: Node, _ formats: [String]) -> [RequestEntry.Subject] {
    if let text = node.scalar?.string {
      guard let equals = text.firstIndex(of: "=") else {
        report(.badValue, node.mark, "a subject is written KIND=VALUE or `KIND: VALUE`", mend: "name its kind")
        return []
      }
      let value = String(text[text.index(after: equals)...])
      return [RequestEntry.Subject(kind: String(text[..<equals]), value: value, format: "raw", place: Policy.Place(node))]
    }
    guard case .mapping(let mapping) = node else {
      report(.wrongType, node.mark, "a subject is an identifier", mend: "write `KIND: VALUE`")
      return []
    }
    if mapping.contains(where: { $0.key.scalar?.string == "kind" }) { return spelledOut(node, formats) }
    var subjects: [RequestEntry.Subject] = []
    for (key, value) in mapping {
      guard let kind = key.scalar?.string, let text = text(value, "an identifier") else { continue }
      subjects.append(RequestEntry.Subject(kind: kind, value: text, format: "raw", place: Policy.Place(key)))
    }
    return subjects
  }

  private mutating func spelledOut(_ node: Node, _ formats: [String]) -> [RequestEntry.Subject] {
    let members = members(node, of: "a subject", known: ["kind", "value", "format"])
    guard let kind = members["kind"].flatMap({ text($0, "kind") }) else { return [] }
    guard let value = members["value"].flatMap({ text($0, "value") }) else {
      report(.missingKey, node.mark, "a subject has no `value`", mend: "add `value: ...`")
      return []
    }
    let format = members["format"].map { word($0, "format", of: formats) } ?? "raw"
    return format.map { [RequestEntry.Subject(kind: kind, value: value, format: $0, place: Policy.Place(node))] } ?? []
  }

  /// One of some words; what stands instead is not told.
  mutating func word(_ node: Node, _ what: String, of words: [String]) -> String? {
    guard let text = text(node, what) else { return nil }
    if words.contains(text) { return text }
    report(.badValue, node.mark, "this is no value of \(what)", mend: "one of: \(words.joined(separator: ", "))")
    return nil
  }
}

extension Policy.Place {
  init(_ node: Node) { self.init(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1) }
}
