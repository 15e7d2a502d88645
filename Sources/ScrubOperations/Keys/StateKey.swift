internal import Glibc
internal import ScrubLedger
package import ScrubNative

/// The key of the state folder, for digests that nobody else can check: of sources, and of what was withheld.
package enum StateKey {
  /// Reads the key, or makes it on first use.
  ///
  /// - Returns: the key and whether it was made now.
  /// - Throws: `KeyRefusal` when the file is exposed or damaged, or the key is not the one that what lies in the folder was
  ///   made under; `Problem` when the folder cannot be written.
  package static func obtain(in folder: String) throws -> (key: SecretBytes, isNew: Bool) {
    let path = folder + "/state.key"
    if let key = try proved(in: folder) { return (key, false) }
    try makeFolders(folder, mode: 0o700)
    // Two first runs at once make one key.
    let lock = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard lock >= 0 else { throw Problem.unwritable(folder) }
    defer { close(lock) }
    while flock(lock, LOCK_EX) != 0 {
      guard errno == EINTR else { throw Problem.unwritable(folder) }
    }
    if let key = try proved(in: folder) { return (key, false) }
    let key = try SecretBytes.random(count: 32)
    try KeyFile.write(key, to: path)
    return (key, true)
  }

  /// The key, as what was made under it proves; nothing where there is none, and nothing yet that was made under one.
  ///
  /// With another key nobody who was erased is known again.
  ///
  /// - Throws: `KeyRefusal`.
  static func proved(in folder: String) throws -> SecretBytes? {
    let path = folder + "/state.key"
    guard let key = try known(path) else {
      if !isUsed(folder) { return nil }
      // Another first run may have made it just now.
      if try known(path) == nil { throw KeyRefusal(code: .lostState) }
      return try proved(in: folder)
    }
    let evidenceKey = try StateFolder.evidenceKey(key)
    if try EvidenceLog.isWritten(in: folder, under: evidenceKey) == false { throw KeyRefusal(code: .otherState) }
    return key
  }

  /// Whether a folder has what was made under a key.
  private static func isUsed(_ folder: String) -> Bool {
    EvidenceLog.isBegun(in: folder) || SuppressionList.isThere(in: folder) || !Journal.left(in: folder).isEmpty
  }

  private static func known(_ path: String) throws -> SecretBytes? {
    guard unsafe access(path, F_OK) == 0 else { return nil }
    // What a killed first run may have left holds the same key.
    unsafe unlink(path + KeyFile.unfinished)
    return try KeyText.decode(MasterKey.file(path, inputs: []))
  }

  /// Reads the key where there is one, and makes none.
  package static func existing(in folder: String) -> SecretBytes? {
    guard let text = try? MasterKey.file(folder + "/state.key", inputs: []) else { return nil }
    return try? KeyText.decode(text)
  }

  package enum Problem: Error {
    case unwritable(String)
    case exists(String)
  }

  /// Makes a folder with all above it.
  package static func makeFolders(_ path: String, mode: UInt32) throws {
    if unsafe mkdir(path, mode) == 0 || errno == EEXIST { return }
    // Most often what is above is there already.
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw Problem.unwritable(path)
    }
    try makeFolders(String(path[..<slash]), mode: mode)
    guard unsafe mkdir(path, mode) == 0 || errno == EEXIST else { throw Problem.unwritable(path) }
  }
}

/// Files that hold a key: hex, one line, readable by their owner only, never replaced.
package enum KeyFile {
  /// Writes a key file whole or not at all: under a name of its own first, then linked to its place, where nothing
  /// may stand yet.
  package static func write(_ key: SecretBytes, to path: String) throws {
    try write(
      text: unsafe SecretBytes(count: key.count * 2 + 1) { memory in
        unsafe writeHex(key, to: memory)
        unsafe memory[memory.count - 1] = 0x0a
      }, to: path)
  }

  /// Writes a key file of another form in the same way.
  package static func write(text: SecretBytes, to path: String) throws {
    let temporary = path + unfinished
    unsafe unlink(temporary)
    try writeText(text, to: temporary)
    defer { unsafe _ = unlink(temporary) }
    guard unsafe link(temporary, path) == 0 else {
      throw errno == EEXIST ? StateKey.Problem.exists(path) : StateKey.Problem.unwritable(path)
    }
    try syncFolder(of: path)
  }

  /// Ends the name of a key that is being written.
  static let unfinished = ".new"

  /// Puts a text with keys in the place of another, whole or not at all, and wipes what stood there.
  ///
  /// The caller holds a lock, for the temporary name is always the same.
  static func replace(_ path: String, with text: SecretBytes) throws {
    let temporary = path + unfinished
    if unsafe access(temporary, F_OK) == 0 {
      wipe(unsafe open(temporary, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK), links: 1)
      unsafe unlink(temporary)
    }
    try writeText(text, to: temporary)
    let former = unsafe open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard unsafe rename(temporary, path) == 0 else {
      close(former)
      unsafe unlink(temporary)
      throw StateKey.Problem.unwritable(path)
    }
    do { try syncFolder(of: path) } catch {
      close(former)
      throw error
    }
    wipe(former, links: 0)
  }

  /// Overwrites a file with zeros and closes it, as far as the file system lets: no other name may lead to it.
  private static func wipe(_ descriptor: Int32, links: UInt) {
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == links
    else { return }
    let zeros = [UInt8](repeating: 0, count: 1 << 12)
    var offset = 0
    while offset < status.st_size {
      let count = unsafe pwrite(descriptor, zeros, min(zeros.count, status.st_size - offset), offset)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return }
      offset += count
    }
    fsync(descriptor)
  }

  /// Has the system write down what the folder of a file holds.
  static func syncFolder(of path: String) throws {
    let folder = unsafe open(path.lastIndex(of: "/").map { String(path[...$0]) } ?? ".", O_RDONLY | O_DIRECTORY)
    guard folder >= 0 else { throw StateKey.Problem.unwritable(path) }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw StateKey.Problem.unwritable(path) }
  }

  /// Writes a key as hex digits, lower case, twice as many as it has bytes.
  static func writeHex(_ key: SecretBytes, to memory: UnsafeMutableRawBufferPointer) {
    let digits = Array("0123456789abcdef".utf8)
    unsafe key.withBytes { bytes in
      for index in bytes.indices {
        unsafe memory[2 * index] = digits[Int(bytes[index] >> 4)]
        unsafe memory[2 * index + 1] = digits[Int(bytes[index] & 15)]
      }
    }
  }

  private static func writeText(_ text: SecretBytes, to path: String) throws {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StateKey.Problem.unwritable(path) }
    defer { close(descriptor) }
    guard unsafe text.withBytes({ unsafe isWritten($0, descriptor) }), fsync(descriptor) == 0 else {
      unsafe unlink(path)
      throw StateKey.Problem.unwritable(path)
    }
  }

  private static func isWritten(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32) -> Bool {
    var written = 0
    while written < bytes.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
      let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      written += count
    }
    return true
  }
}
