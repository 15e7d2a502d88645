internal import Foundation
internal import ScrubCore

/// Bytes in JSON, as base64.
struct BytesText: Codable, Sendable {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Nothing for what is no base64.
  init?(base64: String) {
    guard let data = Data(base64Encoded: base64) else { return nil }
    bytes = Array(data)
  }

  var base64: String { Data(bytes).base64EncodedString() }

  init(from decoder: any Decoder) throws { bytes = Array(try decoder.singleValueContainer().decode(Data.self)) }

  func encode(to encoder: any Encoder) throws { try base64.encode(to: encoder) }
}

/// An identity in JSON, which is written nowhere but sealed.
struct IdentityText: Codable, Sendable {
  let kind: UInt8
  let text: BytesText
  let isMerge: Bool?

  init(_ identity: Identity, isMerge: Bool = false) {
    kind = identity.kind.rawValue
    text = BytesText(identity.text)
    self.isMerge = isMerge ? true : nil
  }

  var identity: Identity? { IdentityKind(rawValue: kind).map { Identity($0, normalised: text.bytes) } }
}

/// A carrier in JSON, likewise.
struct CarrierText: Codable, Sendable {
  let workspace: BytesText
  let values: [IdentityText]

  init(_ carrier: Carrier) {
    workspace = BytesText(carrier.workspace)
    values = carrier.values.map { IdentityText($0.identity, isMerge: $0.isMerge) }
  }

  /// Nothing where a kind of identity is none.
  var carrier: Carrier? {
    var carrier = Carrier()
    carrier.workspace = workspace.bytes
    for value in values {
      guard let identity = value.identity else { return nil }
      carrier.values.append(Carrier.Value(identity: identity, isMerge: value.isMerge ?? false))
    }
    return carrier
  }
}
