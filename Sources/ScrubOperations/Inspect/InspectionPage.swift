internal import Foundation
internal import Mustache
internal import ScrubNative
internal import ScrubPolicy

/// What is in an archive, on one page without network: a sentence, two pictures, the tables.
package enum InspectionPage {
  /// Rows of a table that the page shows; `inspect --json` has them all.
  static let rowLimit = 1000

  /// Writes the page, over one that is there.
  package static func write(_ inspection: Inspection, to path: String) throws {
    let digest = try FileDigest.of(Array(PageParts.script.utf8))
    let page = try html(inspection, scriptHash: Data(digest.bytes).base64EncodedString())
    try Data(page.utf8).write(to: URL(fileURLWithPath: path))
  }

  /// - Parameter scriptHash: SHA-256 of the script in base64, for the Content-Security-Policy.
  static func html(_ inspection: Inspection, scriptHash: String) throws -> String {
    let library = MustacheLibrary(templates: [
      "prose": try MustacheTemplate(string: ReportPage.proseTemplate),
      "bars": try MustacheTemplate(string: ReportPage.barsTemplate),
      "days": try MustacheTemplate(string: daysTemplate),
    ])
    let template = try MustacheTemplate(string: pageTemplate)
    return template.render(InspectionView(inspection, scriptHash: scriptHash), library: library)
  }
}

/// An inspection in the words of the page. The template library finds the properties by name, and looks a name that
/// a row does not have up in the page around it.
struct InspectionView {
  let scriptHash: String
  let style = PageParts.style
  let script = PageParts.script
  let state: String
  let stateSign: String
  let headline: String
  let lead: [Findings.Sentence]
  let facts: [ReportView.Fact]
  let bars: [Chart.Bars]
  let barsCaption = "Events by type"
  let hasBars: Bool
  let strips: [DayStrip]
  let daysCaption = "Events by day"
  let hasStrips: Bool
  let tables: [Table]
  let addition: String
  let hasAddition: Bool

  /// A table of the page.
  struct Table {
    let tableID: String
    let title: String
    let prose: [Piece]
    let hasNote: Bool
    let heads: [Head]
    let rows: [Row]
    let limitText: String
    let isCut: Bool
  }

  struct Head {
    let head: String
    let headClass: String
  }

  struct Row: MustacheParent {
    let name: [String]
    let cells: [Cell]

    /// Looked up by name for every row, which reflection is too slow for.
    func child(named name: String) -> Any? {
      switch name {
      case "name": self.name
      case "cells": cells
      default: nil
      }
    }
  }

  struct Cell: MustacheParent {
    let pieces: [String]
    let cellClass: String

    func child(named name: String) -> Any? {
      switch name {
      case "pieces": pieces
      case "cellClass": cellClass
      default: nil
      }
    }
  }
}

// MARK: - The claim

extension InspectionView {
  init(_ inspection: Inspection, scriptHash: String) {
    self.scriptHash = scriptHash
    state = inspection.state.rawValue
    stateSign = inspection.state.sign
    headline = Self.headline(inspection)
    lead = Self.lead(inspection).map { Findings.Sentence(prose: Piece.pieces(of: $0)) }
    facts = Self.facts(inspection)

    let counts = Self.counts(inspection.events)
    let barsSummary = counts.map { "\($0.name): \(PageText.grouped($0.whole))" }.joined(separator: "; ")
    bars = counts.isEmpty ? [] : Chart.Format.allCases.map { Chart.Bars(counts, format: $0, summary: barsSummary) }
    hasBars = !counts.isEmpty
    let days = inspection.days.filter { DayStrip.number(of: $0.day) > 0 }
    let daysSummary =
      "\(PageText.count(days.count, "day", "days")) from \(days.first?.day ?? "") to \(days.last?.day ?? "")"
    strips = days.isEmpty ? [] : Chart.Format.allCases.map { DayStrip(days, format: $0, summary: daysSummary.visible) }
    hasStrips = !days.isEmpty

    tables = Self.tables(inspection)
    hasAddition = !inspection.drift.addition.events.isEmpty
    addition = hasAddition ? inspection.drift.addition.json : ""
  }

