/// Tells where single records stand in a block.
package struct AvroCutter {
  private let scanner: AvroScanner

  package init(_ program: AvroProgram) {
    scanner = AvroScanner(program, captured: Array(repeating: false, count: program.slotCount))
  }

  /// The bytes of some records.
  ///
  /// - Parameter wanted: numbers of records, from 0, in rising order.
  package func ranges(_ block: borrowing RawSpan, of wanted: [Int]) throws(RecordError) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var spans: [FieldSpan] = []
    var position = 0
    var record = 0
    for number in wanted {
      while record <= number {
        let start = position
        position = try scanner.scan(block, from: start, into: &spans)
        if record == number { ranges.append(start..<position) }
        record += 1
      }
    }
    return ranges
  }
}
