/// What a night leaves in the folder of its run: its summary as text, as a page, and for programs.
package enum NightlyFolder {
  package static let document = "nightly.json"
  package static let page = "nightly.html"
  package static let text = "nightly.txt"

  /// Writes the three files; `summary.page` says where the page is before they are made.
  ///
  /// - Parameter folder: is there already.
  package static func write(_ summary: NightlySummary, in folder: String) throws {
    try GivenFile.write(summary.json(), to: "\(folder)/\(document)")
    try GivenFile.write(NightlyPage.html(summary), to: "\(folder)/\(page)")
    try GivenFile.write(NightlyText(summary).text(), to: "\(folder)/\(text)")
  }
}
