import Foundation
import ScrubLedger
import ScrubNative

/// A state folder of its own for each test, removed with it.
final class StateBench {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/currents-scrub-ledger-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var vault: String { path + "/" + TokenVault.name }

  func file(_ name: String) -> String { path + "/" + name }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: file(name))) }

  func write(_ data: Data, to name: String, mode: Int = 0o600) throws {
    try data.write(to: URL(fileURLWithPath: file(name)))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file(name))
  }

  func mode(_ name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: file(name))[.posixPermissions] as? Int
  }
}

func row(_ number: Int, original: String = "", domain: String = "email", key: String = "k1") -> VaultRow {
  VaultRow(
    token: "\(key)-token\(number)", keyID: key, domain: domain,
    original: Array((original.isEmpty ? "original \(number)" : original).utf8))
}

/// The code of a problem, or nothing.
func problem(_ body: () throws -> Void) -> LedgerProblem.Code? {
  do { try body() } catch { return (error as? LedgerProblem)?.code }
  return nil
}

func secret(_ byte: UInt8) -> SecretBytes {
  unsafe SecretBytes(count: 32) { memory in for index in memory.indices { unsafe memory[index] = byte } }
}
