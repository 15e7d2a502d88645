internal import ScrubNative

/// A search of free text: what is found is replaced, and the rest stays.
package struct Scanning: Hashable, Sendable {
  package enum Replacement: String, CaseIterable, Hashable, Sendable {
    /// `[email]`
    case label
    /// The pseudonym that the value has in the domain of its kind.
    case hash
  }

  package let finds: Finds
  package let replacement: Replacement

  package init(_ finds: Finds, replacement: Replacement = .label) {
    self.finds = finds
    self.replacement = replacement
  }

  /// Bytes of the longest text that is searched; longer ones are redacted whole.
  package static let sizeLimit = 4 << 20
}

/// Searches texts for one worker.
struct TextScan: ~Copyable {
  /// What is known before a text is seen.
  struct Prepared: Sendable {
    let finder: TextFinder
    let findsKnown: Bool
    /// By kind, where pseudonyms take the place of what is found.
    let pseudonyms: [Pseudonymiser.Prepared]
  }

  private var view = PlainView()
  private var found: [Found] = []
  private var compact = ByteSink(capacity: 128)
  private var spare: ByteSink?
  private var otherSpare: ByteSink?

  static func prepare(
    _ scanning: Scanning, _ pseudonymiser: inout Pseudonymiser
  ) throws(NativeError) -> Prepared {
    var pseudonyms: [Pseudonymiser.Prepared] = []
    if scanning.replacement == .hash {
      for kind in FoundKind.allCases { pseudonyms.append(try pseudonymiser.prepare(kind.hashing)) }
    }
    return Prepared(
      finder: TextFinder(finds: scanning.finds), findsKnown: scanning.finds.contains(.known), pseudonyms: pseudonyms)
  }

  /// Appends a text with everything replaced that is found in it.
  mutating func append(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ prepared: Prepared, known: inout KnownValues,
    _ pseudonymiser: inout Pseudonymiser, to output: inout ByteSink
  ) throws(NativeError) -> ConversionOutcome {
    if isLeftAlone(value, range) { return .left }
    guard range.count <= Scanning.sizeLimit, isUTF8(value, range) else { return .unfit }
    find(value, range, prepared, &known)
    if found.isEmpty {
      output.append(value, range)
      return .written
    }
    // What stood beside something that was found may be told now: so until nothing is.
    var text = spare.take() ?? ByteSink(capacity: 1024)
    var next = otherSpare.take() ?? ByteSink(capacity: 1024)
    try replace(value, range, prepared, known, &pseudonymiser, to: &text)
    var rounds = 1
    while rounds < Self.roundLimit {
      find(text.bytes, 0..<text.count, prepared, &known)
      if found.isEmpty { break }
      try replace(text.bytes, 0..<text.count, prepared, known, &pseudonymiser, to: &next)
      let isSame = text.bytes.equals(0..<text.count, next.bytes)
      swap(&text, &next)
      next.removeAll()
      if isSame { break }
      rounds += 1
    }
    let isSettled = rounds < Self.roundLimit
    if isSettled { output.append(text) }
    text.removeAll()
    next.removeAll()
    spare = consume text
    otherSpare = consume next
    return isSettled ? .written : .unfit
  }

  private static let roundLimit = 8

  /// Appends a text with everything in `found` replaced.
  private mutating func replace(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ prepared: Prepared, _ known: borrowing KnownValues,
    _ pseudonymiser: inout Pseudonymiser, to output: inout ByteSink
  ) throws(NativeError) {
    var copied = range.lowerBound
    for index in found.indices {
      let one = found[index]
      output.append(value, copied..<one.range.lowerBound)
      try appendReplacement(of: one, value, prepared, known, &pseudonymiser, to: &output)
      copied = one.range.upperBound
    }
    output.append(value, copied..<range.upperBound)
  }

  /// Whether anything is found in a text.
  mutating func finds(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ prepared: Prepared, known: inout KnownValues
  ) -> Bool {
    find(value, range, prepared, &known)
    return !found.isEmpty
  }

