internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// The way of an Avro object container.
extension Worker {
  mutating func scrubAvro(
    _ input: inout InputFile, _ target: Target, _ outcome: inout FileOutcome
  ) throws(Failure) {
    let header = try AvroHeader.read(&input)
    guard let codec = AvroCodec(rawValue: header["avro.codec"].map { String(decoding: $0, as: UTF8.self) } ?? "null")
    else { throw Failure(.codec) }
    let destination = context.options.destination ?? .storage
    let schema = try avroSchema(header["avro.schema"] ?? [])
    guard let event = event(of: avroSchemas[schema], in: outcome.file) else {
      return try withholdAll(&input, header, &outcome)
    }
    let plan = try plan(schema, event, destination)
    let key = EventKey(event: event, destination: destination)
    outcome.plan = plan.digest
    outcome.plans[key] = plan.digest
    if let mark = header["currents-scrub.plan"], !context.isProof {
      if mark == Array(plan.digest.utf8) {
        outcome.status = .alreadyScrubbed
        return
      }
      guard context.options.again else { throw Failure(.otherPlan) }
      let keys = header["currents-scrub.keys"].map { String(decoding: $0, as: UTF8.self) } ?? ""
      outcome.formerKeys = keys.split(separator: ",").map(String.init)
      outcome.identities = Set(context.marks[outcome.file.relative]?.identities ?? [])
    }
    outcome.identities.formUnion(identities(event: event, in: destination))
    try passOver(&input, header, codec, plan, key, target, &outcome)
  }

  /// The event type of a file: a known one, or what the policy takes in place of one that nobody knows.
  private func event(of schema: AvroSchema, in file: ArchiveFile) -> String? {
    let naming = EventNaming(catalog: context.compiler.catalog)
    if let known = naming.known(ofRecord: schema.name, in: file, told: context.options.eventType) { return known }
    switch context.compiler.policy.defaults.unknownEvent {
    case .scrub, .drop: return ""
    case .quarantine, .fail: return nil
    }
  }

  private mutating func plan(
    _ schema: Int, _ event: String, _ destination: Destination
  ) throws(Failure) -> CompiledAvroPlan {
    let key = AvroPlanKey(schema: schema, event: event, destination: destination)
    let result: Result<CompiledAvroPlan, PlanProblem>
    if let known = avroPlans[key] {
      result = known
    } else {
      do throws(PlanProblem) {
        result = .success(try context.compiler.compile(avroSchemas[schema], event: event, destination: destination))
      } catch {
        result = .failure(error)
      }
      avroPlans[key] = result
    }
    switch result {
    case .success(let plan):
      if let name = plan.markedAndKept { throw Failure(.doesNotFit, place: "field \(name), which the file's schema marks") }
      return plan
    case .failure(.notARecord): throw Failure(.schema)
    case .failure(.unknownField(let name)): throw Failure(.unknownField, place: "field \(name)")
    case .failure(.cannotRedact(let name)), .failure(.doesNotFit(let name)):
      throw Failure(.doesNotFit, place: "field \(name)")
    }
  }

  // MARK: blocks

