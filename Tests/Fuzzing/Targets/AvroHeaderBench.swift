import ScrubArchive
import ScrubCore
import ScrubOperations
import ScrubPolicy

/// The front of an object container: header, schema, and the plan for it.
///
/// Laws: a header that was read is written so that it reads the same; a part of it asks for more; what stands for
/// removed values is, field by field, a record of the schema.
final class AvroHeaderBench: FuzzBench {
  private let compiler: PlanCompiler
  private var converter = Converter(FuzzKeys())

  init() throws {
    compiler = try FuzzTargets.compiler("policy: fuzz\nversion: 1\nrules:\n  - fields: [\"*\"]\n    action: redact\n")
  }

  func check(_ input: [UInt8]) throws {
    guard let (header, end) = (try? AvroHeader.parse(input)) ?? nil else {
      // The front of a file counts as a schema too, so that schemas are found without a header around them.
      return try check(schema: input)
    }
    try require(header.length == end && end <= input.count, "a header ends within the file")
    for length in [4, end / 2, end - 1] where length < end {
      try require(try AvroHeader.parse(Array(input[..<length])) == nil, "a part of a header asks for more")
    }
    let again = try AvroHeader.parse(header.adding([]))
    try require(again?.header.metadata.elementsEqual(header.metadata, by: ==) ?? false, "a header written reads the same")
    if let schema = header["avro.schema"] { try check(schema: schema) }
  }

  private func check(schema text: [UInt8]) throws {
    guard let schema = try? AvroSchema(text) else { return }
    guard let plan = try? compiler.compile(schema, event: "users.messages.email.Open", destination: .storage) else { return }
    var record: [UInt8] = []
    for field in plan.fields where !field.slots.isEmpty { record += plan.plan.slots[field.slots.lowerBound].redaction }
    guard plan.fields.allSatisfy({ !$0.slots.isEmpty }) else { return }
    var pass = try AvroPass(plan.plan, converter: &converter)
    let again: (records: Int, bytes: [UInt8])?
    do throws(RecordError) { again = try run(&pass, record, records: 1, &converter) } catch {
      throw BrokenLaw(description: "what stands for removed values is of the schema (\(error.code))")
    }
    try require(again == nil, "a redacted record stays as it is")
  }

  static func seeds() throws -> [[UInt8]] {
    try ScratchFolder().sample(.storage, .avro, events: 2_000).compactMap { file in
      try AvroHeader.parse(file).map { Array(file[..<$0.end]) }
    }
  }
}

extension AvroHeader {
  fileprivate static func parse(_ bytes: [UInt8]) throws(RecordError) -> (header: AvroHeader, end: Int)? {
    guard bytes.count >= magic.count else { return nil }
    return try unsafe parse(bytes.span.bytes)
  }
}
