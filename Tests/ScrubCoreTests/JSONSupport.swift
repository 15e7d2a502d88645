import Foundation
import ScrubCore
import ScrubNative

typealias Cell = JSONPlan.Cell

extension Cell {
  static let keep = Cell(treatment: .keep, isNullable: true, holdsArray: false)
  static let keepScalar = Cell(treatment: .keepScalar, isNullable: true, holdsArray: false)
  static let redact = Cell(treatment: .redact, isNullable: true, holdsArray: false)
  static let blank = Cell(treatment: .redact, isNullable: false, holdsArray: false)
  static let drop = Cell(treatment: .drop, isNullable: true, holdsArray: false)

  static func hash(_ normaliser: Normaliser = .trimmed, domain: String = "tests", isNullable: Bool = true)
    -> Cell
  {
    Cell(
      treatment: .hash(Hashing(normaliser: normaliser, format: .token(byteCount: 16), domain: domain)),
      isNullable: isNullable, holdsArray: false)
  }
}

/// A plan over paths of the tests; every event is of the one known type unless its name is looked at.
struct TestPlan {
  var cells: [(path: String, cell: Cell)]
  /// What becomes of members that no path names.
  var unknown = Cell.keep
  var unknownField = JSONPlan.UnknownField.redact
  var unknownEvent = JSONPlan.UnknownEvent.quarantine
  /// A path of the cells that holds the event's name, and the names by event: the first is not dropped, the
  /// second is.
  var namePath: String?
  var dropRules: [[(path: String, values: [String])]] = []
  var readsWrappers = false

  var plan: JSONPlan {
    let paths = [""] + cells.map(\.path)
    let row = JSONPlan.Row(
      cells: (0...cells.count).map(UInt16.init), dropsAll: false,
      dropRules: dropRules.map { rule in
        rule.map { condition in
          Condition(
            slots: [paths.firstIndex(of: condition.path) ?? 0],
            values: Set(condition.values.map { Array($0.utf8) }))
        }
      })
    let dropped = JSONPlan.Row(cells: row.cells, dropsAll: true, dropRules: [])
    let nameSlot = namePath.flatMap { paths.firstIndex(of: $0) }
    return JSONPlan(
      table: JSONKeyTable(
        paths: paths, nameSlots: Set(nameSlot.map { [$0] } ?? []),
        eventNames: [("Kept", 0), ("Gone", 1)], readsWrappers: readsWrappers),
      identifies: paths.map { _ in nil }, cells: [unknown] + cells.map(\.cell), rows: [row, dropped, row], fixedRow: namePath == nil ? 0 : nil,
      unknownField: unknownField, unknownEvent: unknownEvent)
  }
}

struct JSONResult {
  var isChanged: Bool
  /// What stands in the file afterwards.
  var bytes: [UInt8]
  var counts: [SlotCounts]
  var events: EventCounts
  var withheld: [Withheld]

  var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Whole lines through a fresh pass.
func scrub(_ lines: [UInt8], _ plan: TestPlan, key: TestKey = TestKey()) throws -> JSONResult {
  var converter = Converter(key)
  var pass = try JSONPass(plan.plan, converter: &converter)
  var sink = ByteSink()
  let isChanged = try unsafe pass.run(lines.span.bytes, converter: &converter, into: &sink)
  var counts = [SlotCounts](repeating: SlotCounts(), count: plan.cells.count + 1)
  for index in pass.counts.indices { counts[index % counts.count] += pass.counts[index] }
  return JSONResult(
    isChanged: isChanged, bytes: isChanged ? sink.array : lines, counts: counts,
    events: pass.events.reduce(into: EventCounts()) { $0 += $1 }, withheld: pass.withheld)
}

func scrub(_ lines: String, _ plan: TestPlan, key: TestKey = TestKey()) throws -> JSONResult {
  try scrub(Array(lines.utf8), plan, key: key)
}

/// Another parser's opinion.
func isJSON(_ text: String) -> Bool {
  (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed])) != nil
}
