package import ScrubLedger
internal import ScrubCore
internal import ScrubPolicy

/// A person's demand: who they are, and what is known of the demand itself.
package struct AccessRequest: Sendable {
  package enum Relation: String, CaseIterable, Sendable {
    /// The person themselves, or who acts for them.
    case oneself = "self"
    case guardian, agent, heir
  }

  /// How the identity of the person was checked.
  package struct Verification: Sendable {
    package let by: String
    package let on: Day
    package let method: String

    package init(by: String, on: Day, method: String) {
      self.by = by
      self.on = on
      self.method = method
    }
  }

  /// The id of those that were given none.
  package static let unnamed = "request"

  /// 1 to 64 letters, digits, dashes and underscores.
  package var id: String
  /// What is asked for, where it is told.
  package var kind: BookedRequest.Kind?
  package var subjects: [Subject] = []
  package var received: Day?
  package var law = Law.gdpr
  package var verified: Verification?
  /// Who said that an erasure may be carried out, and when.
  package var approved: (by: String, on: Day)?
  /// Why an erasure is asked for: grounds of Art. 17(1) GDPR, or others.
  package var grounds: [String] = []
  package var relation = Relation.oneself
  /// Workspaces (`app_group_id`) to which it is limited; empty for all.
  package var workspaces: [String] = []
  /// Profiles that somebody decided are the person's too: their fingerprints, or Braze ids.
  package var includedProfiles: [String] = []
  /// Profiles that somebody decided are others', though they share a value with the person, likewise.
  package var excludedProfiles: [String] = []

  /// Among them, stands for events that tell no profile, or several.
  package static let noProfile = "none"

  package init(id: String) { self.id = id }

  /// The last day for an answer, where it is known when the request came in.
  package var due: Day? { received.map { law.due($0) } }
}

extension [AccessRequest] {
  /// Refuses requests that ask for something else than a command does.
  ///
  /// - Parameters:
  ///   - kinds: what the command does.
  ///   - other: the command that does the rest.
  func check(ask kinds: Set<BookedRequest.Kind>, other: String) throws(ScrubRefusal) {
    for request in self {
      guard let kind = request.kind, !kinds.contains(kind) else { continue }
      throw .usage("request \(request.id) is one of \(kind.rawValue): give it to `\(other)`")
    }
  }
}

/// What a request knows of the person: an identifier, or a digest of one.
package struct Subject: Sendable {
  package enum Format: String, CaseIterable, Sendable { case raw, md5, sha1, sha256 }

  package let identifier: Identifier
  package let format: Format

  package init(_ identifier: Identifier, format: Format = .raw) {
    self.identifier = identifier
    self.format = format
  }
}

extension AccessRequest {
  /// Whether a text holds one of its identifiers.
  package func isNamed(in text: String) -> Bool { Self.names(Set(subjects.compactMap(\.identity)), in: text) }

  /// Whether a text holds one of some identities.
  static func names(_ identities: Set<Identity>, in text: String) -> Bool {
    subjects(in: text, of: Set(identities.map(\.kind))).contains { $0.identity.map(identities.contains) ?? false }
  }

  /// Whom a text may name: all of it, and each of its words, of some kinds.
  static func subjects(in text: String, of kinds: Set<IdentityKind> = Set(IdentityKind.allCases)) -> [Subject] {
    let kinds = ValueKind.allCases.filter { $0.identity.map(kinds.contains) ?? false }
    return (KeptText.words(in: text) + [text[...]]).flatMap { word in
      kinds.compactMap { kind in
        (try? Identifier(kind: kind.rawValue, value: String(word))).map { Subject($0) }
      }
    }
  }
}
