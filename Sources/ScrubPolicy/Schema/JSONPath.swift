/// Where a value stands in an event, as glossaries write it: dots between the levels, and `[]` behind a list, of which the
/// first item counts, as in `events[].data.event_name`.
package struct JSONPath: Sendable {
  private let steps: [(name: String, isList: Bool)]

  package init(_ text: String) {
    steps = text.split(separator: ".").map { step in
      let isList = step.hasSuffix("[]")
      return (String(isList ? step.dropLast(2) : step), isList)
    }
  }

  fileprivate func value(in event: JSONValue) -> JSONValue? {
    var value = event
    for (name, isList) in steps {
      guard let member = value[name] else { return nil }
      if isList {
        guard let first = member.items?.first else { return nil }
        value = first
      } else {
        value = member
      }
    }
    return value
  }
}

extension JSONValue {
  package func value(at path: JSONPath) -> JSONValue? { path.value(in: self) }

  /// The text at a path, out of the member `string` that Avro's JSON encoding has around one of a union.
  package func text(at path: JSONPath) -> String? {
    let value = path.value(in: self)
    return value?.text ?? value?["string"]?.text
  }
}
