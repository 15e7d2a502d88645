internal import ScrubArchive
internal import ScrubOperations

extension Messages {
  /// Problems and withheld places of a scrub.
  func problems(_ report: Report) {
    passedOver(report.passedOver)
    problems(report.problems)
    for workspace in report.workspaces?.without ?? [] { warning(noEventOf: workspace) }
    places(report.withheld, by: \.code, file: \.file, "withheld") { place in
      let rest = place.rest == true ? "the rest from " : ""
      if let line = place.line { return "\(rest)line \(line)" }
      if let block = place.block { return "\(rest)block \(block)" }
      return place.offset == 0 ? "whole file" : "\(rest.isEmpty ? "from " : rest)byte \(place.offset)"
    }
  }

  /// Folders that are left out by their names, with what lies in them.
  func passedOver(_ folders: [String: Int]) {
    guard let first = folders.keys.min() else { return }
    let files = counted(folders.values.reduce(0, +), "file")
    let more = folders.count > 1 ? " and \(counted(folders.count - 1, "more folder"))" : ""
    note("left out: \(files) in \(visible(first))\(more): a name that begins with _ or . is nobody's data")
  }

  /// Files and places that an inspection could not read.
  func problems(_ inspection: Inspection) {
    problems(inspection.problems)
    places(inspection.damaged, by: \.code, file: \.file, "cannot be read") { place in
      place.line.map { "line \($0)" } ?? place.block.map { "block \($0)" } ?? "byte \(place.offset)"
    }
  }

  /// An id may be mistyped.
  func warning(noEventOf workspace: String) {
    note("warning: no event is of the workspace \(visible(workspace)): compare it with app_group_id of the events")
  }

  /// One line for each kind.
  func problems(_ problems: [Report.Problem]) {
    for (first, more) in Self.kinds(problems, by: \.code) {
      let place = first.place.map { ", \($0)" } ?? ""
      error("\(visible(first.file))\(place): \(first.message) [\(first.code)]\(more)", hint: first.hint)
    }
  }

  /// Tokens that were not turned back, by their place: what was given as a token may be anything.
  func problems(_ revelation: Revelation) {
    let failed = revelation.tokens.enumerated().compactMap { place, token in token.problem.map { (place: place + 1, problem: $0) } }
    for (first, more) in Self.kinds(failed, by: \.problem.rawValue) {
      error("token \(first.place): \(first.problem.message) [\(first.problem.rawValue)]\(more)")
    }
  }

  /// Lines of an evidence log that are not as they were written.
  func problems(_ proof: LogProof) {
    for (first, more) in Self.kinds(proof.findings, by: \.code) {
      let place = first.segment.isEmpty ? "" : "\(visible(first.segment)), line \(first.line): "
      error("\(place)\(first.message) [\(first.code)]\(more)")
    }
  }

  /// What speaks against a receipt, or could not be checked.
  func problems(_ proof: ReceiptProof) {
    for (first, more) in Self.kinds(proof.findings, by: \.code) {
      error("\(first.at.map { visible($0) + ": " } ?? "")\(first.message) [\(first.code)]\(more)")
    }
  }

  private func places<Item>(
    _ items: [Item], by code: (Item) -> String, file: (Item) -> String, _ what: String, place: (Item) -> String
  ) {
    for (first, more) in Self.kinds(items, by: code) {
      error(
        "\(visible(file(first))), \(place(first)): \(what) [\(code(first))]\(more)",
        hint: FailureCode(rawValue: code(first))?.hint)
    }
  }

  /// The first of each kind, in order, with how many more there are in words.
  static func kinds<Item>(_ items: [Item], by code: (Item) -> String) -> [(first: Item, more: String)] {
    var places: [String: Int] = [:]
    var kinds: [(first: Item, count: Int)] = []
    for item in items {
      if let place = places[code(item)] {
        kinds[place].count += 1
      } else {
        places[code(item)] = kinds.count
        kinds.append((item, 1))
      }
    }
    return kinds.map { ($0.first, $0.count > 1 ? " (and \($0.count - 1) more)" : "") }
  }
}
