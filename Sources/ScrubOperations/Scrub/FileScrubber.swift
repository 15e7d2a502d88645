internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// The way of one file: told apart, planned, passed over, written.
extension Worker {
  /// Scrubs a file into `temporary`, and puts it in place when all of it went well.
  mutating func scrub(_ file: ArchiveFile, to target: Target) -> FileOutcome {
    var outcome = FileOutcome(file)
    do throws(Failure) {
      try scrub(file, to: target, &outcome)
    } catch {
      var failure = error
      failure.path = file.relative
      outcome.failure = failure
      outcome.status =
        switch failure.code {
        case .unsupported, .codec: .unsupported
        case .otherPlan, .doesNotFit: .refused
        case let code where code.isOfStore: .unreadable
        case .unreadable, .notRegular, .changed, .header, .schema, .gzip, .zstd, .zstdWindow, .nameTooLong: .unreadable
        default: .failed
        }
    }
    return outcome
  }

  /// Where a file's output goes.
  enum Target {
    case place(temporary: String, final: String)
    case object(OutputStore)
    /// No folder takes a name like its own.
    case unnameable
    /// What comes from standard input; a dry run only reads it.
    case standardOutput(isDry: Bool)
    case nowhere

    var isStandardOutput: Bool { if case .standardOutput = self { true } else { false } }
  }

  private mutating func scrub(
    _ file: ArchiveFile, to target: Target, _ outcome: inout FileOutcome
  ) throws(Failure) {
    if let failure = context.options.barred[file.relative] { throw failure }
    if case .unnameable = target { throw Failure(.nameTooLong) }
    let interrupt = context.interrupt
    var input =
      if case .standardOutput = target { InputFile.standardInput { interrupt.isSet } } else {
        try InputFile.open(path: file.path, digestKey: context.digestKey)
      }
    if let expected = context.options.expected[file.relative], !expected.isSameState(as: input.identity) { throw Failure(.changed) }
    if let state = context.options.states[file.relative], state != FileState(input.identity) { throw Failure(.changed) }
    let isStream = target.isStandardOutput
    outcome.bytesIn = input.identity.size
    let format = try FileFormat.sniff(&input, limit: context.options.maxBlock)
    switch format {
    case .avro: try scrubAvro(&input, target, &outcome)
    case .json(let form, let prefix): try scrubJSON(&input, form, prefix: prefix, target, &outcome)
    case .empty:
      outcome.status = .empty
    case .unsupported: throw Failure(.unsupported)
    }
    if isStream {
      outcome.bytesIn = input.bytesRead
      return
    }
    input.drain()
    outcome.sourceDigest = try input.finishDigest()
  }

  // MARK: output

  func output(_ target: Target, _ compression: StreamCompression?) throws(Failure) -> StagedFile {
    switch target {
    case .place(let temporary, _): try .create(temporary: temporary, compression: compression)
    case .object: try .unnamed(compression: compression)
    case .standardOutput(isDry: false): try standardOutput(compression)
    case .nowhere, .unnameable, .standardOutput: try .discarding(compression: context.isProof ? nil : compression)
    }
  }

  private func standardOutput(_ compression: StreamCompression?) throws(Failure) -> StagedFile {
    var output = try StagedFile.standardOutput(compression: compression)
    output.isHeld = context.vault != nil
    return output
  }

  /// Has the vault hold what was offered, where that is much, or where an output that is held back has become so.
  mutating func settle(_ output: inout StagedFile) throws(Failure) {
    let isDue = output.heldCount >= StagedFile.pieceSize
    try storeOffers(beyond: isDue ? 0 : Self.largeOffer)
    if isDue { try output.release() }
  }

  /// Ends an output and gives it its name, unless the same bytes stand there already; the vault holds its originals
  /// before.
  mutating func finish(
    _ output: inout StagedFile, _ target: Target, source: FileIdentity, _ outcome: inout FileOutcome
  ) throws(Failure) {
    try storeOffers(beyond: 0)
    outcome.digest = try output.finish().hex
    outcome.bytesOut = output.size
    switch target {
    case .nowhere, .unnameable, .standardOutput: return
    case .place(_, let final):
      try checkWhole(source, outcome)
      if isSame(final, size: output.size, digest: outcome.digest) { return }
      // No sooner: their names may be what a file was kept back for.
      do { try StateKey.makeFolders(String(final[..<(final.utf8.lastIndex(of: UInt8(ascii: "/")) ?? final.endIndex)]), mode: 0o777) } catch {
        throw Failure(.unwritable, path: outcome.file.relative)
      }
      try output.put(at: final, mode: source.mode & 0o666 & ~context.options.mask)
    case .object(let store):
      try checkWhole(source, outcome)
      try store.put(output, digest: outcome.digest, at: outcome.file.relative)
    }
  }

  /// A file that grew or was replaced while it was read is neither the old one nor the new one.
  private func checkWhole(_ source: FileIdentity, _ outcome: FileOutcome) throws(Failure) {
    if !source.isWhole(at: outcome.file.path) { throw Failure(.changed) }
  }

  private func isSame(_ path: String, size: Int, digest: String) -> Bool {
    guard FileIdentity(path: path)?.size == size else { return false }
    return (try? sha256(ofFile: path)) == digest
  }
}

extension Board {
  /// Scrubs all files: each worker takes the next one until there is none.
  func scrub(_ context: RunContext, to targets: [Worker.Target]) async {
    let width = max(1, min(context.options.jobs, files.count))
    await withDiscardingTaskGroup { group in
      for _ in 0..<width {
        group.addTask {
          var worker = Worker(context)
          while !context.interrupt.isSet, let index = self.take() {
            let outcome = worker.scrub(self.files[index], to: targets[index])
            // A file on its way when the signal came is as it was, and is not told of.
            if !context.interrupt.isSet || outcome.failure == nil { self.finish(index, outcome) }
          }
        }
      }
    }
  }
}

/// SHA-256, hex, of a file's bytes.
func sha256(ofFile path: String) throws -> String {
  var input = try InputFile.open(path: path, digestKey: nil)
  let digest = try FileDigest()
  while try input.fill(1) {
    let count = input.available
    try input.withWindow { bytes in
      try unsafe bytes.withUnsafeBytes { bytes in try unsafe digest.update(bytes) }
    }
    input.consume(count)
  }
  return try digest.finish().hex
}
