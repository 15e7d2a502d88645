internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// What an inspection counted, as one machine tells it to another.
struct TallyText: Codable, Sendable {
  var containers: [Container] = []
  var partitions: [String: [String: InspectionTally.Share]] = [:]
  var scrubbed: [Mark] = []
  var avro: [Avro] = []
  var lines: [Lines] = []

  struct Container: Codable, Sendable {
    let container: InspectionTally.Container
    let share: InspectionTally.Share
  }

  struct Mark: Codable, Sendable {
    let mark: InspectionTally.ScrubMark
    let files: Int
  }

  struct Avro: Codable, Sendable {
    let event: String
    let destination: Destination
    let text: [UInt8]
    let files: Int
    let events: Int
    let bytes: Int
    let times: TimeRange
    let present: [Int]
    let found: SparseCounts
    let members: MemberLedger
  }

  struct Lines: Codable, Sendable {
    let destination: Destination
    let events: [String]
    let rows: [JSONInspection.Row]
    let present: SparseCounts
    let types: SparseCounts
    let found: SparseCounts
    let members: MemberLedger
  }

  init(_ tally: InspectionTally) {
    containers = tally.containers.map { Container(container: $0, share: $1) }
    partitions = tally.partitions
    scrubbed = tally.scrubbed.map { Mark(mark: $0, files: $1) }
    avro = tally.avro.map { one in
      Avro(
        event: one.event, destination: one.destination, text: one.text, files: one.files, events: one.events, bytes: one.bytes,
        times: one.times, present: one.present, found: SparseCounts(one.found), members: one.members)
    }
    lines = tally.lines.map { one in
      Lines(
        destination: one.destination, events: one.events, rows: one.rows, present: SparseCounts(one.present),
        types: SparseCounts(one.types.map { Int($0.rawValue) }), found: SparseCounts(one.found), members: one.members)
    }
  }

  /// - Throws: `Failure`, `parts.damaged` for what no inspection under this catalog counts.
  func tally(_ context: InspectContext) throws(Failure) -> InspectionTally {
    var tally = InspectionTally()
    for one in containers { tally.containers[one.container] = one.share }
    tally.partitions = partitions
    for one in scrubbed { tally.scrubbed[one.mark] = one.files }
    for one in avro { tally.avro.append(try avro(one)) }
    for one in lines { tally.lines.append(try lines(one, paths: context.paths(one.destination).paths)) }
    return tally
  }

  private func avro(_ one: Avro) throws(Failure) -> InspectionTally.Avro {
    let schema: AvroSchema
    do throws(AvroSchema.Problem) { schema = try AvroSchema(one.text) } catch { throw Failure(.partDamaged, place: "a schema") }
    let found = try one.found.counts(one.present.count * ContentKinds.count)
    return InspectionTally.Avro(
      event: one.event, destination: one.destination, schema: schema, text: one.text, files: one.files, events: one.events,
      bytes: one.bytes, times: one.times, present: one.present, found: found, members: one.members)
  }

  private func lines(_ one: Lines, paths: [String]) throws(Failure) -> InspectionTally.Lines {
    guard one.events.count == one.rows.count, one.members.entries.allSatisfy({ one.events.indices.contains($0.row) }) else {
      throw Failure(.partDamaged, place: "events")
    }
    let count = one.rows.count * paths.count
    return InspectionTally.Lines(
      destination: one.destination, paths: paths, events: one.events, rows: one.rows, present: try one.present.counts(count),
      types: try one.types.counts(count).map { MemberTypes(rawValue: UInt8(truncatingIfNeeded: $0)) },
      found: try one.found.counts(count * ContentKinds.count), members: one.members)
  }
}

/// Counts most of which are none.
struct SparseCounts: Codable, Sendable {
  private let count: Int
  private let places: [Int]
  private let values: [Int]

  init(_ counts: [Int]) {
    count = counts.count
    places = counts.indices.filter { counts[$0] != 0 }
    values = places.map { counts[$0] }
  }

  /// - Parameter count: how many there must be.
  func counts(_ count: Int) throws(Failure) -> [Int] {
    guard count == self.count, places.count == values.count, places.allSatisfy({ (0..<count).contains($0) }) else {
      throw Failure(.partDamaged, place: "counts")
    }
    var counts = Array(repeating: 0, count: count)
    for (place, value) in zip(places, values) { counts[place] = value }
    return counts
  }
}
