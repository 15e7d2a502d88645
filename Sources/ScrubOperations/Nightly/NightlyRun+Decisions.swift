internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubPolicy

/// What has to go from the sources, and goes, before anything is shared: by requests, by Braze's own, by age, and because
/// it went before and came back.
extension NightlyRun {
  func decide(_ night: inout Night, _ ledger: Ledger, _ state: StateFolder) async throws(ScrubRefusal) {
    let booked = try state.telling(Ledger.name) { () throws(LedgerProblem) in try ledger.requests.all() }
    night.before = Dictionary(booked.map { ($0.id, $0.state) }) { first, _ in first }
    await answerRequests(&night)
    try await harvest(&night, ledger, state)
    try await retain(&night, ledger, state)
    try await suppress(&night, ledger, state)
  }

  // MARK: Braze's own requests

  /// In a night that only tells of them, new files are looked at; one that erases looks at all that hold such events, for
  /// some may have been left the night before.
  private func harvest(_ night: inout Night, _ ledger: Ledger, _ state: StateFolder) async throws(ScrubRefusal) {
    night.summary.harvest.mode = entry.harvest.mode.rawValue
    var search = SearchOptions()
    search.jobs = options.jobs
    for archive in night.archives where !archive.isAway {
      var files = archive.fresh(holding: HarvestSearch.event)
      if entry.harvest.mode == .erase {
        let known = try state.telling(Ledger.name) { () throws(LedgerProblem) in
          try ledger.files.paths(in: archive.entry.name, holding: HarvestSearch.event, before: nil)
        }
        files += archive.known(known)
      }
      if files.isEmpty { continue }
      search.inputs.append(archive.entry.input)
      search.only.append(files)
    }
    if search.inputs.isEmpty || interrupt.isSet { return }
    do throws(ScrubRefusal) {
      let found = try await HarvestSearch(
        night.catalog, search, stateFolder: config.stateFolder, interrupt: interrupt, progress: progress
      ).run()
      night.summary.harvest.people = found.people.count
      if entry.harvest.mode == .report || found.people.isEmpty { return }
      if found.people.count > entry.harvest.maxPeople {
        night.summary.harvest.isStopped = true
        night.problem(
          code: "harvest.too-many", "more people than max_people were asked to be deleted, so nobody was", exit: 3)
        return
      }
      var erasing = try erasing(night)
      erasing.step = .all
      let result = try await EraseRun(night.catalog, erasing, found.people, interrupt: interrupt, progress: progress).run()
      night.take(result)
      night.summary.harvest.erased = result.requests.count { $0.state != .refused }
      night.summary.harvest.events = result.requests.reduce(0) { $0 + $1.counts.deleted + $1.counts.blanked }
      for answer in result.requests { night.tellHarvest(answer) }
    } catch {
      night.problem(error, in: nil)
    }
  }

  // MARK: age

  private func retain(_ night: inout Night, _ ledger: Ledger, _ state: StateFolder) async throws(ScrubRefusal) {
    guard let retention = entry.retention, !interrupt.isSet else { return }
    var told = NightlySummary.Retention()
    told.isEnabled = retention.isEnabled
    var options = RetentionOptions()
    options.rules = retention.rules.map { rule in
      RetentionRule(events: rule.events, days: today.number - today.before(rule.age).number, mode: rule.mode)
    }
    options.search.jobs = self.options.jobs
    options.maxShare = retention.maxShare
    options.isDryRun = !retention.isEnabled
    options.run = self.options.run
    options.stateFolder = config.stateFolder
    var numbers: [Int] = []
    let terms = terms(of: retention)
    for (number, archive) in night.archives.enumerated() where !archive.isAway {
      try state.telling(Ledger.name) { () throws(LedgerProblem) in try ledger.files.go(by: terms, for: .retention, in: archive.entry.name) }
      let due = try due(archive, options, ledger, state)
      let files = archive.fresh + archive.known(due)
      options.eventsElsewhere += archive.eventsKnown(beside: Set(files))
      if files.isEmpty { continue }
      options.search.inputs.append(archive.entry.input)
      options.search.only.append(files)
      numbers.append(number)
    }
    var result = RetentionResult()
    do throws(ScrubRefusal) {
      if !options.search.inputs.isEmpty {
        options.holds = try LegalHolds.read(entry.holds)
        options.made = night.archives.compactMap(\.made)
        result = try await RetentionRun(night.catalog, options, interrupt: interrupt, progress: progress).run()
        for ages in result.ages { night.archives[numbers[ages.archive]].note(ages) }
        night.bar(result.gaps)
        // What would be stopped is no news as long as nothing would go.
        let isIdle = result.refused != nil && !retention.isEnabled
        night.exit = worst(night.exit, result.exit == 130 || isIdle ? 0 : result.exit)
      }
    } catch {
      night.problem(error, in: nil)
    }
    told.isStopped = result.refused != nil
    if told.isStopped && retention.isEnabled {
      night.problem(code: RetentionResult.tooLarge, "more events than max_share_per_night are too old, so none went", exit: 3)
    }
    told.files = result.rewritten
    for (rule, came) in zip(retention.rules, result.rules.isEmpty ? retention.rules.map { _ in nil } : result.rules.map(Optional.some)) {
      var one = NightlySummary.Retention.Rule()
      one.events = rule.events.map(\.pattern)
      one.age = rule.age.description
      one.mode = rule.mode.rawValue
      if let came {
        one.gone = retention.isEnabled && !told.isStopped ? came.deleted + came.blanked : 0
        one.due = came.deleted + came.blanked + came.left
      }
      told.rules.append(one)
    }
    night.summary.retention = told
  }

