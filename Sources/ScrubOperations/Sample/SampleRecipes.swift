internal import ScrubPolicy

/// How the values of a field are made, and in how many of a hundred events the field has one at all.
struct SampleRecipe: Sendable {
  typealias Maker = @Sendable (inout SampleDraft) -> SampleValue

  let presence: Int
  let make: Maker

  /// The next value of the field, in the draft's text or list where it is one.
  func value(in draft: inout SampleDraft, isRequired: Bool) -> SampleValue {
    guard isRequired || draft.random.percent(presence) else { return .null }
    draft.text.removeAll()
    draft.list.removeAll(keepingCapacity: true)
    draft.isRequired = isRequired
    return make(&draft)
  }
}

extension SampleRecipe {
  /// The recipe of a member: by its path where the path says more than the field, else by its canonical field.
  static func of(_ member: Member, in shape: EventShape, catalog: Catalog) -> SampleRecipe {
    if member.isEventName {
      let name = shape.ownName
      return SampleRecipe(presence: 100) { $0.text(name) }
    }
    let field = member.fields.first.map { catalog.fields[$0].name } ?? lastPart(of: member.path)
    return byPath[lastPart(of: member.path)] ?? byField[field] ?? filler(for: member.type)
  }

  /// Fields that no table names, such as those of a catalog newer than this file.
  private static func filler(for type: String) -> SampleRecipe {
    switch type {
    case "int", "long": SampleRecipe(presence: 50) { $0.whole(0...999) }
    case "float": SampleRecipe(presence: 50) { .real(Float($0.random.below(1000)) / 8) }
    case "boolean": SampleRecipe(presence: 50) { $0.flag(50) }
    case "string": SampleRecipe(presence: 50) { $0.newHex(12) }
    default:
      SampleRecipe(presence: 50) { draft in
        draft.list.append(Array("item".utf8))
        return .list
      }
    }
  }

  private static let byPath = table([
    ("timestamp_unixtime_ms", 100, { .whole($0.time * 1000) }),
    ("idfa", 90, { $0.advertisingID(on: .ios) }),
    ("ios_advertising_id", 90, { $0.advertisingID(on: .ios) }),
    ("adid", 90, { $0.advertisingID(on: .android) }),
    ("android_advertising_id", 90, { $0.advertisingID(on: .android) }),
    ("microsoft_advertising_id", 0, { _ in .null }),
    ("roku_advertising_id", 0, { _ in .null }),
  ])

  private static let byField = table(
    people + devices + journeys + messages + servers + events + agents + literals)

  private typealias Row = (field: String, presence: Int, make: Maker)

  private static func table(_ rows: [Row]) -> [String: SampleRecipe] {
    Dictionary(
      rows.map { ($0.field, SampleRecipe(presence: $0.presence, make: $0.make)) }, uniquingKeysWith: { $1 })
  }

  private static let people: [Row] = [
    ("user_id", 100, { $0.brazeID() }),
    ("external_user_id", 100, { $0.externalID() }),
    ("orphaned_by_id", 100, { $0.survivorID() }),
    ("email_address", 97, { $0.emailField() }),
    ("phone_number", 90, { $0.phone() }),
    ("to_phone_number", 97, { $0.phone() }),
    ("user_phone_number", 100, { $0.phone() }),
    ("channel_identifier", 97, { $0.channelIdentifier() }),
    ("native_line_id", 90, { $0.lineID() }),
    ("bsuid", 70, { $0.scopedID() }),
    ("message_id", 92, { $0.whatsAppMessageID() }),
    ("in_reply_to", 50, { $0.whatsAppMessageID() }),
    ("first_name", 90, { $0.firstName() }),
    ("last_name", 85, { $0.lastName() }),
    ("dob", 60, { $0.birthday() }),
    ("gender", 60, { $0.gender() }),
    ("country", 90, { $0.country() }),
    ("home_city", 70, { $0.city() }),
    ("language", 90, { $0.language() }),
    ("locale_key", 60, { $0.locale() }),
    ("timezone", 92, { $0.timezone() }),
    ("latitude", 100, { $0.latitude() }),
    ("longitude", 100, { $0.longitude() }),
    ("altitude", 60, { .real(Float($0.random.below(4000)) / 8) }),
    ("ll_accuracy", 80, { .real(Float($0.random.below(400)) / 4) }),
    ("alt_accuracy", 50, { .real(Float($0.random.below(100)) / 4) }),
    ("random_bucket_number", 100, { $0.bucket() }),
    ("prev_random_bucket_number", 60, { $0.whole(0...9999) }),
    ("recipient_domain", 90, { $0.recipientDomain() }),
  ]

