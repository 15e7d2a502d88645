import Foundation
import ScrubNative
import Testing

struct SealedValuesTests {
  private func seal(_ value: [UInt8], _ values: SealedValues) throws -> [UInt8] {
    var sealed = [UInt8](repeating: 0, count: value.count + SealedValues.tagSize)
    try unsafe value.withUnsafeBytes { value in
      try unsafe sealed.withUnsafeMutableBytes { output in try unsafe values.seal(value, into: output) }
    }
    return sealed
  }

  /// An empty associated string, which is another thing than none (RFC 5297 section 2.4), cannot be given to OpenSSL
  /// 3.0, and no value of ours has one; those cases are only tried for what must not open.
  @Test func theWycheproofVectorsHold() throws {
    guard let data = sharedVectors("crypto/aes_siv_cmac_test.json") else {
      return noteMissing("crypto/aes_siv_cmac_test.json")
    }
    let file = try JSONDecoder().decode(Wycheproof<Group>.self, from: data)
    var (opened, refused, empty, unsaid) = (0, 0, 0, 0)
    for group in file.testGroups where group.keySize == 8 * SealedValues.keySize {
      for test in group.tests {
        let values = try SealedValues(secret(hex(test.key)), associatedData: hex(test.aad))
        let (message, sealed) = (hex(test.msg), hex(test.ct))
        if message.isEmpty && test.result == "valid" {
          // OpenSSL 3.0 seals an empty value under a wrong tag, so none is sealed.
          #expect(throws: NativeError.self) { try seal(message, values) }
          empty += 1
        } else if test.result == "valid" && test.aad.isEmpty {
          unsaid += 1
        } else if test.result == "valid" {
          // Twice, for a context is used for many values.
          for _ in 0..<2 {
            #expect(try seal(message, values) == sealed, "case \(test.tcId)")
            #expect(values.open(sealed) == message, "case \(test.tcId)")
          }
          opened += 1
        } else {
          #expect(values.open(sealed) == nil, "case \(test.tcId)")
          refused += 1
        }
      }
    }
    #expect(opened == 28 && refused == 108 && empty == 6 && unsaid == 5)
  }

  private struct Group: Decodable {
    let keySize: Int
    let tests: [Case]
    struct Case: Decodable { let tcId: Int, key: String, aad: String, msg: String, ct: String, result: String }
  }

  @Test func everyChangedByteIsFound() throws {
    var dice = Dice(7)
    let values = try SealedValues(secret(dice.bytes(64)))
    let value = dice.bytes(20)
    let sealed = try seal(value, values)
    for index in sealed.indices {
      for bit in 0..<8 {
        var other = sealed
        other[index] ^= 1 << UInt8(bit)
        #expect(values.open(other) == nil)
      }
    }
    #expect(values.open(Array(sealed.dropLast())) == nil)
    #expect(values.open([]) == nil)
    #expect(values.open(sealed) == value)
  }

  @Test func anotherKeyOpensNothing() throws {
    var dice = Dice(8)
    let sealed = try seal(Array("ada@example.test".utf8), SealedValues(secret(dice.bytes(64))))
    #expect(try SealedValues(secret(dice.bytes(64))).open(sealed) == nil)
  }

  @Test(arguments: [0, 16, 32, 63, 65])
  func aKeyOfAnotherSizeIsRefused(size: Int) {
    var dice = Dice(9)
    let key = secret(dice.bytes(size))
    #expect(throws: NativeError.self) { try SealedValues(key) }
  }
}
