internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Prove what an earlier run left.",
    discussion: """
      EXAMPLE
        currents-scrub verify scrubbed --policy gdpr.yml clean/
        currents-scrub verify receipt receipts/receipt.json
        currents-scrub verify log
      """,
    subcommands: [Receipt.self, Scrubbed.self, Log.self])

  struct Log: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "log", abstract: "Prove that nobody edited, added, took out or moved a line of the evidence log.",
      discussion: """
        Shows the head, the number and the MAC of the last line. Lines that were cut off at the end are found with a \
        head that was kept elsewhere.

        EXAMPLE
          currents-scrub verify log
          currents-scrub verify log --head 12:9f3c...

        EXIT STATUS
          0   proved
          1   the log cannot be read
          3   the log is not as it was written, or the key to prove it is not there
          64  the command line has a mistake
        """)

    @Option(help: "A head that the log must hold, as an earlier `verify log` showed it.")
    var head: String?

    @OptionGroup var common: CommonOptions

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      let proof: LogProof
      do throws(ScrubRefusal) {
        proof = try LogProof(of: Environment.stateFolder(common.state), holding: head)
      } catch {
        throw messages.refusal(error)
      }
      messages.problems(proof)
      let ending =
        "\(counted(proof.lines, "line")) in \(counted(proof.segments, "segment")), head \(proof.head)\n"
        + (proof.exit == 0 ? "proved: the log is as it was written.\n" : "failed: the log is not as it was written.\n")
      if common.json || !common.quiet, !writeAll(1, common.json ? try proof.json() : ending) { throw ExitCode(1) }
      if proof.exit != 0 { throw ExitCode(Int32(proof.exit)) }
    }
  }

  struct Scrubbed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "scrubbed", abstract: "Prove that no marked or personal field of an output holds a clear value.",
      discussion: """
        Every value of a field that the policy hashes is a pseudonym of that form or nothing, every other treated one \
        is redacted or gone; what is kept is searched for texts that look personal; and the folder is what its \
        manifest says. No key is needed; where it is at hand, plan digests and key are compared too. Shows counts and \
        paths, never a value.

        EXAMPLE
          currents-scrub verify scrubbed --policy gdpr.yml clean/

        EXIT STATUS
          0   proved
          1   nothing could be read
          2   some of it could not be read
          3   the proof failed
          64  the command line has a mistake
          130 interrupted
        """)

    @OptionGroup var policy: PolicyOptions

    @Argument(help: "The output folder of a scrub.")
    var folder: String

    @Option(help: "Only events of this workspace (app_group_id) were written. Repeatable.", transform: workspaceID)
    var workspace: [String] = []

    @OptionGroup var events: EventOptions
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
      let messages = Messages(isQuiet: common.quiet)
      var (verification, seconds) = try await Watched.run(messages, over: [folder]) { interrupt, progress async throws(ScrubRefusal) in
        let checked = try policy.check(messages, workspaces: workspace)
        if !checked.isCovered { throw ScrubRefusal.policy(checked.findings) }
        return try await VerifyRun(
          checked, prepared: keyed(checked, messages), try options(checked), interrupt: interrupt, progress: progress
        ).run()
      }
      verification.seconds = seconds
      messages.problems(verification.problems)
      let text =
        common.json
        ? try verification.json() : VerificationText(verification, isColoured: Environment.isColoured(1)).text
      if !common.quiet || common.json, !writeAll(1, text) { throw ExitCode(1) }
      if verification.exit != 0 { throw ExitCode(Int32(verification.exit)) }
    }

    /// The policy with its key, where it is at hand: whoever audits an output need not hold it.
    private func keyed(_ checked: CheckedPolicy, _ messages: Messages) -> PreparedPolicy? {
      do throws(ScrubRefusal) { return try PreparedPolicy(checked, inputs: [folder]) } catch {
        switch error {
        case .key(let refusal):
          messages.note("plan digests are not compared: \(visible(refusal.sentence)) [\(refusal.code.rawValue)]")
        case .keyring: messages.note("plan digests are not compared: the keyring has mistakes [keyring.refused]")
        default: break
        }
        return nil
      }
    }

    private func options(_ checked: CheckedPolicy) throws(ScrubRefusal) -> InspectOptions {
      var options = reading.inspection(of: [folder])
      options.eventType = try events.type(in: checked.catalog)
      options.destination = events.place
      return options
    }
  }
}
