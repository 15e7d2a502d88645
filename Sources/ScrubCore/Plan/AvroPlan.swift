/// Everything that is decided about the records of one Avro schema before a record is read.
package struct AvroPlan: Sendable {
  /// What happens to the values of one slot, and the bytes that do it.
  package struct Slot: Sendable {
    package let treatment: Treatment
    package let value: AvroValue
    /// What kind of identifier the value is, to be found again in texts of its record.
    package let identifies: IdentifierKind?
    /// What takes the place of the whole value when it is redacted: union branch and sentinel, or the null branch.
    package let redaction: [UInt8]
    /// What takes the place of a number, where another text does than of an address.
    let ofNumbers: [UInt8]?
    /// The union branch in front of a new string; empty outside unions.
    package let branch: [UInt8]

    package init(
      treatment: Treatment, value: AvroValue, identifies: IdentifierKind? = nil, redaction: [UInt8], ofNumbers: [UInt8]? = nil,
      branch: [UInt8]
    ) {
      self.treatment = treatment
      self.value = value
      self.identifies = identifies
      self.redaction = redaction
      self.ofNumbers = ofNumbers
      self.branch = branch
    }
  }

  package let program: AvroProgram
  package let slots: [Slot]
  /// Every event goes.
  package let dropsAll: Bool
  /// An event goes when all conditions of one of these rules hold.
  package let dropRules: [[Condition]]

  package init(program: AvroProgram, slots: [Slot], dropsAll: Bool = false, dropRules: [[Condition]] = []) {
    precondition(slots.count == program.slotCount)
    self.program = program
    self.slots = slots
    self.dropsAll = dropsAll
    self.dropRules = dropRules
  }
}

/// What a value of an Avro type can become.
package enum AvroValue: Hashable, Sendable {
  /// The only type that can hold a pseudonym.
  case string
  case int(TimeUnit)
  case long(TimeUnit)
  case float, double
  case other

  /// Appends a coarser value of the same type.
  ///
  /// - Returns: false where there is none.
  func appendCoarser(
    _ block: borrowing RawSpan, _ range: Range<Int>, _ generalising: Generalising, to output: inout ByteSink
  ) -> Bool {
    switch self {
    case .int(let unit), .long(let unit):
      var position = range.lowerBound
      guard let number = try? block.readVarint(&position), let coarser = generalising.number(number, unit: unit) else {
        return false
      }
      if case .int = self, Int32(exactly: coarser) == nil { return false }
      output.appendVarint(coarser)
    case .float:
      guard range.count == 4 else { return false }
      let number = Float(bitPattern: UInt32(truncatingIfNeeded: block.littleEndian(range)))
      guard let coarser = generalising.number(Double(number), rounded: { Double(Float($0)) }) else { return false }
      output.appendLittleEndian(UInt64(Float(coarser).bitPattern), count: 4)
    case .double:
      guard range.count == 8 else { return false }
      let number = Double(bitPattern: block.littleEndian(range))
      guard let coarser = generalising.number(number, rounded: { $0 }) else { return false }
      output.appendLittleEndian(coarser.bitPattern, count: 8)
    case .string, .other: return false
    }
    return true
  }
}

/// What kind of identifier the values of a field are.
package enum IdentifierKind: Hashable, Sendable {
  case always(FoundKind)
  /// An address where the value holds `@`, else a number.
  case channel

  func kind(of value: borrowing RawSpan, _ range: Range<Int>) -> FoundKind {
    switch self {
    case .always(let kind): kind
    case .channel: value.contains(UInt8(ascii: "@"), in: range) ? .email : .phone
    }
  }
}
