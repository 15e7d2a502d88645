internal import Foundation
internal import Glibc
internal import ScrubArchive
internal import ScrubNative

/// One file of a manifest.
package struct ManifestFile: Codable, Hashable, Sendable {
  /// Relative to the output folder.
  package var path: String
  /// Bytes.
  package var size: Int
  /// Hex.
  package var sha256: String
  /// Events by type.
  package var events: [String: Int]
  /// The plan digest of the file as a whole, hex.
  package var plan: String
  /// `id:check value` of every key.
  package var keys: [String]
  /// What became of identities, as far as they can be found again by its text: the marks of all such treatments, in byte
  /// order. Nothing in manifests that do not tell it.
  package var identities: [String]?
}

/// What an output folder holds: `_currents-scrub/manifest.json`. Says nothing about sources or times, so that
/// equal outputs have equal manifests.
package struct Manifest: Document, Decodable, Sendable {
  package static let schema = "currents-scrub/manifest/1"
  package static let folder = "_currents-scrub"
  package static let name = "_currents-scrub/manifest.json"
  /// Of a million files, in bytes.
  private static let sizeLimit = 1 << 30

  package var schema = Manifest.schema
  package var version = ""
  package var policy = ""
  /// In byte order of the paths.
  package var files: [ManifestFile] = []

  package init() {}

  /// SHA-256, hex, of a manifest's text.
  static func digest(of text: String) -> String { Digest256.sha256(text).hex }

  /// Reads the manifest of a folder; nothing where there is none.
  static func read(in folder: String) throws(Failure) -> Manifest? {
    let path = ScrubArchive.path(in: folder, name)
    guard try FileIdentity.now(at: path) != nil else { return nil }
    return try decode(try readWhole(path, limit: sizeLimit))
  }

  static func decode(_ bytes: [UInt8]) throws(Failure) -> Manifest {
    guard let manifest = try? JSONDecoder().decode(Manifest.self, from: Data(bytes)), manifest.schema == schema
    else { throw Failure(.manifest, path: name) }
    return manifest
  }

  /// The manifest once files were changed in place.
  ///
  /// - Parameter changed: by path, what they are now, and by event type how many events went.
  func told(_ changed: [String: (after: Receipt.RewrittenFile.After, gone: [String: Int])]) -> Manifest {
    var next = self
    for index in next.files.indices {
      guard let (after, gone) = changed[next.files[index].path] else { continue }
      // What was told before the run was cut off is not told twice.
      if next.files[index].sha256 == after.sha256 { continue }
      next.files[index].size = after.size
      next.files[index].sha256 = after.sha256
      for (event, count) in gone { next.files[index].events[event, default: 0] -= count }
      next.files[index].events = next.files[index].events.filter { $0.value > 0 }
    }
    return next
  }

  /// Files that are of another size than they were made in.
  ///
  /// - Parameters:
  ///   - sizes: of everything that stands there, by path, bytes.
  ///   - due: what is made anew, or may be half done.
  func changed(_ sizes: some Sequence<(String, Int)>, but due: Set<String>) -> [Failure] {
    let known = Dictionary(files.map { ($0.path, $0.size) }) { first, _ in first }
    let changed = sizes.filter { path, size in !due.contains(path) && known[path].map { $0 != size } ?? false }
    return changed.map(\.0).sorted().map { Failure(.changedOutput, path: $0) }
  }

  /// The manifest once some files were made anew; of the others those that still stand there.
  ///
  /// - Parameter gone: files that are not to stand there any more.
  func renewed(
    by files: [ManifestFile], without gone: Set<String>, version: String, policy: String, stands: (String) -> Bool
  ) -> Manifest {
    var next = Manifest()
    next.version = version
    next.policy = policy
    let renewed = gone.union(files.map(\.path))
    let kept = self.files.filter { !renewed.contains($0.path) && stands($0.path) }
    next.files = (kept + files).sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    return next
  }
}

/// Where the output of a run goes: a folder, or a prefix of a store.
protocol ScrubOutput: ~Copyable {
  /// What it held when the run began.
  var manifest: Manifest { get }

  /// Checks that everything there is ours, and announces what this run will put in place or take away.
  ///
  /// - Returns: files of earlier runs that somebody else changed, as far as their sizes tell, and that this run leaves.
  func prepare(_ planned: [String]) throws(Failure) -> [Failure]

  /// Where a file's output goes.
  func target(_ index: Int, _ relative: String) throws(Failure) -> Worker.Target

