import Foundation
import ScrubPolicy
import Testing

struct GlossaryImportTests {
  @Test(arguments: [
    "Stockage en nuage", "Cloud-Speicher", "クラウドストレージ", "Amplitude", "",
  ])
  func aTabIsWhatItsMembersAreNotWhatItIsCalled(label: String) {
    let imported = read(
      """
      {% api %}
      ## Ouverture {#ouverture}

      {% tabs %}
      {% tab \(label) %}
      ```json
      // users.messages.pigeon.Open

      {
        "id" : "(required, string) the event",
        "media_urls" : "(optional, array of string) pictures",
        "time" : "(required, long) when",
        "user_id" : "(optional, string) [PII] who"
      }
      ```
      {% endtab %}
      {% endtabs %}
      {% endapi %}
      """)
    #expect(imported.findings.isEmpty)
    #expect(shapes(imported) == ["users.messages.pigeon.Open storage"])
    #expect(
      imported.addition.events[0].members == [
        member("id", required: true), member("media_urls", type: "array of string"),
        member("time", type: "long", required: true), member("user_id", annotated: true),
      ])
  }

  /// One event in the shape of each destination.
  private static let examples: [(destination: Destination, lines: String)] = [
    (.amplitude, #"{"event_type": "(required, string) n", "event_properties": {"app_id": "(optional, string) a"}, "user_id": "(optional, string) [PII] u"}"#),
    (.mixpanel, #"{"event": "(required, string) n", "properties": {"distinct_id": "(required, string) [PII] u", "$insert_id": "(required, string) i"}}"#),
    (
      .mparticle,
      #"{"events": [{"data": {"event_name": "(required, string) n"}, "event_type": "(required, string) t"}], "user_identities": {"customerid": "(required, string) [PII] u"}}"#
    ),
    (.segment, #"{"anonymousId": "(required, string) u", "messageId": "(required, string) i", "event": "(required, string) n", "context": {"traits": {}}}"#),
    (.storage, #"{"id": "(required, string) i", "time": "(required, int) t"}"#),
  ]

  @Test(arguments: [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 4, 0], [3], [1, 4]])
  func tabsComeInAnyOrderAndSomeAreMissing(order: [Int]) {
    var page = "## Nachricht geöffnet\n{% tabs %}\n"
    for index in order {
      let example = Self.examples[index]
      let header = example.destination == .storage ? "a.b.C" : "Seen (a.b.C)"
      page += "{% tab \(index) %}\nText vor dem Beispiel, mit `code`.\n```json\n// \(header)\n\(example.lines)\n```\n{% endtab %}\n\n"
    }
    let imported = read(page + "{% endtabs %}\n")
    // Some examples have no mark; a page of these alone tells it.
    #expect(imported.findings.allSatisfy { $0.code == .noMarks })
    let destinations = Destination.allCases.filter { destination in
      order.contains { Self.examples[$0].destination == destination }
    }
    #expect(imported.addition.events.map(\.destination) == destinations)
    #expect(imported.addition.events.allSatisfy { $0.displayName == ($0.destination == .storage ? "" : "Seen") })
  }

  @Test func whereAnEventSaysItsNameIsKnown() {
    let page = Self.examples.map { "```\n// Seen (a.b.C)\n\($0.lines)\n```\n" }.joined()
    let paths = read(page).addition.events.map { event in event.members.filter(\.isEventName).map(\.path) }
    #expect(paths == [[], ["event_type"], ["event"], ["events[].data.event_name"], ["event"]])
  }

  @Test func pathsStandForTheFieldsThatTheCatalogHasForThem() {
    let page = Self.examples.map { "```\n// Seen (a.b.C)\n\($0.lines)\n```\n" }.joined()
    let named = Dictionary(
      uniqueKeysWithValues: read(page).addition.events.flatMap { event in
        event.members.map { ("\(event.destination) \($0.path)", $0.fields) }
      })
    #expect(named["amplitude user_id"] == ["external_user_id"])
    #expect(named["mixpanel properties.distinct_id"] == ["external_user_id"])
    #expect(named["mparticle user_identities.customerid"] == ["external_user_id"])
    #expect(named["segment anonymousId"] == ["user_id"])
    #expect(named["segment messageId"] == ["id"])
  }

  @Test(arguments: ["```json", "~~~", "````json linenos", "   ```", "~~~~ {: .x }"])
  func fencesOfEveryKind(fence: String) {
    let mark = fence.trimmingCharacters(in: .whitespaces).prefix { $0 == "`" || $0 == "~" }
    let page = "\(fence)\n// a.b.C\n{\"id\": \"(required, string)\", \"time\": \"(required, int)\"}\n\(mark)\n"
    #expect(shapes(read(page)) == ["a.b.C storage"])
    #expect(shapes(read(page.replacingOccurrences(of: "\n", with: "\r\n"))) == ["a.b.C storage"])
    #expect(shapes(read("\u{feff}" + page)) == ["a.b.C storage"])
  }

  @Test func otherEventFamiliesAndExtraTabs() {
    let imported = read(
      """
      ```json
      // agentconsole.ToolInvocation

      { "id" : "(required, string)", "time" : "(required, long)", "tool_arguments" : "(optional, string) [PII] x" }
      ```
      {% tab Custom HTTP Connector %}
      ```json
      // agentconsole.ToolInvocation
      {"events": [{"event_type": "(required, string) n", "properties": {}, "user": {"user_id": "(optional, string) [PII] u"}}]}
      ```
      {% endtab %}
      {% tab HTTP %}
      ```json
      // agentconsole.ToolInvocation
      {"event_type": "(required, string) n", "properties": {}, "user": {"user_id": "(optional, string) [PII] u"}}
      ```
      {% endtab %}
      {% tab Shopify %}
      ```json
      // Tool (agentconsole.ToolInvocation)
      {"variables": {"input": {"email": "(optional, string) [PII] e"}}}
      ```
      {% endtab %}
      """)
    #expect(shapes(imported) == ["agentconsole.ToolInvocation storage"])
    #expect(imported.findings.map(\.code) == [.otherDestination, .otherDestination, .otherDestination])
    #expect(!imported.isIncomplete)
  }

  @Test func aTypeThatIsNotKnownIsKeptAndNamed() {
    let imported = read(
      """
      ```json
      // a.b.C
      {
        "id": "(required, string)",
        "price": "(optional, decimal) p",
        "tax": "(optional, decimal) t",
        "tags": ["(optional, string) [PII] one of them"]
      }
      ```
      """)
    #expect(imported.findings.map(\.code) == [.unknownType])
    #expect(imported.findings.map(\.line) == [5])
    #expect(!imported.isIncomplete)
    #expect(
      imported.addition.events[0].members == [
        member("id", required: true), member("price", type: "decimal"), member("tax", type: "decimal"),
        member("tags", type: "array of string", annotated: true),
      ])
  }

  @Test func literalsAndEmptyObjects() {
    let imported = read(
      """
      ```json
      // Seen (a.b.C)
      { "library" : "Braze", "insert_id" : "(required, string)", "user_properties" : { }, "version" : 2, "ratio" : 2.5, "test" : true }
      ```
      """)
    #expect(imported.findings.map(\.code) == [.noMarks])
    #expect(
      imported.addition.events[0].members.map { "\($0.path) \($0.type) \($0.isRequired)" } == [
        "library string true", "insert_id string true", "version int true", "ratio float true", "test boolean true",
      ])
  }

  @Test(arguments: [
    ("{\"id\": \"(required, string)\",\n\"time\": }", CatalogFinding.Code.damagedJSON, 4),
    ("{\"id\": \"(required, string)\"", .damagedJSON, 4),
    ("{\"wheels\": {\"id\": \"(required, string)\"}}", .unknownShape, 2),
    ("{\"id\": \"(required, string)\",\n\"a.b\": \"(required, string)\"}", .badName, 4),
    ("{\"id\": \"(required, string)\",\n\"time\": \"(obligatoire, int)\"}", .unknownNeed, 4),
  ])
  func whatCannotBeReadIsNamedWithItsLineAndTheRestIsRead(json: String, code: CatalogFinding.Code, line: Int) {
    let imported = read(
      "```json\n// a.b.C\n\(json)\n```\n```json\n// a.b.D\n{\"id\": \"(required, string)\"}\n```\n")
    #expect(imported.findings.map(\.code) == [code])
    #expect(imported.findings.map(\.line) == [line])
    #expect(imported.isIncomplete)
    #expect(shapes(imported).contains("a.b.D storage"))
  }

  @Test func aBlockWithoutAnEventTypeIsNamedAndOtherCodeIsNot() {
    let imported = read(
      """
      ```json
      { "id" : "(required, string)" }
      ```
      ```json
      { "tier" : "gold" }
      ```
      ```sql
      SELECT id FROM events (required)
      ```
      """)
    #expect(imported.findings.map(\.code) == [.noEventName])
    #expect(imported.findings.map(\.line) == [2])
    #expect(imported.addition.events.isEmpty)
  }

  /// A block that was never closed ends where its tab ends, or where the next one starts.
  @Test func aBlockThatIsNotClosedTakesNoOtherWithIt() {
    let imported = read(
      """
      {% tab A %}
      ```json
      // a.b.C
      { "id" : "(required, string)" }
      {% endtab %}
      ```json
      // a.b.D
      { "id" : "(required,
      ```json
      // a.b.E
      { "id" : "(required, string)" }
      """)
    #expect(shapes(imported) == ["a.b.C storage", "a.b.E storage"])
    #expect(imported.findings.map(\.code) == [.damagedJSON])
  }

  @Test func theSameEventTwiceIsUnitedToTheStricter() {
    let imported = read(
      """
      ```
      // a.b.C
      { "id" : "(required, string)", "url" : "(required, string)" }
      ```
      ```
      // a.b.C
      { "id" : "(required, string) [PII]", "url" : "(optional, string)", "x" : "(optional, string)" }
      ```
      """)
    #expect(
      imported.addition.events[0].members == [
        member("id", required: true, annotated: true), member("url"), member("x"),
      ])
  }

  @Test func fieldsOfNoCatalogCountAsPersonalUntilSomebodySaysOtherwise() {
    let imported = read("```\n// a.b.C\n{\"id\": \"(required, string)\", \"shoe_size\": \"(optional, int)\"}\n```")
    #expect(
      imported.addition.fields == [
        CatalogAddition.Field(name: "shoe_size", fieldClass: .freeText, kind: .other, isPersonal: true, isLinking: false)
      ])
  }

  @Test(arguments: [
    "", "```", "```json\n// a.b.C\n", "~~~\n" + String(repeating: "[", count: 100_000),
    "```\n// a.b.C\n" + String(repeating: "{\"a\":", count: 100_000), "```\n// a.b.C\n[1,2]\n```", "{% tab",
    "```\n// a.b.C\n\"\\u12", "```\n// (a.b.C\n{}", "```\n// a..b\n{\"id\":\"(required, string)\"}",
    "```\n// a.b.C\n{\"id\":\"(,)\",\"time\":\"(required,)\"}",
  ])
  func hostilePagesDoNoHarm(page: String) {
    _ = read(page)
    _ = GlossaryImport(page: Array(page.utf8) + [0xff, 0xfe, 0x00, 0x0d], catalog: .builtIn)
  }

  @Test func everyBeginningOfAPageIsRead() {
    let page = Array("~~~json\r\n// Seen (a.b.C)\n{\"events\":[{\"data\":{\"x\":\"(optional, string) [PII]\"}}]}\n~~~\n".utf8)
    for end in 0...page.count { _ = GlossaryImport(page: Array(page[..<end]), catalog: .builtIn) }
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    let page =
      Self.examples.map { "```\n// Seen (a.b.C)\n\($0.lines)\n```\n" }.joined()
      + "```\n// a.b.D\n{\"id\":\"(required, string)\",\"x\":\"(required, odd \\\"type\\\") [DEPRECATED]\"}\n```"
    let addition = read(page).addition
    #expect(try CatalogAddition(parsing: Array(addition.json.utf8)) == addition)
  }

  // MARK: support

  private func read(_ page: String) -> GlossaryImport {
    GlossaryImport(page: Array(page.utf8), catalog: .builtIn)
  }

  private func shapes(_ imported: GlossaryImport) -> [String] {
    imported.addition.events.map { "\($0.event) \($0.destination)" }
  }

  private func member(
    _ path: String, type: String = "string", required: Bool = false, annotated: Bool = false
  ) -> CatalogAddition.Member {
    CatalogAddition.Member(
      path: path, type: type, isRequired: required, isAnnotated: annotated, isDeprecated: false, isEventName: false,
      fields: [path])
  }
}
