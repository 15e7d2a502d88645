import ScrubCore

/// A schema of random types, and values of it, made without any code under test.
struct RandomSchema {
  private(set) var nodes: [AvroProgram.Node] = []
  private(set) var fields: [Int] = []

  init(_ dice: inout Dice) {
    for _ in 0..<(1 + dice.roll(8)) { fields.append(type(&dice, depth: 0)) }
  }

  var program: AvroProgram { AvroProgram(nodes: nodes, fields: fields) }

  private mutating func add(_ node: AvroProgram.Node) -> Int {
    nodes.append(node)
    return nodes.count - 1
  }

  private mutating func type(_ dice: inout Dice, depth: Int) -> Int {
    switch dice.roll(depth < 3 ? 13 : 6) {
    case 0: return add(.null)
    case 1: return add(.int)
    case 2: return add(.long)
    case 3: return add(.enumeration(symbols: 1 + dice.roll(5)))
    case 4: return add(.fixed(dice.roll(20)))
    case 5, 6: return add(.text)
    case 7: return add(.array(item: type(&dice, depth: depth + 1)))
    case 8: return add(.map(value: type(&dice, depth: depth + 1)))
    case 9: return add(.record((0..<dice.roll(4)).map { _ in type(&dice, depth: depth + 1) }))
    case 10: return list(&dice, depth: depth)
    case 11: return add(.union([add(.null), add(.text)].shuffled(using: &dice)))
    default: return add(.union((0..<(1 + dice.roll(3))).map { _ in branch(&dice, depth: depth + 1) }))
    }
  }

  /// A union holds no union of its own.
  private mutating func branch(_ dice: inout Dice, depth: Int) -> Int {
    while true {
      let index = type(&dice, depth: depth)
      if case .union = nodes[index] { continue }
      return index
    }
  }

  /// A record that holds itself: a linked list.
  private mutating func list(_ dice: inout Dice, depth: Int) -> Int {
    let record = add(.record([]))
    let head = type(&dice, depth: depth + 1)
    nodes[record] = .record([head, add(.union([add(.null), record]))])
    return record
  }

  /// A field of a record: which slot its value has, whether it counts as there, and its bytes.
  struct Value {
    let slot: Int
    let isPresent: Bool
    let bytes: [UInt8]
    /// The text, of a field that holds one.
    var text: [UInt8]?
    /// The union branch in front of the text.
    var branch: [UInt8] = []
  }

  func record(_ dice: inout Dice) -> [Value] {
    var slot = 0
    return fields.map { field in
      defer { slot += AvroProgram.slots(of: nodes[field]) }
      guard case .union(let branches) = nodes[field] else {
        return value(&dice, field, slot: slot, branch: [])
      }
      let branch = dice.roll(branches.count)
      return value(&dice, branches[branch], slot: slot + branch, branch: varint(branch))
    }
  }

  private func value(_ dice: inout Dice, _ node: Int, slot: Int, branch: [UInt8]) -> Value {
    if case .null = nodes[node] { return Value(slot: slot, isPresent: false, bytes: branch) }
    if case .text = nodes[node] {
      let text = self.text(&dice)
      return Value(slot: slot, isPresent: true, bytes: branch + avroText(text), text: text, branch: branch)
    }
    return Value(slot: slot, isPresent: true, bytes: branch + encoded(&dice, node, depth: 0))
  }

  private func text(_ dice: inout Dice) -> [UInt8] {
    dice.roll(8) == 0 ? [] : (0..<dice.roll(60)).map { _ in UInt8(0x21 + dice.roll(94)) }
  }

