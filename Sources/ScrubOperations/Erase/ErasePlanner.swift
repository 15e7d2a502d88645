internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// Makes a plan of what was found: which event goes, which is blanked, which stays and why.
struct ErasePlanner: Sendable {
  private let context: SearchContext
  private let people: PeopleFound
  private let rules: Policy.Erasure
  private let sweep: Receipt.Residual.Sweep
  private let holds: LegalHolds
  /// Archives in which nothing is kept.
  private let copies: Set<Int>
  /// By file: events of which nothing is left but what a rule keeps.
  private let kept: [Int: Set<EventPlace>]
  private let digestKey: FileDigestKey
  /// By person: the holds that they are under.
  private let holdsOf: [[LegalHolds.Hold]]
  /// Every reason that an event may have to stay; plans name those that some event has.
  private let reasons: [ErasePlan.Reason]
  private let searches: [Int: FileSearch]

  /// - Parameters:
  ///   - names: by person, what holds may name them by beside what was found of them.
  ///   - keeping: by file, events of which nothing is left but what a rule keeps.
  ///   - digestKey: of the keyed digests of files as they are before.
  init(
    _ context: SearchContext, _ people: PeopleFound, _ options: EraseOptions, _ holds: LegalHolds, alsoNamed names: [Set<Identity>],
    keeping done: [Int: Set<EventPlace>], digestKey: FileDigestKey
  ) {
    self.kept = done
    let rules = options.rules
    self.context = context
    self.people = people
    self.rules = rules
    sweep = options.sweep
    self.holds = holds
    copies = options.copies
    self.digestKey = digestKey
    holdsOf = zip(people.people, names).map { holds.on($0.own.union($1)) }
    let kept = rules.keep.map { ErasePlan.Reason(kind: .keep, basis: $0.basis, owner: nil, review: $0.review) }
    var all: [ErasePlan.Reason] = []
    for reason in kept + holds.holds.map(\.reason) where !all.contains(reason) { all.append(reason) }
    reasons = all
    searches = Dictionary(people.searches.map { ($0.file, $0.search) }) { first, _ in first }
  }

  /// What the plan of a file is made of.
  struct Planned: Sendable {
    let file: ErasePlan.File
    /// Events, damaged places, and events of the people of which nothing is left to go, before.
    let before: [Int]
  }

  /// Reads the files with matches once.
  ///
  /// - Parameters:
  ///   - roots: by archive, the absolute path to which plans say where files are.
  ///   - asked: by person, whom the request is about; nothing where nobody asked.
  ///   - refused: by person, why nothing is done for the request.
  /// - Throws: `ScrubRefusal` when one of them cannot be read any more.
  func plan(_ roots: [String], asked: [AskedPerson?], refused: [String?]) async throws(ScrubRefusal) -> (plan: ErasePlan, before: [[Int]]) {
    let parts = await shareOut(people.places.keys.sorted(), jobs: context.options.jobs, context.interrupt) {
    } _: { (_: Void, number) in
      Result { () throws(Failure) in try planFile(number, roots) }
    }
    var planned: [Planned] = []
    for (number, part) in parts.sorted(by: { $0.0 < $1.0 }) {
      do throws(Failure) { planned.append(try part.get()) } catch {
        var failure = error
        failure.path = people.listing.files[number].file.relative
        throw .file(failure)
      }
    }
    let files = planned.map(\.file)
    var counts = people.people.map { _ in Receipt.Counts() }
    for place in files.lazy.flatMap(\.places) {
      for request in place.requests { counts[request] += Receipt.Counts(place.action) }
    }
    let requests = people.people.indices.map { number in
      counts[number].heldBack = people.heldBack[number].values.reduce(0, +)
      let person = people.people[number]
      return ErasePlan.Request(
        id: person.search.request.id, fingerprints: person.fingerprints, counts: counts[number], asked: asked[number],
        refused: refused[number])
    }
    let mode = Receipt.Mode(rawValue: rules.mode.rawValue) ?? .delete
    let plan = ErasePlan(mode: mode, sweep: sweep, archives: roots, requests: requests, reasons: reasons, files: files)
    return (plan, planned.map(\.before))
  }

