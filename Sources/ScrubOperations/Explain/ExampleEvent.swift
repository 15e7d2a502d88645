internal import ScrubCore
internal import ScrubPolicy

/// An event of a shape with every member, made of values that belong to nobody.
struct ExampleEvent {
  private let catalog: Catalog
  private let shape: EventShape

  init(_ shape: EventShape, in catalog: Catalog) {
    self.shape = shape
    self.catalog = catalog
  }

  /// The event as JSON.
  var text: [UInt8] {
    let root = Node()
    for member in catalog.members(of: shape) { root.insert(value(of: member), at: member.path.split(separator: ".").map(String.init)[...]) }
    return Array(root.text.utf8)
  }

  private final class Node {
    private var children: [(name: String, node: Node)] = []
    private var value: String?

    func insert(_ value: String, at path: ArraySlice<String>) {
      guard let name = path.first else {
        self.value = value
        return
      }
      if let known = children.first(where: { $0.name == name }) {
        return known.node.insert(value, at: path.dropFirst())
      }
      let node = Node()
      children.append((name, node))
      node.insert(value, at: path.dropFirst())
    }

    var text: String {
      if children.isEmpty { return value ?? "{}" }
      let members = children.map { name, node in
        name.hasSuffix("[]") ? "\(quoted(String(name.dropLast(2)))):[\(node.text)]" : "\(quoted(name)):\(node.text)"
      }
      return "{" + members.joined(separator: ",") + "}"
    }
  }

  /// A value as JSON.
  private func value(of member: Member) -> String {
    if member.isEventName { return quoted(shape.ownName) }
    let type = member.type.hasSuffix("?") ? String(member.type.dropLast()) : member.type
    let field = member.fields.first.map { catalog.fields[$0] }
    if type.hasPrefix("array of ") { return "[\(scalar(String(type.dropFirst("array of ".count)), field))]" }
    return scalar(type, field)
  }

  private func scalar(_ type: String, _ field: Field?) -> String {
    switch type {
    case "int", "long": field?.kind == .time ? "1767225600" : "42"
    case "float": "52.5163"
    case "boolean": "true"
    case "object": "{}"
    default: quoted(text(field))
    }
  }

  /// Names at `example.test` (RFC 2606), numbers of the ranges kept for fiction.
  private func text(_ field: Field?) -> String {
    switch field?.kind {
    case .externalUserID: "customer-1042"
    case .brazeID: "64f0c1d2e3a4b5c6d7e8f901"
    case .email, .channel: "ada@example.test"
    case .phone: "+12025550143"
    case .deviceID: "0c7a1b52-9d4e-4f63-8a21-5b6c7d8e9f10"
    case .adID: "38400000-8cf0-11bd-b23e-10b96e40000d"
    case .lineID: "U4af4980629e14a5bb3c2d1e0f9a8b7c6"
    case .whatsAppID: "12025550143"
    case .whatsAppMessageID: "wamid.HBgLMTIwMjU1NTAxNDMVAgARGBI="
    case .pushToken: "740f4707bebcf74f9b7c25d48e335894"
    case .url: "https://example.test/offers?utm_source=mail"
    case .ip: "203.0.113.7"
    case .userAgent: "ExampleBrowser/1.0"
    case .json: "{\"tier\":\"gold\"}"
    case .time: "2026-01-01T00:00:00Z"
    case .date: "2026-01-01"
    case .location: "52.5163"
    case .text: "a text"
    case .other, nil: field?.isLinking == true ? "5b0e8400-e29b-41d4-a716-446655440000" : "a value"
    }
  }
}
