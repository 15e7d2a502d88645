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
        case .unreadable, .notRegular, .changed, .header, .schema, .gzip: .unreadable
        default: .failed
        }
    }
    return outcome
  }

  /// Where a file's output goes.
  enum Target {
    case place(temporary: String, final: String)
    case standardOutput
    case nowhere
  }

  private mutating func scrub(
    _ file: ArchiveFile, to target: Target, _ outcome: inout FileOutcome
  ) throws(Failure) {
    var input =
      if case .standardOutput = target { InputFile.standardInput() } else {
        try InputFile.open(path: file.path, digestKey: context.stateKey)
      }
    let isStream = if case .standardOutput = target { true } else { false }
    outcome.bytesIn = input.identity.size
    let format = try sniff(&input)
    switch format {
    case .avro: try scrubAvro(&input, target, &outcome)
    case .lines(let prefix): try scrubLines(&input, prefix: prefix, target, &outcome)
    case .empty:
      outcome.status = .empty
    case .unsupported: throw Failure(.unsupported)
    }
    if isStream {
      outcome.bytesIn = input.bytesRead
      return
    }
    input.drain()
    outcome.sourceDigest = input.finishDigest()
  }

  // MARK: telling formats apart

  private enum Format {
    case avro
    /// Lines of JSON behind a byte order mark of `prefix` bytes.
    case lines(prefix: Int)
    case empty, unsupported
  }

  private mutating func sniff(_ input: inout InputFile) throws(Failure) -> Format {
    _ = try input.fill(4)
    if input.withWindow({ starts($0, with: [0x1f, 0x8b]) }) {
      try input.startGzip()
      _ = try input.fill(4)
    }
    if input.withWindow({ starts($0, with: AvroHeader.magic) }) { return .avro }
    if input.available == 0 { return .empty }
    let prefix = input.withWindow { starts($0, with: [0xef, 0xbb, 0xbf]) } ? 3 : 0
    return try sniffLines(&input, prefix: prefix)
  }

  /// Lines of JSON start with an object; a first line that only opens one is a document over several lines.
  private func sniffLines(_ input: inout InputFile, prefix: Int) throws(Failure) -> Format {
    var wanted = 256
    while true {
      let isWhole = try !input.fill(wanted)
      let found = input.withWindow { bytes -> Format? in
        var index = prefix
        while index < bytes.byteCount, [0x20, 0x09, 0x0a, 0x0d].contains(bytes.byte(at: index)) { index += 1 }
        guard index < bytes.byteCount else { return isWhole ? .empty : nil }
        guard bytes.byte(at: index) == UInt8(ascii: "{") else { return .unsupported }
        index += 1
        while index < bytes.byteCount, [0x20, 0x09, 0x0d].contains(bytes.byte(at: index)) { index += 1 }
        guard index < bytes.byteCount else { return isWhole ? .lines(prefix: prefix) : nil }
        return bytes.byte(at: index) == 0x0a ? .unsupported : .lines(prefix: prefix)
      }
      if let found { return found }
      if wanted > context.options.maxBlock { return .unsupported }
      wanted *= 2
    }
  }

  private func starts(_ bytes: borrowing RawSpan, with magic: [UInt8]) -> Bool {
    guard bytes.byteCount >= magic.count else { return false }
    for index in magic.indices where bytes.byte(at: index) != magic[index] { return false }
    return true
  }

  // MARK: output

  func output(_ target: Target, compressed: Bool) throws(Failure) -> StagedFile {
    switch target {
    case .place(let temporary, _): try .create(temporary: temporary, compressed: compressed)
    case .standardOutput: try .standardOutput(compressed: compressed)
    case .nowhere: try .discarding(compressed: compressed)
    }
  }

  /// Ends an output and gives it its name, unless the same bytes stand there already.
  func finish(
    _ output: inout StagedFile, _ target: Target, source: FileIdentity, _ outcome: inout FileOutcome
  ) throws(Failure) {
    outcome.digest = try output.finish().hex
    outcome.bytesOut = output.size
    guard case .place(_, let final) = target else { return }
    // A file that grew or was replaced while it was read is neither the old one nor the new one.
    if FileIdentity(path: outcome.file.path) != source { throw Failure(.changed) }
    if isSame(final, size: output.size, digest: outcome.digest) { return }
    try output.put(at: final, mode: source.mode & 0o666 & ~context.options.mask)
  }

  private func isSame(_ path: String, size: Int, digest: String) -> Bool {
    guard FileIdentity(path: path)?.size == size else { return false }
    return (try? sha256(ofFile: path)) == digest
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
