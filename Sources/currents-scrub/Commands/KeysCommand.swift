internal import ArgumentParser
internal import ScrubNative
internal import ScrubOperations
internal import ScrubPolicy

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "Make keys, keep them in a keyring, put new ones in their place, check them.",
    discussion: """
      EXAMPLE
        currents-scrub keys new --keyring secret/keyring
        currents-scrub keys rotate --keyring secret/keyring
      """,
    subcommands: [New.self, Rotate.self, List.self, Check.self, Retire.self, Destroy.self])

  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "new", abstract: "Make a key: in a file of its own, in a keyring, or to sign receipts.",
      discussion: """
        With FILE, a new file that holds the key and that only its owner can read. Without, the first key of a \
        keyring, or the next where none is active. With --signing, an Ed25519 key pair in PEM: the private key in FILE \
        (default: signing.pem in the state folder), the public one beside it, whose path is shown.

        EXAMPLE
          currents-scrub keys new secret/currents.key
          currents-scrub keys new --keyring secret/keyring
          currents-scrub keys new --keyring secret/keyring --from \\
            secret/currents.key --id k1
          currents-scrub keys new --signing

        EXIT STATUS
          0   done
          1   the file exists, or cannot be written
          3   refused: the key is weak or exposed, or one is active already
          64  the command line has a mistake
        """)

    @Argument(help: "A file for this one key; it must not exist.", transform: localPath)
    var file: String?

    @Flag(help: "A key pair that signs receipts.")
    var signing = false

    @OptionGroup var place: KeyringOptions
    @OptionGroup var name: KeyIDOption

    @Option(help: "Take the key in this file into the keyring, instead of a new one.", transform: localPath)
    var from: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
      if file != nil && (place.keyring != nil || from != nil) {
        throw ValidationError("a FILE is for one key, --keyring and --from are for a keyring: name one of them")
      }
      if signing && (place.keyring != nil || from != nil || name.id != nil) {
        throw ValidationError("--signing makes a key pair in files: no --keyring, --from or --id")
      }
    }

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      if signing {
        try makeSigningKey(messages)
      } else if let file {
        try makeFile(file, messages)
      } else {
        try addToKeyring(messages)
      }
    }

    private func makeSigningKey(_ messages: Messages) throws {
      let new = try messages.refusing { () throws(ScrubRefusal) in
        let folder = Environment.stateFolder(common.state)
        if file == nil { do { try StateKey.makeFolders(folder, mode: 0o700) } catch { throw .state(folder) } }
        return try SigningKeyFile.make(at: file ?? folder + "/" + SigningKeyFile.name)
      }
      if !writeAll(1, common.json ? try new.json() : new.publicFile + "\n") { throw ExitCode(1) }
      messages.note("wrote \(visible(new.file)), which signs receipts; give the public key to whoever checks them")
    }

    private func makeFile(_ file: String, _ messages: Messages) throws {
      let id = name.id ?? "k1"
      let (key, mark): (SecretBytes, KeyMark)
      do throws(KeyRefusal) {
        key = try MasterKey.newBytes()
        mark = try MasterKey(key, id: id, audience: nil).mark()
      } catch {
        throw messages.refusal(.key(error))
      }
      do {
        let folder = GivenFile.folder(of: file)
        if !folder.isEmpty { try StateKey.makeFolders(folder, mode: 0o700) }
        try KeyFile.write(key, to: file)
      } catch StateKey.Problem.exists {
        messages.error("\(visible(file)): the file exists [key.unwritable]", hint: "choose another name")
        throw ExitCode(1)
      } catch {
        throw messages.refusal(.key(KeyRefusal(code: .unwritable, of: file)))
      }
      try KeysCommand.show(mark, json: common.json)
      messages.note("wrote \(visible(file)); in a policy: key: { file: \(visible(file)), id: \(id) }")
    }

    private func addToKeyring(_ messages: Messages) throws {
      let ring = place.file(common)
      let mark = try messages.refusing { () throws(ScrubRefusal) in try ring.add(id: name.id, from: from) }
      try KeysCommand.show(mark, json: common.json)
      messages.note("\(mark.id) is the active key of \(visible(ring.path)); in a policy: key: { keyring: \(visible(ring.path)) }")
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", abstract: "Check that keys can be used, and show their check values.",
      discussion: """
        The key of a policy, of a FILE, or every key of a keyring: what is weak or exposed is refused.

        EXAMPLE
          currents-scrub keys check --policy gdpr.yml
          currents-scrub keys check --keyring secret/keyring

        EXIT STATUS
          0   they can be used
          3   refused
          64  the command line has a mistake
        """)

    @Argument(help: "A file with one key.", transform: localPath)
    var file: String?

    @OptionGroup var policy: OptionalPolicyOptions
    @OptionGroup var place: KeyringOptions
    @OptionGroup var name: KeyIDOption
    @OptionGroup var common: CommonOptions

    func validate() throws {
      if [file, policy.policy, place.keyring].compactMap({ $0 }).count > 1 {
        throw ValidationError("name one: a FILE, --policy or --keyring")
      }
      if name.id != nil && file == nil { throw ValidationError("--id is for a FILE; others know the ids of their keys") }
    }

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      if let file {
        let reference = Policy.KeyReference(source: .file(file), id: name.id ?? "k1", place: .init())
        let mark = try messages.refusing { () throws(ScrubRefusal) in
          try PolicyKeys.read(reference, audience: nil, inputs: []).mark
        }
        return try KeysCommand.show(mark, json: common.json)
      }
      guard policy.policy == nil else { return try checkPolicy(messages) }
      let listing = try place.read(common, messages)
      try KeyringText.show(listing, common)
      if !listing.hasActive { throw messages.refusal(.key(KeyRefusal(code: .noActive, of: place.path(common)))) }
    }

    private func checkPolicy(_ messages: Messages) throws {
      let mark = try messages.refusing { () throws(ScrubRefusal) in
        try policy.check(messages).map { checked throws(ScrubRefusal) in
          try PreparedPolicy(checked, inputs: []).keys?.mark
        }
      }
      guard let mark = mark ?? nil else {
        messages.error("the policy names no key [key.missing]", hint: "it makes no pseudonyms, so it needs none")
        throw ExitCode(3)
      }
      try KeysCommand.show(mark, json: common.json)
    }
  }

  static func show(_ mark: KeyMark, json: Bool) throws {
    if !writeAll(1, json ? try mark.json() : mark.text + "\n") { throw ExitCode(1) }
  }
}
