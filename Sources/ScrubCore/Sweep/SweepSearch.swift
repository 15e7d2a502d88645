/// A value that was found in a text.
struct SweepHit {
  var range: Range<Int>
  let value: Int
  /// Whether it stands in base64, of which a whole run goes.
  var isEncoded = false
}

/// Searches single texts. The memory of one worker.
struct SweepSearch: ~Copyable {
  private let book: SweepBook
  private var decoded = ByteSink(capacity: 1024)

  /// Eight bytes take eleven characters of base64.
  private static let runLeast = 11

  init(_ book: SweepBook) { self.book = book }

  /// Appends every place of a value in a text: as it stands there, and in base64.
  mutating func run(_ text: borrowing RawSpan, into hits: inout [SweepHit]) {
    let all = 0..<text.byteCount
    book.findTexts(text, all, into: &hits)
    book.findNumbers(text, all, into: &hits)
    var index = 0
    while index < text.byteCount {
      guard isBase64(text[index]) else {
        index += 1
        continue
      }
      let start = index
      while index < text.byteCount && isBase64(text[index]) { index += 1 }
      if index - start >= Self.runLeast { searchEncoded(text, start..<index, into: &hits) }
    }
  }

  /// Searches a run of base64. What holds a value goes whole: the message id that it is with the `wamid.` in front, a
  /// piece of it without signs, for these may be those of a path, or else all of it; each with its padding.
  private mutating func searchEncoded(
    _ text: borrowing RawSpan, _ run: Range<Int>, into hits: inout [SweepHit]
  ) {
    if run.lowerBound >= 6 && text.equals((run.lowerBound - 6)..<run.lowerBound, Self.messageMark) {
      _ = searchDecoded(text, run, from: run.lowerBound - 6, into: &hits)
      return
    }
    var isFound = false
    var start = run.lowerBound
    for index in run where !isDigit(text[index]) && !isLetter(text[index]) {
      if searchDecoded(text, start..<index, from: start, into: &hits) { isFound = true }
      start = index + 1
    }
    if searchDecoded(text, start..<run.upperBound, from: start, into: &hits) { isFound = true }
    if start > run.lowerBound && !isFound { _ = searchDecoded(text, run, from: run.lowerBound, into: &hits) }
  }

  /// - Parameter start: of what goes if a value is found.
  /// - Returns: whether one is.
  private mutating func searchDecoded(
    _ text: borrowing RawSpan, _ run: Range<Int>, from start: Int, into hits: inout [SweepHit]
  ) -> Bool {
    let first = hits.count
    // The run may start with characters that belong to something else, so each phase is tried.
    for phase in 0..<4 where hits.count == first && run.count - phase >= Self.runLeast {
      decoded.removeAll()
      decoded.appendDecodedBase64(text, (run.lowerBound + phase)..<run.upperBound)
      book.findTexts(decoded.bytes, 0..<decoded.count, into: &hits)
      book.findNumbers(decoded.bytes, 0..<decoded.count, into: &hits)
    }
    guard hits.count > first else { return false }
    var end = run.upperBound
    while end < text.byteCount && text[end] == UInt8(ascii: "=") { end += 1 }
    for index in first..<hits.count {
      hits[index].range = start..<end
      hits[index].isEncoded = true
    }
    return true
  }

  private static let messageMark = Array("wamid.".utf8)
}

