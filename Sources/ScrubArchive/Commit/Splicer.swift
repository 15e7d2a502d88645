package import ScrubCore

/// Copies a file, byte for byte, but for pieces that are left out or replaced. Offsets are those of the file, or of what
/// it expands to, and only rise.
package struct Splicer: ~Copyable {
  private var input: InputFile
  /// Where the reading is.
  package private(set) var position = 0
  /// How many bytes were written.
  package private(set) var written = 0

  /// - Parameter input: opened, and told apart: its bytes are those that are copied.
  package init(_ input: consuming InputFile) { self.input = input }

  /// Copies everything in front of a place.
  ///
  /// - Throws: `Failure` where the file ends before, or cannot be read on.
  package mutating func copy(to offset: Int, _ output: inout StagedFile) throws(Failure) {
    precondition(offset >= position)
    while position < offset {
      guard try input.fill(1) else { throw Failure(.changed) }
      let count = min(input.available, offset - position)
      try input.withWindow { (bytes) throws(Failure) in try output.write(bytes.extracting(0..<count)) }
      pass(over: count)
      written += count
    }
  }

  /// Copies everything that is left.
  package mutating func copyRest(_ output: inout StagedFile) throws(Failure) {
    while try input.fill(1) {
      let count = input.available
      try input.withWindow { (bytes) throws(Failure) in try output.write(bytes) }
      pass(over: count)
      written += count
    }
  }

  /// Leaves everything out in front of a place.
  package mutating func skip(to offset: Int) throws(Failure) {
    precondition(offset >= position)
    while position < offset {
      guard try input.fill(1) else { throw Failure(.changed) }
      pass(over: min(input.available, offset - position))
    }
  }

  /// Writes bytes of our own.
  package mutating func write(_ bytes: borrowing RawSpan, _ output: inout StagedFile) throws(Failure) {
    try output.write(bytes)
    written += bytes.byteCount
  }

  /// The header of the Avro block at the place of the reading.
  package mutating func blockHeader() throws(Failure) -> BlockHeader {
    _ = try input.fill(20)
    guard let header = input.withWindow({ BlockHeader(at: $0) }) else { throw Failure(.changed) }
    return header
  }

  /// How many bytes from here a byte stands, before an offset; nothing where it does not.
  package mutating func distance(to byte: UInt8, before offset: Int) throws(Failure) -> Int? {
    let count = offset - position
    guard try input.fill(count) else { throw Failure(.changed) }
    let found = input.withWindow { $0.extracting(0..<count).firstIndex(of: byte, from: 0) }
    return found < count ? found : nil
  }

  private mutating func pass(over count: Int) {
    input.consume(count)
    position += count
  }
}
