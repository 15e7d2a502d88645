internal import Glibc

/// Writes zip archives by libarchive, which is loaded when the first one is made: only exports ask for it.
///
/// With a passphrase entries are encrypted as WinZip does (AES-256); names and sizes are not hidden. Without one, equal
/// files give equal bytes: no times, no owners.
package enum ZipArchive {
  /// A file as the archive names it, and where it stands.
  package struct Entry: Sendable {
    package let name: String
    package let path: String

    package init(name: String, path: String) {
      self.name = name
      self.path = path
    }
  }

  package enum Problem: Error, Hashable, Sendable {
    /// The library is not there.
    case noLibrary
    /// A file to be packed cannot be read, by its name in the archive.
    case unreadable(String)
    /// The archive cannot be written, or the library refused.
    case unwritable
  }

  /// Packs files into a new archive that only its owner can read.
  ///
  /// - Parameters:
  ///   - path: nothing may stand there; what was written is removed when packing fails.
  ///   - passphrase: encrypts the contents; without zeros in it.
  package static func write(
    _ entries: [Entry], to path: String, passphrase: SecretBytes? = nil
  ) throws(Problem) {
    guard let library = Library.shared else { throw .noLibrary }
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .unwritable }
    defer { close(descriptor) }
    do throws(Problem) {
      try ZipWriter(library, descriptor, passphrase).write(entries)
      guard fsync(descriptor) == 0 else { throw .unwritable }
    } catch {
      unsafe unlink(path)
      throw error
    }
  }
}

/// An archive being written.
private struct ZipWriter: ~Copyable {
  private let library: Library
  private let archive: UInt

  init(_ library: Library, _ descriptor: Int32, _ passphrase: SecretBytes?) throws(ZipArchive.Problem) {
    self.library = library
    archive = library.newArchive()
    guard archive != 0 else { throw .unwritable }
    let encryption = passphrase == nil ? "" : ",zip:encryption=aes256"
    guard library.setZip(archive) == 0,
      unsafe library.setOptions(archive, "zip:compression=deflate,zip:hdrcharset=UTF-8\(encryption)") == 0,
      passphrase.map({ setPassphrase($0) }) ?? true, library.openDescriptor(archive, descriptor) == 0
    else { throw .unwritable }
  }

  deinit { _ = library.free(archive) }

  /// The library copies the passphrase, and wipes its copy when it is freed.
  private func setPassphrase(_ passphrase: SecretBytes) -> Bool {
    let text = unsafe passphrase.withBytes { bytes in
      unsafe SecretBytes(count: bytes.count + 1) { memory in
        unsafe memory.copyMemory(from: bytes)
        unsafe memory[bytes.count] = 0
      }
    }
    return unsafe text.withBytes { bytes in unsafe library.setPassphrase(archive, bytes.baseAddress) } == 0
  }

  consuming func write(_ entries: [ZipArchive.Entry]) throws(ZipArchive.Problem) {
    for entry in entries { try write(entry) }
    guard library.close(archive) == 0 else { throw .unwritable }
  }

  private borrowing func write(_ entry: ZipArchive.Entry) throws(ZipArchive.Problem) {
    let descriptor = unsafe open(entry.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(entry.name) }
    defer { _ = Glibc.close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(entry.name)
    }
    let header = library.newEntry()
    guard header != 0 else { throw .unwritable }
    defer { library.freeEntry(header) }
    unsafe library.setName(header, entry.name)
    library.setSize(header, Int64(status.st_size))
    library.setType(header, UInt32(S_IFREG))
    library.setMode(header, 0o600)
    guard library.startEntry(archive, header) == 0 else { throw .unwritable }
    try copy(descriptor, Int(status.st_size), entry.name)
    guard library.endEntry(archive) == 0 else { throw .unwritable }
  }

  private borrowing func copy(_ descriptor: Int32, _ size: Int, _ name: String) throws(ZipArchive.Problem) {
    let room = unsafe UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { unsafe room.deallocate() }
    var rest = size
    while rest > 0 {
      let count = unsafe read(descriptor, room.baseAddress, min(room.count, rest))
      if count < 0 && errno == EINTR { continue }
      // A file that became shorter is not packed as if it were whole.
      guard count > 0 else { throw .unreadable(name) }
      guard unsafe library.writeData(archive, room.baseAddress, count) == count else { throw .unwritable }
      rest -= count
    }
  }
}

