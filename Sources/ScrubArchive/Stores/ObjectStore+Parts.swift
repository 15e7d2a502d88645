internal import ScrubNative

extension ObjectStore {
  /// Writes an object by an upload in parts.
  func writeParts(
    _ key: String, _ source: ObjectSource, _ description: ObjectDescription, _ condition: WriteCondition
  ) throws(Failure) {
    var request = StoreRequest()
    request.method = "POST"
    request.key = key
    request.query = [("uploads", "")]
    request.headers = dialect.headers(description)
    guard let id = XMLElement.read(try send(request).body)?["UploadId"]?.text, !id.isEmpty else {
      throw Failure(.badAnswer, place: "no upload")
    }
    do throws(Failure) {
      let tags = try sendPieces(of: source) { (number, bytes) throws(Failure) in try writePart(key, id, number, bytes) }
      let list = tags.enumerated().map { "<Part><PartNumber>\($0 + 1)</PartNumber><ETag>\(xmlText($1))</ETag></Part>" }.joined()
      try complete(key, id, "<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>", condition)
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
    request.headers = [("content-type", "application/octet-stream")] + (try proof(of: .bytes(bytes), 0..<bytes.count))
    request.body = bytes
    guard let tag = try send(request).headers["etag"] else { throw Failure(.badAnswer, place: "a part without a mark") }
    return tag
  }

  private func complete(_ key: String, _ id: String, _ list: String, _ condition: WriteCondition) throws(Failure) {
    var request = StoreRequest()
    request.method = "POST"
    request.key = key
    request.query = [("uploadId", id)]
    request.headers = [("content-type", "application/xml"), try dialect.header(condition)]
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
    guard case .uploads = dialect.parts else { return }
    try listUploads(under: prefix) { (key, id) throws(Failure) in if keys.contains(key) { try abort(key, id) } }
  }

  /// Hands over key and id of every upload in parts under a prefix that was begun and neither ended nor given up.
  func listUploads(under prefix: String, _ body: (String, String) throws(Failure) -> Void) throws(Failure) {
    var next: [(name: String, value: String)] = []
    while true {
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
        try body(key, id)
      }
      guard page["IsTruncated"]?.text == "true" else { return }
      guard let text = page["NextKeyMarker"]?.text, let key = isEscaped ? unescaped(text) : text,
        let id = page["NextUploadIdMarker"]?.text, next.map(\.value) != [key, id]
      else { throw Failure(.badAnswer, place: "a list that does not go on") }
      next = [("key-marker", key), ("upload-id-marker", id)]
    }
  }
}

/// A text as it stands between tags.
private func xmlText(_ text: String) -> String {
  let escapes: [Character: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;"]
  return text.map { escapes[$0] ?? String($0) }.joined()
}
