internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

extension VerifyCommand {
  struct Receipt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "receipt", abstract: "Prove that a receipt of an erasure is whole and true.",
      discussion: """
        Without network and without state: its form, its signature, whether its numbers add up, and whether they give \
        the state that it tells. With ARCHIVE, the files that were rewritten are compared with it; with a request as \
        well, the person is searched for in them again. With --state, the evidence log must hold the line that it \
        names. The public key beside a receipt proves nothing by itself: give one that came another way with \
        --public-key.

        EXAMPLE
          currents-scrub verify receipt receipts/receipt.json --public-key \\
            signing.pub.pem
          currents-scrub verify receipt receipts/receipt.json archive/ --request \\
            request.yml

        EXIT STATUS
          0   proved
          1   the receipt cannot be read
          2   some of it could not be checked
          3   the proof failed
          64  the command line has a mistake
          130 interrupted
        """)

    @Argument(help: "The file receipt.json; its signature and public key stand beside it.", transform: localPath)
    var file: String

    @Argument(help: "Archives that the erasure rewrote.")
    var archive: [String] = []

    @Option(
      name: .customLong("public-key"),
      help: ArgumentHelp("The public key that must have signed it, in PEM.", valueName: "file"), transform: localPath)
    var publicKey: String?

    @Option(help: "With ARCHIVE: the request whose person is searched for.", transform: localPath)
    var request: String?

    @OptionGroup var subjects: SubjectOptions

    @Option(help: "With a person: only this workspace (app_group_id). Repeatable.", transform: workspaceID)
    var workspace: [String] = []

    @OptionGroup var profiles: ProfileOptions

    @OptionGroup var scrubbed: ScrubbedOptions
    @OptionGroup var additions: CatalogOptions
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var common: CommonOptions

    private var isPersonNamed: Bool { request != nil || !subjects.subject.isEmpty || !subjects.files.isEmpty }

    func validate() throws {
      if request != nil && (!subjects.subject.isEmpty || !subjects.files.isEmpty) {
        throw ValidationError("give --request, or subjects, not both")
      }
      if isPersonNamed && archive.isEmpty { throw ValidationError("to search for a person, name the archives") }
      if !isPersonNamed && (!workspace.isEmpty || profiles.isGiven) {
        throw ValidationError("--workspace, --include-profile and --exclude-profile go with a person to search for")
      }
    }

    func run() async throws {
      let messages = Messages(isQuiet: common.quiet)
      let (catalog, options) = try messages.refusing { () throws(ScrubRefusal) in try read(messages) }
      let proof = try await Watched.run(messages) { interrupt, progress async throws(ScrubRefusal) in
        try await ReceiptCheck(catalog, options, interrupt: interrupt, progress: progress).run()
      }
      .result
      messages.problems(proof)
      let text =
        common.json ? try proof.json() : common.quiet ? "" : ReceiptText(proof, isColoured: Environment.isColoured(1)).text
      if !writeAll(1, text) { throw ExitCode(1) }
      if proof.exit != 0 { throw ExitCode(Int32(proof.exit)) }
    }

    private func read(_ messages: Messages) throws(ScrubRefusal) -> (Catalog, ReceiptCheckOptions) {
      var options = ReceiptCheckOptions()
      options.file = file
      options.publicKey = publicKey
      options.archives = archive
      options.stateFolder = common.state
      options.searchState = Environment.stateFolder(common.state)
      options.request = try person(messages)
      options.made = try scrubbed.read(messages)
      options.search.ignore(reading.ignore)
      options.search.jobs = reading.workers(over: [])
      options.search.maxBlock = reading.blockLimit
      return (try CatalogFiles.catalog(with: additions.additions), options)
    }

    private func person(_ messages: Messages) throws(ScrubRefusal) -> AccessRequest? {
      guard isPersonNamed else { return nil }
      var person: AccessRequest
      if let request {
        person = try RequestFile.read(request)
      } else {
        person = AccessRequest(id: AccessRequest.unnamed)
        person.subjects = try subjects.identifiers(messages).map { Subject($0) }
        if person.subjects.isEmpty { throw .usage("nobody is named: the file of subjects is empty") }
      }
      if !workspace.isEmpty { person.workspaces = workspace }
      try profiles.decide(&person)
      return person
    }
  }
}
