internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// How archives were scrubbed that people are searched in: policies, with every key that made their pseudonyms.
package struct ScrubbedWith: Sendable {
  package let checked: CheckedPolicy
  /// Each with the policy's audience.
  package let keys: [MasterKey]

  package init(_ checked: CheckedPolicy, keys: [MasterKey]) {
    self.checked = checked
    self.keys = keys
  }
}

/// Makes the pseudonyms that identities have in scrubbed archives, but for sealed tokens, which a search opens. Lives in
/// one task.
final class KnownPseudonyms {
  private var makers: [Maker] = []
  private var known: [Identity: (spelled: [[UInt8]], aliases: [Identity])] = [:]
  let made: [ScrubbedWith]
  /// Every key that made pseudonyms, for its policy's audience.
  let keys: [MasterKey]
  /// `id:check value` of the keys.
  private(set) var keyMarks: Set<String> = []
  /// The names of the policies.
  let policies: Set<String>
  /// What becomes of identities by the policies whose keys there are, as manifests tell it.
  private var identities: Set<String> = []
  /// By key id.
  private var reaches: [String: IdentityReach] = [:]

  /// - Parameter isOfTexts: whether pseudonyms are made as they stand inside texts, and not as values of fields.
  init(_ made: [ScrubbedWith], isOfTexts: Bool = false) throws(ScrubRefusal) {
    self.made = made
    policies = Set(made.map(\.checked.policy.name))
    keys = made.flatMap(\.keys)
    for scrubbed in made {
      if scrubbed.keys.isEmpty { continue }
      let compiler = scrubbed.checked.compiler
      let events = compiler.catalog.eventTypes
      let all = Destination.allCases.reduce(into: Set()) {
        let rules = compiler.rules(of: events, in: $1)
        $0.formUnion(isOfTexts ? compiler.textTreatments(under: rules) : compiler.identityTreatments(under: rules))
      }
      let treatments = isOfTexts ? all : Set(all.compactMap(\.asFoundByItsText))
      for key in scrubbed.keys { reaches[key.keyID, default: IdentityReach()].formUnion(IdentityReach(all)) }
      identities.formUnion(compiler.marks(of: treatments))
      keyMarks.formUnion(try scrubbed.keys.marks())
      for key in scrubbed.keys { makers.append(try Maker(key, treatments)) }
    }
  }

  /// The ids of the keys that made pseudonyms of a file by which people cannot be found in it: because one is not at hand, or
  /// because no policy that is given makes them so.
  func unknownKeys(_ mark: ScrubMark) -> Set<String> {
    let isMadeSo = (mark.policy.isEmpty || policies.contains(mark.policy)) && identities.isSuperset(of: mark.identities ?? [])
    return Set(mark.keys.filter { !isMadeSo || !keyMarks.contains($0) }.map(ScrubMark.id))
  }

  /// The ids of the keys under which somebody is not looked for, whatever stands in files that were made with them.
  ///
  /// - Parameters:
  ///   - kinds: of what is known of the person.
  ///   - digests: kinds of which the person's value is known as a digest only.
  func unreached(kinds: Set<IdentityKind>, digests: Set<IdentityKind>) -> Set<String> {
    // Where nothing is left of any kind, nobody stands.
    let unreached = reaches.filter { _, reach in
      !reach.pseudonymised.isDisjoint(with: digests) || !reach.left.isEmpty && reach.left.isDisjoint(with: kinds)
    }
    return Set(unreached.keys)
  }

  /// What stands for an identity: its pseudonyms, and the digests that Braze makes.
  ///
  /// - Parameter spelled: other spellings, of which Braze may have made its digest.
  func aliases(of identity: Identity, spelled: [[UInt8]] = []) throws(ScrubRefusal) -> [Identity] {
    if let known = known[identity], known.spelled == spelled { return known.aliases }
    var aliases = try pseudonyms(of: identity, spelled: spelled)
    for digest in identity.digests(and: spelled) {
      if let alias = Identity(identity.kind, digest) { aliases.insert(alias) }
    }
    aliases.remove(identity)
    let sorted = aliases.sorted { $0.text.lexicographicallyPrecedes($1.text) }
    known[identity] = (spelled, sorted)
    return sorted
  }

  /// What the keys make of an identity, and of the digests that Braze makes of it.
  ///
  /// - Parameter spelled: other spellings of it.
  func pseudonyms(of identity: Identity, spelled: [[UInt8]] = []) throws(ScrubRefusal) -> Set<Identity> {
    let values = [identity.text] + spelled + identity.digests(and: spelled)
    var pseudonyms: Set<Identity> = []
    do throws(NativeError) {
      for maker in makers {
        for value in values { pseudonyms.formUnion(try maker.pseudonyms(of: value, identity.kind)) }
      }
    } catch {
      throw .key(KeyRefusal(code: .native))
    }
    return pseudonyms
  }

  /// What the keys make of an identity as it stands: for very many of them.
  func pseudonyms(standing identity: Identity) throws(ScrubRefusal) -> [Identity] {
    var pseudonyms: [Identity] = []
    do throws(NativeError) {
      for maker in makers {
        // Of a value in several roles the same is made.
        for one in try maker.pseudonyms(of: identity.text, identity.kind) where !pseudonyms.contains(one) { pseudonyms.append(one) }
      }
    } catch {
      throw .key(KeyRefusal(code: .native))
    }
    return pseudonyms
  }

  /// Whether an identity has the form of what the keys make of others of its kind.
  func recognises(_ identity: Identity) throws(ScrubRefusal) -> Bool {
    for maker in makers {
      do throws(NativeError) { if try maker.recognises(identity) { return true } } catch { throw .key(KeyRefusal(code: .native)) }
    }
    return false
  }

