/// What a colour says, always beside a word: SGR codes (ECMA-48 section 8.3.117).
enum Colour: String {
  case done = "32"
  case incomplete = "33"
  case failed = "31"

  /// What an exit status says.
  init(exit: Int) { self = exit == 0 ? .done : exit == 1 || exit == 3 ? .failed : .incomplete }

  /// The text in the colour, where colours are shown.
  func of(_ text: String, _ isColoured: Bool) -> String {
    isColoured ? "\u{1b}[\(rawValue)m\(text)\u{1b}[0m" : text
  }
}
