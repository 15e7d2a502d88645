import Glibc
import ScrubCore
import Testing

/// What a text is told to hold.
private func look(_ text: String) -> ContentKinds { look(Array(text.utf8)) }

private func look(_ bytes: [UInt8]) -> ContentKinds {
  unsafe ContentLook.kinds(bytes.span.bytes, 0..<bytes.count, wanted: .all)
}

/// A text with what a person would say of it.
struct Labelled: Sendable, CustomTestStringConvertible {
  let text: String
  let kinds: ContentKinds

  init(_ text: String, _ kinds: ContentKinds = []) {
    self.text = text
    self.kinds = kinds
  }

  var testDescription: String { text }
}

struct ContentLookTests {
  static let emails = [
    Labelled("ada@example.test", .email), Labelled("Ada.Byron+news@mail.example.test", .email),
    Labelled("write to <ada@example.test>, please", .email), Labelled("it was ada@example.test.", .email),
    Labelled("mailto:ada@example.test?subject=x", .email), Labelled("o'hara_1%x@example.test", .email),
    Labelled("ü.b@example.test", .email), Labelled("[\"ada@example.test\"]", .email),
    Labelled("a@b@example.test", .email), Labelled("ada@sub-domain.example.test", .email),
    Labelled("e=ada%40example.test&x", .email), Labelled("ada%2Bx%40example.test", .email), Labelled("ada+x%40example.test", .email),
    Labelled("ada%2540example.test", .email), Labelled("%40example.test"), Labelled("ada%4"), Labelled("ada%25"), Labelled("50%40"),
    Labelled("@ada"), Labelled("ada@"), Labelled("ada@localhost"), Labelled("ada@example"), Labelled("ada @example.test"),
    Labelled("ada@.test"), Labelled("ada@example..test"), Labelled("ada@example.t"), Labelled("ada@example.t3st"),
    Labelled("ada.@example.test"), Labelled("5 @ 3.50 each"), Labelled("button@2x.png"), Labelled("icon@3x.webp"),
    Labelled("package@1.2.3"), Labelled("a@10.0.0.1"), Labelled("Sale @ shop.example.test"),
    Labelled(String(repeating: "a", count: 65) + "@example.test"),
    Labelled(String(repeating: "a", count: 64) + "@example.test", .email),
  ]

  static let phones = [
    Labelled("+12025550123", .phone), Labelled("+1 202 555 0123", .phone), Labelled("+1 (202) 555-0123", .phone),
    Labelled("+1.202.555.0123", .phone), Labelled("tel:+12025550123", .phone), Labelled("call +44 20 7946 0958 now", .phone),
    Labelled("+33 1 99 00 12 34", .phone), Labelled("+49 (30) 23125 004", .phone), Labelled("202-555-0123", .phone),
    Labelled("(202) 555-0123", .phone), Labelled("(202)555-0123", .phone), Labelled("ring 202-555-0123.", .phone),
    Labelled("phone=+12025550123&x=1", .phone), Labelled("\"+12025550123\"", .phone), Labelled("+447700900123", .phone),
    Labelled("p=%2B12025550123", .phone), Labelled("p=%2b1+202+555+0123&q", .phone), Labelled("%252B12025550123", .phone),
    Labelled("%2B"), Labelled("a%2B12025550123"), Labelled("%2C12025550123"),
    Labelled("12025550123"), Labelled("1777672813"), Labelled("1777672813000"), Labelled("2026-05-01"),
    Labelled("2026-05-01T10:00:00+02:00"), Labelled("2026-05-01T10:00:00+0200"), Labelled("+02:00"), Labelled("+1"),
    Labelled("+100"), Labelled("+10000000 points"), Labelled("+500000000"), Labelled("1e+15"), Labelled("blue+20240501"),
    Labelled("a+b"), Labelled("C++ 12345678901"), Labelled("++12025550123"), Labelled("/+12025550123"),
    Labelled("+02025550123"), Labelled("+1202555012"), Labelled("+120255501234"), Labelled("+11025550123"),
    Labelled("+12021550123"), Labelled("+1234567890123456"), Labelled("+12025550123x"), Labelled("+12025550123abc"),
    Labelled("102-555-0123"), Labelled("202-155-0123"), Labelled("202-555-01234"), Labelled("1202-555-0123"),
    Labelled("555-0123"), Labelled("123-45-6789"), Labelled("202-555-0123-9"), Labelled("9-202-555-0123"),
    Labelled("0123456789012"), Labelled("a202-555-0123"),
    Labelled("0d6a1c52-5a0f-4a7e-9d0c-001234567890"), Labelled("12345678-1234-1234-1234-123456789012"),
    Labelled("6512f0a4c2b7e81d00000123"), Labelled("k1-i2w7tdyzscu73oridqzbegmzwu"), Labelled("order 114-1234567-1234567"),
  ]

