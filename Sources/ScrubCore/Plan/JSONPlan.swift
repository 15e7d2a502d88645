/// Everything that is decided about the JSON events of one destination before a line is read.
package struct JSONPlan: Sendable {
  /// What happens to the values of one slot in one event type.
  package struct Cell: Hashable, Sendable {
    package let treatment: Treatment
    /// Whether null may take the place of a value.
    package let isNullable: Bool
    /// Whether an array of scalars is what the field holds.
    package let holdsArray: Bool
    /// The JSON text that takes the place of a string where null may not, or of any value by `with`.
    package let sentinel: [UInt8]
    /// Whether `sentinel` was asked for and is written whatever else would fit.
    package let isExplicit: Bool
    /// The JSON text that takes the place of a string which is treated as a number, where it is another one.
    let ofNumbers: [UInt8]?

    package init(
      treatment: Treatment, isNullable: Bool, holdsArray: Bool, sentinel: [UInt8] = Array("\"[REDACTED]\"".utf8),
      isExplicit: Bool = false, ofNumbers: [UInt8]? = nil
    ) {
      self.treatment = treatment
      self.isNullable = isNullable
      self.holdsArray = holdsArray
      self.sentinel = sentinel
      self.isExplicit = isExplicit
      self.ofNumbers = ofNumbers
    }
  }

  /// What happens to one event type.
  package struct Row: Sendable {
    /// By slot: the index of its cell.
    package let cells: [UInt16]
    package let dropsAll: Bool
    package let dropRules: [[Condition]]
    /// The slots in which only a name of an event is kept.
    let nameSlots: Set<Int>

    package init(cells: [UInt16], dropsAll: Bool, dropRules: [[Condition]], nameSlots: Set<Int> = []) {
      self.cells = cells
      self.nameSlots = nameSlots
      self.dropsAll = dropsAll
      self.dropRules = dropRules
    }
  }

  package enum UnknownField: Sendable { case redact, drop, keep, fail }
  package enum UnknownEvent: Sendable { case quarantine, drop, scrub, fail }

  package let table: JSONKeyTable
  /// By which events of other destinations are told; nothing where all are taken for those of one.
  package private(set) var marks: ShapeMarks?
  /// By slot: what kind of identifier the values are, to be found again in texts of their event.
  package let identifies: [IdentifierKind?]
  package let cells: [Cell]
  /// One for each event type, and a last one for events that no name is known for.
  package let rows: [Row]
  /// By row and slot, `[row * table.slotCount + slot]`: the index of the cell, and what it does about a value. An archive may
  /// have a file for every minute, and they are the same for all.
  let cellNumbers: [UInt16]
  let ways: [Treatment.Way]
  /// The row of every event of the file, where the file's path or the caller tells it.
  package let fixedRow: Int?
  /// The row of events that do not name their type, where the file's name tells it.
  package private(set) var defaultRow: Int?
  package let unknownField: UnknownField
  package let unknownEvent: UnknownEvent

  package init(
    table: JSONKeyTable, marks: ShapeMarks? = nil, identifies: [IdentifierKind?], cells: [Cell], rows: [Row], fixedRow: Int?,
    unknownField: UnknownField, unknownEvent: UnknownEvent
  ) {
    precondition(identifies.count == table.slotCount)
    self.table = table
    self.marks = marks
    self.identifies = identifies
    self.cells = cells
    self.rows = rows
    let wayOfCell = cells.map(\.treatment.way)
    cellNumbers = rows.flatMap(\.cells)
    ways = rows.flatMap { row in
      var ways = row.cells.map { wayOfCell[Int($0)] }
      for slot in row.nameSlots where cells[Int(row.cells[slot])].treatment.keeps { ways[slot] = .keepName }
      return ways
    }
    self.fixedRow = fixedRow
    self.unknownField = unknownField
    self.unknownEvent = unknownEvent
  }

  /// The row of events that no name is known for.
  package var unknownRow: Int { rows.count - 1 }

  /// The row of what is withheld before anybody could tell its type.
  package var rowOfStrangers: Int { fixedRow ?? defaultRow ?? unknownRow }

  /// The plan for a file whose events are of a type unless they name another.
  package func defaulting(to row: Int?) -> JSONPlan {
    var plan = self
    plan.defaultRow = row
    return plan
  }

  /// The plan for files of which somebody says whose events they hold.
  package func takingAll() -> JSONPlan {
    var plan = self
    plan.marks = nil
    return plan
  }

  /// The plan for a file whose event type is known: only its row is left. The same plan where none is known.
  package func fixed(row: Int?) -> JSONPlan {
    guard let row else { return self }
    return JSONPlan(
      table: table, marks: marks, identifies: identifies, cells: cells, rows: [rows[row]], fixedRow: 0, unknownField: unknownField,
      unknownEvent: unknownEvent)
  }
}
