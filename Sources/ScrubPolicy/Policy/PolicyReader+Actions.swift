internal import ScrubCore
internal import Yams

// What a rule does: the options of each action.

extension PolicyReader {
  mutating func options(_ members: [String: Node], _ action: ActionName, _ node: Node) -> Rule.Action? {
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
}
