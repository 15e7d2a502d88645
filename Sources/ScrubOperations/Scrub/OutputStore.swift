internal import Foundation
internal import Glibc
internal import ScrubArchive
internal import ScrubNative
internal import Synchronization

/// The output of a run under a prefix of a store, held by a lock from start to end.
///
/// There is no rename; an object is written whole or not at all, and only where there is still what was there before. The
/// order that makes a killed run harmless is that of `OutputFolder`: an intent names every object that will be put in
/// place, objects are put, the manifest takes the intent's place.
final class OutputStore: Sendable, ScrubOutput {
  private let address: ObjectAddress
  private let folder: StoreFolder
  let manifest: Manifest
  private let manifestVersion: StoreFolder.Version?
  /// None where it is a part of a run that writes, beside others, or where the caller holds it.
  private let lock: StoreLock?
  /// The plan by which a part goes.
  private let plan: (folder: PartsFolder, id: String)?
  private let state = Mutex(State())

  private struct State: Sendable {
    /// What stands under the prefix.
    var existing: [String: FileIdentity] = [:]
    /// What a run that died announced.
    var left: [String] = []
    /// Whether it is not sure of some object that it was not written.
    var isUnsure = false
  }

  private static let lockName = Manifest.folder + "/lock"
  private static let intentName = Manifest.folder + "/intent.json"
  private static let sizeLimit = 1 << 30

  /// Takes the lock, makes sure that the store keeps to conditions, and reads the manifest.
  ///
  /// - Parameter inParts: whether a run in parts that is under way there is the caller's own.
  static func open(_ address: ObjectAddress, inParts: Bool = false) throws(Failure) -> OutputStore {
    let folder = try StoreFolder(address)
    let lock = try hold(address)
    do throws(Failure) {
      try lock.checkConditions()
      if !inParts { try PartsFolder.checkNone(in: address.text) }
      return OutputStore(address, folder, lock, nil, try readManifest(folder))
    } catch {
      lock.release()
      throw error
    }
  }

  /// Takes the lock of what a scrub made, or is at.
  ///
  /// - Throws: `Failure`, `output.locked` when another run holds it.
  static func hold(_ address: ObjectAddress) throws(Failure) -> StoreLock {
    let lock = try StoreLock.take(lockName, in: try StoreFolder(address), of: address, held: .locked)
    // A file may take longer to scrub than a lock holds of which nobody hears.
    lock.keepAlive()
    return lock
  }

  /// Whether a scrub put something under a prefix, or is at it.
  static func isOutput(_ address: ObjectAddress) throws(Failure) -> Bool {
    guard let own = ObjectAddress(path(in: address.text, Manifest.folder)) else { return false }
    return try !StoreFolder(own).isEmpty()
  }

  /// The same for a part of a run, whose plan has checked and announced what it writes.
  ///
  /// - Parameter id: of the plan, without which nothing is written.
  static func part(_ address: ObjectAddress, _ parts: PartsFolder, plan id: String) throws(Failure) -> OutputStore {
    OutputStore(address, try StoreFolder(address), nil, (parts, id), (Manifest(), nil))
  }

  private init(
    _ address: ObjectAddress, _ folder: StoreFolder, _ lock: StoreLock?, _ plan: (folder: PartsFolder, id: String)?,
    _ manifest: (manifest: Manifest, version: StoreFolder.Version?)
  ) {
    self.address = address
    self.folder = folder
    (self.manifest, manifestVersion) = manifest
    self.lock = lock
    self.plan = plan
  }

  private static func readManifest(
    _ folder: StoreFolder
  ) throws(Failure) -> (manifest: Manifest, version: StoreFolder.Version?) {
    guard let (bytes, version) = try folder.read(Manifest.name, limit: sizeLimit) else { return (Manifest(), nil) }
    return (try Manifest.decode(bytes), version)
  }

  func release() { lock?.release() }

  // MARK: the objects

