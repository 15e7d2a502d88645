package import ScrubPolicy

/// A synthetic archive with a file that says what is in it, for tests, demonstrations and measurements.
///
/// The people in it are made up. The same options give the same bytes, on any day.
package struct Sample {
  private let options: SampleOptions

  package init(options: SampleOptions) { self.options = options }

  /// Writes the archive, file by file, and `_truth.json` beside it.
  ///
  /// - Throws: `SampleProblem` if the options contradict each other, the folder is not empty, or a file cannot be
  ///   written; what was written stays.
  package func write() throws(SampleProblem) -> SampleSummary {
    try check()
    let plan = SamplePlan(options)
    try SampleFolder.make(options.output)
    var truth = try SampleTruth(plan, in: options.output)
    let bytes =
      options.destination == .storage
      ? try SampleArchive(plan).write(&truth) : try SampleFeed(plan).write(&truth)
    let (files, events) = try truth.finish()
    return SampleSummary(
      files: files, events: events, bytes: bytes, users: options.users,
      eventTypes: plan.types.count { $0.count > 0 },
      truth: options.output + "/_truth.json")
  }

  private func check() throws(SampleProblem) {
    guard options.events >= 1 else { throw SampleProblem.noEvents }
    guard options.users >= 1, options.users < 1 << 24 else { throw SampleProblem.users }
    guard options.eventsPerFile >= 1 else { throw SampleProblem.eventsPerFile }
    guard options.destination == .storage || options.format == .ndjson else {
      throw SampleProblem.onlyNDJSON(options.destination)
    }
    try SampleFolder.requireEmpty(options.output)
  }
}

/// What to make.
package struct SampleOptions: Sendable {
  package enum Format: String, CaseIterable, Sendable {
    case avro, ndjson
  }

  package var events: Int
  package var users: Int
  package var destination: Destination
  package var format: Format
  package var seed: UInt64
  /// A new or empty folder.
  package var output: String
  package var eventsPerFile: Int
  /// Whether event types that Currents no longer writes are in it.
  package var includesHistory: Bool

  /// `users` is a twentieth of the events and `format` what the destination is known for, where nil.
  package init(
    events: Int, users: Int? = nil, destination: Destination = .storage, format: Format? = nil,
    seed: UInt64 = 1,
    output: String, eventsPerFile: Int = 4000, includesHistory: Bool = false
  ) {
    self.events = events
    self.users = users ?? max(events / 20, 1)
    self.destination = destination
    self.format = format ?? (destination == .storage ? .avro : .ndjson)
    self.seed = seed
    self.output = output
    self.eventsPerFile = eventsPerFile
    self.includesHistory = includesHistory
  }
}

/// What was made.
package struct SampleSummary: Document, Hashable, Sendable {
  package let schema = "currents-scrub/sample/1"
  /// Without the truth file.
  package let files: Int
  package let events: Int
  package let bytes: Int
  package let users: Int
  package let eventTypes: Int
  /// The path of the truth file.
  package let truth: String

  enum CodingKeys: String, CodingKey {
    case schema, files, events, bytes, users, truth
    case eventTypes = "event_types"
  }
}

/// Why no sample was made.
package enum SampleProblem: Error, Hashable, Sendable {
  case noEvents
  case users
  case eventsPerFile
  case onlyNDJSON(Destination)
  case occupied(String)
  case unwritable(String)

  package var message: String {
    switch self {
    case .noEvents: "the number of events must be at least 1"
    case .users: "the number of users must be from 1 to 16777215: give --users"
    case .eventsPerFile: "the number of events a file must be at least 1"
    case .onlyNDJSON(let destination): "\(destination.rawValue) gets its events as NDJSON only"
    case .occupied(let path): "\(path) is not an empty folder"
    case .unwritable(let path): "\(path) cannot be written"
    }
  }

  /// Whether the options were at fault, not the disk.
  package var isUsage: Bool {
    switch self {
    case .noEvents, .users, .eventsPerFile, .onlyNDJSON, .occupied: true
    case .unwritable: false
    }
  }
}
