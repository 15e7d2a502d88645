internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
internal import ScrubPolicy

/// Makes and knows the fingerprints of erased people. One task's.
final class Suppression {
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

  /// - Throws: `ScrubRefusal` where OpenSSL fails: a person who is not known again must not go unnoticed.
  func fingerprint(_ identity: Identity) throws(ScrubRefusal) -> SuppressionList.Fingerprint {
    // What may be of either kind of contact is of one here.
    let kind = identity.otherContact == nil ? identity.kind : .email
    return try fingerprint([kind.rawValue] + identity.text)
  }

  func fingerprint(workspace: [UInt8]) throws(ScrubRefusal) -> SuppressionList.Fingerprint {
    // No kind of identifier has the number.
    try fingerprint([0xff] + workspace)
  }

  private func fingerprint(_ text: [UInt8]) throws(ScrubRefusal) -> SuppressionList.Fingerprint {
    do throws(NativeError) {
      let span = unsafe text.span.bytes
      let mac = try unsafe span.withUnsafeBytes { (bytes) throws(NativeError) in try unsafe digest.digest(bytes) }
      return SuppressionList.Fingerprint(mac)
    } catch {
      throw .key(KeyRefusal(code: .native))
    }
  }

  /// The same of what a request names: of a digest of an identifier, that of the digest.
  func fingerprint(_ subject: Subject) throws(ScrubRefusal) -> SuppressionList.Fingerprint? {
    guard let kind = subject.identifier.kind.identity else { return nil }
    if subject.format == .raw {
      guard let identity = Identity(kind, subject.identifier.value) else { return nil }
      return try fingerprint(identity)
    }
    return try fingerprint(Identity(kind, normalised: Array("\(subject.format.rawValue):".utf8) + subject.identifier.value))
  }

  /// What a request names, each with its kind, as fingerprints in hex.
  func fingerprints(of request: AccessRequest) throws(ScrubRefusal) -> Set<String> {
    var named: Set<String> = []
    for subject in request.subjects {
      guard let fingerprint = try fingerprint(subject) else { continue }
      named.insert("\(subject.identifier.kind.rawValue):\(fingerprint.hex)")
    }
    return named
  }

  /// What tells a legal hold from others, and nothing of whom it names.
  func mark(_ hold: LegalHolds.Hold) throws(ScrubRefusal) -> String { try fingerprint(Array("hold:".utf8) + hold.extent).hex }

  // MARK: making

  /// The entry of a person whose events go.
  ///
  /// - Parameter pseudonyms: under which they may come back.
  func entry(
    _ person: PersonFound, run: String, _ pseudonyms: KnownPseudonyms
  ) throws(ScrubRefusal) -> SuppressionList.Entry {
    let request = person.search.request
    var marks: Set<SuppressionList.Mark> = []
    for workspace in person.search.allowed {
      for text in try pseudonyms.aliases(ofWorkspace: workspace).union([workspace]) {
        marks.insert(SuppressionList.Mark(fingerprint: try fingerprint(workspace: text), use: .workspace))
      }
    }
    let use: SuppressionList.Use = person.search.allowed.isEmpty ? .person : .personThere
    let exact = person.search.exact
    var partners = SuppressionList.Use.partners
    if let workspace = exact?.partnersWithin {
      marks.insert(SuppressionList.Mark(fingerprint: try fingerprint(workspace: workspace), use: .workspace))
      partners = .partnersThere
    }
    for identity in person.leading where identity.kind.leads {
      let reaches = exact == nil || exact?.identities[identity] != nil
      for known in [identity] + (try person.aliases(of: identity, pseudonyms)) {
        marks.insert(SuppressionList.Mark(fingerprint: try fingerprint(known), use: reaches ? use : partners))
      }
    }
    let shared = person.heldBackValues.union(person.identifiers.filter(\.isShared).compactMap(\.identity))
    for identity in shared { marks.insert(SuppressionList.Mark(fingerprint: try fingerprint(identity), use: .shared)) }
    // Who was erased without a date asked today at the latest.
    let received = request.received ?? Day(EvidenceLog.now())
    let until = exact?.partnersUntil ?? received?.lastSecond
    return SuppressionList.Entry(
      entry: "\(run)/\(request.id)", until: until, marks: marks.sorted { $0.fingerprint < $1.fingerprint })
  }

