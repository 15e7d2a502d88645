internal import ScrubCore
internal import ScrubNative
package import ScrubPolicy

/// One event under a policy, through the very pass that scrubs archives, with a key that is no secret.
package struct PolicyTrial: ~Copyable {
  /// What became of the event.
  package enum Outcome: Sendable {
    case written(JSONValue)
    case dropped
    /// Not written, with the code of the reason.
    case withheld(String)
    /// The policy fails the file that holds such an event, with the code of the reason.
    case failed(String)
  }

  package struct Result: Sendable {
    /// The event type as it was told or found; empty where nobody knows it.
    package let event: String
    package let outcome: Outcome
  }

  private let compiler: PlanCompiler
  private var plans: [Destination: CompiledJSONPlan] = [:]
  private var converter: Converter
  private var sink = ByteSink(capacity: 1 << 12)

  package init(_ compiler: PlanCompiler) {
    self.compiler = compiler
    let policy = compiler.policy
    converter = Converter(
      policy.key == nil
        ? nil : MasterKey(Self.demonstrationKey(), id: policy.key?.shownID ?? "", audience: policy.audience))
  }

  /// What the demonstration key is the SHA-256 of.
  package static let demonstration = "currents-scrub demonstration key"

  private static func demonstrationKey() -> SecretBytes {
    let digest = Digest256.sha256(demonstration).bytes
    return unsafe SecretBytes(count: digest.count) { memory in unsafe memory.copyBytes(from: digest) }
  }

  /// Scrubs one event.
  ///
  /// - Parameters:
  ///   - text: the JSON of the event; line breaks between its members are allowed.
  ///   - event: its type, where the event itself does not tell.
  ///   - destination: whose shape it has; told from its members where nothing is said.
  package mutating func run(
    _ text: [UInt8], event: String?, destination: Destination?
  ) throws(ScrubRefusal) -> (result: Result, destination: Destination) {
    // Line breaks stand only between members: inside of texts JSON has them as escapes.
    let line = text.map { $0 == 0x0a || $0 == 0x0d ? 0x20 : $0 }
    let destination = unsafe destination ?? DestinationShape.destination(of: line.span.bytes) ?? .storage
    let compiled = plan(destination)
    let row = event.flatMap { compiled.row(of: $0) }
    let result: Result
    do throws(NativeError) {
      var pass = try JSONPass(compiled.plan.fixed(row: row), converter: &converter)
      result = Self.run(line, &pass, compiled, row: row, &converter, &sink)
    } catch {
      throw .key(KeyRefusal(code: .native))
    }
    return (result, destination)
  }

  private static func run(
    _ line: [UInt8], _ pass: inout JSONPass, _ compiled: CompiledJSONPlan, row: Int?, _ converter: inout Converter,
    _ sink: inout ByteSink
  ) -> Result {
    sink.removeAll()
    let isChanged: Bool
    do throws(RecordError) {
      isChanged = try unsafe pass.run(line.span.bytes, converter: &converter, into: &sink)
    } catch {
      return Result(event: "", outcome: .failed(error.code.rawValue))
    }
    let read = pass.events.firstIndex { $0.read > 0 }
    let event = compiled.events[row ?? read ?? compiled.plan.unknownRow]
    if let withheld = pass.withheld.first { return Result(event: event, outcome: .withheld(withheld.code.rawValue)) }
    if let read, pass.events[read].dropped > 0 { return Result(event: event, outcome: .dropped) }
    guard isChanged else { return Result(event: event, outcome: outcome(line)) }
    // There is no vault: an example is nobody's.
    converter.handOver { _ in }
    let written = unsafe sink.bytes.withUnsafeBytes { unsafe Array($0) }
    return Result(event: event, outcome: outcome(written))
  }

  private static func outcome(_ written: [UInt8]) -> Outcome {
    JSONValue(written).map { .written($0) } ?? .withheld(RecordError.Code.syntax.rawValue)
  }

  private mutating func plan(_ destination: Destination) -> CompiledJSONPlan {
    if let known = plans[destination] { return known }
    let plan = compiler.compile(destination)
    plans[destination] = plan
    return plan
  }
}
