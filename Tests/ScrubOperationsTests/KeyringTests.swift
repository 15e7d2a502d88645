import Foundation
import Glibc
import ScrubNative
import ScrubOperations
import ScrubPolicy
import Testing

/// That of `keyText` under the id k1.
private let check = "e562e67f5d770099"
private let otherKey = "key: \(otherKeyText)"

/// The other key under another id.
private func otherEntry(_ id: String, _ state: String) throws -> String {
  let mark = try MasterKey(KeyText.decode(secretBytes(otherKeyText)), id: id, audience: nil).mark()
  return
    "  - id: \(id)\n    state: \(state)\n    created: 2026-11-25\n    check: \(mark.check)\n    \(otherKey)\n"
}

private let head = "version: 1\nkeys:\n"
private let first =
  "  - id: k1\n    state: active\n    created: 2026-11-24\n    check: \(check)\n    key: \(keyText)\n"
private let gone =
  "  - id: k0\n    state: destroyed\n    created: 2026-01-01\n    check: 0123456789abcdef\n    destroyed: 2026-02-01\n"

/// What is wrong with a keyring, as `id line:column`; empty for one that can be used.
private func findings(_ text: [UInt8]) -> [String] {
  do throws(ScrubRefusal) {
    _ = try Keyring(secretBytes(text), file: "ring")
    return []
  } catch {
    guard case .keyring(let findings) = error else { return ["\(error)"] }
    return findings.map { "\($0.id.rawValue) \($0.line):\($0.column)" }
  }
}

private func findings(_ text: String) -> [String] { findings(Array(text.utf8)) }

private func refusal<Result>(_ body: () throws(ScrubRefusal) -> Result) -> KeyRefusal.Code? {
  do throws(ScrubRefusal) {
    _ = try body()
    return nil
  } catch {
    guard case .key(let refusal) = error else { return .native }
    return refusal.code
  }
}

/// The first key's entry with one line changed.
private func entry(_ old: String, _ new: String) -> String { head + first.replacing(old, with: new) }

private let badTexts: [(String, [String])] = [
  ("", ["E002 1:1"]),
  ("# only a comment\n", ["E002 1:1"]),
  (keyText + "\n", ["E006 1:1"]),
  ("- version: 1\n", ["E006 1:1"]),
  ("keys: []\n", ["E008 1:1"]),
  ("version: 1\n", ["E008 1:1"]),
  ("version: 2\nkeys: []\n", ["E007 1:10"]),
  ("version: '1.0'\nkeys: []\n", ["E007 1:10"]),
  ("version: 1\nkeys: {}\n", ["E006 2:7"]),
  ("version: 1\nkeys: [k1]\n", ["E006 2:8"]),
  ("version: 1\nversion: 1\nkeys: []\n", ["E004 2:1"]),
  ("version: 1\nkeys: []\nowner: me\n", ["E003 3:1"]),
  (head + first + "garbage\n", ["E002 9:1"]),
  (head + first + "---\nversion: 1\n", ["E002 8:1"]),
  ("\u{feff}\u{feff}" + head + first, ["E002 2:1"]),
  (head + first + "...\n" + head, ["E002 9:1"]),
  (entry("id: k1", "name: k1"), ["E008 3:5", "E003 3:5"]),
  (entry("id: k1", "id: K1"), ["E007 3:9"]),
  (entry("id: k1", "id: a2345678901234567"), ["E007 3:9"]),
  (entry("active", "aktive"), ["E007 4:12"]),
  (entry("active", "destroyed"), ["E008 3:5", "E010 7:10"]),
  (entry("2026-11-24", "24.11.2026"), ["E007 5:14"]),
  (entry("2026-11-24", "2026-13-24"), ["E007 5:14"]),
  (entry("2026-11-24", "yesterday"), ["E007 5:14"]),
  (entry(check, "e562e67f5d77009"), ["E007 6:12"]),
  (entry(check, check.uppercased()), ["E007 6:12"]),
  (entry(check, "0123456789abcdef"), ["E204 7:10"]),
  (entry("    check: \(check)\n", ""), ["E008 3:5"]),
  (entry("    key: \(keyText)\n", ""), ["E008 3:5"]),
  (entry("    key:", "    key: \(keyText)\n    key:"), ["E004 8:5"]),
  (entry("key: \(keyText)", "key:"), ["E203 7:9"]),
  (entry(keyText, "[]"), ["E006 7:10"]),
  (entry(keyText, "secret"), ["E203 7:10"]),
  (entry(keyText, String(keyText.dropLast(2))), ["E203 7:10"]),
  (entry(keyText, keyText + "0"), ["E203 7:10"]),
  (entry(keyText, keyText + " " + keyText), ["E203 7:10"]),
  (entry(keyText, String(repeating: "0", count: 64)), ["E203 7:10"]),
  (entry(keyText, "a-pass-phrase-that-somebody-likes-very-much"), ["E203 7:10"]),
  (entry(keyText, "&a " + keyText), ["E005 7:10"]),
  (entry(keyText, "!!str " + keyText), ["E005 7:10"]),
  (head + first + first.replacing("active", with: "retired"), ["E201 8:5", "E205 12:10"]),
  (head + gone + "    key: \(keyText)\n", ["E010 8:10"]),
  (head + gone.replacing("    destroyed: 2026-02-01\n", with: ""), ["E008 3:5"]),
  (head + first + "    destroyed: 2026-02-01\n", ["E010 8:16"]),
]

