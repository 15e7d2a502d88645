internal import Mustache

/// The geometry of a picture. Flows are drawn by a template of `PageParts+Templates.swift`.
///
/// A chart holds numbers and plain text only; the template library escapes the text. Lengths are CSS pixels
/// at natural size. Every picture is made twice, for wide and for narrow pages, so that its text keeps its
/// size.
enum Chart {
  /// Which of the two drawings.
  enum Format: String, CaseIterable {
    case wide, narrow

    var width: Double { self == .wide ? 760 : 340 }
  }
}

// MARK: - Where values go

extension Chart {
  /// One stream of the flow: a treatment and how many values took it.
  struct Stream {
    /// The colour class of the style sheet.
    let colour: String
    let name: String
    let remark: String?
    let values: Int
    /// The second line of the label.
    let detail: String
    /// Names of fields, those with most values first; the third line, as many as fit.
    let members: [String]
  }

  /// All values on the left, one band for each treatment, its label on the right.
  struct Flow: Shown {
    let format: String
    let width: String
    let height: String
    let summary: String
    let trunkHeight: String
    let trunkTop: String
    let bands: [Band]

    struct Band: Shown {
      let colour: String
      /// The outline of the ribbon from the trunk to the block, as path data.
      let ribbon: String
      let blockLeft: String
      let blockTop: String
      let blockHeight: String
      let textLeft: String
      let nameBaseline: String
      let detailBaseline: String
      let membersBaseline: String
      let name: String
      let remark: String?
      let detail: String
      /// Only where there is room for it: in the wide drawing.
      let members: String?
    }

    /// - Parameter streams: at least one; streams without values are left out.
    init(_ streams: [Stream], format: Format, summary: String) {
      let streams = streams.filter { $0.values > 0 }
      let total = Double(streams.reduce(0) { $0 + $1.values })
      let thickness = streams.map { max(3, Double($0.values) / total * 180) }
      let trunk = thickness.reduce(0, +)
      let isWide = format == .wide
      let slots = thickness.map { max($0, isWide ? 60 : 40) + 14 }
      let height = slots.reduce(0, +)
      let trunkTop = (height - trunk) / 2
      let blockLeft = isWide ? 240.0 : 60.0
      // Baselines of the lines of a label, from its middle.
      let (first, second, third) = isWide ? (-13.0, 6.0, 24.0) : (-4.0, 15.0, 0.0)

      var bands: [Band] = []
      var from = trunkTop
      var slotTop = 0.0
      for (index, stream) in streams.enumerated() {
        let thick = thickness[index]
        let middle = slotTop + slots[index] / 2
        bands.append(
          Band(
            colour: stream.colour,
            ribbon: Self.ribbon(
              from: from, to: middle - thick / 2, thickness: thick, left: 12, right: blockLeft),
            blockLeft: pixels(blockLeft), blockTop: pixels(middle - thick / 2), blockHeight: pixels(thick),
            textLeft: pixels(blockLeft + 22), nameBaseline: pixels(middle + first),
            detailBaseline: pixels(middle + second), membersBaseline: pixels(middle + third),
            name: stream.name, remark: stream.remark, detail: stream.detail,
            members: isWide ? Self.fitting(stream.members) : nil))
        from += thick
        slotTop += slots[index]
      }
      self.format = format.rawValue
      self.width = pixels(format.width)
      self.height = pixels(height)
      self.summary = summary
      self.trunkHeight = pixels(trunk)
      self.trunkTop = pixels(trunkTop)
      self.bands = bands
    }

    /// As many names as fit on a line of 64 characters, the others as a number.
    private static func fitting(_ names: [String]) -> String? {
      var line = ""
      for (index, name) in names.enumerated() {
        let next = index == 0 ? name : line + ", " + name
        let isLast = index == names.count - 1
        guard next.count <= (isLast ? 64 : 54) else {
          return index == 0 ? nil : line + " and \(PageText.grouped(names.count - index)) more"
        }
        line = next
      }
      return line.isEmpty ? nil : line
    }

    private static func ribbon(
      from start: Double, to end: Double, thickness: Double, left: Double, right: Double
    ) -> String {
      let bend = pixels((left + right) / 2)
      let (left, right) = (pixels(left), pixels(right))
      let (startTop, endTop) = (pixels(start), pixels(end))
      let (startFoot, endFoot) = (pixels(start + thickness), pixels(end + thickness))
      return "M\(left) \(startTop)C\(bend) \(startTop) \(bend) \(endTop) \(right) \(endTop)V\(endFoot)"
        + "C\(bend) \(endFoot) \(bend) \(startFoot) \(left) \(startFoot)Z"
    }
  }
}

