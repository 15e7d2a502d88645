package import ScrubLedger
internal import ScrubNative

/// What is remembered between runs, opened for one of them.
package struct StateFolder {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// The vault, made on first use.
  ///
  /// - Parameter keys: the check values, by key id, of the keys that will fill it: none may be another than before.
  func vault(for keys: [String: String]) throws(ScrubRefusal) -> TokenVault {
    try make()
    return try telling(TokenVault.name) { () throws(LedgerProblem) in
      let vault = try TokenVault.obtain(in: path)
      try vault.note(keys)
      return vault
    }
  }

  /// The vault, where there is one.
  func existingVault() throws(ScrubRefusal) -> TokenVault? {
    try telling(TokenVault.name) { () throws(LedgerProblem) in try TokenVault.existing(in: path) }
  }

  /// The ledger, made on first use.
  package func ledger() throws(ScrubRefusal) -> Ledger {
    try make()
    return try telling(Ledger.name) { () throws(LedgerProblem) in try Ledger.obtain(in: path) }
  }

  /// The ledger, where there is one.
  package func existingLedger() throws(ScrubRefusal) -> Ledger? {
    try telling(Ledger.name) { () throws(LedgerProblem) in try Ledger.existing(in: path) }
  }

  /// The key of the state folder, made on first use.
  func key() throws(ScrubRefusal) -> SecretBytes { try obtainKey().key }

  /// The same, and whether it was made now.
  func obtainKey() throws(ScrubRefusal) -> (key: SecretBytes, isNew: Bool) { try keeping { try StateKey.obtain(in: path) } }

  /// Refuses a folder whose key is gone, or another than what lies there was made under. Makes nothing.
  func prove() throws(ScrubRefusal) { _ = try keeping { try StateKey.proved(in: path) } }

  /// Does what the key of the folder may refuse.
  private func keeping<Result>(_ body: () throws -> Result) throws(ScrubRefusal) -> Result {
    do { return try body() } catch let refusal as KeyRefusal {
      throw .key(refusal)
    } catch let problem as LedgerProblem {
      throw .ledger(problem, path: path + "/" + EvidenceLog.folder)
    } catch let refusal as ScrubRefusal {
      throw refusal
    } catch {
      throw .state(path)
    }
  }

  /// The evidence log, held until it is let go.
  func evidence() throws(ScrubRefusal) -> EvidenceLog {
    try make()
    let key = try Self.evidenceKey(try self.key())
    return try telling(EvidenceLog.folder) { () throws(LedgerProblem) in try EvidenceLog.open(in: path, key: key) }
  }

  /// The key of the evidence log is derived: the digests of files, which reports show, are made with the state key
  /// itself, and a file may hold the text of a line.
  static func evidenceKey(_ stateKey: SecretBytes) throws(ScrubRefusal) -> SecretBytes {
    do throws(NativeError) {
      return try deriveSubkey(
        from: stateKey, salt: Array("state".utf8), info: Array("currents-scrub/v1/evidence".utf8), count: 32)
    } catch {
      throw .key(KeyRefusal(code: .native))
    }
  }

  private func make() throws(ScrubRefusal) {
    do { try StateKey.makeFolders(path, mode: 0o700) } catch { throw .state(path) }
  }

  /// Does what the state folder may refuse; what is wrong is told with the path of the part.
  package func telling<Result: ~Copyable>(
    _ name: String, _ body: () throws(LedgerProblem) -> Result
  ) throws(ScrubRefusal) -> Result {
    do throws(LedgerProblem) { return try body() } catch { throw .ledger(error, path: path + "/" + name) }
  }
}
