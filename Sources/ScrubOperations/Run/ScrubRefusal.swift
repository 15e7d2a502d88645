package import ScrubArchive
package import ScrubLedger
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

  /// A catalog addition with what is wrong in it.
  package struct AdditionMistakes: Sendable {
    package let file: String
    package let findings: [CatalogFinding]
  }
}

extension ScrubRefusal {
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