  private mutating func passOver(
    _ input: inout InputFile, _ header: AvroHeader, _ codec: AvroCodec, _ plan: CompiledAvroPlan, _ key: EventKey,
    _ target: Target, _ outcome: inout FileOutcome
  ) throws(Failure) {
    var pass = try makePass(plan)
    var blockCodec = try makeCodec(codec)
    var output = try output(target, input.compression)
    let head = header.adding(marks(plan.digest, outcome))
    try output.write(head)
    let blocks = AvroBlocks(sync: header.sync, limit: context.options.maxBlock)
    var changed = false
    var offset = header.length
    var index = 0
    var withheld = EventCounts()
    reading: while true {
      if context.interrupt.isSet { throw Failure(.interrupted) }
      switch try nextBlock(blocks, &input) {
      case .end: break reading
      case .block(let block):
        let length = block.length + block.size + 16
        let result = try passBlock(block, &input, &pass, &blockCodec, header.sync, &output)
        switch result {
        case .untouched: break
        case .rewritten: changed = true
        case .damaged(let code, let detail):
          withheld.read += block.recordCount
          withheld.withheld += block.recordCount
          outcome.withhold(
            WithheldPlace(
              block: index, offset: offset, bytes: length, events: block.recordCount, code: detail ?? code.rawValue,
              digest: try input.withWindow { (bytes) throws(Failure) in try keyedDigest(bytes.extracting(0..<length)) }))
          try quarantine(0..<length, of: input, outcome.file, "block-\(index)")
          changed = true
        }
        input.consume(length)
        offset += length
      case .tooLarge(let block):
        withheld.read += block.recordCount
        withheld.withheld += block.recordCount
        let length = block.length + block.size + 16
        let goesOn = try blocks.skip(block, in: &input)
        outcome.withhold(
          WithheldPlace(
            block: index, offset: offset, bytes: length, events: block.recordCount,
            code: FailureCode.blockTooLarge.rawValue, isRest: !goesOn))
        changed = true
        guard goesOn else { break reading }
        offset += length
      case .damaged(let code):
        let rest = try withholdRest(&input, outcome.file, "block-\(index)")
        outcome.withhold(
          WithheldPlace(block: index, offset: offset, bytes: rest.count, code: code.rawValue, digest: rest.digest, isRest: true))
        changed = true
        break reading
      }
      try settle(&output)
      index += 1
    }
    outcome.status = .written(changed: changed)
    var events = pass.events
    events += withheld
    outcome.events[key] = events
    outcome.workspaces = pass.workspaces
    if context.notesTimes { outcome.times[key] = pass.times }
    for field in plan.fields {
      var (counts, numbers) = (SlotCounts(), SlotCounts())
      for slot in field.slots {
        counts += pass.counts[slot]
        numbers += pass.numbers[slot]
      }
      outcome.add(field.facts, field.decision, of: key, counts, numbers: numbers)
    }
    try finish(&output, target, source: input.identity, &outcome)
  }

  private mutating func makePass(_ plan: CompiledAvroPlan) throws(Failure) -> AvroPass {
    do throws(NativeError) { return try AvroPass(plan.plan, isTime: timeSlots(plan), converter: &converter) } catch {
      throw Failure(.native)
    }
  }

  private func makeCodec(_ codec: AvroCodec) throws(Failure) -> BlockCodec {
    do throws(NativeError) { return try BlockCodec(codec) } catch { throw Failure(.native) }
  }

  /// A compressed stream that breaks off ends the blocks; the tail is withheld.
  private func nextBlock(_ blocks: AvroBlocks, _ input: inout InputFile) throws(Failure) -> AvroBlocks.Next {
    do throws(Failure) { return try blocks.next(&input) } catch {
      guard error.code.endsStream else { throw error }
      return .damaged(error.code)
    }
  }

  private enum BlockResult {
    case untouched, rewritten
    /// The detail is the record's own code.
    case damaged(FailureCode, String?)
  }

  /// Passes over the block at the front of the window and writes what becomes of it.
  private mutating func passBlock(
    _ block: BlockHeader, _ input: inout InputFile, _ pass: inout AvroPass, _ codec: inout BlockCodec,
    _ sync: [UInt8], _ output: inout StagedFile
  ) throws(Failure) -> BlockResult {
    sink.removeAll()
    let stored = block.length..<(block.length + block.size)
    let limit = context.options.maxBlock
    let result: Result<BlockOutcome, RecordError>
    if codec.isNull {
      result = input.withWindow { bytes in
        run(&pass, bytes.extracting(stored), block.recordCount)
      }
    } else {
      let problem = input.withWindow { bytes in codec.expand(bytes.extracting(stored), limit: limit) }
      if let problem { return .damaged(problem, nil) }
      result = run(&pass, codec.plain.bytes, block.recordCount)
    }
    switch result {
    case .failure(let error):
      if error.code == .digest { throw Failure(.native) }
      return .damaged(.record, error.code.rawValue)
    case .success(.untouched):
      try input.withWindow { (bytes) throws(Failure) in
        try output.write(bytes.extracting(0..<(stored.upperBound + 16)))
      }
      return .untouched
    case .success(.rewritten(let records)):
      // A block whose events are all dropped has nothing to hold.
      if records > 0 { try write(records, &codec, sync, &output) }
      return .rewritten
    }
  }

