import ScrubPolicy
import Testing

private func findings(_ yaml: String) throws -> [String] {
  let policy = try Policy(yaml: "policy: p\nversion: 1\nkey: { env: K, id: k1 }\n" + yaml, file: "p.yml")
  return Coverage.findings(PlanCompiler(policy: policy, catalog: .builtIn, key: nil)).map { "\($0.id.rawValue) \($0.line)" }
}

struct CoverageTests {
  @Test(arguments: [
    ("rules:\n  - fields: [country]\n    action: keep\n", "E101 5"),
    ("rules:\n  - fields: [device_id]\n    action: keep\n", "E101 5"),
    ("rules:\n  - fields: [ip_address]\n    action: keep\n", "E101 5"),
    ("rules:\n  - fields: [city]\n    action: scan\n", "E101 5"),
    ("rules:\n  - fields: [user_properties.email]\n    action: keep\n", "E101 5"),
    ("rules:\n  - fields: ['context.traits.*']\n    events: [users.messages.sms.*]\n    action: keep\n", "E101 5"),
    (
      """
      defaults: { unknown_event: scrub }
      rules:
        - { events: [users.*, campaigns.*], action: redact }
        - { fields: [city], action: keep }
      acknowledge: [{ id: W104, because: a test }]

      """, "E101 7"
    ),
    ("defaults: { annotated: keep }\n", "E101 4"),
    ("audience: a\ndefaults: { linking: keep }\n", "E101 5"),
    ("audience: a\nspecial: [product_id]\n", "E101 1"),
    ("rules:\n  - fields: [user_idd]\n    action: redact\n", "E102 5"),
    ("rules:\n  - kinds: [email]\n    action: redact\n  - fields: [email_address]\n    action: redact\n", "E103 7"),
    ("rules:\n  - events: [users.messages.email.Opne]\n    fields: [campaign_name]\n    action: redact\n", "E102 5"),
    ("rules:\n  - events: [users.messages.email.Opne]\n    action: drop_event\n", "E102 5"),
    ("rules:\n  - events: [users.messages.sms.*]\n    fields: [link_url]\n    action: redact\n", "E102 5"),
    ("rules:\n  - fields: [price]\n    events: [users.messages.email.*]\n    action: redact\n", "E102 5"),
    ("rules:\n  - { events: [users.messages.email.*], action: drop_event }\n  - { events: [users.messages.email.Open], action: drop_event }\n", "E103 6"),
    ("rules:\n  - { events: [u*.Open], fields: [email_address], action: redact }\n  - { events: [u*.Open], action: drop_event }\n", "E103 5"),
    ("rules:\n  - { events: [u*.Open], action: drop_event }\n  - { events: [u*.Open], action: drop_event, where: { country: [FR] } }\n", "E103 6"),
    ("rules:\n  - fields: [time]\n    action: hash\n", "E104 5"),
    ("rules:\n  - fields: [media_urls]\n    action: hash\n", "E104 5"),
    ("rules:\n  - fields: [ip_address]\n    action: generalise\n    to: day\n", "E104 5"),
    ("rules:\n  - fields: [ip_address]\n    action: generalise\n    to: 0.5\n", "E104 5"),
    ("rules:\n  - fields: [price]\n    action: redact\n    with: none\n", "E104 5"),
    ("rules:\n  - kinds: [email, phone]\n    action: hash\n    domain: contact\n", "E105 5"),
    ("rules:\n  - kinds: [email, ip]\n    action: hash\n    domain: email\n", "E105 5"),
    ("rules:\n  - kinds: [phone]\n    action: hash\n    format: phone\n", "W101 5"),
    ("rules:\n  - fields: [user_properties.phone]\n    action: hash\n    format: phone\n", "W101 5"),
    ("defaults: { unknown_field: keep }\n", "W102 4"),
    ("acknowledge:\n  - { id: W101, because: no reason }\n", "W103 5"),
  ])
  func aGapIsAFinding(yaml: String, finding: String) throws {
    #expect(try findings(yaml) == [finding])
  }

  @Test(arguments: [
    "",
    "rules:\n  - fields: [country]\n    action: keep\n    because: coarse enough\n",
    "rules:\n  - fields: [user_idd]\n    action: redact\n    optional: true\n",
    "rules:\n  - kinds: [phone]\n    action: hash\n    format: phone\nacknowledge:\n  - { id: W101, because: short is fine }\n",
    "rules:\n  - fields: ['user_properties.*']\n    action: redact\n",
    "rules:\n  - fields: [ip_address, city]\n    action: keep\n    because: kept for the sake of it\n",
    "rules:\n  - fields: [ip_address]\n    action: generalise\n    to: /24\n",
    // The user of an event of text messages may have an address, a line id an event of any: mParticle and Amplitude store
    // users with it.
    "rules:\n  - events: [users.messages.sms.*]\n    fields: [email_address]\n    action: redact\n",
    "rules:\n  - kinds: [line_id]\n    destinations: [mparticle]\n    action: redact\n",
    "rules:\n  - events: [users.messages.sms.*]\n    fields: [price]\n    action: redact\n    optional: true\n",
    "rules:\n  - events: [users.messages.email.Open]\n    action: drop_event\n    where: { country: [FR] }\n  - events: [users.messages.email.*]\n    action: drop_event\n",
    "rules:\n  - events: [users.messages.email.*]\n    action: drop_event\n  - fields: [email_address]\n    action: redact\n",
  ])
  func whatIsCoveredHasNone(yaml: String) throws {
    #expect(try findings(yaml).isEmpty)
  }
}
