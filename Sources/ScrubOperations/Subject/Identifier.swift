internal import ScrubArchive
internal import ScrubCore
package import ScrubPolicy

/// An identifier of a person, as a request names it. Described without its value.
package struct Identifier: Sendable, CustomStringConvertible {
  package let kind: ValueKind
  /// UTF-8, as it was given.
  package let value: [UInt8]

  package var description: String { "\(kind.rawValue)=<withheld>" }

  /// Takes `KIND=VALUE` apart.
  ///
  /// - Throws: `ScrubRefusal.usage` for a kind that is none, or a value that stands for nobody.
  package init(_ text: some StringProtocol) throws(ScrubRefusal) {
    do throws(SubjectProblem) { try self.init(line: text) } catch { throw .usage("\(error.message): \(error.mend)") }
  }

  private init(line text: some StringProtocol) throws(SubjectProblem) {
    guard let equals = text.firstIndex(of: "=") else {
      throw SubjectProblem(message: "a subject is written KIND=VALUE", mend: "say of what kind it is")
    }
    try self.init(kind: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
  }

  /// - Throws: `SubjectProblem` for a kind that is none, or a value that stands for nobody.
  package init(kind name: String, value text: String) throws(SubjectProblem) {
    if name == "user_id" {
      throw SubjectProblem(message: "user_id means two things", mend: "say braze_id or external_user_id")
    }
    guard let kind = ValueKind.allCases.first(where: { $0.isIdentifier && $0.rawValue == name }) else {
      let kinds = ValueKind.allCases.filter(\.isIdentifier).map(\.rawValue).joined(separator: ", ")
      throw SubjectProblem(message: "the kind of a subject is unknown", mend: "it is one of \(kinds)")
    }
    let value = text.trimmed
    // What a search would pass over must not be asked for: nothing would be found, and nobody told why.
    guard let identity = kind.identity, Identity(identity, Array(value.utf8)) != nil, value.isVisible else {
      throw SubjectProblem(
        message: "a subject of kind \(kind.rawValue) has no value, or one that stands for nobody",
        mend: "name the person")
    }
    self.kind = kind
    self.value = Array(value.utf8)
  }

  /// Reads identifiers, one a line, from a file, or from standard input for `-`; empty lines are passed over.
  package static func read(_ name: String) throws(ScrubRefusal) -> [Identifier] {
    let found: (identifiers: [Identifier], findings: [Diagnostic])
    do throws(Failure) { found = try reading(name) } catch { throw .file(error) }
    if let first = found.findings.first { throw .usage("\(name):\(first.line): \(first.message): \(first.mend)") }
    return found.identifiers
  }

  /// The same of a list that a policy names: all that is wrong in it is told.
  static func list(_ name: String) throws(ScrubRefusal) -> [Identifier] {
    let found: (identifiers: [Identifier], findings: [Diagnostic])
    do throws(Failure) { found = try reading(name) } catch {
      throw .policy([Diagnostic(.unreadable, file: name, message: error.code.message, mend: error.code.hint)])
    }
    if !found.findings.isEmpty { throw .policy(found.findings) }
    return found.identifiers
  }

  private static func reading(_ name: String) throws(Failure) -> (identifiers: [Identifier], findings: [Diagnostic]) {
    var identifiers: [Identifier] = []
    var findings: [Diagnostic] = []
    let lines = try GivenFile.readText(name).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (number, line) in lines.enumerated() where !line.trimmed.isEmpty {
      do throws(SubjectProblem) { identifiers.append(try Identifier(line: line)) } catch {
        findings.append(Diagnostic(.badValue, file: name, line: number + 1, message: error.message, mend: error.mend))
      }
    }
    return (identifiers, findings)
  }
}

extension StringProtocol {
  /// Whether anything of it is seen: blanks of all scripts, marks without a width, and control characters name nobody.
  fileprivate var isVisible: Bool {
    unicodeScalars.contains { scalar in
      let known = scalar.properties
      return !known.isWhitespace && !known.isDefaultIgnorableCodePoint && known.generalCategory != .control
    }
  }

  /// Without blanks and tabs at both ends.
  fileprivate var trimmed: SubSequence {
    let start = firstIndex { $0 != " " && $0 != "\t" } ?? endIndex
    let end = self[start...].lastIndex { $0 != " " && $0 != "\t" }.map { index(after: $0) } ?? start
    return self[start..<end]
  }
}
