internal import ArgumentParser
internal import ScrubOperations

/// A keyring as people read it: never a byte of a key.
enum KeyringText {
  static func show(_ listing: KeyringListing, _ common: CommonOptions) throws {
    if !writeAll(1, try common.json ? listing.json() : text(listing)) { throw ExitCode(1) }
  }

  private static func text(_ listing: KeyringListing) -> String {
    var table = Table(["key", "state", "created", "check value", "destroyed"])
    for key in listing.keys { table.add(key.id, key.state, key.created, key.check, key.destroyed ?? "") }
    return table.text()
  }
}
