/// What a policy does to every field of every event type, on one page without network: a sentence, pictures, the
/// findings and rules, and the matrix, which can be searched and filtered.
package enum CheckPage {
  /// Rows of the tables before the matrix; `policy check --json` has them all. The matrix itself is never cut.
  static let rowLimit = 1000

  /// Writes the page, over one that is there. The same report gives the same bytes.
  package static func write(_ report: CheckReport, to path: String) throws {
    let view = CheckView(report, scriptHash: try PageParts.hash(ofScript: script))
    let page = try PageParts.render(
      view, page: pageTemplate, with: ["findings": findingsTemplate, "matrix": matrixTemplate])
    try GivenFile.write(page, to: path)
  }
}
