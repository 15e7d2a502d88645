internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
internal import ScrubPolicy

/// Carrying out: all that is written down before the first file changes, and what is told behind the last.
extension EraseRun {
  func carryOut(
    _ chosen: Chosen, _ drafts: [Receipt], _ people: PeopleFound, _ residue: Residue?, _ scope: HistoryScope?,
    _ outputs: Set<String>, _ context: SearchContext, _ stateKey: SecretBytes, _ shared: SharedPasses?, _ result: inout EraseResult
  ) async throws(ScrubRefusal) {
    if interrupt.isSet { return interrupted(&result, rewritten: 0) }
    try ScrubRefusal.ofOutput { () throws(Failure) in try chosen.plan.checkNoParts() }
    try shared?.close()
    let plan = chosen.plan
    var drafts = drafts
    for left in chosen.left {
      for index in drafts.indices {
        let found = left.found.filter { $0.requests.contains(index) }
        if found.isEmpty && !left.file.places.contains(where: { $0.requests.contains(index) }) { continue }
        drafts[index].gaps.append(Receipt.Gap(left.file, left.code))
        if left.code == .changed { drafts[index].files.changed += 1 } else { drafts[index].files.failed += 1 }
        drafts[index] = ReceiptMaker(drafts[index], plan, [], request: index, found.map { (-1, $0) }).leaving()
      }
    }
    let run = try Self.unique(options.run)
    let requests = people.people.map(\.search.request)
    let folder = realPath(options.reports) + "/" + run
    let folders = requests.map { requests.count == 1 ? folder : folder + "/" + $0.id }
    let suppression = try Suppression(stateKey)
    let pseudonyms = try KnownPseudonyms(options.made)
    var suppressed: [SuppressionList.Entry?] = []
    for (person, request) in zip(people.people, plan.requests) {
      // Who asked and has nothing here may come with a late file.
      let isNew = purpose != .suppression && request.refused == nil && (purpose == .request || request.counts.matched > 0)
      suppressed.append(isNew ? try suppression.entry(person, run: run, pseudonyms) : nil)
    }
    let vault = try StateFolder(options.stateFolder).existingVault()
    if let gap = try gap(of: vault) {
      for index in drafts.indices where plan.requests[index].refused == nil && plan.requests[index].counts.matched > 0 { drafts[index].gaps.append(gap) }
    }
    // Partners know those by now who came back with a file, and may have a new profile of theirs under the same address.
    let personal = purpose == .suppression ? [:] : try await personalFiles(people, plan, run: run, context, &drafts)
    let job = EraseJob(
      run: run, purpose: purpose, plan: plan, drafts: drafts.map { $0.of(run) }, folders: folders,
      keep: options.rules.keep.map { EraseJob.Keep(events: $0.events.map(\.pattern), fields: $0.fields.map(\.pattern)) },
      eventType: options.search.eventType, destination: options.search.destination?.rawValue,
      maxBlock: options.search.maxBlock, before: chosen.before, breaksHardLinks: options.breaksHardLinks,
      signingKey: options.signingKey.map(realPath), suppressed: suppressed, scope: scope,
      holds: try options.holds.marks(suppression))
    let values = try valuesToRedact(people, plan, residue, pseudonyms)
    let closure = EraseClosure(
      carriers: people.carriers { plan.requests[$0].refused != nil }, learned: learned(people),
      traces: scope == nil ? [:] : try traces(people, pseudonyms), vaultTokens: try vaultTokens(people, plan, vault),
      personal: personal, residue: values)
    let journal = try EraseJournal(job, closure, in: options.stateFolder, stateKey)
    let execution = EraseExecution(journal, context, outputs, stateFolder: options.stateFolder, stateKey, progress)
    let outcome = try await execution.run()
    // The next run goes on with it.
    if interrupt.isSet { return interrupted(&result, rewritten: outcome.rewritten) }
    // Of whom a hold keeps everything, only what is left of an earlier run may tell who they are.
    let isRefused = outcome.receipts.contains { $0.receipt.state == .refused }
    if purpose == .request && !isRefused {
      if outcome.isAll { try await recovery.forget(requests) } else { try await recovery.forget(requests, for: journal) }
    }
    for index in result.requests.indices {
      let (receipt, folder) = outcome.receipts[index]
      result.requests[index].take(receipt, folder: folder)
    }
    for (file, answer) in zip(plan.files, outcome.results) {
      guard case .left(let code) = answer else { continue }
      result.gaps.append(ExportResult.Gap(file: file.path, code: code.rawValue, places: nil))
    }
    result.gaps += chosen.left.map { ExportResult.Gap(file: $0.file.path, code: $0.code.rawValue, places: nil) }
    result.rewritten = outcome.rewritten
    result.withOtherNames = outcome.withOtherNames
    result.blocked = outcome.history.gaps.map { ExportResult.Gap(file: $0.path, code: $0.code, places: nil) }
    result.earlierVersions = outcome.history.stores.reduce(0) { $0 + $1.versionsPurged }
  }

