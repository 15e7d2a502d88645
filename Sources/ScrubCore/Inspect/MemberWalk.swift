/// Walks the members of a JSON object by name: the slow way, for lines with members that no table knows, and for
/// objects in texts.
///
/// An object inside is scanned again, down to a fixed depth, so the time stays linear in the length.
struct MemberWalk: ~Copyable {
  /// Levels below which an object is one member, whatever it holds.
  static let depthLimit = 8

  /// Scans with a table of no names: every member's span is noted, with the place of its name.
  private var scanner = JSONScanner(JSONKeyTable(paths: [""], nameSlots: [], eventNames: []), isDocument: true)
  /// By depth.
  private var lines = [JSONLine](repeating: JSONLine(), count: MemberWalk.depthLimit + 1)
  /// Whether the event at hand groups its members.
  private var isGrouped = false
  /// The path at hand.
  private var path = ByteSink(capacity: 256)
  private var decoded = ByteSink(capacity: 512)
  /// Lent to the walk below, and comes back.
  private var unescaped: ByteSink? = ByteSink(capacity: 512)
  private static let withheld = Array(MemberLedger.withheld.utf8)

  /// The event that a member belongs to.
  struct Place {
    /// The row outside of batches.
    let row: Int
    let file: Int
  }

  init() {}

  // MARK: members that no table knows

  /// Notes every member of a line that `table` does not know.
  ///
  /// - Parameters:
  ///   - isGrouped: whether it is an event that groups its members.
  ///   - groups: the events of a batch with their rows; empty for a line of one event.
  mutating func noteUnknown(
    _ bytes: borrowing RawSpan, from start: Int, _ table: JSONKeyTable, isGrouped: Bool, groups: [JSONGroup],
    rows: [Int], _ place: Place, into ledger: inout MemberLedger
  ) {
    path.removeAll()
    self.isGrouped = isGrouped
    scanner.readsWrappers = table.readsWrappers
    known(bytes, start, table, node: 0, groups, rows, place, depth: 0, &ledger)
  }

  /// Members of an object that the table has a node for.
  private mutating func known(
    _ bytes: borrowing RawSpan, _ start: Int, _ table: JSONKeyTable, node: Int, _ groups: [JSONGroup], _ rows: [Int],
    _ place: Place, depth: Int, _ ledger: inout MemberLedger
  ) {
    guard depth < Self.depthLimit, scan(bytes, start, depth) != nil else { return }
    for index in lines[depth].spans.indices {
      let span = lines[depth].spans[index]
      let name = nameRange(bytes, Int(span.memberStart))
      if depth == 0 && isGrouped && span.shape == .object {
        let members = table.group(bytes, name)
        if members >= 0 {
          let length = path.count
          enter(bytes, name)
          known(bytes, Int(span.start), table, node: members, groups, rows, place, depth: 1, &ledger)
          path.removeLast(path.count - length)
          continue
        }
      }
      let isEscaped = bytes.contains(UInt8(ascii: "\\"), in: name)
      let entry = isEscaped ? table.findEscaped(bytes, name, in: node) : table.find(bytes, name, in: node)
      guard entry >= 0 else {
        unknown(bytes, span, name, place, depth: depth, isEmbedded: false, &ledger)
        continue
      }
      let found = table.entries[entry]
      let length = path.count
      if found.child >= 0 && span.shape == (found.isArray ? .array : .object) {
        enter(bytes, name)
        if found.isArray {
          path.append(UInt8(ascii: "["))
          path.append(UInt8(ascii: "]"))
          var group = Self.firstGroup(groups, from: Int(span.start))
          while group < groups.count && groups[group].start < Int(span.end) {
            let inner = Place(row: rows[group], file: place.file)
            known(
              bytes, groups[group].start, table, node: Int(found.child), groups, rows, inner, depth: depth + 1, &ledger)
            group += 1
          }
        } else {
          known(
            bytes, Int(span.start), table, node: Int(found.child), groups, rows, place, depth: depth + 1, &ledger)
        }
        path.removeLast(path.count - length)
      } else if found.slot < 0 {
        unknown(bytes, span, name, place, depth: depth, isEmbedded: false, &ledger)
      }
    }
  }

  // MARK: objects in texts

  /// Notes the members of the JSON object that a text is.
  ///
  /// - Parameter field: the path of the field that holds the text.
  /// - Returns: false for a text that is no JSON object; nothing is noted then.
  mutating func noteEmbedded(
    _ text: borrowing RawSpan, _ range: Range<Int>, field: [UInt8], _ place: Place, into ledger: inout MemberLedger
  ) -> Bool {
    path.removeAll()
    path.append(field)
    scanner.readsWrappers = false
    return embedded(text, range, place, depth: 0, &ledger)
  }

  private mutating func embedded(
    _ text: borrowing RawSpan, _ range: Range<Int>, _ place: Place, depth: Int, _ ledger: inout MemberLedger
  ) -> Bool {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end && text[start] != UInt8(ascii: "{") { start += 1 }
    while end > start && text[end - 1] != UInt8(ascii: "}") { end -= 1 }
    return embedded(text.extracting(start..<end), place, depth: depth, &ledger)
  }

