/// What an erasure leaves as evidence: who asked, what was done, what was not, and how anyone can check it.
///
/// Counts, codes, names of event types and fields, paths and digests; never an identifier, nor a value of anybody. All
/// numbers are whole. Times are UTC in the form `2026-11-23T19:15:00Z`, days `2026-11-23`, digests lower-case hex, sizes
/// bytes. The fields are those of a certificate of sanitisation (NIST SP 800-88, appendix G), as an erasure under
/// Art. 17 GDPR can have them.
package struct Receipt: Document, Decodable, Sendable {
  /// The format of this document; a change that breaks readers changes the number.
  package static let schema = "currents-scrub/receipt/1"

  package var schema = Receipt.schema
  /// The id of the run, and of its receipt.
  package var receipt: String
  package var state = State.incomplete
  /// Codes: why the state is not `COMPLETE`.
  package var reasons: [String] = []
  package var mode = Mode.delete
  package var statement = Receipt.logicalDeletion

  package var request: Request
  package var subject = Subject()
  package var identityCheck = IdentityCheck()
  /// When the last file was put in place, or the run ended.
  package var executed = ""
  package var operatedBy = Operator()
  package var tool = Tool()
  /// The policy that says what is deleted, blanked and kept; nothing where none was given.
  package var policy: Policy?
  /// Keys by which scrubbed archives were searched.
  package var keys: [Key] = []

  /// The archives that were searched, in the order in which they were given.
  package var archives: [Archive] = []
  /// Archives that the state folder knows, and that were not given.
  package var leftOut: [String] = []
  package var files = Files()
  package var rewritten: [RewrittenFile] = []
  /// Every file that could not be read, or only in part, or was not rewritten though it had to be.
  package var gaps: [Gap] = []
  package var notSearchable = NotSearchable()
  package var events = Events()
  package var verification = Verification()

  /// What is kept of the person, and why; its events add up to `events.kept` and `events.held`.
  package var retained: [Retained] = []
  package var residual = Residual()
  /// Of archives in stores; nothing where there are none.
  package var stores: [Store]?
  /// Codes of what an erasure by rewriting never reaches.
  package var notCovered = NotCovered.allCases
  package var recipients = Recipients()
  package var vaultRowsRemoved = 0
  /// The entry by which the person is not taken in again.
  package var suppression: String?

  /// The last line of the evidence log when the receipt was written: `7:` and 64 hex digits.
  package var evidenceHead = ""
  /// Of the results by file, as `MerkleTree` makes it; set when the receipt is sealed.
  package var merkleRoot = ""
  /// Set when the receipt is sealed.
  package var signature = Signature()

  /// - Parameters:
  ///   - run: the id of the run.
  ///   - request: the id of the request that it carried out.
  package init(run: String, request: String) {
    receipt = run
    self.request = Request(id: request)
  }

  enum CodingKeys: String, CodingKey {
    case schema, receipt, state, reasons, mode, statement, request, subject, executed, tool, policy, keys, archives
    case identityCheck = "identity_check"
    case operatedBy = "operator"
    case leftOut = "left_out"
    case files, rewritten, gaps, stores, events, verification, retained, residual, recipients, suppression, signature
    case notSearchable = "not_searchable"
    case notCovered = "not_covered"
    case vaultRowsRemoved = "vault_rows_removed"
    case evidenceHead = "evidence_head"
    case merkleRoot = "merkle_root"
  }

  /// What rewriting is, in the words of the certificate.
  package static let logicalDeletion = "logical deletion by rewriting; media not sanitised"
}

// MARK: - What was asked

extension Receipt {
  package enum State: String, Codable, CaseIterable, Sendable {
    /// Nothing of the person is left in what was searched.
    case complete = "COMPLETE"
    /// What is left is kept for a reason that is told: a legal hold, or a rule of the policy.
    case completeExcept = "COMPLETE_EXCEPT"
    /// Everything could be searched, and nothing was the person's.
    case nothingFound = "NOTHING_FOUND"
    /// Something could not be read, searched, decided or rewritten.
    case incomplete = "INCOMPLETE"
    /// Nothing was changed, for a hold or a guard stopped all of it.
    case refused = "REFUSED"
  }

  package enum Mode: String, Codable, Sendable {
    /// Events of the person go.
    case delete
    /// Their rows stay for totals, without anything personal.
    case blank
  }

  package struct Request: Codable, Sendable {
    package var id: String
    /// Art. 17(1) grounds, or others, as the request claims them.
    package var grounds: [String] = []
    /// `gdpr`, `uk`, `ccpa`, `lgpd`.
    package var law = Law.gdpr.rawValue
    package var received: String?
    package var due: String?
    /// Workspaces to which it is limited; empty for all.
    package var workspaces: [String] = []
  }

  package struct Subject: Codable, Sendable {
    /// Keyed fingerprints of the profiles, 16 hex digits each.
    package var fingerprints: [String] = []
    /// How many identifiers of each kind were followed.
    package var identifiers: [String: Int] = [:]
  }

  /// Who checked that the request comes from the person.
  package struct IdentityCheck: Codable, Sendable {
    package enum Status: String, Codable, Sendable {
      case recorded
      case notRecorded = "not recorded"
    }

    package var status = Status.notRecorded
    package var by: String?
    package var on: String?
    package var method: String?

    package init(_ verified: AccessRequest.Verification? = nil) {
      guard let verified else { return }
      status = .recorded
      by = verified.by
      on = verified.on.description
      method = verified.method
    }
  }
}

// MARK: - By whom and with what

extension Receipt {
  package struct Operator: Codable, Sendable {
    package var account = ""
    package var host = ""
  }

