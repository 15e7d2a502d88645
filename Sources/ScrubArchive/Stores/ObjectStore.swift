internal import Glibc
internal import ScrubNative
internal import Synchronization

/// A request to a store, before it is signed.
struct StoreRequest {
  var method = "GET"
  /// Of the object; empty for the bucket.
  var key = ""
  /// Names and values, unescaped.
  var query: [(name: String, value: String)] = []
  /// With names in lower case.
  var headers: [StoreHeader] = []
  var body: [UInt8] = []
  /// A body that is read from a file from its first byte on, with the SHA-256 of its bytes, hex.
  var file: (descriptor: Int32, size: Int, digest: String)?
  /// How many bytes of the answer's body are taken.
  var limit = 1 << 20
}

/// A bucket, and how it is asked: signed requests, tried again where that may help.
///
/// There is one of each bucket in a run, whoever asks; region and clock of the store are learned once.
final class ObjectStore: Sendable {
  private let bucket: String
  let dialect: any StoreDialect
  private let settings: StoreSettings
  private let learned: Mutex<Learned>

  private struct Learned: Sendable {
    var region: String
    /// How far the store's clock is ahead, in seconds.
    var ahead = 0
    var authorization: StoreAuthorization?
  }

  private static let known = Mutex<[ObjectAddress: ObjectStore]>([:])

  /// The store of an address.
  ///
  /// - Throws: `Failure` where environment or profile make no sense.
  static func of(_ address: ObjectAddress) throws(Failure) -> ObjectStore {
    let bucket = address.object("")
    if let store = known.withLock({ $0[bucket] }) { return store }
    let store = ObjectStore(bucket, try StoreSettings.read(bucket))
    return known.withLock { known in
      if let store = known[bucket] { return store }
      known[bucket] = store
      return store
    }
  }

  private init(_ address: ObjectAddress, _ settings: StoreSettings) {
    bucket = address.bucket
    dialect = address.service.dialect
    self.settings = settings
    learned = Mutex(Learned(region: settings.region))
  }

  /// Sends a request until it is answered.
  ///
  /// - Returns: an answer of status 2xx.
  /// - Throws: `Failure` without a path: `file.missing` for status 404, `file.changed-while-read` for a condition that
  ///   does not hold, else a code of stores, with status and the store's own code as its place.
  func send(_ request: StoreRequest) throws(Failure) -> HTTPExchange.Response {
    var tries = 1
    var lessons = 0
    while true {
      switch try attempt(request) {
      case .done(let response): return response
      case .learned(let failure):
        lessons += 1
        if lessons > 3 { throw failure }
      case .again(let failure, let pause):
        guard tries < settings.attempts else { throw failure }
        Self.wait(milliseconds: max(pause ?? 0, Self.pause(after: tries)))
        tries += 1
      }
    }
  }

  private enum Attempt {
    case done(HTTPExchange.Response)
    /// The store told how it wants to be asked.
    case learned(Failure)
    /// What may pass; milliseconds, where the store tells how long it may take.
    case again(Failure, pause: Int?)
  }

  private func attempt(_ request: StoreRequest) throws(Failure) -> Attempt {
    let signed = try sign(request)
    let response: HTTPExchange.Response
    do throws(HTTPExchange.Problem) { response = try HTTPExchange.send(signed) } catch {
      switch error {
      case .noLibrary: throw Failure(.noLibrary)
      case .untrusted: throw Failure(.untrusted)
      case .badHeader: throw Failure(.storeSettings, place: "a sign that no header may hold")
      case .tooLarge: throw Failure(.badAnswer, place: "larger than was asked for")
      case .broken(let code): return .again(Failure(.unreachable, place: "libcurl \(code)"), pause: nil)
      }
    }
    var answer = StoreAnswer(response, to: request)
    if answer.isSilent, let reason = reason(of: request, status: answer.status) { answer = reason }
    if answer.isDone { return .done(response) }
    if learn(from: answer) { return .learned(answer.failure) }
    guard answer.mayPass else { throw answer.failure }
    return .again(answer.failure, pause: answer.pause)
  }

  /// Why a request is refused whose answer has no body to tell it: the same is asked for as a piece of the object.
  ///
  /// - Returns: nothing where the answer to that is another one.
  private func reason(of request: StoreRequest, status: Int) -> StoreAnswer? {
    var request = request
    request.method = "GET"
    request.headers.append(("range", "bytes=0-0"))
    guard let signed = try? sign(request), let response = try? HTTPExchange.send(signed), response.status == status else { return nil }
    return StoreAnswer(response, to: request)
  }

  // MARK: signing

  private func sign(_ request: StoreRequest) throws(Failure) -> HTTPExchange.Request {
    let authorization = try authorization()
    let (region, ahead) = learned.withLock { ($0.region, $0.ahead) }
    let endpoint = settings.endpoint ?? StoreEndpoint(region: region, bucket: bucket)
    let path = endpoint.path(bucket: bucket, key: request.key)
    var query = request.query.map { (escaped($0.name), escaped($0.value)) }.sorted { $0.0 < $1.0 }
      .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    let time = Self.now + ahead
    var result = HTTPExchange.Request()
    result.method = request.method
    result.headers = request.headers + dialect.headers(at: Timestamp(time))
    result.body = request.body
    result.file = request.file.map { ($0.descriptor, $0.size) }
    result.limit = request.limit
    result.trusted = settings.trusted
    switch authorization {
    case .bearer(let token, _): result.headers.append(("authorization", "Bearer \(token)"))
    case .query(let token): query += (query.isEmpty ? "" : "&") + token
    case .keys(let keys):
      do throws(NativeError) {
        let digest = if let file = request.file { file.digest } else { Digest256.sha256(request.body).hex }
        result.headers = try RequestSigning(credentials: keys, region: region, time: time).sign(
          method: request.method, path: path, query: query, headers: result.headers + [("host", endpoint.host)],
          digest: digest)
      } catch {
        throw Failure(.native)
      }
    }
    result.url = "\(endpoint.scheme)://\(endpoint.host)\(path)" + (query.isEmpty ? "" : "?" + query)
    return result
  }

