internal import ScrubCore

/// What `reveal` came to: the only document that holds originals, for standard output alone.
package struct Revelation: Document, Sendable {
  package static let schema = "currents-scrub/reveal/1"

  /// In the order in which they were asked for.
  package var tokens: [RevealedToken] = []

  package var revealed: Int { tokens.count { $0.value != nil } }

  /// 0 for all, 1 where the vault is not there, 2 for some, 3 for none.
  package var exit: Int {
    if tokens.contains(where: { $0.problem == .noVault }) { return 1 }
    return revealed == tokens.count ? 0 : revealed > 0 ? 2 : 3
  }

  /// For the evidence log: how many were asked for, revealed, and not, by code.
  var counts: [String: Int] {
    var counts = ["asked": tokens.count, "revealed": revealed]
    for token in tokens { if let problem = token.problem { counts[problem.rawValue, default: 0] += 1 } }
    return counts
  }

  enum CodingKeys: CodingKey { case schema, asked, revealed, tokens }

  package func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(Self.schema, forKey: .schema)
    try members.encode(tokens.count, forKey: .asked)
    try members.encode(revealed, forKey: .revealed)
    try members.encode(tokens, forKey: .tokens)
  }
}

/// A token with its original, or with the reason why there is none.
package struct RevealedToken: Encodable, Sendable {
  package enum Problem: String, CaseIterable, Encodable, Sendable {
    case malformed = "token.malformed"
    case otherKey = "token.other-key"
    case noVault = "vault.missing"
    case unknown = "token.unknown"
    case doesNotOpen = "token.does-not-open"

    package var message: String {
      switch self {
      case .malformed: "this has not the form of a token"
      case .otherKey: "the token was made with a key that is not at hand"
      case .noVault: "there is no vault in the state folder"
      case .unknown: "the vault does not hold the token; one made by `hash` cannot be turned back"
      case .doesNotOpen: "the token was made with another key of this id, for another audience, or was tampered with"
      }
    }
  }

  package let token: String
  /// The original as it came, not its normalised form.
  package var value: String?
  package var domain: String?
  package var problem: Problem?

  init(_ token: String, _ problem: Problem) {
    self.token = token
    self.problem = problem
  }

  init(_ token: String, _ value: [UInt8], domain: String) {
    self.token = token
    self.value = String(decoding: value, as: UTF8.self)
    self.domain = domain
  }

  enum CodingKeys: String, CodingKey {
    case token, value, domain
    case problem = "code"
  }

  /// Under which key a token was made, and where its original is; nothing for what is no token.
  static func form(of text: String) -> (keyID: String, store: Tokenising.Store)? {
    if let keyID = SealedToken.keyID(of: text) { return (keyID, .sealed) }
    guard let dash = text.firstIndex(of: "-") else { return nil }
    let keyID = String(text[..<dash])
    return PseudonymFormat.token(byteCount: 16).recognises(text, keyID: keyID) && !keyID.isEmpty ? (keyID, .vault) : nil
  }
}
