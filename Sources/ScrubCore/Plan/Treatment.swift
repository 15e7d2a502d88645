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

  /// What the record loop does about a value: the treatments without their texts.
  package enum Way: Sendable { case keep, keepScalar, redact, drop, convert }

  package var way: Way {
    switch self {
    case .keep: .keep
    case .keepScalar: .keepScalar
    case .redact: .redact
    case .drop: .drop
    case .hash, .tokenise, .mask: .convert
    }
  }

  /// Whether values stay as they are.
  package var keeps: Bool { self == .keep || self == .keepScalar }

  /// Whether other texts are made of texts, so that no other type can be treated.
  package var convertsTexts: Bool { way == .convert }

  /// Whether keyed pseudonyms take the place of values.
  package var makesPseudonyms: Bool {
    switch self {
    case .hash, .tokenise: true
    case .keep, .keepScalar, .redact, .drop, .mask: false
    }
  }

  /// Strictness in the order of the policy language: when a path stands for several fields the strictest wins.
  package var strictness: Int {
    switch self {
    case .keep, .keepScalar: 0
    case .tokenise: 1
    case .hash: 2
    case .mask: 3
    case .redact: 4
    case .drop: 5
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
package struct EventCounts: Hashable, Sendable {
  package var read = 0
  package var written = 0
  package var dropped = 0
  package var withheld = 0

  package init() {}

  package static func += (left: inout EventCounts, right: EventCounts) {
    left.read += right.read
    left.written += right.written
    left.dropped += right.dropped
    left.withheld += right.withheld
  }
}

/// A condition on an event: one of the values in the field.
package struct Condition: Hashable, Sendable {
  package let slots: [Int]
  package let values: Set<[UInt8]>

  package init(slots: [Int], values: Set<[UInt8]>) {
    self.slots = slots
    self.values = values
  }
}
