internal import ScrubArchive
internal import ScrubCore
internal import ScrubPolicy

/// Collects the events of everybody who was found, and shapes each for the one who gets it.
struct PackageMaker {
  private let context: SearchContext
  private let options: ExportOptions
  private let people: PeopleFound
  private let scope: SearchScope
  private let recipients: Recipients
  private let progress: Progress
  private var packages: [AccessPackage] = []
  private var eventsOf: [[AccessEvent]] = []

  init(
    _ context: SearchContext, _ options: ExportOptions, _ people: PeopleFound, _ scope: SearchScope,
    _ recipients: Recipients, _ progress: Progress
  ) {
    self.recipients = recipients
    self.progress = progress
    self.context = context
    self.options = options
    self.people = people
    self.scope = scope
  }

  func package(of person: Int) -> AccessPackage { packages[person] }
  func events(of person: Int) -> AccessEvents { AccessEvents(sorted: eventsOf[person]) }

  /// Reads all events once, and says what there is for each request.
  mutating func collect() async throws(ScrubRefusal) -> [ExportResult.Answer] {
    var mine = people.people.map { _ in [(event: CollectedEvent, kinds: [IdentityKind])]() }
    let (shown, counted) = sorted()
    for event in try await read(shown) + counted {
      for owner in event.owners { mine[owner.person].append((event, owner.kinds)) }
    }
    var made = await make(mine, known: options.isDryRun ? [:] : nil)
    let words = made.reduce(into: Set<[UInt8]>()) { $0.formUnion($1.words) }
    let known = words.isEmpty ? [:] : try await StrangerSearch(context, people, progress).identities(of: words)
    if !known.isEmpty { made = await make(mine, known: known) }
    packages = made.map(\.package)
    eventsOf = made.map(\.events)
    return made.map(\.answer)
  }

  // MARK: reading

  /// An id among the events of one person.
  private struct OwnedID: Hashable {
    let person: Int
    let idHash: UInt64
  }

  /// The events that are read, by file, and those that are only counted: in a dry run, which shows nobody anything, that is
  /// every one that stands there once. The others are read to tell in what they differ.
  private func sorted() -> (shown: [Int: [PeopleFound.WantedEvent]], counted: [CollectedEvent]) {
    if !options.isDryRun || options.hidden.hideIDs(context) { return (people.places, []) }
    var counts: [OwnedID: Int] = [:]
    for event in people.places.values.joined() {
      for owner in event.owners { counts[OwnedID(person: owner.person, idHash: event.idHash), default: 0] += 1 }
    }
    var shown: [Int: [PeopleFound.WantedEvent]] = [:]
    var counted: [CollectedEvent] = []
    for (file, events) in people.places {
      for event in events {
        let isSingle = event.owners.allSatisfy { counts[OwnedID(person: $0.person, idHash: event.idHash)] == 1 }
        if event.idHash != 0 && isSingle {
          counted.append(CollectedEvent(counted: event, of: people.listing.files[file]))
        } else {
          shown[file, default: []].append(event)
        }
      }
    }
    return (shown, counted)
  }

  private func read(
    _ places: [Int: [PeopleFound.WantedEvent]]
  ) async throws(ScrubRefusal) -> [CollectedEvent] {
    let jobs = places.keys.sorted()
    if jobs.isEmpty { return [] }
    let context = context
    let (listing, states) = (people.listing.files, people.states)
    let width = max(1, min(options.search.jobs, jobs.count))
    let parts = await withTaskGroup(of: Result<[(Int, [CollectedEvent])], Failure>.self) { group in
      for worker in 0..<width {
        group.addTask {
          do throws(Failure) {
            var found: [(Int, [CollectedEvent])] = []
            var collector = EventCollector(context, listing[jobs[worker]])
            for index in stride(from: worker, to: jobs.count, by: width) {
              let number = jobs[index]
              let file = listing[number]
              do throws(Failure) {
                found.append((number, try collector.collect(places[number] ?? [], of: file, in: states[number])))
              } catch {
                var failure = error
                failure.path = file.file.relative
                throw failure
              }
            }
            return .success(found)
          } catch {
            return .failure(error)
          }
        }
      }
      var parts: [Result<[(Int, [CollectedEvent])], Failure>] = []
      for await part in group { parts.append(part) }
      return parts
    }
    var all: [(Int, [CollectedEvent])] = []
    for part in parts {
      do throws(Failure) { all += try part.get() } catch { throw .file(error) }
    }
    return all.sorted { $0.0 < $1.0 }.flatMap(\.1)
  }

