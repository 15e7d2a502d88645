/// Makes the parts of the page of a night.
struct NightlyPageWriter {
  typealias Row = StackedTable.Row

  let summary: NightlySummary
  let words: NightlyWords

  init(_ summary: NightlySummary) {
    self.summary = summary
    words = NightlyWords(summary)
  }

  // MARK: the claim

  var lead: String {
    let folder = summary.config.isEmpty ? "" : " with the configuration `\(summary.config)`"
    return "Started on \(PageText.moment(summary.started))\(folder); it took \(PageText.duration(summary.seconds)). "
      + (summary.isCheck ? "Nothing was written." : "Exit code \(summary.exit): \(Self.meaning(ofExit: summary.exit))")
  }

  private static func meaning(ofExit code: Int) -> String {
    switch code {
    case 0: "all that was asked is done."
    case 1: "something failed; nothing is half written."
    case 2: "finished, but something was withheld, unreadable or undecided."
    case 3: "a policy, a guard or a legal hold refused all of something."
    case 5: "all work is done, but a request is overdue."
    case 130: "interrupted; the next run goes on where it was."
    default: "see below."
    }
  }

  var facts: [ReportView.Fact] {
    let (totals, deadlines) = (words.totals, summary.deadlines)
    return [
      ReportView.Fact(
        label: "New files", figure: PageText.grouped(totals.new),
        remark: "\(PageText.grouped(totals.changed)) changed, \(PageText.grouped(totals.redone)) redone, of \(PageText.grouped(totals.files))"),
      ReportView.Fact(
        label: "Events shared", figure: PageText.grouped(totals.shared),
        remark: "of \(PageText.grouped(totals.read)) read, \(PageText.grouped(totals.withheld)) withheld"),
      ReportView.Fact(
        label: "Pseudonyms", figure: PageText.grouped(totals.pseudonyms), remark: "values that became one"),
      ReportView.Fact(
        label: "Open requests", figure: PageText.grouped(deadlines.open),
        remark: "\(PageText.grouped(deadlines.overdue)) overdue, \(PageText.grouped(deadlines.soon)) due soon"),
    ]
  }

  // MARK: pictures

  /// What a file may have been, with its colour.
  private static let ways: [(word: String, colour: String, count: @Sendable (NightlySummary.Archive) -> Int)] = [
    ("as they were", "empty", { $0.known }), ("new", "accent", { $0.new }), ("changed", "kept", { $0.changed }),
    ("redone", "tokenised", { $0.redone }), ("too young", "plain", { $0.young }),
  ]

  var files: [Chart.Count] {
    summary.archives.filter { $0.files > 0 }.map { archive in
      let parts = Self.ways.map { (colour: $0.colour, part: min(max(0, $0.count(archive)), archive.files)) }
      let told = Self.ways.dropFirst().filter { $0.count(archive) > 0 }.map { "\(PageText.grouped($0.count(archive))) \($0.word)" }
      return Chart.Count(
        name: archive.name.visible, whole: archive.files, parts: parts, remark: told.isEmpty ? "nothing new" : told.joined(separator: ", "))
    }
  }

  var fileKeys: Markup {
    Self.ways.filter { way in summary.archives.contains { way.count($0) > 0 } }.map { NightlyPage.key($0.colour, $0.word) }.joined()
  }

  /// Open requests with a last day, the most urgent first; the first sixteen.
  var due: [Chart.Count] {
    dated.prefix(16).map { request in
      let days = request.daysLeft ?? 0
      let length = Int(clamping: days.magnitude)
      let remark = [days < 0 ? "overdue" : days == 0 ? "today" : nil, request.kind, request.blocked].compactMap { $0 }
      return Chart.Count(
        name: request.request.visible, whole: length, parts: [(colour(of: request), length)], remark: remark.joined(separator: ", ").visible)
    }
  }

  private var dated: [NightlySummary.Request] {
    summary.requests.filter { $0.isOpen && $0.daysLeft != nil }.sorted { ($0.daysLeft ?? 0, $0.request) < ($1.daysLeft ?? 0, $1.request) }
  }

  private func colour(of request: NightlySummary.Request) -> String {
    if request.isOverdue { return "act" }
    return summary.soonDue.contains { $0.request == request.request } ? "kept" : "accent"
  }

  var dueKeys: Markup {
    let colours = Set(dated.prefix(16).map { colour(of: $0) })
    let keys = [("act", "overdue"), ("kept", "due soon"), ("accent", "in time")].filter { colours.contains($0.0) }
    let rest = dated.count - 16
    let cut: Markup = rest > 0 ? "The sixteen most urgent; the table below has all." : ""
    return "\(keys.map { NightlyPage.key($0.0, $0.1) }.joined())\(cut)"
  }

  // MARK: sections

  /// Behind the pictures, in order; those with nothing to tell are left out.
  var sections: [PageSection] {
    [
      requests, problems, archives, drift, resurrections, harvest, retention, disclosures, run,
    ].compactMap { $0 }
  }

  private func table(_ id: String, _ title: String, note: String = "", _ heads: [String], _ rows: [Row]) -> PageSection? {
    if rows.isEmpty { return nil }
    let lead: Markup = note.isEmpty ? "" : "<p class=\"soft\">\(note)</p>"
    let table = StackedTable.markup(
      title, heads, rows, limit: NightlyPage.rowLimit, rest: "all of them are in <code>nightly.json</code>")
    return PageSection(id, title, "\(lead)\(table)")
  }

