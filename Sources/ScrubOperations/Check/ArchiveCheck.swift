internal import ScrubCore
package import ScrubPolicy

/// A policy laid against what archives really hold: every Avro schema with its own marks, every member of the lines.
package struct ArchiveCheck: Sendable {
  private let checked: CheckedPolicy
  private let words: DecisionWords
  /// What was found, for the report.
  package private(set) var archive = CheckReport.Archive()
  /// What refuses the policy for these archives, though it covers the catalog.
  package private(set) var findings: [Diagnostic] = []
  /// Kept without a reason, by who decided it.
  private var kept: [Decision.Origin: Set<String>] = [:]

  package init(_ checked: CheckedPolicy, _ found: InspectRun.Result) {
    self.checked = checked
    words = DecisionWords(checked.compiler)
    archive.inputs = found.inspection.inputs
    archive.files = found.inspection.totals.files
    archive.events = found.inspection.totals.events
    archive.unread = found.inspection.problems.count + found.inspection.totals.damagedPlaces
    for schema in found.schemas { note(schema) }
    noteLines(found)
    reportKept()
  }

  private var policy: Policy { checked.policy }

  // MARK: Avro

  private mutating func note(_ found: InspectRun.FoundSchema) {
    var shape = CheckReport.Shape()
    shape.event = found.event
    shape.destination = found.destination.rawValue
    shape.container = "avro"
    shape.files = found.files
    shape.events = found.events
    let known = checked.catalog.eventType(named: found.event)
    setOutcome(&shape, known: known, found.destination)
    guard shape.outcome == "scrub" else { return archive.shapes.append(shape) }
    do throws(PlanProblem) {
      let plan = try checked.compiler.compile(found.schema, event: known ?? "", destination: found.destination)
      let types = found.schema.fields ?? []
      shape.fields = zip(plan.fields, types).map { planned, field in
        noteKept([planned.facts], planned.decision)
        let (type, isRequired) = found.schema.catalogType(field.type)
        var row = CheckReport.Field(path: field.name, fields: [planned.facts], decision: planned.decision, words)
        (row.event, row.destination) = (shape.event, shape.destination)
        (row.type, row.isRequired) = (type, isRequired)
        return row
      }
    } catch {
      shape.outcome = "refuse"
      shape.reason = reason(error)
      findings.append(finding(error, found, known ?? ""))
    }
    archive.shapes.append(shape)
  }

  private func reason(_ problem: PlanProblem) -> String {
    switch problem {
    case .notARecord: "the schema is no record"
    case .unknownField(let name): "`\(name)` is in no catalog, and the policy fails on it"
    case .cannotRedact(let name): "the type of `\(name)` has no value that says nothing"
    case .doesNotFit(let name): "the action does not fit the type of `\(name)`"
    }
  }

  private func finding(_ problem: PlanProblem, _ found: InspectRun.FoundSchema, _ event: String) -> Diagnostic {
    var place = policy.defaults.place
    switch problem {
    case .notARecord: break
    case .unknownField(let name), .cannotRedact(let name), .doesNotFit(let name):
      let facts = checked.compiler.facts(at: name, in: found.destination)
      let rules = checked.compiler.resolver.rules(for: event, in: found.destination)
      if case .rule(let index) = checked.compiler.resolver.decide(facts, rules: rules).origin {
        place = policy.rules[index].place
      }
    }
    return Diagnostic(
      .schemaRefused, file: policy.file, line: place.line, column: place.column,
      message: "\(found.files == 1 ? "a file" : "\(found.files) files") of \(found.event) cannot be scrubbed: \(reason(problem))",
      mend: "change what the policy says of the field")
  }

  // MARK: lines

  private mutating func noteLines(_ found: InspectRun.Result) {
    var shapes: [CheckReport.Shape] = []
    for path in found.paths {
      let known = checked.catalog.eventType(named: path.event)
      if shapes.last?.event != path.event || shapes.last?.destination != path.destination.rawValue {
        var shape = CheckReport.Shape()
        shape.event = path.event
        shape.destination = path.destination.rawValue
        shape.container = "ndjson"
        shape.events = events(found, path.event, path.destination)
        setOutcome(&shape, known: known, path.destination)
        shapes.append(shape)
      }
      guard shapes[shapes.count - 1].outcome == "scrub" else { continue }
      let facts = checked.compiler.facts(at: path.path, in: path.destination)
      let rules = checked.compiler.resolver.rules(for: known ?? "", in: path.destination)
      let decision = checked.compiler.resolver.decide(facts, rules: rules)
      noteKept(facts, decision)
      var row = CheckReport.Field(path: path.path, fields: facts, decision: decision, words)
      (row.event, row.destination) = (path.event, path.destination.rawValue)
      row.type = MemberTypes.names.enumerated().filter { path.types.rawValue & 1 << UInt8($0.offset) != 0 }
        .map(\.element).filter { $0 != "null" }.joined(separator: " or ")
      shapes[shapes.count - 1].fields.append(row)
      if !facts[0].isKnown, policy.defaults.unknownField == .fail, case .defaults = decision.origin {
        shapes[shapes.count - 1].outcome = "refuse"
        shapes[shapes.count - 1].reason = reason(.unknownField(path.path))
        findings.append(unknownField(path))
      }
    }
    archive.shapes += shapes
  }

  /// Events of the type that stand in lines: all but those of Avro files.
  private func events(_ found: InspectRun.Result, _ event: String, _ destination: Destination) -> Int {
    let all = found.inspection.events.filter { $0.event == event && $0.destination == destination.rawValue }
    let avro = found.schemas.filter { $0.event == event && $0.destination == destination }
    return all.reduce(0) { $0 + $1.events } - avro.reduce(0) { $0 + $1.events }
  }

  private func unknownField(_ path: InspectRun.FoundPath) -> Diagnostic {
    Diagnostic(
      .schemaRefused, file: policy.file, line: policy.defaults.place.line, column: policy.defaults.place.column,
      message: "lines of \(path.event.isEmpty ? "an unknown event type" : path.event) cannot be scrubbed: "
        + reason(.unknownField(path.path)),
      mend: "name the field in a rule, or in a catalog addition")
  }

  // MARK: both

  /// What a scrub does with the events of a shape as a whole.
  private func setOutcome(_ shape: inout CheckReport.Shape, known: String?, _ destination: Destination) {
    shape.outcome = "scrub"
    if let known {
      if checked.compiler.resolver.drops(event: known, in: destination).all {
        (shape.outcome, shape.reason) = ("drop", "the policy drops the event type")
      }
      return
    }
    let reason = "the event type is in no catalog"
    switch policy.defaults.unknownEvent {
    case .quarantine: (shape.outcome, shape.reason) = ("withhold", reason)
    case .drop: (shape.outcome, shape.reason) = ("drop", reason)
    case .fail: (shape.outcome, shape.reason) = ("refuse", reason)
    case .scrub: shape.reason = reason
    }
  }

  /// The marks of a file's own schema count like those of the catalog.
  private mutating func noteKept(_ facts: [FieldFacts], _ decision: Decision) {
    guard decision.treatment.mayLeaveParts else { return }
    if case .rule(let index) = decision.origin, policy.rules[index].because != nil { return }
    for facts in facts where facts.isSensitive { kept[decision.origin, default: []].insert(facts.path) }
  }

  private mutating func reportKept() {
    for (origin, names) in kept.sorted(by: { words.name($0.key) < words.name($1.key) }) {
      let place = if case .rule(let index) = origin { policy.rules[index].place } else { policy.defaults.place }
      findings.append(
        Diagnostic(
          .keptWithoutReason, file: policy.file, line: place.line, column: place.column,
          message: "\(words.name(origin)) keeps fields in clear that the archive marks or the catalog calls personal: "
            + names.sorted().prefix(6).joined(separator: ", ") + (names.count > 6 ? ", ..." : ""),
          mend: "add `because: ...`, or choose redact or hash"))
    }
  }
}
