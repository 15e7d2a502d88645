internal import ScrubNative

/// Versions, snapshots, policies and tiers of Azure Blob Storage:
/// https://learn.microsoft.com/rest/api/storageservices/list-blobs
///
/// Snapshots count as earlier versions. Whether versions are kept is told by the account's management alone; what it keeps of
/// whole containers, or to go back in time, is in no list.
struct AzureHistory: HistoryDialect {
  /// What is told under one name, and asked for under another.
  private static let names = [
    "cache-control": "x-ms-blob-cache-control", "content-disposition": "x-ms-blob-content-disposition",
    "content-encoding": "x-ms-blob-content-encoding", "content-language": "x-ms-blob-content-language",
    "content-type": "x-ms-blob-content-type", "x-ms-encryption-scope": "x-ms-encryption-scope",
  ]

  func kept(of headers: [String: String]) -> [StoreHeader] {
    var kept = headers.compactMap { header -> StoreHeader? in
      if header.key.hasPrefix("x-ms-meta-") { return (header.key, header.value) }
      return Self.names[header.key].map { ($0, header.value) }
    }
    // A tier that is inferred is that of the account.
    if let tier = headers["x-ms-access-tier"], headers["x-ms-access-tier-inferred"] != "true" {
      kept.append(("x-ms-access-tier", tier))
    }
    return kept.sorted { $0.name < $1.name }
  }

  func furtherRequest(of key: String, version: String?, _ headers: [String: String]) -> StoreRequest? {
    guard headers["x-ms-tag-count"].map({ $0 != "0" }) ?? false else { return nil }
    var request = StoreRequest()
    request.key = key
    request.query = [("comp", "tags")] + (version.map { query(of: $0) } ?? [])
    return request
  }

  func further(_ answer: [UInt8]) throws(Failure) -> [StoreHeader] {
    try AmazonHistory.tags(answer, in: "Tags").map { [("x-ms-tags", $0)] } ?? []
  }

  func isLocked(_ headers: [String: String], at now: Int) -> Bool {
    if headers["x-ms-legal-hold"]?.lowercased() == "true" || headers["x-ms-lease-status"] == "locked" { return true }
    guard let until = headers["x-ms-immutability-policy-until-date"] else { return false }
    // A time that cannot be read is none that ran out.
    return Timestamp(header: until).map { $0.seconds > now } ?? true
  }

  func isArchived(_ headers: [String: String]) -> Bool { headers["x-ms-access-tier"] == "Archive" }

  var versioningRequest: StoreRequest? { nil }

  func versioning(_ answer: [UInt8]) throws(Failure) -> BucketVersioning { throw Failure(.badAnswer) }

  func versions(prefix: String, from next: [(name: String, value: String)]) -> StoreRequest {
    var request = StoreRequest()
    request.query = [("restype", "container"), ("comp", "list"), ("include", "versions,snapshots,deleted"), ("prefix", prefix)] + next
    request.limit = XMLElement.sizeLimit
    return request
  }

  func versionPage(_ document: XMLElement) throws(Failure) -> VersionPage {
    guard document.name == "EnumerationResults", let blobs = document["Blobs"] else {
      throw Failure(.badAnswer, place: "no list of versions")
    }
    var versions: [ObjectVersion] = []
    for blob in blobs.all("Blob") {
      guard let key = blob["Name"]?.text, let size = (blob["Properties"]?["Content-Length"]?.text).flatMap({ Int($0) }) else {
        throw Failure(.badAnswer, place: "a version without a key or size")
      }
      let (version, snapshot) = (blob["VersionId"]?.text ?? "", blob["Snapshot"]?.text ?? "")
      let isDeleted = blob["Deleted"]?.text == "true"
      // What has neither is the blob itself, where no versions are kept.
      let isLatest = !isDeleted && snapshot.isEmpty && (version.isEmpty || blob["IsCurrentVersion"]?.text == "true")
      let id = !snapshot.isEmpty ? Self.snapshotMark + snapshot : version.isEmpty ? "null" : version
      versions.append(
        ObjectVersion(
          key: key, id: id, tag: blob["Properties"]?["Etag"]?.text ?? "", size: size, isLatest: isLatest, isRemoval: false,
          isSoftDeleted: isDeleted))
    }
    let next = document["NextMarker"]?.text ?? ""
    return VersionPage(versions: versions, next: next.isEmpty ? [] : [("marker", next)])
  }

  /// In front of the times of snapshots, in ids of versions.
  private static let snapshotMark = "snapshot="

  func query(of version: String) -> [(name: String, value: String)] {
    version.hasPrefix(Self.snapshotMark)
      ? [("snapshot", String(version.dropFirst(Self.snapshotMark.count)))] : [("versionid", version)]
  }

  var listsEverything: Bool { false }
}
