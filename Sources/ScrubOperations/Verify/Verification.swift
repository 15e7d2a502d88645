internal import ScrubArchive
internal import ScrubPolicy

/// What the proof of a scrubbed tree came to, as `verify scrubbed --json` prints it. Names, paths and counts; never a
/// value.
package struct Verification: Document, Sendable {
  /// The format of this document; a change that breaks readers changes the number.
  package static let schema = "currents-scrub/verification/1"

  package var schema = Verification.schema
  /// The version of the program.
  package var version = programVersion
  package var policy = Report.Policy()
  package var folder = ""
  package var state = State.proved
  /// The exit status of the command.
  package var exit = 0
  /// How long it took, in seconds of wall clock.
  package var seconds = 0.0
  package var totals = Totals()
  /// The keys that made the files, as the manifest says.
  package var keys: [Key] = []
  /// Marked or personal fields with values that are neither redacted nor pseudonyms of the form that the policy says.
  package var clear: [Clear] = []
  /// Marked or personal fields with values that stay readable, in whole or in part, because the policy says so.
  package var kept: [Kept] = []
  /// Texts that look personal in fields that the policy keeps.
  package var content: [Content] = []
  /// Where folder and manifest differ.
  package var manifest: [Mismatch] = []
  /// Whether plan digests were compared, for which the key is needed.
  package var comparedPlans = false
  package var problems: [Report.Problem] = []

  package enum State: String, Encodable, Sendable { case proved, incomplete, failed, interrupted }

  package struct Totals: Encodable, Sendable {
    package var files = 0
    package var events = 0
    /// Values of fields that the policy hashes, redacts or removes.
    package var treatedValues = 0
    /// Those of them that are pseudonyms.
    package var pseudonyms = 0
    /// Blocks, lines and files that could not be read.
    package var unread = 0

    enum CodingKeys: String, CodingKey {
      case files, events
      case treatedValues = "treated_values"
      case pseudonyms, unread
    }
  }

  package struct Key: Encodable, Sendable {
    package let id: String
    package let check: String
    /// How many files.
    package let files: Int
    /// What the policy's keyring says of it: `active`, `retired`, `destroyed`; null where there is no keyring, or none
    /// at hand, or where it does not know the key.
    @OrNull package var state: String?
  }

  package struct Clear: Encodable, Sendable {
    package var event = ""
    package var destination = ""
    package var path = ""
    package var field = ""
    /// What the policy says: `hash (domain email · format token-128)`; `drop_event` for events that should not be there.
    package var expected = ""
    package var rule = ""
    package var values = 0
    /// Paths of members that no catalog knows, the first hundred; `path` is `(unknown)` then.
    package var members: [String] = []
    /// The first files that hold them.
    package var files: [String] = []
  }

  package struct Kept: Encodable, Hashable, Sendable {
    package var field = ""
    /// `keep`, `scan` or `json`.
    package var action = Report.Action.keep
    package var rule = ""
    /// The policy's reason.
    @OrNull package var because: String?
  }

  package struct Content: Encodable, Sendable {
    package var destination = ""
    package var path = ""
    /// `email`, `phone`, `ipv4`, `ipv6`, `wamid`.
    package var kind = ""
    /// In all events that hold such texts there.
    package var values = 0
    package var events: [String] = []
    package var rule = ""
    /// The policy's reason for keeping the field; where there is none the proof fails.
    @OrNull package var because: String?
  }

  package struct Mismatch: Encodable, Sendable {
    package var path = ""
    /// `manifest.missing`, `manifest.half-done`, `manifest.unlisted`, `manifest.lost`, `manifest.size`,
    /// `manifest.digest`, `manifest.events`, `manifest.key`, `manifest.plan`.
    package var code = ""
    package var message = ""
  }

  enum CodingKeys: String, CodingKey {
    case schema, version, policy, folder, state, exit, seconds, totals, keys, clear, kept, content, manifest
    case comparedPlans = "compared_plans"
    case problems
  }
}