// MARK: - Counts

extension Chart {
  /// One bar: a number, and what it is made of.
  struct Count {
    let name: String
    let whole: Int
    /// The colour classes of the parts and their sizes, from the left.
    let parts: [(colour: String, part: Int)]
    /// Behind the number, in parentheses.
    let remark: String?
  }

  /// Horizontal bars in the order given, each with its name and its numbers: a drawing without templates, for a run may
  /// make the pages of a thousand people.
  struct Bars: MustacheParent {
    private let drawing: Markup

    func child(named name: String) -> Any? { name == "drawing" ? drawing : nil }

    private struct Row {
      let name: String
      let nameBaseline: String
      let barTop: String
      let segments: [Segment]
      let numberLeft: String
      let numberBaseline: String
      let number: String
      let remark: String?
      /// Where the remark stands when the drawing is too narrow to have it behind the number.
      let remarkBaseline: String?

      var markup: Markup {
        let bars = segments.map {
          "<rect class=\"fill-\($0.colour)\" x=\"\($0.left)\" y=\"\(barTop)\" width=\"\($0.width)\" height=\"16\"/>\n" as Markup
        }
        let place: Markup = remarkBaseline.map { " x=\"0\" y=\"\($0)\"" } ?? ""
        let remark: Markup = remark.map { "<tspan class=\"remark\"\(place)>\($0)</tspan>\n" } ?? ""
        return """
          <text class="type" x="0" y="\(nameBaseline)">\(name)</text>
          \(bars.joined())<text x="\(numberLeft)" y="\(numberBaseline)">\(number)
          \(remark)</text>

          """
      }
    }

    private struct Segment {
      let colour: String
      let left: String
      let width: String
    }

    /// Both drawings; none of nothing.
    ///
    /// - Parameter number: how numbers are written.
    static func both(
      _ counts: [Count], id: String, caption: String, number: (Int) -> String = PageText.grouped
    ) -> [Bars] {
      counts.isEmpty ? [] : Format.allCases.map { Bars(counts, id: id, caption: caption, format: $0, number) }
    }

    private init(_ counts: [Count], id: String, caption: String, format: Format, _ number: (Int) -> String) {
      let largest = Double(max(1, counts.map(\.whole).max() ?? 1))
      let isWide = format == .wide
      let longestName = counts.map(\.name.count).max() ?? 0
      // 7.3 px is one character of the 12 px monospace font.
      let barLeft = isWide ? min(372, Double(longestName) * 7.3 + 14) : 0
      let roomForName = isWide ? 50 : 45
      let numbers = counts.map { (number($0.whole), $0.remark.map { "(\($0))" }) }
      let isApart = !isWide && numbers.contains { ($0.1?.count ?? 0) > 28 }
      let longestNumber = numbers.map { $0.0.count + (isApart ? 0 : $0.1?.count ?? 0) }.max() ?? 0
      let barRoom = max(60, format.width - barLeft - Double(longestNumber) * 7.4 - 16)
      let rowHeight = isWide ? 26.0 : isApart ? 62.0 : 42.0

      var rows: [Row] = []
      for (index, count) in counts.enumerated() {
        let top = Double(index) * rowHeight
        let barTop = top + (isWide ? 5 : 21)
        let segments = Self.segments(count, from: barLeft, scale: barRoom / largest)
        let end = segments.last.map { $0.from + $0.length } ?? barLeft
        rows.append(
          Row(
            name: count.name.count > roomForName ? count.name.prefix(roomForName - 1) + "…" : count.name,
            nameBaseline: pixels(top + (isWide ? 17 : 14)), barTop: pixels(barTop),
            segments: segments.map {
              Segment(colour: $0.colour, left: pixels($0.from), width: pixels($0.length))
            },
            numberLeft: pixels(end + 8), numberBaseline: pixels(barTop + 12.5), number: numbers[index].0,
            remark: numbers[index].1, remarkBaseline: isApart ? pixels(barTop + 31) : nil))
      }
      let summary = zip(counts, numbers).map { "\($0.name): " + [$1.0, $1.1].compactMap { $0 }.joined(separator: " ") }
        .joined(separator: "; ")
      let name = "\(id)-\(format.rawValue)"
      drawing = """
        <figure class="\(format.rawValue)">
        <svg viewBox="0 0 \(pixels(format.width)) \(pixels(Double(counts.count) * rowHeight))" role="img"
          aria-labelledby="\(name)-title \(name)-desc">
        <title id="\(name)-title">\(caption)</title>
        <desc id="\(name)-desc">\(summary)</desc>
        \(rows.map(\.markup).joined())</svg>
        </figure>
        """
    }

