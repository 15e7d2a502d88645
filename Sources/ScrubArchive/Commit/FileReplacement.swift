internal import Glibc
package import ScrubNative

/// How a file or an object is replaced: whole or not at all, and only while it is what was read.
package protocol Replacement: Sendable {
  /// Starts what takes its place.
  ///
  /// - Parameter checkKey: of the digest by which it is read back.
  /// - Throws: `Failure` where it cannot be staged.
  func stage(compression: StreamCompression?, checkKey: FileDigestKey) throws(Failure) -> StagedFile

  /// Puts what was staged, ended and synced in its place.
  ///
  /// - Parameter digest: SHA-256 of its bytes, hex.
  /// - Throws: `Failure`, `file.changed-while-read` when it is not what was read any more; it stays then.
  func commit(_ output: inout StagedFile, digest: String) throws(Failure)
}

/// A file of an archive being replaced: the new bytes are staged beside it, made last, and take its name only if it is
/// still the file that was read. Whatever fails or dies on the way leaves the old file whole, or the new one.
///
/// Owner, mode and extended attributes, access lists among them, go over to the new file, which is nowhere readable by
/// more than the old one was. The time of change is that of the replacement: tools that copy what has changed by size
/// and time would else keep what was erased.
package struct FileReplacement: Replacement {
  /// The file.
  package let path: String
  /// What it was when it was opened to be read.
  package let source: FileIdentity
  /// Where the new bytes are staged: in the file's own folder, for no rename crosses file systems.
  private let staged: String

  /// Begins the names of staged files. Walks pass over them.
  package static let prefix = ".currents-scrub-"

  /// - Parameters:
  ///   - run: names the staged file, with `number`.
  package init(of path: String, _ source: FileIdentity, run: String, number: Int) {
    self.path = path
    self.source = source
    staged = Self.folder(of: path) + "/\(Self.prefix)\(run)-\(number).tmp"
  }

  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  package func stage(compression: StreamCompression?, checkKey: FileDigestKey) throws(Failure) -> StagedFile {
    clear()
    let output = try StagedFile.create(temporary: staged, compression: compression, checkKey: checkKey)
    try output.takeOver(from: path, source)
    return output
  }

  /// Removes what an earlier attempt of this very run staged: nobody else makes the name, and the archive is locked.
  package func clear() { unsafe _ = unlink(staged) }

  /// Gives the new file the name of the old one.
  package func commit(_ output: inout StagedFile, digest: String) throws(Failure) {
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