  private static func headline(_ inspection: Inspection) -> String {
    let totals = inspection.totals
    let what =
      "\(PageText.count(totals.events, "event", "events")) of "
      + "\(PageText.count(totals.eventTypes, "type", "types")) in \(PageText.count(totals.files, "file", "files"))"
    let drift = inspection.drift
    if drift.isEmpty { return what + "; the catalog knows all of it" }
    var parts: [String] = []
    if !drift.unknownEvents.isEmpty { parts.append(PageText.count(drift.unknownEvents.count, "unknown event type", "unknown event types")) }
    if !drift.unknownFields.isEmpty { parts.append(PageText.count(drift.unknownFields.count, "unknown field", "unknown fields")) }
    let marks = drift.marks.new.count + drift.marks.lost.count + drift.marks.contradicting.count
    if marks > 0 { parts.append(PageText.count(marks, "mark that differs", "marks that differ")) }
    if !drift.content.isEmpty {
      parts.append(PageText.count(Set(drift.content.map(\.path)).count, "field that looks personal", "fields that look personal"))
    }
    if parts.isEmpty { parts.append("names that may be personal") }
    return what + "; " + PageText.list(parts)
  }

  private static func lead(_ inspection: Inspection) -> [String] {
    var lead: [String] = []
    if let first = inspection.totals.first, let last = inspection.totals.last {
      lead.append("From \(PageText.moment(first)) to \(PageText.moment(last)).")
    }
    lead.append("Inputs: " + inspection.inputs.prefix(12).map { "`\($0)`" }.joined(separator: ", ") + ".")
    lead.append("Names, counts and places are told here, values never.")
    return lead
  }

  private static func facts(_ inspection: Inspection) -> [ReportView.Fact] {
    let totals = inspection.totals
    let unread = inspection.problems.count
    return [
      ReportView.Fact(
        label: "Events", figure: PageText.grouped(totals.events),
        remark: PageText.count(totals.eventTypes, "event type", "event types")),
      ReportView.Fact(
        label: "Files", figure: PageText.grouped(totals.files), remark: "\(PageText.grouped(totals.ignored)) ignored"),
      ReportView.Fact(
        label: "Data", figure: PageText.size(totals.bytes), remark: "read in \(PageText.duration(inspection.seconds))"),
      ReportView.Fact(
        label: "Not read", figure: PageText.grouped(unread + totals.damagedPlaces),
        remark: "\(PageText.count(unread, "file", "files")), "
          + PageText.count(totals.damagedPlaces, "damaged place", "damaged places")),
    ]
  }

  /// Event types over all destinations, largest first; from the sixteenth on as one.
  private static func counts(_ events: [Inspection.Event]) -> [Chart.Count] {
    let types = Dictionary(grouping: events, by: \.event)
      .map { count($0.key.isEmpty ? "(no name)" : $0.key.visible, $0.value.reduce(0) { $0 + $1.events }) }
      .filter { $0.whole > 0 }
      .sorted { ($1.whole, $0.name) < ($0.whole, $1.name) }
    guard types.count > 16 else { return types }
    let rest = types.dropFirst(15)
    return types.prefix(15) + [count("\(rest.count) others", rest.reduce(0) { $0 + $1.whole })]
  }

  private static func count(_ name: String, _ events: Int) -> Chart.Count {
    Chart.Count(name: name, whole: events, dropped: 0, withheld: 0)
  }
}

// MARK: - Tables

extension InspectionView {
  /// What a cell holds.
  private enum Content {
    case number(Int)
    case word(String)
    /// A name that may be long, broken after its signs.
    case name(String)
  }

  private static func table(
    _ title: String, id: String, note: String = "", _ heads: [String], _ rows: [(String, [Content])]
  ) -> Table? {
    guard let first = rows.first else { return nil }
    let kinds = [Content.word("")] + first.1
    return Table(
      tableID: id, title: title, prose: Piece.pieces(of: note), hasNote: !note.isEmpty,
      heads: zip(heads, kinds).map { head, kind in
        if case .number = kind { Head(head: head, headClass: "number") } else { Head(head: head, headClass: "word") }
      },
      rows: rows.prefix(InspectionPage.rowLimit).map { name, cells in
        Row(name: name.isEmpty ? ["(no name)"] : name.breakable, cells: cells.map(cell))
      },
      limitText: "The first \(PageText.grouped(InspectionPage.rowLimit)) of \(PageText.grouped(rows.count)) rows; "
        + "inspect --json tells them all.",
      isCut: rows.count > InspectionPage.rowLimit)
  }

  private static func cell(_ content: Content) -> Cell {
    switch content {
    case .number(let number): Cell(pieces: [PageText.grouped(number)], cellClass: "number")
    case .word(let word): Cell(pieces: [word.visible], cellClass: "word")
    case .name(let name): Cell(pieces: name.breakable, cellClass: "remarks")
    }
  }

  private static func tables(_ inspection: Inspection) -> [Table] {
    let drift = inspection.drift
    let found = [
      problems(inspection), damaged(inspection), unknownEvents(drift), unknownFields(drift), content(drift),
      marks("Newly marked", id: "new", "Marked in files, not in the catalog.", drift.marks.new),
      marks(
        "Lost marks", id: "lost", "Marked in the catalog, not in files that carry marks; a scrub goes by the catalog.",
        drift.marks.lost),
      contradictions(drift), events(inspection), partitions(inspection), containers(inspection), schemas(inspection),
      scrubbed(inspection),
    ]
    return found.compactMap { $0 }
  }

