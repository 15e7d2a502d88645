package import ScrubNative

/// An identity in its one spelling.
package struct Identity: Hashable, Sendable {
  package let kind: IdentityKind
  /// Normalised; bytes are compared, never characters.
  package let text: [UInt8]
  /// Made once, for an identity is looked up in many tables.
  private let hash: Int

  package init(_ kind: IdentityKind, normalised text: [UInt8]) {
    self.kind = kind
    self.text = text
    var hasher = Hasher()
    hasher.combine(kind)
    hasher.combine(text: text)
    hash = hasher.finalize()
  }

  package static func == (left: Identity, right: Identity) -> Bool {
    left.hash == right.hash && left.kind == right.kind && left.text == right.text
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(hash) }

  /// Brings a value into its one spelling.
  ///
  /// - Returns: nothing where it identifies nobody: empty, zeros, no UTF-8, no phone number, or a word for nothing.
  package init?(_ kind: IdentityKind, _ value: [UInt8]) {
    var reader = IdentityReader()
    guard let identity = unsafe reader.read(value.span.bytes, 0..<value.count, kind) else { return nil }
    self = identity
  }
}

extension Identity {
  /// The spellings of which others make digests: its own; of a telephone number also the digits behind `+` and `00`.
  ///
  /// - Parameter given: further ones, as the value was met.
  package func usualSpellings(and given: [[UInt8]]) -> [[UInt8]] {
    var spellings = [text]
    if kind == .phone && text.allSatisfy(isDigit) {
      spellings += [Array("+".utf8) + text, Array("00".utf8) + text]
    }
    for one in given where !spellings.contains(one) { spellings.append(one) }
    return spellings
  }

  /// The same text as the other kind of contact. Pseudonyms and digests do not show what they are of, so where a field
  /// holds addresses and numbers they are read as numbers, and in one of addresses as addresses.
  package var otherContact: Identity? {
    guard kind == .email || kind == .phone, !text.contains(UInt8(ascii: "@")),
      unsafe isLongText(text.span.bytes, 0..<text.count)
    else { return nil }
    return Identity(kind == .email ? .phone : .email, normalised: text)
  }
}

/// Reads identities, with memory that is used again.
struct IdentityReader: ~Copyable {
  private var normal = NormalValue()

  /// Values that stand for nobody, in lower case.
  private static let placeholders: Set<[UInt8]> = Set(
    [
      "null", "nil", "none", "undefined", "unknown", "anonymous", "n/a", "na", "[redacted]", "-", "~", "(null)", "nan",
      "guest", "test", "true", "false", "(not set)", "not set", "not_set", "(none)", "(unknown)", "(undefined)", "(empty)", "empty",
      "[object object]", "deleted", "anon", "no_user", "no user",
    ].map { Array($0.utf8) })

  mutating func read(_ bytes: borrowing RawSpan, _ range: Range<Int>, _ kind: IdentityKind) -> Identity? {
    var normaliser = kind.normaliser
    if kind == .phone && isLongText(bytes, trim(bytes, range)) { normaliser = .lowered }
    guard normal.take(bytes, range, normaliser, findsDigests: false) != nil else { return nil }
    let text = normal.bytes.array(0..<normal.bytes.byteCount)
    if text.count < 16 {
      let lowered = text.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
      if Self.placeholders.contains(lowered) { return nil }
    }
    if isTemplate(text) { return nil }
    // No country has the calling code 999: such a number is a pseudonym that is too short to be unique.
    if kind == .phone && text.count == 15 && text.starts(with: Array("999".utf8)) { return nil }
    return Identity(kind, normalised: text)
  }
}

/// Whether a text is a template that nobody filled in, as Liquid and others write them: `{{${user_id}}}`, `{% if ... %}`, `${id}`.
private func isTemplate(_ text: [UInt8]) -> Bool {
  guard text.count > 3, let first = text.first else { return false }
  let pair = (first, text[1])
  return pair == (UInt8(ascii: "{"), UInt8(ascii: "{")) || pair == (UInt8(ascii: "{"), UInt8(ascii: "%"))
    || pair == (UInt8(ascii: "$"), UInt8(ascii: "{"))
}

/// The identities that a pass looks for. Immutable, and shared by all workers.
package struct WatchList: Sendable {
  /// Hashes, 0 in empty places.
  private var hashes: [UInt64]
  private let mask: Int
  package let identities: Set<Identity>
  /// Digests of identities that nobody knows otherwise, in hex.
  private let digests: [IdentityKind: [NamedDigest: Set<[UInt8]>]]

  /// - Parameter digests: in lower-case hex; every value of such a kind is digested, in its usual spellings.
  package init(
    _ identities: Set<Identity>, digests: [(kind: IdentityKind, name: NamedDigest, hex: [UInt8])] = []
  ) {
    self.identities = identities
    var byKind: [IdentityKind: [NamedDigest: Set<[UInt8]>]] = [:]
    for digest in digests { byKind[digest.kind, default: [:]][digest.name, default: []].insert(digest.hex) }
    self.digests = byKind
    var size = 16
    while size < identities.count * 8 { size *= 2 }
    hashes = Array(repeating: 0, count: size)
    mask = size - 1
    for identity in identities {
      let hash = Self.hash(identity)
      var index = Int(truncatingIfNeeded: hash) & mask
      while hashes[index] != 0 { index = (index + 1) & mask }
      hashes[index] = hash
    }
  }

  /// The hash that values of the identity have in an archive.
  package static func hash(_ identity: Identity) -> UInt64 {
    unsafe identityHash(identity.text.span.bytes, 0..<identity.text.count, identity.kind, isNormal: true)
  }

  var hasDigests: Bool { !digests.isEmpty }

  func seeksDigests(of kind: IdentityKind) -> Bool { digests[kind] != nil }

  /// The digests that are looked for and that are made of an identity, in any of its usual spellings.
  ///
  /// - Parameter spelled: as it stands in the archive.
  package func digests(of identity: Identity, spelled: [UInt8]) -> [[UInt8]] {
    var found: [[UInt8]] = []
    for (name, wanted) in digests[identity.kind] ?? [:] {
      for spelling in identity.usualSpellings(and: [spelled]) {
        let digest = name.hex(spelling)
        if wanted.contains(digest) { found.append(digest) }
      }
    }
    return found
  }

  /// Whether the value may be one of them; what is told so is compared.
  @inline(__always)
  func mayHold(_ hash: UInt64) -> Bool {
    var index = Int(truncatingIfNeeded: hash) & mask
    while true {
      let found = hashes[index]
      if found == hash { return found != 0 }
      if found == 0 { return false }
      index = (index &+ 1) & mask
    }
  }
}
