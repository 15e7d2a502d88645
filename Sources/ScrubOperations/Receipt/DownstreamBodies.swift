internal import ScrubNative
internal import ScrubPolicy

/// Requests to delete a person, ready to be sent to those who were sent their events: a file each, in `downstream/`
/// beside the receipt. Nothing is sent, and no credential stands in them.
///
/// Sources: Braze, "Delete users"; Amplitude, "User Privacy API" (v1); Mixpanel, "GDPR and CCPA API" (v3.0); Segment,
/// Public API, "Create Regulation"; mParticle, "Data Subject Request API" (v3).
package struct DownstreamBodies: Sendable {
  private let values: [String: [String]]
  private let request: AccessRequest
  private let run: String
  /// When the run was carried out: `2026-11-23T19:15:00Z`.
  private let executed: String

  static let folder = "downstream"

  /// The most that one call takes.
  static let brazeLimit = 50
  static let amplitudeLimit = 100
  static let mixpanelLimit = 2_000
  static let segmentLimit = 5_000

  /// - Parameters:
  ///   - values: by kind, as the policy language spells it; only such as nobody else carries.
  ///   - run: the id of the run, of which ids of requests are made where they must be UUIDs.
  ///   - executed: as `Receipt.executed`.
  package init(_ values: [String: [String]], request: AccessRequest, run: String, executed: String) {
    self.values = values.mapValues { values in values.reduce(into: []) { if !$1.isEmpty && !$0.contains($1) { $0.append($1) } } }
    self.request = request
    self.run = run
    self.executed = executed
  }

  /// Takes the identifiers that an export would show; shared ones are left out.
  package init(_ identifiers: [LinkedIdentifier], request: AccessRequest, run: String, executed: String) {
    let own = identifiers.filter { !$0.isShared && $0.kind != "push_token" }
    self.init(
      Dictionary(grouping: own, by: \.kind).mapValues { $0.map(\.value) }, request: request, run: run, executed: executed)
  }

  /// The files, with one that explains them; none where nothing of the person is known that a partner could know.
  package func files() throws -> [PersonalFile] {
    let bodies = braze + amplitude + mixpanel + segment + mParticle
    if bodies.isEmpty { return [] }
    var files: [PersonalFile] = []
    for (name, body) in bodies {
      files.append(PersonalFile(name: "\(Self.folder)/\(name)", bytes: Array(try body.json().utf8)))
    }
    files.append(PersonalFile(name: "\(Self.folder)/README.txt", bytes: Array(readme(bodies.map(\.name)).utf8)))
    return files
  }

  private typealias Body = (name: String, body: JSONValue)

  /// Partners know people by the id that the controller gave them.
  private var externalIDs: [String] { values["external_user_id"] ?? [] }

  // MARK: Braze

  private var braze: [Body] {
    var parts: [(String, [JSONValue])] = [
      ("external_ids", externalIDs.map { .string($0) }), ("braze_ids", (values["braze_id"] ?? []).map { .string($0) }),
    ]
    if parts.allSatisfy(\.1.isEmpty) {
      parts = [
        ("email_addresses", (values["email"] ?? []).map { Self.prioritised("email", $0) }),
        ("phone_numbers", (values["phone"] ?? []).map { Self.prioritised("phone", $0) }),
      ]
    }
    let bodies = parts.flatMap { key, items in Self.pieces(of: items, Self.brazeLimit).map { (key, $0) } }
    return bodies.enumerated().map { number, body in
      ("braze-users-delete-\(number + 1).json", .object([(body.0, .array(body.1))]))
    }
  }

  /// Several profiles may carry an address: Braze wants to know which one is meant, and deletes one a call.
  private static func prioritised(_ key: String, _ value: String) -> JSONValue {
    .object([
      (key, .string(value)), ("prioritization", .array([.string("identified"), .string("most_recently_updated")])),
    ])
  }

  // MARK: partners

  private var amplitude: [Body] {
    numbered("amplitude-deletions", Self.amplitudeLimit) { ids in
      [
        ("user_ids", ids), ("requester", .string(request.id)), ("ignore_invalid_id", .string("True")),
        ("delete_from_org", .string("False")),
      ]
    }
  }

  private var mixpanel: [Body] {
    numbered("mixpanel-data-deletions", Self.mixpanelLimit) { ids in
      [("compliance_type", .string(request.law == .ccpa ? "CCPA" : "GDPR")), ("distinct_ids", ids)]
    }
  }

  private var segment: [Body] {
    numbered("segment-regulations", Self.segmentLimit) { ids in
      [("regulationType", .string("DELETE_ONLY")), ("subjectType", .string("USER_ID")), ("subjectIds", ids)]
    }
  }

  private func numbered(
    _ name: String, _ limit: Int, _ members: (JSONValue) -> [(key: String, value: JSONValue)]
  ) -> [Body] {
    Self.pieces(of: externalIDs.map { JSONValue.string($0) }, limit).enumerated().map { number, ids in
      ("\(name)-\(number + 1).json", .object(members(.array(ids))))
    }
  }

  /// One value of a kind a request.
  private var mParticle: [Body] {
    externalIDs.enumerated().map { number, id in
      (
        "mparticle-opendsr-\(number + 1).json",
        .object([
          ("api_version", .string("3.0")), ("regulation", .string(request.law == .ccpa ? "ccpa" : "gdpr")),
          ("subject_request_id", .string(uuid(number))), ("subject_request_type", .string("erasure")),
          ("submitted_time", .string(request.received.map { "\($0)T00:00:00Z" } ?? executed)),
          (
            "subject_identities",
            .object([
              ("controller_customer_id", .object([("value", .string(id)), ("encoding", .string("raw"))]))
            ])
          ),
        ])
      )
    }
  }

  /// A UUID (RFC 9562, version 4 by its form) that is the same when the same receipt is written again.
  private func uuid(_ number: Int) -> String {
    var bytes = Array(Digest256.sha256("\(run)/\(request.id)/\(number)").bytes.prefix(16))
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    let hex = Array(Digest256.hex(bytes).utf8)
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(decoding: hex[$0], as: UTF8.self) }.joined(separator: "-")
  }

  private static func pieces<Item>(of items: [Item], _ limit: Int) -> [[Item]] {
    stride(from: 0, to: items.count, by: limit).map { Array(items[$0..<min($0 + limit, items.count)]) }
  }

  // MARK: what they are

  private func readme(_ names: [String]) -> String {
    func has(_ start: String) -> Bool { names.contains { $0.hasPrefix(start) } }
    var parts = [
      """
      These files ask others to delete one person (request \(request.id)). They hold personal data: send them,
      then delete them. Nothing was sent. Words in capitals are yours to put in; no credential stands here.
      """
    ]
    if has("braze") {
      parts.append(
        """
        braze-users-delete-N.json    POST https://REST_ENDPOINT/users/delete
            Authorization: Bearer BRAZE_REST_API_KEY (permission users.delete). At most 50 ids of one kind a call.
            Email addresses and phone numbers stand here only where no id is known: each call then deletes one
            profile that carries the address, so send it again until none is left. It cannot be undone.
        """)
    }
    if has("amplitude") {
      parts.append(
        """
        amplitude-deletions-N.json    POST https://amplitude.com/api/2/deletions/users
            Basic authentication AMPLITUDE_API_KEY:AMPLITUDE_SECRET_KEY. At most 100 ids a call; carried out within 30
            days, and can be taken back until three days before. In the EU: https://analytics.eu.amplitude.com.
        """)
    }
    if has("mixpanel") {
      parts.append(
        """
        mixpanel-data-deletions-N.json    POST https://mixpanel.com/api/app/data-deletions/v3.0/?token=MIXPANEL_PROJECT_TOKEN
            Authorization: Bearer MIXPANEL_OAUTH_TOKEN. At most 2,000 ids a call; takes weeks. The ids are those that
            Braze sends as distinct_id.
        """)
    }
    if has("segment") {
      parts.append(
        """
        segment-regulations-N.json    POST https://api.segmentapis.com/regulations
            Authorization: Bearer SEGMENT_PUBLIC_API_TOKEN. At most 5,000 ids a call. DELETE_ONLY takes new events of the
            person in again; SUPPRESS_WITH_DELETE does not.
        """)
    }
    if has("mparticle") {
      parts.append(
        """
        mparticle-opendsr-N.json    POST https://opendsr.mparticle.com/v3/requests
            Basic authentication MPARTICLE_KEY:MPARTICLE_SECRET. One id a call. There is a waiting period.
        """)
    }
    return parts.joined(separator: "\n\n") + "\n"
  }
}

/// What each audience knows the person by, a file each in `recipients/` beside the receipt.
package enum RecipientLists {
  static let folder = "recipients"

  /// - Parameter audiences: the tokens that each holds, with the kinds of their values.
  /// - Returns: what the receipt says of each, and the files: CSV (RFC 4180) with a byte order mark, as spreadsheets take
  ///   it; what they would take for a formula has an apostrophe in front.
  package static func make(
    _ audiences: [(audience: String, tokens: [(kind: String, token: String)])]
  ) -> (audiences: [Receipt.Recipients.Audience], files: [PersonalFile]) {
    var names: Set<String> = []
    var told: [Receipt.Recipients.Audience] = []
    var files: [PersonalFile] = []
    for (audience, tokens) in audiences {
      let name = "\(folder)/\(EventSheets.fileName(audience, isKnown: true, besides: &names))"
      var bytes: [UInt8] = [0xef, 0xbb, 0xbf] + CSVCell.row(["kind", "token"])
      for (kind, token) in tokens { bytes += CSVCell.row([kind, token]) }
      told.append(Receipt.Recipients.Audience(audience: audience, file: name, tokens: tokens.count))
      files.append(PersonalFile(name: name, bytes: bytes))
    }
    return (told, files)
  }
}
