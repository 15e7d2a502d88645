internal import Foundation
internal import Glibc
internal import ScrubArchive
internal import ScrubNative
internal import Synchronization

/// The output of a run under a prefix of a store, held by a lock from start to end.
///
/// There is no rename; an object is written whole or not at all, and only where there is still what was there before. The
/// order that makes a killed run harmless is that of `OutputFolder`: an intent names every object that will be put in
/// place, objects are put, the manifest takes the intent's place. The lock is an object that names the process which
/// holds it, and is written anew now and then: who finds it may take it over when that process is surely gone, or when
/// nobody has written it for an hour.
final class OutputStore: Sendable, ScrubOutput {
  private let address: ObjectAddress
  private let folder: StoreFolder
  let manifest: Manifest
  private let manifestVersion: StoreFolder.Version?
  private let state: Mutex<State>

  private struct State: Sendable {
    var lock: StoreFolder.Version
    /// When it was written last.
    var renewed = ContinuousClock.now
    /// What stands under the prefix, with sizes in bytes.
    var existing: [String: Int] = [:]
    /// What a run that died announced.
    var left: [String] = []
    /// Whether it is not sure of some object that it was not written.
    var isUnsure = false
  }

  private static let lockName = Manifest.folder + "/lock"
  private static let intentName = Manifest.folder + "/intent.json"
  /// How long a lock holds of which nobody hears, in seconds.
  private static let lease = 3600
  /// How often it is written anew, at most.
  private static let renewal = Duration.seconds(300)
  private static let sizeLimit = 1 << 30

  /// Takes the lock and reads the manifest.
  static func open(_ address: ObjectAddress) throws(Failure) -> OutputStore {
    let folder = try StoreFolder(address)
    let lock = try takeLock(folder, address)
    do throws(Failure) {
      return OutputStore(address, folder, lock, try readManifest(folder))
    } catch {
      try? folder.remove(lockName)
      throw error
    }
  }

  private init(
    _ address: ObjectAddress, _ folder: StoreFolder, _ lock: StoreFolder.Version,
    _ manifest: (manifest: Manifest, version: StoreFolder.Version?)
  ) {
    self.address = address
    self.folder = folder
    (self.manifest, manifestVersion) = manifest
    state = Mutex(State(lock: lock))
  }

  private static func readManifest(
    _ folder: StoreFolder
  ) throws(Failure) -> (manifest: Manifest, version: StoreFolder.Version?) {
    guard let (bytes, version) = try folder.read(Manifest.name, limit: sizeLimit) else { return (Manifest(), nil) }
    return (try Manifest.decode(bytes), version)
  }

  // MARK: the lock

  private static func takeLock(_ folder: StoreFolder, _ address: ObjectAddress) throws(Failure) -> StoreFolder.Version {
    let found = try folder.read(lockName, limit: 1 << 16)
    if let (bytes, version) = found {
      let holder = try? JSONDecoder().decode(ProcessIdentity.self, from: Data(bytes))
      let isLeft = holder?.isGone ?? false || (version.age ?? 0) > lease
      guard isLeft else { throw Failure(.locked, path: address.text) }
    }
    return try writeLock(folder, address, replacing: found?.version)
  }

  private static func writeLock(
    _ folder: StoreFolder, _ address: ObjectAddress, replacing version: StoreFolder.Version?
  ) throws(Failure) -> StoreFolder.Version {
    // A number of its own makes every writing another version.
    let holder = Holder(process: ProcessIdentity.current, writing: UInt64.random(in: 0...UInt64(Int.max)))
    guard let bytes = try? JSONEncoder().encode(holder) else { throw Failure(.native, path: address.text) }
    do throws(Failure) { return try folder.write(Array(bytes), to: lockName, replacing: version) } catch {
      throw error.code == .changed ? Failure(.locked, path: address.text) : error
    }
  }

  /// Writes the lock anew, where that is due.
  ///
  /// - Throws: `Failure`, `output.locked` where another took it over.
  private func renewLock(always: Bool = false) throws(Failure) {
    try state.withLock { (state) throws(Failure) in
      guard always || ContinuousClock.now - state.renewed > Self.renewal else { return }
      state.lock = try Self.writeLock(folder, address, replacing: state.lock)
      state.renewed = .now
    }
  }

