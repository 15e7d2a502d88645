internal import Glibc
internal import ScrubArchive
internal import ScrubNative

/// The folder that a package is written into. What is put there can be read by its owner only.
struct PackageFolder {
  /// A file of the package, by its name in the folder.
  struct Stored: Sendable {
    let name: String
    let sha256: String
    let size: Int
  }

  private let path: String
  private let mode: UInt32
  /// In the order in which they were ended.
  private(set) var files: [Stored] = []

  /// - Parameter path: a folder that is there, and empty.
  init(_ path: String) {
    self.path = path
    let mask = umask(0)
    umask(mask)
    mode = 0o600 & ~mask
  }

  func makeFolder(_ name: String) throws(Failure) {
    guard unsafe mkdir("\(path)/\(name)", 0o700) == 0 else { throw Failure(.unwritable, path: name) }
  }

  /// A new file, which `end` gives its name.
  func start(_ name: String) throws(Failure) -> StagedFile {
    try StagedFile.create(temporary: "\(path)/\(name).tmp")
  }

  mutating func end(_ file: inout StagedFile, _ name: String) throws(Failure) {
    let digest = try file.finish()
    try file.put(at: "\(path)/\(name)", mode: mode)
    files.append(Stored(name: name, sha256: digest.hex, size: file.size))
  }

  mutating func write(_ text: String, to name: String) throws(Failure) {
    var file = try start(name)
    try file.write(Array(text.utf8))
    try end(&file, name)
  }
}
