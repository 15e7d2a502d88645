internal import ScrubPolicy

/// Which event types a sample has, and how many events of each.
enum SampleMix {
  /// Event types that archives of earlier years hold and v10 no longer writes.
  static let history: Set<String> = [
    "users.behaviors.app.NewsFeedImpression", "users.campaigns.Abort", "users.canvas.Abort",
    "users.messages.newsfeedcard.Abort", "users.messages.newsfeedcard.Click",
    "users.messages.newsfeedcard.Impression",
  ]

  /// Shares in proportion to each other; what is not named has a share of 3.
  private static let shares: [String: Int] = [
    "users.messages.email.Send": 1600, "users.messages.email.Delivery": 1550,
    "users.messages.email.Open": 1050,
    "users.messages.email.Click": 260, "users.messages.email.Bounce": 25,
    "users.messages.email.SoftBounce": 20,
    "users.messages.email.Unsubscribe": 15, "users.messages.email.Abort": 15,
    "users.messages.pushnotification.Send": 1200, "users.messages.pushnotification.Open": 110,
    "users.messages.pushnotification.Bounce": 35, "users.messages.pushnotification.IosForeground": 60,
    "users.behaviors.app.SessionStart": 520, "users.behaviors.app.SessionEnd": 480,
    "users.behaviors.app.FirstSession": 30, "users.behaviors.CustomEvent": 1250,
    "users.behaviors.Purchase": 80,
    "users.behaviors.Location": 10, "users.behaviors.InstallAttribution": 10,
    "users.behaviors.pushnotification.TokenStateChange": 40,
    "users.behaviors.subscriptiongroup.StateChange": 40, "users.behaviors.subscription.GlobalStateChange": 15,
    "users.messages.inappmessage.Impression": 240, "users.messages.inappmessage.Click": 45,
    "users.messages.contentcard.Send": 140, "users.messages.contentcard.Impression": 180,
    "users.messages.contentcard.Click": 20, "users.messages.contentcard.Dismiss": 15,
    "users.canvas.Entry": 180, "users.canvasstep.Progression": 280, "users.campaigns.Conversion": 30,
    "users.campaigns.EnrollInControl": 35, "users.canvas.Conversion": 20,
    "users.messages.sms.Send": 120, "users.messages.sms.CarrierSend": 115, "users.messages.sms.Delivery": 110,
    "users.messages.sms.InboundReceive": 12, "users.messages.sms.ShortLinkClick": 12,
    "users.messages.whatsapp.Send": 45, "users.messages.whatsapp.Delivery": 43,
    "users.messages.whatsapp.Read": 30,
    "users.messages.whatsapp.InboundReceive": 10, "users.messages.webhook.Send": 80,
    "users.messages.featureflag.Impression": 40, "users.messages.banner.Impression": 50,
    "users.profile.Update": 45, "users.RandomBucketNumberUpdate": 15, "users.UserOrphan": 8,
    "agentconsole.AgentExecuted": 10, "agentconsole.ToolInvocation": 10,
  ]

  /// Types of which three events would not tell the whole story: all merges of the first neighbourhood.
  private static let floors: [String: Int] = ["users.UserOrphan": 8]

  /// The event types of a destination, in byte order.
  static func shapes(_ catalog: Catalog, _ destination: Destination, history wanted: Bool) -> [EventShape] {
    catalog.eventTypes.filter { wanted || !history.contains($0) }
      .compactMap { catalog.shape(of: $0, in: destination) }
  }

  /// How many of `events` each type gets: at least three where there are enough, the rest by share.
  static func counts(of types: [String], events: Int) -> [Int] {
    let floors = types.map { events < 1000 ? min(3, events / types.count) : Self.floors[$0] ?? 3 }
    let weights = types.map { shares[$0] ?? 3 }
    let total = weights.reduce(0, +)
    let rest = events - floors.reduce(0, +)
    let counts = zip(floors, weights).map { $0 + rest / total * $1 + rest % total * $1 / total }
    let heaviest = weights.indices.sorted { (weights[$0], $1) > (weights[$1], $0) }
    return spread(events - counts.reduce(0, +), over: counts, in: heaviest)
  }

  private static func spread(_ missing: Int, over counts: [Int], in order: [Int]) -> [Int] {
    var counts = counts
    for index in 0..<missing { counts[order[index % order.count]] += 1 }
    return counts
  }
}
