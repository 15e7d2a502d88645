/// What a policy does to every field of every event type, on one page without network: a sentence, pictures, the
/// findings and rules, and the matrix, which can be searched and filtered.
package enum CheckPage {
  /// Rows of the tables before the matrix; `policy check --json` has them all. The matrix itself is never cut.
  static let rowLimit = 1000

  /// Writes the page, over one that is there. The same report gives the same bytes.
  package static func write(_ report: CheckReport, to path: String) throws {
    let view = CheckView(report, scriptHash: PageParts.hash(ofScript: script))
    try GivenFile.writePage(try template.render(view), to: path)
  }

  private static let template = PageTemplate(
    pageTemplate, with: ["findings": findingsTemplate, "matrix": matrixTemplate])
}
