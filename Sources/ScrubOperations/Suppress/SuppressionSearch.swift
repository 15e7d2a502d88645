internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative

/// Looks for identities that the suppression list knows: one pass over files, in which each identity is asked about once.
struct SuppressionSearch: Sendable {
  private let context: SearchContext
  private let list: SuppressionList
  private let stateKey: SecretBytes
  private let made: [ScrubbedWith]
  private let findsKept: Bool

  /// - Parameters:
  ///   - made: how outputs are made: of who was erased where nothing but an output told of them the list knows pseudonyms only.
  ///     Sealed tokens under their keys are known by what they hold.
  ///   - findsKept: whether events count that an erasure may have kept, too: all up to the day on which it was carried out,
  ///     and those that tell no time.
  init(
    _ context: SearchContext, _ list: SuppressionList, _ stateKey: SecretBytes, made: [ScrubbedWith], findsKept: Bool = false
  ) {
    self.findsKept = findsKept
    self.context = context
    self.list = list
    self.stateKey = stateKey
    self.made = made
  }

  struct Found: Sendable {
    /// In the order of the listing.
    fileprivate(set) var searches: [(file: Int, search: FileSearch)] = []
    /// Files in which somebody stands whom the list knows.
    fileprivate(set) var files: [Int] = []
    fileprivate(set) var identities: Set<Identity> = []
    /// Whom the list knows of those who stand there, by the identities that were found.
    fileprivate(set) var people: [ExactPerson] = []
  }

  func run(_ listing: SearchListing, _ progress: Progress) async throws(ScrubRefusal) -> Found {
    progress.expect(listing.files.map(\.file))
    let files = listing.files.map(\.file)
    // The largest first, so that no worker is left with one at the end.
    let board = SearchBoard(files.indices.sorted { (files[$0].size, $1) > (files[$1].size, $0) })
    let parts = await withTaskGroup(of: Result<Found, ScrubRefusal>.self) { group in
      for _ in 0..<max(1, min(context.options.jobs, files.count)) {
        group.addTask { Result { () throws(ScrubRefusal) in try work(files, board, progress) } }
      }
      var parts: [Result<Found, ScrubRefusal>] = []
      for await part in group { parts.append(part) }
      return parts
    }
    var all = Found()
    for part in parts {
      let found = try part.get()
      all.searches += found.searches
      all.files += found.files
      all.identities.formUnion(found.identities)
    }
    all.searches.sort { $0.file < $1.file }
    all.people = try people(all.identities)
    return all
  }

  /// The people of some identities, by their requests.
  private func people(_ identities: Set<Identity>) throws(ScrubRefusal) -> [ExactPerson] {
    let questions = SuppressionQuestions(try Suppression(stateKey), try KnownPseudonyms(made), list)
    var people: [String: ExactPerson] = [:]
    // Read only where somebody is met for whom it matters.
    var workspaces: SuppressedWorkspaces?
    for identity in identities {
      for hit in try Suppression.find(try questions.fingerprints(of: identity), in: list) where hit.use.leads {
        guard let reach = hit.reach(of: identity.kind, findsKept: findsKept) else { continue }
        var person = people[hit.request] ?? ExactPerson(request: AccessRequest(id: hit.request), identities: [:])
        if hit.use.isLimited && workspaces == nil { workspaces = try SuppressedWorkspaces(stateKey, list) }
        if hit.use.isLimited { person.workspaces = workspaces }
        person.identities[identity, default: []].insert(Lead(reach: reach, within: hit.use.isLimited ? hit.entry : nil))
        person.suppression = max(person.suppression ?? "", hit.entry)
        people[hit.request] = person
      }
    }
    return people.values.sorted { $0.request.id < $1.request.id }
  }

  private func work(
    _ files: [ArchiveFile], _ board: SearchBoard, _ progress: Progress
  ) throws(ScrubRefusal) -> Found {
    let questions = SuppressionQuestions(try Suppression(stateKey), try KnownPseudonyms(made), list)
    let collector = IdentityCollector { questions.answer($0) }
    var finder = PersonFinder(context, WatchList([]))
    do throws(NativeError) { try finder.openTokens(with: made.flatMap(\.keys)) } catch { throw .key(KeyRefusal(code: .native)) }
    finder.collect(for: collector)
    var found = Found()
    while !context.interrupt.isSet, let index = board.take() {
      let search = finder.search(files[index], filter: nil)
      found.searches.append((index, search))
      if collector.finishFile() { found.files.append(index) }
      if let refusal = questions.refusal { throw refusal }
      progress.finished(search.outcome, events: search.findings.events)
    }
    found.identities = collector.found
    return found
  }
}

extension SuppressionList.Hit {
  /// Which events an identity of a kind leads to; nothing where it leads to none any more.
  fileprivate func reach(of kind: IdentityKind, findsKept: Bool) -> Reach? {
    if kind == .brazeID { return .all }
    guard let until else { return nil }
    // Runs are named by the time at which they began.
    let done = findsKept ? Day(entry)?.lastSecond : nil
    // What cannot be told to be new stays where it is, and goes to nobody else.
    return Reach(until: max(until, done ?? until), takesUntimed: findsKept ? true : nil, isForPartners: use.isForPartners)
  }
}

/// Looks identities up for one worker.
private final class SuppressionQuestions {
  private let suppression: Suppression
  private let pseudonyms: KnownPseudonyms
  private let list: SuppressionList
  /// Why it could not.
  private(set) var refusal: ScrubRefusal?

  init(_ suppression: Suppression, _ pseudonyms: KnownPseudonyms, _ list: SuppressionList) {
    self.suppression = suppression
    self.pseudonyms = pseudonyms
    self.list = list
  }

  /// Of an identity, and of what outputs have in its place.
  func fingerprints(of identity: Identity) throws(ScrubRefusal) -> [SuppressionList.Fingerprint] {
    var fingerprints = [try suppression.fingerprint(identity)]
    for pseudonym in try pseudonyms.pseudonyms(standing: identity) { fingerprints.append(try suppression.fingerprint(pseudonym)) }
    return fingerprints
  }

  func answer(_ identities: [Identity]) -> [Bool] {
    do throws(ScrubRefusal) {
      var fingerprints: [[SuppressionList.Fingerprint]] = []
      for identity in identities { fingerprints.append(try self.fingerprints(of: identity)) }
      let hits = Set(try Suppression.find(fingerprints.flatMap(\.self), in: list).filter(\.use.isOfPerson).map(\.fingerprint))
      return fingerprints.map { $0.contains(where: hits.contains) }
    } catch {
      refusal = error
      return identities.map { _ in false }
    }
  }
}

extension Subject {
  /// The identity that is named; nothing where only a digest of it is.
  var identity: Identity? {
    guard format == .raw, let kind = identifier.kind.identity else { return nil }
    return Identity(kind, identifier.value)
  }
}
