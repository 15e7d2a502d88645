package import ScrubNative

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
  /// Whether 64 hex digits are what Braze made of a value before.
  package let findsDigests: Bool

  /// - Parameter findsDigests: nothing where the normaliser tells: that of addresses and numbers.
  package init(
    normaliser: Normaliser, format: PseudonymFormat, domain: String, phoneDomain: String? = nil,
    phoneFormat: PseudonymFormat? = nil, findsDigests: Bool? = nil
  ) {
    self.normaliser = normaliser
    self.format = format
    self.domain = domain
    self.phoneDomain = phoneDomain
    self.phoneFormat = phoneFormat ?? format
    self.findsDigests = findsDigests ?? normaliser.isOfContact
  }

  /// The same in another text form.
  package func written(_ format: PseudonymFormat) -> Hashing {
    Hashing(normaliser: normaliser, format: format, domain: domain, phoneDomain: phoneDomain, findsDigests: findsDigests)
  }

  /// The domain of values that are 64 hex digits already.
  package static func prehashed(_ domain: String) -> String { domain + "_prehashed" }
}

/// What a subkey is for. Subkeys of two uses tell nothing of each other.
package enum SubkeyUse: Hashable, Sendable {
  /// Pseudonyms of a domain.
  case hash(domain: String)
  /// Tokens of a domain whose originals lie in a vault.
  case vault(domain: String)
  /// The originals of a domain in a vault.
  case vaultKey(domain: String)
  /// Tokens that hold their originals sealed; 64 bytes.
  case seal
  /// The check value of the key.
  case check
}

/// Gives subkeys; Core knows no master keys.
package protocol SubkeySource: Sendable {
  var keyID: String { get }
  func subkey(_ use: SubkeyUse) throws(NativeError) -> SecretBytes
}

/// Makes pseudonyms for one worker: keyed digests prepared once, buffers used again.
package struct Pseudonymiser: ~Copyable {
  private let keyID: [UInt8]
  private let source: (any SubkeySource)?
  private var digests: [KeyedDigest] = []
  private var indices: [SubkeyUse: Int] = [:]
  private var normal = NormalValue()
  private var macBytes = ByteSink(capacity: 64)
  private var cache = PseudonymCache()
  private var kinds: [Treatment: Int] = [:]
  /// Whether nothing is made, and only told what is a pseudonym already.
  private let isRecogniser: Bool
  /// What the vault must hold before the tokens leave the worker.
  package private(set) var offers = VaultOffers()

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

  /// A `Hashing` or `Tokenising` with its digests found: what the record loop uses.
  package struct Prepared: Sendable {
    let normaliser: Normaliser
    let format: PseudonymFormat
    let phoneFormat: PseudonymFormat
    let digest, phoneDigest: Int
    /// The digest of values that were hashed already; -1 where they are values like others.
    let prehashed: Int
    /// Tells this treatment from the others in the cache.
    let kind: Int
    /// The vault's domains of addresses and of numbers; nothing for a one-way pseudonym.
    let vault: (domain: Int, phoneDomain: Int)?
  }

  package mutating func prepare(_ hashing: Hashing) throws(NativeError) -> Prepared {
    let phone = hashing.phoneDomain ?? hashing.domain
    let prehashed = Hashing.prehashed(hashing.domain)
    return Prepared(
      normaliser: hashing.normaliser, format: hashing.format, phoneFormat: hashing.phoneFormat,
      digest: try index(.hash(domain: hashing.domain)), phoneDigest: try index(.hash(domain: phone)),
      prehashed: hashing.findsDigests ? try index(.hash(domain: prehashed)) : -1,
      kind: number(.hash(hashing)), vault: nil)
  }

  /// Tokens whose originals go into the vault.
  package mutating func prepare(_ tokenising: Tokenising) throws(NativeError) -> Prepared {
    let phone = tokenising.phoneDomain ?? tokenising.domain
    return Prepared(
      normaliser: tokenising.normaliser, format: .token(byteCount: 16), phoneFormat: .token(byteCount: 16),
      digest: try index(.vault(domain: tokenising.domain)), phoneDigest: try index(.vault(domain: phone)),
      prehashed: -1, kind: number(.tokenise(tokenising)),
      vault: (offers.number(of: tokenising.domain), offers.number(of: phone)))
  }

  private mutating func number(_ treatment: Treatment) -> Int {
    if let known = kinds[treatment] { return known }
    kinds[treatment] = kinds.count
    return kinds.count - 1
  }

  private mutating func index(_ use: SubkeyUse) throws(NativeError) -> Int {
    if isRecogniser { return 0 }
    if let known = indices[use] { return known }
    guard let source else { throw NativeError(.prepare) }
    digests.append(try KeyedDigest(source.subkey(use)))
    indices[use] = digests.count - 1
    return digests.count - 1
  }

  /// Forgets the offers, which the vault holds now.
  package mutating func removeOffers() { offers.removeAll() }

  /// Finds where a value is remembered, and asks for that memory: done for several values, then `append` for each.
  @inline(__always)
  mutating func find(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ hashing: Prepared
  ) -> PseudonymCache.Place {
    let place = cache.place(value, range, kind: hashing.kind)
    cache.prefetch(place)
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
    if isRecogniser { return isPseudonym(value, range, hashing) ? .made : .unfit }
    // What is remembered was offered, and offers stay until the vault holds them.
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
    guard let kind = normal.take(value, range, hashing.normaliser, findsDigests: hashing.prehashed >= 0) else {
      return .unfit
    }
    let (digest, format) =
      switch kind {
      case .plain: (hashing.digest, hashing.format)
      case .phone: (hashing.phoneDigest, hashing.phoneFormat)
      case .digest: (hashing.prehashed, hashing.format)
      }
    let mac = try unsafe normal.bytes.withUnsafeBytes { (bytes) throws(NativeError) in
      try unsafe digests[digest].digest(bytes)
    }
    let before = output.count
    write(mac, value, trim(value, range), format, to: &output)
    if let vault = hashing.vault {
      let domain = if case .phone = kind { vault.phoneDomain } else { vault.domain }
      offers.add(token: output, from: before, domain: domain, value, range)
    }
    if case .digest = kind { return .prehashed }
    return .written
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
  private mutating func writeUUID(to output: inout ByteSink) {
    macBytes.replace(at: 6, with: macBytes.bytes[6] & 0x0f | 0x80)
    macBytes.replace(at: 8, with: macBytes.bytes[8] & 0x3f | 0x80)
    output.appendHex(macBytes.bytes, 0..<4)
    for start in [4, 6, 8] {
      output.append(UInt8(ascii: "-"))
      output.appendHex(macBytes.bytes, start..<(start + 2))
    }
    output.append(UInt8(ascii: "-"))
    output.appendHex(macBytes.bytes, 10..<16)
  }
}

let emailSuffix = Array(".scrubbed.invalid".utf8)
/// No country has the calling code 999.
let phonePrefix = Array("+999".utf8)
