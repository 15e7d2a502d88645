internal import Glibc
internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
internal import ScrubPolicy

/// One archive in one night: what is there, what of it is new, and what became of it.
struct ArchiveNight {
  let entry: NightlyEntry.Archive
  /// Nothing where no output is made, or the policy is refused.
  let prepared: PreparedPolicy?
  /// How its output is made, for those who search it.
  let made: ScrubbedWith?
  var told: NightlySummary.Archive
  /// Everything that has settled, in byte order of the paths.
  private(set) var met: [Met] = []
  /// Of earlier nights.
  private var known: [[UInt8]: KnownFile] = [:]
  /// Nothing where no output is made, or nothing is remembered.
  private var output: OutputNight?
  private let stamp: String

  /// A file of the archive.
  struct Met: Sendable {
    let path: String
    var status: FileIdentity
    /// Whether its bytes are those of an earlier night.
    var isKnown: Bool
    /// Whether it has to be scrubbed, be it that its bytes are known.
    var isDue: Bool
    /// Whether an erasure of this night changed its bytes.
    var isChanged = false
    /// Whether nothing of it may be shared tonight.
    var isBarred = false
  }

  init(_ entry: NightlyEntry.Archive, _ policy: Result<(PreparedPolicy, ScrubbedWith)?, ScrubRefusal>) {
    self.entry = entry
    told = NightlySummary.Archive()
    told.name = entry.name
    switch policy {
    case .success(let pair):
      (prepared, made) = (pair?.0, pair?.1)
      stamp = pair?.0.stamp ?? ""
    case .failure(let refusal):
      (prepared, made, stamp) = (nil, nil, "")
      fail(refusal)
    }
  }

  /// Whether nothing more can be done with it tonight.
  var isLost: Bool { told.code != nil }
  /// Whether it is not there, so that nobody can be searched in it.
  private(set) var isAway = false

  mutating func fail(_ refusal: ScrubRefusal) {
    told.code = refusal.code
    told.message = refusal.sentence
    told.exit = worst(told.exit, refusal.exit)
    for one in refusal.findings.filter(\.refuses).prefix(Self.listedProblems) {
      problem("\(one.file):\(one.line):\(one.column)", one.id.rawValue, one.message)
    }
  }

  // MARK: what is there

  /// Lists the archive, and compares it with what earlier nights met.
  ///
  /// - Parameter now: seconds since 1970-01-01.
  mutating func look(_ files: KnownFiles?, now: Int) throws(LedgerProblem) {
    known = try files?.load(entry.name, .source) ?? [:]
    let written = try files?.load(entry.name, .output)
    let ignored = entry.ignored.map { Glob($0) }
    let listing = ArchiveWalker.list(entry.input, prefix: "") { name in ignored.contains { $0.matches(name) } }
    // A store that broke off tells of some objects only.
    if ObjectAddress(entry.input) != nil, let failure = listing.failures.first(where: { $0.path == entry.input }),
      failure.code != .missing
    {
      return miss(.file(failure))
    }
    if listing.files.contains(where: { $0.path == entry.input }) { return miss(.ofOutput(Failure(.noFolder, path: entry.input))) }
    // A folder that holds nothing tonight and much yesterday is one that is not mounted.
    let isExpected = !known.isEmpty || listing.failures.contains { $0.path == entry.input }
    let isThere = !listing.files.isEmpty || listing.empty.contains { known[Array($0.utf8)] != nil }
    if !isThere && isExpected { return miss(.noInput(entry.input)) }
    let states: StatesBelow
    do throws(Failure) {
      states = try StatesBelow(entry.input)
      if let place = entry.output, let written { output = try OutputNight(place, written) }
    } catch {
      return miss(.file(error))
    }
    // Files that an erasure, or their age, left without an event.
    let left = listing.empty.compactMap { name -> [UInt8]? in
      let path = Array(name.utf8)
      guard let before = known[path], let status = states.state(of: name) else { return nil }
      return before.identity == KnownFile.Identity(status) ? path : nil
    }
    told.files = listing.files.count
    let newest = known.keys.compactMap { Self.day(of: $0) }.max { $0.lexicographicallyPrecedes($1) }
    var paths = Set<[UInt8]>(minimumCapacity: listing.files.count)
    paths.formUnion(left)
    for file in listing.files {
      let path = Array(file.relative.utf8)
      paths.insert(path)
      guard let status = states.state(of: file.relative) else { continue }
      let identity = KnownFile.Identity(status)
      let before = known[path]
      if before?.identity == identity {
        let isOther = before?.output != nil ? output?.stands(path) == false : output?.holds(path) == true
        let isDue = prepared != nil && (before?.plan != stamp || isOther)
        if isDue { told.redone += 1 }
        met.append(Met(path: file.relative, status: status, isKnown: true, isDue: isDue))
        continue
      }
      let modified = status.changedLast(before: now)
      if modified + entry.settle > now && entry.settle > 0 {
        told.young += 1
        oldestYoung = min(oldestYoung ?? modified, modified)
        if before != nil { growing.append(file.relative) }
        continue
      }
      if before == nil {
        told.new += 1
        if let newest, let day = Self.day(of: path), day.lexicographicallyPrecedes(newest) { told.late += 1 }
      } else {
        told.changed += 1
      }
      told.bytes += file.size
      met.append(Met(path: file.relative, status: status, isKnown: false, isDue: prepared != nil))
    }
    for file in met where file.isDue { output?.redo(file.path) }
    told.vanished = known.keys.count { !paths.contains($0) }
    emptied = listing.empty.filter { name in
      let path = Array(name.utf8)
      return known[path].map { $0.output != nil || output?.holds(path) == true } ?? false
    }
    for name in emptied { output?.redo(name) }
    failures = listing.failures
    for failure in failures { note(failure) }
  }

