internal import Mustache

/// `report.html`: the claim, a picture, the tables, in one file without network.
package struct ReportPage {
  /// How many rows of a long table the page shows; `report.json` has them all.
  package static let rowLimit = 1000

  /// Returns the page of a report.
  static func html(_ report: Report) throws -> String {
    try template.render(ReportView(report, scriptHash: PageParts.hash(ofScript: PageParts.script)))
  }

  private static let template = PageTemplate(pageTemplate, with: sections)
}

// MARK: - What the template shows

/// A report in the words of the page. The template library finds the properties by name.
///
/// A name that a row does not have is looked up in the page around it, so optional members of rows have names
/// of their own. All text from data goes through `visible`, and is escaped by the library, or is `Markup`.
struct ReportView {
  // The head of the document.
  let scriptHash: String
  let style = PageParts.style + StackedTable.style
  let script = PageParts.script
  let footerText: String

  // The claim.
  let run: String
  let state: String
  let stateSign: String
  let headline: String
  let lead: [Findings.Sentence]
  let looks: [Finding]
  let hasLooks: Bool
  let facts: [Fact]

  // The pictures.
  let flows: [Chart.Flow]
  let flowCaption: String
  let bars: [Chart.Bars]
  let hasBars: Bool
  let barsCaption: String

  // The evidence.
  let treatments: Markup
  let treatmentLimit: String?
  let hasTreatments: Bool
  let fieldRows: Markup
  let fieldCount: String
  let fieldLimit: String?
  let eventRows: Markup
  let eventCount: String
  let eventLimit: String?
  let hasEvents: Bool
  let withheldRows: [WithheldRow]
  let withheldLimit: String?
  let hasWithheld: Bool
  let problemGroups: [ProblemGroup]
  let hasProblems: Bool
  let warningRows: [WarningRow]
  let hasWarnings: Bool
  let pairs: [Pair]
  let keyRows: [KeyRow]
  let hasKeys: Bool
  let fileRows: [Fact]
  let sourceRows: Markup
  let sourceCount: String
  let sourceLimit: String?
  let hasSources: Bool
  let checks: [Check]
  let hasChecks: Bool

  struct Fact: MustacheParent {
    let label: String
    let figure: String
    let remark: String?

    func child(named name: String) -> Any? {
      switch name {
      case "label": label
      case "figure": figure
      case "remark": remark
      default: nil
      }
    }
  }

  struct Pair {
    let term: String
    let plain: String?
    let code: Markup
  }

  struct WithheldRow {
    let file: Markup
    let place: String
    let offset: String
    let bytes: String
    let events: String
    let code: String
    let digest: String
  }

  struct ProblemGroup {
    let code: String
    /// What is true.
    let prose: [Piece]
    let countText: String
    let hints: [Hint]
    let isLong: Bool
    let places: [Place]
    let placeLimit: String?

    struct Hint {
      let prose: [Piece]
    }

    struct Place {
      let file: Markup
      let at: String
    }
  }

  struct WarningRow {
    let id: String
    let prose: [Piece]
    let times: String
  }

  struct KeyRow {
    let id: String
    let check: String
  }

  struct Check {
    let purpose: String
    let command: String
  }
}

extension ReportView {
  init(_ report: Report, scriptHash: String) {
    let findings = Findings(report)

    self.scriptHash = scriptHash
    footerText =
      "currents-scrub report " + report.run.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }

    run = report.run.visible
    state = report.state.rawValue
    stateSign = report.state.sign
    headline = findings.headline.visible
    lead = findings.lead
    looks = findings.looks
    hasLooks = !findings.looks.isEmpty
    facts = Self.facts(report)

    let streams = findings.streams
    let flowSummary = streams.map { "\([$0.name, $0.remark].compactMap(\.self).joined(separator: ", ")): \($0.detail)" }.joined(separator: "; ")
    flows =
      streams.isEmpty
      ? [] : Chart.Format.allCases.map { Chart.Flow(streams, format: $0, summary: flowSummary) }
    let valueCount = PageText.count(report.fields.reduce(0) { $0 + $1.values }, "value", "values")
    flowCaption = "Where the \(valueCount) \(report.dryRun ? "would go" : "went")"

    barsCaption = "Events by type"
    let counts = Self.counts(report.events)
    hasBars = !counts.isEmpty
    bars = Chart.Bars.both(counts, id: "bars", caption: barsCaption)

