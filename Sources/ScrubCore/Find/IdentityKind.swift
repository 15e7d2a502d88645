/// What kind of identity a value is. Values of two kinds are never equal.
package enum IdentityKind: UInt8, CaseIterable, Sendable {
  case brazeID, externalID
  case email, phone, lineID, whatsAppID
  /// The request of an agent, which joins its events.
  case agentRequest
  case deviceID, adID, pushToken, whatsAppMessageID

  /// Whether values of the kind lead from one event to another. Devices are shared and change hands, so their ids
  /// lead nowhere unless a request names them.
  package var leads: Bool {
    switch self {
    case .brazeID, .externalID, .email, .phone, .lineID, .whatsAppID, .agentRequest: true
    case .deviceID, .adID, .pushToken, .whatsAppMessageID: false
    }
  }

  /// Those that lead, and whose values have no form by which they are told from other words.
  package static let formless: [IdentityKind] = [.brazeID, .externalID, .lineID, .whatsAppID]

  /// Those in whose place the archives may have digests of values.
  package static let hashed: [IdentityKind] = [.email, .phone]

  /// Whether a value stands for one profile, and is not merely carried by it.
  package var isOfProfile: Bool { self == .brazeID || self == .externalID }

  /// How values of the kind are brought into one spelling.
  package var normaliser: Normaliser {
    switch self {
    case .email: .email
    case .phone: .phone
    case .brazeID, .deviceID, .adID: .lowered
    case .externalID, .lineID, .whatsAppID, .agentRequest, .pushToken, .whatsAppMessageID: .trimmed
    }
  }
}

/// What the values of a field tell of identities.
package enum IdentityRole: Hashable, Sendable {
  case of(IdentityKind)
  /// The Braze id of the profile into which the event's own went.
  case mergedInto
  /// An address where the value holds `@`, else a number.
  case contact

  /// Whether values lead from one event to another.
  var leads: Bool {
    switch self {
    case .of(let kind): kind.leads
    case .mergedInto, .contact: true
    }
  }

  /// Whether values stand for profiles.
  package var isOfProfile: Bool {
    switch self {
    case .of(let kind): kind.isOfProfile
    case .mergedInto: true
    case .contact: false
    }
  }

  /// Whether a value there tells whose its event is by its own form only: others call by the same names what is no identity,
  /// such as the number of a message that holds an event.
  var isToldByForm: Bool {
    switch self {
    case .of(let kind): kind == .whatsAppMessageID
    case .mergedInto: false
    case .contact: true
    }
  }

  /// Whether a value has the form of an identity of its role: the id of a WhatsApp message, or an address, a number, or what
  /// may be the pseudonym of one.
  func hasForm(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    let range = trim(bytes, range)
    if case .of(.whatsAppMessageID) = self { return bytes.equals(range.prefix(Self.messageMark.count), Self.messageMark) }
    if range.isEmpty { return false }
    // What a policy took out was one, as far as anybody can tell.
    return isLeftAlone(bytes, range) || range.contains { bytes[$0] == UInt8(ascii: "@") } || isLongText(bytes, range)
      || PhoneShape.match(bytes, range.lowerBound, range) == range.upperBound
  }

  private static let messageMark = Array("wamid.".utf8)

  /// The kind of a value.
  func kind(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> IdentityKind {
    switch self {
    case .of(let kind): kind
    case .mergedInto: .brazeID
    case .contact: range.contains { bytes[$0] == UInt8(ascii: "@") } ? .email : .phone
    }
  }
}
