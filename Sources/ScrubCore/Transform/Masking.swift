/// A mask of fixed length over a text, with a part of it shown.
///
/// A text that is masked already gives itself again.
package struct Masking: Hashable, Sendable {
  package enum Show: Hashable, Sendable {
    case nothing
    /// As many characters at the end; of texts under twice as long nothing.
    case last(Int)
    /// What stands behind the last `@`.
    case domain
  }

  package let show: Show

  package init(_ show: Show) { self.show = show }

  /// How many characters `last` may show: as many as the mask covers at the least.
  package static let lastRange = 1...8

  private static let mask = Array("********".utf8)

  func append(_ value: borrowing RawSpan, _ range: Range<Int>, to output: inout ByteSink) -> ConversionOutcome {
    if isLeftAlone(value, range) { return .left }
    guard isUTF8(value, range) else { return .unfit }
    output.append(Self.mask)
    if value.equals(range, Self.mask) { return .written }
    switch show {
    case .nothing: break
    case .last(let count):
      if let start = tail(value, range, count) { output.append(value, start..<range.upperBound) }
    case .domain:
      var at = range.upperBound - 1
      while at >= range.lowerBound && value[at] != 0x40 { at -= 1 }
      if at >= range.lowerBound { output.append(value, at..<range.upperBound) }
    }
    return .written
  }

  /// Where the last characters (Unicode scalars) start; nothing where the text has fewer than twice as many.
  private func tail(_ value: borrowing RawSpan, _ range: Range<Int>, _ count: Int) -> Int? {
    var (index, seen, start) = (range.upperBound, 0, range.upperBound)
    while index > range.lowerBound && seen < 2 * count {
      index -= 1
      // Bytes that go on with a character start with the bits 10.
      if value[index] & 0xc0 != 0x80 {
        seen += 1
        if seen == count { start = index }
      }
    }
    return seen == 2 * count ? start : nil
  }
}