  private static let devices: [Row] = [
    ("device_id", 90, { $0.deviceID() }),
    ("push_token_device_id", 80, { $0.deviceID() }),
    ("ad_id", 90, { $0.advertisingID() }),
    ("ad_id_type", 90, { $0.advertisingIDType() }),
    ("ad_tracking_enabled", 80, { $0.flag(70) }),
    ("platform", 95, { $0.platformName() }),
    ("device_model", 90, { $0.model() }),
    ("os_version", 90, { $0.systemVersion() }),
    ("device_class", 80, { $0.pick(["mobile", "tablet", "desktop"]) }),
    ("device_os", 80, { $0.systemVersion() }),
    ("browser", 70, { $0.pick(SampleWords.browsers) }),
    ("carrier", 70, { $0.pick(SampleWords.carriers) }),
    ("resolution", 70, { $0.pick(["1179x2556", "1080x2340", "1920x1080"]) }),
    ("sdk_version", 80, { $0.pick(["11.9.0", "35.0.1", "5.8.1"]) }),
    ("user_agent", 92, { $0.userAgent() }),
    ("push_token", 85, { $0.pushToken(digits: 64) }),
    ("push_to_start_token", 80, { $0.pushToken(digits: 96) }),
    ("update_token", 80, { $0.pushToken(digits: 80) }),
    ("activity_id", 90, { $0.newUUID() }),
    ("activity_attributes_type", 90, { $0.text("OrderTrackingAttributes") }),
    ("web_push_token_public_key", 40, { $0.pushToken(digits: 96) }),
    ("web_push_token_user_auth", 40, { $0.pushToken(digits: 32) }),
    ("web_push_token_vapid_public_key", 40, { $0.text("BExampleVapidKeyOfTheShop0123456789") }),
    ("push_token_state_change_type", 95, { $0.pick(["add", "update", "remove"]) }),
    ("push_token_created_at", 90, { .whole($0.time - 86_400) }),
    ("push_token_updated_at", 90, { .whole($0.time) }),
    ("push_token_foreground_push_disabled", 80, { $0.flag(10) }),
    ("push_token_provisionally_opted_in", 80, { $0.flag(20) }),
    ("ios_push_token_apns_gateway", 50, { $0.whole(1...2) }),
    ("session_id", 100, { $0.newUUID() }),
  ]

  private static let journeys: [Row] = [
    ("app_group_id", 98, { $0.workspaceID() }),
    ("app_group_api_id", 90, { $0.workspaceID() }),
    ("app_id", 95, { $0.appID() }),
    ("campaign_id", 99, { $0.campaignID() }),
    ("campaign_name", 99, { $0.campaignName() }),
    ("message_variation_id", 99, { $0.messageVariationID() }),
    ("message_variation_name", 95, { $0.messageVariationName() }),
    ("canvas_id", 99, { $0.canvasID() }),
    ("canvas_api_id", 90, { $0.canvasID() }),
    ("canvas_name", 99, { $0.canvasName() }),
    ("canvas_variation_id", 99, { $0.canvasVariationID() }),
    ("canvas_variation_api_id", 90, { $0.canvasVariationID() }),
    ("canvas_variation_name", 95, { $0.canvasVariationName() }),
    ("canvas_step_id", 99, { $0.canvasStepID() }),
    ("canvas_step_api_id", 90, { $0.canvasStepID() }),
    ("canvas_step_name", 95, { $0.canvasStepName() }),
    ("canvas_step_message_variation_id", 95, { $0.stepVariationID() }),
    ("next_step_id", 80, { $0.nextStepID() }),
    ("canvas_entry_id", 100, { $0.newUUID() }),
    ("experiment_step_id", 95, { $0.canvasStepID() }),
    ("experiment_split_id", 95, { $0.canvasVariationID() }),
    ("experiment_split_name", 95, { $0.experimentSplitName() }),
    ("content_optimizer_step_id", 100, { $0.uuid(.step, 7_000_000) }),
    ("combination_token", 100, { $0.newHex(16) }),
    ("dispatch_id", 92, { $0.newHex(32) }),
    ("send_id", 85, { $0.sendID() }),
    ("subscription_group_id", 80, { $0.subscriptionGroup() }),
    ("card_id", 95, { $0.uuid(.step, 3_000_000 + $0.number % 40) }),
    ("content_card_id", 95, { $0.uuid(.step, 4_000_000 + $0.number % 40) }),
    ("banner_placement_id", 95, { $0.pick(["home_top", "cart_bottom", "profile_hero"]) }),
    ("feature_flag_id_name", 95, { $0.pick(["new_checkout", "dark_mode"]) }),
    ("conversion_behavior", 95, { $0.conversionRule() }),
    ("conversion_behavior_index", 95, { $0.whole(0...2) }),
    ("in_control_group", 100, { $0.flag(10) }),
    ("is_canvas_entry", 80, { $0.flag(30) }),
    ("exit_reason", 90, { $0.pick(["matched_audience", "performed_event", "completed"]) }),
    ("progression_type", 100, { $0.pick(["advance", "exit", "time_passed"]) }),
    ("live_activity_event_type", 95, { $0.pick(["start", "update", "end"]) }),
    ("live_activity_event_outcome", 95, { $0.pick(["received", "displayed"]) }),
    ("template_name", 85, { $0.pick(["order_update_fr", "spring_offer_2026", "shipping_notice"]) }),
    ("catalog_id", 30, { $0.uuid(.list, 900 + $0.number % 3) }),
  ]

