import Foundation
import ScrubNative
import ScrubOperations
import Testing

/// Whether libarchive is here; without it the command tells how to install it.
private let hasLibrary = FileManager.default.fileExists(atPath: "/usr/lib/x86_64-linux-gnu/libarchive.so.13")

private func code<Result>(_ body: () throws(ScrubRefusal) -> Result) -> String? {
  do throws(ScrubRefusal) {
    _ = try body()
    return nil
  } catch { return error.code }
}

struct PackageZipTests {
  @Test(arguments: [
    ("twelve chars", nil), ("twelve chars\n", nil), ("twelve chars\r\n", nil), ("eleven char\n", "passphrase.too-short"),
    ("", "passphrase.too-short"), ("éééééééééééé", nil), ("ééééééééééé", "passphrase.too-short"),
    ("first line 1\nsecond line\n", "passphrase.malformed"), ("twelve\u{0}chars!", "passphrase.malformed"),
    (String(repeating: "x", count: 5000), "passphrase.malformed"),
  ])
  func aPassphraseIsOneLongLine(text: String, refused: String?) throws {
    try AccessSample.inFolder { folder in
      let path = folder + "/passphrase"
      try write(text, path)
      #expect(code { () throws(ScrubRefusal) in try PackageZip.passphrase(file: path, inputs: []) } == refused)
    }
  }

  @Test func anExposedPassphraseIsRefused() throws {
    try AccessSample.inFolder { folder in
      let path = folder + "/passphrase"
      try write("correct horse battery", path, mode: 0o644)
      #expect(code { () throws(ScrubRefusal) in try PackageZip.passphrase(file: path, inputs: []) } == "key.exposed")
      try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: path)
      #expect(
        code { () throws(ScrubRefusal) in try PackageZip.passphrase(file: folder + "/link", inputs: []) } == "key.symlink")
    }
  }

  @Test(.enabled(if: hasLibrary)) func equalFilesAreEqualArchives() throws {
    try AccessSample.inFolder { folder in
      let names = ["a.txt", "b/é.txt"]
      try FileManager.default.createDirectory(atPath: folder + "/b", withIntermediateDirectories: false)
      for name in names { try write(String(repeating: name, count: 1000), "\(folder)/\(name)") }
      for zip in ["1.zip", "2.zip"] {
        try PackageZip.write(folder: folder, names: names, to: "\(folder)/\(zip)", passphrase: nil)
      }
      #expect(try bytes(folder + "/1.zip") == bytes(folder + "/2.zip"))
      #expect(try bytes(folder + "/1.zip").count < 1000)
      let mode = try FileManager.default.attributesOfItem(atPath: folder + "/1.zip")[.posixPermissions] as? Int
      #expect(mode == 0o600)
    }
  }

  @Test(.enabled(if: hasLibrary)) func whatIsEncryptedIsNotToBeSeen() throws {
    try AccessSample.inFolder { folder in
      try write("ada@example.test " + String(repeating: "x", count: 100), folder + "/a.txt")
      try write("correct horse battery", folder + "/passphrase")
      let passphrase = try PackageZip.passphrase(file: folder + "/passphrase", inputs: [])
      try PackageZip.write(folder: folder, names: ["a.txt"], to: folder + "/a.zip", passphrase: passphrase)
      let archive = try bytes(folder + "/a.zip")
      // Method 99, the field 0x9901 of vendor AE with strength 3: AES-256 (WinZip, "AE-1/AE-2").
      #expect(archive.range(of: Data([0x01, 0x99, 0x07, 0x00])) != nil && archive.range(of: Data("AE\u{3}".utf8)) != nil)
      #expect(archive.range(of: Data("ada@example".utf8)) == nil)
    }
  }

  @Test(.enabled(if: hasLibrary)) func aFailedArchiveIsRemovedAndAnotherNeverReplaced() throws {
    try AccessSample.inFolder { folder in
      let zip = folder + "/a.zip"
      let pack = { () throws(ScrubRefusal) in
        try PackageZip.write(folder: folder, names: ["gone.txt"], to: zip, passphrase: nil)
      }
      #expect(code(pack) == "zip.unreadable-file")
      #expect(!FileManager.default.fileExists(atPath: zip))
      try write("mine", zip)
      #expect(code(pack) == "zip.unwritable")
      #expect(try bytes(zip) == Data("mine".utf8))
    }
  }

  private func write(_ text: String, _ path: String, mode: Int = 0o600) throws {
    #expect(FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode]))
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
}
