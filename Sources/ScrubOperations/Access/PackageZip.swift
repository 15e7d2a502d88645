package import ScrubNative

/// A package as one zip archive.
package enum PackageZip {
  /// Fewer characters could be guessed: the passphrase is all that protects the archive, and anyone who has that can try
  /// as often as they like.
  package static let leastCharacters = 12

  /// Reads a passphrase, with every refusal of a key file that is exposed; a newline at its end is not part of it.
  ///
  /// - Parameter inputs: paths of the run's inputs, in which it may not lie.
  package static func passphrase(file path: String, inputs: [String]) throws(ScrubRefusal) -> SecretBytes {
    let text: SecretBytes
    do throws(KeyRefusal) { text = try MasterKey.file(path, inputs: inputs) } catch {
      switch error.code {
      case .empty: throw refusal("passphrase.too-short", path, "the passphrase has fewer than \(leastCharacters) characters")
      case .malformed: throw refusal("passphrase.malformed", path, "the passphrase is longer than \(KeyText.sizeLimit) bytes")
      default: throw .key(error)
      }
    }
    return try passphrase(text, path)
  }

  private static func passphrase(_ text: SecretBytes, _ path: String) throws(ScrubRefusal) -> SecretBytes {
    let (isLine, characters, end) = unsafe text.withBytes { bytes in
      var end = bytes.count
      if unsafe end > 0 && bytes[end - 1] == 0x0a { end -= 1 }
      if unsafe end > 0 && bytes[end - 1] == 0x0d { end -= 1 }
      let line = unsafe bytes[..<end]
      // Of UTF-8, the bytes that start a character.
      return unsafe (line.allSatisfy { $0 >= 0x20 }, line.count { $0 & 0xc0 != 0x80 }, end)
    }
    guard isLine else { throw refusal("passphrase.malformed", path, "the passphrase is more than one line of text") }
    guard characters >= leastCharacters else {
      throw refusal("passphrase.too-short", path, "the passphrase has fewer than \(leastCharacters) characters")
    }
    return unsafe text.withBytes { bytes in
      unsafe SecretBytes(count: end) { memory in
        unsafe memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
      }
    }
  }

  private static func refusal(_ code: String, _ path: String, _ message: String) -> ScrubRefusal {
    .output(
      code: code, path: path, message: message,
      hint: "write \(leastCharacters) characters or more on one line of a file that only you can read", exit: 3)
  }

  /// Packs a package.
  ///
  /// - Parameters:
  ///   - names: of its files, as `AccessWriter` gives them; they are packed in this order.
  ///   - path: of the archive; nothing may stand there.
  ///   - passphrase: encrypts the contents, not the names; without it equal packages are equal archives.
  package static func write(
    folder: String, names: [String], to path: String, passphrase: SecretBytes?
  ) throws(ScrubRefusal) {
    let entries = names.map { ZipArchive.Entry(name: $0, path: "\(folder)/\($0)") }
    do throws(ZipArchive.Problem) { try ZipArchive.write(entries, to: path, passphrase: passphrase) } catch {
      switch error {
      case .noLibrary:
        throw .output(
          code: "zip.no-library", path: path, message: "zip archives are written by libarchive, which is not installed",
          hint: "apt install libarchive13", exit: 1)
      case .unreadable(let name):
        throw .output(
          code: "zip.unreadable-file", path: name, message: "the file cannot be read to be packed",
          hint: "run again when nothing changes the folder", exit: 1)
      case .unwritable:
        throw .output(
          code: "zip.unwritable", path: path, message: "the zip archive cannot be written",
          hint: "make room, or name one that is not there yet", exit: 1)
      }
    }
  }
}
