extension PersonPage {
  /// The head of a document without scripts, up to its title.
  static let headTemplate = #"""
    <!DOCTYPE html>
    <html lang="{{lang}}">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none';
    style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <link rel="icon" href="data:,">

    """#

  /// The page. What stands in it with three braces is a constant, or `Markup`.
  static let pageTemplate = #"""
    {{> head}}
    <title>{{headline}}</title>
    <style>{{{style}}}
    @page { @bottom-left { content: "{{request}}"; font: 8pt sans-serif; color: #57606a; } }
    </style>
    </head>
    <body>
    <header>
    <p class="kicker">
    <span class="state {{state}}"><span class="sign" aria-hidden="true">{{stateSign}}</span>{{stateWord}}</span>
    <span>{{kicker}}</span>
    </p>
    <h1>{{headline}}</h1>
    {{{opening}}}
    {{#hasEvents}}
    <dl class="facts">
    {{#facts}}
    <div><dt>{{label}}</dt><dd class="figure">{{figure}}</dd><dd class="remark">{{remark}}</dd></div>
    {{/facts}}
    </dl>
    {{/hasEvents}}
    {{{contents}}}
    </header>
    <main>
    {{#hasEvents}}
    <section aria-labelledby="what">
    <h2 id="what">{{whatTitle}}</h2>
    {{#bars}}
    {{{drawing}}}
    {{/bars}}
    {{{categories}}}
    </section>
    <section aria-labelledby="channels">
    <h2 id="channels">{{channelsTitle}}</h2>
    {{#channels}}
    {{{drawing}}}
    {{/channels}}
    </section>
    {{/hasEvents}}
    {{#hasStrips}}
    <section aria-labelledby="days">
    <h2 id="days">{{daysCaption}}</h2>
    <p>{{daysText}}</p>
    {{#strips}}
    {{> days}}
    {{/strips}}
    </section>
    {{/hasStrips}}
    {{{sections}}}
    </main>
    <footer><p>{{footer}}</p></footer>
    </body>
    </html>

    """#

  /// What this page has beside the style of all pages.
  static let style = #"""

    header, main, footer { max-width: 860px; }
    .lead { font-size: 18px; }
    .state { text-transform: none; }
    svg .type { font-family: inherit; font-size: 13px; }
    svg .columns rect { fill: var(--accent); }
    .looks { margin: 16px 0 0; }
    .looks.all { border-left-color: var(--green); }
    .looks.part { border-left-color: var(--orange); }
    .looks .claim { margin: 0; font-weight: 650; }
    .looks p + p, .looks ul { margin-top: 8px; }
    .looks p:last-child { margin-bottom: 0; }
    nav ul { list-style: none; margin: 20px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 20px; }
    nav a { display: inline-block; padding: 4px 0; }
    summary h3 { display: inline; }
    table.counts { width: auto; min-width: 60%; }
    td.value { overflow-wrap: anywhere; min-width: 17em; }
    .missing { color: var(--ink); border: 1px solid var(--orange); border-radius: 4px; padding: 1px 8px; }
    .area { font-weight: 650; margin-top: 24px; }
    .pairs dd p { margin: 0; }
    .pairs dd { overflow-wrap: anywhere; }
    section > ul { padding-left: 20px; }
    section > ul > li { margin: 6px 0; max-width: 72ch; }
    .event { margin: 0; }
    .event summary { padding: 8px 0; font-weight: 500; }
    .event .when { font-variant-numeric: tabular-nums; }
    .values {
      display: grid; grid-template-columns: minmax(120px, 15em) minmax(0, 1fr); gap: 8px 24px; margin: 4px 0 12px;
      font-size: 15px;
    }
    .values dt { color: var(--soft); }
    .values dd { margin: 0; overflow-wrap: anywhere; }
    .values .why { display: block; color: var(--soft); font-size: 13px; }
    .values .why code, .origin code { opacity: 0.9; }
    .origin { font-size: 13px; overflow-wrap: anywhere; }

    @media (max-width: 820px) {
      .values { grid-template-columns: minmax(0, 1fr); gap: 0; }
      .values dd { margin-bottom: 10px; }
      .event .when { font-size: 14px; }
      .event .when::after { content: "\A"; white-space: pre; }
      nav ul { display: block; }
      nav a { padding: 8px 0; }
      .stack, .stack tbody, .stack tr, .stack th, .stack td { display: block; }
      .stack thead { display: none; }
      .stack tr { padding: 10px 0; border-bottom: 1px solid var(--line); }
      .stack th, .stack td, .stack td.number { border: 0; padding: 1px 0; text-align: left; white-space: normal; }
      .stack tbody th { font-weight: 650; }
      .stack td::before { content: attr(data-head) ": "; color: var(--soft); }
      :lang(fr) .stack td::before { content: attr(data-head) "\202f: "; }
      .stack td.value { min-width: 0; }
      .stack td.value::before { content: none; }
      table.counts { width: 100%; }
    }
    @media print {
      nav { display: none; }
      .lead { font-size: 12pt; }
      section > h2 { break-after: avoid; }
      .event { border-top: 0.5pt solid var(--line); padding: 3pt 0; break-inside: avoid-page; }
      section > details { break-inside: avoid-page; }
      .event summary { padding: 0; font-size: 8.5pt; }
      .event .when { font-size: inherit; }
      .event .when::after { content: none; }
      .event .values { display: block; font-size: 7.5pt; line-height: 1.35; margin: 0; }
      .event .values dt, .event .values dd { display: inline; margin: 0; }
      .event .values dt::after { content: ": "; }
      :lang(fr) .event .values dt::after { content: "\202f: "; }
      .event .values dd::after { content: "  · "; color: var(--soft); }
      .event .values dd:last-child::after { content: none; }
      .event .why { display: none; }
      .event .origin { font-size: 6.5pt; margin: 0; max-width: none; }
      td.value { min-width: 0; }
      table.counts { width: auto; }
    }
    """#
}
