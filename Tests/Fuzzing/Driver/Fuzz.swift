import Foundation
import FuzzTargets

// What libFuzzer, which has the main function, calls. `Tests/Fuzzing/run` starts it, with one of these set:
//
//   FUZZ_TARGET    the name of the target to fuzz
//   FUZZ_SEEDS     a folder, into which the inputs to start from are written, for each target

/// The target of this process: libFuzzer calls C functions, which can hold nothing.
@MainActor private var bench: (any FuzzBench)?

@_cdecl("LLVMFuzzerInitialize")
@MainActor public func start(
  _ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> Int32 {
  let environment = ProcessInfo.processInfo.environment
  do {
    if let folder = environment["FUZZ_SEEDS"] {
      try writeSeeds(folder)
      exit(0)
    }
    bench = try FuzzTarget(rawValue: environment["FUZZ_TARGET"] ?? "")?.bench()
  } catch {
    print(error)
  }
  if bench == nil { exit(64) }
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
@MainActor public func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  do {
    try bench?.check(unsafe Array(UnsafeBufferPointer(start: data, count: size)))
  } catch {
    // libFuzzer keeps the input of a process that traps.
    try? FileHandle.standardError.write(contentsOf: Data("\(type(of: error)): \(error)\n".utf8))
    preconditionFailure()
  }
  return 0
}

private func writeSeeds(_ folder: String) throws {
  for target in FuzzTarget.allCases {
    let path = URL(filePath: folder).appending(path: target.rawValue)
    try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
    for (number, seed) in try target.seeds().enumerated() {
      try Data(seed).write(to: path.appending(path: "seed-\(number)"))
    }
  }
}
