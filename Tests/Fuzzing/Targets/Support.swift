import Foundation
import ScrubCore
import ScrubNative
import ScrubOperations
import ScrubPolicy

/// Subkeys of a key that nobody needs to keep.
struct FuzzKeys: SubkeySource {
  let keyID = "t1"

  func subkey(_ use: SubkeyUse) throws(NativeError) -> SecretBytes {
    let master = unsafe SecretBytes(count: 32) { memory in for index in 0..<32 { unsafe memory[index] = UInt8(index + 1) } }
    let count = use == .seal ? SealedValues.keySize : 32
    return try deriveSubkey(from: master, salt: Array("t1".utf8), info: Array("\(use)".utf8), count: count)
  }
}

/// A policy with every action, for members and fields of many types.
let everyAction = """
  policy: fuzz
  version: 1
  audience: fuzz
  key: { env: CURRENTS_SCRUB_KEY, id: t1 }
  rules:
    - fields: [user_id]
      action: tokenise
      store: sealed
    - kinds: [email]
      action: hash
      format: email
    - kinds: [phone, external_user_id]
      action: hash
    - fields: [device_id, channel_identifier]
      action: mask
      show: { last: 4 }
    - fields: [properties, message_extras, custom_attributes]
      action: json
      keep: [tier, "items[].sku"]
      hash: { "*.mail": email }
      scan: [note]
      default: redact
      because: fuzzing
    - fields: [bounce_reason, abort_log, message_body, subject]
      action: scan
      because: fuzzing
    - fields: [deferral_reason]
      action: scan
      replace: hash
      because: fuzzing
    - fields: [time]
      action: generalise
      to: week
    - fields: [sending_ip, ip_address]
      action: generalise
      to: /20
    - fields: [url]
      action: generalise
      to: path
      query: ["utm_*"]
    - fields: [user_agent]
      action: generalise
      to: family
    - fields: [latitude, longitude]
      action: generalise
      to: 0.25
    - fields: [gender]
      action: drop
    - events: ["users.messages.email.*"]
      where: { campaign_id: [gone, "7"] }
      action: drop_event

  """

func compiler(_ policy: String) throws -> PlanCompiler {
  PlanCompiler(policy: try Policy(yaml: policy, file: "fuzz.yml"), catalog: .builtIn, key: ("t1", "0123456789abcdef"))
}

/// What a pass over a block makes of it: nothing where the stored bytes stay.
func run(
  _ pass: inout AvroPass, _ block: [UInt8], records: Int, _ converter: inout Converter
) throws(RecordError) -> (records: Int, bytes: [UInt8])? {
  var sink = ByteSink()
  let outcome = try unsafe pass.run(block.span.bytes, recordCount: records, converter: &converter, into: &sink)
  guard case .rewritten(let left) = outcome else { return nil }
  return (left, unsafe sink.withUnsafeBytes { unsafe Array($0) })
}

extension AvroPlan {
  /// The same records with nothing done to them.
  var keeping: AvroPlan {
    AvroPlan(
      program: program,
      slots: slots.map { _ in Slot(treatment: .keep, value: .other, redaction: [], branch: []) })
  }
}

/// A folder that is gone with the bench.
final class ScratchFolder {
  let path: String

  init() throws {
    // Memory where there is some, for a file is written for each input.
    let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : FileManager.default.temporaryDirectory.path
    path = root + "/fuzz-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The files of a sample, in the order of their names.
  func sample(_ destination: Destination, _ format: SampleOptions.Format, events: Int) throws -> [[UInt8]] {
    let folder = path + "/\(destination)-\(format)"
    _ = try Sample(options: SampleOptions(events: events, destination: destination, format: format, output: folder)).write()
    let names = (FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []).sorted()
    return names.filter { $0.hasSuffix(".avro") || $0.hasSuffix(".json") && !$0.hasPrefix("_") }
      .compactMap { FileManager.default.contents(atPath: folder + "/" + $0).map { Array($0) } }
  }
}
