internal import Glibc
internal import ScrubCore
package import ScrubNative

/// A file being written: under a temporary name until it is put in place, without a name until it is sent, or straight to
/// standard output.
///
/// Takes what it is given in large pieces, compresses it where asked, and digests what it stores.
package struct StagedFile: ~Copyable {
  private let descriptor: Int32
  private let temporary: String
  private let digest: FileDigest
  /// For whoever reads the file back.
  private let check: KeyedFileDigest?
  private let shrinker: (any StreamShrinker)?
  private var room: ByteSink
  private var pending = ByteSink(capacity: 1 << 18)
  /// Whether nothing leaves before `release`, for something else must be on the disk first.
  package var isHeld = false
  /// Whether there is no temporary name, or none any more.
  private var isNameless = false
  private let isStream: Bool
  /// Bytes stored so far.
  package private(set) var size = 0

  package static let pieceSize = 1 << 18

  /// A new file under a temporary name, readable by its owner only until it is put in place.
  ///
  /// - Parameter checkKey: for a keyed digest too of what is stored, which is made in a fraction of the time.
  package static func create(
    temporary path: String, compression: StreamCompression? = nil, checkKey: FileDigestKey? = nil
  ) throws(Failure) -> StagedFile {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure(errno == ENOSPC ? .noSpace : .unwritable, path: path) }
    return try start(descriptor, path, isStream: false, compression, checkKey)
  }

  /// A new file without a name, for what is sent elsewhere when it is whole; gone with this value.
  ///
  /// - Parameter checkKey: for a keyed digest too of what is stored.
  package static func unnamed(
    compression: StreamCompression? = nil, checkKey: FileDigestKey? = nil
  ) throws(Failure) -> StagedFile {
    let folder = environment("TMPDIR") ?? "/var/tmp"
    let descriptor = openUnnamed(in: folder)
    guard descriptor >= 0 else { throw Failure(errno == ENOSPC ? .noSpace : .unwritable, path: folder) }
    var file = try start(descriptor, folder, isStream: false, compression, checkKey)
    file.isNameless = true
    return file
  }

  /// Where files without a name stand for the process that holds them.
  static let namelessFolder = "/proc/self/fd/"

  /// By which the file can be read back before it has its name, while this value lives.
  package var path: String { isNameless ? Self.namelessFolder + "\(descriptor)" : temporary }

  /// Standard output.
  package static func standardOutput(compression: StreamCompression? = nil) throws(Failure) -> StagedFile {
    try start(1, "-", isStream: true, compression)
  }

  /// A file that is made and forgotten, for a run that only shows what it would do.
  package static func discarding(compression: StreamCompression? = nil) throws(Failure) -> StagedFile {
    try start(-1, "-", isStream: true, compression)
  }

  private static func start(
    _ descriptor: Int32, _ path: String, isStream: Bool, _ compression: StreamCompression?, _ checkKey: FileDigestKey? = nil
  ) throws(Failure) -> StagedFile {
    do throws(NativeError) {
      let check: KeyedFileDigest? = if let checkKey { try KeyedFileDigest(checkKey) } else { nil }
      return StagedFile(descriptor, path, isStream: isStream, try FileDigest(), check, try compression?.shrinker())
    } catch {
      if !isStream { close(descriptor) }
      throw Failure(.native, path: path)
    }
  }

  private init(
    _ descriptor: Int32, _ path: String, isStream: Bool, _ digest: FileDigest, _ check: KeyedFileDigest?,
    _ shrinker: (any StreamShrinker)?
  ) {
    self.descriptor = descriptor
    temporary = path
    self.isStream = isStream
    self.digest = digest
    self.check = check
    self.shrinker = shrinker
    room = ByteSink(capacity: shrinker == nil ? 64 : Self.pieceSize)
  }

  deinit {
    if isStream { return }
    close(descriptor)
    if !isNameless { unsafe _ = unlink(temporary) }
  }

  /// How much is held back, in bytes; nothing where everything leaves when it will.
  package var heldCount: Int { isHeld ? pending.count : 0 }

  /// Lets go what is held back.
  package mutating func release() throws(Failure) { try flush() }

  package mutating func write(_ bytes: borrowing RawSpan) throws(Failure) {
    if bytes.byteCount >= Self.pieceSize / 4 && !isHeld {
      try flush()
      try unsafe bytes.withUnsafeBytes { (bytes) throws(Failure) in try unsafe take(bytes, last: false) }
    } else {
      pending.append(bytes, 0..<bytes.byteCount)
      if pending.count >= Self.pieceSize && !isHeld { try flush() }
    }
  }

  package mutating func write(_ bytes: [UInt8]) throws(Failure) {
    pending.append(bytes)
    if pending.count >= Self.pieceSize && !isHeld { try flush() }
  }

  private mutating func flush() throws(Failure) {
    // Taken out while it is written, since writing changes the rest of the file.
    var full = ByteSink(capacity: 64)
    swap(&full, &pending)
    try unsafe full.withUnsafeBytes { (bytes) throws(Failure) in try unsafe take(bytes, last: false) }
    full.removeAll()
    swap(&full, &pending)
  }

  /// Ends the file: everything is handed to the system, and the digest of what was stored is known.
  package mutating func finish() throws(Failure) -> Digest256 {
    try flush()
    if shrinker != nil { try unsafe take(UnsafeRawBufferPointer(start: nil, count: 0), last: true) }
    do throws(NativeError) { return try digest.finish() } catch { throw Failure(.native, path: temporary) }
  }

  /// The keyed digest of what was stored, once the file is ended; nothing where none was asked for.
  package func finishCheck() throws(Failure) -> String? {
    do throws(NativeError) { return try check?.finish().hex } catch { throw Failure(.native, path: temporary) }
  }

  /// Gives the file its permissions and its name, replacing what bears it.
  package mutating func put(at path: String, mode: UInt32) throws(Failure) {
    guard fchmod(descriptor, mode) == 0 else { throw Failure(.unwritable, path: path) }
    try put(at: path)
  }

  /// Gives the file its name, replacing what bears it.
  package mutating func put(at path: String) throws(Failure) {
    guard unsafe rename(temporary, path) == 0 else { throw Failure(.unwritable, path: path) }
    isNameless = true
  }

  /// What was stored, once the file is ended, to be sent elsewhere while this value lives; of a file without a name.
  var source: ObjectSource { .file(descriptor: descriptor, size: size) }

  /// Leaves the file under its temporary name, for one who reads it on and removes it.
  ///
  /// - Parameter mode: permission bits.
  package mutating func keep(mode: UInt32) throws(Failure) {
    guard fchmod(descriptor, mode) == 0 else { throw Failure(.unwritable, path: temporary) }
    isNameless = true
  }

  /// Hands what was stored to the device.
  package func sync() throws(Failure) {
    guard fsync(descriptor) == 0 else { throw Failure(.unwritable, path: temporary) }
  }

  /// Takes over owner, extended attributes and mode of a file, in this order: none of them gives anybody more than the
  /// file itself did while the others are missing.
  ///
  /// - Throws: `Failure` where one of them cannot be taken over, or the file is another by now.
  package func takeOver(from path: String, _ source: FileIdentity) throws(Failure) {
    let original = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard original >= 0 else { throw Failure(errno == ELOOP ? .notRegular : .unreadable, path: path) }
    defer { close(original) }
    var status = stat()
    guard FileIdentity(descriptor: original) == source, unsafe fstat(original, &status) == 0 else {
      throw Failure(.changed, path: path)
    }
    var own = stat()
    guard unsafe fstat(descriptor, &own) == 0 else { throw Failure(.unwritable, path: temporary) }
    if own.st_uid != status.st_uid || own.st_gid != status.st_gid {
      guard fchown(descriptor, status.st_uid, status.st_gid) == 0 else { throw Failure(.owner, path: path) }
    }
    guard copyAttributes(from: original, to: descriptor), fchmod(descriptor, status.st_mode & 0o7777) == 0 else {
      throw Failure(.owner, path: path)
    }
  }

  // MARK: storing

  private mutating func take(_ bytes: UnsafeRawBufferPointer, last: Bool) throws(Failure) {
    guard let shrinker else { return try unsafe store(bytes) }
    var failure: Failure?
    let (descriptor, temporary, digest, check) = (descriptor, temporary, digest, check)
    var size = 0
    var isDone = true
    unsafe room.withRoom(Self.pieceSize) { room in
      isDone = unsafe shrinker.shrink(bytes, last: last, through: room) { piece in
        if failure == nil { failure = unsafe Self.store(piece, descriptor, temporary, digest, check) }
        size += piece.count
      }
      return 0
    }
    if let failure { throw failure }
    guard isDone else { throw Failure(.native, path: temporary) }
    self.size += size
  }

  private mutating func store(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    if let failure = unsafe Self.store(bytes, descriptor, temporary, digest, check) { throw failure }
    size += bytes.count
  }

  private static func store(
    _ bytes: UnsafeRawBufferPointer, _ descriptor: Int32, _ path: String, _ digest: FileDigest, _ check: KeyedFileDigest?
  ) -> Failure? {
    do throws(NativeError) {
      try unsafe digest.update(bytes)
      try unsafe check?.update(bytes)
    } catch {
      return Failure(.native, path: path)
    }
    if descriptor < 0 { return nil }
    var written = 0
    while written < bytes.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
      let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EPIPE { return Failure(.readerGone, path: path) }
        return Failure(errno == ENOSPC || errno == EDQUOT ? .noSpace : .unwritable, path: path)
      }
      written += count
    }
    return nil
  }
}
