// Where: archives, files, and what could not be read of them.

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
    /// Passed over by their names, or because they were to be ignored; nothing in receipts that do not tell it.
    package var ignored: Int?
  }

  /// A file in which events of the person were.
  package struct RewrittenFile: Codable, Sendable {
    /// The number of its archive in `archives`, from 0.
    package var archive: Int
    /// In its archive; see `pathText`.
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
      /// Other names (hard links) of what it was before, which hold that still; nothing where there were none.
      package var otherNames: Int?

      package init() {}

      enum CodingKeys: String, CodingKey {
        case events, size, sha256
        case otherNames = "other_names"
      }
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
    /// Files by the id of the key with which they were made; it, or the policy, is not at hand, or nothing is left there
    /// by which the request names the person.
    package var files: [String: Int] = [:]
    /// Events in which no field stands that could tell whose they are.
    package var nameless = 0
  }
}