  /// What could not be looked at.
  private(set) var failures: [Failure] = []

  /// When the one of the files that are too young was changed that was not changed for the longest time, in seconds since
  /// 1970-01-01.
  private(set) var oldestYoung: Int?

  /// Files that earlier nights met, and that were changed too short a time ago.
  private(set) var growing: [String] = []

  /// Sources that are empty by now, of which there are outputs.
  private(set) var emptied: [String] = []

  /// Nobody can be searched in it tonight.
  private mutating func miss(_ refusal: ScrubRefusal) {
    isAway = true
    fail(refusal)
  }

  private(set) var problems: [NightlySummary.Problem] = []

  mutating func note(_ failure: Failure) {
    problem(failure.path, failure.code.rawValue, failure.code.message)
    told.exit = worst(told.exit, 2)
  }

  mutating func problem(_ path: String, _ code: String, _ message: String) {
    problems.append(NightlySummary.Problem(archive: entry.name, path: path, code: code, message: message))
  }

  /// The day of the `date=` segment of a path, as text that sorts by time.
  private static func day(of path: [UInt8]) -> [UInt8]? {
    let mark = Array("date=".utf8)
    for part in path.split(separator: UInt8(ascii: "/")) where part.starts(with: mark) && part.count >= mark.count + 10 {
      return Array(part.dropFirst(mark.count).prefix(10))
    }
    return nil
  }

  // MARK: parts of it

  /// The folder of its output, where there is one by now.
  var outputFolder: String? {
    guard let output = entry.output, (try? Manifest.read(in: output)) ?? nil != nil else { return nil }
    return output
  }

  /// Files whose bytes no earlier night saw.
  var fresh: [String] { met.filter { !$0.isKnown }.map(\.path) }

  /// Of those the ones that hold an event type.
  func fresh(holding type: String) -> [String] { fresh.filter { types[$0]?.types.contains(type) ?? false } }

  /// Of some files those whose bytes are those of an earlier night.
  func known(_ paths: [[UInt8]]) -> [String] {
    let paths = Set(paths)
    return paths.isEmpty ? [] : met.filter { $0.isKnown && paths.contains(Array($0.path.utf8)) }.map(\.path)
  }

  /// Events that earlier nights read in other files than some.
  func eventsKnown(beside paths: Set<String>) -> Int {
    met.reduce(0) { sum, file in
      file.isKnown && !paths.contains(file.path) ? sum + (known[Array(file.path.utf8)]?.events.read ?? 0) : sum
    }
  }

  /// Everything that has settled.
  var settled: [String] { met.map(\.path) }

  /// What is to be scrubbed, and may be.
  var due: [String] { met.filter { $0.isDue && !$0.isBarred }.map(\.path) }

  /// Keeps files from being scrubbed tonight, for they may hold events that have to go.
  ///
  /// - Parameter paths: nothing for all.
  mutating func bar(_ paths: Set<String>?) {
    for index in met.indices where paths?.contains(met[index].path) ?? true { met[index].isBarred = true }
  }

  /// Looks again, for an erasure changes files, and others may have.
  ///
  /// - Returns: the files that are other than they were.
  mutating func lookAgain() -> [String] {
    if isAway { return [] }
    let states: StatesBelow
    do throws(Failure) { states = try StatesBelow(entry.input) } catch {
      // What became of it meanwhile nobody knows.
      fail(.file(error))
      bar(nil)
      return []
    }
    var changed: [String] = []
    for index in met.indices {
      guard let status = states.state(of: met[index].path) else {
        met[index].isBarred = true
        continue
      }
      if status == met[index].status { continue }
      met[index].status = status
      met[index].isDue = prepared != nil
      met[index].isChanged = true
      changed.append(met[index].path)
    }
    return changed
  }

