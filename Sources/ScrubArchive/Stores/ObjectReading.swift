internal import ScrubNative

/// One version of an object, read from front to back, a piece at a time.
///
/// A class because what is at hand changes while it is read from. Never leaves its task.
final class ObjectReading {
  private let store: ObjectStore
  private let address: ObjectAddress
  private let state: ObjectState
  private var piece: [UInt8]
  private var taken = 0
  /// Where the next piece begins.
  private var offset: Int

  /// How much is asked for at once, in bytes: nearly always the whole object.
  static let pieceSize = 8 << 20

  /// Asks for the first piece, which tells what the object is.
  ///
  /// - Throws: `Failure` with the object's address.
  init(_ address: ObjectAddress) throws(Failure) {
    do throws(Failure) {
      store = try ObjectStore.of(address)
      (piece, state) = try Self.first(store, address)
    } catch {
      throw error.of(address)
    }
    self.address = address
    offset = piece.count
  }

  private static func first(
    _ store: ObjectStore, _ address: ObjectAddress
  ) throws(Failure) -> (bytes: [UInt8], state: ObjectState) {
    let (key, version) = (address.key, address.version)
    do throws(Failure) {
      return try store.read(key, from: 0, count: pieceSize, tag: nil, version: version)
    } catch  where error.isEmptyRange {
      guard let state = try store.state(of: key, version: version), state.size == 0 else { throw Failure(.changed) }
      return ([], state)
    }
  }

  var identity: FileIdentity { FileIdentity(state) }

  /// Copies what comes next; 0 at the end.
  func read(_ buffer: UnsafeMutableRawBufferPointer, limit: Int) throws(Failure) -> Int {
    if taken == piece.count && offset < state.size { try fetch() }
    let count = min(buffer.count, limit, piece.count - taken)
    unsafe buffer.copyBytes(from: piece[taken..<(taken + count)])
    taken += count
    return count
  }

  private func fetch() throws(Failure) {
    piece = []
    taken = 0
    do throws(Failure) {
      let tag = state.tag.isEmpty ? nil : state.tag
      piece = try store.read(address.key, from: offset, count: Self.pieceSize, tag: tag, version: address.version).bytes
    } catch {
      throw error.of(address)
    }
    guard !piece.isEmpty else { throw Failure(.badAnswer, path: address.text, place: "an empty piece") }
    offset += piece.count
  }
}

extension Failure {
  /// The same, told of an object; what is not there is, for who reads it, unreadable.
  func of(_ address: ObjectAddress) -> Failure {
    Failure(code == .missing ? .unreadable : code, path: address.text, place: place)
  }

  /// Whether the store said that the object has no such piece, as of every piece of an empty one.
  fileprivate var isEmptyRange: Bool { code == .refused && place.hasPrefix("HTTP 416") }
}

extension FileIdentity {
  /// Objects have no permissions; what is made of them here is for its owner.
  init(_ state: ObjectState) {
    self.init()
    size = state.size
    modified = state.modified * 1_000_000_000
    tag = state.tag
    version = state.version ?? ""
  }

  /// As a list tells of it: without the id of the version.
  init(_ object: ListedObject) {
    self.init()
    size = object.size
    modified = object.modified * 1_000_000_000
    tag = object.tag
  }

  /// What an object is now, or nothing.
  init?(_ address: ObjectAddress) {
    guard let state = try? ObjectStore.of(address).state(of: address.key, version: address.version) else { return nil }
    self.init(state)
  }
}
