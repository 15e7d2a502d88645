internal import Foundation
internal import Glibc
package import ScrubArchive

/// A small file that the caller names: read whole, written whole or not at all.
package enum GivenFile {
  /// The most that is read, in bytes.
  package static let limit = 8 << 20

  /// Tells a file from what it was before, or from another in its place, be it behind a link; empty where there is none.
  static func stamp(_ path: String) -> String {
    FileIdentity(path: realPath(path)).map { "\($0.inode) \($0.size) \($0.changed)" } ?? ""
  }

  /// How long somebody may take to open a pipe, in milliseconds.
  private static let writerWait: Int32 = 2_000

  /// Everything in a file, or in standard input for `-`. A pipe, such as `<(...)` of a shell makes, is read to its end; one
  /// that nobody writes into is empty.
  ///
  /// - Throws: `Failure` when it is not there, cannot be read, or is larger than the limit.
  package static func read(_ name: String, limit: Int = limit) throws(Failure) -> [UInt8] {
    let isInput = name == "-"
    // Opened otherwise, a pipe waits for a writer, who may never come.
    let descriptor = isInput ? STDIN_FILENO : unsafe open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw Failure(errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable, path: name)
    }
    defer { if !isInput { close(descriptor) } }
    var bytes: [UInt8] = []
    var room = [UInt8](repeating: 0, count: min(limit + 1, 1 << 16))
    var waited = isInput
    while bytes.count <= limit {
      let count = unsafe Glibc.read(descriptor, &room, room.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 && errno == EAGAIN {
        // There is a writer, who has nothing to say yet.
        wait(for: descriptor, -1)
        continue
      }
      guard count >= 0 else { throw Failure(.unreadable, path: name) }
      if count == 0 && bytes.isEmpty && !waited && isPipe(descriptor) {
        waited = true
        wait(for: descriptor, writerWait)
        continue
      }
      if count == 0 { break }
      bytes += room[..<count]
    }
    guard bytes.count <= limit else { throw Failure(.tooLarge, path: name) }
    return bytes
  }

  private static func isPipe(_ descriptor: Int32) -> Bool {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
  }

  /// Waits until there is something to be read, or its end; no longer than some milliseconds, or -1 for as long as it takes.
  private static func wait(for descriptor: Int32, _ milliseconds: Int32) {
    var asked = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    _ = unsafe poll(&asked, 1, milliseconds)
  }

  /// Everything in a file as text; bytes that are not UTF-8 are refused.
  package static func readText(_ name: String) throws(Failure) -> String {
    guard let text = String(validating: try read(name), as: UTF8.self) else { throw Failure(.notText, path: name) }
    return text
  }

  /// Writes a file under a temporary name beside its own, and gives it its name when it is whole.
  ///
  /// - Parameter mode: its permissions, whatever is masked (default: what the mask leaves of those of all).
  package static func write(_ text: String, to path: String, mode: UInt32? = nil) throws(Failure) {
    let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    if let kind, kind != .typeRegular { throw Failure(.notRegular, path: path) }
    let mask = umask(0)
    umask(mask)
    do throws(Failure) {
      var file = try StagedFile.create(temporary: "\(path).\(getpid()).tmp")
      try file.write(Array(text.utf8))
      _ = try file.finish()
      try file.put(at: path, mode: mode ?? 0o666 & ~mask)
    } catch {
      throw Failure(error.code, path: path)
    }
  }

  /// Writes a page that the caller names, in the place of a page at most.
  package static func writePage(_ page: String, to path: String) throws(Failure) {
    try refuseOther(than: "<!doctype html>", at: path)
    try write(page, to: path)
  }

  /// Refuses to take the place of what is not of the sort that is written: a key, a policy, a request.
  ///
  /// - Parameter start: how such files begin, whatever the case of letters; an empty file is none of anybody's.
  package static func refuseOther(than start: String, at path: String) throws(Failure) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var room = [UInt8](repeating: 0, count: start.utf8.count)
    let count = unsafe pread(descriptor, &room, room.count, 0)
    if count > 0 && String(decoding: room[..<count], as: UTF8.self).lowercased() != start.lowercased() { throw Failure(.exists, path: path) }
  }

  /// The folder that a file stands in; empty for the working folder.
  package static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<path.index(after: $0)]) } ?? ""
  }

  /// A path as a file beside `path` names it; the address of something elsewhere is the same everywhere.
  package static func beside(_ path: String, _ name: String) -> String {
    name.hasPrefix("/") || StoreAddresses.isAddress(name) ? name : folder(of: path) + name
  }
}
