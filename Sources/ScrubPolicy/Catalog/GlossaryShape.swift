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
      } else if event["variables"] != nil || event["asset_id"] != nil {
        .other("Shopify")
      } else if Self.isCustomHTTP(event) {
        .other("Custom HTTP")
      } else {
        Self.isStorage(event) ? .destination(.storage) : .unknown
      }
  }

  private static func isSegment(_ event: JSONValue) -> Bool {
    event["anonymousId"] != nil || event["messageId"] != nil || event["userId"] != nil
      || event["type"]?.text == "track" || event["context"]?.isObject ?? false
  }

  private static func isMixpanel(_ event: JSONValue) -> Bool {
    guard let properties = event["properties"] else { return false }
    return ["$partner_id", "distinct_id", "$insert_id"].contains { properties[$0] != nil }
  }

  private static func isMParticle(_ event: JSONValue) -> Bool {
    event["user_identities"] != nil || event["schema_version"] != nil
      || event["device_info"]?.isObject ?? false || event["events"]?.items?.first?["data"] != nil
  }

  private static func isAmplitude(_ event: JSONValue) -> Bool {
    event["event_properties"] != nil || event["insert_id"] != nil || event["$insert_id"] != nil
  }

  /// A list of events, or one event with its person and properties apart.
  private static func isCustomHTTP(_ event: JSONValue) -> Bool {
    event["events"]?.items != nil
      || event["event_type"] != nil
        && (event["user"]?.isObject ?? false || event["properties"]?.isObject ?? false)
  }

  private static func isStorage(_ event: JSONValue) -> Bool {
    guard case .object(let members) = event, members.allSatisfy({ !$0.value.isObject }) else { return false }
    return ["user_id", "id", "time"].contains { event[$0] != nil }
  }
}