  func release() {
    let lock = state.withLock { $0.lock }
    if let now = try? folder.version(of: Self.lockName), now == lock { try? folder.remove(Self.lockName, seen: now) }
  }

  // MARK: the objects

  func prepare(_ planned: [String]) throws(Failure) {
    let (announced, version) = try readIntent()
    let ours = Set(manifest.files.map(\.path)).union(announced)
    let existing = try folder.names()
    for name in planned where existing[name] != nil && !ours.contains(name) { throw Failure(.foreign, path: name) }
    let foreign = existing.filter { name, size in
      size > 0 && !ours.contains(name) && !pathParts(name).contains { ArchiveWalker.isPassedOver($0) }
    }
    if let name = foreign.keys.min() { throw Failure(.foreign, path: name) }
    if !announced.isEmpty { try folder.abortUploads(of: announced) }
    state.withLock { state in
      state.existing = existing
      state.left = announced
    }
    guard let text = try? JSONEncoder().encode(Set(planned).union(announced).sorted()) else { throw Failure(.native) }
    do throws(Failure) { _ = try folder.write(Array(text), to: Self.intentName, replacing: version) } catch {
      throw error.code == .changed ? Failure(.locked, path: address.text) : error
    }
  }

  func target(_ index: Int, _ relative: String) -> Worker.Target { .object(self) }

  /// Puts a file that was ended in place, unless the same bytes stand there already.
  ///
  /// - Parameter digest: SHA-256 of its bytes, hex.
  func put(_ file: borrowing StagedFile, digest: String, at name: String) throws(Failure) {
    do throws(Failure) {
      let mayStand = state.withLock { $0.existing[name] != nil }
      let version = mayStand ? try folder.version(of: name) : nil
      try folder.put(file, digest: digest, at: name, replacing: version)
    } catch {
      if error.code == .changed { throw Failure(.foreign, path: name) }
      state.withLock { $0.isUnsure = true }
      throw Failure(.unwritable, path: name, place: "\(error.code.rawValue) \(error.place)")
    }
    try renewLock()
  }

  func commit(
    _ files: [ManifestFile], without gone: Set<String>, version: String, policy: String, isWhole: Bool
  ) throws(Failure) -> String {
    try renewLock(always: true)
    let existing = state.withLock { $0.existing }
    let next = manifest.renewed(by: files, without: gone, version: version, policy: policy) { existing[$0] != nil }
    guard let text = try? next.json() else { throw Failure(.native) }
    if manifestVersion == nil || (try? manifest.json()) != text {
      do throws(Failure) { _ = try folder.write(Array(text.utf8), to: Manifest.name, replacing: manifestVersion) } catch {
        throw error.code == .changed ? Failure(.locked, path: address.text) : error
      }
    }
    // An interrupted run leaves the intent, for objects it named may stand there half of them; so does one that does not
    // know of each whether it was written.
    if isWhole && !state.withLock({ $0.isUnsure }) {
      try clearAnnounced(and: gone, keeping: Set(next.files.map(\.path)))
    }
    return Manifest.digest(of: text)
  }

  /// Removes what a killed run put in place and this one did not make again, and what is not to stand there any more; then
  /// the announcement.
  private func clearAnnounced(and gone: Set<String>, keeping names: Set<String>) throws(Failure) {
    let (left, existing) = state.withLock { ($0.left, $0.existing) }
    for name in gone.union(left).sorted() where !names.contains(name) && existing[name] != nil { try folder.removePut(name) }
    try folder.remove(Self.intentName)
  }

  private func readIntent() throws(Failure) -> (names: [String], version: StoreFolder.Version?) {
    guard let (bytes, version) = try folder.read(Self.intentName, limit: Self.sizeLimit) else { return ([], nil) }
    guard let names = try? JSONDecoder().decode([String].self, from: Data(bytes)) else {
      throw Failure(.unreadable, path: Self.intentName)
    }
    return (names, version)
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