  /// Files of its output of which nobody knows who is in them, for they are other than nights left them.
  var strays: [String] {
    (output?.strays ?? [:]).filter { $0.value.size > 0 }.keys.map { String(decoding: $0, as: UTF8.self) }.sorted()
  }

  /// Takes it that nobody knows who is in its output.
  mutating func doubtWholeOutput() {
    output?.doubtAll(but: Set((met.filter(\.isDue).map(\.path) + emptied).map { Array($0.utf8) }))
  }

  /// Takes note of what an erasure of this night changed in its output.
  mutating func doubtOutput() {
    do throws(Failure) { try output?.doubt(but: Set(met.filter(\.isDue).map { Array($0.path.utf8) })) } catch { fail(.file(error)) }
  }

  /// Looks again at them.
  ///
  /// - Returns: those that are other than they were.
  mutating func lookAgainAtOutput() -> [String] {
    do throws(Failure) { return try output?.lookAgain() ?? [] } catch {
      fail(.file(error))
      return []
    }
  }

  /// Tells of what nobody vouches for in its output.
  ///
  /// - Parameter made: paths of what was made tonight.
  mutating func tellChangedOutput(but made: Set<String>) {
    do throws(Failure) {
      for failure in try output?.findChanged(but: made) ?? [] {
        let isTold = problems.contains { $0.path == failure.path && $0.code == failure.code.rawValue }
        if !isTold { note(failure) }
      }
      guard let rules = prepared?.stampOfRules, let output else { return }
      let former = output.former(to: rules, without: Set((met.map(\.path) + emptied).map { Array($0.utf8) }))
      for failure in former.prefix(Self.listedProblems) { note(failure) }
    } catch {
      fail(.file(error))
    }
  }

  /// Takes it that nobody is in them any more whose events have to go.
  mutating func passStrays() { output?.isSearched = true }

  /// By path: the state in which files were looked through, and are shared or not at all.
  var identities: [String: FileIdentity] {
    // Two names of the same letters in other spellings are one key here, and a scrub refuses both.
    Dictionary(met.map { ($0.path, $0.status) }) { first, _ in first }
  }

  // MARK: what came of it

  /// Takes over what new files hold.
  mutating func take(_ result: InspectRun.Result) {
    let inspection = result.inspection
    for outcome in result.outcomes {
      types[outcome.file.relative] = (Set(outcome.events.keys.map(\.event)), outcome.eventCounts.read)
    }
    told.events += inspection.totals.events
    told.unreadable += inspection.totals.unreadable
    let drift = inspection.drift
    told.drift.newMarks = drift.marks.new.map(\.field)
    told.drift.unknownEvents = drift.unknownEvents.map(\.event)
    told.drift.unknownFields = drift.unknownFields.map { "\($0.event): \($0.path)" }
    told.drift.content = drift.content.map { "\($0.path): \($0.kind)" }
    if prepared == nil && inspection.exit != 0 {
      for one in inspection.problems.prefix(Self.listedProblems) { problem(one.file, one.code, one.message) }
      for one in inspection.damaged.prefix(Self.listedProblems) {
        problem(one.file, one.code, one.rest == true ? "the rest of the file cannot be read" : "a place cannot be read")
      }
      told.exit = worst(told.exit, inspection.exit)
    }
  }

  /// Takes over what a scrub came to.
  mutating func take(_ report: Report) {
    emptied = []
    told.written = report.totals.filesOut
    told.shared = report.totals.eventsOut
    told.withheld = report.totals.withheld
    for field in report.fields {
      switch field.action {
      case .hash, .tokenise: told.pseudonyms += field.treated
      case .redact, .drop, .mask, .generalise, .scan, .json: told.redacted += field.treated
      case .keep, .dropEvent: break
      }
      told.redacted += field.redactedInstead
    }
    for one in report.problems.prefix(Self.listedProblems) { problem(one.file, one.code, one.message) }
    told.unreadable += report.totals.cutFiles ?? 0
    for one in report.withheld.filter({ $0.rest == true }).prefix(Self.listedProblems) {
      problem(one.file, one.code, "the rest of the file cannot be read and was withheld, with events that nobody can count")
    }
    told.exit = worst(told.exit, report.exit == 130 ? 0 : report.exit)
  }

  /// Takes over how old events of a file are.
  mutating func note(_ ages: FileAges) {
    let oldest = ages.times.filter { !$0.value.isEmpty }.mapValues(\.first)
    self.ages.append(KnownFiles.Ages(path: Array(ages.path.utf8), oldest: oldest, isDue: ages.due > 0))
  }

