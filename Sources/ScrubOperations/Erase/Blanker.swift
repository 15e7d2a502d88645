internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// Blanks events: nothing stays in them but what identifies nobody and what a rule keeps. A class because several files
/// of one worker go through it; never leaves its task.
///
/// It is the engine of the scrub under a policy of its own. The event's id becomes a UUID under a key that is made for
/// the run and thrown away, so that copies of one event still are copies of one event, and nothing leads back.
final class Blanker {
  private let compiler: PlanCompiler
  private var converter: Converter
  private var avro: AvroPass?
  private var json: JSONBlanking?
  private var jsonPlans: [Destination: CompiledJSONPlan] = [:]

  /// One destination's passes, by event type.
  private struct JSONBlanking: ~Copyable {
    let plan: CompiledJSONPlan
    var pass: JSONPass
    var event: String?
  }

  private var destination = Destination.storage

  /// - Parameter keep: rules of the policy that keep fields of some events.
  init(_ catalog: Catalog, keeping keep: [Policy.Erasure.Keep], key: SecretBytes) {
    compiler = PlanCompiler(policy: .blanking(keeping: keep), catalog: catalog, key: nil)
    converter = Converter(MasterKey(key, id: "erased", audience: nil))
  }

  // MARK: Avro

  /// The records that follow have this schema.
  func start(_ schema: AvroSchema, _ text: [UInt8], event: String, _ destination: Destination) throws(Failure) {
    let known = compiler.catalog.eventTypes.contains(event) ? event : ""
    let plan: CompiledAvroPlan
    do throws(PlanProblem) { plan = try compiler.compile(schema, event: known, destination: destination) } catch {
      throw Failure(.doesNotFit)
    }
    do throws(NativeError) { avro = try AvroPass(plan.plan, converter: &converter) } catch { throw Failure(.native) }
  }

  /// Appends what becomes of one record.
  func appendAvro(_ block: borrowing RawSpan, _ range: Range<Int>, to sink: inout ByteSink) throws(Failure) {
    guard var pass = avro.take() else { throw Failure(.native) }
    var output = ByteSink(capacity: range.count + 64)
    let record = block.extracting(range)
    let outcome: BlockOutcome?
    do throws(RecordError) {
      outcome = try pass.run(record, recordCount: 1, converter: &converter, into: &output)
    } catch {
      outcome = nil
    }
    avro = consume pass
    switch outcome {
    case .untouched: sink.append(block, range)
    case .rewritten(1): sink.append(output.bytes, 0..<output.count)
    case .rewritten, nil: throw Failure(.record)
    }
  }

  // MARK: JSON

  /// The events that follow have the shape of this destination.
  func start(_ destination: Destination) {
    self.destination = destination
    json = nil
  }

  /// Appends what becomes of an event or a batch.
  ///
  /// - Parameter event: its event type, where all of it has one; nothing where the events tell it themselves.
  func appendJSON(_ bytes: borrowing RawSpan, event: String?, to sink: inout ByteSink) throws(Failure) {
    var blanking = try blanking(event)
    var output = ByteSink(capacity: bytes.byteCount + 64)
    var outcome = JSONPass.ItemOutcome.dropped
    do throws(RecordError) {
      outcome = try blanking.pass.runItem(bytes, line: 1, converter: &converter, into: &output)
    } catch {
      throw Failure(.record)
    }
    json = consume blanking
    switch outcome {
    case .kept(changed: true): sink.append(output.bytes, 0..<output.count)
    case .kept(changed: false): sink.append(bytes, 0..<bytes.byteCount)
    case .dropped, .withheld: throw Failure(.record)
    }
  }

  private func blanking(_ event: String?) throws(Failure) -> JSONBlanking {
    if let known = json.take() {
      if known.event == event { return known }
    }
    let plan = jsonPlans[destination] ?? compiler.compile(destination)
    jsonPlans[destination] = plan
    let row = event.map { plan.row(of: $0) ?? plan.events.count - 1 }
    do throws(NativeError) {
      let pass = try JSONPass(
        plan.plan.fixed(row: row), isDocument: true, emptiesStrangers: true, converter: &converter)
      return JSONBlanking(plan: plan, pass: pass, event: event)
    } catch {
      throw Failure(.native)
    }
  }
}
