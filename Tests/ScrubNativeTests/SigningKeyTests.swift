import Foundation
import ScrubNative
import Testing

/// Ed25519 as RFC 8032 has it (section 7.1), and PEM as OpenSSL writes it.
struct SigningKeyTests {
  struct Vector: CustomTestStringConvertible {
    let name: String
    let seed, key, message, signature: String

    var testDescription: String { name }
  }

  static let vectors = [
    Vector(
      name: "TEST 1", seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: "",
      signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        + "d25bf5f0595bbe24655141438e7a100b"),
    Vector(
      name: "TEST 2", seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", message: "72",
      signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        + "387b2eaeb4302aeeb00d291612bb0c00"),
    Vector(
      name: "TEST 3", seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      key: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", message: "af82",
      signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        + "4a7c15e9716ed28dc027beceea1ec40a"),
  ]

  @Test(arguments: vectors)
  func signaturesAreThoseOfTheStandard(vector: Vector) throws {
    let key = try SigningKey(seed: secret(hex(vector.seed)))
    #expect(key.verifying.bytes == hex(vector.key))
    #expect(try key.sign(hex(vector.message)) == hex(vector.signature))
    #expect(key.verifying.verifies(hex(vector.signature), of: hex(vector.message)))
  }

  @Test func anyChangeIsFound() throws {
    let key = try SigningKey.random()
    let message = Array("receipt".utf8)
    let signature = try key.sign(message)
    #expect(key.verifying.verifies(signature, of: message))
    for bit in 0..<(signature.count * 8) {
      var other = signature
      other[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!key.verifying.verifies(other, of: message))
    }
    for bit in 0..<(message.count * 8) {
      var other = message
      other[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!key.verifying.verifies(signature, of: other))
    }
    #expect(!key.verifying.verifies(signature, of: message + [0]))
    #expect(!key.verifying.verifies(signature.dropLast(), of: message))
    #expect(!key.verifying.verifies([], of: message))
    #expect(try !SigningKey.random().verifying.verifies(signature, of: message))
  }

  @Test func pemIsReadAsItIsWritten() throws {
    let key = try SigningKey(seed: secret(hex(Self.vectors[0].seed)))
    let text = unsafe key.pem.withBytes { bytes in unsafe String(decoding: bytes, as: UTF8.self) }
    // What `openssl genpkey` would write for this key.
    #expect(
      text == """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
        -----END PRIVATE KEY-----

        """)
    let again = try #require(SigningKey(pem: secret(Array(text.utf8))))
    #expect(again.verifying == key.verifying)
    #expect(VerifyingKey(pem: key.verifying.pem) == key.verifying)
    #expect(
      key.verifying.pem == """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
        -----END PUBLIC KEY-----

        """)
  }

  @Test func otherTextsAreNoKeys() throws {
    let key = try SigningKey.random()
    let text = unsafe key.pem.withBytes { bytes in unsafe String(decoding: bytes, as: UTF8.self) }
    let others = [
      "", "-----BEGIN PRIVATE KEY-----", text + "\n", text.replacingOccurrences(of: "MC4C", with: "MC4D"),
      text.replacingOccurrences(of: "\n", with: "\r\n"), text.replacingOccurrences(of: "PRIVATE", with: "PUBLIC"),
      text.replacingOccurrences(of: "MC4CAQ", with: "MC4C?Q"),
    ]
    for other in others { #expect(SigningKey(pem: secret(Array(other.utf8))) == nil) }
    for other in ["", text, key.verifying.pem + " ", key.verifying.pem.replacingOccurrences(of: "=", with: "A")] {
      #expect(VerifyingKey(pem: other) == nil)
    }
    #expect(throws: NativeError.self) { try SigningKey(seed: secret([1, 2, 3])) }
    #expect(VerifyingKey([1, 2, 3]) == nil)
  }
}