  private static let messages: [Row] = [
    ("message_body", 95, { $0.messageBody() }),
    ("quick_reply_text", 40, { $0.pick(["Yes", "Non merci", "Später"]) }),
    ("element_label", 90, { $0.pick(["Book a table", "Call me", "Öffnungszeiten"]) }),
    ("element_type", 90, { $0.pick(["reply", "action"]) }),
    ("interaction_type", 100, { $0.pick(["reply", "url", "dial"]) }),
    ("message_extras", 60, { $0.messageExtras() }),
    ("flow_id", 40, { $0.decimal(100_000_000...999_999_999) }),
    ("flow_response_json", 60, { $0.flowResponse() }),
    ("media_urls", 45, { $0.mediaURLs() }),
    ("media_id", 40, { $0.decimal(100_000_000...999_999_999) }),
    ("url", 95, { $0.url() }),
    ("short_url", 90, { $0.shortURL() }),
    ("link_id", 85, { $0.newHex(16) }),
    ("link_alias", 60, { $0.pick(["hero_button", "footer_link", "offer_tile"]) }),
    ("button_id", 80, { $0.pick(["0", "1", "close"]) }),
    ("button_string", 70, { $0.pick(["View order", "Snooze", "Plus d’infos"]) }),
    ("button_action_type", 80, { $0.pick(["URI", "DEEP_LINK", "CLOSE"]) }),
    ("action", 100, { $0.pick(["Subscribed", "Unsubscribed", "None", "Help"]) }),
    ("category", 60, { $0.pick(["opt-in", "opt-out", "help", "other"]) }),
    ("channel", 97, { $0.channel() }),
    ("subscription_status", 100, { $0.pick(["Subscribed", "Unsubscribed", "Opted-In"]) }),
    (
      "state_change_source", 90,
      { $0.pick(["rest_api", "preference_center", "dashboard", "list_unsubscribe"]) }
    ),
    ("abort_type", 95, { $0.pick(["liquid_abort_message", "quiet_hours", "rate_limit"]) }),
    ("abort_log", 92, { $0.abortLog() }),
    ("retry_type", 95, { $0.pick(["connected_content", "provider_timeout"]) }),
    ("retry_log", 90, { $0.abortLog() }),
    ("is_drop", 80, { $0.flag(15) }),
    ("is_sms_fallback", 80, { $0.flag(10) }),
    ("is_amp", 60, { $0.flag(10) }),
    ("machine_open", 25, { $0.text("true") }),
    ("is_suspected_bot_click", 80, { $0.flag(6) }),
    ("suspected_bot_click_reason", 12, { $0.botReasons() }),
    ("version", 100, { $0.text("2") }),
  ]

