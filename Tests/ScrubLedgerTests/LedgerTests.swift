import Foundation
import ScrubLedger
import Testing

struct LedgerTests {
  @Test func thereIsNoneBeforeItIsMade() throws {
    let bench = try StateBench()
    #expect(try Ledger.existing(in: bench.path) == nil)
    let ledger = try Ledger.obtain(in: bench.path)
    #expect(try bench.mode("ledger.sqlite") == 0o600)
    #expect(ledger.size > 0)
    #expect(try Ledger.existing(in: bench.path) != nil)
  }

  @Test func aVaultIsNoLedgerAndTheOtherWayRound() throws {
    let bench = try StateBench()
    _ = try TokenVault.obtain(in: bench.path)
    _ = try Ledger.obtain(in: bench.path)
    let other = try StateBench()
    try other.write(bench.bytes("vault.sqlite"), to: "ledger.sqlite")
    try other.write(bench.bytes("ledger.sqlite"), to: "vault.sqlite")
    #expect(problem { _ = try Ledger.obtain(in: other.path) } == .ledgerForeign)
    #expect(problem { _ = try TokenVault.obtain(in: other.path) } == .vaultForeign)
  }

  @Test func everyDamagedPageIsFoundAtOpening() throws {
    let bench = try StateBench()
    do {
      let ledger = try Ledger.obtain(in: bench.path)
      try ledger.files.put((0..<200).map { known($0) }, in: "a", .source)
    }
    let whole = try bench.bytes("ledger.sqlite")
    for page in 1..<(whole.count / 4096) {
      var damaged = whole
      for index in 0..<16 { damaged[page * 4096 + index] ^= 0xff }
      try bench.write(damaged, to: "ledger.sqlite")
      #expect(problem { _ = try Ledger.obtain(in: bench.path) } == .ledgerDamaged, "page \(page)")
    }
    var later = whole
    later[63] = 2
    try bench.write(later, to: "ledger.sqlite")
    #expect(problem { _ = try Ledger.obtain(in: bench.path) } == .ledgerLater)
    try bench.write(whole, to: "ledger.sqlite", mode: 0o644)
    #expect(problem { _ = try Ledger.obtain(in: bench.path) } == .ledgerExposed)
  }

  @Test func severalWritersAtOnceLoseNothing() async throws {
    let bench = try StateBench()
    let path = bench.path
    // Each with a connection of its own, as processes have.
    try await withThrowingTaskGroup { group in
      for writer in 0..<4 {
        group.addTask {
          let ledger = try Ledger.obtain(in: path)
          for batch in 0..<10 {
            try ledger.files.put((0..<20).map { known(batch * 20 + $0) }, in: "archive \(writer)", .source)
          }
        }
      }
      try await group.waitForAll()
    }
    let ledger = try Ledger.obtain(in: path)
    for writer in 0..<4 { #expect(try ledger.files.load("archive \(writer)", .source).count == 200) }
  }
}

/// A file as runs leave them: its path is as long as those of Currents.
func known(_ number: Int, run: String = "2026-11-23T191500Z-nightly") -> KnownFile {
  let path =
    "dataexport.prod-03.S3.integration.5f1c2a/event_type=users.messages.email.Open/date=2026-11-24-13/"
    + "452ed1fa-2e3c-4d7a-9c4c-\(number).avro"
  var file = KnownFile(
    path: Array(path.utf8),
    identity: KnownFile.Identity(
      device: 65024, inode: 1_000_000 + number, size: 204_800 + number, modified: 1_777_600_000_123_456_789 + number,
      changed: 1_777_600_000_123_456_789 + number),
    state: .done, run: run)
  file.digest = String(repeating: "0123456789abcdef", count: 4)
  file.plan = String(repeating: "fedcba9876543210", count: 4)
  file.output = String(repeating: "0011223344556677", count: 4)
  file.events.read = 1000
  file.events.written = 990
  file.events.dropped = 10
  return file
}

struct KnownFilesTests {
  @Test func whatIsPutIsLoadedByArchiveAndRole() throws {
    let bench = try StateBench()
    let files = try Ledger.obtain(in: bench.path).files
    var failed = known(3)
    failed.state = .failed
    failed.code = "file.unreadable"
    failed.digest = nil
    failed.plan = nil
    failed.output = nil
    failed.identity.device = -1
    try files.put([known(1), known(2), failed], in: "a", .source)
    try files.put([known(1)], in: "a", .output)
    try files.put([known(9)], in: "b", .source)
    let loaded = try files.load("a", .source)
    #expect(loaded == [known(1).path: known(1), known(2).path: known(2), failed.path: failed])
    #expect(try files.load("a", .output).count == 1 && files.load("c", .source).isEmpty)
  }

