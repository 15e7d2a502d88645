import ScrubNative
import Testing

@testable import ScrubCore

/// What a search compares: equal once normalised is equal in hash, and what stands for nobody is no identity.
@Suite struct IdentityTests {
  private static func hash(_ kind: IdentityKind, _ text: String) -> UInt64 {
    let bytes = Array(text.utf8)
    return unsafe identityHash(bytes.span.bytes, 0..<bytes.count, kind)
  }

  @Test(arguments: [
    (IdentityKind.email, "Ada@Example.test ", "ada@example.test"),
    (.phone, "+1 (202) 555-0143", "12025550143"), (.phone, "0012025550143", "+12025550143"),
    (.brazeID, "639A35D1F7FBE3A4B2000001", "639a35d1f7fbe3a4b2000001"), (.externalID, "\tcust-1\n", "cust-1"),
    (.phone, "0000123456789", "00 00-12.34.56.789"),
    (.phone, "K1-ABCDEFGHIJKLMNOPQRSTUVWXYZ", "k1-abcdefghijklmnopqrstuvwxyz"),
    (.phone, "K-2345672ABCDEFGHIJKLM", "k-2345672abcdefghijklm"), (.phone, "tel: +1 (202) 555-0143", "12025550143"),
  ])
  func spellingsOfOneValue(_ kind: IdentityKind, _ left: String, _ right: String) throws {
    let identity = try #require(Identity(kind, Array(left.utf8)))
    #expect(Identity(kind, Array(right.utf8)) == identity)
    #expect(Self.hash(kind, left) == Self.hash(kind, right))
    #expect(WatchList.hash(identity) == Self.hash(kind, left))
  }

  @Test(arguments: [
    (IdentityKind.externalID, "Cust-1", "cust-1"), (.externalID, "Zo\u{eb}", "Zoe\u{308}"), (.phone, "12025550143", "02025550143"),
    (.phone, "+2025550143", "20255501430"), (.phone, "k1-2345672abcdefghijklm", "k1-2345672zbcdefghijklm"),
  ])
  func otherValues(_ kind: IdentityKind, _ left: String, _ right: String) {
    #expect(Identity(kind, Array(left.utf8)) != Identity(kind, Array(right.utf8)))
  }

  @Test(arguments: [
    (IdentityKind.adID, "00000000-0000-0000-0000-000000000000"), (.externalID, ""), (.externalID, "  "), (.externalID, "NULL"),
    (.email, "[REDACTED]"), (.externalID, "Anonymous"), (.phone, "911"), (.phone, "+999123456789012"),
    (.phone, "1234567890123456"), (.externalID, "0000"),
  ])
  func valuesForNobody(_ kind: IdentityKind, _ text: String) {
    #expect(Identity(kind, Array(text.utf8)) == nil)
  }

  /// Whatever is normalised to the same text has the same hash, so that nothing is missed.
  @Test func equalTextsHaveEqualHashes() throws {
    var random = SystemRandomNumberGenerator()
    let signs = Array("aAzZ09@.-_+() \t\u{e9}".utf8)
    for _ in 0..<20_000 {
      let kind = IdentityKind.allCases[Int.random(in: 0..<IdentityKind.allCases.count, using: &random)]
      let value = (0..<Int.random(in: 1...40, using: &random)).map { _ in signs[Int.random(in: 0..<signs.count, using: &random)] }
      guard let identity = Identity(kind, value) else { continue }
      let hash = unsafe identityHash(value.span.bytes, 0..<value.count, kind)
      #expect(hash == WatchList.hash(identity))
    }
  }

  @Test func aFilterTellsOfAllThatItHolds() {
    var filter = IdentityFilter(byteCount: 1 << 16)
    let identities = (0..<2000).map { Identity(.externalID, normalised: Array("cust-\($0)".utf8)) }
    filter.insert(identities.map { WatchList.hash($0) })
    #expect(identities.allSatisfy { filter.mayHold(WatchList.hash($0)) })
    let others = (0..<2000).map { Identity(.externalID, normalised: Array("other-\($0)".utf8)) }
    #expect(others.count { filter.mayHold(WatchList.hash($0)) } < 1000)
  }

