internal import ScrubOperations
internal import ScrubPolicy

/// What `policy check` says in a terminal: who decides how much, what stays in clear and why, and the verdict.
struct CheckText {
  private let report: CheckReport
  private let page: String?
  private let isColoured: Bool

  init(_ report: CheckReport, page: String?, isColoured: Bool) {
    self.report = report
    self.page = page
    self.isColoured = isColoured
  }

  var text: String {
    guard !report.fields.isEmpty else { return ending }
    return heading + "\n" + rules + keptInClear + archive + "\n" + ending
  }

  private var heading: String {
    let totals = report.totals
    let title = report.policy.title.isEmpty ? "" : ": \(report.policy.title)"
    return "\(report.policy.name)\(title)\n"
      + "\(counted(totals.fields, "field")) in \(counted(totals.eventTypes, "event type")) and "
      + "\(counted(totals.destinations, "destination")), \(grouped(totals.sensitive)) of them marked or personal\n"
  }

  private var rules: String {
    var table = Table(["decided by", "action", "fields", "events", "what"], right: [2, 3])
    for rule in report.rules {
      table.add(rule.name, rule.action, grouped(rule.decides), grouped(rule.eventTypes), shortened(rule.summary))
    }
    return table.text()
  }

  /// Rules may list many names.
  private func shortened(_ text: String) -> String {
    text.count > 70 ? String(text.prefix(67)) + "..." : text
  }

  private var keptInClear: String {
    readable("kept in clear although marked or personal", [.keep])
      + readable("searched or rewritten, and otherwise readable, although marked or personal", [.scan, .json])
  }

  private func readable(_ heading: String, _ actions: Set<Report.Action>) -> String {
    let fields = report.fields.filter { actions.contains($0.action) && !$0.sources.isEmpty }
    guard !fields.isEmpty else { return "" }
    var lines: [String] = []
    var seen: Set<String> = []
    for rule in fields.map(\.rule) where seen.insert(rule).inserted {
      let rows = fields.filter { $0.rule == rule }
      let names = Set(rows.flatMap(\.names)).sorted()
      let reason = rows[0].because.map { "because: \($0)" } ?? "without a reason"
      lines.append(
        "  \(rule)  \(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? ", ..." : "")  (\(reason))\n")
    }
    return "\n\(heading): \(counted(fields.count, "field"))\n" + lines.joined()
  }

  private var kept: String {
    let fields = report.inClear
    return PageText.exceptions(
      Set(fields.flatMap(\.names)), inPart: fields.contains { $0.action != .keep }, forReasons: fields.allSatisfy { $0.because != nil })
  }

  private var archive: String {
    guard let archive = report.archive else { return "" }
    var table = Table(["in the archive", "destination", "container", "events", "fields", "outcome"], right: [3, 4])
    for shape in archive.shapes {
      let name = shape.event.isEmpty ? "(no known name)" : visible(shape.event)
      let outcome = shape.outcome + (shape.reason.map { ": \($0)" } ?? "")
      table.add(
        name, shape.destination, shape.container, grouped(shape.events), grouped(shape.fields.count), outcome)
    }
    return "\n" + table.text()
  }

  private var ending: String {
    let refusing = report.findings.count(where: \.refuses)
    let warnings = report.findings.count - refusing
    let (word, rest) =
      report.isCovered
      ? ("covered", warnings == 0 ? "every marked or personal field is treated" + kept : counted(warnings, "warning"))
      : ("refused", counted(refusing, "finding"))
    let colour: Colour = report.isCovered ? report.exit == 0 ? .done : .incomplete : .failed
    let shown = colour.of(word, isColoured)
    let unread = report.archive.map(\.unread) ?? 0
    return "\(shown): \(rest)" + (unread > 0 ? "; incomplete: \(counted(unread, "place")) could not be read" : "") + "."
      + (page.map { " Page: \($0)" } ?? "") + "\n"
  }
}
