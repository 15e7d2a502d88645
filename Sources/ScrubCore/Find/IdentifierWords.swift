/// Words of texts that may be identifiers without a form of their own, such as external ids: only what an archive holds of
/// other people tells whether they are.
///
/// A word has 6 to 256 bytes and a digit or a sign within, or eight digits and nothing else. What stands in a text is cut
/// at signs in several ways, for ids may have them too. All of a text may be a shorter one, with a letter within, too.
enum IdentifierWords {
  private static let lengths = 6...256
  /// Of words that are all of a text.
  private static let shortLengths = 3...5
  /// Shorter numbers are sums, years and the like.
  private static let leastDigits = 8
  /// Signs that belong to words, by how a text is cut: fewer each time.
  private static let cuts = ["-_.:|@+~", "-_.", "-_", ""].map { Array($0.utf8) }

  static func find(_ text: [UInt8], _ body: (ArraySlice<UInt8>) -> Void) {
    if shortLengths.contains(text.count) && isShortWord(text) { return body(text[...]) }
    for signs in cuts {
      var index = 0
      while index < text.count {
        let start = index
        while index < text.count && (isDigit(text[index]) || isLetter(text[index]) || signs.contains(text[index])) { index += 1 }
        if index - start >= lengths.lowerBound { take(text[start..<index], body) }
        index += 1
      }
    }
  }

  private static func isShortWord(_ text: [UInt8]) -> Bool {
    text.contains(where: isLetter) && !text.allSatisfy(isLetter)
      && text.allSatisfy { isDigit($0) || isLetter($0) || cuts[0].contains($0) }
  }

  private static func take(_ run: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) -> Void) {
    var word = run
    while let first = word.first, !isDigit(first), !isLetter(first) { word = word.dropFirst() }
    while let last = word.last, !isDigit(last), !isLetter(last) { word = word.dropLast() }
    guard lengths.contains(word.count), word.contains(where: { !isLetter($0) }) else { return }
    if word.count < leastDigits && word.allSatisfy(isDigit) { return }
    body(word)
  }
}
