import ScrubCore
import Testing

/// A text between the quotes of JSON.
private func escaped(_ text: String) -> String {
  text.unicodeScalars.map { scalar in
    switch scalar {
    case "\"": "\\\""
    case "\\": "\\\\"
    case "\n": "\\n"
    default: String(scalar)
    }
  }.joined()
}

/// What a search leaves of a text, in an event with these identifiers.
private func scan(
  _ text: String, _ finds: Finds = .all, replacement: Scanning.Replacement = .label,
  known: [(String, FoundKind, String)] = []
) throws -> String {
  var cells = ["text": cell(.scan(Scanning(finds, replacement: replacement)))]
  var identifies: [String: IdentifierKind] = [:]
  var members = ""
  for (name, kind, value) in known {
    cells[name] = cell(.keep)
    identifies[name] = .always(kind)
    members += "\"\(name)\":\"\(escaped(value))\","
  }
  let line = try pass(plan(cells, identifies: identifies), "{\(members)\"text\":\"\(escaped(text))\"}")
  let start = "{\(members)\"text\":\""
  #expect(line.hasPrefix(start) && line.hasSuffix("\"}"))
  return String(line.dropFirst(start.count).dropLast(2))
}

struct TextScanTests {
  @Test(arguments: [
    ("write to ada@example.test.", "write to [email]."), ("<Ada.L+news@mail.example.test>", "<[email]>"),
    ("'ada@example.test'", "'[email]'"), ("email=ada@example.test&x=1", "email=[email]&x=1"),
    ("mailto:ada@example.test?subject=x", "mailto:[email]?subject=x"), ("ada%40example.test", "[email]"),
    ("ada%2540example.test", "[email]"), ("ada@[203.0.113.7]", "[email]"), ("jörg@exämple.test", "[email]"),
    ("bounce+ada=example.test@relay.example", "[email]"), ("a@b", "a@b"), ("logo@2x.png", "logo@2x.png"),
    ("@ada", "@ada"), ("me@", "me@"), ("ada@example.test,bob@example.test", "[email],[email]"),
    ("x@1.2.3.4", "x@[ip]"), (#"{"m":"ada\u0040example.test"}"#, #"{"m":"[email]"}"#),
    (#"line\nada@example.test"#, #"line\n[email]"#),
  ])
  func addressesAreFound(text: String, left: String) throws { #expect(try scan(text) == escaped(left)) }

  @Test(arguments: [
    ("+12025550143", "[phone]"), ("call +1 (202) 555-0143 now", "call [phone] now"), ("+44 7700 900123", "[phone]"),
    ("+33 6 12 34 56 78", "[phone]"), ("(202) 555-0143", "[phone]"), ("202-555-0143", "[phone]"), ("202.555.0143", "[phone]"),
    ("2025550143", "[phone]"), ("1-202-555-0143", "[phone]"), ("0612345678", "[phone]"), ("06 12 34 56 78", "[phone]"),
    ("07700 900123", "[phone]"), ("020 7946 0958", "[phone]"), ("0049 151 12345678", "[phone]"), ("447700900123", "[phone]"),
    ("tel:12025550143", "tel:[phone]"), ("%2B12025550143", "[phone]"), ("phone=12025550143;", "phone=[phone];"),
    ("550 5.1.1", "550 5.1.1"), ("2026-11-25 13:12:29", "2026-11-25 13:12:29"), ("25.11.2026 13:12", "25.11.2026 13:12"),
    ("1767225600", "1767225600"), ("1767225600123", "1767225600123"), ("48.8566142", "48.8566142"), ("0.123456789", "0.123456789"),
    ("id 5f1d8a4412025550143", "id 5f1d8a4412025550143"), ("10 20 30 40 50 60", "10 20 30 40 50 60"),
    ("20261125131229", "20261125131229"), ("+0200", "+0200"), ("a+b", "a+b"), ("12345", "12345"),
    ("wamid.HBgLMTIwMjU1NTAxNDMVAgARGBI=", "[phone]"),
  ])
  func numbersAreFound(text: String, left: String) throws { #expect(try scan(text, .phone) == left) }

  /// A plus is a blank in the value of a form, but not where the value starts.
  @Test(arguments: [
    ("p=+1+202+555+0143&x=1", "p=[phone]&x=1"), ("p=%2B1+202+555+0143", "p=[phone]"), ("c=4111+1111+1111+1111", "c=[card]"),
    ("i=DE89+3704+0044+0532+0130+00", "i=[iban]"), ("q=to+ada%40example.test", "q=[email]"), ("q=customer+no+9", "q=[external_user_id]"),
    ("e=ada+x@example.test&n=a+b", "e=[email]&n=a+b"), ("4111+1111+1111+1111", "4111+1111+1111+1111"), ("a=b&c+d", "a=b&c+d"),
  ])
  func aPlusOfAFormIsABlank(text: String, left: String) throws {
    #expect(try scan(text, known: [("external_user_id", .externalUserID, "customer no 9")]) == left)
  }

  @Test(arguments: [
    ("+49\u{a0}151\u{a0}012340000", "[phone]"), ("06\u{202f}12\u{202f}34\u{202f}56\u{202f}78", "[phone]"),
    ("+49 151\u{2011}12345678", "[phone]"), ("\u{202a}+4915112345678\u{202c}", "\u{202a}[phone]\u{202c}"),
    ("电话+4915112345678谢谢", "电话[phone]谢谢"), ("电话：0612345678。", "电话：[phone]。"),
    ("\u{ff0b}\u{ff14}\u{ff19}\u{ff11}\u{ff15}\u{ff11}\u{ff11}\u{ff12}\u{ff13}\u{ff14}\u{ff15}\u{ff16}\u{ff17}\u{ff18}", "[phone]"),
    (#"+49\u00a0151\u00a012345678"#, "[phone]"), ("价格１２３４元", "价格１２３４元"), ("é\u{a0}è", "é\u{a0}è"),
  ])
  func numbersAreFoundAmongSignsBeyondASCII(text: String, left: String) throws { #expect(try scan(text, .phone) == left) }

  @Test func anAddressOfTheNetworkMayStandAmongLettersBeyondASCII() throws {
    #expect(try scan("地址192.0.2.17到", .ip) == "地址[ip]到")
  }

  @Test(arguments: [
    ("from 203.0.113.7:25", "from [ip]:25"), ("[203.0.113.7]", "[[ip]]"), ("10.0.0.1-10.0.0.9", "[ip]-[ip]"), ("1.2.3.4", "[ip]"),
    ("http://192.0.2.1/x", "http://[ip]/x"), ("Chrome/120.0.0.1", "Chrome/120.0.0.1"), ("v1.2.3.4", "v1.2.3.4"), ("1.2.3.4.5", "1.2.3.4.5"),
    ("2001:db8::1", "[ip]"), ("[2001:DB8::1]:443", "[[ip]]:443"), ("fe80::1ff:fe23:4567:890a", "[ip]"), ("::1", "[ip]"),
    ("2001:db8:0:0:0:0:0:1", "[ip]"), ("::ffff:203.0.113.7", "[ip]"), ("12:30:45", "12:30:45"), ("00:1b:63:84:45:e6", "00:1b:63:84:45:e6"),
    ("std::string", "std::string"), ("a::b", "a::b"), ("see 203.0.113.7.", "see [ip]."), ("1.2.3", "1.2.3"),
  ])
  func networkAddressesAreFound(text: String, left: String) throws { #expect(try scan(text, .ip) == left) }

  @Test func everyOctetIsTold() throws {
    for number in 0...999 {
      let isOctet = number < 256
      for text in ["\(number).0.113.7", "203.\(number).113.7", "203.0.\(number).7", "203.0.113.\(number)"] {
        #expect(try scan(text, .ip) == (isOctet ? "[ip]" : text))
      }
    }
  }

  @Test(arguments: [
    ("4111 1111 1111 1111", "[card]"), ("4111-1111-1111-1111", "[card]"), ("4111111111111111", "[card]"), ("378282246310005", "[card]"),
    ("card 5555555555554444.", "card [card]."), ("4111 1111 1111 1112", "4111 1111 1111 1112"), ("4111111111111111 123", "[card] 123"),
    ("41111111111111111111111", "41111111111111111111111"), ("0000000000000000", "0000000000000000"), ("x4111111111111111", "x4111111111111111"),
  ])
  func cardsAreFound(text: String, left: String) throws { #expect(try scan(text, .card) == left) }

  /// Of ten numbers that differ in the last digit one checks.
  @Test func oneCheckDigitOfTenIsRight() throws {
    var dice = Dice(7)
    for count in 13...19 {
      for _ in 0..<20 {
        let front = "4" + (0..<(count - 2)).map { _ in String(dice.roll(10)) }.joined()
        let found = try (0...9).filter { try scan(front + String($0), .card) == "[card]" }
        #expect(found.count == 1)
      }
    }
  }

  @Test(arguments: [
    ("DE89370400440532013000", "[iban]"), ("DE89 3704 0044 0532 0130 00", "[iban]"), ("pay GB29 NWBK 6016 1331 9268 19 now", "pay [iban] now"),
    ("BE68 5390 0754 7034 then", "[iban] then"), ("fr1420041010050500013m02606", "[iban]"), ("DE88370400440532013000", "DE88370400440532013000"),
    ("NO9386011117947", "[iban]"), ("AB12", "AB12"),
  ])
  func accountsAreFound(text: String, left: String) throws { #expect(try scan(text, .iban) == left) }

  @Test(arguments: [
    ("id 6d1e0f5a-2b3c-4d5e-8f90-1a2b3c4d5e6f.", "id [uuid]."), ("6D1E0F5A-2B3C-4D5E-8F90-1A2B3C4D5E6F", "[uuid]"),
    ("6d1e0f5a-2b3c-4d5e-8f90-1a2b3c4d5e6", "6d1e0f5a-2b3c-4d5e-8f90-1a2b3c4d5e6"),
    ("6d1e0f5a-2b3c-4d5e-8f90-1a2b3c4d5e6f0", "6d1e0f5a-2b3c-4d5e-8f90-1a2b3c4d5e6f0"),
  ])
  func uuidsAreFound(text: String, left: String) throws { #expect(try scan(text, .uuid) == left) }

  @Test func onlyWhatIsLookedForIsReplaced() throws {
    let text = "ada@example.test +12025550143 203.0.113.7"
    #expect(try scan(text, .email) == "[email] +12025550143 203.0.113.7")
    #expect(try scan(text, [.phone, .ip]) == "ada@example.test [phone] [ip]")
  }

  // MARK: known

  private static let event: [(String, FoundKind, String)] = [
    ("user_id", .brazeID, "64f0c1d2e3a4b5c6d7e8f901"), ("external_user_id", .externalUserID, "customer-42"),
    ("email_address", .email, "Ada@Example.test"), ("phone_number", .phone, "+1 202-555-0143"), ("device", .deviceID, "q7"),
  ]

  @Test(arguments: [
    ("user customer-42 failed", "user [external_user_id] failed"), ("CUSTOMER-42", "[external_user_id]"),
    ("customer-421", "customer-421"), ("xcustomer-42", "xcustomer-42"), ("u64f0c1d2e3a4b5c6d7e8f901x", "u[braze_id]x"),
    ("id=customer%2D42&", "id=[external_user_id]&"), ("id=%63ustomer-42", "id=[external_user_id]"),
    // What looks like an escape in front of a value is none.
    ("50%64f0c1d2e3a4b5c6d7e8f901", "50%[braze_id]"), (#"C:\u64f0c1d2e3a4b5c6d7e8f901"#, #"C:\\u[braze_id]"#),
    ("to ADA@EXAMPLE.TEST", "to [email]"), ("2025550143", "[phone]"), ("0012025550143", "[phone]"),
    ("(202) 555 0143", "([phone]"), ("12025550144", "12025550144"), ("q7", "q7"),
    ("t=YWRhQGV4YW1wbGUudGVzdA==;", "t=[email];"), ("t=eHxhZGFAZXhhbXBsZS50ZXN0fHg", "t=[email]"),
    ("YWRhQGV4YW1wbGUudGVzdC5v", "[email]"), ("wamid.HBgLMTIwMjU1NTAxNDMVAgARGBI=", "[phone]"),
    ("wamid.HBgLMTIwMjU1NTAxNDQVAgARGBI=", "wamid.HBgLMTIwMjU1NTAxNDQVAgARGBI="), ("nothing here", "nothing here"),
  ])
  func identifiersOfTheEventAreFound(text: String, left: String) throws {
    #expect(try scan(text, .known, known: Self.event) == left)
  }

  @Test(arguments: [
    ("Zoë-17", "ZOË-17"), ("ZOË-17", "zoë-17"), ("Žofie Ďurišová", "ŽOFIE ĎURIŠOVÁ"), ("ştefan țîru", "ŞTEFAN ȚÎRU"), ("ÿves-1", "ŸVES-1"),
    ("Οδυσσεύς", "ΟΔΥΣΣΕΎΣ"), ("Фёдор Їжак", "ФЁДОР ЇЖАК"), ("Արամ-17", "ԱՐԱՄ-17"), ("Zoë-17", "ZO%C3%8B-17"), ("Zoë-17", #"zOË-17"#),
    ("Zoë-17", "eHggWk/Diy0xNyB4eA=="), ("straße-7", "STRASSE-7"), ("ılker-7", "ILKER-7"), ("a×b-17", "a÷b-17"), ("Zoë-17", "Zoe-17"),
  ])
  func anIdentifierIsFoundInAnotherLetterCase(value: String, text: String) throws {
    // Not where a case takes another number of bytes, or is another character.
    let isFound = !["STRASSE-7", "ILKER-7", "a÷b-17", "Zoe-17"].contains(text)
    let left = try scan("to \(text).", .known, known: [("external_user_id", .externalUserID, value)])
    #expect(left == (isFound ? "to [external_user_id]." : "to \(text)."))
  }

  /// Every character and its other case, as long as it has one of as many bytes.
  @Test func everyLetterOfTwoBytesIsFoundInBothCases() throws {
    for number in 0x80..<0x800 as Range<UInt32> {
      guard let letter = Unicode.Scalar(number) else { continue }
      let small = letter.properties.lowercaseMapping
      let known: [(String, FoundKind, String)] = [("id", .externalUserID, "x\(letter)9")]
      let isFound = small.unicodeScalars.count == 1 && small.utf8.count == 2
      #expect(try scan("X\(small)9", .known, known: known) == (isFound ? "[external_user_id]" : "X\(small)9"))
    }
  }

  @Test func anIdentifierOfAnotherEventIsNone() throws {
    let plan = plan(
      ["id": cell(.keep), "text": cell(.scan(Scanning(.known)))], identifies: ["id": .always(.externalUserID)])
    let lines = "{\"id\":\"first\",\"text\":\"first second\"}\n{\"text\":\"first second\",\"id\":\"second\"}\n"
    let wanted =
      "{\"id\":\"first\",\"text\":\"[external_user_id] second\"}\n{\"text\":\"first [external_user_id]\",\"id\":\"second\"}\n"
    #expect(try pass(plan, lines) == wanted)
  }

  @Test func whatIsFoundBecomesThePseudonymOfItsKind() throws {
    let hashing = Hashing(normaliser: .email, format: .token(byteCount: 16), domain: "email")
    let line = try pass(plan(["text": cell(.hash(hashing))]), #"{"text":"ada@example.test"}"#)
    let token = line.dropFirst(9).dropLast(2)
    #expect(try scan("to <Ada@example.test>", .email, replacement: .hash) == "to <\(token)>")
    #expect(try scan("t=YWRhQGV4YW1wbGUudGVzdA==", .known, replacement: .hash, known: Self.event) == "t=\(token)")
  }

  @Test func whatWasSearchedIsFoundNoMore() throws {
    var dice = Dice(3)
    let words = [
      "ada@example.test", "+1 202 555 0143", "203.0.113.7", "4111 1111 1111 1111", "DE89370400440532013000", "customer-42",
      "6d1e0f5a-2b3c-4d5e-8f90-1a2b3c4d5e6f", "2001:db8::1", "550", "5.1.1", "%40", "é", "[", "=", "x", "wamid.HBgLMTIwMjU1NTAxNDMVAgARGBI=",
    ]
    for _ in 0..<2000 {
      let text = (0..<dice.roll(9)).map { _ in dice.pick(words) + dice.pick(["", " ", ",", "\"", "@", "-"]) }.joined()
      let once = try scan(text, known: Self.event)
      // What comes back is JSON, with its escapes.
      let again = try scan(once.replacing("\\\"", with: "\"").replacing("\\\\", with: "\\"), known: Self.event)
      #expect(again == once, "\(text)")
    }
  }

  @Test(arguments: ["a", "0", "1", "@", ".", ":", "%", "%4", "%25", "\\u0", "a@", "1.", "::", "aaab", "AA11", "4111 ", "wamid.", "/"])
  func timeIsLinear(unit: String) throws {
    func steps(_ count: Int) throws -> Duration {
      let text = String(repeating: unit, count: count)
      let known: [(String, FoundKind, String)] = [("id", .externalUserID, String(repeating: "a", count: 200) + "b")]
      return try ContinuousClock().measure { _ = try scan(text, known: known) }
    }
    // Linear time is a second at the most, quadratic time a good hour.
    #expect(try steps(1 << 16) < .seconds(60))
  }

  @Test func aTextThatIsNoneIsRedacted() throws {
    let plan = plan(["text": cell(.scan(Scanning(.all)))])
    #expect(try pass(plan, #"{"text":"\ud800"}"#) == #"{"text":null}"#)
    #expect(try pass(plan, #"{"text":5}"#) == #"{"text":null}"#)
    #expect(try pass(plan, #"{"text":""}"#) == #"{"text":""}"#)
  }
}
