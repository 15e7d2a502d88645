/// A pattern over names: `*` stands for any characters, `?` for one.
package struct Glob: Hashable, Sendable {
  package let pattern: String
  private let bytes: [UInt8]
  package let isLiteral: Bool
  /// Whether any sign of a name stands in it: `*` alone names nothing.
  package let isNaming: Bool
  /// The bytes that a name has at least.
  private let least: Int

  package init(_ pattern: String) {
    self.pattern = pattern
    let star = UInt8(ascii: "*")
    // Several stars in a row are one.
    bytes = pattern.utf8.reduce(into: []) { bytes, byte in if byte != star || bytes.last != star { bytes.append(byte) } }
    least = bytes.count { $0 != star }
    isNaming = bytes.contains { $0 != star && $0 != UInt8(ascii: "?") }
    isLiteral = least == bytes.count && !bytes.contains(UInt8(ascii: "?"))
  }

  package func matches(_ name: String) -> Bool {
    // Most names are too short or too long: a policy of very many fields asks for each of a name.
    guard isLiteral ? name.utf8.count == least : name.utf8.count >= least else { return false }
    var name = name
    return name.withUTF8 { bytes in unsafe matches(bytes.span.bytes, 0..<bytes.count) }
  }

  /// Greedy with one point of return, so linear in practice and never exponential.
  func matches(_ name: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    var (place, index) = (0, range.lowerBound)
    var (starPlace, starIndex) = (-1, 0)
    while index < range.upperBound {
      if place < bytes.count && bytes[place] == UInt8(ascii: "*") {
        (starPlace, starIndex) = (place, index)
        place += 1
      } else if place < bytes.count && (bytes[place] == name[index] || bytes[place] == UInt8(ascii: "?")) {
        place += 1
        index += 1
      } else if starPlace >= 0 {
        place = starPlace + 1
        starIndex += 1
        index = starIndex
      } else {
        return false
      }
    }
    return bytes[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
