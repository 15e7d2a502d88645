internal import Glibc
internal import ScrubArchive
internal import ScrubCore
package import ScrubLedger
internal import ScrubNative
internal import ScrubPolicy

/// A scrub from start to end.
package struct ScrubRun: Sendable {
  let prepared: PreparedPolicy
  private(set) var options: ScrubOptions
  let interrupt: Interrupt
  package let progress: Progress

  package init(_ prepared: PreparedPolicy, _ options: ScrubOptions, interrupt: Interrupt, progress: Progress) {
    self.prepared = prepared
    self.options = options
    self.interrupt = interrupt
    self.progress = progress
  }

  /// What a run left to tell.
  package struct Result: Sendable {
    package let report: Report
    package let madeStateKey: Bool
    /// Of every file that was read.
    package let outcomes: [FileOutcome]
    /// What is new in the book of disclosures.
    package let disclosure: Disclosure?
  }

  /// Does everything and reports it; whatever stops the whole run is thrown before any output is touched.
  package func run() async throws(ScrubRefusal) -> Result {
    try check()
    return options.inputs.isEmpty ? try await stream() : try await tree()
  }

  // MARK: checks

  /// Refuses what cannot be meant, before anything is read.
  func check() throws(ScrubRefusal) {
    try checkPlaces()
    if prepared.compiler.policy.rules.isEmpty && options.again { throw .usage("--again needs a policy with rules") }
    if options.again { try checkTightens() }
  }

  private func checkPlaces() throws(ScrubRefusal) {
    try StoreAddresses.checkInputs(options.inputs)
    if let output = options.output { try StoreAddresses.checkInputs([output]) }
    guard let output = options.output else {
      if !options.inputs.isEmpty && !options.dryRun { throw .usage("-o OUT is missing: where should the output go?") }
      return
    }
    if options.inputs.isEmpty { throw .usage("-o OUT needs at least one INPUT") }
    let place = realPath(output)
    for input in options.inputs where isInside(place, realPath(input)) {
      throw .usage("OUT is the input \(input), or lies inside it")
    }
    for (name, folder) in [("quarantine", options.quarantine), ("reports", options.reports), ("state", options.stateFolder)] {
      try OwnPlaces.refuse(folder, "the \(name) folder", inside: options.inputs + [output], option: "--\(name)")
    }
    try OwnPlaces.checkWritable(options.reports, "the reports folder", option: "--reports")
    try OwnPlaces.checkWritable(options.quarantine, "the quarantine folder", option: "--quarantine")
  }

  /// Scrubbing again may only tighten: a token must not be hashed as if it were a value. Nobody can be looked for by the
  /// names that lists have in what was scrubbed before.
  private func checkTightens() throws(ScrubRefusal) {
    let policy = prepared.policy
    if !policy.exclusions.isEmpty {
      throw .policy([
        Diagnostic(
          .againMayOnlyTighten, file: policy.file, line: 1, column: 1,
          message: "the policy excludes people, who are not found in what was scrubbed before",
          mend: "exclude them where the source is scrubbed")
      ])
    }
    let findings = policy.rules.filter(\.makesPseudonyms).map { rule in
      Diagnostic(
        .againMayOnlyTighten, file: policy.file, line: rule.place.line, column: rule.place.column,
        message: "--again may only tighten, and a pseudonym of a pseudonym tightens nothing",
        mend: "use redact or drop, or scrub the source with this policy")
    }
    if !findings.isEmpty { throw .policy(findings) }
    let defaults = policy.defaults
    if [defaults.annotated, defaults.unmarkedPersonal, defaults.linking, defaults.plain].contains(.hash) {
      throw .policy([
        Diagnostic(
          .againMayOnlyTighten, file: policy.file, line: defaults.place.line, column: defaults.place.column,
          message: "--again may only tighten, and a default of the policy hashes",
          mend: "set `linking: redact` or `linking: keep` with a reason")
      ])
    }
  }

  // MARK: standard input to standard output

  private func stream() async throws(ScrubRefusal) -> Result {
    if !prepared.exclusions.isEmpty {
      throw .usage("the policy excludes people, who are found in files only: name an INPUT")
    }
    let stateKey = StateKey.existing(in: options.stateFolder)
    // A stream makes no state where there is none.
    let ledger = stateKey == nil ? nil : try ledger()
    var context = context(
      digestKey: try ScrubRefusal.digestKey(of: stateKey), marks: [:], vault: try vault())
    context.notesTimes = ledger != nil
    var worker = Worker(context)
    let outcome = worker.scrub(ArchiveFile(path: "-", relative: "-", size: 0), to: .standardOutput(isDry: options.dryRun))
    let disclosure = try disclose([outcome], manifest: outcome.digest, in: ledger)
    let summary = ReportBuilder(prepared, options, listing: Listing(), outcomes: [outcome], interrupt.isSet)
    return Result(report: summary.report(), madeStateKey: false, outcomes: [outcome], disclosure: disclosure)
  }

  // MARK: a tree of files

  private func tree() async throws(ScrubRefusal) -> Result {
    var listing = try list()
    let stateKey: (key: SecretBytes, isNew: Bool)?
    if options.dryRun {
      stateKey = StateKey.existing(in: options.stateFolder).map { ($0, false) }
    } else {
      stateKey = try obtainStateKey()
    }
    let marks = try ScrubRefusal.ofOutput { () throws(Failure) in try self.marks(of: listing.files) }
    let exclusion = try exclusion(stateKey?.key)
    defer { exclusion?.remove() }
    let found = try await exclusion?.search(listing.files)
    let (copies, scrubbing): ([String: Exclusion.Copied], ScrubRun)
    do throws(Failure) { (copies, scrubbing) = try await leavingOut(exclusion, found, of: listing.files) } catch { throw .file(error) }
    let vault = try vault()
    let ledger = try ledger()
    var context = scrubbing.context(
      digestKey: try ScrubRefusal.digestKey(of: stateKey?.key), marks: marks, vault: vault)
    context.notesTimes = ledger != nil
    progress.expect(listing.files)
    let board = Board(listing.files.map { copies[$0.relative]?.file ?? $0 }, progress: progress)
    var manifest = ""
    var changed: [Failure] = []
    do throws(Failure) {
      if let output = options.output, !options.dryRun {
        if let address = ObjectAddress(output) {
          let store = try OutputStore.open(address)
          defer { store.release() }
          (manifest, changed) = try await fill(store, board, context, emptied: listing.empty)
        } else {
          (manifest, changed) = try await fill(try OutputFolder.open(output), board, context, emptied: listing.empty)
        }
      } else {
        if let output = options.output, ObjectAddress(output) == nil {
          try checkKeys(of: try OutputFolder.look(at: output, board.files.map(\.relative)).files)
        }
        await board.scrub(context, to: listing.files.map { _ in Worker.Target.nowhere })
      }
    } catch {
      throw .ofOutput(error)
    }
    listing.failures += changed
    let outcomes = Self.told(board.finished, copies)
    let disclosure = try disclose(outcomes, manifest: manifest, in: ledger)
    let builder = ReportBuilder(prepared, options, listing: listing, outcomes: outcomes, interrupt.isSet)
    return Result(
      report: builder.report(), madeStateKey: stateKey?.isNew ?? false, outcomes: outcomes, disclosure: disclosure)
  }

  /// Copies of files without those who stay out, and a run that scrubs them in place of the files; each other file only in the
  /// state in which nobody was found in it.
  ///
  /// - Parameter found: by file; nothing where nobody was looked for.
  func leavingOut(
    _ exclusion: Exclusion?, _ found: [Exclusion.Found]?, of files: [ArchiveFile]
  ) async throws(Failure) -> (copies: [String: Exclusion.Copied], run: ScrubRun) {
    guard let exclusion, let found else { return ([:], self) }
    var run = self
    var copies: [String: Exclusion.Copied] = [:]
    for (path, copy) in try await exclusion.copies(of: files, found) {
      switch copy {
      case .success(let copied): copies[path] = copied
      case .failure(let failure): run.options.barred[path] = failure
      }
    }
    for (path, copied) in copies {
      if let expected = run.options.expected.removeValue(forKey: path), !expected.isSameState(as: copied.status) {
        throw Failure(.changed, path: path)
      }
    }
    run.options.states = Dictionary(
      zip(files, found).map { file, found in (file.relative, copies[file.relative]?.state ?? found.state) },
      uniquingKeysWith: { first, _ in first })
    return (copies, run)
  }

  func obtainStateKey() throws(ScrubRefusal) -> (key: SecretBytes, isNew: Bool) {
    try StateFolder(options.stateFolder).obtainKey()
  }

  func list() throws(ScrubRefusal) -> Listing {
    var all = Listing()
    let ignored = options.ignored
    var prefixes: Set<String> = []
    for (number, input) in options.inputs.enumerated() {
      var prefix = ""
      if options.inputs.count > 1 {
        if try !StoreAddresses.isFile(input) { prefix = self.prefix(of: input) }
        if !prefix.isEmpty && !prefixes.insert(prefix).inserted {
          throw .usage("two inputs are called \(prefix): their outputs would mix")
        }
      }
      let only = options.only.chosen(of: number)
      let listing = ArchiveWalker.list(input, prefix: prefix, only: only) { name in ignored.contains { $0.matches(name) } }
      if only == nil { try listing.check(input) }
      all.files += listing.files
      all.ignored += listing.ignored
      all.passedOver.merge(listing.passedOver) { $0 + $1 }
      all.empty += listing.empty
      all.failures += listing.failures
    }
    var seen: Set<String> = []
    for file in all.files where !seen.insert(file.relative).inserted {
      throw .usage("two inputs would both be written to \(file.relative)")
    }
    return all
  }

  /// What manifests say of the files of the inputs, by the relative paths of this run.
  func marks(of files: [ArchiveFile]) throws(Failure) -> [String: ManifestFile] {
    if options.inputs.count == 1 {
      return try ScrubbedTrees(options.inputs[0], prefix: "", files).marks(mayBeHalfDone: false).mapValues(\.file)
    }
    var marks: [String: ManifestFile] = [:]
    for input in options.inputs {
      let prefix = prefix(of: input)
      let own = files.filter { prefix.isEmpty ? $0.path == input : isInside($0.relative, prefix) }
      marks.merge(try ScrubbedTrees(input, prefix: prefix, own).marks(mayBeHalfDone: false).mapValues(\.file)) { first, _ in first }
    }
    return marks
  }

  /// What stands before the paths of one of several inputs; nothing for a single file.
  private func prefix(of input: String) -> String {
    if (try? StoreAddresses.isFile(input)) == true { return "" }
    return input.split(separator: "/").last.map(String.init) ?? input
  }

  /// A key id that was used here before is the same key.
  func checkKeys(of files: [ManifestFile]) throws(Failure) { try checkKeys(Set(files.flatMap(\.keys)), Manifest.name) }

  private func checkKeys(_ used: Set<String>, _ place: String) throws(Failure) {
    guard let keys = prepared.keys else { return }
    for mark in [keys.mark] + keys.formerMarks where used.contains(where: { $0.hasPrefix(mark.id + ":") && $0 != mark.text }) {
      throw Failure(.keyMismatch, path: place)
    }
  }

  /// Where the policy excludes people.
  ///
  /// - Parameter readsLists: whether people are to be looked for, and not only left out where they were found.
  func exclusion(_ stateKey: SecretBytes?, readsLists: Bool = true) throws(ScrubRefusal) -> Exclusion? {
    if prepared.exclusions.isEmpty && options.keepsOut == nil { return nil }
    var search = SearchOptions()
    search.eventType = options.eventType
    search.destination = options.destination
    search.jobs = options.jobs
    search.maxBlock = options.maxBlock
    let key = if let stateKey { stateKey } else { try ScrubRefusal.ofKey { () throws(KeyRefusal) in try MasterKey.newBytes() } }
    return try Exclusion(
      readsLists ? prepared.exclusions : [], erased: options.keepsOut, SearchContext(prepared.compiler.catalog, search, interrupt),
      stateFolder: options.stateFolder, digestKey: try ScrubRefusal.digestKey(of: key))
  }

  static func told(_ outcomes: [FileOutcome], _ copies: [String: Exclusion.Copied]) -> [FileOutcome] {
    if copies.isEmpty { return outcomes }
    return outcomes.map { outcome in
      var outcome = outcome
      if let copied = copies[outcome.file.relative] { outcome.take(copied) }
      return outcome
    }
  }

  func context(
    digestKey: FileDigestKey?, marks: [String: ManifestFile], vault: (any VaultTaking)?
  ) -> RunContext {
    RunContext(
      compiler: prepared.compiler, key: prepared.key, keyMark: prepared.keyMark, digestKey: digestKey,
      options: options, marks: marks, interrupt: interrupt, vault: vault)
  }

  /// The vault, where the policy fills one and the run writes something.
  func vault() throws(ScrubRefusal) -> TokenVault? {
    guard !options.dryRun, fillsVault, let keys = prepared.keys else { return nil }
    return try StateFolder(options.stateFolder).vault(for: [keys.mark.id: keys.mark.check])
  }

  var fillsVault: Bool { prepared.policy.rules.contains(where: \.fillsVault) }

  /// The ledger, where the run writes something for an audience.
  private func ledger() throws(ScrubRefusal) -> Ledger? {
    guard !options.dryRun, let audience = prepared.policy.audience else { return nil }
    let state = StateFolder(options.stateFolder)
    let ledger = try state.ledger()
    let used = try state.telling(Ledger.name) { () throws(LedgerProblem) in try ledger.disclosures.keys(for: audience) }
    do throws(Failure) { try checkKeys(used, Ledger.name) } catch { throw .ofOutput(error) }
    return ledger
  }

  /// Notes what was made for an audience.
  ///
  /// - Parameter ledger: nothing where nothing is noted.
  private func disclose(
    _ outcomes: [FileOutcome], manifest: String, in ledger: Ledger?
  ) throws(ScrubRefusal) -> Disclosure? {
    guard let ledger, let disclosing = Disclosing(prepared, options) else { return nil }
    return try StateFolder(options.stateFolder).note(outcomes, disclosing, run: options.run, manifest: manifest, in: ledger)
  }

  /// Scrubs all files into an output, which is held until the end.
  ///
  /// - Parameter emptied: sources that are empty, of which an earlier run may have made something.
  /// - Returns: SHA-256, hex, of its manifest, and what of it somebody else changed.
  private func fill(
    _ output: borrowing some ScrubOutput & ~Copyable, _ board: Board, _ context: RunContext, emptied: [String]
  ) async throws(Failure) -> (manifest: String, changed: [Failure]) {
    try checkKeys(of: output.manifest.files)
    let emptied = Set(emptied).intersection(output.manifest.files.map(\.path))
    let changed = try output.prepare(board.files.map(\.relative) + emptied)
    var targets: [Worker.Target] = []
    for (index, file) in board.files.enumerated() { targets.append(try output.target(index, file.relative)) }
    await board.scrub(context, to: targets)
    let manifest = try output.commit(
      board.finished, emptied: emptied, excludes: excludesPeople, policy: prepared.policy.name, keyMark: prepared.keyMark,
      isWhole: !interrupt.isSet)
    return (manifest, changed)
  }

  /// Whether somebody's events stay out.
  var excludesPeople: Bool { !prepared.exclusions.isEmpty || options.keepsOut != nil }
}

