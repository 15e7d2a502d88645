internal import Glibc
internal import ScrubArchive

/// Where the program leaves what is its own.
package enum OwnPlaces {
  /// Whether a scrub made a folder, or is at it.
  package static func isOutput(_ folder: String) -> Bool { OutputFolder.isOutput(folder) }

  /// Refuses a folder that can neither be made nor written, before anything is read: what is to go there comes last.
  static func checkWritable(_ folder: String?, _ what: String, option: String) throws(ScrubRefusal) {
    guard let folder else { return }
    var place = realPath(folder)
    while unsafe access(place, F_OK) != 0, errno == ENOENT, let slash = place.utf8.lastIndex(of: UInt8(ascii: "/")) {
      place = slash == place.startIndex ? "/" : String(place[..<slash])
    }
    if FileIdentity.isFolder(place), unsafe access(place, W_OK) == 0 { return }
    throw .output(
      code: FailureCode.unwritable.rawValue, path: folder, message: "\(what) cannot be written", hint: "give \(option) another place", exit: 1)
  }

  /// Refuses a place inside of archives or outputs: the next run would take for events what this one leaves there, and what
  /// is for few eyes would go wherever the archive goes.
  ///
  /// - Parameters:
  ///   - what: as `the reports folder`.
  ///   - option: which gives it another place.
  package static func refuse(_ place: String?, _ what: String, inside folders: [String], option: String) throws(ScrubRefusal) {
    guard let place else { return }
    for folder in folders where isInside(realPath(place), realPath(folder)) {
      throw .usage("\(what) lies inside \(folder): give \(option) another place")
    }
  }
}