  private mutating func run(
    _ pass: inout AvroPass, _ bytes: borrowing RawSpan, _ recordCount: Int
  ) -> Result<BlockOutcome, RecordError> {
    do throws(RecordError) {
      return .success(try pass.run(bytes, recordCount: recordCount, converter: &converter, into: &sink))
    } catch {
      return .failure(error)
    }
  }

  private mutating func write(
    _ records: Int, _ codec: inout BlockCodec, _ sync: [UInt8], _ output: inout StagedFile
  ) throws(Failure) {
    if !codec.isNull {
      do throws(NativeError) { try codec.shrink(sink.bytes) } catch { throw Failure(.native) }
    }
    head.removeAll()
    head.appendVarint(records)
    head.appendVarint(codec.isNull ? sink.count : codec.stored.count)
    try output.write(head.bytes)
    if codec.isNull { try output.write(sink.bytes) } else { try output.write(codec.stored.bytes) }
    try output.write(sync)
  }

  private func marks(_ digest: String, _ outcome: FileOutcome) -> [(key: String, value: String)] {
    [
      ("currents-scrub.plan", digest), ("currents-scrub.policy", context.compiler.policy.name),
      ("currents-scrub.keys", outcome.keys(context.keyMark).joined(separator: ",")), ("currents-scrub.version", programVersion),
    ]
  }

  // MARK: withholding

  /// Reads what is left of a file, for its length and digest, into the quarantine if there is one.
  ///
  /// - Parameter place: names it there.
  func withholdRest(
    _ input: inout InputFile, _ file: ArchiveFile, _ place: String
  ) throws(Failure) -> (count: Int, digest: String?) {
    let digest: KeyedFileDigest?
    do throws(NativeError) { digest = try context.digestKey.map(KeyedFileDigest.init) } catch { throw Failure(.native) }
    let quarantine = context.options.quarantine.map { Quarantine(folder: $0) }
    var piece: StagedFile?
    var count = 0
    while (try? input.fill(1)) == true {
      let available = input.available
      do throws(NativeError) {
        try input.withWindow { (bytes) throws(NativeError) in
          try unsafe bytes.withUnsafeBytes { (bytes) throws(NativeError) in try unsafe digest?.update(bytes) }
        }
      } catch {
        throw Failure(.native)
      }
      if let quarantine, count == 0 { piece = try quarantine.start(file, place) }
      try input.withWindow { (bytes) throws(Failure) in try piece?.write(bytes.extracting(0..<available)) }
      input.consume(available)
      count += available
    }
    if let quarantine, var piece { try quarantine.end(&piece, of: file, place) }
    do throws(NativeError) { return (count, try digest?.finish().hex) } catch { throw Failure(.native) }
  }

  /// Withholds a whole file whose event type nobody knows, counting its events.
  private mutating func withholdAll(
    _ input: inout InputFile, _ header: AvroHeader, _ outcome: inout FileOutcome
  ) throws(Failure) {
    guard context.compiler.policy.defaults.unknownEvent != .fail else { throw Failure(.unknownEvent) }
    let blocks = AvroBlocks(sync: header.sync, limit: context.options.maxBlock)
    var events = 0
    var isCut = false
    counting: while true {
      switch try nextBlock(blocks, &input) {
      case .end: break counting
      case .damaged:
        isCut = true
        break counting
      case .block(let block):
        events += block.recordCount
        input.consume(block.length + block.size + 16)
      case .tooLarge(let block):
        events += block.recordCount
        isCut = try !blocks.skip(block, in: &input)
        if isCut { break counting }
      }
    }
    outcome.status = .withheld
    outcome.events[EventKey(event: "", destination: context.options.destination ?? .storage)] = EventCounts(
      withheld: events)
    outcome.withhold(
      WithheldPlace(bytes: outcome.bytesIn, events: events, code: FailureCode.unknownEvent.rawValue, isRest: isCut))
    if let folder = context.options.quarantine {
      try Quarantine(folder: folder).copy(outcome.file)
    }
  }

  /// Stores bytes of the window in the quarantine, if there is one.
  func quarantine(
    _ range: Range<Int>, of input: borrowing InputFile, _ file: ArchiveFile, _ place: String
  ) throws(Failure) {
    guard let folder = context.options.quarantine else { return }
    try input.withWindow { (bytes) throws(Failure) in
      try Quarantine(folder: folder).store(bytes.extracting(range), of: file, place)
    }
  }
}
