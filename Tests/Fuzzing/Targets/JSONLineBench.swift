import ScrubCore
import ScrubOperations
import ScrubPolicy

/// Lines of JSON: a byte for the destination, one for the policy, two for the event type of the file, and the lines.
///
/// Laws: what is written is accepted again and kept as it is; lines come out the same alone, together, and as items of
/// a document; lines that are kept are the same bytes.
final class JSONLineBench: FuzzBench {
  private let plans: [(treating: [CompiledJSONPlan], keeping: JSONPlan)]
  private var converter = Converter(FuzzKeys())

  init() throws {
    let defaults = ["{ unknown_event: scrub }", "{ unknown_field: drop }", "{ unknown_field: keep, unknown_event: drop }"]
    let compilers = try defaults.map { try FuzzTargets.compiler(everyAction + "defaults: \($0)\n") }
    plans = Destination.allCases.map { destination in
      let compiled = compilers.map { $0.compile(destination) }
      return (compiled, compiled[0].plan.keeping)
    }
  }

  func check(_ input: [UInt8]) throws {
    guard input.count > 4 else { return }
    let (treating, keeping) = plans[Int(input[0]) % plans.count]
    let compiled = treating[Int(input[1]) % treating.count]
    let row = Int(input[2]) << 8 | Int(input[3])
    let plan = row < compiled.events.count ? compiled.plan.fixed(row: row) : compiled.plan
    let text = Array(input[4...])
    let together = try run(plan, text)
    let kept = try run(keeping, together.text)
    try require(kept.withheld.isEmpty, "what is written is accepted")
    try require(kept.text == together.text, "what is written is kept as it is")
    try require(try run(plan, together.text).withheld.isEmpty, "what is written is accepted by the same plan")
    let alone = try lines(of: text).flatMap { line in
      let result = try run(plan, line)
      try requireSameAsItem(line, plan, result)
      return result.text
    }
    try require(alone == together.text, "lines come out the same alone and together")
    try requireUntouched(text, keeping)
  }

  /// An item of a document is treated as a line would be.
  private func requireSameAsItem(_ line: [UInt8], _ plan: JSONPlan, _ result: (text: [UInt8], withheld: [Withheld])) throws {
    guard line.first == UInt8(ascii: "{"), line.last == UInt8(ascii: "}") else { return }
    var pass = try JSONPass(plan, isDocument: true, converter: &converter)
    var sink = ByteSink()
    let outcome = try unsafe pass.runItem(line.span.bytes, line: 1, converter: &converter, into: &sink)
    switch outcome {
    case .kept(let isChanged):
      let item = isChanged ? unsafe sink.withUnsafeBytes { unsafe Array($0) } : line
      try require(item == result.text, "an item is treated as a line would be")
    case .dropped: try require(result.text.isEmpty && result.withheld.isEmpty, "an item is dropped as a line would be")
    case .withheld(let code): try require(result.withheld.map(\.code) == [code], "an item is withheld as a line would be")
    }
  }

  /// What is kept is the lines that were not withheld, byte by byte.
  private func requireUntouched(_ text: [UInt8], _ keeping: JSONPlan) throws {
    let kept = try run(keeping, text)
    var expected: [UInt8] = []
    var start = 0
    for place in kept.withheld {
      expected += text[start..<place.range.lowerBound]
      start = min(place.range.upperBound + 1, text.count)
    }
    try require(kept.text == expected + text[start...], "lines that are kept are the same bytes")
  }

  private func lines(of text: [UInt8]) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var start = 0
    for (index, byte) in text.enumerated() where byte == 0x0a {
      lines.append(Array(text[start...index]))
      start = index + 1
    }
    return start < text.count ? lines + [Array(text[start...])] : lines
  }

  private func run(_ plan: JSONPlan, _ text: [UInt8]) throws -> (text: [UInt8], withheld: [Withheld]) {
    var pass = try JSONPass(plan, converter: &converter)
    var sink = ByteSink()
    let isChanged = try unsafe pass.run(text.span.bytes, converter: &converter, into: &sink)
    return (isChanged ? unsafe sink.withUnsafeBytes { unsafe Array($0) } : text, pass.withheld)
  }

  static func seeds() throws -> [[UInt8]] {
    let scratch = try ScratchFolder()
    return try Destination.allCases.enumerated().flatMap { number, destination in
      let files = try scratch.sample(destination, .ndjson, events: 400)
      return files.prefix(60).enumerated().map { index, file in
        let lines = file.split(separator: 0x0a).prefix(2).joined(separator: [0x0a])
        return [UInt8(number), UInt8(index % 3), UInt8(index % 2 == 0 ? 0 : 255), UInt8(index)] + lines
      }
    }
  }
}

extension JSONPlan {
  /// The same members with nothing done to them, in events of any type.
  fileprivate var keeping: JSONPlan {
    let cell = Cell(treatment: .keep, isNullable: true, holdsArray: false)
    let row = Row(cells: [UInt16](repeating: 0, count: table.slotCount), dropsAll: false, dropRules: [])
    return JSONPlan(
      table: table, identifies: identifies, cells: [cell], rows: [row], fixedRow: 0, unknownField: .keep,
      unknownEvent: .scrub)
  }
}
