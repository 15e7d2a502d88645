import CFuzzer
import Foundation
import FuzzTargets

/// Fuzzes one target, or writes the inputs to start from. `Tests/Fuzzing/run` calls it; see there.
///
///     fuzz                       the names of the targets
///     fuzz seeds FOLDER          a folder of inputs for each target
///     fuzz TARGET [OPTION ...]   libFuzzer's options and folders
@main
struct Fuzz {
  @MainActor static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    switch arguments.first {
    case nil: for target in FuzzTarget.allCases { print(target.rawValue) }
    case "seeds": try writeSeeds(arguments.last ?? "")
    case let name?: exit(try FuzzTarget(rawValue: name).map(fuzz) ?? 64)
    }
  }

  /// The target of this process: libFuzzer calls a C function, which can hold nothing.
  @MainActor private static var bench: (any FuzzBench)?

  @MainActor private static func fuzz(_ target: FuzzTarget) throws -> Int32 {
    bench = try target.bench()
    var count = CommandLine.argc - 1
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv + 1
    return unsafe LLVMFuzzerRunDriver(&count, &arguments) { data, size in
      let input = unsafe Array(UnsafeBufferPointer(start: data, count: size))
      MainActor.assumeIsolated {
        do { try Fuzz.bench?.check(input) } catch {
          // libFuzzer keeps the input of a process that traps.
          preconditionFailure("\(error)")
        }
      }
      return 0
    }
  }

  private static func writeSeeds(_ folder: String) throws {
    for target in FuzzTarget.allCases {
      let path = URL(filePath: folder).appending(path: target.rawValue)
      try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
      for (number, seed) in try target.seeds().enumerated() {
        try Data(seed).write(to: path.appending(path: "seed-\(number)"))
      }
    }
  }
}
