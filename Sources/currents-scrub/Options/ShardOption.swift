internal import ArgumentParser
internal import ScrubOperations

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
