internal import Mustache

/// A piece of a page as markup, which templates take with three braces.
///
/// What a literal says is markup, what is put into one is text, made visible and escaped:
/// `"<td>\(name)</td>"`. The rows of long tables are made so, for the template library takes most of the time of a page
/// for its tags.
struct Markup: MustacheCustomRenderable, ExpressibleByStringInterpolation, Sendable {
  let renderText: String
  let isNull = false

  init(stringLiteral markup: String) { renderText = markup }

  init(stringInterpolation: StringInterpolation) { renderText = stringInterpolation.markup }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var markup = ""

    init(literalCapacity: Int, interpolationCount: Int) { markup.reserveCapacity(2 * literalCapacity) }

    mutating func appendLiteral(_ literal: String) { markup += literal }

    mutating func appendInterpolation(_ text: String) {
      var escaped: [UInt8] = []
      for byte in text.visible.utf8 { escaped.append(escaping: byte) }
      markup += String(decoding: escaped, as: UTF8.self)
    }

    mutating func appendInterpolation(_ number: Int) { markup += PageText.grouped(number) }

    mutating func appendInterpolation(_ other: Markup) { markup += other.renderText }
  }
}

extension String {
  /// The visible text, which may break over lines after `.`, `/`, `_` and `-`, never inside a word nor before the
  /// last few characters.
  var breakable: Markup { breakable(keeping: 6) }

  /// - Parameter tail: so many bytes at the end stay together.
  func breakable(keeping tail: Int) -> Markup {
    let bytes = Array(visible.utf8)
    var markup: [UInt8] = []
    markup.reserveCapacity(2 * bytes.count)
    for (index, byte) in bytes.enumerated() {
      markup.append(escaping: byte)
      let next = index + 1
      // Not before a character that may stand over the sign.
      if "./_-".utf8.contains(byte) && bytes.count - next > tail && bytes[next] < 0x80 { markup += "<wbr>".utf8 }
    }
    return Markup(stringLiteral: String(decoding: markup, as: UTF8.self))
  }
}

extension [UInt8] {
  fileprivate mutating func append(escaping byte: UInt8) {
    switch byte {
    case UInt8(ascii: "<"): self += "&lt;".utf8
    case UInt8(ascii: ">"): self += "&gt;".utf8
    case UInt8(ascii: "&"): self += "&amp;".utf8
    case UInt8(ascii: "\""): self += "&quot;".utf8
    case UInt8(ascii: "'"): self += "&#39;".utf8
    default: append(byte)
    }
  }
}
