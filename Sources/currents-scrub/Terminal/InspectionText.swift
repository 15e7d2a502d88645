internal import ScrubOperations
internal import ScrubPolicy

/// What an inspection says on a terminal: aligned columns, and a last line on what happened and what to do next.
struct InspectionText {
  private let inspection: Inspection
  /// Where the page was written.
  private let page: String?
  private let isColoured: Bool

  /// Rows of a table that are shown; `--json` has them all.
  private static let rowLimit = 40

  init(_ inspection: Inspection, page: String?, isColoured: Bool) {
    self.inspection = inspection
    self.page = page
    self.isColoured = isColoured
  }

  /// All of it.
  var whole: String {
    var lines = [summary]
    lines += events()
    lines += places()
    lines += containers()
    lines += schemas()
    lines += scrubbed()
    lines += driftLines()
    lines.append("")
    lines.append(ending)
    return lines.joined(separator: "\n") + "\n"
  }

  /// Where archive and catalog differ, with the addition that closes the gap.
  var drift: String {
    get throws {
      var lines = [summary]
      lines += driftLines()
      if !inspection.drift.addition.events.isEmpty {
        lines += ["", "catalog addition, to be read and pasted"]
        lines.append(String(inspection.drift.addition.json.dropLast()))
      }
      lines.append("")
      lines.append(driftEnding)
      return lines.joined(separator: "\n") + "\n"
    }
  }

  // MARK: lines

  private var summary: String {
    let totals = inspection.totals
    var text =
      "\(counted(totals.files, "file")), \(counted(totals.events, "event")) of "
      + "\(counted(totals.eventTypes, "event type")), \(size(totals.bytes)) in \(seconds(inspection.seconds))"
    if let first = totals.first, let last = totals.last { text += "; \(first) to \(last)" }
    return text
  }

  private func events() -> [String] {
    let rows = inspection.events.sorted { ($1.events, $0.event) < ($0.events, $1.event) }
    return table(
      "events", ["event type", "destination", "events", "files", "bytes", "first", "last"], numbers: [2, 3, 4],
      rows.map { row in
        [
          name(row.event) + (row.known ? "" : " (unknown)"), row.destination, grouped(row.events), grouped(row.files),
          size(row.bytes), row.first ?? "-", row.last ?? "-",
        ]
      })
  }

  private func places() -> [String] {
    table(
      "partitions", ["segment", "distinct", "first", "last"], numbers: [1],
      inspection.partitions.map { [visible($0.name), grouped($0.distinct), visible($0.first), visible($0.last)] })
  }

  private func containers() -> [String] {
    table(
      "containers", ["format", "codec", "compression", "files", "events", "bytes"], numbers: [3, 4, 5],
      inspection.containers.map { row in
        [
          row.format, row.codec ?? "-", row.compression ?? "-", grouped(row.files), grouped(row.events), size(row.bytes),
        ]
      })
  }

  /// Event types with more than one schema; with one it says nothing new.
  private func schemas() -> [String] {
    guard !inspection.schemas.isEmpty else { return [] }
    let several = Dictionary(grouping: inspection.schemas) { $0.event + " " + $0.destination }.values
      .filter { $0.count > 1 }.joined().sorted { ($0.event, $1.files, $0.id) < ($1.event, $0.files, $1.id) }
    let note = "\(counted(inspection.schemas.count, "Avro schema")), one for each event type"
    if several.isEmpty { return ["", "schemas", "  " + note] }
    return table(
      "schemas of event types that have several", ["event type", "schema", "fields", "marked", "files"],
      numbers: [2, 3, 4],
      several.map { [name($0.event), $0.id, grouped($0.fields), grouped($0.marked), grouped($0.files)] })
  }

  private func scrubbed() -> [String] {
    table(
      "scrubbed before", ["policy", "plan", "keys", "files"], numbers: [3],
      inspection.scrubbed.map { row in
        [visible(row.policy), String(row.plan.prefix(16)), row.keys.isEmpty ? "-" : visible(row.keys), grouped(row.files)]
      })
  }

  // MARK: drift

  private func driftLines() -> [String] {
    let drift = inspection.drift
    var lines = marks(drift.marks)
    lines += table(
      "unknown events", ["event type", "destination", "events", "files"], numbers: [2, 3],
      drift.unknownEvents.map { [name($0.event), $0.destination, grouped($0.events), grouped($0.files)] })
    lines += table(
      "unknown fields", ["path", "type", "event type", "destination", "values", "files", "marked"], numbers: [4, 5],
      drift.unknownFields.map { row in
        [
          visible(row.path), row.types.isEmpty ? "null" : row.types.joined(separator: ", "), name(row.event),
          row.destination, grouped(row.values), grouped(row.files), row.annotated ? "yes" : "no",
        ]
      })
    if drift.namesWithheld > 0 {
      lines.append("  \(counted(drift.namesWithheld, "value")) under names that may be personal themselves (names withheld)")
    }
    if drift.pathsBeyondLimit > 0 {
      lines.append("  \(counted(drift.pathsBeyondLimit, "value")) under further names; only 10,000 paths are kept")
    }
    lines += table(
      "unmarked fields that look personal by content", ["path", "looks like", "values", "of", "event types", "destination"],
      numbers: [2, 3, 4],
      drift.content.map { row in
        [visible(row.path), look(row), grouped(row.values), grouped(row.of), grouped(row.events.count), row.destination]
      })
    return lines
  }

