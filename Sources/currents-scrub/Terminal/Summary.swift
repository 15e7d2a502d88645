internal import Glibc
internal import ScrubOperations
internal import ScrubPolicy

/// The few lines that say what happened and what to do next.
struct Summary {
  let report: Report
  let reportPath: String?
  let isColoured: Bool

  var text: String {
    let totals = report.totals
    var lines = [
      "\(counted(totals.filesIn, "file")), \(counted(totals.eventsIn, "event")), "
        + "\(size(totals.bytesIn)) in \(seconds(report.seconds))"
    ]
    lines += treatments()
    if report.files.alreadyScrubbed > 0 {
      lines.append(row("skipped", report.files.alreadyScrubbed, report.files.alreadyScrubbed == 1 ? "file" : "files", "scrubbed before under this plan"))
    }
    let dropped = totals.droppedByPolicy
    if dropped > 0 { lines.append(row("dropped", dropped, dropped == 1 ? "event" : "events", "as the policy says")) }
    if let elsewhere = totals.elsewhere {
      lines.append(row("left out", elsewhere, elsewhere == 1 ? "event" : "events", "of other workspaces than \(PageText.list(report.workspaces?.ids ?? []))"))
    }
    let cut = totals.cutFiles ?? 0
    if totals.withheld > 0 || report.withheldListed > cut {
      lines.append(row("withheld", totals.withheld, totals.withheld == 1 ? "event" : "events", "in \(counted(report.withheldListed, "place")): see the report"))
    }
    if cut > 0 { lines.append(row("withheld", cut, cut == 1 ? "rest of a file" : "rests of files", "with events that nobody can count: see the report")) }
    lines.append(ending())
    return lines.joined(separator: "\n") + "\n"
  }

  private func treatments() -> [String] {
    let groups: [(String, Set<Report.Action>)] = [
      ("tokenised", [.tokenise]), ("hashed", [.hash]), ("searched", [.scan]), ("rewritten", [.json]),
      ("coarser", [.generalise]), ("masked", [.mask]), ("redacted", [.redact]), ("removed", [.drop]), ("kept", [.keep]),
    ]
    return groups.compactMap { name, actions in
      let takesOthers = actions == [.redact]
      func count(_ field: Report.Field) -> Int {
        let own = !actions.contains(field.action) ? 0 : field.action == .keep ? field.values - field.redactedInstead : field.treated
        return own + (takesOthers ? field.redactedInstead : 0)
      }
      let fields = report.fields.filter { actions == [.keep] ? $0.action == .keep : count($0) > 0 }
      let values = fields.reduce(0) { $0 + count($1) }
      guard values > 0 else { return nil }
      let names = Set(fields.map(\.field))
      let tail = name == "kept" ? keptTail(fields) : examples(fields, count)
      return row(name, values, "value\(values == 1 ? " " : "s") in \(padded(names.count)) field\(names.count == 1 ? " " : "s")", tail)
    }
  }

  private func keptTail(_ fields: [Report.Field]) -> String {
    let marked = Set(fields.filter { !$0.sources.isEmpty && $0.values > 0 }.map(\.field))
    return marked.isEmpty ? "none of them marked or personal" : "\(marked.count) marked, kept because the policy says so"
  }

  private func examples(_ fields: [Report.Field], _ count: (Report.Field) -> Int) -> String {
    var sums: [String: Int] = [:]
    for field in fields { sums[field.field, default: 0] += count(field) }
    let names = sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    return names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", ..." : "")
  }

  private func ending() -> String {
    let (word, colour): (String, Colour) =
      switch report.state {
      case .complete: (report.dryRun ? "dry run: nothing was written." : "done.", .done)
      case .incomplete: ("incomplete: not everything could be scrubbed.", .incomplete)
      case .failed: ("failed: some files were not written.", .failed)
      case .refused: ("refused: some files may not be scrubbed.", .failed)
      case .interrupted: ("interrupted: finished files are finished, the rest are as they were.", .incomplete)
      }
    let shown = colour.of(word, isColoured)
    return shown + (reportPath.map { " Report: \($0)" } ?? "")
  }

  private func row(_ name: String, _ count: Int, _ what: String, _ tail: String) -> String {
    let number = grouped(count)
    let left = name + String(repeating: " ", count: max(1, 10 - name.count))
    return left + String(repeating: " ", count: max(0, 12 - number.count)) + number + " " + what + "   " + tail
  }

  private func padded(_ number: Int) -> String {
    let text = String(number)
    return String(repeating: " ", count: max(0, 3 - text.count)) + text
  }

  private func seconds(_ time: Double) -> String {
    let tenths = Int((time * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) s"
  }
}

/// A number of things, in the singular where it is one.
func counted(_ number: Int, _ noun: String) -> String { "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")" }

/// A whole number with separators between the thousands.
func grouped(_ number: Int) -> String {
  var result = ""
  for (index, digit) in String(number).reversed().enumerated() {
    if index > 0 && index % 3 == 0 && digit != "-" { result.append(",") }
    result.append(digit)
  }
  return String(result.reversed())
}

/// A number of bytes in the unit that fits.
func size(_ bytes: Int) -> String {
  switch bytes {
  case ..<1000: "\(bytes) B"
  case ..<1_000_000: "\((bytes + 500) / 1000) kB"
  case ..<10_000_000_000: "\(grouped((bytes + 500_000) / 1_000_000)) MB"
  default: "\(grouped((bytes + 500_000_000) / 1_000_000_000)) GB"
  }
}
