internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// Proves that a tree is what a policy makes of events.
///
/// The pass that scrubs goes over the scrubbed files once more, with a pseudonymiser that makes nothing and takes what
/// looks like a pseudonym for one: then nothing changes, or what would change is a clear value.
package struct VerifyRun: Sendable {
  private let checked: CheckedPolicy
  private let prepared: PreparedPolicy?
  private let folder: String
  private let options: InspectOptions
  private let interrupt: Interrupt
  package let progress: Progress

  /// - Parameters:
  ///   - prepared: the policy with its key, where the key is at hand or none is needed: then plan digests are compared
  ///     too.
  ///   - options: `inputs` is the one folder.
  package init(
    _ checked: CheckedPolicy, prepared: PreparedPolicy?, _ options: InspectOptions, interrupt: Interrupt,
    progress: Progress
  ) {
    self.checked = checked
    self.prepared = prepared
    folder = options.inputs.first ?? ""
    self.options = options
    self.interrupt = interrupt
    self.progress = progress
  }

  /// Reads everything; only a folder that holds no file stops it.
  package func run() async throws(ScrubRefusal) -> Verification {
    try StoreAddresses.checkInputs([folder])
    let ignored = options.ignored
    let listing = ArchiveWalker.list(folder, prefix: "", whole: true) { name in ignored.contains { $0.matches(name) } }
    try listing.check(folder)
    var verification = Verification()
    verification.policy = checked.reported
    verification.folder = folder
    verification.comparedPlans = prepared != nil
    let manifest = try? Manifest.read(in: folder)
    let outcomes = await prove(listing, manifest)
    verification.keys = keys(manifest)
    for outcome in outcomes { verification.add(outcome, DecisionWords(checked.compiler)) }
    for failure in listing.failures { verification.add(failure, file: failure.path) }
    let found = try await look()
    verification.content = personal(in: found)
    verification.name(found.paths)
    verification.manifest = mismatches(outcomes, listing, manifest)
    verification.conclude(isInterrupted: interrupt.isSet)
    return verification
  }

  // MARK: values

  /// Files that one key made are proved together; all others under the key that the policy would use now.
  private func prove(_ listing: Listing, _ manifest: Manifest?) async -> [FileOutcome] {
    progress.expect(listing.files)
    let made = Dictionary((manifest?.files ?? []).map { ($0.path, $0) }) { first, _ in first }
    let keyIDs = listing.files.map { keyID(of: made[$0.relative]?.keys ?? []) }
    var outcomes: [FileOutcome] = []
    for keyID in Set(keyIDs) {
      outcomes += await prove(zip(listing.files, keyIDs).filter { $0.1 == keyID }.map(\.0), made, with: keyID)
    }
    let order = Dictionary(zip(listing.files.map(\.relative), listing.files.indices)) { first, _ in first }
    return outcomes.sorted { order[$0.file.relative, default: 0] < order[$1.file.relative, default: 0] }
  }

  /// - Parameter made: what the manifest says of each file.
  private func prove(
    _ files: [ArchiveFile], _ made: [String: ManifestFile], with keyID: String
  ) async -> [FileOutcome] {
    var scrub = ScrubOptions()
    scrub.eventType = options.eventType
    scrub.destination = options.destination
    scrub.jobs = options.jobs
    scrub.maxBlock = options.maxBlock
    let context = RunContext(
      compiler: compiler(keyID), key: nil, keyMark: nil, digestKey: nil, options: scrub, marks: made, interrupt: interrupt,
      provedKeyID: keyID)
    let board = Board(files, progress: progress)
    await board.scrub(context, to: files.map { _ in Worker.Target.nowhere })
    return board.finished
  }

  /// Makes the plans, and the plan digests, that the policy had when the key was its active one.
  private func compiler(_ keyID: String) -> PlanCompiler {
    guard let prepared else { return checked.compiler }
    guard let former = prepared.keys?.formerMarks.first(where: { $0.id == keyID }) else { return prepared.compiler }
    return PlanCompiler(policy: checked.policy, catalog: checked.catalog, key: (former.id, former.check))
  }

  // MARK: keys

  /// The id under which a file's pseudonyms are to be recognised.
  ///
  /// - Parameter made: what the manifest says of the keys that made it.
  private func keyID(of made: [String]) -> String {
    let own = prepared?.keys?.mark.id ?? checked.policy.key?.id
    return made.map(Self.id).first(where: isKnown) ?? own ?? ""
  }

  /// Whether the policy's key, or its keyring, is where a key of the id is from. A keyring that is not at hand may hold
  /// any.
  private func isKnown(_ id: String) -> Bool {
    if let keys = prepared?.keys { return ([keys.mark] + keys.formerMarks).contains { $0.id == id } }
    guard let key = checked.policy.key else { return false }
    return key.id.map { $0 == id } ?? KeyringEntry.isID(id)
  }

  private static func id(_ mark: String) -> String { String(mark.prefix { $0 != ":" }) }

  /// Which keys made the files, as the manifest says, with what the keyring says of each.
  private func keys(_ manifest: Manifest?) -> [Verification.Key] {
    let marks = prepared?.keys.map { [$0.mark] + $0.formerMarks } ?? []
    let counts = Dictionary((manifest?.files ?? []).flatMap(\.keys).map { ($0, 1) }, uniquingKeysWith: +)
    return counts.sorted { $0.key < $1.key }.map { text, files in
      Verification.Key(
        id: Self.id(text), check: String(text.dropFirst(Self.id(text).count + 1)), files: files,
        state: marks.first { $0.text == text }?.state?.rawValue)
    }
  }

  // MARK: texts

  private func look() async throws(ScrubRefusal) -> InspectRun.Result {
    var options = options
    options.searchesPersonal = true
    return try await InspectRun(checked.catalog, options, interrupt: interrupt, progress: Progress()).run()
  }

  /// What looks personal in fields that the policy keeps; what it hashes or redacts is proved by its form.
  private func personal(in found: InspectRun.Result) -> [Verification.Content] {
    let words = DecisionWords(checked.compiler)
    return found.inspection.drift.content.flatMap { content -> [Verification.Content] in
      // A JSON text is nothing personal; what its members hold is found by its own kind.
      guard content.kind != "json", let destination = Destination(rawValue: content.destination) else { return [] }
      return byDecision(content, destination).map { origin, events in
        var result = Verification.Content()
        (result.destination, result.path, result.kind) = (content.destination, content.path, content.kind)
        (result.values, result.events) = (content.values, events)
        (result.rule, result.because) = (words.name(origin), words.because(origin))
        return result
      }
    }
  }

  /// The events in which the field is kept, by who keeps it.
  private func byDecision(
    _ content: Inspection.Content, _ destination: Destination
  ) -> [(origin: Decision.Origin, events: [String])] {
    // `properties{}.email` is a member of the JSON text at `properties`.
    let brace = content.path.firstIndex(of: "{") ?? content.path.endIndex
    let path = String(content.path[..<brace])
    let member = content.path[brace...].replacing("{}", with: "").drop { $0 == "." }
    let facts = checked.compiler.facts(at: path, in: destination)
    var kept: [(origin: Decision.Origin, events: [String])] = []
    for event in content.events {
      let rules = checked.compiler.resolver.rules(for: event, in: destination)
      let decision = checked.compiler.resolver.decide(facts, rules: rules)
      let keeping = decision.parts.first { part in
        if case .json(let members) = part.treatment, !member.isEmpty { return members.keepsAnything(at: String(member)) }
        return part.treatment.keeps
      }
      guard let origin = keeping?.origin else { continue }
      if let index = kept.firstIndex(where: { $0.origin == origin }) {
        kept[index].events.append(event)
      } else {
        kept.append((origin, [event]))
      }
    }
    return kept
  }

  // MARK: the manifest

  private func mismatches(
    _ outcomes: [FileOutcome], _ listing: Listing, _ manifest: Manifest?
  ) -> [Verification.Mismatch] {
    func mismatch(_ path: String, _ code: String, _ message: String) -> Verification.Mismatch {
      Verification.Mismatch(path: path, code: "manifest.\(code)", message: message)
    }
    // What a store does not tell is not proved.
    if (try? OutputFolder.isHalfDone(folder)) != false {
      return [mismatch(Manifest.folder, "half-done", "the run that made the folder did not end")]
    }
    guard let manifest else {
      return [mismatch(Manifest.name, "missing", "there is no manifest that can be read: nothing tells what made the files")]
    }
    var result: [Verification.Mismatch] = []
    let listed = Dictionary(manifest.files.map { ($0.path, $0) }) { first, _ in first }
    for outcome in outcomes {
      let path = outcome.file.relative
      guard let entry = listed[path] else {
        result.append(mismatch(path, "unlisted", "the manifest does not name the file"))
        continue
      }
      if entry.size != outcome.file.size {
        result.append(mismatch(path, "size", "the file has another size than the manifest says"))
      } else if (try? sha256(ofFile: outcome.file.path)) != entry.sha256 {
        result.append(mismatch(path, "digest", "the file's SHA-256 is not that of the manifest"))
      }
      let events = Dictionary(
        outcome.events.map { ($0.key.event, $0.value.read - $0.value.withheld) }.filter { $0.1 > 0 }, uniquingKeysWith: +)
      if outcome.failure == nil && events != entry.events {
        result.append(mismatch(path, "events", "the file holds other events than the manifest counts"))
      }
      result += keyMismatches(entry, outcome).map { mismatch(path, $0.code, $0.message) }
    }
    let found = Set(listing.files.map(\.relative))
    for entry in manifest.files where !found.contains(entry.path) && !options.ignored.contains(where: { $0.matches(entry.path) }) {
      // A file that lost all its events is empty, and no walk lists those.
      guard FileIdentity(path: path(in: folder, entry.path))?.size != 0 || entry.size != 0 else { continue }
      result.append(mismatch(entry.path, "lost", "the manifest names a file that is not there"))
    }
    return result
  }

  private func keyMismatches(_ entry: ManifestFile, _ outcome: FileOutcome) -> [(code: String, message: String)] {
    var result: [(code: String, message: String)] = []
    let marks = prepared?.keys.map { [$0.mark] + $0.formerMarks }
    // A policy without a key makes no pseudonyms: what is there an earlier run made, and the plan tells whether it may stay.
    let tightens = checked.policy.key == nil && prepared != nil
    if !tightens && entry.keys.contains(where: { !isKnown(Self.id($0)) }) {
      result.append(("key", "the file was made with a key of another id than the policy's"))
    } else if let marks, entry.keys.isEmpty || !entry.keys.allSatisfy({ key in marks.contains { $0.text == key } }) {
      result.append(("key", "the file was made with another key than the policy's"))
    }
    // A compressed file that lost all its events, or an array, has none that tells whose shape it had, and by it the plan.
    let isEmptied = outcome.status == .empty || (outcome.file.size <= 1 << 10 && entry.events.isEmpty && outcome.events.isEmpty)
    if prepared != nil && result.isEmpty && outcome.failure == nil && !isEmptied && entry.plan != outcome.plan {
      result.append(("plan", "the file was made under another plan than the policy's"))
    }
    return result
  }
}

