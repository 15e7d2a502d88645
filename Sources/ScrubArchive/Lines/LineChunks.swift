internal import ScrubCore

/// Cuts a file into chunks of whole lines.
package struct LineChunks {
  /// The longest line, in bytes.
  package let limit: Int

  /// A chunk without a longer line is no longer than this, however much was read ahead; what is read at a time, and the
  /// line in front that goes on in it, are in most cases less.
  private static let length = 2 &* InputFile.chunk

  package init(limit: Int) { self.limit = limit }

  package enum Next: Sendable {
    case end
    /// The first bytes at hand are whole lines, or the last line of the file.
    case lines(count: Int)
    /// A line longer than the limit, with its line feed, was passed over.
    case tooLong(count: Int)
  }

  package func next(_ file: inout InputFile) throws(Failure) -> Next {
    if try file.isAtEnd() { return .end }
    var searched = 0
    while true {
      let end = min(file.available, searched &+ Self.length)
      let lineEnd = file.withWindow { bytes in bytes.indexAfterLast(0x0a, in: searched..<end) }
      if lineEnd > searched {
        // Only the first line can be longer than what was read before.
        let first = file.withWindow { bytes in bytes.firstIndex(of: 0x0a, from: 0) }
        return first > limit ? .tooLong(count: try passOver(&file)) : .lines(count: lineEnd)
      }
      searched = end
      if end > limit { return .tooLong(count: try passOver(&file)) }
      guard try file.fill(end + 1) else { return .lines(count: end) }
    }
  }

  /// Passes over the line at hand.
  private func passOver(_ file: inout InputFile) throws(Failure) -> Int {
    var count = 0
    while try file.fill(1) {
      let available = file.available
      let feed = file.withWindow { bytes in bytes.firstIndex(of: 0x0a, from: 0) }
      let length = min(feed + 1, available)
      file.consume(length)
      count &+= length
      if feed < available { break }
    }
    return count
  }
}