    let allTreatments = Self.treatments(report.fields)
    treatments = Markup(lines: allTreatments.prefix(ReportPage.rowLimit))
    treatmentLimit = Self.limit(allTreatments.count, of: "rows")
    hasTreatments = !report.fields.isEmpty
    fieldRows = Markup(lines: report.fields.prefix(ReportPage.rowLimit).map(Self.row))
    fieldCount = PageText.count(report.fields.count, "row", "rows")
    fieldLimit = Self.limit(report.fields.count, of: "rows")
    eventRows = Markup(lines: Self.eventRows(report.events))
    eventCount = PageText.count(Set(report.events.map(\.event)).count, "event type", "event types")
    eventLimit = Self.limit(report.events.count, of: "rows")
    hasEvents = !report.events.isEmpty
    withheldRows = report.withheld.prefix(ReportPage.rowLimit).map(Self.row)
    withheldLimit = Self.withheldLimit(report)
    hasWithheld = !report.withheld.isEmpty
    problemGroups = Self.problemGroups(report.problems)
    hasProblems = !report.problems.isEmpty
    warningRows = Self.warningRows(report.warnings)
    hasWarnings = !report.warnings.isEmpty
    pairs = Self.pairs(report)
    keyRows = report.keys.map { KeyRow(id: $0.id.visible, check: $0.check.visible) }
    hasKeys = !report.keys.isEmpty
    fileRows = Self.fileRows(report.files)
    sourceRows = Markup(lines: report.sources.prefix(ReportPage.rowLimit).map(Self.row))
    sourceCount = PageText.count(report.sources.count, "file", "files")
    sourceLimit = Self.limit(report.sources.count, of: "files")
    hasSources = !report.sources.isEmpty
    checks = Self.checks(report)
    hasChecks = !checks.isEmpty
  }

  /// A sentence on a table that is cut, none on one that is whole.
  static func limit(_ count: Int, of rows: String) -> String? {
    guard count > ReportPage.rowLimit else { return nil }
    return "The first \(PageText.grouped(ReportPage.rowLimit)) of \(PageText.grouped(count)) \(rows); "
      + "all of them are in report.json."
  }

  private static func withheldLimit(_ report: Report) -> String? {
    let shown = report.withheld.prefix(ReportPage.rowLimit)
    let events = shown.reduce(0) { $0 + $1.events }
    guard shown.count < report.withheld.count || events < report.totals.withheld else { return nil }
    let rest =
      report.withheld.count > shown.count
      ? "report.json lists \(PageText.grouped(report.withheld.count))."
      : "The others are counted, not listed."
    return "The first \(PageText.count(shown.count, "place", "places")), with \(PageText.grouped(events)) of "
      + "\(PageText.count(report.totals.withheld, "withheld event", "withheld events")). \(rest)"
  }
}

// MARK: - Numbers at the top

extension ReportView {
  private static func facts(_ report: Report) -> [Fact] {
    let totals = report.totals
    return [
      Fact(
        label: "Events", figure: PageText.grouped(totals.eventsIn),
        remark: remark(totals)),
      Fact(
        label: "Files", figure: PageText.grouped(totals.filesIn),
        remark: "\(PageText.grouped(totals.filesOut)) \(report.dryRun ? "would be written" : "written")"),
      Fact(
        label: "Data", figure: PageText.size(totals.bytesIn),
        remark: "\(PageText.size(totals.bytesOut)) \(report.dryRun ? "would be written" : "written")"),
      Fact(label: "Time", figure: PageText.duration(report.seconds), remark: rate(report)),
    ]
  }

  /// `518,127 out, 28 withheld`.
  private static func remark(_ totals: Report.Totals) -> String {
    let parts = [(totals.droppedByPolicy, "dropped"), (totals.elsewhere ?? 0, "of other workspaces"), (totals.withheld, "withheld")]
      .filter { $0.0 > 0 }.map { "\(PageText.grouped($0.0)) \($0.1)" }
    let rest = totals.rests.map { ["\($0) withheld"] } ?? []
    return (["\(PageText.grouped(totals.eventsOut)) out"] + (parts.isEmpty && rest.isEmpty ? ["none withheld"] : parts + rest))
      .joined(separator: ", ")
  }

  private static func rate(_ report: Report) -> String? {
    guard report.seconds >= 0.01, report.totals.bytesIn > 0 else { return nil }
    let perSecond = Double(report.totals.bytesIn) / report.seconds
    guard perSecond < 1e15 else { return nil }
    return "\(PageText.size(Int(perSecond))) a second"
  }

  /// Event types over all destinations, largest first; from the sixteenth on as one.
  private static func counts(_ events: [Report.Event]) -> [Chart.Count] {
    let types = Dictionary(grouping: events, by: \.event)
      .map { (count: total($0.value, name: $0.key.visible), events: $0.value) }
      .filter { $0.count.whole > 0 }
      .sorted { ($1.count.whole, $0.count.name) < ($0.count.whole, $1.count.name) }
    guard types.count > 16 else { return types.map(\.count) }
    let rest = types.dropFirst(15)
    return types.prefix(15).map(\.count) + [total(rest.flatMap(\.events), name: "\(rest.count) others")]
  }

  private static func total(_ events: [Report.Event], name: String) -> Chart.Count {
    let came = events.reduce(0) { $0 + $1.in }
    let dropped = events.reduce(0) { $0 + $1.dropped }
    let withheld = events.reduce(0) { $0 + $1.withheld }
    let lost = [(dropped, "dropped"), (withheld, "withheld")]
      .filter { $0.0 > 0 }.map { "\(PageText.grouped($0.0)) \($0.1)" }
    return Chart.Count(
      name: name, whole: came,
      parts: [("accent", came - dropped - withheld), ("dropped", dropped), ("act", withheld)],
      remark: lost.isEmpty ? nil : lost.joined(separator: ", "))
  }
}
