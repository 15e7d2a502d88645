/// Tells where the events of a batch stand. A class because the one who asks hands in bytes of its own, and so that its
/// memory is used again. Never leaves its task.
package final class JSONCutter {
  private var scanner: JSONScanner
  private var line = JSONLine()

  /// - Parameter isDocument: whether batches may go over several lines.
  package init(_ table: JSONKeyTable, isDocument: Bool) { scanner = JSONScanner(table, isDocument: isDocument) }

  /// The events of the batch that the bytes are, in their order; none where the bytes are an event themselves.
  ///
  /// - Throws: `RecordError` when the bytes are no JSON object.
  package func parts(_ bytes: borrowing RawSpan) throws(RecordError) -> [Range<Int>] {
    line.removeAll()
    let end = try scanner.scan(bytes, from: 0, into: &line)
    guard end == bytes.byteCount else { throw RecordError(.syntax, at: end) }
    return line.groups.map { $0.start..<$0.end }
  }
}

extension ByteSink {
  /// Appends a batch without some of its events: what stands around the events stays, be it between two lists of them, and
  /// between two that stay what stood behind the first of them.
  ///
  /// - Parameters:
  ///   - parts: the events of the batch.
  ///   - keep: called for each event that may stay; appends what becomes of it, or says that it goes.
  package mutating func appendBatch<Failing: Error>(
    _ batch: borrowing RawSpan, _ parts: [Range<Int>],
    keep: (Int, inout ByteSink) throws(Failing) -> Bool
  ) throws(Failing) {
    guard let first = parts.first, let last = parts.last else { return }
    append(batch, 0..<first.lowerBound)
    var gap = 0..<0
    for (number, part) in parts.enumerated() {
      let before = count
      append(batch, gap)
      let behind = number + 1 < parts.count ? part.upperBound..<parts[number + 1].lowerBound : 0..<0
      if try keep(number, &self) { gap = behind } else { removeLast(count - before) }
      if !behind.isEmpty && batch[batch.blanksEnd(from: behind.lowerBound)] != UInt8(ascii: ",") {
        append(batch, behind)
        gap = 0..<0
      }
    }
    append(batch, last.upperBound..<batch.byteCount)
  }
}
