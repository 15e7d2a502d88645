internal import Glibc

/// Where a store's requests go.
struct StoreEndpoint: Sendable {
  /// `https` or `http`.
  let scheme: String
  /// With its port, where it is not the scheme's own.
  let host: String
  /// In front of every path, without a slash at its end.
  let base: String
  /// Whether the bucket is the first part of the path, not of the host.
  let isPathStyle: Bool

  /// An endpoint that the caller names.
  init?(url: String) {
    guard let scheme = ["https", "http"].first(where: { url.hasPrefix("\($0)://") }) else { return nil }
    let rest = url.dropFirst(scheme.count + 3)
    // By bytes, as what asks reads it: a mark behind a character makes another one of it.
    let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
    // The scheme's own port is not said in requests.
    let port = scheme == "https" ? ":443" : ":80"
    let host = String(rest[..<slash].hasSuffix(port) ? rest[..<slash].dropLast(port.count) : rest[..<slash])
    // A name in front of the host would be a password.
    guard !host.isEmpty, !host.utf8.contains(UInt8(ascii: "@")), !rest.utf8.contains(where: { "?#".utf8.contains($0) }) else {
      return nil
    }
    let path = String(rest[slash...])
    self.init(scheme: scheme, host: host, base: path.hasSuffix("/") ? String(path.dropLast()) : path, isPathStyle: true)
  }

  /// Amazon's own, of a region.
  init(region: String, bucket: String) {
    // Certificates hold for one label in front of the host.
    let isPathStyle = bucket.contains(".")
    self.init(
      scheme: "https", host: (isPathStyle ? "" : bucket + ".") + Self.host(of: "s3", in: region), base: "",
      isPathStyle: isPathStyle)
  }

  /// The host of a service of Amazon's own.
  static func host(of service: String, in region: String) -> String {
    "\(service).\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : "")
  }

  private init(scheme: String, host: String, base: String, isPathStyle: Bool) {
    self.scheme = scheme
    self.host = host
    self.base = base
    self.isPathStyle = isPathStyle
  }

  var hostWithoutPort: String {
    let end = host.utf8.lastIndex(of: UInt8(ascii: ":")) ?? host.endIndex
    return host.utf8[end...].dropFirst().allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) ? String(host[..<end]) : host
  }

  /// The path of an object, escaped.
  func path(bucket: String, key: String) -> String {
    base + (isPathStyle ? "/" + escaped(bucket) : "") + "/" + escaped(key, keeping: UInt8(ascii: "/"))
  }
}

/// What environment and profile say of a service, once for the whole run.
struct StoreSettings: Sendable {
  let endpoint: StoreEndpoint?
  let region: String
  /// Finds credentials.
  let authorize: @Sendable () throws(Failure) -> StoreAuthorization
  /// How often a request is tried.
  let attempts: Int
  /// A file of certificates to trust.
  let trusted: String?

  /// - Throws: `Failure`, `store.bad-settings` where they cannot be meant.
  static func read(_ address: ObjectAddress) throws(Failure) -> StoreSettings {
    switch address.service {
    case .s3: try amazon()
    case .gs: try google()
    case .az: try azure(address.account)
    }
  }

  /// Regions play no part there; clients of Google's name another host by `STORAGE_EMULATOR_HOST`.
  private static func google() throws(Failure) -> StoreSettings {
    let named = environment("STORAGE_EMULATOR_HOST").map { $0.contains("://") ? $0 : "http://" + $0 }
    guard let endpoint = StoreEndpoint(url: named ?? "https://storage.googleapis.com") else {
      throw Failure(.storeSettings, path: "STORAGE_EMULATOR_HOST", place: "no address of HTTP or HTTPS")
    }
    return StoreSettings(
      endpoint: endpoint, region: "auto", authorize: GoogleCredentials.find, attempts: defaultAttempts, trusted: nil)
  }

  /// Every account is a host of its own there, unless the environment says where.
  private static func azure(_ account: String) throws(Failure) -> StoreSettings {
    let credentials = AzureCredentials(
      account: account, connection: AzureConnection(environment("AZURE_STORAGE_CONNECTION_STRING") ?? ""))
    let named = environment("AZURE_STORAGE_SERVICE_ENDPOINT") ?? credentials.connection.endpoint
    guard let endpoint = StoreEndpoint(url: named ?? "https://\(account).blob.core.windows.net") else {
      throw Failure(.storeSettings, path: "AZURE_STORAGE_SERVICE_ENDPOINT", place: "no address of HTTP or HTTPS")
    }
    return StoreSettings(
      endpoint: endpoint, region: "", authorize: credentials.find, attempts: defaultAttempts, trusted: nil)
  }

  private static let defaultAttempts = 8

  private static func amazon() throws(Failure) -> StoreSettings {
    let profile = try AWSProfile.current()
    let told = profile["s3.endpoint_url"] ?? profile["endpoint_url"]
    let url = environment("AWS_ENDPOINT_URL_S3") ?? environment("AWS_ENDPOINT_URL") ?? told
    var endpoint: StoreEndpoint?
    if let url {
      endpoint = StoreEndpoint(url: url)
      if endpoint == nil { throw Failure(.storeSettings, path: "AWS_ENDPOINT_URL", place: "no address of HTTP or HTTPS") }
    }
    let region = environment("AWS_REGION") ?? environment("AWS_DEFAULT_REGION") ?? profile["region"] ?? "us-east-1"
    guard region.utf8.allSatisfy({ $0.isRegionByte }) else {
      throw Failure(.storeSettings, path: "AWS_REGION", place: "no name of a region")
    }
    let attempts = environment("AWS_MAX_ATTEMPTS").map { Int($0) ?? 0 } ?? defaultAttempts
    guard attempts > 0 else {
      throw Failure(.storeSettings, path: "AWS_MAX_ATTEMPTS", place: "no number of attempts")
    }
    let chain = CredentialChain(profile: profile, region: region)
    return StoreSettings(
      endpoint: endpoint, region: region, authorize: { () throws(Failure) in .keys(try chain.find()) },
      attempts: min(attempts, 20), trusted: environment("AWS_CA_BUNDLE"))
  }
}

extension UInt8 {
  /// Whether it may stand in the name of a region, which becomes a part of a host.
  var isRegionByte: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
    default: false
    }
  }
}
