internal import ScrubArchive
internal import ScrubPolicy

/// Events for spreadsheets: a CSV file (RFC 4180) for each event type, with a byte order mark, by which programs know
/// that it is UTF-8.
struct EventSheets {
  /// A file and its columns.
  struct Sheet {
    let name: String
    /// Whether it holds events of several types, and so a column that tells which.
    let hasTypes: Bool
    /// Columns by their fields.
    let columns: [String: Int]
    let heads: [String]
    /// Whether the last column is for fields that have none of their own.
    let hasRest: Bool
  }

  /// Event types and fields that no catalog knows come from the archive, so their number is bounded: of so many, each
  /// has a file or a column of its own.
  static let unknownLimit = 100

  private(set) var sheets: [Sheet] = []
  private(set) var sheetOfType: [String: Int] = [:]

  // MARK: planning

  init(_ tally: AccessTally, _ catalog: Catalog) {
    var names: Set<String> = []
    let types = tally.types.keys.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    let known = types.filter { catalog.eventType(named: $0) == $0 }
    let unknown = types.filter { catalog.eventType(named: $0) != $0 }
    for type in known + unknown.prefix(Self.unknownLimit) {
      let name = Self.fileName(type, isKnown: catalog.eventType(named: type) == type, besides: &names)
      add(name, [type], tally, catalog)
    }
    let rest = Array(unknown.dropFirst(Self.unknownLimit))
    if !rest.isEmpty { add("others.csv", rest, tally, catalog) }
  }

  private mutating func add(_ name: String, _ types: [String], _ tally: AccessTally, _ catalog: Catalog) {
    let fields = types.reduce(into: Set<String>()) { $0.formUnion(tally.types[$1]?.fields.keys.map { $0 } ?? []) }
      // Stands in the first column.
      .subtracting(["time"])
    let known = fields.compactMap { catalog.index(ofField: $0) }.sorted().map { catalog.fields[$0].name }
    let unknown = fields.filter { catalog.index(ofField: $0) == nil }
      .sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    let shown = known + unknown.prefix(Self.unknownLimit)
    let first = types.count > 1 ? ["time", "file", "event type"] : ["time", "file"]
    var heads = first + shown
    for index in heads.indices.dropFirst(first.count) where first.contains(heads[index]) { heads[index] += " (field)" }
    let hasRest = unknown.count > Self.unknownLimit
    let columns = Dictionary(uniqueKeysWithValues: zip(shown, first.count...))
    for type in types { sheetOfType[type] = sheets.count }
    sheets.append(
      Sheet(
        name: "events/\(name)", hasTypes: types.count > 1, columns: columns, heads: heads + (hasRest ? ["other fields"] : []),
        hasRest: hasRest))
  }

  /// A name that every file system takes, and no other file of the package has.
  static func fileName(_ type: String, isKnown: Bool, besides names: inout Set<String>) -> String {
    let plain = type.utf8.prefix(80).map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "."), UInt8(ascii: "-"): byte
      default: UInt8(ascii: "_")
      }
    }
    let base = (isKnown ? "" : "other-") + String(decoding: plain, as: UTF8.self)
    var name = base
    var number = 1
    while !names.insert(name.lowercased()).inserted {
      number += 1
      name = "\(base)-\(number)"
    }
    return name + ".csv"
  }

  // MARK: writing

  func write(_ events: AccessEvents, to folder: inout PackageFolder) throws(Failure) {
    try folder.makeFolder("events")
    var files: [OpenSheet] = []
    for sheet in sheets { files.append(try OpenSheet(sheet, in: folder)) }
    var failure: Failure?
    events.forEach { event in
      guard failure == nil, let index = sheetOfType[event.eventType] else { return }
      do throws(Failure) { try files[index].write(event) } catch { failure = error }
    }
    if let failure { throw failure }
    for file in files { try file.end(in: &folder) }
  }
}

/// A sheet that is being written. A class, since an array cannot hold a file that is closed once.
private final class OpenSheet {
  private let sheet: EventSheets.Sheet
  private var file: StagedFile

  init(_ sheet: EventSheets.Sheet, in folder: PackageFolder) throws(Failure) {
    self.sheet = sheet
    file = try folder.start(sheet.name)
    try file.write([0xef, 0xbb, 0xbf] + CSVCell.row(sheet.heads))
  }

  func write(_ event: AccessEvent) throws(Failure) {
    var cells = [String](repeating: "", count: sheet.heads.count)
    cells[0] = event.time.map(Moment.iso) ?? event.values.first { $0.field == "time" }?.text ?? ""
    cells[1] = event.source.file
    if sheet.hasTypes { cells[2] = event.eventType }
    for value in event.values where value.field != "time" {
      if let column = sheet.columns[value.field] {
        cells[column] += cells[column].isEmpty ? value.text : "\n" + value.text
      } else if sheet.hasRest {
        cells[cells.count - 1] += (cells[cells.count - 1].isEmpty ? "" : "\n") + value.field + ": " + value.text
      }
    }
    try file.write(CSVCell.row(cells))
  }

  func end(in folder: inout PackageFolder) throws(Failure) { try folder.end(&file, sheet.name) }
}

/// A cell of a CSV file. What a spreadsheet would take for a formula gets an apostrophe in front.
enum CSVCell {
  static func row(_ cells: [String]) -> [UInt8] {
    var row: [UInt8] = []
    for (index, cell) in cells.enumerated() {
      if index > 0 { row.append(UInt8(ascii: ",")) }
      append(cell, to: &row)
    }
    return row + [0x0d, 0x0a]
  }

  private static func append(_ text: String, to row: inout [UInt8]) {
    let bytes = text.utf8
    let marks = startsFormula(text) ? [UInt8(ascii: "'")] : []
    guard bytes.contains(where: { $0 == 0x22 || $0 == 0x2c || $0 == 0x0d || $0 == 0x0a || $0 == 0x09 }) else {
      row += marks + bytes
      return
    }
    row.append(0x22)
    row += marks
    for byte in bytes {
      if byte == 0x22 { row.append(0x22) }
      row.append(byte)
    }
    row.append(0x22)
  }

  /// Source: OWASP, "CSV Injection". A negative number is a number; a phone number with its plus would become one, and
  /// so is marked as well.
  private static func startsFormula(_ text: String) -> Bool {
    // Signs of full width are taken for signs in some countries, and blanks in front are passed over by some programs.
    let shown = text.unicodeScalars.drop { $0 == " " || unseen.contains($0) }
    switch shown.first {
    case "=", "+", "@", "\t", "\r", "\n", "\u{ff1d}", "\u{ff0b}", "\u{ff20}", "\u{ff0d}": return true
    case "-": return !isNumber(String.UnicodeScalarView(shown.dropFirst()).description.utf8[...])
    default: return false
    }
  }

  private static let unseen: Set<Unicode.Scalar> = ["\u{a0}", "\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}"]

  /// Digits with at most one point and one exponent.
  private static func isNumber(_ text: Substring.UTF8View) -> Bool {
    let digits = { (part: Substring.UTF8View.SubSequence) in !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) } }
    let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 | 0x20 == UInt8(ascii: "e") }
    guard let mantissa = parts.first else { return false }
    let halves = mantissa.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard halves.count <= 2, halves.allSatisfy(digits) else { return false }
    guard parts.count == 2 else { return true }
    let sign = parts[1].first.map { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") } ?? false
    return digits(sign ? parts[1].dropFirst() : parts[1])
  }
}
