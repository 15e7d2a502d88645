internal import Glibc

/// The file of a database, before SQLite has it open. Later nobody else may open and close it in this process: that
/// would end SQLite's locks.
enum DatabaseFile {
  enum State { case absent, ours }

  /// Tells whether there is a database at a path. An empty file is what a process left that was killed while it made one.
  ///
  /// - Throws: `DatabaseFault` for a link or device, a file of another owner, or one that others may read.
  static func state(of path: String) throws(DatabaseFault) -> State {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return .absent }
      throw .unreadable
    }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
      throw .exposed
    }
    return status.st_size > 0 ? .ours : .absent
  }

  /// Makes an empty file for its owner's eyes only; SQLite gives the files beside it the same permissions.
  static func make(_ path: String) throws(DatabaseFault) {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw errno == ENOSPC ? .noSpace : .unwritable }
    close(descriptor)
  }

  /// Bytes of the database with the files beside it.
  static func size(of path: String) -> Int {
    ["", "-wal"].reduce(0) { sum, ending in
      var status = stat()
      return unsafe lstat(path + ending, &status) == 0 ? sum + Int(status.st_size) : sum
    }
  }

  /// Holds a folder while `body` runs, so that one process makes what another would make too.
  static func holding<Result>(
    _ folder: String, _ body: () throws(DatabaseFault) -> Result
  ) throws(DatabaseFault) -> Result {
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unwritable }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw .unwritable }
    }
    return try body()
  }
}
