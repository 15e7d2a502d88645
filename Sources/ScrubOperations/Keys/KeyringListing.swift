internal import ScrubPolicy

/// What the commands of a keyring print with `--json`.
package struct KeyringListing: Document, Sendable {
  package let schema = "currents-scrub/keyring/1"
  /// The file.
  package let keyring: String
  package let keys: [Key]

  package var hasActive: Bool { keys.contains { $0.state == KeyringEntry.State.active.rawValue } }

  package struct Key: Encodable, Sendable {
    package let id: String
    /// `active`, `retired`, `destroyed`.
    package let state: String
    package let created: String
    package let check: String
    @OrNull package var destroyed: String?
  }

  init(_ ring: Keyring, path: String) {
    keyring = path
    keys = ring.entries.map {
      Key(id: $0.id, state: $0.state.rawValue, created: $0.created, check: $0.check, destroyed: $0.destroyed)
    }
  }
}
