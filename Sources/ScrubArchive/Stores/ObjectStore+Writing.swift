internal import Glibc
internal import ScrubNative

/// On what it depends that an object is written.
enum WriteCondition {
  /// That there is none of its key.
  case new
  /// That there is still this version of it.
  case replacing(ObjectState)

  /// Amazon's store compares marks, Google's the numbers of versions.
  ///
  /// - Throws: `Failure` where the version cannot be told from others: it is not replaced then.
  func header(_ dialect: StoreDialect) throws(Failure) -> (name: String, value: String) {
    switch self {
    case .new where dialect.countsVersions: return ("x-goog-if-generation-match", "0")
    case .new: return ("if-none-match", "*")
    case .replacing(let state):
      if dialect.countsVersions, let generation = state.generation { return ("x-goog-if-generation-match", generation) }
      guard !dialect.countsVersions && !state.tag.isEmpty else { throw Failure(.badAnswer, place: "an object without a mark") }
      return ("if-match", state.tag)
    }
  }
}

/// What is written besides an object's bytes.
struct ObjectDescription {
  /// `application/json`.
  let type: String
  /// SHA-256 of all bytes, hex: kept with the object, so that a later run need not read it.
  let digest: String

  /// The header that keeps the digest, behind the service's prefix.
  static let digestHeader = "meta-currents-scrub-sha256"

  func headers(_ dialect: StoreDialect) -> [(name: String, value: String)] {
    [("content-type", type), (dialect.prefix + Self.digestHeader, digest)]
  }
}

/// Where the bytes of an object come from that is written.
enum ObjectSource {
  case bytes([UInt8])
  /// A file that was ended, and stays open while it is sent.
  case file(descriptor: Int32, size: Int)

  /// Bytes.
  var size: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .file(_, let size): size
    }
  }

  func piece(_ range: Range<Int>) throws(Failure) -> [UInt8] {
    switch self {
    case .bytes(let bytes): return Array(bytes[range])
    case .file(let descriptor, _):
      var bytes = [UInt8](repeating: 0, count: range.count)
      var count = 0
      while count < bytes.count {
        let more = unsafe bytes.withUnsafeMutableBytes { room in
          unsafe pread(descriptor, room.baseAddress.map { unsafe $0 + count }, room.count - count, range.lowerBound + count)
        }
        if more < 0 && errno == EINTR { continue }
        guard more > 0 else { throw Failure(.unreadable, place: "what was to be sent") }
        count += more
      }
      return bytes
    }
  }
}

extension ObjectStore {
  /// The least size of a part, in bytes; what has more is sent in parts, where parts know conditions.
  static let partSize = 16 << 20
  private static let partLimit = 10_000

  /// Writes an object whole: readers see it all at once, or what was there before.
  ///
  /// - Throws: `Failure`, `file.changed-while-read` where the condition does not hold: another wrote meanwhile.
  func write(
    _ key: String, _ source: ObjectSource, _ description: ObjectDescription, _ condition: WriteCondition
  ) throws(Failure) {
    do throws(Failure) {
      if source.size > Self.partSize && dialect.writesParts {
        try writeParts(key, source, description, condition)
      } else {
        try writeWhole(key, source, description, condition)
      }
    } catch where error.code == .changed || error.code == .missing {
      // Where an answer was lost, what came in between may be what was written here.
      if let state = try state(of: key), state.digest == description.digest, state.size == source.size { return }
      // Nothing new can be missing: it is the bucket that is.
      if case .new = condition { throw error }
      throw Failure(.changed, place: error.place)
    }
  }

  private func writeWhole(
    _ key: String, _ source: ObjectSource, _ description: ObjectDescription, _ condition: WriteCondition
  ) throws(Failure) {
    var request = StoreRequest()
    request.method = "PUT"
    request.key = key
    request.headers = description.headers(dialect)
    request.headers.append(try condition.header(dialect))
    if case .file(let descriptor, let size) = source, size > Self.partSize {
      request.file = (descriptor, size, description.digest)
    } else {
      request.body = try source.piece(0..<source.size)
    }
    _ = try send(request)
  }

