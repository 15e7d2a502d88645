/// The code blocks of a glossary page (Markdown with Liquid tags), each with the line where it starts.
///
/// Labels of tabs and the prose around them are of no interest: a block tells itself what it is.
struct GlossaryPage {
  /// The inside of one fenced block.
  struct Block {
    /// The line of the page on which the inside starts, from 1.
    let line: Int
    let lines: [ArraySlice<UInt8>]
  }

  let blocks: [Block]

  init(_ text: [UInt8]) {
    var blocks: [Block] = []
    var open: (fence: Fence, line: Int, lines: [ArraySlice<UInt8>])?
    for (index, line) in Self.lines(of: text).enumerated() {
      guard let current = open else {
        if let fence = Fence(line) { open = (fence, index + 2, []) }
        continue
      }
      if let next = Fence(line), next.ends(current.fence) || !next.isBare {
        blocks.append(Block(line: current.line, lines: current.lines))
        // A fence with a word behind it cannot close a block, so the one before was never closed.
        open = next.ends(current.fence) ? nil : (next, index + 2, [])
      } else if Self.isEndOfTab(line) {
        blocks.append(Block(line: current.line, lines: current.lines))
        open = nil
      } else {
        open?.lines.append(line)
      }
    }
    if let open { blocks.append(Block(line: open.line, lines: open.lines)) }
    self.blocks = blocks
  }

  /// Lines without their ends: LF, CR LF or CR. A byte order mark is no part of the first.
  private static func lines(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = text.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    var index = start
    while index < text.count {
      let byte = text[index]
      index += 1
      guard byte == 0x0a || byte == 0x0d else { continue }
      lines.append(text[start..<(index - 1)])
      if byte == 0x0d && index < text.count && text[index] == 0x0a { index += 1 }
      start = index
    }
    lines.append(text[start...])
    return lines
  }

  /// A Liquid tag that ends a tab or an event, where a block that was never closed ends too.
  private static func isEndOfTab(_ line: ArraySlice<UInt8>) -> Bool {
    let words = line.trimmed
    guard words.starts(with: "{%".utf8) else { return false }
    let tag = words.dropFirst(2).drop { $0 == 0x2d || $0 == 0x20 }.prefix { (0x61...0x7a).contains($0) }
    return ["tab", "tabs", "endtab", "endtabs", "subtab", "endsubtab", "api", "endapi"]
      .contains { tag.elementsEqual($0.utf8) }
  }
}

/// A line of three or more backticks or tildes, with what stands behind them.
private struct Fence {
  let mark: UInt8
  let length: Int
  /// Whether nothing stands behind it.
  let isBare: Bool

  init?(_ line: ArraySlice<UInt8>) {
    let words = line.trimmed
    guard let mark = words.first, mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~") else { return nil }
    let rest = words.drop { $0 == mark }
    // Backticks behind backticks are code within a line of prose.
    guard words.count - rest.count >= 3, mark == UInt8(ascii: "~") || !rest.contains(mark) else { return nil }
    self.mark = mark
    length = words.count - rest.count
    isBare = rest.isEmpty
  }

  func ends(_ start: Fence) -> Bool { isBare && mark == start.mark && length >= start.length }
}

extension ArraySlice<UInt8> {
  /// Without blanks at either end.
  var trimmed: ArraySlice<UInt8> {
    let start = drop { $0 == 0x20 || $0 == 0x09 }
    guard let end = start.lastIndex(where: { $0 != 0x20 && $0 != 0x09 }) else { return [] }
    return start[...end]
  }
}
