internal import ScrubCore

/// The policy language as a JSON Schema (draft 7), from the table that the reader of policies uses.
///
/// What the schema accepts the reader accepts; the check of coverage is beyond a schema.
package enum PolicySchema {
  package static var document: JSONValue {
    document(of: PolicyGrammar.policy, title: "A policy of currents-scrub, version 1 of the language", and: keyNeeds)
  }

  /// - Parameter needs: what one key says of others.
  static func document(of section: PolicyGrammar.Section, title: String, and needs: [JSONValue] = []) -> JSONValue {
    guard case .object(let members) = schema(of: section) else { return .null }
    let head: [(key: String, value: JSONValue)] = [
      ("$schema", .string("http://json-schema.org/draft-07/schema#")), ("title", .string(title)),
    ]
    return .object(head + members + (needs.isEmpty ? [] : [("allOf", .array(needs))]))
  }

  // MARK: sections

  private static func schema(of section: PolicyGrammar.Section) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("type", .string("object")),
      ("properties", .object(section.keys.map { ($0.name, described($0)) })),
      ("additionalProperties", .boolean(false)),
    ]
    let required = section.keys.filter(\.isRequired).map(\.name)
    if let alone = section.alone {
      members += [("if", requires([alone])), ("then", forbidden(required)), ("else", requires(required))]
    } else if !required.isEmpty {
      members.append(("required", texts(required)))
    }
    if !section.oneOf.isEmpty { members.append(("oneOf", .array(section.oneOf.map { requires([$0]) }))) }
    return .object(members)
  }

  private static func described(_ key: PolicyGrammar.Key) -> JSONValue {
    guard case .object(let members) = schema(of: key.shape) else { return .boolean(false) }
    return .object([("description", .string(key.meaning))] + members)
  }

  private static func described(_ action: ActionName, _ needs: JSONValue) -> JSONValue {
    guard case .object(let members) = needs else { return needs }
    return .object([("description", .string(action.meaning))] + members)
  }

  private static func schema(of shape: PolicyGrammar.Shape) -> JSONValue {
    switch shape {
    case .text: type("string")
    case .reason: pattern("^(?!null$)[\\s\\S]*[^\\s~]")
    case .name(let limit, let underscore):
      pattern(underscore ? "^[a-z0-9_]{1,\(limit)}$" : "^[a-z0-9]{1,\(limit)}$")
    case .title: pattern("^[A-Za-z0-9_.-]{1,64}$")
    case .version: .object([("const", .number("1"))])
    case .word(let words): .object([("enum", texts(words))])
    case .words(let words): list(of: .object([("enum", texts(words))]))
    case .texts: list(of: type("string"))
    case .boolean: type("boolean")
    case .bits(let range):
      .object([
        ("type", .string("integer")), ("minimum", .number(String(range.lowerBound))),
        ("maximum", .number(String(range.upperBound))), ("multipleOf", .number("8")),
      ])
    case .whole(let range):
      .object([
        ("type", .string("integer")), ("minimum", .number(String(range.lowerBound))),
        ("maximum", .number(String(range.upperBound))),
      ])
    case .yes: .object([("const", .boolean(true))])
    case .sentinel: .object([("type", texts(["string", "integer", "boolean"]))])
    case .conditions:
      .object([
        ("type", .string("object")), ("minProperties", .number("1")),
        ("additionalProperties", list(of: .object([("type", texts(["string", "number", "boolean"]))]))),
      ])
    case .paths: list(of: pattern(path))
    case .coarser:
      .object([
        (
          "anyOf",
          .array([
            pattern("^(hour|day|week|month|year|host|path|family|/([0-9]|[12][0-9]|3[0-2])|[0-9]*[1-9][0-9]*|[0-9]*\\.[0-9]*[1-9][0-9]*)$"),
            .object([
              ("type", .string("number")), ("exclusiveMinimum", .number("0")),
              ("maximum", .number(String(NumberBucket.digitsLimit))),
            ]),
          ])
        )
      ])
    case .kindsByPath:
      .object([
        ("type", .string("object")), ("minProperties", .number("1")), ("propertyNames", pattern(path)),
        ("additionalProperties", .object([("enum", texts(ValueKind.allCases.map(\.rawValue)))])),
      ])
    case .age: pattern("^[1-9][0-9]{0,3} ?(d|days?|w|weeks?|months?|y|years?)$")
    case .span:
      .object([("anyOf", .array([pattern("^[0-9]{1,7}[smh]?$"), .object([("type", .string("integer")), ("minimum", .number("0"))])]))])
    case .share:
      .object([
        (
          "anyOf",
          .array([
            pattern("^[0-9.]+%$"),
            .object([("type", .string("number")), ("minimum", .number("0")), ("maximum", .number("1"))]),
          ])
        )
      ])
    case .textOrTexts: .object([("anyOf", .array([type("string"), list(of: type("string"))]))])
    case .short(let name, let section):
      .object([
        ("anyOf", .array(section.keys.filter { $0.name == name }.map { schema(of: $0.shape) } + [schema(of: section)]))
      ])
    case .section(let section): schema(of: section)
    case .sections(let section): .object([("type", .string("array")), ("items", items(of: section))])
    case .notBuilt: .object([("not", .object([]))])
    }
  }

  /// Names, `*`, and `[]` behind a name, with dots between them.
  private static let path =
    #"^(?:(?:\*|[^.*\[\]]+)(?:\[\])*|(?:\[\])+)(?:\.(?:\*|[^.*\[\]]+)(?:\[\])*)*$"#

  /// Rules are the only sections whose keys depend on one another.
  private static func items(of section: PolicyGrammar.Section) -> JSONValue {
    guard case .object(let members) = schema(of: section), section.what == PolicyGrammar.rule.what else {
      return schema(of: section)
    }
    return .object(members + [("allOf", .array(ruleNeeds))])
  }

  // MARK: what one key says of others

  /// By action: only its own options; `drop_event` is about whole events, and `bits` about tokens.
  private static var ruleNeeds: [JSONValue] {
    let options = Set(ActionName.allCases.flatMap(\.options))
    var needs = ActionName.allCases.map { action in
      when("action", is: action.rawValue, then: described(action, forbidden(options.subtracting(action.options).sorted())))
    }
    needs.append(
      when(
        "action", is: ActionName.dropEvent.rawValue,
        then: .object([
          (
            "allOf",
            .array([
              forbidden(["fields", "classes", "kinds", "annotated", "personal"]),
              .object([("anyOf", .array([requires(["events"]), requires(["where"])]))]),
            ])
          )
        ])))
    needs.append(when("action", is: ActionName.tokenise.rawValue, then: requires(["store"])))
    needs.append(when("action", is: ActionName.generalise.rawValue, then: requires(["to"])))
    needs.append(.object([("if", requires(["query"])), ("then", only("to", "path"))]))
    needs.append(when("action", is: ActionName.json.rawValue, then: jsonNeeds))
    needs.append(
      .object([
        ("if", requires(["bits"])),
        ("then", only("format", FormatName.token.rawValue)),
      ]))
    return needs
  }

  /// Tokens have a store, and searches something to search.
  private static var jsonNeeds: JSONValue {
    let searches = JSONValue.object([
      (
        "anyOf",
        .array([
          requires(["scan"]),
          .object([("allOf", .array([only("default", MemberDefault.scan.rawValue), requires(["default"])]))]),
        ])
      )
    ])
    return .object([
      (
        "allOf",
        .array([
          .object([("if", requires(["tokenise"])), ("then", requires(["store"])), ("else", forbidden(["store"]))]),
          .object([("if", .object([("not", searches)])), ("then", forbidden(["find", "replace"]))]),
        ])
      )
    ])
  }

  /// Whatever makes pseudonyms needs a key.
  private static var keyNeeds: [JSONValue] {
    let hash = JSONValue.object([("const", .string(ActionName.hash.rawValue))])
    let pseudonyms = JSONValue.object([("enum", texts([ActionName.hash.rawValue, ActionName.tokenise.rawValue]))])
    let byAction = JSONValue.object([("properties", .object([("action", pseudonyms)])), ("required", texts(["action"]))])
    let byMember = JSONValue.object([
      (
        "anyOf",
        .array([
          requires(["hash"]), requires(["tokenise"]),
          .object([
            (
              "allOf",
              .array([
                only("replace", Scanning.Replacement.hash.rawValue), requires(["replace"]),
              ])
            )
          ]),
        ])
      )
    ])
    let making = JSONValue.object([("anyOf", .array([byAction, byMember]))])
    let byRule = JSONValue.object([
      ("properties", .object([("rules", .object([("contains", making)]))])), ("required", texts(["rules"])),
    ])
    let byDefault = ["annotated", "unmarked_personal", "linking", "plain"].map { name in
      JSONValue.object([
        (
          "properties",
          .object([
            ("defaults", .object([("properties", .object([(name, hash)])), ("required", texts([name]))]))
          ])
        ),
        ("required", texts(["defaults"])),
      ])
    }
    // With an audience linking ids are hashed unless the policy says otherwise.
    let byAudience = JSONValue.object([
      ("required", texts(["audience"])),
      (
        "not",
        .object([
          ("properties", .object([("defaults", .object([("required", texts(["linking"]))]))])),
          ("required", texts(["defaults"])),
        ])
      ),
    ])
    return ([byRule, byAudience] + byDefault).map { .object([("if", $0), ("then", requires(["key"]))]) }
  }

  // MARK: parts

  private static func type(_ name: String) -> JSONValue { .object([("type", .string(name))]) }

  private static func pattern(_ pattern: String) -> JSONValue {
    .object([("type", .string("string")), ("pattern", .string(pattern))])
  }

  private static func list(of items: JSONValue) -> JSONValue {
    .object([("type", .string("array")), ("minItems", .number("1")), ("items", items)])
  }

  private static func texts(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

  private static func requires(_ names: [String]) -> JSONValue { .object([("required", texts(names))]) }

  private static func forbidden(_ names: [String]) -> JSONValue {
    .object([("properties", .object(names.map { ($0, .boolean(false)) }))])
  }

  /// The key has the one value, where it is there.
  private static func only(_ key: String, _ value: String) -> JSONValue {
    .object([("properties", .object([(key, .object([("const", .string(value))]))]))])
  }

  private static func when(_ key: String, is value: String, then: JSONValue) -> JSONValue {
    .object([
      (
        "if",
        .object([
          ("properties", .object([(key, .object([("const", .string(value))]))])), ("required", texts([key])),
        ])
      ),
      ("then", then),
    ])
  }
}
