internal import ScrubCore

/// A time of day as stores write and read it.
struct Timestamp {
  /// Seconds since 1970.
  let seconds: Int

  init(_ seconds: Int) { self.seconds = seconds }

  /// Reads the date of an HTTP header, `Wed, 25 Nov 2026 23:10:05 GMT` (RFC 9110, section 5.6.7).
  init?(header: String) {
    let parts = header.split { " :,".contains($0) }
    guard parts.count == 8, let month = Self.months.firstIndex(of: String(parts[2])), let day = Int(parts[1]),
      let year = Int(parts[3]), (1970...9999).contains(year), let hour = Int(parts[4]), let minute = Int(parts[5]),
      let second = Int(parts[6])
    else { return nil }
    self.init(CivilDate(year: year, month: month + 1, day: day), hour, minute, second)
  }

  /// Reads a time as lists and credentials have it, `2026-11-25T23:10:05.000Z` (RFC 3339, in UTC).
  init?(text: String) {
    let times = text.dropFirst(11).prefix(8).split(separator: ":").compactMap { Int($0) }
    guard let day = CivilDate(text), times.count == 3, text.hasSuffix("Z") else { return nil }
    self.init(day, times[0], times[1], times[2])
  }

  private init?(_ date: CivilDate, _ hour: Int, _ minute: Int, _ second: Int) {
    guard date.isValid, (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second) else { return nil }
    seconds = date.days * 86_400 + hour * 3600 + minute * 60 + second
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// `20261125T231005Z`.
  var compact: String {
    "\(day.year)\(two(day.month))\(two(day.day))T\(two(rest / 3600))\(two(rest / 60 % 60))\(two(rest % 60))Z"
  }

  /// As HTTP writes it: `Wed, 25 Nov 2026 23:10:05 GMT`.
  var header: String {
    // The first day was a Thursday.
    let weekday = Self.weekdays[(days % 7 + 7) % 7]
    let clock = "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
    return "\(weekday), \(two(day.day)) \(Self.months[day.month - 1]) \(day.year) \(clock) GMT"
  }

  private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

  private var days: Int { floorDivide(seconds, 86_400) }
  private var day: CivilDate { CivilDate(days: days) }
  /// Seconds of the day.
  private var rest: Int { seconds - days * 86_400 }

  private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
