internal import ScrubArchive

/// Outputs of scrubs that lie in an archive.
extension ErasePlan {
  /// Refuses where a run in parts is under way in an output of which a file is to be rewritten: what its parts left tells
  /// digests of files as they are now. Of the archives themselves their locks have made sure.
  func checkNoParts() throws(Failure) {
    for (number, archive) in archives.enumerated() {
      let paths = files.filter { $0.archive == number && $0.isRewritten }.map(\.path)
      for folder in Set(paths.flatMap { Self.folders(above: $0).map(\.folder) }).sorted() where !folder.isEmpty {
        try PartsFolder.checkNone(in: ScrubArchive.path(in: archive, folder))
      }
    }
  }

  /// Each folder above a file, "" for the archive itself, and how the file is called below it.
  static func folders(above path: String) -> [(folder: String, name: String)] {
    let parts = pathParts(path)
    return parts.indices.map { (parts[..<$0].joined(separator: "/"), parts[$0...].joined(separator: "/")) }
  }
}
