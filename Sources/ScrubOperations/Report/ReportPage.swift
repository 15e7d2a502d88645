internal import Mustache

/// `report.html`: the claim, a picture, the tables, in one file without network.
package struct ReportPage {
  /// How many rows of a long table the page shows; `report.json` has them all.
  package static let rowLimit = 1000

  /// Returns the page of a report.
  static func html(_ report: Report) throws -> String {
    try template.render(ReportView(report, scriptHash: try PageParts.hash(ofScript: PageParts.script)))
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
  let style = PageParts.style
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
    let flowSummary = streams.map { "\($0.name): \($0.detail)" }.joined(separator: "; ")
    flows =
      streams.isEmpty
      ? [] : Chart.Format.allCases.map { Chart.Flow(streams, format: $0, summary: flowSummary) }
    let valueCount = PageText.count(report.fields.reduce(0) { $0 + $1.values }, "value", "values")
    flowCaption = "Where the \(valueCount) \(report.dryRun ? "would go" : "went")"

    barsCaption = "Events by type"
    bars = Chart.Bars.both(Self.counts(report.events), id: "bars", caption: barsCaption)

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
  private static func limit(_ count: Int, of rows: String) -> String? {
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
    let parts = [(totals.dropped, "dropped"), (totals.withheld, "withheld")]
      .filter { $0.0 > 0 }.map { "\(PageText.grouped($0.0)) \($0.1)" }
    return (["\(PageText.grouped(totals.eventsOut)) out"] + (parts.isEmpty ? ["none withheld"] : parts))
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

// MARK: - Rows

extension ReportView {
  private struct Treatment: Hashable {
    let field: String
    let fieldClass: String
    let way: Findings.Way
    let word: String
  }

  /// Fields with one treatment over all event types; from readable to gone, then by values.
  private static func treatments(_ fields: [Report.Field]) -> [Markup] {
    Dictionary(grouping: fields) {
      Treatment(field: $0.field, fieldClass: $0.fieldClass, way: Findings.Way($0), word: $0.treatment)
    }
    .map { (treatment: $0.key, fields: $0.value, values: $0.value.reduce(0) { $0 + $1.values }) }
    .sorted {
      ($0.treatment.way.rank, $1.values, $0.treatment.field, $0.treatment.fieldClass, $0.treatment.word)
        < ($1.treatment.way.rank, $0.values, $1.treatment.field, $1.treatment.fieldClass, $1.treatment.word)
    }
    .map { treatment, fields, values in
      """
      <tr>
      <th scope="row" class="word"><code>\(treatment.field.breakable)</code></th>
      <td class="word"><span class="dot dot-\(treatment.way.colour)" aria-hidden="true"></span>\(treatment.word)</td>
      <td class="word">\(PageText.words(treatment.fieldClass))</td>
      <td class="word">\(PageText.marks(Set(fields.flatMap(\.sources)).sorted()))</td>
      <td class="number">\(Set(fields.map(\.event)).count)</td>
      <td class="number">\(values)</td>
      <td class="number">\(fields.reduce(0) { $0 + $1.treated })</td>
      <td class="remarks">\(remarks(fields))</td>
      </tr>
      """
    }
  }

  private static func row(_ field: Report.Field) -> Markup {
    let hasPath = !field.path.isEmpty && field.path != field.field
    let path: Markup = hasPath ? #"<div class="remark"><code>\#(field.path.breakable)</code></div>"# : ""
    return """
      <tr>
      <th scope="row" class="word"><code>\(field.event.breakable)</code></th>
      <td class="word">\(field.destination)</td>
      <td class="word"><code>\(field.field.breakable)</code>
      \(path)</td>
      <td class="word"><span class="dot dot-\(field.colour)" aria-hidden="true"></span>\(field.treatment)
      <div class="remark">\(field.rule.breakable)</div></td>
      <td class="word">\(PageText.words(field.fieldClass))
      <div class="remark">\(PageText.marks(field.sources))</div></td>
      <td class="number">\(field.values)</td>
      <td class="number">\(field.treated)</td>
      <td class="remarks">\(remarks([field]))</td>
      </tr>
      """
  }

  private static func row(_ source: Report.Source) -> Markup {
    """
    <tr>
    <th scope="row" class="path"><code>\(source.path.breakable)</code></th>
    <td class="number">\(source.bytes)</td>
    <td class="hex"><code>\(shortDigest(source.digest))</code></td>
    </tr>
    """
  }

  private static func eventRows(_ events: [Report.Event]) -> [Markup] {
    events.sorted { ($1.in, $0.event, $0.destination) < ($0.in, $1.event, $1.destination) }
      .prefix(ReportPage.rowLimit)
      .map {
        """
        <tr>
        <th scope="row" class="word"><code>\($0.event.breakable)</code></th>
        <td class="word">\($0.destination)</td>
        <td class="number">\($0.in)</td>
        <td class="number">\($0.out)</td>
        <td class="number">\($0.dropped)</td>
        <td class="number">\($0.withheld)</td>
        <td class="hex"><code>\(shortDigest($0.plan))</code></td>
        </tr>
        """
      }
  }

  private static func row(_ withheld: Report.Withheld) -> WithheldRow {
    let line = withheld.line.map { "line \(PageText.grouped($0))" }
    let block = withheld.block.map { "block \(PageText.grouped($0))" }
    let place = [line, block].compactMap { $0 }.joined(separator: ", ")
    return WithheldRow(
      file: withheld.file.breakable, place: place.isEmpty ? "whole file" : place,
      offset: PageText.grouped(withheld.offset), bytes: PageText.grouped(withheld.bytes),
      events: PageText.grouped(withheld.events), code: withheld.code.visible,
      digest: shortDigest(withheld.digest))
  }

  /// Problems of one kind together, in the order in which the kinds first occur.
  private static func problemGroups(_ problems: [Report.Problem]) -> [ProblemGroup] {
    var order: [String] = []
    var groups: [String: [Report.Problem]] = [:]
    for problem in problems {
      if groups[problem.code] == nil { order.append(problem.code) }
      groups[problem.code, default: []].append(problem)
    }
    return order.map { code in
      let group = groups[code, default: []]
      var hints: [String] = []
      for hint in group.compactMap(\.hint) where !hint.isEmpty && !hints.contains(hint) && hints.count < 3 {
        hints.append(hint)
      }
      return ProblemGroup(
        code: code.visible, prose: Piece.pieces(of: PageText.sentence(group.first?.message ?? "")),
        countText: PageText.count(group.count, "place", "places"),
        hints: hints.map { ProblemGroup.Hint(prose: Piece.pieces(of: PageText.sentence($0))) },
        isLong: group.count > 5,
        places: group.prefix(ReportPage.rowLimit).map {
          ProblemGroup.Place(file: $0.file.breakable, at: ($0.place ?? "").visible)
        }, placeLimit: limit(group.count, of: "places"))
    }
  }

  private static func warningRows(_ warnings: [Report.Warning]) -> [WarningRow] {
    Dictionary(grouping: warnings) { [$0.id, $0.message] }
      .map { (warning: $0.value[0], times: $0.value.count) }
      .sorted { ($0.warning.id, $0.warning.message) < ($1.warning.id, $1.warning.message) }
      .prefix(ReportPage.rowLimit)
      .map {
        WarningRow(
          id: $0.warning.id.visible, prose: Piece.pieces(of: PageText.sentence($0.warning.message)),
          times: PageText.grouped($0.times))
      }
  }

  private static func fileRows(_ files: Report.Files) -> [Fact] {
    [
      Fact(label: "Scrubbed", figure: PageText.grouped(files.scrubbed), remark: "values were treated"),
      Fact(
        label: "Unchanged", figure: PageText.grouped(files.unchanged),
        remark: "copied; nothing in them had to change"),
      Fact(
        label: "Already scrubbed", figure: PageText.grouped(files.alreadyScrubbed),
        remark: "carry the mark of the same plan; not done again"),
      Fact(
        label: "Ignored", figure: PageText.grouped(files.ignored),
        remark: "empty, hidden, or ignored by name"),
      Fact(
        label: "Unsupported", figure: PageText.grouped(files.unsupported),
        remark: "in a format that cannot be scrubbed; not copied"),
      Fact(
        label: "Failed", figure: PageText.grouped(files.failed), remark: "could not be read or written"),
    ]
  }

  private static func remarks(_ fields: [Report.Field]) -> String {
    let counts = [
      (fields.reduce(0) { $0 + $1.redactedInstead }, "redacted instead"),
      (fields.reduce(0) { $0 + $1.prehashed }, "hashed by Braze before"),
      (fields.reduce(0) { $0 + $1.left }, "came empty or redacted"),
      (fields.reduce(0) { $0 + $1.unaccounted }, "not accounted for"),
    ]
    return counts.filter { $0.0 > 0 }.map { "\(PageText.grouped($0.0)) \($0.1)" }.joined(separator: ", ")
  }

  /// The first 16 digits: enough to compare by eye.
  private static func shortDigest(_ digest: String?) -> String {
    guard let digest, !digest.isEmpty else { return "none" }
    return String(digest.visible.prefix(16))
  }
}

// MARK: - The run, and how to check it

extension Report.Policy {
  /// The policy in terms.
  var pairs: [ReportView.Pair] {
    [
      ReportView.Pair(
        term: "Policy", plain: [name, title].filter { !$0.isEmpty }.joined(separator: ": ").visible, code: ""),
      ReportView.Pair(term: "Policy source", plain: nil, code: source.breakable),
      ReportView.Pair(term: "Policy SHA-256", plain: nil, code: "\(sha256)"),
      audience.map { ReportView.Pair(term: "Audience", plain: nil, code: "\($0)") }
        ?? ReportView.Pair(term: "Audience", plain: "none named", code: ""),
    ]
  }
}

extension ReportView {
  private static func pairs(_ report: Report) -> [Pair] {
    [
      Pair(term: "Run", plain: nil, code: "\(report.run)"),
      Pair(
        term: "Started",
        plain: "\(PageText.moment(report.started).visible), took \(PageText.duration(report.seconds))",
        code: ""),
      Pair(term: "Exit status", plain: "\(report.exit) (\(report.state.rawValue))", code: ""),
    ]
      + report.policy.pairs
      + inputs(report.inputs)
      + [
        report.output.isEmpty
          ? Pair(term: "Output", plain: "standard output", code: "")
          : Pair(term: "Output", plain: nil, code: report.output.breakable),
        Pair(
          term: "Program",
          plain: "currents-scrub \(report.tool.version.visible), \(report.tool.openssl.visible)", code: ""),
      ]
  }

  /// The first twelve inputs.
  private static func inputs(_ paths: [String]) -> [Pair] {
    let listed = paths.prefix(12).map { Pair(term: "Input", plain: nil, code: $0.breakable) }
    let rest = paths.count - listed.count
    return rest == 0
      ? listed : listed + [Pair(term: "Input", plain: "and \(PageText.grouped(rest)) more", code: "")]
  }

  /// Commands that anyone with the policy (and for pseudonyms the key) can repeat.
  private static func checks(_ report: Report) -> [Check] {
    guard !report.policy.source.isEmpty, report.state != .refused else { return [] }
    let policy = PageText.shell(report.policy.source).visible
    var checks: [Check] = []
    if !report.policy.source.hasPrefix("builtin:") {
      checks.append(
        Check(
          purpose: "Is it the same policy? The digest is the one under Policy SHA-256.",
          command: "sha256sum \(policy)"))
    }
    guard !report.output.isEmpty, !report.dryRun, report.totals.filesOut > 0 else { return checks }
    checks.append(
      Check(
        purpose: "Is a file still what this run wrote? Its SHA-256 stands in the manifest of the output.",
        command: "sha256sum \(PageText.shell(report.output).visible)/PATH"))
    return checks
  }
}
