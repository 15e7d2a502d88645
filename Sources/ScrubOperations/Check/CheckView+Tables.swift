internal import ScrubPolicy

// MARK: - Findings and rules

extension CheckView {
  /// Those that refuse the policy first.
  static func findings(_ findings: [CheckReport.Finding]) -> PageTable? {
    let ordered = findings.filter(\.refuses) + findings.filter { !$0.refuses }
    return table(
      "Findings", id: "findings", ["Finding", "It is", "Place", "What is true", "What to do"],
      ordered.map { finding in
        let file = finding.file.split(separator: "/").last.map(String.init) ?? ""
        return PageTable.Line(
          finding.id,
          [
            .word(finding.refuses ? "\(finding.severity), refuses" : finding.severity),
            .word("\(file):\(finding.line):\(finding.column)"),
            .prose(PageText.sentence(finding.message)), .prose(PageText.sentence(finding.mend)),
          ])
      })
  }

  static func rules(_ rules: [CheckReport.Rule]) -> PageTable? {
    table(
      "Rules and defaults", id: "rules",
      note: "Events are dropped first, whatever else is said of them. Of the others the first rule that matches a "
        + "field decides about it, and where none does, the default for its kind.",
      ["Rule", "Action", "What it is about", "Because", "Fields decided", "Event types"],
      rules.enumerated().map { index, rule in
        PageTable.Line(
          rule.name,
          [
            .word(ActionName(rawValue: rule.action)?.label ?? rule.action), .name(rule.summary),
            .prose(rule.because ?? ""), .number(rule.decides), .number(rule.eventTypes),
          ], anchor: anchor(index))
      })
  }

  /// Marked fields that are kept, field by field.
  static func kept(_ kept: [CheckReport.Field]) -> PageTable? {
    struct Reason: Hashable {
      let names: [String]
      let action: String
      let rule: String
      let because: String?
    }
    let groups = Dictionary(grouping: kept) {
      Reason(names: $0.names, action: $0.action.label, rule: $0.rule, because: $0.because)
    }
    .sorted { ($0.key.names.joined(separator: " "), $0.key.rule) < ($1.key.names.joined(separator: " "), $1.key.rule) }
    return table(
      "In clear, in whole or in part, though marked or personal", id: "kept",
      ["Field", "Action", "Because", "Rule", "Marked by", "Destinations", "Event types", "Fields"],
      groups.map { reason, fields in
        PageTable.Line(
          reason.names.joined(separator: ", "),
          [
            .name(reason.action), .prose(reason.because ?? "no reason is given"), .name(reason.rule),
            .name(PageText.marks(Set(fields.flatMap(\.sources)).sorted())),
            .name(Set(fields.map(\.destination)).sorted().joined(separator: ", ")),
            .number(Set(fields.map(\.event)).count), .number(fields.count),
          ])
      })
  }

  static func anchor(_ index: Int) -> String { "rule-\(index + 1)" }

  private static func table(
    _ title: String, id: String, note: String = "", _ heads: [String], _ lines: [PageTable.Line]
  ) -> PageTable? {
    PageTable(
      title, id: id, note: note, heads, lines, limit: CheckPage.rowLimit,
      rest: "`policy check --json` tells them all")
  }
}

// MARK: - Archives

/// A field of an archive that the matrix does not have, or of which it says something else.
struct ArchiveDifference {
  let shape: CheckReport.Shape
  let field: CheckReport.Field
  /// What the matrix says; nothing where it has no such row.
  let expected: CheckReport.Field?

  static func all(in archive: CheckReport.Archive, from fields: [CheckReport.Field]) -> [ArchiveDifference] {
    let rows = Dictionary(
      fields.map { (Place($0), $0) }, uniquingKeysWith: { first, _ in first })
    return archive.shapes.flatMap { shape in
      shape.fields.compactMap { field in
        let row = rows[Place(field)]
        let isSame = row?.action == field.action && row?.detail == field.detail && row?.rule == field.rule
        return isSame ? nil : ArchiveDifference(shape: shape, field: field, expected: row)
      }
    }
  }

  private struct Place: Hashable {
    let event: String
    let destination: String
    let path: String

    init(_ field: CheckReport.Field) {
      event = field.event
      destination = field.destination
      path = field.path
    }
  }
}

