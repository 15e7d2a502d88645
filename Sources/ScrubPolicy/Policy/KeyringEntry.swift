internal import Yams

/// A key as its entry in a keyring tells of it, with a stand-in for the key itself.
///
/// Texts are copied about while YAML is read, so whoever reads the file takes the keys out first.
package struct KeyringEntry: Sendable {
  package enum State: String, Codable, CaseIterable, Sendable {
    /// Makes pseudonyms; one key of a keyring at most.
    case active
    /// Only finds people in what it made earlier.
    case retired
    /// Gone; its id is never given again.
    case destroyed
  }

  package let id: String
  package let state: State
  /// `2026-11-24`.
  package let created: String
  /// The check value that the key had when it was made.
  package let check: String
  /// The day it was destroyed.
  package let destroyed: String?
  /// What stands in place of the key's text; nothing for a destroyed one.
  package let key: String?
  /// Of the entry, and of what stands in place of the key.
  package let place, keyPlace: Policy.Place

  /// Reads a keyring, strictly.
  ///
  /// - Returns: the entries that can be used, and everything that is wrong.
  package static func reading(yaml text: String, file: String) -> (
    entries: [KeyringEntry], findings: [Diagnostic]
  ) {
    var reader = KeyringReader(yaml: YAMLReader(file: file))
    let entries = reader.read(text)
    return (entries, reader.yaml.diagnostics)
  }

  /// Whether a text may be a key id.
  package static func isID(_ text: String) -> Bool {
    (1...16).contains(text.utf8.count)
      && text.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) }
  }
}

private struct KeyringReader {
  var yaml: YAMLReader

  mutating func read(_ text: String) -> [KeyringEntry] {
    guard let root = yaml.root(of: text, startingWith: "`version: 1` and `keys: []`") else { return [] }
    let members = members(root, of: "a keyring", required: ["version", "keys"])
    if let node = members["version"], node.scalar?.string != "1" {
      yaml.report(
        .badValue, node.mark, "this program reads version 1 of keyrings", mend: "write `version: 1`")
    }
    guard let list = members["keys"] else { return [] }
    guard case .sequence(let items) = list else {
      yaml.report(.wrongType, list.mark, "keys is a list", mend: "start each key with `- `")
      return []
    }
    var entries: [KeyringEntry] = []
    for item in items {
      guard let entry = entry(item) else { continue }
      compare(entry, with: entries, item)
      entries.append(entry)
    }
    return entries
  }

  private mutating func compare(_ entry: KeyringEntry, with others: [KeyringEntry], _ node: Node) {
    if others.contains(where: { $0.id == entry.id }) {
      yaml.report(
        .keyIDTwice, node.mark, "the id `\(entry.id)` was given before",
        mend: "every key has an id of its own, for good")
    }
    if entry.state == .active && others.contains(where: { $0.state == .active }) {
      yaml.report(
        .twoActiveKeys, node.mark, "a second key is active",
        mend: "set all but the newest to `retired`, and make new ones with `currents-scrub keys rotate`")
    }
  }

  private mutating func entry(_ node: Node) -> KeyringEntry? {
    let members = members(
      node, of: "a key", required: ["id", "state", "created", "check"], optional: ["key", "destroyed"])
    let id = members["id"].flatMap { yaml.name($0, "a key id", digitsAndLetters: 16, underscore: false) }
    let created = members["created"].flatMap { date($0, "created") }
    let check = members["check"].flatMap { checkValue($0) }
    let key = members["key"].flatMap { yaml.text($0, "key") }
    let destroyed = members["destroyed"].flatMap { date($0, "destroyed") }
    guard let state = members["state"].flatMap({ yaml.word($0, "state", as: KeyringEntry.State.self) }) else {
      return nil
    }
    let (wanted, other) = state == .destroyed ? ("destroyed", "key") : ("key", "destroyed")
    if members[wanted] == nil {
      yaml.report(
        .missingKey, node.mark, "a key that is \(state.rawValue) needs `\(wanted)`",
        mend: "restore the keyring from a copy; never set a state by hand")
    }
    if let value = members[other] {
      yaml.report(
        .misplacedOption, value.mark, "a key that is \(state.rawValue) has no `\(other)`",
        mend: "destroy keys with `currents-scrub keys destroy`, never by hand")
    }
    guard let id, let created, let check, members[wanted] != nil, members[other] == nil else { return nil }
    return KeyringEntry(
      id: id, state: state, created: created, check: check, destroyed: destroyed, key: key,
      place: place(node),
      keyPlace: place(members["key"] ?? node))
  }

  /// The members of a mapping, with every key that is unknown or missing reported.
  private mutating func members(
    _ node: Node, of what: String, required: [String], optional: [String] = []
  ) -> [String: Node] {
    let members = yaml.members(node, of: what, known: required + optional)
    guard case .mapping = node else { return members }
    for name in required where members[name] == nil {
      yaml.report(.missingKey, node.mark, "\(what) has no `\(name)`", mend: "add `\(name): ...`")
    }
    return members
  }

  private mutating func date(_ node: Node, _ what: String) -> String? {
    guard let text = yaml.text(node, what) else { return nil }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let isDate =
      parts.map(\.utf8.count) == [4, 2, 2]
      && parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
      && (1...12).contains(Int(parts[1]) ?? 0) && (1...31).contains(Int(parts[2]) ?? 0)
    if isDate { return text }
    yaml.report(.badValue, node.mark, "\(what) is a day", mend: "write it as 2026-11-24")
    return nil
  }

  private mutating func checkValue(_ node: Node) -> String? {
    guard let text = yaml.text(node, "check") else { return nil }
    if text.utf8.count == 16
      && text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    {
      return text
    }
    yaml.report(
      .badValue, node.mark, "a check value is 16 lower-case hex digits",
      mend: "`currents-scrub keys check FILE` shows that of a key")
    return nil
  }

  private func place(_ node: Node) -> Policy.Place {
    Policy.Place(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }
}