  // MARK: one person

  /// What is made for one request.
  private struct Made: Sendable {
    let package: AccessPackage
    let events: [AccessEvent]
    let answer: ExportResult.Answer
    /// Words of the texts that may stand for somebody else.
    let words: Set<[UInt8]>
  }

  /// - Parameter known: whom words of texts stand for; nothing before they were looked for.
  private func make(
    _ mine: [[(event: CollectedEvent, kinds: [IdentityKind])]], known: [[UInt8]: Identity]?
  ) async -> [Made] {
    let width = max(1, min(options.search.jobs, mine.count))
    let parts = await withTaskGroup(of: [(Int, Made)].self) { group in
      for worker in 0..<width {
        group.addTask {
          stride(from: worker, to: mine.count, by: width).map { ($0, make(people.people[$0], $0, mine[$0], known: known)) }
        }
      }
      var parts: [(Int, Made)] = []
      for await part in group { parts += part }
      return parts
    }
    return parts.sorted { $0.0 < $1.0 }.map(\.1)
  }

  private func make(
    _ person: PersonFound, _ number: Int, _ mine: [(event: CollectedEvent, kinds: [IdentityKind])],
    known: [[UInt8]: Identity]?
  ) -> Made {
    var shaper = EventShaper(context, own: person.own, aliases: people.aliases, known: known, hidden: options.hidden)
    for (event, _) in mine { shaper.noteAddresses(of: event.event, event.source.destination) }
    var drafts: [EventDraft] = []
    // Of what was interrupted no package is written.
    for (order, mine) in mine.enumerated() where !context.interrupt.isSet {
      let type = shaper.shape(eventType: mine.event.eventType)
      let shaped = shaper.shape(mine.event.event, mine.event.source.destination)
      drafts.append(EventDraft(mine.event, type, mine.kinds, shaped, order: order))
    }
    let events = EventDraft.united(drafts)
    var package = AccessPackage(request: person.search.request, scope: scope.scope(people, for: number))
    package.language = options.language
    package.identifiers = person.identifiers.map { shaper.shape($0) }
    package.masked = shaper.masked
    package.hidden = shaper.hiddenFields.values.sorted { $0.field < $1.field }
    package.scope.workspaces = person.search.request.workspaces
    for (kind, count) in people.heldBack[number] { package.scope.heldBack[kind.name, default: 0] += count }
    var days: [String: EventDays] = [:]
    for event in events { days[event.eventType, default: EventDays()].note(event.time) }
    package.recipients = recipients.known(days)
    let times = events.compactMap(\.time)
    package.scope.firstDay = times.min().map { Day(seconds: $0).description }
    package.scope.lastDay = times.max().map { Day(seconds: $0).description }
    return Made(package: package, events: events, answer: answer(person, package, events), words: shaper.words)
  }

  private func answer(_ person: PersonFound, _ package: AccessPackage, _ events: [AccessEvent]) -> ExportResult.Answer {
    let state: ExportResult.State = person.doubt != nil ? .refused : events.isEmpty ? .nothing : .found
    var answer = ExportResult.Answer(request: person.search.request.id, state: state)
    answer.due = person.search.request.due?.description
    answer.verified = person.search.request.verified != nil
    let workspaces = person.search.request.workspaces
    answer.workspaces = workspaces.isEmpty ? nil : workspaces
    if let doubt = person.doubt {
      answer.code = doubt.code
      answer.choices = doubt.choices.map { ExportResult.Choice($0) }
      return answer
    }
    answer.events = events.count
    answer.copies = events.reduce(0) { $0 + $1.copies.count }
    answer.repeats = events.reduce(0) { $0 + $1.repeats }
    for identifier in package.identifiers { answer.identifiers[identifier.kind, default: 0] += 1 }
    answer.heldBack = package.scope.heldBack
    answer.heldBackFrom = person.heldBack.map { ExportResult.Choice($0.choice) }
    answer.first = package.scope.firstDay
    answer.last = package.scope.lastDay
    return answer
  }
}

