internal import Mustache
internal import ScrubPolicy

/// A check in the words of the page. The template library finds the properties by name, and looks a name that a row
/// does not have up in the page around it.
struct CheckView {
  // The head of the document.
  let scriptHash: String
  let style: String
  let script = CheckPage.script
  let footerText: String

  // The claim.
  let policyName: String
  let state: String
  let stateSign: String
  let headline: String
  let lead: [Findings.Sentence]
  let looks: [Finding]
  let hasLooks: Bool
  let facts: [ReportView.Fact]
  let pairs: [ReportView.Pair]

  // The pictures.
  let flows: [Chart.Flow]
  let flowCaption: String
  let pictures: [Picture]

  // The tables.
  let isRefused: Bool
  let findings: [PageTable]
  let tables: [PageTable]

  // The matrix.
  let actions: [String]
  let destinations: [Place]
  let events: [Event]
  let countText: String
  let version: String

  struct Picture {
    let caption: String
    let bars: [Chart.Bars]
  }

  /// A destination, and where most fields stand in it.
  struct Place {
    let destination: String
    let prefix: String
    let hasPrefix: Bool
  }

  struct Event {
    let event: Markup
    let eventName: String
    let summary: String
    let rows: [Row]
  }

  struct Row: MustacheParent {
    let rowClass: String?
    let names: [Markup]
    let differs: Bool
    let what: String
    let marks: String
    let cells: [Cell]
    let decisions: [Reason]

    /// Looked up by name for every row, which reflection is too slow for; so are those inside.
    func child(named name: String) -> Any? {
      switch name {
      case "rowClass": rowClass
      case "names": names
      case "differs": differs
      case "what": what
      case "marks": marks
      case "cells": cells
      case "decisions": decisions
      default: nil
      }
    }
  }

  /// What becomes of a field in a destination, which may have it in several places; none where it has not.
  struct Cell: MustacheParent {
    let places: [Treatment]

    func child(named name: String) -> Any? { name == "places" ? places : nil }
  }

  struct Treatment: MustacheParent {
    let colour: String
    let action: String
    /// Whether a marked value stays as it is.
    let isClear: Bool
    /// The path, if it is not where most fields of the destination stand.
    let path: Markup?

    func child(named name: String) -> Any? {
      switch name {
      case "colour": colour
      case "action": action
      case "isClear": isClear
      case "path": path
      default: nil
      }
    }
  }

  /// The rule or default that decided, and what its action does in detail.
  struct Reason: MustacheParent {
    /// The destinations that it is about, if not all.
    let scope: String?
    let anchor: String
    let rule: Markup
    let detail: String?

    func child(named name: String) -> Any? {
      switch name {
      case "scope": scope
      case "anchor": anchor
      case "rule": rule
      case "detail": detail
      default: nil
      }
    }
  }
}

extension CheckView {
  init(_ report: CheckReport, scriptHash: String) {
    let matrix = CheckMatrix(report.fields)
    let differences = report.archive.map { ArchiveDifference.all(in: $0, from: report.fields) } ?? []
    let kept = (report.fields + differences.map(\.field)).filter(\.isInClear)
    let rowCount = PageText.count(matrix.events.reduce(0) { $0 + $1.rows.count }, "row", "rows")

    self.scriptHash = scriptHash
    footerText =
      "Policy check "
      + "\(report.policy.name), SHA-256 \(report.policy.sha256.prefix(16))"
      .filter { $0.isASCII && ($0.isLetter || $0.isNumber || " -_.,".contains($0)) }
    version = report.version.visible

    policyName = report.policy.name.visible
    state = report.isCovered ? "covered" : "refused"
    stateSign = report.isCovered ? "✓" : "×"
    headline = Self.headline(report, kept: kept)
    lead = Self.lead(report, differences).map { Findings.Sentence(prose: Piece.pieces(of: $0)) }
    looks = Self.looks(report, kept: kept, differences)
    hasLooks = !looks.isEmpty
    facts = Self.facts(report, kept: kept, rowCount: rowCount)
    pairs = report.policy.pairs

    let streams = Self.streams(report.fields)
    let flowSummary = streams.map { "\($0.name): \($0.detail)" }.joined(separator: "; ")
    flows =
      streams.isEmpty ? [] : Chart.Format.allCases.map { Chart.Flow(streams, format: $0, summary: flowSummary) }
    flowCaption = "What becomes of the \(PageText.count(report.fields.count, "field", "fields"))"
    pictures = Self.pictures(report.fields, matrix.destinations)

    isRefused = !report.isCovered
    findings = [Self.findings(report.findings)].compactMap { $0 }
    tables =
      [Self.rules(report.rules), Self.kept(kept)].compactMap { $0 }
      + (report.archive.map { Self.tables($0, differences) } ?? [])
    style = PageParts.style + CheckPage.style(of: findings + tables, destinations: matrix.destinations)

    actions = ActionName.allCases.filter { action in report.fields.contains { $0.action == action } }.map(\.label)
    destinations = matrix.destinations.map {
      let prefix = matrix.prefixes[$0, default: ""].visible
      return Place(destination: $0, prefix: prefix, hasPrefix: !prefix.isEmpty)
    }
    let anchors = Dictionary(
      report.rules.enumerated().map { ($1.name, Self.anchor($0)) }, uniquingKeysWith: { first, _ in first })
    events = matrix.events.map { Self.event($0, in: matrix, anchors) }
    countText = "\(rowCount) in \(PageText.count(matrix.events.count, "event type", "event types"))"
  }
}

