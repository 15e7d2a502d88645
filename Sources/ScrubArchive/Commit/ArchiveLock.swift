internal import Glibc

/// An archive, or an output, held against other runs that change its files, from here to the end of this value.
///
/// The lock is `flock` on a file of our own in the folder, which stays: who unlinked it would let two runs hold two
/// locks of one name.
package struct ArchiveLock: ~Copyable {
  package static let name = ".currents-scrub.lock"
  private let descriptor: Int32

  /// Takes the lock without waiting.
  ///
  /// - Parameters:
  ///   - folder: of the archive, or where its only file lies.
  ///   - name: of the file in it.
  ///   - code: what is told when another run holds it.
  package static func take(
    _ folder: String, _ name: String = ArchiveLock.name, held code: FailureCode = .archiveLocked
  ) throws(Failure) -> ArchiveLock {
    let descriptor = unsafe open(folder + "/" + name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure(.unwritable, path: folder) }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      let isHeld = errno == EWOULDBLOCK
      close(descriptor)
      throw Failure(isHeld ? code : .unwritable, path: folder)
    }
    return ArchiveLock(descriptor)
  }

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}
