internal import Mustache
internal import ScrubArchive
internal import ScrubPolicy

/// What a report says in sentences: the claim, what it rests on, and what needs a look.
///
/// The claim is made only where the counts bear it: "nothing marked personal left in clear" wants every field
/// that a source marks, or that is of a class other than non-personal, to have been treated.
struct Findings {
  let headline: String
  /// Sentences under the headline.
  let lead: [Sentence]
  let looks: [Finding]
  /// Where values went, from kept to gone.
  let streams: [Chart.Stream]

  init(_ report: Report) {
    let kept = KeptFields(report.fields)
    streams = Self.streams(report.fields)
    looks = Self.looks(report)
    headline = Self.headline(report, kept: kept)
    lead = Self.lead(report, kept: kept).map { Sentence(prose: Piece.pieces(of: $0)) }
  }

  struct Sentence: MustacheParent {
    let prose: [Piece]

    func child(named name: String) -> Any? { name == "prose" ? prose : nil }
  }
}

/// Something for a person to look at.
struct Finding: MustacheParent {
  let finding: String
  /// What to do about it.
  let prose: [Piece]
  /// The id of the section that has the details, without `#`.
  let section: String

  init(finding: String, remedy: String, section: String) {
    self.finding = finding
    prose = Piece.pieces(of: remedy)
    self.section = section
  }

  func child(named name: String) -> Any? {
    switch name {
    case "finding": finding
    case "prose": prose
    case "section": section
    default: nil
    }
  }
}

// MARK: - Words for values

extension Report.State {
  var sign: String {
    switch self {
    case .complete: "✓"
    case .incomplete, .interrupted: "!"
    case .failed, .refused: "×"
    }
  }
}

extension Report.Action {
  /// The action in the past tense.
  var word: String {
    switch self {
    case .keep: "kept"
    case .scan: "searched"
    case .json: "rewritten"
    case .generalise: "made coarser"
    case .mask: "masked"
    case .tokenise: "tokenised"
    case .hash: "hashed"
    case .redact: "redacted"
    case .drop: "dropped"
    case .dropEvent: "event dropped"
    }
  }

  /// Whether a reader may still find the value itself, or parts of it, in the output.
  var leavesClearText: Bool { self == .keep || self == .scan || self == .json }
}

extension Report.Withheld {
  /// How many events are in it, in words where nobody knows.
  var eventCount: String {
    guard rest == true else { return PageText.grouped(events) }
    return events > 0 ? "at least \(PageText.grouped(events))" : "not known"
  }
}

extension Report {
  /// Problems beside those of files that were listed: of folders that cannot be read, and of names that are no text.
  var otherProblems: Int {
    let whole = withheld.count { $0.line == nil && $0.block == nil && $0.offset == 0 && $0.code == FailureCode.unknownEvent.rawValue }
    return max(0, problems.count - (files.failed - whole) - files.unsupported)
  }
}

extension Report.Totals {
  package var droppedByPolicy: Int { dropped - (elsewhere ?? 0) }

  /// `the rest of 2 files`; nothing where all files were read to their end.
  var rests: String? { cutFiles.map { "the rest of \(PageText.count($0, "file", "files"))" } }

  /// Events that neither went out nor were dropped or withheld; there should be none, nor fewer.
  var missing: Int { eventsIn - eventsOut - dropped - withheld }
}

extension Report.Field {
  /// Whether a source marks it, or its class says that it may point to a person.
  var isMarkedOrSensitive: Bool { !sources.isEmpty || fieldClass != "non_personal" }

  /// Values that neither the treatment nor its exceptions account for; there should be none.
  var unaccounted: Int { action == .keep ? 0 : max(0, values - treated - redactedInstead - left) }

  /// The treatment in words; a kept field that is marked or sensitive says so.
  var treatment: String {
    guard action == .keep && isMarkedOrSensitive else { return action.word }
    return sources.isEmpty ? "kept, sensitive" : "kept, marked"
  }

  /// The colour class of its treatment.
  var colour: String { Findings.Way(self).colour }
}

// MARK: - The claim

