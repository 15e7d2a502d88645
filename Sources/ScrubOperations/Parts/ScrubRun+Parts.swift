internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
internal import ScrubPolicy

/// One command of a scrub in parts: by as many machines as there are parts, at any time, in any order, each of them as
/// often as it takes.
extension ScrubRun {
  /// What a command of a scrub in parts left to tell.
  package struct Part: Sendable {
    package let done: PartDone
    package var madeStateKey = false
    /// Of a part that was done now.
    package var report: Report?
  }

  package func run(_ shard: Shard) async throws(ScrubRefusal) -> Part {
    try check()
    guard let output = options.output, !options.inputs.isEmpty else { throw .usage("--shard needs INPUT and -o OUT") }
    if options.dryRun { throw .usage("--shard does not go with --dry-run") }
    switch shard {
    case .plan(let parts): return try await plan(parts, shard, output)
    case .part(let number, _): return try await part(number, shard, output)
    }
  }

  // MARK: the plan

  private func plan(_ parts: Int, _ shard: Shard, _ output: String) async throws(ScrubRefusal) -> Part {
    var done = PartDone("scrub", shard)
    let folder = try ScrubRefusal.ofOutput { () throws(Failure) in try PartsFolder(output) }
    if let plan = try ScrubRefusal.ofOutput({ () throws(Failure) in try folder.planned(parts, asked: try asked()) }) {
      if let excluded = plan.scrub?.excluded, let known = StateKey.existing(in: options.stateFolder),
        try excluded != self.excluded(known, folder)
      {
        throw .ofOutput(Failure(.otherParts, path: output))
      }
      done.take(plan)
      done.already = true
      return Part(done: done)
    }
    let listing = try list()
    _ = try ScrubRefusal.ofOutput { () throws(Failure) in try marks(of: listing.files) }
    let (stateKey, isNew) = try obtainStateKey()
    _ = try vault()
    // People are found in all files together, so that is done here.
    let excluded = try excludesPeople ? self.excluded(stateKey, folder) : nil
    let found = try await exclusion(stateKey)?.search(listing.files)
    // A search that broke off did not find everybody.
    if interrupt.isSet {
      done.exit = 130
      return Part(done: done, madeStateKey: isNew)
    }
    do throws(Failure) {
      var plan = try PartsPlan(listing, parts: parts, asked: try asked())
      let sealed = try found.map { (found) throws(Failure) in try Self.seal(found, of: listing.files, folder, stateKey) }
      if let address = ObjectAddress(output) {
        let store = try OutputStore.open(address)
        defer { store.release() }
        let (scrub, changed) = try announce(store, listing, stateKey, excluded)
        (plan.scrub, plan.failures) = (scrub, plan.failures + changed)
        try folder.remove()
        try folder.write(plan, listing.files, sealed)
      } else {
        let local = try OutputFolder.open(output)
        let (scrub, changed) = try announce(local, listing, stateKey, excluded)
        (plan.scrub, plan.failures) = (scrub, plan.failures + changed)
        try folder.remove()
        try folder.write(plan, listing.files, sealed)
      }
      done.take(plan)
    } catch {
      throw .ofOutput(error)
    }
    return Part(done: done, madeStateKey: isNew)
  }

  /// Announces what all parts will put in place.
  ///
  /// - Returns: also, what of the output somebody else changed.
  private func announce(
    _ output: borrowing some ScrubOutput & ~Copyable, _ listing: Listing, _ stateKey: SecretBytes, _ excluded: String?
  ) throws(Failure) -> (scrub: PartsPlan.Scrub, changed: [Failure]) {
    try checkKeys(of: output.manifest.files)
    let emptied = Set(listing.empty).intersection(output.manifest.files.map(\.path)).sorted()
    let changed = try output.prepare(listing.files.map(\.relative) + emptied)
    let mark = prepared.keys?.mark
    let scrub = PartsPlan.Scrub(
      head: ReportBuilder.head(prepared, options), stateKey: try PartsPlan.check(of: stateKey), keyMark: prepared.keyMark,
      vault: fillsVault ? mark.map { [$0.id: $0.check] } : nil, disclosing: Disclosing(prepared, options), emptied: emptied,
      excluded: excluded)
    return (scrub, changed)
  }

  /// Stands for the lists of people who stay out, and tells nothing of them.
  private func excluded(_ stateKey: SecretBytes, _ folder: PartsFolder) throws(ScrubRefusal) -> String {
    do throws(Failure) {
      var lists: [BytesText] = []
      for list in prepared.exclusions { lists.append(BytesText(try GivenFile.read(list))) }
      return try SealedParts(folder, stateKey).digest(of: lists, behind: "excluded")
    } catch {
      throw .file(error)
    }
  }

  private static func seal(
    _ found: [Exclusion.Found], of files: [ArchiveFile], _ folder: PartsFolder, _ stateKey: SecretBytes
  ) throws(Failure) -> [String] {
    let box = try SealedParts(folder, stateKey)
    var sealed: [String] = []
    for (file, found) in zip(files, found) { sealed.append(BytesText(try box.seal(found, boundTo: file.relative)).base64) }
    return sealed
  }

