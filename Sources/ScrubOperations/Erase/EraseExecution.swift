internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
internal import ScrubPolicy

/// Carries out a plan that is written down in a journal, from wherever an earlier attempt came to: files, vault,
/// manifests, evidence, receipts. The one way for a run and for what goes on with it.
struct EraseExecution: Sendable {
  private let journal: EraseJournal
  private let context: SearchContext
  /// The archives that are outputs of scrubs, and held as such.
  private let outputs: Set<String>
  private let stateFolder: String
  private let stateKey: SecretBytes
  private let progress: Progress
  private let isHeld: Bool

  private var job: EraseJob { journal.job }

  /// - Parameter isHeld: whether the plan is given up, since a legal hold keeps what is left: then what was done is told.
  init(
    _ journal: EraseJournal, _ context: SearchContext, _ outputs: Set<String>, stateFolder: String, _ stateKey: SecretBytes,
    _ progress: Progress, isHeld: Bool = false
  ) {
    self.isHeld = isHeld
    self.journal = journal
    self.context = context
    self.outputs = outputs
    self.stateFolder = stateFolder
    self.stateKey = stateKey
    self.progress = progress
  }

  /// What an attempt came to.
  struct Outcome: Sendable {
    /// By file of the plan.
    var results: [FileResult]
    /// What was found behind the objects of stores.
    var history = HistoryPurge.Outcome()
    /// By request.
    var receipts: [(receipt: Receipt, folder: String)] = []

    /// Whether every file is what it is to be.
    var isWhole: Bool {
      results.allSatisfy { result in
        if case .left = result { false } else { true }
      }
    }

    /// Files that have their new bytes.
    var rewritten: Int {
      results.count { if case .committed = $0 { true } else { false } }
    }

    /// Files that have their new bytes, and whose old ones are there under other names.
    var withOtherNames: Int {
      results.count { if case .committed(let after) = $0 { after.otherNames != nil } else { false } }
    }

    /// Whether nothing is left for another run: what could not be read, or was not decided, may hold events that only this
    /// closure leads to.
    var isAll: Bool { isWhole && receipts.allSatisfy { $0.receipt.state != .incomplete } }
  }

  func run() async throws(ScrubRefusal) -> Outcome {
    let digestKey = try ScrubRefusal.digestKey(of: stateKey)
    var outcome = Outcome(results: try await files(digestKey))
    // Another run goes on with it, as with one that was killed.
    if context.interrupt.isSet { return outcome }
    if isHeld {
      outcome.history.gaps = await heldVersions(outcome.results)
    } else {
      outcome.history = await HistoryPurge(journal, context, digestKey: digestKey).run(outcome.results)
    }
    if context.interrupt.isSet { return outcome }
    let removed = outcome.isWhole ? try await forgetTokens() : RemovedRows()
    try renewManifests(outcome.results)
    do throws(LedgerProblem) { try SuppressionList.add(job.suppressed.compactMap(\.self), in: stateFolder) } catch {
      throw .ledger(error, path: stateFolder + "/" + SuppressionList.name)
    }
    if let retention = job.retention {
      try await note(retention, outcome.results)
    } else {
      outcome.receipts = try await receipts(outcome, removed)
    }
    if job.purpose == .request { try book(outcome.receipts) }
    // Whom no request is about the next run finds again by what found them now.
    if outcome.isAll || job.purpose != .request {
      try await journal.remove()
    } else {
      do throws(Failure) { try await journal.note(JournalStep(ended: true, givenUp: isHeld ? true : nil)) } catch { throw .file(error) }
    }
    return outcome
  }

  // MARK: files

  private func files(_ digestKey: FileDigestKey) async throws(ScrubRefusal) -> [FileResult] {
    let blankKey = try ScrubRefusal.ofKey { () throws(KeyRefusal) in try MasterKey.newBytes() }
    let (job, journal, context, progress, isHeld) = (job, journal, context, progress, isHeld)
    let (staged, committed) = (await journal.staged, await journal.committed)
    progress.expect(files: job.plan.files.count, bytes: job.plan.files.reduce(0) { $0 + $1.identity.size.value })
    // The largest first, so that no worker is left with one at the end.
    let order = job.plan.files.indices.sorted {
      (job.plan.files[$0].identity.size.value, $1) > (job.plan.files[$1].identity.size.value, $0)
    }
    let parts = await shareOut(context.options.jobs > 1 ? order : Array(job.plan.files.indices), jobs: context.options.jobs, context.interrupt) {
      FileEraser(job, journal.closure, context, digestKey: digestKey, blankKey: blankKey, isHeld: isHeld)
    } _: { eraser, number in
      defer { progress.finished(events: job.before[number][0], bytes: job.plan.files[number].identity.size.value) }
      if committed.contains(number), let after = staged[number] { return eraser.confirm(number, after) }
      return await eraser.erase(number, staged: staged[number], journal)
    }
    var results = [FileResult](repeating: .left(.interrupted), count: job.plan.files.count)
    for (number, result) in parts { results[number] = result }
    clearStaged()
    return results
  }