  /// The entry of a person whom a hold names, by everything that is known of them by now.
  func entry(held identities: Set<Identity>, run: String, hold: String) throws(ScrubRefusal) -> SuppressionList.Entry {
    var marks: [SuppressionList.Mark] = []
    for identity in identities where identity.kind.leads {
      marks.append(SuppressionList.Mark(fingerprint: try fingerprint(identity), use: .held))
    }
    return SuppressionList.Entry(
      entry: "\(run)/\(hold)", until: nil, marks: marks.sorted { $0.fingerprint < $1.fingerprint })
  }

  // MARK: knowing

  /// Has searches know of people who were erased: what others carried too is not that of whoever is left.
  ///
  /// - Parameter stateFolder: with the list; there may be none.
  static func noteSharedBefore(in searches: inout [PersonSearch], _ stateFolder: String) throws(ScrubRefusal) {
    guard let list = try list(in: stateFolder), let key = StateKey.existing(in: stateFolder) else { return }
    let suppression = try Suppression(key)
    var fingerprints: [Identity: SuppressionList.Fingerprint] = [:]
    for seed in searches.lazy.flatMap(\.seeds) where fingerprints[seed] == nil {
      fingerprints[seed] = try suppression.fingerprint(seed)
    }
    let hits = Dictionary(grouping: try find(Array(fingerprints.values), in: list), by: \.fingerprint)
    for index in searches.indices {
      let found = searches[index].seeds.flatMap { seed in fingerprints[seed].flatMap { hits[$0] } ?? [] }
      var own: Set<String> = []
      for identity in searches[index].learned.flatMap(\.values).map(\.identity) where identity.kind.isOfProfile {
        own.formUnion(try find([try suppression.fingerprint(identity)], in: list).filter(\.use.leads).map(\.entry))
      }
      searches[index].erasedBefore = ErasedBefore(
        key, list, erasures: Set(found.filter { $0.use != .shared }.map(\.entry)), own: own)
    }
  }

  /// What is known of those who were erased before.
  struct ErasedBefore: Sendable {
    private let stateKey: SecretBytes
    private let list: SuppressionList
    /// The entries of the list that may be of the person whom a search is for.
    private let erasures: Set<String>
    /// Those that are, for an earlier run of the search tells so: with whom they shared is known by that.
    private let own: Set<String>

    /// Whether a request was carried out before.
    func wasCarriedOut(_ request: String) -> Bool { erasures.contains { SuppressionList.request(of: $0) == request } }

    /// Whether a request that was carried out before knew an identity as the person's. What cannot be looked up is such.
    func isKnown(_ identity: Identity, to request: String) -> Bool {
      guard let fingerprint = try? Suppression(stateKey).fingerprint(identity), let hits = try? find([fingerprint], in: list)
      else { return true }
      return hits.contains { $0.use.leads && $0.request == request }
    }

    fileprivate init(_ stateKey: SecretBytes, _ list: SuppressionList, erasures: Set<String>, own: Set<String>) {
      self.stateKey = stateKey
      self.list = list
      self.erasures = erasures
      self.own = own
    }

    /// Whether somebody else carried one of some identities, too, when the person was erased: whoever carries it now need
    /// not be the person, though nothing that is left tells so. What cannot be looked up may be such.
    func wasShared(_ identities: [Identity]) -> Bool {
      if erasures.isEmpty { return false }
      return (try? shared(identities) { erasures.contains($0) }.isEmpty) != true
    }

