internal import ScrubCore
internal import Yams

extension Policy {
  /// Reads a policy, strictly.
  ///
  /// - Parameters:
  ///   - text: the YAML.
  ///   - file: how diagnostics name it.
  /// - Throws: `PolicyFailure` with every error of form at once.
  package init(yaml text: String, file: String) throws(PolicyFailure) {
    let (policy, findings) = Self.reading(yaml: text, file: file)
    guard findings.isEmpty, let policy else { throw PolicyFailure(diagnostics: findings) }
    self = policy
  }

  /// Reads a policy as far as it can be read.
  ///
  /// - Returns: every error of form, and the policy unless so much of it is lost that a check of its coverage would
  ///   tell of mistakes that are none.
  package static func reading(yaml text: String, file: String) -> (policy: Policy?, findings: [Diagnostic]) {
    let keys = StrayKeys(in: text)
    var reader = PolicyReader(file: file)
    let policy = reader.read(keys.hidden)
    let findings = (reader.yaml.diagnostics + keys.findings(file: file)).sorted {
      ($0.line, $0.column) < ($1.line, $1.column)
    }
    return (reader.isWhole ? policy : nil, findings)
  }
}

private struct PolicyReader {
  var yaml: YAMLReader

  /// Whether what was reported leaves every rule and default as its author means it.
  var isWhole: Bool {
    yaml.diagnostics.allSatisfy { [.misplacedOption, .noKeyForHash, .fewBits].contains($0.id) }
  }

  init(file: String) { yaml = YAMLReader(file: file) }

  mutating func read(_ text: String) -> Policy? {
    guard let root = yaml.root(of: text, startingWith: "`policy: NAME` and `version: 1`") else { return nil }
    let members = yaml.members(root, of: PolicyGrammar.policy)
    var policy = Policy()
    policy.file = yaml.file
    if let node = members["policy"] { policy.name = name(of: node) ?? "" }
    if let node = members["version"], node.scalar?.string != "1" {
      yaml.report(.badValue, node.mark, "this program reads version 1 of the language", mend: "write `version: 1`")
    }
    if let node = members["title"] { policy.title = yaml.text(node, "title") ?? "" }
    if let node = members["audience"] {
      policy.audience = yaml.name(node, "audience", digitsAndLetters: 32, underscore: true)
    }
    if let node = members["key"] { policy.key = yaml.key(node) }
    policy.defaults.linking = policy.audience == nil ? .keep : .hash
    if let node = members["defaults"] { defaults(node, &policy.defaults) }
    if let node = members["special"] { policy.special = yaml.texts(node, "special").map { Glob($0.text) } }
    if let node = members["rules"] { policy.rules = rules(node) }
    if let node = members["catalog"] { policy.additions = yaml.texts(node, "catalog").map(\.text) }
    if let node = members["acknowledge"] { policy.acknowledgements = acknowledgements(node) }
    if let node = members["access"] { policy.hidden = hidden(node) }
    if let node = members["erasure"] { policy.erasure = erasure(node) }
    if let node = members["exclude"] { policy.exclusions = exclusions(node) }
    if members["key"] == nil { requireKey(policy, root) }
    return policy
  }

  private mutating func name(of node: Node) -> String? {
    guard let text = yaml.text(node, "policy") else { return nil }
    let isAllowed = text.utf8.allSatisfy {
      ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2d || $0 == 0x5f || $0 == 0x2e
    }
    if isAllowed && (1...64).contains(text.utf8.count) { return text }
    yaml.report(
      .badValue, node.mark, "a policy's name is 1 to 64 letters, digits, dashes, dots or underscores",
      mend: "choose another name")
    return nil
  }

  private mutating func requireKey(_ policy: Policy, _ root: Node) {
    let defaults = policy.defaults
    let hashes =
      [defaults.annotated, defaults.unmarkedPersonal, defaults.linking, defaults.plain].contains(.hash)
      || policy.rules.contains(where: \.makesPseudonyms)
    if hashes {
      yaml.report(
        .noKeyForHash, root.mark, "the policy makes pseudonyms, but names no key",
        mend: "add `key: { env: CURRENTS_SCRUB_KEY, id: k1 }`; `currents-scrub keys new` makes one")
    }
  }

