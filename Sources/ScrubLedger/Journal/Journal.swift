internal import Foundation
internal import Glibc

/// What a run is about to do, and how far it is: lines in a file of the state folder, each on the disk before the next
/// step is taken. It goes when all is done; one that is left tells the next run what to finish.
package struct Journal: ~Copyable {
  /// The folder of journals in the state folder.
  package static let folder = "journals"

  private let descriptor: Int32
  package let path: String
  private var size: Int

  /// Starts the journal of a run.
  ///
  /// - Parameter lines: what it begins with: all of it is on the disk when this returns, or there is no journal.
  package static func create(in stateFolder: String, run: String, _ lines: [[UInt8]]) throws(LedgerProblem) -> Journal {
    let folder = stateFolder + "/" + Self.folder
    guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw LedgerProblem(.journalUnwritable) }
    let path = folder + "/" + run + ".ndjson"
    let temporary = path + ".new"
    unsafe _ = unlink(temporary)
    let descriptor = unsafe open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw LedgerProblem(.journalUnwritable) }
    var journal = Journal(descriptor, path, size: 0)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw LedgerProblem(.journalUnwritable) }
    do throws(LedgerProblem) {
      for line in lines { try journal.write(line) }
      try journal.sync()
    } catch {
      unsafe _ = unlink(temporary)
      throw error
    }
    guard unsafe rename(temporary, path) == 0 else {
      unsafe _ = unlink(temporary)
      throw LedgerProblem(.journalUnwritable)
    }
    try syncFolder(folder)
    return journal
  }

  /// The journals that runs left behind, oldest first. Those of runs that are still on their way are not among them.
  package static func left(in stateFolder: String) -> [String] {
    let folder = stateFolder + "/" + Self.folder
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".ndjson") }.sorted().map { folder + "/" + $0 }
  }

  /// Opens a journal that was left behind.
  ///
  /// - Returns: the journal with its whole lines; nothing where its run is still on its way, or is done by now.
  package static func reopen(_ path: String) throws(LedgerProblem) -> Opened? {
    let descriptor = unsafe open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw LedgerProblem(.journalUnreadable)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, let data = FileManager.default.contents(atPath: path) else {
      close(descriptor)
      return nil
    }
    let end = data.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
    let lines = data[..<end].split(separator: 0x0a).map { Array($0) }
    return Opened(Journal(descriptor, path, size: end), lines: lines)
  }

  package struct Opened: ~Copyable {
    private let journal: Journal
    package let lines: [[UInt8]]

    fileprivate init(_ journal: consuming Journal, lines: [[UInt8]]) {
      self.journal = journal
      self.lines = lines
    }

    package consuming func takeJournal() -> Journal { journal }
  }

  private init(_ descriptor: Int32, _ path: String, size: Int) {
    self.descriptor = descriptor
    self.path = path
    self.size = size
  }

  deinit { close(descriptor) }

  /// Adds a line, which is on the disk when this returns.
  package mutating func append(_ line: [UInt8]) throws(LedgerProblem) {
    // What a power failure left of a line goes.
    guard ftruncate(descriptor, size) == 0 else { throw LedgerProblem(.journalUnwritable) }
    try write(line)
    try sync()
  }

  /// Removes the journal: all is done.
  package consuming func remove() throws(LedgerProblem) {
    guard unsafe unlink(path) == 0 || errno == ENOENT else { throw LedgerProblem(.journalUnwritable) }
    try Self.syncFolder(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
  }

  private mutating func write(_ line: [UInt8]) throws(LedgerProblem) {
    let bytes = line + [0x0a]
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
        return unsafe pwrite(descriptor, rest.baseAddress, rest.count, size + written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw LedgerProblem(.journalUnwritable) }
      written += count
    }
    size += bytes.count
  }

  private func sync() throws(LedgerProblem) {
    guard fsync(descriptor) == 0 else { throw LedgerProblem(.journalUnwritable) }
  }

  private static func syncFolder(_ path: String) throws(LedgerProblem) {
    let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw LedgerProblem(.journalUnwritable) }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw LedgerProblem(.journalUnwritable) }
  }
}
