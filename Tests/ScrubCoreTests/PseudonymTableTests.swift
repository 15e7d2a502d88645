import ScrubCore
import ScrubNative
import Testing

/// What a value becomes: the text of its pseudonym, or why it has none.
enum Made: Equatable {
  case pseudonym(String)
  case prehashed(String)
  case left, unfit
}

func made(_ value: [UInt8], _ hashing: Hashing, key: TestKey = TestKey()) throws -> Made {
  var pseudonymiser = Pseudonymiser(key)
  let prepared = try pseudonymiser.prepare(hashing)
  var sink = ByteSink()
  let outcome = try unsafe pseudonymiser.append(value.span.bytes, 0..<value.count, prepared, to: &sink)
  let text = String(decoding: sink.array, as: UTF8.self)
  switch outcome {
  case .written: return .pseudonym(text)
  case .prehashed: return .prehashed(text)
  case .left, .made, .unfit, .unconverted:
    #expect(text.isEmpty)
    if case .left = outcome { return .left }
    return .unfit
  }
}

func made(_ value: String, _ hashing: Hashing, key: TestKey = TestKey()) throws -> Made {
  try made(Array(value.utf8), hashing, key: key)
}

private func token(_ normaliser: Normaliser, domain: String = "d") -> Hashing {
  Hashing(normaliser: normaliser, format: .token(byteCount: 16), domain: domain)
}

struct NormaliserTableTests {
  @Test(
    arguments: [
      (.email, "Ada@Example.TEST", "ada@example.test"),
      (.email, " \t\u{b}\u{c}\r\nada@example.test \n", "ada@example.test"),
      (.email, "ada+list@example.test", "ada+list@example.test"),
      (.email, "a.d.a@example.test", "a.d.a@example.test"),
      (.email, "\u{c4}DA@example.test", "\u{c4}da@example.test"),
      (.email, "\u{212a}@example.test", "\u{212a}@example.test"),
      (.email, "\u{a0}ada@example.test", "\u{a0}ada@example.test"),
      (.email, "a da@example.test", "a da@example.test"),
      (.phone, "+1 (555) 010-0199", "15550100199"),
      (.phone, "0015550100199", "15550100199"),
      (.phone, "000015550100199", "0015550100199"),
      (.phone, "+44 20 7946 0000", "442079460000"),
      (.phone, "1234567", "1234567"),
      (.phone, "123456789012345", "123456789012345"),
      (.phone, "00123456789012345", "123456789012345"),
      (.phone, "tel:5550100", "5550100"),
      (.lowered, " ABCDEF-12 ", "abcdef-12"),
      (.lowered, "\u{c4}B", "\u{c4}b"),
      (.trimmed, " Ada Lovelace\t", "Ada Lovelace"),
      (.trimmed, "ADA", "ADA"),
      (.trimmed, "0-1", "0-1"),
    ] as [(Normaliser, String, String)])
  func aValueIsBroughtIntoOneSpelling(normaliser: Normaliser, value: String, normal: String) throws {
    #expect(try made(value, token(normaliser)) == .pseudonym(TestKey().token(normal, domain: "d")))
  }

  @Test(
    arguments: [
      (.phone, "123456"), (.phone, "1234567890123456"), (.phone, "00123456"), (.phone, "no digits"),
      (.phone, "+"),
      (.phone, "0000000000"), (.phone, "\u{0661}\u{0662}\u{0663}\u{0664}\u{0665}\u{0666}\u{0667}"),
      (.lowered, "00000000-0000-0000-0000-000000000000"), (.lowered, "0"), (.lowered, "-"), (.trimmed, "000"),
      (.trimmed, " 0 "), (.email, "   "), (.trimmed, " \t\n"), (.lowered, "\r"),
    ] as [(Normaliser, String)])
  func aValueThatSaysNothingHasNoPseudonym(normaliser: Normaliser, value: String) throws {
    #expect(try made(value, token(normaliser)) == .unfit)
  }

  @Test(arguments: [Normaliser.email, .phone, .channel, .lowered, .trimmed], ["", "[REDACTED]"])
  func whatBrazeRemovedStays(normaliser: Normaliser, value: String) throws {
    #expect(try made(value, token(normaliser)) == .left)
  }

