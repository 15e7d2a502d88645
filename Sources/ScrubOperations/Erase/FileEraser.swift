internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
internal import ScrubPolicy

/// Carries out the plan of one file after the other: stage, sync, read back, note, rename, note; of an object: stage, read
/// back, note, write, read back, note. One worker's; whatever happens between two of these steps, the file is whole, as it
/// was or as it is to be.
struct FileEraser {
  private let job: EraseJob
  private let closure: EraseClosure
  private let context: SearchContext
  private let digestKey: FileDigestKey
  private let blankKey: SecretBytes
  private let blanker: Blanker?
  /// For files of which a rule keeps events in part: what was made of an archive keeps none.
  private let keeper: Blanker?
  private let isHeld: Bool

  /// - Parameter isHeld: whether nothing more is rewritten.
  init(
    _ job: EraseJob, _ closure: EraseClosure, _ context: SearchContext, digestKey: FileDigestKey, blankKey: SecretBytes,
    isHeld: Bool
  ) {
    self.isHeld = isHeld
    self.job = job
    self.closure = closure
    self.context = context
    self.digestKey = digestKey
    self.blankKey = blankKey
    let files = job.plan.files
    blanker = files.contains { $0.counts.blanked > 0 } ? Blanker(context.catalog, keeping: [], key: blankKey) : nil
    keeper = files.contains { $0.counts.kept > 0 } ? Blanker(context.catalog, keeping: job.keep.map(\.rule), key: blankKey) : nil
  }

  /// Carries out the plan of a file.
  ///
  /// - Parameter staged: what an earlier attempt had staged, which may have its name already.
  func erase(_ number: Int, staged: Receipt.RewrittenFile.After?, _ journal: EraseJournal) async -> FileResult {
    let file = job.plan.files[number]
    guard file.isRewritten else { return .untouched }
    do throws(Failure) {
      if let staged, try isDone(file, staged) {
        try await journal.note(JournalStep(file: number, committed: true))
        return .committed(staged)
      }
      if isHeld { return .left(.held) }
      return .committed(try await rewrite(file, number, journal))
    } catch {
      return .left(error.code)
    }
  }

  /// What an earlier attempt put in place, as long as it stands there to its last byte: nothing is attested of what
  /// somebody wrote behind it.
  func confirm(_ number: Int, _ after: Receipt.RewrittenFile.After) -> FileResult {
    do throws(Failure) { return try isDone(job.plan.files[number], after) ? .committed(after) : .left(.changed) } catch {
      return .left(error.code)
    }
  }

  private func path(of file: ErasePlan.File) -> String { job.plan.path(of: file) }

  /// Whether the file is what was staged for it, to its last byte.
  private func isDone(_ file: ErasePlan.File, _ staged: Receipt.RewrittenFile.After) throws(Failure) -> Bool {
    let path = path(of: file)
    guard try FileIdentity.now(at: path)?.size == staged.size else { return false }
    do { return try sha256(ofFile: path) == staged.sha256 } catch let failure as Failure { throw failure } catch {
      throw Failure(.native, path: path)
    }
  }

  private func replacement(
    of path: String, _ identity: FileIdentity, _ number: Int
  ) throws(Failure) -> any Replacement {
    if ObjectAddress(path) != nil { return try ObjectReplacement(of: path, identity) }
    return FileReplacement(of: path, identity, run: job.run, number: number)
  }

  private func rewrite(
    _ file: ErasePlan.File, _ number: Int, _ journal: EraseJournal
  ) async throws(Failure) -> Receipt.RewrittenFile.After {
    let path = path(of: file)
    let source = ArchiveFile(path: path, relative: file.path, size: file.identity.size.value)
    var input = try InputFile.open(path: path, digestKey: nil)
    let identity = input.identity
    guard try ErasePlan.Identity(identity, key: digestKey) == file.identity else { throw Failure(.changed) }
    guard identity.links == 1 || job.breaksHardLinks else { throw Failure(.hardLinked) }
    _ = try FileFormat.sniff(&input, limit: context.options.maxBlock)
    let replacement = try replacement(of: path, identity, number)
    let compression = input.compression
    let splicer = Splicer(input, to: try replacement.stage(compression: compression, checkKey: digestKey))
    let redacts = file.places.contains { $0.action == .redact || $0.action == .blank }
    var eraser = try EventEraser(
      context, file.places, splicer, file.counts.kept > 0 ? keeper : blanker, redacting: redacts ? closure.residue : nil, digestKey: digestKey)
    var outcome = FileOutcome(source)
    _ = try context.reader.read(source, &outcome, for: &eraser)
    let told = eraser.told
    let expectation = try eraser.finish()
    var after = Receipt.RewrittenFile.After()
    let written = try splicer.finish()
    after.sha256 = written.digest.hex
    after.size = written.size
    if identity.links > 1 { after.otherNames = Int(identity.links) - 1 }
    // Read back what the device was given: a write that only seemed to succeed shows here.
    try splicer.sync()
    let before = job.before[number]
    let staying = (held: file.counts.held + before[2], kept: file.counts.kept)
    let new = ArchiveFile(path: splicer.stagedPath, relative: file.path, size: after.size, place: path)
    if let retention = job.retention {
      after.events = try StagedCheck.run(
        AgeFinder(context, RetentionTypes(retention.terms, context.catalog), blankKey: blankKey), new, expectation, closure,
        context, told: told, digestKey: digestKey, check: written.check, before: (before[0], before[1]),
        staying: staying)
    } else {
      after.events = try StagedCheck.run(
        PersonFinder(context, closure.watch), new, expectation, closure, context, told: told,
        digestKey: digestKey, check: written.check, before: (before[0], before[1]), staying: staying)
    }
    try await journal.note(JournalStep(file: number, after: after))
    try splicer.commit(replacement, digest: after.sha256)
    // What came over the network is read back from where it is now; somebody may have written behind us, too.
    if ObjectAddress(path) != nil, !(try isDone(file, after)) { throw Failure(.changed, path: path) }
    try await journal.note(JournalStep(file: number, committed: true))
    return after
  }
}

extension EraseJob.Keep {
  var rule: Policy.Erasure.Keep {
    Policy.Erasure.Keep(events: events.map { Glob($0) }, fields: fields.map { Glob($0) }, basis: "", review: "")
  }
}

extension ErasePlan {
  /// Where a file is.
  func path(of file: File) -> String {
    let archive = archives[file.archive]
    return file.path.isEmpty ? archive : archive + "/" + file.path
  }
}
