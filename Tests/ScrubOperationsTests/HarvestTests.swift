import Foundation
import ScrubCore
import ScrubPolicy
import Testing

@testable import ScrubOperations

/// People whom Braze was told to delete.
@Suite struct HarvestTests {
  private static let ada = "5f0000000000000000000a0a"
  private static let grace = "5f0000000000000000000b0b"
  private static let deleted = "in/event_type=users.UserDeleteRequest/date=2026-05-10-09/a.json"

  private static func request(_ id: String, of person: String, day: String = "2026-05-10") -> String {
    EraseBench.line(id, type: "users.UserDeleteRequest", ["user_id": person], day: day)
  }

  private func harvest(_ bench: EraseBench, only: [[String]?] = []) async throws -> HarvestFound {
    var options = bench.options().search
    options.only = only
    return try await HarvestSearch(
      .builtIn, options, stateFolder: bench.folder.path + "/state", interrupt: Interrupt(), progress: Progress()
    ).run()
  }

  private func erase(_ bench: EraseBench, _ people: [HarvestedPerson]) async throws -> EraseResult {
    try await EraseRun(.builtIn, bench.options(), people, interrupt: Interrupt(), progress: Progress()).run()
  }

  private func amplitude(_ id: String, _ external: String, day: String) throws -> String {
    let day = try #require(Day(day))
    return
      #"{"user_id":"\#(external)","event_type":"[Appboy] Email Open","insert_id":"\#(id)","time":\#(day.number * 86_400_000),"event_properties":{"id":"\#(id)"}}"#
      + "\n"
  }

  @Test func theyAreFoundAndGoWithTheEventThatTellsOfThem() async throws {
    let bench = try EraseBench()
    try bench.folder.write(Self.deleted, Self.request("d1", of: Self.ada))
    try bench.folder.write(
      "in/a.json",
      EraseBench.line("a1", ["user_id": Self.ada, "external_user_id": "ada"])
        + EraseBench.line("a2", ["user_id": Self.ada], day: "2026-06-01")
        // Whoever it is: the id is the controller's, and the event none of a partner.
        + EraseBench.line("a3", ["external_user_id": "ada"]) + EraseBench.line("g1", ["user_id": Self.grace]))
    try bench.folder.write(
      "in/amplitude.json",
      try amplitude("p1", "ada", day: "2026-05-01") + amplitude("p2", "ada", day: "2026-05-20")
        + amplitude("p3", "grace", day: "2026-05-01"))
    let found = try await harvest(bench)
    let person = try #require(found.people.first)
    #expect(found.people.count == 1 && found.files == 3 && found.events == 8)
    #expect(person.request.hasPrefix("braze-") && person.request.utf8.count == 22)
    #expect(person.workspace == "ws" && person.received == Day("2026-05-10"))
    #expect(person.file.hasSuffix("a.json"))
    let result = try await erase(bench, found.people)
    #expect(result.exit == 0 && result.requests.map(\.counts.deleted) == [4])
    #expect(result.requests.map(\.state) == [.complete])
    #expect(try bench.ids("in/a.json") == ["a3", "g1"])
    #expect(try bench.folder.text("in/amplitude.json").split(separator: "\n").map { $0.contains("p1") } == [false, false])
    #expect(try bench.folder.text(Self.deleted).isEmpty)
    #expect(try bench.evidence() == ["harvest"])
    // They are known from now on, and not found again.
    try bench.folder.write(Self.deleted, Self.request("d1", of: Self.ada))
    #expect(try await harvest(bench).people.isEmpty)
    try bench.folder.write("in/amplitude.json", try amplitude("p1", "ada", day: "2026-05-01"))
    let back = try await bench.suppress()
    #expect(back.requests.map(\.request) == [person.request] && back.requests.map(\.counts.deleted) == [2])
    #expect(try bench.ids("in/a.json") == ["a3", "g1"])
  }

  @Test func anExternalIDOfTwoLeadsNowhere() async throws {
    let bench = try EraseBench()
    try bench.folder.write(Self.deleted, Self.request("d1", of: Self.ada))
    try bench.folder.write(
      "in/a.json",
      EraseBench.line("a1", ["user_id": Self.ada, "external_user_id": "both"])
        + EraseBench.line("g1", ["user_id": Self.grace, "external_user_id": "both"]))
    try bench.folder.write("in/amplitude.json", try amplitude("p1", "both", day: "2026-05-01"))
    let result = try await erase(bench, try await harvest(bench).people)
    #expect(result.requests.map(\.counts.deleted) == [2])
    #expect(try bench.ids("in/a.json") == ["g1"])
    #expect(try bench.folder.text("in/amplitude.json").contains("p1"))
  }

  @Test func anExternalIDIsOneOfAWorkspaceUpToASecond() async throws {
    let bench = try EraseBench()
    func mixpanel(_ id: String, _ workspace: String, after seconds: Int) throws -> String {
      let time = try #require(Day("2026-05-10")).number * 86_400 + 43_200 + seconds
      let told = workspace.isEmpty ? "" : #","app_group_id":"\#(workspace)""#
      return
        #"{"event":"Email Open","properties":{"$partner_id":"braze","distinct_id":"ada","$insert_id":"\#(id)","time":\#(time)\#(told)}}"#
        + "\n"
    }
    let partners =
      try mixpanel("p1", "ws", after: 0) + mixpanel("p2", "ws", after: 1) + mixpanel("p3", "other", after: 0)
      + mixpanel("p4", "", after: 0)
    func left() throws -> [Bool] {
      let text = try bench.folder.text("in/mixpanel.json")
      return ["p1", "p2", "p3", "p4"].map { text.contains("\"\($0)\"") }
    }
    try bench.folder.write(Self.deleted, Self.request("d1", of: Self.ada))
    try bench.folder.write("in/a.json", EraseBench.line("a1", ["user_id": Self.ada, "external_user_id": "ada"]))
    try bench.folder.write("in/mixpanel.json", partners)
    let result = try await erase(bench, try await harvest(bench).people)
    #expect(result.requests.map(\.counts.deleted) == [4])
    #expect(try left() == [false, true, true, false])
    #expect(try await bench.suppress().requests.isEmpty)
    // What comes back goes by the same.
    try bench.folder.write("in/mixpanel.json", partners)
    #expect(try await bench.suppress().requests.map(\.counts.deleted) == [2])
    #expect(try left() == [false, true, true, false])
  }

  @Test func ofTwoEventsTheEarlierCounts() async throws {
    let bench = try EraseBench()
    try bench.folder.write(
      Self.deleted, Self.request("d1", of: Self.ada, day: "2026-05-12") + Self.request("d2", of: Self.ada, day: "2026-05-11"))
    let found = try await harvest(bench)
    #expect(found.people.map(\.received) == [Day("2026-05-11")])
    #expect(try await harvest(bench, only: [[]]).people.isEmpty)
  }
}
