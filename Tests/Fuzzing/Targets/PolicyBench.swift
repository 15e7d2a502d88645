import ScrubPolicy

/// A policy, and the other YAML that is read by the same hand: tests of policies and keyrings.
///
/// Laws: what is wrong has a place in the file; a policy that is read has plans for every destination.
final class PolicyBench: FuzzBench {
  func check(_ input: [UInt8]) throws {
    guard let text = String(validating: input, as: UTF8.self) else { return }
    let lines = text.unicodeScalars.count { $0 == "\n" } + 2
    let read = Policy.reading(yaml: text, file: "fuzz.yml")
    for finding in read.findings {
      try require((1...lines).contains(finding.line) && finding.column > 0, "a finding has a place in the file")
      try require(!finding.message.isEmpty && !finding.mend.isEmpty, "a finding says what is wrong and how to mend it")
    }
    if let policy = read.policy, policy.rules.count < 8 {
      let compiler = PlanCompiler(policy: policy, catalog: .builtIn, key: nil)
      _ = Coverage.findings(compiler)
      _ = compiler.compile(.mparticle)
    }
    _ = try? PolicyTest.reading(yaml: text, file: "fuzz.yml")
    _ = KeyringEntry.reading(yaml: text, file: "fuzz.yml")
  }

  static var seeds: [[UInt8]] {
    let texts = [
      everyAction,
      "policy: p\nversion: 1\nrules:\n  - kinds: [email]\n    action: keep\n    because: no reason\n",
      "policy: p\nversion: 1\ndefaults: { unknown_field: keep, unknown_event: fail }\nspecial: [product_id]\n"
        + "acknowledge:\n  - { id: W102, on: \"*\", because: seen }\n",
      "policy: p\nversion: 1\npolicy: twice\n\"version\": 1 # again\n",
      "a: &x [1, *x]\nb: !tag { <<: {c: 1} }\n--- \nd: | \n  text\n",
      "version: 1\nkeys:\n  - { id: k1, state: active, created: 2026-11-24, check: 0123456789abcdef, key: stand-in }\n",
      "tests:\n  - name: n\n    event: users.messages.email.Open\n    destination: storage\n    given: { user_id: u }\n"
        + "    expect: { user_id: null }\n",
    ]
    return texts.map { Array($0.utf8) }
  }
}
