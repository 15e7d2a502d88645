import Foundation
import ScrubNative
import Testing

struct KeyedDigestTests {
  /// RFC 4231, section 4; the fifth case is truncated to 16 bytes there.
  static let rfc4231: [(number: Int, key: String, message: String, mac: String)] = [
    (
      1, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      2, "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      3, String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
    ),
    (
      4, "0102030405060708090a0b0c0d0e0f10111213141516171819", String(repeating: "cd", count: 50),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
    ),
    (
      5, String(repeating: "0c", count: 20), "546573742057697468205472756e636174696f6e",
      "a3b6167473100ee06e0c796c2955552b"
    ),
    (
      6, String(repeating: "aa", count: 131),
      "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    (
      7, String(repeating: "aa", count: 131),
      "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e"
        + "642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f206265"
        + "20686173686564206265666f7265206265696e6720757365642062792074686520484d414320616c676f726974686d2e",
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
    ),
  ]

  @Test(arguments: rfc4231)
  func theVectorsOfRFC4231ComeOut(number: Int, key: String, message: String, mac: String) throws {
    let digest = try KeyedDigest(hmacKey(hex(key)))
    #expect(try digest.digest(of: hex(message)).prefix(mac.count / 2) == hex(mac)[...])
  }

  @Test(arguments: 0..<32)
  func aKeyUnder32BytesIsRefused(count: Int) {
    #expect(throws: NativeError(.prepare, code: count)) {
      try KeyedDigest(secret([UInt8](repeating: 7, count: count)))
    }
  }

  @Test func aKeyOf32BytesIsTaken() throws {
    _ = try KeyedDigest(secret([UInt8](repeating: 7, count: 32)))
  }

  @Test func oneDigestServesManyValues() throws {
    let digest = try KeyedDigest(hmacKey(hex("4a656665")))
    let first = try digest.digest(of: Array("ada@example.test".utf8))
    _ = try digest.digest(of: [])
    _ = try digest.digest(of: Array("bob@example.test".utf8))
    #expect(try digest.digest(of: Array("ada@example.test".utf8)) == first)
  }

  @Test func theWycheproofVectorsHold() throws {
    guard let data = sharedVectors("crypto/hmac_sha256_test.json") else {
      return noteMissing("crypto/hmac_sha256_test.json")
    }
    let file = try JSONDecoder().decode(Wycheproof<MACGroup>.self, from: data)
    var count = 0
    for group in file.testGroups {
      for test in group.tests {
        let mac = try KeyedDigest(hmacKey(hex(test.key))).digest(of: hex(test.msg))
        // Tags are truncated to the group's size, in bits.
        let isEqual = Array(mac.prefix(group.tagSize / 8)) == hex(test.tag)
        #expect(isEqual == (test.result == "valid"), "case \(test.tcId)")
        count += 1
      }
    }
    #expect(count == 174)
  }

  private struct MACGroup: Decodable {
    let tagSize: Int
    let tests: [Case]
    struct Case: Decodable { let tcId: Int, key: String, msg: String, tag: String, result: String }
  }
}

struct Wycheproof<Group: Decodable>: Decodable { let testGroups: [Group] }

/// The shared vectors do not come with the sources; without them there is nothing to compare.
func noteMissing(_ name: String) {
  print("note: ../shared/vectors/\(name) is not here, so its cases are left out")
}

struct FileDigestTests {
  /// FIPS 180-4 examples, and the empty message.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
  ])
  func theVectorsOfFIPS180ComeOut(message: String, digest: String) throws {
    #expect(Digest256.sha256(message).hex == digest)
  }

  @Test func aFinishedDigestStartsAgain() throws {
    let digest = try FileDigest()
    let message = Array("abc".utf8)
    try unsafe message.withUnsafeBytes { bytes in try unsafe digest.update(bytes) }
    let first = try digest.finish()
    try unsafe message.withUnsafeBytes { bytes in try unsafe digest.update(bytes) }
    #expect(try digest.finish() == first)
  }
}
