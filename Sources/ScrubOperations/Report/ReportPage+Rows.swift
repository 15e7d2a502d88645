extension ReportView {
  private struct Treatment: Hashable {
    let field: String
    let fieldClass: String
    let way: Findings.Way
    let word: String
  }

  /// Fields with one treatment over all event types; from readable to gone, then by values.
  static func treatments(_ fields: [Report.Field]) -> [Markup] {
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
      <td class="word" data-head="Treatment"><span class="dot dot-\(treatment.way.colour)" aria-hidden="true"></span>\(treatment.word)</td>
      <td class="word" data-head="Class">\(PageText.words(treatment.fieldClass))</td>
      <td class="word" data-head="Marked by">\(PageText.marks(Set(fields.flatMap(\.sources)).sorted()))</td>
      <td class="number" data-head="Event types">\(Set(fields.map(\.event)).count)</td>
      <td class="number" data-head="Values">\(values)</td>
      <td class="number" data-head="Treated">\(fields.reduce(0) { $0 + $1.treated })</td>
      <td class="remarks" data-head="Of these">\(remarks(fields))</td>
      </tr>
      """
    }
  }

  static func row(_ field: Report.Field) -> Markup {
    let hasPath = !field.path.isEmpty && field.path != field.field
    let path: Markup = hasPath ? #"<div class="remark"><code>\#(field.path.breakable)</code></div>"# : ""
    return """
      <tr>
      <th scope="row" class="word"><code>\(field.event.breakable)</code></th>
      <td class="word" data-head="Destination">\(field.destination)</td>
      <td class="word" data-head="Field"><code>\(field.field.breakable)</code>
      \(path)</td>
      <td class="word" data-head="Treatment"><span class="dot dot-\(field.colour)" aria-hidden="true"></span>\(field.treatment)
      <div class="remark">\(field.rule.breakable)</div></td>
      <td class="word" data-head="Class">\(PageText.words(field.fieldClass))
      <div class="remark">\(PageText.marks(field.sources))</div></td>
      <td class="number" data-head="Values">\(field.values)</td>
      <td class="number" data-head="Treated">\(field.treated)</td>
      <td class="remarks" data-head="Of these">\(remarks([field]))</td>
      </tr>
      """
  }

  static func row(_ source: Report.Source) -> Markup {
    """
    <tr>
    <th scope="row" class="path"><code>\(source.path.breakable)</code></th>
    <td class="number">\(source.bytes)</td>
    <td class="hex"><code>\(shortDigest(source.digest))</code></td>
    </tr>
    """
  }

  static func eventRows(_ events: [Report.Event]) -> [Markup] {
    events.sorted { ($1.in, $0.event, $0.destination) < ($0.in, $1.event, $1.destination) }
      .prefix(ReportPage.rowLimit)
      .map {
        """
        <tr>
        <th scope="row" class="word"><code>\($0.event.breakable)</code></th>
        <td class="word" data-head="Destination">\($0.destination)</td>
        <td class="number" data-head="In">\($0.in)</td>
        <td class="number" data-head="Out">\($0.out)</td>
        <td class="number" data-head="Dropped">\($0.dropped)</td>
        <td class="number" data-head="Withheld">\($0.withheld)</td>
        <td class="hex" data-head="Plan"><code>\(shortDigest($0.plan))</code></td>
        </tr>
        """
      }
  }

  static func row(_ withheld: Report.Withheld) -> WithheldRow {
    let line = withheld.line.map { "line \(PageText.grouped($0))" }
    let block = withheld.block.map { "block \(PageText.grouped($0))" }
    let place = [line, block].compactMap { $0 }.joined(separator: ", ")
    return WithheldRow(
      file: withheld.file.breakable, place: place.isEmpty ? "whole file" : place,
      offset: PageText.grouped(withheld.offset), bytes: PageText.grouped(withheld.bytes),
      events: withheld.eventCount, code: withheld.code.visible,
      digest: shortDigest(withheld.digest))
  }

  /// Problems of one kind together, in the order in which the kinds first occur.
  static func problemGroups(_ problems: [Report.Problem]) -> [ProblemGroup] {
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

  static func warningRows(_ warnings: [Report.Warning]) -> [WarningRow] {
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

  static func fileRows(_ files: Report.Files) -> [Fact] {
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
  static func pairs(_ report: Report) -> [Pair] {
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
  static func checks(_ report: Report) -> [Check] {
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