  private static func problems(_ inspection: Inspection) -> Table? {
    table(
      "Files that could not be read", id: "problems", ["File", "What is true", "What to do"],
      inspection.problems.map { ($0.file, [.name($0.message), .name($0.hint ?? "")]) })
  }

  private static func damaged(_ inspection: Inspection) -> Table? {
    table(
      "Damaged places", id: "damaged", ["File", "Place", "At byte", "Bytes", "Events", "Reason"],
      inspection.damaged.map { place in
        let at = place.line.map { "line \($0)" } ?? place.block.map { "block \($0)" } ?? "tail"
        return (
          place.file, [.word(at), .number(place.offset), .number(place.bytes), .number(place.events), .word(place.code)]
        )
      })
  }

  private static func unknownEvents(_ drift: Inspection.Drift) -> Table? {
    table(
      "Unknown events", id: "unknown-events", note: "Event types that no catalog knows: a scrub withholds them.",
      ["Event type", "Destination", "Events", "Files"],
      drift.unknownEvents.map { ($0.event, [.word($0.destination), .number($0.events), .number($0.files)]) })
  }

  private static func unknownFields(_ drift: Inspection.Drift) -> Table? {
    table(
      "Unknown fields", id: "unknown-fields", note: "Fields that no catalog knows: a scrub redacts them.",
      ["Path", "Type", "Event type", "Destination", "Values", "Files", "Marked"],
      drift.unknownFields.map { row in
        (
          row.path,
          [
            .word(row.types.isEmpty ? "null" : row.types.joined(separator: ", ")), .word(row.event),
            .word(row.destination), .number(row.values), .number(row.files), .word(row.annotated ? "yes" : "no"),
          ]
        )
      })
  }

  private static func content(_ drift: Inspection.Drift) -> Table? {
    table(
      "Fields that look personal", id: "content",
      note: "Nothing marks them, and the catalog calls them not personal or does not know them.",
      ["Path", "Looks like", "Values", "Of", "Destination", "Event types", "Members"],
      drift.content.map { row in
        (
          row.path,
          [
            .word(row.kind), .number(row.values), .number(row.of), .word(row.destination), .number(row.events.count),
            .name(row.members.joined(separator: ", ")),
          ]
        )
      })
  }

  private static func marks(_ title: String, id: String, _ note: String, _ marks: [Inspection.Mark]) -> Table? {
    table(
      title, id: id, note: note, ["Field", "Files", "Event types"],
      marks.map { ($0.field, [.number($0.files), .name($0.events.joined(separator: ", "))]) })
  }

  private static func contradictions(_ drift: Inspection.Drift) -> Table? {
    table(
      "Contradicting marks", id: "contradicting", note: "Some schemas mark the field, others do not.",
      ["Field", "Marked in", "Unmarked in"],
      drift.marks.contradicting.map { row in
        (row.field, [.name(row.markedIn.joined(separator: ", ")), .name(row.unmarkedIn.joined(separator: ", "))])
      })
  }

  private static func events(_ inspection: Inspection) -> Table? {
    table(
      "Event types", id: "events", ["Event type", "Destination", "Events", "Files", "Bytes", "Schemas", "First", "Last"],
      inspection.events.map { row in
        (
          row.event,
          [
            .word(row.destination), .number(row.events), .number(row.files), .number(row.bytes), .number(row.schemas),
            .word(row.first ?? ""), .word(row.last ?? ""),
          ]
        )
      })
  }

  private static func partitions(_ inspection: Inspection) -> Table? {
    table(
      "Partitions", id: "partitions", note: "Segments of paths.", ["Segment", "Distinct", "Files", "First", "Last"],
      inspection.partitions.map { row in
        (row.name, [.number(row.distinct), .number(row.files), .word(row.first), .word(row.last)])
      })
  }

  private static func containers(_ inspection: Inspection) -> Table? {
    table(
      "Containers", id: "containers", ["Format", "Codec", "gzip", "Files", "Events", "Bytes"],
      inspection.containers.map { row in
        (
          row.format,
          [
            .word(row.codec ?? ""), .word(row.gzip ? "yes" : "no"), .number(row.files), .number(row.events),
            .number(row.bytes),
          ]
        )
      })
  }

  private static func schemas(_ inspection: Inspection) -> Table? {
    table(
      "Avro schemas", id: "schemas", ["Event type", "Schema", "Fields", "Marked", "Files", "Events"],
      inspection.schemas.map { row in
        (
          row.event,
          [.word(row.id), .number(row.fields), .number(row.marked), .number(row.files), .number(row.events)]
        )
      })
  }

