internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// The way of a file of events in JSON.
extension Worker {
  mutating func scrubJSON(
    _ input: inout InputFile, _ form: JSONForm, prefix: Int, _ target: Target, _ outcome: inout FileOutcome
  ) throws(Failure) {
    input.consume(prefix)
    let destination: Destination
    if let told = context.options.destination {
      destination = told
    } else {
      destination = try DestinationShape.sniff(&input, form, limit: context.options.maxBlock)
    }
    let compiled = jsonPlan(destination)
    let (row, byName) = rows(compiled, outcome.file)
    outcome.plan =
      if let row { digest(of: EventKey(event: compiled.events[row], destination: destination)) } else {
        digest(of: destination)
      }
    if try isScrubbed(&outcome) {
      outcome.status = .alreadyScrubbed
      return
    }
    outcome.identities.formUnion(identities(event: row.map { compiled.events[$0] }, in: destination))
    let plan = compiled.plan.fixed(row: row).defaulting(to: byName)
    var pass = try makePass(
      context.options.destination == nil ? plan : plan.takingAll(), isDocument: form != .lines, timeSlots(destination))
    var output = try output(target, input.compression)
    if prefix > 0 { try output.write([0xef, 0xbb, 0xbf]) }
    let changed =
      if form == .lines { try passLines(&input, &pass, from: prefix, &output, &outcome) } else {
        try passItems(isArray: form == .array, &input, &pass, from: prefix, &output, &outcome)
      }
    outcome.status = .written(changed: changed || outcome.withheldCount > 0)
    collect(pass, compiled, row.map { [$0] } ?? Array(compiled.events.indices), &outcome)
    if row == nil, isOfUnknownEvents(outcome), !target.isStandardOutput {
      outcome.status = outcome.withheldCount > 0 ? .withheld : .empty
      return
    }
    try finish(&output, target, source: input.identity, &outcome)
  }

  /// Whether a file has events, none of them is written, and neither they nor its path tell any type: nothing of it is known, and
  /// its name may be what the events were kept back for.
  private func isOfUnknownEvents(_ outcome: FileOutcome) -> Bool {
    !outcome.events.isEmpty && outcome.events.allSatisfy { $0.event.isEmpty && $1.written == 0 }
      && outcome.withheld.allSatisfy { $0.code == FailureCode.unknownEvent.rawValue }
      && EventNaming(catalog: context.compiler.catalog).event(byPathOf: outcome.file) == nil
  }

  /// - Returns: whether any byte changed.
  private mutating func passLines(
    _ input: inout InputFile, _ pass: inout JSONPass, from start: Int, _ output: inout StagedFile,
    _ outcome: inout FileOutcome
  ) throws(Failure) -> Bool {
    var offset = start
    var changed = false
    let chunks = LineChunks(limit: context.options.maxBlock)
    while true {
      if context.interrupt.isSet { throw Failure(.interrupted) }
      switch try nextChunk(chunks, &input, offset, &outcome) {
      case .end: return changed
      case .lines(let count):
        if try self.pass(over: count, &input, &pass, offset, &output, &outcome) { changed = true }
        try settle(&output)
        input.consume(count)
        offset += count
      case .tooLong(let count):
        pass.passOverLine()
        outcome.withhold(
          WithheldPlace(
            line: pass.lineCount, offset: offset, bytes: count, events: 1, code: FailureCode.lineTooLong.rawValue))
        offset += count
      }
    }
  }

  private mutating func makePass(_ plan: JSONPlan, isDocument: Bool, _ isTime: [Bool]?) throws(Failure) -> JSONPass {
    do throws(NativeError) {
      return try JSONPass(plan, isDocument: isDocument, isTime: isTime, converter: &converter)
    } catch {
      throw Failure(.native)
    }
  }

  /// A compressed stream that breaks off ends the lines; its tail is withheld.
  private func nextChunk(
    _ chunks: LineChunks, _ input: inout InputFile, _ offset: Int, _ outcome: inout FileOutcome
  ) throws(Failure) -> LineChunks.Next {
    do throws(Failure) {
      return try chunks.next(&input)
    } catch {
      guard error.code.endsStream else { throw error }
      let rest = input.available
      outcome.withhold(
        WithheldPlace(
          offset: offset, bytes: rest, code: error.code.rawValue, digest: try input.withWindow { (bytes) throws(Failure) in try keyedDigest(bytes) },
          isRest: true))
      if rest > 0 { try quarantine(0..<rest, of: input, outcome.file, "byte-\(offset)") }
      input.consume(rest)
      return .end
    }
  }

