import ScrubNative
import Testing

@testable import ScrubArchive

struct RequestSigningTests {
  /// The examples of Amazon's own documentation: "Signature Calculations for the Authorization Header: Transferring
  /// Payload in a Single Chunk".
  private let signing = RequestSigning(
    credentials: StoreCredentials(
      id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", token: nil),
    region: "us-east-1", time: 1_369_353_600)
  private let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  private let host = (name: "host", value: "examplebucket.s3.amazonaws.com")

  private func signature(_ headers: [(name: String, value: String)]) -> String? {
    headers.first { $0.name == "authorization" }?.value.split(separator: "=").last.map(String.init)
  }

  @Test func aPieceOfAnObject() throws {
    let headers = try signing.sign(
      method: "GET", path: "/test.txt", query: "", headers: [host, ("range", "bytes=0-9")], digest: empty)
    #expect(signature(headers) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
  }

  @Test func aList() throws {
    let headers = try signing.sign(method: "GET", path: "/", query: "max-keys=2&prefix=J", headers: [host], digest: empty)
    #expect(signature(headers) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
  }

  @Test func aNewObject() throws {
    let headers = try signing.sign(
      method: "PUT", path: "/" + escaped("test$file.text", keeping: UInt8(ascii: "/")), query: "",
      headers: [host, ("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
      digest: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
    #expect(signature(headers) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
  }

  @Test func googlesNames() throws {
    let google = RequestSigning(
      dialect: .gs, credentials: StoreCredentials(id: "ID", secret: "secret", token: nil, scheme: StoreDialect.gs.scheme),
      region: "auto", time: 1_369_353_600)
    let headers = try google.sign(method: "GET", path: "/", query: "", headers: [host], digest: empty)
    #expect(headers.map(\.name) == ["host", "x-goog-content-sha256", "x-goog-date", "authorization"])
    #expect(headers.last?.value.hasPrefix("GOOG4-HMAC-SHA256 Credential=ID/20130524/auto/storage/goog4_request,") == true)
  }

  @Test func aTokenIsSignedToo() throws {
    let lent = RequestSigning(
      credentials: StoreCredentials(id: "ID", secret: "short", token: "lent"), region: "eu-central-1", time: 0)
    let headers = try lent.sign(method: "GET", path: "/", query: "", headers: [host], digest: empty)
    #expect(headers.contains { $0.name == "x-amz-security-token" && $0.value == "lent" })
    #expect(headers.last?.value.contains(";x-amz-security-token,") == true)
  }
}

struct ObjectAddressTests {
  @Test func keysAreTakenAsTheyAre() {
    let address = ObjectAddress("s3://bucket/event_type=a/date=2026-01-01-00/a+b c%20é?x#y")
    #expect(address?.bucket == "bucket")
    #expect(address?.key == "event_type=a/date=2026-01-01-00/a+b c%20é?x#y")
    #expect(address?.text == "s3://bucket/event_type=a/date=2026-01-01-00/a+b c%20é?x#y")
  }

  @Test(arguments: ["s3://", "s3:///key", "s3:/bucket", "archive/", "http://bucket/key", "S3://bucket"])
  func whatIsNone(_ text: String) { #expect(ObjectAddress(text) == nil) }

  @Test func schemesAreTold() {
    #expect(ObjectAddress.scheme(of: "gs://bucket") == "gs")
    #expect(ObjectAddress.scheme(of: "folder/a://b") == nil)
    #expect(ObjectAddress.scheme(of: "://b") == nil)
  }

  @Test func namesAreBytesBehindThePrefix() {
    let address = ObjectAddress(.s3, bucket: "bucket", key: "a")
    #expect(address.name(of: "a/../\u{301}b").map(pathParts) == ["..", "\u{301}b"])
    #expect(address.name(of: "ab/c") == nil)
    #expect(ObjectAddress("s3://bucket/\u{301}b")?.bucket == "bucket")
  }

  @Test func escapesAreUndone() {
    let text = "a=b+c d/é%\u{1F600}~"
    #expect(escaped("a=b+c d/é") == "a%3Db%2Bc%20d%2F%C3%A9")
    #expect(unescaped(escaped(text)) == text)
    #expect(unescaped("a+b") == "a b")
    #expect(unescaped("%4") == nil)
    #expect(unescaped("%ff") == nil)
    #expect(unescaped("%zz") == nil)
  }
}

struct StoreEndpointTests {
  @Test func amazonsOwn() {
    let endpoint = StoreEndpoint(region: "eu-central-1", bucket: "archive")
    #expect(endpoint.host == "archive.s3.eu-central-1.amazonaws.com")
    #expect(endpoint.path(bucket: "archive", key: "a=b/c d") == "/a%3Db/c%20d")
  }

  @Test func aBucketWithDots() {
    let endpoint = StoreEndpoint(region: "cn-north-1", bucket: "my.archive")
    #expect(endpoint.host == "s3.cn-north-1.amazonaws.com.cn")
    #expect(endpoint.path(bucket: "my.archive", key: "") == "/my.archive/")
  }

  @Test func anotherOne() {
    let endpoint = StoreEndpoint(url: "http://127.0.0.1:9000/store/")
    #expect(endpoint?.host == "127.0.0.1:9000")
    #expect(endpoint?.path(bucket: "b", key: "k") == "/store/b/k")
    #expect(StoreEndpoint(url: "https://store.example.test:443")?.host == "store.example.test")
  }

  @Test(arguments: ["store.example.test", "ftp://store", "https://", "https://user:password@store", "https://store/?a=b"])
  func whatIsNone(_ text: String) { #expect(StoreEndpoint(url: text) == nil) }
}

struct TimestampTests {
  @Test func headersAndTexts() {
    #expect(Timestamp(header: "Fri, 24 May 2013 00:00:00 GMT")?.seconds == 1_369_353_600)
    #expect(Timestamp(text: "2013-05-24T00:00:00.000Z")?.seconds == 1_369_353_600)
    #expect(Timestamp(1_369_353_600).compact == "20130524T000000Z")
    for text in ["", "Fri, 31 Feb 2013 00:00:00 GMT", "Fri, 24 May 2013 25:00:00 GMT", "24 May"] {
      #expect(Timestamp(header: text) == nil)
    }
    #expect(Timestamp(text: "2013-05-24") == nil)
  }
}

struct StoreAnswerTests {
  private func answer(_ status: Int, _ body: String = "", method: String = "GET") -> StoreAnswer {
    var response = HTTPExchange.Response()
    response.status = status
    response.body = Array(body.utf8)
    var request = StoreRequest()
    request.method = method
    return StoreAnswer(response, to: request)
  }

  @Test func whatMayPass() {
    #expect(answer(503, "<Error><Code>SlowDown</Code></Error>").mayPass)
    #expect(answer(400, "<Error><Code>RequestTimeout</Code></Error>").mayPass)
    #expect(!answer(403, "<Error><Code>AccessDenied</Code></Error>").mayPass)
    #expect(answer(200, "<Error><Code>InternalError</Code></Error>", method: "POST").mayPass)
    #expect(answer(200, "<Error><Code>InternalError</Code></Error>").isDone)
  }

  @Test func codesAreNoTextsOfOthers() {
    let failure = answer(403, "<Error><Code>Access&#10;Denied &lt;script&gt;</Code></Error>").failure
    #expect(failure == Failure(.denied, place: "HTTP 403 AccessDeniedscript"))
    #expect(answer(404).failure.code == .missing)
    #expect(answer(412).failure.code == .changed)
    #expect(answer(403, "<Error><Code>InvalidObjectState</Code></Error>").failure.code == .archived)
    #expect(answer(400, "no XML").failure == Failure(.refused, place: "HTTP 400"))
  }
}
