internal import ScrubCore
internal import Yams

/// A test of a policy: an event, and what must become of it.
package struct PolicyTest: Sendable {
  package let name: String
  package let file: String
  /// Of the test in its file, from 1.
  package let line: Int
  /// The event type, where the event does not tell.
  package let event: String?
  package let destination: Destination?
  /// The event as JSON.
  package let given: [UInt8]
  package let expectation: Expectation

  package enum Expectation: Sendable {
    case dropped
    case withheld
    case written([Member])
  }

  /// What must stand at a path of the written event.
  package struct Member: Sendable {
    package let path: String
    package let matcher: Matcher
  }

  package enum Matcher: Hashable, Sendable {
    /// The value as it was.
    case kept
    /// The member is gone.
    case removed
    /// Null, or the value of the type that says nothing.
    case redacted
    /// A pseudonym of the format: `token`, `hex`, `uuid`, `email`, `phone`; or a token that holds its value: `sealed`.
    case pseudonym(String)
    /// A text that the regular expression matches as a whole.
    case matches(String)
    /// This very value, as compact JSON.
    case equals(String)
  }

  /// Reads a file of tests, strictly.
  ///
  /// - Throws: `PolicyFailure` with every error of form at once.
  package static func reading(yaml text: String, file: String) throws(PolicyFailure) -> [PolicyTest] {
    var reader = PolicyTestReader(yaml: YAMLReader(file: file))
    let tests = reader.read(text)
    let errors = reader.yaml.diagnostics
    if !errors.isEmpty {
      throw PolicyFailure(diagnostics: errors.sorted { ($0.line, $0.column) < ($1.line, $1.column) })
    }
    return tests
  }
}

private struct PolicyTestReader {
  var yaml: YAMLReader

  private static let words = ["kept": PolicyTest.Matcher.kept, "removed": .removed, "redacted": .redacted]

  mutating func read(_ text: String) -> [PolicyTest] {
    guard let root = yaml.root(of: text, startingWith: "`tests:` and a list of tests") else { return [] }
    let members = yaml.members(root, of: "a file of tests", known: ["tests"])
    guard let list = members["tests"] else {
      if case .mapping = root {
        yaml.report(.missingKey, root.mark, "a file of tests has no `tests`", mend: "add `tests:` and a list of tests")
      }
      return []
    }
    guard case .sequence(let items) = list else {
      yaml.report(.wrongType, list.mark, "tests is a list", mend: "start each test with `- `")
      return []
    }
    if items.isEmpty { yaml.report(.badValue, list.mark, "tests is empty", mend: "write at least one test") }
    return items.compactMap { test($0) }
  }

  private mutating func test(_ node: Node) -> PolicyTest? {
    let members = yaml.members(
      node, of: "a test", known: ["name", "event", "destination", "given", "expect"])
    guard case .mapping = node else { return nil }
    for key in ["name", "given", "expect"] where members[key] == nil {
      yaml.report(.missingKey, node.mark, "a test has no `\(key)`", mend: "add `\(key): ...`")
    }
    guard let name = members["name"].flatMap({ yaml.text($0, "name") }), let givenNode = members["given"],
      let expectNode = members["expect"], let given = given(givenNode), let expectation = expectation(expectNode)
    else { return nil }
    return PolicyTest(
      name: name, file: yaml.file, line: node.mark?.line ?? 1, event: members["event"].flatMap { yaml.text($0, "event") },
      destination: members["destination"].flatMap { yaml.word($0, "destination", as: Destination.self) }, given: given,
      expectation: expectation)
  }

  /// A mapping, or a text that holds the event's JSON as it was pasted.
  private mutating func given(_ node: Node) -> [UInt8]? {
    if let text = node.scalar?.string {
      if let value = JSONValue(Array(text.utf8)), value.isObject { return Array(text.utf8) }
      yaml.report(.badValue, node.mark, "given is no JSON object", mend: "write a mapping, or the event's JSON")
      return nil
    }
    guard case .mapping = node else {
      yaml.report(.wrongType, node.mark, "given is a mapping", mend: "write `{ field: value }`")
      return nil
    }
    return Array(json(node).utf8)
  }

  private mutating func expectation(_ node: Node) -> PolicyTest.Expectation? {
    if let word = node.scalar?.string {
      switch word {
      case "dropped": return .dropped
      case "withheld": return .withheld
      default: break
      }
      yaml.report(
        .badValue, node.mark, "expect is a mapping, `dropped` or `withheld`", mend: "write `{ field: redacted }`")
      return nil
    }
    guard case .mapping(let mapping) = node, !mapping.isEmpty else {
      yaml.report(.wrongType, node.mark, "expect is a mapping of fields", mend: "write `{ field: redacted }`")
      return nil
    }
    var members: [PolicyTest.Member] = []
    for (key, value) in mapping {
      guard let path = yaml.text(key, "a field of `expect`"), let matcher = matcher(value) else { continue }
      members.append(PolicyTest.Member(path: path, matcher: matcher))
    }
    return .written(members)
  }

  /// `kept`, `removed`, `redacted`; `{ pseudonym: token }`, `{ matches: REGEX }`, `{ equals: VALUE }`; or the value.
  private mutating func matcher(_ node: Node) -> PolicyTest.Matcher? {
    guard case .mapping = node else {
      if let scalar = node.scalar, let word = Self.words[scalar.string] { return word }
      return .equals(json(node))
    }
    let members = yaml.members(node, of: "a matcher", known: ["pseudonym", "matches", "equals"])
    guard members.count == 1, let (name, value) = members.first else {
      if members.count != 1 {
        yaml.report(.badValue, node.mark, "a matcher has one key", mend: "write one of pseudonym, matches, equals")
      }
      return nil
    }
    switch name {
    case "pseudonym": return yaml.word(value, "pseudonym", as: PseudonymWord.self).map { .pseudonym($0.rawValue) }
    case "equals": return .equals(json(value))
    default:
      guard let pattern = yaml.text(value, "matches") else { return nil }
      if (try? Regex(pattern)) != nil { return .matches(pattern) }
      yaml.report(.badValue, value.mark, "this is no regular expression", mend: "check brackets and backslashes")
      return nil
    }
  }

  /// The node as compact JSON; plain words are null, truth values and numbers where they read so (YAML 1.2, core).
  private func json(_ node: Node) -> String {
    switch node {
    case .mapping(let mapping):
      "{" + mapping.map { "\(quoted($0.key.scalar?.string ?? "")):\(json($0.value))" }.joined(separator: ",") + "}"
    case .sequence(let sequence): "[" + sequence.map(json).joined(separator: ",") + "]"
    case .scalar(let scalar): json(scalar)
    case .alias: "null"
    }
  }

  private func json(_ scalar: Node.Scalar) -> String {
    guard scalar.style == .plain || scalar.style == .any else { return quoted(scalar.string) }
    switch scalar.string {
    case "", "~", "null": return "null"
    case "true", "false": return scalar.string
    default:
      let isNumber = scalar.string.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil
      return isNumber ? scalar.string : quoted(scalar.string)
    }
  }
}

/// What tests call pseudonyms: the formats of `hash`, and tokens that hold their value.
private enum PseudonymWord: String, CaseIterable { case token, hex, uuid, email, phone, sealed }
