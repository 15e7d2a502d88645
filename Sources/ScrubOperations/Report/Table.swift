/// Aligned columns for a terminal or a mail, without boxes.
package struct Table {
  package let header: [String]
  /// Columns of numbers, by index.
  package let right: Set<Int>
  package private(set) var rows: [[String]] = []

  package init(_ header: [String], right: Set<Int> = []) {
    self.header = header
    self.right = right
  }

  package mutating func add(_ row: String...) { rows.append(row) }

  package func text(indent: Int = 0) -> String {
    let lines = [header] + rows
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      let cells = line.indices.map { column in
        let blanks = String(repeating: " ", count: widths[column] - line[column].count)
        return right.contains(column) ? blanks + line[column] : line[column] + blanks
      }
      var text = String(repeating: " ", count: indent) + cells.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text + "\n"
    }.joined()
  }
}
