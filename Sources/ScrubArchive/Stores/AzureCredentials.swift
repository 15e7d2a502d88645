/// Where credentials for Azure's store come from: a token of shared access (SAS), a token that somebody put into the
/// environment, the directory, or the machine's own identity.
struct AzureCredentials: Sendable {
  let account: String
  let connection: AzureConnection

  /// - Throws: `Failure`, `store.no-credentials` where there are none.
  func find() throws(Failure) -> StoreAuthorization {
    if let text = environment("AZURE_STORAGE_SAS_TOKEN") { return try shared(text, of: environment("AZURE_STORAGE_ACCOUNT")) }
    if let text = connection["SharedAccessSignature"] { return try shared(text, of: connection["AccountName"]) }
    if let token = environment("AZURE_STORAGE_TOKEN") { return .bearer(token, end: nil) }
    if environment("AZURE_STORAGE_KEY") != nil || connection["AccountKey"] != nil {
      throw Failure(.noCredentials, path: "AZURE_STORAGE_KEY", place: "keys of accounts are not supported")
    }
    guard let token = try Self.directory() ?? Self.machine() else { throw Failure(.noCredentials) }
    return .lent(token)
  }

  /// - Parameter owner: the account that it is said to be of; nobody else is shown it.
  private func shared(_ text: String, of owner: String?) throws(Failure) -> StoreAuthorization {
    if let owner, owner != account {
      throw Failure(.noCredentials, path: "AZURE_STORAGE_ACCOUNT", place: "the token is of another account")
    }
    let token = text.hasPrefix("?") ? String(text.dropFirst()) : text
    guard token.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "#") }), token.contains("sig=") else {
      throw Failure(.noCredentials, path: "AZURE_STORAGE_SAS_TOKEN", place: "no token of shared access")
    }
    return .query(token)
  }

  private static let resource = "https://storage.azure.com/"

  /// What the directory lends an application, for its secret or for the token that its cluster put into a file; nothing
  /// where the environment names none.
  private static func directory() throws(Failure) -> String? {
    guard let tenant = environment("AZURE_TENANT_ID"), let client = environment("AZURE_CLIENT_ID") else { return nil }
    var form: [StoreHeader] = [("client_id", client), ("grant_type", "client_credentials"), ("scope", resource + ".default")]
    if let secret = environment("AZURE_CLIENT_SECRET") {
      form.append(("client_secret", secret))
    } else if let file = environment("AZURE_FEDERATED_TOKEN_FILE") {
      guard let bytes = readSettings(file) else { throw Failure(.noCredentials, path: "AZURE_FEDERATED_TOKEN_FILE") }
      form.append(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"))
      form.append(("client_assertion", String(String(decoding: bytes, as: UTF8.self).prefix { !$0.isWhitespace })))
    } else {
      return nil
    }
    let host = environment("AZURE_AUTHORITY_HOST") ?? "https://login.microsoftonline.com"
    let base = host.hasSuffix("/") ? String(host.dropLast()) : host
    guard CredentialEndpoint.isTrusted(base + "/") else {
      throw Failure(.noCredentials, path: "AZURE_AUTHORITY_HOST", place: "neither HTTPS nor a host of this machine")
    }
    let answer = CredentialEndpoint.ask("\(base)/\(escaped(tenant))/oauth2/v2.0/token", form: form)
    guard let token = answer.flatMap(CredentialEndpoint.token) else {
      throw Failure(.noCredentials, path: "AZURE_CLIENT_ID", place: "the directory lends it nothing")
    }
    return token
  }

  /// What the machine's own identity is lent: of an application's service, or of a virtual machine (IMDS).
  private static func machine() -> String? {
    let client = environment("AZURE_CLIENT_ID").map { "&client_id=" + escaped($0) } ?? ""
    let query = "&resource=\(escaped(resource))\(client)"
    if let endpoint = environment("IDENTITY_ENDPOINT"), let proof = environment("IDENTITY_HEADER") {
      let url = endpoint + "?api-version=2019-08-01" + query
      return CredentialEndpoint.ask("GET", url, [("X-IDENTITY-HEADER", proof)]).flatMap(CredentialEndpoint.token)
    }
    let host = environment("AZURE_POD_IDENTITY_AUTHORITY_HOST") ?? "http://169.254.169.254"
    let url = host + "/metadata/identity/oauth2/token?api-version=2018-02-01" + query
    return CredentialEndpoint.ask("GET", url, [("Metadata", "true")]).flatMap(CredentialEndpoint.token)
  }
}

/// `AZURE_STORAGE_CONNECTION_STRING`: `AccountName=...;BlobEndpoint=...`.
struct AzureConnection: Sendable {
  private let settings: [String: String]

  init(_ text: String) {
    var settings: [String: String] = [:]
    for part in text.split(separator: ";") {
      guard let sign = part.firstIndex(of: "=") else { continue }
      settings[String(part[..<sign])] = String(part[part.index(after: sign)...])
    }
    self.settings = settings
  }

  subscript(name: String) -> String? { settings[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// Where the blobs of an account are, as far as it says.
  var endpoint: String? {
    if let endpoint = self["BlobEndpoint"] { return endpoint }
    guard let account = self["AccountName"], let suffix = self["EndpointSuffix"] else { return nil }
    return "\(self["DefaultEndpointsProtocol"] ?? "https")://\(account).blob.\(suffix)"
  }
}
