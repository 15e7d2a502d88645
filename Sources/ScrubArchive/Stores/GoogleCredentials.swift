/// Where credentials for Google's store come from: keys for its XML API, a token that somebody put into the environment,
/// or the machine's metadata service.
enum GoogleCredentials {
  /// - Throws: `Failure`, `store.no-credentials` where there are none.
  static func find() throws(Failure) -> StoreAuthorization {
    if let id = environment("GS_ACCESS_KEY_ID"), let secret = environment("GS_SECRET_ACCESS_KEY") {
      return .keys(StoreCredentials(id: id, secret: secret, token: nil, names: .google))
    }
    for name in ["GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN"] {
      if let token = environment(name) { return .bearer(token, end: nil) }
    }
    if environment("GOOGLE_APPLICATION_CREDENTIALS") != nil {
      throw Failure(.noCredentials, path: "GOOGLE_APPLICATION_CREDENTIALS", place: "files of service accounts are not supported")
    }
    guard let token = machine() else { throw Failure(.noCredentials) }
    return .lent(token)
  }

  private static func machine() -> String? {
    if environment("NO_GCE_CHECK")?.lowercased() == "true" { return nil }
    let host = environment("GCE_METADATA_HOST") ?? "metadata.google.internal"
    let url = "http://\(host)/computeMetadata/v1/instance/service-accounts/default/token"
    return CredentialEndpoint.ask("GET", url, [("Metadata-Flavor", "Google")]).flatMap(CredentialEndpoint.token)
  }
}