  /// Fills `found` in the order of the text, without overlaps.
  private mutating func find(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ prepared: Prepared, _ known: inout KnownValues
  ) {
    // Out of `self`, for the view of the text is in it too.
    var places: [Found] = []
    swap(&places, &found)
    places.removeAll(keepingCapacity: true)
    if PlainView.isNeeded(value, range) {
      view.take(value, range)
      searchView(prepared, &known, &places)
    } else {
      if prepared.findsKnown { known.find(value, range, into: &places) }
      prepared.finder.find(value, range, into: &places)
    }
    if value.contains(UInt8(ascii: "+"), in: range) {
      view.take(value, range)
      if view.blankPluses() { searchView(prepared, &known, &places) }
    }
    swap(&places, &found)
    unite()
  }

  /// Adds what is found in the view as it is, and with its escapes undone.
  private mutating func searchView(_ prepared: Prepared, _ known: inout KnownValues, _ places: inout [Found]) {
    var rounds = 0
    // What is no escape may look like one (`50%ab12`), so that a value is whole only before it is undone.
    repeat {
      if prepared.findsKnown { findInView(&places) { text, found in known.find(text, 0..<text.byteCount, into: &found) } }
      rounds += 1
    } while view.decodeRound() && rounds <= PlainView.roundLimit
    findInView(&places) { text, found in prepared.finder.find(text, 0..<text.byteCount, into: &found) }
  }

  /// Adds what is found in the view, by its place in the source.
  private func findInView(_ places: inout [Found], _ body: (borrowing RawSpan, inout [Found]) -> Void) {
    let first = places.count
    body(view.text.bytes, &places)
    for index in first..<places.count { places[index].range = view.source(places[index].range) }
  }

  /// Makes one place of those that overlap: of the kind of the one that is known, else of the first.
  private mutating func unite() {
    guard found.count > 1 else { return }
    found.sort { $0.range.lowerBound != $1.range.lowerBound ? $0.range.lowerBound < $1.range.lowerBound : $0.known > $1.known }
    var last = 0
    for index in 1..<found.count {
      let next = found[index]
      guard next.range.lowerBound < found[last].range.upperBound else {
        last += 1
        found[last] = next
        continue
      }
      if found[last].known < 0 && next.known >= 0 { (found[last].kind, found[last].known) = (next.kind, next.known) }
      found[last].range = found[last].range.lowerBound..<max(found[last].range.upperBound, next.range.upperBound)
    }
    found.removeLast(found.count - last - 1)
  }

  private mutating func appendReplacement(
    of one: Found, _ value: borrowing RawSpan, _ prepared: Prepared, _ known: borrowing KnownValues,
    _ pseudonymiser: inout Pseudonymiser, to output: inout ByteSink
  ) throws(NativeError) {
    let number = one.kind.number
    if prepared.pseudonyms.indices.contains(number) {
      compact.removeAll()
      if one.known >= 0 {
        compact.append(known.originals, known.original(one.known))
      } else {
        appendCompact(value, one)
      }
      switch try pseudonymiser.append(compact.bytes, 0..<compact.count, prepared.pseudonyms[number], to: &output) {
      case .written, .prehashed: return
      // It is a pseudonym already.
      case .left, .made: return output.append(value, one.range)
      case .unfit, .unconverted: break
      }
    }
    output.append(FoundKind.labels[number])
  }

  /// The value as it is hashed: without the escapes that hid it, and cards and accounts without gaps.
  private mutating func appendCompact(_ value: borrowing RawSpan, _ one: Found) {
    view.decode(value, one.range)
    let hasGaps = one.kind == .card || one.kind == .iban
    for index in 0..<view.text.count {
      let byte = view.text.bytes[index]
      if hasGaps && (byte == 0x20 || byte == UInt8(ascii: "-")) { continue }
      compact.append(byte)
    }
  }
}
