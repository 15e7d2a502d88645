internal import Mustache

/// A table of a page with its heading, drawn by the template `table`.
struct PageTable {
  let tableID: String
  let title: String
  let prose: [Piece]
  let hasNote: Bool
  let heads: [Head]
  let rows: [Row]
  let limit: [Limit]

  /// What a cell holds.
  enum Content {
    case number(Int)
    case word(String)
    /// A name that may be long, broken after its signs.
    case name(String)
    /// Sentences, with code between backquotes.
    case prose(String)
  }

  /// A row as it is given: its name, what stands beside it, and the anchor of links to it.
  struct Line {
    let name: String
    let cells: [Content]
    let anchor: String?

    init(_ name: String, _ cells: [Content], anchor: String? = nil) {
      self.name = name
      self.cells = cells
      self.anchor = anchor
    }
  }

  struct Head {
    let head: String
    let headClass: String
  }

  /// What is said of a table that is cut.
  struct Limit {
    let prose: [Piece]
  }

  struct Row: MustacheParent {
    let name: Markup
    let rowID: String?
    let cells: [Cell]

    /// Looked up by name for every row, which reflection is too slow for.
    func child(named name: String) -> Any? {
      switch name {
      case "name": self.name
      case "rowID": rowID
      case "cells": cells
      default: nil
      }
    }
  }

  struct Cell: MustacheParent {
    let content: Markup
    let prose: [Piece]
    let cellClass: String

    func child(named name: String) -> Any? {
      switch name {
      case "content": content
      case "prose": prose
      case "cellClass": cellClass
      default: nil
      }
    }
  }

  /// None where there is no row.
  ///
  /// - Parameter heads: the first is that of the names.
  /// - Parameter limit: more rows than that are left out.
  /// - Parameter rest: where the left out ones are, with code between backquotes.
  init?(
    _ title: String, id: String, note: String = "", _ heads: [String], _ lines: [Line],
    limit: Int, rest: String
  ) {
    guard let first = lines.first else { return nil }
    tableID = id
    self.title = title
    prose = Piece.pieces(of: note)
    hasNote = !note.isEmpty
    self.heads = zip(heads, [Content.word("")] + first.cells).map { Head(head: $0, headClass: $1.headClass) }
    rows = lines.prefix(limit).map { line in
      Row(
        name: (line.name.isEmpty ? "(no name)" : line.name).breakable, rowID: line.anchor,
        cells: line.cells.map(\.cell))
    }
    let cut = "The first \(PageText.grouped(limit)) of \(PageText.grouped(lines.count)) rows; \(rest)."
    self.limit = lines.count > limit ? [Limit(prose: Piece.pieces(of: cut))] : []
  }
}

// MARK: - On a phone

extension PageTable {
  /// What pages with such tables have beside the style of all pages: on a phone a row is a card, on which the head of
  /// each column is the label of its cell.
  static func style(of tables: [PageTable]) -> String {
    let labels = tables.flatMap { table in
      table.heads.enumerated().dropFirst().map { index, head in
        label("section[aria-labelledby=\"\(table.tableID)\"]", index, head.head)
      }
    }
    return cardStyle + onPhone(labels)
  }

  static func onPhone(_ rules: [String]) -> String { "@media screen and (max-width: 820px) {\n" + rules.joined() + "}\n" }

  /// - Parameter text: a word of the page or the name of a destination, nothing else.
  static func label(_ table: String, _ index: Int, _ text: String) -> String {
    "  \(table) td:nth-child(\(index + 1))::before { content: \"\(text)\"; }\n"
  }

  private static let cardStyle = #"""

    .cards td.remarks { min-width: 90px; }
    @media screen and (max-width: 820px) {
      .cards, .cards tbody, .cards tr, .cards th, .cards td {
        display: block; width: auto; min-width: 0; text-align: left; white-space: normal;
      }
      .cards thead, .cards td:empty { display: none; }
      .cards tr { padding: 10px 0; border-bottom: 1px solid var(--line); }
      .cards th, .cards td { border: 0; padding: 1px 0; }
      .cards td wbr { display: inline; }
      .cards td::before { color: var(--soft); margin-right: 8px; }
      .cards td.number, .cards td.word { display: inline-block; margin-right: 16px; }
      .cards .number { font-variant-numeric: tabular-nums; }
    }

    """#
}

extension PageTable.Content {
  fileprivate var headClass: String { if case .number = self { "number" } else { "word" } }

  fileprivate var cell: PageTable.Cell {
    switch self {
    case .number(let number): PageTable.Cell(content: "\(number)", prose: [], cellClass: "number")
    case .word(let word): PageTable.Cell(content: "\(word)", prose: [], cellClass: "word")
    case .name(let name): PageTable.Cell(content: name.breakable, prose: [], cellClass: "remarks")
    case .prose(let text): PageTable.Cell(content: "", prose: Piece.pieces(of: text), cellClass: "remarks")
    }
  }
}
