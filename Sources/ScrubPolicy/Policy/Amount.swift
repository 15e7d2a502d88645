/// Amounts as people write them, in options and configurations.
package enum Amount {
  /// `90`, `90s`, `15m`, `2h`: seconds, up to a million of the unit.
  package static func seconds(_ text: String) -> Int? {
    let factors: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
    let factor = text.last.flatMap { factors[$0] }
    guard let number = Int(factor == nil ? text[...] : text.dropLast()), (0...1_000_000).contains(number) else { return nil }
    return number * (factor ?? 1)
  }

  /// `0.05`, `5%`: a share of a whole, from 0 to 1.
  package static func share(_ text: String) -> Double? {
    let isPercent = text.hasSuffix("%")
    guard let number = Double(isPercent ? String(text.dropLast()) : text) else { return nil }
    let share = isPercent ? number / 100 : number
    return (0...1).contains(share) ? share : nil
  }
}

/// A time of days or months, as configurations write it: `400 days`, `18 months`, `2y`.
package struct Age: Hashable, Sendable, CustomStringConvertible {
  /// One of the two is 0.
  package let days, months: Int
  package let description: String

  /// - Returns: nothing where it is no whole number from 1 to 9999 and a unit.
  package init?(_ text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits), (1...9999).contains(number) else { return nil }
    let units: [String: (days: Int, months: Int)] = [
      "d": (1, 0), "day": (1, 0), "days": (1, 0), "w": (7, 0), "week": (7, 0), "weeks": (7, 0), "month": (0, 1),
      "months": (0, 1), "y": (0, 12), "year": (0, 12), "years": (0, 12),
    ]
    let rest = text.dropFirst(digits.count)
    guard let unit = units[String(rest.first == " " ? rest.dropFirst() : rest)] else { return nil }
    (days, months, description) = (unit.days * number, unit.months * number, text)
  }
}
