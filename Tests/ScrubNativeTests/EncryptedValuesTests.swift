import ScrubNative
import Testing

/// Cases 13 to 16 of "The Galois/Counter Mode of Operation" (McGrew and Viega), appendix B: those of 256-bit keys and
/// 96-bit nonces.
private struct Case: Sendable {
  let key, nonce, associatedData, value, encrypted, tag: String
}

private let longKey = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
private let longValue =
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
  + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
private let longEncrypted =
  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
  + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"

private let cases = [
  Case(
    key: String(repeating: "00", count: 32), nonce: String(repeating: "00", count: 12), associatedData: "", value: "",
    encrypted: "", tag: "530f8afbc74536b9a963b4f1c4cb738b"),
  Case(
    key: String(repeating: "00", count: 32), nonce: String(repeating: "00", count: 12), associatedData: "",
    value: String(repeating: "00", count: 16), encrypted: "cea7403d4d606b6e074ec5d3baf39d18",
    tag: "d0d1c8a799996bf0265b98b5d48ab919"),
  Case(
    key: longKey, nonce: "cafebabefacedbaddecaf888", associatedData: "", value: longValue, encrypted: longEncrypted,
    tag: "b094dac5d93471bdec1a502270e3cc6c"),
  Case(
    key: longKey, nonce: "cafebabefacedbaddecaf888", associatedData: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    value: String(longValue.prefix(120)), encrypted: String(longEncrypted.prefix(120)),
    tag: "76fc6ece0f4e1768cddf8853bb2d551b"),
]

struct EncryptedValuesTests {
  @Test(arguments: cases)
  private func thePublishedCasesHold(vector: Case) throws {
    let values = try EncryptedValues(secret(hex(vector.key)))
    let stored = hex(vector.nonce) + hex(vector.encrypted) + hex(vector.tag)
    // Twice, for a context is used for many values.
    for _ in 0..<2 {
      #expect(
        try values.encrypt(
          hex(vector.value), nonce: hex(vector.nonce), associatedData: hex(vector.associatedData)) == stored)
      #expect(values.decrypt(stored, associatedData: hex(vector.associatedData)) == hex(vector.value))
    }
  }

  @Test func everyChangedBitIsFound() throws {
    var dice = Dice(11)
    let values = try EncryptedValues(secret(dice.bytes(32)))
    let (value, beside) = (dice.bytes(20), dice.bytes(29))
    let stored = try values.encrypt(value, associatedData: beside)
    #expect(stored.count == 12 + 20 + 16)
    for index in stored.indices {
      for bit in 0..<8 {
        var other = stored
        other[index] ^= 1 << UInt8(bit)
        #expect(values.decrypt(other, associatedData: beside) == nil)
      }
    }
    for index in beside.indices {
      var other = beside
      other[index] ^= 1
      #expect(values.decrypt(stored, associatedData: other) == nil)
    }
    for count in [0, 1, 12, 27, 28, 47] {
      #expect(values.decrypt(Array(stored.prefix(count)), associatedData: beside) == nil)
    }
    #expect(values.decrypt(stored + [0], associatedData: beside) == nil)
    #expect(values.decrypt(stored, associatedData: beside) == value)
  }

  @Test func equalValuesAreStoredUnderNoncesOfTheirOwn() throws {
    var dice = Dice(12)
    let values = try EncryptedValues(secret(dice.bytes(32)))
    let value = dice.bytes(8)
    let all = try (0..<1000).map { _ in try values.encrypt(value, associatedData: []) }
    #expect(Set(all.map { Array($0.prefix(12)) }).count == 1000)
    #expect(Set(all.map { Array($0.dropFirst(12)) }).count == 1000)
  }

  @Test func anotherKeyDecryptsNothing() throws {
    var dice = Dice(13)
    let stored = try EncryptedValues(secret(dice.bytes(32))).encrypt(dice.bytes(9), associatedData: [])
    #expect(try EncryptedValues(secret(dice.bytes(32))).decrypt(stored, associatedData: []) == nil)
  }

  @Test(arguments: [0, 16, 31, 33, 64])
  func aKeyOfAnotherSizeIsRefused(size: Int) {
    var dice = Dice(14)
    let key = secret(dice.bytes(size))
    #expect(throws: NativeError.self) { try EncryptedValues(key) }
  }
}
