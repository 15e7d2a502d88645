internal import Foundation
internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
package import ScrubPolicy

/// An erasure from start to end: what was cut off is finished, people are found, a plan is made of it, and carried out
/// where that is asked.
package struct EraseRun: Sendable {
  private let catalog: Catalog
  private let options: EraseOptions
  private let requests: [AccessRequest]
  private let interrupt: Interrupt
  package let progress: Progress

  package init(
    _ catalog: Catalog, _ options: EraseOptions, _ requests: [AccessRequest], interrupt: Interrupt, progress: Progress
  ) {
    self.catalog = catalog
    self.options = options
    self.requests = requests
    self.interrupt = interrupt
    self.progress = progress
  }

  package func run() async throws(ScrubRefusal) -> EraseResult {
    if Set(requests.map(\.id)).count < requests.count { throw .usage("two requests have the same id") }
    var result = EraseResult()
    result.dryRun = !options.writes
    let stateKey = try stateKey()
    // The program's digest takes a while, and nothing waits for it before the first receipt.
    async let tool = options.writes ? Receipt.Tool.current() : Receipt.Tool()
    let roots = options.search.inputs.map(Self.root)
    try refuseOverlaps()
    let locks = options.writes ? try ArchiveLocks(roots) : nil
    defer { locks?.release() }
    let left = try await recover(locks)
    result.recovered = left.answers
    result.unfinished = options.writes ? 0 : Recovery.count(in: options.stateFolder)
    let context = SearchContext(catalog, options.search, interrupt)
    let listing = try SearchLister.list(options.search, settledFor: options.settle)
    let pseudonyms = try KnownPseudonyms(options.made)
    let fingerprints = try Fingerprints(options.stateFolder, isDryRun: !options.writes)
    var search = PeopleSearch(context, progress: progress, pseudonyms: pseudonyms, fingerprint: fingerprints.of)
    let people = try await search.run(listing, try searches(left))
    let scope = SearchScope(people, pseudonyms)
    if scope.files == scope.unread { throw .noInput(options.search.inputs.joined(separator: ", ")) }
    let holds = options.holds
    let planner = ErasePlanner(context, people, options.rules, holds, digestKey: stateKey)
    let doubts = people.people.map { $0.doubt?.code }
    var (plan, before) = try await planner.plan(roots, refused: doubts)
    let refused = plan.requests.map { guardRefusal($0, scope.events) }
    var drafts = drafts(plan, refused, people, scope, pseudonyms, await tool)
    if refused != doubts { (plan, before) = planner.without(plan, before, refused) }
    let residue = await sweep(people, refused, context)
    if let residue {
      for number in drafts.indices where refused[number] == nil { drafts[number].residual = residual(residue, of: number) }
      if options.sweep == .redact { (plan, before) = try planner.redacting(residue, plan, before, roots) }
    }
    fill(&result, plan, people, scope, drafts)
    switch options.step {
    case .look: break
    case .plan(let file):
      try write(plan, to: file)
      result.plan = file
    case .apply(let file):
      let (chosen, others) = try Self.chosen(plan, before, from: file)
      try await carryOut(chosen.plan, chosen.before, others, drafts, people, residue, context, stateKey, &result)
    case .all where isFinished(plan, &result): break
    case .all:
      try await carryOut(plan, before, [], drafts, people, residue, context, stateKey, &result)
    }
    result.interrupted = interrupt.isSet
    result.exit = exit(result)
    return result
  }

  /// The folder of an archive, or that of its only file, resolved.
  static func root(_ input: String) -> String {
    let path = realPath(input)
    guard FileIdentity(path: input) != nil, let slash = path.lastIndex(of: "/") else { return path }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private func searches(_ left: Recovery.Left) throws(ScrubRefusal) -> [PersonSearch] {
    var searches: [PersonSearch] = []
    for request in requests {
      var search = PersonSearch(request, included: options.search.included)
      search.seeds += left.seeds[request.id] ?? []
      search.sharedBefore = try Suppression.sharedBefore(among: search.seeds, in: options.stateFolder)
      searches.append(search)
    }
    return searches
  }

  /// A file that is listed twice would be rewritten twice.
  private func refuseOverlaps() throws(ScrubRefusal) {
    let inputs = options.search.inputs.map(realPath)
    for (number, input) in inputs.enumerated() {
      for (other, folder) in inputs.enumerated() where other != number && isInside(input, folder) {
        throw .usage("one archive is another, or lies in it")
      }
    }
  }

  // MARK: keys

  private func stateKey() throws(ScrubRefusal) -> SecretBytes {
    if !options.writes {
      if let key = StateKey.existing(in: options.stateFolder) { return key }
      // A plan that only this run sees may have digests that nobody else can make.
      guard case .look = options.step else { return try obtainedKey() }
      return try ScrubRefusal.ofKey { () throws(KeyRefusal) in try MasterKey.newBytes() }
    }
    return try obtainedKey()
  }

  private func obtainedKey() throws(ScrubRefusal) -> SecretBytes {
    do { return try StateKey.obtain(in: options.stateFolder).key } catch let refusal as KeyRefusal {
      throw .key(refusal)
    } catch {
      throw .state(options.stateFolder)
    }
  }

  // MARK: what was cut off

  private var recovery: Recovery {
    Recovery(
      catalog, stateFolder: options.stateFolder, jobs: options.search.jobs, interrupt: interrupt, progress: progress)
  }

  private func recover(_ locks: ArchiveLocks?) async throws(ScrubRefusal) -> Recovery.Left {
    guard let locks, Recovery.count(in: options.stateFolder) > 0 else { return Recovery.Left() }
    // The archives of what was cut off may be the same.
    locks.release()
    let left = try await recovery.finish(for: Set(requests.map(\.id)))
    try locks.takeAgain()
    return left
  }

  /// Whether what was cut off was this very erasure, and nothing is left to do: its receipts are the answer then.
  private func isFinished(_ plan: ErasePlan, _ result: inout EraseResult) -> Bool {
    let done = plan.requests.map { request in
      result.recovered.last {
        $0.request == request.id && $0.state != .incomplete && request.counts.matched == 0 && request.refused == nil
      }
    }
    guard !done.isEmpty, done.allSatisfy({ $0 != nil }) else { return false }
    result.requests = done.compactMap(\.self)
    result.recovered = []
    return true
  }

  // MARK: guards

  /// Why a request is refused though the person is known.
  private func guardRefusal(_ request: ErasePlan.Request, _ events: Int) -> String? {
    if let refused = request.refused { return refused }
    let counts = request.counts
    if counts.matched > options.maxEvents { return ReceiptReason.tooMany.rawValue }
    if counts.matched > 1_000 && Double(counts.matched) > options.maxShare * Double(events) {
      return ReceiptReason.tooLarge.rawValue
    }
    if counts.matched > 0 && counts.held == counts.matched { return ReceiptReason.allHeld.rawValue }
    return nil
  }

  // MARK: what stands elsewhere

  private func sweep(_ people: PeopleFound, _ refused: [String?], _ context: SearchContext) async -> Residue? {
    if options.sweep == .none || refused.allSatisfy({ $0 != nil }) || interrupt.isSet { return nil }
    let places = people.places.mapValues { $0.map(\.place) }
    return await ResidualSweep(context, SweepValues(people), people.listing, skipping: places).run(progress)
  }

  private func residual(_ residue: Residue, of person: Int) -> Receipt.Residual {
    var residual = Receipt.Residual()
    residual.sweep = options.sweep
    for finding in residue.findings where finding.person == person && finding.count > 0 {
      residual.places.append(
        Receipt.Residual.Place(
          eventType: finding.eventType, destination: finding.destination.rawValue, path: finding.path,
          count: finding.count, redacted: 0))
    }
    return residual
  }

  // MARK: plans in files

  private func write(_ plan: ErasePlan, to file: String) throws(ScrubRefusal) {
    let bytes: [UInt8]
    do { bytes = try CanonicalJSON.bytes(of: plan) } catch { throw .file(Failure(.unwritable, path: file)) }
    do throws(Failure) { try GivenFile.write(String(decoding: bytes, as: UTF8.self), to: file) } catch { throw .file(error) }
  }

  /// A plan with what was counted in its files before.
  private struct Chosen {
    let plan: ErasePlan
    let before: [[Int]]
  }

  /// What a file of a plan asks for and still holds; files that are other than it says are told apart.
  private static func chosen(
    _ plan: ErasePlan, _ before: [[Int]], from name: String
  ) throws(ScrubRefusal) -> (Chosen, changed: [ErasePlan.File]) {
    let bytes: [UInt8]
    do throws(Failure) { bytes = try GivenFile.read(name, limit: 1 << 30) } catch { throw .file(error) }
    guard let asked = try? JSONDecoder().decode(ErasePlan.self, from: Data(bytes)), asked.schema == ErasePlan.schema else {
      throw planRefusal(name, "the file is no plan of an erasure", "make one with --plan FILE")
    }
    guard asked.requests.map(\.id) == plan.requests.map(\.id), asked.archives == plan.archives, asked.mode == plan.mode else {
      throw planRefusal(name, "the plan is one for other requests, archives or rules", "give what --plan was given")
    }
    var changed: [ErasePlan.File] = []
    var files: [ErasePlan.File] = []
    var counts: [[Int]] = []
    for file in asked.files {
      let now = plan.files.firstIndex { $0.archive == file.archive && $0.path == file.path }
      guard let now, plan.files[now].identity == file.identity, plan.files[now].digest == file.digest,
        plan.files[now].places == file.places
      else {
        changed.append(file)
        continue
      }
      files.append(file)
      counts.append(before[now])
    }
    let chosen = ErasePlan(
      mode: plan.mode, archives: plan.archives, requests: plan.requests, reasons: plan.reasons, files: files)
    return (Chosen(plan: chosen, before: counts), changed)
  }

  private static func planRefusal(_ path: String, _ message: String, _ hint: String) -> ScrubRefusal {
    .output(code: "plan.refused", path: path, message: message, hint: hint, exit: 3)
  }

  // MARK: carrying out

  private func carryOut(
    _ plan: ErasePlan, _ before: [[Int]], _ changed: [ErasePlan.File], _ drafts: [Receipt], _ people: PeopleFound,
    _ residue: Residue?, _ context: SearchContext, _ stateKey: SecretBytes, _ result: inout EraseResult
  ) async throws(ScrubRefusal) {
    if interrupt.isSet { return }
    var drafts = drafts
    for file in changed {
      for index in drafts.indices where file.places.contains(where: { $0.requests.contains(index) }) {
        drafts[index].gaps.append(
          Receipt.Gap(
            archive: file.archive, path: Receipt.text(ofPath: Array(file.path.utf8)), code: FailureCode.changed.rawValue))
        drafts[index].files.changed += 1
      }
    }
    let run = try uniqueRun()
    let folder = realPath(options.reports) + "/" + run
    let folders = requests.map { requests.count == 1 ? folder : folder + "/" + $0.id }
    var seeds: [String: [Identity]] = [:]
    let suppression = try Suppression(stateKey)
    let suppressed = zip(people.people, plan.requests).map { person, request in
      request.refused == nil && request.counts.matched > 0 ? suppression.entry(person, run: run) : nil
    }
    for person in people.people where person.doubt == nil { seeds[person.search.request.id] = person.leading }
    let personal = try personalFiles(people, run: run, &drafts)
    let job = EraseJob(
      run: run, plan: plan, drafts: drafts.map { $0.of(run) }, folders: folders,
      keep: options.rules.keep.map { EraseJob.Keep(events: $0.events.map(\.pattern), fields: $0.fields.map(\.pattern)) },
      eventType: options.search.eventType, destination: options.search.destination?.rawValue,
      maxBlock: options.search.maxBlock, before: before, breaksHardLinks: options.breaksHardLinks,
      signingKey: options.signingKey.map(realPath), suppressed: suppressed)
    let closure = EraseClosure(
      carriers: people.carriers, seeds: seeds, vaultTokens: try vaultTokens(people, plan), personal: personal,
      residue: residue?.values ?? SweepValues([]))
    let journal = try EraseJournal(job, closure, in: options.stateFolder, stateKey)
    let execution = EraseExecution(journal, context, stateFolder: options.stateFolder, stateKey, progress)
    let outcome = try await execution.run()
    // The next run goes on with it.
    if interrupt.isSet { return }
    if outcome.isAll { try await recovery.forget(Set(requests.map(\.id))) }
    for index in result.requests.indices {
      let (receipt, folder) = outcome.receipts[index]
      result.requests[index].take(receipt, folder: folder)
    }
    for (file, answer) in zip(plan.files, outcome.results) {
      guard case .left(let code) = answer else { continue }
      result.gaps.append(ExportResult.Gap(file: file.path, code: code.rawValue, places: nil))
    }
    result.gaps += changed.map { ExportResult.Gap(file: $0.path, code: FailureCode.changed.rawValue, places: nil) }
    result.rewritten -= result.gaps.count
  }

  /// The name of this run, which no other has: two may start in one second.
  private func uniqueRun() throws(ScrubRefusal) -> String {
    let bytes: SecretBytes
    do throws(NativeError) { bytes = try SecretBytes.random(count: 3) } catch { throw .key(KeyRefusal(code: .native)) }
    let suffix = unsafe bytes.withBytes { unsafe Digest256.hex($0) }
    return "\(options.run)-\(suffix)"
  }

  /// By request: bodies of requests to those who were sent the events, and what each audience knows the person by.
  private func personalFiles(
    _ people: PeopleFound, run: String, _ drafts: inout [Receipt]
  ) throws(ScrubRefusal) -> [String: [PersonalFile]] {
    let executed = EvidenceLog.now()
    let seen = people.carriers.reduce(into: Set<Identity>()) { $0.formUnion($1.values.map(\.identity)) }
    var audiences: [(name: String, pseudonyms: KnownPseudonyms)] = []
    for made in options.made {
      if let audience = made.checked.policy.audience { audiences.append((audience, try KnownPseudonyms([made]))) }
    }
    var personal: [String: [PersonalFile]] = [:]
    for (number, person) in people.people.enumerated() where person.doubt == nil {
      let request = person.search.request
      let bodies = DownstreamBodies(person.identifiers, request: request, run: run, executed: executed)
      let lists = RecipientLists.make(try tokens(of: person, audiences, seen))
      drafts[number].recipients.audiences = lists.audiences
      do { personal[request.id] = try bodies.files() + lists.files } catch { throw .file(Failure(.native)) }
    }
    return personal
  }

  /// The pseudonyms of a person that stand in the archives given, by the audience they were made for.
  private func tokens(
    of person: PersonFound, _ audiences: [(name: String, pseudonyms: KnownPseudonyms)], _ seen: Set<Identity>
  ) throws(ScrubRefusal) -> [(audience: String, tokens: [(kind: String, token: String)])] {
    var tokens: [String: Set<Identity>] = [:]
    for (audience, pseudonyms) in audiences {
      for identity in person.leading {
        tokens[audience, default: []].formUnion(try pseudonyms.aliases(of: identity, spelled: nil).filter(seen.contains))
      }
    }
    return tokens.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { audience, identities in
      let rows = identities.map { (kind: $0.kind.name, token: String(decoding: $0.text, as: UTF8.self)) }
      return (audience, rows.sorted { ($0.kind, $0.token) < ($1.kind, $1.token) })
    }
  }

  /// The tokens of the people whose events go.
  private func vaultTokens(_ people: PeopleFound, _ plan: ErasePlan) throws(ScrubRefusal) -> [String] {
    var tokens: Set<String> = []
    for (person, request) in zip(people.people, plan.requests) where request.refused == nil && request.counts.held == 0 {
      let identifiers = person.identifiers.filter { !$0.isShared }.compactMap { try? Identifier(kind: $0.kind, value: $0.value) }
      if identifiers.isEmpty { continue }
      for made in options.made {
        let forget = ForgetRun(
          made.checked, keys: made.keys, request: request.id, stateFolder: options.stateFolder, isDryRun: true)
        tokens.formUnion(try forget.tokens(of: identifiers))
      }
    }
    return tokens.sorted()
  }

  // MARK: telling

  private func drafts(
    _ plan: ErasePlan, _ refused: [String?], _ people: PeopleFound, _ scope: SearchScope, _ pseudonyms: KnownPseudonyms,
    _ tool: Receipt.Tool
  ) -> [Receipt] {
    let operatedBy = Receipt.Operator.current()
    let places = plan.placesByRequest
    return people.people.indices.map { number in
      let (person, planned) = (people.people[number], plan.requests[number])
      let request = person.search.request
      var draft = Receipt(run: options.run, request: request.id)
      draft.mode = plan.mode
      draft.request.grounds = options.grounds
      draft.request.law = request.law.rawValue
      draft.request.received = request.received?.description
      draft.request.due = request.due?.description
      draft.request.workspaces = request.workspaces
      draft.subject.fingerprints = person.fingerprints
      draft.subject.identifiers = Dictionary(person.identifiers.map { ($0.kind, 1) }, uniquingKeysWith: +)
      draft.identityCheck = Receipt.IdentityCheck(request.verified)
      draft.operatedBy = operatedBy
      draft.tool = tool
      draft.policy = options.policy
      draft.keys = pseudonyms.keyMarks.sorted().map { mark in
        let parts = mark.split(separator: ":", maxSplits: 1)
        return Receipt.Key(id: String(parts[0]), check: parts.count > 1 ? String(parts[1]) : "")
      }
      draft.archives = zip(plan.archives, scope.archives).map {
        Receipt.Archive(path: Receipt.text(ofPath: Array($0.utf8)), files: $1.files, events: $1.events)
      }
      draft.files.scanned = scope.files - scope.unread
      draft.files.unreadable = scope.unread - scope.unsupported.count + people.listing.failures.count
      draft.files.skipped = scope.unsupported.count
      for gap in scope.unreadable + scope.unsupported {
        draft.gaps.append(
          Receipt.Gap(archive: nil, path: Receipt.text(ofPath: Array(gap.file.utf8)), code: gap.code, places: gap.places))
      }
      draft.notSearchable.files = scope.notSearchable
      draft.notSearchable.nameless = scope.nameless
      draft.events.scanned = scope.events
      draft.events.total.heldBack = planned.counts.heldBack
      return refused[number].map { ReceiptMaker(draft, plan, [], request: number, places[number]).refused($0) } ?? draft
    }
  }

  private func fill(
    _ result: inout EraseResult, _ plan: ErasePlan, _ people: PeopleFound, _ scope: SearchScope, _ drafts: [Receipt]
  ) {
    result.files = scope.files
    result.events = scope.events
    result.passes = people.passes
    result.rewritten = plan.files.count { $0.isRewritten }
    result.unreadable = scope.unreadable.map { ExportResult.Gap(file: $0.file, code: $0.code, places: $0.places) }
    result.unsupported = scope.unsupported.map { ExportResult.Gap(file: $0.file, code: $0.code, places: $0.places) }
    result.notSearchable = scope.notSearchable
    result.nameless = scope.nameless
    result.ignored = people.listing.ignored
    if !options.consentMayGo {
      result.consentEvents = plan.files.lazy.flatMap(\.places)
        .count { $0.action == .delete && ($0.type.contains("subscription") || $0.type.hasSuffix("Unsubscribe")) }
    }
    let results = plan.files.map { _ in FileResult.committed(Receipt.RewrittenFile.After()) }
    let places = plan.placesByRequest
    for (number, person) in people.people.enumerated() {
      let receipt = ReceiptMaker(drafts[number], plan, results, request: number, places[number]).receipt(vaultRows: 0)
      var answer = EraseResult.Answer(request: person.search.request.id, state: receipt.state)
      answer.take(receipt, folder: nil)
      answer.choices = (person.doubt?.choices ?? []).map { ExportResult.Choice($0) }
      for (kind, count) in people.heldBack[number] { answer.heldBack[kind.name] = count }
      answer.heldBackFrom = person.heldBack.map { ExportResult.Choice($0.choice) }
      answer.verified = person.search.request.verified != nil
      result.requests.append(answer)
    }
  }

  /// The worst wins: 1, 3, 2, 0.
  private func exit(_ result: EraseResult) -> Int {
    if interrupt.isSet { return 130 }
    let failed = result.gaps.contains { gap in
      FailureCode(rawValue: gap.code).map { [.unwritable, .noSpace, .native, .journal, .verification, .owner].contains($0) } ?? false
    }
    if failed { return 1 }
    // What was tried again for a request of this run is told by this run.
    let asked = Set(requests.map(\.id))
    let states = (result.requests + result.recovered.filter { !asked.contains($0.request) }).map(\.state)
    if states.contains(.refused) { return 3 }
    return states.contains(.incomplete) ? 2 : 0
  }
}

extension Receipt {
  fileprivate func of(_ run: String) -> Receipt {
    var receipt = self
    receipt.receipt = run
    return receipt
  }
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
