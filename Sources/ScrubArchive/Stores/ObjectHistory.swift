/// What a bucket keeps of objects beside what readers get: earlier versions, marks of removals, uploads that were begun.
package struct ObjectHistory: Sendable {
  private let address: ObjectAddress
  private let store: ObjectStore

  /// - Parameter path: the address of an object, or of everything under a prefix.
  /// - Returns: nothing for a file or folder: they have none.
  /// - Throws: `Failure` where the store cannot be asked at all.
  package init?(of path: String) throws(Failure) {
    guard let address = ObjectAddress(path) else { return nil }
    self.address = address
    do throws(Failure) { store = try ObjectStore.of(address) } catch { throw error.of(address) }
  }

  /// Whether what is listed here is everything that the service may keep of what was replaced or removed.
  package var listsEverything: Bool { store.dialect.history.listsEverything }

  /// Whether the bucket keeps versions, where that is told.
  package func versioning() throws(Failure) -> BucketVersioning? { try telling { () throws(Failure) in try store.versioning() } }

  /// All versions of the object.
  package func versions() throws(Failure) -> [ObjectVersion] {
    try telling { () throws(Failure) in
      var versions: [ObjectVersion] = []
      try store.listVersions(prefix: address.key) { if isOwn($0.key) { versions.append($0) } }
      return versions
    }
  }

  /// Versions that readers do not get any more, of the object, or of everything under the prefix, but what walks leave
  /// out: by what follows the prefix. Keys that are no paths are among them: nobody else looks behind those.
  ///
  /// - Parameters:
  ///   - prefix: what stands in front of relative paths.
  ///   - isIgnored: names or relative paths to leave out, beside the usual ones.
  package func earlierVersions(
    below prefix: String, ignoring isIgnored: (String) -> Bool
  ) throws(Failure) -> [(name: String, version: ObjectVersion)] {
    try telling { () throws(Failure) in
      var versions: [(name: String, version: ObjectVersion)] = []
      try store.listVersions(prefix: address.key) { version in
        guard !version.isLatest, !version.isRemoval, version.size > 0,
          let name = name(of: version.key, below: prefix, ignoring: isIgnored)
        else { return }
        versions.append((name, version))
      }
      return versions
    }
  }

  /// The objects of which uploads in parts were begun, and neither ended nor given up: by what follows the prefix, one for
  /// each upload. The parameters are those of `earlierVersions`.
  package func unfinishedUploads(below prefix: String, ignoring isIgnored: (String) -> Bool) throws(Failure) -> [String] {
    try telling { () throws(Failure) in
      var names: [String] = []
      try store.listUnfinished(prefix: address.key) { key in
        if let name = name(of: key, below: prefix, ignoring: isIgnored) { names.append(name) }
      }
      return names
    }
  }

  /// Whether uploads of the object in parts were begun, and neither ended nor given up.
  package func hasUnfinishedUploads() throws(Failure) -> Bool {
    try telling { () throws(Failure) in
      var isFound = false
      try store.listUnfinished(prefix: address.key) { if isOwn($0) { isFound = true } }
      return isFound
    }
  }

  /// Whether a key is the address's own, to its last byte: letters that look alike make other keys.
  private func isOwn(_ key: String) -> Bool { key.utf8.elementsEqual(address.key.utf8) }

  private func name(of key: String, below prefix: String, ignoring isIgnored: (String) -> Bool) -> String? {
    guard let name = isOwn(key) ? pathParts(key).last : address.name(of: key) else { return nil }
    // What is no path walks do not leave out either: they name it.
    let isLeftOut = isPath(name) && ArchiveWalker.leavesOut(pathParts(name), below: prefix, whole: false, isIgnored)
    return isLeftOut ? nil : name
  }

  /// Removes a version for good.
  package func remove(_ version: ObjectVersion) throws(Failure) {
    try telling { () throws(Failure) in try store.remove(version.key, version: version.id) }
  }

  /// By which a version is opened.
  package func path(of version: ObjectVersion) -> String { address.object(version.key, version: version.id).path }

  private func telling<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    do throws(Failure) { return try body() } catch { throw error.of(address) }
  }
}
