package import ScrubCore

/// A field of a plan, for reports: one for each field of the schema.
package struct PlannedField: Sendable {
  package let facts: FieldFacts
  package let decision: Decision
  /// The slots that hold its values.
  package let slots: Range<Int>
}

/// An Avro plan with what reports and marks need to know of it.
package struct CompiledAvroPlan: Sendable {
  package let plan: AvroPlan
  package let fields: [PlannedField]
  /// A field that the schema itself marks, and that is left in clear without a reason: the check of the policy, which
  /// knows the catalog alone, did not see the mark.
  package let markedAndKept: String?
  /// The plan digest, hex.
  package let digest: String
}

/// Why a schema has no plan.
package enum PlanProblem: Error, Hashable, Sendable {
  case notARecord
  /// A field of no catalog, under `unknown_field: fail`.
  case unknownField(String)
  /// A field whose removal the schema cannot express.
  case cannotRedact(String)
  /// The rule cannot be carried out on the field's type.
  case doesNotFit(String)
}

extension PlanCompiler {
  /// Compiles the plan for the records of one schema.
  ///
  /// - Parameters:
  ///   - event: the event type, or an empty text for one that the policy scrubs though nobody knows it.
  ///   - destination: whose names the fields bear.
  package func compile(
    _ schema: AvroSchema, event: String, destination: Destination
  ) throws(PlanProblem) -> CompiledAvroPlan {
    guard let fields = schema.fields else { throw .notARecord }
    let rules = resolver.rules(for: event, in: destination)
    var slots: [AvroPlan.Slot] = []
    var planned: [PlannedField] = []
    var overlay: [(FieldFacts, Decision)] = []
    let holdsRecords = schema.holding { type in
      switch type.form {
      case .record, .map: true
      default: false
      }
    }
    for field in fields {
      let marks: MarkSources = schema.isMarked(field) ? .doc : []
      let facts = facts(named: field.name, marks: marks, destination: destination)
      var decision = resolver.decide(facts, rules: rules)
      if decision.treatment == .keepScalar && holdsRecords[field.type] {
        // A known field holds no records, so whatever these are, nobody declared them harmless.
        decision.treatment = .redact
      }
      if !facts[0].isKnown && policy.defaults.unknownField == .fail, case .defaults = decision.origin {
        throw .unknownField(field.name)
      }
      let first = slots.count
      slots += try slotsOf(field, facts[0], schema, decision)
      planned.append(PlannedField(facts: facts[0], decision: decision, slots: first..<slots.count))
      overlay.append((facts[0], decision))
    }
    let drops = resolver.drops(event: event, in: destination)
    for condition in drops.conditional.joined() {
      for (field, plannedField) in zip(fields, planned) where isNamed(plannedField.facts, by: condition.field) {
        if !isComparable(schema, field.type) { throw .doesNotFit(field.name) }
      }
    }
    let plan = AvroPlan(
      program: schema.program(of: fields), slots: slots, dropsAll: drops.all,
      dropRules: drops.conditional.map { rule in
        rule.map { condition in
          let slots = planned.filter { isNamed($0.facts, by: condition.field) }.flatMap { Array($0.slots) }
          return Condition(slots: slots, values: condition.values, isOther: condition.isOther)
        }
      })
    return CompiledAvroPlan(
      plan: plan, fields: planned,
      markedAndKept: planned.first { $0.facts.marks.contains(.doc) && isKeptWithoutReason($0.decision) }?.facts.path,
      digest: digest(event: event, destination: destination, overlay: overlay))
  }

  private func isKeptWithoutReason(_ decision: Decision) -> Bool {
    if case .rule(let index) = decision.origin, policy.rules[index].because != nil { return false }
    return decision.treatment.mayLeaveParts
  }

  private func isNamed(_ facts: FieldFacts, by name: String) -> Bool { facts.name == name || facts.path == name }

  /// Whether a condition can tell one value of the type from another.
  private func isComparable(_ schema: AvroSchema, _ type: Int) -> Bool {
    switch schema.types[type].form {
    case .string, .int, .long, .boolean, .null: true
    case .union(let branches): branches.allSatisfy { isComparable(schema, $0) }
    case .bytes, .float, .double, .fixed, .enumeration, .array, .map, .record: false
    }
  }

  /// What is known of a field of a schema, with the mark of its own `doc` texts.
  private func facts(named name: String, marks: MarkSources, destination: Destination) -> [FieldFacts] {
    let known = paths(destination).fields(at: name)
    if known.isEmpty { return [FieldFacts(unknown: name, path: name, marks: marks)] }
    return known.map { FieldFacts(catalog.fields[$0], path: name, marks: marks) }
  }

  // MARK: slots

  private func slotsOf(
    _ field: AvroSchema.RecordField, _ facts: FieldFacts, _ schema: AvroSchema, _ decision: Decision
  ) throws(PlanProblem) -> [AvroPlan.Slot] {
    guard case .union(let branches) = schema.types[field.type].form else {
      return [try slot(field, facts, schema, decision, type: field.type, branch: [], null: nil)]
    }
    let null = branches.firstIndex { if case .null = schema.types[$0].form { true } else { false } }
    var slots: [AvroPlan.Slot] = []
    for (index, branch) in branches.enumerated() {
      slots.append(
        try slot(field, facts, schema, decision, type: branch, branch: AvroSchema.varint(index), null: null))
    }
    let holdsText = branches.contains { fits(decision.treatment, schema, $0) }
    if decision.treatment.way == .convert, case .rule = decision.origin, !holdsText, branches.count > (null == nil ? 0 : 1) {
      throw .doesNotFit(field.name)
    }
    return slots
  }