    /// Those of some identities that somebody else who is erased shared. What cannot be looked up may be such.
    func sharedWithOthers(_ identities: [Identity]) -> Set<Identity> {
      (try? shared(identities) { !own.contains($0) }) ?? Set(identities)
    }

    private func shared(_ identities: [Identity], by isMeant: (String) -> Bool) throws(ScrubRefusal) -> Set<Identity> {
      let suppression = try Suppression(stateKey)
      var known: [SuppressionList.Fingerprint: [Identity]] = [:]
      for identity in identities { known[try suppression.fingerprint(identity), default: []].append(identity) }
      let hits = try find(Array(known.keys), in: list).filter { $0.use == .shared && isMeant($0.entry) }
      return Set(hits.flatMap { known[$0.fingerprint] ?? [] })
    }
  }

  /// What legal holds name of people, as far as only the state folder knows that it is theirs: what links it to them may
  /// be gone from the archives, or not in those that are searched.
  ///
  /// - Parameter people: what is known of each.
  static func names(
    of people: [Set<Identity>], in holds: LegalHolds, _ stateFolder: String
  ) throws(ScrubRefusal) -> [Set<Identity>] {
    var names = people.map { _ in Set<Identity>() }
    let subjects = holds.holds.flatMap(\.subjects).compactMap(\.identity)
    if subjects.isEmpty { return names }
    guard let list = try list(in: stateFolder), let key = StateKey.existing(in: stateFolder) else { return names }
    let suppression = try Suppression(key)
    var subjectsOf: [String: Set<Identity>] = [:]
    for subject in subjects {
      for hit in try find([try suppression.fingerprint(subject)], in: list) { subjectsOf[hit.entry, default: []].insert(subject) }
    }
    if subjectsOf.isEmpty { return names }
    for (person, identities) in people.enumerated() {
      for identity in identities {
        for hit in try find([try suppression.fingerprint(identity)], in: list) where hit.use.isOfPerson {
          names[person].formUnion(subjectsOf[hit.entry] ?? [])
        }
      }
    }
    return names
  }

  /// Whether an entry of the list has none of the identifiers that a request names. One that is not there, or a request that
  /// names nothing by which it could be told, tells nothing.
  static func isOfOthers(_ entry: String, _ request: AccessRequest, _ stateFolder: String) throws(ScrubRefusal) -> Bool {
    let named = request.subjects.compactMap(\.identity).filter(\.kind.leads)
    guard !named.isEmpty, let list = try list(in: stateFolder), let key = StateKey.existing(in: stateFolder) else { return false }
    do throws(LedgerProblem) { if try !list.holds(entry) { return false } } catch { throw .ledger(error, path: list.path) }
    let suppression = try Suppression(key)
    var fingerprints: [SuppressionList.Fingerprint] = []
    for identity in named { fingerprints.append(try suppression.fingerprint(identity)) }
    return try !find(fingerprints, in: list).contains { $0.entry == entry }
  }

  /// The list of a state folder; nothing where nobody was erased.
  ///
  /// - Throws: where it cannot tell who was: it is gone, or its key.
  static func list(in stateFolder: String) throws(ScrubRefusal) -> SuppressionList? {
    let state = StateFolder(stateFolder)
    try state.prove()
    return try state.telling(SuppressionList.name) { () throws(LedgerProblem) in
      if let list = try SuppressionList.existing(in: stateFolder) { return list }
      if try EvidenceLog.tellsOfErasures(in: stateFolder) { throw LedgerProblem(.suppressionMissing) }
      return nil
    }
  }

  static func find(
    _ fingerprints: [SuppressionList.Fingerprint], in list: SuppressionList
  ) throws(ScrubRefusal) -> [SuppressionList.Hit] {
    do throws(LedgerProblem) { return try list.find(fingerprints) } catch { throw .ledger(error, path: list.path) }
  }
}
