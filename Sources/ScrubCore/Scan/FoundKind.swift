/// What a search of texts finds: the kind stands in its place, in brackets, or is the pseudonym domain.
package enum FoundKind: String, CaseIterable, Sendable {
  case email, phone, ip, card, iban, uuid
  case externalUserID = "external_user_id"
  case brazeID = "braze_id"
  case deviceID = "device_id"
  case adID = "ad_id"
  case lineID = "line_id"
  case whatsAppID = "whatsapp_id"
  case whatsAppMessageID = "whatsapp_message_id"
  case pushToken = "push_token"

  /// That of an identity; nothing for what joins events and names nobody.
  init?(_ kind: IdentityKind) {
    switch kind {
    case .brazeID: self = .brazeID
    case .externalID: self = .externalUserID
    case .email: self = .email
    case .phone: self = .phone
    case .lineID: self = .lineID
    case .whatsAppID: self = .whatsAppID
    case .deviceID: self = .deviceID
    case .adID: self = .adID
    case .pushToken: self = .pushToken
    case .whatsAppMessageID: self = .whatsAppMessageID
    case .agentRequest: return nil
    }
  }

  /// How a pseudonym of it is normalised.
  private var normaliser: Normaliser {
    switch self {
    case .email: .email
    case .phone: .phone
    case .brazeID, .deviceID, .adID, .uuid, .ip: .lowered
    case .card, .iban, .externalUserID, .lineID, .whatsAppID, .whatsAppMessageID, .pushToken: .trimmed
    }
  }

  /// The pseudonym that takes its place.
  var hashing: Hashing { Hashing(normaliser: normaliser, format: .token(byteCount: 16), domain: rawValue) }

  /// The number of the kind, for flat tables.
  var number: Int { Self.numbers[self] ?? 0 }

  private static let numbers = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })

  /// By number: what stands in place of a value.
  static let labels = allCases.map { Array("[\($0.rawValue)]".utf8) }
}

/// What a search looks for.
package struct Finds: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let email = Finds(rawValue: 1)
  package static let phone = Finds(rawValue: 2)
  package static let ip = Finds(rawValue: 4)
  package static let card = Finds(rawValue: 8)
  package static let iban = Finds(rawValue: 16)
  package static let uuid = Finds(rawValue: 32)
  /// The identifiers that the same event carries in other fields.
  package static let known = Finds(rawValue: 64)

  package static let names: [(name: String, find: Finds)] = [
    ("email", .email), ("phone", .phone), ("ip", .ip), ("card", .card), ("iban", .iban), ("uuid", .uuid),
    ("known", .known),
  ]
  package static let all = Finds(names.map(\.find))

  /// The words of the policy language, in a fixed order.
  package var names: [String] { Self.names.filter { contains($0.find) }.map(\.name) }
}

/// Something that a search found.
struct Found {
  var range: Range<Int>
  var kind: FoundKind
  /// Which of the known values it is, or -1.
  var known: Int
}