  @Test func theLatestIsKept() throws {
    let bench = try StateBench()
    let files = try Ledger.obtain(in: bench.path).files
    try files.put([known(1)], in: "a", .source)
    var changed = known(1, run: "later")
    changed.identity.size = 1
    try files.put([changed], in: "a", .source)
    #expect(try files.load("a", .source) == [changed.path: changed])
    try files.remove([changed.path, known(7).path], from: "a", .source)
    #expect(try files.load("a", .source).isEmpty)
  }

  @Test func whatSourcesHoldAndHowOldItIs() throws {
    let bench = try StateBench()
    let files = try Ledger.obtain(in: bench.path).files
    let (first, second) = (known(1).path, known(2).path)
    try files.put([known(1), known(2)], in: "a", .source)
    for archive in ["a", "b"] {
      let read: [(path: [UInt8], types: Set<String>)] = [(first, ["Open", "Click"]), (second, ["Open", "Send"])]
      try files.put(read, in: archive)
    }
    #expect(try files.types(in: "a") == ["Click", "Open", "Send"])
    // Of which nobody knows how old they are.
    #expect(try Set(files.paths(in: "a", holding: "Open", before: 1)) == [first, second])
    try files.go(by: "rules", for: .retention, in: "a")
    try files.put([KnownFiles.Ages(path: first, oldest: ["Open": 50], isDue: false)], in: "a")
    #expect(try files.paths(in: "a", holding: "Open", before: 50) == [second])
    #expect(try Set(files.paths(in: "a", holding: "Open", before: 51)) == [first, second])
    // Nothing of that type will become too old.
    #expect(try files.paths(in: "a", holding: "Click", before: 1 << 60).isEmpty)
    try files.put([KnownFiles.Ages(path: first, oldest: ["Open": 50], isDue: true)], in: "a")
    #expect(try files.paths(in: "a", holding: "Click", before: 1) == [first])
    try files.put([KnownFiles.Ages(path: first, oldest: ["Open": 50], isDue: false)], in: "a")
    try files.go(by: "rules", for: .retention, in: "a")
    #expect(try files.paths(in: "a", holding: "Open", before: 50) == [second])
    try files.go(by: "other rules", for: .retention, in: "a")
    #expect(try Set(files.paths(in: "a", holding: "Open", before: 50)) == [first, second])
    // Read anew, it holds less.
    let less: [(path: [UInt8], types: Set<String>)] = [(second, ["Send"])]
    try files.put(less, in: "a")
    try files.remove([first], from: "a", .source)
    #expect(try files.types(in: "a") == ["Send"] && files.types(in: "b") == ["Click", "Open", "Send"])
    #expect(try files.paths(in: "a", holding: "Send", before: nil) == [second])
  }

  /// Two names that Swift takes for the same text.
  @Test func namesAreBytes() throws {
    let bench = try StateBench()
    let files = try Ledger.obtain(in: bench.path).files
    let names: [[UInt8]] = [Array("\u{e9}.avro".utf8), Array("e\u{301}.avro".utf8), [0xff, 0x00, 0x0a]]
    let identity = known(1).identity
    try files.put(names.map { KnownFile(path: $0, identity: identity, state: .young, run: "r") }, in: "a", .source)
    #expect(try Set(files.load("a", .source).keys) == Set(names))
  }
}

struct RunsTests {
  @Test func aRunWithoutAnEndIsSeen() throws {
    let bench = try StateBench()
    let runs = try Ledger.obtain(in: bench.path).runs
    for number in 1...4 {
      try runs.begin("run-\(number)", at: "2026-11-2\(number)T01:00:00Z")
      if number == 3 { continue }
      try runs.end("run-\(number)", at: "2026-11-2\(number)T01:05:00Z", exit: number == 4 ? 2 : 0, summary: "{\"files\":\(number)}")
    }
    let newest = try runs.newest(3)
    #expect(newest.map(\.id) == ["run-4", "run-3", "run-2"])
    #expect(newest.map(\.exit) == [2, nil, 0] && newest[1].ended == nil && newest[1].summary == nil)
    #expect(newest[2].summary == "{\"files\":2}" && newest[2].ended == "2026-11-22T01:05:00Z")
  }
}

struct DisclosuresTests {
  private func disclosure(_ run: String, audience: String = "agency_x", manifest: String = "aa") -> Disclosure {
    var disclosure = Disclosure(
      run: run, time: "2026-11-24T01:00:00Z", audience: audience, archive: "currents", output: "/out", policy: "share")
    disclosure.plans = ["0f", "0a"]
    disclosure.keys = ["k1:00ff"]
    disclosure.files = 3
    disclosure.manifest = manifest
    disclosure.types = [
      "users.messages.email.Open": .init(events: 5, first: "2026-01-02", last: "2026-01-31"),
      "users.messages.email.Click": .init(events: 2, first: "2026-03-01", last: "2026-03-01"),
    ]
    return disclosure
  }