  private var requests: PageSection? {
    let order = summary.requests.sorted { left, right in
      if left.isOpen != right.isOpen { return left.isOpen }
      return (left.daysLeft ?? .max, left.request) < (right.daysLeft ?? .max, right.request)
    }
    return table(
      "requests", "Requests", note: "What is open, and what this run settled.",
      ["Request", "Left", "Due", "Kind", "State", "Waits for", "Events", "Received", "Where"],
      order.map { request in
        Row(
          .word(request.request),
          [
            .word(request.isOpen ? words.left(request) : ""), .word(request.due ?? "no day set"), .word(request.kind),
            .word(request.state + (request.isNews ? ", by this run" : "")),
            .text([request.blocked, words.kept(request)].compactMap { $0 }.joined(separator: ", ")), .number(request.events),
            .word(request.received ?? ""), .code(request.path ?? ""),
          ])
      })
  }

  private var problems: PageSection? {
    table(
      "problems", "What could not be done", ["Where", "Archive", "What is true", "What to do", "Code"],
      summary.problems.map { problem in
        Row(
          .code(problem.path.isEmpty ? "-" : problem.path),
          [.word(problem.archive ?? ""), .text(problem.message), .text(NightlyWords.hint(problem.code) ?? ""), .code(problem.code)])
      })
  }

  private var archives: PageSection? {
    table(
      "archives", "Archives",
      ["Archive", "Files", "New", "Changed", "Redone", "Data", "Events", "Shared", "Withheld", "Pseudonyms", "Redacted", "Also"],
      summary.archives.map { archive in
        Row(
          .word(archive.name),
          [
            .number(archive.files), .number(archive.new), .number(archive.changed), .number(archive.redone),
            .word(PageText.size(archive.bytes)), .number(archive.events), .number(archive.shared), .number(archive.withheld),
            .number(archive.pseudonyms), .number(archive.redacted), .text(words.remarks(archive)),
          ])
      })
  }

  private var drift: PageSection? {
    let rows = summary.archives.flatMap { archive in
      words.news(archive.drift).flatMap { kind, names in
        names.map { Row(.code($0), [.word(kind), .word(archive.name)]) }
      }
    }
    return table(
      "drift", "New in the data",
      note: "Names in new files that the catalog does not know so. What is marked or unknown was treated as the policy says.",
      ["Name", "What is new", "Archive"], rows)
  }

  private var resurrections: PageSection? {
    table(
      "resurrections", "Events that came back",
      note: "Of people who were erased before, found in new, late or restored files. They went again before anything was shared.",
      ["Request", "Events", "Files"],
      summary.resurrections.map { Row(.word($0.request), [.number($0.events), .number($0.files)]) })
  }

  private var harvest: PageSection? {
    let harvest = summary.harvest
    guard harvest.people > 0 || harvest.erased > 0 else { return nil }
    let rows: [(String, String)] = [
      ("What is done", harvest.mode == "erase" ? "their events are erased" : "they are told here only"),
      ("People to be erased", PageText.grouped(harvest.people)), ("Erased by this run", PageText.grouped(harvest.erased)),
      ("Events of theirs", PageText.grouped(harvest.events)),
    ]
    let stopped: Markup =
      harvest.isStopped ? "<p>There were more people than a night may erase, so nobody was.</p>" : ""
    return PageSection(
      "harvest", "People deleted at Braze",
      "<p class=\"soft\">By users.UserDeleteRequest events in the files.</p>\(stopped)\(pairs(rows))")
  }

  private var retention: PageSection? {
    guard let retention = summary.retention, !retention.rules.isEmpty else { return nil }
    let note =
      retention.isStopped
      ? "More events were due than a night may take, so none went."
      : retention.isEnabled ? "\(words.files(retention.files)) rewritten." : "What would go; nothing does until it is enabled."
    return table(
      "retention", "Retention", note: note, ["Events", "Older than", "What is done", "Due", "Gone"],
      retention.rules.map { rule in
        Row(
          .code(rule.events.joined(separator: ", ")),
          [.word(rule.age), .word(rule.mode == "blank" ? "blanked" : "deleted"), .number(rule.due), .number(rule.gone)])
      })
  }

  private var disclosures: PageSection? {
    table(
      "disclosures", "What was shared with whom", ["Audience", "Archive", "Policy", "Files", "Events", "Of the time"],
      summary.disclosures.map { shared in
        Row(
          .text(shared.audience),
          [.word(shared.archive), .word(shared.policy), .number(shared.files), .number(shared.events), .word(words.span(shared, day: PageText.day))])
      })
  }

  private var run: PageSection {
    var rows: [(String, String)] = [
      ("Run", summary.run), ("Configuration", summary.config), ("Program", "currents-scrub \(summary.version)"),
    ]
    rows += summary.archives.compactMap { archive in archive.report.map { ("Report of \(archive.name)", $0) } }
    rows += summary.recovered.map { ("Finished what was cut off", "the erasure of \($0.request): \($0.state)") }
    if summary.expiredSegments > 0 {
      rows.append(("Evidence that expired", PageText.count(summary.expiredSegments, "segment", "segments") + " of the log"))
    }
    if let consent = words.consent { rows.append(("Evidence of consent", consent)) }
    return PageSection("run", "The run", pairs(rows))
  }

  private func pairs(_ rows: [(String, String)]) -> Markup {
    let items = rows.map { "<dt>\($0)</dt><dd class=\"hex-wrap\">\($1)</dd>" as Markup }.joined()
    return "<dl class=\"pairs\">\(items)</dl>"
  }
}
