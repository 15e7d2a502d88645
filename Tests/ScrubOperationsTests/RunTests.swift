import Foundation
import ScrubOperations
import ScrubPolicy
import Testing

/// A folder with a small archive, removed with the object.
private final class Bench {
  let path: String
  let prepared: PreparedPolicy

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/scrub-runs-" + UUID().uuidString
    _ = try Sample(options: SampleOptions(events: 300, output: path + "/in")).write()
    let text = try PolicyText.find("builtin:gdpr-strict", allowBuiltIn: true)
    prepared = try PreparedPolicy(CheckedPolicy(text), inputs: [])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func run(
    _ output: String, jobs: Int = 1, change: (inout ScrubOptions) -> Void = { _ in }
  ) async throws(ScrubRefusal) -> Report {
    var options = ScrubOptions()
    options.inputs = [path + "/in"]
    options.output = path + "/" + output
    options.stateFolder = path + "/state"
    options.jobs = jobs
    change(&options)
    return try await ScrubRun(prepared, options, interrupt: Interrupt(), progress: Progress()).run().report
  }

  /// Every file below a folder with its bytes.
  func content(_ folder: String) -> [String: Data] {
    let root = path + "/" + folder
    let names = FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? []
    return Dictionary(
      uniqueKeysWithValues: names.compactMap { name in
        FileManager.default.contents(atPath: root + "/" + name).map { (name, $0) }
      })
  }
}

struct RunTests {
  @Test func anyNumberOfWorkersMakesTheSameBytes() async throws {
    let bench = try Bench()
    let first = try await bench.run("one", jobs: 1)
    let second = try await bench.run("three", jobs: 3)
    #expect(bench.content("one") == bench.content("three"))
    #expect(try first.fieldsJSON() == second.fieldsJSON())
    #expect(first.totals.eventsIn == first.totals.eventsOut + first.totals.dropped)
  }

  @Test func aSecondRunTouchesNothing() async throws {
    let bench = try Bench()
    _ = try await bench.run("out")
    let manifest = bench.path + "/out/_currents-scrub/manifest.json"
    let before = try FileManager.default.attributesOfItem(atPath: manifest)
    _ = try await bench.run("out")
    let after = try FileManager.default.attributesOfItem(atPath: manifest)
    #expect(before[.systemFileNumber] as? Int == after[.systemFileNumber] as? Int)
  }

  @Test func aForeignFileIsARefusalAndNothingIsWritten() async throws {
    let bench = try Bench()
    try FileManager.default.createDirectory(atPath: bench.path + "/out", withIntermediateDirectories: true)
    _ = FileManager.default.createFile(atPath: bench.path + "/out/mine.txt", contents: Data("x".utf8))
    do throws(ScrubRefusal) {
      _ = try await bench.run("out")
      Issue.record("it was overwritten")
    } catch {
      guard case .output(let code, _, _, _, let exit) = error else { throw error }
      #expect(code == "output.not-ours" && exit == 3)
    }
    #expect(bench.content("out").keys.filter { !$0.hasPrefix("_currents-scrub") } == ["mine.txt"])
  }

  @Test func aDryRunWritesNothing() async throws {
    let bench = try Bench()
    let report = try await bench.run("out") { $0.dryRun = true }
    #expect(report.totals.eventsIn > 0)
    #expect(!FileManager.default.fileExists(atPath: bench.path + "/out"))
    #expect(!FileManager.default.fileExists(atPath: bench.path + "/state"))
  }

  @Test func outInsideTheInputIsAUsageError() async throws {
    let bench = try Bench()
    do throws(ScrubRefusal) {
      _ = try await bench.run("in/out")
      Issue.record("it ran")
    } catch {
      guard case .usage = error else { throw error }
    }
  }
}

extension Report {
  fileprivate func fieldsJSON() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(fields)
  }
}

struct BuiltInPolicyTests {
  @Test(arguments: ["gdpr", "gdpr-strict"])
  func theProgramCarriesThePolicyOfTheFolder(name: String) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let file = try String(contentsOf: root.appending(path: "Policies/\(name).yml"), encoding: .utf8)
    #expect(builtInPolicies[name]?.trimmingCharacters(in: .newlines) == file.trimmingCharacters(in: .newlines))
    let policy = try Policy(yaml: file, file: name)
    #expect(Coverage.findings(PlanCompiler(policy: policy, catalog: .builtIn, key: nil)).isEmpty)
  }
}
