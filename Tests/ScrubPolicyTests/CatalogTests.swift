import ScrubPolicy
import Testing

struct CatalogTests {
  private let catalog = Catalog.builtIn

  @Test func itHoldsTheGlossaryAndTheStorageEvents() {
    let glossary = Set(catalog.shapes.filter { $0.destination == .amplitude }.map(\.event))
    #expect(glossary.count == 59)
    #expect(Destination.allCases.map { shapes($0) } == [100, 59, 59, 58, 59])
    #expect(catalog.eventTypes.count == 100)
    #expect(glossary.isSubset(of: Set(catalog.eventTypes)))
  }

  private func shapes(_ destination: Destination) -> Int {
    catalog.shapes.count { $0.destination == destination }
  }

  @Test(arguments: [Destination.amplitude, .mixpanel, .mparticle, .segment])
  func whatEventsCallThemselvesIsUniqueInADestination(destination: Destination) {
    let names = catalog.shapes.filter { $0.destination == destination }.map(\.ownName)
    #expect(Set(names).count == names.count)
    #expect(!names.contains(""))
  }

  @Test func everyMemberStandsForAField() {
    for shape in catalog.shapes {
      for member in catalog.members(of: shape) { #expect(!member.fields.isEmpty, "\(shape.event) \(member.path)") }
    }
  }

  @Test(arguments: [
    ("user_id", true, true), ("email_address", true, true), ("device_id", false, true), ("message_body", false, true),
    ("country", true, false), ("timezone", false, false), ("campaign_name", false, false),
  ])
  func marksAndTheTableAreKnown(name: String, isMarked: Bool, isPersonal: Bool) throws {
    let field = catalog.fields[try #require(catalog.index(ofField: name))]
    #expect(field.marks.isEmpty == !isMarked)
    #expect(field.isPersonal == isPersonal)
  }

  @Test func anEventTypeIsFoundInAnyLetterCase() {
    #expect(catalog.eventType(named: "users.messages.email.click") == "users.messages.email.Click")
    #expect(catalog.eventType(named: "users.messages.email.Clicks") == nil)
  }
}