  @Test func whatWasToldAlreadyIsToldOnce() throws {
    let bench = try StateBench()
    let book = try Ledger.obtain(in: bench.path).disclosures
    #expect(try book.record(disclosure("r1")))
    #expect(try !book.record(disclosure("r1")))
    #expect(try !book.record(disclosure("r2")))
    #expect(try book.record(disclosure("r3", manifest: "bb")))
    #expect(try book.record(disclosure("r3", audience: "agency_y", manifest: "bb")))
    #expect(try book.list().map(\.run) == ["r1", "r3", "r3"])
    #expect(try book.list(for: "agency_x").map(\.run) == ["r1", "r3"])
    let first = try book.list()[0]
    #expect(first.plans == ["0a", "0f"] && first.keys == ["k1:00ff"] && first.events == 7 && first.files == 3)
    #expect(first.types == disclosure("r1").types && first.firstDay == "2026-01-02" && first.lastDay == "2026-03-01")
  }

  @Test func daysOverlapByTheEventsOfAType() throws {
    let bench = try StateBench()
    let book = try Ledger.obtain(in: bench.path).disclosures
    try book.record(disclosure("r1"))
    var undated = disclosure("r2", manifest: "bb")
    undated.types = ["users.messages.sms.Send": .init(events: 1, first: nil, last: nil)]
    try book.record(undated)
    func runs(_ first: String, _ last: String) throws -> [String] { try book.list(days: first...last).map(\.run) }
    #expect(try runs("2026-01-31", "2026-02-10") == ["r1", "r2"])
    // Between the days of the two types.
    #expect(try runs("2026-02-01", "2026-02-28") == ["r2"])
    #expect(try runs("2026-03-01", "2026-03-01") == ["r1", "r2"])
  }
}

struct RequestBookTests {
  private func request(_ id: String, due: String = "2026-02-28") -> BookedRequest {
    var request = BookedRequest(
      id: id, kind: .erasure, law: "gdpr", received: "2026-01-31", due: due, digest: "d1")
    request.isVerified = true
    request.approved = BookedRequest.Approval(by: "privacy desk", on: "2026-02-01")
    request.subjects = ["email:00ff"]
    return request
  }

  @Test func aRequestIsThereOnceWithItsHistory() throws {
    let bench = try StateBench()
    let book = try Ledger.obtain(in: bench.path).requests
    #expect(try book.add(request("DSR-1"), at: "2026-02-01T10:00:00Z", note: "added"))
    #expect(try !book.add(request("DSR-1", due: "2030-01-01"), at: "2026-02-02T10:00:00Z", note: "added"))
    let changed = try book.change("DSR-1", at: "2026-02-03T10:00:00Z", note: "erase") { request in
      request.state = .done
      request.outcome = "COMPLETE"
      request.place = "/reports/r/receipt.json"
      return true
    }
    #expect(
      try book.change("DSR-1", at: "2026-02-04T10:00:00Z", note: "nothing") { request in
        request.state = .refused
        return false
      } == changed)
    let known = try #require(try book.request("DSR-1"))
    #expect(changed == known)
    #expect(known.due == "2026-02-28" && known.state == .done && known.outcome == "COMPLETE" && known.isVerified)
    #expect(known.approved == request("").approved && known.subjects == ["email:00ff"])
    #expect(
      known.history == [
        .init(time: "2026-02-01T10:00:00Z", state: .open, note: "added"),
        .init(time: "2026-02-03T10:00:00Z", state: .done, note: "erase"),
      ])
    #expect(try book.request("DSR-2") == nil)
    #expect(try book.change("DSR-2", at: "", note: "") { _ in true } == nil)
  }

  @Test func theFirstToBeAnsweredComesFirst() throws {
    let bench = try StateBench()
    let book = try Ledger.obtain(in: bench.path).requests
    for (id, due) in [("c", "2026-03-01"), ("a", "2026-03-01"), ("b", "2026-02-01")] {
      _ = try book.add(request(id, due: due), at: "2026-02-01T10:00:00Z", note: "added")
    }
    try book.change("b", at: "2026-02-02T10:00:00Z", note: "extended") { request in
      request.extended = BookedRequest.Extension(told: "2026-02-01", due: "2026-05-01", reason: "many files")
      return true
    }
    let all = try book.all()
    #expect(all.map(\.id) == ["a", "c", "b"] && all[2].lastDay == "2026-05-01")
    #expect(all[2].history.map(\.note) == ["added", "extended"])
  }
}
