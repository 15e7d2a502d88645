internal import ScrubOperations

/// What changes from one policy to another, in a terminal.
struct DifferenceText {
  private let difference: PolicyDifference
  private let isColoured: Bool

  init(_ difference: PolicyDifference, isColoured: Bool) {
    self.difference = difference
    self.isColoured = isColoured
  }

  var text: String {
    guard !difference.changes.isEmpty else { return "both policies do the same to every field.\n" }
    var table = Table(["", "what", "before", "after", "where", "decided by"])
    for change in difference.changes {
      table.add(
        change.direction == .otherwise ? "other" : change.direction.rawValue, name(change), visible(change.before), visible(change.after),
        places(change), rules(change))
    }
    return table.text() + "\n" + ending
  }

  private func name(_ change: PolicyDifference.Change) -> String {
    switch change.subject {
    case .field, .event, .pseudonyms, .people: visible(change.name)
    case .defaults: "default \(change.name)"
    }
  }

  private func places(_ change: PolicyDifference.Change) -> String {
    switch change.subject {
    case .defaults, .pseudonyms, .people: "everywhere"
    case .event: destinations(change)
    case .field:
      (change.events.count == 1 ? visible(change.events[0]) : counted(change.events.count, "event")) + ", "
        + destinations(change)
    }
  }

  private func destinations(_ change: PolicyDifference.Change) -> String {
    change.destinations.count == 5 ? "all destinations" : change.destinations.joined(separator: ", ")
  }

  private func rules(_ change: PolicyDifference.Change) -> String {
    let (before, after) = (change.ruleBefore, change.ruleAfter)
    if before == after { return after }
    return "\(before.isEmpty ? "no rule" : before) -> \(after.isEmpty ? "no rule" : after)"
  }

  private var ending: String {
    let parts = [(difference.weaker, "weaker"), (difference.stricter, "stricter"), (difference.otherwise, "otherwise")]
      .filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
    let word = difference.weaker > 0 ? "weaker" : "not weaker"
    let shown = (difference.weaker > 0 ? Colour.failed : .done).of(word, isColoured)
    return "\(shown): \(counted(difference.changes.count, "change")), \(parts.joined(separator: ", ")).\n"
  }
}
