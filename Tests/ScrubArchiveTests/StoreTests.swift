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

  @Test func runsOfBlanksCountAsOne() throws {
    func signed(_ value: String) throws -> String? {
      signature(try signing.sign(method: "GET", path: "/", query: "", headers: [host, ("x-amz-meta-a", value)], digest: empty))
    }
    #expect(try signed("a  b ") == signed("a b"))
  }

  @Test func googlesNames() throws {
    let google = RequestSigning(
      credentials: StoreCredentials(id: "ID", secret: "secret", token: nil, names: .google), region: "auto", time: 1_369_353_600)
    let accepted = (name: "accept-encoding", value: "gzip")
    let headers = try google.sign(method: "GET", path: "/", query: "", headers: [host, accepted], digest: empty)
    #expect(headers.map(\.name) == ["accept-encoding", "host", "x-goog-content-sha256", "x-goog-date", "authorization"])
    #expect(headers.last?.value.contains("SignedHeaders=host;x-goog-content-sha256;x-goog-date,") == true)
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

struct HistoryTests {
  private let history = AmazonHistory()

  @Test func pagesOfVersions() throws {
    let text = """
      <ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
      <NextKeyMarker>a%2Bb%3D1</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>
      <DeleteMarker><Key>a%2Bb%3D1</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest></DeleteMarker>
      <Version><Key>a%2Bb%3D1</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest><ETag>"t"</ETag><Size>7</Size></Version>
      </ListVersionsResult>
      """
    let page = try history.versionPage(try #require(XMLElement.read(Array(text.utf8))))
    #expect(page.versions.map(\.key) == ["a+b=1", "a+b=1"])
    #expect(page.versions.map(\.isRemoval) == [true, false])
    #expect(page.versions.map(\.isLatest) == [true, false])
    #expect(page.next.map(\.value) == ["a+b=1", "v1"])
    #expect(throws: Failure.self) { try history.versionPage(try #require(XMLElement.read(Array("<html/>".utf8)))) }
  }

  @Test func whatStandsWithAnObject() throws {
    let kept = history.kept(of: [
      "content-type": "a/b", "x-amz-meta-owner": "data", "etag": "t", "content-length": "1", "x-amz-version-id": "v",
      "x-amz-storage-class": "STANDARD_IA",
    ])
    #expect(kept.map(\.name) == ["content-type", "x-amz-meta-owner", "x-amz-storage-class"])
    let tags = "<Tagging><TagSet><Tag><Key>a b</Key><Value>c+d</Value></Tag><Tag><Key>k</Key><Value/></Tag></TagSet></Tagging>"
    #expect(try history.further(Array(tags.utf8)).map(\.value) == ["a%20b=c%2Bd&k="])
    #expect(try history.further(Array("<Tagging><TagSet/></Tagging>".utf8)).isEmpty)
  }

  @Test func locksHoldUntilTheyRanOut() {
    let until = "x-amz-object-lock-retain-until-date"
    #expect(history.isLocked(["x-amz-object-lock-legal-hold": "ON"], at: 0))
    #expect(!history.isLocked(["x-amz-object-lock-legal-hold": "OFF"], at: 0))
    #expect(history.isLocked([until: "1970-01-02T00:00:00Z", "x-amz-object-lock-mode": "GOVERNANCE"], at: 86_399))
    #expect(!history.isLocked([until: "1970-01-02T00:00:00Z", "x-amz-object-lock-mode": "GOVERNANCE"], at: 86_400))
    #expect(history.isLocked([until: "some day"], at: 0))
  }

  private func page(_ history: any HistoryDialect, _ text: String) throws -> VersionPage {
    try history.versionPage(try #require(XMLElement.read(Array(text.utf8))))
  }

  @Test func googlesVersionsAreGenerations() throws {
    let page = try page(
      GoogleHistory(),
      """
      <ListBucketResult><IsTruncated>true</IsTruncated><NextMarker>a+b</NextMarker><NextGenerationMarker>8</NextGenerationMarker>
      <Version><Key>a+b</Key><Generation>7</Generation><IsLatest>false</IsLatest><ETag>"t"</ETag><Size>3</Size></Version>
      <Version><Key>a+b</Key><Generation>8</Generation><IsLatest>true</IsLatest><ETag>"u"</ETag><Size>4</Size></Version>
      </ListBucketResult>
      """)
    #expect(page.versions.map(\.id) == ["7", "8"] && page.versions.map(\.isLatest) == [false, true])
    #expect(page.next.map(\.value) == ["a+b", "8"])
    // What does not tell which one readers get is no list of versions.
    #expect(throws: Failure.self) {
      try self.page(GoogleHistory(), "<ListBucketResult><Version><Key>a</Key><Generation>7</Generation><Size>3</Size></Version></ListBucketResult>")
    }
    let key = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
    let kept = GoogleHistory().kept(of: ["x-goog-encryption-kms-key-name": key + "/cryptoKeyVersions/2", "x-goog-generation": "1"])
    #expect(kept.map(\.value) == [key])
  }

  @Test func azuresVersionsAreVersionsAndSnapshots() throws {
    func blob(_ text: String) -> String {
      "<Blob><Name>a</Name>\(text)<Properties><Etag>0x1</Etag><Content-Length>3</Content-Length></Properties></Blob>"
    }
    let blobs = [
      "<VersionId>1</VersionId>", "<VersionId>2</VersionId><IsCurrentVersion>true</IsCurrentVersion>", "<Snapshot>3</Snapshot>", "",
      "<VersionId>4</VersionId><Deleted>true</Deleted>",
    ]
    let page = try page(
      AzureHistory(),
      "<EnumerationResults><Blobs>\(blobs.map(blob).joined())</Blobs><NextMarker>m</NextMarker></EnumerationResults>")
    #expect(page.versions.map(\.id) == ["1", "2", "snapshot=3", "null", "4"])
    #expect(page.versions.map(\.isLatest) == [false, true, false, true, false])
    #expect(page.versions.map(\.isSoftDeleted) == [false, false, false, false, true])
    #expect(page.next.map(\.value) == ["m"])
    #expect(AzureHistory().query(of: "snapshot=3").map { "\($0.name)=\($0.value)" } == ["snapshot=3"])
    #expect(AzureHistory().query(of: "1").map { "\($0.name)=\($0.value)" } == ["versionid=1"])
    let until = "x-ms-immutability-policy-until-date"
    #expect(AzureHistory().isLocked([until: "Fri, 02 Jan 1970 00:00:00 GMT"], at: 86_399))
    #expect(!AzureHistory().isLocked([until: "Fri, 02 Jan 1970 00:00:00 GMT"], at: 86_400))
    #expect(AzureHistory().isLocked(["x-ms-lease-status": "locked"], at: 0))
  }

  @Test func aVersionIsNamedBehindTheKey() {
    let address = ObjectAddress("s3://bucket/a/b")?.object("a/b", version: "v1")
    #expect(address.flatMap { ObjectAddress($0.path) } == address)
    #expect(address?.text == "s3://bucket/a/b")
  }
}

struct ObjectAddressTests {
  @Test func keysAreTakenAsTheyAre() {
    let address = ObjectAddress("s3://bucket/event_type=a/date=2026-01-01-00/a+b c%20é?x#y")
    #expect(address?.bucket == "bucket")
    #expect(address?.key == "event_type=a/date=2026-01-01-00/a+b c%20é?x#y")
    #expect(address?.text == "s3://bucket/event_type=a/date=2026-01-01-00/a+b c%20é?x#y")
  }

  @Test func azuresHaveAccounts() {
    let address = ObjectAddress("az://account/container/a=b/c+d")
    #expect((address?.account, address?.bucket, address?.key) ?? ("", "", "") == ("account", "container", "a=b/c+d"))
    #expect(address?.text == "az://account/container/a=b/c+d")
    #expect(address?.object("x").text == "az://account/container/x")
    #expect(ObjectAddress("az://account/container")?.text == "az://account/container")
  }

  @Test(arguments: ["s3://", "s3:///key", "s3:/bucket", "archive/", "http://bucket/key", "S3://bucket", "az://account", "az:///a/b", "az://a//b"])
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
    #expect(Timestamp(1_369_353_600).header == "Fri, 24 May 2013 00:00:00 GMT")
    #expect(Timestamp(1_764_112_205).header == "Tue, 25 Nov 2025 23:10:05 GMT")
    for text in ["", "Fri, 31 Feb 2013 00:00:00 GMT", "Fri, 24 May 2013 25:00:00 GMT", "24 May"] {
      #expect(Timestamp(header: text) == nil)
    }
    #expect(Timestamp(text: "2013-05-24") == nil)
  }
}

struct StoreDialectTests {
  private func page(_ dialect: any StoreDialect, _ text: String) throws -> ObjectPage {
    try dialect.page(try #require(XMLElement.read(Array(text.utf8))))
  }

  @Test func pagesOfLists() throws {
    let amazon = """
      <ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a%2Bb+c</Key><Size>7</Size>
      <LastModified>2026-11-25T23:10:05.000Z</LastModified><ETag>&quot;0cc1&quot;</ETag></Contents>
      <IsTruncated>true</IsTruncated><NextContinuationToken>t=</NextContinuationToken></ListBucketResult>
      """
    let first = ListedObject(key: "a+b c", size: 7, tag: "\"0cc1\"", modified: 1_795_648_205)
    #expect(try page(AmazonDialect(), amazon) == ObjectPage(objects: [first], next: "t="))
    let google = "<ListBucketResult><Contents><Key>a%2Bb+c&amp;</Key><Size>7</Size></Contents></ListBucketResult>"
    #expect(try page(GoogleDialect(), google) == ObjectPage(objects: [ListedObject(key: "a%2Bb+c&", size: 7, tag: "", modified: 0)], next: nil))
    let azure = """
      \u{feff}<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs><Blob><Name>a%2Bb+c</Name>
      <Properties><Last-Modified>Wed, 25 Nov 2026 23:10:05 GMT</Last-Modified><Etag>0x8D</Etag><Content-Length>7</Content-Length>
      </Properties></Blob></Blobs><NextMarker>m</NextMarker></EnumerationResults>
      """
    let blob = ListedObject(key: "a%2Bb+c", size: 7, tag: "\"0x8D\"", modified: 1_795_648_205)
    #expect(try page(AzureDialect(), azure) == ObjectPage(objects: [blob], next: "m"))
    #expect(try page(AzureDialect(), "<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>").next == nil)
    for dialect in [AmazonDialect(), GoogleDialect(), AzureDialect()] as [any StoreDialect] {
      #expect(throws: Failure(.badAnswer, place: "no list")) { try page(dialect, "<html/>") }
    }
  }

  @Test func conditions() throws {
    let headers = ["etag": "\"1\"", "x-goog-generation": "17"]
    for (dialect, new, old) in [
      (AmazonDialect(), "if-none-match: *", "if-match: \"1\""),
      (GoogleDialect(), "x-goog-if-generation-match: 0", "x-goog-if-generation-match: 17"),
      (AzureDialect(), "if-none-match: *", "if-match: \"1\""),
    ] as [(any StoreDialect, String, String)] {
      func text(_ condition: WriteCondition) throws -> String {
        let header = try dialect.header(condition)
        return "\(header.name): \(header.value)"
      }
      #expect(try text(.new) == new)
      #expect(try text(.replacing(ObjectState(size: 1, headers, dialect))) == old)
      #expect(throws: Failure.self) { try text(.replacing(ObjectState(size: 1, [:], dialect))) }
    }
  }

  @Test func namesOfBlocksAreBase64OfOneLength() {
    #expect(ObjectStore.blockName(0xabc, 12) == "0000000000000abc00000012")
    #expect(ObjectStore.blockName(.max, 10_000).count == 24)
  }

  @Test func connectionStrings() {
    let whole = AzureConnection("DefaultEndpointsProtocol=https;AccountName=a;SharedAccessSignature=sv=1&sig=b%3D;EndpointSuffix=core.example.test")
    #expect(whole["SharedAccessSignature"] == "sv=1&sig=b%3D")
    #expect(whole.endpoint == "https://a.blob.core.example.test")
    #expect(AzureConnection("BlobEndpoint=http://127.0.0.1:1/a;AccountName=").endpoint == "http://127.0.0.1:1/a")
    #expect(AzureConnection("")["AccountName"] == nil && AzureConnection("").endpoint == nil)
  }
}

struct StoreAnswerTests {
  private func answer(_ status: Int, _ body: String = "", method: String = "GET", _ headers: [String: String] = [:]) -> StoreAnswer {
    var response = HTTPExchange.Response()
    response.status = status
    response.headers = headers
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

  @Test func codesOfAzure() {
    func failure(_ status: Int, _ code: String) -> Failure { answer(status, method: "HEAD", ["x-ms-error-code": code]).failure }
    #expect(failure(409, "BlobAlreadyExists").code == .changed)
    #expect(failure(412, "ConditionNotMet") == Failure(.changed, place: "HTTP 412 ConditionNotMet"))
    #expect(failure(412, "LeaseIdMissing").code == .storeLocked)
    #expect(failure(409, "BlobArchived").code == .archived)
    #expect(failure(409, "BlobImmutableDueToPolicy") == Failure(.storeLocked, place: "HTTP 409 BlobImmutableDueToPolicy"))
    #expect(failure(503, "ServerBusy").code == .busy)
  }
}
