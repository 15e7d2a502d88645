internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

/// Which part of a run this is, where many machines share it.
struct ShardOption: ParsableArguments {
  @Option(help: "A run by many machines: plan/N lays down its N parts, K/N does the K-th, merge ends it.")
  var shard: String?

  func validate() throws {
    if shard != nil && value == nil {
      throw ValidationError("--shard is plan/N, or K/N with K from 1 to N and N at most \(Shard.limit)")
    }
  }

  var value: Shard? { shard.flatMap { Shard($0) } }
}

/// The same of a run that looks for people: its parts meet in a place of their own.
struct PartsOptions: ParsableArguments {
  @Option(help: "A run by many machines: where its parts meet, a folder or a prefix of a store.")
  var parts: String?

  @Option(help: "With --parts: plan/N lays down N parts, K/N does the K-th, merge/N ends the run, or says that they have another round to do (75).")
  var shard: String?

  func validate() throws {
    if (parts == nil) != (shard == nil) { throw ValidationError("--parts and --shard go together") }
    if shard != nil && value == nil {
      throw ValidationError("--shard is plan/N, K/N with K from 1 to N, or merge/N, with N at most \(Shard.limit)")
    }
  }

  private var value: PeopleShard? { shard.flatMap { PeopleShard($0) } }

  /// What is to be done, and where the parts meet.
  var asked: (shard: PeopleShard, place: String)? {
    guard let value, let parts else { return nil }
    return (value, parts)
  }

  /// Which part this is.
  var part: (number: Int, of: Int, place: String)? {
    guard case .part(let number, let count)? = value, let parts else { return nil }
    return (number, count, parts)
  }

  /// Says that what was only looked at can be carried out.
  func noteStaying(_ messages: Messages) {
    guard let parts else { return }
    messages.note("what the parts found stays in \(visible(parts)): merge it to its end, or remove _currents-scrub/parts there")
  }

  /// What is wrong with a part to which more is said.
  static let knowsAll = "--shard K/N takes no request, no archive and no output: what a part needs is in the plan"

  /// Does a part, tells what it came to, and ends the command so.
  func run(
    _ part: (number: Int, of: Int, place: String), of command: String, _ catalog: Catalog, _ made: [ScrubbedWith], jobs: Int,
    stateFolder: String, _ common: CommonOptions, _ messages: Messages
  ) async throws {
    let (done, seconds) = try await Watched.run(messages, over: [part.place]) { interrupt, progress async throws(ScrubRefusal) in
      try await PeoplePart(
        command, catalog, made, jobs: jobs, stateFolder: stateFolder, interrupt: interrupt, progress: progress
      ).run(part.number, of: part.of, meetingIn: part.place)
    }
    try done.tell(seconds: seconds, meetingIn: part.place, common)
  }
}
