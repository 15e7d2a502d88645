internal import Foundation
internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// Adds the outcomes of a run up to a report.
struct ReportBuilder {
  private let head: Report
  private let fields: [Report.Field]
  private let listing: Listing
  private let outcomes: [FileOutcome]
  private let isInterrupted: Bool

  init(
    _ prepared: PreparedPolicy, _ options: ScrubOptions, listing: Listing, outcomes: [FileOutcome],
    _ isInterrupted: Bool
  ) {
    self.init(
      head: Self.head(prepared, options), fields: Self.fields(of: outcomes, prepared.compiler), listing: listing,
      outcomes: outcomes, isInterrupted)
  }

  /// - Parameters:
  ///   - head: what is known before any file is read.
  ///   - fields: of all outcomes; those of one field add up.
  init(head: Report, fields: [Report.Field], listing: Listing, outcomes: [FileOutcome], _ isInterrupted: Bool) {
    self.head = head
    self.fields = fields
    self.listing = listing
    self.outcomes = outcomes
    self.isInterrupted = isInterrupted
  }

  /// What a report tells that no file decides.
  static func head(_ prepared: PreparedPolicy, _ options: ScrubOptions) -> Report {
    var report = Report()
    report.tool = Report.Tool(version: programVersion, openssl: openSSLVersion())
    report.dryRun = options.dryRun
    report.policy = Report.Policy(
      name: prepared.policy.name, title: prepared.policy.title, source: prepared.source, sha256: prepared.digest,
      audience: prepared.policy.audience)
    if let mark = prepared.keys?.mark { report.keys = [Report.Key(id: mark.id, check: mark.check)] }
    report.inputs = options.inputs
    report.output = options.output ?? ""
    let workspaces = prepared.policy.workspaces
    report.workspaces = workspaces.isEmpty ? nil : Report.Workspaces(ids: workspaces)
    report.warnings = prepared.warnings.map { Report.Warning(id: $0.id.rawValue, message: $0.message) }
    return report
  }

  func report() -> Report {
    var report = head
    addFiles(&report)
    addEvents(&report)
    addWorkspaces(&report)
    report.fields = Self.united(fields)
    addWithheld(&report)
    addProblems(&report)
    report.exit = exit(report)
    report.state = state(report.exit)
    return report
  }

  // MARK: sums

  private func addFiles(_ report: inout Report) {
    report.totals.filesIn = outcomes.count
    report.files.ignored = listing.ignored
    report.passedOver = listing.passedOver
    for outcome in outcomes {
      report.totals.bytesIn += outcome.bytesIn
      switch outcome.status {
      case .written(let changed):
        report.totals.filesOut += 1
        report.totals.bytesOut += outcome.bytesOut
        if changed { report.files.scrubbed += 1 } else { report.files.unchanged += 1 }
      case .alreadyScrubbed: report.files.alreadyScrubbed += 1
      case .empty: report.files.ignored += 1
      case .unsupported: report.files.unsupported += 1
      case .withheld, .unreadable, .refused, .failed: report.files.failed += 1
      }
      if outcome.file.path != "-" {
        report.sources.append(
          Report.Source(path: outcome.file.relative, bytes: outcome.bytesIn, digest: outcome.sourceDigest))
      }
    }
  }

  private func addEvents(_ report: inout Report) {
    var counts: [EventKey: EventCounts] = [:]
    var plans: [EventKey: Set<String>] = [:]
    for outcome in outcomes where Self.isCounted(outcome) {
      counts.merge(outcome.events) { left, right in
        var sum = left
        sum += right
        return sum
      }
      for (key, plan) in outcome.plans { plans[key, default: []].insert(plan) }
    }
    for (key, count) in counts {
      report.totals.eventsIn += count.read
      report.totals.eventsOut += count.written
      report.totals.dropped += count.dropped
      if count.elsewhere > 0 { report.totals.elsewhere = (report.totals.elsewhere ?? 0) + count.elsewhere }
      report.totals.withheld += count.withheld
      report.events.append(
        Report.Event(
          event: key.event.isEmpty ? "(unknown)" : key.event, destination: key.destination.rawValue, in: count.read,
          out: count.written, dropped: count.dropped, withheld: count.withheld,
          plan: plans[key, default: []].sorted().joined(separator: " ")))
    }
    report.events.sort { ($0.event, $0.destination) < ($1.event, $1.destination) }
  }

  /// Names the workspaces that no event has, where all files were read.
  private func addWorkspaces(_ report: inout Report) {
    guard !isInterrupted, report.files.alreadyScrubbed == 0, let ids = report.workspaces?.ids else { return }
    let met = outcomes.reduce(into: Set<[UInt8]>()) { $0.formUnion($1.workspaces) }
    report.workspaces?.without = ids.filter { !met.contains(Array($0.utf8)) }
  }

