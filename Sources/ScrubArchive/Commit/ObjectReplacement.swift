package import ScrubNative

/// An object of an archive being replaced: the new bytes are staged on this machine in a file without a name, and sent
/// whole, on the condition that the object is still the version that was read.
///
/// What stands with the object goes over to the new one: media type and the other headers of its content, metadata, tags,
/// encryption and storage class. SHA-256 of the bytes joins the metadata.
package struct ObjectReplacement: Replacement {
  private let address: ObjectAddress
  private let store: ObjectStore
  private let source: ObjectState
  private let kept: [StoreHeader]

  /// Looks at what stands with an object, before anything of it is made anew.
  ///
  /// - Parameter identity: what it was when it was opened to be read.
  /// - Throws: `Failure` with the object's address: `file.changed-while-read` where it is another version by now,
  ///   `store.locked` where the store keeps it, `store.archived` where it could not be read back.
  package init(of path: String, _ identity: FileIdentity) throws(Failure) {
    guard let address = ObjectAddress(path) else { throw Failure(.unreadable, path: path) }
    self.address = address
    do throws(Failure) {
      store = try ObjectStore.of(address)
      let history = store.dialect.history
      guard let headers = try store.headers(of: address.key) else { throw Failure(.changed) }
      source = try store.state(headers)
      guard FileIdentity(source) == identity else { throw Failure(.changed) }
      if history.isLocked(headers, at: store.now) { throw Failure(.storeLocked) }
      if history.isArchived(headers) { throw Failure(.archived) }
      kept = history.kept(of: headers) + (try Self.further(store, history.furtherRequest(of: address.key, version: source.version, headers)))
    } catch {
      throw error.of(address)
    }
  }

  private static func further(_ store: ObjectStore, _ request: StoreRequest?) throws(Failure) -> [StoreHeader] {
    guard let request else { return [] }
    do throws(Failure) { return try store.dialect.history.further(try store.send(request).body) } catch {
      guard error.isNotImplemented else { throw error }
      return []
    }
  }

  package func stage(compression: StreamCompression?, checkKey: FileDigestKey) throws(Failure) -> StagedFile {
    try StagedFile.unnamed(compression: compression, checkKey: checkKey)
  }

  package func commit(_ output: inout StagedFile, digest: String) throws(Failure) {
    do throws(Failure) {
      let type = kept.first { $0.name.hasSuffix("content-type") }?.value ?? "application/octet-stream"
      // In one request, as long as the store takes it: an upload in parts that is cut off would hold its parts for ever.
      try store.write(
        address.key, output.source, ObjectDescription(type: type, digest: digest, kept: kept), .replacing(source),
        whole: ObjectStore.wholeLimit)
    } catch {
      if error.code == .changed || error.code == .storeLocked { throw error.of(address) }
      throw Failure(.unwritable, path: address.text, place: "\(error.code.rawValue) \(error.place)")
    }
  }
}
