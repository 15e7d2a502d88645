package import ScrubCore
internal import ScrubNative
internal import Synchronization

/// Makes plans: policy, catalog and schema in, flat tables out. Immutable, and shared by all workers.
package struct PlanCompiler: Sendable {
  package let resolver: Resolver
  /// The id and check value of the key, as they go into plan digests.
  package private(set) var key: (id: String, check: String)?
  private let pathTables: [Destination: PathTable]
  private let cache = DecisionCache()

  package var policy: Policy { resolver.policy }
  package var catalog: Catalog { resolver.catalog }

  package init(policy: Policy, catalog: Catalog, key: (id: String, check: String)?) {
    resolver = Resolver(policy: policy, catalog: catalog)
    self.key = key
    let named = policy.rules.flatMap(\.fields).filter(\.isLiteral).map(\.pattern)
    let conditions = policy.rules.flatMap(\.conditions).map(\.field)
    let extra = Set(named + conditions).filter { catalog.index(ofField: $0) == nil }.sorted()
    pathTables = Dictionary(
      uniqueKeysWithValues: Destination.allCases.map { ($0, PathTable(catalog, $0, extra: extra)) })
  }

  /// The compiler of the same plans under a key.
  package func with(key: (id: String, check: String)?) -> PlanCompiler {
    var keyed = self
    keyed.key = key
    return keyed
  }

  package func paths(_ destination: Destination) -> PathTable {
    pathTables[destination] ?? PathTable(catalog, destination, extra: [])
  }

  /// What is known of the field at a path.
  package func facts(at path: String, in destination: Destination) -> [FieldFacts] {
    let table = paths(destination)
    guard let slot = table.slot(of: path) else { return facts(of: [], at: path, namesEvent: false) }
    return facts(at: slot, of: table)
  }

  /// What is known of the field of a slot.
  func facts(at slot: Int, of table: PathTable) -> [FieldFacts] {
    facts(of: table.fields[slot], at: table.paths[slot], namesEvent: table.eventNameSlots.contains(slot))
  }

  /// What is known of the fields that a member of a shape stands for, with the member's own marks.
  package func facts(of member: Member) -> [FieldFacts] {
    facts(of: member.fields, at: member.path, marks: member.marks, namesEvent: member.isEventName)
  }

  private func facts(of fields: [Int], at path: String, marks: MarkSources = [], namesEvent: Bool) -> [FieldFacts] {
    if fields.isEmpty {
      var facts = FieldFacts(unknown: lastPart(of: path), path: path, marks: marks)
      facts.namesEvent = namesEvent
      return [facts]
    }
    let other = catalog.index(ofField: path)
    return fields.map { field in
      var facts = FieldFacts(catalog.fields[field], path: path, marks: marks)
      facts.namesEvent = namesEvent
      facts.hasBorrowedPath = other != nil && other != field
      return facts
    }
  }

  /// The decisions for every path of a destination, by slot, given the rules of an event.
  ///
  /// Most event types share their rules, so this is worked out once for each distinct list of them.
  func decisions(rules: [Int], in destination: Destination) -> DecisionSet {
    cache.value(DecisionCache.Key(destination: destination, rules: rules)) {
      let table = paths(destination)
      let unknown = resolver.decide(FieldFacts(unknown: "", path: ""), rules: [])
      var set = DecisionSet(bySlot: [unknown], canonical: [""])
      for slot in 1..<table.paths.count {
        let decision = resolver.decide(facts(at: slot, of: table), rules: rules)
        set.bySlot.append(decision)
        set.canonical.append(canonical(decision))
      }
      let members = (1..<table.paths.count).sorted { table.paths[$0] < table.paths[$1] }
        .map { "\(quoted(table.paths[$0])):\(set.canonical[$0])" }
      set.text = "{" + members.joined(separator: ",") + "}"
      return set
    }
  }

  /// The rules of events of a destination.
  package func rules(of events: [String], in destination: Destination) -> EventRules {
    EventRules(destination: destination, lists: Set(events.map { resolver.rules(for: $0, in: destination) }))
  }

  /// By slot, the decisions under each list of rules.
  package func decisions(under rules: EventRules) -> [[Decision]] {
    rules.lists.map { decisions(rules: $0, in: rules.destination).bySlot }
  }

  // MARK: plan digests

  /// The digest of a file that may hold any event type of a destination: SHA-256, hex, over those of all types.
  package func digest(of destination: Destination) -> String {
    let members = catalog.eventTypes.map { "\(quoted($0)):\(quoted(digest(event: $0, destination: destination)))" }
    return sha256("{" + members.joined(separator: ",") + "}")
  }

  /// SHA-256, hex, of the canonical JSON of everything that decides how an event type's fields are treated.
  ///
  /// - Parameter overlay: fields of a file's own schema, which may carry marks that the catalog does not know.
  package func digest(
    event: String, destination: Destination, overlay: [(FieldFacts, Decision)] = []
  ) -> String {
    let rules = resolver.rules(for: event, in: destination)
    let set = decisions(rules: rules, in: destination)
    let table = paths(destination)
    let own = overlay.filter { facts, decision in
      table.slot(of: facts.path).map { set.canonical[$0] } != canonical(decision)
    }
    .map { "\(quoted($0.0.path)):\(canonical($0.1))" }.sorted()
    let drops = resolver.drops(event: event, in: destination)
    let conditions = drops.conditional.map { rule in
      let members = rule.map { condition in
        let values = condition.values.map { quoted(String(decoding: $0, as: UTF8.self)) }.sorted()
        let other = condition.isOther ? ",\"other\":true" : ""
        return "{\"field\":\(quoted(condition.field))\(other),\"values\":[\(values.joined(separator: ","))]}"
      }
      return "[" + members.sorted().joined(separator: ",") + "]"
    }
    let members: [(String, String)] = [
      ("audience", policy.audience.map(quoted) ?? "null"),
      ("destination", quoted(destination.rawValue)),
      ("drop", drops.all ? "true" : "[" + conditions.sorted().joined(separator: ",") + "]"),
      ("event", quoted(event)),
      ("fields", set.text),
      ("key", key.map { "{\"check\":\(quoted($0.check)),\"id\":\(quoted($0.id))}" } ?? "null"),
      ("normaliser", quoted(Normaliser.version)),
      ("overlay", "{" + own.joined(separator: ",") + "}"),
      ("unknown_event", quoted(policy.defaults.unknownEvent.rawValue)),
      ("unknown_field", quoted(policy.defaults.unknownField.rawValue)),
    ]
    return sha256("{" + members.map { "\(quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}")
  }

  /// 16 hex digits of SHA-256 over the canonical JSON of everything but the key that decides which pseudonyms a treatment
  /// makes of the identities of a role.
  package func mark(of treatment: Treatment, as role: String) -> String {
    let members: [(String, String)] = [
      ("audience", policy.audience.map(quoted) ?? "null"), ("normaliser", quoted(Normaliser.version)), ("role", quoted(role)),
      ("treatment", canonical(treatment)),
    ]
    return String(sha256("{" + members.map { "\(quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}").prefix(16))
  }

  private func sha256(_ text: String) -> String { Digest256.sha256(text).hex }

  private func canonical(_ decision: Decision) -> String {
    canonical(decision.treatment, decision.sentinel, ofNumbers: decision.numberSentinel)
  }

  private func canonical(
    _ treatment: Treatment, _ sentinel: Rule.Sentinel? = nil, ofNumbers numberSentinel: Rule.Sentinel? = nil
  ) -> String {
    switch treatment {
    case .keep, .keepScalar: return "{\"action\":\"keep\"}"
    case .drop: return "{\"action\":\"drop\"}"
    case .redact:
      let with =
        switch sentinel {
        case .text(let text): ",\"with\":\(quoted(text))"
        case .whole(let number): ",\"with\":\(number)"
        case .boolean(let truth): ",\"with\":\(truth)"
        case nil: ""
        }
      return "{\"action\":\"redact\"\(with)}"
    case .mask(let masking):
      let show =
        switch masking.show {
        case .nothing: ""
        case .last(let count): ",\"show\":{\"last\":\(count)}"
        case .domain: ",\"show\":{\"domain\":true}"
        }
      return "{\"action\":\"mask\"\(show)}"
    case .tokenise(let tokenising):
      let phone = tokenising.phoneDomain.map { ",\"phone\":{\"domain\":\(quoted($0))}" } ?? ""
      return "{\"action\":\"tokenise\",\"domain\":\(quoted(tokenising.domain)),"
        + "\"normalise\":\(quoted(tokenising.normaliser.rawValue))\(phone),\"store\":\"\(tokenising.store.rawValue)\"}"
    case .generalise(let generalising): return "{\"action\":\"generalise\",\(generalising.target.canonical)}"
    case .scan(let scanning):
      return "{\"action\":\"scan\",\"find\":[\(scanning.finds.names.map(quoted).joined(separator: ","))],"
        + "\"replace\":\(quoted(scanning.replacement.rawValue))}"
    case .json(let members):
      let paths = members.paths.map { "\(quoted($0.path)):\(canonical($0.treatment))" }.sorted()
      return "{\"action\":\"json\",\"default\":\(canonical(members.treatments[0])),"
        + "\"members\":{\(paths.joined(separator: ","))}}"
    case .contact(let email, let phone):
      return "{\"action\":\"by kind\",\"email\":\(canonical(email, sentinel)),\"phone\":\(canonical(phone, numberSentinel))}"
    case .hash(let hashing):
      let digests = hashing.findsDigests == hashing.normaliser.isOfContact ? "" : ",\"prehashed\":\(hashing.findsDigests)"
      let phone = hashing.phoneDomain.map { ",\"phone\":{\"domain\":\(quoted($0)),\"format\":\(quoted(hashing.phoneFormat.name))}" } ?? ""
      return "{\"action\":\"hash\",\"domain\":\(quoted(hashing.domain)),\"format\":\(quoted(hashing.format.name)),"
        + "\"normalise\":\(quoted(hashing.normaliser.rawValue))\(phone)\(digests)}"
    }
  }
}

extension Generalising.Target {
  /// The members of canonical JSON that say it.
  fileprivate var canonical: String {
    switch self {
    case .path(let query) where !query.isEmpty:
      "\"query\":[\(query.map { quoted($0.pattern) }.sorted().joined(separator: ","))],\"to\":\(quoted(name))"
    default: "\"to\":\(quoted(name))"
    }
  }

  /// The target as the policy language spells it.
  package var name: String {
    switch self {
    case .time(let step): step.rawValue
    case .network(let bits): "/\(bits)"
    case .host: "host"
    case .path: "path"
    case .bucket(let bucket): bucket.text
    case .family: "family"
    }
  }
}

extension PseudonymFormat {
  /// The format as plan digests and reports spell it.
  package var name: String {
    switch self {
    case .token(let byteCount): "token-\(byteCount * 8)"
    case .hex: "hex"
    case .uuid: "uuid"
    case .email: "email"
    case .phone: "phone"
    case .uuidOrToken: "uuid-or-token"
    }
  }
}

/// The distinct lists of rules that some events of a destination have: events under the same ones are treated alike.
package struct EventRules: Hashable, Sendable {
  package let destination: Destination
  fileprivate let lists: Set<[Int]>
}

/// The decisions for every path of a destination.
struct DecisionSet: Sendable {
  var bySlot: [Decision]
  /// By slot: the decision as canonical JSON.
  var canonical: [String]
  /// All of them as canonical JSON.
  var text = ""

  init(bySlot: [Decision], canonical: [String]) {
    self.bySlot = bySlot
    self.canonical = canonical
  }
}

/// Decisions already worked out; shared by the workers, so behind a lock.
private final class DecisionCache: Sendable {
  struct Key: Hashable {
    let destination: Destination
    let rules: [Int]
  }

  private let sets = Mutex<[Key: DecisionSet]>([:])

  func value(_ key: Key, make: () -> DecisionSet) -> DecisionSet {
    if let known = sets.withLock({ $0[key] }) { return known }
    let made = make()
    sets.withLock { $0[key] = made }
    return made
  }
}

/// A JSON string (RFC 8785 escapes).
package func quoted(_ text: String) -> String {
  // Most texts have nothing to escape.
  if !text.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
    return "\"" + text + "\""
  }
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\u{8}": result += "\\b"
    case "\t": result += "\\t"
    case "\n": result += "\\n"
    case "\u{c}": result += "\\f"
    case "\r": result += "\\r"
    case "\u{0}"..."\u{1f}":
      let hex = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
