internal import Glibc
internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// Joins what the workers counted into one result; the same whatever worker read what.
struct InspectionBuilder {
  let context: InspectContext
  let avro: [InspectionTally.Avro]
  private let tally: InspectionTally
  private let listing: Listing
  private let outcomes: [FileOutcome]
  private let isInterrupted: Bool

  init(
    _ context: InspectContext, _ tally: InspectionTally, listing: Listing, outcomes: [FileOutcome], isInterrupted: Bool
  ) {
    self.context = context
    self.tally = tally
    self.listing = listing
    self.outcomes = outcomes
    self.isInterrupted = isInterrupted
    avro = Self.united(tally.avro)
  }

  func result() -> InspectRun.Result {
    var inspection = Inspection()
    inspection.inputs = context.options.inputs
    addFiles(&inspection)
    addEvents(&inspection)
    addPlaces(&inspection)
    inspection.containers = containers()
    inspection.schemas = schemas()
    inspection.scrubbed = tally.scrubbed.map { mark, files in
      Inspection.Scrubbed(policy: mark.policy, plan: mark.plan, keys: mark.keys, files: files)
    }
    .sorted { ($0.policy, $0.plan, $0.keys) < ($1.policy, $1.plan, $1.keys) }
    inspection.drift = DriftBuilder(context, avro: avro, lines: tally.lines).drift()
    inspection.exit = exit(inspection)
    inspection.state = isInterrupted ? .interrupted : inspection.exit == 0 ? .complete : .incomplete
    return InspectRun.Result(inspection: inspection, schemas: foundSchemas(), paths: foundPaths())
  }

  private func exit(_ inspection: Inspection) -> Int {
    if isInterrupted { return 130 }
    return inspection.problems.isEmpty && inspection.totals.damagedPlaces == 0 ? 0 : 2
  }

  /// One entry for each schema text of an event type, though several workers may have met it.
  static func united(_ found: [InspectionTally.Avro]) -> [InspectionTally.Avro] {
    struct Key: Hashable {
      let event: String
      let destination: Destination
      let text: [UInt8]
    }
    var places: [Key: Int] = [:]
    var result: [InspectionTally.Avro] = []
    for one in found {
      let key = Key(event: one.event, destination: one.destination, text: one.text)
      guard let place = places[key] else {
        places[key] = result.count
        result.append(one)
        continue
      }
      result[place] += one
    }
    return result.sorted {
      ($0.event, $0.destination.rawValue) != ($1.event, $1.destination.rawValue)
        ? ($0.event, $0.destination.rawValue) < ($1.event, $1.destination.rawValue)
        : $0.text.lexicographicallyPrecedes($1.text)
    }
  }

  // MARK: files

  private func addFiles(_ inspection: inout Inspection) {
    inspection.totals.files = listing.files.count
    inspection.totals.ignored = listing.ignored
    for outcome in outcomes {
      inspection.totals.bytes += outcome.bytesIn
      switch outcome.status {
      case .unsupported: inspection.totals.unsupported += 1
      case .unreadable: inspection.totals.unreadable += 1
      case .empty: inspection.totals.ignored += 1
      case .written, .alreadyScrubbed, .withheld, .refused, .failed: break
      }
      inspection.totals.damagedPlaces += outcome.withheldCount
      for place in outcome.withheld {
        inspection.totals.damagedEvents += place.events
        guard inspection.damaged.count < FileOutcome.listedPlaces else { continue }
        inspection.damaged.append(
          Inspection.Damage(
            file: outcome.file.relative, line: place.line, block: place.block, offset: place.offset,
            bytes: place.bytes, events: place.events, code: place.code, rest: place.isRest ? true : nil))
      }
    }
    inspection.problems = (listing.failures + outcomes.compactMap(\.failure)).map { failure in
      Report.Problem(
        file: failure.path, place: failure.place.isEmpty ? nil : failure.place, code: failure.code.rawValue,
        message: failure.code.message, hint: failure.code.hint)
    }
  }

  private func containers() -> [Inspection.Container] {
    tally.containers.map { container, share in
      Inspection.Container(
        format: container.format, codec: container.codec.isEmpty ? nil : container.codec,
        compression: container.compression?.rawValue, files: share.files, events: share.events, bytes: share.bytes)
    }
    .sorted {
      ($1.files, $0.format, $0.codec ?? "", $0.compression ?? "")
        < ($0.files, $1.format, $1.codec ?? "", $1.compression ?? "")
    }
  }

  // MARK: events

  fileprivate struct EventSum {
    var events = 0
    var files = 0
    var bytes = 0
    var schemas = 0
    var times = TimeRange()
  }

  private func addEvents(_ inspection: inout Inspection) {
    var sums: [EventKey: EventSum] = [:]
    for one in avro {
      sums[EventKey(event: one.event, destination: one.destination), default: EventSum()] += EventSum(
        events: one.events, files: one.files, bytes: one.bytes, schemas: 1, times: one.times)
    }
    for lines in tally.lines {
      for (event, row) in zip(lines.events, lines.rows) where row.events > 0 {
        sums[EventKey(event: event, destination: lines.destination), default: EventSum()] += EventSum(
          events: row.events, files: row.files, bytes: row.bytes, times: row.times)
      }
    }
    var times = TimeRange()
    for (key, sum) in sums {
      times += sum.times
      inspection.totals.events += sum.events
      inspection.events.append(
        Inspection.Event(
          event: key.event, destination: key.destination.rawValue, known: context.isKnown(key.event),
          events: sum.events, files: sum.files, bytes: sum.bytes, schemas: sum.schemas,
          first: isoTime(sum.times, \.first), last: isoTime(sum.times, \.last),
          implausibleTimes: sum.times.implausible))
    }
    inspection.totals.eventTypes = Set(sums.keys.map(\.event)).count
    inspection.totals.first = isoTime(times, \.first)
    inspection.totals.last = isoTime(times, \.last)
    inspection.events.sort { ($0.event, $0.destination) < ($1.event, $1.destination) }
  }