  private func encoded(_ dice: inout Dice, _ node: Int, depth: Int) -> [UInt8] {
    switch nodes[node] {
    case .null: []
    case .int: varint(Int(Int32(truncatingIfNeeded: dice.next())))
    case .long: varint(Int(truncatingIfNeeded: dice.next() >> UInt64(dice.roll(64))))
    case .enumeration(let symbols): varint(dice.roll(symbols))
    case .fixed(let size): dice.bytes(size)
    case .text: avroText(text(&dice))
    case .array(let item): items(&dice, depth: depth) { dice in encoded(&dice, item, depth: depth + 1) }
    case .map(let value):
      items(&dice, depth: depth) { dice in avroText(text(&dice)) + encoded(&dice, value, depth: depth + 1) }
    case .union(let branches):
      union(&dice, branches, depth: depth)
    case .record(let fields):
      fields.reduce(into: []) { $0 += encoded(&dice, $1, depth: depth + 1) }
    }
  }

  /// Deep down the first branch that is null ends a list.
  private func union(_ dice: inout Dice, _ branches: [Int], depth: Int) -> [UInt8] {
    let null = branches.firstIndex { if case .null = nodes[$0] { true } else { false } }
    let branch = depth > 8 ? null ?? 0 : dice.roll(branches.count)
    return varint(branch) + encoded(&dice, branches[branch], depth: depth + 1)
  }

  /// Blocks of items; a negative count is followed by the block's size in bytes.
  private func items(_ dice: inout Dice, depth: Int, _ item: (inout Dice) -> [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<(depth > 4 ? 0 : dice.roll(3)) {
      let count = 1 + dice.roll(3)
      let block = (0..<count).reduce(into: [UInt8]()) { block, _ in block += item(&dice) }
      bytes += dice.roll(2) == 0 ? varint(count) + block : varint(-count) + varint(block.count) + block
    }
    return bytes + [0]
  }
}

/// What a plan of the tests does to a slot.
enum SlotTreatment: CaseIterable { case keep, redact, hash }

extension RandomSchema {
  /// The type of the values of every slot.
  var slotTypes: [AvroProgram.Node] {
    fields.flatMap { field -> [AvroProgram.Node] in
      if case .union(let branches) = nodes[field] { branches.map { nodes[$0] } } else { [nodes[field]] }
    }
  }

  static let hashing = Hashing(normaliser: .trimmed, format: .token(byteCount: 16), domain: "tests")
  /// Told from every value: no value of these schemas is made of this byte alone.
  static let redaction: [UInt8] = [0xee, 0xee, 0xee]

  /// A plan by slot. The redaction stands for any bytes; Core does not look into it.
  func plan(_ treatments: [SlotTreatment], dropRules: [[Condition]] = []) -> AvroPlan {
    let types = slotTypes
    var branches: [[UInt8]] = []
    for field in fields {
      if case .union(let list) = nodes[field] {
        branches += list.indices.map { varint($0) }
      } else {
        branches.append([])
      }
    }
    let slots = treatments.indices.map { slot in
      let isString = if case .text = types[slot] { true } else { false }
      let treatment: Treatment =
        switch treatments[slot] {
        case .keep: .keep
        case .redact: .redact
        case .hash: .hash(Self.hashing)
        }
      return AvroPlan.Slot(
        treatment: treatment, value: isString ? .string : .other, redaction: Self.redaction, branch: branches[slot])
    }
    return AvroPlan(program: program, slots: slots, dropRules: dropRules)
  }

  /// The bytes that a value becomes: the definition that the pass is held against.
  func expected(_ value: Value, _ treatment: SlotTreatment, _ key: TestKey) -> [UInt8] {
    guard value.isPresent else { return value.bytes }
    // A value without bytes has no other.
    if value.bytes.isEmpty { return [] }
    switch treatment {
    case .keep: return value.bytes
    case .redact: return value.text == [] ? value.bytes : Self.redaction
    case .hash:
      guard let text = value.text else { return Self.redaction }
      if text.isEmpty { return value.bytes }
      // Zeros and dashes alone say nothing; other texts are printable and without blanks.
      if text.allSatisfy({ $0 == 0x30 || $0 == 0x2d }) { return Self.redaction }
      return value.branch + avroText(key.token(String(decoding: text, as: UTF8.self), domain: "tests"))
    }
  }
}