extension Verification {
  private static let listedFiles = 5

  /// Takes up what the pass over a file would have changed.
  mutating func add(_ outcome: FileOutcome, _ words: DecisionWords) {
    totals.files += 1
    totals.events += outcome.eventCounts.read
    for (key, counts) in outcome.events {
      if counts.dropped > 0 { note("drop_event", key, "", "", "", counts.dropped, outcome.file) }
    }
    for (key, counts) in outcome.fields {
      if words.action(key.decision) != .keep {
        totals.treatedValues += counts.values
        if key.decision.treatment.isPseudonym { totals.pseudonyms += counts.treated }
      }
      if words.action(key.decision).leavesClearText && key.facts.isSensitive && counts.values > counts.left {
        kept.append(
          Kept(
            field: key.facts.name, action: words.action(key.decision), rule: words.name(key.decision), because: words.because(key.decision)))
      }
      guard counts.changed > 0 else { continue }
      note(
        words.whole(key.decision), EventKey(event: key.event, destination: key.destination), key.facts.path, key.facts.name,
        words.name(key.decision), counts.changed, outcome.file)
    }
    for place in outcome.withheld where place.code == FailureCode.unknownEvent.rawValue {
      let destination = outcome.events.keys.first?.destination ?? .storage
      note(
        "withheld", EventKey(event: "", destination: destination), "", "", "", max(place.events, 1), outcome.file)
    }
    if let failure = outcome.failure {
      switch failure.code {
      case .unknownField, .unknownEvent, .doesNotFit:
        // The policy would not have written such a file.
        note("refused: \(failure.code.message)", EventKey(event: "", destination: .storage), "", "", "", 1, outcome.file)
      default: add(failure, file: outcome.file.relative)
      }
    }
    for place in outcome.withheld where place.code != FailureCode.unknownEvent.rawValue {
      totals.unread += 1
      let text = place.line.map { "line \($0)" } ?? place.block.map { "block \($0)" }
      problems.append(
        Report.Problem(
          file: outcome.file.relative, place: text, code: place.code, message: "a place cannot be read",
          hint: "scrub the source again"))
    }
  }

