internal import ScrubNative

/// Amazon S3, and whatever speaks as it does: https://docs.aws.amazon.com/AmazonS3/latest/API/
struct AmazonDialect: StoreDialect {
  var digestHeader: String { "x-amz-meta-currents-scrub-sha256" }
  var parts: ObjectParts { .uploads }
  // Most of what speaks like it does not know them.
  var removesOnCondition: Bool { false }
  var versionHeader: String? { "x-amz-version-id" }
  // Where a bucket locks what is put into it by default, it says "Content-MD5 OR x-amz-checksum- HTTP header is required";
  // of the two the first is known to all that speak like it:
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
  var provesBodies: Bool { true }

  func headers(_ description: ObjectDescription) -> [StoreHeader] {
    description.headers(type: "content-type", digest: digestHeader)
  }

  var history: any HistoryDialect { AmazonHistory() }

  /// `ListObjectsV2`, with keys escaped: XML cannot hold every one as it is.
  func list(prefix: String, from next: String?) -> StoreRequest {
    var request = StoreRequest()
    request.query = [("list-type", "2"), ("encoding-type", "url"), ("prefix", prefix)]
    if let next { request.query.append(("continuation-token", next)) }
    return request
  }

  func page(_ document: XMLElement) throws(Failure) -> ObjectPage {
    guard document.name == "ListBucketResult" else { throw Failure(.badAnswer, place: "no list") }
    let isEscaped = document["EncodingType"]?.text == "url"
    var objects: [ListedObject] = []
    for entry in document.all("Contents") {
      guard let text = entry["Key"]?.text, let key = isEscaped ? unescaped(text) : text,
        let size = (entry["Size"]?.text).flatMap({ Int($0) }), size >= 0
      else { throw Failure(.badAnswer, place: "a list without a key or size") }
      objects.append(
        ListedObject(
          key: key, size: size, tag: entry["ETag"]?.text ?? "",
          modified: (entry["LastModified"]?.text).flatMap { Timestamp(text: $0)?.seconds } ?? 0))
    }
    guard document["IsTruncated"]?.text == "true" else { return ObjectPage(objects: objects, next: nil) }
    guard let next = document["NextContinuationToken"]?.text else {
      throw Failure(.badAnswer, place: "a list that does not go on")
    }
    return ObjectPage(objects: objects, next: next)
  }
}