  private func writeParts(
    _ key: String, _ source: ObjectSource, _ description: ObjectDescription, _ condition: WriteCondition
  ) throws(Failure) {
    var request = StoreRequest()
    request.method = "POST"
    request.key = key
    request.query = [("uploads", "")]
    request.headers = description.headers(dialect)
    guard let id = XMLElement.read(try send(request).body)?["UploadId"]?.text, !id.isEmpty else {
      throw Failure(.badAnswer, place: "no upload")
    }
    do throws(Failure) {
      let length = max(Self.partSize, (source.size - 1) / Self.partLimit + 1)
      var list = "<CompleteMultipartUpload>"
      for (number, start) in stride(from: 0, to: source.size, by: length).enumerated() {
        let tag = try writePart(key, id, number + 1, try source.piece(start..<min(start + length, source.size)))
        list += "<Part><PartNumber>\(number + 1)</PartNumber><ETag>\(xmlText(tag))</ETag></Part>"
      }
      try complete(key, id, list + "</CompleteMultipartUpload>", condition)
    } catch {
      try? abort(key, id)
      throw error
    }
  }

  /// - Returns: the store's mark of the part.
  private func writePart(_ key: String, _ id: String, _ number: Int, _ bytes: [UInt8]) throws(Failure) -> String {
    var request = StoreRequest()
    request.method = "PUT"
    request.key = key
    request.query = [("partNumber", "\(number)"), ("uploadId", id)]
    request.headers = [("content-type", "application/octet-stream")]
    request.body = bytes
    guard let tag = try send(request).headers["etag"] else { throw Failure(.badAnswer, place: "a part without a mark") }
    return tag
  }

  private func complete(_ key: String, _ id: String, _ list: String, _ condition: WriteCondition) throws(Failure) {
    var request = StoreRequest()
    request.method = "POST"
    request.key = key
    request.query = [("uploadId", id)]
    request.headers = [("content-type", "application/xml")]
    request.headers.append(try condition.header(dialect))
    request.body = Array(list.utf8)
    guard XMLElement.read(try send(request).body)?.name == "CompleteMultipartUploadResult" else {
      throw Failure(.badAnswer, place: "no end of an upload")
    }
  }

  private func abort(_ key: String, _ id: String) throws(Failure) {
    var request = StoreRequest()
    request.method = "DELETE"
    request.key = key
    request.query = [("uploadId", id)]
    _ = try send(request)
  }

  /// Ends uploads in parts that nobody will complete: those of some keys under a prefix.
  func abortUploads(under prefix: String, of keys: Set<String>) throws(Failure) {
    guard dialect.writesParts else { return }
    var next: [(name: String, value: String)] = []
    repeat {
      var request = StoreRequest()
      request.query = [("uploads", ""), ("prefix", prefix), ("encoding-type", "url")]
      request.query += next
      request.limit = XMLElement.sizeLimit
      guard let page = XMLElement.read(try send(request).body), page.name == "ListMultipartUploadsResult" else {
        throw Failure(.badAnswer, place: "no list of uploads")
      }
      let isEscaped = page["EncodingType"]?.text == "url"
      for upload in page.all("Upload") {
        guard let text = upload["Key"]?.text, let key = isEscaped ? unescaped(text) : text, let id = upload["UploadId"]?.text
        else { throw Failure(.badAnswer, place: "an upload without a key") }
        if keys.contains(key) { try abort(key, id) }
      }
      next = []
      if page["IsTruncated"]?.text == "true", let key = page["NextKeyMarker"]?.text, let id = page["NextUploadIdMarker"]?.text {
        next = [("key-marker", isEscaped ? unescaped(key) ?? key : key), ("upload-id-marker", id)]
      }
    } while !next.isEmpty
  }

  /// Removes an object; one that is not there is none.
  ///
  /// - Parameter seen: the version that is meant, where the service knows conditions of removals: another one stays.
  func remove(_ key: String, seen: ObjectState? = nil) throws(Failure) {
    var request = StoreRequest()
    request.method = "DELETE"
    request.key = key
    if let seen, dialect.countsVersions { request.headers.append(try WriteCondition.replacing(seen).header(dialect)) }
    do throws(Failure) { _ = try send(request) } catch where error.code == .missing || error.code == .changed {}
  }
}

/// A text as it stands between tags.
private func xmlText(_ text: String) -> String {
  let escapes: [Character: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;"]
  return text.map { escapes[$0] ?? String($0) }.joined()
}