  /// Unicode 15, table 3-7: what is ill-formed, and the nearest that is not.
  @Test(
    arguments: [
      ([0xff], false), ([0x61, 0x80], false), ([0xc0, 0xaf], false), ([0xc1, 0xbf], false),
      ([0xc2, 0x80], true),
      ([0xe0, 0x9f, 0xbf], false), ([0xe0, 0xa0, 0x80], true), ([0xed, 0xa0, 0x80], false),
      ([0xed, 0x9f, 0xbf], true),
      ([0xf0, 0x8f, 0xbf, 0xbf], false), ([0xf0, 0x90, 0x80, 0x80], true), ([0xf4, 0x8f, 0xbf, 0xbf], true),
      ([0xf4, 0x90, 0x80, 0x80], false), ([0xf5, 0x80, 0x80, 0x80], false), ([0xe2, 0x82], false),
      ([0xc3], false),
      (Array("twelve bytes".utf8) + [0xc3, 0x28], false),
    ] as [([UInt8], Bool)])
  func onlyUTF8IsHashed(bytes: [UInt8], isText: Bool) throws {
    let result = try made(bytes, token(.trimmed))
    #expect((result == .unfit) != isText)
  }

  @Test func noUnicodeNormalisationTakesPlace() throws {
    #expect(try made("\u{e9}", token(.trimmed)) != made("e\u{301}", token(.trimmed)))
  }
}

struct ChannelTests {
  private let hashing = Hashing(
    normaliser: .channel, format: .email, domain: "email", phoneDomain: "phone",
    phoneFormat: .token(byteCount: 12))

  @Test func anAddressIsHashedAsOne() throws {
    let digits = base32(TestKey().mac("ada@example.test", domain: "email").prefix(16))
    #expect(try made(" ADA@example.test", hashing) == .pseudonym("\(digits)@k1.scrubbed.invalid"))
  }

  @Test func aNumberIsHashedAsOne() throws {
    let token = TestKey().token("15550100199", domain: "phone", byteCount: 12)
    #expect(try made("+1 555 010 0199", hashing) == .pseudonym(token))
  }

  @Test(arguments: ["neither", "12", "0000000"])
  func whatIsNeitherHasNoPseudonym(value: String) throws {
    #expect(try made(value, hashing) == .unfit)
  }
}

struct PrehashedTests {
  private static let digest = "B94D27B9934D3E08A52E52D7DA7DABFAC484EFE37A5380EE9088F7ACE2EFCDE9"

  @Test(arguments: [Normaliser.email, .phone, .channel])
  func aDigestIsHashedInADomainOfItsOwn(normaliser: Normaliser) throws {
    let expected = TestKey().token(Self.digest.lowercased(), domain: "d_prehashed")
    #expect(
      try made(Self.digest, Hashing(normaliser: normaliser, format: .token(byteCount: 16), domain: "d"))
        == .prehashed(expected))
    #expect(try made(" " + Self.digest.lowercased(), token(normaliser)) == .prehashed(expected))
  }

  @Test(arguments: [Normaliser.lowered, .trimmed])
  func otherKindsKnowNoDigests(normaliser: Normaliser) throws {
    let normal = normaliser == .lowered ? Self.digest.lowercased() : Self.digest
    #expect(try made(Self.digest, token(normaliser)) == .pseudonym(TestKey().token(normal, domain: "d")))
  }

  @Test func sixtyThreeDigitsAreNoDigest() throws {
    #expect(try made(String(Self.digest.dropLast()), token(.phone)) == .unfit)
  }
}

struct PseudonymFormatTests {
  private static let values = [
    "ada@example.test", "a", "grace@example.test", "\u{e9}", String(repeating: "x", count: 500),
  ]

  private func hashing(_ format: PseudonymFormat) -> Hashing {
    Hashing(normaliser: .trimmed, format: format, domain: "d")
  }

