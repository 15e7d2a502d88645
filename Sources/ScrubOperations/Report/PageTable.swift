internal import Mustache

/// A table of a page with its heading, drawn by the template `table`.
struct PageTable {
  let tableID: String
  let title: String
  let prose: [Piece]
  let hasNote: Bool
  /// Whether its rows become cards on a phone.
  let isCards: Bool
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
    _ title: String, id: String, note: String = "", isCards: Bool = false, _ heads: [String], _ lines: [Line],
    limit: Int, rest: String
  ) {
    guard let first = lines.first else { return nil }
    tableID = id
    self.title = title
    prose = Piece.pieces(of: note)
    hasNote = !note.isEmpty
    self.isCards = isCards
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
