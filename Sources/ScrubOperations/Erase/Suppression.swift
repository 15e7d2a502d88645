internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative

/// Makes and knows the fingerprints of erased people.
struct Suppression {
  private let digest: KeyedDigest

  init(_ stateKey: SecretBytes) throws(ScrubRefusal) {
    do throws(NativeError) {
      digest = try KeyedDigest(
        try deriveSubkey(
          from: stateKey, salt: Array("state".utf8), info: Array("currents-scrub/v1/suppress".utf8), count: 32))
    } catch {
      throw .key(KeyRefusal(code: .native))
    }
  }

  func fingerprint(_ identity: Identity) -> SuppressionList.Fingerprint? {
    let text = [identity.kind.rawValue] + identity.text
    guard let mac = unsafe text.withUnsafeBytes({ bytes in try? unsafe digest.digest(bytes) }) else { return nil }
    return SuppressionList.Fingerprint(kind: identity.kind.name, fingerprint: String(mac.hex.prefix(32)))
  }

  /// The same of what a request names: of a digest of an identifier, that of the digest.
  func fingerprint(_ subject: Subject) -> SuppressionList.Fingerprint? {
    guard let kind = subject.identifier.kind.identity else { return nil }
    if subject.format == .raw { return Identity(kind, subject.identifier.value).flatMap(fingerprint) }
    return fingerprint(Identity(kind, normalised: Array("\(subject.format.rawValue):".utf8) + subject.identifier.value))
  }

  /// The entry of a person whose events go.
  func entry(_ person: PersonFound, run: String) -> SuppressionList.Entry {
    let request = person.search.request
    let leading = person.leading
    let shared = person.heldBackValues.union(person.identifiers.filter(\.isShared).compactMap(\.identity))
    return SuppressionList.Entry(
      entry: "\(run)/\(request.id)", request: request.id, received: request.received?.description,
      person: Set(leading.filter { $0.kind.isOfProfile || $0.kind.leads }.compactMap(fingerprint)).sorted { $0.fingerprint < $1.fingerprint },
      shared: Set(shared.compactMap(fingerprint)).sorted { $0.fingerprint < $1.fingerprint })
  }

  /// Values that were shared with somebody who is erased: what is left of those who carry them is not theirs.
  ///
  /// - Parameter stateFolder: with the list.
  func sharedBefore(among seeds: [Identity], _ stateFolder: String) throws(ScrubRefusal) -> Set<Identity> {
    let list: SuppressionList
    do throws(LedgerProblem) { list = try SuppressionList(of: stateFolder) } catch {
      throw .ledger(error, path: stateFolder + "/" + SuppressionList.name)
    }
    if list.entries.isEmpty { return [] }
    let shared = Set(list.entries.flatMap(\.shared))
    return Set(seeds.filter { seed in fingerprint(seed).map { shared.contains($0) } ?? false })
  }

  /// The same where there may be no state.
  static func sharedBefore(among seeds: [Identity], in stateFolder: String) throws(ScrubRefusal) -> Set<Identity> {
    guard let key = StateKey.existing(in: stateFolder) else { return [] }
    return try Suppression(key).sharedBefore(among: seeds, stateFolder)
  }
}
