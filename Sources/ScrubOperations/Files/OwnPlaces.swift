/// Where the program leaves what is its own.
package enum OwnPlaces {
  /// Whether a scrub made a folder, or is at it.
  package static func isOutput(_ folder: String) -> Bool { OutputFolder.isOutput(folder) }

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
