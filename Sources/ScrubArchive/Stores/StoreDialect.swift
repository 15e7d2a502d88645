internal import ScrubNative

/// A header of HTTP; names in lower case.
typealias StoreHeader = (name: String, value: String)

/// How a service spells the steps that all of them know.
protocol StoreDialect: Sendable {
  /// The header that keeps the digest of an object's bytes with it.
  var digestHeader: String { get }
  /// What uploads in parts look like.
  var parts: ObjectParts { get }
  /// Whether removals know conditions.
  var removesOnCondition: Bool { get }
  /// The header that tells which version of an object was answered with.
  var versionHeader: String? { get }
  /// What requests for objects say besides.
  var reading: [StoreHeader] { get }
  /// Whether bodies are sent with their digest, without which some buckets take none.
  var provesBodies: Bool { get }
  /// What requests that write a whole object say besides.
  var writing: [StoreHeader] { get }
  /// What every request says.
  func headers(at time: Timestamp) -> [StoreHeader]
  /// Asks for a page of everything whose key begins so: the first, or the one that another told of.
  func list(prefix: String, from next: String?) -> StoreRequest
  /// - Throws: `Failure`, `store.bad-answer` where it is no page of a list.
  func page(_ document: XMLElement) throws(Failure) -> ObjectPage
  /// - Throws: `Failure` where the version cannot be told from others: it is not replaced then.
  func header(_ condition: WriteCondition) throws(Failure) -> StoreHeader
  /// What stands beside an object's bytes.
  func headers(_ description: ObjectDescription) -> [StoreHeader]
  /// How versions are kept, and objects described.
  var history: any HistoryDialect { get }
}

/// How a service spells what erasing asks for beside: what stands with an object, and its earlier versions.
protocol HistoryDialect: Sendable {
  /// Of what a store tells of an object, that which its replacement is given too.
  func kept(of headers: [String: String]) -> [StoreHeader]
  /// Asks for what is kept of the object beside that; nothing where there is nothing more.
  ///
  /// - Parameter headers: what the store tells of it.
  func furtherRequest(of key: String, version: String?, _ headers: [String: String]) -> StoreRequest?
  /// - Throws: `Failure`, `store.bad-answer` where it is no answer to that.
  func further(_ answer: [UInt8]) throws(Failure) -> [StoreHeader]
  /// Whether the store keeps the object from being replaced or removed: a lock that did not run out, or a legal hold.
  func isLocked(_ headers: [String: String], at now: Int) -> Bool
  /// Whether the object's bytes could not be read back once they were written so.
  func isArchived(_ headers: [String: String]) -> Bool
  /// Asks whether the bucket keeps versions; nothing where that is told elsewhere only.
  var versioningRequest: StoreRequest? { get }
  func versioning(_ answer: [UInt8]) throws(Failure) -> BucketVersioning
  /// Asks for a page of all versions of everything whose key begins so: the first, or the one that another told of.
  func versions(prefix: String, from next: [(name: String, value: String)]) -> StoreRequest
  /// - Throws: `Failure`, `store.bad-answer` where it is no page of a list.
  func versionPage(_ document: XMLElement) throws(Failure) -> VersionPage
  /// How requests name a version.
  func query(of version: String) -> [(name: String, value: String)]
  /// Whether such lists tell everything that is kept of what was replaced or removed.
  var listsEverything: Bool { get }
}

/// Whether a bucket keeps what is replaced.
package enum BucketVersioning: String, Codable, Sendable {
  case enabled, suspended, off
}

/// A version of an object, as a list tells of it.
package struct ObjectVersion: Hashable, Sendable {
  package let key: String
  /// The store's own; `null` for what was written while the bucket kept none.
  package let id: String
  package let tag: String
  /// Bytes.
  package let size: Int
  /// Whether it is what readers get.
  package let isLatest: Bool
  /// Whether it only says that the object was removed.
  package let isRemoval: Bool
  /// Whether it was removed, and is kept for some days nonetheless: nobody can read it, and some can bring it back.
  package var isSoftDeleted = false
}

/// A page of a list of versions.
struct VersionPage {
  let versions: [ObjectVersion]
  /// What the next page is asked for by; nothing where this is the last.
  let next: [(name: String, value: String)]
}

extension StoreDialect {
  var reading: [StoreHeader] { [] }

  var provesBodies: Bool { false }

  var writing: [StoreHeader] { [] }

  func headers(at time: Timestamp) -> [StoreHeader] { [] }

  func header(_ condition: WriteCondition) throws(Failure) -> StoreHeader {
    switch condition {
    case .new: return ("if-none-match", "*")
    case .replacing(let state):
      guard !state.tag.isEmpty else { throw Failure(.badAnswer, place: "an object without a mark") }
      return ("if-match", state.tag)
    }
  }
}

extension ObjectDescription {
  /// Type and digest, and whatever else is kept.
  func headers(type: String, digest: String) -> [StoreHeader] {
    [(type, self.type), (digest, self.digest)] + kept.filter { $0.name != type && $0.name != digest }
  }
}

/// How large objects are written.
enum ObjectParts {
  /// In one request, whatever their size.
  case none
  /// In parts of an upload, which has an id and is ended or given up.
  case uploads
  /// In blocks of the object itself, which a list of them ends.
  case blocks
}

/// An object as a list tells of it.
struct ListedObject: Equatable {
  let key: String
  /// Bytes.
  let size: Int
  /// The store's own mark of this version, as it writes it with the object; empty where the list does not tell.
  let tag: String
  /// Seconds since 1970; 0 where it is not told.
  let modified: Int
}

/// A page of a list.
struct ObjectPage: Equatable {
  let objects: [ListedObject]
  /// What the next page is asked for by; nothing where this is the last.
  let next: String?
}

extension ObjectAddress.Service {
  var dialect: any StoreDialect {
    switch self {
    case .s3: AmazonDialect()
    case .gs: GoogleDialect()
    case .az: AzureDialect()
    }
  }
}
