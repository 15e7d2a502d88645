internal import Glibc
internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
package import ScrubPolicy

/// An erasure from start to end: what was cut off is finished, people are found, a plan is made of it, and carried out
/// where that is asked.
package struct EraseRun: Sendable {
  let catalog: Catalog
  let options: EraseOptions
  let requests: [AccessRequest]
  let purpose: ErasePurpose
  /// Who goes, where it is not a request that says so.
  let exact: [ExactPerson]
  let interrupt: Interrupt
  package let progress: Progress

  package init(
    _ catalog: Catalog, _ options: EraseOptions, _ requests: [AccessRequest], interrupt: Interrupt, progress: Progress
  ) {
    self.catalog = catalog
    self.options = options
    self.requests = requests
    purpose = .request
    exact = []
    self.interrupt = interrupt
    self.progress = progress
  }

  /// Takes people whose events are those that carry some identities, whoever they may be. Those of whom nothing is found
  /// have no part in the result.
  init(
    _ catalog: Catalog, _ options: EraseOptions, _ exact: [ExactPerson], for purpose: ErasePurpose, interrupt: Interrupt,
    progress: Progress
  ) {
    self.catalog = catalog
    self.options = options
    requests = exact.map(\.request)
    self.purpose = purpose
    self.exact = exact
    self.interrupt = interrupt
    self.progress = progress
  }

  package func run() async throws(ScrubRefusal) -> EraseResult { try await run(nil) }

  /// Refuses texts that receipts and the log keep for years, and that hold an identifier of a request.
  package func checkTexts() throws(ScrubRefusal) {
    for request in requests {
      if request.isNamed(in: request.id) { throw RequestFault.namesPerson.refusal(of: AccessRequest.unnamed) }
      if texts(of: request).contains(where: request.isNamed(in:)) { throw RequestFault.namesPerson.refusal(of: request.id) }
    }
  }

  /// The same of identifiers that the search found.
  private func checkTexts(_ people: PeopleFound) throws(ScrubRefusal) {
    for person in people.people where person.doubt == nil {
      let request = person.search.request
      if texts(of: request).contains(where: { AccessRequest.names(person.own, in: $0) }) {
        throw RequestFault.namesPerson.refusal(of: request.id)
      }
    }
  }

  /// What receipts say of a request in its own words.
  private func texts(of request: AccessRequest) -> [String] {
    options.grounds + options.holds.holds.flatMap { [$0.reason.basis, $0.reason.owner].compactMap(\.self) } + request.grounds
      + [request.verified?.by, request.verified?.method].compactMap(\.self)
  }

  /// - Parameter shared: takes the passes over the archives from other machines; nothing has them made here.
  func run(_ shared: SharedPasses?) async throws(ScrubRefusal) -> EraseResult {
    if Set(requests.map(\.id)).count < requests.count { throw .usage("two requests have the same id") }
    try requests.check(ask: [.erasure], other: "export")
    try StoreAddresses.checkInputs(options.search.inputs)
    try checkPlaces()
    var result = EraseResult()
    result.dryRun = !options.writes
    // What cannot be told afterwards is not begun.
    _ = try SigningKey.chosen(options.signingKey, in: options.stateFolder, inputs: options.search.inputs)
    let stateKey = try stateKey()
    if options.writes { _ = try StateFolder(options.stateFolder).evidence() }
    // The program's digest takes a while, and nothing waits for it before the first receipt.
    async let tool = options.writes ? Receipt.Tool.current() : Receipt.Tool()
    let roots = options.search.inputs.map(Self.root)
    try StoreAddresses.refuseOverlaps(options.search.inputs)
    // What is not there cannot be held either.
    for input in options.search.inputs where unsafe ObjectAddress(input) == nil && access(input, F_OK) != 0 { throw .noInput(input) }
    let locks = options.writes ? try ArchiveLocks(roots) : nil
    defer { locks?.release() }
    let recovered = try await recover(locks)
    let left = shared?.known(recovered) ?? recovered
    result.recovered = left.answers
    result.unfinished = options.writes ? 0 : Recovery.count(in: options.stateFolder)
    let context = SearchContext(catalog, options.search, interrupt)
    let list = { () throws(ScrubRefusal) in try SearchLister.list(options.search, settledFor: options.settle, looksBehind: true) }
    let listing = if let shared { try shared.listing(list) } else { try list() }
    let pseudonyms = try KnownPseudonyms(options.made)
    let fingerprints = try Fingerprints(options.stateFolder, isDryRun: !options.writes)
    var search = PeopleSearch(context, progress: progress, pseudonyms: pseudonyms, fingerprints, shared: shared)
    var people = try await search.run(listing, try searches(left))
    if purpose == .request { try checkTexts(people) }
    let kept = try await KeptEvents.find(people, context, options)
    if purpose != .request { people = people.without(kept).withoutIdle }
    let scope = try SearchScope(people, pseudonyms)
    if purpose == .request { result.leftOut = try leftOut() }
    let isChosen = options.search.inputs.indices.contains { options.search.only.chosen(of: $0) != nil }
    // Of an archive that an erasure emptied nothing is left to be read.
    let isEmptied = scope.files == 0 && people.listing.empty > 0
    let isNamed = scope.files == 0 && (people.listing.holdsEarlier || people.listing.failures.contains { $0.code == .tooYoung })
    if scope.files == scope.unread && !isChosen && !isNamed && !isEmptied { throw .noInput(options.search.inputs.joined(separator: ", ")) }
    let own = people.people.map(\.own)
    let known = try Suppression.names(of: own, in: options.holds, options.stateFolder)
    let names = zip(known, try options.holds.names(of: own, under: pseudonyms)).map { $0.union($1) }
    let planner = ErasePlanner(
      context, people, options, try options.holds.known(under: pseudonyms), alsoNamed: names, keeping: purpose == .request ? kept : [:],
      digestKey: try ScrubRefusal.digestKey(of: stateKey))
    let doubts = people.people.map { $0.doubt?.code }
    let asked = try askedPeople(people, stateKey)
    var (plan, before) = try await planner.plan(roots, asked: asked, refused: doubts)
    let refused = plan.requests.indices.map { guardRefusal($0, plan, scope.events) }
    var drafts = drafts(plan, refused, people, scope, pseudonyms, await tool)
    for number in drafts.indices { drafts[number].leftOut = result.leftOut }
    if refused != doubts { (plan, before) = planner.without(plan, before, refused) }
    let residue = try await sweep(people, refused, context, pseudonyms, shared)
    if let residue {
      let redacted = options.sweep == .redact ? try await redactable(residue, plan, roots, people, context, pseudonyms) : nil
      for number in drafts.indices where refused[number] == nil {
        drafts[number].residual = residual(residue, redacted, of: number)
      }
      if let redacted { (plan, before) = try planner.redacting(redacted, plan, before, roots) }
    }
    let behind = HistoryScope(options.search, people.listing, pseudonyms)
    if let behind, !options.writes {
      let preview = try await preview(plan, behind, people, pseudonyms, context, stateKey)
      for number in drafts.indices where refused[number] == nil { drafts[number].gaps += preview.gaps }
      result.earlierVersions = preview.versions
      result.blocked = preview.gaps.map { ExportResult.Gap(file: $0.path, code: $0.code, places: nil) }
    }
    fill(&result, plan, people, scope, drafts)
    let outputs = locks?.outputs ?? []
    switch options.step {
    case .look: break
    case .plan(let file):
      try write(plan, to: file)
      try book(plan, file)
      result.plan = file
    case .apply(let file):
      let chosen = try Self.chosen(plan, before, from: file)
      try await carryOut(chosen, drafts, people, residue, behind, outputs, context, stateKey, shared, &result)
    case .all where isFinished(plan, left.finished, &result): break
    // What a hold keeps is found every time.
    case .all where purpose != .request && !plan.files.contains(where: \.isRewritten): break
    case .all:
      let chosen = Chosen(plan: plan, before: before, left: [])
      try await carryOut(chosen, drafts, people, residue, behind, outputs, context, stateKey, shared, &result)
    }
    result.interrupted = interrupt.isSet
    result.exit = exit(result, left.finished)
    return result
  }

  /// Refuses, before anything is read, to leave what tells of people in the archives.
  private func checkPlaces() throws(ScrubRefusal) {
    let folders = options.search.inputs
    if options.writes { try OwnPlaces.refuse(options.reports, "the reports folder", inside: folders, option: "--reports") }
    if case .plan(let file) = options.step {
      try OwnPlaces.refuse(file, "the plan", inside: folders, option: "--plan")
    }
    try OwnPlaces.refuse(options.stateFolder, "the state folder", inside: folders, option: "--state")
  }

  /// The folder of an archive, or that of its only file, resolved.
  static func root(_ input: String) -> String {
    let path = realPath(input)
    if let address = ObjectAddress(path), address.key.isEmpty { return path }
    guard FileIdentity(path: ObjectAddress(path) == nil ? input : path) != nil, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    else { return path }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private func searches(_ left: Recovery.Left) throws(ScrubRefusal) -> [PersonSearch] {
    if purpose != .request { return exact.map { PersonSearch(exact: $0) } }
    var searches: [PersonSearch] = []
    for request in requests {
      var search = PersonSearch(request)
      search.learned = left.learned[request.id] ?? []
      searches.append(search)
    }
    try Suppression.noteSharedBefore(in: &searches, options.stateFolder)
    for index in searches.indices where searches[index].erasedBefore?.wasCarriedOut(requests[index].id) == true {
      searches[index].until = requests[index].received?.lastSecond
      searches[index].unfinished = left.unfinished[requests[index].id] ?? []
    }
    return searches
  }

  /// By person, whom the request is about; nothing where nobody asked.
  private func askedPeople(_ people: PeopleFound, _ stateKey: SecretBytes) throws(ScrubRefusal) -> [AskedPerson?] {
    if purpose != .request { return people.people.map { _ in nil } }
    let suppression = try Suppression(stateKey)
    var asked: [AskedPerson?] = []
    for person in people.people { asked.append(try AskedPerson(person.search.request, suppression)) }
    return asked
  }

  /// Whether something may stand at a place: a store that does not tell may hold anything.
  private func isThere(_ place: String) -> Bool {
    guard let address = ObjectAddress(place) else { return FileIdentity.isFolder(place) }
    return (try? StoreFolder(address).isEmpty()) != true
  }

  /// Archives that the state knows and that are not among those given, as it calls them.
  private func leftOut() throws(ScrubRefusal) -> [String] {
    let state = StateFolder(options.stateFolder)
    guard let ledger = try state.existingLedger() else { return [] }
    let known = try state.telling(Ledger.name) { () throws(LedgerProblem) in try ledger.archives.all() }
    // A file of an archive is not the archive.
    let given = options.search.inputs.map { realPath($0) }
    return known.filter { archive in
      isThere(archive.place) && !given.contains { isInside(archive.place, $0) }
    }
    .map(\.name)
  }

  // MARK: keys

  private func stateKey() throws(ScrubRefusal) -> SecretBytes {
    if !options.writes {
      if let key = StateKey.existing(in: options.stateFolder) { return key }
      // A plan that only this run sees may have digests that nobody else can make.
      guard case .look = options.step else { return try StateFolder(options.stateFolder).key() }
      return try ScrubRefusal.ofKey { () throws(KeyRefusal) in try MasterKey.newBytes() }
    }
    return try StateFolder(options.stateFolder).key()
  }

  // MARK: what was cut off

  var recovery: Recovery {
    Recovery(
      catalog, stateFolder: options.stateFolder, jobs: options.search.jobs, holds: options.holds, made: options.made,
      interrupt: interrupt, progress: progress)
  }

  private func recover(_ locks: ArchiveLocks?) async throws(ScrubRefusal) -> Recovery.Left {
    guard let locks else { return purpose == .request ? try await recovery.look(for: requests) : Recovery.Left() }
    Journal.clearUnfinished(in: options.stateFolder)
    guard Recovery.count(in: options.stateFolder) > 0 else { return Recovery.Left() }
    // The archives of what was cut off may be the same.
    locks.release()
    // What a request left to do is for the request to do.
    let left = try await recovery.finish(for: purpose == .request ? requests : [])
    try locks.takeAgain()
    return left
  }

  /// Whether what was cut off was this very erasure, and nothing is left to do: its receipts are the answer then.
  private func isFinished(_ plan: ErasePlan, _ finished: Set<String>, _ result: inout EraseResult) -> Bool {
    let done = plan.requests.map { request in
      result.recovered.last {
        finished.contains(request.id) && $0.request == request.id && $0.state != .incomplete && request.counts.matched == 0 && request.refused == nil
      }
    }
    guard purpose == .request, !done.isEmpty, done.allSatisfy({ $0 != nil }) else { return false }
    result.requests = done.compactMap(\.self)
    result.recovered = []
    return true
  }

  // MARK: guards

  /// Why a request is refused though the person is known.
  private func guardRefusal(_ number: Int, _ plan: ErasePlan, _ events: Int) -> String? {
    let request = plan.requests[number]
    if let refused = request.refused { return refused }
    let counts = request.counts
    if counts.matched > options.maxEvents { return ReceiptReason.tooMany.rawValue }
    if counts.matched > 1_000 && Double(counts.matched) > options.maxShare * Double(events) {
      return ReceiptReason.tooLarge.rawValue
    }
    return purpose != .suppression && counts.held > 0 && isAllHeld(number, in: plan) ? ReceiptReason.allHeld.rawValue : nil
  }

  /// Whether holds keep everything of a request that was not made of something else.
  private func isAllHeld(_ number: Int, in plan: ErasePlan) -> Bool {
    plan.files.lazy.filter { !options.copies.contains($0.archive) }.flatMap(\.places)
      .allSatisfy { $0.action == .hold || !$0.requests.contains(number) }
  }

  /// The worst wins: 1, 3, 2, 0.
  ///
  /// - Parameter finished: requests of this run that were cut off before: what came of them then is told by this run.
  private func exit(_ result: EraseResult, _ finished: Set<String>) -> Int {
    if interrupt.isSet { return 130 }
    if result.gaps.contains(where: { FailureCode(rawValue: $0.code)?.isOfWriting ?? false }) { return 1 }
    let states = (result.requests + result.recovered.filter { !finished.contains($0.request) }).map(\.state)
    if states.contains(.refused) { return 3 }
    return states.contains(.incomplete) ? 2 : 0
  }
}

extension FailureCode {
  /// Whether a file was not rewritten though nobody else had a hand in it.
  var isOfWriting: Bool { [.unwritable, .noSpace, .native, .journal, .verification, .owner].contains(self) }
}

extension EraseResult.Answer {
  /// Takes over what a receipt says.
  mutating func take(_ receipt: Receipt, folder: String?) {
    state = receipt.state
    reasons = receipt.reasons
    counts = receipt.events.total
    residual = receipt.residual
    identifiers = receipt.subject.identifiers
    due = receipt.request.due
    self.receipt = folder.map { $0 + "/" + ReceiptFolder.document }
  }
}
