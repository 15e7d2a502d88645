package import ScrubNative

/// How a value is brought into one spelling before it is hashed; the rules are version `n1`.
package enum Normaliser: String, Sendable {
  /// Trim, lower-case ASCII.
  case email
  /// Digits only, one leading `00` removed; 7 to 15 digits.
  case phone
  /// `email` where the value holds `@`, `phone` where it normalises as one, else nothing.
  case channel
  /// Trim, lower-case ASCII: device, advertising and Braze ids.
  case lowered
  /// Trim.
  case trimmed

  package static let version = "n1"
}

/// The text form of a pseudonym.
package enum PseudonymFormat: Hashable, Sendable {
  /// Key id, dash, base32 of the first `byteCount` bytes.
  case token(byteCount: Int)
  case hex, uuid, email, phone
  /// `uuid` where the value is one, else `token`: what linking ids become by default.
  case uuidOrToken
}

/// A one-way keyed pseudonym of one field: everything that is known before a value is seen.
package struct Hashing: Hashable, Sendable {
  package let normaliser: Normaliser
  package let format: PseudonymFormat
  /// The pseudonym domain; for `channel` the domain of email addresses.
  package let domain: String
  /// The domain of phone numbers, for `channel`.
  package let phoneDomain: String?
  /// The format of phone numbers, for `channel`.
  package let phoneFormat: PseudonymFormat

  package init(
    normaliser: Normaliser, format: PseudonymFormat, domain: String, phoneDomain: String? = nil,
    phoneFormat: PseudonymFormat? = nil
  ) {
    self.normaliser = normaliser
    self.format = format
    self.domain = domain
    self.phoneDomain = phoneDomain
    self.phoneFormat = phoneFormat ?? format
  }

  /// The domain of values that are 64 hex digits already.
  package static func prehashed(_ domain: String) -> String { domain + "_prehashed" }

  var takesPrehashed: Bool { normaliser == .email || normaliser == .phone || normaliser == .channel }
}

/// Gives the subkey of a pseudonym domain; Core knows no master keys.
package protocol SubkeySource: Sendable {
  var keyID: String { get }
  /// HKDF-SHA256 of the master key for purpose `hash` and this domain.
  func hashSubkey(domain: String) throws(NativeError) -> SecretBytes
}