  package struct Tool: Codable, Sendable {
    package var version = ""
    /// SHA-256 of the program's file.
    package var binary = ""
    /// The version text of the OpenSSL library that is running.
    package var openssl = ""

    enum CodingKeys: String, CodingKey {
      case version, openssl
      case binary = "binary_sha256"
    }
  }

  package struct Policy: Codable, Sendable {
    package var name: String
    package var sha256: String

    package init(name: String, sha256: String) {
      self.name = name
      self.sha256 = sha256
    }
  }

  package struct Key: Codable, Hashable, Sendable {
    package var id: String
    /// 16 hex digits that tell the key and nothing about its bytes.
    package var check: String

    package init(id: String, check: String) {
      self.id = id
      self.check = check
    }
  }
}

// MARK: - Where

extension Receipt {
  package struct Archive: Codable, Sendable {
    /// The absolute path.
    package var path: String
    package var files: Int
    package var events: Int

    package init(path: String, files: Int, events: Int) {
      self.path = path
      self.files = files
      self.events = events
    }
  }

  /// Files by what became of them: `scanned` is `rewritten + unchanged + changed + failed`.
  package struct Files: Codable, Sendable {
    /// Read, be it in part.
    package var scanned = 0
    package var rewritten = 0
    package var unchanged = 0
    /// Changed by somebody else during the run, and left as they are.
    package var changed = 0
    /// Could not be rewritten, and are as they were.
    package var failed = 0
    /// Could not be read at all.
    package var unreadable = 0
    /// Not looked into: a form that is not known, too young, a link.
    package var skipped = 0
  }

  /// A file in which events of the person were.
  package struct RewrittenFile: Codable, Sendable {
    /// The number of its archive in `archives`, from 0.
    package var archive: Int
    /// In its archive; see `Receipt.text(ofPath:)`.
    package var path: String
    package var before = Before()
    package var after = After()
    package var counts = Counts()
    /// Events of other people alone that the same run deleted in it.
    package var deletedForOthers = 0

    package struct Before: Codable, Sendable {
      package var events = 0
      package var size = 0
      /// As `KeyedFileDigest` makes it under the state key: a plain digest would let others try what was erased.
      package var keyedDigest = ""

      package init() {}

      enum CodingKeys: String, CodingKey {
        case events, size
        case keyedDigest = "keyed_digest"
      }
    }

    package struct After: Codable, Sendable {
      package var events = 0
      package var size = 0
      package var sha256 = ""

      package init() {}
    }

    package init(archive: Int, path: String) {
      self.archive = archive
      self.path = path
    }

    enum CodingKeys: String, CodingKey {
      case archive, path, before, after, counts
      case deletedForOthers = "deleted_for_others"
    }
  }

  /// A file, or a part of one, of which nobody can say that nothing of the person is left in it.
  package struct Gap: Codable, Sendable {
    /// The number of its archive; nothing where it is told by its whole path.
    package var archive: Int?
    package var path: String
    /// As `FailureCode` and the error messages spell it.
    package var code: String
    /// Damaged places in it; nothing where all of it is meant.
    package var places: Int?

    package init(archive: Int?, path: String, code: String, places: Int? = nil) {
      self.archive = archive
      self.path = path
      self.code = code
      self.places = places
    }
  }

  /// An archive in a store: what its bucket keeps of what is replaced.
  package struct Store: Codable, Sendable {
    package enum Versioning: String, Codable, Sendable {
      case enabled, suspended, off
      /// It was not allowed to ask.
      case unknown
    }

    /// The number of the archive in `archives`, from 0.
    package var archive: Int
    package var versioning = Versioning.unknown
    /// Earlier versions that were removed for good, since they held events of the person, or of others who were erased
    /// with them.
    package var versionsPurged = 0

    package init(archive: Int) { self.archive = archive }

    enum CodingKeys: String, CodingKey {
      case archive, versioning
      case versionsPurged = "versions_purged"
    }
  }

  package struct NotSearchable: Codable, Sendable {
    /// Files by the id of the key that is not at hand.
    package var files: [String: Int] = [:]
    /// Events in which no field stands that could tell whose they are.
    package var nameless = 0
  }

  /// Bytes of a path as text: UTF-8 as it is, anything else percent-encoded (RFC 3986) but for slashes.
  package static func text(ofPath bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    return bytes.reduce(into: "") { text, byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x2f, 0x5f, 0x7e: text.unicodeScalars.append(Unicode.Scalar(byte))
      default: text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
  }
}

// MARK: - How much

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
    /// Only a value that several people carry leads to them; a person is to decide.
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
    /// By event type; their sum is `total`.
    package var types: [String: Counts] = [:]
  }

  /// The rewritten files, read once more by another way than the one that wrote them.
  package struct Verification: Codable, Sendable {
    package struct Rescan: Codable, Sendable {
      package var files: Int
      package var events: Int
      /// Events of the person that should have gone.
      package var matches: Int

      package init(files: Int, events: Int, matches: Int) {
        self.files = files
        self.events = events
        self.matches = matches
      }
    }

    /// Files that were read back before they were put in place.
    package var filesReadBack = 0
    /// Events of the person in them that should have gone.
    package var matchesAfter = 0
    /// A search of everything when all was done; nothing where there was none.
    package var rescan: Rescan?

    enum CodingKeys: String, CodingKey {
      case rescan
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

      package init(eventType: String, destination: String, path: String, count: Int, redacted: Int) {
        self.eventType = eventType
        self.destination = destination
        self.path = path
        self.count = count
        self.redacted = redacted
      }

      enum CodingKeys: String, CodingKey {
        case destination, path, count, redacted
        case eventType = "event_type"
      }
    }

    package var sweep = Sweep.none
    package var places: [Place] = []
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
