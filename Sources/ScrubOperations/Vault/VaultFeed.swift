internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative

/// Who takes the rows of new tokens.
protocol VaultTaking: Sendable {
  /// Takes the rows that `fill` gives, all or none of them.
  @discardableResult
  func add(_ fill: ((VaultRow) throws -> Void) throws -> Void) throws(LedgerProblem) -> Int
}

extension TokenVault: VaultTaking {}

/// Brings what one worker offers into the vault, encrypted under a key of its domain.
struct VaultFeed {
  private let vault: any VaultTaking
  private let key: MasterKey
  private var values: [String: EncryptedValues] = [:]

  init(_ vault: any VaultTaking, _ key: MasterKey) {
    self.vault = vault
    self.key = key
  }

  /// Stores everything that is offered in one transaction.
  mutating func store(_ offers: borrowing VaultOffers) throws(Failure) {
    do throws(LedgerProblem) {
      try vault.add { add in
        try offers.forEach { token, domain, value in
          let original = try values(of: domain).encrypt(value, associatedData: token)
          try add(
            VaultRow(
              token: String(decoding: token, as: UTF8.self), keyID: key.keyID, domain: domain, original: original))
        }
      }
    } catch {
      throw Failure(.vault, place: error.code.rawValue)
    }
  }

  private mutating func values(of domain: String) throws(NativeError) -> EncryptedValues {
    if let known = values[domain] { return known }
    let made = try EncryptedValues(key.subkey(.vaultKey(domain: domain)))
    values[domain] = made
    return made
  }
}
