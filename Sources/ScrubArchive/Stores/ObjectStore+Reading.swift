internal import ScrubNative

extension ObjectStore {
  /// Hands over everything whose key begins so, page by page.
  ///
  /// - Parameter count: no page is asked for behind the one in which there are so many.
  /// - Throws: `Failure` where a page cannot be had; what was handed over before is not all there is.
  func list(prefix: String, upTo count: Int = .max, _ body: (ListedObject) -> Void) throws(Failure) {
    var next: String?
    var found = 0
    repeat {
      var request = dialect.list(prefix: prefix, from: next)
      request.limit = XMLElement.sizeLimit
      guard let document = XMLElement.read(try send(request).body) else { throw Failure(.badAnswer, place: "no list") }
      let page = try dialect.page(document)
      // Not where it was.
      if let following = page.next, following == next { throw Failure(.badAnswer, place: "a list that does not go on") }
      page.objects.forEach(body)
      found += page.objects.count
      next = page.next
    } while next != nil && found < count
  }

  /// What an object is now; nothing where there is none.
  ///
  /// - Parameter version: which one of it, by the store's own id; nothing for the one that is there.
  func state(of key: String, version: String? = nil) throws(Failure) -> ObjectState? {
    guard let headers = try headers(of: key, version: version) else { return nil }
    return try state(headers)
  }

  func state(_ headers: [String: String]) throws(Failure) -> ObjectState {
    guard let size = headers["content-length"].flatMap({ Int($0) }), size >= 0 else {
      throw Failure(.badAnswer, place: "no size")
    }
    return ObjectState(size: size, headers, dialect)
  }

  /// What a store tells of an object beside its bytes, by names in lower case; nothing where there is none.
  func headers(of key: String, version: String? = nil) throws(Failure) -> [String: String]? {
    var request = StoreRequest()
    request.method = "HEAD"
    request.key = key
    request.query = query(version)
    request.headers = dialect.reading
    do throws(Failure) { return try send(request).headers } catch  where error.code == .missing { return nil }
  }

  /// How requests name a version.
  func query(_ version: String?) -> [(name: String, value: String)] {
    version.map { dialect.history.query(of: $0) } ?? []
  }

  /// A piece of an object.
  ///
  /// - Parameters:
  ///   - tag: of the version that is read; nothing for the one that is there.
  ///   - version: which one of it, by the store's own id; nothing for the one that is there.
  /// - Returns: the bytes, fewer where the object ends before, and what the object is.
  /// - Throws: `Failure`, `file.changed-while-read` where it is another version by now.
  func read(
    _ key: String, from offset: Int, count: Int, tag: String?, version: String? = nil
  ) throws(Failure) -> (bytes: [UInt8], state: ObjectState) {
    var request = StoreRequest()
    request.key = key
    request.query = query(version)
    request.headers = dialect.reading + [("range", "bytes=\(offset)-\(offset + count - 1)")]
    if let tag { request.headers.append(("if-match", tag)) }
    // What tells why there is none may be longer.
    request.limit = max(count, 1 << 16)
    let response = try send(request)
    guard response.body.count <= count else { throw Failure(.badAnswer, place: "larger than was asked for") }
    let state: ObjectState
    if response.status == 206 {
      guard let range = ContentRange(response.headers["content-range"] ?? ""), range.first == offset,
        response.body.count == min(range.size - offset, count)
      else { throw Failure(.badAnswer, place: "another piece than was asked for") }
      state = ObjectState(size: range.size, response.headers, dialect)
    } else {
      guard offset == 0 else { throw Failure(.badAnswer, place: "the whole object in place of a piece") }
      state = ObjectState(size: response.body.count, response.headers, dialect)
    }
    if let tag, tag != state.tag { throw Failure(.changed) }
    return (response.body, state)
  }
}

/// What tells one version of an object from another.
struct ObjectState: Hashable {
  /// Bytes.
  let size: Int
  /// The store's own mark (ETag), as it writes it.
  let tag: String
  /// Seconds since 1970; 0 where it is not told.
  let modified: Int
  /// Seconds since it was written, by the store's own clock.
  let age: Int?
  /// The number of this version, where the service counts them.
  let generation: String?
  /// The store's own id of this version; nothing in a bucket that keeps none, and for what was there before it did.
  let version: String?
  /// SHA-256 of its bytes, hex, as whoever wrote it says.
  let digest: String?

  init(size: Int, _ headers: [String: String], _ dialect: any StoreDialect) {
    let written = headers["last-modified"].flatMap { Timestamp(header: $0)?.seconds }
    let now = headers["date"].flatMap { Timestamp(header: $0)?.seconds }
    self.size = size
    tag = headers["etag"] ?? ""
    modified = written ?? 0
    age = written.flatMap { written in now.map { $0 - written } }
    digest = headers[dialect.digestHeader]
    generation = headers["x-goog-generation"]
    version = dialect.versionHeader.flatMap { headers[$0] }.flatMap { $0 == "null" || $0.isEmpty ? nil : $0 }
  }

  static func == (left: ObjectState, right: ObjectState) -> Bool { (left.size, left.tag) == (right.size, right.tag) }

  func hash(into hasher: inout Hasher) { hasher.combine(tag) }
}

/// `bytes 0-99/1234` (RFC 9110, section 14.4).
private struct ContentRange {
  let first: Int
  /// Of the whole.
  let size: Int

  init?(_ text: String) {
    let parts = text.split { " -/".contains($0) }
    guard parts.count == 4, parts[0] == "bytes", let first = Int(parts[1]), let last = Int(parts[2]), let size = Int(parts[3]),
      0 <= first, first <= last, last < size
    else { return nil }
    self.first = first
    self.size = size
  }
}
