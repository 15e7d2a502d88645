internal import Glibc
internal import ScrubCore
internal import ScrubNative

/// What requests are signed with. Never shown: what is secret in it is not text.
struct StoreCredentials: Sendable {
  /// The id of the access key.
  let id: String
  /// The name of the scheme and the secret key, with zeros behind it up to a block, which changes nothing for HMAC (RFC 2104).
  let secret: SecretBytes
  /// Of credentials that end.
  let token: String?
  /// Seconds since 1970; nothing where they do not end.
  let end: Int?
  let names: SignatureNames

  init(id: String, secret: String, token: String?, end: Int? = nil, names: SignatureNames = .amazon) {
    let text = Array((names.scheme + secret).utf8)
    self.id = id
    self.names = names
    self.secret = unsafe SecretBytes(count: max(text.count, 64)) { memory in
      unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
      unsafe memory.copyBytes(from: text)
    }
    self.token = token.flatMap { $0.isEmpty ? nil : $0 }
    self.end = end
  }
}

/// By what a request is allowed.
enum StoreAuthorization: Sendable {
  /// A signature.
  case keys(StoreCredentials)
  /// A token that is sent along; seconds since 1970, nothing where nobody knows when it ends.
  case bearer(String, end: Int?)
  /// What is put behind the address, escaped.
  case query(String)

  /// A token of an endpoint, which is asked anew every few minutes: it surely holds so long.
  static func lent(_ token: String) -> StoreAuthorization { .bearer(token, end: Int(time(nil)) + 540) }

  /// Whether it can be sent: secrets that were mounted from files often end with a line.
  var isSendable: Bool {
    switch self {
    case .keys(let credentials): (credentials.id + (credentials.token ?? "")).utf8.allSatisfy { $0.isOfHeader }
    case .bearer(let token, _): token.utf8.allSatisfy { $0.isOfHeader }
    case .query: true
    }
  }

  /// Seconds since 1970; nothing where it does not end.
  var end: Int? {
    switch self {
    case .keys(let credentials): credentials.end
    case .bearer(_, let end): end
    case .query: nil
    }
  }
}

extension UInt8 {
  /// Whether it may stand in a key's id or a token, which are put into headers.
  fileprivate var isOfHeader: Bool { (0x21...0x7e).contains(self) }
}

/// What the surroundings of the process say, where it is not empty.
func environment(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  let text = unsafe String(cString: value)
  return text.isEmpty ? nil : text
}

/// A small file of settings, which may be a link; nothing where it cannot be read.
func readSettings(_ path: String) -> [UInt8]? {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: 1 << 20)
  var count = 0
  while count < bytes.count {
    let more = unsafe bytes.withUnsafeMutableBytes { room in
      unsafe readRetrying(descriptor, UnsafeMutableRawBufferPointer(rebasing: room[count...]), limit: room.count)
    }
    guard more >= 0 else { return nil }
    if more == 0 { return Array(bytes[..<count]) }
    count += more
  }
  return nil
}

/// The id of an access key and the key; nothing where neither is told.
///
/// - Throws: `Failure`, `store.no-credentials` where one of them is missing: another place would have those of somebody else.
func keyPair(
  _ id: String, _ secret: String, of settings: (String) -> String?
) throws(Failure) -> (id: String, secret: String)? {
  switch (settings(id), settings(secret)) {
  case (let id?, let secret?): return (id, secret)
  case (nil, nil): return nil
  case (nil, _): throw Failure(.noCredentials, path: id, place: "it is not set, though \(secret) is")
  case (_, nil): throw Failure(.noCredentials, path: secret, place: "it is not set, though \(id) is")
  }
}

/// Where credentials for S3 come from, in the order in which the field's own tools look: the environment, the profile in
/// `~/.aws`, the role of a web identity, the container's endpoint, the instance's.
struct CredentialChain: Sendable {
  let profile: AWSProfile
  let region: String

