import Foundation
import FuzzTargets
import Testing

/// Every input that ever broke a target, and the inputs that fuzzing starts from.
struct FailCaseTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "FailCases")

  @Test(arguments: FuzzTarget.allCases)
  func whatBrokeATargetOnceDoesSoNoMore(target: FuzzTarget) throws {
    let folder = Self.folder.appending(path: target.rawValue).path
    let bench = try target.bench()
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where !name.hasPrefix(".") {
      let input = try #require(FileManager.default.contents(atPath: folder + "/" + name))
      #expect(throws: Never.self, "\(target.rawValue)/\(name)") { try bench.check(Array(input)) }
    }
  }

  @Test(arguments: FuzzTarget.allCases)
  func seedsKeepEveryLaw(target: FuzzTarget) throws {
    let bench = try target.bench()
    let seeds = try target.seeds()
    #expect(!seeds.isEmpty)
    for (number, seed) in seeds.enumerated() {
      #expect(throws: Never.self, "\(target.rawValue), seed \(number)") { try bench.check(seed) }
    }
  }
}
