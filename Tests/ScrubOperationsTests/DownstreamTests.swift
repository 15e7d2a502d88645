import ScrubPolicy
import Testing

@testable import ScrubOperations

struct DownstreamTests {
  private func files(
    _ values: [String: [String]], law: Law = .gdpr, id: String = "DSR-114"
  ) throws -> [String: JSONValue] {
    var request = AccessRequest(id: id)
    request.received = Day("2026-11-02")
    request.law = law
    let bodies = DownstreamBodies(values, request: request, run: "2026-11-23T191500Z-erase", executed: "2026-11-23T19:15:00Z")
    return try bodies.files().reduce(into: [:]) { $0[$1.name] = JSONValue($1.bytes) ?? .null }
  }

  @Test func everyPartnerGetsTheIdsThatItKnows() throws {
    let files = try files([
      "external_user_id": ["cust-4711"], "braze_id": ["5f3a0b", "5f3a0c"], "email": ["ada@example.test"], "phone": ["+12025550143"],
    ])
    #expect(
      files.keys.sorted() == [
        "downstream/README.txt", "downstream/amplitude-deletions-1.json", "downstream/braze-users-delete-1.json",
        "downstream/braze-users-delete-2.json", "downstream/mixpanel-data-deletions-1.json",
        "downstream/mparticle-opendsr-1.json", "downstream/segment-regulations-1.json",
      ])
    #expect(files["downstream/braze-users-delete-1.json"]?.compact == #"{"external_ids":["cust-4711"]}"#)
    #expect(files["downstream/braze-users-delete-2.json"]?.compact == #"{"braze_ids":["5f3a0b","5f3a0c"]}"#)
    #expect(
      files["downstream/amplitude-deletions-1.json"]?.compact
        == #"{"delete_from_org":"False","ignore_invalid_id":"True","requester":"DSR-114","user_ids":["cust-4711"]}"#)
    #expect(
      files["downstream/mixpanel-data-deletions-1.json"]?.compact
        == #"{"compliance_type":"GDPR","distinct_ids":["cust-4711"]}"#)
    #expect(
      files["downstream/segment-regulations-1.json"]?.compact
        == #"{"regulationType":"DELETE_ONLY","subjectIds":["cust-4711"],"subjectType":"USER_ID"}"#)
    let dsr = try #require(files["downstream/mparticle-opendsr-1.json"])
    #expect(dsr["subject_identities"]?.compact == #"{"controller_customer_id":{"encoding":"raw","value":"cust-4711"}}"#)
    #expect(dsr["submitted_time"]?.text == "2026-11-02T00:00:00Z" && dsr["api_version"]?.text == "3.0")
    let id = try #require(dsr["subject_request_id"]?.text)
    #expect(id.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    for (name, body) in files where !name.contains("braze") { #expect(!body.compact.contains("5f3a0")) }
  }

  @Test func callsAreAsLargeAsTheyMayBe() throws {
    let ids = (0..<2_001).map { "cust-\($0)" }
    let files = try files(["external_user_id": ids + ids, "braze_id": ["5f3a0b"]], law: .ccpa)
    func items(_ name: String, _ key: String) -> [Int] {
      (1...100).compactMap { files["downstream/\(name)-\($0).json"]?[key]?.items?.count }
    }
    #expect(items("braze-users-delete", "external_ids") == Array(repeating: 50, count: 40) + [1])
    #expect(files["downstream/braze-users-delete-42.json"]?.compact == #"{"braze_ids":["5f3a0b"]}"#)
    #expect(items("amplitude-deletions", "user_ids") == Array(repeating: 100, count: 20) + [1])
    #expect(items("mixpanel-data-deletions", "distinct_ids") == [2_000, 1])
    #expect(items("segment-regulations", "subjectIds") == [2_001])
    #expect(files["downstream/mixpanel-data-deletions-1.json"]?["compliance_type"]?.text == "CCPA")
    #expect(files["downstream/mparticle-opendsr-2001.json"]?["regulation"]?.text == "ccpa")
    let requests = Set((1...2_001).compactMap { files["downstream/mparticle-opendsr-\($0).json"]?["subject_request_id"]?.text })
    #expect(requests.count == 2_001)
  }

  @Test func requestsOfOneRunAreToldApart() throws {
    let ids = try ["DSR-114", "DSR-115"].map { id in
      try files(["external_user_id": ["cust-4711"]], id: id)["downstream/mparticle-opendsr-1.json"]?["subject_request_id"]?.text
    }
    #expect(ids[0] != nil && ids[0] != ids[1])
  }

  @Test func addressesAreUsedWhereNothingBetterIsKnown() throws {
    let files = try files(["email": ["ada@example.test"], "phone": ["+12025550143"]])
    #expect(
      files.keys.sorted() == [
        "downstream/README.txt", "downstream/braze-users-delete-1.json", "downstream/braze-users-delete-2.json",
      ])
    #expect(
      files["downstream/braze-users-delete-1.json"]?.compact
        == #"{"email_addresses":[{"email":"ada@example.test","prioritization":["identified","most_recently_updated"]}]}"#)
    #expect(
      files["downstream/braze-users-delete-2.json"]?.compact
        == #"{"phone_numbers":[{"phone":"+12025550143","prioritization":["identified","most_recently_updated"]}]}"#)
    #expect(try self.files([:]).isEmpty && self.files(["device_id": ["d-1"]]).isEmpty)
  }

  @Test func sharedValuesAndCredentialsAreLeftOut() throws {
    func identifier(_ kind: String, _ value: String, isShared: Bool) -> LinkedIdentifier {
      LinkedIdentifier(
        kind: kind, value: value, workspace: nil, isGiven: false, link: "same-event", linkedTo: nil, isShared: isShared, events: 1)
    }
    let identifiers = [
      identifier("email", "home@example.test", isShared: true), identifier("push_token", "[credential]", isShared: false),
    ]
    let bodies = DownstreamBodies(identifiers, request: AccessRequest(id: "r"), run: "run", executed: "2026-11-23T19:15:00Z")
    #expect(try bodies.files().isEmpty)
  }

  @Test func recipientsAreToldTheTokensThatTheyHold() {
    let (audiences, files) = RecipientLists.make([
      (audience: "agency", tokens: [("email", "em_0f1e"), ("phone", "=1+1"), ("external_user_id", "a\"b,c")]),
      (audience: "Agency/../x", tokens: []), (audience: "agency", tokens: []),
    ])
    #expect(files.map(\.name) == ["recipients/agency.csv", "recipients/Agency_.._x.csv", "recipients/agency-2.csv"])
    #expect(audiences.map(\.file) == files.map(\.name) && audiences.map(\.tokens) == [3, 0, 0])
    #expect(
      String(decoding: files[0].bytes, as: UTF8.self)
        == "\u{feff}kind,token\r\nemail,em_0f1e\r\nphone,'=1+1\r\nexternal_user_id,\"a\"\"b,c\"\r\n")
  }
}
