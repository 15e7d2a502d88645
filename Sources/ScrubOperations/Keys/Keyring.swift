internal import Glibc
package import ScrubNative
package import ScrubPolicy

/// The keys of a keyring file: one that makes pseudonyms, those that made them before, and what is remembered of
/// destroyed ones.
package struct Keyring: Sendable {
  package struct Entry: Sendable {
    package let id: String
    package fileprivate(set) var state: KeyringEntry.State
    /// `2026-11-24`.
    package let created: String
    package let check: String
    /// The day on which it was destroyed.
    package fileprivate(set) var destroyed: String?
    /// Nothing once it is destroyed.
    fileprivate var bytes: SecretBytes?
  }

  /// In the order of the file: the newest last.
  package private(set) var entries: [Entry] = []
  /// Whether it differs from its file.
  private(set) var isChanged = false

  /// The longest file that is read, in bytes: some four hundred keys.
  private static let sizeLimit = 1 << 16

  package var active: Entry? { entries.first { $0.state == .active } }

  /// The keys that may have made what is searched: the active one first, then those that were active before it.
  ///
  /// - Parameter audience: to which the pseudonyms were made.
  package func matchingKeys(audience: String?) -> [MasterKey] {
    [.active, .retired].flatMap { state in
      entries.filter { $0.state == state }.compactMap { $0.key(audience: audience) }
    }
  }

  /// What a policy that names the keyring makes pseudonyms with.
  func policyKeys(audience: String?) throws(ScrubRefusal) -> PolicyKeys {
    guard let active, let key = active.key(audience: audience) else {
      throw .key(KeyRefusal(code: .noActive))
    }
    return PolicyKeys(
      active: key, mark: active.mark, formerMarks: entries.filter { $0.state != .active }.map(\.mark))
  }
}

extension Keyring.Entry {
  package var mark: KeyMark { KeyMark(id: id, check: check, state: state) }

  package func key(audience: String?) -> MasterKey? {
    bytes.map { MasterKey($0, id: id, audience: audience) }
  }
}

// MARK: reading

extension Keyring {
  /// Reads a keyring with every refusal of one that is exposed, and tells everything that is wrong in it at once.
  ///
  /// - Parameter inputs: paths of the run's inputs, in which no key may lie.
  package static func read(_ path: String, inputs: [String] = []) throws(ScrubRefusal) -> Keyring {
    try Keyring(try text(path, inputs: inputs, attempts: 4), file: path)
  }

  /// - Parameter attempts: how often a file is read anew that was replaced meanwhile.
  private static func text(_ path: String, inputs: [String], attempts: Int) throws(ScrubRefusal)
    -> SecretBytes
  {
    do throws(KeyRefusal) { return try MasterKey.file(path, inputs: inputs, limit: sizeLimit) } catch {
      switch error.code {
      case .replaced where attempts > 1: return try text(path, inputs: inputs, attempts: attempts - 1)
      case .unreadable where unsafe access(path, F_OK) != 0 && errno == ENOENT:
        throw .key(KeyRefusal(code: .noKeyring, of: path))
      case .malformed:
        throw .keyring([
          Diagnostic(
            .unreadable, file: path, message: "the file is larger than a keyring",
            mend: "check that it is the right one")
        ])
      case .empty:
        throw .keyring([
          Diagnostic(.unreadable, file: path, message: "the file is empty", mend: "restore it from a copy")
        ])
      default: throw .key(error)
      }
    }
  }

  /// - Parameter file: how findings name it.
  package init(_ text: SecretBytes, file: String) throws(ScrubRefusal) {
    let hidden = HiddenKeys(in: text)
    guard let yaml = String(validating: hidden.text, as: UTF8.self) else {
      throw .keyring([
        Diagnostic(
          .unreadable, file: file, message: "the keyring is no UTF-8 text", mend: "restore it from a copy")
      ])
    }
    var (read, findings) = KeyringEntry.reading(yaml: yaml, file: file)
    for one in read {
      do throws(KeyRefusal) {
        let entry = try Entry(one, key: Self.key(of: one, hidden))
        if let finding = try self.finding(entry, one, file: file) { findings.append(finding) }
        entries.append(entry)
      } catch {
        findings.append(
          Diagnostic(
            .refusedKey, file: file, line: one.keyPlace.line, column: one.keyPlace.column,
            message: "the key `\(one.id)` is refused: \(error.message) [\(error.code.rawValue)]",
            mend: "restore the keyring from a copy"))
      }
    }
    if !findings.isEmpty { throw .keyring(findings.sorted { ($0.line, $0.column) < ($1.line, $1.column) }) }
  }

  private static func key(of entry: KeyringEntry, _ hidden: HiddenKeys) throws(KeyRefusal) -> SecretBytes? {
    guard let word = entry.key else { return nil }
    guard let text = hidden.key(for: word) else { throw KeyRefusal(code: word.isEmpty ? .empty : .malformed) }
    return try KeyText.decode(text)
  }

