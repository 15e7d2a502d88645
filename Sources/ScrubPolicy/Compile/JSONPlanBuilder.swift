package import ScrubCore

/// A JSON plan with what reports and marks need to know of it.
package struct CompiledJSONPlan: Sendable {
  package let plan: JSONPlan
  package let destination: Destination
  /// The event types by row; the last row is the one of unknown events, with an empty name.
  package let events: [String]
  package let paths: [String]

  /// The row of an event type.
  package func row(of event: String) -> Int? { events.firstIndex(of: event) }
}

extension PlanCompiler {
  /// Compiles the plan for every event type of one destination.
  package func compile(_ destination: Destination) -> CompiledJSONPlan {
    let table = paths(destination)
    let events = catalog.eventTypes + [""]
    var names: [(name: String, event: Int)] = []
    var cells = CellTable()
    var rows: [JSONPlan.Row] = []
    // By rules: the cells of members that an event does not have, which are most.
    var strange: [[Int]: [UInt16]] = [:]
    for (index, event) in events.enumerated() {
      let shape = catalog.shape(of: event, in: destination)
      if let name = shape?.ownName, !name.isEmpty {
        // Amplitude shows Braze's events under the old name of the company too.
        names += [(name, index), ("[Appboy] " + name, index)]
      }
      names.append((event, index))
      rows.append(row(event, destination, table, shape, &cells, &strange))
    }
    let plan = JSONPlan(
      table: table.keys(eventNames: names.filter { !$0.name.isEmpty }), marks: table.marks,
      identifies: table.fields.map { fields in fields.first.flatMap { catalog.fields[$0].kind.identifies } },
      cells: cells.cells, rows: rows, fixedRow: nil,
      unknownField: unknownField, unknownEvent: unknownEvent)
    return CompiledJSONPlan(plan: plan, destination: destination, events: events, paths: table.paths)
  }

  /// The decisions that the cells of an event type stand for, by slot.
  package func decisions(event: String, in destination: Destination) -> [Decision] {
    decisions(rules: resolver.rules(for: event, in: destination), in: destination).bySlot
  }

  /// What reports say of the field of a slot.
  package func facts(ofSlot slot: Int, in destination: Destination) -> FieldFacts {
    if slot == JSONKeyTable.unknownSlot { return FieldFacts(unknown: "(unknown)", path: "(unknown)") }
    return facts(at: slot, of: paths(destination))[0]
  }

  private func row(
    _ event: String, _ destination: Destination, _ table: PathTable, _ shape: EventShape?, _ cells: inout CellTable,
    _ strange: inout [[Int]: [UInt16]]
  ) -> JSONPlan.Row {
    let rules = resolver.rules(for: event, in: destination)
    let decisions = decisions(rules: rules, in: destination).bySlot
    func cell(_ slot: Int, _ member: Member?) -> JSONPlan.Cell {
      let kind = table.fields[slot].first.map { catalog.fields[$0].kind } ?? .other
      return self.cell(decisions[slot], member, kind: kind)
    }
    var row = strange[rules] ?? table.paths.indices.map { cells.index(of: cell($0, nil)) }
    strange[rules] = row
    var names: Set<Int> = []
    for member in shape.map(catalog.members) ?? [] {
      guard let slot = table.slot(of: member.path) else { continue }
      row[slot] = cells.index(of: cell(slot, member))
      if member.isEventName { names.insert(slot) }
    }
    // Where something else tells the type, or nothing does, the name may be any text.
    if names.isEmpty { names = table.eventNameSlots }
    let drops = resolver.drops(event: event, in: destination)
    return JSONPlan.Row(
      cells: row, dropsAll: drops.all,
      dropRules: drops.conditional.map { rule in
        rule.map { condition in
          let slots = (1..<table.paths.count).filter { slot in
            table.paths[slot] == condition.field
              || facts(at: slot, of: table).contains { $0.name == condition.field }
          }
          return Condition(slots: slots, values: condition.values, isOther: condition.isOther)
        }
      }, nameSlots: names)
  }

  private func cell(_ decision: Decision, _ member: Member?, kind: ValueKind) -> JSONPlan.Cell {
    let explicit = decision.sentinel.map(json)
    let isNullable = !(member?.isRequired ?? false)
    let isSame = decision.numberSentinel == decision.sentinel
    let ofNumbers = decision.numberSentinel.map(json) ?? (isNullable ? "null" : "\"[REDACTED]\"")
    return JSONPlan.Cell(
      treatment: decision.treatment, isNullable: isNullable, holdsArray: member?.type.hasPrefix("array") ?? false,
      sentinel: Array((explicit ?? (kind == .json ? "\"{}\"" : "\"[REDACTED]\"")).utf8), isExplicit: explicit != nil,
      ofNumbers: isSame ? nil : Array(ofNumbers.utf8))
  }

  private func json(_ sentinel: Rule.Sentinel) -> String {
    switch sentinel {
    case .text(let text): quoted(text)
    case .whole(let number): String(number)
    case .boolean(let truth): String(truth)
    }
  }

  private var unknownField: JSONPlan.UnknownField {
    switch policy.defaults.unknownField {
    case .redact: .redact
    case .drop: .drop
    case .keep: .keep
    case .fail: .fail
    }
  }

  private var unknownEvent: JSONPlan.UnknownEvent {
    switch policy.defaults.unknownEvent {
    case .quarantine: .quarantine
    case .drop: .drop
    case .scrub: .scrub
    case .fail: .fail
    }
  }
}

/// Equal cells once, by number.
private struct CellTable {
  var cells: [JSONPlan.Cell] = []
  private var indices: [JSONPlan.Cell: UInt16] = [:]

  mutating func index(of cell: JSONPlan.Cell) -> UInt16 {
    if let known = indices[cell] { return known }
    let index = UInt16(cells.count)
    cells.append(cell)
    indices[cell] = index
    return index
  }
}
