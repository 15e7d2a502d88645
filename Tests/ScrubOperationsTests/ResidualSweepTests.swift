import ScrubCore
import ScrubPolicy
import Testing

@testable import ScrubOperations

/// What is left of people in events that are not theirs.
@Suite struct ResidualSweepTests {
  private static let ada = "5f0000000000000000000a0a"
  private static let device = "7d0fbcbe-0000-4000-8000-00000000000a"

  private static let events = [
    #"{"event_type":"users.messages.email.Open","id":"1","user_id":"\#(ada)","email_address":"ada@example.test","device_id":"\#(device)"}"#,
    #"{"event_type":"users.behaviors.CustomEvent","id":"2","user_id":"5f0000000000000000000b0b","properties":"{\"friend\":\"ada\\u0040example.test\"}"}"#,
    #"{"event_type":"users.messages.email.Click","id":"3","user_id":"5f0000000000000000000b0b","url":"https://example.test/?u=ada%40example.test","device_id":"\#(device)"}"#,
    #"{"event_type":"users.messages.email.Click","id":"4","user_id":"5f0000000000000000000b0b","url":"https://example.test/?d=\#(device)"}"#,
    #"{"event_type":"users.messages.email.Open","id":"5","user_id":"5f0000000000000000000c0c"}"#,
  ]
  private static let batch =
    #"{"events":[{"data":{"custom_attributes":{"id":"\#(ada)"}}},{"data":{"custom_attributes":{"note":"\#(ada)"}}}],"mpid":"7","user_identities":{"email":"grace@example.test"},"x":"\#(ada)"}"#

  private func sweep(_ folder: TemporaryFolder, skipping places: [Int: [EventPlace]]) async throws -> (
    Residue, SearchContext
  ) {
    var options = SearchOptions()
    options.inputs = [folder.path + "/in"]
    options.jobs = 2
    let context = SearchContext(Catalog.builtIn, options, Interrupt())
    let values = SweepValues([
      (Identity(.email, normalised: Array("ada@example.test".utf8)), 0),
      (Identity(.brazeID, normalised: Array(Self.ada.utf8)), 0),
      (Identity(.deviceID, normalised: Array(Self.device.utf8)), 0),
    ])
    let sweep = ResidualSweep(context, values, try SearchLister.list(options), skipping: places)
    return (try await sweep.run(Progress(), KnownPseudonyms([])), context)
  }

  @Test func valuesAreCountedByFieldAndThoseOfOthersApart() async throws {
    let folder = try TemporaryFolder()
    try folder.write("in/a.json", Self.events.joined(separator: "\n"))
    let own = EventPlace(offset: 0, block: -1, record: 0, part: -1)
    let (residue, _) = try await sweep(folder, skipping: [0: [own]])
    #expect(
      residue.findings.map { "\($0.eventType) \($0.destination) \($0.path) \($0.count) \($0.shared)" } == [
        "users.behaviors.CustomEvent storage properties 1 0",
        "users.messages.email.Click storage device_id 0 1",
        // The address in one, the device of somebody else in the other.
        "users.messages.email.Click storage url 1 1",
      ])
    #expect(residue.places[0]?.map(\.record) == [1, 2])
    #expect(residue.values.count == 2)
    #expect(residue.outcomes.map(\.file) == [0])
  }

  @Test func withoutAnythingToSkipTheEventIsSomebodyElses() async throws {
    let folder = try TemporaryFolder()
    try folder.write("in/a.json", Self.events.joined(separator: "\n"))
    let (residue, _) = try await sweep(folder, skipping: [:])
    #expect(residue.findings.allSatisfy { $0.count == 0 } && residue.places.isEmpty && residue.values.isEmpty)
  }

  @Test func eventsOfABatchAreSkippedEachAndWhatIsAroundThemWithTheLast() async throws {
    let folder = try TemporaryFolder()
    try folder.write("in/a.json", Self.batch + "\n" + Self.batch)
    let first = EventPlace(offset: 0, block: -1, record: 0, part: 0)
    let second = EventPlace(offset: 0, block: -1, record: 0, part: 1)
    let offset = Self.batch.utf8.count + 1
    let (residue, _) = try await sweep(
      folder, skipping: [0: [first, second, EventPlace(offset: offset, block: -1, record: 1, part: 0)]])
    #expect(residue.places[0]?.map(\.part) == [-1, 1] && residue.places[0]?.map(\.record) == [1, 1])
    #expect(residue.findings.map(\.path) == ["events[].data.custom_attributes.note", "x"])
  }

  @Test func whatIsRedactedIsNotFoundAgain() async throws {
    let folder = try TemporaryFolder()
    try folder.write("in/a.json", Self.events.joined(separator: "\n"))
    let own = EventPlace(offset: 0, block: -1, record: 0, part: -1)
    let (residue, context) = try await sweep(folder, skipping: [0: [own]])
    var redactor = SweepRedactor(context, residue.values)
    let box = redactor.events(of: .storage, isDocument: false)
    var lines: [String] = []
    for (number, event) in Self.events.enumerated() {
      var sink = ByteSink()
      let bytes = Array(event.utf8)
      let isWanted = residue.places[0]?.contains { $0.record == number } ?? false
      if isWanted {
        _ = try unsafe box.sweep.redact(bytes.span.bytes, 0..<bytes.count, to: &sink)
      } else {
        sink.append(bytes)
      }
      lines.append(unsafe sink.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) })
    }
    #expect(
      lines[1]
        == #"{"event_type":"users.behaviors.CustomEvent","id":"2","user_id":"5f0000000000000000000b0b","properties":"{\"friend\":\"[ERASED]\"}"}"#
    )
    #expect(lines[2].contains("?u=%5BERASED%5D\"") && lines[3] == Self.events[3])
    try folder.write("in/a.json", lines.joined(separator: "\n"))
    let (again, _) = try await sweep(folder, skipping: [0: [own]])
    #expect(again.places.isEmpty && again.findings.allSatisfy { $0.count == 0 })
  }
}
