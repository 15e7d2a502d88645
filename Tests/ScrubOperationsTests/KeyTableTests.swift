import Foundation
import ScrubCore
import ScrubNative
import ScrubOperations
import ScrubPolicy
import Testing

private let thirtyTwo = (0..<32).map { UInt8($0) }
private let base64Of32 = Data(thirtyTwo).base64EncodedString()
private let base64Of64 = Data(thirtyTwo + thirtyTwo).base64EncodedString()

private let spellings: [String] = [
  keyText, keyText.uppercased(), keyText + "\n", base64Of32, base64Of32 + "\n", "hex:" + keyText,
  "base64:" + base64Of32,
]

private let longTexts: [(String, Int)] = [
  (base64Of64, 64), ("hex:" + keyText + "ff", 33),
  ("base64:" + Data(thirtyTwo + [7, 8]).base64EncodedString(), 34),
  ("hex:" + keyText + keyText, 64), ("base64:" + base64Of64, 64),
]

private let lastDigitOdd = base64Of32.replacingOccurrences(of: "8=", with: "9=")
private let urlSafe = base64Of32.replacingOccurrences(of: "A", with: "-")

/// Beside those of `KeyTests`.
private let badTexts: [(String, KeyRefusal.Code)] = [
  ("00", .short), ("null", .short), (String(keyText.dropLast()), .malformed), (keyText + "0", .malformed),
  (keyText + "\r\n", .malformed), ("0x" + keyText, .malformed), ("HEX:" + keyText, .malformed),
  ("hex: " + keyText, .malformed), (urlSafe, .malformed), (base64Of32 + "=", .malformed),
  ("====", .malformed),
  // Two bits of the last digit are to spare: they must be zero, or a key had four spellings.
  (lastDigitOdd, .malformed), (Data(thirtyTwo + [1]).base64EncodedString(), .malformed),
  (Data(thirtyTwo + thirtyTwo + [1, 2, 3]).base64EncodedString(), .malformed),
  ("\u{feff}" + keyText, .malformed),
  ("base64:" + Data(repeating: 9, count: 48).base64EncodedString(), .allEqual),
]

struct KeySpellingTests {
  @Test(arguments: spellings)
  func oneKeyHasSeveralSpellings(text: String) throws {
    #expect(try KeyText.decode(secretBytes(text)).bytes == thirtyTwo)
  }

  @Test(arguments: longTexts)
  func longerKeysAreTaken(text: String, count: Int) throws {
    #expect(try KeyText.decode(secretBytes(text)).count == count)
  }

  @Test(arguments: badTexts)
  func aBadKeyIsRefusedByItsCode(text: String, code: KeyRefusal.Code) {
    #expect(throws: KeyRefusal(code: code)) { try KeyText.decode(secretBytes(text)) }
  }
}

struct ExposedKeyTests {
  private func refusal(_ path: String, inputs: [String] = []) -> KeyRefusal.Code? {
    do throws(KeyRefusal) {
      _ = try MasterKey.file(path, inputs: inputs)
      return nil
    } catch {
      return error.code
    }
  }

  @Test(
    arguments: [
      (0o600, nil), (0o400, nil), (0o640, .exposed), (0o644, .exposed), (0o604, .exposed), (0o660, .exposed),
      (0o610, .exposed), (0o601, .exposed), (0o666, .exposed), (0o777, .exposed),
    ] as [(Int, KeyRefusal.Code?)])
  func aKeyFileIsForItsOwnerOnly(mode: Int, code: KeyRefusal.Code?) throws {
    let folder = try TemporaryFolder()
    #expect(refusal(try folder.write("key", keyText, mode: mode)) == code)
  }

  @Test func devicesAndFilesWithoutAKeyAreRefused() throws {
    let folder = try TemporaryFolder()
    #expect(refusal("/dev/null") == .link)
    #expect(refusal(try folder.write("empty", "", mode: 0o600)) == .empty)
    #expect(refusal(try folder.write("long", String(repeating: "0", count: 5000), mode: 0o600)) == .malformed)
  }

  @Test func aKeyInsideAnInputIsRefusedHoweverThePathIsSpelled() throws {
    let folder = try TemporaryFolder()
    let key = try folder.write("in/deep/key", keyText, mode: 0o600)
    try folder.write("inside/key", keyText, mode: 0o600)
    for input in ["/in", "/in/", "/in/deep", "/./in", "/in/deep/../deep", "/in/deep/key"] {
      #expect(refusal(key, inputs: [folder.path + input]) == .insideInput, "\(input)")
    }
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/elsewhere", withDestinationPath: folder.path + "/in")
    #expect(refusal(key, inputs: [folder.path + "/elsewhere"]) == .insideInput)
    #expect(refusal(folder.path + "/elsewhere/deep/key", inputs: [folder.path + "/in"]) == .insideInput)
    // A name that only begins alike is another folder.
    #expect(refusal(folder.path + "/inside/key", inputs: [folder.path + "/in"]) == nil)
    #expect(refusal(key, inputs: [folder.path + "/elsewhere-2"]) == nil)
  }

