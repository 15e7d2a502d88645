import Foundation
import ScrubNative
import ScrubOperations
import ScrubPolicy

/// A folder of its own for each test, removed with it.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/currents-scrub-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file with the folders above it and returns its path.
  @discardableResult
  func write(_ name: String, _ bytes: some Sequence<UInt8>, mode: Int = 0o644) throws -> String {
    let file = path + "/" + name
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: file).deletingLastPathComponent().path, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    return file
  }

  @discardableResult
  func write(_ name: String, _ text: String, mode: Int = 0o644) throws -> String {
    try write(name, Array(text.utf8), mode: mode)
  }

  func read(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
  }

  func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }

  /// Every file below a name: its path and bytes.
  func tree(_ name: String) throws -> [String: [UInt8]] {
    let root = path + "/" + name
    var files: [String: [UInt8]] = [:]
    for case let file as String in FileManager.default.enumerator(atPath: root) ?? .init() {
      var isFolder: ObjCBool = false
      _ = unsafe FileManager.default.fileExists(atPath: root + "/" + file, isDirectory: &isFolder)
      if !isFolder.boolValue { files[file] = try read(name + "/" + file) }
    }
    return files
  }

  /// When each file below a name was changed last, and which file it is.
  func states(_ name: String) throws -> [String: String] {
    var states: [String: String] = [:]
    for file in try tree(name).keys {
      let facts = try FileManager.default.attributesOfItem(atPath: path + "/" + name + "/" + file)
      states[file] = "\(facts[.modificationDate] ?? "") \(facts[.systemFileNumber] ?? "")"
    }
    return states
  }
}

func secretBytes(_ bytes: [UInt8]) -> SecretBytes {
  unsafe SecretBytes(count: bytes.count) { memory in unsafe memory.copyBytes(from: bytes) }
}

func secretBytes(_ text: String) -> SecretBytes { secretBytes(Array(text.utf8)) }

extension SecretBytes {
  var bytes: [UInt8] { unsafe withBytes { bytes in unsafe Array(bytes) } }
}

/// 32 bytes that are not all equal, as hex.
let keyText = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
let otherKeyText = "f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/// A small archive with its policy and key, and the runs over it.
struct ArchiveBench {
  let folder: TemporaryFolder

  init(key: String = keyText) throws {
    folder = try TemporaryFolder()
    try folder.write("key", key + "\n", mode: 0o600)
  }

  static let rules = """
    rules:
      - kinds: [email, phone, braze_id, external_user_id]
        action: hash
      - fields: [timezone]
        action: redact

    """

  /// A policy over the key file of the bench.
  func policy(_ rest: String = ArchiveBench.rules, inputs: [String] = ["in"]) throws -> PreparedPolicy {
    let text = "policy: tests\nversion: 1\nkey: { file: \(folder.path)/key, id: k1 }\n" + rest
    let path = try folder.write("policy.yml", text)
    return try PreparedPolicy(
      CheckedPolicy(PolicyText.find(path, allowBuiltIn: false)), inputs: inputs.map { folder.path + "/" + $0 })
  }

  /// Scrubs `in` into `out` with the policy.
  @discardableResult
  func run(
    _ policy: PreparedPolicy, inputs: [String] = ["in"], output: String? = "out",
    _ change: (inout ScrubOptions) -> Void = { _ in }
  ) async throws -> Report {
    var options = ScrubOptions()
    options.inputs = inputs.map { folder.path + "/" + $0 }
    options.output = output.map { folder.path + "/" + $0 }
    options.stateFolder = folder.path + "/state"
    change(&options)
    return try await ScrubRun(policy, options, interrupt: Interrupt(), progress: Progress()).run().report
  }

