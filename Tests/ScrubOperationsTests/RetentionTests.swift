import Foundation
import ScrubCore
import ScrubPolicy
import Testing

@testable import ScrubOperations

/// Events that are older than they may be.
@Suite struct RetentionTests {
  private static let now = (Day("2026-06-01")?.number ?? 0) * 86_400
  private static let place = "in/event_type=users.messages.email.Open/date=2026-05-20-10/"

  private func retain(
    _ bench: EraseBench, _ rules: [RetentionRule], interrupt: Interrupt = Interrupt(),
    _ change: (inout RetentionOptions) -> Void = { _ in }
  ) async throws -> RetentionResult {
    var options = RetentionOptions()
    options.search.inputs = [bench.folder.path + "/in"]
    options.rules = rules
    options.maxShare = 1
    options.isDryRun = false
    options.run = "20260601T000000Z"
    options.stateFolder = bench.folder.path + "/state"
    options.now = Self.now
    change(&options)
    return try await RetentionRun(.builtIn, options, interrupt: interrupt, progress: Progress()).run()
  }

  private func rule(_ events: String = "*", days: Int, _ mode: Policy.Erasure.Mode = .delete) -> RetentionRule {
    RetentionRule(events: [Glob(events)], days: days, mode: mode)
  }

  @Test func theFirstRuleThatMatchesDecides() async throws {
    let bench = try EraseBench()
    try bench.folder.write(
      "in/a.json",
      EraseBench.line("o1", ["user_id": "u1"], day: "2026-05-01") + EraseBench.line("o2", ["user_id": "u1"], day: "2026-05-25")
        + EraseBench.line("s1", type: "users.behaviors.app.SessionStart", ["user_id": "u1"], day: "2026-05-25")
        + EraseBench.line("s2", type: "users.behaviors.app.SessionStart", ["user_id": "u1"], day: "2026-05-31"))
    try bench.folder.write("in/b.json", EraseBench.line("o3", ["user_id": "u2"], day: "2026-05-31"))
    let states = try bench.folder.states("in")
    let result = try await retain(bench, [rule("users.messages.*", days: 10), rule(days: 3)])
    #expect(result.exit == 0 && result.rules.map(\.deleted) == [1, 1] && result.rules.map(\.files) == [1, 1])
    #expect(result.rules.map(\.oldest) == ["2026-05-25T12:00:00Z", "2026-05-31T12:00:00Z"])
    #expect(try bench.ids("in/a.json") == ["o2", "s2"])
    #expect(try bench.folder.states("in")["b.json"] == states["b.json"])
    #expect(try bench.evidence() == ["retain"])
    #expect(try bench.folder.tree("state/journals").isEmpty)
    let ages = try #require(result.ages.first { $0.path == "a.json" })
    #expect(Set(ages.times.keys) == ["users.messages.email.Open", "users.behaviors.app.SessionStart"] && ages.due == 0)
    // Nothing is left to do, and nothing done.
    let again = try await retain(bench, [rule("users.messages.*", days: 10), rule(days: 3)])
    #expect(again.rules.map(\.deleted) == [0, 0] && again.rewritten == 0)
    #expect(try bench.evidence() == ["retain"])
  }

  @Test func aTimeThatCannotBeTrueIsThatOfThePartition() async throws {
    let bench = try EraseBench()
    let lines =
      EraseBench.line("1999", day: "1999-05-01") + EraseBench.line("2030", day: "2030-05-01") + EraseBench.line("none", day: nil)
      + EraseBench.line("true", day: "2026-05-21") + EraseBench.line("late", day: "2026-05-22")
    try bench.folder.write(Self.place + "a.json", lines)
    try bench.folder.write("in/users.messages.email.Open.json", lines)
    let kept = try await retain(bench, [rule(days: 13)])
    #expect(kept.rules.map(\.deleted) == [0], "the twentieth is twelve days ago")
    let result = try await retain(bench, [rule(days: 11)])
    #expect(try bench.ids(Self.place + "a.json") == ["true"])
    #expect(try bench.ids("in/users.messages.email.Open.json") == ["1999", "2030", "none", "true", "late"])
    #expect(result.undated == 3 && result.rules.map(\.deleted) == [4])
  }