  @Test(arguments: values, [12, 13, 16, 20, 25, 31, 32])
  func aTokenIsKeyIDAndBase32(value: String, byteCount: Int) throws {
    #expect(
      try made(value, hashing(.token(byteCount: byteCount)))
        == .pseudonym(TestKey().token(value, domain: "d", byteCount: byteCount)))
  }

  @Test(arguments: values)
  func hexIsTheWholeMAC(value: String) throws {
    #expect(try made(value, hashing(.hex)) == .pseudonym(hex(TestKey().mac(value, domain: "d"))))
  }

  @Test(arguments: values)
  func aUUIDHasVersionEightAndTheVariantBits(value: String) throws {
    var mac = Array(TestKey().mac(value, domain: "d").prefix(16))
    mac[6] = 0x80 | mac[6] & 0x0f
    mac[8] = 0x80 | mac[8] & 0x3f
    let digits = hex(mac)
    var parts: [String] = []
    var start = digits.startIndex
    for count in [8, 4, 4, 4, 12] {
      let end = digits.index(start, offsetBy: count)
      parts.append(String(digits[start..<end]))
      start = end
    }
    #expect(try made(value, hashing(.uuid)) == .pseudonym(parts.joined(separator: "-")))
  }

  @Test(arguments: values)
  func anAddressEndsInADomainThatCannotExist(value: String) throws {
    let digits = base32(TestKey().mac(value, domain: "d").prefix(16))
    #expect(try made(value, hashing(.email)) == .pseudonym("\(digits)@k1.scrubbed.invalid"))
  }

  @Test(arguments: 0..<50)
  func aNumberHasTwelveDigitsBehindACodeOfNoCountry(number: Int) throws {
    let value = "value \(number)"
    let mac = TestKey().mac(value, domain: "d").prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let digits = String(mac % 1_000_000_000_000)
    let padded = String(repeating: "0", count: 12 - digits.count) + digits
    #expect(try made(value, hashing(.phone)) == .pseudonym("+999" + padded))
  }

  @Test(arguments: [
    ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", true), ("6BA7B810-9DAD-11D1-80B4-00C04FD430C8", true),
    ("6ba7b8109dad11d180b400c04fd430c8", false), ("6ba7b810-9dad-11d1-80b4-00c04fd430c", false), ("x", false),
    ("6ba7b810-9dad-11d1-80b4-00c04fd430cg", false),
  ])
  func aLinkingIDKeepsItsForm(value: String, isUUID: Bool) throws {
    #expect(
      try made(value, hashing(.uuidOrToken)) == made(value, hashing(isUUID ? .uuid : .token(byteCount: 16))))
  }

  @Test func aUUIDIsToldByEachOfItsBytes() throws {
    let uuid = Array("0a1B2c3D-4e5F-6789-abcd-ef0123456789".utf8)
    let (dash, digits) = (UInt8(ascii: "-"), Set("0123456789abcdefABCDEF".utf8))
    for place in uuid.indices {
      for byte in 0...UInt8.max {
        var text = uuid
        text[place] = byte
        let isUUID = uuid[place] == dash ? byte == dash : digits.contains(byte)
        #expect(
          try made(text, hashing(.uuidOrToken)) == made(text, hashing(isUUID ? .uuid : .token(byteCount: 16))), "\(byte) at \(place)")
      }
    }
  }

  @Test func anotherDomainOrAudienceOrKeyIDIsAnotherPseudonym() throws {
    let other = Hashing(normaliser: .trimmed, format: .hex, domain: "e")
    let all = [
      try made("a", hashing(.hex)), try made("a", other),
      try made("a", hashing(.hex), key: TestKey(audience: "agency_x")),
      try made("a", hashing(.hex), key: TestKey(keyID: "k2")),
    ]
    for (index, one) in all.enumerated() { #expect(!all[..<index].contains(one)) }
  }

  @Test func withoutAKeyThereAreNoPseudonyms() {
    var pseudonymiser = Pseudonymiser(nil)
    #expect(throws: NativeError.self) { try pseudonymiser.prepare(hashing(.hex)) }
  }
}