  /// Three lines of an event with an address, an id and a campaign.
  static func lines(_ number: Int = 0) -> String {
    (0..<3).map { line in
      "{\"event_type\": \"x\", \"id\":\"e\(number)-\(line)\",\"user_id\":\"u\(number)\","
        + "\"email_address\":\"Ada\(number)@example.test\",\"campaign_name\":\"Spring\",\"timezone\":\"Europe/Paris\"}\n"
    }.joined()
  }

  /// An Avro container of the same event.
  static func avro(_ number: Int = 0, blocks: Int = 2, codec: String = "null") throws -> [UInt8] {
    let schema = """
      {"type":"record","name":"Open","namespace":"users.messages.email","fields":[
      {"name":"id","type":"string"},{"name":"user_id","type":["null","string"],"doc":"[PII] who"},
      {"name":"email_address","type":["null","string"]},{"name":"time","type":"int"},
      {"name":"campaign_name","type":["null","string"]},{"name":"timezone","type":["null","string"]}]}
      """
    let sync = (0..<16).map { UInt8(0xa0 + $0) }
    var bytes: [UInt8] = Array("Obj\u{1}".utf8) + AvroSchema.varint(2)
    bytes += AvroSchema.encoded("avro.codec") + AvroSchema.encoded(codec)
    bytes += AvroSchema.encoded("avro.schema") + AvroSchema.encoded(schema) + [0] + sync
    for block in 0..<blocks {
      var records: [UInt8] = []
      for record in 0..<10 {
        records += AvroSchema.encoded("e\(number)-\(block)-\(record)")
        records += [2] + AvroSchema.encoded("u\(number)")
        records += [2] + AvroSchema.encoded("ada\(number)@example.test") + AvroSchema.varint(1_790_000_000)
        records +=
          [2] + AvroSchema.encoded("Spring")
          + (record % 2 == 0 ? [0] : [2] + AvroSchema.encoded("Europe/Paris"))
      }
      if codec == "deflate" { records = try deflated(records) }
      bytes += AvroSchema.varint(10) + AvroSchema.varint(records.count) + records + sync
    }
    return bytes
  }

  private static func deflated(_ plain: [UInt8]) throws -> [UInt8] {
    let codec = try BlockDeflate()
    var stored = [UInt8](repeating: 0, count: codec.bound(plain.count))
    let count = try unsafe plain.withUnsafeBytes { plain in
      try unsafe stored.withUnsafeMutableBytes { stored in try unsafe codec.shrink(plain, into: stored) }
    }
    return Array(stored[..<count])
  }

  static func compressed(_ plain: [UInt8], _ compression: StreamCompression) throws -> [UInt8] {
    let shrinker = try compression.shrinker()
    var room = [UInt8](repeating: 0, count: 4096)
    var stored: [UInt8] = []
    _ = unsafe plain.withUnsafeBytes { plain in
      unsafe room.withUnsafeMutableBytes { room in
        unsafe shrinker.shrink(plain, last: true, through: room) { unsafe stored.append(contentsOf: $0) }
      }
    }
    return stored
  }

  /// An archive of every format under `in`.
  func fill() throws {
    let open = "in/event_type=users.messages.email.Open/date=2026-05-01-10"
    try folder.write(open + "/plain.avro", Self.avro(1))
    try folder.write(open + "/deflated.avro", Self.avro(2, codec: "deflate"))
    try folder.write(open + "/lines.json", Self.lines(3))
    try folder.write(open + "/lines.json.gz", Self.compressed(Array(Self.lines(4).utf8), .gzip))
    try folder.write(open + "/lines.json.zst", Self.compressed(Array(Self.lines(12).utf8), .zstd))
    for number in 5..<12 {
      try folder.write("in/users.messages.email.Open.\(number).json", Self.lines(number))
    }
    try folder.write("in/_SUCCESS", "")
    try folder.write("in/.part.crc", "x")
  }
}

/// Whether the bytes hold a text.
func holds(_ bytes: [UInt8], _ text: String) -> Bool { Data(bytes).range(of: Data(text.utf8)) != nil }
