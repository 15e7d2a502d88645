/// What an erasure leaves as evidence: who asked, what was done, what was not, and how anyone can check it.
///
/// Counts, codes, names of event types and fields, paths and digests; never an identifier, nor a value of anybody, but for
/// what people call their files. All numbers are whole. Times are UTC in the form `2026-11-23T19:15:00Z`, days `2026-11-23`, digests lower-case hex, sizes
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
    /// How many profiles somebody decided about, that share a value with the person or were found with them; nothing
    /// where nobody did.
    package var profiles: Profiles?
  }

  package struct Profiles: Codable, Sendable {
    /// The person's too.
    package var included: Int
    /// Others'.
    package var excluded: Int

    init?(_ request: AccessRequest) {
      (included, excluded) = (request.includedProfiles.count, request.excludedProfiles.count)
      if included + excluded == 0 { return nil }
    }
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
