import Foundation
import ScrubCore
import ScrubNative
import ScrubOperations
import ScrubPolicy
import Testing

private func secret(_ text: String) -> SecretBytes {
  let bytes = Array(text.utf8)
  return unsafe SecretBytes(count: bytes.count) { memory in for index in bytes.indices { unsafe memory[index] = bytes[index] } }
}

private func refusal(_ text: String) -> KeyRefusal.Code? {
  do throws(KeyRefusal) {
    _ = try KeyText.decode(secret(text))
    return nil
  } catch {
    return error.code
  }
}

private let hex = (1...32).map { String(format: "%02x", $0) }.joined()

private let refusals: [(String, KeyRefusal.Code)] = [
  ("", .empty), ("\n", .empty), ("hex:", .empty), ("base64:", .empty),
  (String(hex.dropLast(2)), .short), ("hex:" + String(hex.dropLast(2)), .short), ("base64:AQID", .short),
  ("AQIDBAUG", .short), (String(repeating: "0", count: 64), .allEqual), (String(repeating: "ab", count: 32), .allEqual),
  (hex + "\n\n", .malformed), (hex + " ", .malformed), (" " + hex, .malformed), ("x" + String(hex.dropFirst()), .malformed),
  ("hex:" + hex + "0", .malformed), ("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA", .malformed),
  ("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyB=", .malformed),
  ("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiM=", .malformed), ("a password that somebody likes", .malformed),
  ("AQIDBAUGBwgJCgsMDQ4P-_ESExQVFhcYGRobHB0eHyA=", .malformed),
]

struct KeyTextTests {
  @Test(arguments: [
    hex, hex.uppercased(), hex + "\n", "hex:" + hex, "hex:" + hex + "2122",
    "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=", "base64:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAh",
  ])
  func aKeyOfThirtyTwoBytesOrMoreIsTaken(text: String) { #expect(refusal(text) == nil) }

  @Test(arguments: refusals)
  func aWeakOrMisspeltKeyIsRefused(text: String, code: KeyRefusal.Code) { #expect(refusal(text) == code) }

  @Test func aRefusalSaysNothingOfTheKey() {
    for code in KeyRefusal.Code.allCases {
      let refusal = KeyRefusal(code: code)
      #expect(!refusal.message.isEmpty && !refusal.hint.isEmpty)
    }
  }
}

struct KeyFileTests {
  private func read(_ source: Policy.KeyReference.Source, inputs: [String] = []) -> KeyRefusal.Code? {
    do throws(ScrubRefusal) {
      _ = try PolicyKeys.read(.init(source: source, id: "k1", place: .init()), audience: nil, inputs: inputs)
      return nil
    } catch {
      guard case .key(let refusal) = error else { return .native }
      return refusal.code
    }
  }

  @Test func onlyAFileOfOnesOwnIsTaken() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/scrub-keys-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/key"
    try KeyFile.write(SecretBytes.random(count: 32), to: path)
    #expect(read(.file(path)) == nil)
    #expect(throws: (any Error).self) { try KeyFile.write(SecretBytes.random(count: 32), to: path) }
    #expect(read(.file(path), inputs: [folder]) == .insideInput)
    #expect(read(.file(path), inputs: [folder + "/other"]) == nil)
    try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: path)
    #expect(read(.file(folder + "/link")) == .link)
    #expect(read(.file(folder)) == .link)
    #expect(read(.file(folder + "/none")) == .unreadable)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    #expect(read(.file(path)) == .exposed)
  }

  @Test func aCommandIsRunWithoutAShell() {
    #expect(read(.command(["/bin/echo", hex])) == nil)
    #expect(read(.command(["/bin/echo", "$HOME"])) == .malformed)
    #expect(read(.command(["/bin/false"])) == .commandFailed)
    #expect(read(.command(["/bin/sh", "-c", "echo \(hex); exit 1"])) == .commandFailed)
    #expect(read(.command(["/usr/bin/yes"])) == .commandFailed)
    #expect(read(.command(["/no/such/program"])) == .commandFailed)
    #expect(read(.environment("NO_SUCH_VARIABLE_OF_OURS")) == .missing)
  }

  @Test func anotherAudienceOrPurposeIsAnotherSubkey() throws {
    let bytes = try KeyText.decode(secret(hex))
    func subkey(_ use: SubkeyUse, _ audience: String? = nil) throws -> [UInt8] {
      let key = try MasterKey(bytes, id: "k1", audience: audience).subkey(use)
      return unsafe key.withBytes { unsafe Array($0) }
    }
    let all = try [
      subkey(.hash(domain: "email")), subkey(.hash(domain: "phone")), subkey(.vault(domain: "email")),
      subkey(.vaultKey(domain: "email")), subkey(.check), subkey(.hash(domain: "email"), "agency_x"), subkey(.seal),
    ]
    #expect(Set(all).count == all.count)
    #expect(try MasterKey(bytes, id: "k1", audience: nil).checkValue() == MasterKey(bytes, id: "k1", audience: "a").checkValue())
  }
}
