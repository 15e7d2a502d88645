internal import Glibc
internal import ScrubCore
internal import ScrubNative

/// Where credentials for Google's store come from: keys for its XML API, a token that somebody put into the environment,
/// a file of credentials, or the machine's metadata service.
enum GoogleCredentials {
  /// - Throws: `Failure`, `store.no-credentials` where there are none.
  static func find() throws(Failure) -> StoreAuthorization {
    if let (id, secret) = try keyPair("GS_ACCESS_KEY_ID", "GS_SECRET_ACCESS_KEY", of: environment) {
      return .keys(StoreCredentials(id: id, secret: secret, token: nil, names: .google))
    }
    for name in ["GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN"] {
      if let token = environment(name) { return .bearer(token, end: nil) }
    }
    guard let token = try file() ?? machine() else { throw Failure(.noCredentials) }
    return .lent(token)
  }

  /// What is lent for the file that Google's clients call application default credentials; nothing where there is none.
  private static func file() throws(Failure) -> String? {
    let named = environment("GOOGLE_APPLICATION_CREDENTIALS")
    let folder = environment("CLOUDSDK_CONFIG") ?? (environment("HOME") ?? "") + "/.config/gcloud"
    let path = named ?? folder + "/application_default_credentials.json"
    guard let bytes = readSettings(path) else {
      if named == nil { return nil }
      throw Failure(.noCredentials, path: path, place: "the file cannot be read")
    }
    guard let file = GoogleCredentialsFile(bytes) else {
      throw Failure(.noCredentials, path: path, place: "neither of a service account nor of a user")
    }
    guard CredentialEndpoint.isTrusted(file.server) else {
      throw Failure(.noCredentials, path: path, place: "neither HTTPS nor a host of this machine")
    }
    guard let form = file.form(at: Int(time(nil))) else { throw Failure(.noCredentials, path: path, place: "no key that signs") }
    guard let token = CredentialEndpoint.ask(file.server, form: form).flatMap(CredentialEndpoint.token) else {
      throw Failure(.noCredentials, path: path, place: "it is lent nothing")
    }
    return token
  }

  private static func machine() -> String? {
    if environment("NO_GCE_CHECK")?.lowercased() == "true" { return nil }
    let host = environment("GCE_METADATA_HOST") ?? "metadata.google.internal"
    let url = "http://\(host)/computeMetadata/v1/instance/service-accounts/default/token"
    return CredentialEndpoint.ask("GET", url, [("Metadata-Flavor", "Google")]).flatMap(CredentialEndpoint.token)
  }
}

/// A file of credentials as Google's console and `gcloud` write it.
private struct GoogleCredentialsFile {
  private enum Kind {
    /// A service account, which states who it is and signs that.
    case account(email: String, key: String, id: String)
    /// A user, who once allowed it.
    case user(client: String, secret: String, refresh: String)
  }

  /// Who lends tokens.
  let server: String
  private let kind: Kind

  private static let probe = JSONProbe([
    "type", "token_uri", "client_email", "private_key", "private_key_id", "client_id", "client_secret", "refresh_token",
  ])

  /// Nothing for other files.
  init?(_ bytes: [UInt8]) {
    guard let texts = unsafe Self.probe.texts(of: bytes.span.bytes), texts.count == 8 else { return nil }
    server = texts[1] ?? "https://oauth2.googleapis.com/token"
    if texts[0] == "service_account", let email = texts[2], let key = texts[3] {
      kind = .account(email: email, key: key, id: texts[4] ?? "")
    } else if texts[0] == "authorized_user", let client = texts[5], let secret = texts[6], let refresh = texts[7] {
      kind = .user(client: client, secret: secret, refresh: refresh)
    } else {
      return nil
    }
  }

  private static let scope = "https://www.googleapis.com/auth/devstorage.read_write"

  /// What asks for a token; nothing where the key is none.
  ///
  /// - Parameter now: seconds since 1970.
  func form(at now: Int) -> [StoreHeader]? {
    switch kind {
    case .user(let client, let secret, let refresh):
      return [
        ("grant_type", "refresh_token"), ("client_id", client), ("client_secret", secret), ("refresh_token", refresh),
      ]
    case .account(let email, let key, let id):
      // They are put between quotes below.
      guard (email + id + server).utf8.allSatisfy({ (0x21...0x7e).contains($0) && !"\"\\".utf8.contains($0) }) else { return nil }
      let header = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"\(id)\"}"
      let claims = "{\"iss\":\"\(email)\",\"scope\":\"\(Self.scope)\",\"aud\":\"\(server)\",\"iat\":\(now),\"exp\":\(now + 3600)}"
      guard let token = try? WebToken.sign(header: header, claims: claims, key: key) else { return nil }
      return [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", token)]
    }
  }
}