  /// The plan without the events of requests that are refused after all.
  func without(_ plan: ErasePlan, _ before: [[Int]], _ refused: [String?]) -> (plan: ErasePlan, before: [[Int]]) {
    var files: [ErasePlan.File] = []
    var counts: [[Int]] = []
    for (file, count) in zip(plan.files, before) {
      let places = file.places.compactMap { place -> ErasePlan.Place? in
        let requests = place.requests.filter { refused[$0] == nil }
        return requests.isEmpty ? nil : place.of(requests)
      }
      if places.isEmpty { continue }
      files.append(file.with(places))
      counts.append(count)
    }
    let requests = zip(plan.requests, refused).map { request, refused in
      ErasePlan.Request(
        id: request.id, fingerprints: request.fingerprints, counts: request.counts, asked: request.asked, refused: refused)
    }
    let rest = ErasePlan(
      mode: plan.mode, sweep: plan.sweep, archives: plan.archives, requests: requests, reasons: plan.reasons, files: files)
    return (rest, counts)
  }

  /// By their offsets, the pieces of a file of which a plan keeps events of the people.
  static func kept(in plan: ErasePlan, _ searched: SearchedFile, _ roots: [String]) -> Set<Int> {
    let path = path(searched, roots)
    guard let file = plan.files.first(where: { $0.archive == searched.archive && $0.path == path }) else { return [] }
    return Set(file.places.filter { [.hold, .keep, .kept].contains($0.action) }.map(\.offset))
  }

  /// The plan with values redacted that stand in events which are not theirs.
  func redacting(
    _ residue: Residue, _ plan: ErasePlan, _ before: [[Int]], _ roots: [String]
  ) throws(ScrubRefusal) -> (plan: ErasePlan, before: [[Int]]) {
    var files = plan.files
    var counts = before
    let requests = Set(residue.findings.filter { $0.count > 0 }.map(\.person)).sorted()
    for (number, found) in residue.places.sorted(by: { $0.key < $1.key }) {
      let searched = people.listing.files[number]
      let path = Self.path(searched, roots)
      let known = files.firstIndex { $0.archive == searched.archive && $0.path == path }
      let own = known.map { files[$0].places } ?? []
      let places = found.map {
        ErasePlan.Place(
          offset: $0.offset, record: $0.record, part: $0.part < 0 ? nil : $0.part, action: .redact, type: "",
          requests: requests, reason: nil)
      }
      let all = (own + places).sorted { ($0.offset, $0.record, $0.part ?? -1) < ($1.offset, $1.record, $1.part ?? -1) }
      if let known {
        files[known] = files[known].with(all)
      } else {
        let planned: Planned
        do throws(Failure) { planned = try untouchedFile(number, path, all, in: residue.states[number]) } catch {
          var failure = error
          failure.path = searched.file.relative
          throw .file(failure)
        }
        files.append(planned.file)
        counts.append(planned.before)
      }
    }
    return (plan.with(files), counts)
  }

  /// A file in which nothing is the person's.
  ///
  /// - Parameter state: how it stood when it was swept.
  private func untouchedFile(
    _ number: Int, _ path: String, _ places: [ErasePlan.Place], in state: FileState?
  ) throws(Failure) -> Planned {
    let searched = people.listing.files[number]
    var input = try InputFile.open(path: searched.file.path, digestKey: digestKey)
    let identity = input.identity
    input.drain()
    guard let digest = try input.finishDigest(), FileIdentity(path: searched.file.path) == identity,
      state == FileState(identity)
    else { throw Failure(.changed) }
    let search = searches[number]
    let file = ErasePlan.File(
      archive: searched.archive, path: path, identity: try ErasePlan.Identity(identity, key: digestKey), digest: digest,
      events: search?.findings.events ?? 0, counts: Receipt.Counts(), matchedBy: [:], places: places)
    return Planned(file: file, before: [file.events, search?.outcome.withheldCount ?? 0, people.staying[number]?.count ?? 0])
  }

