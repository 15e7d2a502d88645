internal import ScrubPolicy

/// A sample of what a partner gets: events of all types mixed, one a line.
struct SampleFeed {
  private let plan: SamplePlan
  private let lines: [SampleLines]
  /// Types with the most events first, so that a choice among them ends early.
  private let order: [Int]

  init(_ plan: SamplePlan) {
    self.plan = plan
    lines = plan.types.map(SampleLines.init)
    order = plan.types.indices.sorted { (plan.types[$0].count, $1) > (plan.types[$1].count, $0) }
  }

  /// An event: enough to make it again.
  private struct Slot {
    let type: Int
    let number: Int
    let start: Int
  }

  /// - Returns: The bytes written, without the truth.
  func write(_ truth: inout SampleTruth) throws(SampleProblem) -> Int {
    var draft = SampleDraft(population: plan.population)
    var text = SampleText()
    var choice = Choice(
      left: plan.types.map(\.count), random: SampleRandom(seed: plan.population.hash(.file, 0)))
    var previous: (slot: Slot, path: String)?
    var bytes = 0
    for part in parts() {
      try SampleFolder.make(plan.options.output + "/" + part.folder)
      var file = try SampleFile(creating: plan.options.output + "/" + part.path)
      var counts = [Int](repeating: 0, count: plan.types.count)
      for (place, event) in part.events.enumerated() {
        let start = part.start + place * 82_800 / part.events.count
        let again = place == 0 ? previous.flatMap { choice.take($0.slot.type) ? $0 : nil } : nil
        let slot = again?.slot ?? next(start, &choice)
        plan.begin(plan.types[slot.type], slot.number, from: slot.start, &draft)
        if let again { truth.duplicate(draft, first: again.path, again: part.path) }
        text.removeAll()
        lines[slot.type].append(&draft, to: &text)
        try file.append(text.bytes)
        truth.count(draft)
        counts[slot.type] += 1
        if event == part.events.upperBound - 1 { previous = (slot, part.path) }
      }
      try file.flush()
      bytes += file.size
      try truth.complete(part.path, counts)
    }
    return bytes
  }

  private func next(_ start: Int, _ choice: inout Choice) -> Slot {
    let type = choice.next(order)
    return Slot(type: type, number: choice.made[type] - 1, start: start)
  }
}

extension SampleFeed {
  /// Which type comes next: each as likely as it has events left.
  private struct Choice {
    private(set) var left: [Int]
    private(set) var made: [Int]
    private var total: Int
    private var random: SampleRandom

    init(left: [Int], random: SampleRandom) {
      self.left = left
      self.random = random
      made = [Int](repeating: 0, count: left.count)
      total = left.reduce(0, +)
    }

    mutating func next(_ order: [Int]) -> Int {
      var rest = random.below(total)
      let type = order.first { type in
        rest -= left[type]
        return rest < 0
      }
      let chosen = type ?? order[0]
      left[chosen] -= 1
      made[chosen] += 1
      total -= 1
      return chosen
    }

    /// Takes an event of the type for one that was made before; false if none is left.
    mutating func take(_ type: Int) -> Bool {
      guard left[type] > 0 else { return false }
      left[type] -= 1
      total -= 1
      return true
    }
  }

  /// One file of the feed.
  private struct Part {
    let events: Range<Int>
    let start: Int
    let folder: String
    let path: String
  }

  private func parts() -> [Part] {
    let files = plan.files(for: plan.options.events)
    return (0..<files).map { file in
      let day = file * SampleCalendar.days / files
      let firstOfDay = (day * files + SampleCalendar.days - 1) / SampleCalendar.days
      let folder = "\(plan.options.destination.rawValue)/2026/05/\(SampleCalendar.padded(day + 1))"
      return Part(
        events: plan.events(in: file, of: files, among: plan.options.events),
        start: SampleCalendar.start + day * 86_400, folder: folder,
        path: "\(folder)/\(SampleCalendar.padded(file - firstOfDay, to: 4)).json")
    }
  }
}
