/// Masks what identifies other people in texts that are shown to one: addresses and numbers by their form, and words that
/// are known to be others' ids; as they stand there or in base64 or hex.
package struct OtherPeople: ~Copyable {
  private let own: Set<Identity>
  private let ownTexts: Set<[UInt8]>
  /// Words of texts that stand for identities of others, or of the one.
  private let known: [[UInt8]: Identity]
  /// Words of free texts that may be ids of somebody; nothing where those that are have been told.
  package private(set) var words: Set<[UInt8]>?
  /// Whether the text that is searched is free.
  private var isFree = false
  /// Network addresses from which the one was seen, in lower case.
  private var ownAddresses: Set<[UInt8]> = []
  private var view = PlainView()
  private var innerView = PlainView()
  private var decoded = ByteSink(capacity: 1024)
  private var reader = IdentityReader()

  /// - Parameters:
  ///   - own: the identities of the one to whom texts are shown.
  ///   - known: what words of texts stand for; nothing has words that may be ids collected instead.
  package init(own: Set<Identity>, known: [[UInt8]: Identity]?) {
    self.own = own
    ownTexts = Set(own.map(\.text))
    self.known = known ?? [:]
    words = known == nil ? [] : nil
  }

  /// Takes a network address for that of the one to whom texts are shown.
  package mutating func note(ownAddress address: String) { ownAddresses.insert(address.utf8.map { lowered($0) }) }

  /// What is looked for in a text.
  package enum Contents: Sendable {
    /// Written by people or programs: whatever may stand there.
    case free
    /// Of a form of its own, in which four numbers may be a version: all but network addresses.
    case formed

    fileprivate var finder: TextFinder { TextFinder(finds: self == .free ? [.email, .phone, .ip] : [.email, .phone]) }
  }

  /// Longer texts are masked whole.
  private static let sizeLimit = 4 << 20
  private static let roundLimit = 8

  /// Masks a text.
  ///
  /// - Returns: the text with `[email]`, `[phone]` and the like in place of what is not theirs, and how many there were of
  ///   each.
  package mutating func mask(_ text: String, _ contents: Contents = .free) -> (text: String, counts: [FoundKind: Int]) {
    var bytes = Array(text.utf8)
    var counts: [FoundKind: Int] = [:]
    guard bytes.count <= Self.sizeLimit else { return ("[text]", counts) }
    let finder = contents.finder
    isFree = contents == .free
    // What stood beside something that was masked may be told now: so until nothing is.
    for _ in 0..<Self.roundLimit {
      let found = others(in: bytes, finder)
      if found.isEmpty { return (String(decoding: bytes, as: UTF8.self), counts) }
      var masked: [UInt8] = []
      var copied = 0
      for one in found {
        masked += bytes[copied..<one.range.lowerBound] + Array("[\(one.kind.rawValue)]".utf8)
        copied = one.range.upperBound
        counts[one.kind, default: 0] += 1
      }
      bytes = masked + bytes[copied...]
    }
    return ("[text]", counts)
  }

  /// What is not theirs, in order and without overlaps.
  private mutating func others(in bytes: [UInt8], _ finder: TextFinder) -> [Found] {
    let source = unsafe bytes.span.bytes
    guard PlainView.isNeeded(source, 0..<bytes.count) || PlainView.mayBeOfDocument(source, 0..<bytes.count) else {
      return Self.united(plainOthers(in: bytes, finder, depth: 0))
    }
    view.decode(source, 0..<bytes.count)
    let mayBeOfDocument = PlainView.mayBeOfDocument(view.text.bytes, 0..<view.text.count)
    var others = viewedOthers(finder)
    if mayBeOfDocument && view.decodeDocument(source, 0..<bytes.count) { others += viewedOthers(finder) }
    return Self.united(others)
  }

  /// What is not theirs in the view, by its place in the source.
  private mutating func viewedOthers(_ finder: TextFinder) -> [Found] {
    var others = plainOthers(in: view.text.bytes.array(0..<view.text.count), finder, depth: 0)
    for index in others.indices { others[index].range = view.source(others[index].range) }
    return others
  }

  /// What is not theirs in a text without escapes.
  ///
  /// - Parameter depth: how often the text was decoded.
  private mutating func plainOthers(in bytes: [UInt8], _ finder: TextFinder, depth: Int) -> [Found] {
    var all: [Found] = []
    unsafe finder.find(bytes.span.bytes, 0..<bytes.count, into: &all)
    var others: [Found] = []
    for one in all where !isOwn(Array(bytes[one.range]), one.kind) { others.append(one) }
    if isFree && (words != nil || !known.isEmpty) { findWords(bytes, into: &others) }
    if depth < Self.depthLimit { findEncoded(bytes, depth: depth + 1, into: &others) }
    return others
  }

  private mutating func isOwn(_ value: [UInt8], _ kind: FoundKind) -> Bool {
    if kind == .ip { return ownAddresses.contains(value.map { lowered($0) }) }
    let identity = unsafe reader.read(value.span.bytes, 0..<value.count, kind == .email ? .email : .phone)
    return identity.map { own.contains($0) } ?? false
  }

  /// Appends words that are ids of others, and collects those that may be.
  private mutating func findWords(_ bytes: [UInt8], into found: inout [Found]) {
    IdentifierWords.find(bytes) { word in
      if words != nil { return collect(Array(word)) }
      guard let identity = known[Array(word)], !own.contains(identity), let kind = FoundKind(identity.kind) else { return }
      found.append(Found(range: word.indices, kind: kind, known: -1))
    }
  }

  private mutating func collect(_ word: [UInt8]) {
    if !ownTexts.contains(word) && !ownTexts.contains(word.map { lowered($0) }) { words?.insert(word) }
  }

  private static func united(_ places: [Found]) -> [Found] {
    var united: [Found] = []
    for one in places.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      guard let last = united.last, one.range.lowerBound < last.range.upperBound else {
        united.append(one)
        continue
      }
      united[united.count - 1].range = last.range.lowerBound..<max(last.range.upperBound, one.range.upperBound)
    }
    return united
  }

  // MARK: base64 and hex

  /// How often one thing may be encoded.
  private static let depthLimit = 2
  /// The shortest address takes eight characters.
  private static let runLeast = 8

  /// Appends runs that hold something which is not theirs.
  private mutating func findEncoded(_ bytes: [UInt8], depth: Int, into found: inout [Found]) {
    var index = 0
    while index < bytes.count {
      let start = index
      while index < bytes.count && isBase64(bytes[index]) { index += 1 }
      if index - start >= Self.runLeast { findEncoded(bytes, run: start..<index, depth: depth, into: &found) }
      index += 1
    }
  }

  /// A piece of a run without signs, for these may be those of a path, or else all of it.
  private mutating func findEncoded(_ bytes: [UInt8], run: Range<Int>, depth: Int, into found: inout [Found]) {
    let first = found.count
    let pieces = bytes[run].split { !isDigit($0) && !isLetter($0) }.map(\.indices)
    for piece in pieces { addDecoded(bytes, piece, depth: depth, to: &found) }
    if found.count == first && pieces.count > 1 { addDecoded(bytes, run, depth: depth, to: &found) }
  }

  private mutating func addDecoded(_ bytes: [UInt8], _ run: Range<Int>, depth: Int, to found: inout [Found]) {
    guard let kind = kindEncoded(in: bytes, run, depth: depth) else { return }
    var end = run.upperBound
    while end < bytes.count && bytes[end] == UInt8(ascii: "=") { end += 1 }
    found.append(Found(range: run.lowerBound..<end, kind: kind, known: -1))
  }

  /// The kind of what a run holds that is not theirs.
  private mutating func kindEncoded(in bytes: [UInt8], _ run: Range<Int>, depth: Int) -> FoundKind? {
    if run.count % 2 == 0 && bytes[run].allSatisfy({ isHexDigit($0) }) {
      decoded.removeAll()
      for index in stride(from: run.lowerBound, to: run.upperBound, by: 2) {
        decoded.append(hexValue(bytes[index]) << 4 | hexValue(bytes[index + 1]))
      }
      if let kind = kindDecoded(depth: depth) { return kind }
    }
    // The run may start with characters that belong to something else, so each phase is tried.
    for phase in 0..<4 where run.count - phase >= Self.runLeast {
      decoded.removeAll()
      unsafe decoded.appendDecodedBase64(bytes.span.bytes, (run.lowerBound + phase)..<run.upperBound)
      if let kind = kindDecoded(depth: depth) { return kind }
    }
    return nil
  }

  /// The kind of what stands in `decoded` that is not theirs.
  private mutating func kindDecoded(depth: Int) -> FoundKind? {
    guard mayHoldAddress(depth: depth) else { return nil }
    var bytes = decoded.bytes.array(0..<decoded.count)
    if !isUTF8(decoded.bytes, 0..<decoded.count) {
      // Around a text may stand numbers of a binary form; they are no letters of it.
      for index in bytes.indices where bytes[index] >= 0x80 { bytes[index] = 0 }
    }
    if unsafe PlainView.isNeeded(bytes.span.bytes, 0..<bytes.count) {
      unsafe innerView.decode(bytes.span.bytes, 0..<bytes.count)
      bytes = innerView.text.bytes.array(0..<innerView.text.count)
    }
    if let other = plainOthers(in: bytes, Contents.formed.finder, depth: depth).first { return other.kind }
    guard unsafe PlainView.mayBeOfDocument(bytes.span.bytes, 0..<bytes.count),
      unsafe innerView.decodeDocument(bytes.span.bytes, 0..<bytes.count)
    else { return nil }
    bytes = innerView.text.bytes.array(0..<innerView.text.count)
    return plainOthers(in: bytes, Contents.formed.finder, depth: depth).first?.kind
  }

  /// Most runs are words, which decode to nothing: whether there is a sign of an address, the digits of a number, an escape,
  /// or something encoded once more.
  private func mayHoldAddress(depth: Int) -> Bool {
    var (digits, encoded) = (0, 0)
    for index in 0..<decoded.count {
      let byte = decoded.bytes[index]
      if isDigit(byte) { digits += 1 }
      encoded = isBase64(byte) ? encoded + 1 : 0
      let isSign =
        byte == UInt8(ascii: "@") || byte == UInt8(ascii: "%") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "&")
        || byte == UInt8(ascii: "=")
      if isSign || digits >= 7 || encoded >= Self.runLeast && depth < Self.depthLimit { return true }
    }
    return false
  }
}
