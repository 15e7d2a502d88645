internal import ScrubNative

/// A buffer that is lent and comes back.
private final class SpareSink {
  var sink: ByteSink?
}

/// Rewrites the JSON texts in fields for one worker. Owned by `Converter`, whose treatments it uses for the members.
struct JSONText: ~Copyable {
  struct Prepared: Sendable {
    let nodes: [MemberTreating.Node]
    let treatments: [Treatment]
    /// By treatment.
    let conversions: [Converter.Prepared?]
  }

  /// The first `spareCount` of them are there.
  private var spares: [SpareSink] = []
  private var spareCount = 0
  /// Nodes of the paths that may still match, level on level.
  fileprivate var active: [Int] = []

  /// Texts within texts that are entered; deeper ones are texts like any other.
  static let textLimit = 4

  /// An empty buffer.
  fileprivate mutating func lend() -> ByteSink {
    guard spareCount > 0 else { return ByteSink(capacity: 256) }
    spareCount -= 1
    return spares[spareCount].sink.take() ?? ByteSink(capacity: 256)
  }

  fileprivate mutating func takeBack(_ sink: consuming ByteSink) {
    var sink = sink
    sink.removeAll()
    if spareCount == spares.count { spares.append(SpareSink()) }
    spares[spareCount].sink = consume sink
    spareCount += 1
  }
}

/// A value of a JSON text on its way, with what holds for it.
private struct JSONPlace {
  /// The paths at hand, in `active`.
  var paths: Range<Int>
  /// The treatment that holds unless a path says otherwise.
  var treatment: Int
  /// Texts around it.
  var texts: Int
}

/// Where a name leads along the paths.
private struct PathStep {
  /// The strictest treatment, or -1.
  var known = -1
  /// Whether a path spells the name, not just `*`.
  var isNamed = false
}

private let jsonGrammar = JSONGrammar(lineFeedIsBlank: true)
private let jsonNull = Array("null".utf8)

extension Converter {
  /// Appends a JSON text with its members treated; what is no JSON object or array is unfit.
  mutating func append(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ prepared: JSONText.Prepared, to output: inout ByteSink
  ) throws(NativeError) -> ConversionOutcome {
    if isLeftAlone(value, range) { return .left }
    let start = skipBlanks(value, range.lowerBound, range.upperBound)
    guard isUTF8(value, range), start < range.upperBound, isContainer(value[start]) else { return .unfit }
    json.active.removeAll(keepingCapacity: true)
    json.active.append(0)
    let text = value.extracting(range)
    let before = output.count
    let place = JSONPlace(paths: 0..<1, treatment: 0, texts: 0)
    if try document(text, place, prepared, to: &output) { return .written }
    output.removeLast(output.count - before)
    return .unfit
  }

  /// Appends a whole document and tells whether it is one.
  private mutating func document(
    _ text: borrowing RawSpan, _ place: JSONPlace, _ prepared: JSONText.Prepared, to output: inout ByteSink
  ) throws(NativeError) -> Bool {
    var position = skipBlanks(text, 0, text.byteCount)
    output.append(text, 0..<position)
    guard let end = valueEnd(text, position), skipBlanks(text, end, text.byteCount) == text.byteCount else { return false }
    try container(text, &position, place, prepared, to: &output)
    output.append(text, position..<text.byteCount)
    return true
  }

  /// Where the value at a place ends; nothing where it breaks the grammar. Values within are then known to keep it.
  private func valueEnd(_ text: borrowing RawSpan, _ start: Int) -> Int? {
    guard start < text.byteCount else { return nil }
    var position = start
    var isEscaped = false
    do throws(RecordError) {
      _ = try jsonGrammar.value(text, &position, first: text[start], isEscaped: &isEscaped, depth: 0)
    } catch {
      return nil
    }
    return position
  }

  /// The same of a value within a document that keeps the grammar.
  private func end(_ text: borrowing RawSpan, _ start: Int) -> Int { valueEnd(text, start) ?? text.byteCount }

