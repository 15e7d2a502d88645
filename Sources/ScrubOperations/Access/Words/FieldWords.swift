internal import ScrubPolicy

/// What a field is called in plain words, and what it means to the person whose data it is.
struct FieldWords: Sendable {
  let name: String
  let meaning: String

  /// Of a canonical field; of a path that no catalog knows, what can be said honestly.
  static func of(_ field: String, in language: PackageLanguage) -> FieldWords {
    known(in: language)[field] ?? FieldWords(name: lastPart(of: field), meaning: unknown(in: language))
  }

  static func known(in language: PackageLanguage) -> [String: FieldWords] {
    switch language {
    case .en: knownInEnglish
    case .fr: knownInFrench
    }
  }

  private static let knownInEnglish = reading(english)
  private static let knownInFrench = reading(french)

  private static func reading(_ table: StaticString) -> [String: FieldWords] {
    WordTable.rows(of: table, cells: 3).reduce(into: [:]) { $0[$1[0]] = FieldWords(name: $1[1], meaning: $1[2]) }
  }

  private static func unknown(in language: PackageLanguage) -> String {
    switch language {
    case .en: "A detail for which there is no description; its name is the one that stands in our records."
    case .fr: "Un renseignement sans description ; son nom est celui qui figure dans nos enregistrements."
    }
  }
}
