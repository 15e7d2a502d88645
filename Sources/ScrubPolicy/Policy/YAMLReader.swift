internal import Yams

/// A YAML document walked with every key accounted for; what is wrong is collected, not thrown.
///
/// `Decodable` would let unknown keys pass, and Yams' own errors quote the document.
struct YAMLReader {
  let file: String
  private(set) var diagnostics: [Diagnostic] = []

  /// Whether keys that are none may be shown: in a file about people one may be somebody's address.
  private let showsNames: Bool

  init(file: String, showsNames: Bool = true) {
    self.file = file
    self.showsNames = showsNames
  }

  private static let depthLimit = 32
  /// The largest text, in bytes; each node of it takes some hundred times as many.
  private static let sizeLimit = 1 << 20
  /// More findings help nobody, and a hostile file could have millions.
  private static let findingLimit = 1_000
  /// Bytes that are composed in all while keys that stand twice are renamed one by one.
  private static let workLimit = 2 << 20

  /// The root of the one document in `text`, or nothing when it cannot be read.
  ///
  /// - Parameter start: what the author of an empty file is told to write.
  mutating func root(of text: String, startingWith start: String) -> Node? {
    guard text.utf8.count <= Self.sizeLimit else {
      report(.syntax, nil, "the file is larger than 1 MiB", mend: "check that it is the right one, or split it")
      return nil
    }
    // A carriage return and a line feed are one Character, which would hide where lines end. A byte order mark is no part
    // of the text.
    let scalars = text.unicodeScalars.filter { $0 != "\r" }
    let lines = String(String.UnicodeScalarView(scalars.first == "\u{feff}" ? scalars.dropFirst() : scalars[...]))
    let anchors = Anchors(lines)
    if anchors.places.isEmpty { return composed(lines, startingWith: start) }
    let before = diagnostics
    if let (text, sign) = anchors.marked, let node = composed(text, startingWith: start) {
      let text = PlacedScalars(text)
      let found = node.marks(depth: Self.depthLimit).filter { text.scalar(at: $0) == sign }
      if found.isEmpty { return node.withAmpersand(for: sign, depth: Self.depthLimit) }
      diagnostics = before
      for mark in found { reportUnwanted(line: mark.line, column: mark.column) }
    } else {
      // As likely as not they are what cannot be read.
      diagnostics = before
      for place in anchors.places { reportUnwanted(line: place.line, column: place.column) }
    }
    return composed(anchors.blanked, startingWith: start)
  }

  private mutating func composed(_ text: String, startingWith start: String) -> Node? {
    var text = text
    for attempt in 0..<min(64, 1 + Self.workLimit / (text.utf8.count + 1)) {
      do {
        // The encoding is told, for else an environment variable is asked for it. Types are told by who reads a value, so
        // nothing is to be guessed from its looks.
        guard let node = try Yams.compose(yaml: text, .basic, .default, .utf8) else {
          report(.syntax, nil, "the file is empty", mend: "write at least \(start)")
          return nil
        }
        refuseUnwanted(node, in: PlacedScalars(text), depth: 0)
        return node
      } catch YamlError.duplicatedKeysInMapping(let names, let context) {
        guard let renamed = renameDuplicate(names, after: context.mark, in: text, attempt: attempt) else { return nil }
        text = renamed
      } catch YamlError.composer(_, _, let mark, _) where PlacedScalars(text).scalar(at: mark) == "*" {
        // Without anchors there is nothing that an alias could stand for.
        reportUnwanted(line: mark.line, column: mark.column)
        return nil
      } catch let error as YamlError {
        report(.syntax, mark(of: error), "this is not well-formed YAML", mend: "check indentation, quotes and brackets")
        return nil
      } catch {
        report(.syntax, nil, "this is not well-formed YAML", mend: "check indentation, quotes and brackets")
        return nil
      }
    }
    return nil
  }

  private func mark(of error: YamlError) -> Mark? {
    switch error {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark
    default: nil
    }
  }

  private mutating func reportUnwanted(line: Int, column: Int) {
    report(
      .aliasOrTag, line: line, column: column, "anchors, aliases and tags are not part of the language",
      mend: "write the value out")
  }

