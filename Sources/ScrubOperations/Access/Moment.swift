internal import ScrubCore

/// A time as files and pages write it; UTC throughout.
enum Moment {
  /// `2026-11-23T14:05:09Z`.
  static func iso(_ seconds: Int) -> String {
    let (hour, minute, second) = clock(seconds)
    return "\(Day(seconds: seconds))T\(two(hour)):\(two(minute)):\(two(second))Z"
  }

  /// Hour, minute and second of the day.
  static func clock(_ seconds: Int) -> (hour: Int, minute: Int, second: Int) {
    let rest = seconds - floorDivide(seconds, 86_400) * 86_400
    return (rest / 3600, rest / 60 % 60, rest % 60)
  }

  static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
