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
  /// What requests for objects say besides.
  var reading: [StoreHeader] { get }
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
}

extension StoreDialect {
  var reading: [StoreHeader] { [] }

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