  /// Nothing is told as done but the files that have their new bytes.
  private func interrupted(_ result: inout EraseResult, rewritten: Int) {
    for index in result.requests.indices where result.requests[index].state != .refused {
      result.requests[index].state = .incomplete
      result.requests[index].counts = Receipt.Counts()
    }
    result.rewritten = rewritten
    result.unfinished = Recovery.count(in: options.stateFolder)
  }

  /// By request: by what the person is found again.
  private func learned(_ people: PeopleFound) -> [String: [Carrier]] {
    if purpose != .request { return [:] }
    let known = people.people.filter { $0.doubt == nil }
    return Dictionary(known.map { ($0.search.request.id, $0.learned) }) { first, _ in first }
  }

  /// By request: what stands for the person in what looked otherwise once.
  private func traces(_ people: PeopleFound, _ pseudonyms: KnownPseudonyms) throws(ScrubRefusal) -> [String: [Trace]] {
    if purpose != .request { return [:] }
    var spelled: [Identity: Set<Identity>] = [:]
    for value in people.seen {
      let plain = people.aliases.plain(value)
      if plain != value { spelled[plain, default: []].insert(value) }
    }
    var traces: [String: [Trace]] = [:]
    for person in people.people where person.doubt == nil {
      traces[person.search.request.id] = try person.traces(pseudonyms, spelled: spelled)
    }
    return traces
  }

  /// Looks behind the objects of stores, of a run that changes nothing.
  func preview(
    _ plan: ErasePlan, _ scope: HistoryScope, _ people: PeopleFound, _ pseudonyms: KnownPseudonyms, _ context: SearchContext,
    _ stateKey: SecretBytes
  ) async throws(ScrubRefusal) -> HistorySearch.Preview {
    let closure = EraseClosure(
      carriers: people.carriers { plan.requests[$0].refused != nil }, learned: [:], traces: try traces(people, pseudonyms),
      vaultTokens: [], personal: [:], residue: SweepValues([]))
    let digestKey = try ScrubRefusal.digestKey(of: stateKey)
    return await HistorySearch(plan, scope, purpose, closure, context, digestKey: digestKey).preview()
  }

  /// The name of a run, which no other has: two may start in one second.
  static func unique(_ run: String) throws(ScrubRefusal) -> String {
    let bytes: SecretBytes
    do throws(NativeError) { bytes = try SecretBytes.random(count: 3) } catch { throw .key(KeyRefusal(code: .native)) }
    let suffix = unsafe bytes.withBytes { unsafe Digest256.hex($0) }
    return "\(run)-\(suffix)"
  }

  /// Values of the people, where any are redacted: in events of others, or in what stays of those that are blanked.
  private func valuesToRedact(
    _ people: PeopleFound, _ plan: ErasePlan, _ residue: Residue?, _ pseudonyms: KnownPseudonyms
  ) throws(ScrubRefusal) -> SweepValues {
    let blanks = plan.files.contains { $0.places.contains { $0.action == .blank } }
    guard blanks || options.sweep == .redact else { return SweepValues([]) }
    if let residue { return residue.values }
    guard blanks else { return SweepValues([]) }
    var values = SweepValues(people, refused: Set(plan.requests.indices.filter { plan.requests[$0].refused != nil }))
    try values.limit(people.people, pseudonyms)
    return values
  }