/// What is known of the values before a text is seen: immutable, and shared by all workers.
package struct SweepBook: Sendable {
  package let values: SweepValues
  let filter: SweepFilter
  /// By value: where the eight bytes start by which it is looked up.
  private let starts: [Int]
  private let words: SweepIndex
  /// By the last eight digits.
  private let numbers: SweepIndex

  package init(_ values: SweepValues) {
    self.values = values
    filter = SweepFilter(SweepAnchors(values).anchors)
    starts = values.values.map(SweepAnchors.start)
    var words: [UInt64: [Int]] = [:]
    var numbers: [UInt64: [Int]] = [:]
    for (index, value) in values.values.enumerated() {
      let eight = value.text[starts[index]..<(starts[index] + SweepAnchors.length)]
      if value.isPhone {
        numbers[eight.reduce(0) { $0 * 10 + UInt64($1 &- 0x30) }, default: []].append(index)
      } else {
        words[eight.reversed().reduce(0) { $0 << 8 | UInt64($1 | 0x20) }, default: []].append(index)
      }
    }
    self.words = SweepIndex(words)
    self.numbers = SweepIndex(numbers)
  }

  // MARK: texts

  /// Appends every place of a value that is no number.
  func findTexts(_ text: borrowing RawSpan, _ range: Range<Int>, into hits: inout [SweepHit]) {
    guard !words.isEmpty, range.count >= SweepAnchors.length else { return }
    for index in range.lowerBound...(range.upperBound - SweepAnchors.length) {
      let word = text.word(at: index) | 0x2020_2020_2020_2020
      guard words.mayHold(word) else { continue }
      for value in words[word] {
        let start = index - starts[value]
        let place = start..<(start + values.values[value].text.count)
        if place.lowerBound >= range.lowerBound && place.upperBound <= range.upperBound
          && stands(value, text, place, range)
        {
          hits.append(SweepHit(range: place, value: value))
        }
      }
    }
  }

  private func stands(_ value: Int, _ text: borrowing RawSpan, _ place: Range<Int>, _ range: Range<Int>)
    -> Bool
  {
    let known = values.values[value]
    var isExact = true
    for (offset, byte) in known.text.enumerated() {
      let found = text[place.lowerBound + offset]
      if found == byte { continue }
      guard known.letters != .exact, lowered(found) == lowered(byte) else { return false }
      isExact = false
    }
    if isExact && known.letters == .other { return false }
    guard !endsInWord(text, range.lowerBound..<place.lowerBound, known.script),
      !startsWithWord(text, place.upperBound..<range.upperBound, known.script)
    else { return false }
    return !known.isAddress || isWholeAddress(text, place, range)
  }

  /// Whether an address is no part of a longer one: `x.ada@example.test`, `ada@example.test.example`.
  private func isWholeAddress(_ text: borrowing RawSpan, _ place: Range<Int>, _ range: Range<Int>) -> Bool {
    if place.lowerBound > range.lowerBound, Self.joinsLocals.contains(text[place.lowerBound - 1]),
      endsInWord(text, range.lowerBound..<(place.lowerBound - 1), .latin)
    {
      return false
    }
    return place.upperBound == range.upperBound || !Self.joinsLabels.contains(text[place.upperBound])
      || !startsWithWord(text, (place.upperBound + 1)..<range.upperBound, .latin)
  }

  private static let joinsLocals = Array(".-_+".utf8)
  private static let joinsLabels = Array(".-".utf8)

  // MARK: numbers

  /// Appends every place of a telephone number: as a whole, with `+` or `00` in front, or as it is dialled in its
  /// country; with up to three signs between digits.
  func findNumbers(_ text: borrowing RawSpan, _ range: Range<Int>, into hits: inout [SweepHit]) {
    guard !numbers.isEmpty else { return }
    var run = DigitRun()
    for index in range {
      let byte = text[index]
      guard isDigit(byte) else {
        run.pass(byte, isGap: isPhoneGap(byte) || byte >= 0x80 && isUnbreakableGap(text, at: index))
        continue
      }
      run.add(byte, at: index)
      let isLast = index + 1 == range.upperBound || !isDigit(text[index + 1])
      guard isLast, run.count >= SweepAnchors.length, numbers.mayHold(run.lastEight) else { continue }
      for value in numbers[run.lastEight] {
        guard let start = start(of: value, text, run, range),
          !startsWithWord(text, (index + 1)..<range.upperBound, .latin)
        else {
          continue
        }
        hits.append(SweepHit(range: start..<(index + 1), value: value))
      }
    }
  }

  /// Where a number starts that ends with the last digit of a run; nothing where the digits are another one's.
  private func start(of value: Int, _ text: borrowing RawSpan, _ run: DigitRun, _ range: Range<Int>) -> Int? {
    let known = values.values[value]
    let digits = known.text
    var same = 0
    while same < min(digits.count, run.kept) && text[run.place(same)] == digits[digits.count - 1 - same] {
      same += 1
    }
    if same == digits.count, let start = wholeStart(text, run, digits.count, range) { return start }
    let national = known.nationalCount
    guard same >= national, national < digits.count, run.count < DigitRun.limit else { return nil }
    return nationalStart(text, run, national, code: digits.dropLast(national), range)
  }

  /// The number with its calling code: at the start of a group of digits, or behind `00`.
  private func wholeStart(_ text: borrowing RawSpan, _ run: DigitRun, _ count: Int, _ range: Range<Int>)
    -> Int?
  {
    var start = run.place(count - 1)
    if run.kept >= count + 2, run.place(count) == start - 1, run.place(count + 1) == start - 2,
      text[start - 1] == 0x30,
      text[start - 2] == 0x30
    {
      start -= 2
    }
    if start > range.lowerBound && text[start - 1] == UInt8(ascii: "+") { start -= 1 }
    guard start == range.lowerBound || !isDigit(text[start - 1]) else { return nil }
    return endsInWord(text, range.lowerBound..<start, .latin) ? nil : start
  }

  /// The number without its calling code, or with a zero between the two: `+49 (0) 1512 3456789`.
  private func nationalStart(
    _ text: borrowing RawSpan, _ run: DigitRun, _ count: Int, code: ArraySlice<UInt8>, _ range: Range<Int>
  ) -> Int? {
    var first = count - 1
    if run.count > count && text[run.place(count)] == 0x30 { first += 1 }
    var start = run.place(first)
    if first + 1 < run.count {
      let front = (first + 1..<run.count).reversed().map { text[run.place($0)] }
      if first == count && front.drop(while: { $0 == 0x30 }).elementsEqual(code) {
        start = run.place(run.count - 1)
      } else if run.hasPlus || text[start - 1] != 0x20 {
        // Digits of another country's number go before.
        return nil
      }
    } else if run.hasPlus {
      return nil
    }
    if start > range.lowerBound,
      text[start - 1] == UInt8(ascii: "+") || opensBracket(text, run, before: start)
    {
      start -= 1
    }
    return endsInWord(text, range.lowerBound..<start, .latin) ? nil : start
  }

  /// Whether the bracket in front of a number closes in it: `(202) 555-0143`.
  private func opensBracket(_ text: borrowing RawSpan, _ run: DigitRun, before start: Int) -> Bool {
    guard text[start - 1] == UInt8(ascii: "(") else { return false }
    for index in start..<run.place(0) where text[index] == UInt8(ascii: ")") { return true }
    return false
  }
}

