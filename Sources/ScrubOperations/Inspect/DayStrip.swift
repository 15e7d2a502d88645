/// The events of each day as a row of columns, drawn by the template of `InspectionPage`.
struct DayStrip {
  let format: String
  let width: String
  let height: String
  let summary: String
  let columns: [Column]
  let firstDay: String
  let lastDay: String
  let lastDayLeft: String
  let labelBaseline: String
  let baseline: String

  struct Column {
    let columnLeft: String
    let columnTop: String
    let columnWidth: String
    let columnHeight: String
  }

  private static let plotHeight = 90.0

  /// - Parameter days: at least one, in order, all of them `YYYY-MM-DD`.
  init(_ days: [Inspection.Day], format: Chart.Format, summary: String) {
    self.init(
      days.map { (number: Self.number(of: $0.day), events: $0.events) }, format: format, summary: summary,
      first: PageText.day(days.first?.day ?? "").visible, last: days.count > 1 ? PageText.day(days.last?.day ?? "").visible : "")
  }

  /// - Parameters:
  ///   - days: at least one, in order, by their numbers since 1970-01-01.
  ///   - first: what stands under the first column, and `last` under the last.
  init(_ days: [(number: Int, events: Int)], format: Chart.Format, summary: String, first firstDay: String, last lastDay: String) {
    let numbers = days.map(\.number)
    let first = numbers.first ?? 0
    let span = max(1, (numbers.last ?? 0) - first + 1)
    // Columns of at least five pixels: several days together where there are many.
    let daysPerColumn = max(1, Int((Double(span) * 5 / format.width).rounded(.up)))
    var sums = [Int](repeating: 0, count: (span + daysPerColumn - 1) / daysPerColumn)
    for (number, day) in zip(numbers, days) { sums[(number - first) / daysPerColumn] += day.events }
    let largest = Double(max(1, sums.max() ?? 1))
    let step = min(24, format.width / Double(sums.count))

    self.format = format.rawValue
    self.summary = summary
    width = pixels(format.width)
    height = pixels(Self.plotHeight + 24)
    baseline = pixels(Self.plotHeight)
    labelBaseline = pixels(Self.plotHeight + 18)
    self.firstDay = firstDay
    self.lastDay = lastDay
    lastDayLeft = pixels(max(step * Double(sums.count), 190))
    columns = sums.enumerated().filter { $0.element > 0 }.map { index, events in
      let length = max(2, Double(events) / largest * (Self.plotHeight - 6))
      return Column(
        columnLeft: pixels(Double(index) * step), columnTop: pixels(Self.plotHeight - length),
        columnWidth: pixels(max(1, step - 1)), columnHeight: pixels(length))
    }
  }

  /// Days since 1970-01-01 of `2026-05-01`; 0 for another text.
  ///
  /// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
  static func number(of day: String) -> Int {
    let parts = day.split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3, (1...9999).contains(parts[0]), (1...12).contains(parts[1]), (1...31).contains(parts[2])
    else { return 0 }
    let year = parts[1] <= 2 ? parts[0] - 1 : parts[0]
    let era = year / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (parts[1] + (parts[1] > 2 ? -3 : 9)) + 2) / 5 + parts[2] - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