  /// What was found in the files of a part.
  private static func found(
    in items: [PartsPlan.Item], _ folder: PartsFolder, _ stateKey: SecretBytes
  ) throws(Failure) -> [Exclusion.Found] {
    let box = try SealedParts(folder, stateKey)
    var found: [Exclusion.Found] = []
    for item in items {
      guard let text = item.found, let one: Exclusion.Found = BytesText(base64: text).flatMap({ box.open($0.bytes, boundTo: item.relative) })
      else { throw Failure(.partDamaged, path: folder.place, place: item.relative) }
      found.append(one)
    }
    return found
  }

  private func asked() throws(Failure) -> String {
    struct Asked: Encodable {
      let stamp: String
      let keyMark: String?
      let inputs: [String]
      let ignored: [String]
      let eventType: String?
      let destination: Destination?
      let maxBlock: Int
      let again: Bool
      let keepsWithheld: Bool
    }
    return try PartsPlan.asked(
      Asked(
        stamp: prepared.stampOfPolicy, keyMark: prepared.keyMark, inputs: options.inputs.map(realPath),
        ignored: options.ignored.map(\.pattern), eventType: options.eventType, destination: options.destination,
        maxBlock: options.maxBlock, again: options.again, keepsWithheld: options.quarantine != nil))
  }

  // MARK: a part

  private func part(_ number: Int, _ shard: Shard, _ output: String) async throws(ScrubRefusal) -> Part {
    let stateKey = StateKey.existing(in: options.stateFolder)
    let digestKey = try ScrubRefusal.digestKey(of: stateKey)
    let exclusion = try exclusion(stateKey, readsLists: false)
    defer { exclusion?.remove() }
    do throws(Failure) {
      let folder = try PartsFolder(output)
      let hold = try PartsHold.take(output, alone: false)
      let (plan, id) = try folder.planInForce()
      guard let scrub = plan.scrub, plan.parts == shard.parts, try plan.asked == asked() else {
        throw Failure(.otherParts, path: output)
      }
      guard let stateKey, try PartsPlan.check(of: stateKey) == scrub.stateKey else {
        throw Failure(.partStateKey, path: options.stateFolder)
      }
      var done = PartDone("scrub", shard)
      if let earlier = try? PartResults.read(folder, part: number, plan: id), let end = earlier.end, end.exit != 1 {
        done.take(end, files: earlier.files.count)
        done.already = true
        return Part(done: done)
      }
      let items = try folder.items(of: number, plan)
      let writer = try PartWriter(folder, part: number, plan: id)
      let found = items.contains { $0.found != nil } ? try Self.found(in: items, folder, stateKey) : nil
      let (copies, scrubbing) = try await leavingOut(exclusion, found, of: items.map(\.file))
      let marks = try self.marks(of: items.map(\.file))
      var context = scrubbing.context(digestKey: digestKey, marks: marks, vault: scrub.vault == nil ? nil : writer)
      context.notesTimes = scrub.disclosing != nil
      let board = Board(items.map { copies[$0.relative]?.file ?? $0.file }, progress: progress)
      progress.expect(board.files)
      await board.scrub(context, to: try targets(board.files, below: output, part: number, folder, plan: id))
      let outcomes = Self.told(board.finished, copies)
      let report = ReportBuilder(prepared, options, listing: Listing(), outcomes: outcomes, interrupt.isSet).report()
      let end = PartLine.End(
        plan: id, part: number, exit: report.exit, events: report.totals.eventsIn, bytes: report.totals.bytesIn)
      if !interrupt.isSet {
        if ObjectAddress(output) == nil, !syncAll(output) { throw Failure(.unwritable, path: output) }
        try writer.write(PartLine(fields: report.fields))
        try writer.finish(Array(zip(items.map(\.number), outcomes)), end: end)
      }
      _ = consume hold
      done.take(end, files: outcomes.count)
      return Part(done: done, report: report)
    } catch {
      throw .ofOutput(error)
    }
  }

  /// Where the outputs of a part go. Temporary names are this attempt's own, for there may be another one.
  private func targets(
    _ files: [ArchiveFile], below output: String, part: Int, _ folder: PartsFolder, plan id: String
  ) throws(Failure) -> [Worker.Target] {
    if let address = ObjectAddress(output) {
      let store = try OutputStore.part(address, folder, plan: id)
      return files.map { _ in .object(store) }
    }
    let attempt = String(UInt64.random(in: 0...UInt64(Int.max)), radix: 36)
    let temporaries = "\(output)/\(Manifest.folder)/tmp/\(part).\(attempt)"
    do { try StateKey.makeFolders(temporaries, mode: 0o700) } catch { throw Failure(.unwritable, path: output) }
    var targets: [Worker.Target] = []
    for (index, file) in files.enumerated() {
      targets.append(OutputFolder.target(file.relative, below: output, temporary: "\(temporaries)/\(index)"))
    }
    return targets
  }
}