/// The digits of a number on its way, with the signs that people write between them.
private struct DigitRun {
  /// Digits whose places are kept.
  static let limit = 32

  private var places: InlineArray<32, Int> = .init(repeating: 0)
  private(set) var count = 0
  private(set) var lastEight: UInt64 = 0
  /// Whether a plus stands before or between them.
  private(set) var hasPlus = false
  private var gap = 0

  var kept: Int { min(count, Self.limit) }

  mutating func add(_ digit: UInt8, at place: Int) {
    places[count & (Self.limit - 1)] = place
    count += 1
    gap = 0
    lastEight = (lastEight * 10 + UInt64(digit &- 0x30)) % 100_000_000
  }

  /// Passes over what is no digit.
  ///
  /// - Parameter isGap: whether it is one of those signs, or a piece of one.
  mutating func pass(_ byte: UInt8, isGap: Bool) {
    if byte & 0xc0 != 0x80 { gap += 1 }
    if gap > 3 || !isGap { (count, gap, hasPlus) = (0, 0, false) }
    if byte == UInt8(ascii: "+") { hasPlus = true }
  }

  /// Where a digit stands, counted from the last one.
  func place(_ fromLast: Int) -> Int { places[(count - 1 - fromLast) & (Self.limit - 1)] }
}

/// Values by eight bytes of theirs.
private struct SweepIndex: Sendable {
  private var bits = [UInt64](repeating: 0, count: 1024)
  private let values: [UInt64: [Int]]

  init(_ values: [UInt64: [Int]]) {
    self.values = values
    for word in values.keys { bits[Self.place(word) >> 6] |= 1 << UInt64(Self.place(word) & 63) }
  }

  var isEmpty: Bool { values.isEmpty }

  @inline(__always)
  private static func place(_ word: UInt64) -> Int {
    Int(truncatingIfNeeded: (word &* 0x9e37_79b9_7f4a_7c15) >> 48)
  }

  @inline(__always)
  func mayHold(_ word: UInt64) -> Bool {
    let place = Self.place(word)
    return bits[place >> 6] & 1 << UInt64(place & 63) != 0
  }

  subscript(word: UInt64) -> [Int] { values[word] ?? [] }
}

// MARK: - Words

/// Of what letters words are made that a value may be a part of.
private enum Script {
  case any
  /// Addresses and telephone numbers: in texts that set no blanks between words, or of another alphabet, they stand right
  /// beside other letters.
  case latin
}

extension SweepValues.Value {
  fileprivate var script: Script { isAddress ? .latin : .any }
}

/// Whether the last character of a range is a letter or a digit.
private func endsInWord(_ text: borrowing RawSpan, _ range: Range<Int>, _ script: Script) -> Bool {
  guard !range.isEmpty else { return false }
  var start = range.upperBound - 1
  if text[start] < 0x80 { return isDigit(text[start]) || isLetter(text[start]) }
  while start > range.lowerBound && range.upperBound - start < 4 && text[start] & 0xc0 == 0x80 { start -= 1 }
  return isWord(text, start..<range.upperBound, script)
}

/// Whether the first character of a range is a letter or a digit.
private func startsWithWord(_ text: borrowing RawSpan, _ range: Range<Int>, _ script: Script) -> Bool {
  guard !range.isEmpty else { return false }
  let lead = text[range.lowerBound]
  if lead < 0x80 { return isDigit(lead) || isLetter(lead) }
  let length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  return isWord(text, range.lowerBound..<min(range.upperBound, range.lowerBound + length), script)
}

/// Whether some bytes are one character, and that a letter or a digit.
private func isWord(_ text: borrowing RawSpan, _ range: Range<Int>, _ script: Script) -> Bool {
  guard isUTF8(text, range) else { return false }
  let scalars = String(decoding: text.array(range), as: UTF8.self).unicodeScalars
  guard scalars.count == 1, let scalar = scalars.first else { return false }
  let isLetter = scalar.properties.isAlphabetic
  switch script {
  case .any: return isLetter || scalar.properties.numericType != nil
  case .latin: return isLetter && isLatin(scalar) || scalar.properties.generalCategory == .decimalNumber
  }
}

/// Whether a letter beyond ASCII is one of the Latin alphabet.
private func isLatin(_ letter: Unicode.Scalar) -> Bool {
  switch letter.value {
  case 0xaa, 0xba, 0xc0...0x2af, 0x1e00...0x1eff, 0x2c60...0x2c7f, 0xa720...0xa7ff, 0xff21...0xff5a: true
  default: false
  }
}
