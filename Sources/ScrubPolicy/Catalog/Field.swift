/// Where an event goes; each destination has its own shape of the same event.
package enum Destination: String, CaseIterable, Codable, Sendable {
  case storage, amplitude, mixpanel, mparticle, segment
}

/// What a field says about a person.
package enum FieldClass: String, CaseIterable, Sendable {
  case directIdentifier = "direct_identifier"
  case deviceIdentifier = "device_identifier"
  case credentialToken = "credential_token"
  case freeText = "free_text"
  case quasiIdentifier = "quasi_identifier"
  case nonPersonal = "non_personal"
}

/// The kind of a value: it selects the normaliser and the pseudonym domain.
package enum ValueKind: String, CaseIterable, Sendable {
  case externalUserID = "external_user_id"
  case brazeID = "braze_id"
  case email, phone
  case deviceID = "device_id"
  case adID = "ad_id"
  case lineID = "line_id"
  case whatsAppID = "whatsapp_id"
  case whatsAppMessageID = "whatsapp_message_id"
  case pushToken = "push_token"
  case url, ip
  case userAgent = "user_agent"
  case json, text, time, date, location, other
  /// `channel_identifier`: an email address or a phone number, told by the value.
  case channel = "email|phone"

  /// The kinds that a policy may name: `channel` is not one of them, its values are of the kinds `email` and `phone`.
  package static let allCases: [ValueKind] = [
    .externalUserID, .brazeID, .email, .phone, .deviceID, .adID, .lineID, .whatsAppID, .whatsAppMessageID,
    .pushToken, .url, .ip, .userAgent, .json, .text, .time, .date, .location, .other,
  ]

  /// Whether values of this kind are addresses or numbers, which Braze may have hashed.
  package var isContact: Bool { self == .email || self == .phone || self == .channel }

  /// Whether values of this kind identify a person or device; their kind is then their pseudonym domain.
  package var isIdentifier: Bool {
    switch self {
    case .externalUserID, .brazeID, .email, .phone, .deviceID, .adID, .lineID, .whatsAppID, .whatsAppMessageID,
      .pushToken, .channel:
      true
    case .url, .ip, .userAgent, .json, .text, .time, .date, .location, .other: false
    }
  }
}

/// The sources of a `[PII]` mark, united.
package struct MarkSources: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let glossary = MarkSources(rawValue: 1)
  package static let v10 = MarkSources(rawValue: 2)
  package static let history = MarkSources(rawValue: 4)
  /// The `doc` text of an Avro file's own schema.
  package static let doc = MarkSources(rawValue: 8)
  /// A catalog addition of the user.
  package static let addition = MarkSources(rawValue: 16)

  /// The names of the sources, in a fixed order.
  package var names: [String] {
    [(Self.glossary, "glossary"), (.v10, "v10"), (.history, "history"), (.doc, "doc"), (.addition, "addition")]
      .filter { contains($0.0) }.map(\.1)
  }
}

/// A canonical field: one meaning, whatever its path in a destination.
package struct Field: Sendable {
  package let name: String
  package let fieldClass: FieldClass
  /// Treated as personal even where no source marks it.
  package let isPersonal: Bool
  package let kind: ValueKind
  /// Not personal alone, but joins one event or person across recipients.
  package let isLinking: Bool
  /// The marks of this field in any event of any destination.
  package var marks: MarkSources = []
}

/// One member of an event's shape.
package struct Member: Sendable {
  /// Dots between the levels, `[]` behind an array: `events[].data.event_name`.
  package let path: String
  /// `string`, `int`, `long`, `float`, `boolean`, `array of string`, `array of string?`; in an addition any other too.
  package let type: String
  package let isRequired: Bool
  package let isDeprecated: Bool
  /// Whether the value is the display name of the event.
  package let isEventName: Bool
  package let marks: MarkSources
  /// Indices in `Catalog.fields`; several where the path stands for several fields.
  package internal(set) var fields: [Int]
}

/// An event type as one destination gets it.
package struct EventShape: Sendable {
  package let event: String
  package let destination: Destination
  /// The name that the event itself carries, unique within a destination; empty for storage.
  package let displayName: String
  /// What the event calls itself: the display name, but for mParticle's own event types.
  package let ownName: String
  /// Indices in `Catalog.members`.
  package internal(set) var memberNumbers: [Int]
}