  private mutating func defaults(_ node: Node, _ defaults: inout Policy.Defaults) {
    let members = yaml.members(node, of: PolicyGrammar.defaults)
    defaults.place = place(node)
    typealias Action = Policy.Defaults.Action
    if let node = members["annotated"] { yaml.word(node, "annotated", as: Action.self).map { defaults.annotated = $0 } }
    if let node = members["unmarked_personal"] {
      yaml.word(node, "unmarked_personal", as: Action.self).map { defaults.unmarkedPersonal = $0 }
    }
    if let node = members["linking"] { yaml.word(node, "linking", as: Action.self).map { defaults.linking = $0 } }
    if let node = members["plain"] { yaml.word(node, "plain", as: Action.self).map { defaults.plain = $0 } }
    if let node = members["unknown_field"] {
      yaml.word(node, "unknown_field", as: Policy.Defaults.UnknownField.self).map { defaults.unknownField = $0 }
    }
    if let node = members["unknown_event"] {
      yaml.word(node, "unknown_event", as: Policy.Defaults.UnknownEvent.self).map { defaults.unknownEvent = $0 }
    }
  }

  private mutating func acknowledgements(_ node: Node) -> [Policy.Acknowledgement] {
    guard case .sequence(let items) = node else {
      yaml.report(.wrongType, node.mark, "acknowledge is a list", mend: "write `- { id: W101, on: ..., because: ... }`")
      return []
    }
    return items.compactMap { item in
      let members = yaml.members(item, of: PolicyGrammar.acknowledgement)
      guard let idNode = members["id"], let id = yaml.text(idNode, "id"), let because = members["because"],
        reason(because) != nil
      else { return nil }
      let on = members["on"].flatMap { yaml.text($0, "on") } ?? "*"
      return Policy.Acknowledgement(id: id, on: Glob(on), place: place(item))
    }
  }

  private mutating func exclusions(_ node: Node) -> [String] {
    guard case .sequence(let items) = node else {
      yaml.report(.wrongType, node.mark, "exclude is a list", mend: "write `- { list: objections.txt }`")
      return []
    }
    return items.compactMap { item in
      yaml.members(item, of: PolicyGrammar.exclusion)["list"].flatMap { yaml.text($0, "list") }
    }
  }

  private mutating func hidden(_ node: Node) -> [Policy.Hidden] {
    guard let list = yaml.members(node, of: PolicyGrammar.access)["hide"] else { return [] }
    guard case .sequence(let items) = list else {
      yaml.report(.wrongType, list.mark, "hide is a list", mend: "write `- { fields: [...], because: ... }`")
      return []
    }
    return items.compactMap { item in
      let members = yaml.members(item, of: PolicyGrammar.hiding)
      guard let fields = members["fields"], let node = members["because"], let because = reason(node) else { return nil }
      return Policy.Hidden(fields: yaml.texts(fields, "fields").map { Glob($0.text) }, because: because)
    }
  }

  private mutating func erasure(_ node: Node) -> Policy.Erasure {
    let members = yaml.members(node, of: PolicyGrammar.erasure)
    var erasure = Policy.Erasure()
    if let mode = members["mode"].flatMap({ yaml.word($0, "mode", as: Policy.Erasure.Mode.self) }) { erasure.mode = mode }
    guard let list = members["keep"] else { return erasure }
    guard case .sequence(let items) = list else {
      yaml.report(
        .wrongType, list.mark, "keep is a list", mend: "write `- { events: [...], basis: ..., review: 2027-01-31 }`")
      return erasure
    }
    erasure.keep = items.compactMap { keep($0) }
    return erasure
  }

  private mutating func keep(_ node: Node) -> Policy.Erasure.Keep? {
    let members = yaml.members(node, of: PolicyGrammar.keeping)
    guard let events = members["events"], let basisNode = members["basis"], let basis = reason(basisNode),
      let reviewNode = members["review"], let review = yaml.text(reviewNode, "review")
    else { return nil }
    guard CivilDate(review) != nil else {
      yaml.report(.badValue, reviewNode.mark, "review is a day", mend: "write it as 2027-01-31")
      return nil
    }
    let fields = members["fields"].map { yaml.texts($0, "fields").map(\.text) } ?? Policy.Erasure.keptFields
    return Policy.Erasure.Keep(
      events: yaml.texts(events, "events").map { Glob($0.text) }, fields: fields.map { Glob($0) }, basis: basis,
      review: review)
  }