/// The calls of libarchive (version 3, `archive.h` and `archive_entry.h`) that are made. Archives and entries are
/// addresses, which only the library looks behind.
@safe private final class Library: Sendable {
  /// Nothing where the library is not installed.
  static let shared = Library()

  let newArchive: @convention(c) () -> UInt
  let newEntry: @convention(c) () -> UInt
  let free: @convention(c) (UInt) -> Int32
  let close: @convention(c) (UInt) -> Int32
  let setZip: @convention(c) (UInt) -> Int32
  let endEntry: @convention(c) (UInt) -> Int32
  let freeEntry: @convention(c) (UInt) -> Void
  let openDescriptor: @convention(c) (UInt, Int32) -> Int32
  let startEntry: @convention(c) (UInt, UInt) -> Int32
  let setOptions: @convention(c) (UInt, UnsafePointer<CChar>) -> Int32
  let setPassphrase: @convention(c) (UInt, UnsafeRawPointer?) -> Int32
  let writeData: @convention(c) (UInt, UnsafeRawPointer?, Int) -> Int
  let setName: @convention(c) (UInt, UnsafePointer<CChar>) -> Void
  let setSize: @convention(c) (UInt, Int64) -> Void
  let setType: @convention(c) (UInt, UInt32) -> Void
  let setMode: @convention(c) (UInt, UInt32) -> Void

  private init?() {
    // Never closed: the calls are made as long as the program runs.
    guard let handle = unsafe dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL) else { return nil }
    func call<Signature>(_ name: String, as type: Signature.Type) -> Signature? {
      guard let symbol = unsafe dlsym(handle, name) else { return nil }
      // The signatures are those of the header, which has not changed them since version 3.
      return unsafe unsafeBitCast(symbol, to: type)
    }
    guard let newArchive = call("archive_write_new", as: (@convention(c) () -> UInt).self),
      let newEntry = call("archive_entry_new", as: (@convention(c) () -> UInt).self),
      let free = call("archive_write_free", as: (@convention(c) (UInt) -> Int32).self),
      let close = call("archive_write_close", as: (@convention(c) (UInt) -> Int32).self),
      let setZip = call("archive_write_set_format_zip", as: (@convention(c) (UInt) -> Int32).self),
      let endEntry = call("archive_write_finish_entry", as: (@convention(c) (UInt) -> Int32).self),
      let freeEntry = call("archive_entry_free", as: (@convention(c) (UInt) -> Void).self),
      let openDescriptor = call("archive_write_open_fd", as: (@convention(c) (UInt, Int32) -> Int32).self),
      let startEntry = call("archive_write_header", as: (@convention(c) (UInt, UInt) -> Int32).self),
      let setOptions = unsafe call(
        "archive_write_set_options", as: (@convention(c) (UInt, UnsafePointer<CChar>) -> Int32).self),
      let setPassphrase = unsafe call(
        "archive_write_set_passphrase", as: (@convention(c) (UInt, UnsafeRawPointer?) -> Int32).self),
      let writeData = unsafe call(
        "archive_write_data", as: (@convention(c) (UInt, UnsafeRawPointer?, Int) -> Int).self),
      let setName = unsafe call(
        "archive_entry_set_pathname_utf8", as: (@convention(c) (UInt, UnsafePointer<CChar>) -> Void).self),
      let setSize = call("archive_entry_set_size", as: (@convention(c) (UInt, Int64) -> Void).self),
      let setType = call("archive_entry_set_filetype", as: (@convention(c) (UInt, UInt32) -> Void).self),
      let setMode = call("archive_entry_set_perm", as: (@convention(c) (UInt, UInt32) -> Void).self)
    else { return nil }
    (self.newArchive, self.newEntry, self.free, self.close) = (newArchive, newEntry, free, close)
    (self.setZip, self.endEntry, self.freeEntry) = (setZip, endEntry, freeEntry)
    (self.openDescriptor, self.startEntry) = (openDescriptor, startEntry)
    unsafe (self.setOptions, self.setPassphrase) = unsafe (setOptions, setPassphrase)
    unsafe (self.writeData, self.setName) = unsafe (writeData, setName)
    (self.setSize, self.setType, self.setMode) = (setSize, setType, setMode)
  }
}
