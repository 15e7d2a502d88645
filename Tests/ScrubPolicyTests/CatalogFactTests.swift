import ScrubCore
import ScrubPolicy
import Testing

struct CatalogFactTests {
  private let catalog = Catalog.builtIn

  @Test func theGlossarysShapesAreAllThere() {
    let glossary = Set(catalog.shapes.filter { $0.destination == .segment }.map(\.event))
    let counts = Destination.allCases.map { destination in
      catalog.shapes.count { $0.destination == destination && glossary.contains($0.event) }
    }
    #expect(counts == [59, 59, 59, 58, 59])
    #expect(counts.reduce(0, +) == 294)
    #expect(catalog.shapes.count == 294 + 94 + 6 - 59)
  }

  @Test func aFieldOrShapeStandsOnce() {
    #expect(Set(catalog.fields.map(\.name)).count == catalog.fields.count)
    #expect(Set(catalog.shapes.map { "\($0.event) \($0.destination)" }).count == catalog.shapes.count)
    for shape in catalog.shapes {
      #expect(
        Set(catalog.members(of: shape).map(\.path)).count == shape.memberNumbers.count, "\(shape.event) \(shape.destination)")
    }
  }

  @Test func displayNamesAreUniqueWithinADestination() {
    for destination in Destination.allCases where destination != .storage {
      let names = catalog.shapes.filter { $0.destination == destination }.map(\.displayName)
      #expect(Set(names).count == names.count, "\(destination)")
    }
    #expect(catalog.shapes.filter { $0.destination == .storage }.allSatisfy { $0.displayName.isEmpty })
  }

  @Test func aMarkInAnyEventMarksTheField() {
    for shape in catalog.shapes {
      for member in catalog.members(of: shape) where !member.marks.isEmpty {
        for field in member.fields { #expect(catalog.fields[field].marks.isSuperset(of: member.marks)) }
      }
    }
  }

  /// Whoever is identified by a field is a person: no identifier is left to the default for plain fields.
  @Test func everyDirectIdentifierAndCredentialIsPersonalOrMarked() {
    for field in catalog.fields
    where [.directIdentifier, .credentialToken, .deviceIdentifier].contains(field.fieldClass) {
      #expect(field.isPersonal || !field.marks.isEmpty, "\(field.name)")
    }
    for field in catalog.fields where field.kind.isIdentifier {
      #expect(field.isPersonal || !field.marks.isEmpty, "\(field.name)")
    }
  }

  @Test func everyDestinationTellsItsEventsByName() {
    for destination in Destination.allCases where destination != .storage {
      for shape in catalog.shapes where shape.destination == destination {
        #expect(
          catalog.members(of: shape).contains(where: \.isEventName) || destination == .mparticle,
          "\(shape.event) \(destination)")
      }
    }
  }

  @Test func typesAreThoseThatTheCompilerKnows() {
    let known: Set<String> = [
      "string", "int", "long", "float", "double", "boolean", "array of string", "array of string?",
    ]
    for shape in catalog.shapes {
      for member in catalog.members(of: shape) { #expect(known.contains(member.type), "\(member.type)") }
    }
  }
}

/// For whatever a policy says, no sensitive field of any shape is kept without a reason.
struct ShippedDefaultsTests {
  @Test(arguments: Destination.allCases)
  func withoutRulesNothingSensitiveIsKept(destination: Destination) throws {
    let policy = try Policy(yaml: "policy: p\nversion: 1\n", file: "p.yml")
    let compiler = PlanCompiler(policy: policy, catalog: .builtIn, key: nil)
    for shape in compiler.catalog.shapes where shape.destination == destination {
      let rules = compiler.resolver.rules(for: shape.event, in: destination)
      for member in compiler.catalog.members(of: shape) {
        let facts = compiler.facts(at: member.path, in: destination)
        let decision = compiler.resolver.decide(facts, rules: rules)
        if facts.contains(where: \.isSensitive) {
          #expect(decision.treatment == .redact, "\(shape.event) \(member.path)")
        }
      }
    }
  }
}
