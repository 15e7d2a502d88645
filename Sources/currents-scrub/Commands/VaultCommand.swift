internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

struct VaultCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vault", abstract: "Look at the vault of originals, merge others into it, or forget a person.",
    discussion: """
      The vault is `vault.sqlite` in the state folder. It holds the originals of tokens that `tokenise` with `store: \
      vault` made, encrypted under the policy's key.

      EXAMPLE
        currents-scrub vault status
      """,
    subcommands: [Status.self, Merge.self, Forget.self])

  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "status", abstract: "Count the rows of each key and domain.",
      discussion: """
        EXAMPLE
          currents-scrub vault status --json

        EXIT STATUS
          0   done
          1   the vault cannot be read
          64  the command line has a mistake
        """)

    @OptionGroup var common: CommonOptions

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      let status: VaultStatus
      do throws(ScrubRefusal) { status = try VaultStatus(of: Environment.stateFolder(common.state)) } catch {
        throw messages.refusal(error)
      }
      if !writeAll(1, common.json ? try status.json() : VaultText.of(status)) { throw ExitCode(1) }
    }
  }

  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge", abstract: "Add the rows of other vaults; no key is needed.",
      discussion: """
        Where two vaults hold a token, the row of the first stays. Vaults that are damaged, or know another key under \
        an id that is in use, are refused before anything is written. The others are only read.

        EXAMPLE
          currents-scrub vault merge worker1/vault.sqlite worker2/vault.sqlite

        EXIT STATUS
          0   done
          1   failed, nothing half-written
          3   a vault is damaged, or knows another key under an id
          64  the command line has a mistake
        """)

    @Argument(help: "Vaults of other state folders.", transform: localPath)
    var vaults: [String]

    @Flag(name: .customLong("dry-run"), help: "Do everything but the writing.")
    var dryRun = false

    @OptionGroup var common: CommonOptions

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      let merging: Merging
      do throws(ScrubRefusal) {
        merging = try MergeRun(stateFolder: Environment.stateFolder(common.state), isDryRun: dryRun).run(vaults)
      } catch {
        throw messages.refusal(error)
      }
      let text = common.json ? try merging.json() : common.quiet ? "" : VaultText.of(merging)
      if !writeAll(1, text) { throw ExitCode(1) }
    }
  }

  struct Forget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "forget", abstract: "Remove the originals of a person, so that their tokens cannot be turned back by the vault.",
      discussion: """
        Looks for the identifiers in every domain that holds values of their kind, under the key and for the audience \
        of the policy. Rows under another key, and domains that the policy does not know, cannot be searched: they are \
        counted, and the exit status is 2. What is removed is overwritten in the file; copies of it are out of reach.

        EXAMPLE
          currents-scrub vault forget --request DSR-114 --policy share.yml \\
            --subject-file person.txt

        EXIT STATUS
          0   done, be it that there was nothing
          1   failed, nothing half-written
          2   some rows could not be searched
          3   the policy or its key is refused
          4   another run holds an archive of an erasure that was cut off
          64  the command line has a mistake
        """)

    @Option(help: "The id of the request, for the evidence log.")
    var request: String

    @OptionGroup var policy: PolicyOptions
    @OptionGroup var subjects: SubjectOptions

    @Flag(name: .customLong("dry-run"), help: "Count what would be removed, and remove nothing.")
    var dryRun = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
      if !ForgetRun.isRequest(request) {
        throw ValidationError("--request is 1 to 64 letters, digits, dashes and underscores")
      }
    }

    func run() async throws {
      let messages = Messages(isQuiet: common.quiet)
      let stateFolder = Environment.stateFolder(common.state)
      let (identifiers, checked, keys) = try messages.refusing { () throws(ScrubRefusal) in
        let (identifiers, checked) = (try subjects.identifiers(messages), try policy.check(messages))
        return (identifiers, checked, try checked.keys())
      }
      if !dryRun {
        try await Watched.recover(checked.compiler.catalog, stateFolder: stateFolder, jobs: Environment.workers(over: []), messages)
      }
      let forgetting = try messages.refusing { () throws(ScrubRefusal) in
        try ForgetRun(checked, keys: keys, request: request, stateFolder: stateFolder, isDryRun: dryRun).run(identifiers)
      }
      let text = common.json ? try forgetting.json() : common.quiet ? "" : VaultText.of(forgetting)
      if !writeAll(1, text) { throw ExitCode(1) }
      if forgetting.exit != 0 { throw ExitCode(Int32(forgetting.exit)) }
    }
  }
}