/// Makes pseudonyms for one worker: keyed digests prepared once, buffers used again.
package struct Pseudonymiser: ~Copyable {
  private let keyID: [UInt8]
  private let source: (any SubkeySource)?
  private var digests: [KeyedDigest] = []
  private var indices: [String: Int] = [:]
  private var normal = ByteSink(capacity: 256)
  private var macBytes = ByteSink(capacity: 64)
  private var cache = PseudonymCache()
  private var kinds: [Hashing: Int] = [:]
  private var touched: UInt64 = 0
  /// Whether nothing is made, and only told what is a pseudonym already.
  private let isRecogniser: Bool

  /// - Parameter source: nothing where the policy has no key, and so no pseudonyms.
  package init(_ source: (any SubkeySource)?) {
    self.source = source
    keyID = Array((source?.keyID ?? "").utf8)
    isRecogniser = false
  }

  /// One that makes nothing: what looks like a pseudonym under the key id stays, and everything else is unfit. So a
  /// pass over what was scrubbed changes nothing, or shows where a clear value is.
  package init(recognising keyID: String) {
    source = nil
    self.keyID = Array(keyID.utf8)
    isRecogniser = true
  }

  /// A `Hashing` with its digests found: what the record loop uses.
  package struct Prepared: Sendable {
    let normaliser: Normaliser
    let format: PseudonymFormat
    let phoneFormat: PseudonymFormat
    let digest, prehashed, phoneDigest, phonePrehashed: Int
    /// Tells this hashing from the others in the cache.
    let kind: Int
  }

  package mutating func prepare(_ hashing: Hashing) throws(NativeError) -> Prepared {
    let phone = hashing.phoneDomain ?? hashing.domain
    let special = hashing.takesPrehashed
    return Prepared(
      normaliser: hashing.normaliser, format: hashing.format, phoneFormat: hashing.phoneFormat,
      digest: try index(hashing.domain),
      prehashed: special ? try index(Hashing.prehashed(hashing.domain)) : 0,
      phoneDigest: try index(phone),
      phonePrehashed: special ? try index(Hashing.prehashed(phone)) : 0,
      kind: number(hashing))
  }

  private mutating func number(_ hashing: Hashing) -> Int {
    if let known = kinds[hashing] { return known }
    kinds[hashing] = kinds.count
    return kinds.count - 1
  }

  private mutating func index(_ domain: String) throws(NativeError) -> Int {
    if isRecogniser { return 0 }
    if let known = indices[domain] { return known }
    guard let source else { throw NativeError(.prepare) }
    digests.append(try KeyedDigest(source.hashSubkey(domain: domain)))
    indices[domain] = digests.count - 1
    return digests.count - 1
  }

  /// Finds where a value is remembered, and asks for that memory: done for several values, then `append` for each.
  @inline(__always)
  mutating func find(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ hashing: Prepared
  ) -> PseudonymCache.Place {
    let place = cache.place(value, range, kind: hashing.kind)
    touched &+= cache.touch(place)
    return place
  }

  /// Appends the pseudonym of `value[range]` to `output`; appends nothing unless it was written.
  package mutating func append(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ hashing: Prepared, to output: inout ByteSink
  ) throws(NativeError) -> ConversionOutcome {
    try append(value, range, hashing, at: cache.place(value, range, kind: hashing.kind), to: &output)
  }

  mutating func append(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ hashing: Prepared, at place: PseudonymCache.Place,
    to output: inout ByteSink
  ) throws(NativeError) -> ConversionOutcome {
    if isLeftAlone(value, range) { return .left }
    if isRecogniser { return isPseudonym(value, range, hashing) ? .left : .unfit }
    if cache.append(place, value, range, kind: hashing.kind, to: &output) { return .written }
    let before = output.count
    let outcome = try make(value, range, hashing, to: &output)
    if case .written = outcome {
      cache.remember(place, value, range, kind: hashing.kind, output, count: output.count - before)
    }
    return outcome
  }

  private func isPseudonym(_ value: borrowing RawSpan, _ range: Range<Int>, _ hashing: Prepared) -> Bool {
    hashing.format.recognises(value, range, keyID: keyID)
      || (hashing.phoneFormat != hashing.format && hashing.phoneFormat.recognises(value, range, keyID: keyID))
  }

  /// Makes the pseudonym of a value that the cache does not hold.
  private mutating func make(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ hashing: Prepared, to output: inout ByteSink
  ) throws(NativeError) -> ConversionOutcome {
    guard isUTF8(value, range) else { return .unfit }
    let trimmed = trim(value, range)
    var digest = hashing.digest
    var format = hashing.format
    var prehashed = false
    switch hashing.normaliser {
    case .trimmed:
      copy(value, trimmed)
    case .lowered:
      copyLowered(value, trimmed)
    case .email:
      copyLowered(value, trimmed)
      prehashed = isSHA256(value, trimmed)
      if prehashed { digest = hashing.prehashed }
    case .phone:
      prehashed = isSHA256(value, trimmed)
      if prehashed { copyLowered(value, trimmed) } else { copyPhone(value, trimmed) }
      digest = prehashed ? hashing.phonePrehashed : hashing.phoneDigest
    case .channel:
      // A digest carries no sign of what it was; the domain of addresses is as good as any, and always the same.
      prehashed = isSHA256(value, trimmed)
      if prehashed {
        copyLowered(value, trimmed)
        digest = hashing.prehashed
      } else if contains(value, trimmed, UInt8(ascii: "@")) {
        copyLowered(value, trimmed)
      } else {
        copyPhone(value, trimmed)
        digest = hashing.phoneDigest
        format = hashing.phoneFormat
      }
    }
    guard hasContent(normal.bytes) else { return .unfit }
    let mac = try unsafe normal.withUnsafeBytes { (bytes) throws(NativeError) in
      try unsafe digests[digest].digest(bytes)
    }
    write(mac, value, trimmed, format, to: &output)
    return prehashed ? .prehashed : .written
  }

  // MARK: normalising

  private mutating func copy(_ value: borrowing RawSpan, _ range: Range<Int>) {
    normal.removeAll()
    normal.append(value, range)
  }

  private mutating func copyLowered(_ value: borrowing RawSpan, _ range: Range<Int>) {
    normal.removeAll()
    for index in range {
      let byte = value[index]
      normal.append(byte &- 0x41 < 26 ? byte | 0x20 : byte)
    }
  }

  /// Leaves nothing where the value is no phone number.
  private mutating func copyPhone(_ value: borrowing RawSpan, _ range: Range<Int>) {
    normal.removeAll()
    for index in range where value[index] &- 0x30 < 10 { normal.append(value[index]) }
    if normal.count >= 2 && normal.bytes[0] == 0x30 && normal.bytes[1] == 0x30 { normal.removeFirst(2) }
    if !(7...15).contains(normal.count) { normal.removeAll() }
  }

  // MARK: writing

  private mutating func write(
    _ mac: Digest256, _ value: borrowing RawSpan, _ range: Range<Int>, _ format: PseudonymFormat,
    to output: inout ByteSink
  ) {
    macBytes.removeAll()
    unsafe withUnsafeBytes(of: mac.words) { unsafe macBytes.append($0) }
    switch format {
    case .token(let byteCount): writeToken(byteCount, to: &output)
    case .hex: output.appendHex(macBytes.bytes, 0..<32)
    case .uuid: writeUUID(to: &output)
    case .uuidOrToken: if isAnyUUID(value, range) { writeUUID(to: &output) } else { writeToken(16, to: &output) }
    case .email:
      output.appendBase32(macBytes.bytes, count: 16)
      output.append(UInt8(ascii: "@"))
      output.append(keyID)
      output.append(emailSuffix)
    case .phone:
      output.append(phonePrefix)
      output.appendDecimal(macBytes.bytes.word(at: 0).byteSwapped % 1_000_000_000_000, width: 12)
    }
  }

  private func writeToken(_ byteCount: Int, to output: inout ByteSink) {
    output.append(keyID)
    output.append(UInt8(ascii: "-"))
    output.appendBase32(macBytes.bytes, count: byteCount)
  }

  /// Version 8 with the variant bits of RFC 9562.
  private func writeUUID(to output: inout ByteSink) {
    for index in 0..<16 {
      if index == 4 || index == 6 || index == 8 || index == 10 { output.append(UInt8(ascii: "-")) }
      let byte = macBytes.bytes[index]
      output.appendHex(index == 6 ? byte & 0x0f | 0x80 : index == 8 ? byte & 0x3f | 0x80 : byte)
    }
  }
}

