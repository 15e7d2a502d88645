import Foundation
import ScrubPolicy
import Testing

struct CatalogAdditionTests {
  @Test func aNewEventIsKnownWithItsFields() throws {
    let catalog = Catalog.builtIn.adding(
      try addition(events: [event("users.messages.pigeon.Open", members: [("shoe_size", true), ("email_address", false)])]))
    #expect(catalog.eventType(named: "USERS.messages.pigeon.open") == "users.messages.pigeon.Open")
    let shape = try #require(catalog.shape(of: "users.messages.pigeon.Open", in: .storage))
    #expect(catalog.members(of: shape).map(\.path) == ["shoe_size", "email_address"])
    #expect(catalog.members(of: shape).map(\.marks) == [.addition, []])
    #expect(catalog.eventTypes == catalog.eventTypes.sorted())
    let field = catalog.fields[try #require(catalog.index(ofField: "shoe_size"))]
    #expect(field.isPersonal)
    #expect(field.marks.names == ["addition"])
  }

  @Test func marksAreAddedAndNoneIsTakenAway() throws {
    let catalog = Catalog.builtIn.adding(
      try addition(events: [event("users.messages.email.Open", members: [("campaign_name", true), ("email_address", false)])]))
    #expect(try field("campaign_name", catalog).marks == .addition)
    #expect(try field("email_address", catalog).marks == field("email_address", .builtIn).marks)
    for (before, after) in zip(Catalog.builtIn.fields, catalog.fields) {
      #expect(after.marks.isSuperset(of: before.marks))
      #expect(after.isPersonal || !before.isPersonal)
    }
  }

  @Test func aKnownFieldBecomesStricterOnly() throws {
    let catalog = Catalog.builtIn.adding(
      try addition(fields: [
        "{\"name\":\"campaign_name\",\"class\":\"quasi_identifier\",\"kind\":\"text\",\"personal\":true,\"linking\":true}",
        "{\"name\":\"email_address\",\"class\":\"non_personal\",\"kind\":\"other\",\"personal\":false,\"linking\":false}",
      ]))
    let name = try field("campaign_name", catalog)
    #expect(name.isPersonal && name.isLinking && name.fieldClass == .quasiIdentifier && name.kind == .text)
    let address = try field("email_address", catalog)
    #expect(address.isPersonal && address.fieldClass == .directIdentifier && address.kind == .email)
  }

  /// A path that is said to be something harmless stays what it was as well.
  @Test func aPathStandsForAllThatItEverStoodFor() throws {
    let catalog = Catalog.builtIn.adding(
      try addition(events: [
        """
        {"event":"a.b.C","destination":"segment","members":[
          {"path":"context.traits.email","type":"string","required":false,"annotated":false,"fields":["campaign_name"]},
          {"path":"properties.phone_number","type":"string","required":false,"annotated":false,"fields":["campaign_name"]}]}
        """
      ]))
    let shape = try #require(catalog.shape(of: "a.b.C", in: .segment))
    #expect(
      catalog.members(of: shape).map { $0.fields.map { catalog.fields[$0].name } } == [
        ["email_address", "campaign_name"], ["phone_number", "campaign_name"],
      ])
    let known = try #require(catalog.shape(of: "users.messages.email.Open", in: .segment))
    let member = try #require(catalog.members(of: known).first { $0.path == "context.traits.email" })
    #expect(member.fields.map { catalog.fields[$0].name } == ["email_address", "campaign_name"])
  }

  @Test func aMemberIsRequiredWhereBothSaySo() throws {
    let catalog = Catalog.builtIn.adding(
      try addition(events: [event("users.messages.email.Open", members: [("id", false)], required: false)]))
    let shape = try #require(catalog.shape(of: "users.messages.email.Open", in: .storage))
    #expect(catalog.members(of: shape).first { $0.path == "id" }?.isRequired == false)
    #expect(catalog.members(of: shape).first { $0.path == "time" }?.isRequired == true)
  }

  @Test func aNameThatIsTakenStaysWithItsEvent() throws {
    let catalog = Catalog.builtIn.adding(
      try addition(events: [
        "{\"event\":\"a.b.C\",\"destination\":\"mparticle\",\"display_name\":\"uninstall\",\"members\":[]}"
      ]))
    #expect(catalog.shape(of: "a.b.C", in: .mparticle)?.ownName == "")
  }

