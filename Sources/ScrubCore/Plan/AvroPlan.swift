/// Everything that is decided about the records of one Avro schema before a record is read.
package struct AvroPlan: Sendable {
  /// What happens to the values of one slot, and the bytes that do it.
  package struct Slot: Sendable {
    package let treatment: Treatment
    /// Whether the value is a string, the only type that can hold a pseudonym.
    package let isString: Bool
    /// What takes the place of the whole value when it is redacted: union branch and sentinel, or the null branch.
    package let redaction: [UInt8]
    /// The union branch in front of a new string; empty outside unions.
    package let branch: [UInt8]

    package init(treatment: Treatment, isString: Bool, redaction: [UInt8], branch: [UInt8]) {
      self.treatment = treatment
      self.isString = isString
      self.redaction = redaction
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
