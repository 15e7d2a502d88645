internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// What one worker counted; values add up.
struct InspectionTally: Sendable {
  /// How events are stored.
  struct Container: Hashable, Codable, Sendable {
    /// `avro`, `ndjson`, or `json` for documents.
    let format: String
    /// The codec of Avro blocks; empty for lines.
    let codec: String
    let compression: StreamCompression?
  }

  /// Files with the events in them.
  struct Share: Codable, Sendable {
    var files = 0
    var events = 0
    /// Stored.
    var bytes = 0

    static func += (left: inout Share, right: Share) {
      left.files += right.files
      left.events += right.events
      left.bytes += right.bytes
    }
  }

  /// Marks that a scrub left in a file's metadata.
  struct ScrubMark: Hashable, Codable, Sendable {
    let policy: String
    let plan: String
    let keys: String
  }

  /// One Avro schema of one event type.
  struct Avro: Sendable {
    let event: String
    let destination: Destination
    let schema: AvroSchema
    let text: [UInt8]
    var files: Int
    var events: Int
    var bytes: Int
    var times: TimeRange
    /// By slot.
    var present: [Int]
    /// By slot and kind.
    var found: [Int]
    var members: MemberLedger
  }

  /// The lines of one destination.
  struct Lines: Sendable {
    let destination: Destination
    let paths: [String]
    /// By row.
    let events: [String]
    let rows: [JSONInspection.Row]
    /// By row and slot.
    let present: [Int]
    let types: [MemberTypes]
    /// By row, slot and kind.
    let found: [Int]
    let members: MemberLedger
  }

  var containers: [Container: Share] = [:]
  /// By name of a path segment, then by its value.
  var partitions: [String: [String: Share]] = [:]
  var scrubbed: [ScrubMark: Int] = [:]
  var avro: [Avro] = []
  var lines: [Lines] = []

  /// Values of one kind of path segment that are kept; hours of ten years are fewer.
  private static let partitionLimit = 100_000

  mutating func note(_ file: ArchiveFile, _ container: Container, events: Int) {
    let share = Share(files: 1, events: events, bytes: file.size)
    containers[container, default: Share()] += share
    for segment in ArchivePath.segments(of: file.relative) { add(segment.name, segment.value, share) }
  }

  mutating func note(_ header: AvroHeader) {
    guard header["currents-scrub.plan"] != nil else { return }
    func text(_ key: String) -> String { header[key].map { String(decoding: $0, as: UTF8.self) } ?? "" }
    scrubbed[
      ScrubMark(
        policy: text("currents-scrub.policy"), plan: text("currents-scrub.plan"), keys: text("currents-scrub.keys")),
      default: 0] += 1
  }

  private mutating func add(_ name: String, _ value: String, _ share: Share) {
    if partitions[name]?[value] == nil && (partitions[name]?.count ?? 0) >= Self.partitionLimit { return }
    partitions[name, default: [:]][value, default: Share()] += share
  }

  static func += (left: inout InspectionTally, right: InspectionTally) {
    for (container, share) in right.containers { left.containers[container, default: Share()] += share }
    for (name, values) in right.partitions { for (value, share) in values { left.add(name, value, share) } }
    left.scrubbed.merge(right.scrubbed, uniquingKeysWith: +)
    left.avro += right.avro
    left.lines += right.lines
  }
}

/// What the segments of a path say, in both known layouts.
enum ArchivePath {
  /// The named segments: `date=2026-05-01-10` is `date`; of those without a name the two behind the date, which are
  /// schema id and zone in older layouts, environment in newer ones, and the parts of `dataexport.prod-01.S3...`.
  static func segments(of path: String) -> [(name: String, value: String)] {
    var result: [(name: String, value: String)] = []
    var previous = ""
    for segment in path.split(separator: "/").dropLast() {
      var name = ""
      var value = String(segment)
      if let equals = segment.firstIndex(of: "=") {
        name = segment[..<equals].lowercased()
        value = String(segment[segment.index(after: equals)...])
      } else if previous == "date" {
        name = "schema-id"
      } else if previous == "schema-id" {
        name = "zone"
      } else if previous == "version" {
        name = "environment"
      } else if segment.hasPrefix("dataexport.") {
        result += connector(segment)
        previous = ""
        continue
      }
      previous = name
      // The event type stands with the events themselves.
      if !name.isEmpty && name != "event_type" && isTellable(name) && isTellable(value) { result.append((name, value)) }
    }
    return result
  }

  /// `dataexport.<cluster>.<type>.integration.<id>`; the oldest ones have no cluster.
  private static func connector(_ segment: Substring) -> [(name: String, value: String)] {
    let parts = segment.split(separator: ".").map(String.init)
    guard let integration = parts.firstIndex(of: "integration"), integration >= 2, integration + 1 < parts.count else {
      return []
    }
    var result = [("connector", parts[integration - 1]), ("integration", parts[integration + 1])]
    if integration >= 3 { result.append(("cluster", parts[1])) }
    return result
  }

  private static func isTellable(_ text: String) -> Bool { (1...64).contains(text.utf8.count) }
}
