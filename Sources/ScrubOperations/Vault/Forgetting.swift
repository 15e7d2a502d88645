internal import ScrubLedger

/// What `vault forget` came to. Counts only.
package struct Forgetting: Document, Sendable {
  package static let schema = "currents-scrub/forget/1"

  package enum Search: String, Encodable, Sendable {
    case searched
    /// No identifier was given of the kind that lies in the domain.
    case notAsked = "no-identifier"
    /// The policy does not say what lies in the domain.
    case unknownDomain = "unknown-domain"
    /// The rows were made with a key that is not at hand.
    case otherKey = "other-key"
  }

  /// The rows of one key and domain.
  package struct Part: Encodable, Sendable {
    package let key: String
    package let domain: String
    /// Before.
    package let rows: Int
    package var removed = 0
    package var search = Search.searched

    init(_ count: VaultCount) {
      key = count.keyID
      domain = count.domain
      rows = count.rows
    }
  }

  package var schema = Forgetting.schema
  package let request: String
  package let identifiers: Int
  package let dryRun: Bool
  package var parts: [Part] = []
  /// Whether the log of writes ahead was emptied; until it is, it may hold what was removed.
  package var isLogEmpty = true

  init(request: String, identifiers: Int, isDryRun: Bool) {
    self.request = request
    self.identifiers = identifiers
    dryRun = isDryRun
  }

  package var removed: Int { parts.reduce(0) { $0 + $1.removed } }

  /// Rows that may be those of the person, and that nobody could look at.
  package var unsearched: Int {
    parts.filter { $0.search == .otherKey || $0.search == .unknownDomain }.reduce(0) { $0 + $1.rows }
  }

  /// 2 where something could not be searched.
  package var exit: Int { unsearched == 0 && isLogEmpty ? 0 : 2 }

  enum CodingKeys: String, CodingKey {
    case schema, request, identifiers
    case dryRun = "dry_run"
    case removed, unsearched, parts, exit
    case isLogEmpty = "log_emptied"
  }

  package func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(schema, forKey: .schema)
    try members.encode(request, forKey: .request)
    try members.encode(identifiers, forKey: .identifiers)
    try members.encode(dryRun, forKey: .dryRun)
    try members.encode(removed, forKey: .removed)
    try members.encode(unsearched, forKey: .unsearched)
    try members.encode(parts, forKey: .parts)
    try members.encode(isLogEmpty, forKey: .isLogEmpty)
    try members.encode(exit, forKey: .exit)
  }
}
