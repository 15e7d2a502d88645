internal import Glibc
internal import ScrubNative

/// On what it depends that an object is written.
enum WriteCondition {
  /// That there is none of its key.
  case new
  /// That there is still this version of it.
  case replacing(ObjectState)
}

/// What is written besides an object's bytes.
struct ObjectDescription {
  /// `application/json`.
  let type: String
  /// SHA-256 of all bytes, hex: kept with the object, so that a later run need not read it.
  let digest: String
  /// What else stands beside its bytes, as the object has it that is replaced.
  var kept: [StoreHeader] = []
}

/// Where the bytes of an object come from that is written.
enum ObjectSource {
  case bytes([UInt8])
  /// A file that was ended, and stays open while it is sent.
  case file(descriptor: Int32, size: Int)

  /// Bytes.
  var size: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .file(_, let size): size
    }
  }

  func piece(_ range: Range<Int>) throws(Failure) -> [UInt8] {
    switch self {
    case .bytes(let bytes): return Array(bytes[range])
    case .file(let descriptor, _):
      var bytes = [UInt8](repeating: 0, count: range.count)
      var count = 0
      while count < bytes.count {
        let more = unsafe bytes.withUnsafeMutableBytes { room in
          unsafe pread(descriptor, room.baseAddress.map { unsafe $0 + count }, room.count - count, range.lowerBound + count)
        }
        if more < 0 && errno == EINTR { continue }
        guard more > 0 else { throw Failure(.unreadable, place: "what was to be sent") }
        count += more
      }
      return bytes
    }
  }
}

extension ObjectStore {
  /// The least size of a part, in bytes; what has more is sent in parts, where the service has such.
  static let partSize = 16 << 20
  private static let partLimit = 10_000

  /// The most that is sent in one request, in bytes: Azure takes no more, Amazon and Google hardly.
  static let wholeLimit = 5000 << 20

  /// Writes an object whole: readers see it all at once, or what was there before.
  ///
  /// - Parameter size: the most that is sent in one request, in bytes; more goes in parts, where the service has such.
  /// - Throws: `Failure`, `file.changed-while-read` where the condition does not hold: another wrote meanwhile;
  ///   `store.no-conditions` where the store says that it knows none.
  func write(
    _ key: String, _ source: ObjectSource, _ description: ObjectDescription, _ condition: WriteCondition,
    whole size: Int = ObjectStore.partSize
  ) throws(Failure) {
    do throws(Failure) {
      switch dialect.parts {
      case .uploads where source.size > size: try writeParts(key, source, description, condition)
      case .blocks where source.size > size: try writeBlocks(key, source, description, condition)
      default: try writeWhole(key, source, description, condition)
      }
    } catch  where error.code == .changed || error.code == .missing {
      // Where an answer was lost, what came in between may be what was written here.
      if let state = try state(of: key), state.digest == description.digest, state.size == source.size { return }
      // Nothing new can be missing: it is the bucket that is.
      if case .new = condition { throw error }
      throw Failure(.changed, place: error.place)
    } catch  where error.isNotImplemented {
      throw Failure(.noConditions, place: error.place)
    }
  }

  private func writeWhole(
    _ key: String, _ source: ObjectSource, _ description: ObjectDescription, _ condition: WriteCondition
  ) throws(Failure) {
    var request = StoreRequest()
    request.method = "PUT"
    request.key = key
    request.headers = dialect.headers(description) + dialect.writing + [try dialect.header(condition)]
    if case .file(let descriptor, let size) = source, size > Self.partSize {
      request.file = (descriptor, size, description.digest)
    } else {
      request.body = try source.piece(0..<source.size)
    }
    request.headers += try proof(of: source, 0..<source.size)
    _ = try send(request)
  }

  /// What proves a body that is sent, where the service may ask for it.
  func proof(of source: ObjectSource, _ range: Range<Int>) throws(Failure) -> [StoreHeader] {
    guard dialect.provesBodies, let digest = BodyDigest() else { return [] }
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.partSize) {
      digest.update(try source.piece(start..<min(start + Self.partSize, range.upperBound)))
    }
    return [("content-md5", digest.finish())]
  }

  /// Sends a source piece by piece.
  ///
  /// - Parameter send: takes the number of a piece, from 1, and its bytes.
  /// - Returns: what it gave back for each.
  func sendPieces(
    of source: ObjectSource, _ send: (Int, [UInt8]) throws(Failure) -> String
  ) throws(Failure) -> [String] {
    let length = max(Self.partSize, (source.size - 1) / Self.partLimit + 1)
    var marks: [String] = []
    for start in stride(from: 0, to: source.size, by: length) {
      marks.append(try send(marks.count + 1, try source.piece(start..<min(start + length, source.size))))
    }
    return marks
  }

  /// Removes an object; one that is not there is none.
  ///
  /// - Parameter seen: the version that is meant, where the service knows conditions of removals: another one stays.
  func remove(_ key: String, seen: ObjectState? = nil) throws(Failure) {
    var request = StoreRequest()
    request.method = "DELETE"
    request.key = key
    if let seen, dialect.removesOnCondition { request.headers.append(try dialect.header(.replacing(seen))) }
    do throws(Failure) { _ = try send(request) } catch  where error.code == .missing || error.code == .changed {}
  }
}