  private func look(_ row: Inspection.Content) -> String {
    guard row.kind == "json", !row.members.isEmpty else { return row.kind }
    let shown = row.members.prefix(3).map(visible).joined(separator: ", ")
    return "json: \(shown)" + (row.members.count > 3 ? ", ..." : "")
  }

  private func marks(_ marks: Inspection.Marks) -> [String] {
    var lines: [String] = []
    if marks.unmarkedSchemas > 0 {
      lines += [
        "", "marks",
        "  \(counted(marks.unmarkedSchemas, "schema")) of \(counted(marks.unmarkedFiles, "file")) carr"
          + "\(marks.unmarkedSchemas == 1 ? "ies" : "y") no marks; the catalog's hold",
      ]
    }
    lines += markTable("newly marked: in files, not in the catalog", marks.new)
    lines += markTable("lost marks: in the catalog, not in files (the catalog's hold)", marks.lost)
    lines += table(
      "contradicting marks", ["field", "marked in", "unmarked in"], numbers: [],
      marks.contradicting.map { [visible($0.field), some($0.markedIn), some($0.unmarkedIn)] })
    return lines
  }

  private func markTable(_ title: String, _ marks: [Inspection.Mark]) -> [String] {
    table(
      title, ["field", "files", "event types"], numbers: [1],
      marks.map { [visible($0.field), grouped($0.files), some($0.events)] })
  }

  // MARK: endings

  private var isDrifting: Bool { !inspection.drift.isEmpty }

  private var ending: String {
    let word: String
    if inspection.state == .interrupted {
      word = Colour.incomplete.of("interrupted:", isColoured) + " only the files read so far are told of."
    } else if inspection.exit == 0 {
      word = Colour.done.of("done.", isColoured)
    } else {
      word = Colour.incomplete.of("incomplete:", isColoured) + " \(unread); see above."
    }
    let isDone = !inspection.scrubbed.isEmpty || inspection.inputs.contains(where: OwnPlaces.isOutput)
    let next =
      isDrifting
      ? " The archive and the catalog differ: see `catalog drift`."
      : inspection.exit != 0 || isDone ? "" : " Next: currents-scrub --policy gdpr INPUT -o OUT"
    return word + (page.map { " Page: \(visible($0))." } ?? "") + next
  }

  private var driftEnding: String {
    let rest = inspection.exit == 0 ? "" : " \(Colour.incomplete.of("incomplete:", isColoured)) \(unread)."
    guard isDrifting else { return Colour.done.of("no drift:", isColoured) + " the catalog knows all of it." + rest }
    let hint =
      inspection.drift.addition.events.isEmpty
      ? "look at the fields, and name them in the policy."
      : "read the addition, correct it, and name the fields in the policy."
    return Colour.incomplete.of("drift:", isColoured) + " " + hint + rest
  }

  /// `2 files and 3 places could not be read`.
  private var unread: String {
    let totals = inspection.totals
    var parts: [String] = []
    if !inspection.problems.isEmpty { parts.append(counted(inspection.problems.count, "file")) }
    if totals.damagedPlaces > 0 { parts.append(counted(totals.damagedPlaces, "damaged place")) }
    return parts.joined(separator: " and ") + " could not be read"
  }

  // MARK: tables

  /// A title and columns as wide as their cells; nothing without rows.
  private func table(_ title: String, _ heads: [String], numbers: Set<Int>, _ rows: [[String]]) -> [String] {
    guard !rows.isEmpty else { return [] }
    let shown = Array(rows.prefix(Self.rowLimit))
    let widths = heads.indices.map { column in ([heads] + shown).map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      var text = " "
      for (column, cell) in cells.enumerated() {
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        text += " " + (numbers.contains(column) ? blanks + cell : cell + blanks) + " "
      }
      while text.last == " " { text.removeLast() }
      return text
    }
    var lines = ["", title, line(heads)] + shown.map(line)
    if rows.count > shown.count { lines.append("  and \(grouped(rows.count - shown.count)) more: see --json") }
    return lines
  }

  private func name(_ event: String) -> String { event.isEmpty ? "(no name)" : visible(event) }

  private func some(_ events: [String]) -> String {
    events.prefix(2).map(name).joined(separator: ", ") + (events.count > 2 ? " and \(events.count - 2) more" : "")
  }

  private func seconds(_ time: Double) -> String {
    let tenths = Int((time * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) s"
  }
}