  static let addresses = [
    Labelled("203.0.113.77", .ipv4), Labelled("198.51.100.23", .ipv4), Labelled("192.168.100.23", .ipv4),
    Labelled("from 203.0.113.77:8080", .ipv4), Labelled("http://203.0.113.77/x", .ipv4), Labelled("[203.0.113.77]", .ipv4),
    Labelled("it was 203.0.113.77.", .ipv4), Labelled("ip=203.0.113.77;", .ipv4), Labelled("85.214.132.117", .ipv4),
    Labelled("1.2.3.4"), Labelled("10.0.0.1"), Labelled("8.8.8.8"), Labelled("127.0.0.1"), Labelled("14.2.1.0"),
    Labelled("120.0.6099.109"), Labelled("Chrome/120.104.101.109"), Labelled("v12.104.101.109"),
    Labelled("build-12.104.101.109"), Labelled("203.0.113"), Labelled("203.0.113.77.5"), Labelled("1.203.0.113.77"),
    Labelled("203.0.113.256"), Labelled("203.00.113.77"), Labelled("0.203.113.77"), Labelled("203.0.113.77-beta"),
    Labelled("203.0.113.77a"), Labelled("203.0.113.77_1"), Labelled("3.14159265"), Labelled("12.5,12.75"),
    Labelled("203..113.77"), Labelled("203.0.113."),
    Labelled("2001:db8:0:1:1:1:1:1", .ipv6), Labelled("2001:db8::7334", .ipv6), Labelled("fe80::1ff:fe23:4567:890a", .ipv6),
    Labelled("fd12:3456:789a:1::1", .ipv6), Labelled("[2001:db8::7334]:443", .ipv6),
    Labelled("2001:0DB8:85A3:0000:0000:8A2E:0370:7334", .ipv6), Labelled("seen 2001:db8::7334.", .ipv6),
    Labelled("::1"), Labelled("12:34:56"), Labelled("2026:05:01"), Labelled("00:1b:63:84:45:e6"), Labelled("std::string"),
    Labelled("2001:db8"), Labelled("2001:db8::1::2"), Labelled("2001:db8:0:1:1:1:1:1:1"), Labelled("2001:db8:0:1:1:1:1"),
    Labelled("x2001:db8::7334"), Labelled("2001:db8::7334g"), Labelled("2001:12345::1"), Labelled("dead:beef::1"),
    Labelled("2026-05-01T10:00:00Z"), Labelled("arn:aws:sns:2000:1234:x"), Labelled("2000::"),
  ]

