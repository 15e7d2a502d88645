import ScrubCore
import Testing

/// What becomes of a value of JSON.
private func coarser(_ value: String, _ target: Generalising.Target) throws -> String {
  let plan = plan(["a": cell(.generalise(Generalising(target)))])
  let line = try pass(plan, "{\"a\":\(value)}")
  #expect(try pass(plan, line) == line, "what is coarse stays: \(line)")
  return String(line.dropFirst(5).dropLast())
}

private func quoted(_ text: String) -> String { "\"\(text)\"" }

struct GeneralisingTests {
  @Test(arguments: [
    (TimeStep.hour, "1767229999", "1767229200"), (.day, "1767229999", "1767225600"), (.week, "1767229999", "1766966400"),
    (.month, "1767229999", "1767225600"), (.year, "1780000000", "1767225600"), (.day, "1767229999123", "1767225600000"),
    (.day, "1767229999123456", "1767225600000000"), (.day, "0", "0"), (.day, "-1", "-86400"), (.week, "0", "-259200"),
    (.hour, "1767229999.75", "1767229200"), (.day, "true", "null"), (.day, "1e400", "null"),
    (.hour, quoted("2026-11-25T13:12:29.123Z"), quoted("2026-11-25T13:00:00.000Z")),
    (.day, quoted("2026-11-25T13:12:29+02:00"), quoted("2026-11-25T00:00:00+02:00")), (.day, quoted("2026-11-25 13:12"), quoted("2026-11-25 00:00")),
    (.week, quoted("2026-11-25"), quoted("2026-11-23")), (.month, quoted("2026-11-25T13:12:29Z"), quoted("2026-11-01T00:00:00Z")),
    (.year, quoted("1984-05-02"), quoted("1984-01-01")), (.year, quoted("1984"), quoted("1984")), (.year, quoted("1984-05"), quoted("1984-01")),
    (.day, quoted("2026-11-25T13:12:29 UTC"), quoted("2026-11-25T00:00:00 UTC")),
    (.day, quoted("2026-11-25T13:12-0330"), quoted("2026-11-25T00:00-0330")), (.day, quoted("2026-11-25T13+02"), quoted("2026-11-25T00+02")),
    // Digits that are no zone may be those of the time.
    (.day, quoted("2026-11-25 13 12:29"), "null"), (.day, quoted("2026-11-25T13:12:29 55512"), "null"),
    (.day, quoted("2026-11-25T13:12:29+1:2"), "null"), (.day, quoted("2026-11-25T13:12:29+99:99"), "null"), (.month, quoted("1984-02-30"), "null"),
    (.day, quoted("yesterday"), "null"), (.day, quoted("1767229999"), quoted("1767225600")),
    (.day, quoted(""), quoted("")), (.year, quoted("2024-02-29"), quoted("2024-01-01")), (.month, quoted("2023-02-29"), "null"),
    // Eight digits of a text are a day where the calendar has it.
    (.hour, quoted("19850317"), quoted("19850317")), (.day, quoted("19850317"), quoted("19850317")), (.week, quoted("19850317"), quoted("19850311")),
    (.month, quoted("19850317"), quoted("19850301")), (.year, quoted("19850317"), quoted("19850101")), (.week, quoted("20260101"), quoted("20251229")),
    (.year, quoted("20240229"), quoted("20240101")), (.day, quoted("20230229"), quoted("20217600")), (.day, quoted("19851317"), quoted("19785600")),
    (.week, quoted("00000101"), "null"), (.day, "19850317", "19785600"), (.month, quoted("2026112"), quoted("00000")),
    // Numbers that would count something else once they are coarser.
    (.month, quoted("17123"), quoted("00000")), (.hour, quoted("05000"), quoted("03600")), (.year, "96000000000", "94694400000"),
    (.week, "94694400000", "94694400000"), (.month, "94694399999", "94691894400"), (.year, "96000000000000", "94694400000000"),
    (.year, "-94694399999", "null"),
  ])
  func timesStartSteps(step: TimeStep, value: String, start: String) throws {
    #expect(try coarser(value, .time(step)) == start)
  }

  @Test(arguments: [
    (24, "203.0.113.77", "203.0.113.0"), (16, "203.0.113.77", "203.0.0.0"), (32, "203.0.113.77", "203.0.113.77"), (0, "203.0.113.77", "0.0.0.0"),
    (24, "2001:db8:abcd:1234::77", "2001:db8:abcd::"), (24, "2001:DB8:0:0:1:0:0:1", "2001:db8::"), (32, "2001:db8::1:2:3:4", "2001:db8::"),
    (24, "::ffff:203.0.113.77", "::ffff:203.0.113.0"), (24, "::1", "::"), (24, "2002:cb00:714d::1", "2002:cb00:7100::"), (24, "fe80::1", "fe80::"),
    (20, "255.255.255.255", "255.255.240.0"),
  ])
  func addressesBecomeNetworks(bits: Int, address: String, network: String) throws {
    #expect(try coarser(quoted(address), .network(bits: bits)) == quoted(network))
  }

  @Test func everyPrefixKeepsItsBits() throws {
    for bits in 0...32 {
      let mask = bits == 0 ? 0 : UInt32.max << UInt32(32 - bits)
      let octets = [24, 16, 8, 0].map { String(mask >> UInt32($0) & 255) }.joined(separator: ".")
      #expect(try coarser(quoted("255.255.255.255"), .network(bits: bits)) == quoted(octets))
    }
  }

