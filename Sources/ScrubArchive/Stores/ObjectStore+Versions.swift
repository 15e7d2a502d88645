internal import ScrubNative

extension ObjectStore {
  /// Whether the bucket keeps versions, where that is told. A store that does not know what is asked keeps none.
  func versioning() throws(Failure) -> BucketVersioning? {
    let history = dialect.history
    guard let request = history.versioningRequest else { return nil }
    do throws(Failure) { return try history.versioning(try send(request).body) } catch {
      guard error.isNotImplemented else { throw error }
      return .off
    }
  }

  /// Hands over all versions of everything whose key begins so, page by page.
  ///
  /// - Throws: `Failure` where a page cannot be had; what was handed over before is not all there is.
  func listVersions(prefix: String, _ body: (ObjectVersion) -> Void) throws(Failure) {
    let history = dialect.history
    var next: [(name: String, value: String)] = []
    repeat {
      let answer: [UInt8]
      do throws(Failure) { answer = try send(history.versions(prefix: prefix, from: next)).body } catch {
        // A store that does not know what is asked keeps none.
        if error.isNotImplemented { return }
        throw error
      }
      guard let document = XMLElement.read(answer) else {
        throw Failure(.badAnswer, place: "no list of versions")
      }
      let page = try history.versionPage(document)
      if !page.next.isEmpty, page.next.elementsEqual(next, by: { $0 == $1 }) {
        throw Failure(.badAnswer, place: "a list that does not go on")
      }
      page.versions.forEach(body)
      next = page.next
    } while !next.isEmpty
  }

  /// Removes one earlier version of an object for good; one that is not there is none.
  ///
  /// - Throws: `Failure`, `file.changed-while-read` where it is what readers get by now; `store.locked` where the store keeps
  ///   it: by a lock, or a legal hold; `store.earlier-version` where it says that it removed it, and still has it.
  func remove(_ key: String, version: String) throws(Failure) {
    if let state = try state(of: key), state.version ?? "null" == version { throw Failure(.changed) }
    var request = StoreRequest()
    request.method = "DELETE"
    request.key = key
    request.query = query(version)
    do throws(Failure) { _ = try send(request) } catch  where error.code == .missing {} catch {
      if let headers = try? headers(of: key, version: version), dialect.history.isLocked(headers, at: now) {
        throw Failure(.storeLocked, place: error.place)
      }
      throw error
    }
    if try headers(of: key, version: version) != nil { throw Failure(.earlierVersion) }
  }

  /// Hands over the key of every upload in parts under a prefix that was begun, and neither ended nor given up.
  func listUnfinished(prefix: String, _ body: (String) -> Void) throws(Failure) {
    guard case .uploads = dialect.parts else { return }
    do throws(Failure) {
      try listUploads(under: prefix) { (key, _) throws(Failure) in body(key) }
    } catch  where error.isNotImplemented {}
  }
}

extension Failure {
  /// Whether the store does not know what it was asked for.
  var isNotImplemented: Bool { code == .refused && (place.hasPrefix("HTTP 501") || place.hasSuffix(" NotImplemented")) }
}
