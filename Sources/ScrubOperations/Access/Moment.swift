internal import ScrubCore

/// A time as files and pages write it; UTC throughout.
enum Moment {
  /// `2026-11-23T14:05:09Z`.
  static func iso(_ seconds: Int) -> String {
    let (hour, minute, second) = clock(seconds)
    return "\(Day(seconds: seconds))T\(two(hour)):\(two(minute)):\(two(second))Z"
  }

  /// Seconds since 1970-01-01 of `2026-11-23T14:05:09Z`; nothing for another text.
  static func seconds(_ text: String) -> Int? {
    let numbers = text.dropFirst(11).dropLast().split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard text.utf8.count == 20, let day = Day(text.prefix(10)), numbers.count == 3, let hour = numbers[0], let minute = numbers[1],
      let second = numbers[2], (0..<24).contains(hour), (0..<60).contains(minute), (0...60).contains(second)
    else { return nil }
    return day.number * 86_400 + hour * 3600 + minute * 60 + second
  }

  /// Hour, minute and second of the day.
  static func clock(_ seconds: Int) -> (hour: Int, minute: Int, second: Int) {
    let rest = seconds - floorDivide(seconds, 86_400) * 86_400
    return (rest / 3600, rest / 60 % 60, rest % 60)
  }

  static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
