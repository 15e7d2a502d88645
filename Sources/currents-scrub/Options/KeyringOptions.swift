internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

/// Which keyring.
struct KeyringOptions: ParsableArguments {
  @Option(help: "The keyring file (default: keyring in the state folder).", transform: localPath)
  var keyring: String?

  func path(_ common: CommonOptions) -> String {
    keyring ?? Environment.stateFolder(common.state) + "/keyring"
  }

  /// The keyring, to be changed.
  func file(_ common: CommonOptions) -> KeyringFile { KeyringFile(path(common), on: Environment.today) }

  /// What stands in the keyring, without its keys; every refusal is told and ends the program.
  func read(_ common: CommonOptions, _ messages: Messages) throws -> KeyringListing {
    try messages.refusing { () throws(ScrubRefusal) in try file(common).listing() }
  }
}

/// The id of a key that is made or read.
struct KeyIDOption: ParsableArguments {
  @Option(
    help:
      "The id of the key: 1 to 16 lower-case letters and digits (default: k1; in a keyring the next that is free)."
  )
  var id: String?

  func validate() throws {
    if let id, !KeyringEntry.isID(id) {
      throw ValidationError("--id is 1 to 16 lower-case letters and digits")
    }
  }
}