  /// - Throws: `Failure`, `store.no-credentials` where there are none.
  func find() throws(Failure) -> StoreCredentials {
    if let (id, secret) = try keyPair("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", of: environment) {
      return StoreCredentials(id: id, secret: secret, token: environment("AWS_SESSION_TOKEN"))
    }
    if let identity = try WebIdentity(profile, region: region) { return try identity.lend() }
    // Keys beside these are those that a role is asked for with, or of somebody else.
    let unsupported = ["role_arn", "sso_session", "sso_start_url", "login_session", "credential_process"]
    if let setting = unsupported.first(where: { profile[$0] != nil }) {
      throw Failure(.noCredentials, path: "profile \(profile.name)", place: "\(setting) is not supported")
    }
    if let (id, secret) = try keyPair("aws_access_key_id", "aws_secret_access_key", of: { profile[$0] }) {
      return StoreCredentials(id: id, secret: secret, token: profile["aws_session_token"])
    }
    if let container = try CredentialEndpoint.container() { return container }
    if let instance = CredentialEndpoint.instance() { return instance }
    throw Failure(.noCredentials)
  }
}

/// A profile of the files in `~/.aws`: the settings of `credentials` before those of `config`.
struct AWSProfile: Sendable {
  let name: String
  private let settings: [String: String]

  /// The profile that the environment names, or `default`.
  static func current() throws(Failure) -> AWSProfile {
    let named = environment("AWS_PROFILE") ?? environment("AWS_DEFAULT_PROFILE")
    let name = named ?? "default"
    let home = environment("HOME") ?? ""
    let credentials = environment("AWS_SHARED_CREDENTIALS_FILE") ?? home + "/.aws/credentials"
    let config = environment("AWS_CONFIG_FILE") ?? home + "/.aws/config"
    let first = section(of: credentials, names: [name])
    let second = section(of: config, names: name == "default" ? ["default", "profile default"] : ["profile " + name])
    if named != nil && first == nil && second == nil {
      throw Failure(.noCredentials, path: "profile \(name)", place: "there is no such profile")
    }
    var settings = (first ?? [:]).merging(second ?? [:]) { first, _ in first }
    if let services = settings["services"], !services.isEmpty {
      guard let named = section(of: config, names: ["services " + services]) else {
        throw Failure(.storeSettings, path: "profile \(name)", place: "there are no such services")
      }
      for key in ["s3.endpoint_url", "sts.endpoint_url"] { settings[key] = named[key] ?? settings[key] }
    }
    return AWSProfile(name: name, settings: settings)
  }

  subscript(key: String) -> String? { settings[key].flatMap { $0.isEmpty ? nil : $0 } }

  /// The settings of a section of an INI file; lines that are indented belong to the one before, as `s3.endpoint_url`.
  private static func section(of path: String, names: [String]) -> [String: String]? {
    guard let bytes = readSettings(path) else { return nil }
    var found: [String: String]?
    var isInside = false
    var outer = ""
    for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let text = trimmed(line)
      if "#;".contains(text.first ?? "#") { continue }
      let isNested = line.first?.isWhitespace == true
      if text.hasPrefix("[") && !isNested {
        outer = ""
        isInside = names.contains(unquoted(trimmed(text.dropFirst().prefix { $0 != "]" })))
        if isInside && found == nil { found = [:] }
      } else if isInside, let sign = text.firstIndex(of: "=") {
        let key = trimmed(text[..<sign]).lowercased()
        if !isNested { outer = key }
        found?[isNested ? "\(outer).\(key)" : key] = trimmed(text[text.index(after: sign)...])
      }
    }
    return found
  }

  /// Names with blanks stand between quotes behind the kind of a section.
  private static func unquoted(_ name: String) -> String {
    let parts = name.split(maxSplits: 1, whereSeparator: \.isWhitespace).map { trimmed($0) }
    guard parts.count == 2, let quote = parts[1].first, "'\"".contains(quote), parts[1].count > 1, parts[1].last == quote else {
      return name
    }
    return "\(parts[0]) \(parts[1].dropFirst().dropLast())"
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    let rest = text.drop(while: \.isWhitespace)
    return rest.lastIndex { !$0.isWhitespace }.map { String(rest[...$0]) } ?? ""
  }
}

