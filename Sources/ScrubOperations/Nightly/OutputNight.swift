internal import ScrubArchive
internal import ScrubLedger

/// The output of an archive in one night: what of it is other than nights left it, be it that a backup was restored over it.
struct OutputNight {
  private let place: String
  /// What stands there as nights left it.
  private var standing: [[UInt8]: FileIdentity] = [:]
  /// What they left and does not stand there any more, as they left it or otherwise.
  private var gone: Set<[UInt8]>
  /// What else stands there, and is not made anew tonight: nobody knows who is in it.
  private(set) var strays: [[UInt8]: FileIdentity] = [:]
  /// Of those the ones that are other than they were made.
  private var changed: [[UInt8]: Failure] = [:]
  /// Under what rules nights made what they left, as far as they noted it.
  private let rules: [[UInt8]: String]
  /// Whether nobody whose events have to go is in the strays by now.
  var isSearched = false

  /// - Parameter known: what earlier nights left there.
  /// - Throws: `Failure` where a store does not tell.
  init(_ place: String, _ known: [[UInt8]: KnownFile]) throws(Failure) {
    self.place = place
    gone = Set(known.keys)
    rules = known.compactMapValues(\.plan)
    let states = try StatesBelow(place)
    let listing = ArchiveWalker.list(place, prefix: "") { _ in false }
    for name in listing.files.map(\.relative) + listing.empty {
      guard let status = states.state(of: name) else { continue }
      let path = Array(name.utf8)
      gone.remove(path)
      if known[path]?.identity == Self.identity(status) { standing[path] = status } else { strays[path] = status }
    }
  }

  /// Whether a file is as it was left.
  func stands(_ path: [UInt8]) -> Bool { standing[path] != nil }

  /// Whether a file with anything in it stands where nights left none, or another.
  func holds(_ path: [UInt8]) -> Bool { (strays[path]?.size ?? 0) > 0 }

  /// Takes everything that is not made anew tonight for what nobody knows.
  mutating func doubtAll(but due: Set<[UInt8]>) {
    for (path, status) in standing where !due.contains(path) { strays[path] = status }
  }

  /// Takes it that a file is made anew tonight, or goes.
  mutating func redo(_ name: String) { strays[Array(name.utf8)] = nil }

  /// Takes what is other by now for what nobody knows, but for what is made anew tonight: an erasure changes outputs, too.
  mutating func doubt(but due: Set<[UInt8]>) throws(Failure) {
    let states = try StatesBelow(place)
    for (path, before) in standing where !due.contains(path) {
      if let now = states.state(of: String(decoding: path, as: UTF8.self)), now != before { strays[path] = now }
    }
  }

  /// Looks again at what nobody knew, for an erasure changes it.
  ///
  /// - Returns: the files that are other than they were.
  mutating func lookAgain() throws(Failure) -> [String] {
    if strays.isEmpty { return [] }
    let states = try StatesBelow(place)
    var changed: [String] = []
    for (path, before) in strays {
      let name = String(decoding: path, as: UTF8.self)
      let now = states.state(of: name)
      if now == before { continue }
      strays[path] = now
      if now != nil { changed.append(name) }
    }
    return changed.sorted()
  }

  /// Looks for what nobody vouches for, be it that somebody changed it, or that it is nobody's: it is a stray in the next
  /// night, too.
  ///
  /// - Parameter made: paths of what was made tonight.
  mutating func findChanged(but made: Set<String>) throws(Failure) -> [Failure] {
    if strays.isEmpty { return [] }
    let manifest = try Manifest.read(in: place) ?? Manifest()
    let digests = Dictionary(manifest.files.map { ($0.path, $0.sha256) }) { first, _ in first }
    for (path, status) in strays where status.size > 0 {
      let name = String(decoding: path, as: UTF8.self)
      if made.contains(name) || digests[name] != nil && digests[name] == (try? sha256(ofFile: place + "/" + name)) { continue }
      changed[path] = Failure(digests[name] == nil ? .foreign : .changedOutput, path: name)
    }
    return changed.values.sorted { $0.path < $1.path }
  }

  /// Files that stand there as nights made them under other rules than those of tonight, without a source from which they
  /// could be made anew.
  ///
  /// - Parameter sources: the paths of all that are there.
  func former(to rules: String, without sources: Set<[UInt8]>) -> [Failure] {
    let former = self.rules.filter { path, made in made != rules && !gone.contains(path) && !sources.contains(path) }
    return former.keys.map { String(decoding: $0, as: UTF8.self) }.sorted().map { Failure(.formerOutput, path: $0) }
  }

  /// Notes what was written tonight, and in what nobody was found; forgets what is gone.
  ///
  /// - Parameters:
  ///   - written: by path, how many bytes.
  ///   - rules: those of tonight.
  func remember(
    _ written: [String: Int], under rules: String?, _ files: KnownFiles, in archive: String, run: String
  ) throws(LedgerProblem) {
    guard let states = try? StatesBelow(place) else { return }
    var left = isSearched ? strays.filter { changed[$0.key] == nil } : [:]
    for (name, size) in written {
      if let status = states.state(of: name), status.size == size { left[Array(name.utf8)] = status }
    }
    let noted = left.map { path, status in
      var file = KnownFile(path: path, identity: Self.identity(status), state: .done, run: run)
      file.plan = written[String(decoding: path, as: UTF8.self)] == nil ? self.rules[path] : rules
      return file
    }
    if !noted.isEmpty { try files.put(noted, in: archive, .output) }
    let forgotten = gone.subtracting(noted.map(\.path))
    if !forgotten.isEmpty { try files.remove(forgotten, from: archive, .output) }
  }

  /// Modes and owners may be changed for those who fetch it, without a byte becoming another.
  private static func identity(_ status: FileIdentity) -> KnownFile.Identity {
    var identity = KnownFile.Identity(status)
    identity.changed = 0
    return identity
  }
}
