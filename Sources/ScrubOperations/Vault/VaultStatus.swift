internal import ScrubLedger

/// What a vault holds, in counts.
package struct VaultStatus: Document, Sendable {
  package struct Part: Encodable, Sendable {
    package let key: String
    package let domain: String
    package let rows: Int
  }

  package var schema = "currents-scrub/vault/1"
  package let path: String
  /// False where the state folder has no vault yet.
  package var exists = false
  /// On the disk.
  package var bytes = 0
  package var rows = 0
  package var parts: [Part] = []
  /// `id:check value` of every key that filled it.
  package var keys: [String] = []

  /// Looks into the vault of a state folder, and makes none.
  package init(of stateFolder: String) throws(ScrubRefusal) {
    path = stateFolder + "/" + TokenVault.name
    guard let vault = try StateFolder(stateFolder).existingVault() else { return }
    do throws(LedgerProblem) {
      exists = true
      bytes = vault.size
      parts = try vault.counts().map { Part(key: $0.keyID, domain: $0.domain, rows: $0.rows) }
      rows = parts.reduce(0) { $0 + $1.rows }
      keys = try vault.keys().map { "\($0):\($1)" }.sorted()
    } catch {
      throw .ledger(error, path: path)
    }
  }
}
