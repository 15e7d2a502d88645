internal import Glibc
package import ScrubNative

/// The evidence log of a state folder, held for writing: each line is bound to the one before by a MAC, so that none
/// can be changed, added, taken out or moved by anyone without the key.
package struct EvidenceLog: ~Copyable {
  /// The folder of its segments in the state folder.
  package static let folder = "evidence"

  private let segments: EvidenceSegments
  private let lock: Int32
  private let key: KeyedDigest
  private var head: EvidenceHead
  /// The last segment with its size in whole lines.
  private var last: (name: String, size: Int)

  /// Opens the log of a state folder, which exists, and waits until nobody else writes to it.
  ///
  /// - Throws: `LedgerProblem` when it cannot be written, or its last line is no line.
  package static func open(in stateFolder: String, key: SecretBytes) throws(LedgerProblem) -> EvidenceLog {
    let segments = EvidenceSegments(folder: stateFolder + "/" + folder)
    guard unsafe mkdir(segments.folder, 0o700) == 0 || errno == EEXIST else { throw LedgerProblem(.evidenceUnwritable) }
    let lock = unsafe Glibc.open(segments.folder + "/lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw LedgerProblem(.evidenceUnwritable) }
    do throws(LedgerProblem) {
      while flock(lock, LOCK_EX) != 0 {
        guard errno == EINTR else { throw LedgerProblem(.evidenceUnwritable) }
      }
      let (head, last) = try end(of: segments)
      let isWritable = unsafe access(segments.folder, W_OK) == 0 && (last.name.isEmpty || access(segments.folder + "/" + last.name, W_OK) == 0)
      guard isWritable else { throw LedgerProblem(.evidenceUnwritable) }
      return EvidenceLog(segments, lock, try digest(key), head, last)
    } catch {
      close(lock)
      throw error
    }
  }

  private init(
    _ segments: EvidenceSegments, _ lock: Int32, _ key: KeyedDigest, _ head: EvidenceHead, _ last: (name: String, size: Int)
  ) {
    self.segments = segments
    self.lock = lock
    self.key = key
    self.head = head
    self.last = last
  }

  private static func digest(_ key: SecretBytes) throws(LedgerProblem) -> KeyedDigest {
    do throws(NativeError) { return try KeyedDigest(key) } catch { throw LedgerProblem(.evidenceUnwritable) }
  }

  /// The last line, and the last segment with its size in whole lines.
  private static func end(
    of segments: EvidenceSegments
  ) throws(LedgerProblem) -> (head: EvidenceHead, last: (name: String, size: Int)) {
    var last = (name: "", size: 0)
    // A segment without a line was made by a process that was killed before it wrote one.
    for name in segments.names().reversed() {
      let (lines, size, _) = try segments.lines(of: name)
      if last.name.isEmpty { last = (name, size) }
      guard let text = lines.last else { continue }
      guard let line = EvidenceLine(text), let entry = line.entry else { throw LedgerProblem(.evidenceDamaged) }
      return (EvidenceHead(sequence: entry.sequence, mac: line.mac), last)
    }
    return (EvidenceHead.start, last)
  }

  // MARK: what it proves of its folder

  /// Whether the last line of a log was made under a key, as it stands behind the one before; nothing where there is no
  /// line, or none before it any more.
  package static func isWritten(in stateFolder: String, under key: SecretBytes) throws(LedgerProblem) -> Bool? {
    let segments = EvidenceSegments(folder: stateFolder + "/" + folder)
    var last: EvidenceLine?
    for name in segments.names().reversed() {
      for text in try segments.lines(of: name).lines.reversed() {
        guard let line = EvidenceLine(text), let entry = line.entry else { return false }
        guard let behind = last else {
          last = line
          if entry.sequence == 1 { return try line.stands(after: EvidenceHead.start, try digest(key)) }
          continue
        }
        return try behind.stands(after: EvidenceHead(sequence: entry.sequence, mac: line.mac), try digest(key))
      }
    }
    // What stood before it expired.
    guard let last, let told = last.entry?.expired, let before = EvidenceHead(text: told) else { return nil }
    return try last.stands(after: before, try digest(key))
  }

  /// Whether a log has a line.
  package static func isBegun(in stateFolder: String) -> Bool {
    let segments = EvidenceSegments(folder: stateFolder + "/" + folder)
    return segments.names().contains { (try? segments.lines(of: $0).lines.isEmpty) != true }
  }

  /// Whether a log tells of people who were erased, or of whom nothing was there to be erased yet.
  package static func tellsOfErasures(in stateFolder: String) throws(LedgerProblem) -> Bool {
    let segments = EvidenceSegments(folder: stateFolder + "/" + folder)
    for name in segments.names() {
      for text in try segments.lines(of: name).lines {
        guard let entry = EvidenceLine(text)?.entry, entry.command == "erase", entry.result != "REFUSED" else { continue }
        return true
      }
    }
    return false
  }

  deinit { close(lock) }

  /// The number and MAC of the last line, as receipts carry it.
  package var headText: String { head.text }

  /// Appends a line, which is on the disk when this returns.
  ///
  /// - Parameter entry: sequence, time and actor are set here.
  package mutating func append(_ entry: EvidenceEntry) throws(LedgerProblem) { try append([entry]) }

  /// Appends a line for each entry; all of them are on the disk when this returns.
  package mutating func append(_ entries: [EvidenceEntry]) throws(LedgerProblem) {
    let (time, actor) = (Self.now(), Self.user())
    var head = head
    var bytes: [UInt8] = []
    for var entry in entries {
      let (sequence, isTooMany) = head.sequence.addingReportingOverflow(1)
      if isTooMany { throw LedgerProblem(.evidenceDamaged) }
      entry.sequence = sequence
      entry.time = time
      entry.actor = actor
      let line: EvidenceLine
      do { line = try EvidenceLine(entry, after: head, key: key) } catch { throw LedgerProblem(.evidenceUnwritable) }
      bytes += line.bytes
      head = EvidenceHead(sequence: sequence, mac: line.mac)
    }
    // A clock that was set back opens no earlier segment.
    let name = max(EvidenceSegments.name(of: time), last.name)
    let size = name == last.name ? last.size : 0
    try write(bytes, to: name, at: size)
    self.head = head
    last = (name, size + bytes.count)
  }

  /// Removes whole segments that are older than they are kept; a line tells with which head they ended, so that what is
  /// left can be proved as before.
  ///
  /// - Parameter month: `2026-11`: the first that stays.
  /// - Returns: how many went.
  package mutating func expire(before month: String) throws(LedgerProblem) -> Int {
    let names = segments.names()
    let old = names.filter { $0.prefix(7) < month && $0 != last.name }
    if old.isEmpty { return 0 }
    var entry = EvidenceEntry(command: "evidence expire")
    var lineCount = 0
    for name in old {
      let lines = try segments.lines(of: name).lines
      lineCount += lines.count
      guard let text = lines.last else { continue }
      guard let line = EvidenceLine(text), let last = line.entry else { throw LedgerProblem(.evidenceDamaged) }
      entry.expired = EvidenceHead(sequence: last.sequence, mac: line.mac).text
    }
    entry.counts = ["segments": old.count, "lines": lineCount]
    try append(entry)
    // Oldest first: what a crash leaves is the end of what expired.
    for name in old { unsafe unlink(segments.folder + "/" + name) }
    guard syncFolder() else { throw LedgerProblem(.evidenceUnwritable) }
    return old.count
  }

  /// Writes behind the whole lines of a segment: what a power failure left behind them goes.
  private func write(_ bytes: [UInt8], to name: String, at size: Int) throws(LedgerProblem) {
    let path = segments.folder + "/" + name
    let descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw LedgerProblem(.evidenceUnwritable) }
    defer { close(descriptor) }
    guard ftruncate(descriptor, size) == 0 else { throw LedgerProblem(.evidenceUnwritable) }
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
        return unsafe pwrite(descriptor, rest.baseAddress, rest.count, size + written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        _ = ftruncate(descriptor, size)
        throw LedgerProblem(.evidenceUnwritable)
      }
      written += count
    }
    guard fsync(descriptor) == 0, size > 0 || syncFolder() else { throw LedgerProblem(.evidenceUnwritable) }
  }

  private func syncFolder() -> Bool {
    let folder = unsafe Glibc.open(segments.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return false }
    defer { close(folder) }
    return fsync(folder) == 0
  }

  // MARK: who and when

  /// `2026-11-25T13:45:00Z`.
  package static func now() -> String {
    var clock = time(nil)
    var parts = unsafe tm()
    unsafe gmtime_r(&clock, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let day = unsafe [parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday].map(two)
    let time = unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec].map(two)
    return "\(day.joined(separator: "-"))T\(time.joined(separator: ":"))Z"
  }

  /// The name of the account that runs the program.
  package static func user() -> String {
    var room = [CChar](repeating: 0, count: 4096)
    var entry = unsafe passwd()
    var found: UnsafeMutablePointer<passwd>?
    guard unsafe getpwuid_r(geteuid(), &entry, &room, room.count, &found) == 0, unsafe found != nil,
      let name = unsafe entry.pw_name
    else { return "uid \(geteuid())" }
    return unsafe String(cString: name)
  }
}
