/// Finds values in single texts, and what is to stand in their places. The memory of one worker.
struct TextSweep: ~Copyable {
  /// What takes the place of a value.
  enum Replacement: Int, Sendable {
    case text
    /// In an address of the web, or percent-encoded.
    case encoded
    /// A number of a JSON text.
    case null

    func append(to sink: inout ByteSink) { sink.append(Self.spellings[rawValue]) }

    private static let spellings = ["[ERASED]", "%5BERASED%5D", "null"].map { Array($0.utf8) }
  }

  /// A place in a text.
  struct Place {
    var range: Range<Int>
    let value: Int
    let isEncoded: Bool
    let replacement: Replacement
  }

  private(set) var places: [Place] = []
  private let filter: SweepFilter
  private var search: SweepSearch
  private var hits: [SweepHit] = []
  /// Lent to a search, and comes back.
  private var view: PlainView?

  /// How far before a value its address of the web may start.
  private static let addressLimit = 2048

  init(_ book: SweepBook) {
    filter = book.filter
    search = SweepSearch(book)
  }

  /// Fills `places` with every place of a value in a text, in order; those that overlap have one range.
  mutating func find(_ bytes: borrowing RawSpan, _ range: Range<Int>) {
    places.removeAll(keepingCapacity: true)
    guard filter.firstStrike(bytes, in: range) < range.upperBound else { return }
    let text = bytes.extracting(range)
    hits.removeAll(keepingCapacity: true)
    search.run(text, into: &hits)
    if PlainView.isNeeded(text, 0..<text.byteCount) { searchView(of: text) }
    guard !hits.isEmpty else { return }
    let isJSON = isContainer(text)
    for hit in hits {
      let replacement = replacement(text, hit.range, isJSON: isJSON)
      places.append(
        Place(range: hit.range, value: hit.value, isEncoded: hit.isEncoded, replacement: replacement))
    }
    unite()
    for index in places.indices {
      let place = places[index].range
      places[index].range = (place.lowerBound + range.lowerBound)..<(place.upperBound + range.lowerBound)
    }
  }

  /// Searches a text without its escapes. What goes on in an escape was cut off there, unless it is found now.
  private mutating func searchView(of text: borrowing RawSpan) {
    var kept = 0
    for index in hits.indices where !endsAtEscape(text, hits[index].range) {
      hits[kept] = hits[index]
      kept += 1
    }
    hits.removeLast(hits.count - kept)
    var view = self.view.take() ?? PlainView()
    view.decode(text, 0..<text.byteCount)
    let first = hits.count
    search.run(view.text.bytes, into: &hits)
    for index in first..<hits.count { hits[index].range = view.source(hits[index].range) }
    self.view = consume view
  }

  private func endsAtEscape(_ text: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    let next = text.byteOrZero(at: range.upperBound)
    return next == UInt8(ascii: "%") || next == UInt8(ascii: "\\")
  }

  // MARK: places

  /// Gives places that overlap the range of both.
  private mutating func unite() {
    guard places.count > 1 else { return }
    places.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var first = 0
    var end = places[0].range.upperBound
    for index in 1...places.count {
      if index < places.count && places[index].range.lowerBound < end {
        end = max(end, places[index].range.upperBound)
        continue
      }
      for united in first..<index { places[united].range = places[first].range.lowerBound..<end }
      if index == places.count { return }
      first = index
      end = places[index].range.upperBound
    }
  }

  private func replacement(_ text: borrowing RawSpan, _ place: Range<Int>, isJSON: Bool) -> Replacement {
    if isJSON && isNumber(text, place) { return .null }
    for index in place where text[index] == UInt8(ascii: "%") { return .encoded }
    return isInWebAddress(text, place.lowerBound) ? .encoded : .text
  }

  private func isInWebAddress(_ text: borrowing RawSpan, _ place: Int) -> Bool {
    var index = place
    // Slashes seen on the way, which JSON may escape; then a colon makes it one.
    var slashes = 0
    while index > 0 && place - index < Self.addressLimit {
      index -= 1
      switch text[index] {
      case UInt8(ascii: "/"): slashes += 1
      case UInt8(ascii: "\\"): break
      case UInt8(ascii: ":") where slashes == 2: return true
      case 0...0x20, UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"): return false
      default: slashes = 0
      }
    }
    return false
  }

  private func isContainer(_ text: borrowing RawSpan) -> Bool {
    let inner = trim(text, 0..<text.byteCount)
    return !inner.isEmpty
      && (text[inner.lowerBound] == UInt8(ascii: "{") || text[inner.lowerBound] == UInt8(ascii: "["))
  }

  /// Whether a value stands as a number in a JSON text.
  private func isNumber(_ text: borrowing RawSpan, _ place: Range<Int>) -> Bool {
    for index in place where !isDigit(text[index]) { return false }
    let before = trim(text, max(0, place.lowerBound - 16)..<place.lowerBound)
    let behind = trim(text, place.upperBound..<min(text.byteCount, place.upperBound + 16))
    guard !before.isEmpty, !behind.isEmpty else { return false }
    return [UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "[")].contains(text[before.upperBound - 1])
      && [UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]")].contains(text[behind.lowerBound])
  }
}
