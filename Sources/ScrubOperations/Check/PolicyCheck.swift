internal import ScrubCore
internal import ScrubNative
package import ScrubPolicy

/// What `policy check` says of a policy: no key, no data, only what would be done and why.
package struct PolicyCheck: Sendable {
  private let checked: CheckedPolicy
  private let matrix: Matrix
  private let found: ArchiveCheck?

  /// - Parameters:
  ///   - destination: the only one whose rows are listed; the findings are always about all of them, since a policy
  ///     holds for all.
  ///   - found: what archives hold, where some were given.
  package init(_ checked: CheckedPolicy, destination: Destination? = nil, found: InspectRun.Result? = nil) {
    self.checked = checked
    self.found = found.map { ArchiveCheck(checked, $0) }
    matrix = Matrix(checked.compiler, destination: destination)
  }

  private var policy: Policy { checked.policy }

  package func report() -> CheckReport {
    var report = CheckReport()
    report.version = programVersion
    report.policy = checked.reported
    let findings = checked.findings + (found?.findings ?? [])
    report.findings = findings.map(CheckReport.Finding.init)
    report.isCovered = !findings.contains(where: \.refuses)
    report.archive = found?.archive
    report.exit = !report.isCovered ? 3 : (found?.archive.unread ?? 0) > 0 ? 2 : 0
    let words = DecisionWords(checked.compiler)
    report.fields = matrix.rows.map { CheckReport.Field($0, words) }
    report.totals = totals(report.fields)
    report.rules = rules(words)
    return report
  }

  private func totals(_ fields: [CheckReport.Field]) -> CheckReport.Totals {
    var totals = CheckReport.Totals()
    totals.eventTypes = Set(fields.map(\.event)).count
    totals.destinations = Set(fields.map(\.destination)).count
    totals.shapes = Set(fields.map { [$0.event, $0.destination] }).count
    totals.fields = fields.count
    let sensitive = fields.filter { !$0.sources.isEmpty }
    totals.sensitive = sensitive.count
    totals.sensitiveKept = sensitive.count { $0.action == .keep }
    return totals
  }

  private func rules(_ words: DecisionWords) -> [CheckReport.Rule] {
    var decided: [Decision.Origin: (rows: Int, events: Set<String>)] = [:]
    for row in matrix.rows {
      for origin in Set(row.decision.parts.map(\.origin)) {
        decided[origin, default: (0, [])].rows += 1
        decided[origin, default: (0, [])].events.insert(row.event)
      }
    }
    for (index, rule) in policy.rules.enumerated() where rule.isDropEvent {
      let events = matrix.rows.filter {
        checked.compiler.resolver.matches(rule: index, event: $0.event, destination: $0.destination)
      }
      decided[.rule(index), default: (0, [])].events = Set(events.map(\.event))
    }
    let origins =
      policy.rules.indices.map { Decision.Origin.rule($0) } + Policy.Defaults.Name.allCases.map { .defaults($0) }
    return origins.map { origin in
      var rule = words.rule(origin)
      rule.decides = decided[origin]?.rows ?? 0
      rule.eventTypes = decided[origin]?.events.count ?? 0
      return rule
    }
  }
}

extension CheckReport {
  /// What is left to say of a policy that could not be read as one.
  package init(refused findings: [Diagnostic], of text: PolicyText) {
    self.init()
    version = programVersion
    policy.source = text.source
    policy.sha256 = text.digest
    self.findings = findings.map(Finding.init)
    isCovered = false
    exit = 3
  }
}

extension CheckReport.Finding {
  package init(_ diagnostic: Diagnostic) {
    id = diagnostic.id.rawValue
    severity = diagnostic.severity.rawValue
    file = diagnostic.file
    line = diagnostic.line
    column = diagnostic.column
    message = diagnostic.message
    mend = diagnostic.mend
    refuses = diagnostic.refuses
  }
}

extension CheckReport.Field {
  init(_ row: Matrix.Row, _ words: DecisionWords) {
    self.init(path: row.member.path, fields: row.fields, decision: row.decision, words)
    event = row.event
    destination = row.destination.rawValue
    type = row.member.type
    isRequired = row.member.isRequired
    isDeprecated = row.member.isDeprecated
    if row.isDropped { (action, detail) = (.dropEvent, nil) }
  }

  /// What is decided about a path, and why.
  init(path: String, fields: [FieldFacts], decision: Decision, _ words: DecisionWords) {
    self.path = path
    names = fields.map(\.name)
    let strictest = fields[0]
    fieldClass = strictest.isKnown ? strictest.fieldClass.rawValue : "unknown"
    kind = strictest.kind.rawValue
    isPersonal = fields.contains(where: \.isPersonal)
    isLinking = fields.contains(where: \.isLinking)
    sources = fields.reduce(into: MarkSources()) { $0.formUnion($1.marks) }.names + (isPersonal ? ["table"] : [])
    action = words.action(decision)
    detail = words.detail(decision)
    rule = words.name(decision)
    because = words.because(decision)
  }
}
