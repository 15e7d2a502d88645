import ScrubCore
import ScrubNative
import Testing

private func hashing(_ normaliser: Normaliser, _ format: PseudonymFormat = .token(byteCount: 16)) -> Hashing {
  Hashing(normaliser: normaliser, format: format, domain: "d", phoneDomain: normaliser == .channel ? "p" : nil)
}

struct NormaliserTests {
  @Test(arguments: [
    (Normaliser.email, " Ada@Example.TEST\t", "ada@example.test"), (.email, "İ@x", "İ@x"),
    (.phone, "+1 (202) 555-0123", "12025550123"), (.phone, "0044 7700 900123", "447700900123"),
    (.lowered, " ABC-1 ", "abc-1"), (.trimmed, "\u{b} aB \r\n", "aB"),
  ])
  func spellingsOfOneValueHaveOnePseudonym(normaliser: Normaliser, spelled: String, normal: String) throws {
    #expect(try pseudonym(spelled, hashing(normaliser)).text == pseudonym(normal, hashing(.trimmed)).text)
  }

  @Test(arguments: [
    (Normaliser.phone, "123456"), (.phone, "1234567890123456"), (.phone, "call me"), (.trimmed, "  "), (.trimmed, "0"),
    (.lowered, "00000000-0000-0000-0000-000000000000"), (.channel, "nobody"), (.phone, "0000000"),
  ])
  func whatIsNoValueIsUnfit(normaliser: Normaliser, value: String) throws {
    let made = try pseudonym(value, hashing(normaliser))
    #expect(made.outcome == .unfit && made.text.isEmpty)
  }

  @Test(arguments: ["", "[REDACTED]"])
  func brazesOwnEmptinessStays(value: String) throws {
    #expect(try pseudonym(value, hashing(.email)).outcome == .left)
  }

  @Test func aChannelIsAnAddressOrANumber() throws {
    #expect(try pseudonym("A@b", hashing(.channel)).text == pseudonym("a@b", hashing(.email)).text)
    let phones = Hashing(normaliser: .phone, format: .token(byteCount: 16), domain: "p")
    #expect(try pseudonym("+12025550123", hashing(.channel)).text == pseudonym("12025550123", phones).text)
  }

  @Test func brazesOwnHashHasADomainOfItsOwn() throws {
    let digest = String(repeating: "aB", count: 32)
    let own = Hashing(normaliser: .trimmed, format: .token(byteCount: 16), domain: "d_prehashed")
    for normaliser in [Normaliser.email, .phone, .channel] {
      let made = try pseudonym(digest, hashing(normaliser))
      #expect(made.outcome == .prehashed)
      if normaliser != .phone { #expect(made.text == (try pseudonym(digest.lowercased(), own).text)) }
    }
  }
}

struct FormatTests {
  @Test func everyFormatIsMadeOfTheSameMAC() throws {
    let key = try TestKeys().subkey(.hash(domain: "d"))
    let value = Array("value".utf8)
    let mac = try unsafe value.withUnsafeBytes { try unsafe KeyedDigest(key).digest($0) }.bytes
    func made(_ format: PseudonymFormat) throws -> String { try pseudonym("value", hashing(.trimmed, format)).text }
    #expect(try made(.hex) == mac.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    let token = try made(.token(byteCount: 16))
    #expect(token.hasPrefix("t1-") && token.count == 29)
    #expect(try made(.token(byteCount: 32)).hasPrefix(String(token.dropLast())))
    #expect(try made(.token(byteCount: 12)).count == 3 + 20)
    #expect(try made(.email) == String(token.dropFirst(3)) + "@t1.scrubbed.invalid")
    let number = mac[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 1_000_000_000_000
    let digits = String(number)
    #expect(try made(.phone) == "+999" + String(repeating: "0", count: 12 - digits.count) + digits)
    let uuid = Array(try made(.uuid))
    #expect(uuid.count == 36 && uuid[14] == "8" && "89ab".contains(uuid[19]))
  }

  @Test func linkingIDsKeepTheirForm() throws {
    let linking = hashing(.trimmed, .uuidOrToken)
    #expect(try pseudonym("6ba7b810-9dad-11d1-80b4-00c04fd430c8", linking).text.count == 36)
    #expect(try pseudonym("dispatch-1", linking).text.hasPrefix("t1-"))
  }

  @Test func domainsDoNotJoin() throws {
    let other = Hashing(normaliser: .trimmed, format: .hex, domain: "e")
    #expect(try pseudonym("a", hashing(.trimmed, .hex)).text != pseudonym("a", other).text)
  }

  @Test func whatIsRememberedIsWhatWouldBeMade() throws {
    var pseudonymiser = Pseudonymiser(TestKeys())
    let first = try pseudonymiser.prepare(hashing(.trimmed))
    let second = try pseudonymiser.prepare(hashing(.lowered, .hex))
    var random = Random(state: 1)
    var expected: [String: String] = [:]
    var sink = ByteSink()
    for _ in 0..<4_000 {
      let number = random.below(300)
      let value = String(repeating: "v", count: number % 60) + "\(number)"
      let isFirst = random.chance(50)
      let bytes = Array(value.utf8)
      sink.removeAll()
      _ = try unsafe pseudonymiser.append(bytes.span.bytes, 0..<bytes.count, isFirst ? first : second, to: &sink)
      let text = String(decoding: unsafe sink.withUnsafeBytes { unsafe Array($0) }, as: UTF8.self)
      let known = expected[value + "\(isFirst)"]
      #expect(known == nil || known == text)
      if known == nil {
        expected[value + "\(isFirst)"] = text
        #expect(try text == pseudonym(value, isFirst ? hashing(.trimmed) : hashing(.lowered, .hex)).text)
      }
    }
  }
}
