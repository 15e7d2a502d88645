/// Tells by its members what the example of an event on a glossary page is for; labels of tabs are translated.
enum GlossaryShape {
  case destination(Destination)
  /// An export that the catalog has no shapes for.
  case other(String)
  case unknown

  init(_ event: JSONValue) {
    self =
      if Self.isSegment(event) {
        .destination(.segment)
      } else if Self.isMixpanel(event) {
        .destination(.mixpanel)
      } else if Self.isMParticle(event) {
        .destination(.mparticle)
      } else if Self.isAmplitude(event) {
        .destination(.amplitude)
      } else if event[key: "variables"] != nil || event[key: "asset_id"] != nil {
        .other("Shopify")
      } else if Self.isCustomHTTP(event) {
        .other("Custom HTTP")
      } else {
        Self.isStorage(event) ? .destination(.storage) : .unknown
      }
  }

  private static func isSegment(_ event: JSONValue) -> Bool {
    event[key: "anonymousId"] != nil || event[key: "messageId"] != nil || event[key: "userId"] != nil
      || event[key: "type"]?.text == "track" || event[key: "context"]?.isObject ?? false
  }

  private static func isMixpanel(_ event: JSONValue) -> Bool {
    guard let properties = event[key: "properties"] else { return false }
    return ["$partner_id", "distinct_id", "$insert_id"].contains { properties[key: $0] != nil }
  }

  private static func isMParticle(_ event: JSONValue) -> Bool {
    event[key: "user_identities"] != nil || event[key: "schema_version"] != nil
      || event[key: "device_info"]?.isObject ?? false || event[key: "events"]?.items?.first?[key: "data"] != nil
  }

  private static func isAmplitude(_ event: JSONValue) -> Bool {
    event[key: "event_properties"] != nil || event[key: "insert_id"] != nil || event[key: "$insert_id"] != nil
  }

  /// A list of events, or one event with its person and properties apart.
  private static func isCustomHTTP(_ event: JSONValue) -> Bool {
    event[key: "events"]?.items != nil
      || event[key: "event_type"] != nil
        && (event[key: "user"]?.isObject ?? false || event[key: "properties"]?.isObject ?? false)
  }

  private static func isStorage(_ event: JSONValue) -> Bool {
    guard case .object(let members) = event, members.allSatisfy({ !$0.value.isObject }) else { return false }
    return ["user_id", "id", "time"].contains { event[key: $0] != nil }
  }
}