  /// Those that were found before, unless they end soon.
  private func authorization() throws(Failure) -> StoreAuthorization {
    let now = Self.now
    if let known = learned.withLock({ $0.authorization }), known.end.map({ $0 - 300 > now }) ?? true { return known }
    let found = try settings.authorize()
    guard found.isSendable else { throw Failure(.storeSettings, path: "credentials", place: "a sign in them that no header may hold") }
    learned.withLock { $0.authorization = found }
    return found
  }

  /// Takes from a refusal in which region the bucket is, what time the store has, or that credentials ended.
  ///
  /// - Returns: whether that was news.
  private func learn(from answer: StoreAnswer) -> Bool {
    learned.withLock { learned in
      if let region = answer.region, region != learned.region {
        learned.region = region
        return true
      }
      if answer.code == "RequestTimeTooSkewed", let ahead = answer.time.map({ $0 - Self.now }), abs(ahead - learned.ahead) > 60 {
        learned.ahead = ahead
        return true
      }
      if answer.isExpiry, learned.authorization?.end != nil {
        learned.authorization = nil
        return true
      }
      return false
    }
  }

  // MARK: waiting

  private static var now: Int { time(nil) }

  /// Seconds since 1970, by the store's clock as far as it is known.
  var now: Int { Self.now + learned.withLock { $0.ahead } }

  /// Milliseconds until the next try: twice as many each time, and not the same for all who wait.
  private static func pause(after tries: Int) -> Int {
    let longest = min(100 << min(tries - 1, 7), 10_000)
    return Int.random(in: longest / 2...longest)
  }

  private static func wait(milliseconds: Int) {
    usleep(UInt32(milliseconds) * 1000)
  }
}

/// What an answer of a store means.
struct StoreAnswer {
  let status: Int
  /// The store's own code, such as `SlowDown`; empty where it tells none.
  let code: String
  /// Whether it is a refusal that does not tell why, for it has no body.
  let isSilent: Bool
  private let error: XMLElement?
  private let headers: [String: String]

  init(_ response: HTTPExchange.Response, to request: StoreRequest) {
    status = response.status
    headers = response.headers
    // What takes long is answered with 200 before it is known how it ends.
    let mayHoldError = !(200..<300).contains(status) || request.method == "POST"
    let element = mayHoldError ? XMLElement.read(response.body) : nil
    error = element?.name == "Error" ? element : nil
    // Azure says it in a header too, as of a HEAD request, which has no body.
    code = String((error?["Code"]?.text ?? headers["x-ms-error-code"] ?? "").prefix(64).filter { $0.isASCII && ($0.isLetter || $0.isNumber) })
    isSilent = request.method == "HEAD" && [400, 403].contains(status) && code.isEmpty
  }

  var isDone: Bool { (200..<300).contains(status) && error == nil }

  /// Whether the same request may get another answer later.
  var mayPass: Bool {
    let passing = [
      "SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "OperationAborted", "ConditionalRequestConflict",
    ]
    return passing.contains(code) || [307, 408, 425, 429, 500, 502, 503, 504].contains(status)
  }

  /// Whether credentials ended, as far as a store tells.
  var isExpiry: Bool { status == 401 || ["ExpiredToken", "ExpiredTokenException"].contains(code) }

  /// Milliseconds that the store asks to wait for, half a minute at most.
  var pause: Int? { headers["retry-after"].flatMap { Int($0) }.map { min(max($0, 0), 30) * 1000 } }

  /// The region that the bucket is in.
  var region: String? {
    let region = headers["x-amz-bucket-region"] ?? error?["Region"]?.text
    return region.flatMap { !$0.isEmpty && $0.utf8.allSatisfy(\.isRegionByte) ? $0 : nil }
  }

  /// Seconds since 1970.
  var time: Int? { headers["date"].flatMap { Timestamp(header: $0)?.seconds } }

  var failure: Failure {
    let place = "HTTP \(status)" + (code.isEmpty ? "" : " \(code)")
    if mayPass { return Failure(.busy, place: place) }
    switch (status, code) {
    case (_, "InvalidObjectState"), (_, "BlobArchived"), (_, "BlobBeingRehydrated"): return Failure(.archived, place: place)
    case (404, _): return Failure(.missing, place: place)
    // Azure's way to say that there is one where none should be; and that somebody else holds it.
    case (_, "BlobAlreadyExists"): return Failure(.changed, place: place)
    case (_, "LeaseIdMissing"), (_, "BlobImmutableDueToPolicy"), (_, "ObjectUnderActiveHold"), (_, "RetentionPolicyNotMet"):
      return Failure(.storeLocked, place: place)
    case (412, _): return Failure(.changed, place: place)
    case (401, _), (403, _), (_, "ExpiredToken"), (_, "InvalidToken"): return Failure(.denied, place: place)
    default: return Failure(.refused, place: place)
    }
  }
}
