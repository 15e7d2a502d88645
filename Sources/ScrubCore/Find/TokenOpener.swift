internal import ScrubNative

/// Opens sealed tokens for one worker, under every key that is at hand. Nothing of what they hold is remembered.
struct TokenOpener: ~Copyable {
  private struct Key {
    /// What each of its tokens begins with.
    let head: [UInt8]
    let values: SealedValues
  }

  private let keys: [Key]

  /// One that opens nothing.
  init() { keys = [] }

  init(_ sources: [any SubkeySource]) throws(NativeError) {
    var keys: [Key] = []
    for source in sources {
      keys.append(Key(head: Array(source.keyID.utf8) + SealedToken.mark, values: try SealedValues(source.subkey(.seal))))
    }
    self.keys = keys
  }

  /// What a token holds; nothing for what is none, or was not made with one of the keys.
  @inline(__always)
  func open(_ text: borrowing RawSpan, _ range: Range<Int>) -> [UInt8]? {
    keys.isEmpty ? nil : opened(text, range)
  }

  /// Keys of several audiences have one id: the first that opens it is the one.
  private func opened(_ text: borrowing RawSpan, _ range: Range<Int>) -> [UInt8]? {
    for key in keys where range.count > key.head.count {
      let body = range.lowerBound + key.head.count
      guard text.equals(range.lowerBound..<body, key.head) else { continue }
      if let parts = SealedToken.parts(text.array(body..<range.upperBound), with: key.values) { return Array(parts.value) }
    }
    return nil
  }
}
