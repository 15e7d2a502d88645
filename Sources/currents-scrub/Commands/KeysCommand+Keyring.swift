internal import ArgumentParser
internal import ScrubArchive
internal import ScrubOperations
internal import ScrubPolicy

extension KeysCommand {
  struct Rotate: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rotate", abstract: "Put a new key in the place of the active one, which is retired.",
      discussion: """
        What is scrubbed from then on does not join with what was scrubbed before. With --table, the pseudonyms of the \
        values given are written as pairs `old,new`, to a file that only its owner can read, so that joins can be \
        mended.

        EXAMPLE
          currents-scrub keys rotate --keyring secret/keyring
          currents-scrub keys rotate --policy gdpr.yml --kind email \\
            --values addresses.txt --table pairs.csv

        EXIT STATUS
          0   done
          1   failed, nothing half-written
          2   done, but the table leaves values out that have no pseudonym
          3   refused
          64  the command line has a mistake
        """)

    @OptionGroup var place: KeyringOptions
    @OptionGroup var name: KeyIDOption

    @Option(help: "Write pairs of pseudonyms to this file, which must not exist.", transform: localPath)
    var table: String?

    @Option(help: "The values for the table, one a line; - for standard input.", transform: localPath)
    var values: String?

    @Option(help: "The kind of the values: email, phone, external_user_id, ...")
    var kind: String?

    @OptionGroup var policy: OptionalPolicyOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
      let parts = [table, values, kind, policy.policy].compactMap { $0 }.count
      if parts != 0 && parts != 4 {
        throw ValidationError("a table needs all of --table, --values, --kind and --policy")
      }
      if kind != nil && valueKind == nil {
        throw ValidationError(
          "--kind is one of \(ValueKind.allCases.map(\.rawValue).joined(separator: ", "))")
      }
    }

    private var valueKind: ValueKind? { kind.flatMap { ValueKind(rawValue: $0) } }

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      let rotation = try messages.refusing { () throws(ScrubRefusal) in
        let checked = try policy.check(messages)
        return try ring(checked).rotate(id: name.id, table: try pairs(checked))
      }
      try KeysCommand.show(rotation.new, json: common.json)
      messages.note(
        "\(rotation.former.id) is retired: it makes no pseudonyms any more, and is kept to find people in earlier outputs"
      )
      messages.note("outputs made with \(rotation.new.id) do not join with earlier ones")
      if rotation.values.refused > 0 {
        messages.error(
          "\(rotation.values.refused) of \(rotation.values.lines) values cannot be hashed; the table leaves them out [pseudonym.unfit]"
        )
        throw ExitCode(2)
      }
    }

    /// The policy's keyring, where a policy is named.
    private func ring(_ checked: CheckedPolicy?) throws(ScrubRefusal) -> KeyringFile {
      guard let checked else { return place.file(common) }
      guard case .keyring(let path) = checked.policy.key?.source,
        place.keyring == nil || realPath(path) == realPath(place.path(common))
      else { throw .usage("the policy's key is not from this keyring") }
      return KeyringFile(path, on: Environment.today)
    }

    private func pairs(_ checked: CheckedPolicy?) throws(ScrubRefusal) -> RotationTable? {
      guard let table, let values, let valueKind, let checked else { return nil }
      return try RotationTable(checked, kind: valueKind, values: values, path: table)
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List the keys of a keyring with their states and check values.",
      discussion: """
        EXAMPLE
          currents-scrub keys list --keyring secret/keyring

        EXIT STATUS
          0   done
          3   the keyring is refused
          64  the command line has a mistake
        """)

    @OptionGroup var place: KeyringOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
      try KeyringText.show(try place.read(common, Messages(isQuiet: common.quiet)), common)
    }
  }

  struct Retire: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "retire", abstract: "Make no more pseudonyms with a key, and keep it to find people in what it made.",
      discussion: """
        `keys rotate` retires the active key and puts another in its place; without another, nothing can be scrubbed, \
        so that wants --yes.

        EXAMPLE
          currents-scrub keys retire k1 --keyring secret/keyring --yes

        EXIT STATUS
          0   done
          1   failed, nothing half-written
          3   refused: no such key, or no other would be active
          64  the command line has a mistake
        """)

    @Argument(help: "The id of the key.")
    var id: String

    @OptionGroup var place: KeyringOptions

    @Flag(help: "Also where no key is active then.")
    var yes = false

    @OptionGroup var common: CommonOptions

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      let ring = place.file(common)
      let listing = try messages.refusing { () throws(ScrubRefusal) in try ring.retire(id, evenActive: yes) }
      try KeyringText.show(listing, common)
      if !listing.hasActive {
        messages.note("no key is active now: policies that name the keyring are refused")
      }
    }
  }

  struct Destroy: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "destroy", abstract: "Forget a retired key for good: its id, check value and day are all that remains.",
      discussion: """
        Nobody can then find people in what it made, or open its tokens. Copies of the keyring elsewhere are out of \
        reach.

        EXAMPLE
          currents-scrub keys destroy k1 --keyring secret/keyring --yes

        EXIT STATUS
          0   done
          1   failed, nothing half-written
          3   refused: no such key, it is active, or --yes is missing
          64  the command line has a mistake
        """)

    @Argument(help: "The id of the key.")
    var id: String

    @OptionGroup var place: KeyringOptions

    @Flag(help: "That is meant.")
    var yes = false

    @OptionGroup var common: CommonOptions

    func run() throws {
      let messages = Messages(isQuiet: common.quiet)
      let ring = place.file(common)
      let listing = try messages.refusing { () throws(ScrubRefusal) in
        if !yes { throw .key(KeyRefusal(code: .unconfirmed)) }
        return try ring.destroy(id)
      }
      try KeyringText.show(listing, common)
    }
  }
}
