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

struct PolicyReader {
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
    if let node = members["special"] { policy.special = yaml.texts(node, "special").map { Policy.Special(fields: Glob($0.text), place: place($0.mark)) } }
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
      return Policy.Hidden(place: place(fields), fields: yaml.texts(fields, "fields").map { Glob($0.text) }, because: because)
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
      place: place(events), events: yaml.texts(events, "events").map { Glob($0.text) }, fields: fields.map { Glob($0) }, basis: basis,
      review: review)
  }

  func place(_ node: Node) -> Policy.Place { place(node.mark) }

  private func place(_ mark: Mark?) -> Policy.Place { Policy.Place(line: mark?.line ?? 1, column: mark?.column ?? 1) }
}
