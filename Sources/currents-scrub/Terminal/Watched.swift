internal import ScrubOperations
internal import ScrubPolicy

/// A run that a signal can stop, with a progress line where somebody watches: never in cron, whose standard error is
/// no terminal.
enum Watched {
  /// - Parameter places: what is read and written; workers that wait for a store have threads of their own.
  /// - Returns: what the run gave, and how long it took in seconds of wall clock, to the millisecond.
  static func run<Result: Sendable>(
    _ messages: Messages, over places: [String] = [], isShown: Bool = true,
    _ body: (Interrupt, Progress) async throws(ScrubRefusal) -> Result
  ) async throws -> (result: Result, seconds: Double) {
    let interrupt = Signals.watch()
    let clock = ContinuousClock.now
    let progress = Progress()
    let isWatched = isShown && !messages.isQuiet && Environment.isTerminal(2)
    let line = isWatched ? Task { await ProgressLine(progress: progress).show() } : nil
    let threads = places.contains(where: StoreAddresses.isAddress) ? WorkerThreads() : nil
    let result: Result
    do throws(ScrubRefusal) {
      result = try await withTaskExecutorPreference(threads) { () async throws(ScrubRefusal) in
        try await body(interrupt, progress)
      }
    } catch {
      line?.cancel()
      await line?.value
      // What was cut short cannot be read to its end, or seems to be empty.
      if interrupt.isSet { throw messages.interrupted() }
      throw messages.refusal(error)
    }
    line?.cancel()
    await line?.value
    return (result, Double(Int(((ContinuousClock.now - clock) / .milliseconds(1)).rounded())) / 1000)
  }

  /// Finishes erasures that were cut off, before a command writes anything.
  static func recover(_ catalog: Catalog, stateFolder: String, jobs: Int, _ messages: Messages) async throws {
    if Recovery.count(in: stateFolder) == 0 { return }
    let answers = try await run(messages, isShown: false) { interrupt, progress async throws(ScrubRefusal) in
      try await Recovery(catalog, stateFolder: stateFolder, jobs: jobs, interrupt: interrupt, progress: progress).run()
    }
    .result
    for answer in answers {
      messages.note("finished an erasure that was cut off: request \(answer.request), \(answer.state.rawValue)")
    }
  }

  static func inspect(
    _ catalog: Catalog, _ options: InspectOptions, _ messages: Messages
  ) async throws -> InspectRun.Result {
    var (result, seconds) = try await run(messages, over: options.inputs) { interrupt, progress async throws(ScrubRefusal) in
      try await InspectRun(catalog, options, interrupt: interrupt, progress: progress).run()
    }
    result.inspection.seconds = seconds
    return result
  }
}
