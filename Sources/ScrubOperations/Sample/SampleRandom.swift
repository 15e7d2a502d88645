/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
///
/// Chosen because any state is a good start: every event has a generator of its own and can be made again alone.
struct SampleRandom {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.scramble(state)
  }

  /// A number from 0 to `bound` - 1, by multiplication; the bias is below 2^-40 for our small bounds.
  mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(max(bound, 1))).high)
  }

  mutating func percent(_ share: Int) -> Bool { share >= 100 || below(100) < share }

  mutating func perMille(_ share: Int) -> Bool { below(1000) < share }

  /// From 0 to below 1, in steps of 2^-53.
  mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number that depends on all three and on nothing else.
  static func hash(_ seed: UInt64, _ purpose: UInt64, _ number: Int) -> UInt64 {
    scramble(scramble(seed &+ purpose &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(bitPattern: Int64(number)))
  }

  /// The FNV-1a hash of a name, so that a purpose can be written as a word.
  static func purpose(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  private static func scramble(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// What a hash is for: two purposes never give the same numbers.
enum SamplePurpose: UInt64 {
  case person = 1
  case brazeID, externalID, device, advertisingID, lineID, scopedID, pushToken
  case workspace, app, campaign, canvas, variation, step, list
  case agent, request, connector, file
}
