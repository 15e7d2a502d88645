/// What must stand in a text that holds a value, however it is spelled there: eight bytes of each of its spellings, and in
/// front of them the letters and digits that nothing needs to encode. In all of them the second bit of the upper half is
/// set, so that letters of either case are the same.
///
/// Spellings are: as it is; with some of its signs percent-encoded, or escaped as in JSON, once or twice; in base64 of
/// either alphabet, at each of the three places of a group; numbers with signs between groups of digits.
struct SweepAnchors {
  /// Bytes of an anchor.
  static let length = 8

  /// Eight bytes, the first one lowest.
  struct Anchor: Hashable {
    let word: UInt64
    /// The bytes in front of them, the last one highest.
    let front: UInt64
    /// Those of them that must be there.
    let frontMask: UInt64

    func hash(into hasher: inout Hasher) { hasher.combine(word) }
  }

  private(set) var anchors: Set<Anchor> = []
  private var front: UInt64 = 0
  private var frontMask: UInt64 = 0

  init(_ values: SweepValues) {
    for value in values.values {
      let start = Self.start(in: value)
      (front, frontMask) = (0, 0)
      if value.isPhone {
        addNumber(value.text[start...])
      } else {
        stand(behind: value.text[..<start])
        addSpellings(value.text[start...])
        (front, frontMask) = (0, 0)
      }
      addBase64(value.text[start..<(start + Self.length)], ignoresCase: value.letters != .exact)
    }
  }

  /// Where the part of a value starts that is looked for: eight bytes without signs if there are any, with some variety,
  /// the last ones, for many ids begin alike; of an address before the domain, which many share.
  static func start(in value: SweepValues.Value) -> Int {
    let last = value.text.count - length
    if value.isPhone { return last }
    let local = value.isAddress ? value.text.firstIndex(of: UInt8(ascii: "@")) : nil
    let starts = (0...min(last, max(0, (local ?? .max) - length))).reversed().filter {
      value.text[$0..<($0 + length)].allSatisfy(isUnreserved)
    }
    let varied = starts.first { variety(of: value.text[$0..<($0 + length)]) >= leastVariety }
    if let start = varied ?? starts.first { return start }
    if local != nil { return 0 }
    // A character is not cut.
    return (0...last).reversed().first { value.text[$0] & 0xc0 != 0x80 } ?? last
  }

  /// `00000000` stands in many ids.
  private static let leastVariety = 4

  /// How many bytes are not the same as one before.
  private static func variety(of bytes: ArraySlice<UInt8>) -> Int {
    bytes.indices.count { !bytes[..<$0].contains(bytes[$0]) }
  }

  /// Letters, digits and signs that nothing needs to encode (RFC 3986 section 2.3).
  static func isUnreserved(_ byte: UInt8) -> Bool {
    isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
  }

  /// Takes up the first eight bytes of a spelling.
  private mutating func add(_ spelling: some Collection<UInt8>) {
    var word: UInt64 = 0
    for (index, byte) in spelling.prefix(Self.length).enumerated() {
      word |= UInt64(byte | 0x20) << UInt64(8 * index)
    }
    add(word)
  }

  private mutating func add(_ word: UInt64) {
    anchors.insert(Anchor(word: word, front: front, frontMask: frontMask))
  }

  // MARK: texts

  /// What follows stands behind a text: its last bytes, up to eight, as far as nothing needs to encode them.
  private mutating func stand(behind text: ArraySlice<UInt8>) {
    for (index, byte) in text.suffix(Self.length).reversed().prefix(while: Self.isUnreserved).enumerated() {
      front |= UInt64(byte | 0x20) << UInt64(56 - 8 * index)
      frontMask |= 0xff << UInt64(56 - 8 * index)
    }
  }

  private mutating func addSpellings(_ text: ArraySlice<UInt8>) {
    if text.prefix(Self.length).allSatisfy(Self.isUnreserved) { return add(text) }
    let units = String(decoding: text.prefix(Self.length + 3), as: UTF8.self).unicodeScalars.map(
      Self.spellings)
    extend([], units[...])
  }

  private mutating func extend(_ spelled: [UInt8], _ units: ArraySlice<[[UInt8]]>) {
    if spelled.count >= Self.length { return add(spelled) }
    for unit in units.first ?? [] { extend(spelled + unit, units.dropFirst()) }
  }

