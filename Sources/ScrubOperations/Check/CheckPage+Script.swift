extension CheckPage {
  /// Search, sort and fold, and the filters of the matrix. A constant without anything from data.
  static let script = PageParts.script + filters

  /// Shows the filters, which need it, and only the rows that fit them. Event types that have such rows are opened,
  /// and closed again when nothing is chosen any more.
  private static let filters = #"""

    (function () {
      'use strict';
      function part(id) { return document.getElementById(id); }
      function list(nodes, what) { return Array.prototype.map.call(nodes, what); }
      function text(node) { return node.textContent.trim(); }

      var words = part('words'), action = part('action'), destination = part('destination');
      var marked = part('marked'), differs = part('differs');
      var folds = list(document.querySelectorAll('details.event'), function (fold) { return fold; });
      var prefixes = list(document.querySelectorAll('#places dd'), function (place) { return place.dataset.prefix; });
      var groups;

      function readRow(row, event) {
        var names = list(row.cells[0].querySelectorAll('code'), text);
        var content = list(row.cells, text).concat(event);
        var actions = prefixes.map(function (prefix, index) {
          var cell = row.cells[index + 3];
          var found = list(cell.querySelectorAll('b'), text);
          // Usual paths are not written in the cell.
          if (found.length > cell.querySelectorAll('code').length) { content.push(prefix + names[0]); }
          return found;
        });
        return {
          row: row, actions: actions, text: content.join(' ').toLowerCase(),
          marked: row.classList.contains('marked'), differs: row.classList.contains('differs')
        };
      }

      function read() {
        return folds.map(function (fold) {
          var event = text(fold.querySelector('h3'));
          return {
            fold: fold, opened: false,
            rows: list(fold.querySelectorAll('tbody tr'), function (row) { return readRow(row, event); })
          };
        });
      }

      function filter() {
        groups = groups || read();
        var wanted = words.value.toLowerCase().split(/\s+/);
        var place = destination.selectedIndex - 1;
        var isSet = words.value.trim() || action.value || place >= 0 || marked.checked || differs.checked;
        var all = 0, shown = 0, events = 0;

        function fits(row) {
          return (row.marked || !marked.checked) && (row.differs || !differs.checked)
            && row.actions.some(function (actions, index) {
              return (place < 0 || place === index)
                && (action.value ? actions.indexOf(action.value) >= 0 : actions.length > 0);
            })
            && wanted.every(function (word) { return row.text.indexOf(word) >= 0; });
        }

        groups.forEach(function (group) {
          var before = shown;
          group.rows.forEach(function (row) {
            row.row.hidden = !fits(row);
            if (!row.row.hidden) { shown += 1; }
          });
          all += group.rows.length;
          group.fold.hidden = shown === before;
          if (shown > before) { events += 1; }
          if (isSet && shown > before && !group.fold.open) {
            group.fold.open = group.opened = true;
          } else if (!isSet && group.opened) {
            group.fold.open = group.opened = false;
          }
        });
        part('found').textContent = (isSet ? shown.toLocaleString('en') + ' of ' : '') + all.toLocaleString('en')
          + ' rows in ' + events.toLocaleString('en') + (events === 1 ? ' event type' : ' event types');
        part('nothing').hidden = shown > 0;
      }

      ['filters', 'clear', 'fold'].forEach(function (id) { part(id).hidden = false; });
      part('filters').addEventListener('input', filter);
      part('clear').addEventListener('click', function () {
        words.value = '';
        action.selectedIndex = destination.selectedIndex = 0;
        marked.checked = differs.checked = false;
        filter();
      });
      part('fold').addEventListener('click', function () {
        var isOpen = this.textContent === 'Open all';
        folds.forEach(function (fold) { fold.open = isOpen; });
        this.textContent = isOpen ? 'Fold all' : 'Open all';
      });
    }());
    """#
}
