/// Events whose members stand in objects, each a group: Braze's HTTP connector puts those about the person into `user`, the
/// others into `properties`.
extension JSONKeyTable {
  /// The node of the members of an object at the top of an event, if the event groups its members there; else -1.
  func group(_ bytes: borrowing RawSpan, _ name: Range<Int>) -> Int {
    guard grouped >= 0 else { return -1 }
    let entry = find(bytes, name, in: grouped)
    return entry < 0 ? -1 : Int(entries[entry].child)
  }

  /// Whether the event at a place groups its members, each group an object, as Braze's HTTP connector does: nothing else
  /// at its top is known of events that do not.
  func isGrouped(_ bytes: borrowing RawSpan, from start: Int, _ grammar: JSONGrammar) -> Bool {
    var position = start &+ 1
    var groups: UInt64 = 0
    do throws(RecordError) {
      if try grammar.blanks(bytes, &position) == UInt8(ascii: "}") { return false }
      while true {
        let nameStart = position &+ 1
        guard bytes.byteOrZero(at: position) == UInt8(ascii: "\"") else { return false }
        _ = try grammar.string(bytes, &position)
        let name = nameStart..<(position &- 1)
        try grammar.colon(bytes, &position)
        let first = try grammar.blanks(bytes, &position)
        let entry = find(bytes, name, in: grouped)
        if entry < 0 && find(bytes, name, in: 0) >= 0 { return false }
        if entry >= 0 && entries[entry].child >= 0 {
          guard first == UInt8(ascii: "{") else { return false }
          groups |= groupBit(entry)
        }
        var isEscaped = false
        _ = try grammar.value(bytes, &position, first: first, isEscaped: &isEscaped, depth: 1)
        let separator = try grammar.blanks(bytes, &position)
        position &+= 1
        if separator == UInt8(ascii: "}") { break }
        guard separator == UInt8(ascii: ",") else { return false }
        try grammar.blanks(bytes, &position)
      }
    } catch { return false }
    return groups == groupBits
  }

  private func groupBit(_ entry: Int) -> UInt64 { 1 << UInt64(entry &- nodes[grouped].start) }

  private var groupBits: UInt64 {
    let place = nodes[grouped]
    var bits: UInt64 = 0
    for entry in place.start...(place.start &+ place.mask) where entries[entry].child >= 0 { bits |= groupBit(entry) }
    return bits
  }
}