  /// What events of one batch have in common.
  private struct Batch: Hashable {
    let offset, record: Int

    init(_ place: EventPlace) { (offset, record) = (place.offset, place.record) }
  }

  private static func path(_ searched: SearchedFile, _ roots: [String]) -> String {
    pathBelow(roots[searched.archive], of: realPath(searched.file.path))
  }

  private func planFile(_ number: Int, _ roots: [String]) throws(Failure) -> Planned {
    let searched = people.listing.files[number]
    let wanted = people.places[number] ?? []
    var collector = EventCollector(context, searched, readsValues: false)
    guard let identity = FileIdentity(path: searched.file.path) else { throw Failure(.changed) }
    let found = try collector.collect(wanted, of: searched, in: people.states[number], digestKey: digestKey)
    let types = found.map(\.eventType)
    let sorted = wanted.sorted { $0.place < $1.place }
    var places: [ErasePlan.Place] = []
    var counts = Receipt.Counts()
    var matchedBy: [String: Int] = [:]
    let decided = zip(sorted, types).map { event, type in copies.contains(searched.archive) ? (going, nil) : decide(event, type) }
    // What stands around events of mParticle names the person; it stays with an event that stays, and then none beside it can
    // be blanked.
    let namesPerson = found.first?.source.destination == .mparticle
    let staying = namesPerson ? Set(zip(sorted, decided).filter { $1.0 != going }.map { Batch($0.0.place) }) : []
    for ((event, type), (decision, reason)) in zip(zip(sorted, types), decided) {
      let action = decision == .blank && staying.contains(Batch(event.place)) ? .delete : decision
      places.append(
        ErasePlan.Place(
          offset: event.place.offset, record: event.place.record, part: event.place.part < 0 ? nil : event.place.part,
          action: action, type: context.catalog.toldName(ofEvent: type), requests: event.owners.map(\.person), reason: reason))
      counts += Receipt.Counts(action)
      for kind in Set(event.owners.flatMap(\.kinds)) { matchedBy[kind.name, default: 0] += 1 }
    }
    guard let digest = collector.digest, FileIdentity(path: searched.file.path) == identity else { throw Failure(.changed) }
    // A file in which all is done that there is to do is not written once more.
    if zip(sorted, places).allSatisfy({ !$1.action.changes || $1.action == .keep && kept[number]?.contains($0.place) == true }) {
      places = places.map { $0.action == .keep ? $0.with(.kept) : $0 }
    }
    let search = searches[number]
    let file = ErasePlan.File(
      archive: searched.archive, path: Self.path(searched, roots),
      identity: try ErasePlan.Identity(identity, key: digestKey), digest: digest, events: search?.findings.events ?? 0, counts: counts,
      matchedBy: matchedBy, places: places)
    return Planned(file: file, before: [file.events, search?.outcome.withheldCount ?? 0, people.staying[number]?.count ?? 0])
  }

  /// A hold goes before everything, a rule that keeps before what is asked.
  private func decide(_ event: PeopleFound.WantedEvent, _ type: String) -> (ErasePlan.Action, reason: Int?) {
    for owner in event.owners {
      for hold in holdsOf[owner.person] where hold.holds(time: event.time, workspace: event.workspace) {
        return (.hold, reasons.firstIndex(of: hold.reason))
      }
    }
    for rule in rules.keep where rule.events.contains(where: { $0.matches(type) }) {
      let reason = ErasePlan.Reason(kind: .keep, basis: rule.basis, owner: nil, review: rule.review)
      return (.keep, reasons.firstIndex(of: reason))
    }
    return (going, nil)
  }

  /// What becomes of an event that nothing keeps.
  private var going: ErasePlan.Action { rules.mode == .delete ? .delete : .blank }
}
