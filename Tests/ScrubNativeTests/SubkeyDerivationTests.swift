import Foundation
import ScrubNative
import Testing

struct SubkeyDerivationTests {
  /// RFC 5869, appendix A, cases 1 to 3.
  static let rfc5869: [(number: Int, key: String, salt: String, info: String, output: String)] = [
    (
      1, String(repeating: "0b", count: 22), "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    ),
    (
      2, ascending(0x00, 80), ascending(0x60, 80), ascending(0xb0, 80),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
    ),
    (
      3, String(repeating: "0b", count: 22), "", "",
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    ),
  ]

  private static func ascending(_ first: Int, _ count: Int) -> String {
    Digest256.hex((0..<count).map { UInt8(first + $0) })
  }

  @Test(arguments: rfc5869)
  func theVectorsOfRFC5869ComeOut(number: Int, key: String, salt: String, info: String, output: String) throws {
    let derived = try deriveSubkey(
      from: secret(hex(key)), salt: hex(salt), info: hex(info), count: output.count / 2)
    #expect(unsafe derived.withBytes { bytes in unsafe Array(bytes) } == hex(output))
  }

  @Test func theWycheproofVectorsHold() throws {
    guard let data = sharedVectors("crypto/hkdf_sha256_test.json") else {
      return noteMissing("crypto/hkdf_sha256_test.json")
    }
    let file = try JSONDecoder().decode(Wycheproof<Group>.self, from: data)
    var count = 0
    for test in file.testGroups.flatMap(\.tests) {
      count += 1
      let derived = try? deriveSubkey(
        from: secret(hex(test.ikm)), salt: hex(test.salt), info: hex(test.info), count: test.size)
      if test.result == "valid" {
        #expect(unsafe derived?.withBytes { bytes in unsafe Array(bytes) } == hex(test.okm), "case \(test.tcId)")
      } else {
        #expect(derived == nil, "case \(test.tcId)")
      }
    }
    #expect(count == 86)
  }

  private struct Group: Decodable {
    let tests: [Case]
    struct Case: Decodable {
      let tcId: Int, ikm: String, salt: String, info: String, size: Int, okm: String, result: String
    }
  }

  @Test(arguments: [("k1", "a", "k2", "a"), ("k1", "a", "k1", "b"), ("k1", "ab", "k1a", "b")])
  func anotherSaltOrInfoIsAnotherKey(salt: String, info: String, otherSalt: String, otherInfo: String) throws {
    let master = secret([UInt8](repeating: 3, count: 32))
    func subkey(_ salt: String, _ info: String) throws -> [UInt8] {
      let key = try deriveSubkey(from: master, salt: Array(salt.utf8), info: Array(info.utf8), count: 32)
      return unsafe key.withBytes { bytes in unsafe Array(bytes) }
    }
    #expect(try subkey(salt, info) != subkey(otherSalt, otherInfo))
  }

  @Test func moreThan255HashLengthsAreRefused() throws {
    let master = secret([UInt8](repeating: 3, count: 32))
    _ = try deriveSubkey(from: master, salt: [], info: [], count: 255 * 32)
    #expect(throws: NativeError.self) { try deriveSubkey(from: master, salt: [], info: [], count: 255 * 32 + 1) }
  }
}

struct SecretBytesTests {
  @Test func twoRandomKeysDiffer() throws {
    let keys = try (0..<2).map { _ in try SecretBytes.random(count: 32) }
    #expect(unsafe keys[0].withBytes { bytes in unsafe Array(bytes) } != keys[1].withBytes { bytes in unsafe Array(bytes) })
    #expect(keys.allSatisfy { $0.count == 32 })
  }

  @Test func emptyBytesAreNoTrouble() {
    #expect(unsafe secret([]).withBytes { bytes in bytes.count } == 0)
  }
}