  /// Makes everything last, then puts the manifest in place.
  ///
  /// - Parameters:
  ///   - gone: files of which nothing may stand there any more, whatever an earlier run made of them.
  ///   - isWhole: whether the run came to its end.
  /// - Returns: SHA-256, hex, of the manifest.
  func commit(
    _ files: [ManifestFile], without gone: Set<String>, version: String, policy: String, isWhole: Bool
  ) throws(Failure) -> String
}

/// The output folder of a run, held by a lock from start to end.
///
/// The order that makes a killed run harmless: an intent names every file that will be put in place; files are
/// written under temporary names and renamed; one `syncfs` makes them last; the manifest takes the intent's
/// place. What a manifest or an intent names is ours, so a later run may replace it.
struct OutputFolder: ~Copyable, ScrubOutput {
  let path: String
  /// None where the caller holds it.
  private let lock: ArchiveLock?
  let manifest: Manifest

  private var own: String { path + "/" + Manifest.folder }
  private var intentPath: String { own + "/intent.json" }
  private var temporaries: String { own + "/tmp" }

  /// Whether a run into the folder did not end: some of its files may be scrubbed, and nothing says which.
  static func isHalfDone(_ folder: String) throws(Failure) -> Bool {
    try FileIdentity.now(at: ScrubArchive.path(in: folder, Manifest.folder + "/intent.json")) != nil
  }

  /// Makes the folder, takes its lock and reads its manifest.
  ///
  /// - Parameter inParts: whether a run in parts that is under way there is the caller's own.
  static func open(_ path: String, inParts: Bool = false) throws(Failure) -> OutputFolder {
    // Nothing of ours is left in a folder that is somebody else's.
    try checkFree(path)
    do { try StateKey.makeFolders(path + "/" + Manifest.folder, mode: 0o777) } catch {
      throw Failure(.unwritable, path: path)
    }
    let lock = try hold(path)
    if !inParts { try PartsFolder.checkNone(in: path) }
    return OutputFolder(path, lock, try Manifest.read(in: path) ?? Manifest())
  }

  private static func checkFree(_ path: String) throws(Failure) {
    guard FileIdentity.isFolder(path), !isOutput(path) else { return }
    if let foreign = ArchiveWalker.list(path, prefix: "", whole: true, ignoring: { _ in false }).files.first {
      throw Failure(.foreign, path: foreign.relative)
    }
  }

  /// Refuses a folder into which a run could not write, and writes nothing.
  ///
  /// - Returns: what it holds.
  static func look(at path: String, _ planned: [String]) throws(Failure) -> Manifest {
    if try FileIdentity.now(at: path) != nil, !FileIdentity.isFolder(path) { throw Failure(.unwritable, path: path) }
    try checkFree(path)
    if !isOutput(path) { return Manifest() }
    try PartsFolder.checkNone(in: path)
    let output = OutputFolder(path, nil, try Manifest.read(in: path) ?? Manifest())
    _ = try output.checkOurs(planned, try output.readIntent())
    return output.manifest
  }

  /// Takes the lock of what a scrub made, or is at.
  ///
  /// - Throws: `Failure`, `output.locked` when another run holds it.
  static func hold(_ path: String) throws(Failure) -> ArchiveLock {
    try ArchiveLock.take(path, Manifest.folder + "/lock", held: .locked)
  }

  /// Whether a scrub made a folder, or is at it.
  static func isOutput(_ path: String) -> Bool { FileIdentity.isFolder(path + "/" + Manifest.folder) }

  private init(_ path: String, _ lock: consuming ArchiveLock?, _ manifest: Manifest) {
    self.path = path
    self.lock = lock
    self.manifest = manifest
  }

  func prepare(_ planned: [String]) throws(Failure) -> [Failure] {
    let announced = try readIntent()
    let listing = try checkOurs(planned, announced)
    clearTemporaries()
    do {
      try StateKey.makeFolders(temporaries, mode: 0o700)
      let text = try JSONEncoder().encode(Set(planned).union(announced).sorted())
      try replace(intentPath, with: Array(text))
    } catch {
      throw Failure(.unwritable, path: Manifest.folder + "/intent.json")
    }
    let sizes = listing.files.map { ($0.relative, $0.size) } + listing.empty.map { ($0, 0) }
    return manifest.changed(sizes, but: Set(planned).union(announced))
  }