  /// Whether what was read of a file counts: a file that failed on its way left nothing behind. One that is empty may be so
  /// because all its events stayed out.
  private static func isCounted(_ outcome: FileOutcome) -> Bool {
    switch outcome.status {
    case .written, .withheld, .empty: true
    case .alreadyScrubbed, .unsupported, .unreadable, .refused, .failed: false
    }
  }

  /// What happened to the fields of some files, in no order.
  static func fields(of outcomes: [FileOutcome], _ compiler: PlanCompiler) -> [Report.Field] {
    var sums: [FieldKey: SlotCounts] = [:]
    for outcome in outcomes where isCounted(outcome) {
      sums.merge(outcome.fields) { left, right in
        var sum = left
        sum += right
        return sum
      }
    }
    let words = DecisionWords(compiler)
    return sums.map { key, counts in field(key, counts, words) }
  }

  /// One entry for each field, in a total order: files of one event type may mark a field differently.
  static func united(_ fields: [Report.Field]) -> [Report.Field] {
    // The texts are put together once for each field, not once for each comparison.
    let orders = fields.map(order)
    var united: [Report.Field] = []
    var last = ""
    for index in fields.indices.sorted(by: { orders[$0] < orders[$1] }) {
      if !united.isEmpty && orders[index] == last {
        united[united.count - 1] += fields[index]
      } else {
        united.append(fields[index])
        last = orders[index]
      }
    }
    return united
  }

  private static func order(_ field: Report.Field) -> String {
    var text = ""
    text.reserveCapacity(256)
    for part in [field.event, field.destination, field.path, field.rule] + field.sources {
      text += part
      text += "\0"
    }
    for part in [field.field, field.fieldClass, field.action.rawValue] {
      text += part
      text += "\0"
    }
    return text
  }

  private static func field(_ key: FieldKey, _ counts: SlotCounts, _ words: DecisionWords) -> Report.Field {
    let facts = key.facts
    return Report.Field(
      event: key.event.isEmpty ? "(unknown)" : key.event, destination: key.destination.rawValue, field: facts.name,
      path: facts.path, fieldClass: facts.isKnown ? facts.fieldClass.rawValue : "unknown",
      action: words.action(key.decision), rule: words.name(key.decision),
      sources: facts.marks.names + (facts.isPersonal ? ["table"] : []), values: counts.values,
      treated: counts.treated, redactedInstead: counts.redactedInstead, prehashed: counts.prehashed,
      left: counts.left)
  }

  // MARK: what needs a look

  private func addWithheld(_ report: inout Report) {
    let cut = outcomes.count(where: \.breaksOff)
    report.totals.cutFiles = cut > 0 ? cut : nil
    for outcome in outcomes {
      for place in outcome.withheld where report.withheld.count < FileOutcome.listedPlaces || place.isRest {
        report.withheld.append(
          Report.Withheld(
            file: outcome.file.relative, line: place.line, block: place.block, offset: place.offset,
            bytes: place.bytes, events: place.events, code: place.code, digest: place.digest,
            rest: place.isRest ? true : nil))
      }
    }
    report.withheldListed = report.withheld.count
  }

  private func addProblems(_ report: inout Report) {
    for failure in listing.failures + outcomes.compactMap(\.failure) {
      report.problems.append(
        Report.Problem(
          file: failure.path, place: failure.place.isEmpty ? nil : failure.place, code: failure.code.rawValue,
          message: failure.code.message, hint: failure.code.hint))
    }
  }

  /// The worst that happened: 1 > 3 > 2 > 0, and 130 when a signal ended the run.
  private func exit(_ report: Report) -> Int {
    if isInterrupted { return 130 }
    if outcomes.contains(where: { $0.status == .failed }) { return 1 }
    if outcomes.contains(where: { $0.status == .refused }) { return 3 }
    let isIncomplete =
      !listing.failures.isEmpty
      || outcomes.contains { outcome in
        [.unsupported, .unreadable, .withheld].contains(outcome.status) || outcome.withheldCount > 0
      }
    return isIncomplete ? 2 : 0
  }

  private func state(_ exit: Int) -> Report.State {
    switch exit {
    case 0: .complete
    case 1: .failed
    case 3: .refused
    case 130: .interrupted
    default: .incomplete
    }
  }
}

extension Report.Field {
  fileprivate static func += (left: inout Report.Field, right: Report.Field) {
    left.values += right.values
    left.treated += right.treated
    left.redactedInstead += right.redactedInstead
    left.prehashed += right.prehashed
    left.left += right.left
  }
}