  /// By what it is decided how old events may become.
  private func terms(of retention: NightlyEntry.Retention) -> String {
    let rules = retention.rules.map { rule in
      "\(rule.events.map(\.pattern).joined(separator: ",")) \(rule.age) \(rule.mode.rawValue)"
    }
    return (rules + held).joined(separator: "\n")
  }

  /// The files of legal holds as they are.
  private var held: [String] {
    entry.holds.map(GivenFile.stamp)
  }

  /// Files of earlier nights that hold something which is too old by now, or of which that is not known.
  private func due(
    _ archive: ArchiveNight, _ options: RetentionOptions, _ ledger: Ledger, _ state: StateFolder
  ) throws(ScrubRefusal) -> [[UInt8]] {
    try state.telling(Ledger.name) { () throws(LedgerProblem) in
      var due: [[UInt8]] = []
      for type in try ledger.files.types(in: archive.entry.name) {
        guard let rule = options.rules.first(where: { $0.events.contains { $0.matches(type) } }) else { continue }
        due += try ledger.files.paths(
          in: archive.entry.name, holding: type, before: options.now - rule.days * 86_400)
      }
      return due
    }
  }

  // MARK: what came back

  /// Looks for people who were erased in everything that is new or changed, and in outputs that are other than nights left
  /// them; and in all where other holds keep events than before, or somebody was erased since by another run, which need not
  /// have looked here.
  private func suppress(_ night: inout Night, _ ledger: Ledger, _ state: StateFolder) async throws(ScrubRefusal) {
    for index in night.archives.indices {
      _ = night.archives[index].lookAgain()
      if night.hasErased { night.archives[index].doubtOutput() }
    }
    let list = try Suppression.list(in: config.stateFolder)
    // Whom this night erased it looked for everywhere.
    let terms = try state.telling(SuppressionList.name) { () throws(LedgerProblem) in
      Self.terms(held, erased: try list?.last(butOf: options.run))
    }
    var open: [[String]] = []
    for index in night.archives.indices {
      let archive = night.archives[index]
      let isNews = try state.telling(Ledger.name) { () throws(LedgerProblem) in
        try ledger.files.isNews(terms, for: .suppression, in: archive.entry.name)
      }
      if isNews && list != nil { night.archives[index].doubtWholeOutput() }
      open.append(archive.isAway ? [] : archive.met.filter { isNews || !$0.isKnown || $0.isChanged }.map(\.path))
    }
    guard await suppress(&night, in: open, night.archives.map { $0.isAway ? [] : $0.strays }) else { return }
    let listSince = try Suppression.list(in: config.stateFolder)
    let since = try state.telling(SuppressionList.name) { () throws(LedgerProblem) in
      Self.terms(held, erased: try listSince?.last())
    }
    for (index, archive) in night.archives.enumerated() where !archive.isAway {
      night.archives[index].passStrays()
      try state.telling(Ledger.name) { () throws(LedgerProblem) in
        try ledger.files.go(by: since, for: .suppression, in: archive.entry.name)
      }
    }
  }

  /// By what it is decided who is looked for in what: holds, and who was erased last.
  private static func terms(_ held: [String], erased: Int?) -> String {
    (held + [erased.map { "erased \($0)" }].compactMap(\.self)).joined(separator: "\n")
  }

