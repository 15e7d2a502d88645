internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative

/// Turns tokens back into their originals, and writes in the evidence log that it did, before anybody sees one.
package struct RevealRun {
  private let stateFolder: String
  private let reason: String

  package init(stateFolder: String, reason: String) {
    self.stateFolder = stateFolder
    self.reason = reason
  }

  /// Turns the tokens back.
  ///
  /// - Parameter keys: gives the keys, each with its audience; when it fails, that is written to the log too.
  package func run(
    _ tokens: [String], keys: () throws(ScrubRefusal) -> [MasterKey]
  ) throws(ScrubRefusal) -> Revelation {
    let state = StateFolder(stateFolder)
    var log = try state.evidence()
    var entry = EvidenceEntry(command: "reveal")
    entry.reason = reason
    entry.counts = ["asked": tokens.count, "revealed": 0]
    let outcome: Result<Revelation, ScrubRefusal>
    do throws(ScrubRefusal) {
      let keys = try keys()
      entry.keys = try keys.marks()
      let revelation = try reveal(tokens, keys, state)
      entry.counts = revelation.counts
      if revelation.exit != 0 { entry.result = revelation.revealed > 0 ? "incomplete" : "nothing-revealed" }
      outcome = .success(revelation)
    } catch {
      entry.result = error.code
      outcome = .failure(error)
    }
    try log.append(entry, in: stateFolder)
    return try outcome.get()
  }

  private func reveal(
    _ tokens: [String], _ keys: [MasterKey], _ state: StateFolder
  ) throws(ScrubRefusal) -> Revelation {
    let hasVaultTokens = tokens.contains { RevealedToken.form(of: $0)?.store == .vault }
    let vault = hasVaultTokens ? try state.existingVault() : nil
    var revelation = Revelation()
    for token in tokens {
      do throws(LedgerProblem) {
        revelation.tokens.append(try Self.reveal(token, keys, vault))
      } catch {
        throw .ledger(error, path: stateFolder + "/" + TokenVault.name)
      }
    }
    return revelation
  }

  private static func reveal(
    _ token: String, _ keys: [MasterKey], _ vault: TokenVault?
  ) throws(LedgerProblem) -> RevealedToken {
    guard let form = RevealedToken.form(of: token) else { return RevealedToken(token, .malformed) }
    let keys = keys.filter { $0.keyID == form.keyID }
    if keys.isEmpty { return RevealedToken(token, .otherKey) }
    switch form.store {
    case .sealed:
      for key in keys {
        if let values = try? SealedValues(key.subkey(.seal)), let opened = SealedToken.open(token, with: values) {
          return RevealedToken(token, opened.value, domain: opened.domain)
        }
      }
    case .vault:
      guard let vault else { return RevealedToken(token, .noVault) }
      guard let row = try vault.row(of: token) else { return RevealedToken(token, .unknown) }
      for key in keys {
        if let values = try? EncryptedValues(key.subkey(.vaultKey(domain: row.domain))),
          let value = values.decrypt(row.original, associatedData: Array(token.utf8))
        {
          return RevealedToken(token, value, domain: row.domain)
        }
      }
    }
    return RevealedToken(token, .doesNotOpen)
  }
}