  private func isContainer(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") }

  private func skipBlanks(_ text: borrowing RawSpan, _ start: Int, _ end: Int) -> Int {
    var index = start
    while index < end, [0x20, 0x09, 0x0a, 0x0d].contains(text[index]) { index += 1 }
    return index
  }

  // MARK: arrays and objects

  /// Appends the array or object at a position, and moves behind it.
  private mutating func container(
    _ text: borrowing RawSpan, _ position: inout Int, _ place: JSONPlace, _ prepared: JSONText.Prepared,
    to output: inout ByteSink
  ) throws(NativeError) {
    let isObject = text[position] == UInt8(ascii: "{")
    let close = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
    output.append(text[position])
    position += 1
    var isFirst = true
    while true {
      // From behind a comma to the next one: what is written is written whole.
      let start = position
      position = skipBlanks(text, position, text.byteCount)
      if text[position] == close {
        output.append(text, start..<position)
        break
      }
      let before = output.count
      if !isFirst { output.append(UInt8(ascii: ",")) }
      output.append(text, start..<position)
      let isKept =
        isObject
        ? try member(text, &position, place, prepared, to: &output)
        : try item(text, &position, place, prepared, to: &output)
      let end = position
      position = skipBlanks(text, position, text.byteCount)
      if isKept {
        output.append(text, end..<position)
        isFirst = false
      } else {
        output.removeLast(output.count - before)
      }
      if text[position] == close { break }
      position += 1
    }
    output.append(close)
    position += 1
  }

  /// Appends a member and tells whether it stays.
  private mutating func member(
    _ text: borrowing RawSpan, _ position: inout Int, _ place: JSONPlace, _ prepared: JSONText.Prepared,
    to output: inout ByteSink
  ) throws(NativeError) -> Bool {
    let nameStart = position
    var isEscaped = false
    position = stringEnd(text, position, &isEscaped)
    let name = (nameStart + 1)..<(position - 1)
    output.append(text, nameStart..<position)
    let colon = position
    position = skipBlanks(text, position, text.byteCount) + 1
    position = skipBlanks(text, position, text.byteCount)
    output.append(text, colon..<position)
    let active = json.active.count
    var step = PathStep()
    if isEscaped {
      var plain = json.lend()
      // A name that no text can hold is no name of a path.
      if plain.appendUnescaped(text, name) { step = follow(plain.bytes, 0..<plain.count, place, prepared) }
      json.takeBack(plain)
    } else {
      step = follow(text, name, place, prepared)
    }
    defer { json.active.removeLast(json.active.count - active) }
    let inner = inside(place, active, step.known, prepared)
    let treatment = prepared.treatments[inner.treatment]
    // A name that nobody planned may be an address itself.
    if !step.isNamed && !treatment.keeps && (isEscaped || JSONScanner.isOdd(text, name)) {
      position = end(text, position)
      return false
    }
    return try self.value(text, &position, inner, prepared, to: &output)
  }

  private mutating func item(
    _ text: borrowing RawSpan, _ position: inout Int, _ place: JSONPlace, _ prepared: JSONText.Prepared,
    to output: inout ByteSink
  ) throws(NativeError) -> Bool {
    let active = json.active.count
    defer { json.active.removeLast(json.active.count - active) }
    var known = -1
    for index in place.paths {
      let next = prepared.nodes[json.active[index]].items
      if next >= 0 { enter(next, &known, prepared) }
    }
    return try self.value(text, &position, inside(place, active, known, prepared), prepared, to: &output)
  }

  private func stringEnd(_ text: borrowing RawSpan, _ start: Int, _ isEscaped: inout Bool) -> Int {
    var position = start
    do throws(RecordError) { isEscaped = try jsonGrammar.string(text, &position) } catch { return text.byteCount }
    return position
  }

  // MARK: paths

  /// Takes up the nodes that a name leads to.
  private mutating func follow(
    _ name: borrowing RawSpan, _ range: Range<Int>, _ place: JSONPlace, _ prepared: JSONText.Prepared
  ) -> PathStep {
    var step = PathStep()
    for index in place.paths {
      let node = json.active[index]
      for child in prepared.nodes[node].names.indices where name.equals(range, prepared.nodes[node].names[child]) {
        step.isNamed = true
        enter(prepared.nodes[node].children[child], &step.known, prepared)
      }
      if prepared.nodes[node].any >= 0 { enter(prepared.nodes[node].any, &step.known, prepared) }
    }
    return step
  }

  private mutating func enter(_ node: Int, _ known: inout Int, _ prepared: JSONText.Prepared) {
    let treatment = prepared.nodes[node].treatment
    if treatment >= 0, known < 0 || prepared.treatments[treatment].strictness > prepared.treatments[known].strictness {
      known = treatment
    }
    if !prepared.nodes[node].isLeaf { json.active.append(node) }
  }

  private func inside(_ place: JSONPlace, _ active: Int, _ known: Int, _ prepared: JSONText.Prepared) -> JSONPlace {
    JSONPlace(
      paths: active..<json.active.count, treatment: known >= 0 ? known : place.treatment, texts: place.texts)
  }

  // MARK: values

  /// Appends a value, moves behind it, and tells whether it stays.
  private mutating func value(
    _ text: borrowing RawSpan, _ position: inout Int, _ place: JSONPlace, _ prepared: JSONText.Prepared,
    to output: inout ByteSink
  ) throws(NativeError) -> Bool {
    let treatment = prepared.treatments[place.treatment]
    let first = text[position]
    if isContainer(first), !place.paths.isEmpty || treatment.isScan {
      try container(text, &position, place, prepared, to: &output)
      return true
    }
    let end = end(text, position)
    defer { position = end }
    if isContainer(first) {
      if treatment == .drop { return false }
      if treatment.keeps { output.append(text, position..<end) } else { output.append(jsonNull) }
      return true
    }
    if first == UInt8(ascii: "\"") { return try string(text, position..<end, place, prepared, to: &output) }
    if treatment == .drop { return false }
    if treatment.keeps || first == UInt8(ascii: "n") {
      output.append(text, position..<end)
    } else if let conversion = prepared.conversions[place.treatment], first != UInt8(ascii: "t"), first != UInt8(ascii: "f") {
      try number(text, position..<end, conversion, to: &output)
    } else if treatment.isScan {
      output.append(text, position..<end)
    } else {
      output.append(jsonNull)
    }
    return true
  }

  /// A number may be an identifier: its digits are hashed like a text, and searched like one.
  private mutating func number(
    _ text: borrowing RawSpan, _ range: Range<Int>, _ conversion: Prepared, to output: inout ByteSink
  ) throws(NativeError) {
    if case .scan(let scan) = conversion.form {
      let hides = scanner.finds(text, range, scan, known: &known)
      return hides ? output.append(jsonNull) : output.append(text, range)
    }
    let before = output.count
    output.append(UInt8(ascii: "\""))
    switch try append(text, range, conversion, to: &output) {
    case .written, .prehashed: output.append(UInt8(ascii: "\""))
    case .left, .made, .unfit, .unconverted:
      output.removeLast(output.count - before)
      output.append(jsonNull)
    }
  }

  private mutating func string(
    _ text: borrowing RawSpan, _ range: Range<Int>, _ place: JSONPlace, _ prepared: JSONText.Prepared,
    to output: inout ByteSink
  ) throws(NativeError) -> Bool {
    let treatment = prepared.treatments[place.treatment]
    let conversion = prepared.conversions[place.treatment]
    if treatment == .drop && place.paths.isEmpty { return false }
    if place.paths.isEmpty && conversion == nil {
      let content = (range.lowerBound + 1)..<(range.upperBound - 1)
      if treatment.keeps || isLeftAlone(text, content) { output.append(text, range) } else { output.append(jsonNull) }
      return true
    }
    var decoded = json.lend()
    var made = json.lend()
    let content = (range.lowerBound + 1)..<(range.upperBound - 1)
    let outcome =
      decoded.appendUnescaped(text, content) ? try convert(decoded, place, prepared, to: &made) : ConversionOutcome.unfit
    switch outcome {
    case .left, .made: output.append(text, range)
    case .unfit, .unconverted: if treatment != .drop { output.append(jsonNull) }
    // A text in which nothing changed keeps its spelling.
    case .written where made.bytes.equals(0..<made.count, decoded.bytes): output.append(text, range)
    case .written, .prehashed:
      output.append(UInt8(ascii: "\""))
      output.appendEscaped(made)
      output.append(UInt8(ascii: "\""))
    }
    json.takeBack(decoded)
    json.takeBack(made)
    if case .unfit = outcome { return treatment != .drop }
    return true
  }

  /// What becomes of the text of a string: of the JSON text that it is, where a path leads into it.
  private mutating func convert(
    _ text: borrowing ByteSink, _ place: JSONPlace, _ prepared: JSONText.Prepared, to made: inout ByteSink
  ) throws(NativeError) -> ConversionOutcome {
    let start = skipBlanks(text.bytes, 0, text.count)
    if !place.paths.isEmpty, start < text.count, isContainer(text.bytes[start]) {
      if place.texts < JSONText.textLimit {
        var place = place
        place.texts += 1
        if try document(text.bytes, place, prepared, to: &made) { return .written }
        made.removeAll()
      }
      // It cannot be entered, though what a path speaks of may stand in it.
      if prepared.treatments[place.treatment].keeps { return .unfit }
    }
    if let conversion = prepared.conversions[place.treatment] { return try append(text, conversion, to: &made) }
    return prepared.treatments[place.treatment].keeps || isLeftAlone(text.bytes, 0..<text.count) ? .left : .unfit
  }
}

extension Treatment {
  /// Whether texts are searched, so that arrays and objects are walked to their leaves.
  fileprivate var isScan: Bool { if case .scan = self { true } else { false } }
}
