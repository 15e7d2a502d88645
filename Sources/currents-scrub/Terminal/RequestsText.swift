internal import ScrubLedger
internal import ScrubOperations

/// The book of requests in a terminal.
enum RequestsText {
  static func of(_ list: RequestList) -> String {
    if !list.hasBook { return "there is no book of requests.\n" }
    if list.requests.isEmpty { return "no request is open.\n" }
    var table = Table(["request", "kind", "law", "received", "due", "days left", "state", ""], right: [5])
    for item in list.requests {
      table.add(
        item.request, item.kind.rawValue, item.law, item.received, item.due, item.daysLeft.map(grouped) ?? "",
        item.state.rawValue, note(item))
    }
    let overdue = list.overdue > 0 ? ", \(grouped(list.overdue)) overdue" : ""
    return table.text() + "\(grouped(list.open)) open\(overdue).\n"
  }

  /// What keeps an open request from being answered, or what became of one that is over.
  private static func note(_ item: RequestItem) -> String {
    if item.daysLeft == nil { return visible(item.outcome ?? "") }
    return item.blocked.map { block in
      switch block {
      case .notVerified: "identity not checked"
      case .notApproved: "not approved"
      case .refused: item.outcome.map { "refused: \(visible($0))" } ?? "refused"
      case .incomplete: "incomplete"
      }
    }
    .joined(separator: ", ")
  }

  static func of(_ changes: RequestChanges) -> String {
    var text = ""
    for change in changes.changes {
      let item = change.request
      text += "request \(item.request): \(change.what)"
      text += item.daysLeft == nil ? "\n" : ", \(item.kind.rawValue), to be answered by \(item.due)\(left(item))\n"
    }
    return text + (changes.dryRun ? "dry run: nothing was noted.\n" : "")
  }

  private static func left(_ item: RequestItem) -> String {
    guard let days = item.daysLeft else { return "" }
    return days < 0 ? " (overdue)" : " (\(counted(days, "day")) left)"
  }
}