/// The marked or sensitive fields of which values stay readable.
struct KeptFields {
  /// Names of fields that a source marks.
  let marked: [String]
  /// Names of fields that no source marks, of a class other than non-personal.
  let sensitive: [String]
  /// Whether some of them stay in part only, what was found or named in them being gone.
  let isInPart: Bool

  init(_ fields: [Report.Field]) {
    let kept = fields.filter { $0.action.leavesClearText && $0.isMarkedOrSensitive && $0.values > $0.left }
    let marked = Set(kept.filter { !$0.sources.isEmpty }.map(\.field))
    self.marked = marked.sorted()
    sensitive = Set(kept.map(\.field)).subtracting(marked).sorted()
    isInPart = kept.contains { $0.action != .keep }
  }

  var isEmpty: Bool { marked.isEmpty && sensitive.isEmpty }

  /// `3 marked fields`.
  var phrase: String { PageText.count(marked.count, "marked field", "marked fields") }
}

extension Findings {
  private static func headline(_ report: Report, kept: KeptFields) -> String {
    let totals = report.totals
    let eventsIn = PageText.count(totals.eventsIn, "event", "events")
    switch report.state {
    case .refused:
      return "The run was refused" + (totals.filesOut == 0 ? "; nothing was written." : ".")
    case .failed:
      return "The run failed"
        + (totals.filesOut == 0
          ? "; nothing was written."
          : "; \(PageText.count(totals.filesOut, "file was", "files were")) finished before.")
    case .interrupted:
      return "The run was interrupted; \(PageText.count(totals.filesOut, "file is", "files are")) finished, "
        + "the others are as they were."
    case .complete where totals.eventsIn == 0:
      return report.files.alreadyScrubbed > 0
        ? "Nothing was to be done: \(PageText.count(report.files.alreadyScrubbed, "file is", "files are")) "
          + "scrubbed already."
        : "There was no event in the inputs."
    case .complete:
      let dropped = totals.droppedByPolicy > 0 ? ", \(PageText.grouped(totals.droppedByPolicy)) were dropped by the policy" : ""
      let elsewhere = totals.elsewhere.map { ", \(PageText.grouped($0)) of other workspaces were left out" } ?? ""
      return report.dryRun
        ? "\(eventsIn) would go in, \(PageText.grouped(totals.eventsOut)) would come out\(dropped)\(elsewhere); "
          + "\(claim(report, kept: kept))."
        : "\(eventsIn) went in, \(PageText.grouped(totals.eventsOut)) came out\(dropped)\(elsewhere); "
          + "\(claim(report, kept: kept))."
    case .incomplete:
      return "\(eventsIn) \(report.dryRun ? "would go in" : "went in"), "
        + "\(PageText.grouped(totals.eventsOut)) \(report.dryRun ? "would come out" : "came out"); "
        + "\(missing(report))."
    }
  }

  /// What is true of the output, as half a sentence.
  private static func claim(_ report: Report, kept: KeptFields) -> String {
    let unaccounted = report.fields.reduce(0) { $0 + $1.unaccounted }
    if unaccounted > 0 { return "\(PageText.count(unaccounted, "value is", "values are")) not accounted for" }
    if report.totals.missing != 0 { return "the counts do not add up" }
    if kept.marked.isEmpty { return "nothing marked personal \(report.dryRun ? "would leave" : "left") in clear" }
    return "\(kept.phrase) \(wereKept(kept, dryRun: report.dryRun)) because the policy says so"
  }

  private static func wereKept(_ kept: KeptFields, dryRun: Bool) -> String {
    (dryRun ? "would be kept" : kept.marked.count == 1 ? "was kept" : "were kept") + (kept.isInPart ? ", in whole or in part," : "")
  }

