internal import ArgumentParser
internal import ScrubOperations

struct RevealCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reveal", abstract: "Show the originals of tokens; each call is written to the evidence log.",
    discussion: """
      Tokens that `tokenise` made, of either store, under the key and for the audience of a policy, or under the keys \
      of a keyring. Prints the originals as they came, one a line in the order of the tokens, and an empty line for a \
      token that cannot be turned back. The log keeps the reason, the number of tokens and the ids of the keys; \
      neither tokens nor originals.

      EXAMPLE
        currents-scrub reveal k1-i343l37c2fpra7i4pdfngpjqum --policy share.yml \\
          --reason DSR-2026-114
        currents-scrub reveal - --keyring secret/keyring --audience agency_x \\
          --reason DSR-2026-114 < tokens.txt

      EXIT STATUS
        0   all were turned back
        1   failed, nothing half-written; there is no vault
        2   some were
        3   none was
        64  the command line has a mistake
      """)

  @Argument(help: "Tokens, or - for one a line on standard input.")
  var tokens: [String]

  @Option(help: "Why, for the evidence log: the number of a request, never a name.")
  var reason: String

  @OptionGroup var keys: TokenKeyOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let fault = KeptText.fault(in: reason, "reason") { throw ValidationError(fault) }
  }

  func run() throws {
    let messages = Messages(isQuiet: common.quiet)
    let (asked, revelation): ([String], Revelation)
    do throws(ScrubRefusal) {
      let run = RevealRun(stateFolder: Environment.stateFolder(common.state), reason: reason)
      asked = try GivenLines.replacingDash(in: tokens, keepsBlanks: true)
      revelation = try run.run(asked.filter { !$0.isEmpty }) { () throws(ScrubRefusal) in
        try keys.read(messages)
      }
    } catch {
      throw messages.refusal(error)
    }
    messages.problems(revelation)
    var revealed = revelation.tokens.makeIterator()
    // A line for each that was given.
    let lines = asked.map { $0.isEmpty ? "\n" : visible(revealed.next()?.value ?? "") + "\n" }.joined()
    if !writeAll(1, common.json ? try revelation.json() : lines) { throw ExitCode(1) }
    if revelation.exit != 0 { throw ExitCode(Int32(revelation.exit)) }
  }
}
