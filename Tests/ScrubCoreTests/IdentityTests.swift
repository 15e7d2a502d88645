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
      let watch = WatchList([], digests: [(.email, name, try name.hex(identity.text))])
      #expect(watch.holdsDigest(of: identity))
      #expect(!watch.holdsDigest(of: Identity(.phone, normalised: identity.text)))
    }
    #expect(String(decoding: try NamedDigest.md5.hex(Array("abc".utf8)), as: UTF8.self) == "900150983cd24fb0d6963f7d28e17f72")
  }

  @Test func otherPeopleAreMasked() throws {
    let own = try #require(Identity(.email, Array("ada@example.test".utf8)))
    var others = OtherPeople(own: [own])
    let masked = others.mask("ada@example.test wrote to bob%40example.test and +1 202-555-0143")
    #expect(masked.text == "ada@example.test wrote to [email] and [phone]")
    #expect((masked.emails, masked.phones) == (1, 1))
  }
}