  /// What an incomplete run leaves to a person, as half a sentence.
  private static func missing(_ report: Report) -> String {
    let files = report.files.failed + report.files.unsupported
    var parts: [String] = []
    if report.totals.withheld > 0 {
      parts.append(PageText.count(report.totals.withheld, "withheld event", "withheld events"))
    }
    if files > 0 { parts.append(PageText.count(files, "file", "files")) }
    if report.otherProblems > 0 { parts.append(PageText.count(report.otherProblems, "other problem", "other problems")) }
    if let rests = report.totals.rests { parts.append("\(rests), with events that nobody can count,") }
    if parts.isEmpty { return "some of it needs a look" }
    let count = report.totals.withheld + files + report.otherProblems + (report.totals.cutFiles ?? 0)
    return PageText.list(parts) + (count == 1 ? " needs a look" : " need a look")
  }

  private static func lead(_ report: Report, kept: KeptFields) -> [String] {
    var lead: [String] = []
    if report.dryRun { lead.append("This was a dry run: nothing was written.") }
    if [.failed, .refused].contains(report.state), let first = report.problems.first {
      lead.append("The reason: \(first.message) `[\(first.code)]`.")
    }
    if report.state != .complete && report.totals.eventsOut > 0 {
      lead.append("Of what came out: \(claim(report, kept: kept)).")
    }
    if let workspaces = report.workspaces {
      lead.append("Limited to \(workspaces.ids.count == 1 ? "the workspace" : "the workspaces") \(PageText.list(workspaces.ids.map { "`\($0)`" })).")
    }
    guard report.totals.eventsOut > 0 else { return lead }
    if !kept.marked.isEmpty { lead.append("Kept\(kept.isInPart ? ", in whole or in part," : "") though marked personal: \(PageText.first(kept.marked)).") }
    if !kept.sensitive.isEmpty {
      lead.append("Kept, not marked, of a class that can point to a person: \(PageText.first(kept.sensitive)).")
    }
    return lead
  }
}

// MARK: - What needs a look

extension Findings {
  private static func looks(_ report: Report) -> [Finding] {
    let totals = report.totals
    let problems = report.problems.isEmpty ? "files" : "problems"
    var looks: [Finding] = []
    if totals.withheld > 0 {
      looks.append(
        Finding(
          finding: "\(PageText.count(totals.withheld, "event was", "events were")) withheld "
            + "and \(totals.withheld == 1 ? "is" : "are") not in the output",
          remedy: "They are tried again when the file, the catalog or the policy changes. "
            + "`--quarantine DIR` keeps their content for a look.",
          section: report.withheld.isEmpty ? problems : "withheld"))
    }
    if let rests = totals.rests {
      looks.append(
        Finding(
          finding: "\(rests.prefix(1).uppercased() + rests.dropFirst()) cannot be read and \(totals.cutFiles == 1 ? "was" : "were") withheld; "
            + "how many events were in it is not known",
          remedy: "Fetch the files again from where they came, whole, and run the same command again.",
          section: "withheld"))
    }
    if let without = report.workspaces?.without, !without.isEmpty {
      looks.append(
        Finding(
          finding: "No event is of the \(without.count == 1 ? "workspace" : "workspaces") \(PageText.list(without))",
          remedy: "Compare what `--workspace` says with `app_group_id` of the events: an id may be mistyped.", section: "files"))
    }
    if report.files.failed > 0 {
      looks.append(
        Finding(
          finding: "\(PageText.count(report.files.failed, "file", "files")) could not be read or written",
          remedy:
            "Mend what the problems say and run the same command again; finished files are not done twice.",
          section: problems))
    }
    if report.files.unsupported > 0 {
      let them = report.files.unsupported == 1 ? "it" : "them"
      looks.append(
        Finding(
          finding: "\(PageText.count(report.files.unsupported, "file is", "files are")) "
            + "in a format that cannot be scrubbed, and not copied",
          remedy: "Leave \(them) out with `--ignore`, or convert \(them) to Avro or NDJSON.", section: problems))
    }
    if report.otherProblems > 0 {
      looks.append(
        Finding(
          finding: PageText.count(report.otherProblems, "other problem", "other problems"),
          remedy: "What is true of each, and what to do.", section: problems))
    }
    let unaccounted = report.fields.reduce(0) { $0 + $1.unaccounted }
    if unaccounted > 0 {
      looks.append(
        Finding(
          finding:
            "\(PageText.count(unaccounted, "value is", "values are")) not accounted for by a treatment",
          remedy: "Do not share this output; report the run to the makers of currents-scrub.",
          section: "fields"))
    }
    if totals.missing != 0 && [.complete, .incomplete].contains(report.state) {
      looks.append(
        Finding(
          finding: "The counts do not add up: in is not out, dropped and withheld together "
            + "(\(PageText.grouped(totals.missing)) apart)",
          remedy: "Do not share this output; report the run to the makers of currents-scrub.",
          section: report.events.isEmpty ? "files" : "events"))
    }
    return looks
  }
}

