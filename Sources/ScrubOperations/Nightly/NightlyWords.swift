internal import ScrubArchive

/// Finds the words for a night, for its text and its page.
struct NightlyWords {
  let summary: NightlySummary
  let totals: NightlySummary.Totals

  init(_ summary: NightlySummary) {
    self.summary = summary
    totals = summary.totals
  }

  /// Something for a person to look at.
  struct Look {
    /// What is true.
    let finding: String
    /// What to do, and about what; code between backquotes.
    let remedy: String
    /// The same in the few words of a last line.
    let action: String
    /// The section of the page that has the details.
    let section: String
  }

  func events(_ count: Int) -> String { PageText.count(count, "event", "events") }
  func files(_ count: Int) -> String { PageText.count(count, "file", "files") }
  func requests(_ count: Int) -> String { PageText.count(count, "request", "requests") }

  // MARK: the headline

  /// The most of it in a sentence.
  var sentence: String {
    let archives = PageText.count(summary.archives.count, "archive", "archives")
    let shared = totals.shared > 0 ? ", \(events(totals.shared)) shared" : ""
    let new =
      totals.new > 0 || totals.shared > 0
      ? "\(PageText.count(totals.new, "new file", "new files")) in \(archives)\(shared)" : "nothing new in \(archives)"
    let deadlines = summary.deadlines
    let are = deadlines.open == 1 ? "is" : "are"
    let next = deadlines.next.map { ", the next due on \(PackageText(.en).day($0))" } ?? ""
    let due = deadlines.open > 0 ? "\(requests(deadlines.open)) \(are) open\(next)" : ""
    return PageText.sentence([alarms, new, due].filter { !$0.isEmpty }.joined(separator: "; "))
  }

  /// All of it in one line: what is wrong, what was done, what is due.
  var headline: String {
    [alarms, work, standing].filter { !$0.isEmpty }.joined(separator: "; ") + (summary.isCheck ? "; nothing was written" : "")
  }

  private var alarms: String {
    let failed = summary.archives.count { $0.code != nil }
    let stopped = (summary.harvest.isStopped ? 1 : 0) + (summary.retention?.isStopped == true ? 1 : 0)
    return [
      (summary.deadlines.overdue, "\(requests(summary.deadlines.overdue)) overdue"),
      (failed, "\(PageText.grouped(failed)) of \(PageText.count(summary.archives.count, "archive", "archives")) not done"),
      (summary.problems.count, PageText.count(summary.problems.count, "problem", "problems")),
      (stopped, "stopped at \(PageText.count(stopped, "limit", "limits"))"),
    ]
    .filter { $0.0 > 0 }.map(\.1).joined(separator: ", ")
  }

  private var work: String {
    let done = summary.requests.count { $0.isNews && !$0.isOpen }
    let parts = [
      (totals.new, PageText.count(totals.new, "new file", "new files")), (totals.changed, "\(PageText.grouped(totals.changed)) changed"),
      (totals.redone, "\(PageText.grouped(totals.redone)) redone"), (totals.shared, "\(events(totals.shared)) shared"),
      (done, "\(requests(done)) carried out"),
      (totals.resurrected, "\(events(totals.resurrected)) of erased people came back and were removed"),
      (totals.aged, "\(events(totals.aged)) expired"),
      (totals.drift, PageText.count(totals.drift, "new name in the data", "new names in the data")),
    ]
    .filter { $0.0 > 0 }.map(\.1)
    let archives = PageText.count(summary.archives.count, "archive", "archives")
    return ([archives] + (parts.isEmpty ? ["nothing new"] : parts)).joined(separator: ", ")
  }

  private var standing: String {
    let deadlines = summary.deadlines
    guard deadlines.open > 0 else { return "no request open" }
    return "\(requests(deadlines.open)) open" + (deadlines.next.map { ", next due \($0)" } ?? "")
  }

  // MARK: what to look at

  /// What needs a look, the most urgent first.
  var looks: [Look] {
    [
      overdue, notDone, problems, interrupted, harvestStopped, retentionStopped, withheld, blocked, soon, drift, resurrected, consentGone,
      harvested, aged, vanished,
    ].compactMap { $0 }
  }

  private var overdue: Look? {
    let late = summary.requests.filter(\.isOverdue)
    guard !late.isEmpty else { return nil }
    return Look(
      finding: late.count == 1 ? "1 request is overdue" : "\(PageText.grouped(late.count)) requests are overdue",
      remedy: "Answer \(names(late)), or extend it where the law allows.", action: "answer \(plain(late))", section: "requests")
  }

