internal import Foundation
internal import ScrubArchive
internal import ScrubNative
internal import Synchronization

/// A prefix of a store held against other runs.
///
/// The lock is an object that names the process which holds it, and is written anew now and then: who finds it may take it
/// over when that process is surely gone, or when nobody has written it for an hour.
final class StoreLock: Sendable {
  private let name: String
  private let folder: StoreFolder
  private let address: ObjectAddress
  private let code: FailureCode
  private let state: Mutex<State>

  private struct State: Sendable {
    var version: StoreFolder.Version
    /// When it was written last.
    var renewed = ContinuousClock.now
    var isReleased = false
    var renewal: Task<Void, Never>?
  }

  /// How long a lock holds of which nobody hears, in seconds.
  private static let lease = 3600
  /// How often it is written anew, at most.
  private static let renewal = Duration.seconds(300)

  /// Takes the lock without waiting.
  ///
  /// - Parameters:
  ///   - name: of the object, in the folder.
  ///   - code: what is told when another run holds it.
  static func take(
    _ name: String, in folder: StoreFolder, of address: ObjectAddress, held code: FailureCode
  ) throws(Failure) -> StoreLock {
    let found: (bytes: [UInt8], version: StoreFolder.Version)?
    do throws(Failure) { found = try folder.read(name, limit: 1 << 16) } catch {
      // Whoever wrote it just now holds it.
      throw error.code == .changed ? Failure(code, path: address.text) : error
    }
    if let (bytes, version) = found {
      let holder = try? JSONDecoder().decode(ProcessIdentity.self, from: Data(bytes))
      let isLeft = holder?.isGone ?? false || (version.age ?? 0) > lease
      guard isLeft else { throw Failure(code, path: address.text) }
    }
    let version = try write(name, in: folder, of: address, replacing: found?.version, held: code)
    return StoreLock(name, folder, address, code, version)
  }

  private init(
    _ name: String, _ folder: StoreFolder, _ address: ObjectAddress, _ code: FailureCode, _ version: StoreFolder.Version
  ) {
    self.name = name
    self.folder = folder
    self.address = address
    self.code = code
    state = Mutex(State(version: version))
  }

  private static func write(
    _ name: String, in folder: StoreFolder, of address: ObjectAddress, replacing version: StoreFolder.Version?,
    held code: FailureCode
  ) throws(Failure) -> StoreFolder.Version {
    // A number of its own makes every writing another version.
    let holder = Holder(process: ProcessIdentity.current, writing: UInt64.random(in: 0...UInt64(Int.max)))
    guard let bytes = try? JSONEncoder().encode(holder) else { throw Failure(.native, path: address.text) }
    do throws(Failure) { return try folder.write(Array(bytes), to: name, replacing: version) } catch {
      throw error.code == .changed ? Failure(code, path: address.text) : error
    }
  }

  /// Writes the lock anew, where that is due.
  ///
  /// - Throws: `Failure` where another took it over.
  func renew(always: Bool = false) throws(Failure) {
    try state.withLock { (state) throws(Failure) in
      guard !state.isReleased, always || ContinuousClock.now - state.renewed > Self.renewal else { return }
      state.version = try Self.write(name, in: folder, of: address, replacing: state.version, held: code)
      state.renewed = .now
    }
  }

  /// Makes sure that the store keeps to conditions, for objects are replaced on nothing else: a writing of the lock that
  /// must not succeed is tried.
  ///
  /// - Throws: `Failure`, `store.no-conditions` where it did.
  func checkConditions() throws(Failure) {
    try state.withLock { (state) throws(Failure) in
      do throws(Failure) {
        state.version = try Self.write(name, in: folder, of: address, replacing: folder.nowhere, held: code)
      } catch {
        if error.code == code { return }
        throw error
      }
      throw Failure(.noConditions, path: address.text)
    }
  }

  /// Has it written anew until it is released. That another took it over shows where objects are written: each only while
  /// it is what was read.
  func keepAlive() {
    // On a thread of its own: others may wait for the store all the while.
    let task = Task.detached(executorPreference: WorkerThreads()) { [weak self] in
      while !Task.isCancelled {
        try? await Task.sleep(for: Self.renewal)
        if Task.isCancelled { return }
        guard let self else { return }
        try? self.renew(always: true)
      }
    }
    state.withLock { $0.renewal = task }
  }

  func release() {
    let version = state.withLock { state in
      state.isReleased = true
      state.renewal?.cancel()
      return state.version
    }
    if let now = try? folder.version(of: name), now == version { try? folder.remove(name, seen: now) }
  }
}

/// What the lock holds.
private struct Holder: Encodable {
  let process: ProcessIdentity?
  let writing: UInt64

  func encode(to encoder: any Encoder) throws {
    enum Key: CodingKey { case writing }
    try process?.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(writing, forKey: .writing)
  }
}
