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

  /// Pieces on lines of their own.
  init(lines: some Sequence<Markup>) { renderText = lines.map(\.renderText).joined(separator: "\n") }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var markup = ""

    init(literalCapacity: Int, interpolationCount: Int) { markup.reserveCapacity(2 * literalCapacity) }

    mutating func appendLiteral(_ literal: String) { markup += literal }

    mutating func appendInterpolation(_ text: String) {
      if text.isPlain {
        markup += text
        return
      }
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

  /// Where a line may break.
  private static let opportunity = Array("<wbr>".utf8)

  /// Whether nothing of it is spelled otherwise in a page.
  fileprivate var isPlain: Bool {
    let bytes = utf8Span.span
    for index in bytes.indices where bytes[index].isSpelledOtherwise { return false }
    return true
  }

  /// - Parameter tail: so many bytes at the end stay together.
  func breakable(keeping tail: Int) -> Markup {
    let isPlain = isPlain
    let text = isPlain ? self : visible
    let bytes = text.utf8Span.span
    var markup: [UInt8] = []
    markup.reserveCapacity(2 * bytes.count)
    for index in bytes.indices {
      let byte = bytes[index]
      if isPlain { markup.append(byte) } else { markup.append(escaping: byte) }
      let next = index + 1
      // Not before a character that may stand over the sign.
      if byte.isJoint && bytes.count - next > tail && bytes[next] < 0x80 { markup += Self.opportunity }
    }
    return Markup(stringLiteral: String(decoding: markup, as: UTF8.self))
  }
}

extension Markup {
  /// What stands for a sign of markup in a text.
  fileprivate static func escape(of byte: UInt8) -> StaticString? {
    switch byte {
    case UInt8(ascii: "<"): "&lt;"
    case UInt8(ascii: ">"): "&gt;"
    case UInt8(ascii: "&"): "&amp;"
    case UInt8(ascii: "\""): "&quot;"
    case UInt8(ascii: "'"): "&#39;"
    default: nil
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(escaping byte: UInt8) {
    if let escape = Markup.escape(of: byte) { self += "\(escape)".utf8 } else { append(byte) }
  }
}

extension UInt8 {
  /// Whether it is not ASCII that shows as itself, or a sign of markup.
  fileprivate var isSpelledOtherwise: Bool {
    switch self {
    case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), UInt8(ascii: "\""), UInt8(ascii: "'"): true
    default: !(0x20..<0x7f).contains(self)
    }
  }

  /// Whether a name may break behind it.
  fileprivate var isJoint: Bool {
    switch self {
    case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
    default: false
    }
  }
}
