// The campaign or Canvas that the event belongs to.
extension SampleDraft {
  private static let campaignsPerWorkspace = 20
  private static let canvasesPerWorkspace = 8
  private static let stepsPerCanvas = 6

  mutating func chooseJourney() {
    let workspace = population.workspace(user)
    let isCampaign = type.journey == .campaign || type.journey == .either && random.percent(40)
    journey =
      isCampaign
      ? .campaign(workspace * Self.campaignsPerWorkspace + random.below(Self.campaignsPerWorkspace))
      : .canvas(
        (workspace * Self.canvasesPerWorkspace + random.below(Self.canvasesPerWorkspace))
          * Self.stepsPerCanvas
          + random.below(Self.stepsPerCanvas))
  }

  mutating func campaignID() -> SampleValue {
    guard case .campaign(let campaign) = journey else { return .null }
    return uuid(.campaign, campaign)
  }

  mutating func campaignName() -> SampleValue {
    guard case .campaign(let campaign) = journey else { return .null }
    text.add("2026-05 | ")
    text.add(["EMEA", "Americas", "APAC"][population.workspace(user)])
    text.add(" | Lifecycle | ")
    return text(SampleWords.campaigns[campaign % SampleWords.campaigns.count])
  }

  /// Canvas messages have variations too, told by the step's variation.
  mutating func messageVariationID() -> SampleValue {
    guard case .campaign(let campaign) = journey else { return .null }
    return uuid(.variation, campaign * 2 + user % 2)
  }

  mutating func messageVariationName() -> SampleValue {
    guard case .campaign = journey else { return .null }
    return text(SampleWords.variations[user % 2])
  }

  mutating func canvasID() -> SampleValue {
    guard case .canvas(let step) = journey else { return .null }
    return uuid(.canvas, step / Self.stepsPerCanvas)
  }

  mutating func canvasName() -> SampleValue {
    guard case .canvas(let step) = journey else { return .null }
    text.add("CVS-2026-")
    text.add(decimal: step / Self.stepsPerCanvas, width: 3)
    text.add(" ")
    return text(SampleWords.canvases[step / Self.stepsPerCanvas % SampleWords.canvases.count])
  }

  mutating func canvasVariationID() -> SampleValue {
    guard case .canvas(let step) = journey else { return .null }
    return uuid(.variation, 1_000_000 + step / Self.stepsPerCanvas * 3 + user % 3)
  }

  mutating func canvasVariationName() -> SampleValue {
    guard case .canvas = journey else { return .null }
    return text(SampleWords.variations[user % 3])
  }

  mutating func canvasStepID() -> SampleValue {
    guard case .canvas(let step) = journey else { return .null }
    return uuid(.step, step)
  }

  mutating func canvasStepName() -> SampleValue {
    guard case .canvas(let step) = journey else { return .null }
    return text(SampleWords.steps[step % Self.stepsPerCanvas])
  }

  mutating func stepVariationID() -> SampleValue {
    guard case .canvas(let step) = journey else { return .null }
    return uuid(.variation, 2_000_000 + step)
  }

  mutating func nextStepID() -> SampleValue {
    guard case .canvas(let step) = journey else { return .null }
    return uuid(.step, step / Self.stepsPerCanvas * Self.stepsPerCanvas + (step + 1) % Self.stepsPerCanvas)
  }

  mutating func experimentSplitName() -> SampleValue {
    text.add("Path ")
    text.add(decimal: 1 + user % 3)
    return .text
  }

  /// The send of a campaign or step: one a day.
  mutating func sendID() -> SampleValue {
    text.add(hex: UInt64(time / 86_400 * 86_400), digits: 8)
    switch journey {
    case .campaign(let campaign): text.add(hex: population.hash(.campaign, campaign), digits: 16)
    case .canvas(let step): text.add(hex: population.hash(.step, step), digits: 16)
    }
    return .text
  }

  mutating func subscriptionGroup() -> SampleValue {
    uuid(.list, population.workspace(user) * 8 + type.channel.utf8.count % 8)
  }

  mutating func conversionRule() -> SampleValue {
    text(#"{"type":"performs_custom_event","window":259200,"custom_event_name":"added_to_cart"}"#)
  }
}
