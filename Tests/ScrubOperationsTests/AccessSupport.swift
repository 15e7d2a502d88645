import Foundation
import ScrubOperations
import ScrubPolicy

/// Made-up events of a made-up person, the same every time.
enum AccessSample {
  static let start = 1_767_225_600  // 2026-01-01

  static func event(
    _ type: String, _ values: [(String, String)] = [], number: Int = 0, time: Int? = start,
    destination: Destination = .storage, copies: [AccessEvent.Copy] = [], repeats: Int = 0
  ) -> AccessEvent {
    let json = "{" + values.map { "\(quoted($0.0)):\(quoted($0.1))" }.joined(separator: ",") + "}"
    var event = AccessEvent(
      eventType: type,
      source: EventSource(
        file: "archive/event_type=\(type)/part-0.avro", block: 0, record: number, part: nil, destination: destination),
      time: time, matchedBy: ["braze_id"], values: values.map { AccessEvent.Value(field: $0.0, text: $0.1) },
      json: Array(json.utf8))
    event.copies = copies
    event.repeats = repeats
    return event
  }

  /// Events of every type of the catalog, in order, over the better part of a year.
  static func events(_ count: Int) -> AccessEvents {
    let catalog = Catalog.builtIn
    // A year has its rhythm: emails most often, rare things seldom.
    let often = [
      "users.messages.email.Send", "users.messages.email.Delivery", "users.messages.email.Open",
      "users.behaviors.app.SessionStart", "users.behaviors.CustomEvent", "users.messages.pushnotification.Send",
    ]
    let events = (0..<count).map { number -> AccessEvent in
      let type = number % 3 == 0 ? catalog.eventTypes[number / 3 % catalog.eventTypes.count] : often[number * 7 % often.count]
      let fields = catalog.shape(of: type, in: .storage).map(catalog.members)?.flatMap(\.fields).map { catalog.fields[$0] } ?? []
      let time = start + number * 83_417 + number % 11 * 5_003
      return event(type, fields.map { ($0.name, value($0, number, time)) }, number: number, time: time)
    }
    return AccessEvents(sorted: events.sorted { ($0.time ?? 0) < ($1.time ?? 0) })
  }

  private static func value(_ field: Field, _ number: Int, _ time: Int) -> String {
    switch field.name {
    case "first_name": return "Ada"
    case "last_name": return "Example"
    case "dob": return "1990-12-10"
    case "gender": return "F"
    case "country": return "FR"
    case "home_city": return "Lyon"
    case "language": return "fr"
    case "timezone": return "Europe/Paris"
    case "campaign_name": return ["Spring news", "Welcome back", "Winter sale"][number % 3]
    case "canvas_name": return "First steps"
    case "message_body": return "Hello,\nis the blue one still there? Ask •••••••• as well."
    case "properties": return #"{"colour":"blue","size":42,"note":"for <b>Grace</b>"}"#
    case "price": return "19.9"
    case "currency": return "EUR"
    case "product_id": return "blue-shoe-42"
    case "device_model": return "Pixel 9"
    case "os_version": return "Android 16"
    case "platform": return "android"
    case "user_agent": return "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/140 Mobile"
    case "url": return "https://shop.example.test/blue-shoes?utm_campaign=spring&utm_source=email"
    case "machine_open", "is_suspected_bot_click", "ad_tracking_enabled", "is_amp": return number % 4 == 0 ? "true" : "false"
    default: break
    }
    switch field.kind {
    case .time: return field.name == "time_ms" ? "\(time)123" : "\(time)"
    case .email: return "ada@example.test"
    case .phone: return "+12025550143"
    case .brazeID: return "5f0000000000000000000a0a"
    case .externalUserID: return "customer-0815"
    case .deviceID, .adID: return "7d0fbcbe-0000-4000-8000-00000000000a"
    default: return "\(field.name.prefix(4))-\(number % 5)"
    }
  }

  /// A package with something of everything, or of nothing at all.
  static func package(_ language: PackageLanguage = .en, rich: Bool = true) -> AccessPackage {
    var request = AccessRequest(id: "DSAR-2026-117")
    request.received = Day("2026-11-02")
    var scope = AccessScope()
    scope.archives = [AccessScope.Archive(name: "currents", files: 118, events: 400_048)]
    (scope.files, scope.events, scope.passes, scope.filesRead) = (118, 400_048, 2, 131)
    var package = AccessPackage(request: request, scope: scope)
    package.language = language
    package.identifiers = [
      LinkedIdentifier(
        kind: "email", value: "ada@example.test", workspace: nil, isGiven: true, link: "request", linkedTo: nil,
        isShared: false, events: 210)
    ]
    if rich { enrich(&package) }
    return package
  }

  private static func enrich(_ package: inout AccessPackage) {
    package.request.verified = .init(by: "R. Clerk", on: Day(number: 20_760), method: "customer account")
    (package.scope.firstDay, package.scope.lastDay) = ("2026-01-01", "2026-10-17")
    package.scope.unreadable = [.init(file: "currents/date=2026-03-01-10/part-7.avro", code: "avro.truncated-block", places: 1)]
    package.scope.notSearchable = ["k0": 3]
    package.scope.nameless = 12
    package.scope.heldBack = ["phone": 4]
    package.masked.others = ["email": 3, "phone": 1]
    package.masked.credentials = 2
    package.hidden = [HiddenField(field: "suspected_bot_click_reason", because: "how bots are told is a secret of ours", values: 7)]
    package.recipients = [
      KnownRecipient(audience: "agency", firstDay: "2026-02-01", lastDay: "2026-09-30"),
      KnownRecipient(audience: "warehouse", firstDay: "2026-05-04", lastDay: "2026-05-04"),
    ]
    package.identifiers += [
      LinkedIdentifier(
        kind: "braze_id", value: "5f0000000000000000000a0a", workspace: "5a0000000000000000000001", isGiven: false,
        link: "same-event", linkedTo: 0, isShared: false, events: 290),
      LinkedIdentifier(
        kind: "braze_id", value: "5f0000000000000000000a0b", workspace: "5a0000000000000000000001", isGiven: false,
        link: "merge", linkedTo: 1, isShared: false, events: 10),
      LinkedIdentifier(
        kind: "phone", value: "+12025550143", workspace: nil, isGiven: false, link: "same-event", linkedTo: 1,
        isShared: true, events: 41),
    ]
  }

  /// A folder that is made for a body and removed behind it.
  static func inFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "access-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }
}