  @Test func theSameAdditionTwiceIsTheSameCatalog() throws {
    let addition = try addition(events: [event("a.b.C", members: [("x", true)])])
    let (once, twice) = (Catalog.builtIn.adding(addition), Catalog.builtIn.adding(addition).adding(addition))
    #expect(once.shapes.map(\.memberNumbers.count) == twice.shapes.map(\.memberNumbers.count))
    #expect(once.fields.map(\.name) == twice.fields.map(\.name))
    #expect(once.eventTypes == twice.eventTypes)
  }

  // MARK: strictness

  @Test(
    arguments: [
      ("", [("addition.not-json", 1)]),
      ("{\"schema\":\"currents-scrub/catalog-addition/1\",\n\"events\":[}", [("addition.not-json", 2)]),
      ("[]", [("addition.wrong-type", 1)]),
      ("{\"events\":[]}", [("addition.missing-key", 1)]),
      (
        "{\"schema\":\"2\",\n\"events\":{},\n\"Events\":[],\n\"events\":[]}",
        [
          ("addition.unknown-key", 3), ("addition.duplicate-key", 4), ("addition.bad-value", 1),
        ]
      ),
      (
        """
        {"schema":"currents-scrub/catalog-addition/1","events":[
        {"event":"opens","destination":"amplitud","members":[
        {"path":"a..b","type":"","required":"yes","annotated":false},
        {"path":"x","type":"string","required":false,"fields":[]},
        {"path":"x","type":"string","required":false,"annotated":false}
        ]}],
        "fields":[{"name":"a","class":"personal","kind":"emial","personal":1,"linking":false}]}
        """,
        [
          ("addition.bad-value", 2), ("addition.bad-value", 2), ("addition.bad-value", 3), ("addition.bad-value", 3),
          ("addition.wrong-type", 3), ("addition.missing-key", 4), ("addition.bad-value", 4), ("addition.bad-value", 5),
          ("addition.bad-value", 7), ("addition.bad-value", 7), ("addition.wrong-type", 7),
        ]
      ),
    ] as [(String, [(String, Int)])])
  func everyMistakeIsToldWithItsLine(text: String, mistakes: [(String, Int)]) {
    #expect { try CatalogAddition(parsing: Array(text.utf8)) } throws: { error in
      guard let failure = error as? CatalogAdditionFailure else { return false }
      let found = failure.findings.map { "\($0.code.rawValue) \($0.line)" }.sorted()
      return found == mistakes.map { "\($0.0) \($0.1)" }.sorted()
    }
  }

  @Test func everyBeginningIsRefused() throws {
    let text = Array(try addition(events: [event("a.b.C", members: [("x", true)])]).json.utf8.dropLast())
    for end in 0..<text.count {
      #expect(throws: CatalogAdditionFailure.self) { try CatalogAddition(parsing: Array(text[..<end])) }
    }
  }

  /// The example of the document is an addition.
  @Test func theDocumentedExampleIsRead() throws {
    let path = URL(filePath: #filePath).appending(path: "../../../Documentation/Catalog.md").standardizedFileURL
    let text = try String(contentsOf: path, encoding: .utf8)
    let block = try #require(text.components(separatedBy: "<!-- addition -->\n```json\n").last?.components(separatedBy: "```").first)
    let addition = try CatalogAddition(parsing: Array(block.utf8))
    #expect(addition.events.map(\.event) == ["users.messages.pigeon.Open", "users.messages.pigeon.Open"])
    #expect(addition.fields.map(\.name) == ["loft"])
    #expect(try CatalogAddition(parsing: Array(addition.json.utf8)) == addition)
  }

  // MARK: support

  private func field(_ name: String, _ catalog: Catalog) throws -> Field {
    catalog.fields[try #require(catalog.index(ofField: name))]
  }

  private func event(_ name: String, members: [(String, Bool)], required: Bool = true) -> String {
    let members = members.map {
      "{\"path\":\"\($0.0)\",\"type\":\"string\",\"required\":\(required),\"annotated\":\($0.1)}"
    }
    return "{\"event\":\"\(name)\",\"destination\":\"storage\",\"members\":[\(members.joined(separator: ","))]}"
  }

  private func addition(events: [String] = [], fields: [String] = []) throws -> CatalogAddition {
    let text =
      "{\"schema\":\"currents-scrub/catalog-addition/1\",\"events\":[\(events.joined(separator: ","))],"
      + "\"fields\":[\(fields.joined(separator: ","))]}"
    return try CatalogAddition(parsing: Array(text.utf8))
  }
}