  /// Whether a treatment that makes other values can be carried out on a type.
  private func fits(_ treatment: Treatment, _ schema: AvroSchema, _ type: Int) -> Bool {
    switch value(schema, type) {
    case .string: true
    case .int, .long: treatment.fitsNumbers && !treatment.hasDecimals
    case .float, .double: treatment.fitsNumbers
    case .other: false
    }
  }

  /// What a value of a type can become.
  private func value(_ schema: AvroSchema, _ type: Int) -> AvroValue {
    let unit = schema.timeUnit(of: type)
    return switch schema.types[type].form {
    case .string: .string
    case .int: .int(unit)
    case .long: .long(unit)
    case .float: .float
    case .double: .double
    default: .other
    }
  }

  private func isString(_ schema: AvroSchema, _ type: Int) -> Bool {
    if case .string = schema.types[type].form { true } else { false }
  }

  private func slot(
    _ field: AvroSchema.RecordField, _ facts: FieldFacts, _ schema: AvroSchema, _ decision: Decision, type: Int, branch: [UInt8], null: Int?
  ) throws(PlanProblem) -> AvroPlan.Slot {
    let isString = isString(schema, type)
    var treatment = decision.treatment
    let isByRule = if case .rule = decision.origin { true } else { false }
    if treatment.way == .convert && isByRule && branch.isEmpty && !fits(treatment, schema, type) { throw .doesNotFit(field.name) }
    // A uuid column takes no other text.
    if isString && schema.types[type].logicalType == "uuid" {
      switch treatment {
      case .hash(let hashing) where hashing.format != .uuid:
        if isByRule { throw .doesNotFit(field.name) }
        treatment = .hash(hashing.written(.uuid))
      case .tokenise, .mask, .generalise, .scan, .json, .contact: throw .doesNotFit(field.name)
      case .keep, .keepScalar, .redact, .drop, .hash: break
      }
    }
    if decision.sentinel != nil || decision.numberSentinel != nil, case .null = schema.types[type].form {
      return AvroPlan.Slot(treatment: .keep, value: .other, redaction: branch, branch: branch)
    }
    let redact = { (sentinel: Rule.Sentinel?) throws(PlanProblem) in
      try redaction(field, schema, sentinel, keeps: decision.treatment.keeps, type: type, branch: branch, null: null)
    }
    return AvroPlan.Slot(
      treatment: treatment, value: value(schema, type), identifies: facts.kind.identifies,
      redaction: try redact(decision.sentinel),
      ofNumbers: decision.numberSentinel == decision.sentinel ? nil : try redact(decision.numberSentinel), branch: branch)
  }

  /// What takes the place of a value that is redacted.
  private func redaction(
    _ field: AvroSchema.RecordField, _ schema: AvroSchema, _ sentinel: Rule.Sentinel?, keeps: Bool, type: Int, branch: [UInt8],
    null: Int?
  ) throws(PlanProblem) -> [UInt8] {
    if let sentinel {
      guard let bytes = encoded(sentinel, schema.types[type].form) else { throw .doesNotFit(field.name) }
      return branch + bytes
    }
    if let null { return AvroSchema.varint(null) }
    if let bytes = schema.sentinel(type, text: sentinelText(field.name)) { return branch + bytes }
    if keeps { return [] }
    throw .cannotRedact(field.name)
  }

  /// A JSON text must stay JSON.
  private func sentinelText(_ name: String) -> String {
    catalog.index(ofField: name).map { catalog.fields[$0].kind } == .json ? "{}" : "[REDACTED]"
  }

  private func encoded(_ sentinel: Rule.Sentinel, _ form: AvroSchema.TypeForm) -> [UInt8]? {
    switch (sentinel, form) {
    case (.text(let text), .string): AvroSchema.encoded(text)
    case (.whole(let number), .string): AvroSchema.encoded(String(number))
    case (.whole(let number), .long): AvroSchema.varint(number)
    case (.whole(let number), .int): Int32(exactly: number).map { AvroSchema.varint(Int($0)) }
    case (.boolean(let truth), .boolean): [truth ? 1 : 0]
    default: nil
    }
  }
}

extension ValueKind {
  /// What a search of texts calls values of the kind; nothing for kinds that identify nobody.
  var identifies: IdentifierKind? {
    if self == .channel { return .channel }
    return isIdentifier ? FoundKind(rawValue: rawValue).map { .always($0) } : nil
  }
}

extension AvroSchema {
  /// What a number of a type counts where it is a time (Avro specification 1.12, "Logical Types").
  package func timeUnit(of type: Int) -> TimeUnit {
    switch types[type].logicalType {
    case "date": .days
    case "timestamp-millis", "local-timestamp-millis": .milliseconds
    case "timestamp-micros", "local-timestamp-micros": .microseconds
    case "timestamp-nanos", "local-timestamp-nanos": .nanoseconds
    default: .guess
    }
  }
}