extension ScrubRefusal {
  /// Why nothing is written into an output or an archive, or why its end was not reached.
  static func ofOutput(_ failure: Failure) -> ScrubRefusal {
    let refusals: Set<FailureCode> = [
      .locked, .archiveLocked, .halfDone, .foreign, .manifest, .noFolder, .keyMismatch, .partsUnderWay, .noParts, .otherParts, .partMissing, .partDamaged,
      .partStateKey,
    ]
    guard refusals.contains(failure.code) else { return .file(failure) }
    let place = failure.place.isEmpty ? "" : ": \(failure.place)"
    return .output(
      code: failure.code.rawValue, path: failure.path, message: failure.code.message + place, hint: failure.code.hint,
      exit: [.locked, .archiveLocked].contains(failure.code) ? 4 : 3)
  }
}

extension StateFolder {
  /// Notes what was made for an audience, where it is new.
  func note(
    _ outcomes: [FileOutcome], _ disclosing: Disclosing, run: String, manifest: String, in ledger: Ledger
  ) throws(ScrubRefusal) -> Disclosure? {
    guard let disclosure = Disclosure(outcomes, disclosing, run: run, manifest: manifest) else { return nil }
    return try telling(Ledger.name) { () throws(LedgerProblem) in
      try ledger.disclosures.record(disclosure) ? disclosure : nil
    }
  }
}