// MARK: - The claim

extension CheckView {
  private static func headline(_ report: CheckReport, kept: [CheckReport.Field]) -> String {
    let totals = report.totals
    let what =
      PageText.count(totals.fields, "field", "fields") + " in "
      + PageText.count(totals.eventTypes, "event type", "event types")
    guard report.isCovered else {
      let count = PageText.count(report.findings.count(where: \.refuses), "finding", "findings")
      return "The policy is refused for \(count); \(what) were checked."
    }
    if kept.isEmpty { return "\(what) are covered; nothing marked or personal leaves in clear." }
    let reason = kept.allSatisfy { $0.because != nil } ? "each for a stated reason" : "because the policy says so"
    return "\(what) are covered; "
      + PageText.count(kept.count, "marked or personal one leaves", "marked or personal ones leave")
      + (kept.allSatisfy { $0.action == .keep } ? " in clear" : " in clear, in whole or in part") + ", \(reason)."
  }

  private static func lead(_ report: CheckReport, _ differences: [ArchiveDifference]) -> [String] {
    var lead: [String] = []
    let open = report.fields.filter { $0.action == .keep && !$0.isMarked && $0.isMarkedOrSensitive }
    if !open.isEmpty {
      lead.append(
        "Kept, neither marked nor personal, but of a class that can point to a person: \(PageText.first(names(of: open))) "
          + "(\(PageText.count(open.count, "field", "fields"))).")
    }
    if let archive = report.archive {
      let isAllProved = archive.unread == 0 && differences.isEmpty && archive.shapes.allSatisfy(\.isScrubbed)
      lead.append(
        "The archives hold \(PageText.count(archive.events, "event", "events")) in "
          + "\(PageText.count(archive.shapes.count, "shape", "shapes"))"
          + (isAllProved ? "; every field of them stands in the matrix." : "."))
    }
    return lead
  }

  private static func looks(
    _ report: CheckReport, kept: [CheckReport.Field], _ differences: [ArchiveDifference]
  ) -> [Finding] {
    var looks: [Finding] = []
    let refusing = report.findings.count(where: \.refuses)
    if refusing > 0 {
      looks.append(
        Finding(
          finding: "\(PageText.count(refusing, "finding refuses", "findings refuse")) the policy",
          remedy: "Nothing is scrubbed by it until they are mended.", section: "findings"))
    }
    if report.findings.count > refusing {
      looks.append(
        Finding(
          finding: PageText.count(report.findings.count - refusing, "warning", "warnings"),
          remedy: "Mend what they say, or acknowledge them in the policy with a reason.", section: "findings"))
    }
    if !kept.isEmpty {
      looks.append(
        Finding(
          finding: PageText.count(kept.count, "marked or personal field stays", "marked or personal fields stay")
            + " readable",
          remedy: "Whether the reasons hold is for a person to say.", section: "kept"))
    }
    guard let archive = report.archive else { return looks }
    let stopped = archive.shapes.filter { !$0.isScrubbed }
    if !stopped.isEmpty {
      looks.append(
        Finding(
          finding: "\(PageText.count(stopped.count, "shape", "shapes")) of the archive would not be scrubbed",
          remedy: "The reason stands beside each.", section: "archive"))
    }
    if !differences.isEmpty {
      looks.append(
        Finding(
          finding: PageText.count(
            differences.count, "field of the archive stands", "fields of the archive stand") + " not as in the matrix",
          remedy: "What becomes of them is told there.", section: "differences"))
    }
    if archive.unread > 0 {
      looks.append(
        Finding(
          finding: "\(PageText.count(archive.unread, "place", "places")) of the archive could not be read",
          remedy: "Nothing is proved of what is not read.", section: archive.shapes.isEmpty ? "policy" : "archive"))
    }
    return looks
  }

