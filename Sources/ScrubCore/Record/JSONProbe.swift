/// Tells which of some members an object in JSON has: how one destination's shape is told from another's, and what a
/// small document says.
package struct JSONProbe: Sendable {
  private let table: JSONKeyTable

  /// - Parameter paths: the members to look for, such as `properties.$partner_id`.
  package init(_ paths: [String]) {
    table = JSONKeyTable(paths: [""] + paths, nameSlots: [], eventNames: [])
  }

  /// By path: whether the object at the start of a text, blanks aside, has it; nothing for a text that is none.
  package func members(of text: borrowing RawSpan) -> [Bool]? {
    guard let found = scan(text) else { return nil }
    var present = [Bool](repeating: false, count: table.slotCount - 1)
    for span in found.spans where span.slot > 0 { present[Int(span.slot) - 1] = true }
    return present
  }

  /// By path: the member's text, where the object at the start of a text has it and it is one.
  package func texts(of text: borrowing RawSpan) -> [String?]? {
    guard let found = scan(text) else { return nil }
    var texts = [String?](repeating: nil, count: table.slotCount - 1)
    for span in found.spans where span.slot > 0 && span.shape == .string {
      var plain = ByteSink(capacity: 256)
      guard plain.appendUnescaped(text, span.content) else { continue }
      texts[Int(span.slot) - 1] = unsafe plain.withUnsafeBytes { unsafe String(validating: $0, as: UTF8.self) }
    }
    return texts
  }

  private func scan(_ text: borrowing RawSpan) -> JSONLine? {
    var found = JSONLine()
    var scanner = JSONScanner(table, isDocument: true)
    var start = 0
    while start < text.byteCount, [0x20, 0x09, 0x0a, 0x0d].contains(text[start]) { start &+= 1 }
    return (try? scanner.scan(text, from: start, into: &found)) == nil ? nil : found
  }
}
