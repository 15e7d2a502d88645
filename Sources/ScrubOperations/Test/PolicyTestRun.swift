internal import ScrubArchive
internal import ScrubCore
internal import ScrubPolicy

/// What became of the tests of a policy, as `policy test --json` prints it.
package struct PolicyTestReport: Document, Sendable {
  /// The format of this document; a change that breaks readers changes the number.
  package static let schema = "currents-scrub/policy-test/1"

  package var schema = PolicyTestReport.schema
  /// The version of the program.
  package var version = programVersion
  package var policy = Report.Policy()
  package var passed = 0
  package var failed = 0
  /// The exit status of the command.
  package var exit = 0
  package var tests: [Test] = []

  package struct Test: Encodable, Sendable {
    package var name = ""
    package var file = ""
    package var line = 0
    package var passed: Bool { failures.isEmpty }
    package var failures: [Failure] = []

    enum CodingKeys: String, CodingKey { case name, file, line, passed, failures }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(file, forKey: .file)
      try container.encode(line, forKey: .line)
      try container.encode(passed, forKey: .passed)
      try container.encode(failures, forKey: .failures)
    }
  }

  package struct Failure: Encodable, Sendable {
    /// Empty where the whole event is meant.
    package var path = ""
    package var expected = ""
    package var actual = ""
    /// Who decided.
    @OrNull package var rule: String?
  }
}

/// Runs the tests of a policy through the pass that scrubs archives.
package enum PolicyTestRun {
  /// - Parameter files: of tests; where none is given the one that stands beside the policy, `tests/NAME.yml`, or that
  ///   of the built-in policy.
  /// - Throws: `ScrubRefusal` when a file cannot be read as tests.
  package static func run(_ checked: CheckedPolicy, files: [String]) throws(ScrubRefusal) -> PolicyTestReport {
    var report = PolicyTestReport()
    report.policy = checked.reported
    var findings: [Diagnostic] = []
    var tests: [PolicyTest] = []
    for (file, yaml) in try texts(checked.text, files) {
      do throws(PolicyFailure) { tests += try PolicyTest.reading(yaml: yaml, file: file) } catch {
        findings += error.diagnostics
      }
    }
    if !findings.isEmpty { throw .tests(findings) }
    var bench = Bench(checked)
    for test in tests { report.tests.append(try bench.run(test)) }
    report.failed = report.tests.count { !$0.passed }
    report.passed = report.tests.count - report.failed
    report.exit = report.failed > 0 ? 3 : 0
    return report
  }

  private static func texts(
    _ policy: PolicyText, _ files: [String]
  ) throws(ScrubRefusal) -> [(file: String, yaml: String)] {
    if files.isEmpty && policy.isBuiltIn {
      return [(policy.source + " tests", builtInPolicyTests[String(policy.source.dropFirst("builtin:".count))] ?? "")]
    }
    var name = policy.source.split(separator: "/").last.map(String.init) ?? ""
    for ending in [".yml", ".yaml"] where name.hasSuffix(ending) { name.removeLast(ending.count) }
    var texts: [(file: String, yaml: String)] = []
    for file in files.isEmpty ? [GivenFile.beside(policy.source, "tests/\(name).yml")] : files {
      do throws(Failure) { texts.append((file, try GivenFile.readText(file))) } catch { throw .file(error) }
    }
    return texts
  }
}

/// One policy on the bench.
private struct Bench: ~Copyable {
  private let checked: CheckedPolicy
  private let words: DecisionWords
  private var trial: PolicyTrial

  init(_ checked: CheckedPolicy) {
    self.checked = checked
    words = DecisionWords(checked.compiler)
    trial = PolicyTrial(checked.compiler)
  }

  mutating func run(_ test: PolicyTest) throws(ScrubRefusal) -> PolicyTestReport.Test {
    var result = PolicyTestReport.Test()
    (result.name, result.file, result.line) = (test.name, test.file, test.line)
    let event = test.event.flatMap { checked.catalog.eventType(named: $0) }
    if let told = test.event, event == nil {
      var failure = PolicyTestReport.Failure()
      failure.expected = "an event type of the catalog"
      failure.actual = told + (checked.catalog.suggestion(for: told).map { " (did you mean \($0)?)" } ?? "")
      result.failures.append(failure)
      return result
    }
    let (outcome, destination) = try trial.run(test.given, event: event, destination: test.destination)
    switch (test.expectation, outcome.outcome) {
    case (.dropped, .dropped), (.withheld, .withheld): break
    case (.written(let members), .written(let after)):
      let before = JSONValue(test.given)
      for member in members {
        if let failure = check(member, before, after, outcome.event, destination) { result.failures.append(failure) }
      }
    default:
      var failure = PolicyTestReport.Failure()
      failure.expected = expected(test.expectation)
      failure.actual = actual(outcome.outcome)
      result.failures.append(failure)
    }
    return result
  }

