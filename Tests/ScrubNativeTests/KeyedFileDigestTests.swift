import ScrubNative
import Testing

struct KeyedFileDigestTests {
  private func digest(_ key: [UInt8], _ pieces: [ArraySlice<UInt8>]) throws -> [UInt8] {
    let digest = try KeyedFileDigest(FileDigestKey(secret(key)))
    for piece in pieces { try unsafe piece.withUnsafeBytes { bytes in try unsafe digest.update(bytes) } }
    return try digest.finish().bytes
  }

  /// By Python: AES-GCM of `cryptography` with the file as associated data and nothing to encrypt, and `hmac`, under
  /// the subkeys by HKDF. The files are the first bytes of the alphabet, over and over.
  @Test(arguments: [
    (0, "c71cd5fa59b7e8de124045ac89373533ae4714df03b6f63a5bfe15e3c9fbeba1"),
    (3, "09daca994b6f7f0e010b1f916532d4721c0b72a13b148850a3d712d1dabdd6ef"),
    (1000, "2be5368b6e3b8d0ee0a37e5b2ef5f6d35eceff6c14909098c9a255c1b8941e0c"),
  ])
  func itIsThatOfTheOtherImplementation(count: Int, known: String) throws {
    let file = (0..<count).map { UInt8(0x61 + $0 % 26) }
    #expect(try digest((0..<32).map { UInt8($0) }, [file[...]]) == hex(known))
  }

  @Test(arguments: [0, 1, 15, 16, 17, 1000])
  func piecesGiveTheDigestOfTheWhole(cut: Int) throws {
    var dice = Dice(1)
    let (file, key) = (dice.bytes(1000), dice.bytes(32))
    #expect(try digest(key, [file[..<cut], file[cut...]]) == digest(key, [file[...]]))
  }

  @Test func zerosAtTheEndMatter() throws {
    let key = [UInt8](repeating: 7, count: 32)
    let digests = try (0...33).map { try digest(key, [[UInt8](repeating: 0, count: $0)[...]]) }
    #expect(Set(digests).count == 34)
  }
}