  private func place(_ node: Node) -> Policy.Place {
    Policy.Place(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }

  // MARK: rules

  private mutating func rules(_ node: Node) -> [Rule] {
    guard case .sequence(let items) = node else {
      yaml.report(.wrongType, node.mark, "rules is a list", mend: "start each rule with `- `")
      return []
    }
    return items.compactMap { rule($0) }
  }

  private mutating func rule(_ node: Node) -> Rule? {
    let members = yaml.members(node, of: PolicyGrammar.rule)
    guard let actionNode = members["action"] else { return nil }
    guard let action = yaml.word(actionNode, "action", as: ActionName.self) else { return nil }
    for (key, value) in members.sorted(by: { $0.key < $1.key })
    where ActionName.allCases.contains(where: { $0.options.contains(key) }) && !action.options.contains(key) {
      yaml.report(
        .misplacedOption, value.mark, "`\(key)` is no option of the action `\(action.rawValue)`", mend: "remove it")
    }
    var rule = selectors(members)
    rule.place = place(node)
    guard let ruleAction = options(members, action, node) else { return nil }
    rule.action = ruleAction
    if action == .dropEvent { checkDropEvent(&rule, members, node) }
    return rule
  }

  private mutating func selectors(_ members: [String: Node]) -> Rule {
    var rule = Rule()
    if let node = members["events"] { rule.events = yaml.texts(node, "events").map { Glob($0.text) } }
    if let node = members["fields"] { rule.fields = yaml.texts(node, "fields").map { Glob($0.text) } }
    if let node = members["classes"] { rule.classes = yaml.words(node, "classes", as: FieldClass.self) }
    if let node = members["kinds"] { rule.kinds = yaml.words(node, "kinds", as: ValueKind.self) }
    if let node = members["annotated"] { rule.annotated = yaml.boolean(node, "annotated") }
    if let node = members["personal"] { rule.personal = yaml.boolean(node, "personal") }
    if let node = members["destinations"] {
      rule.destinations = yaml.words(node, "destinations", as: Destination.self)
    }
    if let node = members["because"] { rule.because = reason(node) }
    if let node = members["optional"] { rule.isOptional = yaml.boolean(node, "optional") ?? false }
    return rule
  }

  /// A reason that says something.
  private mutating func reason(_ node: Node) -> String? {
    guard let text = yaml.text(node, "because") else { return nil }
    if text.contains(where: { !$0.isWhitespace && $0 != "~" }) && text != "null" { return text }
    yaml.report(.badValue, node.mark, "`because` gives no reason", mend: "write the reason in a few words")
    return nil
  }

  private mutating func options(_ members: [String: Node], _ action: ActionName, _ node: Node) -> Rule.Action? {
    switch action {
    case .keep: .keep
    case .drop: .drop
    case .dropEvent: .dropEvent
    case .hash: .hash(hashOptions(members))
    case .mask: .mask(members["show"].map { show($0) } ?? .nothing)
    case .tokenise: tokeniseOptions(members, node).map { .tokenise($0) }
    case .generalise: generalising(members, node).map { .generalise($0) }
    case .scan: .scan(scanning(members))
    case .json: jsonOptions(members, node).map { .json($0) }
    case .redact: .redact(with: members["with"].flatMap { sentinel($0) })
    }
  }

  private mutating func sentinel(_ node: Node) -> Rule.Sentinel? {
    guard let text = yaml.text(node, "with") else { return nil }
    guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return .text(text) }
    if let number = Int(text) { return .whole(number) }
    if text == "true" || text == "false" { return .boolean(text == "true") }
    return .text(text)
  }

  private mutating func show(_ node: Node) -> Masking.Show {
    let before = yaml.diagnostics.count
    let members = yaml.members(node, of: PolicyGrammar.show)
    if yaml.diagnostics.count > before { return .nothing }
    guard members.count == 1 else {
      yaml.report(.badValue, node.mark, "a mask shows one thing", mend: "write `{ last: 4 }` or `{ domain: true }`")
      return .nothing
    }
    if let last = members["last"] {
      if let count = last.scalar.flatMap({ Int($0.string) }), Masking.lastRange.contains(count) { return .last(count) }
      yaml.report(
        .badValue, last.mark, "`last` is a whole number from \(Masking.lastRange.lowerBound) to \(Masking.lastRange.upperBound)",
        mend: "write `last: 4`")
    } else if let domain = members["domain"] {
      if domain.scalar?.string == "true" { return .domain }
      yaml.report(.badValue, domain.mark, "`domain` is `true`, or is left out", mend: "write `domain: true`")
    }
    return .nothing
  }

