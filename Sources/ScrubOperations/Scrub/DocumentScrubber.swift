internal import ScrubArchive
internal import ScrubCore
internal import ScrubPolicy

/// The way of a JSON document: its items one by one, each as a line would go.
extension Worker {
  /// - Returns: whether any byte changed.
  mutating func passItems(
    isArray: Bool, _ input: inout InputFile, _ pass: inout JSONPass, from start: Int, _ output: inout StagedFile,
    _ outcome: inout FileOutcome
  ) throws(Failure) -> Bool {
    var items = JSONItems(isArray: isArray, limit: context.options.maxBlock)
    var writer = ItemWriter(isArray: isArray)
    var place = DocumentPlace(offset: start)
    var changed = false
    while true {
      if context.interrupt.isSet { throw Failure(.interrupted) }
      switch try items.nextWhole(&input) {
      case .end(let tail):
        try input.withWindow { (bytes) throws(Failure) in try writer.end(bytes.extracting(0..<tail), to: &output) }
        input.consume(tail)
        return changed
      case .item(let lead, let count):
        input.withWindow { bytes in writer.lead(bytes.extracting(0..<lead)) }
        place.pass(over: lead, &input)
        let result = try run(over: count, input, &pass, place)
        if case .withheld(.syntax) = result {
          // Where an item ends is not known any more.
          return try breakOff(RecordError.Code.syntax.rawValue, events: 1, &input, place, &writer, &output, &outcome)
        }
        try noteWithheld(by: pass, input, offset: place.offset, &outcome)
        if case .kept(let isChanged) = result {
          try keep(count, isChanged: isChanged, input, &writer, &output)
          if isChanged { changed = true }
        } else {
          changed = true
        }
        try settle(&output)
        place.pass(over: count, &input)
      case .tooLong(let lead):
        input.withWindow { bytes in writer.lead(bytes.extracting(0..<lead)) }
        place.pass(over: lead, &input)
        let item = place
        try items.passOver(&input) { place.note($0) }
        pass.withholdItem()
        outcome.withhold(
          WithheldPlace(
            line: item.line, offset: item.offset, bytes: place.offset - item.offset, events: 1,
            code: FailureCode.lineTooLong.rawValue))
        changed = true
      case .damaged(let code):
        return try breakOff(code.rawValue, events: 0, &input, place, &writer, &output, &outcome)
      }
    }
  }

  private mutating func run(
    over count: Int, _ input: borrowing InputFile, _ pass: inout JSONPass, _ place: DocumentPlace
  ) throws(Failure) -> JSONPass.ItemOutcome {
    sink.removeAll()
    let result: Result<JSONPass.ItemOutcome, RecordError> = input.withWindow { bytes in
      do throws(RecordError) {
        return .success(
          try pass.runItem(bytes.extracting(0..<count), line: place.line, converter: &converter, into: &sink))
      } catch {
        return .failure(error)
      }
    }
    return try whole(result, line: place.line)
  }

  private func keep(
    _ count: Int, isChanged: Bool, _ input: borrowing InputFile, _ writer: inout ItemWriter, _ output: inout StagedFile
  ) throws(Failure) {
    if isChanged { return try writer.keep(sink.bytes, to: &output) }
    try input.withWindow { (bytes) throws(Failure) in try writer.keep(bytes.extracting(0..<count), to: &output) }
  }

  /// Withholds the rest of a document.
  private mutating func breakOff(
    _ code: String, events: Int, _ input: inout InputFile, _ place: DocumentPlace, _ writer: inout ItemWriter,
    _ output: inout StagedFile, _ outcome: inout FileOutcome
  ) throws(Failure) -> Bool {
    let rest = try withholdRest(&input, outcome.file, "byte-\(place.offset)")
    outcome.withhold(
      WithheldPlace(
        line: place.line, offset: place.offset, bytes: rest.count, events: events, code: code, digest: rest.digest, isRest: true))
    try writer.breakOff(&output)
    return true
  }
}

/// Where in a document the reading is.
struct DocumentPlace {
  /// From the start of the file, or of what it expands to.
  private(set) var offset: Int
  /// From 1.
  private(set) var line = 1

  init(offset: Int) { self.offset = offset }

  /// Goes on behind bytes that were read.
  mutating func note(_ bytes: borrowing RawSpan) {
    offset += bytes.byteCount
    var index = 0
    while true {
      index = bytes.firstIndex(of: 0x0a, from: index) + 1
      if index > bytes.byteCount { return }
      line += 1
    }
  }

  /// Goes on behind the first bytes of the window.
  mutating func pass(over count: Int, _ input: inout InputFile) {
    input.withWindow { bytes in note(bytes.extracting(0..<count)) }
    input.consume(count)
  }
}

extension JSONItems {
  /// A compressed stream that breaks off ends the items.
  mutating func nextWhole(_ input: inout InputFile) throws(Failure) -> Next {
    do throws(Failure) { return try next(&input) } catch {
      guard error.code.endsStream else { throw error }
      return .damaged(error.code)
    }
  }
}
