extension CheckPage {
  /// The page. Only `style` and `script`, which hold nothing from data, stand in it unescaped.
  static let pageTemplate = #"""
    {{> head}}
    <title>Policy check {{policyName}}: {{state}}</title>
    <style>{{{style}}}
    @page { @bottom-left { content: "{{footerText}}"; font: 8pt sans-serif; color: #57606a; } }
    </style>
    </head>
    <body>
    <header>
    <p class="kicker">
    <span class="state {{state}}"><span class="sign" aria-hidden="true">{{stateSign}}</span>{{state}}</span>
    <span>currents-scrub policy check</span>
    <code>{{policyName}}</code>
    </p>
    {{> claim}}
    </header>
    <main>
    {{#isRefused}}
    {{> findings}}
    {{/isRefused}}
    <section aria-labelledby="policy">
    <h2 id="policy">Policy</h2>
    <dl class="pairs">
    {{> pairs}}
    </dl>
    </section>
    <section aria-labelledby="flow">
    <h2 id="flow">{{flowCaption}}</h2>
    <p class="soft">A field is counted in every event type and destination that has it.</p>
    {{#flows}}
    {{> flow}}
    {{/flows}}
    {{#pictures}}
    <h3>{{caption}}</h3>
    {{#bars}}
    {{{drawing}}}
    {{/bars}}
    {{/pictures}}
    </section>
    {{^isRefused}}
    {{> findings}}
    {{/isRefused}}
    {{#tables}}
    {{> table}}
    {{/tables}}
    {{> matrix}}
    </main>
    <footer>
    <p>All of it, for programs: <code>currents-scrub policy check --json</code>. Names and rules only: no value of an
    event is on this page. Made by currents-scrub {{version}}.</p>
    </footer>
    <script>{{{script}}}</script>
    </body>
    </html>

    """#

  static let findingsTemplate = #"""
    {{#findings}}
    {{> table}}
    {{/findings}}

    """#

  static let matrixTemplate = #"""
    <section aria-labelledby="matrix">
    <h2 id="matrix" class="new-page">Every field of every event type</h2>
    <p class="soft">A row is one field, or those that share a path. Rows in grey get the same action in every
    destination that has the field; where destinations differ, the row says so.</p>
    <details><summary>What the words mean</summary>
    <dl class="pairs">
    <dt>keep</dt><dd>the value stays as it is; <em>in clear</em> where the field is marked or personal</dd>
    <dt>redact</dt><dd>nothing, or a value that says nothing, stands in its place</dd>
    <dt>hash</dt><dd>a keyed pseudonym stands in its place, the same for the same value; its domain says which fields
    can be joined by it</dd>
    <dt>tokenise</dt><dd>a keyed token stands in its place, which those who hold the key can turn back</dd>
    <dt>drop</dt><dd>the field is taken out; in Avro, where the schema stays, it is redacted</dd>
    <dt>event dropped</dt><dd>the whole event is taken out</dd>
    <dt>–</dt><dd>the destination has no such field</dd>
    <dt>marked by</dt><dd>who calls the field personal: the glossary, Currents v10, earlier versions (history), a file's
    own schema (doc), a catalog addition, or the table of fields of currents-scrub</dd>
    <dt>linking</dt><dd>not personal alone, but joins one event or person across recipients</dd>
    </dl>
    </details>
    <h3>Where a field stands</h3>
    <p class="soft">The usual path of each destination; another path stands under the action.</p>
    <dl class="pairs" id="places">
    {{#destinations}}
    <dt>{{destination}}</dt>
    <dd data-prefix="{{prefix}}">{{#hasPrefix}}<code>{{prefix}}</code> and the name{{/hasPrefix}}\#
    {{^hasPrefix}}the name{{/hasPrefix}}</dd>
    {{/destinations}}
    </dl>
    <div class="bar">
    <div id="filters" class="search" role="search" aria-label="Filter the matrix" hidden>
    <label>Search <input type="search" id="words" autocomplete="off" placeholder="field, path, event, rule"></label>
    <label>Action <select id="action" autocomplete="off"><option value="">any</option>
    {{#actions}}
    <option>{{.}}</option>
    {{/actions}}
    </select></label>
    <label>Destination <select id="destination" autocomplete="off"><option value="">any</option>
    {{#destinations}}
    <option>{{destination}}</option>
    {{/destinations}}
    </select></label>
    <label><input type="checkbox" id="marked" autocomplete="off"> marked or personal</label>
    <label><input type="checkbox" id="differs" autocomplete="off"> destinations differ</label>
    </div>
    <div class="search-result">
    <p id="found" role="status">{{countText}}</p>
    <button type="button" id="clear" hidden>Clear</button>
    <button type="button" id="fold" hidden>Open all</button>
    </div>
    </div>
    <p id="nothing" hidden>No row fits all of this. Take a word or a filter away.</p>
    {{#events}}
    <details class="event"><summary><h3>{{{event}}}</h3> <span class="soft">{{summary}}</span></summary>
    <div class="scroll" role="region" tabindex="0" aria-label="Fields of {{eventName}}">
    <table class="cards matrix"><thead><tr><th scope="col">Field</th><th scope="col">What it is</th>\#
    <th scope="col">Marked by</th>{{#destinations}}<th scope="col">{{destination}}</th>{{/destinations}}\#
    <th scope="col">Decided by</th></tr></thead><tbody>
    {{#rows}}
    <tr{{#rowClass}} class="{{rowClass}}"{{/rowClass}}><th scope="row">\#
    {{#names}}<code>{{{.}}}</code> {{/names}}{{#differs}}<em>differs</em>{{/differs}}</th>\#
    <td>{{what}}</td><td>{{marks}}</td>\#
    {{#cells}}<td>{{#places}}<b class="dot-{{colour}}">{{action}}</b>{{#isClear}} in clear{{/isClear}} \#
    {{#path}}<code>{{{.}}}</code> {{/path}}{{/places}}{{^places}}–{{/places}}</td>{{/cells}}\#
    <td>{{#decisions}}<div>{{#scope}}{{scope}}: {{/scope}}<a href="#{{anchor}}">\#
    {{{rule}}}</a>{{#detail}} {{detail}}{{/detail}}</div>{{/decisions}}</td></tr>
    {{/rows}}
    </tbody></table>
    </div>
    </details>
    {{/events}}
    </section>

    """#

  /// The style sheet of the page's own parts, with the head of each column as the label of its cell on a card.
  static func style(of tables: [PageTable], destinations: [String]) -> String {
    let labels = (["What it is", "Marked by"] + destinations + ["Decided by"]).enumerated().map {
      PageTable.label(".matrix", $0 + 1, $1)
    }
    return PageTable.style(of: tables) + matrixStyle + PageTable.onPhone(labels)
  }

  private static let matrixStyle = #"""
    .covered { --state: var(--green); }
    [hidden] { display: none !important; }
    figure.narrow .remark { font-size: 12px; }
    #words::placeholder { color: var(--soft); opacity: 1; }
    .search input[type="checkbox"] { width: auto; margin: 0 4px 0 0; vertical-align: -1px; }
    .search select, .bar button {
      font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--grey); border-radius: 6px;
      padding: 5px 10px;
    }
    .search select:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    .bar { margin-top: 28px; padding: 8px 0; background: var(--paper); font-size: 14px; }
    #words { width: 200px; }
    .bar .search { gap: 8px 16px; margin: 0; }
    .bar button { padding: 2px 10px; cursor: pointer; }
    .search-result { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-top: 8px; }
    #found { margin: 0 8px 0 0; color: var(--soft); font-variant-numeric: tabular-nums; }
    .event { content-visibility: auto; contain-intrinsic-size: auto 46px; }
    .event h3 { display: inline; margin: 0; font: 600 14px var(--mono); }
    .event .soft { font-size: 14px; margin-left: 8px; }
    .matrix { table-layout: fixed; font-size: 13px; }
    .matrix th, .matrix td { padding: 5px 12px 5px 0; }
    .matrix thead th { white-space: normal; }
    .matrix thead th:nth-child(1) { width: 18%; }
    .matrix thead th:nth-child(2) { width: 12%; }
    .matrix thead th:nth-child(3) { width: 9%; }
    .matrix thead th:last-child { width: 14%; }
    .matrix th code { display: block; font-size: 13px; }
    .matrix td { color: var(--soft); }
    .matrix td code { display: block; font-size: 11px; }
    .matrix b { font-weight: 400; }
    .matrix b::before {
      content: ""; display: inline-block; width: 9px; height: 9px; margin-right: 6px; border-radius: 2px;
      background: var(--dot);
    }
    .matrix em { margin-right: 6px; font-style: normal; font-weight: 600; color: var(--ink); }
    .matrix .marked td:nth-child(3), .matrix .differs td { color: var(--ink); }
    .matrix .differs b { font-weight: 600; }
    .matrix .differs th { box-shadow: inset 3px 0 var(--orange); padding-left: 10px; }
    @media screen and (min-width: 821px) { .bar { position: sticky; top: 0; z-index: 1; } }
    @media screen and (max-width: 820px) {
      .matrix th code, .matrix td code { display: inline; }
      .matrix th code { font-weight: 600; }
      .matrix td:nth-child(n+4):not(:last-child) { display: inline-block; margin-right: 16px; max-width: 100%; }
      .matrix td:last-child div:first-child { display: inline; }
      #words { width: 100%; margin-left: 0; }
      #found { flex-basis: 100%; }
      .event .soft { display: block; margin: 0; }
    }
    @media print {
      .matrix { font-size: 6.5pt; }
      .matrix th, .matrix td { padding: 2pt 5pt 2pt 0; }
      .matrix th code { font-size: 6.5pt; }
      .matrix td code { font-size: 5.5pt; }
      .matrix b::before { width: 5pt; height: 5pt; margin-right: 3pt; }
      .bar button { display: none; }
      .event { content-visibility: visible; }
    }

    """#
}
