internal import ScrubArchive

/// What manifests say of the files of an input: its own, that of an output of which it is a part, and those of outputs
/// that lie in it. A folder or file of an output is as scrubbed as all of it.
struct ScrubbedTrees {
  /// What a manifest says of a file, and under which policy the last run made it, by name.
  struct Mark {
    let file: ManifestFile
    let policy: String
  }

  private let input: String
  private let prefix: String
  private let files: [ArchiveFile]

  /// - Parameters:
  ///   - prefix: what stands before the input's own paths in the relative ones; may be empty.
  ///   - files: those that were listed of the input.
  init(_ input: String, prefix: String, _ files: [ArchiveFile]) {
    self.input = input
    self.prefix = prefix
    self.files = files
  }

  /// By relative path.
  ///
  /// - Parameter mayBeHalfDone: whether a run into one of the outputs may not have ended, so that nobody knows of all files
  ///   whether they are scrubbed.
  /// - Throws: `Failure`, `scrubbed.half-done` where that may not be.
  func marks(mayBeHalfDone: Bool) throws(Failure) -> [String: Mark] {
    if let own = try manifest(of: input, mayBeHalfDone) {
      return Dictionary(own.files.map { (prefix.isEmpty ? $0.path : prefix + "/" + $0.path, Mark(file: $0, policy: own.policy)) }) {
        first, _ in first
      }
    }
    // Asking a store for each folder would take a request each.
    if ObjectAddress(input) != nil { return [:] }
    var marks: [String: Mark] = [:]
    let paths = places()
    for folder in around() + inside(paths) {
      guard let manifest = try manifest(of: folder, mayBeHalfDone) else { continue }
      let known = Dictionary(manifest.files.map { ($0.path, $0) }) { first, _ in first }
      for (file, path) in zip(files, paths) where marks[file.relative] == nil && isInside(path, folder) {
        marks[file.relative] = known[pathBelow(folder, of: path)].map { Mark(file: $0, policy: manifest.policy) }
      }
    }
    return marks
  }

  private func manifest(of folder: String, _ mayBeHalfDone: Bool) throws(Failure) -> Manifest? {
    if !mayBeHalfDone, try OutputFolder.isHalfDone(folder) { throw Failure(.halfDone, path: folder) }
    return try Manifest.read(in: folder)
  }

  /// Of every file: its path, resolved.
  private func places() -> [String] {
    let root = realPath(input)
    guard FileIdentity.isFolder(root) else { return files.map { _ in root } }
    return files.map { file in path(in: root, prefix.isEmpty ? file.relative : pathBelow(prefix, of: file.relative)) }
  }

  /// The folder of the nearest manifest around the input.
  private func around() -> [String] {
    var folder = realPath(input)
    while let slash = folder.utf8.lastIndex(of: UInt8(ascii: "/")), slash > folder.startIndex {
      folder = String(folder[..<slash])
      if isOutput(folder) { return [folder] }
    }
    return []
  }

  /// Folders within the input that have manifests.
  private func inside(_ paths: [String]) -> [String] {
    let root = realPath(input)
    var seen: Set<String> = []
    var outputs: [String] = []
    for path in paths {
      var folder = path
      while let slash = folder.utf8.lastIndex(of: UInt8(ascii: "/")) {
        folder = String(folder[..<slash])
        guard folder.utf8.count > root.utf8.count, seen.insert(folder).inserted else { break }
        if isOutput(folder) { outputs.append(folder) }
      }
    }
    return outputs
  }

  private func isOutput(_ folder: String) -> Bool { FileIdentity.isFolder(folder + "/" + Manifest.folder) }
}
