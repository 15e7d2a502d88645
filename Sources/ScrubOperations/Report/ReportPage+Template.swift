extension ReportPage {
  /// The sections of the page, each a template of its own: the template library takes the more time for a tag the
  /// longer the text that it stands in.
  static let sections = [
    "problems": problemsTemplate, "withheld": withheldTemplate, "fields": fieldsTemplate,
    "everyField": everyFieldTemplate, "events": eventsTemplate, "warnings": warningsTemplate, "about": aboutTemplate,
    "files": filesTemplate, "checks": checksTemplate,
  ]

  /// The page. Only `style` and `script`, which are constants, and names as `Markup` stand in it unescaped.
  static let pageTemplate = #"""
    {{> head}}
    <title>Scrub report {{run}}: {{state}}</title>
    <style>{{{style}}}
    @page { @bottom-left { content: "{{footerText}}"; font: 8pt sans-serif; color: #57606a; } }
    </style>
    </head>
    <body>
    <header>
    <p class="kicker">
    <span class="state {{state}}"><span class="sign" aria-hidden="true">{{stateSign}}</span>{{state}}</span>
    <span>currents-scrub report</span>
    <code>{{run}}</code>
    </p>
    {{> claim}}
    </header>
    <main>
    {{#hasTreatments}}
    <section aria-labelledby="flow">
    <h2 id="flow">{{flowCaption}}</h2>
    {{#flows}}
    {{> flow}}
    {{/flows}}
    </section>
    {{/hasTreatments}}
    {{#hasBars}}
    <section aria-labelledby="types">
    <h2 id="types">{{barsCaption}}</h2>
    {{#bars}}
    {{{drawing}}}
    {{/bars}}
    </section>
    {{/hasBars}}

    {{> problems}}

    {{> withheld}}

    {{> fields}}

    {{> events}}

    {{> warnings}}

    {{> about}}

    {{> files}}

    {{> checks}}
    </main>
    <footer>
    <p>All of it, for programs: <code>report.json</code> in the same folder. No value of an event is in this
    report.</p>
    </footer>
    <script>{{{script}}}</script>
    </body>
    </html>

    """#

  /// What went wrong, by kind.
  private static let problemsTemplate = #"""
    {{#hasProblems}}
    <section aria-labelledby="problems">
    <h2 id="problems" class="new-page">Problems</h2>
    <p class="soft">Those of one kind are together. A file with a problem is not in the output, or not all
    of it.</p>
    {{#problemGroups}}
    <div class="problem">
    <h3>{{> prose}} <code class="word">[{{code}}]</code></h3>
    {{#hints}}
    <p>{{> prose}}</p>
    {{/hints}}
    {{#isLong}}<details><summary>{{countText}}</summary>{{/isLong}}
    <div class="scroll" role="region" tabindex="0" aria-label="Places of the problem">
    <table class="sortable"><caption>Places of the problem</caption>
    <thead><tr><th scope="col">File</th><th scope="col">Place</th></tr></thead>
    <tbody>
    {{#places}}
    <tr>
    <th scope="row" class="path"><code>{{{file}}}</code></th>
    <td class="word">{{at}}</td>
    </tr>
    {{/places}}
    </tbody></table>
    </div>
    {{#placeLimit}}<p class="soft">{{placeLimit}}</p>{{/placeLimit}}
    {{#isLong}}</details>{{/isLong}}
    </div>
    {{/problemGroups}}
    </section>
    {{/hasProblems}}

    """#

  /// Places that were not written.
  private static let withheldTemplate = #"""
    {{#hasWithheld}}
    <section aria-labelledby="withheld">
    <h2 id="withheld">Withheld</h2>
    <p class="soft">Lines and blocks that could not be treated. They were not written; the rest of their
    file was. The digest is keyed (it tells nothing about the content without the key); its first 16 digits
    are here, the whole of it in report.json.</p>
    {{#withheldLimit}}<p>{{withheldLimit}}</p>{{/withheldLimit}}
    <div class="scroll" role="region" tabindex="0" aria-labelledby="withheld">
    <table class="sortable stack"><caption>Withheld places</caption>
    <thead><tr>
    <th scope="col">File</th>
    <th scope="col">Place</th>
    <th scope="col" class="number">At byte</th>
    <th scope="col" class="number">Bytes</th>
    <th scope="col" class="number">Events</th>
    <th scope="col">Reason</th>
    <th scope="col">Digest</th>
    </tr></thead>
    <tbody>
    {{#withheldRows}}
    <tr>
    <th scope="row" class="path"><code>{{{file}}}</code></th>
    <td class="word" data-head="Place">{{place}}</td>
    <td class="number" data-head="At byte">{{offset}}</td>
    <td class="number" data-head="Bytes">{{bytes}}</td>
    <td class="number" data-head="Events">{{events}}</td>
    <td class="word" data-head="Reason"><code>{{code}}</code></td>
    <td class="hex" data-head="Digest"><code>{{digest}}</code></td>
    </tr>
    {{/withheldRows}}
    </tbody></table>
    </div>
    </section>
    {{/hasWithheld}}

    """#

  /// What became of the fields: in short, and of each event type.
  private static let fieldsTemplate = #"""
    {{#hasTreatments}}
    <section aria-labelledby="fields">
    <h2 id="fields" class="new-page">Fields by treatment</h2>
    <p class="soft">Over all event types and destinations, in canonical names. First what stays readable
    though it is marked or sensitive, then what was changed or is gone, last what was kept without
    concern.</p>
    {{#treatmentLimit}}<p>{{treatmentLimit}}</p>{{/treatmentLimit}}
    <div class="scroll" role="region" tabindex="0" aria-labelledby="fields">
    <table class="sortable stack"><caption>Fields by treatment</caption>
    <thead><tr>
    <th scope="col">Field</th>
    <th scope="col">Treatment</th>
    <th scope="col">Class</th>
    <th scope="col">Marked by</th>
    <th scope="col" class="number">Event types</th>
    <th scope="col" class="number">Values</th>
    <th scope="col" class="number">Treated</th>
    <th scope="col">Of these</th>
    </tr></thead>
    <tbody>
    {{{treatments}}}
    </tbody></table>
    </div>
    {{> everyField}}
    </section>
    {{/hasTreatments}}

    """#

  /// Every field of every event type.
  private static let everyFieldTemplate = #"""
    <details><summary>Every field of every event type <span class="soft">({{fieldCount}})</span></summary>
    <p class="soft">Under the field its path in the destination where that differs, under the treatment the
    rule that decided, under the class who marks the field as personal.</p>
    {{#fieldLimit}}<p>{{fieldLimit}}</p>{{/fieldLimit}}
    <div class="scroll" role="region" tabindex="0" aria-label="Every field of every event type">
    <table class="sortable stack"><caption>Every field of every event type</caption>
    <thead><tr>
    <th scope="col">Event type</th>
    <th scope="col">Destination</th>
    <th scope="col">Field</th>
    <th scope="col">Treatment</th>
    <th scope="col">Class</th>
    <th scope="col" class="number">Values</th>
    <th scope="col" class="number">Treated</th>
    <th scope="col">Of these</th>
    </tr></thead>
    <tbody>
    {{{fieldRows}}}
    </tbody></table>
    </div>
    </details>

    """#

  /// Events by type and destination.
  private static let eventsTemplate = #"""
    {{#hasEvents}}
    <section aria-labelledby="events">
    <h2 id="events" class="new-page">Events</h2>
    <p class="soft">In is out, dropped and withheld together. The plan digest is the fingerprint of what
    happens to every field: two runs with the same digest treat that event type alike (here its first
    16 digits, all 64 in report.json).</p>
    <details open><summary>{{eventCount}}</summary>
    {{#eventLimit}}<p>{{eventLimit}}</p>{{/eventLimit}}
    <div class="scroll" role="region" tabindex="0" aria-labelledby="events">
    <table class="sortable stack"><caption>Events by type and destination</caption>
    <thead><tr>
    <th scope="col">Event type</th>
    <th scope="col">Destination</th>
    <th scope="col" class="number">In</th>
    <th scope="col" class="number">Out</th>
    <th scope="col" class="number">Dropped</th>
    <th scope="col" class="number">Withheld</th>
    <th scope="col">Plan digest</th>
    </tr></thead>
    <tbody>
    {{{eventRows}}}
    </tbody></table>
    </div>
    </details>
    </section>
    {{/hasEvents}}

    """#

  /// What the check of the policy warned of.
  private static let warningsTemplate = #"""
    {{#hasWarnings}}
    <section aria-labelledby="warnings">
    <h2 id="warnings">Warnings of the policy check</h2>
    <div class="scroll" role="region" tabindex="0" aria-labelledby="warnings">
    <table class="sortable"><caption>Warnings of the policy check</caption>
    <thead><tr>
    <th scope="col">Id</th>
    <th scope="col">What is true</th>
    <th scope="col" class="number">Times</th>
    </tr></thead>
    <tbody>
    {{#warningRows}}
    <tr>
    <th scope="row" class="word"><code>{{id}}</code></th>
    <td>{{> prose}}</td>
    <td class="number">{{times}}</td>
    </tr>
    {{/warningRows}}
    </tbody></table>
    </div>
    </section>
    {{/hasWarnings}}

    """#

  /// The policy, its keys and the run.
  private static let aboutTemplate = #"""
    <section aria-labelledby="about">
    <h2 id="about">Policy, keys and run</h2>
    <dl class="pairs">
    {{> pairs}}
    {{#keyRows}}
    <dt>Key</dt><dd><code>{{id}}</code>, check value <code>{{check}}</code></dd>
    {{/keyRows}}
    {{^hasKeys}}
    <dt>Key</dt><dd>none was needed</dd>
    {{/hasKeys}}
    </dl>
    </section>

    """#

  /// The files that were read.
  private static let filesTemplate = #"""
    <section aria-labelledby="files">
    <h2 id="files">Files</h2>
    <div class="scroll" role="region" tabindex="0" aria-labelledby="files">
    <table><caption>Files by what became of them</caption>
    <thead><tr>
    <th scope="col">What became of them</th>
    <th scope="col" class="number">Files</th>
    <th scope="col">That is</th>
    </tr></thead>
    <tbody>
    {{#fileRows}}
    <tr>
    <th scope="row" class="word">{{label}}</th>
    <td class="number">{{figure}}</td>
    <td>{{remark}}</td>
    </tr>
    {{/fileRows}}
    </tbody></table>
    </div>
    {{#hasSources}}
    <details><summary>Files that were read <span class="soft">({{sourceCount}})</span></summary>
    {{#sourceLimit}}<p>{{sourceLimit}}</p>{{/sourceLimit}}
    <div class="scroll" role="region" tabindex="0" aria-label="Files that were read">
    <table class="sortable"><caption>Files that were read</caption>
    <thead><tr>
    <th scope="col">File</th>
    <th scope="col" class="number">Bytes</th>
    <th scope="col">Keyed digest</th>
    </tr></thead>
    <tbody>
    {{{sourceRows}}}
    </tbody></table>
    </div>
    </details>
    {{/hasSources}}
    </section>

    """#

  /// How the reader can check it.
  private static let checksTemplate = #"""
    {{#hasChecks}}
    <section aria-labelledby="check">
    <h2 id="check">Check it yourself</h2>
    {{#checks}}
    <p>{{purpose}}</p>
    <pre tabindex="0"><code>{{command}}</code></pre>
    {{/checks}}
    </section>
    {{/hasChecks}}

    """#
}