  static let listedProblems = 20

  /// By path: of files that were inspected tonight.
  private var types: [String: (types: Set<String>, events: Int)] = [:]
  private var ages: [KnownFiles.Ages] = []

  // MARK: what is remembered

  /// Notes everything that was done with, and forgets what is gone.
  ///
  /// - Parameters:
  ///   - outcomes: by path, of files that were scrubbed.
  ///   - isWhole: whether the night was not interrupted.
  func remember(
    _ outcomes: [String: FileOutcome], _ files: KnownFiles, run: String, isWhole: Bool
  ) throws(LedgerProblem) {
    let written = outcomes.filter { !$0.value.digest.isEmpty }.mapValues(\.bytesOut)
    try output?.remember(written, under: prepared?.stampOfRules, files, in: entry.name, run: run)
    guard let states = try? StatesBelow(entry.input) else { return }
    var noted: [KnownFile] = []
    for file in met where !file.isKnown || file.isDue || file.isChanged {
      let outcome = outcomes[file.path]
      // What was to be scrubbed and was not is looked at again next night, and so is what is other by now.
      let isEmptied = isWhole && !isLost && file.status.size == 0
      if file.isBarred || (outcome == nil && (file.isDue || !isWhole) && !isEmptied) { continue }
      guard let now = states.state(of: file.path), now == file.status else { continue }
      let path = Array(file.path.utf8)
      var known = KnownFile(path: path, identity: KnownFile.Identity(file.status), state: .done, run: run)
      known.events.read = isEmptied ? 0 : types[file.path]?.events ?? self.known[path]?.events.read ?? 0
      if outcome != nil || isEmptied { known.plan = stamp }
      if let outcome { known.take(outcome) }
      // One that could not be written is tried again.
      if outcome?.status == .failed { continue }
      noted.append(known)
    }
    if !noted.isEmpty { try files.put(noted, in: entry.name, .source) }
    let read = noted.compactMap { file in types[String(decoding: file.path, as: UTF8.self)].map { (path: file.path, types: $0.types) } }
    if !read.isEmpty { try files.put(read, in: entry.name) }
    let paths = Set(noted.map(\.path)).union(met.filter(\.isKnown).map { Array($0.path.utf8) })
    let ages = ages.filter { paths.contains($0.path) }
    if !ages.isEmpty { try files.put(ages, in: entry.name) }
    // What was emptied is forgotten once its output is gone.
    let there = Set((met.map(\.path) + emptied).map { Array($0.utf8) })
    let gone = known.keys.filter { path in
      if there.contains(path) { return false }
      let now = states.state(of: String(decoding: path, as: UTF8.self))
      return now == nil || now?.size == 0
    }
    if !gone.isEmpty { try files.remove(gone, from: entry.name, .source) }
  }
}

extension FileIdentity {
  /// When its bytes were changed last, in seconds since 1970-01-01. Where that is still to come, for clocks go wrong, it is
  /// when the system met it last.
  fileprivate func changedLast(before now: Int) -> Int {
    let seconds = modified / 1_000_000_000
    return seconds > now && changed > 0 ? changed / 1_000_000_000 : seconds
  }
}

extension KnownFile.Identity {
  /// Of an object its mark and its size, which every answer of a store tells.
  init(_ status: FileIdentity) {
    if !status.tag.isEmpty {
      let digest = Digest256.sha256(status.tag).hex
      func number(_ part: Substring) -> Int { Int(truncatingIfNeeded: UInt64(part, radix: 16) ?? 0) }
      self.init(
        device: number(digest.prefix(16)), inode: number(digest.dropFirst(16).prefix(16)), size: status.size, modified: 0, changed: 0)
      return
    }
    self.init(
      device: Int(bitPattern: UInt(status.device)), inode: Int(bitPattern: UInt(status.inode)), size: status.size,
      modified: status.modified, changed: status.changed)
  }
}

extension KnownFile {
  /// Takes over what a scrub came to.
  fileprivate mutating func take(_ outcome: FileOutcome) {
    digest = outcome.sourceDigest
    output = outcome.digest.isEmpty ? nil : outcome.digest
    let counts = outcome.eventCounts
    events.read = counts.read
    events.written = counts.written
    events.dropped = counts.dropped
    events.withheld = counts.withheld
    code = outcome.failure?.code.rawValue
    switch outcome.status {
    case .written, .alreadyScrubbed, .empty: state = .done
    case .withheld, .unsupported, .unreadable, .refused: state = .withheld
    case .failed: state = .failed
    }
  }
}
