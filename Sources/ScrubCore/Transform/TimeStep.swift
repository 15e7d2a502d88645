/// What a number of time counts.
package enum TimeUnit: Sendable {
  /// Seconds, or thousandths, millionths or billionths of them since 1970, told by the number's size.
  case guess
  case milliseconds, microseconds, nanoseconds
  /// Days since 1970.
  case days

  /// How many of its unit a number that does not tell it counts in a second, by its size.
  ///
  /// A thousand, a million or a billion from 1973 on, when a year began on a Monday: so the start of any hour, day, week, month
  /// or year behind it is not before it, and counts the same.
  static func guessedPerSecond(_ number: Int) -> Int {
    switch number.magnitude {
    case ..<94_694_400_000: 1
    case ..<94_694_400_000_000: 1000
    case ..<94_694_400_000_000_000: 1_000_000
    default: 1_000_000_000
    }
  }

  /// The second since 1970 in which a number lies.
  func seconds(of number: Int) -> Int {
    switch self {
    case .guess: number / Self.guessedPerSecond(number)
    case .milliseconds: floorDivide(number, 1000)
    case .microseconds: floorDivide(number, 1_000_000)
    case .nanoseconds: floorDivide(number, 1_000_000_000)
    case .days: CivilDate.dayRange.contains(number) ? number * 86_400 : .max
    }
  }
}

