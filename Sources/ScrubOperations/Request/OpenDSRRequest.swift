internal import ScrubLedger
internal import ScrubPolicy

/// A request as OpenDSR 2.0 writes it (https://github.com/opengdpr/opendsr, "OpenDSR Specification", 2.0).
///
/// The specification has no words for phone numbers and Braze ids: they are read where our own kinds stand as
/// `identity_type`, be it in `subject_identities` or in a list of the same name under `extensions`.
enum OpenDSRRequest {
  private static let kinds: [String: String] = [
    "controller_customer_id": "external_user_id", "email": "email", "android_advertising_id": "ad_id",
    "fire_advertising_id": "ad_id", "ios_advertising_id": "ad_id", "microsoft_advertising_id": "ad_id",
    "roku_advertising_id": "ad_id", "android_id": "device_id", "ios_vendor_id": "device_id",
    "microsoft_publisher_id": "device_id", "roku_publisher_id": "device_id", "phone_number": "phone",
  ]

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
    var identities = document["subject_identities"]?.items ?? []
    if case .object(let extensions) = document["extensions"] {
      for (_, value) in extensions { identities += value["subject_identities"]?.items ?? [] }
    }
    for identity in identities { request.subjects.append(try subject(identity, file)) }
    if request.subjects.isEmpty {
      throw refusal(file, "`subject_identities` names nobody", "a request needs an identifier at least")
    }
    return request
  }

  private static func subject(_ identity: JSONValue, _ file: String) throws(ScrubRefusal) -> Subject {
    guard let type = identity["identity_type"]?.text, let value = identity["identity_value"]?.text else {
      throw refusal(file, "an identity has no `identity_type` or no `identity_value`", "both are texts")
    }
    guard let format = Subject.Format(rawValue: identity["identity_format"]?.text ?? "raw") else {
      throw refusal(file, "an `identity_format` is unknown", "one of: raw, md5, sha1, sha256")
    }
    do throws(SubjectProblem) { return try Subject(kind: kinds[type] ?? type, value: value, format: format) } catch {
      throw refusal(file, error.message, error.mend)
    }
  }

  private static func refusal(_ file: String, _ message: String, _ mend: String) -> ScrubRefusal {
    .request([Diagnostic(.badValue, file: file, message: message, mend: mend)])
  }
}
