internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// Why it is not sure whom a request means.
package struct PersonDoubt: Sendable {
  package enum Reason: String, Sendable {
    /// Several profiles carry a value of the request.
    case shared = "person.shared"
    /// The request leads to several profiles that nothing links.
    case several = "person.several"
    /// The request leads to several workspaces.
    case workspaces = "person.workspaces"
    /// Events lead from one identifier to the next, on and on.
    case endless = "person.endless"
    /// Nothing was found under the kind that was given, but under others.
    case otherKind = "person.other-kind"
    /// A profile that is to be included was not found.
    case notIncluded = "person.not-included"
    /// A profile that is to be left out is the person's by what the request names.
    case excluded = "person.excluded"
  }

  /// A profile, or a kind of value, with what was found of it.
  package struct Choice: Sendable {
    /// A keyed fingerprint of the profile, for `--include-profile`; empty for kinds.
    package let profile: String
    package let kind: String
    package let workspace: String
    package let events: Int
    /// `YYYY-MM-DD`; nothing where events tell no time.
    package let firstDay: String?
    package let lastDay: String?
  }

  package let reason: Reason
  package let choices: [Choice]

  package var code: String { reason.rawValue }
}

/// Events that only a value leads to which other people carry too, or whose workspace is not told.
package struct HeldBack: Sendable {
  package let choice: PersonDoubt.Choice
}

/// What is known of one request while people are searched for.
struct PersonSearch {
  let request: AccessRequest
  /// Identities as the request names them, once digests are resolved.
  var seeds: [Identity]
  /// Of seeds that are digests: what they were found to be.
  var digests: [DigestSeed]
  /// What an earlier run knew of the person, a profile each: what told it may be gone.
  var learned: [Carrier] = []
  /// Where somebody was erased.
  var erasedBefore: Suppression.ErasedBefore?
  /// Of a request that was carried out before: the last second, since 1970-01-01, of the day on which it came in. Whoever has
  /// a Braze id that is first met behind it, or none, came back, and stays.
  var until: Int?
  /// Of such a request: files, and archives, in which something was left to do. What is later there may be the person's, too.
  var unfinished: Set<String> = []
  /// Of an exact search: what is asked for.
  private(set) var exact: ExactPerson?
  /// Whether everything counts that may be the person's: what is doubtful, and what would be held back.
  private(set) var takesAll = false
  /// Whether events led from one identifier to the next for longer than one person's do, so that nobody followed them further.
  private(set) var isEndless = false

  /// An identifier of which the request knows the digest only.
  struct DigestSeed: Hashable {
    let kind: IdentityKind
    let format: Subject.Format
    /// Hex.
    let digest: [UInt8]

    /// The digest itself, which may stand in an archive.
    var identity: Identity? { Identity(kind, digest) }

    /// As a list of what is looked for has it.
    var watched: (kind: IdentityKind, name: NamedDigest, hex: [UInt8])? { format.name.map { (kind, $0, digest) } }
  }

  /// Notes which of the digests are of what an earlier run knew: events that had it may be gone.
  func noteDigests(in aliases: inout Aliases) {
    if digests.isEmpty { return }
    let watch = WatchList([], digests: digests.compactMap(\.watched))
    for value in learned.lazy.flatMap(\.values) {
      for digest in watch.digests(of: value.identity, spelled: value.identity.text) {
        if let digest = Identity(value.identity.kind, digest) { aliases.add(digest, of: value.identity) }
      }
    }
  }

  init(_ request: AccessRequest) {
    self.request = request
    seeds = []
    digests = []
    for subject in request.subjects {
      guard let kind = subject.identifier.kind.identity else { continue }
      if subject.format == .raw {
        if let identity = Identity(kind, subject.identifier.value) { seeds.append(identity) }
      } else {
        let digest = DigestSeed(kind: kind, format: subject.format, digest: subject.identifier.value)
        digests.append(digest)
        if let identity = digest.identity { seeds.append(identity) }
      }
    }
  }

  /// - Parameter request: of a legal hold.
  init(held request: AccessRequest) {
    self.init(request)
    takesAll = true
  }

  init(exact person: ExactPerson) {
    request = person.request
    seeds = Array(person.identities.keys)
    digests = []
    exact = person
  }

  /// Gives up following what leads to more, unless a person decided who is meant, or nothing may be missed.
  mutating func giveUp() { isEndless = request.includedProfiles.isEmpty && !takesAll && exact == nil }

