import ScrubCore
import ScrubPolicy
import Testing

private func compiler(
  _ yaml: String, check: String = "0011223344556677", version: String = "policy: p\nversion: 1\n"
) throws -> PlanCompiler {
  let policy = try Policy(yaml: version + "key: { env: K, id: k1 }\n" + yaml, file: "p.yml")
  return PlanCompiler(policy: policy, catalog: .builtIn, key: ("k1", check))
}

private func treatment(_ compiler: PlanCompiler, _ path: String, _ destination: Destination = .storage) -> Treatment {
  let event = "users.messages.email.Open"
  let rules = compiler.resolver.rules(for: event, in: destination)
  return compiler.resolver.decide(compiler.facts(at: path, in: destination), rules: rules).treatment
}

struct DecisionTests {
  @Test func theFirstRuleThatMatchesDecides() throws {
    let compiler = try compiler(
      "rules:\n  - fields: [email_address]\n    action: redact\n  - kinds: [email]\n    action: hash\n")
    #expect(treatment(compiler, "email_address") == .redact)
  }

  @Test func defaultsCoverMarkedPersonalLinkingPlainAndUnknown() throws {
    let compiler = try compiler("defaults: { annotated: redact, unmarked_personal: drop, linking: hash }\n")
    #expect(treatment(compiler, "country") == .redact)
    #expect(treatment(compiler, "device_id") == .drop)
    #expect(treatment(compiler, "id") == .hash(Hashing(normaliser: .trimmed, format: .uuidOrToken, domain: "id")))
    #expect(treatment(compiler, "campaign_name") == .keepScalar)
    #expect(treatment(compiler, "nobody_knows_this") == .redact)
  }

  @Test(arguments: [
    ("annotated: false, personal: false", false), ("personal: false", false), ("events: ['*']", false),
    ("destinations: [storage]", false), ("fields: ['nobody_*']", true), ("fields: [nobody_knows_this], annotated: false", true),
  ])
  func aFieldThatNobodyKnowsIsMeantByNameOnly(selectors: String, isMeant: Bool) throws {
    let compiler = try compiler("rules:\n  - { \(selectors), action: keep, because: a test }\n")
    #expect(treatment(compiler, "nobody_knows_this") == (isMeant ? .keep : .redact))
  }

  @Test func aMarkInOneEventCountsInAll() throws {
    #expect(treatment(try compiler("defaults: { annotated: drop }\n"), "user_id") == .drop)
  }

  @Test func aValueOfTwoKindsIsHashedAsWhatItIs() throws {
    let both = try compiler("rules:\n  - kinds: [email]\n    action: hash\n    format: email\n  - kinds: [phone]\n    action: hash\n")
    #expect(
      treatment(both, "channel_identifier")
        == .hash(
          Hashing(
            normaliser: .channel, format: .email, domain: "email", phoneDomain: "phone",
            phoneFormat: .token(byteCount: 16))))
  }

  @Test func aValueOfTwoKindsGetsTheRuleOfItsOwn() throws {
    let mixed = try compiler("rules:\n  - kinds: [email]\n    action: hash\n  - kinds: [phone]\n    action: redact\n")
    let email = Hashing(normaliser: .email, format: .token(byteCount: 16), domain: "email")
    #expect(treatment(mixed, "channel_identifier") == .contact(email: .hash(email), phone: .redact))
  }

  @Test func whatNamesAnEventStaysUnderAnyDefault() throws {
    let compiler = try compiler("defaults: { plain: redact, unknown_field: drop }\n")
    #expect(treatment(compiler, "event_type", .amplitude) == .keepScalar)
    #expect(treatment(compiler, "event", .mixpanel) == .keepScalar)
    #expect(treatment(compiler, "library", .amplitude) == .redact)
    #expect(!Coverage.findings(compiler).contains { $0.id == .eventNamesGo })
  }

  @Test func aRuleThatTakesTheNameOfAnEventIsTold() throws {
    let rule = "rules:\n  - fields: [\"*\"]\n    action: redact\n"
    #expect(Coverage.findings(try compiler(rule)).map(\.id) == [.eventNamesGo])
    let kept = "rules:\n  - fields: [event, event_type, event_name, \"events[].data.event_name\", \"events[].event_type\"]\n    action: keep\n"
    #expect(Coverage.findings(try compiler(kept + String(rule.dropFirst(7)))).isEmpty)
  }

  @Test func aPathOfSeveralFieldsGetsTheStrictest() throws {
    let compiler = try compiler(
      "rules:\n  - fields: [to_phone_number]\n    action: hash\n  - fields: [user_phone_number]\n    action: drop\n")
    #expect(treatment(compiler, "context.traits.phone", .segment) == .drop)
    #expect(treatment(compiler, "user_attributes.$mobile", .mparticle) == .drop)
  }

  @Test func userIDMeansTheBrazeIDEverywhere() throws {
    let compiler = try compiler("rules:\n  - fields: [user_id]\n    action: drop\n")
    #expect(treatment(compiler, "user_id") == .drop)
    #expect(treatment(compiler, "anonymousId", .segment) == .drop)
    #expect(treatment(compiler, "user_id", .amplitude) == .redact)
  }

  @Test func dropEventRulesCountWhereverTheyStand() throws {
    let compiler = try compiler(
      "rules:\n  - fields: ['*']\n    action: redact\n  - events: ['users.messages.webhook.*']\n    action: drop_event\n")
    #expect(compiler.resolver.drops(event: "users.messages.webhook.Send", in: .storage).all)
    #expect(!compiler.resolver.drops(event: "users.messages.email.Open", in: .storage).all)
  }
}

struct DigestTests {
  private let event = "users.messages.email.Open"
  private func digest(_ yaml: String, check: String = "0011223344556677") throws -> String {
    try compiler(yaml, check: check).digest(event: event, destination: .storage)
  }

  @Test func policiesThatTreatAlikeHaveOneDigest() throws {
    let long = "# words\ntitle: Other words\nrules:\n  - fields: [email_address]\n    action: hash\n    because: of words\n"
    let short = "rules:\n  - kinds: [email]\n    fields: [email_address]\n    action: hash\n"
    #expect(try digest(long) == digest(short))
  }

  @Test func whateverChangesATreatmentChangesTheDigest() throws {
    let plain = try digest("")
    #expect(try digest("", check: "ffffffffffffffff") != plain)
    #expect(try digest("audience: agency_x\ndefaults: { linking: keep }\n") != plain)
    #expect(try digest("defaults: { unknown_field: drop }\n") != plain)
    #expect(try digest("rules:\n  - fields: [country]\n    action: redact\n    with: somewhere\n") != plain)
  }

  @Test func aMarkInTheFilesOwnSchemaChangesIt() throws {
    func plan(_ doc: String) throws -> CompiledAvroPlan {
      let text = #"{"type":"record","name":"E","fields":[{"name":"campaign_name","type":"string","doc":"\#(doc)"}]}"#
      return try compiler("").compile(AvroSchema(Array(text.utf8)), event: event, destination: .storage)
    }
    #expect(try plan("a name").digest == digest(""))
    #expect(try plan("[PII] a name").digest != digest(""))
    #expect(try plan("[PII] a name").fields[0].decision.treatment == .redact)
  }
}
