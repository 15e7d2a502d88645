internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// What looks at the events of files without changing them: blocks, lines and items come to it in their order.
protocol EventVisitor: ~Copyable {
  /// An Avro file starts.
  mutating func start(_ header: AvroHeader, of file: ArchiveFile) throws(Failure)
  /// One block, expanded.
  ///
  /// - Throws: what is wrong with it.
  mutating func visit(
    block: borrowing RawSpan, recordCount: Int, number: Int, offset: Int
  ) throws(RecordError)

  /// A file of JSON starts.
  mutating func start(_ form: JSONForm, _ destination: Destination, of file: ArchiveFile)
  /// Whole lines; returns those that cannot be read.
  mutating func visit(lines: borrowing RawSpan, offset: Int) -> [Withheld]
  /// One item of a document; returns what is wrong with it.
  ///
  /// - Parameter line: where it begins, from 1.
  mutating func visit(item: borrowing RawSpan, line: Int, offset: Int) -> RecordError.Code?
  /// A line was too long to be handed in; returns its number, from 1.
  mutating func passOverLine() -> Int
  /// An item was too long to be handed in.
  ///
  /// - Parameter offset: where it begins.
  mutating func passOverItem(at offset: Int)
}

/// Reads files from front to back for a visitor, and tells what in them cannot be read.
struct EventReader: Sendable {
  /// The largest block or line, in bytes.
  let limit: Int
  /// Told by the caller, whatever the events say.
  let destination: Destination?
  /// How events in JSON stand, where the caller knows.
  var form: JSONForm?
  let interrupt: Interrupt

  /// How the events of a file are stored.
  struct Form {
    /// `avro`, `ndjson`, or `json` for documents.
    var format = ""
    /// The codec of Avro blocks; empty elsewhere.
    var codec = ""
    var compression: StreamCompression?
  }

  /// Reads a file.
  ///
  /// - Parameter digestKey: for the keyed digest of all its stored bytes, in `outcome`; nothing leaves it out.
  /// - Returns: nothing for one that is empty.
  /// - Throws: `Failure` where nothing of it, or no more of it, can be read.
  func read(
    _ file: ArchiveFile, _ outcome: inout FileOutcome, digestKey: FileDigestKey? = nil,
    for visitor: inout some EventVisitor & ~Copyable
  ) throws(Failure) -> Form? {
    var input = try InputFile.open(path: file.path, digestKey: digestKey)
    let form: Result<Form?, Failure>
    do throws(Failure) { form = .success(try read(&input, file, &outcome, &visitor)) } catch { form = .failure(error) }
    if digestKey != nil {
      input.drain()
      outcome.sourceDigest = try input.finishDigest()
    }
    return try form.get()
  }

  private func read(
    _ input: inout InputFile, _ file: ArchiveFile, _ outcome: inout FileOutcome,
    _ visitor: inout some EventVisitor & ~Copyable
  ) throws(Failure) -> Form? {
    outcome.bytesIn = input.identity.size
    outcome.state = FileState(input.identity)
    outcome.status = .written(changed: false)
    var form: Form
    switch try FileFormat.sniff(&input, limit: limit, told: self.form) {
    case .avro: form = try readAvro(&input, file, &outcome, &visitor)
    case .json(let json, let prefix): form = try readJSON(&input, file, json, prefix: prefix, &outcome, &visitor)
    case .empty:
      outcome.status = .empty
      return nil
    case .unsupported: throw Failure(.unsupported)
    }
    form.compression = input.compression
    return form
  }

  // MARK: Avro

  private func readAvro(
    _ input: inout InputFile, _ file: ArchiveFile, _ outcome: inout FileOutcome,
    _ visitor: inout some EventVisitor & ~Copyable
  ) throws(Failure) -> Form {
    let header = try AvroHeader.read(&input)
    let codecName = header["avro.codec"].map { String(decoding: $0, as: UTF8.self) } ?? "null"
    guard let codec = AvroCodec(rawValue: codecName) else { throw Failure(.codec) }
    try visitor.start(header, of: file)
    var blockCodec: BlockCodec
    do throws(NativeError) { blockCodec = try BlockCodec(codec) } catch { throw Failure(.native) }
    let blocks = AvroBlocks(sync: header.sync, limit: limit)
    var offset = header.length
    var number = 0
    reading: while true {
      if interrupt.isSet { throw Failure(.interrupted) }
      switch try next(blocks, &input) {
      case .end: break reading
      case .block(let block):
        let length = block.length + block.size + 16
        if let code = visit(block, number, offset, &input, &blockCodec, &visitor) {
          outcome.withhold(
            WithheldPlace(block: number, offset: offset, bytes: length, events: block.recordCount, code: code))
        }
        input.consume(length)
        offset += length
      case .tooLarge(let block):
        let length = block.length + block.size + 16
        let goesOn = try blocks.skip(block, in: &input)
        outcome.withhold(
          WithheldPlace(
            block: number, offset: offset, bytes: length, events: block.recordCount,
            code: FailureCode.blockTooLarge.rawValue, isRest: !goesOn))
        guard goesOn else { break reading }
        offset += length
      case .damaged(let code):
        outcome.withhold(WithheldPlace(block: number, offset: offset, bytes: rest(&input), code: code.rawValue, isRest: true))
        break reading
      }
      number += 1
    }
    return Form(format: "avro", codec: codecName)
  }

