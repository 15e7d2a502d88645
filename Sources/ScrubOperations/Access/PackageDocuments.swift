internal import ScrubPolicy

/// The documents of a package for programs.
enum PackageDocuments {
  /// What is said where nobody told how the person's identity was checked.
  static let unverified = "identity check not recorded"

  // MARK: profile.json

  /// The identifiers of the person and how they are linked.
  static func profile(_ package: AccessPackage) -> JSONValue {
    object([
      ("schema", .string("currents-scrub/access-profile/1")),
      ("request", .string(package.request.id)),
      (
        "identifiers",
        .array(
          package.identifiers.enumerated().map { number, identifier in
            object([
              ("number", count(number)), ("kind", .string(identifier.kind)), ("value", .string(identifier.value)),
              ("workspace", text(identifier.workspace)), ("given", .boolean(identifier.isGiven)),
              ("link", .string(identifier.link)), ("linked_to", identifier.linkedTo.map(count) ?? .null),
              ("shared", .boolean(identifier.isShared)), ("events", count(identifier.events)),
            ])
          })
      ),
    ])
  }

  // MARK: glossary.json

  /// What every field and event type that occurs means.
  static func glossary(_ tally: AccessTally, _ language: PackageLanguage) -> JSONValue {
    let say = PackageText(language)
    return object([
      ("schema", .string("currents-scrub/access-glossary/1")),
      ("language", .string(language.rawValue)),
      (
        "fields",
        object(
          tally.fields.map { field, values in
            let words = FieldWords.of(field, in: language)
            return (
              field,
              object([("name", .string(words.name)), ("meaning", .string(words.meaning)), ("values", count(values))])
            )
          })
      ),
      (
        "event_types",
        object(
          tally.types.map { type, tally in
            let words = EventWords.of(type)
            return (
              type,
              object([
                ("name", .string(words.name(in: language))), ("category", .string(say.name(words.category))),
                ("channel", .string(say.name(words.channel))), ("events", count(tally.events)),
              ])
            )
          })
      ),
    ])
  }

  // MARK: manifest.json

  static let manifestSchema = "currents-scrub/access/1"

  /// What the package consists of, what was searched and what was not.
  static func manifest(_ package: AccessPackage, _ tally: AccessTally, _ files: [PackageFolder.Stored]) -> JSONValue {
    object([
      ("schema", .string(manifestSchema)),
      ("version", .string(programVersion)),
      ("language", .string(package.language.rawValue)),
      ("request", request(package.request)),
      ("complete", .boolean(package.isComplete)),
      ("scope", scope(package.scope)),
      ("events", events(tally)),
      (
        "masked",
        object([("others", counts(package.masked.others)), ("credentials", count(package.masked.credentials))])
      ),
      (
        "hidden_fields",
        .array(
          package.hidden.map {
            object([("field", .string($0.field)), ("because", .string($0.because)), ("values", count($0.values))])
          })
      ),
      (
        "recipients",
        .array(
          package.recipients.map {
            object([
              ("audience", .string($0.audience)), ("first_day", .string($0.firstDay)), ("last_day", .string($0.lastDay)),
            ])
          })
      ),
      (
        "files",
        .array(
          files.sorted { $0.name < $1.name }.map {
            object([("name", .string($0.name)), ("sha256", .string($0.sha256)), ("bytes", count($0.size))])
          })
      ),
    ])
  }

  private static func request(_ request: AccessRequest) -> JSONValue {
    let verified = request.verified.map {
      object([("by", .string($0.by)), ("on", .string($0.on.description)), ("method", .string($0.method))])
    }
    return object([
      ("id", .string(request.id)), ("law", .string(request.law.rawValue)),
      ("received", text(request.received?.description)), ("due", text(request.due?.description)),
      ("relation", .string(request.relation.rawValue)), ("verified", verified ?? .null),
      ("identity_check", .string(verified == nil ? unverified : "recorded")),
      ("workspaces", .array(request.workspaces.map { .string($0) })),
      (
        "profiles",
        object([("included", count(request.includedProfiles.count)), ("excluded", count(request.excludedProfiles.count))])
      ),
    ])
  }

  private static func scope(_ scope: AccessScope) -> JSONValue {
    object([
      (
        "archives",
        .array(
          scope.archives.map {
            object([("name", .string($0.name)), ("files", count($0.files)), ("events", count($0.events))])
          })
      ),
      ("files", count(scope.files)), ("events", count(scope.events)),
      ("workspaces", .array(scope.workspaces.map { .string($0) })),
      ("first_day", text(scope.firstDay)), ("last_day", text(scope.lastDay)),
      ("passes", count(scope.passes)), ("files_read_in_all_passes", count(scope.filesRead)),
      ("unreadable", .array(scope.unreadable.map(gap))), ("unsupported", .array(scope.unsupported.map(gap))),
      ("not_searchable", counts(scope.notSearchable)), ("no_known_identity", count(scope.nameless)),
      ("held_back", counts(scope.heldBack)), ("ignored_files", count(scope.ignoredFiles)),
    ])
  }

  private static func gap(_ gap: AccessScope.Gap) -> JSONValue {
    object([("file", .string(gap.file)), ("code", .string(gap.code)), ("places", gap.places.map(count) ?? .null)])
  }

  private static func events(_ tally: AccessTally) -> JSONValue {
    object([
      ("events", count(tally.events)), ("without_time", count(tally.events - tally.timed)),
      ("with_copies", count(tally.copied)), ("repeats", count(tally.repeats)),
      ("by_type", counts(tally.types.mapValues(\.events))),
    ])
  }

  // MARK: values

  private static func object(_ members: [(String, JSONValue)]) -> JSONValue {
    .object(members.map { (key: $0.0, value: $0.1) })
  }

  private static func count(_ number: Int) -> JSONValue { .number(String(number)) }

  private static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

  private static func counts(_ counts: [String: Int]) -> JSONValue { object(counts.map { ($0.key, count($0.value)) }) }
}
