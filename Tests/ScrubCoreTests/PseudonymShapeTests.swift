import ScrubCore
import ScrubNative
import Testing

struct PseudonymShapeTests {
  private static let formats: [PseudonymFormat] = [
    .token(byteCount: 12), .token(byteCount: 16), .token(byteCount: 32), .hex, .uuid, .email, .phone, .uuidOrToken,
  ]

  @Test(arguments: formats)
  func whatIsMadeIsRecognised(format: PseudonymFormat) throws {
    let hashing = Hashing(normaliser: .trimmed, format: format, domain: "d")
    for value in ["ada@example.test", "5b0e8400-e29b-41d4-a716-446655440000", "x"] {
      #expect(format.recognises(try pseudonym(value, hashing).text, keyID: TestKeys().keyID))
    }
  }

  @Test(arguments: formats)
  func noneIsRecognisedWithOneByteChanged(format: PseudonymFormat) throws {
    let text = try pseudonym("x", Hashing(normaliser: .trimmed, format: format, domain: "d")).text
    #expect(!format.recognises(String(text.dropLast()), keyID: TestKeys().keyID))
    #expect(!format.recognises(text + "a", keyID: TestKeys().keyID))
    for index in text.indices {
      let changed = text.replacingCharacters(at: index, with: "!")
      #expect(!format.recognises(changed, keyID: TestKeys().keyID))
    }
  }

  @Test(arguments: [
    "", "-", "k1", "k1-", "ada@example.test", "@k1.scrubbed.invalid", "+999", "+12025550143",
    "5b0e8400-e29b-41d4-a716-446655440000", "AAAAAAAA-AAAA-8AAA-8AAA-AAAAAAAAAAAA", "K1-aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "k2-aaaaaaaaaaaaaaaaaaaaaaaaaa", "k1-aaaaaaaaaaaaaaaaaaaaaaaa1a", "[REDACTED]",
  ])
  func otherTextsAreNotRecognised(text: String) {
    for format in Self.formats { #expect(!format.recognises(text, keyID: "k1")) }
  }

  @Test func aRecogniserMakesNothing() throws {
    let hashing = Hashing(normaliser: .email, format: .token(byteCount: 16), domain: "email")
    let token = try pseudonym("ada@example.test", hashing).text
    var recogniser = Pseudonymiser(recognising: TestKeys().keyID)
    let prepared = try recogniser.prepare(hashing)
    for (text, outcome) in [(token, ConversionOutcome.made), ("ada@example.test", .unfit), ("", .left)] {
      var sink = ByteSink()
      let bytes = Array(text.utf8)
      let result = try unsafe recogniser.append(bytes.span.bytes, 0..<bytes.count, prepared, to: &sink)
      #expect(result == outcome && sink.array.isEmpty)
    }
  }
}

extension String {
  fileprivate func replacingCharacters(at index: Index, with other: Character) -> String {
    String(self[..<index]) + String(other) + String(self[self.index(after: index)...])
  }
}
