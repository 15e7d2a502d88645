internal import Glibc
package import ScrubNative

/// A file of an archive being replaced: the new bytes are staged beside it, made last, and take its name only if it is
/// still the file that was read. Whatever fails or dies on the way leaves the old file whole, or the new one.
///
/// Owner, mode and extended attributes, access lists among them, go over to the new file, which is nowhere readable by
/// more than the old one was. The time of change is that of the replacement: tools that copy what has changed by size
/// and time would else keep what was erased.
package struct FileReplacement: ~Copyable {
  private let path: String
  private let source: FileIdentity
  private let temporaryPath: String
  /// Where the new bytes go.
  package var output: StagedFile

  /// Starts a replacement.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - source: what it was when it was opened to be read.
  ///   - run: names the temporary file, with `number`.
  /// - Throws: `Failure` where it cannot be staged.
  package static func start(
    of path: String, _ source: FileIdentity, run: String, number: Int, compression: StreamCompression?
  ) throws(Failure) -> FileReplacement {
    let temporary = Self.temporary(of: path, run: run, number: number)
    // Of an earlier attempt of this very run: nobody else makes the name, and the archive is locked.
    unsafe _ = unlink(temporary)
    var output = try StagedFile.create(temporary: temporary, compression: compression)
    try output.takeOver(from: path, source)
    return FileReplacement(path: path, source: source, temporaryPath: temporary, output: output)
  }

  private init(path: String, source: FileIdentity, temporaryPath: String, output: consuming StagedFile) {
    self.path = path
    self.source = source
    self.temporaryPath = temporaryPath
    self.output = output
  }

  /// Begins the names of staged files. Walks pass over them.
  package static let prefix = ".currents-scrub-"

  /// Where the new bytes of a file are staged: in its own folder, for no rename crosses file systems.
  package static func temporary(of path: String, run: String, number: Int) -> String {
    folder(of: path) + "/\(prefix)\(run)-\(number).tmp"
  }

  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Where the new bytes can be read back from, once `output` is finished and synced.
  package var staged: String { temporaryPath }

  /// Hands the new bytes to the device. What fails here is never tried again on the same file: after a failed `fsync`
  /// nobody knows what is on the disk.
  package mutating func sync() throws(Failure) { try output.sync() }

  /// Gives the new file the name of the old one, if that is still what was read.
  ///
  /// - Throws: `Failure`, `file.changed-while-read` when it is not; the old file stays then.
  package mutating func commit() throws(Failure) {
    guard FileIdentity(path: path) == source else { throw Failure(.changed, path: path) }
    try output.put(at: path)
    try syncFolder(Self.folder(of: path))
  }
}

/// Makes the names in a folder last.
package func syncFolder(_ path: String) throws(Failure) {
  let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard folder >= 0 else { throw Failure(.unwritable, path: path) }
  defer { close(folder) }
  guard fsync(folder) == 0 else { throw Failure(.unwritable, path: path) }
}