  /// Reports a key that stands twice, and gives the text with the second one renamed, so that the rest is
  /// checked in the same run.
  private mutating func renameDuplicate(_ names: [String], after mark: Mark, in text: String, attempt: Int) -> String? {
    guard let name = names.sorted().first else { return nil }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var seen = 0
    for index in lines.indices.dropFirst(max(mark.line - 1, 0)) {
      var from = lines[index].startIndex
      while let found = lines[index].range(ofKey: name, from: from) {
        seen += 1
        from = found.upperBound
        guard seen == 2 else { continue }
        let column = lines[index].distance(from: lines[index].startIndex, to: found.lowerBound) + 1
        report(
          .duplicateKey, line: index + 1, column: column, "\(showsNames ? "the key `\(name)`" : "a key") stands here a second time",
          mend: "remove one of the two")
        lines[index].replaceSubrange(found, with: "\(Self.duplicateMark)\(attempt)")
        return lines.joined(separator: "\n")
      }
    }
    report(.duplicateKey, mark, "\(showsNames ? "the key `\(name)`" : "a key") stands twice here", mend: "remove one of the two")
    return nil
  }

  /// Prefix of a duplicate key after it was reported.
  static let duplicateMark = "duplicate-key-"

  /// Tags and merges can hide what a policy says.
  private mutating func refuseUnwanted(_ node: Node, in text: PlacedScalars, depth: Int) {
    if depth > Self.depthLimit {
      return report(.syntax, node.mark, "the nesting is deeper than \(Self.depthLimit)", mend: "flatten it")
    }
    if let mark = node.mark, text.scalar(at: mark) == "!" { reportUnwanted(line: mark.line, column: mark.column) }
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        if key.string == "<<" {
          report(.aliasOrTag, key.mark, "merge keys are not part of the language", mend: "write the keys out")
        }
        refuseUnwanted(key, in: text, depth: depth + 1)
        refuseUnwanted(value, in: text, depth: depth + 1)
      }
    case .sequence(let sequence):
      for item in sequence { refuseUnwanted(item, in: text, depth: depth + 1) }
    case .scalar, .alias: break
    }
  }

  mutating func report(_ id: Diagnostic.ID, _ mark: Mark?, _ message: String, mend: String) {
    report(id, line: mark?.line ?? 1, column: mark?.column ?? 1, message, mend: mend)
  }

  private mutating func report(_ id: Diagnostic.ID, line: Int, column: Int, _ message: String, mend: String) {
    guard diagnostics.count < Self.findingLimit else { return }
    diagnostics.append(Diagnostic(id, file: file, line: line, column: column, message: message, mend: mend))
  }

  // MARK: typed access

  /// The members of a mapping by key, each reported when it is not among `known`.
  mutating func members(_ node: Node, of what: String, known: [String]) -> [String: Node] {
    guard case .mapping(let mapping) = node else {
      report(.wrongType, node.mark, "\(what) is a mapping", mend: "write `key: value` pairs")
      return [:]
    }
    var members: [String: Node] = [:]
    for (key, value) in mapping {
      guard let name = key.scalar?.string else {
        report(.wrongType, key.mark, "a key of \(what) is a word", mend: "write a plain word")
        continue
      }
      if name.hasPrefix(Self.duplicateMark) || name == "<<" { continue }
      if known.contains(name) {
        members[name] = value
      } else {
        report(
          .unknownKey, key.mark, showsNames ? "`\(name)` is no key of \(what)" : "this is no key of \(what)",
          mend: nearest(name, in: known).map { "did you mean `\($0)`?" } ?? "known keys: \(known.joined(separator: ", "))")
      }
    }
    return members
  }

  mutating func text(_ node: Node, _ what: String) -> String? {
    guard let scalar = node.scalar else {
      report(.wrongType, node.mark, "\(what) is a text", mend: "write one value")
      return nil
    }
    return scalar.string
  }

  /// A text of allowed characters and length.
  mutating func name(_ node: Node, _ what: String, digitsAndLetters limit: Int, underscore: Bool) -> String? {
    guard let text = text(node, what) else { return nil }
    let isAllowed = text.utf8.allSatisfy {
      ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || (underscore && $0 == 0x5f)
    }
    if isAllowed && (1...limit).contains(text.utf8.count) { return text }
    report(
      .badValue, node.mark,
      "\(what) is 1 to \(limit) lower-case letters, digits\(underscore ? " or underscores" : "")",
      mend: "choose another name")
    return nil
  }

  mutating func boolean(_ node: Node, _ what: String) -> Bool? {
    switch node.scalar?.string {
    case "true": return true
    case "false": return false
    default:
      report(.wrongType, node.mark, "\(what) is `true` or `false`", mend: "write one of the two")
      return nil
    }
  }

  mutating func texts(_ node: Node, _ what: String) -> [(text: String, mark: Mark?)] {
    guard case .sequence(let sequence) = node else {
      report(.wrongType, node.mark, "\(what) is a list", mend: "write `[a, b]`")
      return []
    }
    if sequence.isEmpty {
      report(.badValue, node.mark, "\(what) is empty", mend: "name at least one, or leave the key out")
    }
    return sequence.compactMap { item in
      guard let text = text(item, "an item of \(what)") else { return nil }
      return (text, item.mark)
    }
  }

  /// Ids of workspaces; an empty one is none, and would mean no event or those without a workspace.
  mutating func workspaces(_ node: Node) -> [String] {
    texts(node, "workspaces").compactMap { text, mark in
      if !text.isEmpty { return text }
      report(.badValue, mark, "a workspace has no name", mend: "write its app_group_id, or leave the key out")
      return nil
    }
  }

  /// One of a closed set of words.
  mutating func word<Word: RawRepresentable & CaseIterable>(
    _ node: Node, _ what: String, as type: Word.Type
  ) -> Word? where Word.RawValue == String {
    guard let text = text(node, what) else { return nil }
    return word(text, node.mark, what, as: type)
  }

  mutating func word<Word: RawRepresentable & CaseIterable>(
    _ text: String, _ mark: Mark?, _ what: String, as type: Word.Type
  ) -> Word? where Word.RawValue == String {
    let all = Word.allCases.map(\.rawValue)
    if all.contains(text), let word = Word(rawValue: text) { return word }
    report(
      .badValue, mark, "`\(text)` is no value of \(what)",
      mend: nearest(text, in: all).map { "did you mean `\($0)`?" } ?? "one of: \(all.joined(separator: ", "))")
    return nil
  }

  mutating func words<Word: RawRepresentable & CaseIterable & Hashable>(
    _ node: Node, _ what: String, as type: Word.Type
  ) -> Set<Word> where Word.RawValue == String {
    var words: Set<Word> = []
    for (text, mark) in texts(node, what) {
      if let word = word(text, mark, what, as: type) { words.insert(word) }
    }
    return words
  }
}

