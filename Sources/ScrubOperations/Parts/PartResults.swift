internal import Foundation
internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubPolicy
internal import Synchronization

/// A line of what a part left; it has one of the members.
struct PartLine: Codable, Sendable {
  var vault: Row?
  var file: File?
  /// What happened to the fields of all files of the part.
  var fields: [Report.Field]?
  /// What an inspection counted in all files of the part.
  var tally: TallyText?
  /// The last line.
  var end: End?

  /// The original of a token, encrypted as the vault holds it.
  struct Row: Codable, Sendable {
    let token: String
    let key: String
    let domain: String
    /// Base64.
    let original: String

    init(_ row: VaultRow) {
      (token, key, domain, original) = (row.token, row.keyID, row.domain, Data(row.original).base64EncodedString())
    }

    var row: VaultRow? {
      Data(base64Encoded: original).map { VaultRow(token: token, keyID: key, domain: domain, original: Array($0)) }
    }
  }

  struct End: Codable, Sendable {
    /// SHA-256, hex, of the plan's text.
    let plan: String
    let part: Int
    /// What the part came to by itself.
    let exit: Int
    let events: Int
    let bytes: Int
  }

  /// What became of a file.
  struct File: Codable, Sendable {
    /// Its place among all files of the run.
    let number: Int
    let relative: String
    let size: Int
    let status: FileOutcome.Status
    let failure: Failure?
    let events: [Events]
    let workspaces: Set<[UInt8]>
    let withheld: [WithheldPlace]
    let withheldCount: Int
    let breaksOff: Bool
    let plan: String
    let formerKeys: [String]
    let identities: Set<String>
    let sourceDigest: String?
    let bytesIn: Int
    let bytesOut: Int
    let digest: String
  }

  /// Events of one type in one destination.
  struct Events: Codable, Sendable {
    let key: EventKey
    let counts: EventCounts?
    let times: TimeRange?
    let plan: String?
  }
}

extension PartLine.File {
  init(_ outcome: FileOutcome, number: Int) {
    self.number = number
    relative = outcome.file.relative
    size = outcome.file.size
    status = outcome.status
    failure = outcome.failure
    let keys = Set(outcome.events.keys).union(outcome.times.keys).union(outcome.plans.keys)
    events = keys.sorted { ($0.event, $0.destination.rawValue) < ($1.event, $1.destination.rawValue) }.map { key in
      PartLine.Events(key: key, counts: outcome.events[key], times: outcome.times[key], plan: outcome.plans[key])
    }
    workspaces = outcome.workspaces
    withheld = outcome.withheld
    withheldCount = outcome.withheldCount
    breaksOff = outcome.breaksOff
    plan = outcome.plan
    formerKeys = outcome.formerKeys
    identities = outcome.identities
    sourceDigest = outcome.sourceDigest
    bytesIn = outcome.bytesIn
    bytesOut = outcome.bytesOut
    digest = outcome.digest
  }

  /// The outcome as it was, but for its fields.
  var outcome: FileOutcome {
    var outcome = FileOutcome(ArchiveFile(path: relative, relative: relative, size: size))
    outcome.status = status
    outcome.failure = failure
    for one in events {
      outcome.events[one.key] = one.counts
      outcome.times[one.key] = one.times
      outcome.plans[one.key] = one.plan
    }
    outcome.workspaces = workspaces
    outcome.withheld = withheld
    outcome.withheldCount = withheldCount
    outcome.breaksOff = breaksOff
    outcome.plan = plan
    outcome.formerKeys = formerKeys
    outcome.identities = identities
    outcome.sourceDigest = sourceDigest
    outcome.bytesIn = bytesIn
    outcome.bytesOut = bytesOut
    outcome.digest = digest
    return outcome
  }
}

/// What a part leaves, while it is written. A class because the workers of the part share it: they bring the originals of
/// new tokens as they come.
final class PartWriter: Sendable, VaultTaking {
  private let folder: PartsFolder
  private let name: String
  /// Of the plan.
  private let id: String
  private let file: Mutex<StagedFile>

  init(_ folder: PartsFolder, part: Int, plan id: String) throws(Failure) {
    self.folder = folder
    self.id = id
    name = PartsFolder.results(of: part)
    file = Mutex(try folder.stage(name))
  }

  func add(_ fill: ((VaultRow) throws -> Void) throws -> Void) throws(LedgerProblem) -> Int {
    var lines: [PartLine] = []
    do {
      try fill { row in lines.append(PartLine(vault: PartLine.Row(row))) }
      for line in lines { try write(line) }
    } catch {
      throw LedgerProblem((error as? Failure)?.code == .noSpace ? .vaultNoSpace : .vaultUnwritable)
    }
    return lines.count
  }

  func write(_ line: PartLine) throws(Failure) {
    try file.withLock { (file) throws(Failure) in try file.writeLine(line) }
  }

  /// Writes what became of files, each with its number, and the end, and puts all of it in its place.
  func finish(_ outcomes: [(number: Int, outcome: FileOutcome)], end: PartLine.End) throws(Failure) {
    for (number, outcome) in outcomes { try write(PartLine(file: PartLine.File(outcome, number: number))) }
    try write(PartLine(end: end))
    try file.withLock { (file) throws(Failure) in _ = try folder.put(&file, as: name, under: id) }
  }
}

/// What the parts of a run left.
struct PartResults {
  var files: [PartLine.File] = []
  var fields: [Report.Field] = []
  var tallies: [TallyText] = []
  var end: PartLine.End?

  /// What a part left under a plan; nothing where it is not done.
  ///
  /// - Parameter rows: takes the originals of tokens.
  static func read(
    _ folder: PartsFolder, part: Int, plan id: String, rows take: ([VaultRow]) throws(LedgerProblem) -> Void = { _ in }
  ) throws -> PartResults? {
    let name = PartsFolder.results(of: part)
    guard let bytes = try folder.read(name) else { return nil }
    var results = PartResults()
    var rows: [VaultRow] = []
    for line: PartLine in try PartsFolder.lines(bytes, place: name) {
      if let text = line.vault {
        guard let row = text.row else { throw Failure(.partDamaged, place: name) }
        rows.append(row)
      }
      if let file = line.file { results.files.append(file) }
      if let fields = line.fields { results.fields += fields }
      if let tally = line.tally { results.tallies.append(tally) }
      results.end = line.end
    }
    // What another plan's part left is nothing to this one.
    guard let end = results.end, end.plan == id, end.part == part else { return nil }
    if !rows.isEmpty { try take(rows) }
    return results
  }

  /// What all parts of a plan left, in the order of the files.
  static func all(_ folder: PartsFolder, _ plan: PartsPlan, id: String) throws(Failure) -> PartResults {
    var all = PartResults()
    var missing: [Int] = []
    for part in 1...max(1, plan.parts) {
      do {
        guard let results = try read(folder, part: part, plan: id) else {
          missing.append(part)
          continue
        }
        all.files += results.files
        // Added up as they come: every part tells of every field.
        all.fields = ReportBuilder.united(all.fields + results.fields)
        all.tallies += results.tallies
      } catch {
        throw error as? Failure ?? Failure(.partDamaged, path: folder.place, place: PartsFolder.results(of: part))
      }
    }
    if !missing.isEmpty { throw folder.missing(missing, of: plan.parts) }
    all.files.sort { $0.number < $1.number }
    guard all.files.map(\.number) == Array(0..<plan.files) else { throw Failure(.partDamaged, path: folder.place, place: "files") }
    return all
  }
}
