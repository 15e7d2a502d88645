internal import ScrubCore

/// What people write that the state folder keeps for years.
package enum KeptText {
  /// Why a text may not be kept; nothing for one that may.
  ///
  /// It is kept as long as the log, so it must name nobody: what can be told by its form is refused, in whatever way it is
  /// encoded, and what looks like a Braze id or a digest.
  ///
  /// - Parameter what: what the text is: `reason`, `outcome`.
  package static func fault(in text: String, _ what: String) -> String? {
    let bytes = Array(text.utf8)
    if !text.contains(where: { !$0.isWhitespace }) { return "the \(what) says nothing" }
    if bytes.count > 400 || bytes.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
      return "the \(what) is at most 400 bytes on one line"
    }
    var others = OtherPeople(own: [], known: [:])
    let isPersonal = !others.mask(text).counts.isEmpty || words(in: text).contains(where: looksLikeID)
    return isPersonal ? "the \(what) holds what looks personal, and the log keeps it: write the number of a request" : nil
  }

  /// The pieces between blanks, without the signs around them.
  static func words(in text: String) -> [Substring] {
    text.split(whereSeparator: \.isWhitespace).map { piece in
      let start = piece.drop { $0.isPunctuation || $0.isSymbol }
      return start.prefix(upTo: start.lastIndex { !$0.isPunctuation && !$0.isSymbol }.map { start.index(after: $0) } ?? start.startIndex)
    }
  }

  /// As many hex digits as a Braze id or a digest has. Requests may have a UUID as their number.
  private static func looksLikeID(_ word: Substring) -> Bool {
    [24, 40, 64].contains(word.utf8.count) && word.allSatisfy { $0.isASCII && $0.isHexDigit }
  }
}
