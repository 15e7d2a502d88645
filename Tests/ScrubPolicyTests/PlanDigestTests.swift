import ScrubPolicy
import Testing

private let head = "policy: p\nversion: 1\nkey: { env: K, id: k1 }\n"

struct PlanDigestTests {
  private func digest(_ rest: String, check: String = "00", id: String = "k1") throws -> String {
    let policy = try Policy(yaml: "policy: p\nversion: 1\nkey: { env: K, id: \(id) }\n" + rest, file: "p.yml")
    return PlanCompiler(policy: policy, catalog: .builtIn, key: (id, check)).digest(of: .storage)
  }

  /// Each line is a policy that treats something otherwise than every other line.
  private static let policies = [
    "", "audience: a\n", "audience: b\n", "audience: a\ndefaults: { linking: keep }\n",
    "defaults: { annotated: drop }\n",
    "defaults: { unmarked_personal: hash }\n", "defaults: { plain: redact }\n",
    "defaults: { unknown_field: drop }\n",
    "defaults: { unknown_field: keep }\n", "defaults: { unknown_field: fail }\n",
    "defaults: { unknown_event: drop }\n",
    "defaults: { unknown_event: scrub }\n", "defaults: { unknown_event: fail }\n",
    "rules:\n  - kinds: [email]\n    action: hash\n",
    "rules:\n  - kinds: [email]\n    action: hash\n    format: hex\n",
    "rules:\n  - kinds: [email]\n    action: hash\n    bits: 256\n",
    "rules:\n  - kinds: [email]\n    action: hash\n    domain: mail\n",
    "rules:\n  - kinds: [email]\n    action: hash\n    normalise: trim\n",
    "rules:\n  - kinds: [email]\n    action: redact\n    with: gone\n",
    "rules:\n  - kinds: [email]\n    action: redact\n    with: away\n",
    "rules:\n  - kinds: [email]\n    action: drop\n",
    "rules:\n  - kinds: [email]\n    action: drop\n    events: ['users.messages.*']\n",
    "rules:\n  - events: ['users.messages.*']\n    action: drop_event\n",
    "rules:\n  - events: ['users.messages.*']\n    action: drop_event\n    where: { country: [FR] }\n",
    "rules:\n  - events: ['users.messages.*']\n    action: drop_event\n    where: { country: [FR, DE] }\n",
  ]

  @Test func everyTreatmentHasADigestOfItsOwn() throws {
    var seen: [String: String] = [:]
    for policy in Self.policies {
      let digest = try digest(policy)
      #expect(digest.count == 64)
      #expect(seen[digest] == nil, "\(policy) and \(seen[digest] ?? "")")
      seen[digest] = policy
    }
    #expect(try !seen.keys.contains(digest("", check: "01")))
    #expect(try !seen.keys.contains(digest("", id: "k2")))
  }

  @Test(arguments: [
    ("rules:\n  - kinds: [email]\n    action: redact\n", "", "a rule that says what the default does"),
    (
      "rules:\n  - fields: [email_address]\n    action: drop\n  - kinds: [email]\n    action: keep\n    because: never reached\n    optional: true\n    events: ['users.none.*']\n",
      "rules:\n  - fields: ['email_addres?']\n    action: drop\n", "other selectors"
    ),
    ("title: A\nspecial: [product_id]\n", "title: B\n", "words"),
    (
      "rules:\n  - kinds: [phone]\n    action: hash\n    format: phone\nacknowledge: [{ id: W101, because: a }]\n",
      "rules:\n  - kinds: [phone]\n    action: hash\n    format: phone\nacknowledge: [{ id: W101, because: b }]\n",
      "reasons"
    ),
    (
      "rules:\n  - action: drop_event\n    where: { country: [FR, DE] }\n",
      "rules:\n  - action: drop_event\n    where: { country: [DE, FR] }\n", "order of values"
    ),
  ])
  func policiesThatTreatAlikeHaveOneDigest(one: String, other: String, what: String) throws {
    #expect(try digest(one) == digest(other), "\(what)")
  }

  @Test func digestsOfDestinationsAndEventsDiffer() throws {
    let policy = try Policy(yaml: head, file: "p.yml")
    let compiler = PlanCompiler(policy: policy, catalog: .builtIn, key: nil)
    #expect(Set(Destination.allCases.map { compiler.digest(of: $0) }).count == 5)
    let events = compiler.catalog.eventTypes.map { compiler.digest(event: $0, destination: .storage) }
    #expect(Set(events).count == 100)
  }
}
