/// A sample in the folders of a Currents bucket: one event type and hour a file, in both layouts.
struct SampleArchive {
  private let plan: SamplePlan
  private let connector: String

  init(_ plan: SamplePlan) {
    self.plan = plan
    var text = SampleText()
    text.add("dataexport.prod-01.S3.integration.")
    text.add(hex: plan.population.hash(.connector, 0), digits: 16)
    text.add(hex: plan.population.hash(.connector, 2), digits: 8)
    connector = String(decoding: text.bytes, as: UTF8.self)
  }

  /// - Returns: The bytes written, without the truth.
  func write(_ truth: inout SampleTruth) throws(SampleProblem) -> Int {
    var draft = SampleDraft(population: plan.population)
    var bytes = 0
    for type in plan.types where type.count > 0 { bytes += try write(type, &draft, &truth) }
    return bytes
  }

  private func write(
    _ type: SampleEventType, _ draft: inout SampleDraft, _ truth: inout SampleTruth
  ) throws(SampleProblem) -> Int {
    var writer = Writer(type, plan.options.format)
    var bytes = 0
    var made = 0
    var previous: Piece?
    for piece in pieces(of: type) {
      try SampleFolder.make(plan.options.output + "/" + piece.folder)
      var file = try SampleFile(creating: plan.options.output + "/" + piece.path)
      try writer.begin(&file, sync: syncMarker(type, piece))
      for event in piece.events {
        // The first event of a file is the last one of the file before: Currents delivers at least once.
        if event == piece.events.lowerBound, type.distinct < type.count, let previous {
          plan.begin(type, made - 1, from: previous.start, &draft)
          truth.duplicate(draft, first: previous.path, again: piece.path)
        } else {
          plan.begin(type, made, from: piece.start, &draft)
          made += 1
        }
        try writer.append(&draft, to: &file)
        truth.count(draft)
      }
      try writer.end(&file)
      bytes += file.size
      var counts = [Int](repeating: 0, count: plan.types.count)
      counts[type.facts.index] = piece.events.count
      try truth.complete(piece.path, counts)
      previous = piece
    }
    return bytes
  }

  /// Writes events in the wanted format.
  private struct Writer {
    private var avro: SampleAvro?
    private let lines: SampleLines
    private var line = SampleText()

    init(_ type: SampleEventType, _ format: SampleOptions.Format) {
      avro = format == .avro ? SampleAvro(type) : nil
      lines = SampleLines(type)
    }

    mutating func begin(_ file: inout SampleFile, sync: [UInt8]) throws(SampleProblem) {
      try avro?.begin(&file, sync: sync)
    }

    mutating func append(_ draft: inout SampleDraft, to file: inout SampleFile) throws(SampleProblem) {
      if avro != nil { return try avro?.append(&draft, to: &file) ?? () }
      line.removeAll()
      lines.append(&draft, to: &line)
      try file.append(line.bytes)
    }

    mutating func end(_ file: inout SampleFile) throws(SampleProblem) {
      try avro?.end(&file)
      try file.flush()
    }
  }

  private func syncMarker(_ type: SampleEventType, _ piece: Piece) -> [UInt8] {
    var random = SampleRandom(seed: type.facts.salt ^ plan.population.hash(.file, piece.events.lowerBound))
    return (0..<16).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }
}

extension SampleArchive {
  /// One file: which events of its type are in it, and when they were written.
  private struct Piece {
    let events: Range<Int>
    let hour: Int
    let folder: String
    let name: String

    var path: String { folder + "/" + name }
    var start: Int { SampleCalendar.start + hour * 3600 }
  }

  private func pieces(of type: SampleEventType) -> [Piece] {
    let files = plan.files(for: type.count)
    let suffix = plan.options.format == .avro ? "avro" : "json"
    return (0..<files).map { file in
      let events = plan.events(in: file, of: files, among: type.count)
      let hour = hour(of: type, file, of: files)
      return Piece(
        events: events, hour: hour, folder: folder(of: type, hour),
        name: "\(connector)+\(file % 3)+\(events.lowerBound + 1000).\(suffix)")
    }
  }

  /// Files of a type are spread over the month; who asks to be deleted does so at its end.
  private func hour(of type: SampleEventType, _ file: Int, of files: Int) -> Int {
    if type.facts.name == "users.UserDeleteRequest" { return SampleCalendar.hours - 1 }
    return SampleCalendar.hours * file / files + type.facts.index * 37 % max(SampleCalendar.hours / files, 1)
  }

  /// The older layout for the first half of the month, the current one for the second.
  private func folder(of type: SampleEventType, _ hour: Int) -> String {
    let start =
      "currents/\(connector)/event_type=\(type.facts.name)/date=\(SampleCalendar.name(ofHour: hour))"
    let zone = ["a", "b", "c"][type.facts.index % 3]
    return hour < SampleCalendar.hours / 2
      ? "\(start)/\(300 + type.facts.index)/\(zone)" : "\(start)/version=10/us-01"
  }
}
