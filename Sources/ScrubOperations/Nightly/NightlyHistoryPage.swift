/// How the nights went, on one page without network: a sentence, a row of columns for each number, a table.
package enum NightlyHistoryPage {
  /// Rows of the table that the page shows; `nightly history --json` has them all.
  static let rowLimit = 1000
  /// Runs that the pictures show: those of a quarter of a year.
  static let shownRuns = 90

  /// The same history gives the same page.
  package static func html(_ history: NightlyHistory) throws -> String {
    let view = HistoryView(history, scriptHash: PageParts.hash(ofScript: PageParts.script))
    return try template.render(view)
  }

  private static let template = PageTemplate(pageTemplate)

  private static let pageTemplate = #"""
    {{> head}}
    <title>{{headline}}</title>
    <style>{{{style}}}
    @page { @bottom-left { content: "currents-scrub nightly history"; font: 8pt sans-serif; color: #57606a; } }
    </style>
    </head>
    <body>
    <header>
    <p class="kicker">
    {{#hasState}}
    <span class="state {{state}}"><span class="sign" aria-hidden="true">{{stateSign}}</span>{{state}}</span>
    {{/hasState}}
    <span>How the nights went</span>
    </p>
    {{> claim}}
    </header>
    <main>
    {{#hasEndings}}
    <section aria-labelledby="endings">
    <h2 id="endings">{{endingsCaption}}</h2>
    {{#endings}}
    {{{drawing}}}
    {{/endings}}
    </section>
    <section aria-labelledby="trends">
    <h2 id="trends">How it went</h2>
    <p class="soft">{{trendsText}}</p>
    {{#trends}}
    <h3>{{trendTitle}}</h3>
    <p class="soft">{{trendText}} {{{keys}}}</p>
    {{#columns}}
    {{> columns}}
    {{/columns}}
    {{/trends}}
    </section>
    {{/hasEndings}}
    {{{runs}}}
    </main>
    <footer>
    <p>All of it, for programs: <code>currents-scrub nightly history --json</code>. No identifier and no value of anybody is on
    this page. Times are UTC.</p>
    </footer>
    <script>{{{script}}}</script>
    </body>
    </html>

    """#
}

/// What the template shows, by the names of the properties.
private struct HistoryView {
  let scriptHash: String
  let style = PageParts.style + NightlyPage.style
  let script = PageParts.script
  let hasState: Bool
  let state: String
  let stateSign: String
  let headline: String
  let lead: [Findings.Sentence]
  let looks: [Finding] = []
  let hasLooks = false
  let facts: [ReportView.Fact]
  let endingsCaption = "How they ended"
  let endings: [Chart.Bars]
  let hasEndings: Bool
  let trendsText: String
  let trends: [Trend]
  let runs: Markup

  /// How one number went.
  struct Trend {
    let trendTitle: String
    let trendText: String
    let keys: Markup
    let columns: [Chart.Columns]
  }

  init(_ history: NightlyHistory, scriptHash: String) {
    let writer = HistoryWriter(history)
    self.scriptHash = scriptHash
    let newest = history.nights.first
    hasState = newest != nil
    state = newest?.state.rawValue ?? ""
    stateSign = newest?.state.sign ?? ""
    headline = PageText.sentence(history.headline(day: PageText.day)).visible
    lead = writer.lead.isEmpty ? [] : [Findings.Sentence(prose: Piece.pieces(of: writer.lead))]
    facts = writer.facts
    endings = Chart.Bars.both(writer.endings, id: "endings-bars", caption: endingsCaption)
    hasEndings = !endings.isEmpty
    trendsText = writer.trendsText
    trends = writer.trends.enumerated().map { index, trend in
      Trend(
        trendTitle: trend.title, trendText: trend.text,
        keys: trend.series.count > 1 ? trend.series.map { NightlyPage.key($0.colour, $0.word) }.joined() : "",
        columns: Chart.Columns.both(
          writer.amounts(trend), id: "trend-\(index)", caption: trend.title, summary: trend.text, first: writer.first,
          last: writer.last, number: trend.number))
    }
    runs = writer.runs
  }
}

/// Makes the parts of the page of a history.
private struct HistoryWriter {
  typealias Night = NightlyHistory.Night

  let history: NightlyHistory
  /// The runs of the pictures, the oldest first.
  let shown: [Night]

  init(_ history: NightlyHistory) {
    self.history = history
    shown = history.nights.prefix(NightlyHistoryPage.shownRuns).reversed()
  }

  // MARK: the claim

  var lead: String {
    let success = history.nights.first(where: \.isSuccess).map { "The last run that did all of its work started on \(PageText.moment($0.started))." }
    let unread =
      history.unreadable == 0
      ? nil : "\(PageText.count(history.unreadable, "summary is", "summaries are")) of another version and not shown."
    return [success, unread].compactMap { $0 }.joined(separator: " ")
  }

  var facts: [ReportView.Fact] {
    let nights = history.nights
    func sum(_ number: (Night) -> Int) -> String { PageText.grouped(nights.reduce(0) { $0 &+ number($1) }) }
    let done = nights.count(where: \.isSuccess)
    return [
      ReportView.Fact(label: "Runs", figure: PageText.grouped(nights.count), remark: "\(PageText.grouped(done)) did all of their work"),
      ReportView.Fact(label: "New files", figure: sum(\.newFiles), remark: "\(sum(\.changedFiles)) changed"),
      ReportView.Fact(label: "Events shared", figure: sum(\.shared), remark: "of \(sum(\.events)) read"),
      ReportView.Fact(
        label: "Open requests", figure: PageText.grouped(nights.first?.openRequests ?? 0),
        remark: "\(PageText.grouped(nights.first?.overdueRequests ?? 0)) overdue, at the last run"),
    ]
  }

  var endings: [Chart.Count] {
    history.endings.map { state, count in
      Chart.Count(name: state.rawValue, whole: count, parts: [(state.colour, count)], remark: nil)
    }
  }

  // MARK: trends

  struct Series {
    let word: String
    let colour: String
    let count: (Night) -> Int
  }

  struct Trend {
    let title: String
    /// The last run and the largest, in words: what the picture shows.
    let text: String
    /// From the foot up.
    let series: [Series]
    let number: (Int) -> String
  }

  var trendsText: String {
    let cut = history.nights.count > shown.count ? "The last \(PageText.grouped(shown.count)) runs" : "All runs"
    return "\(cut), the oldest on the left. The line on top is the largest of each."
  }

  /// The days of the first and of the last run of the pictures.
  var first: String { shown.first.map { PageText.day(String($0.started.prefix(10))).visible } ?? "" }
  var last: String { shown.last.map { PageText.day(String($0.started.prefix(10))).visible } ?? "" }

  var trends: [Trend] {
    [
      trend(
        "Files",
        [
          Series(word: "new", colour: "accent", count: \.newFiles), Series(word: "changed", colour: "kept", count: \.changedFiles),
          Series(word: "redone", colour: "tokenised", count: \.redoneFiles),
        ]),
      trend("Events shared", [Series(word: "shared", colour: "accent", count: \.shared)]),
      trend("Pseudonyms", [Series(word: "values that became one", colour: "hashed", count: \.pseudonyms)]),
      trend(
        "Open requests",
        [
          Series(word: "overdue", colour: "act", count: { min($0.overdueRequests, $0.openRequests) }),
          Series(word: "in time", colour: "accent", count: { max(0, $0.openRequests &- $0.overdueRequests) }),
        ]),
      trend("New in the data", [Series(word: "names that the catalog does not know so", colour: "kept", count: \.drift)]),
      trend("Problems", [Series(word: "things that could not be done", colour: "act", count: \.problems)]),
      trend("Time taken", [Series(word: "milliseconds", colour: "plain", count: \.milliseconds)]) {
        PageText.duration(Double($0) / 1000)
      },
    ]
  }

  private func trend(_ title: String, _ series: [Series], _ number: @escaping (Int) -> String = PageText.grouped) -> Trend {
    let wholes = shown.map { amount(series, $0).whole }
    let text = "\(number(wholes.last ?? 0)) in the last run, at most \(number(wholes.max() ?? 0))."
    return Trend(title: title, text: text, series: series, number: number)
  }

  func amounts(_ trend: Trend) -> [Chart.Amount] {
    shown.map { amount(trend.series, $0) }
  }

  private func amount(_ series: [Series], _ night: Night) -> Chart.Amount {
    Chart.Amount(parts: series.map { (colour: $0.colour, part: $0.count(night)) })
  }

  // MARK: the table

  var runs: Markup {
    let rows = history.nights.map { night in
      StackedTable.Row(
        .word(night.started),
        [
          .word(night.state.rawValue), .number(night.exit), .number(night.newFiles), .number(night.changedFiles),
          .number(night.redoneFiles), .number(night.events), .number(night.shared), .number(night.withheld),
          .number(night.pseudonyms), .number(night.drift), .number(night.openRequests), .number(night.overdueRequests),
          .number(night.problems), .word(PageText.duration(night.seconds)),
        ])
    }
    let table = StackedTable.markup(
      "Runs",
      [
        "Started", "Ended", "Exit", "New files", "Changed", "Redone", "Events", "Shared", "Withheld", "Pseudonyms", "Drift", "Open",
        "Overdue", "Problems", "Took",
      ],
      rows, limit: NightlyHistoryPage.rowLimit, rest: "<code>nightly history --json</code> tells them all")
    return rows.isEmpty ? "" : PageSection("runs", "Runs", isNewPage: true, table).markup
  }
}

extension NightlySummary.State {
  fileprivate var colour: String {
    switch self {
    case .complete: "hashed"
    case .incomplete, .interrupted: "kept"
    case .failed, .refused, .overdue: "act"
    }
  }
}

extension NightlyHistory.Night {
  /// 0 where the time taken is no time.
  fileprivate var milliseconds: Int { (0...1e12).contains(seconds) ? Int(seconds * 1000) : 0 }
}
