internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
package import ScrubPolicy

/// Takes out of archives what is older than it may be: plan, journal, staging, proof and commit are those of an erasure,
/// but nobody asked for it, so it has no request and leaves no receipt: what a receipt attests is that one person's
/// events went. What was done stands in one line of the evidence log.
package struct RetentionRun: Sendable {
  private let catalog: Catalog
  private let options: RetentionOptions
  private let interrupt: Interrupt
  package let progress: Progress

  package init(_ catalog: Catalog, _ options: RetentionOptions, interrupt: Interrupt, progress: Progress) {
    self.catalog = catalog
    self.options = options
    self.interrupt = interrupt
    self.progress = progress
  }

  package func run() async throws(ScrubRefusal) -> RetentionResult {
    var result = RetentionResult()
    result.dryRun = options.isDryRun
    result.rules = options.rules.map {
      RetentionResult.Rule(events: $0.events.map(\.pattern), days: $0.days, mode: $0.mode.rawValue)
    }
    try StoreAddresses.refuseOverlaps(options.search.inputs)
    let roots = options.search.inputs.map(EraseRun.root)
    let stateKey = try stateKey()
    // What cannot be told afterwards is not begun.
    if !options.isDryRun { _ = try StateFolder(options.stateFolder).evidence() }
    let locks = options.isDryRun ? nil : try ArchiveLocks(roots)
    defer { locks?.release() }
    result.recovered = try await recover(locks)
    let context = SearchContext(catalog, options.search, interrupt)
    let terms = RetentionTerms(options.rules, now: options.now)
    let listing = try SearchLister.list(options.search, settledFor: options.settle)
    let files = try await AgeSearch(context, terms).run(listing, progress)
    let held =
      files.contains { !$0.findings.due.isEmpty }
      ? try await HeldEvents(
        options.holds, catalog, options.search, pseudonyms: try KnownPseudonyms(options.made), stateFolder: options.stateFolder,
        interrupt: interrupt, progress) : nil
    let planner = RetentionPlanner(
      terms: terms, listing: listing, roots: roots, holds: options.holds, held: held,
      digestKey: try ScrubRefusal.digestKey(of: stateKey))
    let planned = try await plan(files, planner)
    tell(&result, files, listing)
    if interrupt.isSet {
      result.interrupted = true
      result.exit = 130
      return result
    }
    let going = planned.values.reduce(0) { $0 + $1.file.counts.deleted + $1.file.counts.blanked }
    if Double(going) > options.maxShare * Double(result.events + options.eventsElsewhere) {
      result.refused = RetentionResult.tooLarge
    }
    var results: [Int: FileResult] = [:]
    let isDone = !options.isDryRun && result.refused == nil
    if isDone {
      results = try await carryOut(planned, terms, planner, roots, locks?.outputs ?? [], context, stateKey)
    }
    tell(&result, planned, results, files, listing, wasTried: isDone)
    result.interrupted = interrupt.isSet
    result.exit = exit(result)
    return result
  }

  // MARK: before

  private func stateKey() throws(ScrubRefusal) -> SecretBytes {
    if let key = StateKey.existing(in: options.stateFolder) { return key }
    // A plan that only this run sees may have digests that nobody else can make.
    if options.isDryRun { return try ScrubRefusal.ofKey { () throws(KeyRefusal) in try MasterKey.newBytes() } }
    return try StateFolder(options.stateFolder).key()
  }

  private func recover(_ locks: ArchiveLocks?) async throws(ScrubRefusal) -> [EraseResult.Answer] {
    guard let locks, Recovery.count(in: options.stateFolder) > 0 else { return [] }
    // The archives of what was cut off may be the same.
    locks.release()
    let recovery = Recovery(
      catalog, stateFolder: options.stateFolder, jobs: options.search.jobs, holds: options.holds, interrupt: interrupt,
      progress: progress)
    let answers = try await recovery.run()
    try locks.takeAgain()
    return answers
  }

  private func plan(
    _ files: [AgedFile], _ planner: RetentionPlanner
  ) async throws(ScrubRefusal) -> [Int: RetentionPlanner.Planned] {
    let numbers = files.indices.filter { !files[$0].findings.due.isEmpty }
    let parts = await shareOut(numbers, jobs: options.search.jobs, interrupt) {
    } _: { (_: Void, number) in
      Result { () throws(Failure) in try planner.plan(files[number]) }
    }
    var planned: [Int: RetentionPlanner.Planned] = [:]
    for (number, part) in parts {
      do throws(Failure) { planned[files[number].file] = try part.get() } catch {
        var failure = error
        failure.path = planner.listing.files[files[number].file].file.relative
        throw .file(failure)
      }
    }
    return planned
  }

  // MARK: doing it

  private func carryOut(
    _ planned: [Int: RetentionPlanner.Planned], _ terms: RetentionTerms, _ planner: RetentionPlanner, _ roots: [String],
    _ outputs: Set<String>, _ context: SearchContext, _ stateKey: SecretBytes
  ) async throws(ScrubRefusal) -> [Int: FileResult] {
    let numbers = planned.keys.sorted().filter { planned[$0]?.file.isRewritten ?? false }
    if numbers.isEmpty { return [:] }
    let files = numbers.compactMap { planned[$0] }
    let run = try EraseRun.unique(options.run)
    try planner.held?.remember(in: options.stateFolder, stateKey, run: run)
    let plan = ErasePlan(mode: .delete, sweep: .none, archives: roots, requests: [], reasons: planner.reasons, files: files.map(\.file))
    try ScrubRefusal.ofOutput { () throws(Failure) in try plan.checkNoParts() }
    let job = EraseJob(
      run: run, purpose: .retention, plan: plan, drafts: [], folders: [], keep: [],
      eventType: options.search.eventType, destination: options.search.destination?.rawValue,
      maxBlock: options.search.maxBlock, before: files.map(\.before), breaksHardLinks: options.breaksHardLinks,
      signingKey: nil, suppressed: [], retention: EraseJob.Retention(terms: terms, counts: files.map(\.counts)),
      holds: try options.holds.marks(Suppression(stateKey)))
    let closure = EraseClosure(carriers: [:], learned: [:], vaultTokens: [], personal: [:], residue: SweepValues([]))
    let journal = try EraseJournal(job, closure, in: options.stateFolder, stateKey)
    let execution = EraseExecution(journal, context, outputs, stateFolder: options.stateFolder, stateKey, progress)
    let outcome = try await execution.run()
    return Dictionary(uniqueKeysWithValues: zip(numbers, outcome.results))
  }

  // MARK: telling

  private func tell(_ result: inout RetentionResult, _ files: [AgedFile], _ listing: SearchListing) {
    let gaps = ReadingGaps(listing, files.map(\.outcome))
    result.unreadable = gaps.unreadable.map { ExportResult.Gap($0) }
    result.unsupported = gaps.unsupported.map { ExportResult.Gap($0) }
    result.files = files.count
    result.events = files.reduce(0) { $0 + $1.findings.events }
    result.undated = files.reduce(0) { $0 + $1.findings.undated }
  }

  /// - Parameters:
  ///   - results: of files that were to be rewritten; a run that only looks tells what would be.
  ///   - wasTried: whether anything was done.
  private func tell(
    _ result: inout RetentionResult, _ planned: [Int: RetentionPlanner.Planned], _ results: [Int: FileResult],
    _ files: [AgedFile], _ listing: SearchListing, wasTried: Bool
  ) {
    var oldest = [TimeRange](repeating: TimeRange(), count: result.rules.count)
    let types = RetentionTypes(RetentionTerms(options.rules, now: options.now), catalog)
    for aged in files {
      let file = listing.files[aged.file]
      var left = 0
      var held = 0
      if let plan = planned[aged.file] {
        held = plan.file.counts.held
        let going = plan.file.counts.deleted + plan.file.counts.blanked
        var isLeft = false
        if case .left(let code) = results[aged.file] {
          isLeft = true
          result.gaps.append(ExportResult.Gap(file: file.file.relative, code: code.rawValue, places: nil))
        }
        if isLeft || !wasTried { left = going }
        for (rule, counts) in plan.counts.enumerated() {
          result.rules[rule].held += counts.held
          if isLeft {
            result.rules[rule].left += counts.deleted + counts.blanked
          } else {
            result.rules[rule].deleted += counts.deleted
            result.rules[rule].blanked += counts.blanked
            if counts.deleted + counts.blanked > 0 { result.rules[rule].files += 1 }
          }
        }
        if plan.file.isRewritten && !isLeft { result.rewritten += 1 }
      }
      for (name, times) in aged.findings.times { if let rule = types.rule(of: name) { oldest[rule] += times } }
      if aged.outcome.failure == nil {
        result.ages.append(
          FileAges(
            archive: file.archive, path: pathBelow(options.search.inputs[file.archive], of: file.file.path),
            events: aged.findings.events, times: aged.findings.times, due: left, held: held))
      }
    }
    for rule in result.rules.indices where !oldest[rule].isEmpty { result.rules[rule].oldest = isoTime(oldest[rule].first) }
  }

  /// The worst wins: 1, 3, 2, 0.
  private func exit(_ result: RetentionResult) -> Int {
    if interrupt.isSet { return 130 }
    if result.gaps.contains(where: { FailureCode(rawValue: $0.code)?.isOfWriting ?? false }) { return 1 }
    if result.refused != nil { return 3 }
    return result.gaps.isEmpty && result.unreadable.isEmpty && result.unsupported.isEmpty ? 0 : 2
  }
}
