import Foundation
import ScrubOperations
import ScrubPolicy
import Testing

/// A folder of an archive made here, removed with the object.
private final class Archive {
  let path = FileManager.default.temporaryDirectory.path + "/scrub-inspect-" + UUID().uuidString

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let url = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  func inspect(jobs: Int = 1, change: (inout InspectOptions) -> Void = { _ in }) async throws -> InspectRun.Result {
    var options = InspectOptions()
    options.inputs = [path]
    options.jobs = jobs
    change(&options)
    return try await InspectRun(.builtIn, options, interrupt: Interrupt(), progress: Progress()).run()
  }
}

/// An object container of one block of texts, all fields required strings.
private func container(_ name: String, _ fields: [(name: String, doc: String)], _ rows: [[String]]) -> [UInt8] {
  let members = fields.map { "{\"name\":\"\($0.name)\",\"type\":\"string\",\"doc\":\"\($0.doc)\"}" }
  let schema = "{\"type\":\"record\",\"name\":\"\(name)\",\"fields\":[\(members.joined(separator: ","))]}"
  let sync = Array("0123456789abcdef".utf8)
  let block = rows.flatMap { $0.flatMap { AvroSchema.encoded($0) } }
  return [0x4f, 0x62, 0x6a, 1] + AvroSchema.varint(1) + AvroSchema.encoded("avro.schema") + AvroSchema.encoded(schema)
    + [0] + sync + AvroSchema.varint(rows.count) + AvroSchema.varint(block.count) + block + sync
}

private let open = "dataexport.S3.inner.users.messages.email.Open"

struct InspectRunTests {
  @Test func aSampleIsWhatItsTruthSays() async throws {
    let archive = try Archive()
    let summary = try Sample(options: SampleOptions(events: 600, output: archive.path + "/in")).write()
    let result = try await archive.inspect { $0.inputs = [archive.path + "/in"] }
    let inspection = result.inspection
    #expect(inspection.totals.events == 600 && inspection.totals.files == summary.files)
    #expect(inspection.exit == 0 && inspection.events.allSatisfy(\.known))
    #expect(inspection.containers.count == 1 && inspection.containers[0].format == "avro")
    #expect(inspection.drift.unknownEvents.isEmpty && inspection.drift.unknownFields.isEmpty)
    #expect(inspection.drift.marks.lost.isEmpty && inspection.drift.marks.new.isEmpty)
    #expect(result.schemas.count == inspection.schemas.count)
    #expect(result.schemas.reduce(0) { $0 + $1.events } == 600)
    #expect(inspection.days.reduce(0) { $0 + $1.events } == 600)
  }

  @Test(arguments: Destination.allCases)
  func linesOfEveryDestinationAreKnown(destination: Destination) async throws {
    let archive = try Archive()
    _ = try Sample(
      options: SampleOptions(events: 400, destination: destination, format: .ndjson, output: archive.path + "/in")
    ).write()
    let result = try await archive.inspect { $0.inputs = [archive.path + "/in"] }
    let inspection = result.inspection
    #expect(inspection.totals.events == 400 && inspection.exit == 0)
    #expect(inspection.events.allSatisfy { $0.known && $0.destination == destination.rawValue })
    #expect(inspection.events.allSatisfy { $0.first != nil && $0.implausibleTimes == 0 })
    #expect(inspection.drift.unknownFields.isEmpty && inspection.drift.namesWithheld == 0)
    #expect(!result.paths.isEmpty && result.paths.allSatisfy(\.isKnown))
  }

  @Test func anyNumberOfWorkersTellsTheSame() async throws {
    let archive = try Archive()
    _ = try Sample(options: SampleOptions(events: 500, output: archive.path + "/avro")).write()
    _ = try Sample(options: SampleOptions(events: 500, format: .ndjson, output: archive.path + "/lines")).write()
    try archive.write("new/users.messages.email.Open.json", "{\"id\":\"1\",\"odd\":\"ada@example.test\"}\n")
    let one = try await archive.inspect(jobs: 1).inspection.json()
    let three = try await archive.inspect(jobs: 3).inspection.json()
    #expect(one == three)
  }

  @Test func marksAreComparedWithTheCatalog() async throws {
    let archive = try Archive()
    // Marked nowhere in the catalog; marked there and not here; marked in both.
    try archive.write(
      "a.avro",
      container(open, [("campaign_name", "[PII] x"), ("email_address", "x"), ("user_id", "[PII] x")], [["a", "b", "c"]]))
    try archive.write("b.avro", container(open, [("campaign_name", "x"), ("email_address", "[PII] x")], [["a", "b"]]))
    try archive.write("c.avro", container(open, [("email_address", "x")], [["b"]]))
    let marks = try await archive.inspect().inspection.drift.marks
    #expect(marks.new.map(\.field) == ["campaign_name"] && marks.new[0].files == 1)
    #expect(marks.lost.map(\.field) == ["email_address"] && marks.lost[0].events == ["users.messages.email.Open"])
    #expect(marks.contradicting.map(\.field) == ["campaign_name", "email_address"])
    #expect(marks.unmarkedSchemas == 1 && marks.unmarkedFiles == 1 && marks.markedSchemas == 2)
  }

