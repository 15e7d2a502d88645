internal import Glibc
internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative

/// A folder that keeps what was withheld, for its owner's eyes only. Its names tell places, never content. Nothing that is
/// there already is lost: what another archive or an earlier run left under the same name stays beside.
struct Quarantine {
  let folder: String

  /// Stores bytes of a file under the file's own path and a name for the place.
  func store(_ bytes: borrowing RawSpan, of file: ArchiveFile, _ place: String) throws(Failure) {
    var piece = try start(file, place)
    do throws(Failure) { try piece.write(bytes) } catch { throw Failure(error.code, path: folder + "/" + file.relative) }
    try end(&piece, of: file, place)
  }

  /// Stores a whole file.
  func copy(_ file: ArchiveFile) throws(Failure) {
    var input = try InputFile.open(path: file.path, digestKey: nil)
    var piece = try start(file, "whole")
    while try input.fill(1) {
      let count = input.available
      try input.withWindow { (bytes) throws(Failure) in try piece.write(bytes.extracting(0..<count)) }
      input.consume(count)
    }
    try end(&piece, of: file, "whole")
  }

  /// A new file, which `end` gives its name.
  func start(_ file: ArchiveFile, _ place: String) throws(Failure) -> StagedFile {
    let path = folder + "/" + file.relative
    do { try StateKey.makeFolders(path, mode: 0o700) } catch { throw Failure(.unwritable, path: path) }
    let temporary = path + "/" + place + ".tmp"
    // A run that was killed may have left one.
    unsafe unlink(temporary)
    do throws(Failure) { return try StagedFile.create(temporary: temporary) } catch {
      throw Failure(error.code, path: folder + "/" + file.relative)
    }
  }

  /// Gives a file the name of its place, or one beside it where other content bears that; the same content is kept once.
  func end(_ piece: inout StagedFile, of file: ArchiveFile, _ place: String) throws(Failure) {
    let path = folder + "/" + file.relative + "/" + place
    do throws(Failure) {
      let digest = try piece.finish()
      var name = path
      var number = 1
      var status = stat()
      while unsafe lstat(name, &status) == 0 {
        if status.st_mode & S_IFMT == S_IFREG && Int(status.st_size) == piece.size
          && (try? sha256(ofFile: name)) == digest.hex
        {
          if status.st_mode & 0o777 == 0o600 { return }
          // Its owner can read it, and nobody else.
          break
        }
        number += 1
        name = path + ".\(number)"
      }
      try piece.put(at: name)
    } catch {
      throw Failure(error.code, path: folder + "/" + file.relative)
    }
  }
}