  private mutating func pass(
    over count: Int, _ input: inout InputFile, _ pass: inout JSONPass, _ offset: Int, _ output: inout StagedFile,
    _ outcome: inout FileOutcome
  ) throws(Failure) -> Bool {
    sink.removeAll()
    let result: Result<Bool, RecordError> = input.withWindow { bytes in
      do throws(RecordError) {
        return .success(try pass.run(bytes.extracting(0..<count), converter: &converter, into: &sink))
      } catch {
        return .failure(error)
      }
    }
    let changed = try whole(result, line: pass.lineCount)
    try noteWithheld(by: pass, input, offset: offset, &outcome)
    if changed {
      try output.write(sink.bytes)
    } else {
      try input.withWindow { (bytes) throws(Failure) in try output.write(bytes.extracting(0..<count)) }
    }
    return changed
  }

  /// What came of a line or an item, or what fails the file.
  func whole<Outcome>(_ result: Result<Outcome, RecordError>, line: Int) throws(Failure) -> Outcome {
    switch result {
    case .success(let outcome): return outcome
    case .failure(let error):
      switch error.code {
      case .unknownField: throw Failure(.unknownField, place: "line \(line)")
      case .unknownEvent: throw Failure(.unknownEvent, place: "line \(line)")
      default: throw Failure(.native)
      }
    }
  }

  /// Notes what the pass withheld of the bytes at the front of the window, which are at `offset` of the file.
  func noteWithheld(
    by pass: borrowing JSONPass, _ input: borrowing InputFile, offset: Int, _ outcome: inout FileOutcome
  ) throws(Failure) {
    for place in pass.withheld {
      let start = offset + place.range.lowerBound
      outcome.withhold(
        WithheldPlace(
          line: place.line, offset: start, bytes: place.range.count, events: place.events, code: place.code.rawValue,
          digest: outcome.listsPlaces
            ? try input.withWindow { (bytes) throws(Failure) in try keyedDigest(bytes.extracting(place.range)) } : nil))
      // Several events may begin in one line.
      let name = place.isPart || pass.isDocument ? "byte-\(start)" : "line-\(place.line)"
      try quarantine(place.range, of: input, outcome.file, name)
    }
  }

  /// - Parameter rows: for each row of the pass that of the compiled plan.
  private mutating func collect(
    _ pass: borrowing JSONPass, _ compiled: CompiledJSONPlan, _ rows: [Int], _ outcome: inout FileOutcome
  ) {
    let slots = compiled.paths.count
    outcome.workspaces = pass.workspaces
    for row in pass.events.indices where pass.events[row].read > 0 {
      let event = compiled.events[rows[row]]
      let key = EventKey(event: event, destination: compiled.destination)
      outcome.events[key, default: EventCounts()] += pass.events[row]
      outcome.plans[key] = digest(of: key)
      if context.notesTimes { outcome.times[key, default: TimeRange()] += pass.times[row] }
      let decisions = context.compiler.decisions(event: event, in: compiled.destination)
      for slot in 0..<slots {
        let (counts, numbers) = (pass.counts(row: row, slot: slot, ofNumbers: false), pass.counts(row: row, slot: slot, ofNumbers: true))
        if counts.isZero && numbers.isZero { continue }
        outcome.add(context.compiler.facts(ofSlot: slot, in: compiled.destination), decisions[slot], of: key, counts, numbers: numbers)
      }
    }
  }

  /// The row of every event of a file, where the caller, the path or its mark tells it; else that of events which do not
  /// name their type, where its mark or the file's name tells it.
  private mutating func rows(_ compiled: CompiledJSONPlan, _ file: ArchiveFile) -> (all: Int?, unnamed: Int?) {
    let naming = EventNaming(catalog: context.compiler.catalog)
    if let told = context.options.eventType { return (compiled.row(of: told), nil) }
    if let byPath = naming.event(byPathOf: file) { return (byPath.isKnown ? compiled.row(of: byPath.name) : nil, nil) }
    // What an earlier run was told, by a path above its input or by its caller, the path of its output does not tell.
    if let mark = context.marks[file.relative], let event = mark.events.keys.first, mark.events.count == 1,
      let row = compiled.row(of: event)
    {
      let isWhole = mark.plan == digest(of: EventKey(event: event, destination: compiled.destination))
      return isWhole ? (row, nil) : (nil, row)
    }
    return (nil, naming.event(byNameOf: file).flatMap { compiled.row(of: $0) })
  }

  /// Whether the manifest of the input tree says that the file was scrubbed by this very plan.
  private func isScrubbed(_ outcome: inout FileOutcome) throws(Failure) -> Bool {
    guard !context.isProof, let mark = context.marks[outcome.file.relative], mark.size == outcome.file.size,
      (try? sha256(ofFile: outcome.file.path)) == mark.sha256
    else { return false }
    // Of no events nobody can tell whose shape they had, and by it the plan.
    if mark.plan == outcome.plan || mark.events.isEmpty { return true }
    guard context.options.again else { throw Failure(.otherPlan) }
    outcome.formerKeys = mark.keys
    outcome.identities = Set(mark.identities ?? [])
    return false
  }
}