  @Test(arguments: ["avro", "json", "batch"])
  func whatIsBlankedIsNotDueAgain(form: String) async throws {
    let bench = try EraseBench()
    let time = Self.now - 30 * 86_400
    switch form {
    case "avro": try bench.folder.write(Self.place + "a.avro", ArchiveBench.avro(1))
    case "json":
      try bench.folder.write(
        Self.place + "a.json",
        EraseBench.line("o1", ["user_id": "u1", "timezone": "UTC", "nobody_knows": "x"]) + EraseBench.line("o2", ["user_id": "u2"], day: "2026-05-31"))
    default:
      try bench.folder.write(
        "in/a.json",
        #"{"events":[{"event_type":"users.messages.email.Open","id":"o1","time":\#(time),"user":{"user_id":"u1"}},{"event_type":"users.messages.email.Open","id":"o2","time":\#(Self.now - 3600),"user":{"user_id":"u2"}}]}"#
          + "\n")
    }
    let now = form == "avro" ? 1_790_000_000 + 20 * 86_400 : Self.now
    let first = try await retain(bench, [rule(days: 10, .blank)]) { $0.now = now }
    #expect(first.exit == 0 && first.rules[0].blanked > 0, "\(first)")
    let states = try bench.folder.states("in")
    let again = try await retain(bench, [rule(days: 10, .blank)]) { $0.now = now }
    #expect(again.rules.map(\.blanked) == [0] && again.exit == 0)
    #expect(try bench.folder.states("in") == states)
    #expect(again.ages.allSatisfy { $0.due == 0 && $0.times.values.allSatisfy { $0.first >= now - 10 * 86_400 } })
    for bytes in try bench.folder.tree("in").values where form != "batch" || holds(bytes, "\"events\"") {
      #expect(!holds(bytes, "ada1@example.test") && !holds(bytes, "\"u1\""))
    }
  }

  @Test(arguments: Destination.allCases, [Policy.Erasure.Mode.delete, .blank])
  func everyShapeIsDoneOnce(destination: Destination, mode: Policy.Erasure.Mode) async throws {
    let bench = try EraseBench()
    for format in destination == .storage ? [SampleOptions.Format.avro, .ndjson] : [.ndjson] {
      _ = try Sample(
        options: SampleOptions(events: 400, destination: destination, format: format, output: bench.folder.path + "/in/\(format)")
      ).write()
    }
    let far = Self.now + 3_000 * 86_400
    let first = try await retain(bench, [rule(days: 10, mode)]) {
      $0.now = far
      $0.maxShare = 2
    }
    #expect(first.exit == 0 && first.rules[0].deleted + first.rules[0].blanked > 350, "\(first.rules) \(first.gaps.first.map(\.code) ?? "")")
    let states = try bench.folder.states("in")
    let again = try await retain(bench, [rule(days: 10, mode)]) { $0.now = far }
    #expect(again.exit == 0 && again.rules[0].deleted + again.rules[0].blanked == 0)
    #expect(again.events == (mode == .delete ? first.events - first.rules[0].deleted : first.events))
    #expect(try bench.folder.states("in") == states)
  }

  @Test func aHoldGoesBeforeIt() async throws {
    let bench = try EraseBench()
    let ada = ["user_id": "5f0000000000000000000a0a"]
    try bench.folder.write(
      "in/a.json",
      EraseBench.line("a1", ada, day: "2026-05-01") + EraseBench.line("g1", ["user_id": "5f0000000000000000000b0b"], day: "2026-05-01")
        + EraseBench.line("d1", ["user_id": "5f0000000000000000000b0b"], day: "2026-03-03"))
    // What links the two stands elsewhere.
    try bench.folder.write(
      "in/b.json", EraseBench.line("a2", ada.merging(["email_address": "ada@example.test"]) { $1 }, day: "2026-01-31"))
    let hold = "basis: dispute, owner: legal, review: 2030-01-31 }\n"
    let holds = try bench.holds(
      "  - { subjects: [{ email: ada@example.test }], from: 2026-02-01, \(hold)  - { from: 2026-03-01, until: 2026-03-31, \(hold)")
    let one = try await retain(bench, [rule(days: 100)]) {
      $0.holds = holds
      $0.search.only = [["b.json"]]
    }
    #expect(one.rules.map(\.deleted) == [1], "what is not in the days of the hold")
    let result = try await retain(bench, [rule(days: 10)]) {
      $0.holds = holds
      $0.search.only = [["a.json"]]
    }
    #expect(try bench.ids("in/a.json") == ["a1", "d1"], "the link is gone, and remembered")
    #expect(result.rules.map(\.held) == [2] && result.exit == 0 && result.ages.map(\.held) == [2])
    #expect(try await bench.suppress().requests.isEmpty)
  }

  @Test func beyondTheShareNothingIsTouched() async throws {
    let bench = try EraseBench()
    try bench.folder.write(
      "in/a.json", (0..<10).map { EraseBench.line("o\($0)", day: $0 < 3 ? "2026-05-01" : "2026-05-31") }.joined())
    let states = try bench.folder.states("in")["a.json"]
    let result = try await retain(bench, [rule(days: 10)]) { $0.maxShare = 0.02 }
    #expect(result.exit == 3 && result.refused == "retention.too-large-a-share")
    #expect(result.ages.map(\.due) == [3])
    #expect(try bench.folder.states("in")["a.json"] == states)
    let dry = try await retain(bench, [rule(days: 10)]) {
      $0.isDryRun = true
      $0.maxShare = 0.02
      $0.eventsElsewhere = 140
    }
    #expect(dry.exit == 0 && dry.rules.map(\.deleted) == [3] && dry.ages.map(\.due) == [3])
    #expect(try bench.folder.states("in")["a.json"] == states)
  }

