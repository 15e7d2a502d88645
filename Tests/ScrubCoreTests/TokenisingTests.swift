import ScrubCore
import ScrubNative
import Testing

struct SealedTokenTests {
  private func token(
    _ value: String, _ normaliser: Normaliser, phoneDomain: String? = nil
  ) throws -> (text: String, outcome: ConversionOutcome) {
    let treatment = Treatment.tokenise(
      Tokenising(store: .sealed, normaliser: normaliser, domain: "d", phoneDomain: phoneDomain))
    return try converted(value, treatment)
  }

  private func open(_ text: String) throws -> (domain: String, value: [UInt8])? {
    SealedToken.open(text, with: try SealedValues(TestKeys().subkey(.seal)))
  }

  @Test(arguments: [
    (Normaliser.email, " Ada@example.test"), (.phone, "+1 202 555 0123"), (.trimmed, "x"), (.lowered, "ABC"),
    (.trimmed, "Grüße \u{1F600}"), (.trimmed, String(repeating: "long ", count: 400)),
  ])
  func theOriginalComesBackAsItCame(normaliser: Normaliser, value: String) throws {
    let made = try token(value, normaliser)
    #expect(made.outcome == .written)
    #expect(made.text.hasPrefix("t1-s1-"))
    #expect(SealedToken.keyID(of: made.text) == "t1")
    let opened = try #require(try open(made.text))
    #expect(opened.value == Array(value.utf8))
    #expect(opened.domain == "d")
    #expect(try token(value, normaliser).text == made.text)
  }

  @Test func aChannelHasTheDomainOfItsValue() throws {
    #expect(try open(token("ada@example.test", .channel, phoneDomain: "p").text)?.domain == "d")
    #expect(try open(token("+12025550123", .channel, phoneDomain: "p").text)?.domain == "p")
  }

  @Test(arguments: [(Normaliser.phone, "call me"), (.channel, "nobody"), (.trimmed, " "), (.lowered, "0-0")])
  func whatIsNoValueHasNoToken(normaliser: Normaliser, value: String) throws {
    let made = try token(value, normaliser)
    #expect(made.outcome == .unfit && made.text.isEmpty)
  }

  @Test(arguments: ["", "[REDACTED]"])
  func brazesOwnEmptinessStays(value: String) throws {
    #expect(try token(value, .email).outcome == .left)
  }

  @Test func whatIsNoTokenDoesNotOpen() throws {
    let text = try token("ada@example.test", .email).text
    let last = text.last == "a" ? "b" : "a"
    for other in [
      "", "t1", "t1-s1-", "t1-" + text.dropFirst(6), text.uppercased(), text + "a", String(text.dropLast()),
      text.dropLast() + last, "t1-s2-" + text.dropFirst(6), text + "=", "k-t1-s1-" + text.dropFirst(6),
    ] {
      #expect(try open(String(other)) == nil, "\(other.count)")
    }
  }

  @Test func aProofKnowsATokenByItsShape() throws {
    let treatment = Treatment.tokenise(Tokenising(store: .sealed, normaliser: .email, domain: "d"))
    let text = try token("ada@example.test", .email).text
    func outcome(_ text: String, _ keyID: String) throws -> ConversionOutcome {
      try converted(text, treatment, Converter(recognising: keyID)).outcome
    }
    #expect(try outcome(text, "t1") == .left)
    #expect(try outcome(text, "t2") == .unfit)
    #expect(try outcome("t1-s1-short", "t1") == .unfit)
    #expect(try outcome("ada@example.test", "t1") == .unfit)
  }
}
