internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// One command of an inspection in parts.
extension InspectRun {
  /// What a command of an inspection in parts left to tell.
  package struct Part: Sendable {
    package let done: PartDone
    /// Of the files of a part that was done now.
    package var problems: [Report.Problem] = []
  }

  /// - Parameter place: where the parts meet: a folder, or a prefix of a store.
  package func run(_ shard: Shard, meetingIn place: String) async throws(ScrubRefusal) -> Part {
    try StoreAddresses.checkInputs(options.inputs + [place])
    for input in options.inputs where isInside(realPath(place), realPath(input)) {
      throw .usage("OUT is the input \(input), or lies inside it")
    }
    switch shard {
    case .plan(let parts): return try plan(parts, shard, place)
    case .part(let number, _): return try await part(number, shard, place)
    }
  }

  private func plan(_ parts: Int, _ shard: Shard, _ place: String) throws(ScrubRefusal) -> Part {
    var done = PartDone("inspect", shard)
    let folder = try ScrubRefusal.ofOutput { () throws(Failure) in try PartsFolder(place) }
    if let plan = try ScrubRefusal.ofOutput({ () throws(Failure) in try folder.planned(parts, asked: try asked()) }) {
      done.take(plan)
      done.already = true
      return Part(done: done)
    }
    let listing = try list()
    do throws(Failure) {
      let hold = try PartsHold.take(place, alone: true)
      try PartsFolder.checkNone(in: place)
      try folder.remove()
      var plan = try PartsPlan(listing, parts: parts, asked: try asked())
      plan.inspect = PartsPlan.Inspect(inputs: options.inputs, catalog: try catalog.digest())
      try folder.write(plan, listing.files)
      _ = consume hold
      done.take(plan)
    } catch {
      throw .ofOutput(error)
    }
    return Part(done: done)
  }

  private func asked() throws(Failure) -> String {
    struct Asked: Encodable {
      let catalog: String
      let inputs: [String]
      let ignored: [String]
      let eventType: String?
      let destination: Destination?
      let maxBlock: Int
    }
    return try PartsPlan.asked(
      Asked(
        catalog: try catalog.digest(), inputs: options.inputs.map(realPath), ignored: options.ignored.map(\.pattern),
        eventType: options.eventType, destination: options.destination, maxBlock: options.maxBlock))
  }

  private func part(_ number: Int, _ shard: Shard, _ place: String) async throws(ScrubRefusal) -> Part {
    do throws(Failure) {
      let folder = try PartsFolder(place)
      let hold = try PartsHold.take(place, alone: false)
      let (plan, id) = try folder.planInForce()
      guard plan.inspect != nil, plan.parts == shard.parts, try plan.asked == asked() else {
        throw Failure(.otherParts, path: place)
      }
      var done = PartDone("inspect", shard)
      if let earlier = try? PartResults.read(folder, part: number, plan: id), let end = earlier.end {
        done.take(end, files: earlier.files.count)
        done.already = true
        return Part(done: done)
      }
      let items = try folder.items(of: number, plan)
      let board = Board(items.map(\.file), progress: progress)
      progress.expect(board.files)
      let context = InspectContext(catalog, options, interrupt)
      let tally = await work(board, context)
      let outcomes = board.finished
      let inspection = InspectionBuilder(
        context, tally, listing: Listing(), outcomes: outcomes, isInterrupted: interrupt.isSet
      ).result().inspection
      let end = PartLine.End(
        plan: id, part: number, exit: inspection.exit, events: inspection.totals.events, bytes: inspection.totals.bytes)
      if !interrupt.isSet {
        let writer = try PartWriter(folder, part: number, plan: id)
        try writer.write(PartLine(tally: TallyText(tally)))
        try writer.finish(Array(zip(items.map(\.number), outcomes)), end: end)
      }
      _ = consume hold
      done.take(end, files: outcomes.count)
      return Part(done: done, problems: inspection.problems)
    } catch {
      throw .ofOutput(error)
    }
  }
}