struct KeyringReadingTests {
  @Test(arguments: badTexts)
  func aMistakeIsToldWithItsPlace(text: String, expected: [String]) {
    #expect(findings(text).sorted() == expected.sorted())
  }

  @Test func severalKeysAndCommentsAndAnySpellingOfAKeyAreTaken() throws {
    let base64 = Data(try KeyText.decode(secretBytes(keyText)).bytes).base64EncodedString()
    for text in [
      head + first, head + gone + first, head + first + gone, "version: 1\nkeys: []\n",
      "# ours\n" + head + first,
      entry(keyText, "hex:" + keyText), entry(keyText, base64), entry(keyText, "\"\(keyText)\""),
      entry(keyText, keyText.uppercased()), head + first + "...\n",
      head + first + (try otherEntry("k2", "retired")),
      (head + first).replacing("\n", with: "\r\n"),
      "version: 1\nkeys: [{ id: k1, state: active, created: 2026-11-24, check: \(check), key: \(keyText) }]\n",
    ] { #expect(findings(text) == [], "\(text)") }
  }

  @Test func twoKeysMayNotBeActiveOrShareAnID() throws {
    #expect(findings(head + first + (try otherEntry("k2", "active"))) == ["E202 8:5"])
    #expect(findings(head + first + (try otherEntry("k1", "retired"))) == ["E201 8:5"])
    // The id of a destroyed key is not given again.
    #expect(findings(head + gone + (try otherEntry("k0", "active"))) == ["E201 8:5"])
  }

  @Test func bytesThatAreNoTextAreRefused() {
    #expect(findings([0xff, 0xfe]) == ["E001 1:1"])
    #expect(findings(Array((head + first).utf8) + [0xc3]) == ["E001 1:1"])
    #expect(findings(Array((head + first).utf8) + [0]).isEmpty == false)
  }

  @Test func everythingWrongIsToldAtOnce() {
    let text = "version: 2\nkeys:\n  - id: K1\n    state: gone\n    extra: 1\n"
    #expect(findings(text) == ["E007 1:10", "E008 3:5", "E008 3:5", "E007 3:9", "E007 4:12", "E003 5:5"])
  }

  @Test func noFindingHoldsAKey() {
    for (text, _) in badTexts {
      do throws(ScrubRefusal) { _ = try Keyring(secretBytes(text), file: "ring") } catch {
        guard case .keyring(let findings) = error else { continue }
        for finding in findings { #expect(!finding.text.contains(keyText.prefix(12))) }
      }
    }
  }
}

struct HiddenKeysTests {
  @Test func whatIsAsLongAsAKeyIsReplacedAndKeepsItsPlace() throws {
    let text = "a: \(keyText) # \(otherKeyText)\nb: short\n"
    let hidden = HiddenKeys(in: secretBytes(text))
    let shown = String(decoding: hidden.text, as: UTF8.self)
    let (one, two) = (String(repeating: "0", count: 64), String(repeating: "0", count: 63) + "1")
    #expect(shown == "a: \(one) # \(two)\nb: short\n")
    #expect(hidden.key(for: one)?.bytes == Array(keyText.utf8))
    #expect(hidden.key(for: two)?.bytes == Array(otherKeyText.utf8))
  }

  @Test(arguments: [
    "", "0", "short", String(repeating: "0", count: 20), String(repeating: "0", count: 63) + "2", "k1 k2",
  ])
  func wordsThatStandForNoKeyGiveNone(word: String) {
    #expect(HiddenKeys(in: secretBytes("a: \(keyText)")).key(for: word) == nil)
  }
}

struct KeyringFileTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/ring" }
  private var file: KeyringFile { KeyringFile(path, on: "2026-11-25") }

  init() throws { folder = try TemporaryFolder() }

  private func read(inputs: [String] = []) -> KeyRefusal.Code? {
    refusal { () throws(ScrubRefusal) in try Keyring.read(path, inputs: inputs) }
  }

  @Test(
    arguments: [
      (0o600, nil), (0o400, nil), (0o640, .exposed), (0o644, .exposed), (0o604, .exposed), (0o620, .exposed),
      (0o666, .exposed), (0o610, .exposed), (0o777, .exposed),
    ] as [(Int, KeyRefusal.Code?)])
  func aKeyringIsForItsOwnerOnly(mode: Int, code: KeyRefusal.Code?) throws {
    try folder.write("ring", head + first, mode: mode)
    #expect(read() == code)
  }

  @Test func linksFoldersOtherOwnersAndInputsAreRefused() throws {
    #expect(read() == .noKeyring)
    try folder.write("real", head + first, mode: 0o600)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder.path + "/real")
    #expect(read() == .link)
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(read() == .link)
    try FileManager.default.removeItem(atPath: path)
    try folder.write("ring", head + first, mode: 0o600)
    #expect(read() == nil)
    #expect(read(inputs: [folder.path]) == .insideInput)
    guard geteuid() == 0 else { return }
    #expect(unsafe chown(path, 65534, 65534) == 0)
    #expect(read() == .owner)
  }