  private static func facts(
    _ report: CheckReport, kept: [CheckReport.Field], rowCount: String
  ) -> [ReportView.Fact] {
    let totals = report.totals
    let refusing = report.findings.count(where: \.refuses)
    return [
      ReportView.Fact(
        label: "Event types", figure: PageText.grouped(totals.eventTypes),
        remark: "in \(PageText.count(totals.destinations, "destination", "destinations"))"),
      ReportView.Fact(
        label: "Fields", figure: PageText.grouped(totals.fields), remark: "\(rowCount) of the matrix"),
      ReportView.Fact(
        label: "Marked or personal", figure: PageText.grouped(totals.sensitive),
        remark: (kept.isEmpty ? "none" : PageText.grouped(kept.count)) + " kept in clear"),
      ReportView.Fact(
        label: "Findings", figure: PageText.grouped(report.findings.count),
        remark: refusing == 0 ? "none refuses the policy" : PageText.count(refusing, "refuses", "refuse") + " the policy"),
    ]
  }
}

// MARK: - The pictures

extension CheckView {
  private static func streams(_ fields: [CheckReport.Field]) -> [Chart.Stream] {
    let ways = Dictionary(grouping: fields, by: \.way)
    return Findings.Way.allCases.compactMap { way in
      guard let fields = ways[way] else { return nil }
      let marked = fields.count(where: \.isMarked)
      let isOnlyByClass = way == .keptThoughSensitive && marked == 0
      return Chart.Stream(
        colour: way.colour, name: way.name,
        remark: isOnlyByClass ? "can point to a person" : way.remark, values: fields.count,
        detail: PageText.count(fields.count, "field", "fields")
          + (marked == 0
            ? "" : ", \(marked == fields.count ? "all" : PageText.grouped(marked)) marked or personal"),
        members: names(of: fields))
    }
  }

  private static func pictures(_ fields: [CheckReport.Field], _ destinations: [String]) -> [Picture] {
    let marked = fields.filter(\.isMarked)
    let classes = Dictionary(grouping: marked, by: \.fieldClass)
      .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
      .map { count($0.value, name: PageText.words($0.key)) }
    let places = destinations.map { name in count(fields.filter { $0.destination == name }, name: name) }
    return [
      picture(
        "The \(PageText.count(marked.count, "marked or personal field", "marked or personal fields")) by class",
        "classes", classes),
      picture("Fields by destination", "destinations", places),
    ].filter { !$0.bars.isEmpty }
  }

  private static func picture(_ caption: String, _ id: String, _ counts: [Chart.Count]) -> Picture {
    Picture(caption: caption, bars: Chart.Bars.both(counts, id: id, caption: caption))
  }

  private static func count(_ fields: [CheckReport.Field], name: String) -> Chart.Count {
    let ways = Dictionary(grouping: fields, by: \.way).mapValues(\.count)
    var words: [(name: String, count: Int)] = []
    for way in Findings.Way.allCases {
      guard let count = ways[way] else { continue }
      // Ways of one name follow each other.
      if words.last?.name == way.name {
        words[words.count - 1].count += count
      } else {
        words.append((way.name, count))
      }
    }
    return Chart.Count(
      name: name, whole: fields.count,
      parts: Findings.Way.allCases.compactMap { way in ways[way].map { (way.colour, $0) } },
      remark: words.map { "\(PageText.grouped($0.count)) \($0.name.lowercased())" }.joined(separator: ", "))
  }

  /// Names of fields, those that occur most first.
  private static func names(of fields: [CheckReport.Field]) -> [String] {
    fields.flatMap(\.names).reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key.visible)
  }
}
