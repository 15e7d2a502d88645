internal import Foundation
internal import Glibc
internal import ScrubArchive
internal import ScrubNative

/// Where the parts of a run meet: a folder of ours in the output, or the same prefix of a store.
///
/// Holds the plan, the list of each part, and what each part left. All of it is written whole or not at all; a part that
/// is done twice leaves the same twice. Nothing in it is a value of an event but originals of tokens, encrypted under the
/// key of the policy, and what is looked for and found of people, sealed under the state key (`SealedParts`). Its files are
/// for their owner only.
struct PartsFolder: Sendable {
  private static let folder = Manifest.folder + "/parts"
  static let plan = "plan.json"
  static func list(of number: Int) -> String { "\(number).files" }
  static func results(of number: Int) -> String { "\(number).results" }
  private static let sizeLimit = 4 << 30

  /// The output.
  let place: String
  private let store: StoreFolder?

  init(_ place: String) throws(Failure) {
    self.place = place
    if let address = ObjectAddress(ScrubArchive.path(in: place, Self.folder)) { store = try StoreFolder(address) } else { store = nil }
  }

  func path(of name: String) -> String { path(in: path(in: place, Self.folder), name) }
  private func path(in folder: String, _ name: String) -> String { ScrubArchive.path(in: folder, name) }

  /// Whether a run in parts is under way.
  var isPlanned: Bool { get throws(Failure) { try FileIdentity.now(at: path(of: Self.plan)) != nil } }

  /// Refuses where a run in parts is under way.
  static func checkNone(in place: String) throws(Failure) {
    let plan = ScrubArchive.path(in: place, folder + "/" + plan)
    if try FileIdentity.now(at: plan) != nil { throw Failure(.partsUnderWay, path: place) }
  }

  /// Refuses what a part would write whose plan was merged or given up meanwhile.
  ///
  /// - Parameter id: of the plan when the part began.
  /// - Throws: `Failure`, `parts.no-plan` where it is not in force.
  func checkInForce(_ id: String) throws(Failure) {
    let now = if let store { try store.version(of: Self.plan)?.digest } else { try planInForce().id }
    guard now == id else { throw Failure(.noParts, path: place) }
  }

  // MARK: reading

  /// Everything in a file; nothing where there is none.
  func read(_ name: String) throws(Failure) -> [UInt8]? {
    do throws(Failure) { return try readOnce(name) } catch {
      // Who merges may have replaced or removed it meanwhile.
      guard error.code == .changed || error.code == .unreadable else { throw error }
      return try readOnce(name)
    }
  }

  private func readOnce(_ name: String) throws(Failure) -> [UInt8]? {
    if let store { return try store.read(name, limit: Self.sizeLimit)?.bytes }
    let path = path(of: name)
    guard try FileIdentity.now(at: path) != nil else { return nil }
    return try readWhole(path, limit: Self.sizeLimit)
  }

  /// What stands in lines of JSON.
  static func lines<Line: Decodable>(_ bytes: [UInt8], place name: String) throws(Failure) -> [Line] {
    let decoder = JSONDecoder()
    var lines: [Line] = []
    for line in bytes.split(separator: 0x0a) {
      guard let line = try? decoder.decode(Line.self, from: Data(line)) else { throw Failure(.partDamaged, place: name) }
      lines.append(line)
    }
    return lines
  }

  // MARK: writing

  /// A file to be filled, which stands nowhere yet.
  func stage(_ name: String) throws(Failure) -> StagedFile {
    if store != nil { return try .unnamed() }
    do { try StateKey.makeFolders(path(in: place, Self.folder), mode: 0o700) } catch { throw Failure(.unwritable, path: place) }
    // Another attempt may write the same at the same time, on whatever machine.
    let number = UInt64.random(in: 0...UInt64(Int.max))
    return try .create(temporary: path(of: "\(name).\(String(number, radix: 36)).tmp"))
  }

  /// Gives a file its name, in the place of what an earlier attempt left there.
  ///
  /// - Parameter id: of the plan that must be in force; nothing for what is written by those who plan.
  /// - Returns: SHA-256 of its bytes, hex.
  func put(_ file: inout StagedFile, as name: String, under id: String? = nil) throws(Failure) -> String {
    let digest = try file.finish().hex
    guard let store else {
      if let id { try checkInForce(id) }
      try file.sync()
      try file.put(at: path(of: name))
      guard syncAll(path(in: place, Self.folder)) else { throw Failure(.unwritable, path: place) }
      return digest
    }
    try store.putBesideOthers(file, digest: digest, at: name) { (_) throws(Failure) in if let id { try checkInForce(id) } }
    return digest
  }

