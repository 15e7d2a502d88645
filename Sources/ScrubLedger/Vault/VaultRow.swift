/// A token with its original, as a vault holds it.
package struct VaultRow: Hashable, Sendable {
  package let token: String
  package let keyID: String
  /// The pseudonym domain.
  package let domain: String
  /// Nonce, ciphertext and tag.
  package let original: [UInt8]

  package init(token: String, keyID: String, domain: String, original: [UInt8]) {
    self.token = token
    self.keyID = keyID
    self.domain = domain
    self.original = original
  }
}

/// The rows of one key and domain.
package struct VaultCount: Hashable, Sendable {
  package let keyID: String
  package let domain: String
  package let rows: Int

  package init(keyID: String, domain: String, rows: Int) {
    self.keyID = keyID
    self.domain = domain
    self.rows = rows
  }
}
