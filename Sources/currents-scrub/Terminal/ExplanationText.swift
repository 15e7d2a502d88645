internal import ScrubOperations
internal import ScrubPolicy

/// An explanation in a terminal: one field in full, or an event as a table.
struct ExplanationText {
  private let explanation: Explanation
  /// Whether all of an event is told, and not one field of it.
  private let isWhole: Bool

  init(_ explanation: Explanation, isWhole: Bool) {
    self.explanation = explanation
    self.isWhole = isWhole
  }

  var text: String {
    let isEverywhere = explanation.fields.contains { $0.events != nil }
    let name = isEverywhere ? "every event that has it" : explanation.event.isEmpty ? "an event of no known type" : explanation.event
    let place = explanation.destination.map { ", read as \($0)" } ?? ""
    return "\(name)\(place), under \(explanation.policy.name)\n" + outcome + "\n"
      + (isWhole ? table + idle + changes : explanation.fields.map { self.field($0) }.joined(separator: "\n")) + note
  }

  private var outcome: String {
    let reason = explanation.reason.map { " (\($0))" } ?? ""
    return switch explanation.outcome {
    case "drop": "the event is dropped\(reason): nothing below is written\n"
    case "withhold":
      "the event is withheld\(reason): nothing below is written\n"
        + (explanation.event.isEmpty ? "hint: say what it is with --event-type\n" : "")
    case "fail": "the event fails its file\(reason): nothing below is written\n"
    default: ""
    }
  }

  private var note: String {
    explanation.fields.contains { $0.action == .hash && $0.after != nil }
      ? "\npseudonyms are made with a demonstration key; yours differ\n" : ""
  }

  // MARK: all fields

  private var table: String {
    var table = Table(["field", "path", "marked by", "action", "decided by"])
    for field in explanation.fields {
      let paths = Set(field.places.map(\.path)).sorted()
      table.add(
        visible(field.names.joined(separator: ", ")), visible(paths.count > 1 ? "\(paths[0]), ..." : paths[0]),
        sources(field), field.action.rawValue, field.rule)
    }
    return table.text()
  }

  /// Rules that decide none of the fields, each with the reason of the first field.
  private var idle: String {
    let deciding = Set(explanation.fields.map(\.rule))
    var seen: Set<String> = []
    let passed = explanation.fields.flatMap(\.passedOver).filter { !deciding.contains($0.rule) && seen.insert($0.rule).inserted }
    guard !passed.isEmpty else { return "" }
    var table = Table(["decides nothing here", "why"])
    for rule in passed { table.add(rule.rule, rule.why.split(separator: ", and ").first.map(String.init) ?? "") }
    return "\n" + table.text()
  }

  private var changes: String {
    let changed = explanation.fields.filter { $0.before != $0.after && $0.before != nil }
    guard !changed.isEmpty, explanation.outcome == "scrub" else { return "" }
    var table = Table(["field", "before", "after"])
    for field in changed { table.add(visible(field.places[0].path), shortened(field.before), shortened(field.after)) }
    return "\n" + table.text()
  }

  private func shortened(_ value: String?) -> String {
    guard let value else { return "(removed)" }
    return visible(value.count > 60 ? String(value.prefix(57)) + "..." : value)
  }

  private func sources(_ field: Explanation.Field) -> String {
    let all = field.marks + (field.isPersonal ? ["table"] : [])
    return all.isEmpty ? field.isKnown ? "-" : "unknown" : all.joined(separator: ", ")
  }

  // MARK: one field

  private func field(_ field: Explanation.Field) -> String {
    var lines: [(String, String)] = []
    if let events = field.events {
      let named = events.prefix(3).map(visible).joined(separator: ", ") + (events.count > 3 ? ", ..." : "")
      lines.append((counted(events.count, "event"), named))
    }
    for place in field.places { lines.append(("in", "\(place.destination): \(visible(place.path))")) }
    if field.type.isEmpty { lines.append(("declared", "in no shape\(field.events == nil ? " of the event" : ""); known wherever an event holds it")) }
    lines.append(("stands for", field.names.joined(separator: ", ")))
    lines.append(("class, kind", "\(field.fieldClass), \(field.kind)"))
    lines.append(("marked", marked(field)))
    lines.append(("personal", field.isPersonal ? "yes, by the table of fields" : "no"))
    if field.isLinking { lines.append(("linking", "yes: it joins one event or person across recipients")) }
    for passed in field.passedOver { lines.append(("not \(passed.rule)", passed.why)) }
    lines.append(("decided by", field.rule + (field.because.map { ", because: \($0)" } ?? "")))
    lines.append(("action", field.action.rawValue + (field.detail.map { " (\($0))" } ?? "")))
    if let before = field.before {
      lines.append(("before", visible(before)))
      lines.append(("after", field.after.map(visible) ?? "(removed)"))
    }
    let width = lines.map(\.0.count).max() ?? 0
    return lines.map { name, value in
      "  " + name + String(repeating: " ", count: width - name.count + 2) + value + "\n"
    }.joined()
  }

  private func marked(_ field: Explanation.Field) -> String {
    if field.marks.isEmpty { return "[PII] by no source" }
    let others = field.marks.filter { !field.marksHere.contains($0) }
    let here = field.marksHere.isEmpty ? "" : "[PII] here by \(field.marksHere.joined(separator: ", "))"
    let elsewhere = others.isEmpty ? "" : "[PII] in other events by \(others.joined(separator: ", ")), which counts here too"
    return [here, elsewhere].filter { !$0.isEmpty }.joined(separator: "; ")
  }
}
