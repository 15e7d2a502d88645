internal import ArgumentParser
internal import ScrubOperations
internal import ScrubPolicy

/// How an archive is read.
struct ReadingOptions: ParsableArguments {
  @Option(help: "Workers (default: the number of cores; 8 at least for object stores).")
  var jobs: Int?

  @Option(help: "Leave out files of this name or path; * stands for any characters. Repeatable.")
  var ignore: [String] = []

  @Option(name: .customLong("max-block"), help: "The largest block or line that is read, in MiB.")
  var maxBlock = 64

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs is a number from 1") }
    if !(1...1024).contains(maxBlock) { throw ValidationError("--max-block is 1 to 1024 MiB") }
  }

  /// How many workers.
  func workers(over places: [String]) -> Int { jobs ?? Environment.workers(over: places) }

  /// In bytes.
  var blockLimit: Int { maxBlock << 20 }

  /// A search for people in the inputs that reads so.
  func search(
    of inputs: [String], _ events: EventOptions, _ person: RequestOptions, in catalog: Catalog
  ) throws(ScrubRefusal) -> SearchOptions {
    var options = SearchOptions()
    options.inputs = inputs
    options.eventType = try events.type(in: catalog)
    options.destination = events.place
    options.ignore(ignore)
    options.jobs = workers(over: inputs)
    options.maxBlock = blockLimit
    return options
  }

  /// An inspection of the inputs that reads so.
  func inspection(of inputs: [String]) -> InspectOptions {
    var options = InspectOptions()
    options.inputs = inputs
    options.jobs = workers(over: inputs)
    options.ignore(ignore)
    options.maxBlock = blockLimit
    return options
  }
}

/// What the caller tells of the events, whatever their files say.
struct EventOptions: ParsableArguments {
  @Option(name: .customLong("event-type"), help: "The event type of every file, whatever its names say.")
  var eventType: String?

  @Option(
    name: [.customShort("d"), .long], help: "The destination whose shape the events have: storage, amplitude, mixpanel, mparticle, segment.",
    completion: .list(Destination.allCases.map(\.rawValue)))
  var destination: String?

  func validate() throws {
    if destination != nil && place == nil {
      throw ValidationError("--destination is one of \(Destination.allCases.map(\.rawValue).joined(separator: ", "))")
    }
  }

  var place: Destination? { destination.flatMap { Destination(rawValue: $0) } }

  /// The event type as the catalog spells it.
  func type(in catalog: Catalog) throws(ScrubRefusal) -> String? {
    guard let eventType else { return nil }
    guard let known = catalog.eventType(named: eventType) else {
      throw .usage("--event-type names no event type of the catalog")
    }
    return known
  }
}