  /// A compressed stream that breaks off ends the blocks.
  private func next(_ blocks: AvroBlocks, _ input: inout InputFile) throws(Failure) -> AvroBlocks.Next {
    do throws(Failure) { return try blocks.next(&input) } catch {
      guard error.code.endsStream else { throw error }
      return .damaged(error.code)
    }
  }

  /// Has the block at the front of the window visited, and returns what is wrong with it.
  private func visit(
    _ block: BlockHeader, _ number: Int, _ offset: Int, _ input: inout InputFile, _ codec: inout BlockCodec,
    _ visitor: inout some EventVisitor & ~Copyable
  ) -> String? {
    let stored = block.length..<(block.length + block.size)
    let limit = limit
    return input.withWindow { bytes -> String? in
      let bytes = bytes.extracting(stored)
      do throws(RecordError) {
        if codec.isNull {
          try visitor.visit(block: bytes, recordCount: block.recordCount, number: number, offset: offset)
        } else {
          if let code = codec.expand(bytes, limit: limit) { return code.rawValue }
          try visitor.visit(block: codec.plain.bytes, recordCount: block.recordCount, number: number, offset: offset)
        }
        return nil
      } catch {
        return error.code.rawValue
      }
    }
  }

  /// The bytes that are left, passed over.
  private func rest(_ input: inout InputFile) -> Int {
    var count = 0
    while (try? input.fill(1)) == true {
      count += input.available
      input.consume(input.available)
    }
    return count
  }

  // MARK: JSON

  private func readJSON(
    _ input: inout InputFile, _ file: ArchiveFile, _ form: JSONForm, prefix: Int, _ outcome: inout FileOutcome,
    _ visitor: inout some EventVisitor & ~Copyable
  ) throws(Failure) -> Form {
    input.consume(prefix)
    let destination: Destination
    if let told = self.destination {
      destination = told
    } else {
      destination = try DestinationShape.sniff(&input, form, limit: limit)
    }
    visitor.start(form, destination, of: file)
    if form == .lines {
      try readLines(&input, from: prefix, &outcome, &visitor)
    } else {
      try readItems(isArray: form == .array, &input, from: prefix, &outcome, &visitor)
    }
    return Form(format: form == .lines ? "ndjson" : "json")
  }

  private func readItems(
    isArray: Bool, _ input: inout InputFile, from start: Int, _ outcome: inout FileOutcome,
    _ visitor: inout some EventVisitor & ~Copyable
  ) throws(Failure) {
    var items = JSONItems(isArray: isArray, limit: limit)
    var place = DocumentPlace(offset: start)
    while true {
      if interrupt.isSet { throw Failure(.interrupted) }
      switch try items.nextWhole(&input) {
      case .end: return
      case .item(let lead, let count):
        place.pass(over: lead, &input)
        let code = input.withWindow {
          visitor.visit(item: $0.extracting(0..<count), line: place.line, offset: place.offset)
        }
        if code == .syntax { return withholdRest(RecordError.Code.syntax.rawValue, events: 1, place, &input, &outcome) }
        if let code {
          outcome.withhold(
            WithheldPlace(line: place.line, offset: place.offset, bytes: count, events: 1, code: code.rawValue))
        }
        place.pass(over: count, &input)
      case .tooLong(let lead):
        place.pass(over: lead, &input)
        visitor.passOverItem(at: place.offset)
        let item = place
        try items.passOver(&input) { place.note($0) }
        outcome.withhold(
          WithheldPlace(
            line: item.line, offset: item.offset, bytes: place.offset - item.offset, events: 1,
            code: FailureCode.lineTooLong.rawValue))
      case .damaged(let code): return withholdRest(code.rawValue, events: 0, place, &input, &outcome)
      }
    }
  }

  private func withholdRest(
    _ code: String, events: Int, _ place: DocumentPlace, _ input: inout InputFile, _ outcome: inout FileOutcome
  ) {
    outcome.withhold(
      WithheldPlace(line: place.line, offset: place.offset, bytes: rest(&input), events: events, code: code, isRest: true))
  }

  private func readLines(
    _ input: inout InputFile, from start: Int, _ outcome: inout FileOutcome,
    _ visitor: inout some EventVisitor & ~Copyable
  ) throws(Failure) {
    let chunks = LineChunks(limit: limit)
    var offset = start
    while true {
      if interrupt.isSet { throw Failure(.interrupted) }
      switch try next(chunks, &input, offset, &outcome) {
      case .end: return
      case .lines(let count):
        let damaged = input.withWindow { visitor.visit(lines: $0.extracting(0..<count), offset: offset) }
        for place in damaged {
          outcome.withhold(
            WithheldPlace(
              line: place.line, offset: offset + place.range.lowerBound, bytes: place.range.count, events: 1,
              code: place.code.rawValue))
        }
        input.consume(count)
        offset += count
      case .tooLong(let count):
        outcome.withhold(
          WithheldPlace(
            line: visitor.passOverLine(), offset: offset, bytes: count, events: 1,
            code: FailureCode.lineTooLong.rawValue))
        offset += count
      }
    }
  }

  /// A compressed stream that breaks off ends the lines.
  private func next(
    _ chunks: LineChunks, _ input: inout InputFile, _ offset: Int, _ outcome: inout FileOutcome
  ) throws(Failure) -> LineChunks.Next {
    do throws(Failure) { return try chunks.next(&input) } catch {
      guard error.code.endsStream else { throw error }
      outcome.withhold(WithheldPlace(offset: offset, bytes: input.available, code: error.code.rawValue, isRest: true))
      input.consume(input.available)
      return .end
    }
  }
}
