import Foundation
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

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

  /// Bytes that compress: few letters, many repeats.
  mutating func text(_ count: Int) -> [UInt8] { (0..<count).map { _ in 0x61 + UInt8(next() % 4) } }
}

/// Bytes from hex digits.
func hex(_ text: String) -> [UInt8] {
  let digits = Array(text.utf8)
  return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
    UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
  }
}

func secret(_ bytes: [UInt8]) -> SecretBytes {
  unsafe SecretBytes(count: bytes.count) { memory in unsafe memory.copyBytes(from: bytes) }
}

/// HMAC pads keys with zeros to 64 bytes, so a short key of a test vector may be padded to the 32 that we ask for.
func hmacKey(_ bytes: [UInt8]) -> SecretBytes {
  secret(bytes + [UInt8](repeating: 0, count: max(0, 32 - bytes.count)))
}

extension KeyedDigest {
  func digest(of bytes: [UInt8]) throws -> [UInt8] {
    try unsafe bytes.withUnsafeBytes { bytes in try unsafe digest(bytes).bytes }
  }
}

/// A file of the project's shared test vectors; nothing where they are not beside the checkout.
func sharedVectors(_ name: String, from file: StaticString = #filePath) -> Data? {
  let root = URL(fileURLWithPath: "\(file)").deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return try? Data(contentsOf: root.appendingPathComponent("../shared/vectors/" + name).standardizedFileURL)
}
