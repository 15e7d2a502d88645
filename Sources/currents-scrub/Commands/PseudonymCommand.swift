internal import ArgumentParser
internal import ScrubArchive
internal import ScrubNative
internal import ScrubOperations
internal import ScrubPolicy

struct PseudonymCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pseudonym", abstract: "Turn values, one a line, into their pseudonyms, to join elsewhere.",
    discussion: """
      Each line of standard input gives one line of output, in order: the pseudonym that the policy writes for such a \
      value, or an empty line for a value that has none (exit 2). Of tokens no vault is told.

      EXAMPLE
        currents-scrub pseudonym email --policy gdpr.yml < addresses.txt

      EXIT STATUS
        0   done
        1   standard input or output broke off
        2   some values have no pseudonym
        3   the policy or its key is refused, or gives such values no pseudonym
        64  the command line has a mistake
      """)

  @Argument(help: "The kind of the values: email, phone, external_user_id, braze_id, device_id, ...")
  var kind: String

  @OptionGroup var policy: PolicyOptions
  @OptionGroup var common: CommonOptions

  @Option(help: "token, hex, uuid, email or phone (default: as the policy hashes values of this kind).")
  var format: String?

  @Option(help: "The pseudonym domain (default: as the policy treats values of this kind).")
  var domain: String?

  func validate() throws {
    if kind == "user_id" {
      throw ValidationError("user_id means two things: say braze_id or external_user_id")
    }
    if !ValueKind.allCases.contains(where: { $0.rawValue == kind }) {
      throw ValidationError("the kind is one of \(ValueKind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    if let format, PseudonymLines.Format(rawValue: format) == nil {
      throw ValidationError("--format is one of token, hex, uuid, email, phone")
    }
    if let domain, !PseudonymLines.isDomain(domain) {
      throw ValidationError("--domain is 1 to 32 lower-case letters, digits and underscores")
    }
  }

  func run() throws {
    let messages = Messages(isQuiet: common.quiet)
    let prepared = try policy.prepare(inputs: [], messages: messages)
    guard let key = prepared.key else {
      messages.error("the policy names no key [key.missing]", hint: "add `key: { file: PATH, id: k1 }`")
      throw ExitCode(3)
    }
    guard let kind = ValueKind(rawValue: kind) else { throw ExitCode(64) }
    let lines = try messages.refusing { () throws(ScrubRefusal) in
      try PseudonymLines(
        prepared, key: key, kind: kind, format: format.flatMap { PseudonymLines.Format(rawValue: $0) }, domain: domain)
    }
    guard let lines else {
      messages.error(
        "the policy gives values of the kind \(kind.rawValue) no pseudonym [pseudonym.none]",
        hint: "hash or tokenise them in a rule, or name the domain with --domain")
      throw ExitCode(3)
    }
    if domain == nil && lines.domains.count > 1 {
      messages.note(
        "the policy has pseudonyms of such values in the domains \(lines.domains.joined(separator: ", ")); these are of \(lines.domains[0]), "
          + "and --domain names another")
    }
    let (all, refused) = try told(lines, messages)
    if refused > 0 {
      messages.error("\(refused) of \(all) values cannot be hashed; their lines are empty [pseudonym.unfit]")
      throw ExitCode(2)
    }
  }

  /// Prints the pseudonyms.
  ///
  /// - Returns: how many values there were, and how many have no pseudonym.
  private func told(_ lines: PseudonymLines, _ messages: Messages) throws -> (lines: Int, refused: Int) {
    do {
      guard common.json else {
        let result = try lines.run()
        return (result.lines, result.refused)
      }
      let listing = try lines.listing()
      if !writeAll(1, try listing.json()) { throw ExitCode(1) }
      return (listing.lines, listing.refused)
    } catch let failure as Failure where failure.code == .readerGone {
      // Whoever takes the first lines only has what they wanted.
      throw ExitCode(1)
    } catch {
      if !(error is ExitCode) { messages.error("standard input or output broke off [pseudonym.failed]") }
      throw ExitCode(1)
    }
  }
}
