/// Texts that are known before a record is read, in one run of bytes: the record loop copies and compares them without
/// counting references, as it would have to for arrays.
struct FixedTexts: ~Copyable {
  private var bytes = ByteSink(capacity: 64)
  /// Where each text ends, behind a zero.
  private var ends = [0]

  init(_ texts: [[UInt8]]) {
    for text in texts {
      bytes.append(text)
      ends.append(bytes.count)
    }
    // None ends near the end of the bytes, where short ones would be copied in more steps.
    bytes.append([UInt8](repeating: 0, count: ByteSink.shortSize))
  }

  @inline(__always)
  private func range(_ index: Int) -> Range<Int> { ends[index]..<ends[index + 1] }

  @inline(__always)
  func append(_ index: Int, to sink: inout ByteSink) { sink.append(bytes.bytes, range(index)) }

  /// Whether `other[place]` is the text.
  @inline(__always)
  func isSame(_ index: Int, as other: borrowing RawSpan, _ place: Range<Int>) -> Bool {
    place.count == ends[index + 1] - ends[index] && other.equals(place, bytes.bytes.extracting(range(index)))
  }
}
