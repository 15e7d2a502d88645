/// `receipt.html`: what was erased, what was not, and how anyone can check it; for a privacy officer and an auditor, on
/// one page without network.
enum ReceiptPage {
  /// Rows of a long table that the page shows; `receipt.json` has them all.
  static let rowLimit = 1000

  /// The same receipt gives the same page.
  static func html(_ receipt: Receipt) throws -> String {
    try template.render(ReceiptView(receipt, scriptHash: PageParts.hash(ofScript: PageParts.script)))
  }

  private static let template = PageTemplate(pageTemplate)

  private static let pageTemplate = #"""
    {{> head}}
    <title>Receipt {{run}}: {{stateWord}}</title>
    <style>{{{style}}}
    @page { @bottom-left { content: "{{footerText}}"; font: 8pt sans-serif; color: #57606a; } }
    </style>
    </head>
    <body>
    <header>
    <p class="kicker">
    <span class="state {{stateClass}}"><span class="sign" aria-hidden="true">{{stateSign}}</span>{{stateWord}}</span>
    <span>Receipt of an erasure</span>
    <code>{{run}}</code>
    </p>
    {{> claim}}
    </header>
    <main>
    {{#hasBars}}
    <section aria-labelledby="done">
    <h2 id="done">{{barsCaption}}</h2>
    {{#bars}}
    {{{drawing}}}
    {{/bars}}
    {{{types}}}
    </section>
    {{/hasBars}}
    {{{sections}}}
    </main>
    <footer>
    <p>All of it, for programs: <code>receipt.json</code> in the same folder, which is what is signed. No identifier and no
    value of anybody is in this receipt. Times are UTC.</p>
    </footer>
    <script>{{{script}}}</script>
    </body>
    </html>

    """#

  /// What this page has beside the style of all pages.
  static let style = #"""

    header, main, footer { max-width: 960px; }
    .state { text-transform: none; }
    svg .type { font-family: inherit; font-size: 14px; }
    section > ul { padding-left: 20px; margin: 8px 0 0; }
    section > ul > li { margin: 6px 0; max-width: 72ch; }
    .statement { border-left: 4px solid var(--grey); padding-left: 16px; }

    @media print {
      section > h2 { break-after: avoid; }
      #verify ~ p { break-after: avoid; }
      .stack th.path { width: 44%; }
      footer { padding-top: 10pt; }
    }
    """#
}

/// What the template shows, by the names of the properties.
struct ReceiptView {
  let scriptHash: String
  let style = PageParts.style + StackedTable.style + ReceiptPage.style
  let script = PageParts.script
  let footerText: String
  let run: String
  let stateClass: String
  let stateSign: String
  let stateWord: String
  let headline: String
  let lead: [Findings.Sentence]
  let looks: [Finding]
  let hasLooks: Bool
  let facts: [ReportView.Fact]
  let barsCaption: String
  let bars: [Chart.Bars]
  let hasBars: Bool
  let types: Markup
  let sections: Markup

  init(_ receipt: Receipt, scriptHash: String) {
    let writer = ReceiptWriter(receipt)
    self.scriptHash = scriptHash
    run = receipt.receipt.visible
    footerText = "currents-scrub receipt " + receipt.receipt.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    (stateClass, stateSign) = receipt.state.look
    stateWord = receipt.state.rawValue
    headline = writer.headline.visible
    lead = [Findings.Sentence(prose: Piece.pieces(of: writer.lead))]
    looks = writer.looks
    hasLooks = !looks.isEmpty
    facts = writer.facts
    barsCaption = receipt.state == .refused ? "What was found" : "What was done"
    bars = Chart.Bars.both(writer.counts, id: "done-bars", caption: barsCaption)
    hasBars = !bars.isEmpty
    types = writer.types
    sections = writer.sections.map(\.markup).joined()
  }
}

extension Receipt.State {
  /// The class of the style sheet, and the sign.
  fileprivate var look: (String, String) {
    switch self {
    case .complete, .completeExcept, .nothingFound: ("complete", "✓")
    case .incomplete: ("incomplete", "!")
    case .refused: ("refused", "×")
    }
  }
}
