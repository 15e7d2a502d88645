/// The JSON types that a member's values had.
package struct MemberTypes: OptionSet, Hashable, Codable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let string = MemberTypes(rawValue: 1)
  /// A whole number of 32 bits.
  package static let int = MemberTypes(rawValue: 2)
  /// A whole number of more.
  package static let long = MemberTypes(rawValue: 4)
  package static let float = MemberTypes(rawValue: 8)
  package static let boolean = MemberTypes(rawValue: 16)
  package static let null = MemberTypes(rawValue: 32)
  package static let array = MemberTypes(rawValue: 64)
  package static let object = MemberTypes(rawValue: 128)

  /// By bit: the name in reports.
  package static let names = ["string", "int", "long", "float", "boolean", "null", "array", "object"]

  init(_ shape: JSONSpan.Shape, _ bytes: borrowing RawSpan, _ range: Range<Int>) {
    switch shape {
    case .string: self = .string
    case .boolean: self = .boolean
    case .null: self = .null
    case .array: self = .array
    case .object: self = .object
    case .number: self = Self.number(bytes, range)
    }
  }

  private static func number(_ bytes: borrowing RawSpan, _ range: Range<Int>) -> MemberTypes {
    var number: UInt64 = 0
    var digits = 0
    for index in range {
      let byte = bytes[index]
      if byte == UInt8(ascii: "-") { continue }
      guard byte &- 0x30 < 10 else { return .float }
      digits += 1
      if digits <= 18 { number = number * 10 + UInt64(byte &- 0x30) }
    }
    return digits <= 18 && number <= UInt64(Int32.max) ? .int : .long
  }
}

/// Paths of members that no table knows, each with its counts: a table of fixed size over one run of bytes, so that
/// a path that was seen before costs a hash and a comparison.
package struct MemberLedger: Sendable {
  /// One path in one row.
  package struct Entry: Sendable {
    fileprivate var hash: UInt64 = 0
    fileprivate var start = 0
    fileprivate var count = 0
    fileprivate var lastFile = 0
    /// The event's row in the pass.
    package fileprivate(set) var row = 0
    /// Values that are not null.
    package fileprivate(set) var values = 0
    /// Files in which the path was seen.
    package fileprivate(set) var files = 0
    package fileprivate(set) var types: MemberTypes = []
    /// By kind of content: the values that hold it.
    package fileprivate(set) var found = [6 of Int](repeating: 0)
  }

  /// Distinct paths that are kept; of all others only the number of values is.
  package static let limit = 10_000
  /// What stands for names that may be personal themselves.
  package static let withheld = "(names withheld)"

  package private(set) var entries: [Entry] = []
  /// Members beyond the limit.
  package private(set) var overflow = 0
  private var paths: [UInt8] = []
  /// Places in `entries`, or -1.
  private var places = [Int32](repeating: -1, count: 64)

  package init() {}

  /// The path of an entry.
  package func path(of entry: Entry) -> String {
    String(decoding: paths[entry.start..<(entry.start + entry.count)], as: UTF8.self)
  }

  /// Counts a value at a path.
  ///
  /// - Returns: the entry, or -1 where there is no room for another path.
  mutating func note(_ path: borrowing RawSpan, row: Int, file: Int, types: MemberTypes) -> Int {
    let index = entry(of: path, row: row)
    guard index >= 0 else {
      overflow += 1
      return -1
    }
    entries[index].types.formUnion(types)
    if types != .null { entries[index].values += 1 }
    if entries[index].lastFile != file {
      entries[index].lastFile = file
      entries[index].files += 1
    }
    return index
  }

  /// The entry of a path, made if there is none; -1 where there is no room for it.
  private mutating func entry(of path: borrowing RawSpan, row: Int) -> Int {
    let hash = Self.hash(path, row)
    var place = Int(truncatingIfNeeded: hash) & (places.count &- 1)
    while places[place] >= 0 {
      let index = Int(places[place])
      if entries[index].hash == hash && entries[index].row == row && isPath(path, of: entries[index]) { return index }
      place = (place &+ 1) & (places.count &- 1)
    }
    guard entries.count < Self.limit else { return -1 }
    places[place] = Int32(entries.count)
    var entry = Entry()
    entry.hash = hash
    entry.start = paths.count
    entry.count = path.byteCount
    entry.row = row
    for index in 0..<path.byteCount { paths.append(path[index]) }
    entries.append(entry)
    if entries.count * 2 > places.count { grow() }
    return entries.count - 1
  }

  /// Counts what the value of an entry holds.
  mutating func note(_ kinds: ContentKinds, of index: Int) {
    guard !kinds.isEmpty, index >= 0 else { return }
    for kind in 0..<ContentKinds.count where kinds.rawValue & (1 << UInt8(kind)) != 0 {
      entries[index].found[kind] += 1
    }
  }

  private func isPath(_ path: borrowing RawSpan, of entry: Entry) -> Bool {
    guard path.byteCount == entry.count else { return false }
    for index in 0..<path.byteCount where paths[entry.start &+ index] != path[index] { return false }
    return true
  }

  private mutating func grow() {
    places = Array(repeating: -1, count: places.count * 2)
    for (index, entry) in entries.enumerated() {
      var place = Int(truncatingIfNeeded: entry.hash) & (places.count - 1)
      while places[place] >= 0 { place = (place + 1) & (places.count - 1) }
      places[place] = Int32(index)
    }
  }

  /// FNV-1a with the finaliser of SplitMix64. Who writes names that collide makes at most `limit` comparisons of
  /// hashes a member.
  private static func hash(_ path: borrowing RawSpan, _ row: Int) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(truncatingIfNeeded: row) &* 0x9e37_79b9_7f4a_7c15
    for index in 0..<path.byteCount { hash = (hash ^ UInt64(path[index])) &* 0x0000_0100_0000_01b3 }
    hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
    return hash ^ (hash >> 27)
  }
}