  /// Rewritten objects behind which earlier versions may stay, since a hold keeps them.
  private func heldVersions(_ results: [FileResult]) async -> [Receipt.Gap] {
    let purged = await journal.purged
    return zip(job.plan.files, results).enumerated().compactMap { number, one in
      let (file, result) = one
      guard case .committed = result, ObjectAddress(job.plan.path(of: file)) != nil, !purged.contains(number) else { return nil }
      return Receipt.Gap(file, .held)
    }
  }

  /// Removes what attempts staged that never got its name.
  private func clearStaged() {
    for (number, file) in job.plan.files.enumerated() where ObjectAddress(job.plan.path(of: file)) == nil {
      FileReplacement(of: job.plan.path(of: file), FileIdentity(), run: job.run, number: number).clear()
    }
  }

  // MARK: vault and manifests

  /// Rows of people that the vault held.
  private struct RemovedRows {
    /// By request.
    var counts: [Int] = []
    /// The vault whose log still holds them; nothing where they are gone.
    var unemptied: String?

    func count(of request: Int) -> Int { counts.isEmpty ? 0 : counts[request] }

    /// What a receipt says of rows that are not gone yet.
    func gap(of request: Int) -> Receipt.Gap? {
      guard let unemptied, count(of: request) > 0 else { return nil }
      return Receipt.Gap(archive: nil, path: pathText(Array(unemptied.utf8)), code: FailureCode.vaultLog.rawValue)
    }
  }

  /// Removes the rows of the people in the vault. How many there are is written down before they go, for who goes on behind
  /// a kill finds none.
  private func forgetTokens() async throws(ScrubRefusal) -> RemovedRows {
    let tokens = journal.closure.vaultTokens
    guard tokens.contains(where: { !$0.isEmpty }), let vault = try StateFolder(stateFolder).existingVault() else {
      return RemovedRows()
    }
    let noted = await journal.vaultRows
    var rows = noted ?? []
    if noted == nil {
      do throws(LedgerProblem) { for one in tokens { rows.append(try vault.count(of: one)) } } catch {
        throw .ledger(error, path: vault.path)
      }
      do throws(Failure) { try await journal.note(JournalStep(vaultRows: rows)) } catch { throw .file(error) }
    }
    var isEmptied = false
    do throws(LedgerProblem) { isEmptied = try vault.remove(tokens.flatMap(\.self)).isLogEmpty } catch {
      throw .ledger(error, path: vault.path)
    }
    if !isEmptied { return RemovedRows(counts: rows, unemptied: vault.path) }
    do throws(Failure) { try await journal.note(JournalStep(vaultEmptied: true)) } catch { throw .file(error) }
    return RemovedRows(counts: rows)
  }

  /// Outputs of a scrub say what they hold: the files that changed are told anew, in archives, in outputs that lie in one, and
  /// in those in which one lies.
  private func renewManifests(_ results: [FileResult]) throws(ScrubRefusal) {
    for (number, archive) in job.plan.archives.enumerated() {
      // By output, then by the name below it.
      var changed: [String: [String: (after: Receipt.RewrittenFile.After, gone: [String: Int])]] = [:]
      for (file, result) in zip(job.plan.files, results) where file.archive == number {
        guard case .committed(let after) = result else { continue }
        var gone: [String: Int] = [:]
        for place in file.places where place.action == .delete { gone[place.type, default: 0] += 1 }
        for (folder, name) in ErasePlan.folders(above: file.path) {
          changed[folder.isEmpty ? archive : ScrubArchive.path(in: archive, folder), default: [:]][name] = (after, gone)
        }
        for output in outputs where output != archive && isInside(archive, output) {
          changed[output, default: [:]][pathBelow(output, of: ScrubArchive.path(in: archive, file.path))] = (after, gone)
        }
      }
      do throws(Failure) {
        for (output, changed) in changed.sorted(by: { $0.key < $1.key }) {
          let isHeld = outputs.contains(output)
          if let address = ObjectAddress(output) {
            try OutputStore.renewManifest(in: address, changed, isHeld: isHeld)
          } else {
            try OutputFolder.renewManifest(in: output, changed, isHeld: isHeld)
          }
        }
      } catch {
        throw .file(error)
      }
    }
  }

  // MARK: evidence

