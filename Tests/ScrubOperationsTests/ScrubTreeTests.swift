import Foundation
import ScrubNative
import ScrubOperations
import ScrubPolicy
import Testing

struct ScrubTreeTests {
  private let open = "event_type=users.messages.email.Open/date=2026-05-01-10"

  @Test func noPersonalValueLeavesAndEverythingElseStays() async throws {
    let bench = try ArchiveBench()
    try bench.fill()
    let report = try await bench.run(bench.policy())
    #expect(report.exit == 0)
    #expect(report.totals.eventsIn == 20 + 20 + 10 * 3)
    #expect(report.totals.eventsOut == report.totals.eventsIn)
    #expect(report.files.scrubbed == 12)
    #expect(report.files.ignored == 2)
    let out = try bench.folder.tree("out")
    #expect(out.keys.count { !$0.hasPrefix("_currents-scrub/") } == 12)
    let plain =
      ["\(open)/plain.avro", "\(open)/lines.json"] + (5..<12).map { "users.messages.email.Open.\($0).json" }
    for name in plain {
      let bytes = try #require(out[name])
      for secret in ["example.test", "Europe/Paris", "\"u3\"", "\"u5\""] {
        #expect(!holds(bytes, secret), "\(secret) in \(name)")
      }
      #expect(holds(bytes, "Spring"), "the campaign's name in \(name)")
      #expect(holds(bytes, "k1-"), "a pseudonym in \(name)")
    }
  }

  @Test func aLineKeepsEverythingButItsTreatedValues() async throws {
    let bench = try ArchiveBench()
    try bench.folder.write("in/users.messages.email.Open.json", ArchiveBench.lines(7))
    try await bench.run(bench.policy())
    let line = try bench.folder.text("out/users.messages.email.Open.json").split(separator: "\n")[0]
    let pattern =
      #"^\{"event_type": "x", "id":"e7-0","user_id":"k1-[a-z2-7]{26}","email_address":"k1-[a-z2-7]{26}","#
      + #""campaign_name":"Spring","timezone":null\}$"#
    #expect(line.range(of: pattern, options: .regularExpression) != nil, "\(line)")
  }

  @Test func aPersonHasOnePseudonymInEveryFormat() async throws {
    let bench = try ArchiveBench()
    try bench.folder.write("in/\(open)/a.avro", ArchiveBench.avro(3))
    try bench.folder.write("in/\(open)/b.json", ArchiveBench.lines(3))
    try bench.folder.write("in/\(open)/c.avro", ArchiveBench.avro(4))
    try await bench.run(bench.policy())
    let line = try bench.folder.text("out/\(open)/b.json").split(separator: "\n")[0]
    let tokens = line.split(separator: "\"").filter { $0.hasPrefix("k1-") }.map(String.init)
    #expect(tokens.count == 2 && tokens[0] != tokens[1])
    for token in tokens {
      #expect(try holds(bench.folder.read("out/\(open)/a.avro"), token))
      #expect(try !holds(bench.folder.read("out/\(open)/c.avro"), token))
    }
  }

