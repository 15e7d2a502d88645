// The device and the app of the event.
extension SampleDraft {
  var platform: SamplePlatform { population.platform(of: user, device) }

  mutating func deviceID() -> SampleValue {
    if isNameless && !isRequired { return .null }
    population.addDeviceID(of: user, device, to: &text)
    return .text
  }

  mutating func advertisingID() -> SampleValue {
    if isNameless || platform == .web { return isRequired ? text("") : .null }
    population.addAdvertisingID(of: user, device, to: &text)
    return .text
  }

  /// The advertising id in a member that only one platform fills.
  mutating func advertisingID(on wanted: SamplePlatform) -> SampleValue {
    platform == wanted ? advertisingID() : .null
  }

  mutating func advertisingIDType() -> SampleValue {
    switch platform {
    case .ios: text("ios_idfa")
    case .android: text("google_ad_id")
    case .web: isRequired ? text("") : .null
    }
  }

  mutating func platformName() -> SampleValue { text(platform.rawValue) }

  mutating func model() -> SampleValue {
    let models =
      switch platform {
      case .ios: ["iPhone15,4", "iPhone16,1", "iPad14,3"]
      case .android: ["Pixel 9", "SM-S931B", "Redmi Note 13"]
      case .web: ["Chrome", "Safari", "Firefox"]
      }
    return text(models[Int(population.hash(.device, user) >> 16 % 3)])
  }

  mutating func systemVersion() -> SampleValue {
    switch platform {
    case .ios: text("iOS 18.4")
    case .android: text("15")
    case .web: text("Mac OS X 10.15.7")
    }
  }

  mutating func pushToken(digits: Int) -> SampleValue {
    let random = population.hash(.pushToken, user * 4 + device)
    for piece in 0..<digits / 16 { text.add(hex: random &* UInt64(2 * piece + 1), digits: 16) }
    return .text
  }

  mutating func workspaceID() -> SampleValue { uuid(.workspace, population.workspace(user)) }

  mutating func appID() -> SampleValue {
    let app = platform == .ios ? 0 : platform == .android ? 1 : 2
    return uuid(.app, population.workspace(user) * 3 + app)
  }

  mutating func userAgent() -> SampleValue { pick(SampleWords.userAgents) }
}
