internal import Glibc
internal import ScrubArchive
internal import ScrubCore

/// A folder that keeps what was withheld, for its owner's eyes only. Its names tell places, never content.
struct Quarantine {
  let folder: String

  /// Stores bytes of a file under the file's own path and a name for the place.
  ///
  /// - Parameter isFirst: whether this replaces what an earlier run stored there; later pieces of one place follow.
  func store(
    _ bytes: borrowing RawSpan, of file: ArchiveFile, _ place: String, isFirst: Bool = true
  ) throws(Failure) {
    let path = folder + "/" + file.relative + "/" + place
    do { try StateKey.makeFolders(folder + "/" + file.relative, mode: 0o700) } catch {
      throw Failure(.unwritable, path: file.relative)
    }
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | (isFirst ? O_TRUNC : O_APPEND) | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure(.unwritable, path: file.relative) }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.byteCount {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
        return unsafe write(descriptor, rest.baseAddress, rest.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Failure(.unwritable, path: file.relative) }
      written += count
    }
  }

  /// Stores a whole file.
  func copy(_ file: ArchiveFile) throws(Failure) {
    var input = try InputFile.open(path: file.path, digestKey: nil)
    var isFirst = true
    while try input.fill(1) {
      let count = input.available
      try input.withWindow { (bytes) throws(Failure) in
        try store(bytes.extracting(0..<count), of: file, "whole", isFirst: isFirst)
      }
      isFirst = false
      input.consume(count)
    }
  }
}