  private var notDone: Look? {
    let failed = summary.archives.filter { $0.code != nil }
    guard let first = failed.first else { return nil }
    return Look(
      finding: failed.count == 1 ? "1 archive was not done" : "\(PageText.grouped(failed.count)) archives were not done",
      remedy: PageText.list(failed.prefix(3).map { "`\($0.name)`: \($0.message ?? $0.code ?? "")" }) + ".",
      action: "see to \(PageText.first(failed.map(\.name)))" + (first.code.flatMap(Self.hint).map { ": \($0)" } ?? ""), section: "archives")
  }

  private var problems: Look? {
    guard let first = groups.first else { return nil }
    let count = summary.problems.count
    let mend = Self.hint(first.code) ?? "see to \(first.code)"
    return Look(
      finding: count == 1 ? "1 thing could not be done" : "\(PageText.grouped(count)) things could not be done",
      remedy: PageText.sentence(mend), action: "\(mend) (\(first.place))", section: "problems")
  }

  private var withheld: Look? {
    guard totals.withheld > 0 else { return nil }
    let what = events(totals.withheld)
    return Look(
      finding: "\(what) could not be scrubbed and \(totals.withheld == 1 ? "was" : "were") kept back",
      remedy: "The reports of the scrubs tell the places and why.",
      action: "look at \(what) kept back, in the reports of the scrubs", section: "archives")
  }

  private var interrupted: Look? {
    guard summary.state == .interrupted else { return nil }
    return Look(
      finding: "The run was interrupted", remedy: "Start it again: it goes on where it was.",
      action: "start it again: it goes on where it was", section: "run")
  }

  private var harvestStopped: Look? {
    guard summary.harvest.isStopped else { return nil }
    let people = PageText.count(summary.harvest.people, "person was", "people were")
    return Look(
      finding: "More people than a night may erase", remedy: "\(people) deleted at Braze, and nobody was erased: look, then raise `max_people`.",
      action: "look at the harvest, then raise max_people", section: "harvest")
  }

  private var retentionStopped: Look? {
    guard let retention = summary.retention, retention.isStopped else { return nil }
    return Look(
      finding: "More events than a night may let go", remedy: "\(events(retention.due)) are old enough, and none went: look, then raise `max_share_per_night`.",
      action: "look at the retention, then raise max_share_per_night", section: "retention")
  }

  private var blocked: Look? {
    let blocked = summary.requests.filter { $0.isOpen && !$0.isOverdue && $0.blocked != nil }
    guard let first = blocked.first else { return nil }
    return Look(
      finding: blocked.count == 1 ? "1 request waits for somebody" : "\(PageText.grouped(blocked.count)) requests wait for somebody",
      remedy: "\(names(blocked)): why stands beside each.",
      action: "see to \(plain(blocked))" + (blocked.count == 1 ? ": \(first.blocked ?? "")" : ""), section: "requests")
  }

  private var soon: Look? {
    let soon = summary.soonDue.filter { $0.blocked == nil }
    guard !soon.isEmpty else { return nil }
    return Look(
      finding: soon.count == 1 ? "1 request is due soon" : "\(PageText.grouped(soon.count)) requests are due soon",
      remedy: "Answer \(names(soon)).", action: "answer \(plain(soon))", section: "requests")
  }

  private var drift: Look? {
    guard totals.drift > 0 else { return nil }
    let what = PageText.count(totals.drift, "name that the catalog does not know", "names that the catalog does not know")
    return Look(
      finding: "New files hold \(what) so", remedy: "Decide by the policy: `currents-scrub inspect` tells more.",
      action: "decide on \(PageText.count(totals.drift, "new name", "new names")) in the data", section: "drift")
  }

  private var resurrected: Look? {
    guard totals.resurrected > 0 else { return nil }
    return Look(
      finding: "\(events(totals.resurrected)) of erased people came back",
      remedy: "They are gone again. Find out who put the files there, and whether copies went elsewhere.",
      action: "find out where \(events(totals.resurrected)) of erased people came from", section: "resurrections")
  }

  /// That evidence of consent went.
  var consent: String? {
    guard let count = summary.consentEvents else { return nil }
    return "\(events(count)) that told of consent went with nothing to keep \(count == 1 ? "it" : "them")"
  }

  private var consentGone: Look? {
    consent.map {
      Look(
        finding: $0,
        remedy: "Keep what proves consent by `erasure: { keep: ... }` in the policy, or acknowledge W301 there.",
        action: "keep what proves consent by a policy, or acknowledge W301 there", section: "run")
    }
  }

  private var harvested: Look? {
    let harvest = summary.harvest
    guard !harvest.isStopped, harvest.people > harvest.erased else { return nil }
    let people = PageText.count(harvest.people - harvest.erased, "person is", "people are")
    return Look(
      finding: "\(people) deleted at Braze and still here", remedy: "Book a request for each, or set `harvest` to erase.",
      action: "decide on \(PageText.count(harvest.people - harvest.erased, "person", "people")) deleted at Braze", section: "harvest")
  }