  private static let servers: [Row] = [
    ("bounce_reason", 97, { $0.bounceReason() }),
    ("deferral_reason", 97, { $0.deferralReason() }),
    ("esp", 95, { $0.pick(["sendgrid", "sparkpost", "ses"]) }),
    ("from_domain", 90, { $0.pick(["news.example.test", "shop.example.test"]) }),
    ("ip_pool", 90, { $0.pick(["main-pool", "transactional"]) }),
    ("sending_ip", 85, { $0.pick(["192.0.2.17", "192.0.2.18", "198.51.100.4"]) }),
    ("mailbox_provider", 80, { $0.pick(SampleWords.mailboxes) }),
    ("from_phone_number", 90, { $0.text("+442079460123") }),
    ("inbound_phone_number", 100, { $0.text("+442079460123") }),
    ("from_rcs_sender", 90, { $0.text("example_shop_agent") }),
    ("to_rcs_sender", 100, { $0.text("example_shop_agent") }),
    ("line_channel_id", 100, { $0.text("1657000123") }),
    ("line_channel_name", 100, { $0.text("Example Shop 公式") }),
    ("error", 60, { $0.pick(["Invalid destination", "Carrier unreachable", "timeout after 10000 ms"]) }),
    ("provider_error_code", 90, { $0.pick(["30003", "131026", "21610"]) }),
    ("provider_error_title", 100, { $0.pick(["Unreachable destination handset", "Message undeliverable"]) }),
    ("endpoint_url", 90, { $0.endpoint() }),
    ("url_path", 90, { $0.endpointPath() }),
    ("host", 80, { $0.text("hooks.example.test") }),
    ("http_status_code", 95, { .whole([400, 404, 409, 500, 503][$0.random.below(5)]) }),
    ("raw_response", 85, { $0.rawResponse() }),
    ("content_length", 85, { $0.whole(20...900) }),
    ("webhook_duration", 90, { $0.whole(8...9000) }),
    ("webhook_failure_source", 90, { $0.pick(["Endpoint", "Braze"]) }),
    ("attempt_count", 80, { $0.whole(1...5) }),
    ("retry_count", 80, { $0.whole(0...4) }),
    ("is_terminal", 80, { $0.flag(30) }),
  ]

  private static let events: [Row] = [
    ("id", 100, { $0.eventID() }),
    ("time", 100, { .whole($0.time) }),
    ("time_ms", 100, { .whole($0.time * 1000 + $0.random.below(1000)) }),
    ("name", 100, { $0.pick(SampleWords.customEvents) }),
    ("properties", 100, { $0.properties() }),
    ("custom_attributes", 85, { $0.customAttributes() }),
    ("update_source", 100, { $0.pick(["sdk", "rest_api", "csv_import"]) }),
    ("archived", 50, { $0.flag(2) }),
    ("source", 100, { $0.pick(["Organic", "Search Ads", "Partner"]) }),
    ("product_id", 60, { $0.pick(SampleWords.productIDs) }),
    ("price", 100, { .real(Float(100 + $0.random.below(20_000)) / 100) }),
    ("currency", 100, { $0.pick(["EUR", "USD", "GBP", "JPY"]) }),
    ("duration", 95, { $0.whole(1...3600) }),
  ]

  private static let agents: [Row] = [
    ("agent_id", 100, { $0.uuid(.agent, $0.request % 3) }),
    ("agent_name", 100, { $0.text(["Copy helper", "Segment scout", "Offer picker"][$0.request % 3]) }),
    ("invocation_id", 100, { $0.newUUID() }),
    ("request_id", 100, { $0.uuid(.request, $0.request) }),
    ("provider_request_id", 80, { $0.newHex(24) }),
    ("tool_call_id", 100, { $0.newHex(24) }),
    ("tool_name", 100, { $0.pick(["lookup_order", "read_catalog"]) }),
    ("tool_arguments", 100, { $0.toolArguments() }),
    ("invocation_source", 90, { $0.pick(["canvas", "catalog", "console"]) }),
    ("input", 92, { $0.prompt() }),
    ("output", 92, { $0.answer() }),
    ("model_provider", 100, { $0.text("example-models") }),
    ("model_name", 100, { $0.pick(["sample-large", "sample-small"]) }),
    ("prompt_tokens", 100, { $0.whole(80...2000) }),
    ("completion_tokens", 100, { $0.whole(20...700) }),
    ("total_tokens", 100, { $0.whole(100...2700) }),
    ("cache_tokens", 100, { $0.whole(0...400) }),
    ("reasoning_tokens", 100, { $0.whole(0...900) }),
    ("cache_hit", 100, { $0.flag(20) }),
    ("llm_owned_by_customer", 100, { $0.flag(30) }),
    ("is_error", 100, { $0.flag(4) }),
  ]

  private static let literals: [Row] = [
    ("library", 100, { $0.text("Braze") }),
    ("partner_id", 100, { $0.text("braze") }),
    ("call_type", 100, { $0.text("track") }),
    ("environment", 100, { $0.text("production") }),
    ("schema_version", 100, { _ in .whole(2) }),
    ("event_type", 100, { $0.text("custom_event") }),
    ("custom_event_type", 100, { $0.text("other") }),
    ("token", 100, { $0.projectToken() }),
  ]
}