  /// Takes what digests of the request stand for as seeds.
  ///
  /// - Returns: the new ones.
  mutating func resolveDigests(_ aliases: Aliases) -> Set<Identity> {
    var learned: Set<Identity> = []
    for digest in digests.compactMap(\.identity) {
      let identity = aliases.plain(digest)
      if identity != digest && !seeds.contains(identity) {
        seeds.append(identity)
        learned.insert(identity)
      }
    }
    return learned
  }

  /// By identity: how the request spells it, where that is not its one spelling.
  var spellings: [Identity: Set<[UInt8]>] {
    var spellings: [Identity: Set<[UInt8]>] = [:]
    for subject in request.subjects where subject.format == .raw {
      let value = subject.identifier.value
      guard let kind = subject.identifier.kind.identity, let identity = Identity(kind, value) else { continue }
      if identity.text != value { spellings[identity, default: []].insert(value) }
    }
    return spellings
  }

  /// The Braze ids among the profiles that are to be included. A fingerprint is none of anybody.
  var includedIDs: [Identity] { request.includedProfiles.compactMap { Identity(.brazeID, Array($0.utf8)) } }

  /// The workspaces that count; empty for all.
  var allowed: Set<[UInt8]> { Set(request.workspaces.map { Array($0.utf8) }) }

  /// The same, as far as it is more than what the request names: whom a contact leads to that it names is found out anew
  /// where nothing else was known.
  var known: [Carrier] {
    let named = Set(seeds)
    return learned.compactMap { profile in
      if profile.values.contains(where: \.identity.kind.isOfProfile) { return profile }
      var rest = profile
      rest.values.removeAll { named.contains($0.identity) }
      return rest.values.isEmpty ? nil : rest
    }
  }

  /// Carriers of somebody who came back: they have identities of the person, and a Braze id that is first met behind the
  /// request, which did not know it.
  func returned(in graph: IdentityGraph) -> Set<Int> {
    guard let until, let erasedBefore else { return [] }
    let own = Set(seeds).union(learned.lazy.flatMap(\.values).map(\.identity))
    let returned = graph.carriers.indices.filter { number in
      let values = graph.carriers[number].values
      guard graph.tallies[number].isBehind(until), values.contains(where: { own.contains($0.identity) }) else { return false }
      let brazeIDs = values.filter { $0.identity.kind == .brazeID && !$0.isMerge }.map(\.identity)
      return !brazeIDs.isEmpty && !brazeIDs.contains { erasedBefore.isKnown($0, to: request.id) }
    }
    return Set(returned).subtracting(graph.known)
  }

  /// What somebody else carried too who was erased since.
  func sharedBefore(in graph: IdentityGraph) -> Set<Identity> {
    erasedBefore?.sharedWithOthers(graph.identities.filter { !$0.kind.isOfProfile }) ?? []
  }

  /// Seeds of kinds that lead nowhere by themselves.
  var named: Set<Identity> { exact == nil ? Set(seeds.filter { !$0.kind.leads }) : [] }

  /// The value of a seed under every other kind.
  var probes: Set<Identity> {
    var probes: Set<Identity> = []
    for subject in request.subjects where subject.format == .raw {
      for kind in IdentityKind.allCases where kind != .agentRequest && kind != subject.identifier.kind.identity {
        if let identity = Identity(kind, subject.identifier.value) { probes.insert(identity) }
      }
    }
    return probes
  }
}

extension ValueKind {
  /// The kind of identity that values of an identifier kind are.
  var identity: IdentityKind? {
    switch self {
    case .externalUserID: .externalID
    case .brazeID: .brazeID
    case .email: .email
    case .phone: .phone
    case .deviceID: .deviceID
    case .adID: .adID
    case .lineID: .lineID
    case .whatsAppID: .whatsAppID
    case .whatsAppMessageID: .whatsAppMessageID
    case .pushToken: .pushToken
    case .url, .ip, .userAgent, .json, .text, .time, .date, .location, .other, .channel: nil
    }
  }
}

extension IdentityKind {
  /// As the policy language spells it.
  var name: String {
    switch self {
    case .brazeID: "braze_id"
    case .externalID: "external_user_id"
    case .email: "email"
    case .phone: "phone"
    case .lineID: "line_id"
    case .whatsAppID: "whatsapp_id"
    case .agentRequest: "agent_request"
    case .deviceID: "device_id"
    case .adID: "ad_id"
    case .pushToken: "push_token"
    case .whatsAppMessageID: "whatsapp_message_id"
    }
  }
}

extension Subject.Format {
  /// The digest; nothing for values that are none.
  var name: NamedDigest? {
    switch self {
    case .raw: nil
    case .md5: .md5
    case .sha1: .sha1
    case .sha256: .sha256
    }
  }
}
