import Foundation
import Glibc
import ScrubOperations
import ScrubPolicy
import Testing

struct OutputFolderTests {
  private let names = (1...4).map { "users.messages.email.Open.\($0).json" }

  private func bench() throws -> ArchiveBench {
    let bench = try ArchiveBench()
    for (number, name) in names.enumerated() {
      try bench.folder.write("in/" + name, ArchiveBench.lines(number))
    }
    return bench
  }

  private func refusal(_ body: () async throws -> Void) async -> (code: String, exit: Int32)? {
    do {
      try await body()
      return nil
    } catch ScrubRefusal.output(let code, _, _, _, let exit) {
      return (code, exit)
    } catch {
      return ("\(error)", -1)
    }
  }

  @Test func aSecondRunTouchesNoFile() async throws {
    let bench = try bench()
    try await bench.run(bench.policy())
    let (bytes, states) = (try bench.folder.tree("out"), try bench.folder.states("out"))
    let report = try await bench.run(bench.policy())
    #expect(report.exit == 0)
    #expect(try bench.folder.tree("out") == bytes)
    #expect(try bench.folder.states("out") == states)
  }

  @Test func aChangedSourceIsRenewedAndNoOther() async throws {
    let bench = try bench()
    try await bench.run(bench.policy())
    let states = try bench.folder.states("out")
    try bench.folder.write("in/" + names[1], ArchiveBench.lines(9))
    try await bench.run(bench.policy())
    let after = try bench.folder.states("out")
    for name in names { #expect((after[name] == states[name]) == (name != names[1])) }
  }

  @Test func aPartOfTheInputLeavesTheRestOfTheOutputAsItIs() async throws {
    let bench = try bench()
    try await bench.run(bench.policy())
    let states = try bench.folder.states("out")
    for name in names { try bench.folder.write("in/" + name, ArchiveBench.lines(9)) }
    let new = "new/" + names[0]
    try bench.folder.write("in/" + new, ArchiveBench.lines(5))
    let report = try await bench.run(bench.policy()) { $0.only = [[names[1], new]] }
    #expect(report.exit == 0 && report.totals.filesOut == 2)
    let after = try bench.folder.states("out")
    for name in names { #expect((after[name] == states[name]) == (name != names[1])) }
    let manifest = try JSONDecoder().decode(
      Manifest.self, from: Data(bench.folder.read("out/" + Manifest.name)))
    #expect(Set(manifest.files.map(\.path)) == Set(names + [new]))
    // Links are not followed, whoever names what is behind them.
    try FileManager.default.createSymbolicLink(
      atPath: bench.folder.path + "/in/link", withDestinationPath: bench.folder.path + "/in/new")
    let linked = try await bench.run(bench.policy()) {
      $0.only = [["link/" + names[0], "gone.json", "new/../" + new]]
    }
    #expect(linked.problems.map(\.code) == ["file.unreadable", "file.unreadable", "file.unreadable"])
    #expect(linked.exit == 2 && linked.totals.eventsIn == 0)
  }

  @Test func theManifestTellsEveryFileAndNothingOfTheSource() async throws {
    let bench = try bench()
    try await bench.run(bench.policy())
    let manifest = try JSONDecoder().decode(
      Manifest.self, from: Data(bench.folder.read("out/" + Manifest.name)))
    #expect(manifest.files.map(\.path) == names)
    for file in manifest.files {
      #expect(try bench.folder.read("out/" + file.path).count == file.size)
      #expect(file.events == ["users.messages.email.Open": 3])
      #expect(file.sha256.count == 64 && file.plan.count == 64)
      #expect(file.keys.count == 1 && file.keys[0].hasPrefix("k1:"))
    }
    #expect(try !bench.folder.text("out/" + Manifest.name).contains(bench.folder.path))
    #expect(try bench.folder.tree("out").keys.filter { $0.contains("intent") || $0.contains("tmp") } == [])
  }

  @Test(arguments: [
    "theirs.json", "deep/er/theirs.avro", "users.messages.email.Open.1.json", "_theirs.json", "deep/.theirs.json.swp", "_old/theirs.json",
    "theirs.crc",
  ])
  func aFileThatIsNotOursIsARefusal(name: String) async throws {
    let bench = try bench()
    try bench.folder.write("out/" + name, "theirs")
    let refused = await refusal { try await bench.run(bench.policy()) }
    #expect(refused?.code == "output.not-ours" && refused?.exit == 3)
    #expect(try bench.folder.tree("out").filter { !$0.key.hasPrefix(Manifest.folder) } == [name: Array("theirs".utf8)])
  }

  @Test func aMarkerThatHoldsNothingIsNoFile() async throws {
    let bench = try bench()
    for name in ["_SUCCESS", ".part.crc", "deep/_SUCCESS"] { try bench.folder.write("out/" + name, "") }
    #expect(await refusal { try await bench.run(bench.policy()) } == nil)
  }

  @Test func aLinkInTheOutputIsARefusal() async throws {
    let bench = try bench()
    try bench.folder.write("out/_currents-scrub/lock", "")
    try bench.folder.write("victim", "theirs")
    try FileManager.default.createSymbolicLink(
      atPath: bench.folder.path + "/out/" + names[0], withDestinationPath: bench.folder.path + "/victim")
    let refused = await refusal { try await bench.run(bench.policy()) }
    #expect(refused?.exit == 3)
    #expect(try bench.folder.text("victim") == "theirs")
  }

  /// What a killed run leaves: an intent, one file in place, a temporary file, no manifest.
  @Test func aKilledRunIsFinishedByTheNext() async throws {
    let (bench, whole) = (try bench(), try bench())
    try await whole.run(whole.policy())
    let intent = try JSONEncoder().encode(names)
    try bench.folder.write("out/_currents-scrub/intent.json", intent)
    try bench.folder.write("out/_currents-scrub/tmp/3", "half a fi")
    try bench.folder.write("out/" + names[2], "old bytes of a file that the intent names")
    let report = try await bench.run(bench.policy())
    #expect(report.exit == 0)
    #expect(try bench.folder.tree("out") == whole.folder.tree("out"))
  }

  /// The source of a file that a killed run put in place is gone when the next run comes. That file stays ours.
  @Test func aKilledRunsFileWhoseSourceIsGoneStaysOurs() async throws {
    let bench = try bench()
    try bench.folder.write("out/_currents-scrub/intent.json", try JSONEncoder().encode(names))
    try bench.folder.write("out/" + names[3], "put in place by a run that was killed")
    try FileManager.default.removeItem(atPath: bench.folder.path + "/in/" + names[3])
    try await bench.run(bench.policy())
    let refused = await refusal { try await bench.run(bench.policy()) }
    #expect(refused == nil)
  }

  /// The same, where the source cannot be scrubbed any more.
  @Test func aKilledRunsFileWhoseSourceIsDamagedStaysOurs() async throws {
    let bench = try bench()
    try bench.folder.write("out/_currents-scrub/intent.json", try JSONEncoder().encode(names))
    try bench.folder.write("out/" + names[3], "put in place by a run that was killed")
    try bench.folder.write("in/" + names[3], "no JSON any more")
    try await bench.run(bench.policy())
    let refused = await refusal { try await bench.run(bench.policy()) }
    #expect(refused == nil)
  }

  @Test func aFileThatWasScrubbedBeforeAndFailsNowStaysAsItWas() async throws {
    let bench = try bench()
    try await bench.run(bench.policy())
    let before = try bench.folder.read("out/" + names[0])
    try bench.folder.write("in/" + names[0], "a,b,c\n")
    let report = try await bench.run(bench.policy())
    #expect(report.exit == 2)
    #expect(try bench.folder.read("out/" + names[0]) == before)
    let manifest = try JSONDecoder().decode(
      Manifest.self, from: Data(bench.folder.read("out/" + Manifest.name)))
    #expect(manifest.files.map(\.path) == names)
  }

  /// While the source is read somebody keeps changing its time: no such output is left, and nothing stands in the
  /// way of the next run.
  @Test func aSourceThatChangesLeavesNothingBehind() async throws {
    let bench = try bench()
    let path = try bench.folder.write(
      "in/users.messages.email.Open.json", String(repeating: ArchiveBench.lines(1), count: 2_000))
    let isDone = Interrupt()
    // A thread of its own: the pool of tasks may be busy with the run.
    let toucher = Thread {
      var second = 1_000_000_000
      while !isDone.isSet {
        second += 1
        let times = [timespec(tv_sec: second, tv_nsec: 0), timespec(tv_sec: second, tv_nsec: 0)]
        _ = unsafe utimensat(AT_FDCWD, path, times, 0)
      }
    }
    toucher.start()
    let report = try await bench.run(bench.policy())
    isDone.set()
    while !toucher.isFinished { await Task.yield() }
    #expect(report.exit == 2)
    #expect(report.problems.map(\.code) == ["file.changed-while-read"])
    #expect(try bench.folder.tree("out")["users.messages.email.Open.json"] == nil)
    let refused = await refusal { try await bench.run(bench.policy()) }
    #expect(refused == nil)
  }

  @Test func anotherKeyOfTheSameIDIsRefused() async throws {
    let bench = try bench()
    try await bench.run(bench.policy())
    let before = try bench.folder.tree("out")
    try bench.folder.write("key", otherKeyText, mode: 0o600)
    let refused = await refusal { try await bench.run(bench.policy()) }
    #expect(refused?.code == "key.other-check-value" && refused?.exit == 3)
    #expect(try bench.folder.tree("out") == before)
  }

  @Test func twoRunsNeverMix() async throws {
    let bench = try bench()
    let path = try bench.folder.write("out/_currents-scrub/lock", "")
    let lock = unsafe Glibc.open(path, O_RDWR)
    try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
    let refused = await refusal { try await bench.run(bench.policy()) }
    #expect(refused?.code == "output.locked" && refused?.exit == 4)
    close(lock)
    #expect(try await bench.run(bench.policy()).exit == 0)
  }

  @Test(arguments: ["", "{", "[]", "{\"schema\":\"other/1\",\"files\":[]}"])
  func aDamagedManifestIsARefusalAndNotAnEmptyOne(text: String) async throws {
    let bench = try bench()
    try await bench.run(bench.policy())
    try bench.folder.write("out/" + Manifest.name, text)
    #expect(await refusal { try await bench.run(bench.policy()) } != nil)
  }

  @Test func anInterruptedRunIsFinishedByTheNext() async throws {
    let (bench, whole) = (try bench(), try bench())
    try await whole.run(whole.policy())
    var options = ScrubOptions()
    (options.inputs, options.output) = ([bench.folder.path + "/in"], bench.folder.path + "/out")
    options.stateFolder = bench.folder.path + "/state"
    let interrupt = Interrupt()
    interrupt.set()
    let stopped = try await ScrubRun(bench.policy(), options, interrupt: interrupt, progress: Progress())
      .run().report
    #expect(stopped.exit == 130)
    #expect(try await bench.run(bench.policy()).exit == 0)
    #expect(try bench.folder.tree("out") == whole.folder.tree("out"))
  }
}

struct PlaceTests {
  private func usage(_ body: () async throws -> Void) async -> Bool {
    do { try await body() } catch ScrubRefusal.usage { return true } catch {}
    return false
  }

  @Test(arguments: ["in", "in/", "in/out", "in/../in/deep/out", "link/out"])
  func outMayNotLieInTheInput(output: String) async throws {
    let bench = try ArchiveBench()
    try bench.fill()
    try FileManager.default.createSymbolicLink(
      atPath: bench.folder.path + "/link", withDestinationPath: bench.folder.path + "/in")
    let before = try bench.folder.tree("in")
    #expect(await usage { try await bench.run(bench.policy(), output: output) })
    #expect(try bench.folder.tree("in") == before)
  }

  @Test func twoInputsOfOneNameAreAMistake() async throws {
    let bench = try ArchiveBench()
    try bench.folder.write("a/in/users.messages.email.Open.json", ArchiveBench.lines(1))
    try bench.folder.write("b/in/users.messages.email.Open.json", ArchiveBench.lines(1))
    #expect(await usage { try await bench.run(bench.policy(), inputs: ["a/in", "b/in"]) })
  }

  @Test func theQuarantineMayNotLieInInputOrOutput() async throws {
    let bench = try ArchiveBench()
    try bench.fill()
    for place in ["in/aside", "out/aside"] {
      #expect(
        await usage {
          try await bench.run(bench.policy()) { $0.quarantine = bench.folder.path + "/" + place }
        })
    }
  }
}