  /// Whether an identity has the form of a pseudonym, or of a token under one of the keys.
  func isToken(_ identity: Identity) throws(ScrubRefusal) -> Bool {
    let text = String(decoding: identity.text, as: UTF8.self)
    return try recognises(identity) || keys.contains { SealedToken.recognises(text, keyID: $0.keyID) }
  }

  /// What stands for a workspace.
  func aliases(ofWorkspace workspace: [UInt8]) throws(ScrubRefusal) -> Set<[UInt8]> {
    if workspace.isEmpty { return [] }
    var aliases: Set<[UInt8]> = []
    do throws(NativeError) {
      for maker in makers { aliases.formUnion(try maker.pseudonyms(ofWorkspace: workspace)) }
    } catch {
      throw .key(KeyRefusal(code: .native))
    }
    aliases.remove(workspace)
    return aliases
  }

  /// The workspace that a text stands for which is no pseudonym that can be made anew: empty where nobody can tell, nothing
  /// where the text is a workspace's own.
  func workspace(standingAs text: [UInt8]) throws(ScrubRefusal) -> [UInt8]? {
    if unsafe isLeftAlone(text.span.bytes, 0..<text.count) { return [] }
    let token = String(decoding: text, as: UTF8.self)
    guard SealedToken.keyID(of: token) != nil else { return nil }
    do throws(NativeError) {
      for key in keys {
        if let opened = SealedToken.open(token, with: try SealedValues(key.subkey(.seal))) { return opened.value }
      }
    } catch {
      throw .key(KeyRefusal(code: .native))
    }
    return []
  }

  /// Whether an identity has the form of a pseudonym, and nothing that is known beside it says of what.
  func isOfNobodyKnows(_ identity: Identity, among own: Set<Identity>) throws(ScrubRefusal) -> Bool {
    if try !recognises(identity) { return false }
    for other in own where other.kind == identity.kind && other != identity {
      if try aliases(of: other).contains(identity) { return false }
    }
    return true
  }

  /// Makes pseudonyms under one key, for one audience.
  private final class Maker {
    private var converter: Converter
    private var prepared: [IdentityTreatment.Role: [Converter.Prepared]] = [:]
    private var recogniser: Converter
    private var forms: [IdentityTreatment.Role: [Converter.Prepared]] = [:]

    init(_ key: MasterKey, _ treatments: Set<IdentityTreatment>) throws(ScrubRefusal) {
      converter = Converter(key)
      recogniser = Converter(recognising: key.keyID)
      do throws(NativeError) {
        for one in treatments {
          if let conversion = try converter.prepare(one.treatment) { prepared[one.role, default: []].append(conversion) }
          if let form = try recogniser.prepare(one.treatment) { forms[one.role, default: []].append(form) }
        }
      } catch {
        throw .key(KeyRefusal(code: .native))
      }
    }

    func pseudonyms(of value: [UInt8], _ kind: IdentityKind) throws(NativeError) -> [Identity] {
      try made(of: value, Self.roles(of: value, kind).map { .identity($0) }).compactMap { Identity(kind, $0) }
    }

    func pseudonyms(ofWorkspace value: [UInt8]) throws(NativeError) -> [[UInt8]] { try made(of: value, [.workspace]) }

    private func made(of value: [UInt8], _ roles: [IdentityTreatment.Role]) throws(NativeError) -> [[UInt8]] {
      var pseudonyms: [[UInt8]] = []
      var text = ByteSink(capacity: 128)
      for conversion in roles.flatMap({ prepared[$0] ?? [] }) {
        text.removeAll()
        switch try unsafe converter.append(value.span.bytes, 0..<value.count, conversion, to: &text) {
        case .written, .prehashed: pseudonyms.append(unsafe text.withUnsafeBytes { unsafe Array($0) })
        case .left, .made, .unfit, .unconverted: break
        }
      }
      // Nothing of this goes into a vault.
      converter.handOver { _ in }
      return pseudonyms
    }

    /// Whether an identity has the form of what is made of others of its kind.
    func recognises(_ identity: Identity) throws(NativeError) -> Bool {
      let roles: [IdentityRole] = [.of(identity.kind)] + (identity.kind == .brazeID ? [.mergedInto] : [.contact])
      var text = ByteSink(capacity: 128)
      for form in roles.flatMap({ forms[.identity($0)] ?? [] }) {
        let outcome = try unsafe recogniser.append(
          identity.text.span.bytes, 0..<identity.text.count, form, to: &text)
        if case .made = outcome { return true }
      }
      return false
    }

    /// The roles in which a value is of a kind. Where addresses and numbers stand, an `@` tells which it is, so that
    /// there the number of one person is not taken for somebody's address; a digest does not tell.
    private static func roles(of value: [UInt8], _ kind: IdentityKind) -> [IdentityRole] {
      switch kind {
      case .brazeID: [.of(kind), .mergedInto]
      case .email where value.contains(UInt8(ascii: "@")) || value.count == 64: [.of(kind), .contact]
      case .phone where !value.contains(UInt8(ascii: "@")): [.of(kind), .contact]
      default: [.of(kind)]
      }
    }
  }
}

extension Identity {
  /// Whether values like it are put in the place of their digests by Braze: addresses, numbers and external ids. What is
  /// neither an address nor a number in its form has none as such, for a digest does not show what it is of.
  private var isHashed: Bool {
    switch kind {
    case .email: text.contains(UInt8(ascii: "@"))
    case .phone: otherContact == nil
    case .externalID: true
    default: false
    }
  }

  /// What Braze puts in its place.
  fileprivate func digests(and spelled: [[UInt8]]) -> [[UInt8]] {
    isHashed ? usualSpellings(and: spelled).map { NamedDigest.sha256.hex($0) } : []
  }
}
