internal import Glibc
internal import ScrubArchive

/// The state folder held against other nights, from here to the end of this value.
struct NightlyLock: ~Copyable {
  private let descriptor: Int32

  /// Takes the lock without waiting.
  ///
  /// - Throws: `.output` with exit 4 where another run holds it, `.state` where the folder cannot be written.
  static func take(_ stateFolder: String) throws(ScrubRefusal) -> NightlyLock {
    do { try StateKey.makeFolders(stateFolder, mode: 0o700) } catch { throw .state(stateFolder) }
    let path = stateFolder + "/nightly.lock"
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .state(stateFolder) }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      let isHeld = errno == EWOULDBLOCK
      close(descriptor)
      if !isHeld { throw .state(stateFolder) }
      throw .output(
        code: "nightly.locked", path: stateFolder, message: "another night is on its way with this state folder",
        hint: "wait until it is over; the lock goes with its process", exit: 4)
    }
    return NightlyLock(descriptor)
  }

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Lets it go; so does the end of this value.
  consuming func release() {}
}