  private mutating func tokeniseOptions(_ members: [String: Node], _ node: Node) -> Rule.TokeniseOptions? {
    guard let storeNode = members["store"] else {
      yaml.report(
        .missingKey, node.mark, "tokenise does not say where the originals are", mend: Self.storeMend)
      return nil
    }
    let domain = members["domain"].flatMap { yaml.name($0, "domain", digitsAndLetters: 32, underscore: true) }
    return store(storeNode).map { .init(store: $0, domain: domain) }
  }

  private static let storeMend =
    "add `store: vault` (a database in the state folder) or `store: sealed` (in the token itself)"

  private mutating func store(_ node: Node) -> Tokenising.Store? {
    yaml.word(node, "store", as: Tokenising.Store.self)
  }

  // MARK: generalise, scan, json

  private mutating func generalising(_ members: [String: Node], _ node: Node) -> Generalising? {
    guard let to = members["to"] else {
      yaml.report(
        .missingKey, node.mark, "generalise does not say what values become",
        mend: "add `to: day`, `to: /24`, `to: path`, `to: family` or `to: 10`")
      return nil
    }
    guard let text = yaml.text(to, "to") else { return nil }
    let query = members["query"].map { yaml.texts($0, "query").map { Glob($0.text) } }
    if let node = members["query"], text != "path" {
      yaml.report(.misplacedOption, node.mark, "only `to: path` keeps a query", mend: "remove it, or write `to: path`")
    }
    if let target = Self.target(text, query: query ?? []) { return Generalising(target) }
    let words = TimeStep.allCases.map(\.rawValue) + ["host", "path", "family"]
    yaml.report(
      .badValue, to.mark, "`\(text)` is no value of to",
      mend: nearest(text, in: words).map { "did you mean `\($0)`?" }
        ?? "one of: \(words.joined(separator: ", ")), /0 to /32, or the width of a bucket such as 10 or 0.1")
    return nil
  }

  private static func target(_ text: String, query: [Glob]) -> Generalising.Target? {
    if let step = TimeStep(rawValue: text) { return .time(step) }
    switch text {
    case "host": return .host
    case "path": return .path(query: query)
    case "family": return .family
    default: break
    }
    if text.hasPrefix("/") {
      return Int(text.dropFirst()).flatMap { (0...32).contains($0) && !text.contains("+") ? .network(bits: $0) : nil }
    }
    return NumberBucket(text).map { .bucket($0) }
  }

  private mutating func scanning(_ members: [String: Node]) -> Scanning {
    var finds = Finds.all
    if let node = members["find"] {
      finds = []
      for (text, mark) in yaml.texts(node, "find") {
        if let find = Finds.names.first(where: { $0.name == text })?.find {
          finds.insert(find)
        } else {
          let words = Finds.names.map(\.name)
          yaml.report(
            .badValue, mark, "`\(text)` is nothing that is searched for",
            mend: nearest(text, in: words).map { "did you mean `\($0)`?" } ?? "one of: \(words.joined(separator: ", "))")
        }
      }
    }
    let replacement = members["replace"].flatMap { yaml.word($0, "replace", as: Scanning.Replacement.self) }
    return Scanning(finds, replacement: replacement ?? .label)
  }

  private mutating func jsonOptions(_ members: [String: Node], _ node: Node) -> Rule.JSONOptions? {
    var options = Rule.JSONOptions()
    options.keep = paths(members["keep"], "keep")
    options.redact = paths(members["redact"], "redact")
    options.scan = paths(members["scan"], "scan")
    options.hash = kindsByPath(members["hash"], "hash")
    options.tokenise = kindsByPath(members["tokenise"], "tokenise")
    if let node = members["default"] {
      options.fallback = yaml.word(node, "default", as: MemberDefault.self) ?? .redact
    }
    options.scanning = scanning(members)
    for name in ["find", "replace"] where !options.scans {
      guard let node = members[name] else { continue }
      yaml.report(.misplacedOption, node.mark, "no member is searched, so `\(name)` says nothing", mend: "remove it, or name members under `scan`")
    }
    if let node = members["store"] {
      if members["tokenise"] == nil {
        yaml.report(.misplacedOption, node.mark, "no member is tokenised, so `store` says nothing", mend: "remove it, or name members under `tokenise`")
      }
      options.store = store(node)
    } else if let node = members["tokenise"] {
      yaml.report(.missingKey, node.mark, "tokenise does not say where the originals are", mend: Self.storeMend)
    }
    return options
  }

