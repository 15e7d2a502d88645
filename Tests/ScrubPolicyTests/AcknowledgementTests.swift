import ScrubCore
import ScrubPolicy
import Testing

private let head = "policy: p\nversion: 1\nkey: { env: K, id: k1 }\n"

struct AcknowledgementTests {
  private func findings(_ yaml: String) throws -> [String] {
    let policy = try Policy(yaml: head + yaml, file: "p.yml")
    return Coverage.findings(PlanCompiler(policy: policy, catalog: .builtIn, key: nil)).map(\.id.rawValue)
  }

  private let phone = "rules:\n  - kinds: [phone]\n    action: hash\n    format: phone\n"

  @Test func aWarningIsTakenBackByItsIDAndReason() throws {
    #expect(try findings(phone) == ["W101"])
    #expect(try findings(phone + "acknowledge: [{ id: W101, because: short }]\n") == [])
    #expect(
      try findings(phone + "acknowledge: [{ id: W102, because: short }]\n") == ["W103", "W101"].sorted())
  }

  @Test func anErrorIsNotTakenBack() throws {
    let keep =
      "rules:\n  - fields: [country]\n    action: keep\nacknowledge: [{ id: E101, because: please }]\n"
    #expect(try findings(keep).contains("E101"))
  }

  /// `on` names what the acknowledgement is about: elsewhere the warning stands.
  @Test func anAcknowledgementReachesAsFarAsItSays() throws {
    let on = "acknowledge: [{ id: W101, on: 'users.nothing.of.the.kind', because: short }]\n"
    #expect(try findings(phone + on).contains("W101"))
  }
}

struct DropConditionTests {
  private func compiler(_ yaml: String) throws -> PlanCompiler {
    PlanCompiler(policy: try Policy(yaml: head + yaml, file: "p.yml"), catalog: .builtIn, key: nil)
  }

  /// A condition on a field that no event has is never met, so what should be dropped is written.
  @Test func aConditionOnAFieldThatNoEventHasIsAFinding() throws {
    let compiler = try compiler("rules:\n  - action: drop_event\n    where: { contry: [FR] }\n")
    #expect(Coverage.findings(compiler).map(\.id) == [.matchesNothing])
  }

  @Test func aConditionHoldsInEveryDestination() throws {
    let compiler = try compiler(
      "rules:\n  - action: drop_event\n    where: { email_address: [ada@example.test] }\n")
    #expect(Coverage.findings(compiler).isEmpty)
    for destination in Destination.allCases {
      let plan = compiler.compile(destination)
      let row = try #require(plan.row(of: "users.messages.email.Open"))
      let slots = plan.plan.rows[row].dropRules.joined().flatMap(\.slots)
      #expect(!slots.isEmpty, "\(destination)")
    }
  }

  /// What a condition spells cannot be compared with every type: then it is refused, not passed over.
  @Test(arguments: [
    ("int", true), ("long", true), ("boolean", true), ("string", true), ("double", false), ("float", false),
    (#"{"type":"enum","name":"E","symbols":["A","B"]}"#, false),
    (#"{"type":"array","items":"string"}"#, false),
  ])
  func aConditionThatATypeCannotMeetIsRefused(type: String, isTaken: Bool) throws {
    let compiler = try compiler("rules:\n  - action: drop_event\n    where: { country: ['1'] }\n")
    let text =
      #"{"type":"record","name":"R","fields":[{"name":"country","type":["null",\#(type.hasPrefix("{") ? type : "\"\(type)\"")]}]}"#
    let schema = try AvroSchema(Array(text.utf8))
    let plan = try? compiler.compile(schema, event: "users.messages.email.Open", destination: .storage)
    #expect((plan != nil) == isTaken)
  }
}
