/// An erasure whose archives many machines read: what the one does that plans it, ends it and changes files.
extension EraseRun {
  /// - Parameter place: where the parts meet: a folder, or a prefix of a store.
  package func run(_ shard: PeopleShard, meetingIn place: String) async throws(ScrubRefusal) -> Shared<EraseResult> {
    let asked = SharedPasses.Asked(
      command: "erase", requests: requests, search: options.search, catalog: catalog, made: options.made)
    let shared = try SharedPasses(shard, asked, meetingIn: place, stateFolder: options.stateFolder, interrupt)
    let result: EraseResult
    do throws(ScrubRefusal) { result = try await run(shared) } catch {
      if let due = shared.due { return .round(due) }
      throw error
    }
    // What was only looked at may be carried out, too.
    if options.writes && !interrupt.isSet { try shared.clear() }
    return .result(result)
  }
}
