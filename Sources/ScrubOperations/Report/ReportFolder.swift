internal import Glibc

/// The folder of one run's report.
package enum ReportFolder {
  /// Writes `report.json` and `report.html` into a new folder named after the run, and returns the page's path.
  ///
  /// A second run in the same second gets a number behind its name.
  package static func write(_ report: inout Report, in folder: String) async throws -> String {
    try StateKey.makeFolders(folder, mode: 0o777)
    let name = report.run
    var number = 1
    while unsafe mkdir(folder + "/" + report.run, 0o777) != 0 {
      guard errno == EEXIST, number < 1000 else { throw StateKey.Problem.unwritable(folder) }
      number += 1
      report.run = "\(name)-\(number)"
    }
    let base = folder + "/" + report.run
    let named = report
    async let page = ReportPage.html(named)
    try GivenFile.write(report.json(), to: base + "/report.json")
    try await GivenFile.write(page, to: base + "/report.html")
    return base + "/report.html"
  }
}
