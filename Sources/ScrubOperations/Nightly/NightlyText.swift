internal import ScrubPolicy

/// What a night came to as text, for the terminal and as the mail of cron: all of it in the first line, what to do next
/// in the last, and between them only what happened.
package struct NightlyText {
  private let summary: NightlySummary
  private let words: NightlyWords

  package init(_ summary: NightlySummary) {
    self.summary = summary
    words = NightlyWords(summary)
  }

  /// - Parameter paint: how the word that says how it ended is shown.
  package func text(paint: (String) -> String = { $0 }) -> String {
    let urgent = summary.requests.contains(where: \.isOverdue) ? [requests, problems] : [problems, requests]
    let parts = (urgent + [archives, notes]).filter { !$0.isEmpty }
    return first(paint) + parts.map { "\n" + $0 }.joined() + (parts.isEmpty ? "" : "\n") + last
  }

  /// The subject of a mail: the first line.
  private func first(_ paint: (String) -> String) -> String {
    "nightly\(summary.isCheck ? " check" : ""): \(paint(summary.state.rawValue)). \(words.headline.visible)\n"
  }

  // MARK: tables

  private static let listed = 20

  private var problems: String {
    let groups = words.groups
    if groups.isEmpty { return "" }
    var table = Table(["problem", "archive", "where", "code"])
    for group in groups.prefix(Self.listed) {
      table.add(group.message.visible, (group.archive ?? "-").visible, group.place.visible, group.code.visible)
    }
    return table.text() + more(groups.count, "more kinds of problems")
  }

  /// Overdue, due soon, blocked, or news; those that are merely open are counted in the first line.
  private var requests: String {
    let soon = Set(words.summary.soonDue.map(\.request))
    let told = summary.requests.filter { $0.isOverdue || $0.blocked != nil || $0.isNews || soon.contains($0.request) }
    if told.isEmpty { return "" }
    var table = Table(["request", "kind", "due", "left", "state", "where"])
    for request in told.prefix(Self.listed) {
      table.add(
        request.request.visible, request.kind.visible, (request.due ?? "-").visible, request.isOpen ? words.left(request) : "-",
        words.told(request).visible, (request.path ?? "").visible)
    }
    return table.text() + more(told.count, "more requests")
  }

  /// Archives in which something happened; none of a night without news.
  private var archives: String {
    let told = summary.archives.filter { $0.isNews }
    if told.isEmpty { return "" }
    var table = Table(
      ["archive", "files", "new", "changed", "redone", "events", "shared", "pseudonyms", "withheld", ""], right: Set(1...8))
    for archive in told {
      table.add(
        archive.name.visible, PageText.grouped(archive.files), PageText.grouped(archive.new), PageText.grouped(archive.changed),
        PageText.grouped(archive.redone), PageText.grouped(archive.events), PageText.grouped(archive.shared),
        PageText.grouped(archive.pseudonyms), PageText.grouped(archive.withheld), words.remarks(archive).visible)
    }
    return table.text()
  }

  private func more(_ count: Int, _ what: String) -> String {
    count > Self.listed ? "and \(PageText.grouped(count - Self.listed)) \(what)\n" : ""
  }

  // MARK: lines

  private var notes: String {
    let notes = recovered + resurrections + drift + harvest + retention + disclosures + consent + evidence
    let width = notes.map(\.name.count).max() ?? 0
    return notes.map { name, text in
      name + String(repeating: " ", count: width - name.count + 2) + text.visible + "\n"
    }.joined()
  }

  private typealias Note = (name: String, text: String)

  private var recovered: [Note] {
    summary.recovered.map { ("recovered", "the erasure of \($0.request) that was cut off: \($0.state)") }
  }

  private var resurrections: [Note] {
    let name = "came back"
    let notes: [Note] = summary.resurrections.prefix(Self.listed).map {
      (name, "\(words.events($0.events)) of \($0.request) in \(words.files($0.files)), and went again")
    }
    let rest = summary.resurrections.dropFirst(Self.listed)
    if rest.isEmpty { return notes }
    let people = PageText.count(rest.count, "more request", "more requests")
    return notes + [(name, "\(words.events(rest.reduce(0) { $0 &+ $1.events })) of \(people), and went again")]
  }

  private var drift: [Note] {
    summary.archives.flatMap { archive in
      words.news(archive.drift).map { ("drift", "\(archive.name), \($0.kind): \(PageText.first($0.names))") }
    }
  }

  private var harvest: [Note] {
    let harvest = summary.harvest
    var notes: [Note] = []
    if harvest.erased > 0 {
      let people = PageText.count(harvest.erased, "person", "people")
      notes.append(("harvest", "\(people) deleted at Braze erased, \(words.events(harvest.events))"))
    }
    if harvest.people > harvest.erased {
      let people = PageText.count(harvest.people - harvest.erased, "person", "people")
      notes.append(("harvest", "\(people) deleted at Braze and still here" + (harvest.isStopped ? ": more than a night may erase" : "")))
    }
    return notes
  }

  private var retention: [Note] {
    guard let retention = summary.retention else { return [] }
    return retention.rules.filter { $0.due > 0 || $0.gone > 0 }.map { rule in
      let what = "\(PageText.list(rule.events)) older than \(rule.age)"
      let verb = rule.mode == "blank" ? "blanked" : "deleted"
      if rule.gone > 0 { return ("retention", "\(what): \(words.events(rule.gone)) \(verb)") }
      return ("retention", "\(what): \(words.events(rule.due)) would be \(verb)" + (retention.isStopped ? ", more than a night may take" : ""))
    }
  }

  private var disclosures: [Note] {
    summary.disclosures.map {
      let span = words.span($0)
      return (
        "disclosed",
        "to \($0.audience): \(words.files($0.files)), \(words.events($0.events))\(span.isEmpty ? "" : ", " + span) (\($0.archive), \($0.policy))"
      )
    }
  }

  private var consent: [Note] { words.consent.map { [("consent", "\($0) [\(Diagnostic.ID.consentGoes.rawValue)]")] } ?? [] }

  private var evidence: [Note] {
    let count = summary.expiredSegments
    return count == 0 ? [] : [("evidence", "\(PageText.count(count, "segment", "segments")) of the log older than kept, and gone")]
  }

  // MARK: the last line

  private var last: String {
    let actions = words.looks.map(\.action) + (summary.isCheck ? ["run currents-scrub nightly \(PageText.shell(summary.config))"] : [])
    let next =
      actions.isEmpty
      ? "nothing to do."
      : "next: " + actions.prefix(3).joined(separator: "; ") + (actions.count > 3 ? "; and \(actions.count - 3) more" : "") + "."
    return next.visible + (summary.page.map { " Page: \($0.visible)" } ?? "") + "\n"
  }
}