// MARK: - Where values went

extension Findings {
  /// A way out of the trunk of values, from readable to gone.
  enum Way: CaseIterable {
    case kept, keptThoughSensitive, searched, rewritten, coarser, tokenised, hashed, redacted, dropped,
      withEvent
    case empty, unaccounted

    init(_ field: Report.Field) { self.init(field.action, isSensitive: field.isMarkedOrSensitive) }

    init(_ action: ActionName, isSensitive: Bool) {
      self =
        switch action {
        case .keep: isSensitive ? .keptThoughSensitive : .kept
        case .scan: .searched
        case .json: .rewritten
        case .generalise, .mask: .coarser
        case .tokenise: .tokenised
        case .hash: .hashed
        case .redact: .redacted
        case .drop: .dropped
        case .dropEvent: .withEvent
        }
    }

    /// The order in tables: what a reader should see first is first, what is of no concern last.
    var rank: Int {
      self == .kept ? Self.allCases.count : Self.allCases.firstIndex(of: self) ?? 0
    }

    /// The class of the style sheet.
    var colour: String {
      switch self {
      case .kept: "plain"
      case .keptThoughSensitive, .searched: "kept"
      case .rewritten, .coarser: "coarser"
      case .tokenised: "tokenised"
      case .hashed: "hashed"
      case .redacted: "redacted"
      case .dropped, .withEvent: "dropped"
      case .empty: "empty"
      case .unaccounted: "act"
      }
    }

    var name: String {
      switch self {
      case .kept, .keptThoughSensitive: "Kept"
      case .searched: "Searched"
      case .rewritten: "Rewritten"
      case .coarser: "Made coarser"
      case .tokenised: "Tokenised"
      case .hashed: "Hashed"
      case .redacted: "Redacted"
      case .dropped: "Dropped"
      case .withEvent: "Dropped"
      case .empty: "Came empty"
      case .unaccounted: "Not accounted for"
      }
    }

    var remark: String? {
      switch self {
      case .kept: "not marked or sensitive"
      case .keptThoughSensitive: "though marked or sensitive"
      case .searched: "text, finds replaced"
      case .rewritten: "member by member"
      case .tokenised: "can be reversed by key"
      case .withEvent: "with their events"
      case .empty: "or redacted already"
      case .unaccounted: "needs a look"
      case .coarser, .hashed, .redacted, .dropped: nil
      }
    }
  }

  private static func streams(_ fields: [Report.Field]) -> [Chart.Stream] {
    var values: [Way: Int] = [:]
    var names: [Way: [String: Int]] = [:]
    func add(_ count: Int, _ way: Way, _ field: Report.Field) {
      guard count > 0 else { return }
      values[way, default: 0] += count
      names[way, default: [:]][field.field, default: 0] += count
    }
    for field in fields {
      let isKept = field.action == .keep
      add(isKept ? field.values - field.redactedInstead : field.treated, Way(field), field)
      add(field.redactedInstead, .redacted, field)
      add(isKept ? 0 : field.left, .empty, field)
      add(field.unaccounted, .unaccounted, field)
    }
    return Way.allCases.compactMap { way in
      guard let count = values[way] else { return nil }
      let members = names[way, default: [:]].sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(
        \.key.visible)
      let fieldCount = PageText.count(members.count, "field", "fields")
      return Chart.Stream(
        colour: way.colour, name: way.name, remark: way.remark, values: count,
        detail: "\(PageText.count(count, "value", "values")) in \(fieldCount)", members: members)
    }
  }
}