  @Test(arguments: ["203.0.113", "203.0.113.256", "1.2.3.4:25", "host", "2001:db8:::1", "1:2:3:4:5:6:7:8:9", "::g", "12345::", "01.2.3.4"])
  func whatIsNoAddressIsRedacted(text: String) throws { #expect(try coarser(quoted(text), .network(bits: 24)) == "null") }

  @Test(arguments: [
    ("https://ada:pw@shop.example.test:8443/a/b?q=1#f", "https://shop.example.test:8443"), ("HTTPS://Example.test", "HTTPS://Example.test"),
    ("//cdn.example.test/x", "//cdn.example.test"), ("myapp://open/x?u=1", "myapp://open"),
  ])
  func urlsBecomeHosts(url: String, host: String) throws { #expect(try coarser(quoted(url), .host) == quoted(host)) }

  @Test(arguments: [
    ("https://ada@shop.example.test/a/b?q=1#f", "https://shop.example.test/a/b"), ("/a/b?q=1", "/a/b"),
    ("https://example.test/?utm_source=m&email=ada%40example.test&utm_medium=e", "https://example.test/?utm_source=m&utm_medium=e"),
    ("https://example.test?utm_id=1;x=2#utm_source=3", "https://example.test?utm_id=1"), ("https://example.test/?utm_x", "https://example.test/?utm_x"),
    ("https://example.test/?utm_x=1?email=ada%40example.test", "https://example.test/?utm_x=1"),
  ])
  func urlsLoseTheirQueries(url: String, path: String) throws {
    #expect(try coarser(quoted(url), .path(query: [Glob("utm_*")])) == quoted(path))
  }

  @Test(arguments: ["ada@example.test", "mailto:ada@example.test", "https://", "https://ada@", "javascript:alert(1)", "a b", "https://x y/"])
  func whatIsNoURLIsRedacted(text: String) throws {
    #expect(try coarser(quoted(text), .path(query: [])) == "null")
    #expect(try coarser(quoted(text), .host) == "null")
  }

  @Test(arguments: [
    ("10", "37", "30"), ("10", "-1", "-10"), ("10", "30", "30"), ("10", "0", "0"), ("0.1", "48.8566", "48.8"), ("0.1", "-2.3522", "-2.4"),
    ("0.25", "1.3", "1.25"), ("100", "99.99", "0"), ("0.1", "0.3", "0.3"), ("0.1", "1e2", "100.0"), ("5", "1e-3", "0"), ("5", "-1e-3", "-5"),
    ("1000", "123456789012345678", "123456789012345000"), ("10", "1e99", "null"), ("0.1", "12345678901234567890", "null"), ("7", "-0", "0"),
    ("0.25", "14071377676985123", "null"), ("0.25", "1407137767698512.3", "1407137767698512.25"), ("10", "-999999999999999999", "null"),
  ])
  func numbersFallIntoBuckets(width: String, number: String, start: String) throws {
    let bucket = try #require(NumberBucket(width))
    #expect(try coarser(number, .bucket(bucket)) == start)
  }

  @Test(arguments: ["0", "-1", "", ".", "1.2.3", "1e3", "0.0000000001", "10000000001", "ten"])
  func someWidthsAreNone(text: String) { #expect(NumberBucket(text) == nil) }

  @Test(arguments: [
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36", "Chrome"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0", "Edge"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox"),
    ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "Gmail image proxy"),
    ("something of Ada's", "Other"),
  ])
  func userAgentsHaveFamilies(agent: String, family: String) throws { #expect(try coarser(quoted(agent), .family) == quoted(family)) }
}

struct GeneralisingAvroTests {
  private func coarser(_ value: AvroValue, _ node: AvroProgram.Node, _ target: Generalising.Target, _ bytes: [UInt8]) throws -> [UInt8]? {
    let slot = AvroPlan.Slot(treatment: .generalise(Generalising(target)), value: value, redaction: [0], branch: [])
    return try pass(AvroPlan(program: AvroProgram(nodes: [node], fields: [0]), slots: [slot]), bytes, records: 1).bytes
  }

  @Test func aNumberKeepsItsType() throws {
    #expect(try coarser(.int(.guess), .int, .time(.day), varint(1_767_229_999)) == varint(1_767_225_600))
    #expect(try coarser(.long(.milliseconds), .long, .time(.day), varint(86_400_001)) == varint(86_400_000))
    #expect(try coarser(.long(.nanoseconds), .long, .time(.hour), varint(3_600_000_000_123)) == varint(3_600_000_000_000))
    #expect(
      try coarser(.long(.guess), .long, .time(.hour), varint(1_767_229_999_123_456_789)) == varint(1_767_229_200_000_000_000))
    #expect(try coarser(.int(.days), .int, .time(.month), varint(20_000)) == varint(19_997))
    #expect(try coarser(.int(.guess), .int, .bucket(#require(NumberBucket("10"))), varint(37)) == varint(30))
    #expect(try coarser(.long(.guess), .long, .bucket(#require(NumberBucket("10"))), varint(.min)) == [0], "what would not fit is redacted")
    #expect(try coarser(.int(.guess), .int, .time(.week), varint(Int(Int32.min))) == [0])
  }

  @Test func bucketsOfDecimalsStayWhatTheyAre() throws {
    let tenth = Generalising.Target.bucket(try #require(NumberBucket("0.1")))
    var dice = Dice(11)
    for _ in 0..<5000 {
      let number = Float(dice.roll(36_000)) / 100 - 180
      let bytes = withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
      let once = try coarser(.float, .fixed(4), tenth, bytes) ?? bytes
      let start = Float(bitPattern: once.reversed().reduce(0) { $0 << 8 | UInt32($1) })
      #expect(start <= number && number - start < 0.1001)
      #expect(try coarser(.float, .fixed(4), tenth, once) == nil, "\(number)")
    }
  }
}
