package import ScrubNative

/// A keyed token that authorised people can turn back: everything that is known before a value is seen.
package struct Tokenising: Hashable, Sendable {
  /// Where the original is.
  package enum Store: String, CaseIterable, Hashable, Sendable {
    /// In a database beside the key.
    case vault
    /// In the token itself.
    case sealed
  }

  package let store: Store
  package let normaliser: Normaliser
  /// The pseudonym domain; for `channel` the domain of email addresses.
  package let domain: String
  /// The domain of phone numbers, for `channel`.
  package let phoneDomain: String?

  package init(store: Store, normaliser: Normaliser, domain: String, phoneDomain: String? = nil) {
    self.store = store
    self.normaliser = normaliser
    self.domain = domain
    self.phoneDomain = phoneDomain
  }
}

/// A token that holds its original: `<key id>-s1-`, then base32 of what AES-256-SIV makes of the byte 01, one byte
/// length of the domain, the domain, and the value.
package enum SealedToken {
  /// Stands behind the key id: sealed, version 1.
  static let mark = Array("-s1-".utf8)
  private static let version: UInt8 = 1

  static func appendHead(domain: String, to plain: inout ByteSink) {
    plain.append(version)
    plain.append(UInt8(truncatingIfNeeded: domain.utf8.count))
    plain.append(Array(domain.utf8))
  }

  /// The key id of a text that may be a sealed token.
  package static func keyID(of text: String) -> String? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 3 && parts[1] == "s1" && !parts[0].isEmpty ? String(parts[0]) : nil
  }

  /// Gives back the original; nothing where the text is no token of this key, or was tampered with.
  package static func open(_ text: String, with values: SealedValues) -> (domain: String, value: [UInt8])? {
    guard keyID(of: text) != nil, let body = text.split(separator: "-").last,
      let parts = parts(Array(body.utf8), with: values),
      let domain = String(validating: parts.domain, as: UTF8.self)
    else { return nil }
    return (domain, Array(parts.value))
  }

  /// What is sealed in the text behind the mark.
  static func parts(
    _ body: [UInt8], with values: SealedValues
  ) -> (domain: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
    guard let sealed = decodedBase32(body), let plain = values.open(sealed), plain.count > 2, plain[0] == version else {
      return nil
    }
    let end = 2 + Int(plain[1])
    return end <= plain.count ? (plain[2..<end], plain[end...]) : nil
  }

  /// Whether a text has the form of a sealed token under the key id.
  package static func recognises(_ text: String, keyID: String) -> Bool {
    let bytes = Array(text.utf8)
    return unsafe recognises(bytes.span.bytes, 0..<bytes.count, keyID: Array(keyID.utf8))
  }

  /// Whether the bytes have the form of a sealed token under the key id.
  static func recognises(_ text: borrowing RawSpan, _ range: Range<Int>, keyID: [UInt8]) -> Bool {
    let start = range.lowerBound + keyID.count + mark.count
    guard start < range.upperBound, text.equals(range.lowerBound..<(range.lowerBound + keyID.count), keyID),
      text.equals((start - mark.count)..<start, mark)
    else { return false }
    // Tag, version, length, and a byte of domain and of value at the least.
    return (range.upperBound - start) * 5 / 8 >= SealedValues.tagSize + 4 && isBase32(text, start..<range.upperBound)
  }
}

/// Makes sealed tokens for one worker.
struct Sealer: ~Copyable {
  private let keyID: [UInt8]
  private let source: (any SubkeySource)?
  private let isRecogniser: Bool
  private var values: SealedValues?
  private var normal = NormalValue()
  private var plain = ByteSink(capacity: 256)
  private var sealed = ByteSink(capacity: 256)

  init(_ source: (any SubkeySource)?) {
    self.source = source
    keyID = Array((source?.keyID ?? "").utf8)
    isRecogniser = false
  }

  init(recognising keyID: String) {
    source = nil
    self.keyID = Array(keyID.utf8)
    isRecogniser = true
  }

  mutating func prepare() throws(NativeError) {
    if isRecogniser || values != nil { return }
    guard let source else { throw NativeError(.prepare) }
    values = try SealedValues(source.subkey(.seal))
  }

  /// Appends the token of `value[range]`, whose normal form only tells whether it can have one.
  mutating func append(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ tokenising: Tokenising, to output: inout ByteSink
  ) throws(NativeError) -> ConversionOutcome {
    if isLeftAlone(value, range) { return .left }
    guard let values else {
      return SealedToken.recognises(value, range, keyID: keyID) ? .made : .unfit
    }
    guard let kind = normal.take(value, range, tokenising.normaliser, findsDigests: false) else { return .unfit }
    plain.removeAll()
    SealedToken.appendHead(
      domain: kind == .phone ? tokenising.phoneDomain ?? tokenising.domain : tokenising.domain, to: &plain)
    plain.append(value, range)
    let size = plain.count + SealedValues.tagSize
    sealed.removeAll()
    try unsafe plain.withUnsafeBytes { (plain) throws(NativeError) in
      try unsafe sealed.withRoom(size) { (room) throws(NativeError) in
        try unsafe values.seal(plain, into: UnsafeMutableRawBufferPointer(rebasing: room[..<size]))
        return size
      }
    }
    output.append(keyID)
    output.append(SealedToken.mark)
    output.appendBase32(sealed.bytes, count: sealed.count)
    return .written
  }
}
