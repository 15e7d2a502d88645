import Foundation
import ScrubCore
import ScrubLedger
import ScrubNative
import ScrubPolicy
import Testing

@testable import ScrubOperations

/// Archives from which people go, with a state folder.
struct EraseBench {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  init(_ folder: TemporaryFolder) { self.folder = folder }

  /// An event of the storage.
  static func line(
    _ id: String, type: String = "users.messages.email.Open", _ members: [String: String] = [:], day: String? = "2026-05-01"
  ) -> String {
    var text = #"{"event_type":"\#(type)","id":"\#(id)","app_group_id":"ws""#
    if let day, let day = Day(day) { text += #","time":\#(day.number * 86_400 + 43_200)"# }
    for (name, value) in members.sorted(by: { $0.key < $1.key }) { text += #","\#(name)":"\#(value)""# }
    return text + "}\n"
  }

  func options(_ inputs: [String] = ["in"], _ change: (inout EraseOptions) -> Void = { _ in }) -> EraseOptions {
    var options = EraseOptions()
    options.search.inputs = inputs.map { folder.path + "/" + $0 }
    options.step = .all
    options.stateFolder = folder.path + "/state"
    options.reports = folder.path + "/reports"
    options.run = "20260601T000000Z"
    options.sweep = .none
    options.maxShare = 1
    change(&options)
    return options
  }

  /// Erases a person.
  @discardableResult
  func erase(
    _ id: String, _ subjects: [String], received: String? = "2026-05-10", inputs: [String] = ["in"],
    _ change: (inout EraseOptions) -> Void = { _ in }
  ) async throws -> EraseResult {
    var request = AccessRequest(id: id)
    request.subjects = try subjects.map { Subject(try Identifier($0)) }
    request.received = received.flatMap { Day($0) }
    return try await EraseRun(
      .builtIn, options(inputs, change), [request], interrupt: Interrupt(), progress: Progress()
    ).run()
  }

  func suppress(
    inputs: [String] = ["in"], _ change: (inout EraseOptions) -> Void = { _ in }
  ) async throws -> EraseResult {
    try await SuppressionRun(.builtIn, options(inputs, change), interrupt: Interrupt(), progress: Progress()).run()
  }

  /// The ids of events that a file of lines holds.
  func ids(_ file: String) throws -> [String] {
    try folder.text(file).split(separator: "\n").compactMap { line in
      line.firstRange(of: #""id":""#).map { String(line[$0.upperBound...].prefix { $0 != "\"" }) }
    }
  }

  func holds(_ text: String) throws -> LegalHolds {
    try LegalHolds.read([folder.write("holds.yml", "holds:\n" + text)])
  }

  /// The commands of the lines of the evidence log.
  func evidence() throws -> [String] {
    try folder.tree("state/evidence").filter { $0.key.hasSuffix(".ndjson") }.sorted { $0.key < $1.key }.flatMap { _, bytes in
      String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
        line.firstRange(of: #""command":""#).map { String(line[$0.upperBound...].prefix { $0 != "\"" }) }
      }
    }
  }
}

/// Who was erased stays so.
@Suite struct SuppressionTests {
  private static let ada = ["user_id": "5f0000000000000000000a0a", "external_user_id": "ada", "email_address": "ada@example.test"]
  private static let grace = ["user_id": "5f0000000000000000000b0b", "external_user_id": "grace"]

  private func bench() async throws -> EraseBench {
    let bench = try EraseBench()
    try bench.folder.write("in/a.json", EraseBench.line("a1", Self.ada) + EraseBench.line("g1", Self.grace))
    let result = try await bench.erase("dsr-1", ["external_user_id=ada"])
    #expect(result.requests.map(\.state) == [.complete])
    #expect(try bench.ids("in/a.json") == ["g1"])
    return bench
  }

  @Test func whatARestoredFileBringsBackGoesAgain() async throws {
    let bench = try await bench()
    try bench.folder.write("in/b.json", EraseBench.line("a1", Self.ada) + EraseBench.line("g1", Self.grace))
    let untouched = try bench.folder.states("in")
    let result = try await bench.suppress { $0.search.only = [["b.json"]] }
    #expect(result.exit == 0 && result.files == 1 && result.events == 2 && result.rewritten == 1)
    #expect(result.requests.map(\.request) == ["dsr-1"] && result.requests.map(\.counts.deleted) == [1])
    #expect(result.requests[0].state == .complete && result.requests[0].receipt != nil)
    #expect(try bench.ids("in/b.json") == ["g1"])
    #expect(try bench.folder.states("in")["a.json"] == untouched["a.json"])
    #expect(try bench.evidence() == ["erase", "suppress"])
    // Nothing is left to do, and nothing done.
    let again = try await bench.suppress()
    #expect(again.requests.isEmpty && again.exit == 0 && again.files == 2)
    #expect(try bench.evidence() == ["erase", "suppress"])
    #expect(try bench.folder.tree("state/journals").isEmpty)
  }

  @Test func whoSignsUpAgainKeepsWhatIsNew() async throws {
    let bench = try await bench()
    let new = ["user_id": "5f0000000000000000000c0c", "external_user_id": "ada", "email_address": "ADA@example.test"]
    try bench.folder.write(
      "in/b.json",
      // The day on which the person asked is the last that counts.
      EraseBench.line("old", ["email_address": "ada@example.test"], day: "2026-05-10")
        + EraseBench.line("new", new, day: "2026-05-11")
        + EraseBench.line("undated", ["email_address": "ada@example.test"], day: nil)
        // A Braze id never comes back as somebody else's.
        + EraseBench.line("late", ["user_id": Self.ada["user_id"] ?? ""], day: "2026-06-01")
        + EraseBench.line("nobody", ["user_id": Self.ada["user_id"] ?? ""], day: nil))
    let result = try await bench.suppress()
    #expect(result.requests.map(\.counts.deleted) == [3])
    #expect(try bench.ids("in/b.json") == ["new", "undated"])
    #expect(try await bench.suppress().requests.isEmpty)
  }

  /// What a clock tells that was never set is before everything; what is no number and no date is no time.
  @Test func aClockThatWasNeverSetTellsATimeBeforeTheRequest() async throws {
    let bench = try await bench()
    let early = [
      "0", "1", "-86400", "100000000", "300000000", #""1970-01-01T00:00:00Z""#, #""1969-12-31 23:59:59""#, #""-1""#, "0.5", "1.7776E9",
    ]
    let other = ["1.79876160E9", "4200000000", #""never""#, #""""#, "null", #""1e""#, "1e+300", "-1e19"]
    let lines = (early + other).enumerated().map { index, time in
      #"{"event_type":"users.messages.email.Open","id":"e\#(index)","external_user_id":"ada","time":\#(time)}"# + "\n"
    }
    try bench.folder.write("in/b.json", lines.joined())
    let result = try await bench.suppress()
    #expect(result.exit == 0 && result.requests.map(\.counts.deleted) == [early.count])
    #expect(try bench.ids("in/b.json") == other.indices.map { "e\(early.count + $0)" })
  }

  @Test func aClockThatWasNeverSetTellsATimeInAvro() async throws {
    let bench = try await bench()
    let name = "dataexport.S3.inner.users.messages.email.Open"
    let fields = #"[{"name":"external_user_id","type":"string"},{"name":"time","type":"long"}]"#
    let sync = Array("0123456789abcdef".utf8)
    let block = [0, -1, 100_000_000, 4_200_000_000].flatMap { AvroSchema.encoded("ada") + AvroSchema.varint($0) }
    var file: [UInt8] = Array("Obj\u{1}".utf8) + AvroSchema.varint(1) + AvroSchema.encoded("avro.schema")
    file += AvroSchema.encoded(#"{"type":"record","name":"\#(name)","fields":\#(fields)}"#) + [0] + sync
    file += AvroSchema.varint(4) + AvroSchema.varint(block.count) + block + sync
    try bench.folder.write("in/b.avro", file)
    #expect(try await bench.suppress().requests.map(\.counts.deleted) == [3])
  }

  @Test func aHoldKeepsThemWhateverNameItKnowsThemBy() async throws {
    let bench = try await bench()
    try bench.folder.write("in/b.json", EraseBench.line("a2", ["user_id": Self.ada["user_id"] ?? ""]))
    let states = try bench.folder.states("in")
    let holds = try bench.holds(
      "  - { subjects: [{ email: ada@example.test }], basis: dispute, owner: legal, review: 2030-01-31 }\n")
    let result = try await bench.suppress { $0.holds = holds }
    #expect(result.requests.isEmpty && result.exit == 0)
    #expect(try bench.folder.states("in") == states)
    #expect(try bench.evidence() == ["erase"])
  }

  @Test(arguments: ["avro", "json"])
  func whatARuleKeepsIsKeptOnce(form: String) async throws {
    let bench = try EraseBench()
    let ada = Self.ada.merging(["timezone": "Europe/Paris"]) { $1 }
    let (file, person) = form == "avro" ? ("users.messages.email.Open.avro", "braze_id=u1") : ("a.json", "external_user_id=ada")
    if form == "avro" {
      try bench.folder.write("in/" + file, ArchiveBench.avro(1, codec: "deflate"))
    } else {
      try bench.folder.write("in/" + file, EraseBench.line("a1", ada) + EraseBench.line("g1", Self.grace))
    }
    func keep(_ options: inout EraseOptions) {
      options.rules.keep = [
        Policy.Erasure.Keep(
          events: [Glob("users.messages.*")], fields: ["user_id", "time"].map { Glob($0) }, basis: "proof", review: "2030-01-31")
      ]
    }
    let first = try await bench.erase("dsr-1", [person], keep)
    #expect(first.requests.map(\.counts.kept) == [form == "avro" ? 20 : 1])
    let states = try bench.folder.states("in")
    let again = try await bench.suppress(keep)
    #expect(again.requests.isEmpty && again.exit == 0 && again.rewritten == 0)
    #expect(try bench.folder.states("in") == states)
    if form == "avro" { return }
    // What comes back beside it goes, and it stays.
    try bench.folder.write("in/" + file, try bench.folder.text("in/" + file) + EraseBench.line("a1", ada))
    let back = try await bench.suppress(keep)
    #expect(back.requests.map(\.counts.kept) == [1] && back.exit == 0 && back.gaps.isEmpty)
    #expect(try await bench.suppress(keep).requests.isEmpty)
  }

  @Test func aDryRunOnlyLooks() async throws {
    let bench = try await bench()
    try bench.folder.write("in/b.json", EraseBench.line("a1", Self.ada))
    let result = try await bench.suppress { $0.step = .look }
    #expect(result.requests.map(\.counts.deleted) == [1])
    #expect(try bench.ids("in/b.json") == ["a1"])
  }

  @Test func whatWasSharedIsNobodysMark() async throws {
    let bench = try EraseBench()
    let family = ["email_address": "family@example.test"]
    try bench.folder.write(
      "in/a.json",
      EraseBench.line("a1", ["user_id": "5f0000000000000000000a0a"].merging(family) { $1 })
        + EraseBench.line("g1", ["user_id": "5f0000000000000000000b0b"].merging(family) { $1 }))
    try await bench.erase("dsr-1", ["braze_id=5f0000000000000000000a0a"])
    try bench.folder.write("in/b.json", EraseBench.line("f1", family, day: "2026-05-02"))
    #expect(try await bench.suppress().requests.isEmpty)
    #expect(try bench.ids("in/b.json") == ["f1"])
  }

  @Test func anUnreadableFileIsNamedAndStopsNothing() async throws {
    let bench = try await bench()
    try bench.folder.write("in/b.json", EraseBench.line("a1", Self.ada))
    try bench.folder.write("in/broken.avro", "Obj\u{1}broken")
    let result = try await bench.suppress { $0.search.only = [["b.json", "broken.avro", "gone.json"]] }
    #expect(result.exit == 2 && result.requests.map(\.state) == [.complete])
    #expect(Set(result.unreadable.map(\.file)) == ["broken.avro", "gone.json"])
    #expect(try bench.folder.text("in/b.json").isEmpty)
  }
}

/// The list itself.
@Suite struct SuppressionListTests {
  private func fingerprint(_ number: UInt64) -> SuppressionList.Fingerprint {
    var digest = Digest256()
    digest.words.0 = number &* 0x9e37_79b9_7f4a_7c15
    digest.words.1 = number
    return SuppressionList.Fingerprint(digest)
  }

  @Test func anEntryIsAddedOnceAndFoundByEachOfItsMarks() throws {
    let folder = try TemporaryFolder()
    #expect(try SuppressionList.existing(in: folder.path) == nil)
    let entry = SuppressionList.Entry(
      entry: "run/dsr-1", until: 20_000,
      marks: [.init(fingerprint: fingerprint(1), use: .person), .init(fingerprint: fingerprint(2), use: .shared)])
    for _ in 0..<2 { try SuppressionList.add([entry], in: folder.path) }
    let list = try #require(try SuppressionList.existing(in: folder.path))
    let hits = try list.find([fingerprint(3), fingerprint(2), fingerprint(1)])
    #expect(Set(hits.map(\.use)) == [.person, .shared] && hits.count == 2)
    #expect(hits.allSatisfy { $0.request == "dsr-1" && $0.until == 20_000 })
    #expect(try folder.tree(".").keys.allSatisfy { $0.hasPrefix(SuppressionList.name) })
  }

  @Test func anotherFileIsRefused() throws {
    let folder = try TemporaryFolder()
    try folder.write(SuppressionList.name, "{}\n", mode: 0o600)
    #expect(throws: LedgerProblem.self) { _ = try SuppressionList.existing(in: folder.path) }
  }
}
