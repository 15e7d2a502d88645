internal import Foundation
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
    try Data(try report.json().utf8).write(to: URL(fileURLWithPath: base + "/report.json"), options: .withoutOverwriting)
    try await Data(page.utf8).write(to: URL(fileURLWithPath: base + "/report.html"), options: .withoutOverwriting)
    return base + "/report.html"
  }
}
