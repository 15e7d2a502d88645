internal import ScrubNative

/// Converts the values of a line or item into what takes their place.
///
/// One worker owns it; its buffers are used again for every value.
struct JSONConversions: ~Copyable {
  /// By cell: what is done with a value, where it is converted.
  private let prepared: [Converter.Prepared?]
  /// By cell: the hashing of a plain text, which is what most conversions are.
  let hashings: [Pseudonymiser.Prepared?]
  /// By slot: the kind of identifier that its values are.
  private let identifies: [IdentifierKind?]
  /// The event whose identifiers are known, by its number in the line; -1 before there is one.
  private var knownGroup: Int32 = -1
  /// The identifiers around the events of a batch, in the line's spans.
  private var envelope: [Int]?
  /// What became of the last value, as it stands in JSON.
  private(set) var text = ByteSink(capacity: 512)
  private var decoded = ByteSink(capacity: 512)
  private var converted = ByteSink(capacity: 512)

  /// - Throws: `NativeError` when a subkey cannot be made.
  init(_ plan: JSONPlan, _ converter: inout Converter) throws(NativeError) {
    var prepared: [Converter.Prepared?] = []
    for cell in plan.cells { prepared.append(try converter.prepare(cell.treatment)) }
    self.prepared = prepared
    hashings = prepared.map { $0?.hashing }
    identifies = plan.identifies
  }

  /// A line begins: no identifier of it is known.
  mutating func begin() {
    knownGroup = -1
    envelope = nil
  }

  /// Fills `text` with what becomes of a value, if it is one that the conversion of its cell takes.
  ///
  /// - Parameter place: where the conversion of a string without escapes is remembered.
  mutating func convert(
    _ bytes: borrowing RawSpan, _ span: JSONSpan, _ cell: Int, _ place: PseudonymCache.Place,
    _ line: JSONLine, _ converter: inout Converter
  ) throws(RecordError) -> ConversionOutcome {
    text.removeAll()
    if let hashing = hashings[cell], span.shape == .string, !span.isEscaped {
      return try appendPseudonym(bytes, span, hashing, place, &converter)
    }
    guard let conversion = prepared[cell] else { return .unfit }
    if conversion.needsKnown { noteKnown(bytes, span.group, line, &converter) }
    switch span.shape {
    case .string: return try convertString(bytes, span, conversion, &converter)
    case .number:
      guard let coarser = conversion.generalising, coarser.appendNumber(bytes, span.value, to: &text) else { return .unfit }
      return .written
    case .boolean, .null, .array, .object: return .unfit
    }
  }

  /// Fills `text` with the pseudonym of a string without escapes, in quotes.
  private mutating func appendPseudonym(
    _ bytes: borrowing RawSpan, _ span: JSONSpan, _ hashing: Pseudonymiser.Prepared, _ place: PseudonymCache.Place,
    _ converter: inout Converter
  ) throws(RecordError) -> ConversionOutcome {
    text.append(UInt8(ascii: "\""))
    let outcome: ConversionOutcome
    do throws(NativeError) {
      outcome = try converter.append(bytes, span.content, hashing, at: place, to: &text)
    } catch {
      throw RecordError(.digest, at: Int(span.start))
    }
    text.append(UInt8(ascii: "\""))
    return outcome
  }

  /// Fills `text` with what becomes of a string, in quotes.
  private mutating func convertString(
    _ bytes: borrowing RawSpan, _ span: JSONSpan, _ conversion: Converter.Prepared, _ converter: inout Converter
  ) throws(RecordError) -> ConversionOutcome {
    let content = span.content
    var outcome = ConversionOutcome.unfit
    do throws(NativeError) {
      if !span.isEscaped && !conversion.mayNeedEscapes {
        text.append(UInt8(ascii: "\""))
        outcome = try converter.append(bytes, content, conversion, to: &text)
      } else {
        decoded.removeAll()
        guard decoded.appendUnescaped(bytes, content) else { return .unfit }
        converted.removeAll()
        outcome = try converter.append(decoded, conversion, to: &converted)
        if case .written = outcome, converted.bytes.equals(0..<converted.count, decoded.bytes) {
          // A text in which nothing changed keeps its spelling.
          text.append(bytes, span.value)
          return outcome
        }
        text.append(UInt8(ascii: "\""))
        text.appendEscaped(converted)
      }
    } catch {
      throw RecordError(.digest, at: Int(span.start))
    }
    text.append(UInt8(ascii: "\""))
    return outcome
  }

  /// Makes known the identifiers of an event, and those around the events of a batch; for what stands around them
  /// those of all.
  private mutating func noteKnown(
    _ bytes: borrowing RawSpan, _ group: Int32, _ line: JSONLine, _ converter: inout Converter
  ) {
    if knownGroup == group { return }
    knownGroup = group
    converter.known.removeAll()
    guard group > 0 else {
      for index in line.spans.indices { noteKnown(bytes, line.spans[index], &converter) }
      return
    }
    let around = envelope ?? identifiersAround(line)
    envelope = around
    for index in around { noteKnown(bytes, line.spans[index], &converter) }
    for index in line.groups[Int(group) - 1].spans { noteKnown(bytes, line.spans[index], &converter) }
  }

  /// The identifiers around the events, no more than can be known.
  private func identifiersAround(_ line: JSONLine) -> [Int] {
    var found: [Int] = []
    for index in line.spans.indices where line.spans[index].group == 0 {
      guard identifies[Int(line.spans[index].slot)] != nil else { continue }
      found.append(index)
      if found.count == KnownValues.valueLimit { break }
    }
    return found
  }

  private mutating func noteKnown(_ bytes: borrowing RawSpan, _ span: JSONSpan, _ converter: inout Converter) {
    guard let kind = identifies[Int(span.slot)] else { return }
    switch span.shape {
    case .string where span.isEscaped:
      decoded.removeAll()
      guard decoded.appendUnescaped(bytes, span.content) else { return }
      converter.known.add(decoded.bytes, 0..<decoded.count, kind: kind.kind(of: decoded.bytes, 0..<decoded.count))
    case .string, .number:
      let quote = span.shape == .string ? 1 : 0
      let content = (Int(span.start) + quote)..<(Int(span.end) - quote)
      converter.known.add(bytes, content, kind: kind.kind(of: bytes, content))
    case .boolean, .null, .array, .object: return
    }
  }
}
