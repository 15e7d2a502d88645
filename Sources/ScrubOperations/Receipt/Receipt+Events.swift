// How much went, and what remains.

extension Receipt {
  /// Events of the person: `matched` is the sum of the five behind it. Those held back are not among them.
  package struct Counts: Codable, Hashable, Sendable {
    package var matched = 0
    package var deleted = 0
    package var blanked = 0
    /// In part, by a rule of the policy.
    package var kept = 0
    /// As they are, by a legal hold.
    package var held = 0
    /// As they are, since their file could not be rewritten, or nothing was done at all.
    package var left = 0
    /// Only a value that several people carry leads to them, or their workspace is not told; a person is to decide.
    package var heldBack = 0

    package init() {}

    /// Whether every matched event became something.
    package var addUp: Bool { matched == deleted &+ blanked &+ kept &+ held &+ left }

    package static func += (sum: inout Counts, part: Counts) {
      sum.matched &+= part.matched
      sum.deleted &+= part.deleted
      sum.blanked &+= part.blanked
      sum.kept &+= part.kept
      sum.held &+= part.held
      sum.left &+= part.left
      sum.heldBack &+= part.heldBack
    }

    enum CodingKeys: String, CodingKey {
      case matched, deleted, blanked, kept, held, left
      case heldBack = "held_back"
    }
  }

  package struct Events: Codable, Sendable {
    package var scanned = 0
    package var total = Counts()
    /// By event type; their sum is `total`, but for what was held back.
    package var types: [String: Counts] = [:]
  }

  /// The rewritten files, read once more by another way than the one that wrote them.
  package struct Verification: Codable, Sendable {
    /// Files that were read back before they were put in place.
    package var filesReadBack = 0
    /// Events of the person in them that should have gone.
    package var matchesAfter = 0

    enum CodingKeys: String, CodingKey {
      case filesReadBack = "files_read_back"
      case matchesAfter = "matches_after"
    }
  }
}

// MARK: - What remains

extension Receipt {
  package struct Retained: Codable, Sendable {
    package enum Kind: String, Codable, Sendable {
      /// A rule of the policy keeps fields of the events.
      case keep
      /// A legal hold keeps the events.
      case hold
    }

    package var kind: Kind
    /// Why: the words of the rule or of the hold.
    package var basis: String
    package var owner: String?
    /// The day on which somebody asks again.
    package var review: String?
    package var events: Int

    package init(kind: Kind, basis: String, owner: String?, review: String?, events: Int) {
      self.kind = kind
      self.basis = basis
      self.owner = owner
      self.review = review
      self.events = events
    }
  }

  /// Values of the person that stand elsewhere than in their own events.
  package struct Residual: Codable, Sendable {
    package enum Sweep: String, Codable, Sendable {
      /// Nobody looked.
      case none
      /// They were counted and left.
      case count
      case redact
    }

    package struct Place: Codable, Sendable {
      package var eventType: String
      package var destination: String
      /// The path of the field.
      package var path: String
      package var count: Int
      package var redacted: Int
      /// Left since a legal hold, or a rule of the policy, keeps the events around them; nothing where none is.
      package var kept: Int?

      /// The event type as people read it; empty where values stand in no event.
      package var shownEvent: String {
        eventType.isEmpty && path != SweepTally.filePaths ? "(unknown)" : eventType
      }

      package init(eventType: String, destination: String, path: String, count: Int, redacted: Int) {
        self.eventType = eventType
        self.destination = destination
        self.path = path
        self.count = count
        self.redacted = redacted
      }

      enum CodingKeys: String, CodingKey {
        case destination, path, count, redacted, kept
        case eventType = "event_type"
      }
    }

    package var sweep = Sweep.none
    package var places: [Place] = []

    /// Whether a value stays for a reason.
    package var isKept: Bool { places.contains { ($0.kept ?? 0) > 0 } }
  }

  package enum NotCovered: String, Codable, CaseIterable, Sendable {
    case backups, snapshots, vendor
    case objectVersions = "object-versions"
    case hardLinks = "hard-links"
    case downstreamCopies = "downstream-copies"
  }

  /// Who was sent the person's data, and is to be told (Art. 19).
  package struct Recipients: Codable, Sendable {
    package enum Status: String, Codable, Sendable {
      case known
      case notKnown = "not known"
    }

    package struct Audience: Codable, Sendable {
      package var audience: String
      /// The file of the tokens that they hold, beside the receipt.
      package var file: String
      package var tokens: Int

      package init(audience: String, file: String, tokens: Int) {
        self.audience = audience
        self.file = file
        self.tokens = tokens
      }
    }

    package var status = Status.notKnown
    package var audiences: [Audience] = []
  }

  package struct Signature: Codable, Sendable {
    package enum Status: String, Codable, Sendable { case signed, unsigned }

    package var status = Status.unsigned
    /// `Ed25519`.
    package var algorithm: String?
    /// SHA-256 of the public key's 32 bytes, the first 16 hex digits.
    package var key: String?
  }
}