  /// How a character may be spelled.
  private static func spellings(_ scalar: Unicode.Scalar) -> [[UInt8]] {
    let bytes = Array(String(scalar).utf8)
    if bytes.count == 1 && isUnreserved(bytes[0]) { return [bytes] }
    var all = [
      bytes, bytes.flatMap { [UInt8(ascii: "%")] + hex($0) }, bytes.flatMap { Array("%25".utf8) + hex($0) },
    ]
    let escaped = String(scalar).utf16.flatMap {
      Array("\\u".utf8) + hex(UInt8($0 >> 8)) + hex(UInt8($0 & 0xff))
    }
    all += [
      escaped,
      String(scalar).utf16.flatMap { Array("\\\\u".utf8) + hex(UInt8($0 >> 8)) + hex(UInt8($0 & 0xff)) },
    ]
    if scalar == " " { all.append([UInt8(ascii: "+")]) }
    if scalar == "/" || scalar == "\"" || scalar == "\\" {
      for count in 1...3 { all.append([UInt8](repeating: UInt8(ascii: "\\"), count: count) + bytes) }
    }
    return all
  }

  private static func hex(_ byte: UInt8) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
  }

  // MARK: numbers

  /// Eight digits in one piece, and in groups of two or more with one sign between them all.
  private mutating func addNumber(_ digits: ArraySlice<UInt8>) {
    add(digits)
    for gap in Self.gaps { group(Tail(digits), behind: Tail(), gap: gap) }
  }

  private static let gaps: [Tail] =
    ([" ", "-", ".", "/", "+", ")", ") ", " - ", "%20"].map { Array($0.utf8) } + unbreakableGaps.flatMap(spellings))
    .map { Tail($0) }

  /// Takes digits from the end.
  private mutating func group(_ digits: Tail, behind: Tail, gap: Tail) {
    if behind.count > 0 { add(digits.inFront(of: behind).word) }
    // What stands further in front is not looked at.
    guard digits.count > 2, behind.count < Self.length else { return }
    for count in 2..<digits.count {
      group(digits.dropLast(count), behind: gap.inFront(of: digits.suffix(count).inFront(of: behind)), gap: gap)
    }
  }

  /// The last bytes of a text, up to eight, as they stand in an anchor.
  private struct Tail {
    /// The last byte highest.
    private(set) var word: UInt64 = 0
    private(set) var count = 0

    init() {}

    init(_ text: some BidirectionalCollection<UInt8>) {
      for byte in text.suffix(length) { word = word >> 8 | UInt64(byte | 0x20) << 56 }
      count = min(text.count, length)
    }

    func inFront(of other: Tail) -> Tail {
      var both = other
      both.word |= word >> UInt64(8 * other.count)
      both.count = min(count + other.count, length)
      return both
    }

    func dropLast(_ gone: Int) -> Tail {
      var rest = self
      rest.word <<= UInt64(8 * gone)
      rest.count -= gone
      return rest
    }

    func suffix(_ kept: Int) -> Tail {
      var end = self
      end.word &= ~(UInt64.max >> UInt64(8 * kept))
      end.count = kept
      return end
    }
  }

  // MARK: base64

  /// Of eight bytes at each place of a group of three, eight characters that no neighbour changes (RFC 4648 section 4).
  private mutating func addBase64(_ bytes: ArraySlice<UInt8>, ignoresCase: Bool) {
    // The last byte has no part in any of them.
    let bytes = Array(bytes.dropLast())
    let letters = ignoresCase ? bytes.indices.filter { isLetter(bytes[$0]) } : []
    // All ways to write the letters.
    for way in 0..<(1 << letters.count) {
      var bits: UInt64 = 0
      for (index, byte) in bytes.enumerated() { bits |= UInt64(byte) << UInt64(8 * (bytes.count - 1 - index)) }
      for (number, letter) in letters.enumerated() where way >> number & 1 == 1 {
        bits ^= 0x20 << UInt64(8 * (bytes.count - 1 - letter))
      }
      for skipped in [0, 4, 2] as [UInt64] { addBase64(of: bits << skipped) }
    }
  }

  /// - Parameter bits: of seven bytes, of which the upper 48 count.
  private mutating func addBase64(of bits: UInt64) {
    var word: UInt64 = 0
    var urlWord: UInt64 = 0
    for index in 0..<UInt64(Self.length) {
      let digit = Int(bits >> (50 - 6 * index) & 63)
      word |= UInt64(Self.alphabet[digit] | 0x20) << (8 * index)
      urlWord |= UInt64(Self.urlAlphabet[digit] | 0x20) << (8 * index)
    }
    add(word)
    if urlWord != word { add(urlWord) }
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let urlAlphabet = Array(alphabet.dropLast(2)) + Array("-_".utf8)
}