extension String {
  /// The next place where `name` stands as a key, that is, in front of a colon, outside comments and quoted texts.
  fileprivate func range(ofKey name: String, from start: Index) -> Range<Index>? {
    var index = startIndex
    var quote: Character?
    var opened = false
    while index < endIndex {
      let character = self[index]
      let before = index == startIndex ? " " : self[self.index(before: index)]
      if quote == nil && character == "#" && (before == " " || before == "\t") { return nil }
      if index >= start && (quote == nil || opened) && self[index...].hasPrefix(name) {
        let end = self.index(index, offsetBy: name.count)
        let rest = self[end...].drop { $0 == " " || $0 == "\"" || $0 == "'" }
        // A quoted key ends with its quote in front of the colon.
        let isWhole = quote == nil || (end < endIndex && self[end] == quote)
        if isWhole && " {,-\"'\t".contains(before) && rest.first == ":" { return index..<end }
      }
      opened = false
      if character == quote {
        quote = nil
      } else if quote == nil && (character == "\"" || character == "'") && " {[,-:\t".contains(before) {
        (quote, opened) = (character, true)
      }
      index = self.index(after: index)
    }
    return nil
  }
}

/// What may be anchors in a text: an & in front of a name, behind no word.
///
/// An alias brings in all that its anchor marks: a few lines of them stand for more nodes than any memory holds, and keys
/// are compared before a node can be looked at. So no anchor may reach the composer, and nothing that looks like one: within
/// a quoted text, a comment or a word it is harmless, but only the composer knows what is one.
private struct Anchors {
  struct Place {
    let index: Int
    let line: Int
    let column: Int
  }