  private func schemas() -> [Inspection.Schema] {
    avro.map { one in
      let fields = one.schema.fields ?? []
      return Inspection.Schema(
        event: one.event, destination: one.destination.rawValue,
        id: String(Digest256.sha256(one.text).hex.prefix(16)), files: one.files, events: one.events,
        fields: fields.count, marked: fields.count(where: one.schema.isMarked))
    }
  }

  // MARK: partitions

  private func addPlaces(_ inspection: inout Inspection) {
    for (name, values) in tally.partitions {
      let names = values.keys.sorted(by: Self.inOrder)
      inspection.partitions.append(
        Inspection.Partition(
          name: name, distinct: names.count, first: names.first ?? "", last: names.last ?? "",
          files: values.values.reduce(0) { $0 + $1.files }, values: names.count <= 10 ? names : []))
    }
    inspection.partitions.sort { ($0.name == "date" ? "" : $0.name) < ($1.name == "date" ? "" : $1.name) }
    var days: [String: InspectionTally.Share] = [:]
    for (date, share) in tally.partitions["date"] ?? [:] where date.utf8.count >= 10 {
      days[String(date.prefix(10)), default: InspectionTally.Share()] += share
    }
    inspection.days = days.map { Inspection.Day(day: $0.key, files: $0.value.files, events: $0.value.events) }
      .sorted { $0.day < $1.day }
  }

  /// Numbers by their size, everything else by the alphabet.
  private static func inOrder(_ left: String, _ right: String) -> Bool {
    if let first = Int(left), let second = Int(right), first != second { return first < second }
    return left < right
  }

  // MARK: for other commands

  private func foundSchemas() -> [InspectRun.FoundSchema] {
    avro.map { one in
      InspectRun.FoundSchema(
        event: one.event, destination: one.destination, schema: one.schema, text: one.text, files: one.files,
        events: one.events)
    }
  }

  private func foundPaths() -> [InspectRun.FoundPath] {
    struct Key: Hashable {
      let event: String
      let destination: Destination
      let path: String
      let isKnown: Bool
    }
    var sums: [Key: (types: MemberTypes, values: Int)] = [:]
    func add(_ key: Key, _ types: MemberTypes, _ values: Int) {
      let sum = sums[key] ?? ([], 0)
      sums[key] = (sum.types.union(types), sum.values + values)
    }
    for lines in tally.lines {
      for (row, event) in lines.events.enumerated() where lines.rows[row].events > 0 {
        for slot in 1..<lines.paths.count {
          let index = row * lines.paths.count + slot
          guard !lines.types[index].isEmpty else { continue }
          add(
            Key(event: event, destination: lines.destination, path: lines.paths[slot], isKnown: true),
            lines.types[index], lines.present[index])
        }
      }
      for entry in lines.members.entries {
        let path = lines.members.path(of: entry)
        if path.contains("{}") || path == MemberLedger.withheld { continue }
        add(
          Key(event: lines.events[entry.row], destination: lines.destination, path: path, isKnown: false),
          entry.types, entry.values)
      }
    }
    return sums.map { key, sum in
      InspectRun.FoundPath(
        event: key.event, destination: key.destination, path: key.path, isKnown: key.isKnown, types: sum.types,
        values: sum.values)
    }
    .sorted { ($0.destination.rawValue, $0.event, $0.path) < ($1.destination.rawValue, $1.event, $1.path) }
  }
}

extension InspectionBuilder.EventSum {
  fileprivate static func += (left: inout Self, right: Self) {
    left.events += right.events
    left.files += right.files
    left.bytes += right.bytes
    left.schemas += right.schemas
    left.times += right.times
  }
}

extension InspectionTally.Avro {
  fileprivate static func += (left: inout Self, right: Self) {
    left.files += right.files
    left.events += right.events
    left.bytes += right.bytes
    left.times += right.times
    for slot in left.present.indices { left.present[slot] += right.present[slot] }
    for index in left.found.indices { left.found[index] += right.found[index] }
    left.members.add(right.members)
  }
}

extension InspectContext {
  func isKnown(_ event: String) -> Bool { catalog.eventTypes.contains(event) }
}

/// `2026-11-23T19:15:00Z`; nothing for a range without times.
private func isoTime(_ range: TimeRange, _ end: KeyPath<TimeRange, Int>) -> String? {
  range.isEmpty ? nil : isoTime(range[keyPath: end])
}

/// `2026-11-23T19:15:00Z` of seconds since 1970.
func isoTime(_ seconds: Int) -> String {
  var clock = seconds
  var parts = unsafe tm()
  unsafe gmtime_r(&clock, &parts)
  func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return unsafe "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T"
    + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
}
