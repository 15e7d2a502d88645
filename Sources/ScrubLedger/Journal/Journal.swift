internal import Foundation
internal import Glibc

/// What a run is about to do, and how far it is: lines in a file of the state folder, each on the disk before the next
/// step is taken. It goes when all is done; one that is left tells the next run what to finish.
package struct Journal: ~Copyable {
  /// The folder of journals in the state folder.
  package static let folder = "journals"

  package let path: String
  private var lines: SyncedLines

  /// Starts the journal of a run.
  ///
  /// - Parameter lines: what it begins with: all of it is on the disk when this returns, or there is no journal.
  package static func create(in stateFolder: String, run: String, _ lines: [[UInt8]]) throws(LedgerProblem) -> Journal {
    let folder = stateFolder + "/" + Self.folder
    guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw LedgerProblem(.journalUnwritable) }
    clearUnfinished(in: stateFolder)
    let path = folder + "/" + run + ".ndjson"
    let temporary = path + unfinished
    let descriptor = unsafe open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw LedgerProblem(.journalUnwritable) }
    var file = SyncedLines(descriptor, size: 0, failing: .journalUnwritable)
    do throws(LedgerProblem) {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw LedgerProblem(.journalUnwritable) }
      for line in lines { try file.append(line) }
    } catch {
      unsafe _ = unlink(temporary)
      throw error
    }
    // Linked and not renamed: no journal takes the place of another.
    let isLinked = unsafe link(temporary, path) == 0
    unsafe _ = unlink(temporary)
    guard isLinked else { throw LedgerProblem(.journalUnwritable) }
    try syncFolder(folder)
    return Journal(file, path)
  }

  /// Ends the name of a journal that is being begun.
  private static let unfinished = ".new"

  /// Removes names of journals whose runs died while they were begun: nothing had been done then, and what had its own name
  /// already keeps that.
  package static func clearUnfinished(in stateFolder: String) {
    let folder = stateFolder + "/" + Self.folder
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasSuffix(unfinished) {
      let descriptor = unsafe open(folder + "/" + name, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
      // Who is beginning one holds it.
      if descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unsafe _ = unlink(folder + "/" + name) }
      if descriptor >= 0 { close(descriptor) }
    }
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
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, let text = SyncedLines.whole(path) else {
      close(descriptor)
      return nil
    }
    return Opened(Journal(SyncedLines(descriptor, size: text.size, failing: .journalUnwritable), path), lines: text.lines)
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

  private init(_ lines: consuming SyncedLines, _ path: String) {
    self.lines = lines
    self.path = path
  }

  /// Adds a line, which is on the disk when this returns.
  package mutating func append(_ line: [UInt8]) throws(LedgerProblem) { try lines.append(line) }

  /// Removes the journal: all is done.
  package consuming func remove() throws(LedgerProblem) {
    guard unsafe unlink(path) == 0 || errno == ENOENT else { throw LedgerProblem(.journalUnwritable) }
    try Self.syncFolder(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
  }

  private static func syncFolder(_ path: String) throws(LedgerProblem) {
    let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw LedgerProblem(.journalUnwritable) }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw LedgerProblem(.journalUnwritable) }
  }
}
