/// An export whose archives many machines read: what the one does that plans and ends it.
extension ExportRun {
  /// - Parameter place: where the parts meet: a folder, or a prefix of a store.
  package func run(_ shard: PeopleShard, meetingIn place: String) async throws(ScrubRefusal) -> Shared<ExportResult> {
    let asked = SharedPasses.Asked(
      command: "export", requests: requests, search: options.search, catalog: catalog, made: options.made)
    let shared = try SharedPasses(shard, asked, meetingIn: place, stateFolder: options.stateFolder, interrupt)
    let result: ExportResult
    do throws(ScrubRefusal) { result = try await run(shared) } catch {
      if let due = shared.due { return .round(due) }
      throw error
    }
    // Who only looked may want the package, too.
    if !options.isDryRun && !interrupt.isSet { try shared.clear() }
    return .result(result)
  }
}
