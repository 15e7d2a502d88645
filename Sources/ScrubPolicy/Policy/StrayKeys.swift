/// Texts in a policy that read like a master key: policies are kept with the code, where keys must not be.
struct StrayKeys {
  private var places: [Policy.Place] = []
  /// The text with as many other letters in place of each key, so that nothing that is told of it holds one.
  private(set) var hidden = ""

  /// More findings help nobody.
  private static let placeLimit = 1_000

  /// Looks at every word of a file, comments included.
  init(in text: String) {
    var place = Policy.Place()
    var word = ""
    var start = place
    for scalar in text.unicodeScalars {
      if Self.isPartOfWord(scalar) {
        if word.isEmpty { start = place }
        word.unicodeScalars.append(scalar)
      } else {
        note(&word, start)
        hidden.unicodeScalars.append(scalar)
      }
      if scalar == "\n" {
        place = Policy.Place(line: place.line + 1, column: 1)
      } else {
        place.column += 1
      }
    }
    note(&word, start)
  }

  /// The alphabet of base64, with its padding.
  private static func isPartOfWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "+", "/", "=": true
    default: false
    }
  }

  private mutating func note(_ word: inout String, _ place: Policy.Place) {
    let isKey = Self.isKey(word)
    if isKey && places.count < Self.placeLimit { places.append(place) }
    hidden += isKey ? String(repeating: "x", count: word.utf8.count) : word
    word = ""
  }

  /// 32 bytes or more in hex, or base64 (RFC 4648 section 4) of 32 or 64 bytes, as `keys new` writes them.
  private static func isKey(_ word: String) -> Bool {
    let bytes = Array(word.utf8)
    guard bytes.count >= 44 else { return false }
    let isHex = bytes.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }
    if isHex { return bytes.count >= 64 && bytes.count % 2 == 0 }
    let digits = bytes.prefix { $0 != 0x3d }.count
    // Words in a row, as in a path, have no capitals and digits mixed among them.
    let isMixed =
      bytes.contains { (0x30...0x39).contains($0) } && bytes.contains { (0x41...0x5a).contains($0) }
      && bytes.contains { (0x61...0x7a).contains($0) }
    return isMixed && ((bytes.count == 44 && digits == 43) || (bytes.count == 88 && digits == 86))
  }

  func findings(file: String) -> [Diagnostic] {
    places.map { place in
      Diagnostic(
        .keyInPolicy, file: file, line: place.line, column: place.column,
        message: "this reads like a key, and a policy is no place for one",
        mend: "move it to a file that only its owner can read, name that with `file`, and make a new key if others saw it")
    }
  }
}
