internal import ScrubPolicy

/// Writes the events of one type as JSON, one a line: flat for storage, nested as the partners get them.
struct SampleLines {
  private enum Step {
    case open([UInt8])
    case close([UInt8])
    case member(key: [UInt8], SampleField)
  }

  private let steps: [Step]
  private let isStorage: Bool

  init(_ type: SampleEventType) {
    isStorage = type.shape.destination == .storage
    let tree = Node()
    for field in type.fields {
      tree.insert(field, at: field.path.split(separator: ".").map(String.init)[...])
    }
    for path in Self.emptyObjects(of: type.shape.destination) { tree.insertObject(at: path[...]) }
    steps = [.open(Array("{".utf8))] + Self.steps(of: tree) + [.close(Array("}".utf8))]
  }

  /// Objects that a partner gets even where nothing is in them.
  private static func emptyObjects(of destination: Destination) -> [[String]] {
    switch destination {
    case .segment: [["context", "traits"], ["context", "device"]]
    case .mparticle: [["device_info"], ["user_attributes"]]
    case .storage, .amplitude, .mixpanel: []
    }
  }

  /// A class because a tree grows at its leaves; it lives while the steps are made.
  private final class Node {
    var children: [(name: String, node: Node)] = []
    var field: SampleField?

    func insert(_ field: SampleField, at path: ArraySlice<String>) {
      guard let name = path.first else {
        self.field = field
        return
      }
      child(name).insert(field, at: path.dropFirst())
    }

    func insertObject(at path: ArraySlice<String>) {
      if let name = path.first { child(name).insertObject(at: path.dropFirst()) }
    }

    private func child(_ name: String) -> Node {
      if let known = children.first(where: { $0.name == name }) { return known.node }
      let node = Node()
      children.append((name, node))
      return node
    }
  }

  private static func steps(of node: Node) -> [Step] {
    node.children.flatMap { name, child in
      let isList = name.hasSuffix("[]")
      var key = SampleText()
      key.add(quoted: isList ? String(name.dropLast(2)) : name)
      key.add(":")
      if let field = child.field { return [Step.member(key: key.bytes, field)] }
      key.add(isList ? "[{" : "{")
      return [.open(key.bytes)] + steps(of: child) + [.close(Array((isList ? "}]" : "}").utf8))]
    }
  }
}

extension SampleLines {
  /// Adds the event and the end of its line.
  ///
  /// Storage has every member, null or not. Of a partner's members most are left out where they have no value;
  /// one line in eight has the nulls. A line in four is spelled with all the escapes that JSON allows.
  func append(_ draft: inout SampleDraft, to text: inout SampleText) {
    let showsNulls = isStorage || draft.random.below(8) == 0
    let isWary = draft.random.below(4) == 0
    var isFirst = true
    for step in steps {
      switch step {
      case .open(let bytes):
        if !isFirst { text.add(UInt8(ascii: ",")) }
        text.bytes.append(contentsOf: bytes)
        isFirst = true
      case .close(let bytes):
        text.bytes.append(contentsOf: bytes)
        isFirst = false
      case .member(let key, let field):
        let value = field.recipe.value(in: &draft, isRequired: field.isRequired)
        guard showsNulls || value.isPresent else { continue }
        if !isFirst { text.add(UInt8(ascii: ",")) }
        text.bytes.append(contentsOf: key)
        Self.append(value, of: draft, to: &text, wary: isWary)
        isFirst = false
      }
    }
    text.add(UInt8(ascii: "\n"))
  }

  private static func append(
    _ value: SampleValue, of draft: borrowing SampleDraft, to text: inout SampleText, wary: Bool
  ) {
    switch value {
    case .null: text.add("null")
    case .text: text.add(quoted: draft.text.bytes, wary: wary)
    case .whole(let number): text.add(decimal: number)
    case .real(let number): text.add(number.description)
    case .flag(let flag): text.add(flag ? "true" : "false")
    case .list:
      text.add(UInt8(ascii: "["))
      for (index, item) in draft.list.enumerated() {
        if index > 0 { text.add(UInt8(ascii: ",")) }
        if let item { text.add(quoted: item, wary: wary) } else { text.add("null") }
      }
      text.add(UInt8(ascii: "]"))
    }
  }
}
