internal import ScrubArchive
internal import ScrubNative

/// What an erasure does, by file and event: made by looking, carried out later or at once, and gone on with after a crash.
///
/// Names no identifier: events are told by their place.
package struct ErasePlan: Document, Decodable, Sendable {
  package static let schema = "currents-scrub/erase-plan/1"

  package enum Action: String, Codable, Sendable {
    /// The event goes.
    case delete
    /// Nothing personal stays in it.
    case blank
    /// As `blank`, but for fields that a rule of the policy keeps.
    case keep
    /// Nothing is left of it but what a rule keeps: an erasure before did what there is to do.
    case kept
    /// A legal hold keeps it as it is.
    case hold
    /// It is somebody else's, and values of the person in it go.
    case redact

    /// Whether any byte of the event changes.
    var changes: Bool { self != .hold && self != .kept }
  }

  package struct Place: Codable, Hashable, Sendable {
    /// Of its block, line or item.
    package let offset: Int
    /// In its block, or among the lines or items; from 0.
    package let record: Int
    /// In a batch, from 0; nothing outside.
    package let part: Int?
    package let action: Action
    package let type: String
    /// The requests that it belongs to, by their numbers in the plan.
    package let requests: [Int]
    /// The reason to keep or hold it, by its number in `reasons` of the plan.
    package let reason: Int?

    /// The same with another end.
    func with(_ action: Action) -> Place {
      Place(offset: offset, record: record, part: part, action: action, type: type, requests: requests, reason: reason)
    }

    /// The same for some of its requests.
    func of(_ requests: [Int]) -> Place {
      Place(offset: offset, record: record, part: part, action: action, type: type, requests: requests, reason: reason)
    }
  }

  /// Why events stay, in whole or in part.
  package struct Reason: Codable, Hashable, Sendable {
    package let kind: Receipt.Retained.Kind
    package let basis: String
    package let owner: String?
    /// `YYYY-MM-DD`.
    package let review: String?
  }

  /// The state in which a file was looked at.
  package struct Identity: Codable, Hashable, Sendable {
    package let device: WholeNumber
    package let inode: WholeNumber
    package let size: WholeNumber
    /// Nanoseconds since 1970-01-01.
    package let modified: WholeNumber
    package let changed: WholeNumber
    /// Of an object: the store's own mark of what it holds, keyed; it is often a plain digest, by which others could try
    /// what was erased.
    package let tag: String?
    /// Of an object in a bucket that keeps versions: the store's own id of this one.
    package let version: String?

    /// - Parameter key: of keyed digests.
    init(_ identity: FileIdentity, key: FileDigestKey) throws(Failure) {
      device = WholeNumber(Int(truncatingIfNeeded: identity.device))
      inode = WholeNumber(Int(truncatingIfNeeded: identity.inode))
      size = WholeNumber(identity.size)
      modified = WholeNumber(identity.modified)
      changed = WholeNumber(identity.changed)
      tag = identity.tag.isEmpty ? nil : try Self.keyed(identity.tag, key)
      version = identity.version.isEmpty ? nil : identity.version
    }

    /// A store's mark, in the form that plans have it.
    static func keyed(_ tag: String, _ key: FileDigestKey) throws(Failure) -> String {
      // Lists and objects do not always quote it alike.
      let bytes = tag.utf8.filter { $0 != UInt8(ascii: "\"") }
      do throws(NativeError) {
        let digest = try KeyedFileDigest(key)
        try unsafe bytes.span.bytes.withUnsafeBytes { (bytes) throws(NativeError) in try unsafe digest.update(bytes) }
        return try digest.finish().hex
      } catch {
        throw Failure(.native)
      }
    }
  }

  package struct File: Codable, Sendable {
    /// The number of its archive.
    package let archive: Int
    /// In its archive.
    package let path: String
    package let identity: Identity
    /// Keyed, as `KeyedFileDigest` makes it under the state key: the same that a scrub's report tells of its source.
    package let digest: String
    /// Of the whole file, before.
    package let events: Int
    package let counts: Receipt.Counts
    /// By kind of identifier, how many events it led to.
    package let matchedBy: [String: Int]
    /// In the order of the file.
    package let places: [Place]

    /// Whether any byte of the file changes.
    package var isRewritten: Bool { places.contains(where: \.action.changes) }

    /// The same with some of its places.
    func with(_ places: [Place]) -> File {
      File(
        archive: archive, path: path, identity: identity, digest: digest, events: events,
        counts: places.reduce(into: Receipt.Counts()) { $0 += Receipt.Counts($1.action) }, matchedBy: matchedBy,
        places: places)
    }

    enum CodingKeys: String, CodingKey {
      case archive, path, identity, digest, events, counts, places
      case matchedBy = "matched_by"
    }
  }

  package struct Request: Codable, Sendable {
    package let id: String
    /// Of the profiles, keyed.
    package let fingerprints: [String]
    package let counts: Receipt.Counts
    /// Whom it is about; nothing where nobody asked.
    package let asked: AskedPerson?
    /// Why nothing is done for it.
    package let refused: String?
  }

  package var schema = ErasePlan.schema
  package let mode: Receipt.Mode
  /// What becomes of values of the people in events of others.
  package let sweep: Receipt.Residual.Sweep
  /// Absolute paths, or addresses of stores.
  package let archives: [String]
  package let requests: [Request]
  package let reasons: [Reason]
  /// By archive and path; those without a match are not among them.
  package let files: [File]

  package init(
    mode: Receipt.Mode, sweep: Receipt.Residual.Sweep, archives: [String], requests: [Request], reasons: [Reason], files: [File]
  ) {
    self.mode = mode
    self.sweep = sweep
    self.archives = archives
    self.requests = requests
    self.reasons = reasons
    self.files = files
  }
}

extension ErasePlan {
  /// The same for some files.
  func with(_ files: [File]) -> ErasePlan {
    ErasePlan(mode: mode, sweep: sweep, archives: archives, requests: requests, reasons: reasons, files: files)
  }

  /// The events of each request, by file and place, in the order of the plan.
  var placesByRequest: [[(file: Int, place: Place)]] {
    var byRequest = requests.map { _ in [(file: Int, place: Place)]() }
    for (number, file) in files.enumerated() {
      for place in file.places {
        for request in place.requests { byRequest[request].append((number, place)) }
      }
    }
    return byRequest
  }
}

extension Receipt.Counts {
  /// One event, by what becomes of it.
  init(_ action: ErasePlan.Action) {
    self.init()
    matched = 1
    switch action {
    case .delete: deleted = 1
    case .blank: blanked = 1
    case .keep, .kept: kept = 1
    case .hold: held = 1
    case .redact: matched = 0
    }
  }

  /// The same events where nothing was done.
  var asLeft: Receipt.Counts {
    var left = self
    left.left = matched - held
    (left.deleted, left.blanked, left.kept) = (0, 0, 0)
    return left
  }
}