  /// What is wrong with a key in itself, or beside those before it.
  private func finding(_ entry: Entry, _ read: KeyringEntry, file: String) throws(KeyRefusal) -> Diagnostic? {
    guard let bytes = entry.bytes, let key = entry.key(audience: nil) else { return nil }
    func finding(_ id: Diagnostic.ID, _ message: String, _ mend: String) -> Diagnostic {
      Diagnostic(
        id, file: file, line: read.keyPlace.line, column: read.keyPlace.column, message: message, mend: mend)
    }
    if try key.mark().check != entry.check {
      return finding(
        .otherCheckValue, "this is not the key that `\(entry.id)` was: its check value is another",
        "restore the keyring from a copy; a new key gets an id of its own")
    }
    if let twin = entries.first(where: { $0.bytes?.isEqual(to: bytes) == true }) {
      return finding(
        .keyTwice, "`\(entry.id)` is the key that `\(twin.id)` is, so that destroying one would leave it",
        "remove the one that made nothing")
    }
    return nil
  }
}

extension Keyring.Entry {
  fileprivate init(_ read: KeyringEntry, key: SecretBytes?) {
    self.init(
      id: read.id, state: read.state, created: read.created, check: read.check, destroyed: read.destroyed,
      bytes: key)
  }
}

// MARK: changing

extension Keyring {
  /// Adds the first key, or the next where none is active.
  ///
  /// - Parameters:
  ///   - id: nothing for the next free one of `k1`, `k2`, ...
  ///   - day: today, as `2026-11-24`.
  @discardableResult
  package mutating func add(_ bytes: SecretBytes, id: String?, on day: String) throws(KeyRefusal) -> Entry {
    if active != nil { throw KeyRefusal(code: .hasActive) }
    let id = id ?? freeID
    if entries.contains(where: { $0.id == id }) { throw KeyRefusal(code: .usedID) }
    if entries.contains(where: { $0.bytes?.isEqual(to: bytes) == true }) { throw KeyRefusal(code: .known) }
    let check = try MasterKey(bytes, id: id, audience: nil).mark().check
    let entry = Entry(id: id, state: .active, created: day, check: check, destroyed: nil, bytes: bytes)
    entries.append(entry)
    isChanged = true
    return entry
  }

  /// Puts a new key in the place of the active one, which is retired.
  package mutating func rotate(
    to bytes: SecretBytes, id: String?, on day: String
  ) throws(KeyRefusal) -> (former: Entry, new: Entry) {
    guard let former = active else { throw KeyRefusal(code: .noActive) }
    var next = self
    try next.retire(former.id)
    let new = try next.add(bytes, id: id, on: day)
    self = next
    return (former, new)
  }

  /// Makes no more pseudonyms with a key; one that makes none anyway stays as it is.
  package mutating func retire(_ id: String) throws(KeyRefusal) {
    let index = try index(of: id)
    guard entries[index].state == .active else { return }
    entries[index].state = .retired
    isChanged = true
  }

  /// Forgets a key for good; what remains is that it was there.
  package mutating func destroy(_ id: String, on day: String) throws(KeyRefusal) {
    let index = try index(of: id)
    switch entries[index].state {
    case .active: throw KeyRefusal(code: .isActive)
    case .destroyed: return
    case .retired:
      (entries[index].state, entries[index].destroyed, entries[index].bytes) = (.destroyed, day, nil)
    }
    isChanged = true
  }

  private func index(of id: String) throws(KeyRefusal) -> Int {
    guard let index = entries.firstIndex(where: { $0.id == id }) else { throw KeyRefusal(code: .unknownID) }
    return index
  }

  /// One more than the highest number that was given.
  private var freeID: String {
    let numbers = entries.compactMap { $0.id.hasPrefix("k") ? Int($0.id.dropFirst()) : nil }
    return "k\((numbers.max() ?? 0) &+ 1)"
  }
}

// MARK: writing

extension Keyring {
  /// The keyring as its file holds it.
  var text: SecretBytes {
    let parts: [(text: [UInt8], key: SecretBytes?)] =
      [(Array(Self.head.utf8), nil)] + entries.map { (Array($0.text.utf8), $0.bytes) }
    let count = parts.reduce(0) { $0 + $1.text.count + ($1.key.map { 2 * $0.count + 1 } ?? 0) }
    return unsafe SecretBytes(count: count) { memory in
      var place = 0
      for part in parts {
        for byte in part.text {
          unsafe memory[place] = byte
          place += 1
        }
        guard let key = part.key else { continue }
        unsafe KeyFile.writeHex(key, to: UnsafeMutableRawBufferPointer(rebasing: memory[place...]))
        place += 2 * key.count + 1
        unsafe memory[place - 1] = 0x0a
      }
    }
  }

  private static let head = """
    # A keyring of currents-scrub. Its commands `keys new`, `rotate`, `retire` and `destroy` write it anew: comments are
    # not kept. Whoever can read it can recompute pseudonyms, and open tokens.
    version: 1
    keys:

    """
}

extension Keyring.Entry {
  /// The entry without its key, which follows where there is one.
  fileprivate var text: String {
    let text = "  - id: \(id)\n    state: \(state.rawValue)\n    created: \(created)\n    check: \(check)\n"
    if let destroyed { return text + "    destroyed: \(destroyed)\n" }
    return text + "    key: \(bytes?.count == 32 ? "" : "hex:")"
  }
}

extension SecretBytes {
  fileprivate func isEqual(to other: SecretBytes) -> Bool {
    unsafe withBytes { mine in unsafe other.withBytes { theirs in unsafe mine.elementsEqual(theirs) } }
  }
}