  private mutating func paths(_ node: Node?, _ what: String) -> [String] {
    guard let node else { return [] }
    return yaml.texts(node, what).compactMap { text, mark in isPath(text, mark) ? text : nil }
  }

  private mutating func kindsByPath(_ node: Node?, _ what: String) -> [Rule.JSONOptions.Member] {
    guard let node else { return [] }
    guard case .mapping(let mapping) = node else {
      yaml.report(.wrongType, node.mark, "\(what) is a mapping here", mend: "write `\(what): { member: email }`")
      return []
    }
    if mapping.isEmpty { yaml.report(.badValue, node.mark, "\(what) is empty", mend: "name a member, or leave the key out") }
    return mapping.compactMap { key, value in
      guard let path = yaml.text(key, "a member of \(what)"), isPath(path, key.mark),
        let kind = yaml.word(value, "the kind of a member", as: ValueKind.self)
      else { return nil }
      return Rule.JSONOptions.Member(path: path, kind: kind)
    }
  }

  /// Names, `*`, and `[]` behind a name, with dots between them.
  private mutating func isPath(_ path: String, _ mark: Mark?) -> Bool {
    let parts = path.split(separator: ".", omittingEmptySubsequences: false)
    let isPath = parts.enumerated().allSatisfy { place, part in
      var name = part
      while name.hasSuffix("[]") { name = name.dropLast(2) }
      return !name.contains("[") && !name.contains("]") && (name == "*" || !name.contains("*"))
        && (!name.isEmpty || (place == 0 && !part.isEmpty))
    }
    if isPath { return true }
    yaml.report(
      .badValue, mark, "`\(path)` is no path of members",
      mend: "write names with dots between them, `*` for any name, `[]` behind an array: `items[].owner.*`")
    return false
  }

  private mutating func hashOptions(_ members: [String: Node]) -> Rule.HashOptions {
    var options = Rule.HashOptions()
    if let node = members["domain"] {
      options.domain = yaml.name(node, "domain", digitsAndLetters: 32, underscore: true)
    }
    if let node = members["normalise"] {
      options.normaliser =
        switch yaml.word(node, "normalise", as: NormaliserName.self) {
        case .email: .email
        case .phone: .phone
        case .lower: .lowered
        case .trim: .trimmed
        case nil: nil
        }
    }
    var format = FormatName.token
    if let node = members["format"] { format = yaml.word(node, "format", as: FormatName.self) ?? .token }
    var byteCount = 16
    if let node = members["bits"] {
      if format != .token {
        yaml.report(.misplacedOption, node.mark, "only the token format has `bits`", mend: "remove it")
      }
      let bits = node.scalar.flatMap { Int($0.string) } ?? 0
      if (96...256).contains(bits) && bits % 8 == 0 {
        byteCount = bits / 8
      } else {
        yaml.report(
          .fewBits, node.mark, "`bits` is a multiple of 8 from 96 to 256: fewer collide, and a collision joins two people",
          mend: "leave it out (128)")
      }
    }
    options.format =
      switch format {
      case .token: .token(byteCount: byteCount)
      case .hex: .hex
      case .uuid: .uuid
      case .email: .email
      case .phone: .phone
      }
    return options
  }

  private mutating func checkDropEvent(_ rule: inout Rule, _ members: [String: Node], _ node: Node) {
    for key in ["fields", "classes", "kinds", "annotated", "personal"] {
      guard let selector = members[key] else { continue }
      yaml.report(
        .misplacedOption, selector.mark, "drop_event is about whole events, so `\(key)` says nothing",
        mend: "use `events`, `destinations` and `where`")
    }
    if members["events"] == nil && members["where"] == nil {
      yaml.report(
        .missingKey, node.mark, "drop_event names neither `events` nor `where`: it would drop everything",
        mend: "add `events: [...]`")
    }
    guard let condition = members["where"] else { return }
    guard case .mapping(let fields) = condition else {
      return yaml.report(.wrongType, condition.mark, "`where` is a mapping", mend: "write `where: { field: [values] }`")
    }
    if fields.isEmpty {
      yaml.report(.badValue, condition.mark, "`where` is empty: it would drop everything", mend: "name a field with its values")
    }
    for (key, value) in fields {
      guard let field = yaml.text(key, "a field of `where`") else { continue }
      let values = yaml.texts(value, "the values of a field in `where`").map { Array($0.text.utf8) }
      rule.conditions.append(Rule.Condition(field: field, values: Set(values)))
    }
  }
}
