internal import Glibc
internal import ScrubNative

/// A keyring file and what is done to it. Every change is made under a lock, and leaves the old file or the new one,
/// whatever happens. What it gives back holds no keys.
package struct KeyringFile: Sendable {
  package let path: String
  /// Today, as `2026-11-24`.
  private let day: String

  package init(_ path: String, on day: String) {
    self.path = path
    self.day = day
  }

  /// Adds the first key, or the next where none is active; makes the file where there is none.
  ///
  /// - Parameters:
  ///   - id: nothing for the next free one.
  ///   - file: of the key; nothing for a new key.
  package func add(id: String?, from file: String?) throws(ScrubRefusal) -> KeyMark {
    let key = try ScrubRefusal.ofKey { () throws(KeyRefusal) in
      if let file { try KeyText.decode(MasterKey.file(file, inputs: [])) } else { try MasterKey.newBytes() }
    }
    return try change(isMade: true) { ring throws(ScrubRefusal) in
      try ScrubRefusal.ofKey { () throws(KeyRefusal) in try ring.add(key, id: id, on: day).mark }
    }
  }

  /// What came of putting a key in the place of another.
  package struct Rotation: Sendable {
    package let former, new: KeyMark
    /// Of the table: how many values there were, and how many have no pseudonym.
    package let values: PseudonymLines.Result
  }

  /// Puts a new key in the place of the active one.
  ///
  /// - Parameter table: written first; where it cannot be, nothing is rotated.
  package func rotate(id: String?, table: RotationTable?) throws(ScrubRefusal) -> Rotation {
    do throws(ScrubRefusal) {
      return try change { ring throws(ScrubRefusal) in
        let (former, new) = try ScrubRefusal.ofKey { () throws(KeyRefusal) in
          try ring.rotate(to: MasterKey.newBytes(), id: id, on: day)
        }
        return Rotation(
          former: former.mark, new: new.mark, values: try table?.write(from: former, to: new) ?? .init())
      }
    } catch {
      if case .key(KeyRefusal(code: .unwritable, of: path)) = error { table?.remove() }
      throw error
    }
  }

  /// What stands in it.
  package func listing() throws(ScrubRefusal) -> KeyringListing {
    KeyringListing(try Keyring.read(path), path: path)
  }

  /// - Parameter evenActive: whether the active key may be retired, after which nothing can be scrubbed.
  package func retire(_ id: String, evenActive: Bool) throws(ScrubRefusal) -> KeyringListing {
    try change { ring throws(ScrubRefusal) in
      if ring.active?.id == id && !evenActive { throw .key(KeyRefusal(code: .isActive)) }
      try ScrubRefusal.ofKey { () throws(KeyRefusal) in try ring.retire(id) }
      return KeyringListing(ring, path: path)
    }
  }

  package func destroy(_ id: String) throws(ScrubRefusal) -> KeyringListing {
    try change { ring throws(ScrubRefusal) in
      try ScrubRefusal.ofKey { () throws(KeyRefusal) in try ring.destroy(id, on: day) }
      return KeyringListing(ring, path: path)
    }
  }

  // MARK: changing

  private func change<Result>(
    isMade: Bool = false, _ body: (inout Keyring) throws(ScrubRefusal) -> Result
  ) throws(ScrubRefusal) -> Result {
    let lock = try lock(isMade: isMade)
    defer { close(lock) }
    var ring = Keyring()
    do throws(ScrubRefusal) { ring = try Keyring.read(path) } catch {
      guard isMade, case .key(KeyRefusal(code: .noKeyring)) = error else { throw error }
    }
    let result = try body(&ring)
    if ring.isChanged {
      do { try KeyFile.replace(path, with: ring.text) } catch { throw .key(KeyRefusal(code: .unwritable, of: path)) }
    }
    return result
  }

  private func lock(isMade: Bool) throws(ScrubRefusal) -> Int32 {
    if isMade {
      let folder = GivenFile.folder(of: path)
      do { try StateKey.makeFolders(folder.isEmpty ? "." : folder, mode: 0o700) } catch {
        throw .key(KeyRefusal(code: .unwritable, of: path))
      }
    } else if unsafe access(path, F_OK) != 0 {
      throw .key(KeyRefusal(code: .noKeyring, of: path))
    }
    let lock = unsafe open(path + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw .key(KeyRefusal(code: .unwritable, of: path)) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw .key(KeyRefusal(code: .locked, of: path))
    }
    return lock
  }
}