    /// A part that is not zero is at least 3 px long.
    private static func segments(
      _ count: Count, from start: Double, scale: Double
    ) -> [(colour: String, from: Double, length: Double)] {
      var from = start
      var segments: [(colour: String, from: Double, length: Double)] = []
      for (colour, part) in count.parts where part > 0 {
        let length = max(3, Double(part) * scale)
        segments.append((colour, from, length))
        from += length
      }
      return segments
    }
  }
}

// MARK: - Times

extension Chart {
  /// One column: what was counted at a time, from the foot up.
  struct Amount {
    /// The colour classes of the parts and their sizes.
    let parts: [(colour: String, part: Int)]

    /// As large as numbers are, at most.
    var whole: Int {
      parts.reduce(0) { sum, next in
        let (whole, isTooLarge) = sum.addingReportingOverflow(max(0, next.part))
        return isTooLarge ? .max : whole
      }
    }
  }

  /// Columns to one scale, side by side in the order given: how a number went.
  struct Columns: Shown {
    let chartID: String
    let chartCaption: String
    let format: String
    let width: String
    let height: String
    let summary: String
    /// What the line at the top stands for.
    let largest: String
    let ceiling: String
    let baseline: String
    let labelBaseline: String
    let segments: [Segment]
    let firstLabel: String
    let lastLabel: String
    /// Where the columns end, or the labels under them.
    let end: String

    struct Segment: Shown {
      let colour: String
      let left: String
      let top: String
      let width: String
      let height: String
    }

    private static let (ceilingTop, floor) = (18.0, 98.0)

    /// Both drawings; none of nothing.
    ///
    /// - Parameters:
    ///   - first: what stands under the first column, and `last` under the last.
    ///   - number: how numbers are written.
    static func both(
      _ amounts: [Amount], id: String, caption: String, summary: String, first: String, last: String,
      number: (Int) -> String = PageText.grouped
    ) -> [Columns] {
      guard !amounts.isEmpty else { return [] }
      let largest = amounts.map(\.whole).max() ?? 0
      return Format.allCases.map {
        Columns(amounts, largest, number(largest), id: id, caption: caption, format: $0, summary: summary, first: first, last: last)
      }
    }

    private init(
      _ amounts: [Amount], _ largest: Int, _ scale: String, id: String, caption: String, format: Format, summary: String,
      first: String, last: String
    ) {
      let step = min(40, format.width / Double(amounts.count))
      chartID = id
      chartCaption = caption
      self.format = format.rawValue
      width = pixels(format.width)
      height = pixels(Self.floor + 24)
      self.summary = summary
      self.largest = scale
      ceiling = pixels(Self.ceilingTop)
      baseline = pixels(Self.floor)
      labelBaseline = pixels(Self.floor + 18)
      segments = amounts.enumerated().flatMap { index, amount in
        Self.column(amount, from: Double(index) * step, step: step, largest: Double(max(1, largest)))
      }
      firstLabel = first
      lastLabel = last == first ? "" : last
      // Two dates stand under it, side by side.
      end = pixels(max(step * Double(amounts.count), 320))
    }

    /// A part that is not zero is at least 2 px high.
    private static func column(_ amount: Amount, from left: Double, step: Double, largest: Double) -> [Segment] {
      var foot = floor
      return amount.parts.filter { $0.part > 0 }.map { colour, part in
        let height = max(2, Double(part) / largest * (floor - ceilingTop))
        foot -= height
        return Segment(
          colour: colour, left: pixels(left), top: pixels(foot), width: pixels(max(1, step - (step > 4 ? 2 : 0.5))), height: pixels(height))
      }
    }
  }
}

/// A length with at most one decimal, as SVG wants it.
func pixels(_ length: Double) -> String {
  let tenths = Int((length * 10).rounded())
  return tenths.isMultiple(of: 10) ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
}