/// Endpoints of containers and instances that lend credentials.
enum CredentialEndpoint {
  /// What the container's endpoint lends (Amazon ECS, EKS); nothing where the environment names none.
  static func container() throws(Failure) -> StoreCredentials? {
    let url: String
    if let path = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), path.hasPrefix("/") {
      url = "http://169.254.170.2" + path
    } else if let full = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
      guard isTrusted(full) else {
        throw Failure(.noCredentials, path: "AWS_CONTAINER_CREDENTIALS_FULL_URI", place: "neither HTTPS nor a host of this machine")
      }
      url = full
    } else {
      return nil
    }
    var headers: [StoreHeader] = []
    if let file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"), let bytes = readSettings(file) {
      headers.append(("Authorization", String(String(decoding: bytes, as: UTF8.self).prefix { !$0.isNewline })))
    } else if let token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
      headers.append(("Authorization", token))
    }
    guard let answer = ask("GET", url, headers), let lent = credentials(answer) else {
      throw Failure(.noCredentials, path: "the container's endpoint", place: "no credentials in its answer")
    }
    return lent
  }

  /// What the instance's metadata service lends (Amazon EC2, IMDSv2); nothing where there is none.
  static func instance() -> StoreCredentials? {
    if environment("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true" { return nil }
    let endpoint = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"
    let base = (endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint) + "/latest"
    guard let token = ask("PUT", base + "/api/token", [("X-aws-ec2-metadata-token-ttl-seconds", "21600")]) else { return nil }
    let proof = [(name: "X-aws-ec2-metadata-token", value: String(decoding: token, as: UTF8.self))]
    let roles = base + "/meta-data/iam/security-credentials/"
    guard let answer = ask("GET", roles, proof) else { return nil }
    let role = String(decoding: answer, as: UTF8.self).prefix { !$0.isNewline }
    return ask("GET", roles + escaped(String(role)), proof).flatMap(credentials)
  }

  /// Hosts of this machine and of containers' own networks may be asked in clear.
  static func isTrusted(_ url: String) -> Bool {
    guard let endpoint = StoreEndpoint(url: String(decoding: url.utf8.prefix { !"?#".utf8.contains($0) }, as: UTF8.self)) else {
      return false
    }
    let hosts = ["127.0.0.1", "localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]
    return endpoint.scheme == "https" || hosts.contains(endpoint.hostWithoutPort)
  }

  /// Asks an endpoint of this machine: the body of an answer of status 200, or nothing.
  static func ask(_ method: String, _ url: String, _ headers: [StoreHeader]) -> [UInt8]? {
    var request = HTTPExchange.Request()
    request.method = method
    request.url = url
    request.headers = headers
    request.timeout = 2
    request.isDirect = true
    return answer(request).flatMap { $0.status == 200 ? $0.body : nil }
  }

  /// Hands a form to a host elsewhere: the body of an answer of status 200, or nothing.
  static func ask(_ url: String, form: [(name: String, value: String)]) -> [UInt8]? {
    answer(url, form: form).flatMap { $0.status == 200 ? $0.body : nil }
  }

  /// The same with whatever it answers; nothing where it does not answer.
  static func answer(
    _ url: String, form: [(name: String, value: String)], trusted: String? = nil
  ) -> HTTPExchange.Response? {
    var request = HTTPExchange.Request()
    request.method = "POST"
    request.url = url
    request.headers = [("content-type", "application/x-www-form-urlencoded")]
    request.body = Array(form.map { "\($0.name)=\(escaped($0.value))" }.joined(separator: "&").utf8)
    request.timeout = 20
    request.trusted = trusted
    return answer(request)
  }

  /// The last of three answers where none is of use.
  private static func answer(_ request: HTTPExchange.Request) -> HTTPExchange.Response? {
    var request = request
    request.limit = 1 << 16
    var last: HTTPExchange.Response?
    for _ in 0..<3 {
      guard let answer = try? HTTPExchange.send(request) else { continue }
      if answer.status < 500 { return answer }
      last = answer
    }
    return last
  }

  private static let tokenProbe = JSONProbe(["access_token"])

  /// The token in an answer as Google's and Microsoft's endpoints give it.
  static func token(_ answer: [UInt8]) -> String? { unsafe tokenProbe.texts(of: answer.span.bytes)?[0] }

  private static let probe = JSONProbe(["AccessKeyId", "SecretAccessKey", "Token", "Expiration"])

  private static func credentials(_ answer: [UInt8]) -> StoreCredentials? {
    guard let texts = unsafe probe.texts(of: answer.span.bytes), let id = texts[0], let secret = texts[1] else { return nil }
    return StoreCredentials(id: id, secret: secret, token: texts[2], end: texts[3].flatMap { Timestamp(text: $0)?.seconds })
  }
}
