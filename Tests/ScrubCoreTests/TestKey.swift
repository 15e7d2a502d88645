import ScrubCore
import ScrubNative

/// A small seeded generator (SplitMix64), so that every run tests the same cases.
struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 to `limit` - 1.
  mutating func roll(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

  mutating func pick<Item>(_ items: [Item]) -> Item { items[roll(items.count)] }
}

extension ByteSink {
  var array: [UInt8] { unsafe withUnsafeBytes { bytes in unsafe Array(bytes) } }
}

/// A string of Avro: its length, then its bytes.
func avroText(_ text: String) -> [UInt8] { avroText(Array(text.utf8)) }
func avroText(_ bytes: [UInt8]) -> [UInt8] { varint(bytes.count) + bytes }

/// A key of the tests; its subkeys are worked out here step by step (RFC 5869), apart from the code under test.
struct TestKey: SubkeySource {
  var keyID = "k1"
  var audience: String?

  func subkey(_ use: SubkeyUse) throws(NativeError) -> SecretBytes {
    guard case .hash(let domain) = use else { throw NativeError(.derive) }
    let bytes = subkeyBytes(domain: domain)
    return unsafe SecretBytes(count: 32) { memory in unsafe memory.copyBytes(from: bytes) }
  }

  /// HKDF-SHA256 by two MACs: extract with the key id, expand one block.
  private func subkeyBytes(domain: String) -> [UInt8] {
    let info = "currents-scrub/v1/hash/\(domain)" + (audience.map { "/\($0)" } ?? "")
    let extracted = hmac(key: Array(keyID.utf8), Array("a master key of the tests, 40 bytes long".utf8))
    return hmac(key: extracted, Array(info.utf8) + [1])
  }

  /// The MAC of a value that is normalised already.
  func mac(_ value: String, domain: String) -> [UInt8] {
    hmac(key: subkeyBytes(domain: domain), Array(value.utf8))
  }

  func token(_ value: String, domain: String, byteCount: Int = 16) -> String {
    "\(keyID)-\(base32(mac(value, domain: domain).prefix(byteCount)))"
  }
}

private func hmac(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
  // HMAC pads keys with zeros to 64 bytes, so padding to the 32 that are asked for changes nothing.
  let padded = key + [UInt8](repeating: 0, count: max(0, 32 - key.count))
  let secret = unsafe SecretBytes(count: padded.count) { memory in unsafe memory.copyBytes(from: padded) }
  guard let digest = try? KeyedDigest(secret) else { return [] }
  return unsafe message.withUnsafeBytes { bytes in (try? unsafe digest.digest(bytes).bytes) ?? [] }
}

/// RFC 4648 section 6, lower case, unpadded: bit by bit, since that is the plainest way to say it.
func base32(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("abcdefghijklmnopqrstuvwxyz234567")
  var bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - UInt8($0)) & 1 } }
  while !bits.count.isMultiple(of: 5) { bits.append(0) }
  return String(
    stride(from: 0, to: bits.count, by: 5).map { start in
      digits[bits[start..<(start + 5)].reduce(0) { $0 << 1 | Int($1) }]
    })
}

func hex(_ bytes: some Sequence<UInt8>) -> String { Digest256.hex(bytes) }
