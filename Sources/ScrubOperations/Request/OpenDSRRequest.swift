internal import ScrubLedger
internal import ScrubPolicy

/// A request as OpenDSR 2.0 writes it (https://github.com/opengdpr/opendsr, "OpenDSR Specification", 2.0), or mParticle's
/// version 3 ("Data Subject Request API", v3), in which identities stand by their types.
///
/// The specification has no words for phone numbers and Braze ids: they are read where our own kinds, or mParticle's, stand
/// as types, be it at the top or under `extensions`. An identity that is given and not looked for would make the answer
/// untrue, so one that cannot be read is refused.
enum OpenDSRRequest {
  private static let kinds: [String: String] = [
    "controller_customer_id": "external_user_id", "customer_id": "external_user_id", "email": "email",
    "android_advertising_id": "ad_id", "fire_advertising_id": "ad_id", "ios_advertising_id": "ad_id",
    "microsoft_advertising_id": "ad_id", "roku_advertising_id": "ad_id", "android_id": "device_id",
    "ios_vendor_id": "device_id", "microsoft_publisher_id": "device_id", "roku_publisher_id": "device_id",
    "phone_number": "phone", "mobile_number": "phone", "phone_number_2": "phone", "phone_number_3": "phone",
  ]

  /// Members that would tell an identity, were they read: types without a list around them, and mParticle's own ids.
  private static let passedOver =
    Set(kinds.keys).union(ValueKind.allCases.filter(\.isIdentifier).map(\.rawValue)).union(["mpid", "mpids"])

  static func read(_ text: String, file: String) throws(ScrubRefusal) -> AccessRequest {
    guard let document = JSONValue(Array(text.utf8)), document.isObject else {
      throw refusal(file, "this is no JSON document", "OpenDSR requests are JSON, other requests are YAML")
    }
    if document.hasRepeatedName {
      throw refusal(file, "a name stands twice in an object", "readers disagree on which of them counts; keep the one that is meant")
    }
    guard let id = document["subject_request_id"]?.text, ForgetRun.isRequest(id) else {
      throw refusal(file, "`subject_request_id` is missing, or no UUID", "take it from the request as it came in")
    }
    var request = AccessRequest(id: id)
    guard let kind = document["subject_request_type"]?.text.flatMap({ BookedRequest.Kind(rawValue: $0) }) else {
      throw refusal(
        file, "`subject_request_type` is missing or unknown", "one of: access, portability, erasure")
    }
    request.kind = kind
    switch document["regulation"]?.text {
    case "gdpr", nil: request.law = .gdpr
    case "ccpa": request.law = .ccpa
    default: throw refusal(file, "`regulation` is unknown", "one of: gdpr, ccpa")
    }
    if let submitted = document["submitted_time"] {
      guard let day = submitted.text.flatMap({ Day($0) }) else {
        throw refusal(file, "`submitted_time` is no time", "write it as RFC 3339 does: 2026-11-24T10:00:00Z")
      }
      request.received = day
    }
    request.subjects = try subjects(in: document, file)
    switch document["extensions"] {
    case nil, .null: break
    case .object(let extensions): for (_, value) in extensions { request.subjects += try subjects(in: value, file) }
    default: throw refusal(file, "`extensions` is no object", "write each extension under its domain")
    }
    if request.subjects.isEmpty {
      throw refusal(file, "`subject_identities` names nobody", "a request needs an identifier at least")
    }
    return request
  }

  /// The people of the request itself, or of one of its extensions.
  private static func subjects(in object: JSONValue, _ file: String) throws(ScrubRefusal) -> [Subject] {
    guard case .object(let members) = object else {
      throw refusal(file, "an extension is no object", "write its members with their names")
    }
    var subjects: [Subject] = []
    for (name, value) in members {
      switch (name, value) {
      case (_, .null): break
      case (_, .array(let items)) where items.isEmpty: break
      case ("subject_identities", .array(let identities)), ("identities", .array(let identities)):
        for (number, identity) in identities.enumerated() {
          subjects.append(
            try subject(
              identity, type: identity["identity_type"], value: "identity_value", format: "identity_format",
              place: "`\(name)`, number \(number + 1)", file))
        }
      case ("subject_identities", .object(let identities)), ("identities", .object(let identities)):
        for (number, (type, identity)) in identities.enumerated() {
          subjects.append(
            try subject(
              identity, type: .string(type), value: "value", format: "encoding", place: "`\(name)`, number \(number + 1)", file))
        }
      case ("subject_identities", _), ("identities", _):
        throw refusal(file, "`\(name)` is no list", "write each identity with its type and value")
      default:
        if passedOver.contains(name) {
          throw refusal(
            file, "nobody would be looked for by `\(name)`",
            "write what has a kind into `subject_identities`; take out what has none")
        }
      }
    }
    return subjects
  }

  /// - Parameters:
  ///   - value: the name of the member with its value.
  ///   - format: the name of the member with its format.
  ///   - place: where the identity stands.
  private static func subject(
    _ identity: JSONValue, type: JSONValue?, value: String, format: String, place: String, _ file: String
  ) throws(ScrubRefusal) -> Subject {
    guard let type = type?.text, let text = identity[value]?.text else {
      throw refusal(file, "\(place): an identity has no type, or no `\(value)`", "both are texts")
    }
    guard let digest = Subject.Format(rawValue: identity[format]?.text ?? "raw") else {
      throw refusal(file, "\(place): `\(format)` is unknown", "one of: raw, md5, sha1, sha256")
    }
    do throws(SubjectProblem) { return try Subject(kind: kinds[type] ?? type, value: text, format: digest) } catch {
      throw refusal(file, "\(place): \(error.message)", error.mend)
    }
  }

  private static func refusal(_ file: String, _ message: String, _ mend: String) -> ScrubRefusal {
    .request([Diagnostic(.badValue, file: file, message: message, mend: mend)])
  }
}
