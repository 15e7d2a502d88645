internal import ScrubArchive
package import ScrubCore
package import ScrubPolicy

/// An inspection from start to end: one pass over the archive, one result.
package struct InspectRun: Sendable {
  let catalog: Catalog
  let options: InspectOptions
  let interrupt: Interrupt
  package let progress: Progress

  package init(_ catalog: Catalog, _ options: InspectOptions, interrupt: Interrupt, progress: Progress) {
    self.catalog = catalog
    self.options = options
    self.interrupt = interrupt
    self.progress = progress
  }

  /// An Avro schema that files of the archive have.
  package struct FoundSchema: Sendable {
    package let event: String
    package let destination: Destination
    package let schema: AvroSchema
    /// As it stands in the files.
    package let text: [UInt8]
    package let files: Int
    package let events: Int
  }

  /// A path that lines of the archive have, known or not.
  package struct FoundPath: Sendable {
    package let event: String
    package let destination: Destination
    package let path: String
    package let isKnown: Bool
    /// Of all values.
    package let types: MemberTypes
    /// Values that are not null.
    package let values: Int
  }

  package struct Result: Sendable {
    package var inspection: Inspection
    package let schemas: [FoundSchema]
    package let paths: [FoundPath]
    /// Of every file that was read.
    package var outcomes: [FileOutcome] = []
    /// The files in folders that are nobody's data by their names, which are ignored.
    package var passedOver: [String: Int] = [:]
  }

  /// Reads everything; only an input that is not there stops it.
  package func run() async throws(ScrubRefusal) -> Result {
    let listing = try list()
    progress.expect(listing.files)
    let board = Board(listing.files, progress: progress)
    let context = InspectContext(catalog, options, interrupt)
    let tally = await work(board, context)
    let outcomes = board.finished
    let builder = InspectionBuilder(
      context, tally, listing: listing, outcomes: outcomes, isInterrupted: interrupt.isSet)
    var result = builder.result()
    result.outcomes = outcomes
    result.passedOver = listing.passedOver
    return result
  }

  /// Several inputs keep their paths apart by standing under the names they were given by.
  func list() throws(ScrubRefusal) -> Listing {
    try StoreAddresses.checkInputs(options.inputs)
    try StoreAddresses.refuseOverlaps(options.inputs)
    var all = Listing()
    let ignored = options.ignored
    for (number, input) in options.inputs.enumerated() {
      var prefix = ""
      if options.inputs.count > 1, try !StoreAddresses.isFile(input) {
        prefix = input.hasSuffix("/") ? String(input.dropLast()) : input
      }
      let only = options.only.chosen(of: number)
      let listing = ArchiveWalker.list(input, prefix: prefix, only: only) { name in ignored.contains { $0.matches(name) } }
      if only == nil { try listing.check(input) }
      all.files += listing.files
      all.ignored += listing.ignored
      all.passedOver.merge(listing.passedOver) { $0 + $1 }
      all.failures += listing.failures
    }
    return all
  }

  /// Each worker takes the next file until there is none.
  func work(_ board: Board, _ context: InspectContext) async -> InspectionTally {
    let width = max(1, min(options.jobs, board.files.count))
    return await withTaskGroup(of: InspectionTally.self) { group in
      for _ in 0..<width {
        group.addTask {
          var inspector = Inspector(context)
          while !context.interrupt.isSet, let index = board.take() {
            let outcome = inspector.inspect(board.files[index])
            if !context.interrupt.isSet || outcome.failure == nil { board.finish(index, outcome) }
          }
          return inspector.finish()
        }
      }
      var tally = InspectionTally()
      for await part in group { tally += part }
      return tally
    }
  }
}