struct PseudonymCacheTests {
  /// One pseudonymiser for everything against a fresh computation of each value.
  @Test func rememberedPseudonymsAreThoseThatAreMade() throws {
    let key = TestKey()
    var pseudonymiser = Pseudonymiser(key)
    let domains = ["a", "b", "c"]
    let hashings = domains.map { Hashing(normaliser: .trimmed, format: .token(byteCount: 16), domain: $0) }
    let prepared = try hashings.map { try pseudonymiser.prepare($0) }
    var dice = Dice(7)
    // Lengths around the longest that is remembered (48 bytes), and many that come again.
    let values = (0..<400).map { _ in
      String(decoding: (0..<(1 + dice.roll(70))).map { _ in UInt8(0x61 + dice.roll(3)) }, as: UTF8.self)
    }
    var expected: [String: String] = [:]
    for _ in 0..<6_000 {
      let (value, domain) = (dice.pick(values), dice.roll(3))
      var sink = ByteSink()
      let bytes = Array(value.utf8)
      _ = try unsafe pseudonymiser.append(bytes.span.bytes, 0..<bytes.count, prepared[domain], to: &sink)
      let name = "\(domain)/\(value)"
      let token = expected[name] ?? key.token(value, domain: domains[domain])
      expected[name] = token
      #expect(String(decoding: sink.array, as: UTF8.self) == token)
    }
  }

  /// More values than places, so that places are taken over again and again.
  @Test func valuesThatShareAPlaceStayApart() throws {
    let key = TestKey()
    var pseudonymiser = Pseudonymiser(key)
    let prepared = try pseudonymiser.prepare(Hashing(normaliser: .trimmed, format: .hex, domain: "d"))
    var first: [Int: [UInt8]] = [:]
    for round in 0..<2 {
      for number in stride(from: 0, to: 90_000, by: 1) {
        var sink = ByteSink(capacity: 64)
        let bytes = Array("user-\(number)".utf8)
        _ = try unsafe pseudonymiser.append(bytes.span.bytes, 0..<bytes.count, prepared, to: &sink)
        if number % 1_000 > 0 { continue }
        if round == 0 {
          first[number] = sink.array
          #expect(String(decoding: sink.array, as: UTF8.self) == hex(key.mac("user-\(number)", domain: "d")))
        } else {
          #expect(first[number] == sink.array)
        }
      }
    }
  }

  /// The table grows, and then is full: what was remembered is what would be made, in whatever order values come.
  @Test func aTableThatGrowsKeepsWhatItHolds() throws {
    let key = TestKey()
    var pseudonymiser = Pseudonymiser(key)
    let prepared = try pseudonymiser.prepare(Hashing(normaliser: .trimmed, format: .token(byteCount: 16), domain: "d"))
    var dice = Dice(3)
    var first: [Int: [UInt8]] = [:]
    for count in [5_000, 9_000, 20_000, 40_000, 150_000] {
      for _ in 0..<count {
        let number = dice.roll(count)
        var sink = ByteSink(capacity: 64)
        let bytes = Array("user-\(number)".utf8)
        _ = try unsafe pseudonymiser.append(bytes.span.bytes, 0..<bytes.count, prepared, to: &sink)
        #expect(first[number] ?? sink.array == sink.array)
        first[number] = sink.array
      }
    }
    for (number, token) in first where number % 500 == 0 {
      #expect(String(decoding: token, as: UTF8.self) == key.token("user-\(number)", domain: "d"))
    }
  }

  @Test func theValueMayStandAnywhereInTheBytes() throws {
    var pseudonymiser = Pseudonymiser(TestKey())
    let prepared = try pseudonymiser.prepare(Hashing(normaliser: .trimmed, format: .hex, domain: "d"))
    let value = Array("ada@example.test".utf8)
    var made: Set<[UInt8]> = []
    for offset in 0..<20 {
      for behind in 0..<10 {
        let bytes = [UInt8](repeating: 0x7a, count: offset) + value + [UInt8](repeating: 0x79, count: behind)
        var sink = ByteSink()
        _ = try unsafe pseudonymiser.append(
          bytes.span.bytes, offset..<(offset + value.count), prepared, to: &sink)
        made.insert(sink.array)
      }
    }
    #expect(made == [Array(hex(TestKey().mac("ada@example.test", domain: "d")).utf8)])
  }

  @Test func aDigestIsToldAsOneHoweverOftenItComes() throws {
    var pseudonymiser = Pseudonymiser(TestKey())
    let prepared = try pseudonymiser.prepare(Hashing(normaliser: .email, format: .hex, domain: "d"))
    let digest = Array(String(repeating: "ab", count: 32).utf8)
    for _ in 0..<3 {
      var sink = ByteSink()
      let outcome = try unsafe pseudonymiser.append(digest.span.bytes, 0..<digest.count, prepared, to: &sink)
      guard case .prehashed = outcome else {
        Issue.record("\(outcome)")
        return
      }
    }
  }
}