  private var aged: Look? {
    guard let retention = summary.retention, !retention.isEnabled, !retention.isStopped, retention.due > 0 else { return nil }
    return Look(
      finding: "\(events(retention.due)) are older than they are to be kept",
      remedy: "Look at the rules, then write `enabled: true`.", action: "enable the retention", section: "retention")
  }

  private var vanished: Look? {
    guard totals.vanished > 0 else { return nil }
    return Look(
      finding: "\(files(totals.vanished)) \(totals.vanished == 1 ? "is" : "are") gone from an archive",
      remedy: "What was made of them stays; remove it where it should go as well.",
      action: "see to \(files(totals.vanished)) that vanished", section: "archives")
  }

  private func names(_ requests: [NightlySummary.Request]) -> String { PageText.first(requests.map { "`\($0.request)`" }) }
  private func plain(_ requests: [NightlySummary.Request]) -> String { PageText.first(requests.map(\.request)) }

  /// What to do about a code, where it is one of files or receipts.
  static func hint(_ code: String) -> String? { FailureCode(rawValue: code)?.hint ?? ReceiptReason(rawValue: code)?.hint }

  // MARK: problems, those of one kind together

  struct Group {
    let archive: String?
    let code: String
    let message: String
    let paths: [String]

    /// `part-1.avro and 11 more`.
    var place: String {
      guard let first = paths.first(where: { !$0.isEmpty }) ?? archive else { return code }
      return first + (paths.count > 1 ? " and \(PageText.grouped(paths.count - 1)) more" : "")
    }
  }

  /// In the order in which they are first told.
  var groups: [Group] {
    struct Kind: Hashable {
      let archive: String?
      let code: String
    }
    var order: [Kind] = []
    var problems: [Kind: [NightlySummary.Problem]] = [:]
    for problem in summary.problems {
      let kind = Kind(archive: problem.archive, code: problem.code)
      if problems[kind] == nil { order.append(kind) }
      problems[kind, default: []].append(problem)
    }
    return order.map { kind in
      let members = problems[kind] ?? []
      return Group(archive: kind.archive, code: kind.code, message: members.first?.message ?? "", paths: members.map(\.path))
    }
  }

  // MARK: parts that text and page tell alike

  /// `6 days over`, `today`, `12 days`; empty where there is no last day.
  func left(_ request: NightlySummary.Request) -> String {
    guard let days = request.daysLeft else { return "" }
    if days == 0 { return "today" }
    let magnitude = Int(clamping: days.magnitude)
    return PageText.count(magnitude, "day", "days") + (days < 0 ? " over" : "")
  }

  /// What became of a request, or why nothing did.
  func told(_ request: NightlySummary.Request) -> String {
    [request.state, request.blocked, request.events > 0 ? events(request.events) : nil, kept(request)].compactMap { $0 }
      .joined(separator: ", ")
  }

  /// What stays of what was found.
  func kept(_ request: NightlySummary.Request) -> String? {
    request.kept > 0 ? "\(events(request.kept)) kept by a hold or a rule" : nil
  }

  /// What is to be known of an archive beside its numbers.
  func remarks(_ archive: NightlySummary.Archive) -> String {
    let counts = [
      (archive.late, "late"), (archive.young, "too young"), (archive.vanished, "gone"), (archive.unreadable, "unreadable"),
    ].filter { $0.0 > 0 }.map { "\(PageText.grouped($0.0)) \($0.1)" }
    let failed = archive.code.map { "\(archive.message ?? "not done") [\($0)]" }
    return ([failed].compactMap { $0 } + counts).joined(separator: ", ")
  }

  /// What is new in the data of an archive: a line a kind.
  func news(_ drift: NightlySummary.Drift) -> [(kind: String, names: [String])] {
    [
      ("newly marked", drift.newMarks), ("unknown event types", drift.unknownEvents), ("unknown fields", drift.unknownFields),
      ("looks personal", drift.content),
    ].filter { !$0.1.isEmpty }
  }

  /// `2026-11-22 to 2026-11-23`.
  ///
  /// - Parameter day: how a day such as `2026-11-22` is told.
  func span(_ disclosure: NightlySummary.Disclosure, day: (String) -> String = { $0 }) -> String {
    let days = [disclosure.first, disclosure.last].compactMap { $0.map { day(String($0.prefix(10))) } }
    return days.count == 2 && days[0] == days[1] ? days[0] : days.joined(separator: " to ")
  }
}