  func prepare(_ planned: [String]) throws(Failure) -> [Failure] {
    let (announced, version) = try readIntent()
    let ours = Set(manifest.files.map(\.path)).union(announced)
    let existing = try folder.objects()
    for name in planned where existing[name] != nil && !ours.contains(name) { throw Failure(.foreign, path: name) }
    let foreign = existing.filter { name, object in
      object.size > 0 && !ours.contains(name) && !ArchiveWalker.isOurs(name)
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
    return manifest.changed(existing.map { ($0, $1.size) }, but: Set(planned).union(announced))
  }

  func target(_ index: Int, _ relative: String) -> Worker.Target { .object(self) }

  /// Puts a file that was ended in place, unless the same bytes stand there already.
  ///
  /// - Parameter digest: SHA-256 of its bytes, hex.
  func put(_ file: borrowing StagedFile, digest: String, at name: String) throws(Failure) {
    do throws(Failure) {
      if let plan { return try put(file, digest: digest, at: name, besideOthersOf: plan) }
      let listed = state.withLock { $0.existing[name] }
      let version = try listed.flatMap { (listed) throws(Failure) in try folder.version(of: name, listed: listed) }
      try folder.put(file, digest: digest, at: name, replacing: version)
    } catch {
      if error.code == .changed { throw Failure(.foreign, path: name) }
      if error.code == .noParts { throw error }
      state.withLock { $0.isUnsure = true }
      throw Failure(.unwritable, path: name, place: "\(error.code.rawValue) \(error.place)")
    }
    try lock?.renew()
  }

  /// Puts a file in place that another attempt at the same part may put there at the same time, with the same bytes; only
  /// while the plan is in force.
  ///
  /// The plan is looked at behind what stands there, so that a late attempt takes the place of nothing that came behind the
  /// merge.
  private func put(
    _ file: borrowing StagedFile, digest: String, at name: String, besideOthersOf plan: (folder: PartsFolder, id: String)
  ) throws(Failure) {
    try folder.putBesideOthers(file, digest: digest, at: name) { (version) throws(Failure) in
      try plan.folder.checkInForce(plan.id)
      // What bears no digest is nothing that a run put there.
      if let version, !version.wasPut { throw Failure(.changed) }
    }
  }

  /// Takes over what the plan of a run in parts announced, and its parts put in place.
  func resume() throws(Failure) {
    let (announced, _) = try readIntent()
    let existing = try folder.objects()
    state.withLock { state in
      state.existing = existing
      state.left = announced
    }
  }

  func commit(
    _ files: [ManifestFile], without gone: Set<String>, version: String, policy: String, isWhole: Bool
  ) throws(Failure) -> String {
    try lock?.renew(always: true)
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

  /// Tells the manifest of an output that files of it were changed in place, where there is one.
  ///
  /// - Parameter isHeld: whether the caller holds its lock.
  static func renewManifest(
    in address: ObjectAddress, _ changed: [String: (after: Receipt.RewrittenFile.After, gone: [String: Int])], isHeld: Bool
  ) throws(Failure) {
    let folder = try StoreFolder(address)
    guard try folder.version(of: Manifest.name) != nil else { return }
    let output = isHeld ? OutputStore(address, folder, nil, nil, try readManifest(folder)) : try open(address)
    defer { output.release() }
    guard let text = try? output.manifest.told(changed).json() else { throw Failure(.native) }
    if (try? output.manifest.json()) == text { return }
    _ = try output.folder.write(Array(text.utf8), to: Manifest.name, replacing: output.manifestVersion)
  }

  private func readIntent() throws(Failure) -> (names: [String], version: StoreFolder.Version?) {
    guard let (bytes, version) = try folder.read(Self.intentName, limit: Self.sizeLimit) else { return ([], nil) }
    guard let names = try? JSONDecoder().decode([String].self, from: Data(bytes)) else {
      throw Failure(.unreadable, path: Self.intentName)
    }
    return (names, version)
  }
}
