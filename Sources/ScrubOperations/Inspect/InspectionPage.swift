internal import ScrubPolicy

/// What is in an archive, on one page without network: a sentence, two pictures, the tables.
package enum InspectionPage {
  /// Rows of a table that the page shows; `inspect --json` has them all.
  static let rowLimit = 1000

  /// Writes the page, over one that is there.
  package static func write(_ inspection: Inspection, to path: String) throws {
    let view = InspectionView(inspection, scriptHash: PageParts.hash(ofScript: PageParts.script))
    try GivenFile.writePage(try template.render(view), to: path)
  }

  private static let template = PageTemplate(pageTemplate, with: ["days": daysTemplate])
}

/// An inspection in the words of the page. The template library finds the properties by name, and looks a name that
/// a row does not have up in the page around it.
struct InspectionView {
  let scriptHash: String
  let style: String
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
  let daysCaption = "Events by the day of their partition"
  let hasStrips: Bool
  let tables: [PageTable]
  let addition: String
  let hasAddition: Bool
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

    bars = Chart.Bars.both(Self.counts(inspection.events), id: "bars", caption: barsCaption)
    hasBars = !bars.isEmpty
    let days = inspection.days.filter { DayStrip.number(of: $0.day) > 0 }
    let daysSummary =
      "\(PageText.count(days.count, "day", "days")) from \(days.first?.day ?? "") to \(days.last?.day ?? "")"
    strips = days.isEmpty ? [] : Chart.Format.allCases.map { DayStrip(days, format: $0, summary: daysSummary.visible) }
    hasStrips = !days.isEmpty

    tables = Self.tables(inspection)
    style = PageParts.style + PageTable.style(of: tables)
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
    Chart.Count(name: name, whole: events, parts: [("accent", events)], remark: nil)
  }
}

// MARK: - Tables

extension InspectionView {
  private static func table(
    _ title: String, id: String, note: String = "", _ heads: [String], _ rows: [(String, [PageTable.Content])]
  ) -> PageTable? {
    PageTable(
      title, id: id, note: note, heads, rows.map { PageTable.Line($0, $1) },
      limit: InspectionPage.rowLimit, rest: "`inspect --json` tells them all")
  }

  private static func tables(_ inspection: Inspection) -> [PageTable] {
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

  private static func problems(_ inspection: Inspection) -> PageTable? {
    table(
      "Files that could not be read", id: "problems", ["File", "What is true", "What to do"],
      inspection.problems.map { ($0.file, [.name($0.message), .name($0.hint ?? "")]) })
  }

  private static func damaged(_ inspection: Inspection) -> PageTable? {
    table(
      "Damaged places", id: "damaged", ["File", "Place", "At byte", "Bytes", "Events", "Reason"],
      inspection.damaged.map { place in
        let at = place.line.map { "line \($0)" } ?? place.block.map { "block \($0)" } ?? "tail"
        return (
          place.file,
          [
            .word(at), .number(place.offset), .number(place.bytes), place.rest == true ? .word("not known") : .number(place.events),
            .word(place.code),
          ]
        )
      })
  }

  private static func unknownEvents(_ drift: Inspection.Drift) -> PageTable? {
    table(
      "Unknown events", id: "unknown-events", note: "Event types that no catalog knows: a scrub withholds them.",
      ["Event type", "Destination", "Events", "Files"],
      drift.unknownEvents.map { ($0.event, [.word($0.destination), .number($0.events), .number($0.files)]) })
  }

  private static func unknownFields(_ drift: Inspection.Drift) -> PageTable? {
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

  private static func content(_ drift: Inspection.Drift) -> PageTable? {
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

  private static func marks(_ title: String, id: String, _ note: String, _ marks: [Inspection.Mark]) -> PageTable? {
    table(
      title, id: id, note: note, ["Field", "Files", "Event types"],
      marks.map { ($0.field, [.number($0.files), .name($0.events.joined(separator: ", "))]) })
  }

  private static func contradictions(_ drift: Inspection.Drift) -> PageTable? {
    table(
      "Contradicting marks", id: "contradicting", note: "Some schemas mark the field, others do not.",
      ["Field", "Marked in", "Unmarked in"],
      drift.marks.contradicting.map { row in
        (row.field, [.name(row.markedIn.joined(separator: ", ")), .name(row.unmarkedIn.joined(separator: ", "))])
      })
  }

  private static func events(_ inspection: Inspection) -> PageTable? {
    table(
      "Event types", id: "events", ["Event type", "Destination", "Events", "Files", "Bytes", "Schemas", "First", "Last"],
      inspection.events.map { row in
        (
          row.event,
          [
            .word(row.destination), .number(row.events), .number(row.files), .number(row.bytes), .number(row.schemas),
            .word(day(row.first)), .word(day(row.last)),
          ]
        )
      })
  }

  /// The day of a time, which has room beside the longest names; `--json` has the second.
  private static func day(_ time: String?) -> String { String((time ?? "").prefix(10)) }

  private static func partitions(_ inspection: Inspection) -> PageTable? {
    table(
      "Partitions", id: "partitions", note: "Segments of paths.", ["Segment", "Distinct", "Files", "First", "Last"],
      inspection.partitions.map { row in
        (row.name, [.number(row.distinct), .number(row.files), .word(row.first), .word(row.last)])
      })
  }

  private static func containers(_ inspection: Inspection) -> PageTable? {
    table(
      "Containers", id: "containers", ["Format", "Codec", "Compression", "Files", "Events", "Bytes"],
      inspection.containers.map { row in
        (
          row.format,
          [
            .word(row.codec ?? "none"), .word(row.compression ?? "none"), .number(row.files), .number(row.events),
            .number(row.bytes),
          ]
        )
      })
  }

  private static func schemas(_ inspection: Inspection) -> PageTable? {
    table(
      "Avro schemas", id: "schemas", ["Event type", "Schema", "Fields", "Marked", "Files", "Events"],
      inspection.schemas.map { row in
        (
          row.event,
          [.word(row.id), .number(row.fields), .number(row.marked), .number(row.files), .number(row.events)]
        )
      })
  }

  private static func scrubbed(_ inspection: Inspection) -> PageTable? {
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
    {{> head}}
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
    {{> claim}}
    </header>
    <main>
    {{#hasBars}}
    <section aria-labelledby="types">
    <h2 id="types">{{barsCaption}}</h2>
    {{#bars}}
    {{{drawing}}}
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
    {{> table}}
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

  static let daysTemplate = #"""
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
