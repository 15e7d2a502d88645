internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
internal import ScrubPolicy

/// Removes the originals of a person from the vault: their tokens stay in what was shared, and nobody can turn them
/// back by the vault any more.
package struct ForgetRun {
  private let checked: CheckedPolicy
  private let keys: [MasterKey]
  private let request: String
  private let stateFolder: String
  private let isDryRun: Bool

  /// - Parameters:
  ///   - checked: says which kinds of values lie in which domain.
  ///   - keys: those under which tokens may have been made, each with its audience.
  ///   - request: the id of the request, for the evidence log.
  package init(
    _ checked: CheckedPolicy, keys: [MasterKey], request: String, stateFolder: String, isDryRun: Bool
  ) {
    self.checked = checked
    self.keys = keys
    self.request = request
    self.stateFolder = stateFolder
    self.isDryRun = isDryRun
  }

  /// Whether a text may be the id of a request.
  package static func isRequest(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x5f || $0 == 0x2d }
  }

  /// Finds the rows, removes them, and says so in the evidence log.
  package func run(_ identifiers: [Identifier]) throws(ScrubRefusal) -> Forgetting {
    if identifiers.isEmpty { throw .usage("nobody is named: give --subject or --subject-file") }
    let state = StateFolder(stateFolder)
    var forgetting = Forgetting(request: request, identifiers: identifiers.count, isDryRun: isDryRun)
    if isDryRun {
      if let vault = try state.existingVault() { try forget(identifiers, in: vault, &forgetting) }
      return forgetting
    }
    var log = try state.evidence()
    var entry = EvidenceEntry(command: "vault forget")
    entry.request = request
    let outcome: Result<Forgetting, ScrubRefusal>
    do throws(ScrubRefusal) {
      entry.keys = try keys.marks()
      if let vault = try state.existingVault() { try forget(identifiers, in: vault, &forgetting) }
      entry.counts = ["identifiers": identifiers.count, "removed": forgetting.removed]
      entry.result = forgetting.exit == 0 ? "done" : "incomplete"
      outcome = .success(forgetting)
    } catch {
      entry.result = error.code
      outcome = .failure(error)
    }
    try log.append(entry, in: stateFolder)
    return try outcome.get()
  }

  private func forget(
    _ identifiers: [Identifier], in vault: TokenVault, _ forgetting: inout Forgetting
  ) throws(ScrubRefusal) {
    let domains = VaultDomains(checked.compiler)
    do throws(LedgerProblem) {
      for count in try vault.counts() {
        var part = Forgetting.Part(count)
        part.search = search(count, domains, identifiers)
        if part.search == .searched {
          let tokens = try tokens(of: identifiers, count, domains)
          if isDryRun {
            part.removed += try vault.count(of: tokens)
          } else if !tokens.isEmpty {
            let removal = try vault.remove(tokens)
            part.removed = removal.rows
            if !removal.isLogEmpty { forgetting.isLogEmpty = false }
          }
        }
        forgetting.parts.append(part)
      }
    } catch {
      throw .ledger(error, path: vault.path)
    }
  }

  private func search(
    _ count: VaultCount, _ domains: VaultDomains, _ identifiers: [Identifier]
  ) -> Forgetting.Search {
    guard keys.contains(where: { $0.keyID == count.keyID }) else { return .otherKey }
    guard let kinds = domains[count.domain] else { return .unknownDomain }
    return identifiers.contains { kinds.contains($0.kind) } ? .searched : .notAsked
  }

  /// The tokens of the identifiers in a domain, under every key of its id.
  private func tokens(
    of identifiers: [Identifier], _ count: VaultCount, _ domains: VaultDomains
  ) throws(LedgerProblem) -> [String] {
    let kinds = domains[count.domain] ?? []
    return try VaultTokens.of(identifiers.filter { kinds.contains($0.kind) }, in: count, keys).sorted()
  }
}

/// What may stand in the vault for identifiers.
enum VaultTokens {
  /// The tokens of some identifiers in everything that a vault holds, whatever policy made it: in all of its domains, for all
  /// audiences that are known.
  ///
  /// - Parameter keys: those at hand.
  static func of(_ identifiers: [Identifier], in vault: TokenVault, _ keys: [MasterKey]) throws(LedgerProblem) -> Set<String> {
    var tokens: Set<String> = []
    for count in try vault.counts() { tokens.formUnion(try of(identifiers, in: count, keys)) }
    return tokens
  }

  static func of(_ identifiers: [Identifier], in count: VaultCount, _ keys: [MasterKey]) throws(LedgerProblem) -> Set<String> {
    var tokens: Set<String> = []
    var text = ByteSink(capacity: 64)
    do throws(NativeError) {
      for key in keys where key.keyID == count.keyID {
        var pseudonymiser = Pseudonymiser(key)
        for (normaliser, alike) in Dictionary(grouping: identifiers, by: { $0.kind.normaliser }) {
          let prepared = try pseudonymiser.prepare(Tokenising(store: .vault, normaliser: normaliser, domain: count.domain))
          for identifier in alike {
            text.removeAll()
            let value = unsafe identifier.value.span.bytes
            // It may be one that can have none.
            guard case .written = try pseudonymiser.append(value, 0..<value.byteCount, prepared, to: &text) else { continue }
            tokens.insert(unsafe text.withUnsafeBytes { bytes in unsafe String(decoding: bytes, as: UTF8.self) })
          }
        }
      }
    } catch {
      throw LedgerProblem(.vaultUnsealed)
    }
    return tokens
  }
}

extension [MasterKey] {
  /// `id:check value` of each key, once.
  func marks() throws(ScrubRefusal) -> [String] {
    var marks: Set<String> = []
    for key in self {
      do throws(NativeError) { marks.insert("\(key.keyID):\(try key.checkValue())") } catch {
        throw .key(KeyRefusal(code: .native))
      }
    }
    return marks.sorted()
  }
}

extension EvidenceLog {
  mutating func append(_ entry: EvidenceEntry, in stateFolder: String) throws(ScrubRefusal) {
    try append([entry], in: stateFolder)
  }

  mutating func append(_ entries: [EvidenceEntry], in stateFolder: String) throws(ScrubRefusal) {
    do throws(LedgerProblem) { try append(entries) } catch {
      throw .ledger(error, path: stateFolder + "/" + Self.folder)
    }
  }
}
