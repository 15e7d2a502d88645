internal import Glibc
internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
internal import ScrubPolicy

/// How a night is told to go, beside its configuration.
package struct NightlyOptions: Sendable {
  /// `2026-11-23T020000Z-nightly`, and the same for people.
  package var run = ""
  package var started = ""
  /// Workers.
  package var jobs = 1
  /// Permission bits that new files do not get.
  package var mask: UInt32 = 0o022

  package init() {}
}

/// A night from start to end: everything that a cron needs, in an order in which no output ever holds an event of
/// somebody whose events have to go.
///
/// What an earlier run left is finished; archives are listed, what is new in them is inspected; requests, suppressions,
/// harvest and retention are applied to the sources; then what is new, changed, or was scrubbed under another plan is
/// scrubbed, in just the state in which it was looked through. Every step that fails is told, and bars no more than what
/// depends on it.
package struct NightlyRun: Sendable {
  let config: NightlyConfig
  let options: NightlyOptions
  let interrupt: Interrupt
  package let progress: Progress

  package init(_ config: NightlyConfig, _ options: NightlyOptions, interrupt: Interrupt, progress: Progress) {
    self.config = config
    self.options = options
    self.interrupt = interrupt
    self.progress = progress
  }

  var today: Day { Day(options.started) ?? Day(number: 0) }
  var entry: NightlyEntry { config.entry }
  /// Where everything of this run goes.
  var folder: String { entry.reports + "/" + options.run }

  /// Does everything.
  ///
  /// - Throws: `ScrubRefusal` where nothing was done: another night is on its way, or the state cannot be used.
  package func run() async throws(ScrubRefusal) -> NightlySummary {
    let lock = try NightlyLock.take(config.stateFolder)
    let summary = try await locked()
    lock.release()
    return summary
  }

  private func locked() async throws(ScrubRefusal) -> NightlySummary {
    let state = StateFolder(config.stateFolder)
    // With another key nobody who was erased is known again.
    try state.prove()
    let ledger = try state.ledger()
    var night = Night(summary: summary(), catalog: try CatalogFiles.catalog(with: []))
    try state.telling(Ledger.name) { () throws(LedgerProblem) in
      try ledger.runs.begin(options.run, at: options.started)
      try ledger.archives.put(known)
    }
    await recover(&night)
    try look(&night, ledger, state)
    await inspect(&night)
    try await decide(&night, ledger, state)
    await share(&night)
    for index in night.archives.indices where !night.archives[index].isLost {
      night.archives[index].tellChangedOutput(but: Set(night.outcomes[index].filter { !$0.value.digest.isEmpty }.keys))
    }
    try state.telling(Ledger.name) { () throws(LedgerProblem) in
      for index in night.archives.indices where !night.archives[index].isLost {
        try night.archives[index].remember(night.outcomes[index], ledger.files, run: options.run, isWhole: !interrupt.isSet)
      }
    }
    try book(&night, ledger, state)
    try expireEvidence(&night, state)
    finish(&night)
    try note(night, state)
    return night.summary
  }

  /// Says what a night would do and what is missing for it; nothing is written, and no event is read.
  package func check() throws(ScrubRefusal) -> NightlySummary {
    let state = StateFolder(config.stateFolder)
    var night = Night(summary: summary(), catalog: try CatalogFiles.catalog(with: []))
    try state.prove()
    night.summary.isCheck = true
    try look(&night, try state.existingLedger(), state)
    checkPlaces(&night)
    if let ledger = try state.existingLedger() { try book(&night, ledger, state) }
    finish(&night)
    return night.summary
  }

  /// What the state is to know of: archives, and the outputs that are there.
  private var known: [KnownArchives.Archive] {
    entry.archives.flatMap { archive in
      [KnownArchives.Archive(place: realPath(archive.input), name: archive.name)]
        + (archive.output.map { [KnownArchives.Archive(place: realPath($0), name: "\(archive.name) (output)")] } ?? [])
    }
  }

  /// An erasure in everything that the configuration knows of: archives, outputs, and what was withheld.
  ///
  /// - Parameter holds: files of legal holds beside those of the configuration.
  package func erasure(holds: [String]) throws(ScrubRefusal) -> EraseOptions {
    var night = Night(summary: summary(), catalog: try CatalogFiles.catalog(with: []))
    try look(&night, nil, StateFolder(config.stateFolder))
    if let away = night.archives.first(where: \.isAway) { throw .noInput(away.entry.input) }
    var options = try erasing(night)
    options.search.only = []
    options.search.failures = []
    options.holds = try LegalHolds.read(entry.holds + holds)
    return options
  }

  private func summary() -> NightlySummary {
    var summary = NightlySummary()
    summary.run = options.run
    summary.started = options.started
    summary.config = config.file
    return summary
  }

  // MARK: the beginning

  private func recover(_ night: inout Night) async {
    do throws(ScrubRefusal) {
      let recovery = Recovery(
        night.catalog, stateFolder: config.stateFolder, jobs: options.jobs, holds: try LegalHolds.read(entry.holds),
        made: night.archives.compactMap(\.made), interrupt: interrupt, progress: progress)
      for answer in try await recovery.run() {
        night.summary.recovered.append(NightlySummary.Recovered(request: answer.request, state: answer.state.rawValue))
      }
    } catch {
      // What was begun may have left events of somebody in any archive.
      night.barsAll = true
      night.problem(error, in: nil)
    }
  }

  private func look(_ night: inout Night, _ ledger: Ledger?, _ state: StateFolder) throws(ScrubRefusal) {
    let now = time(nil)
    for archive in entry.archives {
      var one = ArchiveNight(archive, policy(of: archive))
      try state.telling(Ledger.name) { () throws(LedgerProblem) in try one.look(ledger?.files, now: now) }
      night.archives.append(one)
      night.outcomes.append([:])
    }
  }

  private func policy(of archive: NightlyEntry.Archive) -> Result<(PreparedPolicy, ScrubbedWith)?, ScrubRefusal> {
    guard let name = archive.policy else { return .success(nil) }
    return Result { () throws(ScrubRefusal) in
      let checked = try CheckedPolicy(
        try PolicyText.find(name, allowBuiltIn: false), workspaces: archive.workspaces, keysBeside: config.file)
      let prepared = try PreparedPolicy(checked, inputs: entry.archives.map(\.input), key: entry.key)
      let keys = checked.policy.key == nil ? [] : try checked.keys(from: entry.key)
      return (prepared, ScrubbedWith(checked, keys: keys))
    }
  }

  private func inspect(_ night: inout Night) async {
    for index in night.archives.indices where !night.archives[index].isLost && !interrupt.isSet {
      let fresh = night.archives[index].fresh
      if fresh.isEmpty { continue }
      var options = InspectOptions()
      options.inputs = [night.archives[index].entry.input]
      options.only = [fresh]
      options.jobs = self.options.jobs
      let catalog = night.archives[index].prepared?.compiler.catalog ?? night.catalog
      do throws(ScrubRefusal) {
        let result = try await InspectRun(catalog, options, interrupt: interrupt, progress: progress).run()
        night.archives[index].take(result)
      } catch {
        night.archives[index].fail(error)
      }
    }
  }

  // MARK: the end

  /// Scrubs what is due, archive by archive.
  private func share(_ night: inout Night) async {
    for index in night.archives.indices {
      if night.barsAll { night.archives[index].bar(nil) }
      guard !night.archives[index].isLost, !interrupt.isSet, let prepared = night.archives[index].prepared,
        let output = night.archives[index].entry.output
      else { continue }
      let due = night.archives[index].due
      let emptied = night.archives[index].emptied
      if due.isEmpty && emptied.isEmpty { continue }
      var options = ScrubOptions()
      options.inputs = [night.archives[index].entry.input]
      options.only = [due + emptied]
      options.expected = night.archives[index].identities
      options.output = output
      options.run = self.options.run
      options.archive = night.archives[index].entry.name
      options.quarantine = entry.quarantine.map { $0 + "/" + night.archives[index].entry.name }
      options.reports = folder
      options.stateFolder = config.stateFolder
      if !entry.holds.isEmpty || !prepared.policy.erasure.keep.isEmpty { options.keepsOut = night.archives.compactMap(\.made) }
      options.jobs = self.options.jobs
      options.mask = self.options.mask
      do throws(ScrubRefusal) {
        let result = try await ScrubRun(prepared, options, interrupt: interrupt, progress: progress).run()
        night.outcomes[index] = Dictionary(result.outcomes.map { ($0.file.relative, $0) }) { first, _ in first }
        try await take(result, &night, index)
      } catch {
        night.archives[index].fail(error)
      }
    }
  }

  private func take(
    _ result: ScrubRun.Result, _ night: inout Night, _ index: Int
  ) async throws(ScrubRefusal) {
    var report = result.report
    report.run = "scrub-" + night.archives[index].entry.name
    report.started = options.started
    do { night.archives[index].told.report = try await ReportFolder.write(&report, in: folder) } catch {
      throw .output(
        code: "report.unwritable", path: folder, message: "the report cannot be written", hint: "check the path and the permissions", exit: 1)
    }
    night.archives[index].take(report)
    if let disclosure = result.disclosure { night.summary.disclosures.append(NightlySummary.Disclosure(disclosure)) }
  }

  /// Removes segments of the evidence log that are older than they are kept.
  private func expireEvidence(_ night: inout Night, _ state: StateFolder) throws(ScrubRefusal) {
    guard let age = entry.evidence, !interrupt.isSet else { return }
    let month = String(today.before(age).description.prefix(7))
    var log = try state.evidence()
    do throws(LedgerProblem) { night.summary.expiredSegments = try log.expire(before: month) } catch {
      throw .ledger(error, path: config.stateFolder + "/" + EvidenceLog.folder)
    }
  }

  private func finish(_ night: inout Night) {
    for archive in night.archives {
      night.summary.archives.append(archive.told)
      night.summary.problems += archive.problems
      night.exit = worst(night.exit, archive.told.exit)
    }
    if night.summary.deadlines.overdue > 0 { night.exit = worst(night.exit, 5) }
    if interrupt.isSet { night.exit = 130 }
    night.summary.exit = night.exit
    night.summary.state =
      switch night.exit {
      case 0: .complete
      case 2: .incomplete
      case 3: .refused
      case 5: .overdue
      case 130: .interrupted
      default: .failed
      }
  }

  /// One line of evidence.
  private func note(_ night: Night, _ state: StateFolder) throws(ScrubRefusal) {
    let summary = night.summary
    var evidence = EvidenceEntry(command: "nightly")
    evidence.result = summary.state.rawValue
    evidence.counts = [
      "archives": summary.archives.count, "files": summary.archives.reduce(0) { $0 + $1.new + $1.changed + $1.redone },
      "shared": summary.archives.reduce(0) { $0 + $1.shared }, "requests": summary.requests.count(where: \.isNews),
      "resurrections": summary.resurrections.reduce(0) { $0 + $1.events }, "problems": summary.problems.count,
    ]
    var log = try state.evidence()
    try log.append(evidence, in: state.path)
  }
}

