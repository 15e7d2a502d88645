internal import ScrubLedger

/// Brings the rows of other vaults into that of a state folder: tokens are made from values and keys alone, so those of
/// several workers are one after the other. Needs no key.
package struct MergeRun {
  private let stateFolder: String
  private let isDryRun: Bool

  private static let rowsAtOnce = 50_000

  package init(stateFolder: String, isDryRun: Bool) {
    self.stateFolder = stateFolder
    self.isDryRun = isDryRun
  }

  /// Merges vaults, in their order; where two hold a token, the row that is there stays.
  ///
  /// - Throws: `ScrubRefusal` before anything was written when one of them is no vault, is damaged, or knows another
  ///   key under an id that is in use.
  package func run(_ paths: [String]) throws(ScrubRefusal) -> Merging {
    let own = realPath(stateFolder + "/" + TokenVault.name)
    if paths.contains(where: { realPath($0) == own }) { throw .usage("a vault is not merged with itself") }
    var others: [TokenVault] = []
    var keys: [String: String] = [:]
    for path in paths {
      do throws(LedgerProblem) {
        let other = try TokenVault.reading(path)
        for (id, check) in try other.keys() where keys.updateValue(check, forKey: id) ?? check != check {
          throw LedgerProblem(.vaultOtherKey)
        }
        others.append(other)
      } catch {
        throw .ledger(error, path: path)
      }
    }
    return isDryRun ? try counts(others, keys) : try merge(others, keys)
  }

  /// What would be merged.
  private func counts(_ others: [TokenVault], _ keys: [String: String]) throws(ScrubRefusal) -> Merging {
    let vault = try StateFolder(stateFolder).existingVault()
    var merging = Merging(isDryRun: true)
    do throws(LedgerProblem) {
      if let vault { try vault.check(keys) }
      for other in others {
        var part = Merging.Part(path: other.path)
        try other.forEach(by: Self.rowsAtOnce) { (rows) throws(LedgerProblem) in
          part.rows += rows.count
          for row in rows where try vault?.row(of: row.token) == nil { part.added += 1 }
        }
        merging.vaults.append(part)
      }
    } catch {
      throw .ledger(error, path: stateFolder + "/" + TokenVault.name)
    }
    return merging
  }

  private func merge(_ others: [TokenVault], _ keys: [String: String]) throws(ScrubRefusal) -> Merging {
    let state = StateFolder(stateFolder)
    var log = try state.evidence()
    var entry = EvidenceEntry(command: "vault merge")
    var merging = Merging(isDryRun: false)
    entry.keys = keys.map { "\($0):\($1)" }.sorted()
    let outcome: Result<Merging, ScrubRefusal>
    do throws(ScrubRefusal) {
      let vault = try state.vault(for: keys)
      for other in others { merging.vaults.append(try add(other, to: vault)) }
      outcome = .success(merging)
    } catch {
      entry.result = error.code
      outcome = .failure(error)
    }
    entry.counts = ["vaults": merging.vaults.count, "rows": merging.rows, "added": merging.added]
    try log.append(entry, in: stateFolder)
    return try outcome.get()
  }

  private func add(_ other: TokenVault, to vault: TokenVault) throws(ScrubRefusal) -> Merging.Part {
    var part = Merging.Part(path: other.path)
    do throws(LedgerProblem) {
      try other.forEach(by: Self.rowsAtOnce) { (rows) throws(LedgerProblem) in
        part.rows += rows.count
        part.added += try vault.add { add in for row in rows { try add(row) } }
      }
    } catch {
      throw .ledger(error, path: vault.path)
    }
    return part
  }
}

/// What `vault merge` came to.
package struct Merging: Document, Sendable {
  package struct Part: Encodable, Sendable {
    package let path: String
    package var rows = 0
    /// Of tokens that were not there.
    package var added = 0
  }

  package var schema = "currents-scrub/merge/1"
  package let dryRun: Bool
  package var vaults: [Part] = []

  init(isDryRun: Bool) { dryRun = isDryRun }

  package var rows: Int { vaults.reduce(0) { $0 + $1.rows } }
  package var added: Int { vaults.reduce(0) { $0 + $1.added } }

  enum CodingKeys: String, CodingKey {
    case schema
    case dryRun = "dry_run"
    case vaults
  }
}