  @Test func aFilterIsTheSameOnEveryMachine() throws {
    var filter = IdentityFilter(byteCount: 1 << 16)
    let hashes = (0..<300).map { WatchList.hash(Identity(.externalID, normalised: Array("cust-\($0)".utf8))) }
    filter.insert(Array(hashes[..<100]))
    let bytes = filter.bytes
    #expect(bytes.count == IdentityFilter.size(byteCount: 1 << 16))
    let other = try #require(IdentityFilter(bytes: bytes))
    #expect(other.bytes == bytes && hashes.allSatisfy { other.mayHold($0) == filter.mayHold($0) })
    for count in [0, 32, 65, 96] { #expect(IdentityFilter(bytes: Array(repeating: 0, count: count)) == nil) }
  }

  @Test func digestsFindWhatTheyAreOf() throws {
    let identity = try #require(Identity(.email, Array("ada@example.test".utf8)))
    for name in NamedDigest.allCases {
      let watch = WatchList([], digests: [(.email, name, name.hex(identity.text))])
      #expect(watch.digests(of: identity, spelled: identity.text) == [name.hex(identity.text)])
      #expect(watch.digests(of: Identity(.phone, normalised: identity.text), spelled: identity.text).isEmpty)
    }
    #expect(String(decoding: NamedDigest.md5.hex(Array("abc".utf8)), as: UTF8.self) == "900150983cd24fb0d6963f7d28e17f72")
  }

  @Test(arguments: [
    (IdentityKind.phone, "+49 151 1234-5678", ["4915112345678", "+4915112345678", "004915112345678", "+49 151 1234-5678"]),
    (.email, "Ada@Example.test", ["ada@example.test", "Ada@Example.test"]), (.externalID, "Ada", ["Ada"]),
  ])
  func digestsOfAllUsualSpellingsAreFound(kind: IdentityKind, value: String, spellings: [String]) throws {
    let identity = try #require(Identity(kind, Array(value.utf8)))
    for spelling in spellings {
      let digest = NamedDigest.sha1.hex(Array(spelling.utf8))
      #expect(WatchList([], digests: [(kind, .sha1, digest)]).digests(of: identity, spelled: Array(value.utf8)) == [digest])
    }
  }

  private static let own = Identity(.email, Array("ada@example.test".utf8))

  @Test func otherPeopleAreMasked() throws {
    var others = OtherPeople(own: [try #require(Self.own)], known: [:])
    let masked = others.mask("ada@example.test wrote to bob%40example.test and +1 202-555-0143")
    #expect(masked.text == "ada@example.test wrote to [email] and [phone]")
    #expect(masked.counts == [.email: 1, .phone: 1])
  }

  @Test(arguments: [
    ("from 192.0.2.17 and 2001:db8::1234", "from [ip] and [ip]"), ("my own is 203.0.113.9", "my own is 203.0.113.9"),
    ("2001:DB8::99 is mine too", "2001:DB8::99 is mine too"), ("Chrome/120.0.0.1", "Chrome/120.0.0.1"),
  ])
  func networkAddressesOfOthersAreMasked(text: String, left: String) throws {
    var others = OtherPeople(own: [], known: [:])
    for address in ["203.0.113.9", "2001:db8::99"] { others.note(ownAddress: address) }
    #expect(others.mask(text).text == left)
    #expect(others.mask(text, .formed).text == text)
  }

  @Test(arguments: [
    // bob.other@example.test, +4915112340000, ada@example.test, {"email":"bob.other@example.test","x":1}
    ("see Ym9iLm90aGVyQGV4YW1wbGUudGVzdA== there", "see [email] there"), ("Ym9iLm90aGVyQGV4YW1wbGUudGVzdA", "[email]"),
    ("KzQ5MTUxMTIzNDAwMDA=", "[phone]"), ("YWRhQGV4YW1wbGUudGVzdA==", "YWRhQGV4YW1wbGUudGVzdA=="),
    ("eyJlbWFpbCI6ImJvYi5vdGhlckBleGFtcGxlLnRlc3QiLCJ4IjoxfQ==", "[email]"),
    ("t=xYm9iLm90aGVyQGV4YW1wbGUudGVzdA%3D%3D&u=1", "t=[email]&u=1"),
    ("https://x.example/p/Ym9iLm90aGVyQGV4YW1wbGUudGVzdA/q", "https://x.example/p/[email]/q"),
    ("WW05aUxtOTBhR1Z5UUdWNFlXMXdiR1V1ZEdWemRBPT0=", "[email]"),
    ("id 626f622e6f74686572406578616d706c652e74657374.", "id [email]."),
    ("Internationalisation 0123456789abcdef0123456789abcdef", "Internationalisation 0123456789abcdef0123456789abcdef"),
  ])
  func encodedAddressesOfOthersAreMasked(text: String, left: String) throws {
    var others = OtherPeople(own: [try #require(Self.own)], known: [:])
    #expect(others.mask(text).text == left)
  }

  @Test(arguments: [
    ("mail bob.other&#64;example.test now", "mail [email] now"), ("bob&#x40;example&#46;test;", "[email];"),
    ("bob&#064example.test", "[email]"), ("bob&commat;example&period;test", "[email]"), ("bob&amp;#64;example.test", "[email]"),
    ("&#98;&#111;&#98;&#x40;example.test", "[email]"), (#"{"m":"bob\u0026#64;example.test"}"#, #"{"m":"[email]"}"#),
    ("bob.other=40example.test", "[email]"), ("to=3Dbob=40example=2Etest", "to=3D[email]"), ("call &#43;1 202&nbsp;555 0143", "call [phone]"),
    ("call =2B12025550143.", "call [phone]."),
    // <p>bob&#64;example.test</p>
    ("PHA+Ym9iJiM2NDtleGFtcGxlLnRlc3Q8L3A+", "PHA+[email]+"),
    ("ada&#64;example.test, ada=40example.test", "ada&#64;example.test, ada=40example.test"), ("email=ada@example.test&x=1", "email=ada@example.test&x=1"),
    ("p?id=40839.html&x=&#;&#x;&#1114112;&none;=4", "p?id=40839.html&x=&#;&#x;&#1114112;&none;=4"),
  ])
  func addressesOfOthersInPagesAndMailsAreMasked(text: String, left: String) throws {
    var others = OtherPeople(own: [try #require(Self.own)], known: [:])
    #expect(others.mask(text).text == left)
  }
}
