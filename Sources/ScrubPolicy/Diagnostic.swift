/// Something about a policy that its author should mend.
package struct Diagnostic: Hashable, Sendable {
  package enum Severity: String, Sendable { case error, warning }

  /// Stable names; compared in tests and used in `acknowledge`.
  package enum ID: String, CaseIterable, Sendable {
    case unreadable = "E001"
    case syntax = "E002"
    case unknownKey = "E003"
    case duplicateKey = "E004"
    case aliasOrTag = "E005"
    case wrongType = "E006"
    case badValue = "E007"
    case missingKey = "E008"
    case notBuilt = "E009"
    case misplacedOption = "E010"
    case noKeyForHash = "E011"
    case fewBits = "E012"
    case keyInPolicy = "E013"
    case keptWithoutReason = "E101"
    case matchesNothing = "E102"
    case shadowed = "E103"
    case doesNotFit = "E104"
    case domainOfTwoKinds = "E105"
    case againMayOnlyTighten = "E106"
    case schemaRefused = "E107"
    case phoneFormat = "W101"
    case unknownFieldsKept = "W102"
    case acknowledgesNothing = "W103"
    case eventNamesGo = "W104"
    case excludesNobody = "W105"
    case keyInEnvironment = "W201"
    case consentGoes = "W301"
    case keyIDTwice = "E201"
    case twoActiveKeys = "E202"
    case refusedKey = "E203"
    case otherCheckValue = "E204"
    case keyTwice = "E205"
  }

  package let severity: Severity
  package let id: ID
  package let file: String
  /// 1 and up.
  package let line: Int
  package let column: Int
  package let message: String
  /// What to do about it.
  package let mend: String

  package init(
    _ id: ID, file: String, line: Int = 1, column: Int = 1, message: String, mend: String
  ) {
    severity = id.rawValue.hasPrefix("W") ? .warning : .error
    self.id = id
    self.file = file
    self.line = line
    self.column = column
    self.message = message
    self.mend = mend
  }

  /// Whether the policy is refused until this is mended or acknowledged.
  package var refuses: Bool { severity == .error || id == .phoneFormat }

  /// `file:line:column: error E003: message`, and the mend on a line of its own.
  package var text: String {
    "\(file):\(line):\(column): \(severity) \(id.rawValue): \(message)\n  mend: \(mend)"
  }
}

/// A policy that cannot be used, with everything that is wrong with it.
package struct PolicyFailure: Error, Sendable {
  package let diagnostics: [Diagnostic]
}
