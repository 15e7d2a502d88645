internal import Glibc
internal import ScrubCore
package import ScrubNative

/// A file or an object of a store that is read once from front to back, through a window that grows to what a block or
/// line needs.
///
/// Files are read, not mapped: mapped pages would count as memory of the process, and a file cut short while it
/// is mapped would kill it.
package struct InputFile: ~Copyable {
  package let identity: FileIdentity
  private let source: Source
  private let path: String
  private var window = ByteSink(capacity: InputFile.chunk + 64)
  private var head = 0
  private var atEnd = false
  /// Stored bytes read so far.
  package private(set) var bytesRead = 0
  private var stream: Stream?
  private let digest: KeyedFileDigest?

  /// How much is read at a time: so little that a chunk and what becomes of it stay in a core's cache.
  package static let chunk = 1 << 18

  /// Where the stored bytes come from.
  private enum Source {
    case descriptor(Int32)
    /// Standard input, until somebody wishes to stop: what comes from a pipe may never come.
    case pipe(isStopped: @Sendable () -> Bool)
    case object(ObjectReading)

    /// Reads what comes next; 0 at the end.
    func read(_ buffer: UnsafeMutableRawBufferPointer, limit: Int, _ path: String) throws(Failure) -> Int {
      switch self {
      case .descriptor(let descriptor):
        let count = unsafe readRetrying(descriptor, buffer, limit: limit)
        if count < 0 { throw Failure(.unreadable, path: path) }
        return count
      case .pipe(let isStopped):
        var state = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        var ready: Int32 = 0
        repeat {
          if isStopped() { throw Failure(.interrupted, path: path) }
          ready = unsafe poll(&state, 1, 100)
        } while ready == 0 || (ready < 0 && errno == EINTR)
        return try unsafe Source.descriptor(0).read(buffer, limit: limit, path)
      case .object(let reading): return try unsafe reading.read(buffer, limit: limit)
      }
    }
  }

  /// Opens a file, or an object where the path is the address of one.
  ///
  /// - Parameter digestKey: for the keyed digest of the file's bytes; nothing leaves the digest out.
  /// - Throws: `Failure` when the file is missing, no regular file, or not to be read.
  package static func open(path: String, digestKey: FileDigestKey?) throws(Failure) -> InputFile {
    let digest: KeyedFileDigest?
    do throws(NativeError) {
      digest = if let digestKey { try KeyedFileDigest(digestKey) } else { nil }
    } catch {
      throw Failure(.native, path: path)
    }
    if let address = ObjectAddress(path) {
      let reading = try ObjectReading(address)
      return InputFile(.object(reading), path, reading.identity, digest)
    }
    // A file without a name has but a link that leads to it.
    let following = path.hasPrefix(StagedFile.namelessFolder) ? 0 : O_NOFOLLOW
    let descriptor = unsafe Glibc.open(path, O_RDONLY | following | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Failure(errno == ELOOP ? .notRegular : .unreadable, path: path) }
    guard let identity = FileIdentity(descriptor: descriptor) else {
      close(descriptor)
      throw Failure(.notRegular, path: path)
    }
    return InputFile(.descriptor(descriptor), path, identity, digest)
  }

  private init(_ source: Source, _ path: String, _ identity: FileIdentity, _ digest: KeyedFileDigest?) {
    self.source = source
    self.path = path
    self.identity = identity
    self.digest = digest
  }

  /// Standard input.
  ///
  /// - Parameter isStopped: asked while nothing comes; nothing where signals end the program.
  package static func standardInput(isStopped: (@Sendable () -> Bool)? = nil) -> InputFile {
    InputFile(isStopped.map { .pipe(isStopped: $0) } ?? .descriptor(0), "-", FileIdentity(), nil)
  }

  deinit { if case .descriptor(let descriptor) = source, descriptor > 0 { close(descriptor) } }

  /// From here on the bytes are expanded.
  ///
  /// - Parameter windowLimit: bytes of earlier output that a zstd stream may ask to be kept.
  package mutating func startExpanding(_ compression: StreamCompression, windowLimit: Int) throws(Failure) {
    do throws(NativeError) {
      let stream = Stream(compression, try compression.expander(windowLimit: windowLimit))
      // What was read so far is compressed bytes.
      stream.stored.append(window.bytes, head..<window.count)
      self.stream = stream
    } catch {
      throw Failure(.native, path: path)
    }
    window.removeAll()
    head = 0
    // What was read of the file may be all of it, but is not all that it expands to.
    atEnd = false
  }

  /// The compression around the bytes, if there is one.
  package var compression: StreamCompression? { stream?.compression }

  /// The number of bytes at hand.
  package var available: Int { window.count - head }

  /// Calls `body` with the bytes at hand and the place where they start.
  package func withWindow<Result: ~Copyable, Failing: Error>(
    _ body: (borrowing RawSpan) throws(Failing) -> Result
  ) throws(Failing) -> Result {
    let bytes = window.bytes
    let rest = bytes.extracting(head..<bytes.byteCount)
    return try body(rest)
  }

  package mutating func consume(_ count: Int) {
    precondition((0...available).contains(count))
    head += count
  }

  /// Reads until `count` bytes are at hand.
  ///
  /// - Returns: false when the file ends before.
  package mutating func fill(_ count: Int) throws(Failure) -> Bool {
    while available < count {
      if atEnd { return false }
      try readMore(count)
    }
    return true
  }

  /// The same for who looks ahead: where the file is damaged behind what is at hand, the damage is told when all of that
  /// was consumed.
  package mutating func lookAhead(_ count: Int) throws(Failure) -> Bool {
    do throws(Failure) { return try fill(count) } catch {
      if available == 0 { throw error }
      return false
    }
  }

  /// Whether nothing is at hand and nothing follows.
  package mutating func isAtEnd() throws(Failure) -> Bool { try !fill(1) }

  /// The keyed digest of the stored bytes, once all are read.
  package mutating func finishDigest() throws(Failure) -> String? {
    do throws(NativeError) { return try digest?.finish().hex } catch { throw Failure(.native, path: path) }
  }

  /// Reads what is left, for the digest, without keeping it.
  package mutating func drain() {
    while !atEnd {
      consume(available)
      do throws(Failure) { try readMore(1) } catch { return }
    }
  }

  private mutating func readMore(_ wanted: Int) throws(Failure) {
    if head > 0 {
      window.removeFirst(head)
      head = 0
    }
    if stream != nil { return try expandMore() }
    let room = max(wanted - window.count, Self.chunk)
    let count = try Self.take(room, from: source, into: &window, digest, path)
    bytesRead += count
    if count == 0 { atEnd = true }
  }

  /// Appends what comes next of the stored bytes, and digests it.
  private static func take(
    _ room: Int, from source: Source, into sink: inout ByteSink, _ digest: KeyedFileDigest?, _ path: String
  ) throws(Failure) -> Int {
    var count = 0
    try unsafe sink.withRoom(room) { (buffer) throws(Failure) in
      count = try unsafe source.read(buffer, limit: room, path)
      if count > 0 { try unsafe note(digest, UnsafeRawBufferPointer(rebasing: buffer[..<count]), path) }
      return count
    }
    return count
  }

  private static func note(
    _ digest: KeyedFileDigest?, _ bytes: UnsafeRawBufferPointer, _ path: String
  ) throws(Failure) {
    do throws(NativeError) { try unsafe digest?.update(bytes) } catch { throw Failure(.native, path: path) }
  }

  // MARK: compressed streams

  /// What expanding a stream needs; a class because the window is written while it is read.
  private final class Stream {
    let compression: StreamCompression
    let expander: any StreamExpander
    var stored = ByteSink(capacity: InputFile.chunk + 64)
    /// Whether bytes of the member at hand were read.
    var inMember = true
    /// Whether the expander filled its output and may hold more, whether or not more is read.
    var mayHoldMore = false
    var expandedBytes = 0
    /// The damage behind what was expanded.
    var problem: Failure?

    init(_ compression: StreamCompression, _ expander: any StreamExpander) {
      self.compression = compression
      self.expander = expander
    }

    var damage: FailureCode { compression == .gzip ? .gzip : .zstd }
  }

  /// Expands one chunk; a member that ends is followed by the next, by zero padding, or by the end.
  private mutating func expandMore() throws(Failure) {
    guard let stream else { return }
    if let problem = stream.problem { throw problem }
    while true {
      if stream.stored.count == 0 && !stream.mayHoldMore {
        let count = try Self.take(Self.chunk, from: source, into: &stream.stored, digest, path)
        bytesRead += count
        if count == 0 {
          if stream.inMember {
            let problem = Failure(stream.damage, path: path, place: "ends early, at byte \(bytesRead)")
            stream.problem = problem
            throw problem
          }
          atEnd = true
          return
        }
      }
      if !stream.inMember {
        if stream.expander.allowsPadding {
          let zeros = unsafe stream.stored.withUnsafeBytes { unsafe $0.prefix { $0 == 0 }.count }
          stream.stored.removeFirst(zeros)
        }
        if stream.stored.count == 0 { continue }
        stream.inMember = true
      }
      var step = StreamStep()
      unsafe window.withRoom(Self.chunk) { output in
        let room = output.count
        defer { stream.mayHoldMore = step.written == room && !step.memberEnded }
        unsafe stream.stored.withUnsafeBytes { stored in step = unsafe stream.expander.expand(stored, into: output) }
        return step.written
      }
      stream.expandedBytes += step.written
      if let problem = step.problem {
        let code = problem.operation == .window ? .zstdWindow : stream.damage
        stream.problem = Failure(code, path: path, place: "after \(stream.expandedBytes) expanded bytes")
        if step.written > 0 { return }
        return try expandMore()
      }
      stream.stored.removeFirst(step.read)
      if step.memberEnded { stream.inMember = false }
      if step.written > 0 { return }
    }
  }
}