  /// Refuses what no manifest names, and no run announced.
  ///
  /// - Returns: everything that stands there.
  private func checkOurs(_ planned: [String], _ announced: [String]) throws(Failure) -> Listing {
    let ours = Set(manifest.files.map(\.path)).union(announced)
    for file in planned where FileIdentity(path: path + "/" + file) != nil && !ours.contains(file) {
      throw Failure(.foreign, path: file)
    }
    let listing = ArchiveWalker.list(path, prefix: "", whole: true) { _ in false }
    if let foreign = listing.files.first(where: { !ours.contains($0.relative) }) {
      throw Failure(.foreign, path: foreign.relative)
    }
    if let odd = listing.failures.first { throw Failure(.foreign, path: odd.path) }
    return listing
  }

  func target(_ index: Int, _ relative: String) throws(Failure) -> Worker.Target {
    Self.target(relative, below: path, temporary: "\(temporaries)/\(index)")
  }

  /// Where a file's output goes.
  static func target(_ relative: String, below path: String, temporary: String) -> Worker.Target {
    // Keys of objects have no such limit.
    if pathParts(relative).contains(where: { $0.utf8.count > NAME_MAX }) { return .unnameable }
    return .place(temporary: temporary, final: path + "/" + relative)
  }

  func commit(
    _ files: [ManifestFile], without gone: Set<String>, version: String, policy: String, isWhole: Bool
  ) throws(Failure) -> String {
    guard syncAll(own) else { throw Failure(.unwritable, path: path) }
    let next = manifest.renewed(by: files, without: gone, version: version, policy: policy) {
      FileIdentity(path: path + "/" + $0) != nil
    }
    guard let text = try? next.json() else { throw Failure(.native) }
    do { try replace(path + "/" + Manifest.name, with: Array(text.utf8)) } catch {
      throw Failure(.unwritable, path: Manifest.name)
    }
    clearTemporaries()
    unsafe rmdir(temporaries)
    // An interrupted run leaves the intent, for files it named may stand there half of them.
    if isWhole { try clearAnnounced(keeping: Set(next.files.map(\.path))) }
    _ = syncAll(own)
    return Manifest.digest(of: text)
  }

  /// Tells anew what some files of an output hold, which were changed in place; a folder without a manifest is none.
  ///
  /// - Parameters:
  ///   - changed: by path, the file as it is now, and how many events of each type went.
  ///   - isHeld: whether the caller holds its lock.
  static func renewManifest(
    in folder: String, _ changed: [String: (after: Receipt.RewrittenFile.After, gone: [String: Int])], isHeld: Bool
  ) throws(Failure) {
    guard let manifest = try Manifest.read(in: folder) else { return }
    let output = isHeld ? OutputFolder(folder, nil, manifest) : try OutputFolder.open(folder)
    do { try output.replace(folder + "/" + Manifest.name, with: Array(output.manifest.told(changed).json().utf8)) } catch {
      throw Failure(.unwritable, path: Manifest.name)
    }
  }

  /// Removes what is announced and was not made: by a killed run that put it in place, or by an earlier one of a source of
  /// which nothing may be there any more. Then the announcement.
  private func clearAnnounced(keeping names: Set<String>) throws(Failure) {
    for name in try readIntent() where !names.contains(name) { unsafe unlink(path + "/" + name) }
    unsafe unlink(intentPath)
  }

  private func readIntent() throws(Failure) -> [String] {
    guard FileIdentity(path: intentPath) != nil else { return [] }
    guard let data = FileManager.default.contents(atPath: intentPath),
      let names = try? JSONDecoder().decode([String].self, from: data)
    else { throw Failure(.unreadable, path: Manifest.folder + "/intent.json") }
    return names
  }

  private func clearTemporaries() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: temporaries)) ?? [] {
      try? FileManager.default.removeItem(atPath: temporaries + "/" + name)
    }
  }

  /// Writes a small file of ours whole: temporary, sync, rename, sync of the folder. Equal bytes stay.
  private func replace(_ target: String, with bytes: [UInt8]) throws {
    if let current = FileManager.default.contents(atPath: target), Array(current) == bytes { return }
    let temporary = target + ".new"
    unsafe unlink(temporary)
    let descriptor = unsafe Glibc.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Failure(.unwritable, path: target) }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
        return unsafe write(descriptor, rest.baseAddress, rest.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Failure(.noSpace, path: target) }
      written += count
    }
    guard fsync(descriptor) == 0, unsafe rename(temporary, target) == 0 else {
      throw Failure(.unwritable, path: target)
    }
    let folder = unsafe Glibc.open(own, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw Failure(.unwritable, path: target) }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw Failure(.unwritable, path: target) }
  }
}