  private func expected(_ expectation: PolicyTest.Expectation) -> String {
    switch expectation {
    case .dropped: "dropped"
    case .withheld: "withheld"
    case .written: "written"
    }
  }

  private func actual(_ outcome: PolicyTrial.Outcome) -> String {
    switch outcome {
    case .written: "written"
    case .dropped: "dropped"
    case .withheld(let code): "withheld (\(code))"
    case .failed(let code): "the file fails (\(code))"
    }
  }

  private func check(
    _ member: PolicyTest.Member, _ before: JSONValue?, _ after: JSONValue, _ event: String, _ destination: Destination
  ) -> PolicyTestReport.Failure? {
    let path = JSONPath(member.path)
    let (old, new) = (before?.value(at: path), after.value(at: path))
    if holds(member.matcher, old, new) { return nil }
    let facts = checked.compiler.facts(at: member.path, in: destination)
    let rules = checked.compiler.resolver.rules(for: event, in: destination)
    var failure = PolicyTestReport.Failure()
    failure.path = member.path
    failure.expected = text(member.matcher, old)
    failure.actual = actual(member.matcher, old, new)
    failure.rule = words.name(checked.compiler.resolver.decide(facts, rules: rules))
    return failure
  }

  private func actual(_ matcher: PolicyTest.Matcher, _ before: JSONValue?, _ after: JSONValue?) -> String {
    guard let after else { return before == nil ? "not in the event that is given" : "removed" }
    switch matcher {
    // Null may be what redacting makes, and a pseudonym may have been given: then the change is what is missing.
    case .redacted, .pseudonym: return after.compact + (after.compact == before?.compact ? ", as it was given" : "")
    case .removed, .kept, .matches, .equals: return after.compact
    }
  }

  private func holds(_ matcher: PolicyTest.Matcher, _ before: JSONValue?, _ after: JSONValue?) -> Bool {
    switch matcher {
    case .removed: return before != nil && after == nil
    case .kept: return before != nil && after?.compact == before?.compact
    case .equals(let text): return after?.compact == text
    case .redacted: return after.map { $0.saysNothing && ($0.compact != before?.compact) } ?? false
    case .pseudonym(let format):
      guard let text = after?.text, text != before?.text else { return false }
      let keyID = checked.policy.key?.shownID ?? ""
      if format == "sealed" { return SealedToken.recognises(text, keyID: keyID) }
      return Self.formats(format).contains { $0.recognises(text, keyID: keyID) }
    case .matches(let pattern):
      guard let text = after?.text, let expression = try? Regex(pattern) else { return false }
      return (try? expression.wholeMatch(in: text)) != nil
    }
  }

  /// The formats that a test means by a name; tokens of any number of bits.
  private static func formats(_ name: String) -> [PseudonymFormat] {
    switch name {
    case "hex": [.hex]
    case "uuid": [.uuid]
    case "email": [.email]
    case "phone": [.phone]
    default: (12...32).map { .token(byteCount: $0) }
    }
  }

  private func text(_ matcher: PolicyTest.Matcher, _ before: JSONValue?) -> String {
    switch matcher {
    case .removed: "removed"
    case .kept: before?.compact ?? "kept"
    case .redacted: "redacted"
    case .pseudonym(let format): "a pseudonym (\(format))"
    case .matches(let pattern): "a text that matches \(pattern)"
    case .equals(let value): value
    }
  }
}

extension JSONValue {
  /// Whether this is what takes the place of a redacted value.
  fileprivate var saysNothing: Bool {
    switch self {
    case .null: true
    case .boolean(let truth): !truth
    case .number(let text): Double(text) == 0
    case .string(let text):
      ["[REDACTED]", "{}"].contains(text)
    case .array(let items): items.isEmpty
    case .object(let members): members.isEmpty
    }
  }
}