/// What a night works on.
struct Night {
  var summary: NightlySummary
  let catalog: Catalog
  var archives: [ArchiveNight] = []
  /// By archive, and path: what became of files that were scrubbed.
  var outcomes: [[String: FileOutcome]] = []
  /// Whether an erasure of this night changed files.
  var hasErased = false
  /// Whether nothing at all may be shared tonight.
  var barsAll = false
  /// States in the book before anything was done; nothing where no night is made.
  var before: [String: BookedRequest.State]?
  /// By request: what it waits for.
  var blocked: [String: Missing] = [:]
  /// By request: events found.
  var events: [String: Int] = [:]
  /// By request: events that a hold or a rule keeps.
  var kept: [String: Int] = [:]
  var exit = 0

  mutating func problem(_ refusal: ScrubRefusal, in archive: String?, path: String = "", exit: Int? = nil) {
    summary.problems.append(
      NightlySummary.Problem(archive: archive, path: path, code: refusal.code, message: refusal.sentence))
    if path.isEmpty { list(refusal.findings) }
    self.exit = worst(self.exit, exit ?? refusal.exit)
  }

  /// Says what is wrong with a file that the configuration names.
  private mutating func list(_ findings: [Diagnostic]) {
    for one in findings.filter(\.refuses).prefix(ArchiveNight.listedProblems) {
      summary.problems.append(
        NightlySummary.Problem(
          archive: nil, path: "\(one.file):\(one.line):\(one.column)", code: one.id.rawValue, message: one.message))
    }
  }
}

/// The worse of two exit statuses: 1, 3, 2, 5, 0.
func worst(_ left: Int, _ right: Int) -> Int {
  let order = [0, 5, 2, 3, 1]
  func rank(_ code: Int) -> Int { order.firstIndex(of: code) ?? order.count - 1 }
  return rank(left) >= rank(right) ? left : right
}

extension NightlySummary.Disclosure {
  fileprivate init(_ booked: ScrubLedger.Disclosure) {
    self.init(
      audience: booked.audience, archive: booked.archive, policy: booked.policy, files: booked.files,
      events: booked.events, first: booked.firstDay, last: booked.lastDay)
  }
}

extension Day {
  /// The day so long before.
  func before(_ age: Age) -> Day { adding(months: -age.months).adding(days: -age.days) }
}
