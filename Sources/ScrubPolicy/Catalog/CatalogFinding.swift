/// Something that an import could not read, or that is wrong with an addition. Quotes names at most.
package struct CatalogFinding: Hashable, Sendable {
  /// Stable dotted codes.
  package enum Code: String, CaseIterable, Sendable {
    case damagedJSON = "glossary.damaged-json"
    case noEventName = "glossary.no-event-name"
    case unknownShape = "glossary.unknown-shape"
    case badName = "glossary.bad-name"
    case unknownNeed = "glossary.unknown-need"
    case unknownType = "glossary.unknown-type"
    case otherDestination = "glossary.other-destination"
    case noMarks = "glossary.no-marks"
    case notJSON = "addition.not-json"
    case unknownKey = "addition.unknown-key"
    case duplicateKey = "addition.duplicate-key"
    case missingKey = "addition.missing-key"
    case wrongType = "addition.wrong-type"
    case badValue = "addition.bad-value"

    /// Whether nothing was lost: the page was read, and this is only worth knowing.
    package var isNote: Bool { self == .unknownType || self == .otherDestination || self == .noMarks }
  }

  package let code: Code
  /// From 1.
  package let line: Int
  /// What is true.
  package let message: String
  /// What to do.
  package let hint: String

  package init(_ code: Code, line: Int, _ message: String, hint: String) {
    self.code = code
    self.line = line
    self.message = message
    self.hint = hint
  }
}

/// An addition that cannot be used, with everything that is wrong with it.
package struct CatalogAdditionFailure: Error, Hashable, Sendable {
  package let findings: [CatalogFinding]
}
