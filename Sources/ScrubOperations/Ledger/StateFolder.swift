internal import ScrubLedger
internal import ScrubNative

/// What is remembered between runs, opened for one of them.
struct StateFolder {
  let path: String

  init(_ path: String) { self.path = path }

  /// The vault, made on first use.
  ///
  /// - Parameter keys: the check values, by key id, of the keys that will fill it: none may be another than before.
  func vault(for keys: [String: String]) throws(ScrubRefusal) -> TokenVault {
    try make()
    return try opened(TokenVault.name) { () throws(LedgerProblem) in
      let vault = try TokenVault.obtain(in: path)
      try vault.note(keys)
      return vault
    }
  }

  /// The vault, where there is one.
  func existingVault() throws(ScrubRefusal) -> TokenVault? {
    try opened(TokenVault.name) { () throws(LedgerProblem) in try TokenVault.existing(in: path) }
  }

  /// The evidence log, held until it is let go.
  func evidence() throws(ScrubRefusal) -> EvidenceLog {
    try make()
    let stateKey: SecretBytes
    do { stateKey = try StateKey.obtain(in: path).key } catch let refusal as KeyRefusal {
      throw .key(refusal)
    } catch {
      throw .state(path)
    }
    let key = try Self.evidenceKey(stateKey)
    return try opened(EvidenceLog.folder) { () throws(LedgerProblem) in try EvidenceLog.open(in: path, key: key) }
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

  private func opened<Result: ~Copyable>(
    _ name: String, _ body: () throws(LedgerProblem) -> Result
  ) throws(ScrubRefusal) -> Result {
    do throws(LedgerProblem) { return try body() } catch { throw .ledger(error, path: path + "/" + name) }
  }
}
