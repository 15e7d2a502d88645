/// The word of the list that differs least, when it differs by at most two letters.
package func nearest(_ word: String, in words: [String]) -> String? {
  words.filter { abs($0.utf8.count - word.utf8.count) <= 2 }
    .map { (distance(word, $0), $0) }.filter { $0.0 <= 2 }.min { $0 < $1 }?.1
}

/// The number of single-letter changes between two words (Levenshtein).
private func distance(_ left: String, _ right: String) -> Int {
  let (left, right) = (Array(left.utf8), Array(right.utf8))
  var row = Array(0...right.count)
  for (i, a) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, b) in right.enumerated() {
      let cost = a == b ? diagonal : diagonal + 1
      diagonal = row[j + 1]
      row[j + 1] = min(cost, diagonal + 1, row[j] + 1)
    }
  }
  return row[right.count]
}
