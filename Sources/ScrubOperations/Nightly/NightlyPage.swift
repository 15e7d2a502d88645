/// What a night came to, on one page without network: a sentence, what needs a look, two pictures, the tables.
package enum NightlyPage {
  /// Rows of a long table that the page shows; `nightly.json` has them all.
  static let rowLimit = 1000

  /// The same summary gives the same page.
  package static func html(_ summary: NightlySummary) throws -> String {
    let view = NightlyView(summary, scriptHash: PageParts.hash(ofScript: PageParts.script))
    return try template.render(view)
  }

  private static let template = PageTemplate(pageTemplate)

  /// What pages of nights have beside the style of all pages.
  static let style =
    StackedTable.style + #"""

      .overdue { --state: var(--vermilion); }
      svg .type { font-family: inherit; font-size: 14px; }
      section > p { margin-bottom: 12px; }
      .key { display: inline-block; margin-right: 16px; white-space: nowrap; }
      .dot-accent { --dot: var(--accent); }
      @media print { section > h2, section > h3 { break-after: avoid; } }
      """#

  /// What a word of a caption has in front, in the colour that the picture has for it.
  static func key(_ colour: String, _ word: String) -> Markup {
    "<span class=\"key\"><span class=\"dot dot-\(colour)\" aria-hidden=\"true\"></span>\(word)</span>"
  }

  /// The page. Only `style` and `script`, which are constants, and markup stand in it unescaped.
  private static let pageTemplate = #"""
    {{> head}}
    <title>Nightly {{run}}: {{stateWord}}</title>
    <style>{{{style}}}
    @page { @bottom-left { content: "{{footerText}}"; font: 8pt sans-serif; color: #57606a; } }
    </style>
    </head>
    <body>
    <header>
    <p class="kicker">
    <span class="state {{state}}"><span class="sign" aria-hidden="true">{{stateSign}}</span>{{stateWord}}</span>
    <span>{{kicker}}</span>
    <code>{{run}}</code>
    </p>
    {{> claim}}
    </header>
    <main>
    {{#hasBars}}
    <section aria-labelledby="files">
    <h2 id="files">{{barsCaption}}</h2>
    <p class="soft">{{{barsKeys}}}</p>
    {{#bars}}
    {{{drawing}}}
    {{/bars}}
    </section>
    {{/hasBars}}
    {{#hasDue}}
    <section aria-labelledby="due">
    <h2 id="due">{{dueCaption}}</h2>
    <p class="soft">{{{dueKeys}}}</p>
    {{#due}}
    {{{drawing}}}
    {{/due}}
    </section>
    {{/hasDue}}
    {{{sections}}}
    </main>
    <footer>
    <p>All of it, for programs: <code>nightly.json</code> in the same folder. No identifier and no value of anybody is on this
    page. Times are UTC.</p>
    </footer>
    <script>{{{script}}}</script>
    </body>
    </html>

    """#
}

/// What the template shows, by the names of the properties.
private struct NightlyView {
  let scriptHash: String
  let style = PageParts.style + NightlyPage.style
  let script = PageParts.script
  let footerText: String
  let run: String
  let kicker: String
  let state: String
  let stateSign: String
  let stateWord: String
  let headline: String
  let lead: [Findings.Sentence]
  let looks: [Finding]
  let hasLooks: Bool
  let facts: [ReportView.Fact]
  let barsCaption = "Files by archive"
  let barsKeys: Markup
  let bars: [Chart.Bars]
  let hasBars: Bool
  let dueCaption = "Days left by request"
  let dueKeys: Markup
  let due: [Chart.Bars]
  let hasDue: Bool
  let sections: Markup

  init(_ summary: NightlySummary, scriptHash: String) {
    let writer = NightlyPageWriter(summary)
    self.scriptHash = scriptHash
    run = summary.run.visible
    footerText = "currents-scrub " + summary.run.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    kicker = summary.isCheck ? "What a night would do" : "What the night came to"
    state = summary.state.rawValue
    stateSign = summary.state.sign
    stateWord = summary.state.rawValue
    headline = writer.words.sentence.visible
    lead = [Findings.Sentence(prose: Piece.pieces(of: writer.lead))]
    looks = writer.words.looks.map { Finding(finding: $0.finding.visible, remedy: $0.remedy, section: $0.section) }
    hasLooks = !looks.isEmpty
    facts = writer.facts
    barsKeys = writer.fileKeys
    bars = Chart.Bars.both(writer.files, id: "files-bars", caption: barsCaption)
    hasBars = !bars.isEmpty
    dueKeys = writer.dueKeys
    due = Chart.Bars.both(writer.due, id: "due-bars", caption: dueCaption) { PageText.count($0, "day", "days") }
    hasDue = !due.isEmpty
    sections = writer.sections.map(\.markup).joined()
  }
}
