/// Why something in the state folder cannot be used. Never holds a value, and nothing that SQLite says, for it may
/// quote one.
package struct LedgerProblem: Error, Hashable, Sendable {
  package enum Code: String, CaseIterable, Sendable {
    case vaultMissing = "vault.missing"
    case vaultUnwritable = "vault.unwritable"
    case vaultUnreadable = "vault.unreadable"
    case vaultNoSpace = "vault.no-space"
    case vaultBusy = "vault.busy"
    case vaultDamaged = "vault.damaged"
    case vaultForeign = "vault.not-a-vault"
    case vaultLater = "vault.later-version"
    case vaultExposed = "vault.exposed"
    case vaultOtherKey = "vault.other-check-value"
    case vaultUnsealed = "vault.cannot-encrypt"
    case ledgerUnwritable = "ledger.unwritable"
    case ledgerUnreadable = "ledger.unreadable"
    case ledgerNoSpace = "ledger.no-space"
    case ledgerBusy = "ledger.busy"
    case ledgerDamaged = "ledger.damaged"
    case ledgerForeign = "ledger.not-a-ledger"
    case ledgerLater = "ledger.later-version"
    case ledgerExposed = "ledger.exposed"
    case evidenceUnwritable = "evidence.unwritable"
    case evidenceUnreadable = "evidence.unreadable"
    case evidenceDamaged = "evidence.damaged"
    case suppressionUnwritable = "suppression.unwritable"
    case suppressionUnreadable = "suppression.unreadable"
    case suppressionDamaged = "suppression.damaged"
    case suppressionMissing = "suppression.missing"
    case journalUnwritable = "journal.unwritable"
    case journalUnreadable = "journal.unreadable"
    case journalForeign = "journal.not-ours"
  }

  package let code: Code

  package init(_ code: Code) { self.code = code }

  /// Whether something is refused that could be done, in contrast to what cannot be done.
  package var isRefusal: Bool {
    switch code {
    case .vaultDamaged, .vaultForeign, .vaultLater, .vaultExposed, .vaultOtherKey, .ledgerDamaged, .ledgerForeign,
      .ledgerLater, .ledgerExposed, .evidenceDamaged, .journalForeign,
      .suppressionDamaged, .suppressionMissing:
      true
    case .vaultMissing, .vaultUnwritable, .vaultUnreadable, .vaultNoSpace, .vaultBusy, .vaultUnsealed,
      .ledgerUnwritable, .ledgerUnreadable, .ledgerNoSpace, .ledgerBusy, .evidenceUnwritable, .evidenceUnreadable, .journalUnwritable, .journalUnreadable,
      .suppressionUnwritable, .suppressionUnreadable:
      false
    }
  }

  /// What is true.
  package var message: String {
    switch code {
    case .vaultMissing: "there is no vault"
    case .vaultUnwritable: "the vault cannot be written"
    case .vaultUnreadable: "the vault cannot be read"
    case .vaultNoSpace: "there is no space left for the vault"
    case .vaultBusy: "another process held the vault for too long"
    case .vaultDamaged: "the vault is damaged"
    case .vaultForeign: "the file is no vault"
    case .vaultLater: "the vault was made by a later version"
    case .vaultExposed: "the vault is a link, belongs to somebody else, or can be read by others than its owner"
    case .vaultOtherKey: "the vault was filled with another key of this id"
    case .vaultUnsealed: "OpenSSL could not encrypt a value for the vault"
    case .ledgerUnwritable: "the ledger cannot be written"
    case .ledgerUnreadable: "the ledger cannot be read"
    case .ledgerNoSpace: "there is no space left for the ledger"
    case .ledgerBusy: "another process held the ledger for too long"
    case .ledgerDamaged: "the ledger is damaged"
    case .ledgerForeign: "the file is no ledger"
    case .ledgerLater: "the ledger was made by a later version"
    case .ledgerExposed: "the ledger is a link, belongs to somebody else, or can be read by others than its owner"
    case .evidenceUnwritable: "the evidence log cannot be written"
    case .evidenceUnreadable: "the evidence log cannot be read"
    case .evidenceDamaged: "the last line of the evidence log is damaged"
    case .suppressionUnwritable: "the list of erased people cannot be written"
    case .suppressionUnreadable: "the list of erased people cannot be read"
    case .suppressionDamaged: "the list of erased people is damaged, or none that this version knows"
    case .suppressionMissing: "the list of erased people is gone, though the evidence log tells of erasures"
    case .journalUnwritable: "the journal of the run cannot be written"
    case .journalUnreadable: "the journal of an earlier run cannot be read"
    case .journalForeign: "the journal of an earlier run is damaged, or was made under another state key"
    }
  }

  /// What to do.
  package var hint: String {
    switch code {
    case .vaultMissing: "give the state folder of the scrub with --state DIR"
    case .vaultUnwritable, .vaultUnreadable, .ledgerUnwritable, .ledgerUnreadable, .evidenceUnwritable, .evidenceUnreadable, .journalUnwritable,
      .journalUnreadable, .suppressionUnwritable, .suppressionUnreadable:
      "check the permissions, or give --state DIR"
    case .vaultNoSpace, .ledgerNoSpace: "make room, then run again"
    case .vaultBusy, .ledgerBusy: "run again when the other process is done"
    case .vaultDamaged: "restore it from a copy, or merge what is left elsewhere"
    case .suppressionDamaged: "restore it from a copy, or use the version that made it"
    case .ledgerDamaged: "restore it from a copy"
    case .suppressionMissing: "restore the state folder as a whole, from one copy, or begin with another"
    case .vaultForeign, .ledgerForeign: "check that it is the right file"
    case .vaultLater, .ledgerLater: "use the version that made it"
    case .vaultExposed, .ledgerExposed: "chmod 600 the file itself, and chown it to the user who runs this"
    case .vaultOtherKey: "use the earlier key, or give the new one an id of its own"
    case .vaultUnsealed: "check the OpenSSL installation"
    case .evidenceDamaged: "run `currents-scrub verify log`, and restore the file from a copy"
    case .journalForeign: "give the state folder with the key that it was made under, or move the journal away"
    }
  }
}
