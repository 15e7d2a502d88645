internal import ScrubOperations

/// Tests of a policy in a terminal: those that failed as a diff, and how many passed.
struct PolicyTestText {
  private let report: PolicyTestReport
  private let isColoured: Bool

  init(_ report: PolicyTestReport, isColoured: Bool) {
    self.report = report
    self.isColoured = isColoured
  }

  var text: String {
    var text = ""
    for test in report.tests where !test.passed {
      text += "\(visible(test.file)):\(test.line): failed: \(visible(test.name))\n"
      for failure in test.failures {
        let place = failure.path.isEmpty ? "the event" : visible(failure.path)
        text += "  \(place)" + (failure.rule.map { ", decided by \($0)" } ?? "") + "\n"
        text += Colour.done.of("  - \(visible(failure.expected))\n", isColoured) + Colour.failed.of("  + \(visible(failure.actual))\n", isColoured)
      }
    }
    let word = report.failed > 0 ? Colour.failed.of("failed", isColoured) : Colour.done.of("passed", isColoured)
    return text
      + (report.failed > 0
        ? "\(word): \(grouped(report.failed)) of \(counted(report.tests.count, "test")).\n"
        : "\(word): \(counted(report.tests.count, "test")).\n")
  }
}
