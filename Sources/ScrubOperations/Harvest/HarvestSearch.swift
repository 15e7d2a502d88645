internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
package import ScrubPolicy

/// Somebody whom Braze was told to delete.
package struct HarvestedPerson: Sendable {
  /// The id under which an erasure of them goes: `braze-` and 16 hex digits.
  package let request: String
  /// Empty where the event tells none.
  package let workspace: String
  /// The day of the event; nothing where it tells no time.
  package let received: Day?
  /// Seconds since 1970-01-01; nothing where the event tells none.
  package let time: Int?
  /// The file that holds the event, as the search lists it.
  package let file: String
  let person: ExactPerson
}

/// What such a search came to.
package struct HarvestFound: Sendable {
  /// By request id; those who were erased before are not among them.
  package var people: [HarvestedPerson] = []
  package var files = 0
  package var events = 0
  package var unreadable: [ExportResult.Gap] = []
  package var unsupported: [ExportResult.Gap] = []
  package var isInterrupted = false
}

/// Looks for the events by which Braze tells that a person was to be deleted (`users.UserDeleteRequest`).
package struct HarvestSearch: Sendable {
  private let catalog: Catalog
  private let options: SearchOptions
  private let stateFolder: String
  private let interrupt: Interrupt
  package let progress: Progress

  /// The event type.
  package static let event = "users.UserDeleteRequest"

  /// - Parameter stateFolder: whose key names people; it is made where there is none.
  package init(
    _ catalog: Catalog, _ options: SearchOptions, stateFolder: String, interrupt: Interrupt, progress: Progress
  ) {
    self.catalog = catalog
    self.options = options
    self.stateFolder = stateFolder
    self.interrupt = interrupt
    self.progress = progress
  }

  package func run() async throws(ScrubRefusal) -> HarvestFound {
    let context = SearchContext(catalog, options, interrupt)
    let listing = try SearchLister.list(options)
    let files = try await AgeSearch(context, RetentionTerms(allOf: Self.event, now: RetentionOptions().now)).run(
      listing, progress)
    let gaps = ReadingGaps(listing, files.map(\.outcome))
    var found = HarvestFound()
    found.files = files.count
    found.events = files.reduce(0) { $0 + $1.findings.events }
    found.unreadable = gaps.unreadable.map { ExportResult.Gap($0) }
    found.unsupported = gaps.unsupported.map { ExportResult.Gap($0) }
    found.isInterrupted = interrupt.isSet
    let fingerprints = try Fingerprints(stateFolder, isDryRun: false).maker()
    var people: [Identity: HarvestedPerson] = [:]
    for aged in files where !aged.findings.due.isEmpty && !interrupt.isSet {
      let file = listing.files[aged.file]
      do throws(Failure) {
        for (event, identity) in try identities(context, file, aged.outcome.state, aged.findings.due) {
          let person = person(identity, event, file.file.relative, fingerprints)
          // Of several the earliest: what came later may be somebody else's.
          if let known = people[identity], known.time ?? .max <= person.time ?? .max { continue }
          people[identity] = person
        }
      } catch {
        found.unreadable.append(ExportResult.Gap(file: file.file.relative, code: error.code.rawValue, places: nil))
      }
    }
    found.people = try unknown(people).sorted { $0.request < $1.request }
    return found
  }

  private func person(
    _ identity: Identity, _ event: DueEvent, _ file: String, _ fingerprints: Fingerprints.Maker
  ) -> HarvestedPerson {
    let time = event.time == .min ? nil : event.time
    var request = AccessRequest(id: "braze-" + fingerprints.of(ProfileID(workspace: [], identity: identity)))
    request.received = time.map { Day(seconds: $0) }
    var person = ExactPerson(request: request, identities: [identity: [Lead(reach: .all)]])
    person.partnersUntil = time
    person.partnersWithin = event.workspace.isEmpty ? nil : event.workspace
    return HarvestedPerson(
      request: request.id, workspace: String(decoding: event.workspace, as: UTF8.self), received: request.received, time: time,
      file: file, person: person)
  }

  /// The Braze ids of the events.
  private func identities(
    _ context: SearchContext, _ file: SearchedFile, _ state: FileState?, _ events: [DueEvent]
  ) throws(Failure) -> [(DueEvent, Identity)] {
    var collector = EventCollector(context, file)
    let wanted = events.map {
      PeopleFound.WantedEvent(place: $0.place, time: $0.time, workspace: $0.workspace, idHash: 0, owners: [])
    }
    let collected = try collector.collect(wanted, of: file, in: state)
    var found: [(DueEvent, Identity)] = []
    for (event, collected) in zip(events.sorted { $0.place < $1.place }, collected) {
      let paths = context.meanings(of: collected.source.destination).brazeIDPaths
      let identity = paths.lazy.compactMap { collected.event.text(at: $0) }.compactMap { Identity(.brazeID, Array($0.utf8)) }.first
      if let identity { found.append((event, identity)) }
    }
    return found
  }

  /// Those who were not erased before.
  private func unknown(_ people: [Identity: HarvestedPerson]) throws(ScrubRefusal) -> [HarvestedPerson] {
    guard let list = try Suppression.list(in: stateFolder), let key = StateKey.existing(in: stateFolder) else {
      return Array(people.values)
    }
    let suppression = try Suppression(key)
    let workspaces = try SuppressedWorkspaces(key, list).entries(of: Set(people.values.map { Array($0.workspace.utf8) }))
    var unknown: [HarvestedPerson] = []
    for (identity, person) in people {
      let limited = workspaces[Array(person.workspace.utf8)] ?? []
      let isKnown = try Suppression.find([try suppression.fingerprint(identity)], in: list).contains { hit in
        hit.use == .person || hit.use == .personThere && limited.contains(hit.entry)
      }
      if !isKnown { unknown.append(person) }
    }
    return unknown
  }
}

extension EraseRun {
  /// Takes people whom Braze was told to delete: their events go by the Braze id; by an external id that stands beside it,
  /// and that no other Braze id carries, those that partners have, up to the time at which Braze was told.
  package init(
    _ catalog: Catalog, _ options: EraseOptions, _ people: [HarvestedPerson], interrupt: Interrupt, progress: Progress
  ) {
    self.init(catalog, options, people.map(\.person), for: .harvest, interrupt: interrupt, progress: progress)
  }
}
