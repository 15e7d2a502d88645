/// What the services spell differently of an API that they have in common.
struct StoreDialect: Sendable {
  /// Of the signature, and in front of its secret key.
  let scheme: String
  /// Of headers of the service's own.
  let prefix: String
  /// As signatures name it.
  let service: String
  /// Ends what a signature is for.
  let end: String
  /// Whether conditions name the number of a version, not its mark.
  let countsVersions: Bool
  /// What is said besides in requests for objects: Google's store would expand what it knows to be compressed.
  var reading: [(name: String, value: String)] { countsVersions ? [("accept-encoding", "gzip")] : [] }
  /// How lists are asked for: XML cannot hold every key as it is, and how Google escapes them is not documented.
  var listing: [(name: String, value: String)] { countsVersions ? [] : [("encoding-type", "url")] }
  /// Whether uploads in parts know conditions.
  var writesParts: Bool { !countsVersions }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
  static let s3 = StoreDialect(scheme: "AWS4", prefix: "x-amz-", service: "s3", end: "aws4_request", countsVersions: false)
  /// https://cloud.google.com/storage/docs/authentication/signatures
  static let gs = StoreDialect(scheme: "GOOG4", prefix: "x-goog-", service: "storage", end: "goog4_request", countsVersions: true)
}

extension ObjectAddress.Service {
  var dialect: StoreDialect {
    switch self {
    case .s3: .s3
    case .gs: .gs
    }
  }
}