extension ScrubOutput where Self: ~Copyable {
  /// Makes everything last that became of files, then puts the manifest in place.
  ///
  /// - Parameters:
  ///   - emptied: sources that are empty, of which an earlier run made something.
  ///   - excludes: whether some people stay out.
  /// - Returns: SHA-256, hex, of the manifest.
  func commit(
    _ outcomes: [FileOutcome], emptied: Set<String>, excludes: Bool, policy: String, keyMark: String?, isWhole: Bool
  ) throws(Failure) -> String {
    let gone = outcomes.filter { $0.mayNotStand(excluding: excludes) }.map(\.file.relative)
    let files = outcomes.compactMap { $0.manifestFile(keyMark) }
    return try commit(files, without: emptied.union(gone), version: programVersion, policy: policy, isWhole: isWhole)
  }
}

extension FileOutcome {
  /// What the manifest tells of the file, where it was written.
  fileprivate func manifestFile(_ keyMark: String?) -> ManifestFile? {
    guard case .written = status else { return nil }
    return ManifestFile(
      path: file.relative, size: bytesOut, sha256: digest,
      events: Dictionary(events.filter { $0.value.written > 0 }.map { ($0.key.event, $0.value.written) }, uniquingKeysWith: +),
      plan: plan, keys: keys(keyMark), identities: identities.sorted())
  }

  /// `id:check value` of every key whose pseudonyms may stand in what was written: that of the run, then earlier ones.
  func keys(_ keyMark: String?) -> [String] {
    let own = keyMark.map { [$0] } ?? []
    return own + formerKeys.filter { $0 != keyMark }
  }

  /// Whether nothing of the file may be in an output, not even what an earlier run made of it. Of one that cannot be read it
  /// stays, as long as everybody may be in it; one that only could not be reached or written is tried again.
  ///
  /// - Parameter excludes: whether some people stay out: nobody knows whether they are in what cannot be read.
  fileprivate func mayNotStand(excluding excludes: Bool) -> Bool {
    switch status {
    case .empty, .withheld, .refused: true
    case .unsupported: excludes
    case .unreadable: excludes && failure?.code.tellsDamage ?? false
    case .written, .alreadyScrubbed, .failed: false
    }
  }
}
