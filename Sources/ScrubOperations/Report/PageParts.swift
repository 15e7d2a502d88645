/// What our pages share: the style sheet and the script.
///
/// Both are constants without anything from data, so that they may stand in a page as they are.
package enum PageParts {
  /// Search, sort and fold. Without it every row can be read, folded parts open by hand, and print is
  /// complete.
  ///
  /// A table with the class `sortable` gets a button in each head cell (the whole cell can be clicked), and a
  /// search field before it when it has more than eight rows. Cells of the class `number` sort by their
  /// digits.
  package static let script = #"""
    (function () {
      'use strict';
      var order = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

      function text(row, column) { return row.cells[column].textContent.trim(); }
      function number(row, column) { return Number(text(row, column).replace(/[^0-9.-]/g, '')) || 0; }

      function sortBy(table, head, column) {
        var up = head.getAttribute('aria-sort') === 'descending'
          || (!head.classList.contains('number') && head.getAttribute('aria-sort') !== 'ascending');
        var rows = Array.prototype.slice.call(table.tBodies[0].rows);
        var byNumber = head.classList.contains('number');
        rows.sort(function (a, b) {
          var result = byNumber
            ? number(a, column) - number(b, column) : order.compare(text(a, column), text(b, column));
          return up ? result : -result;
        });
        Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) {
          cell.removeAttribute('aria-sort');
        });
        head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
        rows.forEach(function (row) { table.tBodies[0].appendChild(row); });
      }

      function makeSortable(table) {
        if (table.tBodies[0].rows.length < 2) { return; }
        Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
          // The name stays text: Chromium leaves buttons out where it repeats a head on the next page.
          var button = document.createElement('button');
          button.type = 'button';
          button.setAttribute('aria-label', 'Sort by ' + head.textContent.toLowerCase());
          head.addEventListener('click', function () { sortBy(table, head, column); });
          head.classList.add('sorts');
          head.appendChild(button);
        });
      }

      function makeSearchable(table) {
        var rows = table.tBodies[0].rows;
        if (rows.length <= 8) { return; }
        var name = table.caption ? table.caption.textContent.trim() : 'this table';
        var bar = document.createElement('div');
        bar.className = 'search';
        var label = document.createElement('label');
        label.textContent = 'Search ';
        var field = document.createElement('input');
        field.type = 'search';
        field.name = 'search';
        field.setAttribute('aria-label', 'Search in ' + name);
        var found = document.createElement('output');
        label.appendChild(field);
        bar.appendChild(label);
        bar.appendChild(found);
        field.addEventListener('input', function () {
          var words = field.value.toLowerCase().split(/\s+/);
          var shown = 0;
          Array.prototype.forEach.call(rows, function (row) {
            var content = row.textContent.toLowerCase();
            row.hidden = !words.every(function (word) { return content.indexOf(word) >= 0; });
            if (!row.hidden) { shown += 1; }
          });
          found.textContent = field.value
            ? shown.toLocaleString('en') + ' of ' + rows.length.toLocaleString('en') + ' rows' : '';
        });
        table.parentNode.parentNode.insertBefore(bar, table.parentNode);
      }

      Array.prototype.forEach.call(document.querySelectorAll('table.sortable'), function (table) {
        makeSearchable(table);
        makeSortable(table);
      });

      var folds = document.querySelectorAll('details');
      var opened = [];
      addEventListener('beforeprint', function () {
        opened = Array.prototype.filter.call(folds, function (fold) { return !fold.open; });
        opened.forEach(function (fold) { fold.open = true; });
      });
      addEventListener('afterprint', function () {
        opened.forEach(function (fold) { fold.open = false; });
      });
    }());
    """#

  /// Light and dark, screen and paper.
  package static let style = #"""
    :root {
      color-scheme: light dark;
      --ink: #1b1f24; --soft: #57606a; --line: #d8dee4; --paper: #ffffff; --wash: #f6f8fa; --accent: #0072b2;
      --blue: #0072b2; --orange: #e69f00; --green: #009e73; --vermilion: #d55e00; --purple: #cc79a7;
      --grey: #6e7781; --pale: #b6bec7;
      --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ink: #e6edf3; --soft: #9ea9b5; --line: #2f3740; --paper: #0f1318; --wash: #171d24; --accent:
          #6cb6ff;
        --blue: #3a9bd9; --green: #1fb58a; --vermilion: #f0803c; --grey: #8b949e; --pale: #566069;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body {
      margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans",
        Arial, sans-serif;
    }
    header, main, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
    header { padding-top: 40px; }
    main { padding-bottom: 32px; }
    footer { padding-bottom: 48px; color: var(--soft); font-size: 14px; }
    h1 {
      font-size: 30px; line-height: 1.25; letter-spacing: -0.01em; font-weight: 650; margin: 16px 0
      12px; max-width: 30em; text-wrap: balance;
    }
    h2 { font-size: 20px; line-height: 1.3; font-weight: 650; margin: 56px 0 8px; }
    h3 { font-size: 16px; font-weight: 650; margin: 24px 0 4px; }
    p { margin: 0 0 8px; max-width: 72ch; }
    .soft { color: var(--soft); }
    a { color: var(--accent); }
    a:focus-visible, button:focus-visible, input:focus-visible, summary:focus-visible, .scroll:focus-visible {
      outline: 2px solid var(--accent); outline-offset: 2px;
    }
    code, pre { font-family: var(--mono); font-size: 0.875em; font-variant-ligatures: none; }
    code { unicode-bidi: isolate; }
    code.word { white-space: nowrap; }
    p code, li code, dd code, .whole { display: inline-block; max-width: 100%; overflow-wrap: anywhere; }
    .kicker {
      margin: 0; color: var(--soft); font-size: 14px; display: flex; flex-wrap: wrap; gap: 4px 12px;
      align-items: center;
    }

    .state {
      display: inline-flex; align-items: center; gap: 8px; color: var(--ink); font-weight: 650;
      text-transform: capitalize;
    }
    .sign {
      display: inline-flex; align-items: center; justify-content: center; width: 22px; height: 22px;
      border-radius: 50%; border: 2px solid var(--state); font-size: 14px; line-height: 1; font-weight: 700;
    }
    .complete { --state: var(--green); }
    .incomplete, .interrupted { --state: var(--orange); }
    .failed, .refused { --state: var(--vermilion); }

    .looks {
      border-left: 4px solid var(--vermilion); background: var(--wash); padding: 12px 16px; margin: 20px
      0 0; max-width: 760px;
    }
    .looks h2 { margin: 0 0 4px; font-size: 16px; }
    .looks ul { margin: 0; padding-left: 20px; }
    .looks li { margin: 4px 0; }

    .facts {
      display: grid; grid-template-columns: repeat(4, 1fr); gap: 0; margin: 28px 0 0; padding: 16px 0;
      border: solid var(--line); border-width: 1px 0;
    }
    .facts > div { padding: 0 20px; border-left: 1px solid var(--line); }
    .facts > div:first-child { padding-left: 0; border-left: 0; }
    .facts dt { color: var(--soft); font-size: 14px; }
    .facts dd { margin: 0; }
    .facts .figure {
      font-size: 26px; line-height: 1.3; font-weight: 600; font-variant-numeric: tabular-nums;
    }
    .facts .remark { color: var(--soft); font-size: 14px; font-variant-numeric: tabular-nums; }

    figure { margin: 0; }
    figure.wide { max-width: 760px; }
    figure.narrow { display: none; max-width: 440px; }
    figure svg { display: block; width: 100%; height: auto; overflow: visible; }
    svg text { font-family: inherit; font-size: 14px; fill: var(--ink); font-variant-numeric: tabular-nums; }
    svg .name { font-weight: 650; font-size: 15px; }
    svg .remark, svg .detail { fill: var(--soft); font-weight: 400; }
    svg .members { font-family: var(--mono); font-size: 12px; fill: var(--soft); }
    svg .type { font-family: var(--mono); font-size: 12px; }
    svg .track { stroke: var(--line); }
    .ribbon { opacity: 0.28; }
    .fill-accent { fill: var(--accent); }
    .fill-plain { fill: var(--grey); }
    .fill-kept { fill: var(--orange); }
    .fill-coarser { fill: var(--blue); opacity: 0.7; }
    .fill-tokenised { fill: var(--purple); }
    .fill-hashed { fill: var(--green); }
    .fill-redacted { fill: var(--blue); }
    .fill-dropped { fill: var(--ink); }
    .fill-empty { fill: var(--pale); }
    .fill-act { fill: var(--vermilion); }
    .ribbon.fill-coarser { opacity: 0.18; }

    .scroll { overflow-x: auto; margin: 8px 0 0; }
    table { border-collapse: collapse; width: 100%; font-size: 14px; }
    caption {
      position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space:
      nowrap;
    }
    th, td {
      text-align: left; vertical-align: top; padding: 7px 14px 7px 0; border-bottom: 1px solid
      var(--line);
    }
    th:last-child, td:last-child { padding-right: 0; }
    thead th {
      color: var(--soft); font-weight: 600; white-space: nowrap; vertical-align: bottom; border-bottom:
      1px solid var(--grey);
    }
    tbody th { font-weight: 400; }
    th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    td.word, th.word, td.hex { white-space: nowrap; }
    td.word wbr, th.word wbr { display: none; }
    th.path { min-width: 340px; }
    td.remarks { min-width: 120px; }
    td .remark { color: var(--soft); font-size: 13px; }
    tbody tr:hover { background: var(--wash); }
    thead th.sorts { cursor: pointer; }
    thead th.sorts:hover { color: var(--accent); }
    thead button { all: unset; cursor: pointer; }
    thead button::after { content: " \2195"; opacity: 0.45; }
    th[aria-sort="ascending"] button::after { content: " \2191"; opacity: 1; }
    th[aria-sort="descending"] button::after { content: " \2193"; opacity: 1; }
    .dot {
      display: inline-block; width: 10px; height: 10px; margin-right: 7px; border-radius: 2px;
      background: var(--dot);
    }
    .dot-plain { --dot: var(--grey); }
    .dot-kept { --dot: var(--orange); }
    .dot-coarser { --dot: var(--blue); }
    .dot-tokenised { --dot: var(--purple); }
    .dot-dropped { --dot: var(--ink); }
    .dot-hashed { --dot: var(--green); }
    .dot-redacted { --dot: var(--blue); }
    .dot-empty { --dot: var(--pale); }
    .dot-act { --dot: var(--vermilion); }

    .search {
      margin: 12px 0 0; font-size: 14px; color: var(--soft); display: flex; flex-wrap: wrap; gap: 4px
      12px; align-items: center;
    }
    .search input {
      font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--grey);
        border-radius: 6px;
      padding: 5px 10px; width: 260px; max-width: 100%; margin-left: 6px;
    }
    details { border-top: 1px solid var(--line); margin-top: 20px; }
    details + details { margin-top: 0; }
    summary { cursor: pointer; padding: 12px 0; font-weight: 600; }
    summary .soft { font-weight: 400; }
    details[open] { padding-bottom: 20px; }
    .pairs {
      display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 6px 24px; margin: 8px 0 0;
      font-size: 15px;
    }
    .pairs dt { color: var(--soft); }
    .pairs dd { margin: 0; min-width: 0; }
    .hex-wrap { overflow-wrap: anywhere; }
    .problem { margin: 20px 0 0; }
    .problem h3 { margin: 0 0 2px; }
    pre {
      overflow-x: auto; margin: 4px 0 16px; padding: 10px 14px; background: var(--wash); border-radius:
      6px;
    }

    @media (max-width: 820px) {
      header, main, footer { padding-left: 16px; padding-right: 16px; }
      header { padding-top: 24px; }
      h1 { font-size: 24px; }
      h2 { margin-top: 44px; }
      .facts { grid-template-columns: repeat(2, 1fr); gap: 16px 0; }
      .facts > div:nth-child(odd) { padding-left: 0; border-left: 0; }
      .facts .figure { font-size: 22px; }
      figure.wide { display: none; }
      figure.narrow { display: block; }
      th.path { min-width: 230px; }
      td.remarks { min-width: 320px; }
      th, td { padding-right: 16px; }
      .pairs { grid-template-columns: minmax(0, 1fr); gap: 0; }
      .pairs dd { margin-bottom: 10px; }
    }

    @page {
      size: A4; margin: 16mm 15mm 18mm;
      @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #57606a; }
    }
    @media print {
      :root {
        color-scheme: light;
        --ink: #1b1f24; --soft: #57606a; --line: #d8dee4; --paper: #ffffff; --wash: #f6f8fa; --accent:
          #0072b2;
        --blue: #0072b2; --green: #009e73; --vermilion: #d55e00; --grey: #6e7781; --pale: #b6bec7;
      }
      body { font-size: 10.5pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
      header, main, footer { max-width: none; padding: 0; }
      h1 { font-size: 18pt; margin-top: 10pt; }
      h2 { font-size: 13pt; margin-top: 20pt; break-after: avoid; }
      h2 + p { break-after: avoid; }
      h3, summary, thead { break-after: avoid; }
      .new-page { break-before: page; margin-top: 0; }
      figure, tr, .problem > h3, .looks, .facts, pre { break-inside: avoid; }
      figure.wide { display: block; max-width: 86%; }
      figure.narrow, .search { display: none; }
      .facts { grid-template-columns: repeat(4, 1fr); gap: 0; padding: 8pt 0; }
      .facts > div, .facts > div:nth-child(odd) { padding: 0 10pt; border-left: 1px solid var(--line); }
      .facts > div:first-child { padding-left: 0; border-left: 0; }
      .facts .figure { font-size: 15pt; }
      .facts dt, .facts .remark { font-size: 8.5pt; }
      td .remark { font-size: 7pt; }
      .scroll { overflow: visible; }
      table { font-size: 7.5pt; }
      th, td { padding: 3pt 7pt 3pt 0; }
      thead th { white-space: normal; }
      td.word wbr, th.word wbr { display: inline; }
      thead { display: table-header-group; }
      thead button { display: none; }
      tbody th { overflow-wrap: break-word; }
      .hex-wrap { overflow-wrap: anywhere; }
      td.hex { white-space: nowrap; }
      th.path, td.remarks { min-width: 0; }
      .pairs { font-size: 9.5pt; grid-template-columns: max-content minmax(0, 1fr); gap: 3pt 14pt; }
      .pairs dd { margin: 0; }
      pre { white-space: pre-wrap; overflow-wrap: anywhere; }
      details::details-content { content-visibility: visible; display: block; block-size: auto; }
      summary { list-style: none; }
      tbody tr:hover { background: none; }
      a { color: inherit; text-decoration: none; }
    }
    """#
}
