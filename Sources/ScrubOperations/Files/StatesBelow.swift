internal import ScrubArchive

/// How the files below a place stand now: in a folder each is asked about, a store tells of all at once.
struct StatesBelow {
  private let place: String
  /// Of a store, by name.
  private let listed: [String: FileIdentity]?

  /// - Throws: `Failure` where a store does not tell.
  init(_ place: String) throws(Failure) {
    self.place = place
    listed = if let address = ObjectAddress(place) { try StoreFolder(address).objects() } else { nil }
  }

  /// - Returns: nothing where no file has that name.
  func state(of name: String) -> FileIdentity? {
    // Not every list tells the mark of a version.
    if let listed, listed[name]?.tag.isEmpty != true { return listed[name] }
    return FileIdentity(path: path(in: place, name))
  }
}
