internal import ScrubNative

/// On what it depends that an object is written.
enum WriteCondition {
  /// That there is none of its key.
  case new
  /// That there is still this version of it.
  case replacing(tag: String)

  var header: (name: String, value: String) {
    switch self {
    case .new: ("if-none-match", "*")
    case .replacing(let tag): ("if-match", tag)
    }
  }
}

/// What is written besides an object's bytes.
struct ObjectDescription {
  /// `application/json`.
  let type: String
  /// SHA-256 of all bytes, hex: kept with the object, so that a later run need not read it.
  let digest: String

  /// The header that keeps the digest.
  static let digestHeader = "x-amz-meta-currents-scrub-sha256"

  var headers: [(name: String, value: String)] { [("content-type", type), (Self.digestHeader, digest)] }
}

extension ObjectStore {
  /// The least size of a part, in bytes; what has more is sent in parts.
  static let partSize = 16 << 20
  private static let partLimit = 10_000

  /// Writes an object whole: readers see it all at once, or what was there before.
  ///
  /// - Parameter piece: gives bytes of it, as often as they are asked for.
  /// - Throws: `Failure`, `file.changed-while-read` where the condition does not hold: another wrote meanwhile.
  func write(
    _ key: String, size: Int, _ description: ObjectDescription, _ condition: WriteCondition,
    piece: (Range<Int>) throws(Failure) -> [UInt8]
  ) throws(Failure) {
    do throws(Failure) {
      if size <= Self.partSize {
        try write(key, try piece(0..<size), description, condition)
      } else {
        try writeParts(key, size: size, description, condition, piece)
      }
    } catch where error.code == .changed || error.code == .missing {
      // Where an answer was lost, what came in between may be what was written here.
      guard let state = try state(of: key), state.digest == description.digest, state.size == size else {
        throw Failure(.changed, place: error.place)
      }
    }
  }

  private func write(
    _ key: String, _ bytes: [UInt8], _ description: ObjectDescription, _ condition: WriteCondition
  ) throws(Failure) {
    var request = StoreRequest()
    request.method = "PUT"
    request.key = key
    request.headers = description.headers + [condition.header]
    request.body = bytes
    _ = try send(request)
  }

  private func writeParts(
    _ key: String, size: Int, _ description: ObjectDescription, _ condition: WriteCondition,
    _ piece: (Range<Int>) throws(Failure) -> [UInt8]
  ) throws(Failure) {
    var request = StoreRequest()
    request.method = "POST"
    request.key = key
    request.query = [("uploads", "")]
    request.headers = description.headers
    guard let id = XMLElement.read(try send(request).body)?["UploadId"]?.text, !id.isEmpty else {
      throw Failure(.badAnswer, place: "no upload")
    }
    do throws(Failure) {
      let length = max(Self.partSize, (size - 1) / Self.partLimit + 1)
      var list = "<CompleteMultipartUpload>"
      for (number, start) in stride(from: 0, to: size, by: length).enumerated() {
        let tag = try writePart(key, id, number + 1, try piece(start..<min(start + length, size)))
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
    request.headers = [("content-type", "application/xml"), condition.header]
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
  func remove(_ key: String) throws(Failure) {
    var request = StoreRequest()
    request.method = "DELETE"
    request.key = key
    do throws(Failure) { _ = try send(request) } catch where error.code == .missing {}
  }
}

/// A text as it stands between tags.
private func xmlText(_ text: String) -> String {
  let escapes: [Character: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;"]
  return text.map { escapes[$0] ?? String($0) }.joined()
}