  @Test func aPolicyThatKeepsEverythingLeavesFilesAsTheyAre() async throws {
    let bench = try ArchiveBench()
    try bench.fill()
    let keep = "rules:\n  - fields: ['*']\n    action: keep\n    because: the law of identity\n"
    let report = try await bench.run(bench.policy(keep))
    #expect(report.exit == 0)
    #expect(report.files.unchanged == 12)
    for (name, bytes) in try bench.folder.tree("in") where !name.hasPrefix("_") && !name.hasPrefix(".") {
      let out = try bench.folder.read("out/" + name)
      if name.hasSuffix(".avro") {
        // The header gains our marks; the blocks behind it, from its sync marker on, are the same.
        let sync = Data((0..<16).map { UInt8(0xa0 + $0) })
        let (before, after) = (Data(bytes), Data(out))
        let blocks = try (#require(before.range(of: sync)), #require(after.range(of: sync)))
        #expect(after[blocks.1.lowerBound...] == before[blocks.0.lowerBound...], "\(name)")
        #expect(holds(out, "currents-scrub.plan"))
      } else {
        #expect(out == bytes, "\(name)")
      }
    }
  }

  @Test func whatWasScrubbedIsNotScrubbedAgain() async throws {
    let bench = try ArchiveBench()
    try bench.fill()
    try await bench.run(bench.policy())
    let report = try await bench.run(bench.policy(inputs: ["out"]), inputs: ["out"], output: "again")
    #expect(report.exit == 0)
    #expect(report.files.alreadyScrubbed == 12)
    #expect(report.totals.filesOut == 0)
  }

  @Test func underAnotherPlanItIsRefused() async throws {
    let bench = try ArchiveBench()
    try bench.fill()
    try await bench.run(bench.policy())
    let other = try bench.policy("rules:\n  - kinds: [email]\n    action: redact\n", inputs: ["out"])
    let report = try await bench.run(other, inputs: ["out"], output: "again")
    #expect(report.exit == 3)
    #expect(Set(report.problems.map(\.code)) == ["scrubbed.other-plan"])
    #expect(try bench.folder.tree("again").keys.allSatisfy { $0.hasPrefix("_currents-scrub/") })
  }

  @Test func damageIsWithheldNamedAndCounted() async throws {
    let bench = try ArchiveBench()
    var damaged = try ArchiveBench.avro(1, blocks: 3)
    damaged[damaged.count - 1] ^= 1
    try bench.folder.write("in/\(open)/damaged.avro", damaged)
    try bench.folder.write("in/\(open)/cut.avro", ArchiveBench.avro(1, blocks: 3).dropLast(30))
    try bench.folder.write(
      "in/\(open)/lines.json", ArchiveBench.lines(1) + "{\"user_id\":\n" + ArchiveBench.lines(2))
    try bench.folder.write("in/\(open)/odd.csv", "a,b\n")
    try bench.folder.write(
      "in/\(open)/cut.json.gz", ArchiveBench.compressed(Array(ArchiveBench.lines(1).utf8), .gzip).dropLast(12))
    try bench.folder.write("in/\(open)/whole.json", ArchiveBench.lines(3))
    try bench.folder.write("in/event_type=users.messages.telepathy.Send/a.json", ArchiveBench.lines(1))
    let report = try await bench.run(bench.policy()) { $0.quarantine = bench.folder.path + "/aside" }
    #expect(report.exit == 2)
    #expect(
      report.totals.eventsIn == report.totals.eventsOut + report.totals.dropped + report.totals.withheld)
    let codes = Dictionary(
      grouping: report.withheld, by: { $0.file.split(separator: "/").last.map(String.init) ?? "" }
    )
    .mapValues { $0.map(\.code) }
    #expect(codes["damaged.avro"] == ["avro.bad-sync"])
    #expect(codes["cut.avro"] == ["avro.truncated-block"])
    #expect(codes["lines.json"] == ["json.syntax"])
    #expect(codes["a.json"] == ["event.unknown", "event.unknown", "event.unknown"])
    #expect(codes["cut.json.gz"] == ["gzip.damaged"])
    #expect(report.problems.map(\.code) == ["format.unsupported"])
    #expect(report.withheld.allSatisfy { $0.digest?.count == 64 })
    let line = try #require(report.withheld.first { $0.code == "json.syntax" })
    #expect(line.line == 4 && line.offset == ArchiveBench.lines(1).utf8.count && line.bytes == 11)
    // Content stands in the quarantine only, and for its owner only.
    let aside = try bench.folder.tree("aside")
    #expect(aside["\(open)/lines.json/line-4"] == Array("{\"user_id\":".utf8))
    for name in aside.keys {
      let facts = try FileManager.default.attributesOfItem(atPath: bench.folder.path + "/aside/" + name)
      #expect(facts[.posixPermissions] as? Int == 0o600, "\(name)")
    }
    for bytes in try bench.folder.tree("out").values { #expect(!holds(bytes, "ada1@")) }
  }

  @Test func aSingleFileKeepsItsName() async throws {
    let bench = try ArchiveBench()
    try bench.folder.write("in/users.messages.email.Open.json", ArchiveBench.lines(1))
    try await bench.run(bench.policy(), inputs: ["in/users.messages.email.Open.json"])
    #expect(try bench.folder.tree("out").keys.contains("users.messages.email.Open.json"))
  }

  @Test func linksInAnArchiveAreNotFollowed() async throws {
    let bench = try ArchiveBench()
    try bench.folder.write("in/users.messages.email.Open.json", ArchiveBench.lines(1))
    try bench.folder.write("elsewhere.json", ArchiveBench.lines(2))
    try FileManager.default.createSymbolicLink(
      atPath: bench.folder.path + "/in/users.messages.email.Open.2.json",
      withDestinationPath: bench.folder.path + "/elsewhere.json")
    let report = try await bench.run(bench.policy())
    #expect(report.exit == 2)
    #expect(report.problems.map(\.code) == ["file.not-regular"])
    #expect(report.totals.filesOut == 1)
  }

  @Test func permissionsNeverGrow() async throws {
    let bench = try ArchiveBench()
    for mode in [0o600, 0o640, 0o644, 0o755] {
      try bench.folder.write("in/users.messages.email.Open.\(mode).json", ArchiveBench.lines(1), mode: mode)
    }
    try await bench.run(bench.policy())
    for mode in [0o600, 0o640, 0o644, 0o755] {
      let path = bench.folder.path + "/out/users.messages.email.Open.\(mode).json"
      #expect(
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == mode & 0o644)
    }
  }

  @Test func theReportHoldsNoValue() async throws {
    let bench = try ArchiveBench()
    try bench.fill()
    try bench.folder.write("in/\(open)/bad.json", "{\"email_address\":\"canary@example.test\"\n")
    let report = try await bench.run(bench.policy())
    let text = Array(try report.json().utf8)
    for secret in ["canary", "example.test", "Europe/Paris", "Spring"] { #expect(!holds(text, secret)) }
  }
}