  mutating func add(_ failure: Failure, file: String) {
    totals.unread += 1
    problems.append(
      Report.Problem(
        file: file, place: failure.place.isEmpty ? nil : failure.place, code: failure.code.rawValue,
        message: failure.code.message, hint: failure.code.hint))
  }

  private mutating func note(
    _ expected: String, _ key: EventKey, _ path: String, _ field: String, _ rule: String, _ values: Int,
    _ file: ArchiveFile
  ) {
    let known = clear.firstIndex {
      $0.event == key.event && $0.destination == key.destination.rawValue && $0.path == path && $0.expected == expected
    }
    if let known {
      clear[known].values += values
      if clear[known].files.count < Self.listedFiles { clear[known].files.append(file.relative) }
      return
    }
    var one = Clear()
    (one.event, one.destination, one.path, one.field) = (key.event, key.destination.rawValue, path, field)
    (one.expected, one.rule, one.values, one.files) = (expected, rule, values, [file.relative])
    clear.append(one)
  }

  /// Names the members that no catalog knows and that hold something.
  mutating func name(_ paths: [InspectRun.FoundPath]) {
    for index in clear.indices where clear[index].path == "(unknown)" {
      clear[index].members = paths.filter {
        !$0.isKnown && $0.values > 0 && $0.event == clear[index].event && $0.destination.rawValue == clear[index].destination
      }.prefix(100).map(\.path)
    }
  }

  mutating func conclude(isInterrupted: Bool) {
    kept = Set(kept).sorted { ($0.field, $0.rule) < ($1.field, $1.rule) }
    clear.sort { ($0.destination, $0.event, $0.path, $0.expected) < ($1.destination, $1.event, $1.path, $1.expected) }
    if isInterrupted {
      (state, exit) = (.interrupted, 130)
    } else if !clear.isEmpty || !manifest.isEmpty || content.contains(where: { $0.because == nil }) {
      (state, exit) = (.failed, 3)
    } else if totals.unread > 0 {
      (state, exit) = (.incomplete, 2)
    }
  }
}
