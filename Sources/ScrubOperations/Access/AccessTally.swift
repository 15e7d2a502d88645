/// What the events of a package come to, counted in one visit.
struct AccessTally: Sendable {
  /// An event type and the fields that its events carry, each with its number.
  struct EventType: Sendable {
    var events = 0
    var fields: [String: Int] = [:]
  }

  private(set) var types: [String: EventType] = [:]
  /// By days since 1970-01-01.
  private(set) var days: [Int: Int] = [:]
  private(set) var events = 0
  /// Events that tell their time; they come first.
  private(set) var timed = 0
  /// Events that stand somewhere else, too.
  private(set) var copied = 0
  private(set) var repeats = 0
  /// What was told last of the person, by field.
  private(set) var details: [String: String] = [:]
  /// Devices by their model and system, with the events that came from each.
  private(set) var devices: [String: Int] = [:]

  /// What describes a person, in the order in which it is told.
  static let detailFields = [
    "first_name", "last_name", "gender", "dob", "email_address", "phone_number", "home_city", "country", "language",
    "timezone",
  ]
  private static let deviceFields = ["device_model", "os_version", "platform"]
  /// Devices that are told apart, for what they are called comes from the archive.
  private static let deviceLimit = 200

  init(_ events: AccessEvents) { events.forEach { add($0) } }

  private mutating func add(_ event: AccessEvent) {
    events += 1
    repeats += event.repeats
    if !event.copies.isEmpty { copied += 1 }
    if let time = event.time {
      timed += 1
      days[Day(seconds: time).number, default: 0] += 1
    }
    types[event.eventType, default: EventType()].events += 1
    for value in event.values {
      types[event.eventType]?.fields[value.field, default: 0] += 1
      if Self.detailFields.contains(value.field) && !value.text.isEmpty { details[value.field] = value.text }
    }
    if let device = device(event), devices.count < Self.deviceLimit || devices[device] != nil {
      devices[device, default: 0] += 1
    }
  }

  /// `Pixel 9, Android 16, android`, of an event that tells the model.
  private func device(_ event: AccessEvent) -> String? {
    let parts = Self.deviceFields.map { field in event.values.first { $0.field == field && !$0.text.isEmpty }?.text }
    return parts[0] == nil ? nil : parts.compactMap { $0 }.joined(separator: ", ")
  }

  /// Every field that occurs, with the number of its values.
  var fields: [String: Int] {
    types.values.reduce(into: [:]) { $0.merge($1.fields, uniquingKeysWith: +) }
  }

  func events(in category: AccessCategory) -> Int { sum { $0.category == category } }

  func events(by channel: AccessChannel) -> Int { sum { $0.channel == channel } }

  private func sum(_ isMeant: (EventWords) -> Bool) -> Int {
    types.reduce(0) { $0 + (isMeant(.of($1.key)) ? $1.value.events : 0) }
  }
}