  @Test func aFileLargerThanAnyKeyringIsRefused() throws {
    try folder.write("ring", head + first + String(repeating: "#\n", count: 1 << 15), mode: 0o600)
    #expect(read() == .native)
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    let key = try folder.write("key", "hex:" + keyText + "ff\n", mode: 0o600)
    #expect(try file.add(id: nil, from: key).id == "k1")
    let rotation = try file.rotate(id: nil, table: nil)
    #expect((rotation.former.id, rotation.new.id) == ("k1", "k2"))
    #expect(try file.rotate(id: "mine", table: nil).new.id == "mine")
    _ = try file.destroy("k2")
    let ring = try Keyring.read(path)
    #expect(ring.entries.map(\.state) == [.retired, .destroyed, .active])
    #expect(ring.entries.map(\.created) == Array(repeating: "2026-11-25", count: 3))
    #expect(ring.entries.map(\.destroyed) == [nil, "2026-11-25", nil])
    #expect(ring.matchingKeys(audience: "a").map(\.keyID) == ["mine", "k1"])
    #expect(try ring.matchingKeys(audience: nil)[1].mark().check == rotation.former.check)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func whatWouldLoseAKeyOrAnIDIsRefused() throws {
    func code<Result>(_ body: () throws(ScrubRefusal) -> Result) -> KeyRefusal.Code? { refusal(body) }
    #expect(code { () throws(ScrubRefusal) in try file.rotate(id: nil, table: nil) } == .noKeyring)
    let key = try folder.write("key", keyText + "\n", mode: 0o600)
    _ = try file.add(id: "k1", from: key)
    let before = try folder.read("ring")
    #expect(code { () throws(ScrubRefusal) in try file.add(id: nil, from: nil) } == .hasActive)
    #expect(code { () throws(ScrubRefusal) in try file.rotate(id: "k1", table: nil) } == .usedID)
    #expect(code { () throws(ScrubRefusal) in try file.retire("k1", evenActive: false) } == .isActive)
    #expect(code { () throws(ScrubRefusal) in try file.destroy("k1") } == .isActive)
    #expect(code { () throws(ScrubRefusal) in try file.retire("k9", evenActive: true) } == .unknownID)
    #expect(code { () throws(ScrubRefusal) in try file.destroy("k9") } == .unknownID)
    #expect(try folder.read("ring") == before)
    _ = try file.retire("k1", evenActive: true)
    #expect(code { () throws(ScrubRefusal) in try file.rotate(id: nil, table: nil) } == .noActive)
    #expect(code { () throws(ScrubRefusal) in try file.add(id: "k2", from: key) } == .known)
    _ = try file.destroy("k1")
    #expect(code { () throws(ScrubRefusal) in try file.add(id: "k1", from: nil) } == .usedID)
    #expect(try file.add(id: nil, from: nil).id == "k2")
  }

  @Test func whatChangesNothingWritesNothing() throws {
    _ = try file.add(id: nil, from: nil)
    _ = try file.rotate(id: nil, table: nil)
    let before = try folder.states("")["ring"]
    _ = try file.retire("k1", evenActive: false)
    #expect(try folder.states("")["ring"] == before)
    _ = try file.destroy("k1")
    let after = try folder.states("")["ring"]
    #expect(after != before)
    _ = try file.destroy("k1")
    #expect(try folder.states("")["ring"] == after)
  }

  @Test func theFileThatHeldADestroyedKeyIsOverwritten() throws {
    _ = try file.add(id: nil, from: nil)
    _ = try file.rotate(id: nil, table: nil)
    let former = try #require(FileHandle(forReadingAtPath: path))
    _ = try file.destroy("k1")
    let left = try former.readToEnd() ?? Data()
    #expect(!left.isEmpty && left.allSatisfy { $0 == 0 })
  }

  @Test func anotherNameOfTheFormerFileKeepsWhatItHolds() throws {
    _ = try file.add(id: nil, from: nil)
    let before = try folder.read("ring")
    try FileManager.default.linkItem(atPath: path, toPath: folder.path + "/copy")
    _ = try file.rotate(id: nil, table: nil)
    #expect(try folder.read("copy") == before)
  }

  @Test func twoChangesAtOnceAreOneAndARefusal() throws {
    _ = try file.add(id: nil, from: nil)
    let lock = unsafe open(path + ".lock", O_RDWR)
    #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
    #expect(refusal { () throws(ScrubRefusal) in try file.rotate(id: nil, table: nil) } == .locked)
    close(lock)
    #expect(try file.rotate(id: nil, table: nil).new.id == "k2")
  }

  @Test func whatAKilledChangeLeftIsCleared() throws {
    _ = try file.add(id: nil, from: nil)
    try folder.write("ring.new", "version: 1", mode: 0o600)
    _ = try file.rotate(id: nil, table: nil)
    #expect(!FileManager.default.fileExists(atPath: path + ".new"))
  }
}
