internal import Yams

/// Reading by the table of the language.
extension YAMLReader {
  /// The members of a mapping, with every key that is unknown, missing or not built yet reported.
  mutating func members(_ node: Node, of section: PolicyGrammar.Section) -> [String: Node] {
    var members = members(node, of: section.what, known: section.names)
    guard case .mapping = node else { return members }
    var isWhole = true
    for key in section.keys {
      guard case .notBuilt = key.shape, let value = members.removeValue(forKey: key.name) else { continue }
      isWhole = false
      report(
        .notBuilt, value.mark, "this version does not carry out `\(key.name)`",
        mend: "remove it; a later version will read it")
    }
    let alone = section.alone.flatMap { members[$0] == nil ? nil : $0 }
    for key in section.keys where key.isRequired {
      if let alone, let value = members[key.name] {
        report(
          .misplacedOption, value.mark, "`\(key.name)` does not go with `\(alone)`", mend: "remove one of the two")
      }
      // A part that this version does not read may stand for one that it misses.
      if alone == nil && isWhole && members[key.name] == nil {
        report(
          .missingKey, node.mark, "\(section.what) has no `\(key.name)`", mend: "add `\(key.name): ...`: \(key.meaning)")
      }
    }
    return members
  }

  /// Where a key comes from.
  mutating func key(_ node: Node) -> Policy.KeyReference? {
    let before = diagnostics.count
    let members = members(node, of: PolicyGrammar.key)
    let id = members["id"].flatMap { name($0, "a key id", digitsAndLetters: 16, underscore: false) }
    let sources = PolicyGrammar.key.oneOf.filter { members[$0] != nil }
    guard sources.count == 1, let source = sources.first, let value = members[source] else {
      if diagnostics.count == before {
        report(
          .badValue, node.mark, "a key has one source",
          mend: "name one of \(PolicyGrammar.key.oneOf.joined(separator: ", "))")
      }
      return nil
    }
    let place = Policy.Place(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    if source == PolicyGrammar.key.alone {
      return text(value, source).map { .init(source: .keyring($0), id: nil, place: place) }
    }
    guard let id else { return nil }
    switch source {
    case "env": return text(value, "env").map { .init(source: .environment($0), id: id, place: place) }
    case "file": return text(value, "file").map { .init(source: .file($0), id: id, place: place) }
    default:
      let words = texts(value, "command").map(\.text)
      return words.isEmpty ? nil : .init(source: .command(words), id: id, place: place)
    }
  }
}
