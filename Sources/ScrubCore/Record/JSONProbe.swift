/// Tells which of some members an event in JSON has: how one destination's shape is told from another's.
package struct JSONProbe: Sendable {
  private let table: JSONKeyTable

  /// - Parameter paths: the members to look for, such as `properties.$partner_id`.
  package init(_ paths: [String]) {
    table = JSONKeyTable(paths: [""] + paths, nameSlots: [], eventNames: [])
  }

  /// By path: whether the object at the start of a text has it; nothing for a text that is none.
  package func members(of text: borrowing RawSpan) -> [Bool]? {
    var found = JSONLine()
    var scanner = JSONScanner(table, isDocument: true)
    guard (try? scanner.scan(text, from: 0, into: &found)) != nil else { return nil }
    var present = [Bool](repeating: false, count: table.slotCount - 1)
    for span in found.spans where span.slot > 0 { present[Int(span.slot) - 1] = true }
    return present
  }
}
