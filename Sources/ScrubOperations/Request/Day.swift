internal import ScrubCore
internal import ScrubLedger

/// A day of the calendar, as requests and receipts write it: `YYYY-MM-DD`.
package struct Day: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Since 1970-01-01.
  package let number: Int

  package init(number: Int) { self.number = number }

  /// Reads `YYYY-MM-DD`; a time behind it (RFC 3339) is passed over. Nothing where it is no day of the calendar.
  package init?(_ text: some StringProtocol) {
    guard let date = CivilDate(text) else { return nil }
    self.number = date.days
  }

  /// - Parameter seconds: since 1970-01-01, UTC.
  package init(seconds: Int) {
    let days = floorDivide(seconds, 86_400)
    number = min(max(days, CivilDate.dayRange.lowerBound), CivilDate.dayRange.upperBound)
  }

  /// The last day on which something may have happened already: where the sun rises first, tomorrow has begun.
  package static var latest: Day { Day(EvidenceLog.now()).map { $0.adding(days: 1) } ?? Day(number: CivilDate.dayRange.upperBound) }

  package var description: String {
    let date = CivilDate(days: number)
    func padded(_ number: Int, _ width: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
  }

  /// Year, month and day of the month.
  package var parts: (year: Int, month: Int, day: Int) {
    let date = CivilDate(days: number)
    return (date.year, date.month, date.day)
  }

  /// Since 1970-01-01, UTC.
  package var lastSecond: Int { (number &+ 1) &* 86_400 &- 1 }

  /// The last day of the year, month or week of which it may stand for all, as the first of it; else itself.
  package var lastMeant: Day {
    let (_, month, day) = parts
    if day == 1 { return adding(months: month == 1 ? 12 : 1).adding(days: -1) }
    // 1970-01-01 was a Thursday, and weeks begin on Mondays.
    return floorDivide(number + 3, 7) * 7 == number + 3 ? adding(days: 6) : self
  }

  package static func < (left: Day, right: Day) -> Bool { left.number < right.number }

  package func adding(days: Int) -> Day { Day(number: number + days) }

  /// The same day so many months later, or the last day of that month.
  package func adding(months: Int) -> Day {
    var date = CivilDate(days: number)
    let index = date.year * 12 + date.month - 1 + months
    date.year = floorDivide(index, 12)
    date.month = index - date.year * 12 + 1
    while !date.isValid { date.day -= 1 }
    return Day(number: date.days)
  }
}
