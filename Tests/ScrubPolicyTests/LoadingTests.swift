import ScrubCore
import ScrubPolicy
import Testing

/// What is wrong with a text, as `id line:column`; empty for a policy that loads.
private func findings(_ yaml: String) -> [String] {
  do throws(PolicyFailure) {
    _ = try Policy(yaml: yaml, file: "p.yml")
    return []
  } catch {
    return error.diagnostics.map { "\($0.id.rawValue) \($0.line):\($0.column)" }
  }
}

private let head = "policy: p\nversion: 1\nkey: { env: K, id: k1 }\n"

struct LoadingTests {
  @Test(arguments: [
    ("rulez: []", "E003 4:1"),
    ("title: a\ntitle: b", "E004 5:1"),
    ("defaults: { annotated: &a redact }", "E005 4:24"),
    ("title: !!str x", "E005 4:8"),
    ("defaults: { <<: { plain: keep } }", "E005 4:13"),
    ("rules: nothing", "E006 4:8"),
    ("defaults: { annotated: reduct }", "E007 4:24"),
    ("rules:\n  - fields: [id]", "E008 5:5"),
    ("exclude: [{ ledger: restricted }]", "E009 4:21"),
    ("rules:\n  - fields: [id]\n    action: tokenise", "E008 5:5"),
    ("rules:\n  - fields: [id]\n    action: tokenise\n    store: memory", "E007 7:12"),
    ("rules:\n  - fields: [id]\n    action: keep\n    bits: 128", "E010 7:11"),
    ("rules:\n  - fields: [id]\n    action: hash\n    bits: 64", "E012 7:11"),
    ("rules:\n  - fields: [id]\n    action: hash\n    domain: Mail", "E007 7:13"),
    ("rules:\n  - action: drop_event", "E008 5:5"),
    ("rules:\n  - action: drop_event\n    events: [x]\n    fields: [id]", "E010 7:13"),
    ("rules:\n  - kinds: ['email|phone']\n    action: redact", "E007 5:13"),
  ])
  func aMistakeIsToldWithItsPlace(text: String, finding: String) {
    #expect(findings(head + text + "\n") == [finding])
  }

  @Test func everyMistakeIsToldAtOnce() {
    let text = "policy: p\nversion: 2\nrulez: []\nrules:\n  - fields: [id]\n    action: hsh\n"
    #expect(findings(text) == ["E007 2:10", "E003 3:1", "E007 6:13"])
  }

  @Test func aPolicyThatHashesNamesAKey() {
    #expect(findings("policy: p\nversion: 1\nrules:\n  - kinds: [email]\n    action: hash\n") == ["E011 1:1"])
    #expect(findings("policy: p\nversion: 1\naudience: agency_x\n") == ["E011 1:1"])
  }

  @Test(arguments: ["", "[", "\t- x", "policy: p: q"])
  func brokenYAMLIsOneFindingAndQuotesNothing(text: String) throws {
    do throws(PolicyFailure) {
      _ = try Policy(yaml: text, file: "p.yml")
      Issue.record("it was accepted")
    } catch {
      #expect(error.diagnostics.map(\.id) == [.syntax])
      #expect(!error.diagnostics[0].text.contains("p: q"))
    }
  }
}

struct GlobTests {
  @Test(arguments: [
    ("users.*.Open", "users.messages.email.Open", true), ("users.*.Open", "users.messages.email.OpenX", false),
    ("*", "", true), ("a?c", "abc", true), ("a?c", "ac", false), ("a*b*c", "aXbYc", true), ("abc", "abcd", false),
    ("*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
  ])
  func starsStandForAnythingAndQuestionMarksForOne(pattern: String, name: String, matches: Bool) {
    #expect(Glob(pattern).matches(name) == matches)
  }
}
