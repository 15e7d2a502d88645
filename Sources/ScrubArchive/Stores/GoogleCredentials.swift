internal import Glibc
internal import ScrubCore
internal import ScrubNative

/// Where credentials for Google's store come from: keys for its XML API, a token that somebody put into the environment,
/// or the machine's metadata service.
enum GoogleCredentials {
  /// - Throws: `Failure`, `store.no-credentials` where there are none.
  static func find() throws(Failure) -> StoreAuthorization {
    if let id = environment("GS_ACCESS_KEY_ID"), let secret = environment("GS_SECRET_ACCESS_KEY") {
      return .keys(StoreCredentials(id: id, secret: secret, token: nil, scheme: StoreDialect.gs.scheme))
    }
    for name in ["GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN"] {
      if let token = environment(name) { return .bearer(token, end: nil) }
    }
    if environment("GOOGLE_APPLICATION_CREDENTIALS") != nil {
      throw Failure(.noCredentials, path: "GOOGLE_APPLICATION_CREDENTIALS", place: "files of service accounts are not supported")
    }
    if let token = machine() { return .bearer(token, end: Int(time(nil)) + tokenLife) }
    throw Failure(.noCredentials)
  }

  /// How long a token of the metadata service surely holds, in seconds; it is asked for anew before.
  private static let tokenLife = 540
  private static let probe = JSONProbe(["access_token"])

  private static func machine() -> String? {
    if environment("NO_GCE_CHECK")?.lowercased() == "true" { return nil }
    let host = environment("GCE_METADATA_HOST") ?? "metadata.google.internal"
    let url = "http://\(host)/computeMetadata/v1/instance/service-accounts/default/token"
    guard let answer = CredentialEndpoint.ask("GET", url, [("Metadata-Flavor", "Google")]) else { return nil }
    return unsafe probe.texts(of: answer.span.bytes)?[0]
  }
}

/// By what a request is allowed.
enum StoreAuthorization: Sendable {
  /// A signature.
  case keys(StoreCredentials)
  /// A token that is sent along; seconds since 1970, nothing where nobody knows when it ends.
  case bearer(String, end: Int?)

  /// Seconds since 1970; nothing where it does not end.
  var end: Int? {
    switch self {
    case .keys(let credentials): credentials.end
    case .bearer(_, let end): end
    }
  }
}