  /// Wherever it is stopped, what comes next finishes it.
  @Test func whatIsCutOffIsFinished() async throws {
    let bench = try EraseBench()
    for number in 0..<12 {
      try bench.folder.write(
        "in/\(number).json", EraseBench.line("old", day: "2026-05-01") + EraseBench.line("new", day: "2026-05-31"))
    }
    let interrupt = Interrupt()
    let root = bench.folder.path + "/in"
    let before = Self.numbers(root)
    let watcher = Task.detached {
      while !Task.isCancelled && !interrupt.isSet { if Self.numbers(root) != before { interrupt.set() } }
    }
    let first = try await retain(bench, [rule(days: 10)], interrupt: interrupt)
    watcher.cancel()
    // A later night has other rules, and what was begun is finished by those of then.
    _ = try await retain(bench, [rule("users.campaigns.*", days: 1)])
    for number in 0..<12 { #expect(try bench.ids("in/\(number).json") == ["new"], "\(first.exit)") }
    #expect(try bench.folder.tree("state/journals").isEmpty)
    #expect(try bench.evidence() == ["retain"])
    #expect(try bench.folder.tree("in").keys.allSatisfy { !$0.hasSuffix(".tmp") })
  }

  private static func numbers(_ root: String) -> [Int?] {
    (0..<12).map { number in
      (try? FileManager.default.attributesOfItem(atPath: root + "/\(number).json"))?[.systemFileNumber] as? Int
    }
  }

  /// Whatever goes, and in which order, nothing goes that is held.
  @Test(arguments: 0..<(ProcessInfo.processInfo.environment["HOLD_CASES"].flatMap(Int.init) ?? 8))
  func nothingHeldIsTouched(seed: Int) async throws {
    var chance = SeededRandom(seed: UInt64(seed))
    let bench = try EraseBench()
    let days = (1...28).map { "2026-05-\($0 < 10 ? "0" : "")\($0)" }
    var events: [(id: String, person: Int, day: String, file: Int, line: String)] = []
    for number in 0..<24 {
      let person = Int.random(in: 0..<4, using: &chance)
      let all = ["user_id": "5f000000000000000000000\(person)", "external_user_id": "customer-\(person)", "email_address": "p\(person)@example.test"]
      let isLink = !events.contains { $0.person == person }
      let names = isLink ? Array(all.keys) : [all.keys.sorted().randomElement(using: &chance) ?? "user_id"]
      let day = days.randomElement(using: &chance) ?? "2026-05-01"
      events.append(
        ("e\(number)", person, day, Int.random(in: 0..<3, using: &chance), EraseBench.line("e\(number)", all.filter { names.contains($0.key) }, day: day)))
    }
    func write() throws {
      for file in 0..<3 { try bench.folder.write("in/\(file).json", events.filter { $0.file == file }.map(\.line).joined()) }
    }
    try write()
    let heldPerson = Int.random(in: 0..<4, using: &chance)
    let (from, until) = (Int.random(in: 1...14, using: &chance), Int.random(in: 10...28, using: &chance))
    let names = ["braze_id: 5f000000000000000000000\(heldPerson)", "external_user_id: customer-\(heldPerson)", "email: p\(heldPerson)@example.test"]
    let isOfPerson = Bool.random(using: &chance)
    let subject = isOfPerson ? "subjects: [{ \(names.randomElement(using: &chance) ?? names[0]) }], " : ""
    let holds = try bench.holds(
      "  - { \(subject)from: \(days[from - 1]), until: \(days[until - 1]), basis: b, owner: o, review: 2030-01-31 }\n")
    func isHeld(_ event: (id: String, person: Int, day: String, file: Int, line: String)) -> Bool {
      (!isOfPerson || event.person == heldPerson) && event.day >= days[from - 1] && event.day <= days[until - 1]
    }
    var erased: Set<Int> = []
    var lastDay = "2026-01-01"
    for _ in 0..<3 {
      switch Int.random(in: 0..<3, using: &chance) {
      case 0:
        let person = Int.random(in: 0..<4, using: &chance)
        // A person who was erased in part is known by what is left of them.
        if erased.insert(person).inserted {
          try await bench.erase("dsr-\(person)", ["braze_id=5f000000000000000000000\(person)"], received: "2026-05-31") { $0.holds = holds }
        }
      case 1:
        let days = Int.random(in: 4...31, using: &chance)
        _ = try await retain(bench, [rule(days: days)]) { $0.holds = holds }
        lastDay = max(lastDay, Day(seconds: Self.now - days * 86_400).description)
      default:
        if Bool.random(using: &chance) {
          try write()
          lastDay = "2026-01-01"
        }
        _ = try await bench.suppress { $0.holds = holds }
      }
    }
    _ = try await bench.suppress { $0.holds = holds }
    let left = Set(try (0..<3).flatMap { try bench.ids("in/\($0).json") })
    let lines = try (0..<3).map { try bench.folder.text("in/\($0).json") }.joined()
    for event in events {
      if isHeld(event) {
        #expect(lines.contains(event.line), "\(event.id) is held")
      } else if event.day < lastDay {
        #expect(!left.contains(event.id), "\(event.id) is too old")
      }
    }
  }
}

/// The same numbers every time.
private struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state ^ state >> 33) &* 0xff51_afd7_ed55_8ccd
  }
}
