import Testing

@testable import ScrubNative

struct WebTokenTests {
  @Test(arguments: [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy")])
  func bytesAreEncodedAsTheStandardHasIt(_ text: String, _ expected: String) {
    #expect(WebToken.encoded(Array(text.utf8)) == expected)
  }

  @Test func theSignsThatDiffer() { #expect(WebToken.encoded([0xfb, 0xff, 0xfe]) == "-__-") }

  @Test(arguments: ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
  func whatIsNoKey(_ text: String) {
    #expect(throws: NativeError(.sign)) { try WebToken.sign(header: "{}", claims: "{}", key: text) }
  }

  @Test func keysOfOtherKindsSignNothing() throws {
    let other = try SigningKey(seed: SecretBytes.random(count: SigningKey.seedSize)).pem
    let text = unsafe other.withBytes { unsafe String(decoding: $0, as: UTF8.self) }
    #expect(throws: NativeError(.sign)) { try WebToken.sign(header: "{}", claims: "{}", key: text) }
  }
}
