internal import ScrubArchive
internal import ScrubLedger

/// The output of an archive in one night: what of it is other than nights left it, be it that a backup was restored over it.
struct OutputNight {
  private let place: String
  /// What stands there as nights left it.
  private var standing: Set<[UInt8]> = []
  /// What they left and does not stand there any more, as they left it or otherwise.
  private var gone: Set<[UInt8]>
  /// What else stands there, and is not made anew tonight: nobody knows who is in it.
  private(set) var strays: [String: FileIdentity] = [:]
  /// Whether nobody whose events have to go is in the strays by now.
  var isSearched = false

  /// - Parameter known: what earlier nights left there.
  /// - Throws: `Failure` where a store does not tell.
  init(_ place: String, _ known: [[UInt8]: KnownFile]) throws(Failure) {
    self.place = place
    gone = Set(known.keys)
    let states = try StatesBelow(place)
    let listing = ArchiveWalker.list(place, prefix: "") { _ in false }
    for name in listing.files.map(\.relative) + listing.empty {
      guard let status = states.state(of: name) else { continue }
      let path = Array(name.utf8)
      gone.remove(path)
      if known[path]?.identity == Self.identity(status) { standing.insert(path) } else { strays[name] = status }
    }
  }

  /// Whether a file is as it was left.
  func stands(_ path: [UInt8]) -> Bool { standing.contains(path) }

  /// Takes it that a file is made anew tonight.
  mutating func redo(_ name: String) { strays[name] = nil }

  /// Looks again at what nobody knew, for an erasure changes it.
  ///
  /// - Returns: the files that are other than they were.
  mutating func lookAgain() throws(Failure) -> [String] {
    if strays.isEmpty { return [] }
    let states = try StatesBelow(place)
    var changed: [String] = []
    for (name, before) in strays {
      let now = states.state(of: name)
      if now == before { continue }
      strays[name] = now
      if now != nil { changed.append(name) }
    }
    return changed.sorted()
  }

  /// Notes what was written tonight, and in what nobody was found; forgets what is gone.
  ///
  /// - Parameter written: by path, how many bytes.
  func remember(_ written: [String: Int], _ files: KnownFiles, in archive: String, run: String) throws(LedgerProblem) {
    guard let states = try? StatesBelow(place) else { return }
    var left = isSearched ? strays : [:]
    for (name, size) in written {
      if let status = states.state(of: name), status.size == size { left[name] = status }
    }
    let noted = left.map { name, status in
      KnownFile(path: Array(name.utf8), identity: Self.identity(status), state: .done, run: run)
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
