/// How the records of one schema are walked: a flat list of steps, one for each field of the record.
package struct AvroProgram: Sendable {
  /// One type of the schema. Types refer to each other by index, so a schema may be recursive.
  package enum Node: Sendable {
    case null
    case int, long
    case enumeration(symbols: Int)
    case fixed(Int)
    case text
    case array(item: Int)
    case map(value: Int)
    case union([Int])
    case record([Int])
  }

  /// A field of the top record.
  struct Step: Sendable {
    enum Form: UInt8, Sendable { case text, optionalText, other }
    let form: Form
    /// The branch of `null` in an optional text: 0 or 1.
    let nullBranch: UInt8
    /// The slot of the value; in a union of several the slot of its first branch.
    let slot: Int32
    /// The type of the value, for forms other than text.
    let node: Int32
  }

  /// Fields without bytes are left out of records: walking them would cost time and no input.
  package let nodes: [Node]
  /// Of the fields that take bytes.
  let steps: [Step]
  /// Of the fields that take none, and are not null.
  let emptySlots: [Int]
  /// By node: whether a value of the type takes no bytes at all.
  let isEmptyNode: [Bool]
  /// Whether a record takes any bytes.
  let takesBytes: Bool
  /// The number of slots: each field has one, or one for each branch of its union.
  package let slotCount: Int
  /// By slot: the index of the type of its values.
  let slotNodes: [Int]

  /// - Parameters:
  ///   - nodes: every type of the schema.
  ///   - fields: for each field of the record, in order, the index of its type.
  package init(nodes: [Node], fields: [Int]) {
    let isEmptyNode = Self.emptyNodes(nodes)
    self.isEmptyNode = isEmptyNode
    takesBytes = !fields.allSatisfy { isEmptyNode[$0] }
    var steps: [Step] = []
    var emptySlots: [Int] = []
    var slotNodes: [Int] = []
    for field in fields {
      let slot = slotNodes.count
      if case .union(let branches) = nodes[field] { slotNodes += branches } else { slotNodes.append(field) }
      if !isEmptyNode[field] {
        steps.append(Self.step(nodes, field, slot: slot))
      } else if !Self.isNull(nodes[field]) {
        emptySlots.append(slot)
      }
    }
    self.nodes = nodes.map { node in
      if case .record(let fields) = node { .record(fields.filter { !isEmptyNode[$0] }) } else { node }
    }
    self.steps = steps
    self.emptySlots = emptySlots
    self.slotNodes = slotNodes
    slotCount = slotNodes.count
  }

  private static func isNull(_ node: Node) -> Bool { if case .null = node { true } else { false } }

  /// The type of the values of a slot.
  func valueNode(ofSlot slot: Int) -> Node { nodes[slotNodes[slot]] }

  /// The number of slots that a field of this type takes.
  package static func slots(of node: Node) -> Int {
    if case .union(let branches) = node { branches.count } else { 1 }
  }

  private static func step(_ nodes: [Node], _ field: Int, slot: Int) -> Step {
    func isText(_ node: Int) -> Bool { if case .text = nodes[node] { true } else { false } }
    if isText(field) { return Step(form: .text, nullBranch: 0, slot: Int32(slot), node: Int32(field)) }
    if case .union(let branches) = nodes[field], branches.count == 2 {
      for null in 0...1 where isNull(nodes[branches[null]]) && isText(branches[1 - null]) {
        return Step(form: .optionalText, nullBranch: UInt8(null), slot: Int32(slot), node: Int32(field))
      }
    }
    return Step(form: .other, nullBranch: 0, slot: Int32(slot), node: Int32(field))
  }

  /// The least fixed point of "takes no bytes": null, empty fixed, records of such.
  private static func emptyNodes(_ nodes: [Node]) -> [Bool] {
    var empty = [Bool](repeating: false, count: nodes.count)
    var changed = true
    while changed {
      changed = false
      for (index, node) in nodes.enumerated() where !empty[index] {
        let isEmpty =
          switch node {
          case .null: true
          case .fixed(let size): size == 0
          case .record(let fields): fields.allSatisfy { empty[$0] }
          default: false
          }
        if isEmpty { (empty[index], changed) = (true, true) }
      }
    }
    return empty
  }
}

/// A value in a record: what a replacement takes over, and the value itself.
package struct FieldSpan: Sendable {
  package let slot: Int
  /// From the union branch and the length to the end of the value.
  package let outer: Range<Int>
  /// The bytes of the value.
  package let inner: Range<Int>
}
