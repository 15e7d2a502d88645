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

  /// Whether erasing is known of the stores of a service.
  package static func isKnown(_ service: ObjectAddress.Service) -> Bool { service.dialect.history != nil }

  /// Whether the bucket keeps versions.
  package func versioning() throws(Failure) -> BucketVersioning { try telling { () throws(Failure) in try store.versioning() } }

  /// All versions of the object.
  package func versions() throws(Failure) -> [ObjectVersion] {
    try telling { () throws(Failure) in
      var versions: [ObjectVersion] = []
      try store.listVersions(prefix: address.key) { if $0.key == address.key { versions.append($0) } }
      return versions
    }
  }

  /// Versions that readers do not get any more, of the object, or of everything under the prefix, but what walks pass over:
  /// by what follows the prefix.
  package func earlierVersions() throws(Failure) -> [(name: String, version: ObjectVersion)] {
    try telling { () throws(Failure) in
      var versions: [(name: String, version: ObjectVersion)] = []
      try store.listVersions(prefix: address.key) { version in
        guard !version.isLatest, !version.isRemoval, version.size > 0,
          let name = version.key == address.key ? pathParts(version.key).last : address.name(of: version.key),
          !pathParts(name).contains(where: { $0.isEmpty || ArchiveWalker.isPassedOver($0) })
        else { return }
        versions.append((name, version))
      }
      return versions
    }
  }

  /// How many uploads of the object in parts were begun, and neither ended nor given up.
  package func unfinishedUploads() throws(Failure) -> Int {
    try telling { () throws(Failure) in try store.unfinishedUploads(of: address.key) }
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