  private mutating func embedded(
    _ object: borrowing RawSpan, _ place: Place, depth: Int, _ ledger: inout MemberLedger
  ) -> Bool {
    guard scan(object, 0, depth) == object.byteCount else { return false }
    let length = path.count
    path.append(UInt8(ascii: "{"))
    path.append(UInt8(ascii: "}"))
    members(object, place, depth: depth, isEmbedded: true, &ledger)
    path.removeLast(path.count - length)
    return true
  }

  /// The first event of a batch at or behind a place; they stand in order.
  private static func firstGroup(_ groups: [JSONGroup], from place: Int) -> Int {
    var (low, high) = (0, groups.count)
    while low < high {
      let middle = (low + high) / 2
      if groups[middle].start < place { low = middle + 1 } else { high = middle }
    }
    return low
  }

  // MARK: members without a table

  /// Notes the members that the scan at `depth` found.
  private mutating func members(
    _ bytes: borrowing RawSpan, _ place: Place, depth: Int, isEmbedded: Bool, _ ledger: inout MemberLedger
  ) {
    for index in lines[depth].spans.indices {
      let span = lines[depth].spans[index]
      let name = nameRange(bytes, Int(span.memberStart))
      unknown(bytes, span, name, place, depth: depth, isEmbedded: isEmbedded, &ledger)
    }
  }

  private mutating func unknown(
    _ bytes: borrowing RawSpan, _ span: JSONSpan, _ name: Range<Int>, _ place: Place, depth: Int, isEmbedded: Bool,
    _ ledger: inout MemberLedger
  ) {
    let types = MemberTypes(span.shape, bytes, span.value)
    // Names are told, so one that may be a value is not; neither is what stands below it.
    if JSONScanner.isOdd(bytes, name) {
      let entry = unsafe ledger.note(Self.withheld.span.bytes, row: place.row, file: place.file, types: types)
      ledger.note(kinds(bytes, span), of: entry)
      return
    }
    let length = path.count
    enter(bytes, name)
    defer { path.removeLast(path.count - length) }
    if span.shape == .object && depth + 1 < Self.depthLimit && scan(bytes, Int(span.start), depth + 1) != nil
      && !lines[depth + 1].spans.isEmpty
    {
      members(bytes, place, depth: depth + 1, isEmbedded: isEmbedded, &ledger)
      return
    }
    let entry = ledger.note(path.bytes, row: place.row, file: place.file, types: types)
    var kinds = kinds(bytes, span)
    if kinds.contains(.json) && !isEmbedded && !embeddedValue(bytes, span, place, depth: depth + 1, &ledger) {
      kinds.remove(.json)
    }
    ledger.note(kinds, of: entry)
  }

  /// Notes the members of the object in a string; one that holds escapes was unescaped by `kinds`.
  private mutating func embeddedValue(
    _ bytes: borrowing RawSpan, _ span: JSONSpan, _ place: Place, depth: Int, _ ledger: inout MemberLedger
  ) -> Bool {
    guard depth < Self.depthLimit else { return false }
    guard span.isEscaped else { return embedded(bytes, span.content, place, depth: depth, &ledger) }
    // The walk below unescapes into `decoded` itself.
    var text = unescaped.take() ?? ByteSink()
    text.removeAll()
    text.append(decoded)
    let isObject = embedded(text.bytes, 0..<text.count, place, depth: depth, &ledger)
    unescaped = consume text
    return isObject
  }

  // MARK: values

  /// What a value seems to hold; arrays and objects are looked at as texts.
  private mutating func kinds(_ bytes: borrowing RawSpan, _ span: JSONSpan) -> ContentKinds {
    switch span.shape {
    case .number, .boolean, .null: return []
    case .array, .object: return ContentLook.kinds(bytes, span.value, wanted: .all.subtracting(.json))
    case .string:
      if span.isEscaped {
        decoded.removeAll()
        if decoded.appendUnescaped(bytes, span.content) {
          return ContentLook.kinds(decoded.bytes, 0..<decoded.count, wanted: .all)
        }
        return ContentLook.kinds(bytes, span.content, wanted: .all.subtracting(.json))
      }
      return ContentLook.kinds(bytes, span.content, wanted: .all)
    }
  }

  private mutating func enter(_ bytes: borrowing RawSpan, _ name: Range<Int>) {
    if path.count > 0 { path.append(UInt8(ascii: ".")) }
    path.append(bytes, name)
  }

  /// Scans an object into the line of a depth, and returns where it ends.
  private mutating func scan(_ bytes: borrowing RawSpan, _ start: Int, _ depth: Int) -> Int? {
    lines[depth].removeAll()
    return try? scanner.scan(bytes, from: start, into: &lines[depth])
  }

  /// The name between its quotes, of which the first is at `start`.
  private func nameRange(_ bytes: borrowing RawSpan, _ start: Int) -> Range<Int> {
    var index = start + 1
    while bytes[index] != UInt8(ascii: "\"") { index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1 }
    return (start + 1)..<index
  }
}
