/// Coarser forms of URLs (RFC 3986 section 3). User information, fragment, and by far the most of queries go.
enum WebAddress {
  /// Appends scheme, host and port, and with a query also the path and the parameters that one of its patterns names.
  ///
  /// - Parameter query: nothing to leave out the path too. Patterns match the names as they are spelled.
  /// - Returns: false for a text that is no URL; a path that starts with a slash is one where paths are kept.
  static func append(
    _ text: borrowing RawSpan, _ range: Range<Int>, query: [Glob]?, to output: inout ByteSink
  ) -> Bool {
    for index in range where text[index] <= 0x20 || text[index] == 0x7f { return false }
    var path = range.lowerBound
    if let authority = authority(text, range) {
      path = end(text, authority, range) { [0x2f, 0x3f, 0x23, 0x5c].contains($0) }
      let host = text.indexAfterLast(UInt8(ascii: "@"), in: authority..<path)
      guard host < path, text[host] != UInt8(ascii: ":") else { return false }
      output.append(text, range.lowerBound..<authority)
      output.append(text, host..<path)
    } else {
      guard query != nil, range.count > 0, text[path] == UInt8(ascii: "/") else { return false }
    }
    guard let query else { return true }
    let pathEnd = end(text, path, range) { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
    output.append(text, path..<pathEnd)
    appendQuery(text, pathEnd..<range.upperBound, query, to: &output)
    return true
  }

  /// Where the authority starts, behind `//`.
  private static func authority(_ text: borrowing RawSpan, _ range: Range<Int>) -> Int? {
    var index = range.lowerBound
    while index < range.upperBound && isOfScheme(text[index], isFirst: index == range.lowerBound) { index += 1 }
    if index > range.lowerBound {
      guard index < range.upperBound, text[index] == UInt8(ascii: ":") else { return nil }
      index += 1
    }
    guard index + 2 <= range.upperBound, text[index] == UInt8(ascii: "/"), text[index + 1] == UInt8(ascii: "/") else {
      return nil
    }
    return index + 2
  }

  private static func isOfScheme(_ byte: UInt8, isFirst: Bool) -> Bool {
    if (byte | 0x20) &- 0x61 < 26 { return true }
    return !isFirst && (byte &- 0x30 < 10 || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "."))
  }

  private static func end(
    _ text: borrowing RawSpan, _ start: Int, _ range: Range<Int>, where stops: (UInt8) -> Bool
  ) -> Int {
    var index = start
    while index < range.upperBound && !stops(text[index]) { index += 1 }
    return index
  }

  private static func appendQuery(
    _ text: borrowing RawSpan, _ range: Range<Int>, _ kept: [Glob], to output: inout ByteSink
  ) {
    guard !range.isEmpty, text[range.lowerBound] == UInt8(ascii: "?") else { return }
    let stop = end(text, range.lowerBound, range) { $0 == UInt8(ascii: "#") }
    var separator = UInt8(ascii: "?")
    var start = range.lowerBound + 1
    while start < stop {
      // A second question mark is a mistake of whoever made the link: what follows is a parameter too.
      let next = end(text, start, start..<stop) { [0x26, 0x3b, 0x3f].contains($0) }
      let name = start..<end(text, start, start..<next) { $0 == UInt8(ascii: "=") }
      if !name.isEmpty && kept.contains(where: { $0.matches(text, name) }) {
        output.append(separator)
        output.append(text, start..<next)
        separator = UInt8(ascii: "&")
      }
      start = next + 1
    }
  }
}
