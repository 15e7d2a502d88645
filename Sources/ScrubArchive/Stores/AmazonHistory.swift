internal import ScrubNative

/// Versions, tags, locks and tiers of Amazon S3: https://docs.aws.amazon.com/AmazonS3/latest/API/
struct AmazonHistory: HistoryDialect {
  private static let names: Set<String> = [
    "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires",
    "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled", "x-amz-storage-class", "x-amz-website-redirect-location",
  ]

  func kept(of headers: [String: String]) -> [StoreHeader] {
    headers.filter { Self.names.contains($0.key) || $0.key.hasPrefix("x-amz-meta-") }
      .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Tags. That there are some is told by the object itself only to who may read them: so they are always asked for.
  func furtherRequest(of key: String, version: String?, _ headers: [String: String]) -> StoreRequest? {
    var request = StoreRequest()
    request.key = key
    request.query = [("tagging", "")] + (version.map { query(of: $0) } ?? [])
    return request
  }

  func further(_ answer: [UInt8]) throws(Failure) -> [StoreHeader] {
    try Self.tags(answer, in: "Tagging").map { [("x-amz-tagging", $0)] } ?? []
  }

  /// The tags of an object as requests write them; nothing where there are none.
  ///
  /// - Parameter name: of the element that holds them.
  static func tags(_ answer: [UInt8], in name: String) throws(Failure) -> String? {
    guard let document = XMLElement.read(answer), document.name == name else { throw Failure(.badAnswer, place: "no tags") }
    let tags = (document["TagSet"]?.all("Tag") ?? []).map { tag in
      escaped(tag["Key"]?.text ?? "") + "=" + escaped(tag["Value"]?.text ?? "")
    }
    return tags.isEmpty ? nil : tags.joined(separator: "&")
  }

  func query(of version: String) -> [(name: String, value: String)] { [("versionId", version)] }

  var listsEverything: Bool { true }

  func isLocked(_ headers: [String: String], at now: Int) -> Bool {
    if headers["x-amz-object-lock-legal-hold"]?.uppercased() == "ON" { return true }
    guard let until = headers["x-amz-object-lock-retain-until-date"] else { return headers["x-amz-object-lock-mode"] != nil }
    // A time that cannot be read is none that ran out.
    return Timestamp(text: until).map { $0.seconds > now } ?? true
  }

  func isArchived(_ headers: [String: String]) -> Bool {
    ["GLACIER", "DEEP_ARCHIVE"].contains(headers["x-amz-storage-class"] ?? "")
  }

  var versioningRequest: StoreRequest? {
    var request = StoreRequest()
    request.query = [("versioning", "")]
    return request
  }

  func versioning(_ answer: [UInt8]) throws(Failure) -> BucketVersioning {
    // What speaks as it does does not name it alike.
    guard let document = XMLElement.read(answer), document.name.contains("Versioning") else {
      throw Failure(.badAnswer, place: "no state of versions")
    }
    switch document["Status"]?.text {
    case "Enabled": return .enabled
    case "Suspended": return .suspended
    default: return .off
    }
  }

  func versions(prefix: String, from next: [(name: String, value: String)]) -> StoreRequest {
    var request = StoreRequest()
    request.query = [("versions", ""), ("encoding-type", "url"), ("prefix", prefix)] + next
    request.limit = XMLElement.sizeLimit
    return request
  }

  func versionPage(_ document: XMLElement) throws(Failure) -> VersionPage {
    guard document.name == "ListVersionsResult" else { throw Failure(.badAnswer, place: "no list of versions") }
    let isEscaped = document["EncodingType"]?.text == "url"
    func plain(_ text: String) -> String? { isEscaped ? unescaped(text) : text }
    var versions: [ObjectVersion] = []
    for entry in document.children where entry.name == "Version" || entry.name == "DeleteMarker" {
      guard let key = entry["Key"].flatMap({ plain($0.text) }), let id = entry["VersionId"]?.text, !id.isEmpty else {
        throw Failure(.badAnswer, place: "a version without a key or id")
      }
      versions.append(
        ObjectVersion(
          key: key, id: id, tag: entry["ETag"]?.text ?? "", size: (entry["Size"]?.text).flatMap { Int($0) } ?? 0,
          isLatest: entry["IsLatest"]?.text == "true", isRemoval: entry.name == "DeleteMarker"))
    }
    guard document["IsTruncated"]?.text == "true" else { return VersionPage(versions: versions, next: []) }
    guard let next = document["NextKeyMarker"].flatMap({ plain($0.text) }) else {
      throw Failure(.badAnswer, place: "a list that does not go on")
    }
    var marks = [(name: "key-marker", value: next)]
    if let id = document["NextVersionIdMarker"]?.text, !id.isEmpty { marks.append(("version-id-marker", id)) }
    return VersionPage(versions: versions, next: marks)
  }
}
