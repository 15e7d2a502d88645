/// What happens to the values of one slot.
package enum Treatment: Hashable, Sendable {
  /// Bytes untouched.
  case keep
  /// As `keep`, but a JSON array or object in its place is redacted: the field is known to hold a scalar.
  case keepScalar
  /// The given bytes take the place of the value.
  case redact
  /// The member is removed (JSON only).
  case drop
  case hash(Hashing)
  case tokenise(Tokenising)
  case mask(Masking)
  case generalise(Generalising)
  case scan(Scanning)
  /// The members of the JSON text that the value is.
  case json(MemberTreating)
  /// An address is treated in one way and a number in another, told by each value; one that does not tell is redacted.
  indirect case contact(email: Treatment, phone: Treatment)

  /// What the record loop does about a value: the treatments without their texts. A name of an event is kept where
  /// it is one.
  package enum Way: Sendable { case keep, keepScalar, keepName, redact, drop, convert }

  package var way: Way {
    switch self {
    case .keep: .keep
    case .keepScalar: .keepScalar
    case .redact: .redact
    case .drop: .drop
    case .hash, .tokenise, .mask, .generalise, .scan, .json, .contact: .convert
    }
  }

  /// Whether addresses are treated in one way and numbers in another.
  var isOfTwoKinds: Bool { if case .contact = self { true } else { false } }

  /// Whether values stay as they are.
  package var keeps: Bool { self == .keep || self == .keepScalar }

  /// Whether other texts are made of texts, so that no other type can be treated.
  package var convertsTexts: Bool { way == .convert && !fitsNumbers }

  /// Whether other numbers are made of numbers.
  package var fitsNumbers: Bool {
    guard case .generalise(let generalising) = self else { return false }
    return generalising.fitsNumbers
  }

  /// Whether numbers become ones with decimals, which no whole type holds.
  package var hasDecimals: Bool {
    if case .generalise(let generalising) = self, case .bucket(let bucket) = generalising.target { bucket.decimals > 0 } else { false }
  }

  /// Whether the identifiers of an event must be known to treat its texts.
  var needsKnown: Bool {
    switch self {
    case .scan(let scanning): scanning.finds.contains(.known)
    case .json(let members): members.treatments.contains(where: \.needsKnown)
    case .contact(let email, let phone): email.needsKnown || phone.needsKnown
    case .keep, .keepScalar, .redact, .drop, .hash, .tokenise, .mask, .generalise: false
    }
  }

  /// Whether parts of a value that nobody names may stay as they are.
  package var mayLeaveParts: Bool {
    switch self {
    case .keep, .keepScalar, .scan: true
    case .json(let members):
      members.treatments[0].mayLeaveParts || members.treatments.contains { if case .scan = $0 { true } else { false } }
    case .contact(let email, let phone): email.mayLeaveParts || phone.mayLeaveParts
    case .redact, .drop, .hash, .tokenise, .mask, .generalise: false
    }
  }

  /// Whether a keyed pseudonym takes the place of the whole value.
  package var isPseudonym: Bool {
    switch self {
    case .hash, .tokenise: true
    case .contact(let email, let phone): email.isPseudonym && phone.isPseudonym
    case .keep, .keepScalar, .redact, .drop, .mask, .generalise, .scan, .json: false
    }
  }

  /// Whether keyed pseudonyms take the place of values, or of parts of them.
  package var makesPseudonyms: Bool {
    switch self {
    case .hash, .tokenise: true
    case .scan(let scanning): scanning.replacement == .hash
    case .json(let members): members.treatments.contains(where: \.makesPseudonyms)
    case .contact(let email, let phone): email.makesPseudonyms || phone.makesPseudonyms
    case .keep, .keepScalar, .redact, .drop, .mask, .generalise: false
    }
  }

  /// Those that put keyed pseudonyms in the place of parts of a text.
  package var ofParts: [Treatment] {
    switch self {
    case .scan(let scanning): scanning.replacement == .hash ? FoundKind.allCases.map { .hash($0.hashing) } : []
    case .json(let members): members.treatments.flatMap { $0.isPseudonym ? [$0] : $0.ofParts }
    case .contact(let email, let phone): email.ofParts + phone.ofParts
    case .keep, .keepScalar, .redact, .drop, .hash, .tokenise, .mask, .generalise: []
    }
  }

  /// Whether keyed pseudonyms of values of a kind are made as they are of any other of that kind.
  package func normalises(as kind: IdentityKind) -> Bool {
    switch self {
    case .hash(let hashing): hashing.normaliser.fits(kind)
    case .tokenise(let tokenising): tokenising.normaliser.fits(kind)
    case .contact: kind == .email || kind == .phone
    case .keep, .keepScalar, .redact, .drop, .mask, .generalise, .scan, .json: false
    }
  }

  /// Strictness in the order of the policy language: when a path stands for several fields the strictest wins. Of two
  /// kinds of contact the weaker counts, for that is what is certain of any value.
  package var strictness: Int {
    switch self {
    case .keep, .keepScalar: 0
    case .scan, .json: 1
    case .tokenise: 2
    case .hash: 3
    case .generalise: 4
    case .mask: 5
    case .redact: 6
    case .drop: 7
    case .contact(let email, let phone): min(email.strictness, phone.strictness)
    }
  }
}

/// Counts of one slot. Values add up over blocks, files and workers.
package struct SlotCounts: Hashable, Sendable {
  /// Values that were there and not null.
  package var values = 0
  /// Values that the action replaced or removed.
  package var treated = 0
  /// Values that the action could not take, redacted instead.
  package var redactedInstead = 0
  /// Values that were hashed already and hashed again in a domain of their own.
  package var prehashed = 0
  /// Values whose bytes are not what they were, removed ones among them.
  package var changed = 0
  /// Values that stay: empty, or redacted by Braze.
  package var left = 0

  package init() {}

  package static func += (left: inout SlotCounts, right: SlotCounts) {
    left.values += right.values
    left.treated += right.treated
    left.redactedInstead += right.redactedInstead
    left.prehashed += right.prehashed
    left.changed += right.changed
    left.left += right.left
  }

  package var isZero: Bool { values == 0 }
}

/// Counts of events. Values add up.
package struct EventCounts: Hashable, Codable, Sendable {
  package var read = 0
  package var written = 0
  package var dropped = 0
  /// Of the dropped those that the policy does not drop: only other workspaces than theirs are asked for.
  package var elsewhere = 0
  package var withheld = 0

  package init() {}

  package init(withheld: Int) {
    read = withheld
    self.withheld = withheld
  }

  package static func += (left: inout EventCounts, right: EventCounts) {
    left.read += right.read
    left.written += right.written
    left.dropped += right.dropped
    left.elsewhere += right.elsewhere
    left.withheld += right.withheld
  }
}

/// Who drops an event.
package enum Dropping: Sendable {
  case policy
  /// Only other workspaces are asked for.
  case elsewhere

  /// - Parameter rule: holds of the event.
  init(_ rule: [Condition]) { self = rule.contains(where: \.isOther) ? .elsewhere : .policy }
}

/// A condition on an event: one of the values in the field, or none of them.
package struct Condition: Hashable, Sendable {
  package let slots: [Int]
  package let values: Set<[UInt8]>
  /// Whether it holds where the field has none of the values, be it that the event does not have the field: such are those of
  /// workspaces, and no policy's.
  package let isOther: Bool

  package init(slots: [Int], values: Set<[UInt8]>, isOther: Bool = false) {
    self.slots = slots
    self.values = values
    self.isOther = isOther
  }
}
