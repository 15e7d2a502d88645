import Foundation
import ScrubCore
import ScrubNative
import ScrubPolicy
import Testing

@testable import ScrubOperations

/// Who was erased stays so in outputs, where they go by other names.
@Suite struct SuppressionOutputTests {
  @Test func aRestoredOutputIsKnownByItsPseudonyms() async throws {
    let scrub = try ArchiveBench()
    let open = "event_type=users.messages.email.Open/date=2026-05-01-10"
    for (name, number) in [("a", 3), ("b", 4)] { try scrub.folder.write("in/\(open)/\(name).json", ArchiveBench.lines(number)) }
    let policy = try scrub.policy()
    try await scrub.run(policy)
    let key = try MasterKey(KeyText.decode(secretBytes(keyText)), id: "k1", audience: nil)
    let checked = try CheckedPolicy(PolicyText.find(scrub.folder.path + "/policy.yml", allowBuiltIn: false))
    let made = [ScrubbedWith(checked, keys: [key])]
    let output = try scrub.folder.read("out/\(open)/a.json")
    let bench = EraseBench(scrub.folder)
    let result = try await bench.erase("dsr-1", ["braze_id=u3"], inputs: ["in", "out"]) { $0.made = made }
    #expect(result.requests.map(\.counts.deleted) == [6])
    try scrub.folder.write("out/\(open)/a.json", output)
    let again = try await bench.suppress(inputs: ["out"]) { $0.made = made }
    #expect(again.requests.map(\.request) == ["dsr-1"] && again.requests.map(\.counts.deleted) == [3])
    #expect(again.exit == 0 && again.requests.map(\.state) == [.complete])
    #expect(try scrub.folder.text("out/\(open)/a.json").isEmpty)
    #expect(try scrub.folder.text("out/\(open)/b.json").split(separator: "\n").count == 3)
  }
}

/// What is sealed before the first file changes.
@Suite struct EraseClosureTests {
  @Test func itReachesTheSameEventsWhenItIsOpenedAgain() throws {
    func carrier(_ text: String) -> Carrier {
      var carrier = Carrier()
      carrier.values = [Carrier.Value(identity: Identity(.email, normalised: Array(text.utf8)), isMerge: false)]
      return carrier
    }
    let key = try SecretBytes.random(count: 32)
    let closure = EraseClosure(
      carriers: [
        carrier("a"): [.all], carrier("b"): [Reach(until: 1_700_000_000)],
        carrier("c"): [Reach(until: 1_700_000_000, isForPartners: true)],
      ], learned: [:], vaultTokens: [], personal: [:], residue: SweepValues([]))
    let sealed = try closure.sealed(key, run: "run")
    #expect(EraseClosure(opening: sealed, key, run: "other") == nil)
    let opened = try #require(EraseClosure(opening: sealed, key, run: "run"))
    for (text, time, destination, isTheirs) in [
      ("a", Int.min, Destination.storage, true), ("a", 1_800_000_000, .segment, true),
      ("b", 1_700_000_000, .storage, true), ("b", 1_700_000_001, .storage, false), ("b", .min, .storage, false),
      ("c", 1_700_000_000, .storage, false), ("c", 1_700_000_000, .amplitude, true), ("d", 0, .storage, false),
    ] {
      #expect(opened.covers(carrier(text), time: time, in: destination) == isTheirs, "\(text) \(time)")
    }
  }

  @Test func whatStandsForAPersonIsTheirsInItsWorkspace() throws {
    func identity(_ kind: IdentityKind, _ text: String) -> Identity { Identity(kind, normalised: Array(text.utf8)) }
    func carrier(_ workspace: String) -> Carrier {
      var carrier = Carrier()
      carrier.workspace = Array(workspace.utf8)
      return carrier
    }
    let workspace = Array("w".utf8)
    let external = Trace(identity: identity(.externalID, "e"), workspace: workspace, isAlias: false)
    #expect(external.verdict(in: carrier("w")) == .theirs)
    #expect(external.verdict(in: carrier("v")) == .others)
    #expect(external.verdict(in: carrier("")) == .unsure)
    let alias = Trace(identity: identity(.externalID, "t"), workspace: workspace, isAlias: true)
    #expect(alias.verdict(in: carrier("v")) == .unsure)
    #expect(Trace(identity: identity(.brazeID, "b"), workspace: workspace, isAlias: false).verdict(in: carrier("v")) == .theirs)
    let key = try SecretBytes.random(count: 32)
    let closure = EraseClosure(
      carriers: [:], learned: [:], traces: ["r": [external, alias]], vaultTokens: [], personal: [:], residue: SweepValues([]))
    let opened = try #require(EraseClosure(opening: try closure.sealed(key, run: "run"), key, run: "run"))
    #expect(opened.traces["r"] == [external, alias])
  }
}
