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
    #expect(try outcome(text, "t1") == .made)
    #expect(try outcome(text, "t2") == .unfit)
    #expect(try outcome("t1-s1-short", "t1") == .unfit)
    #expect(try outcome("ada@example.test", "t1") == .unfit)
  }
}

struct VaultOfferTests {
  private struct Offer: Equatable {
    let token, domain, value: String
  }

  /// Tokens of the values in their order, and what is offered for them then.
  private func offered(
    _ values: [String], _ converter: inout Converter, phoneDomain: String? = nil
  ) throws -> (tokens: [String], offers: [Offer]) {
    let tokenising = Tokenising(
      store: .vault, normaliser: phoneDomain == nil ? .email : .channel, domain: "d", phoneDomain: phoneDomain)
    let prepared = try #require(try converter.prepare(.tokenise(tokenising)))
    let tokens = try values.map { value in
      var output = ByteSink()
      let bytes = Array(value.utf8)
      _ = try unsafe converter.append(bytes.span.bytes, 0..<bytes.count, prepared, to: &output)
      return String(decoding: output.array, as: UTF8.self)
    }
    var offers: [Offer] = []
    converter.handOver { given in
      given.forEach { token, domain, value in
        offers.append(
          Offer(
            token: String(decoding: token, as: UTF8.self), domain: domain, value: String(decoding: value, as: UTF8.self)))
      }
    }
    return (tokens, offers)
  }

  @Test func eachTokenIsOfferedOnceWithItsFirstOriginalInTheOrderOfTokens() throws {
    var converter = Converter(TestKeys())
    let values = (0..<50).flatMap { ["Person\($0)@example.test", " person\($0)@EXAMPLE.test"] }
    let (tokens, offers) = try offered(values, &converter)
    #expect(Set(tokens).count == 50)
    #expect(offers.map(\.token) == Set(tokens).sorted())
    #expect(offers.allSatisfy { $0.value.hasPrefix("P") && $0.domain == "d" })
    #expect(try offered(values, &converter).offers.isEmpty, "what is remembered was handed over")
  }

  @Test func aChannelIsOfferedInTheDomainOfItsValue() throws {
    var converter = Converter(TestKeys())
    let (_, offers) = try offered(["ada@example.test", "+12025550123", "", "nobody"], &converter, phoneDomain: "p")
    #expect(Set(offers.map { "\($0.domain) \($0.value)" }) == ["d ada@example.test", "p +12025550123"])
  }

  @Test func whatCannotBeStoredStaysOnOffer() throws {
    struct Full: Error {}
    var converter = Converter(TestKeys())
    let tokenising = Tokenising(store: .vault, normaliser: .email, domain: "d")
    let prepared = try #require(try converter.prepare(.tokenise(tokenising)))
    let bytes = Array("ada@example.test".utf8)
    var output = ByteSink()
    _ = try unsafe converter.append(bytes.span.bytes, 0..<bytes.count, prepared, to: &output)
    let size = converter.offeredSize
    #expect(size > bytes.count)
    #expect(throws: Full.self) { try converter.handOver { _ in throw Full() } }
    #expect(converter.offeredSize == size)
    converter.handOver { _ in }
    #expect(converter.offeredSize == 0)
  }
}
