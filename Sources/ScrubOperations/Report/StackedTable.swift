/// A table of a page that one can sort and search, and that becomes cards on a phone.
enum StackedTable {
  enum Cell {
    case text(String)
    /// A short text that stays on its line.
    case word(String)
    case code(String)
    case number(Int)
    /// A digest, of which the first 16 digits are shown.
    case digest(String)
  }

  struct Row {
    let name: Cell
    let cells: [Cell]

    init(_ name: Cell, _ cells: [Cell]) {
      self.name = name
      self.cells = cells
    }
  }

  /// None of no rows.
  ///
  /// - Parameters:
  ///   - heads: the first is that of the names.
  ///   - limit: more rows than that are left out.
  ///   - rest: where the left out ones are.
  static func markup(_ caption: String, _ heads: [String], _ rows: [Row], limit: Int, rest: Markup) -> Markup {
    guard let first = rows.first else { return "" }
    let cells = [first.name] + first.cells
    let names = heads.dropFirst().map { "\($0)" as Markup }
    let head = zip(heads, cells).map { "<th scope=\"col\" class=\"\($1.className)\">\($0)</th>" as Markup }.joined()
    let body = rows.prefix(limit).map { row in
      let rest = zip(names, row.cells).map {
        "<td class=\"\($1.className)\" data-head=\"\($0)\">\($1.content)</td>" as Markup
      }.joined()
      return "<tr><th scope=\"row\" class=\"\(row.name.isCode ? "path" as Markup : row.name.className)\">\(row.name.content)</th>\(rest)</tr>" as Markup
    }
    let cut: Markup = rows.count > limit ? "<p>The first \(limit) of \(rows.count) rows; \(rest).</p>" : ""
    return """
      \(cut)<div class="scroll" role="region" tabindex="0" aria-label="\(caption)">
      <table class="sortable stack"><caption>\(caption)</caption><thead><tr>\(head)</tr></thead><tbody>
      \(Markup(lines: body))
      </tbody></table></div>

      """
  }

  /// What pages with such tables have beside the style of all pages.
  static let style = #"""

    td.wrap { overflow-wrap: anywhere; min-width: 14em; }
    .stack code { overflow-wrap: anywhere; }
    @media screen and (max-width: 820px) {
      .stack, .stack tbody, .stack tr, .stack th, .stack td { display: block; }
      .stack thead { display: none; }
      .stack tr { padding: 10px 0; border-bottom: 1px solid var(--line); }
      .stack td:empty { display: none; }
      .stack th, .stack td, .stack td.number, .stack td.word, .stack td.hex {
        border: 0; padding: 1px 0; text-align: left; white-space: normal; min-width: 0;
      }
      .stack tbody th { font-weight: 650; }
      .stack td::before { content: attr(data-head) ": "; color: var(--soft); }
    }
    @media print { td.wrap { min-width: 0; } }
    """#
}

extension StackedTable.Cell {
  fileprivate var className: Markup {
    switch self {
    case .text, .code: "wrap"
    case .word: "word"
    case .number: "number"
    case .digest: "hex"
    }
  }

  fileprivate var isCode: Bool { if case .code = self { true } else { false } }

  fileprivate var content: Markup {
    switch self {
    case .text(let text), .word(let text): "\(text)"
    case .code(let text): text.isEmpty ? "" : "<code>\(text.breakable)</code>"
    case .number(let number): "\(number)"
    case .digest(let digest):
      "<code>\(String(decoding: digest.utf8.prefix(16), as: UTF8.self))\((digest.utf8.count > 16 ? "…" : "") as Markup)</code>"
    }
  }
}
