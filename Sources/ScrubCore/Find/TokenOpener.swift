internal import ScrubNative

/// Opens sealed tokens for one worker, under every key that is at hand.
///
/// People come again, and to open a token costs as much as some thirty comparisons: so the last ones are remembered, in
/// a table of fixed size.
struct TokenOpener: ~Copyable {
  private struct Key {
    /// What each of its tokens begins with.
    let head: [UInt8]
    let values: SealedValues
  }

  private struct Opened {
    var token: [UInt8] = []
    var value: [UInt8]?
  }

  private let keys: [Key]
  /// By hash of the token; empty where there are no keys.
  private var recent: [Opened]
  private static let recentCount = 1 << 16
  /// Longer tokens are not remembered.
  private static let rememberedLimit = 256

  /// One that opens nothing.
  init() { (keys, recent) = ([], []) }

  init(_ sources: [any SubkeySource]) throws(NativeError) {
    var keys: [Key] = []
    for source in sources {
      keys.append(Key(head: Array(source.keyID.utf8) + SealedToken.mark, values: try SealedValues(source.subkey(.seal))))
    }
    self.keys = keys
    recent = keys.isEmpty ? [] : Array(repeating: Opened(), count: Self.recentCount)
  }

  /// What a token holds; nothing for what is none, or was not made with one of the keys.
  @inline(__always)
  mutating func open(_ text: borrowing RawSpan, _ range: Range<Int>) -> [UInt8]? {
    keys.isEmpty || !startsToken(text, range) ? nil : opened(text, range)
  }

  private func startsToken(_ text: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    for key in keys where range.count > key.head.count {
      if text.equals(range.lowerBound..<(range.lowerBound + key.head.count), key.head) { return true }
    }
    return false
  }

  private mutating func opened(_ text: borrowing RawSpan, _ range: Range<Int>) -> [UInt8]? {
    guard range.count <= Self.rememberedLimit else { return decrypted(text, range) }
    let place = Int(truncatingIfNeeded: identityHash(text, range, .externalID)) & (Self.recentCount - 1)
    if text.equals(range, recent[place].token) { return recent[place].value }
    let value = decrypted(text, range)
    recent[place] = Opened(token: text.array(range), value: value)
    return value
  }

  /// Keys of several audiences have one id: the first that opens it is the one.
  private func decrypted(_ text: borrowing RawSpan, _ range: Range<Int>) -> [UInt8]? {
    for key in keys where range.count > key.head.count {
      let body = range.lowerBound + key.head.count
      guard text.equals(range.lowerBound..<body, key.head) else { continue }
      if let parts = SealedToken.parts(text.array(body..<range.upperBound), with: key.values) { return Array(parts.value) }
    }
    return nil
  }
}
