internal import Yams

/// A YAML document walked with every key accounted for; what is wrong is collected, not thrown.
///
/// `Decodable` would let unknown keys pass, and Yams' own errors quote the document.
struct YAMLReader {
  let file: String
  private(set) var diagnostics: [Diagnostic] = []

  init(file: String) { self.file = file }

  private static let depthLimit = 32

  /// The root of the one document in `text`, or nothing when it cannot be read.
  ///
  /// - Parameter start: what the author of an empty file is told to write.
  mutating func root(of text: String, startingWith start: String) -> Node? {
    // A carriage return and a line feed are one Character, which would hide where lines end.
    var text = String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "\r" }))
    for attempt in 0..<64 {
      do {
        guard let node = try Yams.compose(yaml: text) else {
          report(.syntax, nil, "the file is empty", mend: "write at least \(start)")
          return nil
        }
        refuseUnwanted(node, in: text.split(separator: "\n", omittingEmptySubsequences: false), depth: 0)
        return node
      } catch YamlError.duplicatedKeysInMapping(let names, let context) {
        guard let renamed = renameDuplicate(names, after: context.mark, in: text, attempt: attempt) else { return nil }
        text = renamed
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
          .duplicateKey, line: index + 1, column: column, "the key `\(name)` stands here a second time",
          mend: "remove one of the two")
        lines[index].replaceSubrange(found, with: "\(Self.duplicateMark)\(attempt)")
        return lines.joined(separator: "\n")
      }
    }
    report(.duplicateKey, mark, "the key `\(name)` stands twice here", mend: "remove one of the two")
    return nil
  }

  /// Prefix of a duplicate key after it was reported.
  static let duplicateMark = "duplicate-key-"

  /// Anchors, aliases, tags and merges can hide what a policy says.
  private mutating func refuseUnwanted(_ node: Node, in lines: [Substring], depth: Int) {
    if depth > Self.depthLimit {
      return report(.syntax, node.mark, "the nesting is deeper than \(Self.depthLimit)", mend: "flatten it")
    }
    if let mark = node.mark, mark.line <= lines.count {
      // Columns count scalars.
      let rest = lines[mark.line - 1].unicodeScalars.dropFirst(mark.column - 1)
      if let sign = rest.first, ["&", "*", "!"].contains(sign) {
        report(.aliasOrTag, mark, "anchors, aliases and tags are not part of the language", mend: "write the value out")
      }
    }
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        if key.string == "<<" {
          report(.aliasOrTag, key.mark, "merge keys are not part of the language", mend: "write the keys out")
        }
        refuseUnwanted(key, in: lines, depth: depth + 1)
        refuseUnwanted(value, in: lines, depth: depth + 1)
      }
    case .sequence(let sequence):
      for item in sequence { refuseUnwanted(item, in: lines, depth: depth + 1) }
    case .scalar, .alias: break
    }
  }

  mutating func report(_ id: Diagnostic.ID, _ mark: Mark?, _ message: String, mend: String) {
    report(id, line: mark?.line ?? 1, column: mark?.column ?? 1, message, mend: mend)
  }

  private mutating func report(_ id: Diagnostic.ID, line: Int, column: Int, _ message: String, mend: String) {
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
          .unknownKey, key.mark, "`\(name)` is no key of \(what)",
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
