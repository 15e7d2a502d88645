internal import ScrubNative

/// Versions and retention of Google Cloud Storage, by its XML API: https://cloud.google.com/storage/docs/xml-api/overview
///
/// A version is known by its generation. What soft delete keeps that API does not list, and holds it does not tell: they
/// show when the store refuses.
struct GoogleHistory: HistoryDialect {
  private static let names: Set<String> = [
    "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "x-goog-custom-time",
    "x-goog-storage-class",
  ]

  func kept(of headers: [String: String]) -> [StoreHeader] {
    var kept: [StoreHeader] = headers.filter { Self.names.contains($0.key) || $0.key.hasPrefix("x-goog-meta-") }
      .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    // The store tells which version of the key it used; asked for is the key.
    if let key = headers[Self.key] {
      kept.append((Self.key, pathParts(key).prefix { $0 != "cryptoKeyVersions" }.joined(separator: "/")))
    }
    return kept
  }

  private static let key = "x-goog-encryption-kms-key-name"

  func furtherRequest(of key: String, version: String?, _ headers: [String: String]) -> StoreRequest? { nil }

  func further(_ answer: [UInt8]) throws(Failure) -> [StoreHeader] { [] }

  func isLocked(_ headers: [String: String], at now: Int) -> Bool {
    guard let until = headers["x-goog-object-lock-retain-until-date"] else { return headers["x-goog-object-lock-mode"] != nil }
    // A time that cannot be read is none that ran out.
    return Timestamp(text: until).map { $0.seconds > now } ?? true
  }

  // What is archived there is read at once.
  func isArchived(_ headers: [String: String]) -> Bool { false }

  var versioningRequest: StoreRequest? { AmazonHistory().versioningRequest }

  func versioning(_ answer: [UInt8]) throws(Failure) -> BucketVersioning { try AmazonHistory().versioning(answer) }

  /// Keys come as they are.
  func versions(prefix: String, from next: [(name: String, value: String)]) -> StoreRequest {
    var request = StoreRequest()
    request.query = [("versions", ""), ("prefix", prefix)] + next
    request.limit = XMLElement.sizeLimit
    return request
  }

  func versionPage(_ document: XMLElement) throws(Failure) -> VersionPage {
    guard document.name == "ListBucketResult" || document.name == "ListVersionsResult" else {
      throw Failure(.badAnswer, place: "no list of versions")
    }
    var versions: [ObjectVersion] = []
    for entry in document.all("Version") {
      guard let key = entry["Key"]?.text, let id = entry["Generation"]?.text, !id.isEmpty,
        let size = (entry["Size"]?.text).flatMap({ Int($0) }), let isLatest = entry["IsLatest"]?.text
      else { throw Failure(.badAnswer, place: "a version without a key, generation or size") }
      versions.append(
        ObjectVersion(
          key: key, id: id, tag: entry["ETag"]?.text ?? "", size: size, isLatest: isLatest == "true", isRemoval: false))
    }
    guard document["IsTruncated"]?.text == "true" else { return VersionPage(versions: versions, next: []) }
    guard let key = document["NextMarker"]?.text, let generation = document["NextGenerationMarker"]?.text else {
      throw Failure(.badAnswer, place: "a list that does not go on")
    }
    return VersionPage(versions: versions, next: [("marker", key), ("generation-marker", generation)])
  }

  func query(of version: String) -> [(name: String, value: String)] { [("generation", version)] }

  var listsEverything: Bool { false }
}
