internal import Glibc

/// A new file of the sample, written in large pieces.
struct SampleFile: ~Copyable {
  let path: String
  private let descriptor: Int32
  private var pending: [UInt8] = []
  /// Bytes given so far.
  private(set) var size = 0

  private static let pieceSize = 1 << 20

  init(creating path: String) throws(SampleProblem) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SampleProblem.unwritable(path) }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { _ = Glibc.close(descriptor) }

  mutating func append(_ bytes: [UInt8]) throws(SampleProblem) {
    pending.append(contentsOf: bytes)
    size += bytes.count
    if pending.count >= Self.pieceSize { try flush() }
  }

  /// Writes what is still pending.
  mutating func flush() throws(SampleProblem) {
    var written = 0
    while written < pending.count {
      let result = unsafe pending[written...].withUnsafeBytes { bytes in
        unsafe write(descriptor, bytes.baseAddress, bytes.count)
      }
      if result < 0 && errno == EINTR { continue }
      guard result > 0 else { throw SampleProblem.unwritable(path) }
      written += result
    }
    pending.removeAll(keepingCapacity: true)
  }
}

/// The folder that a sample is written into.
enum SampleFolder {
  /// Makes the folder and those above it.
  static func make(_ path: String) throws(SampleProblem) {
    if unsafe mkdir(path, 0o755) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let parent = parent(of: path) else { throw SampleProblem.unwritable(path) }
    try make(parent)
    guard unsafe mkdir(path, 0o755) == 0 || errno == EEXIST else { throw SampleProblem.unwritable(path) }
  }

  private static func parent(of path: String) -> String? {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return nil }
    return String(path[..<slash])
  }

  /// - Throws: `SampleProblem.occupied` if there is anything at the path but an empty folder.
  static func requireEmpty(_ path: String) throws(SampleProblem) {
    guard let folder = unsafe opendir(path) else {
      if errno == ENOENT { return }
      throw errno == ENOTDIR ? SampleProblem.occupied(path) : .unwritable(path)
    }
    defer { unsafe _ = closedir(folder) }
    var names = 0
    while unsafe readdir(folder) != nil { names += 1 }
    // Every folder holds `.` and `..`.
    guard names <= 2 else { throw SampleProblem.occupied(path) }
  }
}
