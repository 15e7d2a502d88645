internal import ScrubNative

/// The XML API of Google Cloud Storage: https://cloud.google.com/storage/docs/xml-api/overview
struct GoogleDialect: StoreDialect {
  var digestHeader: String { "x-goog-meta-currents-scrub-sha256" }
  // Its uploads in parts know no conditions.
  var parts: ObjectParts { .none }
  var removesOnCondition: Bool { true }
  var versionHeader: String? { "x-goog-generation" }
  var history: any HistoryDialect { GoogleHistory() }
  // What it knows to be compressed it would expand on the way.
  var reading: [StoreHeader] { [("accept-encoding", "gzip")] }

  func headers(_ description: ObjectDescription) -> [StoreHeader] {
    description.headers(type: "content-type", digest: digestHeader)
  }

  /// Keys come as they are: how they would be escaped is not documented.
  func list(prefix: String, from next: String?) -> StoreRequest {
    var request = AmazonDialect().list(prefix: prefix, from: next)
    request.query.removeAll { $0.name == "encoding-type" }
    return request
  }

  func page(_ document: XMLElement) throws(Failure) -> ObjectPage { try AmazonDialect().page(document) }

  /// By the number of the version: marks are digests here, and come back with the bytes.
  func header(_ condition: WriteCondition) throws(Failure) -> StoreHeader {
    switch condition {
    case .new: return ("x-goog-if-generation-match", "0")
    case .replacing(let state):
      guard let generation = state.generation else { throw Failure(.badAnswer, place: "an object without a version") }
      return ("x-goog-if-generation-match", generation)
    }
  }
}