/// An event before copies of it are united with it.
private struct EventDraft {
  var event: AccessEvent
  let archive: Int
  /// In the order of archives, files and places.
  let order: Int
  /// The event's own id; nothing where it tells none.
  let id: String?
  /// What it holds without its copies.
  let own: Set<AccessEvent.Value>
  /// What it holds with its copies.
  private var held: Set<AccessEvent.Value>
  /// Those that say what sort of event it is.
  let names: Set<AccessEvent.Value>

  init(_ collected: CollectedEvent, _ eventType: String, _ kinds: [IdentityKind], _ shaped: EventShaper.Shaped, order: Int) {
    event = AccessEvent(
      eventType: eventType, source: collected.source, time: collected.time, matchedBy: kinds.map(\.name).sorted(),
      values: shaped.values, json: Array(shaped.json.compact.utf8))
    archive = collected.archive
    self.order = order
    id = shaped.values.first { $0.field == EventShaper.eventID }?.text
    own = Set(shaped.values)
    held = own
    names = shaped.names
  }

  /// Copies of one event become one: the very same ones in one archive are counted, those of other archives or destinations
  /// are named with what differs. What one archive holds twice with different contents is two events.
  static func united(_ drafts: [EventDraft]) -> [AccessEvent] {
    var united: [EventDraft] = []
    var numbers: [Content: Int] = [:]
    // By id.
    var alike: [String: [Variants]] = [:]
    // What the storage holds says most; partners are sent less.
    let sorted = drafts.sorted {
      let (left, right) = ($0.event.source.destination == .storage, $1.event.source.destination == .storage)
      return left == right ? $0.order < $1.order : left
    }
    for draft in sorted {
      guard let id = draft.id, !id.isEmpty else {
        united.append(draft)
        continue
      }
      let content = Content(place: draft.place, id: id, json: draft.event.json)
      if let same = numbers[content] {
        united[same].event.repeats += 1
        continue
      }
      let others = (alike[id] ?? []).filter { $0.place != draft.place }.flatMap(\.numbers)
      let differing = others.map { (number: $0, values: draft.values(besides: united[$0])) }
      if let nearest = differing.min(by: { $0.values.count < $1.values.count }) {
        united[nearest.number].add(draft, nearest.values)
        continue
      }
      numbers[content] = united.count
      alike[id, default: []].add(united.count, at: draft.place)
      united.append(draft)
    }
    return united.sorted { left, right in
      let (first, second) = (left.event.time ?? .max, right.event.time ?? .max)
      return first == second ? left.order < right.order : first < second
    }
    .map(\.event)
  }

  /// An archive, and the destination in whose shape an event stands there.
  fileprivate struct Place: Hashable {
    let archive: Int
    let destination: Destination
  }

  private var place: Place { Place(archive: archive, destination: event.source.destination) }

  private struct Content: Hashable {
    let place: Place
    let id: String
    let json: [UInt8]

    func hash(into hasher: inout Hasher) {
      hasher.combine(place)
      hasher.combine(id)
      hasher.combine(text: json)
    }
  }

  /// What this one holds and the other does not.
  private func values(besides other: EventDraft) -> [AccessEvent.Value] {
    event.values.filter { value in
      // One writes seconds, another milliseconds; each destination has its own names for events.
      let isSame =
        value.field == "time" && event.time == other.event.time
        || names.contains(value) && event.eventType == other.event.eventType
      return !isSame && !other.own.contains(value)
    }
  }

  private mutating func add(_ copy: EventDraft, _ differing: [AccessEvent.Value]) {
    let new = differing.filter { !held.contains($0) }
    event.values += new
    held.formUnion(new)
    event.copies.append(
      AccessEvent.Copy(
        source: copy.event.source, differs: Set(differing.map(\.field)).sorted(),
        json: differing.isEmpty ? nil : copy.event.json))
  }
}

/// Events of one id and place with different contents, by their numbers.
private struct Variants {
  fileprivate let place: EventDraft.Place
  private(set) var numbers: [Int]
  /// An id of more events than this tells none of them apart; copies are looked for among the first.
  private static let limit = 64

  fileprivate init(_ number: Int, at place: EventDraft.Place) {
    self.place = place
    numbers = [number]
  }

  mutating func add(_ number: Int) { if numbers.count < Self.limit { numbers.append(number) } }
}

extension [Variants] {
  fileprivate mutating func add(_ number: Int, at place: EventDraft.Place) {
    if let index = firstIndex(where: { $0.place == place }) {
      self[index].add(number)
    } else {
      append(Variants(number, at: place))
    }
  }
}