  private let scalars: [Unicode.Scalar]
  private(set) var places: [Place] = []

  init(_ text: String) {
    guard text.utf8.contains(UInt8(ascii: "&")) else {
      scalars = []
      return
    }
    scalars = Array(text.unicodeScalars)
    var (line, column) = (1, 0)
    for index in scalars.indices {
      (line, column) = index > 0 && scalars[index - 1] == "\n" ? (line + 1, 1) : (line, column + 1)
      if scalars[index] == "&" && startsName(index) { places.append(Place(index: index, line: line, column: column)) }
    }
  }

  /// The text with a sign in place of each &, which stands nowhere else; nothing where every sign does.
  var marked: (text: String, sign: Unicode.Scalar)? {
    let used = Set(scalars)
    guard let sign = (0xe000...0xf8ff).lazy.compactMap(Unicode.Scalar.init).first(where: { !used.contains($0) }) else { return nil }
    var scalars = scalars
    for place in places { scalars[place.index] = sign }
    return (String(String.UnicodeScalarView(scalars)), sign)
  }

  /// The text with blanks in place of each & and the name behind it.
  var blanked: String {
    var scalars = scalars
    for place in places {
      scalars[place.index] = " "
      var index = place.index + 1
      while index < scalars.count && Self.isOfName(scalars[index]) {
        scalars[index] = " "
        index += 1
      }
    }
    return String(String.UnicodeScalarView(scalars))
  }

  private func startsName(_ index: Int) -> Bool {
    guard index + 1 < scalars.count, Self.isOfName(scalars[index + 1]) else { return false }
    return index == 0 || !Self.isOfName(scalars[index - 1]) || scalars[index - 1] == "-"
  }

  private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
    default: false
    }
  }
}

extension Node {
  /// Where it and all within it start, as deep as anybody reads.
  fileprivate func marks(depth: Int) -> [Mark] {
    let own = mark.map { [$0] } ?? []
    if depth == 0 { return own }
    return switch self {
    case .mapping(let mapping): own + mapping.flatMap { $0.key.marks(depth: depth - 1) + $0.value.marks(depth: depth - 1) }
    case .sequence(let sequence): own + sequence.flatMap { $0.marks(depth: depth - 1) }
    case .scalar, .alias: own
    }
  }

  /// The same with an & where the sign stands, as deep as anybody reads.
  fileprivate func withAmpersand(for sign: Unicode.Scalar, depth: Int) -> Node {
    switch self {
    case .scalar(var scalar):
      if !scalar.string.unicodeScalars.contains(sign) { return self }
      scalar.string = String(String.UnicodeScalarView(scalar.string.unicodeScalars.map { $0 == sign ? "&" : $0 }))
      return .scalar(scalar)
    case .mapping(let mapping) where depth > 0:
      let pairs = mapping.map { ($0.key.withAmpersand(for: sign, depth: depth - 1), $0.value.withAmpersand(for: sign, depth: depth - 1)) }
      return .mapping(Mapping(pairs, mapping.tag, mapping.style, mapping.mark))
    case .sequence(let sequence) where depth > 0:
      let items = sequence.map { $0.withAmpersand(for: sign, depth: depth - 1) }
      return .sequence(Sequence(items, sequence.tag, sequence.style, sequence.mark))
    case .mapping, .sequence, .alias: return self
    }
  }
}

/// A text whose characters are found by line and column, however long its lines are.
private struct PlacedScalars {
  private let scalars: [Unicode.Scalar]
  /// By line: where it starts.
  private var starts = [0]

  init(_ text: String) {
    scalars = Array(text.unicodeScalars)
    for index in scalars.indices where scalars[index] == "\n" { starts.append(index + 1) }
  }

  /// Lines and columns are from 1; columns count scalars.
  func scalar(at mark: Mark) -> Unicode.Scalar? {
    guard starts.indices.contains(mark.line - 1) else { return nil }
    let index = starts[mark.line - 1] + mark.column - 1
    return scalars.indices.contains(index) ? scalars[index] : nil
  }
}
