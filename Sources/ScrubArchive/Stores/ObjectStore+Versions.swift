internal import ScrubNative

extension ObjectStore {
  /// - Throws: `Failure`, `store.refused` where nothing is known here of what the service keeps.
  func history() throws(Failure) -> any HistoryDialect {
    guard let history = dialect.history else { throw Failure(.refused, place: "earlier versions are not known there") }
    return history
  }

  /// Whether the bucket keeps versions. A store that does not know what is asked keeps none.
  func versioning() throws(Failure) -> BucketVersioning {
    let history = try history()
    do throws(Failure) { return try history.versioning(try send(history.versioningRequest).body) } catch {
      guard error.isNotImplemented else { throw error }
      return .off
    }
  }

  /// Hands over all versions of everything whose key begins so, page by page.
  ///
  /// - Throws: `Failure` where a page cannot be had; what was handed over before is not all there is.
  func listVersions(prefix: String, _ body: (ObjectVersion) -> Void) throws(Failure) {
    let history = try history()
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

  /// Removes one version of an object for good; one that is not there is none.
  ///
  /// - Throws: `Failure`, `store.locked` where the store keeps it: by a lock, or a legal hold.
  func remove(_ key: String, version: String) throws(Failure) {
    var request = StoreRequest()
    request.method = "DELETE"
    request.key = key
    request.query = Self.query(version)
    do throws(Failure) { _ = try send(request) } catch  where error.code == .missing {} catch {
      if let headers = try? headers(of: key, version: version), try history().isLocked(headers, at: now) {
        throw Failure(.storeLocked, place: error.place)
      }
      throw error
    }
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