  private func receipts(
    _ outcome: Outcome, _ removed: RemovedRows
  ) async throws(ScrubRefusal) -> [(receipt: Receipt, folder: String)] {
    var attempt = await journal.attempts
    // One whose end was not noted any more has its receipts, and this is another attempt.
    while zip(job.folders, job.drafts).contains(where: { folder, draft in
      ReceiptFolder.existing(in: folder + Self.suffix(attempt), of: draft)?.state == .incomplete && outcome.isWhole
    }) { attempt += 1 }
    var receipts: [Receipt] = []
    let places = job.plan.placesByRequest
    for (number, draft) in job.drafts.enumerated() {
      receipts.append(
        ReceiptMaker(draft, job.plan, outcome.results, request: number, places[number])
          .receipt(vaultRows: removed.count(of: number), removed.gap(of: number), outcome.history))
    }
    let known = zip(job.folders, receipts).map { folder, receipt in
      ReceiptFolder.existing(in: folder + Self.suffix(attempt), of: receipt)
    }
    // A receipt that is there says what was true when all was done: the run was cut off behind it.
    if known.allSatisfy({ $0 != nil }) { return zip(known.compactMap(\.self), job.folders).map { ($0, $1 + Self.suffix(attempt)) } }
    let head = try note(receipts)
    let key = try SigningKey.chosen(job.signingKey, in: stateFolder, inputs: job.plan.archives)
    let (job, personal, filled, suffix) = (job, journal.closure.personal, receipts, Self.suffix(attempt))
    let parts = await shareOut(Array(receipts.indices), jobs: context.options.jobs, Interrupt()) {
    } _: { (_: Void, number) in
      Result { () throws(ScrubRefusal) -> ReceiptFolder.Staged? in
        if known[number] != nil { return nil }
        var receipt = filled[number]
        receipt.evidenceHead = head
        receipt.suppression = job.suppressed[number]?.entry ?? receipt.suppression
        let isTold = receipt.events.total.matched > 0 && receipt.state != .refused
        return try ReceiptFolder.stage(
          receipt, signedBy: key, personal: isTold ? personal[receipt.request.id] ?? [] : [],
          in: job.folders[number] + suffix)
      }
    }
    var written = known
    var staged: [ReceiptFolder.Staged] = []
    var failure: ScrubRefusal?
    for (number, part) in parts.sorted(by: { $0.0 < $1.0 }) {
      do throws(ScrubRefusal) {
        guard let one = try part.get() else { continue }
        staged.append(one)
        written[number] = one.receipt
      } catch {
        failure = error
      }
    }
    // One that cannot be written keeps no other from being there.
    try ReceiptFolder.put(staged)
    if let failure { throw failure }
    return zip(written, job.folders).compactMap { receipt, folder in receipt.map { ($0, folder + suffix) } }
  }

  /// What became of each request, where it stands in the book.
  private func book(_ receipts: [(receipt: Receipt, folder: String)]) throws(ScrubRefusal) {
    let outcomes = receipts.map { receipt, folder in
      let state: BookedRequest.State =
        switch receipt.state {
        case .complete, .completeExcept, .nothingFound: .done
        case .incomplete: .incomplete
        case .refused: .refused
        }
      let reason = receipt.state == .refused ? receipt.reasons.first : nil
      return RequestDesk.Outcome(
        request: receipt.request.id, state: state, code: reason ?? receipt.state.rawValue,
        place: folder + "/" + ReceiptFolder.document)
    }
    try RequestDesk(stateFolder: stateFolder).note(outcomes, by: "erase", [.erasure])
  }

  /// Behind the names of folders: attempts after the first have receipts of their own.
  private static func suffix(_ attempt: Int) -> String { attempt == 0 ? "" : "-\(attempt + 1)" }

  /// One line in the evidence log, where nobody asked: it tells of rules, and of nobody.
  private func note(_ retention: EraseJob.Retention, _ results: [FileResult]) async throws(ScrubRefusal) {
    if await journal.isTold { return }
    var counts = ["deleted": 0, "blanked": 0, "held": 0, "left": 0, "files": 0]
    func add(_ count: Int, _ name: String) { if count > 0 { counts[name, default: 0] += count } }
    for (rules, result) in zip(retention.counts, results) {
      var isLeft = false
      if case .left = result { isLeft = true }
      if case .committed = result { add(1, "files") }
      for (number, rule) in rules.enumerated() {
        add(rule.held, "held")
        add(rule.deleted, isLeft ? "left" : "deleted")
        add(rule.blanked, isLeft ? "left" : "blanked")
        if !isLeft { add(rule.deleted + rule.blanked, "rule_\(number + 1)") }
      }
    }
    var entry = EvidenceEntry(command: job.purpose.command)
    entry.result = counts["left"] == 0 ? "done" : "incomplete"
    entry.counts = counts
    var log = try StateFolder(stateFolder).evidence()
    try log.append(entry, in: stateFolder)
    do throws(Failure) { try await journal.note(JournalStep(told: true)) } catch { throw .file(error) }
  }

  /// A line in the evidence log for each request.
  ///
  /// - Returns: the head of the log.
  private func note(_ receipts: [Receipt]) throws(ScrubRefusal) -> String {
    var log = try StateFolder(stateFolder).evidence()
    let entries = receipts.map { receipt in
      var entry = EvidenceEntry(command: job.purpose.command)
      entry.request = receipt.request.id
      entry.result = receipt.state.rawValue
      entry.keys = receipt.keys.map { "\($0.id):\($0.check)" }
      let total = receipt.events.total
      entry.counts = [
        "matched": total.matched, "deleted": total.deleted, "blanked": total.blanked, "kept": total.kept,
        "held": total.held, "left": total.left, "held_back": total.heldBack, "files": receipt.rewritten.count,
      ]
      return entry
    }
    try log.append(entries, in: stateFolder)
    return log.headText
  }
}
