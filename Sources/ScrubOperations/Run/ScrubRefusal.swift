package import ScrubArchive
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
  case key(KeyRefusal)
  /// A keyring with mistakes.
  case keyring([Diagnostic])
  /// The output folder: foreign files, or another run.
  case output(code: String, path: String, message: String, hint: String, exit: Int32)
  case state(String)
  /// An input without a single file.
  case noInput(String)
  /// A file that the caller or the policy names.
  case file(Failure)
  case additions([AdditionMistakes])

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