  private static func scrubbed(_ inspection: Inspection) -> Table? {
    table(
      "Scrubbed before", id: "scrubbed", note: "Files that carry the mark of an earlier scrub.",
      ["Policy", "Plan", "Keys", "Files"],
      inspection.scrubbed.map { ($0.policy, [.word(String($0.plan.prefix(16))), .name($0.keys), .number($0.files)]) })
  }
}

// MARK: - Templates

extension InspectionPage {
  /// The page. Only `style` and `script`, which are constants, stand in it unescaped.
  private static let pageTemplate = #"""
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none';
    style-src 'unsafe-inline'; script-src 'sha256-{{scriptHash}}'; img-src data:;
    base-uri 'none'; form-action 'none'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <link rel="icon" href="data:,">
    <title>What is in the archive: {{state}}</title>
    <style>{{{style}}}
    svg .columns rect { fill: var(--accent); }
    </style>
    </head>
    <body>
    <header>
    <p class="kicker">
    <span class="state {{state}}"><span class="sign" aria-hidden="true">{{stateSign}}</span>{{state}}</span>
    <span>currents-scrub inspection</span>
    </p>
    <h1>{{headline}}</h1>
    {{#lead}}
    <p class="soft">{{> prose}}</p>
    {{/lead}}
    <dl class="facts">
    {{#facts}}
    <div><dt>{{label}}</dt><dd class="figure">{{figure}}</dd>
    {{#remark}}<dd class="remark">{{remark}}</dd>{{/remark}}</div>
    {{/facts}}
    </dl>
    </header>
    <main>
    {{#hasBars}}
    <section aria-labelledby="types">
    <h2 id="types">{{barsCaption}}</h2>
    {{#bars}}
    {{> bars}}
    {{/bars}}
    </section>
    {{/hasBars}}
    {{#hasStrips}}
    <section aria-labelledby="days">
    <h2 id="days">{{daysCaption}}</h2>
    {{#strips}}
    {{> days}}
    {{/strips}}
    </section>
    {{/hasStrips}}
    {{#tables}}
    <section aria-labelledby="{{tableID}}">
    <h2 id="{{tableID}}">{{title}}</h2>
    {{#hasNote}}<p class="soft">{{> prose}}</p>{{/hasNote}}
    {{#isCut}}<p>{{limitText}}</p>{{/isCut}}
    <div class="scroll" role="region" tabindex="0" aria-labelledby="{{tableID}}">
    <table class="sortable"><caption>{{title}}</caption>
    <thead><tr>
    {{#heads}}
    <th scope="col" class="{{headClass}}">{{head}}</th>
    {{/heads}}
    </tr></thead>
    <tbody>
    {{#rows}}
    <tr>
    <th scope="row" class="word"><code>{{#name}}{{.}}<wbr>{{/name}}</code></th>
    {{#cells}}
    <td class="{{cellClass}}">{{#pieces}}{{.}}<wbr>{{/pieces}}</td>
    {{/cells}}
    </tr>
    {{/rows}}
    </tbody></table>
    </div>
    </section>
    {{/tables}}
    {{#hasAddition}}
    <section aria-labelledby="addition">
    <h2 id="addition">Catalog addition</h2>
    <p class="soft">What a catalog would have to know. Read it, correct it, and keep it beside the policy.</p>
    <details><summary>catalog-addition.json</summary>
    <pre tabindex="0"><code>{{addition}}</code></pre>
    </details>
    </section>
    {{/hasAddition}}
    </main>
    <footer>
    <p>All of it, for programs: <code>currents-scrub inspect --json</code>. No value of an event is on this page.</p>
    </footer>
    <script>{{{script}}}</script>
    </body>
    </html>

    """#

  private static let daysTemplate = #"""
    <figure class="{{format}}">
    <svg viewBox="0 0 {{width}} {{height}}" role="img"
      aria-labelledby="days-{{format}}-title days-{{format}}-desc">
    <title id="days-{{format}}-title">{{daysCaption}}</title>
    <desc id="days-{{format}}-desc">{{summary}}</desc>
    <line class="track" x1="0" y1="{{baseline}}" x2="{{width}}" y2="{{baseline}}"/>
    <g class="columns">
    {{#columns}}
    <rect x="{{columnLeft}}" y="{{columnTop}}" width="{{columnWidth}}" height="{{columnHeight}}"/>
    {{/columns}}
    </g>
    <text x="0" y="{{labelBaseline}}">{{firstDay}}</text>
    <text x="{{lastDayLeft}}" y="{{labelBaseline}}" text-anchor="end">{{lastDay}}</text>
    </svg>
    </figure>

    """#
}
