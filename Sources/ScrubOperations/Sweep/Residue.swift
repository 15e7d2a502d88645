internal import ScrubCore
internal import ScrubPolicy

/// What a residual sweep found of people in events that are not theirs. It holds no value of anybody.
struct Residue: Sendable {
  /// What stands in one field of one event type.
  struct Finding: Sendable {
    /// The number of the one whose values they are.
    let person: Int
    /// The number of the archive.
    let archive: Int
    /// Empty where nothing tells it.
    let eventType: String
    let destination: Destination
    /// The field, as in policies; names that may be values are withheld.
    let path: String
    /// Whether nothing changes it: paths of files, and ids of other people's profiles.
    let stays: Bool
    /// Values that nobody else carries.
    fileprivate(set) var count = 0
    /// Values that stand as an identity of somebody else, in a workspace that counts: no residue, and not redacted.
    fileprivate(set) var shared = 0
  }

  /// In order of person, archive, event type, destination and path.
  let findings: [Finding]
  private let found: [Field: Finding]
  /// By file: the events that hold what is to be redacted, in the order of the file. Of a batch, what stands around its
  /// events has part -1.
  let places: [Int: [EventPlace]]
  /// What is to be redacted: the values that nobody else carries in the workspaces that count.
  let values: SweepValues
  /// By file that was read, in their order: what became of it.
  let outcomes: [(file: Int, outcome: FileOutcome)]
  /// By file that was read: how it stood then.
  var states: [Int: FileState] = [:]
  let isInterrupted: Bool

  init(
    _ tally: SweepTally, _ values: SweepValues, outcomes: [(file: Int, outcome: FileOutcome)],
    isInterrupted: Bool
  ) {
    self.outcomes = outcomes.sorted { $0.file < $1.file }
    self.isInterrupted = isInterrupted
    var shared: [Int: Set<Int>] = [:]
    for (value, workspaces) in tally.carried {
      shared[value] = workspaces.reduce(into: []) { $0.formUnion(values.owners(of: value, in: $1)) }
    }
    self.values = values.without(shared)
    places = tally.places.compactMapValues { found in
      let left = found.filter { one in
        values.owners(of: one.value, in: one.workspace).contains { shared[one.value]?.contains($0) != true }
      }
      return left.isEmpty ? nil : Set(left.map(\.place)).sorted()
    }
    found = Self.found(tally, values, shared)
    findings = found.values.sorted {
      ($0.person, $0.archive, $0.eventType, $0.destination.rawValue, $0.path, $0.stays ? 1 : 0)
        < ($1.person, $1.archive, $1.eventType, $1.destination.rawValue, $1.path, $1.stays ? 1 : 0)
    }
  }

  /// How many values of a finding are among those of a part of this residue.
  func count(of finding: Finding) -> Int {
    let field = SweepTally.Field(
      archive: finding.archive, eventType: finding.eventType, destination: finding.destination, path: finding.path,
      stays: finding.stays)
    return found[Field(person: finding.person, key: field)]?.count ?? 0
  }

  private struct Field: Hashable {
    let person: Int
    let key: SweepTally.Field
  }

  /// - Parameter shared: by value, the people whose alone it is not.
  private static func found(_ tally: SweepTally, _ values: SweepValues, _ shared: [Int: Set<Int>]) -> [Field: Finding] {
    var found: [Field: Finding] = [:]
    for (place, count) in tally.counts {
      for person in values.owners(of: place.value, in: place.workspace) {
        let field = place.field
        var finding =
          found[Field(person: person, key: field)]
          ?? Finding(
            person: person, archive: field.archive, eventType: field.eventType,
            destination: field.destination,
            path: field.path, stays: field.stays)
        if shared[place.value]?.contains(person) == true { finding.shared += count } else { finding.count += count }
        found[Field(person: person, key: field)] = finding
      }
    }
    return found
  }
}

/// What one worker found. Values add up.
struct SweepTally: Sendable {
  struct Field: Hashable {
    let archive: Int
    let eventType: String
    let destination: Destination
    let path: String
    let stays: Bool
  }

  struct Place: Hashable {
    let field: Field
    let value: Int
    /// Empty where none is told.
    let workspace: [UInt8]
  }

  private(set) var counts: [Place: Int] = [:]
  /// By value that stands as an identity of others: the workspaces in which it does.
  private(set) var carried: [Int: Set<[UInt8]>] = [:]
  /// By file.
  private(set) var places: [Int: [(place: EventPlace, value: Int, workspace: [UInt8])]] = [:]

  mutating func note(_ find: SweepFind, _ field: Field, at place: EventPlace, inFile file: Int) {
    counts[Place(field: field, value: find.value, workspace: find.workspace), default: 0] += 1
    switch find.standing {
    case .identity: carried[find.value, default: []].insert(find.workspace)
    case .withinID: break
    case .text: places[file, default: []].append((place, find.value, find.workspace))
    }
  }

  /// Stands for the path of a field where a value is part of a file's path, which nothing changes.
  static let filePaths = "(paths of files)"

  /// Notes a value in the path of a file.
  mutating func note(_ value: Int, inPathOf file: SearchedFile) {
    let field = Field(archive: file.archive, eventType: "", destination: .storage, path: Self.filePaths, stays: true)
    counts[Place(field: field, value: value, workspace: []), default: 0] += 1
  }

  init() {}

  /// What the worker of another machine found.
  init(
    counts: [Place: Int], carried: [Int: Set<[UInt8]>], places: [Int: [(place: EventPlace, value: Int, workspace: [UInt8])]]
  ) {
    self.counts = counts
    self.carried = carried
    self.places = places
  }

  static func += (left: inout SweepTally, right: SweepTally) {
    left.counts.merge(right.counts, uniquingKeysWith: +)
    left.carried.merge(right.carried) { $0.union($1) }
    left.places.merge(right.places, uniquingKeysWith: +)
  }
}