  static let others = [
    Labelled("wamid.HBgLMTIwMjU1NTAxMjMVAgASGA==", .wamid), Labelled("id wamid.HBgLMTIwMjU1NTAxMjM", .wamid),
    Labelled("WAMID.HBgLMTIwMjU1NTAxMjM", .wamid), Labelled("wamid."), Labelled("wamid.short"),
    Labelled("xwamid.HBgLMTIwMjU1NTAxMjM"), Labelled("wamid.HBgL MTIwMjU1NTAxMjM"),
    Labelled("{}", .json), Labelled("{\"a\":1}", .json), Labelled(" \n{\"a\":1}\t", .json),
    Labelled("{\"mail\":\"ada@example.test\"}", [.json, .email]),
    Labelled("{"), Labelled("}"), Labelled("[1]"), Labelled("{% liquid %"), Labelled("x{}"), Labelled("{}x"),
    Labelled(""), Labelled("-"), Labelled("."), Labelled(":"), Labelled("@"), Labelled("+"), Labelled("[REDACTED]"),
    Labelled("Summer sale, everything must go"), Labelled("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"),
    Labelled("https://shop.example.test/spring?item=12345678901"), Labelled("Europe/Paris"),
    Labelled("ada@example.test +12025550123 203.0.113.77 2001:db8::7334", [.email, .phone, .ipv4, .ipv6]),
  ]

  @Test(arguments: emails + phones + addresses + others)
  func aTextIsCalledWhatItIs(labelled: Labelled) {
    #expect(look(labelled.text) == labelled.kinds)
  }

  /// Words are read eight bytes at a time, and bytes around the text belong to others.
  @Test(arguments: emails + phones + addresses + others)
  func itsPlaceMakesNoDifference(labelled: Labelled) {
    let text = Array(labelled.text.utf8)
    for shift in 0..<9 {
      for border in [UInt8(ascii: "a"), UInt8(ascii: "7"), UInt8(ascii: ".")] {
        let bytes = [UInt8](repeating: border, count: shift) + text + [UInt8](repeating: border, count: 9)
        let range = shift..<(shift + text.count)
        let kinds = unsafe ContentLook.kinds(bytes.span.bytes, range, wanted: .all)
        #expect(kinds == labelled.kinds, "at \(shift)")
      }
    }
  }

  @Test func onlyWhatIsWantedIsTold() {
    let bytes = Array("ada@example.test +12025550123".utf8)
    #expect(unsafe ContentLook.kinds(bytes.span.bytes, 0..<bytes.count, wanted: .phone) == .phone)
    #expect(unsafe ContentLook.kinds(bytes.span.bytes, 0..<bytes.count, wanted: []) == [])
  }

  @Test func identifiersAreNoPhonesAndNoAddresses() {
    var dice = Random(state: 17)
    let hex = Array("0123456789abcdef".utf8)
    for _ in 0..<20_000 {
      let digits = (0..<32).map { _ in hex[dice.below(16)] }
      var uuid = digits
      for dash in [20, 16, 12, 8] { uuid.insert(0x2d, at: dash) }
      #expect(look(uuid) == [])
      #expect(look(Array(digits[0..<24])) == [])
      #expect(look(String(dice.next() % 10_000_000_000_000)) == [])
    }
  }

  @Test func randomBytesAreLookedAtWithinTheirBounds() {
    var dice = Random(state: 5)
    let signs = Array("@.+:-1a{}() 2f".utf8)
    for _ in 0..<20_000 {
      let bytes = (0..<dice.below(40)).map { _ in dice.chance(90) ? signs[dice.below(signs.count)] : UInt8(dice.below(256)) }
      _ = look(bytes)
    }
  }

  /// Twice the text takes about twice the time, whatever is in it.
  @Test(arguments: ["@", "a@", ".", "1.", "1.1.1.1.", ":", "2001:", "-", "202-555-", "+", "+1", "+1 ", "a", "wamid.", "{", "a@a."])
  func hostileTextTakesLinearTime(piece: String) {
    // Of this thread: others may have the processor meanwhile.
    func time(_ count: Int) -> UInt64 {
      let bytes = Array(String(repeating: piece, count: count).utf8)
      let start = used()
      _ = look(bytes)
      return used() - start
    }
    func used() -> UInt64 {
      var now = timespec()
      unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
      return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }
    _ = time(1000)
    let (small, large) = (time(20_000), time(200_000))
    // Ten times the text; a quadratic walk would take a hundred times as long.
    #expect(large < max(small * 40, 200_000_000))
  }
}
