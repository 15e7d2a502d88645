package import ScrubArchive
package import ScrubLedger
internal import ScrubNative
package import ScrubPolicy

/// Why nothing was done at all.
package enum ScrubRefusal: Error, Sendable {
  /// The command line cannot be meant: exit 64.
  case usage(String)
  /// There is no policy of that name.
  case noPolicy(String)
  case unreadablePolicy(String)
  case policy([Diagnostic])
  /// Tests that cannot be read as such.
  case tests([Diagnostic])
  /// A request with mistakes.
  case request([Diagnostic])
  case key(KeyRefusal)
  /// A keyring with mistakes.
  case keyring([Diagnostic])
  /// A nightly configuration with mistakes.
  case configuration([Diagnostic])
  /// Texts of the controller with mistakes.
  case controller([Diagnostic])
  /// The output folder: foreign files, or another run.
  case output(code: String, path: String, message: String, hint: String, exit: Int32)
  case state(String)
  /// An input without a single file.
  case noInput(String)
  /// A file that the caller or the policy names.
  case file(Failure)
  case additions([AdditionMistakes])
  /// The vault or the evidence log, with its path.
  case ledger(LedgerProblem, path: String)

  /// What is thrown of a key, as a refusal of everything.
  static func ofKey<Result>(_ body: () throws(KeyRefusal) -> Result) throws(ScrubRefusal) -> Result {
    do throws(KeyRefusal) { return try body() } catch { throw .key(error) }
  }

  /// The subkeys of the state folder's key for digests of files.
  static func digestKey(of stateKey: SecretBytes) throws(ScrubRefusal) -> FileDigestKey {
    do throws(NativeError) { return try FileDigestKey(stateKey) } catch { throw .key(KeyRefusal(code: .native)) }
  }

  static func digestKey(of stateKey: SecretBytes?) throws(ScrubRefusal) -> FileDigestKey? {
    if let stateKey { try digestKey(of: stateKey) as FileDigestKey } else { nil }
  }

  /// Does what an output may refuse.
  static func ofOutput<Result: ~Copyable>(_ body: () throws(Failure) -> Result) throws(ScrubRefusal) -> Result {
    do throws(Failure) { return try body() } catch { throw .ofOutput(error) }
  }

  /// A catalog addition with what is wrong in it.
  package struct AdditionMistakes: Sendable {
    package let file: String
    package let findings: [CatalogFinding]
  }
}

extension ScrubRefusal {
  /// The exit status of a command that is refused so.
  package var exit: Int {
    switch self {
    case .usage: 64
    case .noPolicy, .unreadablePolicy, .policy, .tests, .request, .keyring, .configuration, .controller, .additions: 3
    case .key(let refusal): Int(refusal.exit)
    case .output(_, _, _, _, let exit): Int(exit)
    case .state, .noInput, .file: 1
    case .ledger(let problem, _): problem.isRefusal ? 3 : 1
    }
  }

  /// What is wrong, and where, in a file that somebody wrote.
  var findings: [Diagnostic] {
    switch self {
    case .policy(let findings), .request(let findings), .keyring(let findings), .configuration(let findings),
      .controller(let findings):
      findings
    default: []
    }
  }

  /// What is true, in a sentence, without a value.
  package var sentence: String {
    switch self {
    case .usage(let text): text
    case .noPolicy: "there is no such policy"
    case .unreadablePolicy: "the policy cannot be read as UTF-8 text"
    case .policy(let findings): "the policy is refused: \(PageText.count(findings.filter(\.refuses).count, "finding", "findings"))"
    case .tests(let findings): "the tests are refused: \(PageText.count(findings.count, "finding", "findings"))"
    case .request(let findings): "the request is refused: \(PageText.count(findings.count, "finding", "findings"))"
    case .key(let refusal): refusal.sentence
    case .keyring(let findings): "the keyring is refused: \(PageText.count(findings.count, "finding", "findings"))"
    case .configuration(let findings): "the configuration is refused: \(PageText.count(findings.count, "finding", "findings"))"
    case .controller(let findings): "the controller's texts are refused: \(PageText.count(findings.count, "finding", "findings"))"
    case .output(_, _, let message, _, _): message
    case .state: "the state folder cannot be written"
    case .noInput: "there is no file that can be read"
    case .file(let failure): failure.code.message
    case .additions(let refused): "a catalog addition is refused: \(refused.reduce(0) { $0 + $1.findings.count }) mistakes"
    case .ledger(let problem, _): problem.message
    }
  }

  /// The stable code, as messages and the evidence log tell it.
  package var code: String {
    switch self {
    case .usage: "usage"
    case .noPolicy: "policy.not-found"
    case .unreadablePolicy: "policy.unreadable"
    case .policy: "policy.refused"
    case .tests: "tests.refused"
    case .request: "request.refused"
    case .key(let refusal): refusal.code.rawValue
    case .keyring: "keyring.refused"
    case .configuration: "nightly.refused"
    case .controller: "controller.refused"
    case .output(let code, _, _, _, _): code
    case .state: "state.unwritable"
    case .noInput: "input.empty"
    case .file(let failure): failure.code.rawValue
    case .additions: "addition.refused"
    case .ledger(let problem, _): problem.code.rawValue
    }
  }
}