  /// By request: bodies of requests to those who were sent the events, and what each audience knows the person by.
  private func personalFiles(
    _ people: PeopleFound, _ plan: ErasePlan, run: String, _ context: SearchContext, _ drafts: inout [Receipt]
  ) async throws(ScrubRefusal) -> [String: [PersonalFile]] {
    let (recipients, days) = (try Recipients(options.stateFolder), days(of: people, plan))
    let executed = EvidenceLog.now()
    let known = try await RecipientTokens(people, options.made, context, progress)
    var personal: [String: [PersonalFile]] = [:]
    for (number, person) in people.people.enumerated() where person.doubt == nil {
      let request = person.search.request
      let bodies = DownstreamBodies(person.identifiers, request: request, run: run, executed: executed)
      var tokens = try known.tokens(of: number)
      // Nobody knows by which tokens those know the person whose policies were not given.
      for recipient in recipients.known(days[number]) where !tokens.contains(where: { $0.audience == recipient.audience }) {
        tokens.append((recipient.audience, []))
      }
      let lists = RecipientLists.make(tokens.sorted { $0.audience < $1.audience })
      drafts[number].recipients.status = recipients.isKnown ? .known : .notKnown
      drafts[number].recipients.audiences = lists.audiences
      do { personal[request.id] = try bodies.files() + lists.files } catch { throw .file(Failure(.native)) }
    }
    return personal
  }

  /// By person, and type of event: the days of their events. Times stand with what was found, types with what is planned,
  /// so each type has the days of all.
  private func days(of people: PeopleFound, _ plan: ErasePlan) -> [[String: EventDays]] {
    var days = people.people.map { _ in EventDays() }
    for event in people.places.values.joined() {
      for owner in event.owners { days[owner.person].note(event.time == .min ? nil : event.time) }
    }
    return zip(days, plan.placesByRequest).map { days, places in
      let types = places.filter { $0.place.action != .redact }.map { ($0.place.type, days) }
      return Dictionary(types) { first, _ in first }
    }
  }

  /// By request: the tokens of the person, whose events go, in whatever domain, and for whichever audience. A policy may
  /// have had another one when it filled the vault.
  private func vaultTokens(_ people: PeopleFound, _ plan: ErasePlan, _ vault: TokenVault?) throws(ScrubRefusal) -> [[String]] {
    var keys: [MasterKey] = []
    if vault != nil {
      let audiences = Set(options.made.map(\.checked.policy.audience)).union(try Recipients(options.stateFolder).audiences).union([nil])
      for key in options.made.flatMap(\.keys) { keys += audiences.map(key.forAudience) }
    }
    var byRequest: [[String]] = []
    for (person, request) in zip(people.people, plan.requests) {
      let goes = request.refused == nil && request.counts.held == 0
      let identifiers = person.identifiers.filter { goes && !$0.isShared }.compactMap {
        try? Identifier(kind: $0.kind, value: $0.value)
      }
      // By what stands for them the person is known where no raw archive tells more.
      var tokens: Set<String> = options.made.isEmpty ? [] : Set(identifiers.map { String(decoding: $0.value, as: UTF8.self) })
      if let vault, !identifiers.isEmpty {
        do throws(LedgerProblem) { tokens.formUnion(try VaultTokens.of(identifiers, in: vault, keys)) } catch {
          throw .ledger(error, path: vault.path)
        }
      }
      byRequest.append(tokens.sorted())
    }
    return byRequest
  }

  /// What a receipt says of a vault in which nobody can be looked for.
  private func gap(of vault: TokenVault?) throws(ScrubRefusal) -> Receipt.Gap? {
    // Whoever names no policy erases from what was never scrubbed.
    guard let vault, purpose == .request, !options.made.isEmpty else { return nil }
    let known = Set(options.made.flatMap(\.keys).map(\.keyID))
    let counts: [VaultCount]
    do throws(LedgerProblem) { counts = try vault.counts() } catch { throw .ledger(error, path: vault.path) }
    if counts.allSatisfy({ $0.rows == 0 || known.contains($0.keyID) }) { return nil }
    return Receipt.Gap(archive: nil, path: pathText(Array(vault.path.utf8)), code: FailureCode.vaultNoKey.rawValue)
  }
}

extension Receipt {
  fileprivate func of(_ run: String) -> Receipt {
    var receipt = self
    receipt.receipt = run
    return receipt
  }
}