extension MemberLedger {
  /// Adds the counts of another worker, whose rows have the same numbers. Files add up: no two workers read one.
  package mutating func add(_ other: MemberLedger) {
    for entry in other.entries {
      let bytes = Array(other.paths[entry.start..<(entry.start + entry.count)])
      let index = self.entry(of: unsafe bytes.span.bytes, row: entry.row)
      guard index >= 0 else {
        overflow += entry.values
        continue
      }
      entries[index].types.formUnion(entry.types)
      entries[index].values += entry.values
      entries[index].files += entry.files
      for kind in 0..<ContentKinds.count { entries[index].found[kind] += entry.found[kind] }
    }
    overflow += other.overflow
  }
}

// Told to another machine; places in the table are made anew.
extension MemberLedger: Codable {
  private struct Told: Codable {
    var entries: [Path] = []
    var overflow = 0

    struct Path: Codable {
      /// Bytes, for names need not be UTF-8.
      let path: [UInt8]
      let row: Int
      let values: Int
      let files: Int
      let types: MemberTypes
      let found: [Int]
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var told = Told(overflow: overflow)
    told.entries = entries.map { entry in
      Told.Path(
        path: Array(paths[entry.start..<(entry.start + entry.count)]), row: entry.row, values: entry.values, files: entry.files,
        types: entry.types, found: ContentKinds.names.indices.map { entry.found[$0] })
    }
    try told.encode(to: encoder)
  }

  package init(from decoder: any Decoder) throws {
    let told = try Told(from: decoder)
    for one in told.entries {
      let index = self.entry(of: unsafe one.path.span.bytes, row: one.row)
      guard index >= 0, one.found.count == ContentKinds.count else {
        throw DecodingError.dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: "no ledger of members"))
      }
      entries[index].types = one.types
      entries[index].values = one.values
      entries[index].files = one.files
      for kind in one.found.indices { entries[index].found[kind] = one.found[kind] }
    }
    overflow = told.overflow
  }
}
