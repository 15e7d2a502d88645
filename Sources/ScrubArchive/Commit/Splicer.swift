internal import ScrubCore
package import ScrubNative

/// Copies a file, byte for byte, but for pieces that are left out or replaced. Offsets are those of the file, or of what
/// it expands to, and only rise.
///
/// A class because the one who says what is replaced hands in bytes of its own. Never leaves its task.
package final class Splicer {
  private var input: InputFile
  private var output: StagedFile
  /// Where the reading is.
  package private(set) var position = 0
  /// How many bytes were written.
  package private(set) var written = 0

  /// - Parameters:
  ///   - input: opened, and told apart: its bytes are those that are copied.
  ///   - output: the new file.
  package init(_ input: consuming InputFile, to output: consuming StagedFile) {
    self.input = input
    self.output = output
  }

  /// Copies everything in front of a place.
  ///
  /// - Throws: `Failure` where the file ends before, or cannot be read on.
  package func copy(to offset: Int) throws(Failure) {
    precondition(offset >= position)
    while position < offset {
      guard try input.fill(1) else { throw Failure(.changed) }
      let count = min(input.available, offset - position)
      try write(first: count)
      pass(over: count)
      written += count
    }
  }

  /// Copies everything that is left.
  package func copyRest() throws(Failure) {
    while try input.fill(1) {
      let count = input.available
      try write(first: count)
      pass(over: count)
      written += count
    }
  }

  /// Leaves everything out in front of a place.
  package func skip(to offset: Int) throws(Failure) {
    precondition(offset >= position)
    while position < offset {
      guard try input.fill(1) else { throw Failure(.changed) }
      pass(over: min(input.available, offset - position))
    }
  }

  /// Ends the new file.
  ///
  /// - Returns: SHA-256 of its stored bytes, their keyed digest, and their number.
  package func finish() throws(Failure) -> (digest: Digest256, check: String?, size: Int) {
    let digest = try output.finish()
    return (digest, try output.finishCheck(), output.size)
  }

  /// Hands the new file to the device. What fails here is never tried again on the same file: after a failed `fsync`
  /// nobody knows what is on the disk.
  package func sync() throws(Failure) { try output.sync() }

  /// Leaves the new file where it was made, for one who reads it on.
  package func keep(mode: UInt32) throws(Failure) { try output.keep(mode: mode) }

  /// By which the new file can be read back before it has its name, while this value lives.
  package var stagedPath: String { output.path }

  /// Puts the new file, which was synced, in the place of the old one.
  ///
  /// - Parameter digest: SHA-256 of its bytes, hex.
  package func commit(_ replacement: any Replacement, digest: String) throws(Failure) {
    try replacement.commit(&output, digest: digest)
  }

  /// Writes bytes of our own.
  package func write(_ bytes: borrowing RawSpan) throws(Failure) {
    try output.write(bytes)
    written += bytes.byteCount
  }

  /// The header of the Avro block at the place of the reading.
  package func blockHeader() throws(Failure) -> BlockHeader {
    _ = try input.fill(20)
    guard let header = input.withWindow({ BlockHeader(at: $0) }) else { throw Failure(.changed) }
    return header
  }

  /// How many bytes from here a byte stands, before an offset; nothing where it does not.
  package func distance(to byte: UInt8, before offset: Int) throws(Failure) -> Int? {
    let count = offset - position
    guard try input.fill(count) else { throw Failure(.changed) }
    let found = input.withWindow { $0.extracting(0..<count).firstIndex(of: byte, from: 0) }
    return found < count ? found : nil
  }

  private func write(first count: Int) throws(Failure) {
    try input.withWindow { (bytes) throws(Failure) in try output.write(bytes.extracting(0..<count)) }
  }

  private func pass(over count: Int) {
    input.consume(count)
    position += count
  }
}