  @Test func theStateKeyIsMadeOnceAndRefusedWhenExposed() throws {
    let folder = try TemporaryFolder()
    let state = folder.path + "/a/b"
    #expect(StateKey.existing(in: state) == nil)
    let first = try StateKey.obtain(in: state)
    let second = try StateKey.obtain(in: state)
    #expect(first.isNew && !second.isNew)
    #expect(first.key.bytes == second.key.bytes)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: state + "/state.key")
    #expect(throws: KeyRefusal(code: .exposed)) { try StateKey.obtain(in: state) }
  }
}

struct MasterKeyTests {
  private func key(id: String = "k1", audience: String? = nil) -> MasterKey {
    MasterKey(secretBytes(thirtyTwo), id: id, audience: audience)
  }

  /// Made with OpenSSL's command, as the documentation shows: `openssl kdf -keylen 32 -kdfopt digest:SHA256
  /// -kdfopt hexkey:0001... -kdfopt salt:k1 -kdfopt info:currents-scrub/v1/hash/email HKDF`.
  @Test(
    arguments: [
      (.hash(domain: "email"), nil, "72035b027494c8f9ad163169411a1d2ad40bd842fc3eb8b3f889188084af0282"),
      (.hash(domain: "email"), "agency_x", "b20a1490d6770e58294db09714724afba4ba919f1de11d85e665120974e16ff7"),
      (.check, nil, "6b075a9232d1ade4cc84356318e48ec27d58ee4941f7aea07592121acf880610"),
      (.check, "agency_x", "6b075a9232d1ade4cc84356318e48ec27d58ee4941f7aea07592121acf880610"),
      (.vault(domain: "phone"), nil, "e04aa8eba0899105ba23876f1f5b1faa29ff0a097fa64e531bfc9ec7df490b6c"),
      (.vaultKey(domain: "phone"), "agency_x", "6218b1fe57ca750ebf56fca09c5737f2298ef13151439a9e674ece16d684b486"),
      (
        .seal, nil,
        "e56ef4288ff534c15bf01094f01a20f26754f1d17aee93dba3bcd5a8489e3d6a"
          + "c8f0a6c8a96ad6ec1b709c61a865b4ea100279355c068ac8468bcbe4948c21e1"
      ),
      (
        .seal, "agency_x",
        "6d3f74e88df218366d188c6f017d2f311a05589fca43757e6bfb0089bea71a57"
          + "b22e93640b8406b2eb9b0f37a49ece80f8b3c644ded1bce2a346ad5174c1e91b"
      ),
    ] as [(SubkeyUse, String?, String)])
  func subkeysAreWhatTheOpenSSLCommandMakes(use: SubkeyUse, audience: String?, hex: String) throws {
    let subkey = try key(audience: audience).subkey(use)
    #expect(Digest256.hex(subkey.bytes) == hex)
  }

  @Test func theCheckValueTellsKeysApartAndKnowsNoAudience() throws {
    #expect(try key().checkValue() == "e562e67f5d770099")
    #expect(try key(audience: "agency_x").checkValue() == key().checkValue())
    #expect(try key(id: "k2").checkValue() != key().checkValue())
    #expect(
      try MasterKey(secretBytes(thirtyTwo.reversed()), id: "k1", audience: nil).checkValue()
        != key().checkValue())
  }
}

struct PathTests {
  @Test(arguments: [
    ("/a/b", "/a", true), ("/a", "/a", true), ("/ab", "/a", false), ("/a", "/a/b", false),
    ("/a/b", "/", true),
    ("/a/b", "/a/", true), ("/a/\u{301}b", "/a", true), ("/\u{301}b", "/", true), ("/\u{e9}/b", "/e\u{301}", false),
  ])
  func aPathIsInsideItsFolderOnly(path: String, folder: String, isInside expected: Bool) {
    #expect(isInside(path, folder) == expected)
  }

  @Test func whatDoesNotExistYetLiesWhereItsFolderDoes() throws {
    let folder = try TemporaryFolder()
    try folder.write("real/file", "x")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/link", withDestinationPath: folder.path + "/real")
    let real = realPath(folder.path + "/real")
    #expect(realPath(folder.path + "/link/new") == real + "/new")
    #expect(realPath(folder.path + "/link/new/deeper/") == real + "/new/deeper")
    #expect(realPath(folder.path + "/link/file") == real + "/file")
  }
}