  /// Writes bytes as a whole.
  func write(_ bytes: [UInt8], as name: String, under id: String? = nil) throws(Failure) {
    var file = try stage(name)
    try file.write(bytes)
    _ = try put(&file, as: name, under: id)
  }

  /// Why parts cannot be merged some of which are not done.
  func missing(_ numbers: [Int], of parts: Int) -> Failure {
    let more = numbers.count > 1 ? ", and \(numbers.count - 1) more" : ""
    return Failure(.partMissing, path: place, place: "\(numbers[0])/\(parts)\(more)")
  }

  /// Removes everything, the plan first: without it nothing else counts. What is left when that is cut off
  /// goes with the next plan or merge.
  func remove() throws(Failure) {
    guard let store else {
      unsafe unlink(path(of: Self.plan))
      try? FileManager.default.removeItem(atPath: path(in: place, Self.folder))
      if try FileIdentity.now(at: path(of: Self.plan)) != nil { throw Failure(.unwritable, path: place) }
      return
    }
    let left = try store.objects()
    if left[Self.plan] != nil { try store.remove(Self.plan) }
    for name in left.keys.sorted() where name != Self.plan { try store.remove(name) }
  }
}

extension PartsFolder {
  /// Removes, where nothing is planned, what a run left whose end was cut off, and what came late.
  func removeLeft() throws(Failure) {
    guard store != nil || FileIdentity.isFolder(path(in: place, Self.folder)) else { return }
    let hold = try PartsHold.take(place, alone: true)
    try Self.checkNone(in: place)
    try remove()
    _ = consume hold
  }
}

/// A folder with a run in parts, held by a part against those who plan and merge, or by one of these against all; from
/// here to the end of this value. In a store nobody holds anything: there the plan alone says what is under way.
struct PartsHold: ~Copyable {
  private let descriptor: Int32

  /// - Parameters:
  ///   - alone: whether nobody else may hold it.
  ///   - waits: tells, ten times a second, whether others are waited for.
  static func take(_ place: String, alone: Bool, waits: () -> Bool = { false }) throws(Failure) -> PartsHold {
    if ObjectAddress(place) != nil { return PartsHold(descriptor: -1) }
    do { try StateKey.makeFolders(place + "/" + Manifest.folder, mode: 0o777) } catch { throw Failure(.unwritable, path: place) }
    let descriptor = unsafe open(place + "/" + Manifest.folder + "/lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure(.unwritable, path: place) }
    while flock(descriptor, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      if waits() {
        usleep(100_000)
        continue
      }
      close(descriptor)
      throw Failure(.locked, path: place)
    }
    return PartsHold(descriptor: descriptor)
  }

  /// How long attempts are waited for that are still on their way, though what they do is done: in seconds.
  private static let patience = 600

  /// Waits for attempts that are still on their way.
  static func wait(for place: String, _ interrupt: Interrupt) throws(Failure) {
    var left = 10 * patience
    _ = try take(place, alone: true) {
      left -= 1
      return left > 0 && !interrupt.isSet
    }
  }

  private init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { if descriptor >= 0 { close(descriptor) } }
}

extension StoreFolder {
  /// Puts a file in place that another attempt may put there at the same time, with the same bytes.
  ///
  /// - Parameter check: whether it may be put there, and in the place of that version. It is called each time when it is known
  ///   what stands there, and what is written takes the place of just that: so nothing is lost that was put there since.
  func putBesideOthers(
    _ file: borrowing StagedFile, digest: String, at name: String, check: (Version?) throws(Failure) -> Void
  ) throws(Failure) {
    var tries = 0
    while true {
      let version = try version(of: name)
      try check(version)
      tries += 1
      do throws(Failure) { return try put(file, digest: digest, at: name, replacing: version) } catch {
        guard error.code == .changed, tries < 3 else { throw error }
      }
    }
  }
}

extension StagedFile {
  /// Writes a line of JSON.
  mutating func writeLine(_ value: some Encodable) throws(Failure) {
    let line: [UInt8]
    do { line = try DocumentEncoder.line(of: value) } catch { throw Failure(.native) }
    try write(line + [0x0a])
  }
}