  @Test func whatIsUnknownBecomesAnAddition() async throws {
    let archive = try Archive()
    try archive.write(
      "event_type=users.survey.Response/date=2026-08-05-10/version=11/us-01/a.avro",
      container(
        "dataexport.S3.inner.users.survey.Response", [("user_id", "[PII] x"), ("survey_answer", "[PII][DEPRECATED] x")],
        [["u", "a"]]))
    try archive.write("users.messages.email.Open.json", "{\"id\":\"1\",\"shoe\":{\"size\":42}}\n{\"id\":\"2\"}\n")
    let drift = try await archive.inspect().inspection.drift
    #expect(drift.unknownEvents.map(\.event) == ["users.survey.Response"])
    #expect(drift.unknownFields.map(\.path) == ["shoe.size", "survey_answer"])
    #expect(drift.unknownFields.map(\.annotated) == [false, true])
    #expect(try CatalogAddition(parsing: Array(drift.addition.json.utf8)) == drift.addition)
    let shapes = drift.addition.events
    #expect(shapes.map(\.event) == ["users.messages.email.Open", "users.survey.Response"])
    #expect(shapes[0].members.map(\.path) == ["shoe.size"] && shapes[0].members[0].type == "int")
    #expect(shapes[0].members[0].fields == ["size"] && !shapes[0].members[0].isRequired)
    #expect(shapes[1].members.map(\.path) == ["survey_answer", "user_id"])
    #expect(shapes[1].members[0].isDeprecated && shapes[1].members[0].isAnnotated && shapes[1].members[0].isRequired)
  }

  @Test func onlyFieldsThatNobodyCallsPersonalAreLookedInto() async throws {
    let archive = try Archive()
    try archive.write(
      "a.avro",
      container(
        open, [("email_address", "x"), ("campaign_name", "x"), ("sdk_version", "x"), ("secret", "[PII] x"), ("more", "x")],
        [["ada@example.test", "for ada@example.test", "203.0.113.77", "ada@example.test", "{\"to\":\"+12025550123\"}"]]))
    let content = try await archive.inspect().inspection.drift.content
    #expect(
      content.map { "\($0.path) \($0.kind) \($0.values)/\($0.of)" } == [
        "campaign_name email 1/1", "more json 1/1", "more phone 1/1", "more{}.to phone 1/1",
      ])
    #expect(content[1].members == ["to"] && !content[1].known && content[0].known)
  }

  @Test func whatCannotBeReadIsTold() async throws {
    let archive = try Archive()
    let good = container(open, [("id", "x")], [["1"], ["2"]])
    try archive.write("good.avro", good)
    try archive.write("cut.avro", Array(good.dropLast(3)))
    try archive.write("header.avro", Array(good.prefix(30)))
    try archive.write("people.csv", "a,b\n")
    try archive.write("users.messages.email.Open.json", "{\"id\":\"1\"}\n{\"id\":\n")
    let inspection = try await archive.inspect().inspection
    #expect(inspection.exit == 2 && inspection.state == .incomplete)
    #expect(inspection.totals.unsupported == 1 && inspection.totals.unreadable == 1)
    #expect(inspection.damaged.map(\.code) == ["avro.truncated-block", "json.syntax"])
    #expect(inspection.totals.events == 3)
  }

  @Test func anInputWithoutFilesIsARefusal() async throws {
    let archive = try Archive()
    await #expect(throws: ScrubRefusal.self) { try await archive.inspect() }
  }

  @Test func bothLayoutsOfPathsAreRead() async throws {
    let archive = try Archive()
    let file = container(open, [("id", "x")], [["1"]])
    let root = "currents/dataexport.prod-01.S3.integration.0123456789abcdef01234567/event_type=users.messages.email.Open"
    try archive.write(root + "/date=2026-05-01-10/version=6/us-01/a.avro", file)
    try archive.write(root + "/date=2025-05-01-09/123/a/b.avro", file)
    let inspection = try await archive.inspect().inspection
    let partitions = Dictionary(uniqueKeysWithValues: inspection.partitions.map { ($0.name, $0) })
    #expect(partitions["date"]?.first == "2025-05-01-09" && partitions["date"]?.last == "2026-05-01-10")
    #expect(partitions["version"]?.values == ["6"] && partitions["environment"]?.values == ["us-01"])
    #expect(partitions["schema-id"]?.values == ["123"] && partitions["zone"]?.values == ["a"])
    #expect(partitions["cluster"]?.values == ["prod-01"] && partitions["connector"]?.values == ["S3"])
    #expect(inspection.days.map(\.day) == ["2025-05-01", "2026-05-01"])
  }
}
