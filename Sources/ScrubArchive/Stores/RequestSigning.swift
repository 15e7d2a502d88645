internal import ScrubNative

/// Signs requests by version 4 of Amazon's signatures, or of Google's, which differ in names only.
///
/// By us, not by libcurl: its versions differ in which headers they sign, and conditions and checksums must be.
struct RequestSigning {
  let credentials: StoreCredentials
  let region: String
  /// Seconds since 1970, as the store counts them.
  let time: Int

  /// - Parameters:
  ///   - path: escaped.
  ///   - query: escaped, and in byte order of the names.
  ///   - headers: all of them are signed but `accept-encoding`, which Google's front end changes on the way; names in lower
  ///     case.
  ///   - digest: SHA-256 of the body, hex.
  /// - Returns: the headers with those of the signature.
  func sign(
    method: String, path: String, query: String, headers: [StoreHeader], digest: String
  ) throws(NativeError) -> [StoreHeader] {
    let stamp = Timestamp(time)
    let names = credentials.names
    var all = headers + [("\(names.prefix)content-sha256", digest), ("\(names.prefix)date", stamp.compact)]
    if let token = credentials.token { all.append(("\(names.prefix)security-token", token)) }
    all.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    let signed = all.filter { $0.name != "accept-encoding" }
    let headers = signed.map(\.name).joined(separator: ";")
    // Runs of blanks count as one.
    let lines = signed.map { "\($0.name):\($0.value.split(separator: " ").joined(separator: " "))\n" }.joined()
    let canonical = "\(method)\n\(path)\n\(query)\n\(lines)\n\(headers)\n\(digest)"
    let scope = "\(stamp.compact.prefix(8))/\(region)/\(names.service)/\(names.end)"
    let text = "\(names.scheme)-HMAC-SHA256\n\(stamp.compact)\n\(scope)\n\(Digest256.sha256(canonical).hex)"
    let signature = try mac(text, try key(String(stamp.compact.prefix(8)))).hex
    let authorization = "\(names.scheme)-HMAC-SHA256 Credential=\(credentials.id)/\(scope)"
    return all + [("authorization", "\(authorization),SignedHeaders=\(headers),Signature=\(signature)")]
  }

  /// The key of one day, region and service.
  private func key(_ day: String) throws(NativeError) -> SecretBytes {
    var key = credentials.secret
    for part in [day, region, credentials.names.service, credentials.names.end] { key = secret(try mac(part, key)) }
    return key
  }

  private func mac(_ text: String, _ key: SecretBytes) throws(NativeError) -> Digest256 {
    let bytes = Array(text.utf8)
    return try unsafe bytes.span.bytes.withUnsafeBytes { (bytes) throws(NativeError) in try unsafe KeyedDigest(key).digest(bytes) }
  }

  private func secret(_ digest: Digest256) -> SecretBytes {
    unsafe SecretBytes(count: 32) { memory in unsafe memory.copyBytes(from: digest.bytes) }
  }
}

/// What the two signatures call things.
struct SignatureNames: Sendable {
  /// Of the signature, and in front of its secret key.
  let scheme: String
  /// Of headers of the service's own.
  let prefix: String
  let service: String
  /// Ends what a signature is for.
  let end: String

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
  static let amazon = SignatureNames(scheme: "AWS4", prefix: "x-amz-", service: "s3", end: "aws4_request")
  /// https://cloud.google.com/storage/docs/authentication/signatures
  static let google = SignatureNames(scheme: "GOOG4", prefix: "x-goog-", service: "storage", end: "goog4_request")
}

/// A text escaped as in addresses (RFC 3986): all bytes but letters, digits and `-._~`.
func escaped(_ text: String, keeping kept: UInt8? = nil) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var result: [UInt8] = []
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
      result.append(byte)
    default:
      if byte == kept {
        result.append(byte)
      } else {
        result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }
  return String(decoding: result, as: UTF8.self)
}

/// A text without such escapes; nothing where they are broken, or it is no UTF-8.
func unescaped(_ text: String) -> String? {
  var result: [UInt8] = []
  var rest = text.utf8[...]
  while let byte = rest.popFirst() {
    if byte != UInt8(ascii: "%") {
      result.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
      continue
    }
    guard rest.count >= 2, let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
    result.append(code)
    rest = rest.dropFirst(2)
  }
  return String(validating: result, as: UTF8.self)
}