// MARK: what a value is

let emailSuffix = Array(".scrubbed.invalid".utf8)
/// No country has the calling code 999.
let phonePrefix = Array("+999".utf8)

/// Braze's own sentinel for a removed value.
private let brazeRedacted: [UInt8] = Array("[REDACTED]".utf8)

/// Empty, or redacted by Braze already.
func isLeftAlone(_ value: borrowing RawSpan, _ range: Range<Int>) -> Bool {
  range.isEmpty || (range.count == brazeRedacted.count && value.equals(range, brazeRedacted))
}

private func trim(_ value: borrowing RawSpan, _ range: Range<Int>) -> Range<Int> {
  var (start, end) = (range.lowerBound, range.upperBound)
  func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x09 < 5 }
  while start < end && isBlank(value[start]) { start += 1 }
  while start < end && isBlank(value[end - 1]) { end -= 1 }
  return start..<end
}

private func contains(_ value: borrowing RawSpan, _ range: Range<Int>, _ byte: UInt8) -> Bool {
  for index in range where value[index] == byte { return true }
  return false
}

/// Anything but zeros and dashes.
private func hasContent(_ bytes: RawSpan) -> Bool {
  for index in 0..<bytes.byteCount where bytes[index] != 0x30 && bytes[index] != 0x2d { return true }
  return false
}

private func isHexDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6 }

private func isSHA256(_ value: borrowing RawSpan, _ range: Range<Int>) -> Bool {
  guard range.count == 64 else { return false }
  for index in range where !isHexDigit(value[index]) { return false }
  return true
}

/// 8-4-4-4-12 hex digits.
private func isAnyUUID(_ value: borrowing RawSpan, _ range: Range<Int>) -> Bool {
  guard range.count == 36 else { return false }
  for index in range {
    let place = index - range.lowerBound
    let isDash = place == 8 || place == 13 || place == 18 || place == 23
    if isDash ? value[index] != 0x2d : !isHexDigit(value[index]) { return false }
  }
  return true
}
