internal import ScrubNative

/// A role that is lent for a token of somebody who knows the process, as clusters give one to each container (EKS, "IAM
/// roles for service accounts"): Amazon's Security Token Service, `AssumeRoleWithWebIdentity`.
struct WebIdentity: Sendable {
  private let file: String
  private let role: String
  private let session: String
  private let service: String

  /// The one that the environment names, else the profile; nothing where neither does.
  ///
  /// - Throws: `Failure`, `store.no-credentials` where no role is named beside the token, or the token would go over the
  ///   network in clear.
  init?(_ profile: AWSProfile, region: String) throws(Failure) {
    let named: (file: String, role: String?, session: String?)
    if let file = environment("AWS_WEB_IDENTITY_TOKEN_FILE") {
      named = (file, environment("AWS_ROLE_ARN"), environment("AWS_ROLE_SESSION_NAME"))
    } else if let file = profile["web_identity_token_file"] {
      named = (file, profile["role_arn"], profile["role_session_name"])
    } else {
      return nil
    }
    guard let role = named.role else { throw Self.failure("no role is named beside the token's file") }
    let told = profile["sts.endpoint_url"] ?? profile["endpoint_url"]
    service =
      environment("AWS_ENDPOINT_URL_STS") ?? environment("AWS_ENDPOINT_URL") ?? told
      ?? "https://" + StoreEndpoint.host(of: "sts", in: region)
    guard CredentialEndpoint.isTrusted(service) else { throw Self.failure("the token service is neither HTTPS nor a host of this machine") }
    (file, self.role, session) = (named.file, role, named.session ?? "currents-scrub")
  }

  /// Asks for the role; the token is read anew, as whoever wrote it writes it anew.
  func lend() throws(Failure) -> StoreCredentials {
    guard let token = readSettings(file) else { throw Self.failure("the token's file cannot be read") }
    let form = [
      (name: "Action", value: "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
      ("RoleSessionName", session),
      ("WebIdentityToken", String(String(decoding: token, as: UTF8.self).prefix { !$0.isNewline })),
    ]
    let url = service.hasSuffix("/") ? service : service + "/"
    guard let answer = CredentialEndpoint.answer(url, form: form, trusted: environment("AWS_CA_BUNDLE")) else {
      throw Self.failure("the token service does not answer")
    }
    let document = XMLElement.read(answer.body)
    guard answer.status == 200 else {
      let code = document?["Error"]?["Code"]?.text ?? ""
      throw Self.failure("the token service says HTTP \(answer.status)" + (code.isEmpty ? "" : " " + code))
    }
    guard let lent = document?["AssumeRoleWithWebIdentityResult"]?["Credentials"], let id = lent["AccessKeyId"]?.text,
      let secret = lent["SecretAccessKey"]?.text, let token = lent["SessionToken"]?.text
    else { throw Self.failure("no credentials in the answer of the token service") }
    return StoreCredentials(
      id: id, secret: secret, token: token, end: lent["Expiration"].flatMap { Timestamp(text: $0.text)?.seconds })
  }

  private static func failure(_ reason: String) -> Failure { Failure(.noCredentials, path: "the web identity", place: reason) }
}
