internal import Mustache

/// How numbers, sizes, times and names are written on our pages, in English.
package enum PageText {
  /// `400,048`.
  static func grouped(_ number: Int) -> String {
    if 0..<1000 ~= number { return String(number) }
    let digits = Array(String(number.magnitude).utf8)
    var text: [UInt8] = number < 0 ? [UInt8(ascii: "-")] : []
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index).isMultiple(of: 3) { text.append(UInt8(ascii: ",")) }
      text.append(digit)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// `1 event`, `400,048 events`.
  package static func count(_ number: Int, _ one: String, _ many: String) -> String {
    "\(grouped(number)) \(number == 1 ? one : many)"
  }

  /// `812 bytes`, `9.8 kB`, `227 MB`: thousands are decimal.
  static func size(_ bytes: Int) -> String {
    guard bytes >= 1000 else { return count(bytes, "byte", "bytes") }
    var value = Double(bytes)
    var unit = 0
    while value >= 999.5 && unit < 4 {
      value /= 1000
      unit += 1
    }
    let number = value < 9.95 ? decimal(value, places: 1) : decimal(value, places: 0)
    return "\(number) \(["bytes", "kB", "MB", "GB", "TB"][unit])"
  }

  /// `0.41 s`, `4 min 12 s`, `2 h 14 min`.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "unknown" }
    if seconds < 10 { return "\(decimal(seconds, places: 2)) s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(grouped(whole / 3600)) h \(whole % 3600 / 60) min"
  }

  /// `23 November 2026, 19:15:00 UTC` of `2026-11-23T19:15:00Z`; anything else as it is.
  static func moment(_ text: String) -> String {
    let parts = text.split(whereSeparator: { "T:Z".contains($0) })
    guard text.hasSuffix("Z"), parts.count == 4 else { return text }
    let day = day(String(parts[0]))
    return day == parts[0] ? text : "\(day), \(parts[1]):\(parts[2]):\(parts[3]) UTC"
  }

  /// `23 November 2026` of `2026-11-23`; anything else as it is.
  static func day(_ text: String) -> String {
    let months = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
      "November", "December",
    ]
    let parts = text.split(separator: "-")
    guard parts.count == 3, let month = Int(parts[1]), (1...12).contains(month), let day = Int(parts[2]) else { return text }
    return "\(day) \(months[month - 1]) \(parts[0])"
  }

  /// With a capital and a full stop.
  static func sentence(_ text: String) -> String {
    guard let first = text.first else { return "" }
    let end = text.last.map { ".!?".contains($0) } == true ? "" : "."
    return first.uppercased() + text.dropFirst() + end
  }

  /// `a, b and c`.
  package static func list(_ items: [String]) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " and " + last
  }

  /// The first eight names.
  package static func first(_ names: [String]) -> String {
    guard names.count > 8 else { return list(names) }
    return names.prefix(8).joined(separator: ", ") + " and \(grouped(names.count - 8)) more"
  }

  /// What is to be added where it is said that no marked or personal field stays in clear; nothing where that is the whole truth.
  package static func exceptions(_ names: Set<String>, inPart: Bool, forReasons: Bool) -> String {
    if names.isEmpty { return "" }
    let reason = forReasons ? "for a stated reason" : "because it says so"
    return ", but for \(grouped(names.count)) that the policy leaves in clear\(inPart ? ", in whole or in part," : "") \(reason): \(first(names.sorted()))"
  }

  /// `3 device ids` of `device_id`.
  static func count(_ number: Int, ofKind kind: String) -> String {
    let names = [
      "braze_id": "Braze id", "email": "e-mail address", "phone": "phone number", "whatsapp_id": "WhatsApp id",
      "whatsapp_message_id": "WhatsApp message id", "line_id": "LINE id",
    ]
    let one = names[kind] ?? words(kind)
    return count(number, one, one + (one.hasSuffix("s") ? "es" : "s"))
  }

  /// `direct identifier` of `direct_identifier`.
  static func words(_ name: String) -> String {
    let blank = UInt8(ascii: " ")
    return String(decoding: name.utf8.map { $0 == UInt8(ascii: "_") ? blank : $0 }, as: UTF8.self).visible
  }

  /// The sources of a mark.
  static func marks(_ sources: [String]) -> String {
    sources.isEmpty ? "not marked" : sources.map(\.visible).joined(separator: ", ")
  }

  /// `word` for a shell, in single quotes unless it is plain.
  package static func shell(_ word: String) -> String {
    let isPlain =
      !word.isEmpty && word.utf8.first != UInt8(ascii: "-")
      && word.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "_"),
          UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "="):
          true
        default: false
        }
      }
    if isPlain { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
      + "'"
  }

  private static func decimal(_ value: Double, places: Int) -> String {
    let scale = places == 2 ? 100 : places == 1 ? 10 : 1
    let scaled = Int((value * Double(scale)).rounded())
    guard places > 0 else { return grouped(scaled) }
    let fraction = String(scaled % scale)
    return grouped(scaled / scale) + "." + String(repeating: "0", count: places - fraction.count) + fraction
  }
}

/// A piece of a sentence: words, or code that must not be broken.
struct Piece: MustacheParent {
  let piece: String
  let isCode: Bool
  /// Code that fits on a line of a phone is not broken.
  let isShort: Bool

  func child(named name: String) -> Any? {
    switch name {
    case "piece": piece
    case "isCode": isCode
    case "isShort": isShort
    default: nil
    }
  }

  /// The pieces of `text`, in which code stands between backquotes, safe to show.
  static func pieces(of text: String) -> [Piece] {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated().compactMap { index, part in
      let piece = String(part).visible
      return part.isEmpty ? nil : Piece(piece: piece, isCode: !index.isMultiple(of: 2), isShort: piece.count <= 34)
    }
  }
}

extension String {
  /// The text as a page may show it: what a reader could not see, or what could escape, is spelled out.
  ///
  /// Control and formatting characters (a newline in a file name, a switch of writing direction) become
  /// `⟨U+202E⟩`. So does whatever joins one of `< > & " '` into one character: the template library escapes
  /// by character, and a quotation mark under an accent would pass it unescaped.
  package var visible: String {
    if isVisibleASCII { return self }
    var text = ""
    for character in self {
      let scalars = character.unicodeScalars
      let joinsMarkup = scalars.count > 1 && scalars.contains { Self.markup.contains($0) }
      for scalar in scalars {
        if scalar.isInvisible || joinsMarkup && !Self.markup.contains(scalar) {
          text += "⟨U+\(scalar.hexadecimal)⟩"
        } else {
          text.unicodeScalars.append(scalar)
        }
      }
    }
    return text
  }

  private var isVisibleASCII: Bool {
    let bytes = utf8Span.span
    for index in bytes.indices where !(0x20..<0x7f).contains(bytes[index]) { return false }
    return true
  }

  private static let markup: Set<Unicode.Scalar> = ["<", ">", "&", "\"", "'"]
}

extension Unicode.Scalar {
  fileprivate var isInvisible: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
    default: false
    }
  }

  fileprivate var hexadecimal: String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: Swift.max(0, 4 - digits.count)) + digits
  }
}
