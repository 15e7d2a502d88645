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

private let keyText = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/// Beside those of `LoadingTests`.
struct StrictReadingTests {
  @Test(arguments: [
    // Unknown keys, at every level.
    ("key2: x", "E003 4:1"), ("defaults: { anotated: redact }", "E003 4:13"),
    ("rules:\n  - feilds: [id]\n    action: keep", "E003 5:5"),
    ("acknowledge:\n  - { id: W101, becuase: x, because: y }", "E003 5:17"),
    // Wrong types.
    ("title: [a]", "E006 4:8"), ("defaults: redact", "E006 4:11"), ("rules:\n  - keep", "E006 5:5"),
    ("rules:\n  - fields: id\n    action: keep", "E006 5:13"),
    ("rules:\n  - fields: [[id]]\n    action: keep", "E006 5:14"),
    ("rules:\n  - annotated: yes\n    action: redact", "E006 5:16"),
    ("rules:\n  - fields: [id]\n    action: redact\n    optional: 1", "E006 7:15"),
    ("rules:\n  - action: drop_event\n    where: [id]", "E006 6:12"), ("special: product_id", "E006 4:10"),
    // Values out of their set.
    ("defaults: { unknown_event: keep }", "E007 4:28"), ("audience: Agency", "E007 4:11"),
    ("audience: ''", "E007 4:11"), ("rules:\n  - classes: [direct]\n    action: redact", "E007 5:15"),
    ("rules:\n  - destinations: [s3]\n    action: redact", "E007 5:20"),
    ("rules:\n  - fields: []\n    action: redact", "E007 5:13"),
    ("rules:\n  - fields: [id]\n    action: hash\n    format: base64", "E007 7:13"),
    ("rules:\n  - fields: [id]\n    action: hash\n    normalise: nfc", "E007 7:16"),
    ("rules:\n  - action: drop_event\n    where: {}", "E007 6:12"),
    // Keys, in comments too, and however they are spelled.
    ("# \(keyText)", "E013 4:3"), ("title: '\(keyText.uppercased())'", "E013 4:9"), ("title: hex:\(keyText)", "E013 4:12"),
    ("title: base64:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "E013 4:15"),
    ("rules:\n  - kinds: [email]\n    action: mask\n    show: all", "E006 7:11"),
    ("rules:\n  - kinds: [email]\n    action: mask\n    show: {}", "E007 7:11"),
    ("rules:\n  - kinds: [email]\n    action: mask\n    show: { last: 9 }", "E007 7:19"),
    ("rules:\n  - kinds: [email]\n    action: mask\n    show: { domain: false }", "E007 7:21"),
    ("rules:\n  - kinds: [email]\n    action: mask\n    show: { last: 4, domain: true }", "E007 7:11"),
    ("rules:\n  - kinds: [email]\n    action: mask\n    show: { first: 4 }", "E003 7:13"),
    // Options of other actions.
    ("rules:\n  - fields: [id]\n    action: redact\n    domain: x", "E010 7:13"),
    ("rules:\n  - fields: [id]\n    action: hash\n    with: x", "E010 7:11"),
    ("rules:\n  - fields: [id]\n    action: hash\n    format: hex\n    bits: 128", "E010 8:11"),
    // Too few bits, or no whole bytes.
    ("rules:\n  - fields: [id]\n    action: hash\n    bits: 88", "E012 7:11"),
    ("rules:\n  - fields: [id]\n    action: hash\n    bits: 100", "E012 7:11"),
    ("rules:\n  - fields: [id]\n    action: hash\n    bits: 264", "E012 7:11"),
    ("rules:\n  - fields: [id]\n    action: hash\n    bits: many", "E012 7:11"),
    // What is in the language and not yet in the program.
    ("access: { show: [] }", "E003 4:11"), ("access: { hide: [{ fields: [gender] }] }", "E008 4:18"), ("exclude: [{ ledger: restricted }]", "E009 4:21"),
    ("exclude: { list: a }", "E006 4:10"),
    ("erasure: { mode: forget }", "E007 4:18"), ("erasure: { keep: [{ events: [a], basis: why }] }", "E008 4:19"),
    ("erasure: { keep: [{ events: [a], basis: why, review: soon }] }", "E007 4:54"),
    // An event without a value has none of the values.
    ("rules:\n  - action: drop_event\n    where: { country: [FR, null] }", "E007 6:28"),
    ("rules:\n  - action: drop_event\n    where: { country: [~] }", "E007 6:24"),
    // What generalise, scan and json do not understand.
    ("rules:\n  - fields: [id]\n    action: generalise", "E008 5:5"),
    ("rules:\n  - fields: [id]\n    action: generalise\n    to: fortnight", "E007 7:9"),
    ("rules:\n  - fields: [id]\n    action: generalise\n    to: /33", "E007 7:9"),
    ("rules:\n  - fields: [id]\n    action: generalise\n    to: 0", "E007 7:9"),
    ("rules:\n  - fields: [id]\n    action: generalise\n    to: host\n    query: [a]", "E010 8:12"),
    ("rules:\n  - fields: [id]\n    action: scan\n    find: [emails]", "E007 7:12"),
    ("rules:\n  - fields: [id]\n    action: scan\n    find: []", "E007 7:11"),
    ("rules:\n  - fields: [id]\n    action: scan\n    replace: star", "E007 7:14"),
    ("rules:\n  - fields: [id]\n    action: scan\n    keep: [a]", "E010 7:11"),
    ("rules:\n  - fields: [id]\n    action: json\n    keep: [a..b]", "E007 7:12"),
    ("rules:\n  - fields: [id]\n    action: json\n    keep: [a*]", "E007 7:12"),
    ("rules:\n  - fields: [id]\n    action: json\n    hash: [a]", "E006 7:11"),
    ("rules:\n  - fields: [id]\n    action: json\n    hash: { a: mail }", "E007 7:16"),
    ("rules:\n  - fields: [id]\n    action: json\n    tokenise: { a: email }", "E008 7:15"),
    ("rules:\n  - fields: [id]\n    action: json\n    store: sealed", "E010 7:12"),
    ("rules:\n  - fields: [id]\n    action: json\n    find: [email]", "E010 7:11"),
    ("rules:\n  - fields: [id]\n    action: json\n    default: hash", "E007 7:14"),
  ])
  func aMistakeIsToldWithItsPlace(text: String, finding: String) {
    #expect(findings(head + text + "\n") == [finding])
  }

  @Test(arguments: [
    ("version: 1\n", ["E008 1:1"]), ("policy: p\n", ["E008 1:1"]), ("title: t\n", ["E008 1:1", "E008 1:1"]),
    ("policy: p\nversion: 1.0\n", ["E007 2:10"]), ("policy: a b\nversion: 1\n", ["E007 1:9"]),
    ("policy: p\nversion: 1\nkey: { env: K }\n", ["E008 3:6"]),
    ("policy: p\nversion: 1\nkey: { id: k1 }\n", ["E007 3:6"]),
    ("policy: p\nversion: 1\nkey: { env: K, file: F, id: k1 }\n", ["E007 3:6"]),
    ("policy: p\nversion: 1\nkey: { env: K, id: K1 }\n", ["E007 3:20"]),
    ("policy: p\nversion: 1\nkey: { env: K, id: k_1 }\n", ["E007 3:20"]),
    ("policy: p\nversion: 1\nkey: { keyring: R, id: k1 }\n", ["E010 3:24"]),
    ("policy: p\nversion: 1\nkey: { keyring: [R] }\n", ["E006 3:17"]),
    ("policy: p\nversion: 1\nkey: { keyring: R, env: K }\n", ["E007 3:6"]),
    ("policy: p\nversion: 1\nkey: { keyring: R, env: K, id: k1 }\n", ["E010 3:32"]),
    ("policy: p\nversion: 1\nkey: {}\n", ["E008 3:6"]),
    ("policy: p\nversion: 1\nkey: { command: cat, id: k1 }\n", ["E006 3:17"]),
    ("- policy: p\n", ["E006 1:1"]),
    ("policy\n", ["E006 1:1"]),
    ("policy: p\nversion: 1\n---\npolicy: q\n", ["E002"]),
  ])
  func theHeadOfAPolicyIsChecked(text: String, expected: [String]) {
    let found = findings(text)
    #expect(found.map { String($0.prefix(4)) } == expected.map { String($0.prefix(4)) })
    if expected[0].count > 4 { #expect(Array(found.prefix(expected.count)) == expected) }
  }

  @Test(arguments: [
    ("title: &a x", "E005 4:8"), ("title: ! x", "E005 4:8"), ("title: !local x", "E005 4:8"),
    ("rules: &r\n  - fields: [id]\n    action: keep", "E005 4:8"),
    ("rules:\n  - &r\n    fields: [id]\n    action: keep", "E005 5:5"),
    ("rules:\n  - fields: [&f id]\n    action: keep", "E005 5:14"), ("!!str title: x", "E005 4:1"),
    ("title: \u{e9}\u{4e2d}\nspecial: [\u{e9}, !x b]", "E005 5:14"),
    // Two code points that look like one letter: columns count code points.
    ("special: [e\u{301}e\u{301}e\u{301}, !x b]", "E005 4:19"),
  ])
  func anchorsAndTagsAreFoundWhereverTheyStand(text: String, finding: String) {
    #expect(findings(head + text + "\n") == [finding])
  }

  @Test(arguments: [
    "title: \"R &D\"", "title: 'a &b'", "title: R &D &c", "title: x # of &us", "title: |\n  one\n  &two", "title: \"&a\"",
    "special: [\"a &b\", 'c &d']", "# &a &b",
  ])
  func anAmpersandInATextIsNoAnchor(text: String) throws {
    #expect(findings(head + text + "\n") == [])
  }

  @Test func anAmpersandStaysInItsText() throws {
    let policy = try Policy(yaml: head + "title: \"Share &of R&D\" # &a\n", file: "p.yml")
    #expect(policy.title == "Share &of R&D")
  }

  @Test func aByteOrderMarkIsNoPartOfThePolicy() {
    #expect(findings("\u{feff}" + head) == [])
    #expect(findings("\u{feff}policy: p\nversion: 1\nrulez: []\n") == ["E003 3:1"])
  }

  @Test func anAliasIsFoundByItsAnchor() {
    let text = head + "rules:\n  - fields: &f [id]\n    action: keep\n  - fields: *f\n    action: keep\n"
    #expect(findings(text).contains("E005 5:13"))
  }

  /// A file with CRLF is read like any other.
  @Test(arguments: [
    ("title: &a x", ["E005 4:8"]), ("title: !!str x", ["E005 4:8"]), ("rulez: []", ["E003 4:1"]),
    ("title: x", []),
  ])
  func carriageReturnsHideNothing(text: String, expected: [String]) {
    #expect(findings((head + text + "\n").replacing("\n", with: "\r\n")) == expected)
  }

  @Test(arguments: [
    ("policy: p\nversion: 1\npolicy: q\n", "E004 3:1"),
    ("policy: p\n# policy: old\nversion: 1\npolicy: q\n", "E004 4:1"),
    ("policy: p\ntitle: 'policy: p'\nversion: 1\npolicy: q\n", "E004 4:1"),
    ("policy: p\nversion: 1\nrules:\n  - fields: [id]\n    action: keep\n    action: redact\n", "E004 6:5"),
    ("policy: p\nversion: 1\ndefaults: { plain: keep, plain: redact }\n", "E004 3:26"),
    ("policy: p\nversion: 1\n\"policy\": q\n", "E004 3:2"),
  ])
  func aKeyThatStandsTwiceIsToldOnceAndWhereItStandsAgain(text: String, finding: String) {
    #expect(findings(text) == [finding])
  }

  @Test func severalDuplicatesAreToldAtOnce() {
    let text =
      "policy: p\nversion: 1\npolicy: q\nversion: 1\nrules:\n  - fields: [id]\n    action: keep\n    action: keep\n"
    #expect(findings(text) == ["E004 3:1", "E004 4:1", "E004 8:5"])
  }

  @Test func aDuplicateInAFileWithCarriageReturnsIsNoCrash() async {
    await #expect(processExitsWith: .success) {
      let text =
        "policy: p\r\nversion: 1\r\nrules:\r\n  - fields: [id]\r\n    action: keep\r\n    action: keep\r\n"
      do throws(PolicyFailure) { _ = try Policy(yaml: text, file: "p.yml") } catch {}
    }
  }

  @Test func aReasonHasWords() throws {
    for reason in ["''", "", "\"  \"", "~", "null"] {
      let text = head + "rules:\n  - fields: [country]\n    action: keep\n    because: \(reason)\n"
      let refused: Bool
      do throws(PolicyFailure) {
        let policy = try Policy(yaml: text, file: "p.yml")
        refused = Coverage.findings(PlanCompiler(policy: policy, catalog: .builtIn, key: nil)).contains(
          where: \.refuses)
      } catch {
        refused = true
      }
      #expect(refused, "because: \(reason)")
    }
  }

  @Test(arguments: [
    ("1", Rule.Sentinel.whole(1)), ("'1'", .text("1")), ("true", .boolean(true)), ("\"true\"", .text("true")),
    ("gone", .text("gone")), ("-5", .whole(-5)), ("1.5", .text("1.5")),
  ])
  func whatIsWrittenInsteadKeepsItsType(text: String, sentinel: Rule.Sentinel) throws {
    let policy = try Policy(
      yaml: head + "rules:\n  - fields: [id]\n    action: redact\n    with: \(text)\n", file: "p")
    guard case .redact(let with) = policy.rules[0].action else {
      Issue.record("no redact")
      return
    }
    #expect(with == sentinel)
  }

  @Test func everyDiagnosticSaysWhereWhatAndHowToMend() throws {
    do throws(PolicyFailure) {
      _ = try Policy(yaml: head + "defaults: { annotated: reduct }\n", file: "folder/p.yml")
      Issue.record("it was accepted")
    } catch {
      #expect(error.diagnostics[0].text.hasPrefix("folder/p.yml:4:24: error E007: "))
      #expect(error.diagnostics[0].text.contains("mend: did you mean `redact`?"))
    }
  }

  @Test func identifiersOfDiagnosticsAreUnique() {
    #expect(Set(Diagnostic.ID.allCases.map(\.rawValue)).count == Diagnostic.ID.allCases.count)
  }

  @Test func linkingIsHashedForAnAudienceOnly() throws {
    #expect(try Policy(yaml: head, file: "p").defaults.linking == .keep)
    #expect(try Policy(yaml: head + "audience: a\n", file: "p").defaults.linking == .hash)
    #expect(
      try Policy(yaml: head + "audience: a\ndefaults: { linking: redact }\n", file: "p").defaults.linking
        == .redact)
  }

  @Test func hostileTextsNeverTrap() {
    var state: UInt64 = 5
    func roll(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    let seed = Array(
      (head + "rules:\n  - fields: [id, 'a.*']\n    action: hash\n    bits: 128\n").unicodeScalars)
    for _ in 0..<1_500 {
      var scalars = seed
      for _ in 0...roll(4) {
        let place = roll(scalars.count)
        switch roll(3) {
        case 0: scalars.remove(at: place)
        case 1:
          scalars[place] = "{}[]&*!:\n\t\"'#-|>%@`\u{0}\u{2028}".unicodeScalars.randomElementAt(roll(21))
        default: scalars.insert(contentsOf: scalars[place...].prefix(roll(12)), at: place)
        }
      }
      var text = ""
      text.unicodeScalars.append(contentsOf: scalars)
      _ = findings(text)
    }
  }
}

extension String.UnicodeScalarView {
  fileprivate func randomElementAt(_ number: Int) -> Unicode.Scalar { Array(self)[number % count] }
}
