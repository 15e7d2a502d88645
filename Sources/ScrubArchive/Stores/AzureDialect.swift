internal import ScrubNative

/// Azure Blob Storage: https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api
struct AzureDialect: StoreDialect {
  // Names of metadata are identifiers there.
  var digestHeader: String { "x-ms-meta-currents_scrub_sha256" }
  var parts: ObjectParts { .blocks }
  var removesOnCondition: Bool { true }
  var versionHeader: String? { "x-ms-version-id" }
  var history: any HistoryDialect { AzureHistory() }
  var writing: [StoreHeader] { [("x-ms-blob-type", "BlockBlob")] }

  /// Of the service, whose later versions list some names in another way.
  private static let version = "2020-10-02"

  func headers(at time: Timestamp) -> [StoreHeader] { [("x-ms-version", Self.version), ("x-ms-date", time.header)] }

  func headers(_ description: ObjectDescription) -> [StoreHeader] {
    description.headers(type: "x-ms-blob-content-type", digest: digestHeader)
  }

  func list(prefix: String, from next: String?) -> StoreRequest {
    var request = StoreRequest()
    request.query = [("restype", "container"), ("comp", "list"), ("prefix", prefix)]
    if let next { request.query.append(("marker", next)) }
    return request
  }

  func page(_ document: XMLElement) throws(Failure) -> ObjectPage {
    guard document.name == "EnumerationResults", let blobs = document["Blobs"] else {
      throw Failure(.badAnswer, place: "no list")
    }
    var objects: [ListedObject] = []
    for blob in blobs.all("Blob") {
      let properties = blob["Properties"]
      guard let key = blob["Name"]?.text, let size = (properties?["Content-Length"]?.text).flatMap({ Int($0) }), size >= 0
      else { throw Failure(.badAnswer, place: "a list without a key or size") }
      // Only headers have marks in quotes here.
      let tag = (properties?["Etag"]?.text).map { $0.hasPrefix("\"") ? $0 : "\"\($0)\"" } ?? ""
      let modified = (properties?["Last-Modified"]?.text).flatMap { Timestamp(header: $0)?.seconds }
      objects.append(ListedObject(key: key, size: size, tag: tag, modified: modified ?? 0))
    }
    return ObjectPage(objects: objects, next: (document["NextMarker"]?.text).flatMap { $0.isEmpty ? nil : $0 })
  }
}