/// A stretch of time whose start stands for every moment in it; days and longer ones start at midnight of the clock
/// that the value itself tells, of UTC for numbers, and weeks on Monday (ISO 8601).
package enum TimeStep: String, CaseIterable, Sendable {
  case hour, day, week, month, year

  // MARK: numbers

  /// - Returns: nothing for what lies beyond all calendars.
  func start(of number: Int, _ unit: TimeUnit) -> Int? {
    switch unit {
    case .days: return startDay(of: number)
    case .milliseconds: return start(of: number, second: 1000)
    case .microseconds: return start(of: number, second: 1_000_000)
    case .nanoseconds: return start(of: number, second: 1_000_000_000)
    case .guess:
      let second = TimeUnit.guessedPerSecond(number)
      guard let start = start(of: number, second: second) else { return nil }
      // Long before 1970 a start may have more digits than the number, and would count something else.
      return TimeUnit.guessedPerSecond(start) == second ? start : nil
    }
  }

  private func start(of number: Int, second: Int) -> Int? {
    let seconds = floorDivide(number, second)
    let start: Int
    if self == .hour {
      start = floorDivide(seconds, 3600) * 3600
    } else {
      guard let day = startDay(of: floorDivide(seconds, 86_400)) else { return nil }
      start = day * 86_400
    }
    let scaled = start.multipliedReportingOverflow(by: second)
    return scaled.overflow ? nil : scaled.partialValue
  }

  private func startDay(of day: Int) -> Int? {
    guard CivilDate.dayRange.contains(day) else { return nil }
    var date = CivilDate(days: day)
    switch self {
    case .hour, .day: return day
    // 1970-01-01 was a Thursday.
    case .week: return floorDivide(day + 3, 7) * 7 - 3
    case .month: date.day = 1
    case .year: (date.month, date.day) = (1, 1)
    }
    return date.days
  }

  // MARK: texts

  /// A date, or a date and time (ISO 8601, RFC 3339): every digit below the step becomes that of its start, so the text
  /// keeps its form; or the digits of a number, which eight are only where they are no day of the calendar. The start of a
  /// number's step ends in two zeros, so it never becomes such a day.
  func append(_ text: borrowing RawSpan, _ range: Range<Int>, to output: inout ByteSink) -> Bool {
    if let date = basicDate(text, range) {
      guard let start = start(of: date) else { return false }
      output.appendDecimal(UInt64(start.year), width: 4)
      output.appendDecimal(UInt64(start.month), width: 2)
      output.appendDecimal(UInt64(start.day), width: 2)
      return true
    }
    if let number = whole(text, range) { return appendNumber(number, to: &output) }
    var index = range.lowerBound
    guard let year = digits(text, &index, 4, range) else { return false }
    var date = CivilDate(year: year, month: 1, day: 1)
    var hasDay = false
    if index < range.upperBound {
      guard step(text, &index, UInt8(ascii: "-"), range), let month = digits(text, &index, 2, range) else { return false }
      date.month = month
      if index < range.upperBound {
        guard step(text, &index, UInt8(ascii: "-"), range), let day = digits(text, &index, 2, range) else { return false }
        date.day = day
        hasDay = true
      }
    }
    guard date.isValid, let start = start(of: date) else { return false }
    // A week starts on a day, which a month alone does not have.
    if self == .week && !hasDay { return false }
    output.appendDecimal(UInt64(start.year), width: 4)
    if range.count > 4 {
      output.append(UInt8(ascii: "-"))
      output.appendDecimal(UInt64(start.month), width: 2)
    }
    if hasDay {
      output.append(UInt8(ascii: "-"))
      output.appendDecimal(UInt64(start.day), width: 2)
    }
    return index == range.upperBound || (hasDay && appendClock(text, index..<range.upperBound, to: &output))
  }

  /// - Returns: nothing for what four digits of a year do not tell.
  private func start(of date: CivilDate) -> CivilDate? {
    guard let day = startDay(of: date.days) else { return nil }
    let start = CivilDate(days: day)
    return (0...9999).contains(start.year) ? start : nil
  }

  /// The day of the calendar that eight digits are (ISO 8601, basic form).
  private func basicDate(_ text: borrowing RawSpan, _ range: Range<Int>) -> CivilDate? {
    var index = range.lowerBound
    guard range.count == 8, let year = digits(text, &index, 4, range), let month = digits(text, &index, 2, range),
      let day = digits(text, &index, 2, range)
    else { return nil }
    let date = CivilDate(year: year, month: month, day: day)
    return date.isValid ? date : nil
  }

  /// The time of day behind a date: `T13:12:29.5+02:00` with all that the step covers set to zero.
  private func appendClock(_ text: borrowing RawSpan, _ range: Range<Int>, to output: inout ByteSink) -> Bool {
    var index = range.lowerBound
    let separator = text[index]
    guard separator | 0x20 == UInt8(ascii: "t") || separator == 0x20 else { return false }
    index += 1
    guard let hour = digits(text, &index, 2, range), hour < 25 else { return false }
    output.append(separator)
    output.appendDecimal(self == .hour ? UInt64(hour) : 0, width: 2)
    for _ in 0..<2 where step(text, &index, UInt8(ascii: ":"), range) {
      guard let part = digits(text, &index, 2, range), part < 61 else { return false }
      output.append(UInt8(ascii: ":"))
      output.appendDecimal(0, width: 2)
    }
    if index < range.upperBound, text[index] == UInt8(ascii: ".") || text[index] == UInt8(ascii: ",") {
      output.append(text[index])
      index += 1
      let first = index
      while index < range.upperBound && text[index] &- 0x30 < 10 {
        output.append(0x30)
        index += 1
      }
      guard index > first else { return false }
    }
    return appendZone(text, index..<range.upperBound, to: &output)
  }

  /// `Z`, ` UTC`, `+02`, `+0200`, `+02:00` or nothing; it stays.
  private func appendZone(_ text: borrowing RawSpan, _ range: Range<Int>, to output: inout ByteSink) -> Bool {
    guard range.isEmpty || isUTC(text, range) || isOffset(text, range) else { return false }
    output.append(text, range)
    return true
  }

  private func isUTC(_ text: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    text.equals(range, [0x5a]) || text.equals(range, [0x7a]) || text.equals(range, Array(" UTC".utf8))
  }

  private func isOffset(_ text: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    var index = range.lowerBound
    guard step(text, &index, UInt8(ascii: "+"), range) || step(text, &index, UInt8(ascii: "-"), range),
      let hours = digits(text, &index, 2, range), hours < 24
    else { return false }
    if index == range.upperBound { return true }
    _ = step(text, &index, UInt8(ascii: ":"), range)
    guard let minutes = digits(text, &index, 2, range) else { return false }
    return minutes < 60 && index == range.upperBound
  }

  /// A number of more than four digits; four are a year.
  private func whole(_ text: borrowing RawSpan, _ range: Range<Int>) -> Int? {
    guard (5...19).contains(range.count) else { return nil }
    var number: UInt64 = 0
    for index in range {
      guard text[index] &- 0x30 < 10 else { return nil }
      number = number * 10 + UInt64(text[index] &- 0x30)
    }
    return Int(exactly: number)
  }

  private func appendNumber(_ number: Int, to output: inout ByteSink) -> Bool {
    guard let start = start(of: number, .guess), start >= 0 else { return false }
    // With fewer digits it would be a year.
    output.appendDecimal(UInt64(start), width: 5)
    return true
  }

  private func digits(_ text: borrowing RawSpan, _ index: inout Int, _ count: Int, _ range: Range<Int>) -> Int? {
    guard range.upperBound - index >= count else { return nil }
    var number = 0
    for place in index..<(index + count) {
      guard text[place] &- 0x30 < 10 else { return nil }
      number = number * 10 + Int(text[place] &- 0x30)
    }
    index += count
    return number
  }

  private func step(_ text: borrowing RawSpan, _ index: inout Int, _ byte: UInt8, _ range: Range<Int>) -> Bool {
    guard index < range.upperBound, text[index] == byte else { return false }
    index += 1
    return true
  }
}