  /// Looks some files through until nothing changes any more: what is shared is shared in just the state in which nobody
  /// was found.
  ///
  /// - Parameters:
  ///   - files: by archive.
  ///   - strays: the same of its output.
  /// - Returns: whether it came to its end, and every file that had to be rewritten was.
  private func suppress(_ night: inout Night, in files: [[String]], _ strays: [[String]]) async -> Bool {
    var (open, strays) = (files, strays)
    var isWhole = true
    for _ in 0..<4 {
      if interrupt.isSet { return false }
      if open.allSatisfy(\.isEmpty) && strays.allSatisfy(\.isEmpty) { return isWhole }
      do throws(ScrubRefusal) {
        var options = try erasing(night)
        options.step = .all
        options.search.inputs = []
        options.search.only = []
        options.search.failures = []
        options.copies = []
        for (archive, files) in zip(night.archives, open) where !files.isEmpty {
          options.search.inputs.append(archive.entry.input)
          options.search.only.append(files)
        }
        for (archive, strays) in zip(night.archives, strays) where !strays.isEmpty {
          guard let output = archive.entry.output else { continue }
          options.copies.insert(options.search.inputs.count)
          options.search.inputs.append(output)
          options.search.only.append(strays)
        }
        let result = try await SuppressionRun(night.catalog, options, interrupt: interrupt, progress: progress).run()
        night.bar(result.gaps)
        isWhole = isWhole && result.gaps.isEmpty
        if !result.notSearchable.isEmpty && !strays.allSatisfy(\.isEmpty) {
          isWhole = false
          night.outputCannotBeSearched()
        }
        for answer in result.requests where answer.counts.gone > 0 { night.resurrect(answer, result.rewritten) }
        if result.requests.contains(where: { $0.counts.heldBack > 0 }) { night.holdBack() }
        // Whose events a guard keeps is in one of these files, and nobody may get it.
        if result.requests.contains(where: \.isGuarded) {
          for index in night.archives.indices { night.archives[index].bar(Set(open[index])) }
          night.problem(
            code: "suppression.guarded", "more events of an erased person came back than a guard lets go, so new files are not shared",
            exit: 3)
          return false
        }
      } catch {
        night.barsAll = true
        night.problem(error, in: nil)
        return false
      }
      for index in night.archives.indices {
        open[index] = night.archives[index].lookAgain()
        strays[index] = night.archives[index].lookAgainAtOutput()
      }
    }
    // Somebody changes these files faster than they can be looked through.
    for index in night.archives.indices { night.archives[index].bar(Set(open[index])) }
    return false
  }
}

extension EraseResult.Answer {
  /// Whether a guard stopped it, and not a hold.
  fileprivate var isGuarded: Bool { state == .refused && !reasons.contains(ReceiptReason.allHeld.rawValue) }
}

extension Receipt.Counts {
  /// Of which nothing, or only what a rule keeps, is left.
  fileprivate var gone: Int { deleted + blanked + kept }
}

extension Night {
  mutating func problem(code: String, _ message: String, exit: Int) {
    summary.problems.append(NightlySummary.Problem(archive: nil, path: "", code: code, message: message))
    self.exit = worst(self.exit, exit)
  }

  /// Tells why somebody whom Braze was told to delete is not erased, or not surely everywhere: nobody asks again for them.
  fileprivate mutating func tellHarvest(_ answer: EraseResult.Answer) {
    let isRefused = answer.state == .refused
    guard isRefused || answer.state == .incomplete else { return }
    for code in answer.reasons {
      let reason = ReceiptReason(rawValue: code)
      if !isRefused && reason?.leavesGap == false { continue }
      let what = isRefused ? "are not erased" : "may not be erased everywhere"
      summary.problems.append(
        NightlySummary.Problem(
          archive: nil, path: answer.receipt ?? "", code: code,
          message: "people whom Braze was told to delete \(what): \(reason?.meaning ?? code)"))
    }
    exit = worst(exit, isRefused ? 3 : 2)
  }

  /// Tells once of events that only a shared value leads to: they stay.
  fileprivate mutating func holdBack() {
    let code = "suppression.held-back"
    if summary.problems.contains(where: { $0.code == code }) { return }
    problem(code: code, "events carry an address or number of an erased person and the id of somebody else, so they stay", exit: 2)
  }

  /// Tells once of outputs of which nobody can say who is in them.
  fileprivate mutating func outputCannotBeSearched() {
    let code = "output.not-searchable"
    if summary.problems.contains(where: { $0.code == code }) { return }
    problem(
      code: code, "files of an output were changed by others, their sources are gone, and nobody can be searched in them: remove them",
      exit: 2)
  }

  fileprivate mutating func resurrect(_ answer: EraseResult.Answer, _ files: Int) {
    let index =
      summary.resurrections.firstIndex { $0.request == answer.request }
      ?? {
        summary.resurrections.append(NightlySummary.Resurrection(request: answer.request, events: 0, files: 0))
        return summary.resurrections.count - 1
      }()
    summary.resurrections[index].events += answer.counts.gone
    summary.resurrections[index].files = files
    if answer.state == .incomplete || answer.state == .refused { exit = worst(exit, answer.state == .refused ? 3 : 2) }
  }
}