/// What tells one state of a file, or of an object, from another.
package struct FileIdentity: Hashable, Sendable {
  package var device: UInt64 = 0
  package var inode: UInt64 = 0
  /// Bytes.
  package var size = 0
  /// Nanoseconds since 1970.
  package var modified = 0
  /// When bytes, mode, owner or links were changed last, in nanoseconds since 1970.
  package var changed = 0
  /// Names that lead to it.
  package var links = 1
  /// Permission bits.
  package var mode: UInt32 = 0o600
  /// Of an object: the store's own mark of this version. Empty for files.
  package var tag = ""
  /// Of an object in a bucket that keeps versions: the store's own id of this one. Empty elsewhere.
  package var version = ""

  package init() {}

  /// Nothing for anything but a regular file.
  init?(descriptor: Int32) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int(status.st_size)
    modified = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
    changed = Int(status.st_ctim.tv_sec) * 1_000_000_000 + Int(status.st_ctim.tv_nsec)
    links = Int(status.st_nlink)
    mode = status.st_mode & 0o777
  }

  /// Whether a path leads to a folder.
  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether what was read so is one state of the file at a path, from its first byte to its last, or of the object: of
  /// that only one version is ever read.
  package func isWhole(at path: String) -> Bool { !tag.isEmpty || FileIdentity(path: path) == self }

  /// Whether two tell of one state of a file, or of an object: of that a list tells less than an answer with its bytes.
  package func isSameState(as other: FileIdentity) -> Bool {
    tag.isEmpty ? self == other : (tag, size) == (other.tag, other.size)
  }

  /// The state of the file or object now at a path; nothing where there is none.
  ///
  /// - Throws: `Failure` where a store does not tell.
  package static func now(at path: String) throws(Failure) -> FileIdentity? {
    guard let address = ObjectAddress(path) else { return FileIdentity(path: path) }
    do throws(Failure) {
      return try ObjectStore.of(address).state(of: address.key, version: address.version).map { FileIdentity($0) }
    } catch {
      throw error.of(address)
    }
  }

  /// The state of the file or object now at a path, or nothing.
  package init?(path: String) {
    if let address = ObjectAddress(path) {
      self.init(address)
      return
    }
    var status = stat()
    guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    self.init(status)
  }
}

/// The path of what stands in a folder, or under a prefix of a store.
package func path(in folder: String, _ name: String) -> String {
  folder.hasSuffix("/") ? folder + name : folder + "/" + name
}

/// Everything in a file or object that is to be held in memory.
///
/// - Throws: `Failure`, `file.too-large` where it has more bytes than `limit`.
package func readWhole(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
  var input = try InputFile.open(path: path, digestKey: nil)
  var bytes: [UInt8] = []
  while try input.fill(1) {
    let count = input.available
    guard bytes.count + count <= limit else { throw Failure(.tooLarge, path: path) }
    input.withWindow { window in unsafe window.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
    input.consume(count)
  }
  return bytes
}

/// `read`, again when a signal came in between. Returns -1 for errors.
func readRetrying(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, limit: Int) -> Int {
  while true {
    let count = unsafe read(descriptor, buffer.baseAddress, min(buffer.count, limit))
    if count >= 0 || errno != EINTR { return count }
  }
}