extension CheckView {
  static func tables(_ archive: CheckReport.Archive, _ differences: [ArchiveDifference]) -> [PageTable] {
    let inputs = archive.inputs.prefix(12).map { "`\($0)`" }.joined(separator: ", ")
    let unread =
      archive.unread == 0
      ? ""
      : " Of \(PageText.count(archive.unread, "file", "files")) that could not be read nothing is proved."
    let shapes = table(
      "What the archives hold", id: "archive",
      note: "\(PageText.count(archive.files, "file", "files")) with "
        + "\(PageText.count(archive.events, "event", "events")) in \(inputs).\(unread)",
      ["Event type", "Destination", "Container", "Outcome", "Reason", "Events", "Fields"],
      archive.shapes.map { shape in
        PageTable.Line(
          shape.event,
          [
            .word(shape.destination), .word(shape.container), .word(shape.outcome), .prose(shape.reason ?? ""),
            .number(shape.events), .number(shape.fields.count),
          ])
      })
    let fields = table(
      "Fields of the archives that stand not as in the matrix", id: "differences",
      ["Field", "Event type", "Destination", "Container", "Action", "Rule", "The matrix"],
      differences.map { difference in
        let field = difference.field
        return PageTable.Line(
          field.path,
          [
            .name(difference.shape.event), .word(difference.shape.destination), .word(difference.shape.container),
            .word(field.label), .name(field.rule),
            .name(difference.expected.map { "says \($0.label), \($0.rule)" } ?? "has no such row"),
          ])
      })
    return [shapes, fields].compactMap { $0 }
  }
}

extension CheckReport.Shape {
  /// Whether a scrub treats its events, or drops them, as the policy says.
  var isScrubbed: Bool { outcome == "scrub" || outcome == "drop" }
}

extension CheckReport.Field {
  /// The action with its detail.
  fileprivate var label: String { [action.label, detail].compactMap { $0 }.joined(separator: ", ") }
}

// MARK: - The matrix

extension CheckView {
  static func event(_ event: CheckMatrix.Event, in matrix: CheckMatrix, _ anchors: [String: String]) -> Event {
    let marked = event.rows.count(where: \.isMarked)
    let differing = event.rows.count(where: \.differs)
    let places = Set(event.rows.flatMap(\.fields).map(\.destination))
    var summary = [PageText.count(event.rows.count, "field", "fields")]
    if marked > 0 { summary.append("\(PageText.grouped(marked)) marked or personal") }
    summary.append(
      places.count == matrix.destinations.count
        ? "in all destinations" : "in \(PageText.list(matrix.destinations.filter(places.contains)))")
    if differing > 0 { summary.append("\(PageText.count(differing, "differs", "differ")) between destinations") }
    if event.rows.allSatisfy({ $0.fields.allSatisfy { $0.action == .dropEvent } }) { summary.append("event dropped") }
    return Event(
      event: event.name.breakable, eventName: event.name.visible, summary: summary.joined(separator: " · "),
      rows: event.rows.map { row($0, in: matrix, anchors) })
  }

  private static func row(_ row: CheckMatrix.Row, in matrix: CheckMatrix, _ anchors: [String: String]) -> Row {
    let states = [(row.isMarked, "marked"), (row.differs, "differs")].filter(\.0).map(\.1)
    let field = row.fields[0]
    let kind = [PageText.words(field.fieldClass), field.kind == "other" ? "" : PageText.words(field.kind)]
    return Row(
      rowClass: states.isEmpty ? nil : states.joined(separator: " "),
      names: row.names.map(\.breakable), differs: row.differs,
      what: (kind + [field.isLinking ? "linking" : ""]).filter { !$0.isEmpty }.joined(separator: " · "),
      marks: PageText.marks(row.sources),
      cells: matrix.destinations.map { destination in
        Cell(places: row.fields.filter { $0.destination == destination }.map { treatment($0, in: matrix) })
      },
      decisions: decisions(row.fields, anchors))
  }

  private static func treatment(_ field: CheckReport.Field, in matrix: CheckMatrix) -> Treatment {
    Treatment(
      colour: field.way.colour, action: field.action.label, isClear: field.action == .keep && field.isMarked,
      path: matrix.isUsual(field) ? nil : field.path.breakable(keeping: 0))
  }

  /// Each rule with its detail once; with its destinations where there are several.
  private static func decisions(_ fields: [CheckReport.Field], _ anchors: [String: String]) -> [Reason] {
    var reasons: [(rule: String, detail: String?, destinations: [String])] = []
    for field in fields {
      if let index = reasons.firstIndex(where: { $0.rule == field.rule && $0.detail == field.detail }) {
        if !reasons[index].destinations.contains(field.destination) {
          reasons[index].destinations.append(field.destination)
        }
      } else {
        reasons.append((field.rule, field.detail, [field.destination]))
      }
    }
    return reasons.map { reason in
      Reason(
        scope: reasons.count > 1 ? reason.destinations.joined(separator: ", ") : nil,
        anchor: anchors[reason.rule, default: "rules"], rule: reason.rule.breakable, detail: reason.detail?.visible)
    }
  }
}
