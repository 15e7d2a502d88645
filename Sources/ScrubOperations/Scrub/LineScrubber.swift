internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// The way of a file of JSON lines.
extension Worker {
  mutating func scrubLines(
    _ input: inout InputFile, prefix: Int, _ target: Target, _ outcome: inout FileOutcome
  ) throws(Failure) {
    let destination: Destination
    if let told = context.options.destination {
      destination = told
    } else {
      destination = try DestinationShape.sniff(&input, prefix: prefix)
    }
    let compiled = jsonPlan(destination)
    let row = fixedRow(compiled, path: outcome.file.relative)
    outcome.plan =
      if let row { digest(of: EventKey(event: compiled.events[row], destination: destination)) } else {
        digest(of: destination)
      }
    if try isScrubbed(outcome) {
      outcome.status = .alreadyScrubbed
      return
    }
    var pass = try makePass(compiled.plan.fixed(row: row))
    var output = try output(target, input.compression)
    var offset = 0
    if prefix > 0 {
      try output.write([0xef, 0xbb, 0xbf])
      input.consume(prefix)
      offset = prefix
    }
    var changed = false
    let chunks = LineChunks(limit: context.options.maxBlock)
    reading: while true {
      if context.interrupt.isSet { throw Failure(.unreadable, place: "interrupted") }
      switch try nextChunk(chunks, &input, offset, &outcome) {
      case .end: break reading
      case .lines(let count):
        if try self.pass(over: count, &input, &pass, offset, &output, &outcome) { changed = true }
        input.consume(count)
        offset += count
      case .tooLong(let count):
        pass.passOverLine()
        outcome.withhold(
          WithheldPlace(
            line: pass.lineCount, offset: offset, bytes: count, events: 1, code: FailureCode.lineTooLong.rawValue))
        let key = EventKey(event: row.map { compiled.events[$0] } ?? "", destination: destination)
        outcome.events[key, default: EventCounts()] += EventCounts(withheld: 1)
        changed = true
        offset += count
      }
    }
    if outcome.withheldCount > 0 { changed = true }
    outcome.status = .written(changed: changed)
    collect(pass, compiled, row.map { [$0] } ?? Array(compiled.events.indices), &outcome)
    try finish(&output, target, source: input.identity, &outcome)
  }

  private mutating func makePass(_ plan: JSONPlan) throws(Failure) -> JSONPass {
    do throws(NativeError) { return try JSONPass(plan, converter: &converter) } catch {
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
      outcome.withhold(
        WithheldPlace(offset: offset, bytes: input.available, code: error.code.rawValue))
      input.consume(input.available)
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
    let changed: Bool
    switch result {
    case .success(let value): changed = value
    case .failure(let error):
      switch error.code {
      case .unknownField: throw Failure(.unknownField, place: "line \(pass.lineCount)")
      case .unknownEvent: throw Failure(.unknownEvent, place: "line \(pass.lineCount)")
      default: throw Failure(.native)
      }
    }
    try storeOffers(beyond: offerLimit)
    for place in pass.withheld {
      outcome.withhold(
        WithheldPlace(
          line: place.line, offset: offset + place.range.lowerBound, bytes: place.range.count, events: 1,
          code: place.code.rawValue,
          digest: input.withWindow { keyedDigest($0.extracting(place.range)) }))
      if let folder = context.options.quarantine {
        let file = outcome.file
        try input.withWindow { (bytes) throws(Failure) in
          try Quarantine(folder: folder).store(bytes.extracting(place.range), of: file, "line-\(place.line)")
        }
      }
    }
    if changed {
      try output.write(sink.bytes)
    } else {
      try input.withWindow { (bytes) throws(Failure) in try output.write(bytes.extracting(0..<count)) }
    }
    return changed
  }

  /// - Parameter rows: for each row of the pass that of the compiled plan.
  private mutating func collect(
    _ pass: borrowing JSONPass, _ compiled: CompiledJSONPlan, _ rows: [Int], _ outcome: inout FileOutcome
  ) {
    let slots = compiled.paths.count
    for row in pass.events.indices where pass.events[row].read > 0 {
      let event = compiled.events[rows[row]]
      let key = EventKey(event: event, destination: compiled.destination)
      outcome.events[key, default: EventCounts()] += pass.events[row]
      outcome.plans[key] = digest(of: key)
      let decisions = context.compiler.decisions(event: event, in: compiled.destination)
      for slot in 0..<slots where !pass.counts[row * slots + slot].isZero {
        let facts = context.compiler.facts(ofSlot: slot, in: compiled.destination)
        outcome.fields[
          FieldKey(event: event, destination: compiled.destination, facts: facts, decision: decisions[slot]),
          default: SlotCounts()] += pass.counts[row * slots + slot]
      }
    }
  }

  /// The row of every event of a file, where the caller, the path or, in storage files, the name tells it.
  private func fixedRow(_ compiled: CompiledJSONPlan, path: String) -> Int? {
    let naming = EventNaming(catalog: context.compiler.catalog)
    if let told = context.options.eventType { return compiled.row(of: told) }
    if let byPath = naming.event(ofPath: path) { return byPath.isKnown ? compiled.row(of: byPath.name) : nil }
    return naming.event(ofFile: path).flatMap { compiled.row(of: $0) }
  }

  /// Whether the manifest of the input tree says that the file was scrubbed by this very plan.
  private func isScrubbed(_ outcome: FileOutcome) throws(Failure) -> Bool {
    guard let mark = context.marks[outcome.file.relative], mark.size == outcome.file.size,
      (try? sha256(ofFile: outcome.file.path)) == mark.sha256
    else { return false }
    if mark.plan == outcome.plan { return true }
    guard context.options.again else { throw Failure(.otherPlan) }
    return false
  }
}
