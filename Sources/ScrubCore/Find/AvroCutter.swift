/// Tells where single records stand in a block.
package struct AvroCutter {
  private let scanner: AvroScanner
  private let captured: [Bool]

  package init(_ program: AvroProgram) {
    scanner = AvroScanner(program)
    captured = Array(repeating: false, count: program.slotCount)
  }

  /// The bytes of some records.
  ///
  /// - Parameter wanted: numbers of records, from 0, in rising order.
  package func ranges(_ block: borrowing RawSpan, of wanted: [Int]) throws(RecordError) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var present = [Int](repeating: 0, count: captured.count)
    var spans: [FieldSpan] = []
    var position = 0
    var record = 0
    for number in wanted {
      while record <= number {
        let start = position
        position = try scanner.scan(block, from: start, captured: captured, present: &present, into: &spans)
        if record == number { ranges.append(start..<position) }
        record += 1
      }
    }
    return ranges
  }
}
